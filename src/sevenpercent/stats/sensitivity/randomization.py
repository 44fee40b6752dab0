"""Machines reassigned at random, votes left as they are: what estimates chance gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.model.terms import OUTCOMES
from sevenpercent.stats import spatial
from sevenpercent.stats.compare import HUNDRED
from sevenpercent.stats.regression import Array, project, regress
from sevenpercent.stats.sensitivity.county import Probed

MATCHED, SHUFFLED = "matched", "shuffled"


@dataclass(frozen=True)
class Randomization:
    """Estimates with and without an effect, for several definitions that move together.

    `estimate`, `t` (definitions): as observed: coefficient in the unit of the outcome and its HC2 t
    value, the statistic. **Negative** = lower where electronic. `drawn`, `drawn_t` (draws x
    definitions): the same with machines reassigned.
    """

    estimate: Array
    t: Array
    drawn: Array
    drawn_t: Array

    @property
    def p_lower(self) -> Array:
        """Of each definition, the share of draws at least as negative, the one seen among them."""
        seen = self.t + 1e-9 * np.maximum(1.0, np.abs(self.t))  # equal draws, whatever rounding did
        return np.asarray(1 + (self.drawn_t <= seen).sum(axis=0)) / (1 + len(self.drawn_t))

    @property
    def p_joint(self) -> float:
        """Chance that the most negative of all definitions is as rare as the one seen.

        Each draw is judged by its rarest definition, so trying many costs what it should
        (Westfall and Young 1993).
        """
        all_t = np.vstack([self.t, self.drawn_t])
        ranks = np.empty_like(all_t)
        for j, column in enumerate(all_t.T):
            ranks[:, j] = np.searchsorted(np.sort(column), column, side="right")
        rarest = ranks.min(axis=1)
        return float((rarest <= rarest[0]).mean())


def randomization(y: Array, controls: Array, treatments: Array, drawn: Array) -> Randomization:
    """Estimate and t value of every definition, as observed and in each draw.

    `y` (n): outcome. `controls` (n x p): without a constant; p may be 0. `treatments` (n x
    definitions): as observed. `drawn` (draws x n x definitions): as
    :func:`sevenpercent.stats.spatial.redraw` or :func:`sevenpercent.stats.spatial.shuffle` gives
    them.

    Notes
    -----
    The statistic is the HC2 t value with the same controls in every draw (studentised statistics
    stay near their level when variances differ: Chung and Romano 2013, doi:10.1214/13-AOS1090). A
    draw that the controls determine counts as 0 and 0: no estimate, no evidence.
    """
    everything = np.concatenate([treatments[None], drawn])
    fits = regress(
        project(controls), y[:, None], everything.transpose(1, 0, 2).reshape(len(y), -1), "hc2"
    )
    exists = (fits.why == 0) & (fits.se[0] > 0)
    estimate = np.nan_to_num(fits.estimate[0]).reshape(len(everything), -1)
    t = np.zeros(len(exists))
    t[exists] = fits.estimate[0, exists] / fits.se[0, exists]
    t = t.reshape(estimate.shape)
    return Randomization(estimate[0], t[0], estimate[1:], t[1:])


@dataclass(frozen=True)
class Redraws:
    """Machines reassigned, in several ways, in counties of which everything is known (`rows`).

    `treatments`: way -> draws x counties x definitions: ``matched`` (along demographics and a field
    on the map, as clustered as the machines are), ``km<range>``, ``shuffled``; `km`: way -> range.
    """

    rows: pd.DataFrame
    treatments: Mapping[str, Array]
    km: Mapping[str, float]


def redraws(
    p: Probed,
    propensity: Sequence[str],
    points: pd.DataFrame,
    neighbours: pd.DataFrame,
    *,
    ranges: Sequence[float],
    draws: int,
    seed: int,
) -> Redraws:
    """Reassign every definition of a comparison at once, votes left as they are.

    `propensity`: covariates along which machines are reassigned; `points`, `neighbours`: tables of
    where counties lie and which of them touch; `ranges`: ranges of the field beside the matched
    one, km.
    """
    needed = list(dict.fromkeys([*propensity, *(c for s in p.sets.values() for c in s), p.column]))
    rows = p.frame[p.frame[needed].notna().all(axis=1)]
    treated, given = (rows[list(c)].to_numpy(float) for c in (p.definitions, propensity))
    where = spatial.layout(rows["fips"], points, neighbours)
    made = {}
    for way, km in {MATCHED: None, **{f"km{km:g}": km for km in ranges}}.items():
        rng = np.random.default_rng(seed)
        made[way] = spatial.redraw(treated, given, *where, draws, rng, range_km=km)
    drawn = {way: found.treatments for way, found in made.items()}
    drawn[SHUFFLED] = spatial.shuffle(treated, draws, np.random.default_rng(seed))
    return Redraws(rows, drawn, {way: found.range_km for way, found in made.items()})


Model = tuple[str, str, str]
"""Outcome, control set, and way of reassigning."""


def every(
    p: Probed, drawn: Redraws, models: Iterable[tuple[str, str]]
) -> dict[Model, Randomization]:
    """Estimates of each outcome and control set, in points, by each way of reassigning."""
    rows, out = drawn.rows, {}
    treated = rows[p.definitions].to_numpy(float)
    for outcome, name in models:
        y = HUNDRED * rows[OUTCOMES[outcome]].to_numpy(float)
        held = rows[list(p.sets[name])].to_numpy(float)
        for way, treatments in drawn.treatments.items():
            out[outcome, name, way] = randomization(y, held, treated, treatments)
    return out


def chances(p: Probed, found: Mapping[Model, Randomization]) -> pd.DataFrame:
    """How rare each estimate is without any effect.

    Returns ``outcome, controls, way, definition``; ``observed``; ``value, se, lo, hi``: mean,
    spread and middle 95 % of the draws, in points; ``p``: share of draws with a t value at least as
    negative; ``joint``: the same of the rarest of all definitions; ``draws``, and ``n`` counties.
    """
    rows = []
    for (outcome, name, way), r in found.items():
        joint = r.p_joint
        for j, definition in enumerate(p.definitions):
            drawn = r.drawn[:, j]
            lo, hi = np.quantile(drawn, [0.025, 0.975])
            values = [r.estimate[j], drawn.mean(), drawn.std(), lo, hi, r.p_lower[j], joint]
            rows.append([outcome, name, way, definition, *values, len(drawn), len(p.frame)])
    columns = ["outcome", "controls", "way", "definition"]
    columns += ["observed", "value", "se", "lo", "hi", "p", "joint", "draws", "n"]
    return pd.DataFrame(rows, columns=columns)
