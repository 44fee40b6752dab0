"""Harm of a known size: how many votes, where, and what it does to each place's outcome."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.stats.missing import How, Unit
from sevenpercent.stats.regression import Array

Hits = NDArray[np.bool_]
"""Which places are struck, places x draws."""

CACHE_BYTES = 500_000
"""Votes that are worked on at a time."""


@dataclass(frozen=True)
class Machines:
    """Places whose machines may do harm, and what was counted on them.

    `at` (places): rows of the frame they come from; `ballots` (places): votes for either party on
    electronic ballots (estimated as their share of all); `favoured` (places): of these the favoured
    party's: no more can have been switched to it; `county` (places): number of each place's county.
    """

    at: NDArray[np.intp]
    ballots: Array
    favoured: Array
    county: NDArray[np.int64]

    @classmethod
    def of(cls, frame: pd.DataFrame, dose: str, counties: pd.Series[str]) -> Machines:
        """Places with electronic ballots; `counties` are the FIPS codes that are numbered."""
        share = frame[dose].fillna(0.0).to_numpy(float)
        harmed, favoured = frame["harmed"].to_numpy(float), frame["favoured"].to_numpy(float)
        number = pd.Series(range(len(counties)), index=list(counties))
        at = np.flatnonzero(
            (share > 0) & (harmed + favoured > 0) & frame["fips"].isin(number.index)
        )
        if not len(at):
            raise InputError("No place has electronic ballots", column=dose)
        return cls(
            at,
            (share * (harmed + favoured))[at],
            (share * favoured)[at],
            number[frame["fips"].iloc[at]].to_numpy().astype(np.int64),
        )

    @property
    def total(self) -> float:
        """Votes for either party on electronic ballots, all places together."""
        return float(self.ballots.sum())

    def by_county(self, votes: Array, counties: int) -> Array:
        """Sum votes (places x draws) by county (counties x draws)."""
        out = np.zeros((counties, votes.shape[1]))
        order = np.argsort(self.county, kind="stable")
        present, starts = np.unique(self.county[order], return_index=True)
        out[present] = np.add.reduceat(votes[order], starts, axis=0)
        return out


def struck(machines: Machines, votes: float, how: How, hit: Hits | None) -> Array:
    """Votes that the harmed party is short of, in each place.

    `votes`: in all; `hit` (places x draws): places that are struck, in proportion to their electronic
    ballots; all when None. Returned **positive** = short of (places x draws). Where more would be
    switched than the favoured party has, what it has; the total is then smaller than `votes`.
    """
    weight = machines.ballots[:, None]
    carried = weight if hit is None else weight * hit
    out = carried * (votes / (machines.total if hit is None else carried.sum(axis=0)))
    if how != "deleted":
        np.minimum(out, machines.favoured[:, None], out=out)
    return out


def some_places(machines: Machines, share: float, draws: int, rng: np.random.Generator) -> Hits:
    """Draw that share of the places, at least one, as the ones struck (places x draws)."""
    return _some(len(machines.at), share, draws, rng)


def some_counties(machines: Machines, share: float, draws: int, rng: np.random.Generator) -> Hits:
    """Draw that share of the counties, with all their machines (places x draws)."""
    present, number = np.unique(machines.county, return_inverse=True)
    return _some(len(present), share, draws, rng)[number]


def _some(n: int, share: float, draws: int, rng: np.random.Generator) -> Hits:
    chosen = max(1, round(share * n))
    chance = rng.random((draws, n), dtype=np.float32)
    cut = np.partition(chance, chosen - 1, axis=1)[:, chosen - 1]
    return np.ascontiguousarray((chance <= cut[:, None]).T)


def shift(
    harmed: Array, favoured: Array, total: Array, votes: Array, how: How, unit: Unit
) -> Array:
    """What a loss of votes did to outcomes, counted minus what there should have been.

    `harmed`, `favoured`, `total` (places): as counted, after the harm; `votes` (places x draws): as
    :func:`struck` gives them; `unit`: ``two_party``, ``share_all`` (points) or ``log`` (log points).
    Returned **negative** = the harmed party is worse off (places x draws): the same as
    :func:`sevenpercent.stats.missing.sizes` place by place.
    """
    if unit not in ("two_party", "share_all", "log"):
        raise InputError("Harm cannot be planted in this unit", value=unit)
    out = np.empty(votes.shape)
    step = max(1, CACHE_BYTES // (8 * max(1, votes.shape[1])))
    for at in range(0, len(votes), step):  # some places at a time: all at once leave the cache
        some = slice(at, at + step)
        h, f, t = (x[some, None] for x in (harmed, favoured, total))
        _shift(h, f, t, votes[some], how, unit, out[some])
    return out


def _shift(h: Array, f: Array, t: Array, votes: Array, how: How, unit: Unit, out: Array) -> None:
    """Fill `out` with the shifts of some places."""
    np.add(h, 0.0 if how == "added" else votes, out=out)
    if unit == "log":
        none = h <= 0  # has no logarithm, so no design of logarithms uses the place
        np.log(np.divide(h, out, out=out), out=out)
    else:
        counted = h + f if unit == "two_party" else t
        none = counted <= 0
        whole = out + f if unit == "two_party" else t + (0.0 if how == "added" else votes)
        if how != "deleted":
            whole = whole - votes
        out /= whole
        np.subtract(h / counted, out, out=out)
    out[none[:, 0]] = 0.0
    out *= 100
