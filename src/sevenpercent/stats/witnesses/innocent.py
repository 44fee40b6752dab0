"""Each comparison with each definition of "electronic", put to elections in which nothing was done.

Innocent elections pair outcomes that the harm in question cannot have touched with machines that
are reassigned at random among similar places: changes between earlier elections or, where no table
has these, this election in the places without such machines. The outcome under test is not used.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError
from sevenpercent.model import places
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.terms import OUTCOMES
from sevenpercent.stats import designs, spatial
from sevenpercent.stats.designs.design import Comparison, vary
from sevenpercent.stats.designs.tail import Tail, gaps
from sevenpercent.stats.regression import Array, Projection, regress
from sevenpercent.stats.validity.score import Drawn

DRAWS = 300
"""Reassignments of the machines, for each earlier pair of elections and range of the field."""

QUIET = 20
"""Elections without harm that are made where no table has earlier ones."""

FEWEST = 20
"""Places without machines below which they say nothing about chance."""

BLAMED = 0.05
"""Innocent elections that may be blamed, and harmed ones that may be cleared."""


@dataclass(frozen=True)
class Method:
    """One comparison, with one definition of "electronic".

    `definition`: column of the frame; `frame`: places that it compares; `spec`: what the scenario
    declares, with this definition; `null`: estimates in innocent elections at the worst range, in
    points; None without any; `widened`: factor of the standard error, at least 1; see
    :func:`widening`.
    """

    design: Comparison
    definition: str
    frame: pd.DataFrame
    spec: Any
    null: Drawn | None
    widened: float

    @property
    def key(self) -> str:
        """``p1.any_dre_vv``."""
        return f"{self.design.key}.{self.definition}"

    @cached_property
    def projection(self) -> Projection:
        """Controls, weights, effects and clusters, on the places that are used."""
        return self.design.ready(self.frame, self.spec).projection

    @cached_property
    def counted(self) -> dict[str, Array]:
        """Votes of each place, 0 where unknown; ``two``: for either party, 0 unless both are known."""
        own = self.frame[["harmed", "favoured", "total"]]
        own = own.assign(two=own["harmed"] + own["favoured"]).fillna(0.0)
        return {str(c): column.to_numpy(float) for c, column in own.items()}

    @cached_property
    def kept(self) -> dict[Hashable, Array]:
        """What was derived from the places for one plant, for the next that lies on the same ballots."""
        return {}

    def respond(self, shifts: Array) -> Drawn:
        """What shifts of the outcome (rows of the frame x draws, points) do to the estimate."""
        d = self.frame[[self.definition]].to_numpy(float)
        known = np.where(np.isnan(shifts), 0.0, shifts)
        fits = regress(self.projection, known, d, self.spec.errors)
        return Drawn(fits.estimate[:, 0], np.nan_to_num(fits.se[:, 0]), float(fits.df[0]))

    def spoilt(self, moved: Drawn, at: NDArray[np.intp]) -> Drawn:
        """Innocent elections `at`, with what a plant did to the estimate and to its error."""
        assert self.null is not None
        hit = at % len(moved.estimate)
        se = np.hypot(self.null.se[at], moved.se[hit])
        df = np.broadcast_to(np.asarray(self.null.df), self.null.se.shape)[at]
        return Drawn(self.null.estimate[at] + moved.estimate[hit], se, df)

    def wide_enough(self, moved: Drawn, amount: float) -> float:
        """Factor of the errors for harm of one kind, which moves the estimate by `amount` (positive)."""
        return self.widened


@dataclass(frozen=True)
class TailMethod(Method):
    """A comparison of lower tails: what a shift does to one depends on the outcomes that it meets.

    `quiet`: the places in elections without harm, which it is planted in.
    """

    quiet: tuple[pd.DataFrame, ...] = ()

    @cached_property
    def met(self) -> list[tuple[Projection, Array, NDArray[np.bool_], Array, Array]]:
        """Of each quiet election: projection, outcomes, who is treated; estimate and error unharmed."""
        out = []
        for frame in self.quiet:
            with suppress(InputError):
                p = self.design.ready(frame, self.spec)
                y, on = 100 * p.outcome[:, None], p.treatment[:, None] > 0
                out.append((p.projection, y, on, *gaps(p.projection, y, on)[:2]))
        return out

    def respond(self, shifts: Array) -> Drawn:
        """What shifts do to the estimate and to its error, in each quiet election."""
        known, each = np.where(np.isnan(shifts), 0.0, shifts), []
        for projection, y, on, before, se in self.met:
            after, their, df = gaps(projection, y + known, on)
            each.append(Drawn(after - before, np.sqrt(np.clip(their**2 - se**2, 0.0, None)), df))
        return _joined(each) if each else Drawn(np.zeros(1), np.zeros(1), 1.0)

    def wide_enough(self, moved: Drawn, amount: float) -> float:
        """Errors are widened until no more than 5 % of elections with this very harm are cleared.

        How far it moves a tail depends on the counties that it strikes.
        """
        if self.null is None:
            return self.widened
        d = self.spoilt(moved, np.arange(len(self.null.se)))
        cleared = np.quantile((d.estimate + amount) / (d.quantile(0.95) * d.se), 1 - BLAMED)
        return max(self.widened, float(cleared))


def methods(
    s: Scenario,
    frames: designs.Frames,
    load: Load,
    patterns: Collection[str] = ("spread", "fifth"),
    draws: int = DRAWS,
) -> list[Method]:
    """Every comparison of a book with every declared definition; of two alike on the sample, one.

    `patterns`: where harm may lie that will be asked about; a comparison that is asked about none
    of them is left out.
    """
    out = []
    for key, design in designs.of(s).items():
        if not isinstance(design, Comparison) or key not in frames:
            continue
        if set(patterns) & set(design.patterns):
            out += list(_of_design(s, design, frames[key], load, draws))
    return out


def _of_design(
    s: Scenario, design: Comparison, frame: pd.DataFrame, load: Load, draws: int
) -> Iterator[Method]:
    base = design.spec(s)
    specs = {d: vary(base, treatment=d) for d in definitions(s, design, frame)}
    drawn = _innocent(s, design, frame, specs, load, draws)
    for name, spec in specs.items():
        drawn_at = {widening(fits): fits for fits in drawn[name]}
        widest = max(drawn_at, default=1.0)
        null = drawn_at.get(widest)
        if isinstance(design, Tail):
            quiet = tuple(_quiet(s, design, frame, spec, load))
            yield TailMethod(design, name, frame, spec, null, widest, quiet)
        else:
            yield Method(design, name, frame, spec, null, widest)


def _quiet(
    s: Scenario, design: Tail, frame: pd.DataFrame, spec: Any, load: Load
) -> Iterator[pd.DataFrame]:
    """The places in elections without harm: the earlier ones, or made where no table has these."""
    pairs = earlier(s, design, load, state_of(frame))
    for _, own in pairs:
        rest = own.drop(columns=spec.treatment, errors="ignore")
        yield frame[["fips", spec.treatment]].merge(rest, on="fips", how="left")
    without = frame[frame[spec.treatment] == 0]
    if pairs or len(without) < FEWEST:
        return
    # Places with machines get what their controls foretell among the others, and a deviation of theirs.
    y = OUTCOMES[spec.outcome]
    known = frame[[y, spec.treatment, *spec.controls]].notna().all(axis=1)
    x = np.column_stack([np.ones(len(frame)), frame[list(spec.controls)].to_numpy(float)])
    quiet = (known & (frame[spec.treatment] == 0)).to_numpy()
    found = np.linalg.lstsq(x[quiet], frame.loc[quiet, y].to_numpy(float), rcond=None)[0]
    left = frame.loc[quiet, y].to_numpy(float) - x[quiet] @ found
    rng = np.random.default_rng(s.validity.seed)
    for _ in range(QUIET):
        own = x @ found + rng.choice(left, len(frame))
        yield frame.assign(**{y: np.where(quiet, frame[y], own)})


def widening(fits: Drawn) -> float:
    """Factor of the errors with which 5 % of innocent elections are blamed, and 5 % would be cleared.

    Blamed: the whole 95 % interval is harmful. Cleared, had harm been there: the one-sided bound at
    5 % is short of it.
    """
    blamed = np.quantile(-fits.estimate / (fits.quantile(0.975) * fits.se), 1 - BLAMED)
    cleared = np.quantile(fits.estimate / (fits.quantile(0.95) * fits.se), 1 - BLAMED)
    return float(max(1.0, blamed, cleared))


def definitions(s: Scenario, design: Comparison, frame: pd.DataFrame) -> list[str]:
    """Definitions that a comparison can use: the declared ones that vary, each set of places once.

    Other machines are no definition of those that are asked about.
    """
    base = design.spec(s)
    asked = [base.treatment]
    if design.by_county:
        asked += [name for name in s.treatment.readings if name in frame]
    asked += [spec.treatment for _, spec in design.variants(s).values()]
    out: dict[bytes, str] = {}
    for name in dict.fromkeys(asked):
        if name not in frame or not places.varies(frame[name].dropna()):
            continue
        if design.by_county and not s.treatment.alike(name, base.treatment):
            continue
        try:
            design.ready(frame, vary(base, treatment=name))
        except InputError:
            continue
        out.setdefault(design.coded(frame[name]).tobytes(), name)
    return list(out.values())


def state_of(frame: pd.DataFrame) -> str:
    """The state in which all places of a frame lie, or the nation."""
    states = list(frame["state"].unique()) if "state" in frame else []
    return str(states[0]) if len(states) == 1 else places.NATION


def earlier(
    s: Scenario, design: Comparison, load: Load, place: str
) -> list[tuple[str, pd.DataFrame]]:
    """Earlier pairs of elections on the map of counties; none where no table has other places."""
    if not design.by_county:
        return []
    years = sorted({*s.prior_years, s.prior_year})
    pairs = [(a, b) for a, b in pairwise(years) if b <= s.prior_year]
    return [(f"{a} to {b}", places.election(s, load, place, b, a)) for a, b in pairs]


def _innocent(
    s: Scenario,
    design: Comparison,
    frame: pd.DataFrame,
    specs: Mapping[str, Any],
    load: Load,
    draws: int,
) -> dict[str, list[Drawn]]:
    """Estimates of each definition in innocent elections, one for each range of the field."""
    place = state_of(frame)
    pairs = [own for _, own in earlier(s, design, load, place)]
    points = (
        None if "county" in {spec.effects for spec in specs.values()} else load(s.tables.points)
    )
    out: dict[str, list[Drawn]] = {name: [] for name in specs}
    for some in [specs] if pairs and specs else [{name: spec} for name, spec in specs.items()]:
        for fits in _ranges(s, design, frame, some, pairs, points, draws):
            for name, found in fits.items():
                out[name].append(found)
    return out


def _ranges(
    s: Scenario,
    design: Comparison,
    frame: pd.DataFrame,
    specs: Mapping[str, Any],
    pairs: list[pd.DataFrame],
    points: pd.DataFrame | None,
    draws: int,
) -> Iterator[dict[str, Drawn]]:
    names, rows = list(specs), frame
    if not pairs:
        rows = frame[frame[names[0]] == 0].reset_index(drop=True)
        if len(rows) < FEWEST:
            return
    covariates = [c for c in s.redraw.propensity if c in rows] or list(specs[names[0]].controls)
    covariates = [c for c in covariates if rows[c].notna().any()]
    keep = rows[[*covariates]].notna().all(axis=1)
    distance = None
    if points is not None:
        at = points.set_index("fips").reindex(rows["fips"])[["lat", "lon"]]
        keep &= at.notna().all(axis=1).to_numpy()
        at = at[keep.to_numpy()]
        distance = spatial.distances_km(at["lat"].to_numpy(float), at["lon"].to_numpy(float))
    rows = rows[keep].reset_index(drop=True)
    given = np.column_stack([_values(frame[name], len(rows)) for name in names])
    if pairs:
        given = rows[names].fillna(0.0).to_numpy(float)
    for km in s.sensitivity.ranges_km if distance is not None else [0.0]:
        rng = np.random.default_rng(s.validity.seed)
        dealt = spatial.reassign(given, rows[covariates].to_numpy(float), distance, km, draws, rng)
        found: dict[str, list[Drawn]] = {name: [] for name in names}
        for outcome in pairs or [rows]:
            own = outcome.set_index("fips").reindex(rows["fips"]).reset_index() if pairs else rows
            for j, name in enumerate(names):
                with suppress(InputError):
                    there = own.assign(**{name: given[:, j]})
                    parts = design.dealt(there, specs[name], dealt[:, :, j].T)
                    if len(parts[0]):
                        found[name].append(Drawn(*parts))
        yield {name: _joined(each) for name, each in found.items() if each}


def _joined(each: list[Drawn]) -> Drawn:
    df = [np.broadcast_to(np.asarray(d.df), d.se.shape) for d in each]
    parts = ([d.estimate for d in each], [d.se for d in each], df)
    return Drawn(*(np.concatenate(part) for part in parts))


def _values(column: pd.Series[float], many: int) -> Array:
    """As many values, spread as those of the column are."""
    known = np.sort(column.dropna().to_numpy(float))
    at = np.floor((np.arange(many) + 0.5) / many * len(known)).astype(int)
    return np.asarray(known[at])
