"""Elections in which nothing was done, or harm of a known size, for the designs of a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.findings import designs as primary
from sevenpercent.model import frames
from sevenpercent.model.places import Tables
from sevenpercent.model.scenario import MunicipalDesign, Scenario
from sevenpercent.stats import designs, gap, municipal
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
    places: primary.Places
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
        if self.paper is None or self.places.units is None:
            return None
        e = designs.per_ballot(self.places.units, "half_margin", "ballots_dre", "fips")
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
    places = primary.Places.of(scenario, tables)
    v = scenario.validity
    trials = list(_trials(scenario, places))
    draws = v.draws if len(trials[0].used) <= MANY else v.draws_rule
    counties = places.counties["fips"]
    found, noise = on_the_map(trials[0], tables(scenario.tables.points), draws, stream(scenario, 1))
    every = {trials[0].name: noise}
    flips = signs(stream(scenario, 2), len(counties), draws)
    number = pd.Series(range(len(counties)), index=list(counties))
    for trial in trials[1:]:
        clusters = trial.frame["fips"].map(number).to_numpy().astype(np.int64)
        every[trial.name] = by_signs(trial, clusters, flips)
    machines, electronic = _machines(scenario, places, trials[0])
    rng = stream(scenario, 4)
    hits = {"uniform": np.ones((len(machines.at), 1), dtype=np.bool_)}
    if electronic is places.municipalities:
        hits["places"] = planted.some_places(machines, v.concentrated, draws, rng)
    hits["counties"] = planted.some_counties(machines, v.concentrated, draws, rng)
    return World(
        scenario=scenario,
        places=places,
        trials=trials,
        machines=machines,
        electronic=electronic,
        field=found,
        noise=every,
        paper=None if places.units is None else Paper.of(places.units, counties),
        paper_signs=signs(stream(scenario, 3), len(counties), draws),
        hits=hits,
        draws=draws,
        asked=v.draws_rule,
    )


def harms(world: World) -> Iterator[Harm]:
    """The declared shares of electronic ballots, then the sizes that the book asks about."""
    s, units = world.scenario, world.places.units
    for share in s.validity.shares:
        votes = share * world.machines.total
        for how in ("switched", "deleted"):
            sizes = {t.name: designs.harm(votes, t.model.unit, t.place, how) for t in world.trials}
            if units is not None:
                ballots = float(units["ballots_dre"].sum())
                sizes["p4"] = designs.harm_per_ballot(votes, ballots, how)
            name = f"{how}_{100 * share:g}".replace(".", "_")
            label = f"{100 * share:g} % of electronic ballots, {how}"
            yield Harm(name, label, how, votes, sizes, share=share)
    yield from declared_harms(world)


def declared_harms(world: World) -> Iterator[Harm]:
    """The sizes that the book asks about, in every design's unit."""
    s = world.scenario
    found = {t.name: primary.harms(world.places, t.model.unit, t.place) for t in world.trials}
    if world.paper is not None:
        found["p4"] = primary.harms_on_paper(world.places)
    for name, size in primary.declared(s).sizes.items():
        if any(name not in sizes for sizes, _ in found.values()):
            continue
        sizes = {design: own[name] for design, (own, _) in found.items()}
        label = primary.size_label(s, size)
        if size.amount != "points":
            votes = found[world.trials[0].name][1][name]
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
    number = pd.Series(range(len(world.places.counties)), index=list(world.places.counties["fips"]))
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
    counties = len(world.places.counties)
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


def _trials(scenario: Scenario, places: primary.Places) -> Iterator[Trial]:
    d = primary.declared(scenario)
    spec = d.counties
    outcome = gap.OUTCOMES[spec.outcome]
    yield Trial.of(
        "p1",
        primary.NAMES["p1"],
        places.counties,
        Model(
            outcome.column,
            outcome.size,
            spec.treatment,
            list(spec.controls),
            frames.WEIGHTS[spec.weights],
            spec.errors,
            **primary.groups(spec),
        ),
    )
    for name, by_municipality in (("p2", d.municipalities), ("p3", d.same_ballots)):
        if by_municipality is not None and places.municipalities is not None:
            model = _municipal(by_municipality)
            yield Trial.of(name, primary.NAMES[name], places.municipalities, model)


def _municipal(spec: MunicipalDesign) -> Model:
    column, unit = municipal.OUTCOMES[spec.outcome]
    return Model(
        column,
        unit,
        spec.treatment,
        list(spec.controls),
        frames.WEIGHTS[spec.weights],
        spec.errors,
        "fips" if spec.effects == "county" else None,
        "fips",
    )


def _machines(
    scenario: Scenario, places: primary.Places, county: Trial
) -> tuple[Machines, pd.DataFrame]:
    """Where harm can strike: municipalities by their dose, else counties by the best reading."""
    counties = places.counties
    if places.municipalities is not None:
        return Machines.of(places.municipalities, "dose", counties["fips"]), places.municipalities
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
    counties = world.machines.by_county(struck, len(world.places.counties))
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
