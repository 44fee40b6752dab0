"""What raw gap chance would give where machines have no effect, votes left as they are.

Machines are reassigned twice: along demographics alone, and along demographics and the earlier vote.
The earlier vote says more of how a place votes, and may hold older harm; so both are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.model.frames import require
from sevenpercent.model.numbers import row
from sevenpercent.stats import gap, spatial
from sevenpercent.stats.regression import Array

SAME = 1e-9
"""Gaps that differ by rounding alone."""


@dataclass(frozen=True)
class Chance:
    """Gaps that appear when machines have no effect at all.

    `observed`: the raw gap, in points or log points. **Negative** = worse where electronic.
    `drawn`, `shuffled`: the gap of each draw by demographics and map, and of each blind shuffle of
    the counties. `range_km`: range over which neighbours share chance; see
    :class:`sevenpercent.stats.spatial.Redraw`. Null where each definition has its own. `n`:
    counties; 0 where models differ in them.
    """

    observed: float
    drawn: Array
    shuffled: Array
    range_km: float = float("nan")
    n: int = 0

    @property
    def expected(self) -> float:
        """Mean gap of the draws."""
        return float(self.drawn.mean())

    @property
    def settled(self) -> bool:
        """Whether every draw is the same: what is known of few counties may name those with machines."""
        return bool(np.ptp(self.drawn) < SAME)

    def interval(self, naive: bool = False) -> tuple[float, float]:
        """Interval that holds the middle 95 % of the draws."""
        lo, hi = np.quantile(self.shuffled if naive else self.drawn, [0.025, 0.975])
        return float(lo), float(hi)

    def p_lower(self, naive: bool = False) -> float:
        """Share of draws at least as negative as the gap seen, which counts as one of them."""
        values = self.shuffled if naive else self.drawn
        tolerance = 1e-9 * max(1.0, abs(self.observed))
        return float((1 + (values <= self.observed + tolerance).sum()) / (1 + len(values)))


def by_chance(
    frame: pd.DataFrame,
    definition: str,
    outcomes: Sequence[str],
    covariates: Sequence[str],
    points: pd.DataFrame,
    neighbours: pd.DataFrame,
    *,
    draws: int,
    seed: int,
    range_km: float | None = None,
) -> dict[str, Chance]:
    """Raw gaps when machines are reassigned by demographics, map and chance, votes untouched.

    Returns outcome to what was drawn, counties counting alike. Raises NoVariation, InputError: as
    in :func:`sevenpercent.stats.gap.raw_gap`; a county without a point.

    `outcomes`: names in :data:`sevenpercent.stats.gap.OUTCOMES`; all of them are computed on the same
    draws, and on the counties in which all of them are known. `covariates`: columns that the choice
    of machines may follow; none of them an outcome of this election. `points`, `neighbours`: tables
    ``county_points`` and ``county_neighbours``. `draws`: as many by the map as blindly. `range_km`:
    range of the spatial field; matched to the treatment when None.
    """
    require(frame, covariates)
    rows = gap.complete(frame, definition, outcomes)
    rows = rows[rows[list(covariates)].notna().all(axis=1)]
    d = rows[definition].to_numpy(float)
    gap.two_sides(d, definition)
    rng = np.random.default_rng(seed)
    where = spatial.layout(rows["fips"], points, neighbours)
    given = rows[list(covariates)].to_numpy(float)
    drawn = spatial.redraw(d, given, *where, draws, rng, range_km=range_km)
    shuffled = spatial.shuffle(d, draws, rng)
    made = {}
    for name in outcomes:
        y = 100 * rows[gap.outcome_of(name).column].to_numpy(float)
        maps = d[None, :], drawn.treatments[:, :, 0], shuffled[:, :, 0]
        seen, by_map, blind = (gap.slopes(dealt, y) for dealt in maps)
        made[name] = Chance(float(seen[0]), by_map, blind, drawn.range_km, len(d))
    return made


def rows(
    drawn: Mapping[str, Chance], place: str, definition: str, name: str = "chance"
) -> pd.DataFrame:
    """What was drawn as rows to publish: place, definition, part, value, se, lo, hi, n, unit, label.

    `name` is the first part of their keys.
    """
    made = []
    for outcome, found in drawn.items():
        where, unit = f"{name}.{outcome}", gap.outcome_of(outcome).unit
        lo, hi = found.interval()
        ends = {"se": float(found.drawn.std()), "lo": lo, "hi": hi, "n": found.n}
        label = "mean raw gap when machines have no effect; the interval holds 95 % of the draws"
        made.append(row(f"{where}.spatial", found.expected, unit, label, **ends))
        leads = name == "chance" and outcome == next(iter(drawn))  # a sentence tells the rest of it
        kinds = {"spatial": found.drawn} | ({"shuffled": found.shuffled} if leads else {})
        for kind, draws in kinds.items():
            label = "share of draws at least as negative as the observed gap"
            p = found.p_lower(naive=kind == "shuffled")
            made.append(row(f"{where}.{kind}.p", p, "share", label, n=len(draws)))
        if leads:
            label = "range of the spatial field, matched to the clustering of the machines"
            made.append(row(f"{where}.range_km", found.range_km, "km", label))
    return pd.DataFrame(made).assign(place=place, definition=definition)
