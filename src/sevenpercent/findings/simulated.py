"""Elections in which nothing was done, or harm of a known size, for the designs of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.model.places import Tables
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import designs, gap
from sevenpercent.stats.designs import county, municipality, paper, same_ballots
from sevenpercent.stats.designs import sizes as convert
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity import planted
from sevenpercent.stats.validity.field import Field
from sevenpercent.stats.validity.flips import residuals_by_cluster, signs
from sevenpercent.stats.validity.paper import Paper
from sevenpercent.stats.validity.planted import Hits, Machines
from sevenpercent.stats.validity.score import Drawn, rate
from sevenpercent.stats.validity.trial import Model, Trial, by_signs, on_the_map

MANY = 1000
"""Counties above which there are no more draws than the rule is asked in."""

BLOCK = 1000
"""Draws of struck places that are held at a time."""

PATTERNS = {
    "uniform": "everywhere alike",
    "places": "in some municipalities",
    "counties": "in some counties",
}
NOTHING = "none"
"""Stands for a draw without harm where a pattern could be named."""

Sized = tuple[Drawn, Array | float]
"""Estimates, and the size that is asked about in their unit."""


@dataclass(frozen=True)
class Harm:
    """A harm that is planted and asked about.

    Attributes
    ----------
    name, label : str
        ``switched_5`` or the name of a declared size, and in words.
    how : str
        ``switched`` or ``deleted``.
    votes : float or None
        Votes that the harmed party is short of; None: `points` in each design's own places.
    sizes : dict
        Design -> this harm in its unit, as the book converts it (positive).
    share : float or None
        Share of the electronic ballots, where it was declared as one.
    """

    name: str
    label: str
    how: gap.How
    votes: float | None
    sizes: dict[str, float]
    points: float = 0.0
    share: float | None = None


@dataclass(frozen=True)
class World:
    """What is drawn once and used for every harm.

    Attributes
    ----------
    frames : dict
        Frame of each design of the book, by its key.
    stakes : Stakes
        What sizes of harm are measured against.
    trials : list of Trial
        The county design first.
    electronic : DataFrame
        Places that harm can strike: municipalities or, without a table of them, counties.
    noise : dict
        Design -> estimates and variance terms without any effect.
    hits : dict
        Pattern -> places struck in each draw.
    draws, asked : int
        Of each design, and of the rule.
    """

    scenario: Scenario
    frames: dict[str, pd.DataFrame]
    stakes: convert.Stakes
    trials: list[Trial]
    machines: Machines
    electronic: pd.DataFrame
    field: Field
    noise: dict[str, tuple[Array, Array]]
    paper: Paper | None
    paper_signs: Array
    hits: dict[str, Hits]
    draws: int
    asked: int

    @property
    def counties(self) -> pd.DataFrame:
        """One row a county."""
        return self.frames["p1"]

    @property
    def by_place(self) -> bool:
        """Whether harm can strike single municipalities."""
        return self.electronic is not self.counties

    def null(self, name: str, draws: int | None = None) -> Drawn:
        """Estimates of one design without any effect."""
        design = next(t.design for t in self.trials if t.name == name)
        estimate, terms = self.noise[name]
        return Drawn.of((estimate[:draws], terms[:, :draws]), design.df)

    def on_paper(self, draws: int, taken: Array | float = 0.0) -> Drawn:
        """What the recount shows when machines took `taken` half margins in each county."""
        assert self.paper is not None
        return self.paper.drawn(self.paper_signs[:, :draws], taken)

    def recounted(self, harm: Harm) -> Sized | None:
        """What the recount did show, and the size asked about in its unit."""
        if self.paper is None:
            return None
        e = paper.fit(self.frames["p4"], paper.Units())
        return Drawn(np.array([e.estimate]), np.array([e.se]), e.df), harm.sizes["p4"]


def stream(scenario: Scenario, number: int) -> np.random.Generator:
    """One stream of chance for each purpose, so that one more draw here moves nothing there."""
    return np.random.default_rng([scenario.validity.seed, number])


def range_name(km: float) -> str:
    """A range as part of a result key: ``km25``."""
    return f"km{km:g}".replace(".", "_")


def world(scenario: Scenario, tables: Tables) -> World:
    """Prepare the designs that the scenario's tables allow, and draw what all harms share.

    Chance moves the county design by a field on the map, both municipal designs by the same signs
    of counties, the recount by signs of its own: within and between counties nothing is shared.

    Raises
    ------
    InputError
        No electronic ballots, a county without a point, or a design that does not exist.
    """
    frames = designs.frames(scenario, tables)
    v = scenario.validity
    trials = list(_trials(scenario, frames))
    draws = v.draws if len(trials[0].used) <= MANY else v.draws_rule
    counties = frames["p1"]["fips"]
    found, noise = on_the_map(trials[0], tables(scenario.tables.points), draws, stream(scenario, 1))
    every = {trials[0].name: noise}
    flips = signs(stream(scenario, 2), len(counties), draws)
    number = pd.Series(range(len(counties)), index=list(counties))
    for trial in trials[1:]:
        clusters = trial.frame["fips"].map(number).to_numpy().astype(np.int64)
        every[trial.name] = by_signs(trial, clusters, flips)
    machines, electronic = _machines(scenario, frames, trials[0])
    rng = stream(scenario, 4)
    hits = {"uniform": np.ones((len(machines.at), 1), dtype=np.bool_)}
    if electronic is not frames["p1"]:
        hits["places"] = planted.some_places(machines, v.concentrated, draws, rng)
    hits["counties"] = planted.some_counties(machines, v.concentrated, draws, rng)
    return World(
        scenario=scenario,
        frames=frames,
        stakes=designs.stakes(scenario, frames),
        trials=trials,
        machines=machines,
        electronic=electronic,
        field=found,
        noise=every,
        paper=Paper.of(frames["p4"], counties) if "p4" in frames else None,
        paper_signs=signs(stream(scenario, 3), len(counties), draws),
        hits=hits,
        draws=draws,
        asked=v.draws_rule,
    )


def harms(world: World) -> Iterator[Harm]:
    """The declared shares of electronic ballots, then the sizes that the book asks about."""
    s = world.scenario
    for share in s.validity.shares:
        votes = share * world.machines.total
        for how in ("switched", "deleted"):
            sizes = {
                t.name: convert.in_unit(votes, t.model.unit, t.place, how) for t in world.trials
            }
            if world.paper is not None:
                ballots = float(world.frames["p4"]["ballots_dre"].sum())
                sizes["p4"] = convert.per_ballot(votes, ballots, how)
            name = f"{how}_{100 * share:g}".replace(".", "_")
            label = f"{100 * share:g} % of electronic ballots, {how}"
            yield Harm(name, label, how, votes, sizes, share=share)
    yield from declared_harms(world)


def declared_harms(world: World) -> Iterator[Harm]:
    """The sizes that the book asks about, in every design's unit."""
    s = world.scenario
    assert s.designs is not None
    asked = [*(t.name for t in world.trials), *(["p4"] if world.paper is not None else [])]
    found = {}
    for key in asked:
        design = designs.ALL[key]
        found[key] = design.harm(s, world.frames[key], design.spec(s), world.stakes)
    for name, size in s.designs.sizes.items():
        if any(name not in own for own in found.values()):
            continue
        sizes = {design: own[name][1] for design, own in found.items()}
        label = convert.label(s, size)
        if size.amount != "points":
            votes = found["p1"][name][0]
            yield Harm(name, label, size.how, votes, sizes)
        elif all(t.model.unit == "two_party" for t in world.trials):
            yield Harm(name, label, size.how, None, sizes, points=s.claim.percent)


def explained(world: World, harm: Harm) -> float:
    """Share of the county design's harm, spread evenly, that its controls explain.

    Over electronic counties: the variation of the shift between them that a regression on the
    controls accounts for. What the controls take out of the harm, the design does not see.
    """
    assert harm.votes is not None
    county = world.trials[0]
    struck = planted.struck(world.machines, harm.votes, harm.how, None)
    shifts, at = _shifts(world, county, harm, struck)
    own = np.isin(at, county.used) & (county.d[at] > 0)
    x = county.frame.iloc[at[own]][county.model.controls].to_numpy(float)
    x = np.column_stack([np.ones(int(own.sum())), x])
    y = shifts[own, 0]
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(1 - (left @ left) / ((y - y.mean()) ** 2).sum())


def shared(world: World) -> dict[str, float]:
    """How far the county design errs together with each other design, were their signs shared.

    The correlation over draws in which the residuals of all designs change sign county by county
    together; the simulation itself draws the county design's errors apart.
    """
    number = pd.Series(range(len(world.counties)), index=list(world.counties["fips"]))
    sums = []
    for t in world.trials:
        clusters = t.frame["fips"].map(number).to_numpy().astype(np.int64)
        columns = residuals_by_cluster(t.design, t.y, clusters, len(number))
        sums.append(t.design.estimate @ columns)
    first = sums[0] / np.sqrt(sums[0] @ sums[0])
    return {
        t.name: float(first @ own / np.sqrt(own @ own))
        for t, own in zip(world.trials[1:], sums[1:], strict=True)
    }


def untouched(world: World, harm: Harm) -> tuple[dict[str, Sized], dict[str, Sized]]:
    """Elections without harm, asked about this one: each design, and the recount."""
    drawn = {t.name: (world.null(t.name, world.asked), harm.sizes[t.name]) for t in world.trials}
    if world.paper is None:
        return dict(drawn), {}
    return dict(drawn), {"seen": (world.on_paper(world.asked), harm.sizes["p4"])}


def spoilt(
    world: World, harm: Harm, pattern: str
) -> tuple[dict[str, Sized], dict[str, Sized], list[dict[str, object]]]:
    """Elections with this harm in this pattern.

    Harm declared as a share of ballots is drawn as often as the designs are, the book's own sizes
    as often as the rule is asked.

    Returns
    -------
    drawn, paper : dict
        Design, and what the paper trail does (``seen``, ``blind``) -> estimates and sizes of the
        draws in which the rule is asked.
    rows : list of dict
        Scores of each design.
    """
    draws = world.draws if harm.share is not None else world.asked
    counties = len(world.counties)
    blocks = [slice(a, min(a + BLOCK, draws)) for a in range(0, draws, BLOCK)]
    shifted: dict[str, list[tuple[Array, Array, Array]]] = {t.name: [] for t in world.trials}
    scales, taken = [], []
    for block in [slice(0, 1)] if pattern == "uniform" else blocks:
        struck = None
        if harm.votes is not None:
            hit = None if pattern == "uniform" else world.hits[pattern][:, block]
            struck = planted.struck(world.machines, harm.votes, harm.how, hit)
            scales.append(struck.sum(axis=0) / harm.votes)
            taken.append(world.machines.by_county(struck, counties))
        for t in world.trials:
            shifts, at = _shifts(world, t, harm, struck)
            own = t.design.estimate[at] @ shifts, t.design.spread[:, at] @ shifts
            shifted[t.name].append((*own, t.truth(shifts, at)))
    scale = np.concatenate(scales) if scales else np.ones(1)
    drawn: dict[str, Sized] = {}
    rows = []
    for t in world.trials:
        estimate, terms, truth = (
            np.concatenate([part[i] for part in shifted[t.name]], axis=-1) for i in range(3)
        )
        null = world.noise[t.name]
        d = Drawn.of((null[0][:draws] + estimate, null[1][:, :draws] + terms), t.design.df)
        size = scale * harm.sizes[t.name]
        votes = None if harm.votes is None else harm.votes * float(scale.mean())
        rows.append(_scores(t, harm, pattern, votes, d, truth, size))
        few = Drawn(d.estimate[: world.asked], d.se[: world.asked], d.df)
        drawn[t.name] = few, _few(size, world.asked)
    paper: dict[str, Sized] = {}
    if world.paper is not None:
        size = _few(scale, world.asked) * harm.sizes["p4"]
        shown = _from_paper(world, harm, np.concatenate(taken, axis=1) if taken else None)
        paper["seen"] = world.on_paper(world.asked, _few(shown, world.asked)), size
        paper["blind"] = world.on_paper(world.asked), size
    return drawn, paper, rows


def _trials(scenario: Scenario, frames: dict[str, pd.DataFrame]) -> Iterator[Trial]:
    for design in (county.DESIGN, municipality.DESIGN, same_ballots.DESIGN):
        if design.key in frames:
            spec = design.spec(scenario)
            model = Model(unit=design.unit_of(spec), **design.model(spec))
            yield Trial.of(design.key, design.name, frames[design.key], model)


def _machines(
    scenario: Scenario, frames: dict[str, pd.DataFrame], county: Trial
) -> tuple[Machines, pd.DataFrame]:
    """Where harm can strike: municipalities by their dose, else counties by the best reading."""
    counties = frames["p1"]
    towns = next((frames[key] for key in ("p2", "p3") if key in frames), None)
    if towns is not None:
        return Machines.of(towns, "dose", counties["fips"]), towns
    dose = scenario.sensitivity.dose
    if dose is None or dose not in counties or counties[dose].isna().any():
        dose = county.model.treatment
    return Machines.of(counties, dose, counties["fips"]), counties


def _shifts(
    world: World, trial: Trial, harm: Harm, struck: Array | None
) -> tuple[Array, NDArray[np.intp]]:
    """What the harm did to the outcomes of a design, and in which rows of its frame."""
    if struck is None:
        at = np.flatnonzero(trial.d > 0)
        return -harm.points * trial.d[at][:, None], at
    if trial.frame is world.electronic:
        at = world.machines.at
        return trial.shifts(struck, harm.how, at), at
    counties = world.machines.by_county(struck, len(world.counties))
    at = np.flatnonzero(counties.any(axis=1))
    return trial.shifts(counties[at], harm.how, at), at


def _from_paper(world: World, harm: Harm, votes: Array | None) -> Array:
    """Half margins that the harm took from the recounted ballots of each county.

    Where machines stand whose ballots were not recounted nothing shows; where more ballots were
    recounted than the places reported, the harm per ballot is that of the county.
    """
    assert world.paper is not None
    if votes is None:
        return (world.paper.ballots * harm.sizes["p4"] / 100)[:, None]
    m = world.machines
    reported = m.by_county(m.ballots[:, None], len(world.paper.ballots))
    part = world.paper.ballots[:, None] / world.paper.ballots.sum() * m.total
    recounted = np.divide(part, reported, out=np.zeros_like(reported), where=reported > 0)
    out: Array = votes * recounted * (1.0 if harm.how == "switched" else 0.5)
    return out


def _few(values: Array, draws: int) -> Array:
    """The first draws; what is the same in all of them stays as it is."""
    out: Array = values[..., :draws]
    return out


def _scores(
    trial: Trial,
    harm: Harm,
    pattern: str,
    votes: float | None,
    d: Drawn,
    truth: Array,
    size: Array,
) -> dict[str, object]:
    row: dict[str, object] = {
        "design": trial.name,
        "harm": harm.name,
        "label": harm.label,
        "how": harm.how,
        "share": harm.share,
        "pattern": pattern,
        "votes": votes,
        "truth": float(truth.mean()),
        "size": float(size.mean()),
        "estimate": float(d.estimate.mean()),
        "bias": float((d.estimate - truth).mean()),
        "draws": len(d.se),
    }
    for name, hits in (
        ("coverage", d.covers(truth)),
        ("coverage_size", d.covers(-size)),
        ("power", d.found),
        ("cleared", d.excludes(size)),
    ):
        found = rate(hits)
        row |= {name: found.share, f"{name}_lo": found.lo, f"{name}_hi": found.hi}
    return row
