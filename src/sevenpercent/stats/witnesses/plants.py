"""Harm as a claim names it, planted: how many votes, on which ballots, and what each method sees.

Votes are counted as missing, **positive** = the harmed party is short of them (a negative number is
a gain). The votes as they were counted are those after the harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.model import frames
from sevenpercent.model.scenario import Scenario, Size
from sevenpercent.stats.designs.sizes import EACH, POINTS, SETTLED, decisive, excess
from sevenpercent.stats.designs.tail import FIFTH
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity.planted import shift
from sevenpercent.stats.witnesses.innocent import Method

Where = Literal["places", "ballots"]
"""Every ballot of the electronic places, or ballots cast on the machines alone."""

Pattern = Literal["spread", "fifth"]
"""In all electronic places alike, or all of it in a fifth of their counties."""

HITS, SEED = 50, 20
"""How often the counties that carry it all are drawn, and the seed of that."""

BATCHES, BATCH, HELD = 20, 500, 0.99
"""Where some of these do not have as many votes as are to be moved (this share of them), others are
drawn, so many at a time, until there are enough that do."""

ON_BALLOTS = ("percent_ballots", "points_ballots", "votes", "votes_most", "decisive")
"""Amounts that are said of the machines' own ballots, where a table has these."""


@dataclass(frozen=True)
class Plant:
    """One harm.

    `size`: name of the size in the scenario; `definition`: definition of "electronic" by county in
    which it is planted; None: that of each method; `share`: column of counties that is the
    machines' share of ballots; `office`: whether only the office in question is struck, not all of
    the party's candidates; `times`: multiple of the size; negative = a gain.
    """

    size: str
    declared: Size
    where: Where
    pattern: Pattern
    definition: str | None = None
    share: str | None = None
    office: bool = True
    times: float = 1.0

    @property
    def variant(self) -> tuple[str, str, str]:
        """What the claim leaves open: where, pattern, how."""
        return self.where, self.pattern, self.declared.how

    @property
    def on_paper(self) -> Where:
        """Ballots that paper is asked about: a recount knows the machines' own where no table of counties does."""
        return "ballots" if self.declared.amount in ON_BALLOTS else self.where

    @property
    def at_least(self) -> bool:
        """Whether the claim says "at least so much" and not "about so much"."""
        return self.declared.amount in ("decisive", "any")


def plants(s: Scenario, size: str, share: str | None) -> list[Plant]:
    """Every variant that a size of harm leaves open; `share` as in :class:`Plant`."""
    assert s.designs is not None
    declared = s.designs.sizes[size]
    if not share and declared.amount in ("percent_ballots", "points_ballots"):
        return []  # no table says which ballots these are
    where: Where = "ballots" if share and declared.amount in ON_BALLOTS else "places"
    patterns: list[Pattern] = ["spread"] if declared.amount in SETTLED else ["spread", "fifth"]
    return [Plant(size, declared, where, pattern, share=share) for pattern in patterns]


def weights(plant: Plant, method: Method, counties: pd.DataFrame) -> Array:
    """Votes for either party (all, where the size is of all) on the ballots of the plant, by place of a method."""
    frame, name = method.frame, plant.definition or method.definition
    key = "weights", plant.where, name, plant.share, plant.declared.amount == "points_all"
    if key in method.kept:
        return method.kept[key]
    listed = counties.set_index("fips")

    def column(name: str | None) -> Array:
        own = frame[name] if name in frame else frame["fips"].map(listed[name])
        return own.fillna(0.0).to_numpy(float)

    part = column(name)
    if plant.where == "ballots":
        part = np.where(part > 0, column("dose" if "dose" in frame else plant.share), 0.0)
    method.kept[key] = part * _of(plant, method)
    return method.kept[key]


def _of(plant: Plant, method: Method) -> Array:
    return method.counted["total" if plant.declared.amount == "points_all" else "two"]


def votes(plant: Plant, s: Scenario, counties: pd.DataFrame, on: Array, own: Array) -> float:
    """Votes that the plant stands for, given the ballots `on` which it lies, and the claim's side's `own` of them."""
    amount, how = plant.declared.amount, plant.declared.how
    margin = frames.lead(counties) or 0
    n = 0.0
    if amount in ("votes", "votes_most"):
        n = s.claim.of_votes(amount, how)
    elif amount == "decisive":
        n = decisive(margin, how) if margin > 0 else n
    elif amount != "any":
        percent, said = s.claim.percent or 0.0, on if amount in POINTS else own
        gained = s.claim.gain and amount not in POINTS
        n = excess(percent, float(said.sum())) if gained else percent / 100 * float(said.sum())
    return plant.times * n


def struck(plant: Plant, s: Scenario, method: Method, counties: pd.DataFrame) -> Array:
    """Votes missing in each place of a method (places x 1, or x draws of struck counties).

    Without a column where not even the largest fifth of the counties has as many votes as are to be moved.
    """
    on, two = weights(plant, method, counties), _of(plant, method)
    part = np.divide(on, two, out=np.zeros_like(on), where=two > 0)
    harmed, favoured = (part * method.counted[c] for c in ("harmed", "favoured"))
    total = votes(plant, s, counties, on, favoured if s.claim.gain else harmed)
    w = on[:, None]
    if plant.declared.amount == EACH:
        w = (favoured if s.claim.gain else harmed)[:, None]
    most = np.inf if plant.declared.how == "deleted" else favoured[:, None]

    def shared(w: Array) -> Array:
        whole = w.sum(axis=0)
        each: Array = w * np.divide(total, whole, out=np.zeros_like(whole), where=whole > 0)
        return np.minimum(each, most)

    if plant.pattern != "fifth":
        return shared(w)
    out = shared(w * hits(plant, method, counties))
    if _held(out, total).all():
        return out
    own, at = _own(plant, method, counties), _at(method, counties)
    largest = shared(w * _largest(own, favoured, at)[at])
    largest = largest[:, _held(largest, total)]
    if not largest.shape[1]:
        return largest
    rng, kept = np.random.default_rng([SEED, BATCH]), [out[:, _held(out, total)]]
    for _ in range(BATCHES):
        if sum(each.shape[1] for each in kept) >= HITS:
            break
        out = shared(w * a_fifth(own, BATCH, rng)[at])
        kept.append(out[:, _held(out, total)])
    found = np.hstack(kept)[:, :HITS]
    return found if found.shape[1] else largest


def _held(struck: Array, total: float) -> NDArray[np.bool_]:
    """Draws in which as many votes are missing as there should be; a gain takes none that are there."""
    if total <= 0:
        return np.ones(struck.shape[1], dtype=bool)
    return np.asarray(struck.sum(axis=0) >= HELD * total)


def _largest(own: NDArray[np.bool_], favoured: Array, at: NDArray[np.intp]) -> Array:
    """The fifth of one's own counties with the most votes of the favoured side (counties x 1)."""
    known = at >= 0  # places of no county in the table
    votes = np.where(own, np.bincount(at[known], favoured[known], minlength=len(own)), -1.0)
    out = np.zeros((len(own), 1))
    out[np.argsort(-votes, kind="stable")[: _many(own)]] = 1.0
    return out


def hits(plant: Plant, method: Method, counties: pd.DataFrame) -> Array:
    """Places in the counties that carry it all: a fifth of those with machines (places x draws)."""
    key = "hits", plant.definition or method.definition, plant.where == "ballots" and plant.share
    if key not in method.kept:
        drawn = a_fifth(_own(plant, method, counties), HITS, np.random.default_rng(SEED))
        method.kept[key] = drawn[_at(method, counties)]
    return method.kept[key]


def _at(method: Method, counties: pd.DataFrame) -> NDArray[np.intp]:
    """The county of each place, by its line."""
    return np.asarray(pd.Index(counties["fips"]).get_indexer(pd.Index(method.frame["fips"])))


def _own(plant: Plant, method: Method, counties: pd.DataFrame) -> NDArray[np.bool_]:
    """Counties with machines, by the definition and, for ballots alone, by the share of ballots too."""
    names = [plant.definition or method.definition]
    names += [plant.share] if plant.where == "ballots" and plant.share else []
    own = np.ones(len(counties), dtype=bool)
    for name in names:
        own &= (counties[name].fillna(0.0) > 0).to_numpy() if name in counties else True
    return own


def a_fifth(own: NDArray[np.bool_], draws: int, rng: np.random.Generator) -> Array:
    """A fifth of the counties of one's own, at least one, drawn anew each time (counties x draws)."""
    chance = np.where(own[:, None], rng.random((len(own), draws)), np.inf)
    out: Array = (chance <= np.sort(chance, axis=0)[_many(own) - 1]).astype(float)
    return out


def _many(own: NDArray[np.bool_]) -> int:
    """A fifth of them, at least one."""
    return max(1, round(FIFTH * int(own.sum())))


def shifts(plant: Plant, s: Scenario, method: Method, counties: pd.DataFrame) -> Array:
    """What the plant did to the outcome of a method, in points (places x 1 or x draws)."""
    missing = struck(plant, s, method, counties)
    if not plant.office and method.spec.outcome.startswith("same_ballots"):
        return np.zeros_like(missing)
    h, f, t = (method.counted[c] for c in ("harmed", "favoured", "total"))
    how, unit = plant.declared.how, method.design.unit_of(method.spec)
    if plant.times < 0:  # a gain is the loss of the other side
        return -shift(f, h, t, -missing, how, unit)
    with np.errstate(divide="ignore", invalid="ignore"):
        return shift(h, f, t, missing, how, unit)
