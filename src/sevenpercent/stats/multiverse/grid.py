"""The declared grid: which specifications are admissible, what each is called, and all of them run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.model.terms import ERRORS
from sevenpercent.model.words import and_list
from sevenpercent.stats import regression
from sevenpercent.stats.compare import HUNDRED
from sevenpercent.stats.regression import WHY, Array, Errors, Fits, Projection, codes


@dataclass(frozen=True)
class Target:
    """One outcome: its column, its words, and whether it needs the earlier share beside it.

    All are told in points of a share, so that estimates stand on one scale: `scale` is what the
    column is multiplied by. `share`: whether it is one (not a number of votes).
    """

    column: str
    words: str
    level: bool = False
    scale: float = HUNDRED
    share: bool = True


@dataclass(frozen=True)
class Grid:
    """Options of every choice for one kind of place.

    `place`: first part of identifiers (``wi``, ``us``, ``wi_municipalities``); `where`: the places in
    words, samples following (``counties of ...``). `frame`: one row a place. `treatments`: column ->
    what it compares, in words; `outcomes`: by name. `race`, `education`: covariates; one of each is
    in every control set; `more`: covariates of which any part may be added. `weights`, `effects`:
    name -> column, or None for none; `samples`: name -> words, and mask over the frame. `errors`:
    kinds of standard error; `cluster`: column of the clusters. `words`: covariate, weight or effect
    -> what it is called in a sentence. `prior`: covariate that a level needs. `main`: kind of errors
    that stands for all where one must; the last when None or not among them. `doubles`: definition
    -> the one among `treatments` that names the same places, for those left out.
    """

    place: str
    where: str
    frame: pd.DataFrame
    treatments: Mapping[str, str]
    outcomes: Mapping[str, Target]
    race: Sequence[tuple[str, ...]]
    education: Sequence[tuple[str, ...]]
    more: Sequence[str]
    weights: Mapping[str, str | None]
    samples: Mapping[str, tuple[str, NDArray[np.bool_]]]
    effects: Mapping[str, str | None]
    errors: Sequence[Errors]
    cluster: str | None
    words: Mapping[str, str]
    prior: str = "two_party_prior"
    main: Errors | None = None
    doubles: Mapping[str, str] = field(default_factory=dict)

    @property
    def shown(self) -> Errors:
        """The kind of errors that stands for all."""
        return self.main if self.main and self.main in self.errors else self.errors[-1]


class ControlSet(NamedTuple):
    """Race, education, and the part of the other covariates that is added."""

    race: tuple[str, ...]
    education: tuple[str, ...]
    more: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Its covariates, each once."""
        return list(dict.fromkeys([*self.race, *self.education, *self.more]))

    @property
    def name(self) -> str:
        """Its name in identifiers."""
        return "-".join(self.columns)


@dataclass(frozen=True)
class Job:
    """All cells that share one projection.

    `projection`: None where there is none, see ``why``; `treatments`, `outcomes`: their columns in
    :attr:`Plan.treatments` and :attr:`Plan.outcomes`; `cells` (outcomes x treatments): row of each in :attr:`Plan.cells`; `why`: why no regression
    exists.
    """

    projection: Projection | None
    treatments: list[int]
    outcomes: list[int]
    cells: NDArray[np.intp]
    why: str = ""


@dataclass(frozen=True)
class Plan:
    """A grid made ready: admissible cells (specifications but for their errors) and jobs.

    Definitions that name the same places of a sample are one cell; `doubles` counts those left out.
    """

    grid: Grid
    cells: pd.DataFrame
    jobs: list[Job]
    doubles: int = 0

    @property
    def declared_twice(self) -> int:
        """Admissible cells of which another says the same of the same places."""
        return self.doubles + len(self.grid.doubles) * self.each

    @property
    def each(self) -> int:
        """Admissible cells of one definition."""
        return (len(self.cells) + self.doubles) // max(1, len(self.grid.treatments))

    @cached_property
    def treatments(self) -> Array:
        """Columns of the treatments, in the grid's order."""
        return _numbers(self.grid.frame, list(self.grid.treatments))

    @cached_property
    def outcomes(self) -> Array:
        """Columns of the outcomes, in the grid's order."""
        targets = self.grid.outcomes.values()
        return np.array([t.scale for t in targets]) * _numbers(
            self.grid.frame, [t.column for t in targets]
        )


def control_sets(grid: Grid) -> Iterator[ControlSet]:
    """Every control set: race, education, and each part of the rest."""
    for race, education in product(grid.race, grid.education):
        for size in range(len(grid.more) + 1):
            for more in combinations(grid.more, size):
                yield ControlSet(race, education, more)


def plan(grid: Grid) -> Plan:
    """List the admissible cells of a grid and prepare one projection for all that share one.

    Cells share a projection when controls, weights, sample and effects are the same, and outcome
    and treatment are known in the same places.
    """
    needed = [*grid.treatments, *(t.column for t in grid.outcomes.values()), *grid.more]
    needed += [c for group in (*grid.race, *grid.education) for c in group]
    needed += [c for c in grid.weights.values() if c]
    require(grid.frame, [*needed, *(c for c in (*grid.effects.values(), grid.cluster) if c)])
    clusters = None
    if grid.cluster is not None and any(e.startswith("cr") for e in grid.errors):
        clusters = codes(grid.frame, grid.cluster)
    absorb = "hc2_bm" not in grid.errors
    values = {name: _numbers(grid.frame, [name])[:, 0] for name in dict.fromkeys(needed)}
    finite = {name: np.isfinite(column) for name, column in values.items()}
    known = {name: finite[name] for name in grid.treatments}
    seen = {name: finite[t.column] for name, t in grid.outcomes.items()}
    weighing = {name: None if c is None else values[c] for name, c in grid.weights.items()}
    grouping = {name: codes(grid.frame, c) if c else None for name, c in grid.effects.items()}
    columns, targets = list(grid.treatments), list(grid.outcomes)
    rows: list[dict[str, object]] = []
    jobs: list[Job] = []
    doubles = 0
    for controls in control_sets(grid):
        outcomes = [
            o for o, t in grid.outcomes.items() if not t.level or grid.prior in controls.more
        ]
        x = np.column_stack([values[name] for name in controls.columns])
        complete = np.isfinite(x).all(axis=1)
        for weight, sample, effect in product(grid.weights, grid.samples, grid.effects):
            weights = weighing[weight]
            usable = complete & grid.samples[sample][1]
            if weights is not None:
                usable = usable & np.isfinite(weights) & (weights > 0)
            groups = grouping[effect]
            shared = {
                "race": "-".join(controls.race),
                "education": "-".join(controls.education),
                **{f"with_{name}": name in controls.more for name in grid.more},
                "controls": controls.name,
                "weights": weight,
                "sample": sample,
                "effects": effect,
            }
            for some, every in product(_alike(outcomes, seen), _alike(columns, known)):
                first, used = len(rows), usable & seen[some[0]] & known[every[0]]
                treatments = list({values[t][used].tobytes(): t for t in reversed(every)}.values())
                treatments.reverse()
                doubles += len(some) * (len(every) - len(treatments))
                rows += [{"treatment": t, "outcome": o, **shared} for o in some for t in treatments]
                where = np.arange(first, len(rows)).reshape(len(some), len(treatments))
                projection, why = None, ""
                sample_of = x, weights, groups, clusters, used
                try:
                    projection = regression.project(*sample_of, absorb=absorb)
                except regression.Degenerate as refusal:
                    why = refusal.problem
                at = [columns.index(t) for t in treatments], [targets.index(o) for o in some]
                jobs.append(Job(projection, *at, where, why))
    return Plan(grid, pd.DataFrame(rows), jobs, doubles)


def estimates(ready: Plan, errors: Errors, threads: int = 1) -> pd.DataFrame:
    """Fit every cell of a plan.

    Returned in the order of :attr:`Plan.cells`: ``estimate, se, lo, hi`` (points; **negative** =
    lower where electronic), ``df``, ``n``, ``why``, which is empty, or says why there is none.
    """
    many = len(ready.cells)
    out = {name: np.full(many, np.nan) for name in ("estimate", "se", "df")}
    half, n = np.full(many, np.nan), np.zeros(many, dtype=np.int64)
    why = np.full(many, "", dtype=object)
    for job in ready.jobs:
        if job.projection is None:
            why[job.cells.ravel()] = job.why
            continue
        fits = fit_job(ready, job, errors, threads=threads)
        for name, column in out.items():
            column[job.cells] = getattr(fits, name)
        half[job.cells], n[job.cells] = fits.half_width(), job.projection.n
        why[job.cells] = np.array(WHY, dtype=object)[fits.why]
    ends = {"lo": out["estimate"] - half, "hi": out["estimate"] + half}
    return pd.DataFrame({**out, **ends, "n": n, "why": why})


def fit_job(
    ready: Plan, job: Job, errors: Errors, treatments: Array | None = None, threads: int = 1
) -> Fits:
    """Fit the cells of one job; other `treatments` (units x any) may stand in for its own."""
    assert job.projection is not None
    if treatments is None:
        treatments = ready.treatments[:, job.treatments]
    outcomes = ready.outcomes[:, job.outcomes]
    return regression.regress(job.projection, outcomes, treatments, errors, threads=threads)


def specifications(ready: Plan, threads: int = 1) -> pd.DataFrame:
    """Every admissible specification with its identifier, sentence and numbers.

    Returns one row per cell and kind of errors: ``id``, ``sentence``, ``place``, the choices
    (``treatment, outcome, race, education, with_..., controls, weights, sample, effects, errors``),
    ``unit``, and what :func:`estimates` gives. One without an estimate stands there too, with
    ``why``.
    """
    cells = ready.cells.assign(place=ready.grid.place)
    kinds = ready.grid.errors
    found = [cells.assign(errors=kind).join(estimates(ready, kind, threads)) for kind in kinds]
    out = pd.concat(found, ignore_index=True).assign(unit="points")
    out.insert(0, "id", identifiers(ready.grid, out))
    out.insert(1, "sentence", sentences(ready.grid, out))
    return out


def every(plans: Mapping[str, Plan], scenario: str) -> pd.DataFrame:
    """The specifications of several grids; grids in which no regression can be run are left out.

    `plans`: place -> plan; `scenario`: name of the scenario, for the command. Returned as
    :func:`specifications`, with ``command`` and ``shown``: whether its errors are of the kind that
    stands for all, so that each cell is there once. Raises InputError: no definition varies
    anywhere, or there are too few places.
    """
    if not plans:
        raise InputError("no definition of electronic voting varies anywhere", column="treatment")
    found = []
    for ready in plans.values():
        if ready.cells.empty:
            continue
        own = specifications(ready)
        if (own["why"] == "").any():
            found.append(own.assign(shown=own["errors"] == ready.grid.shown))
    if not found:
        raise InputError(
            "no regression of the grid can be run",
            column="multiverse",
            fix="There are too few places, or no specification is admissible: a level counts only beside the "
            "earlier share, two_party_prior among more.",
        )
    out = pd.concat(found, ignore_index=True)
    return out.assign(command=[command(i, scenario) for i in out["id"]])


def identifiers(grid: Grid, specs: pd.DataFrame) -> pd.Series[str]:
    """Name of each specification: its choices, joined by dots; effects only if there is a choice."""
    parts = ["treatment", "outcome", "controls", "weights", "sample"]
    parts += ["effects"] if len(grid.effects) > 1 else []
    out = pd.Series(grid.place, index=specs.index)
    for part in [*parts, "errors"]:
        out = out + "." + specs[part]
    return out


SENTENCE = (
    "{outcome}, {treatment}, {sample}; adjusting for {controls}{effects}; {weights}; {errors}."
)
"""What a specification says, of the phrases of its choices."""


def phrases(grid: Grid) -> dict[str, dict[str, str]]:
    """Choice -> option -> its phrase in :data:`SENTENCE`; for ``controls``, of each covariate."""
    every = {c for group in (*grid.race, *grid.education) for c in group} | set(grid.more)
    return {
        "treatment": dict(grid.treatments),
        "outcome": {o: t.words for o, t in grid.outcomes.items()},
        "sample": {name: f"{grid.where} {words}" for name, (words, _) in grid.samples.items()},
        "controls": {c: grid.words.get(c, c) for c in sorted(every)},
        "effects": {
            e: "" if e == "none" else f", each {grid.words.get(e, e)} with its own level"
            for e in grid.effects
        },
        "weights": {
            w: "unweighted" if w == "none" else f"weighted by {grid.words.get(w, w)}"
            for w in grid.weights
        },
        "errors": {e: ERRORS[e].format(cluster=grid.cluster) for e in grid.errors},
    }


def sentences(grid: Grid, specs: pd.DataFrame) -> pd.Series[str]:
    """What each specification says, in one sentence."""
    said = phrases(grid)
    said["controls"] = {
        name: and_list([said["controls"][c] for c in name.split("-")])
        for name in specs["controls"].unique()
    }
    out = pd.Series("", index=specs.index)
    for before, choice in re.findall(r"([^{]*)(?:\{(\w+)\})?", SENTENCE):
        out = out + before + (specs[choice].map(said[choice]) if choice else "")
    return out


def command(spec: str, scenario: str) -> str:
    """How to run the chapter for one specification."""
    return f"papermill chapters/multiverse.ipynb one.ipynb -p scenario {scenario} -p spec {spec}"


def _alike(names: list[str], known: Mapping[str, NDArray[np.bool_]]) -> list[list[str]]:
    """Columns that are known in the same places, together."""
    out: dict[bytes, list[str]] = {}
    for name in names:
        out.setdefault(known[name].tobytes(), []).append(name)
    return list(out.values())


def _numbers(frame: pd.DataFrame, columns: Sequence[str]) -> Array:
    return frame[list(columns)].to_numpy(dtype=np.float64, na_value=np.nan)
