"""Elections drawn by lot: in which nothing was done, and in which harm of a known size was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.model.scenario import Claim, Size, Validity
from sevenpercent.stats import missing
from sevenpercent.stats.designs.sizes import EACH, excess, in_unit
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity import planted
from sevenpercent.stats.validity.field import Field, residuals_by_cluster, signs
from sevenpercent.stats.validity.paper import Recounted
from sevenpercent.stats.validity.planted import Hits, Machines
from sevenpercent.stats.validity.score import Drawn, rate
from sevenpercent.stats.validity.trial import Trial, by_signs, dealt_anew, on_the_map


@dataclass(frozen=True)
class Harm:
    """A harm that is planted and asked about.

    `name`: ``switched_5`` or that of a declared size; `votes`: votes that the harmed party is short of; None:
    `points` in each design's own places or, where they are not zero, `each` there: votes missing
    for each vote that was counted for `side`; `sizes`: design -> this harm in its unit, as the book
    converts it (positive); `share`: share of the electronic ballots, where it was declared as one.
    """

    name: str
    label: str
    how: missing.How
    votes: float | None
    sizes: Mapping[str, float]
    points: float = 0.0
    share: float | None = None
    each: float = 0.0
    side: str = "harmed"


def of_shares(
    shares: Sequence[float], trials: Sequence[Trial], total: float, what: str = "electronic ballots"
) -> Iterator[Harm]:
    """Shares of the electronic ballots, each switched and deleted.

    `shares`: 0 to 1; `total`: votes for either party on electronic ballots;
    `what`: how those are called.
    """
    for share, how in product(shares, missing.HOWS):
        votes, said = share * total, f"{100 * share:g}"
        sizes = {t.name: in_unit(votes, t.unit, t.place, how) for t in trials}
        name = f"{how}_{said}".replace(".", "_")
        yield Harm(name, f"{said} % of {what}, {how}", how, votes, sizes, share=share)


def of_book(
    asked: pd.DataFrame,
    declared: Mapping[str, Size],
    trials: Sequence[Trial],
    points: float,
    claim: Claim,
) -> Iterator[Harm]:
    """The sizes that the book asks about, where every design on trial can be asked.

    `asked`: as :func:`sevenpercent.stats.designs.put` gives them; `declared`: name -> size, as the
    scenario declares them; `points`: the claimed difference, for a size that is literally so many
    points; such a size is left out where a design has another unit; `claim`: of which a percentage is
    of each place's votes.
    """
    wanted = {t.name for t in trials}
    for name, own in asked[asked["design"].isin(wanted)].groupby("size", sort=False):
        if set(own["design"]) != wanted:
            continue
        first = own[own["design"] == trials[0].name].iloc[0]
        sizes = dict(zip(own["design"], own["amount"].astype(float), strict=True))
        if declared[str(name)].amount == EACH:
            percent, gain = claim.percent or 0.0, claim.gain
            part = (excess(percent, 1.0), "favoured") if gain else (percent / 100, "harmed")
            yield Harm(str(name), first["label"], first["how"], None, sizes, 0.0, None, *part)
            continue
        harm = Harm(str(name), first["label"], first["how"], float(first["missing"]), sizes)
        if declared[harm.name].amount != "points":
            yield harm
        elif all(t.unit == "two_party" for t in trials):
            yield Harm(harm.name, harm.label, harm.how, None, sizes, points=points)


MANY = 1000
"""Counties above which there are no more draws than for the book's own sizes."""

BLOCK = 1000
"""Draws of struck places that are held at a time."""

MAP, FLIPS, RECOUNT, STRUCK, RANGES = 1, 2, 3, 4, 10
"""Streams of chance, one for each purpose, so that one more draw here moves nothing there."""


@dataclass(frozen=True)
class Elections:
    """What is drawn once and used for every harm.

    `trials`: the county design first. `counties`: FIPS codes, in the order of the county design's
    frame. `machines`: places that harm can strike. `places`: municipalities or, without a table of
    them, counties, which `machines` count. `field`: of the county design's errors. `noise`: design
    -> estimates and variance terms without any effect. `signs` (counties x draws): of what the
    recount changed. `hits`: pattern -> places struck in each draw; None strikes all alike. `draws`,
    `few`: of each design, and of harm of the book's own sizes.
    """

    trials: list[Trial]
    counties: list[str]
    machines: Machines
    places: pd.DataFrame
    field: Field
    noise: dict[str, tuple[Array, Array]]
    paper: Recounted | None
    signs: Array
    hits: dict[str, Hits | None]
    draws: int
    few: int

    @property
    def by_town(self) -> bool:
        """Whether harm can strike single municipalities."""
        return self.places is not self.trials[0].frame

    def null(self, trial: Trial) -> Drawn:
        """Estimates of one design without any effect."""
        return Drawn.of(self.noise[trial.name], trial.design.df)


def stream(seed: int, number: int) -> np.random.Generator:
    """One stream of chance."""
    return np.random.default_rng([seed, number])


def draw(
    trials: list[Trial],
    towns: pd.DataFrame | None,
    units: pd.DataFrame | None,
    points: pd.DataFrame,
    dose: str | None,
    v: Validity,
) -> Elections:
    """Draw what all harms share.

    Chance moves the county design by a field on the map, the municipal designs by the same signs
    of counties, the recount by signs of its own: within and between counties nothing is shared.

    Raises InputError: no electronic ballots, or a county without a point.

    `trials`: the county design first. `towns`: one row a municipality with its ``dose``; without it
    harm strikes counties. `units`: as :func:`sevenpercent.stats.recount.on_machines` gives them.
    `dose`: column of the counties that says which share of their ballots was electronic; one that is
    not known everywhere gives way to the county design's treatment.
    """
    county = trials[0]
    counties = county.frame["fips"]
    draws = v.draws if len(county.used) <= MANY else v.draws_rule
    found, noise = on_the_map(county, points, draws, stream(v.seed, MAP))
    every = {county.name: noise}
    flips = signs(stream(v.seed, FLIPS), len(counties), draws)
    for trial in trials[1:]:
        every[trial.name] = by_signs(trial, _numbered(trial, counties), flips)
    places = county.frame if towns is None else towns
    if towns is not None:
        dose = "dose"
    elif dose is None or dose not in places or places[dose].isna().any():
        dose = county.model["treatment"]
    machines = Machines.of(places, dose, counties)
    rng = stream(v.seed, STRUCK)
    hits: dict[str, Hits | None] = {"uniform": None}
    if towns is not None:
        hits["places"] = planted.some_places(machines, v.concentrated, draws, rng)
    hits["counties"] = planted.some_counties(machines, v.concentrated, draws, rng)
    paper = None if units is None else Recounted.on_machines(units, counties)
    turned = signs(stream(v.seed, RECOUNT), len(counties), draws)
    there = list(counties), machines, places, found, every, paper, turned, hits
    return Elections(trials, *there, draws, v.draws_rule)


def on_new_maps(
    e: Elections, covariates: list[str], points: pd.DataFrame, neighbours: pd.DataFrame, v: Validity
) -> dict[str, Drawn]:
    """The county design with machines reassigned at random along `covariates`, by range: ``km25``."""
    given, out = (e.trials[0], covariates, points, neighbours, e.draws), {}
    for i, km in enumerate(v.ranges_km):
        found = dealt_anew(*given, km, stream(v.seed, RANGES + i))
        out[f"km{km:g}".replace(".", "_")] = found
    return out


def spoilt(e: Elections, harm: Harm, pattern: str) -> list[dict[str, object]]:
    """Elections with this harm in this pattern, and how each design fares.

    Harm declared as a share of ballots is drawn as often as the designs are, the book's own sizes
    less often.
    """
    draws = e.draws if harm.share is not None else e.few
    hits = e.hits[pattern]
    whole = [slice(a, min(a + BLOCK, draws)) for a in range(0, draws, BLOCK)]
    shifted: dict[str, list[tuple[Array, Array, Array]]] = {t.name: [] for t in e.trials}
    scales = []
    for block in [slice(0, 1)] if hits is None else whole:
        struck = None
        if harm.votes is not None:
            hit = None if hits is None else hits[:, block]
            struck = planted.struck(e.machines, harm.votes, harm.how, hit)
            scales.append(struck.sum(axis=0) / harm.votes)
        for t in e.trials:
            shifts, at = _shifts(e, t, harm, struck)
            own = t.design.estimate[at] @ shifts, t.design.spread[:, at] @ shifts
            shifted[t.name].append((*own, t.truth(shifts, at)))
    scale = np.concatenate(scales) if scales else np.ones(1)
    scores = []
    for t in e.trials:
        estimate, terms, truth = (
            np.concatenate([part[i] for part in shifted[t.name]], axis=-1) for i in range(3)
        )
        null = e.noise[t.name]
        d = Drawn.of((null[0][:draws] + estimate, null[1][:, :draws] + terms), t.design.df)
        size = scale * harm.sizes[t.name]
        scores.append({"design": t.name, "pattern": pattern, **_scores(harm, d, truth, size)})
    return scores


def explained(e: Elections, harm: Harm) -> float:
    """Share of the county design's harm, spread evenly, that its controls explain.

    Over electronic counties: the variation of the shift between them that a regression on the
    controls accounts for. What the controls take out of the harm, the design does not see.
    """
    assert harm.votes is not None
    county = e.trials[0]
    shifts, at = _shifts(e, county, harm, planted.struck(e.machines, harm.votes, harm.how, None))
    own = np.isin(at, county.used) & (county.d[at] > 0)
    x = county.frame.iloc[at[own]][county.model["controls"]].to_numpy(float)
    x = np.column_stack([np.ones(int(own.sum())), x])
    y = shifts[own, 0]
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return float(1 - (left @ left) / ((y - y.mean()) ** 2).sum())


def shared(e: Elections) -> dict[str, float]:
    """How far the county design errs together with each other design, were their signs shared.

    The correlation over draws in which the residuals of all designs change sign county by county
    together; the simulation itself draws the county design's errors apart.
    """
    counties = e.trials[0].frame["fips"]
    sums = []
    for t in e.trials:
        columns = residuals_by_cluster(t.design, t.y, _numbered(t, counties), len(counties))
        sums.append(t.design.estimate @ columns)
    first = sums[0] / np.sqrt(sums[0] @ sums[0])
    return {
        t.name: float(first @ own / np.sqrt(own @ own))
        for t, own in zip(e.trials[1:], sums[1:], strict=True)
    }


def _numbered(trial: Trial, counties: pd.Series[str]) -> NDArray[np.int64]:
    """The number of each place's county."""
    number = pd.Series(range(len(counties)), index=list(counties))
    return trial.frame["fips"].map(number).to_numpy().astype(np.int64)


def _shifts(
    e: Elections, trial: Trial, harm: Harm, struck: Array | None
) -> tuple[Array, NDArray[np.intp]]:
    """What the harm did to the outcomes of a design, and in which rows of its frame."""
    if struck is None:
        at = np.flatnonzero(trial.d > 0)
        if harm.each:
            own = trial.frame[[harm.side, "favoured"]].to_numpy(float)[at]
            votes = np.minimum(harm.each * own[:, 0], own[:, 1])
            return trial.shifts((trial.d[at] * votes)[:, None], harm.how, at), at
        return -harm.points * trial.d[at][:, None], at
    if trial.frame is e.places:
        at = e.machines.at
        return trial.shifts(struck, harm.how, at), at
    counties = e.machines.by_county(struck, len(e.counties))
    at = np.flatnonzero(counties.any(axis=1))
    return trial.shifts(counties[at], harm.how, at), at


def _scores(harm: Harm, d: Drawn, truth: Array, size: Array) -> dict[str, object]:
    row: dict[str, object] = {
        "harm": harm.name,
        "label": harm.label,
        "how": harm.how,
        "share": harm.share,
    }
    means = {"truth": truth, "size": size, "estimate": d.estimate, "bias": d.estimate - truth}
    row |= {**{name: float(x.mean()) for name, x in means.items()}, "n": len(d.se)}
    row |= rate(d.covers(truth), "coverage") | rate(d.covers(-size), "coverage_size")
    return row | rate(d.found, "power") | rate(d.excludes(size), "cleared")
