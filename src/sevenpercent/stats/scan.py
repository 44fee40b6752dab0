"""Which simple ways of counting come near the figures that were claimed, and other gaps on the same map.

Gaps and percentages are **negative** where the harmed party did worse where voting was electronic;
missing votes are **positive** where it is short of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model import frames
from sevenpercent.stats import missing
from sevenpercent.stats.regression import Degenerate, Errors, NoVariation, fit

SIZE_WITHIN = 0.5
"""A size is near the claimed one when it is no further away, nor by more than half of a smaller one."""

VOTES_WITHIN = 0.10
"""A number of votes is near the claimed one when it is less than a tenth away."""


def log_votes(
    frame: pd.DataFrame,
    definitions: Iterable[str],
    weights: Sequence[str],
    errors: Errors,
    cluster: str | None = None,
) -> pd.DataFrame:
    r"""Votes of the harmed party by what it had before: a regression of logarithms.

    .. math:: \log h_i = a + b\,d_i + c \log h_i^{\text{prior}} + e_i,
        \qquad \text{percent} = 100\,(e^b - 1)

    Returns one row a definition and weighting: ``definition, outcome, weights``; ``estimate, lo,
    hi`` in percent of the votes there would have been, ``n`` places, and ``votes`` missing where
    voting was electronic.

    `weights`: names in :data:`sevenpercent.model.frames.WEIGHTS`. `cluster`: column of the clusters,
    where the errors need them.
    """
    rows = []
    for definition in definitions:
        there = missing.electronic_place(frame[frame[definition].notna()], definition)
        for weight in weights:
            how = {"weights": frames.WEIGHTS[weight], "cluster": cluster}
            try:
                found = fit(
                    frame, "log_votes", definition, ["log_votes_prior"], errors=errors, **how
                )
            except (NoVariation, Degenerate):
                continue
            percent = [100 * np.expm1(end) for end in (found.estimate, found.lo, found.hi)]
            votes = missing.missing_votes(100 * found.estimate, "log", there, "deleted")
            choice = [definition, "log_votes", "prior", weight]
            rows.append([*choice, *percent, found.n, "percent", votes])
    return pd.DataFrame(rows, columns=_COLUMNS)


_COLUMNS = ["definition", "outcome", "controls", "weights", "estimate", "lo", "hi"]
_COLUMNS += ["n", "unit", "votes"]


def raw_votes(
    gaps: pd.DataFrame, frame: pd.DataFrame, how: missing.How = "deleted"
) -> pd.DataFrame:
    """Raw gaps with the votes that each stands for; those that no number of votes makes, without.

    `gaps`: of one place, as :func:`sevenpercent.stats.gap.raw_gaps` gives them; `frame`: the
    counties of that place; `how`: ``deleted``, or ``added`` to the other party. Returns columns as
    :func:`log_votes`, ``part`` in place of a weighting; logarithms as percent.
    """
    rows = []
    for g in gaps.to_dict("records"):
        there = missing.electronic_place(frame[frame[g["definition"]].notna()], g["definition"])
        size = missing.unit_of(g["outcome"])
        try:
            votes = missing.missing_votes(g["estimate"], size, there, how)
        except InputError:
            votes = float("nan")
        log = size == "log"
        ends = ("estimate", "lo", "hi")
        row: dict[Hashable, Any] = {**g, "controls": "none", "votes": votes}
        row |= {k: 100 * np.expm1(g[k] / 100) if log else g[k] for k in ends}
        rows.append({**row, "unit": "percent" if log else g["unit"]})
    return pd.DataFrame(rows, columns=[*_COLUMNS, "part"])


class Scan(NamedTuple):
    """How many simple ways of counting were tried, and which come near what was claimed."""

    n: int
    near: pd.DataFrame
    by_size: int
    by_votes: int
    within: float
    """How far from the claimed size is still near it, in points or percent."""


def scan(
    ways: pd.DataFrame,
    size: float | None,
    votes: int | None,
    unit: str,
    unique: Iterable[str],
    most: int | None = None,
) -> Scan:
    """Ways of counting that come near the claimed size and, where one was claimed, the number of votes.

    Returns ``near``: those near in both, the nearest first.

    `ways`: as :func:`log_votes` and :func:`raw_votes` give them. `size`: claimed, **positive** =
    the harmed party is short; None where votes alone were. `unit`: ``percent``,
    ``points``, ``points_all`` or ``votes``; a claim in percent may have been meant in points too,
    one in points not in percent. `unique`: definitions that differ here; doubles would count
    twice. `most`: upper end of a range of votes.
    """
    own = ways[ways["definition"].isin(list(unique))]
    own = own[own["unit"].isin(["points", "percent"] if unit == "percent" else ["points"])]
    if unit == "points_all":
        own = own[own["outcome"].str.endswith("share_all")]
    far = apart = off = pd.Series(0.0, index=own.index)
    if size:
        apart, far = (own["estimate"] + size).abs(), (own["estimate"] / -size - 1).abs()
    within = min(SIZE_WITHIN, size / 2) if size else SIZE_WITHIN
    by_size = (apart <= within) & ((own["estimate"] < 0) | (not size))
    if votes:
        off = (own["votes"] / own["votes"].clip(votes, most or votes) - 1).abs()
    by_votes = off <= VOTES_WITHIN
    near = own.assign(far=far + off)[by_size & by_votes].sort_values("far", ignore_index=True)
    near = near.drop(columns="far")
    return Scan(len(own), near, int(by_size.sum()), int(by_votes.sum()), within)


def scan_rows(found: Scan, place: str) -> pd.DataFrame:
    """The same as rows: place, part, value, n, unit, label."""
    rows = [
        ("scan.near", len(found.near), "ways near both the claimed size and the claimed votes"),
        ("scan.near_size", found.by_size, "ways near the claimed size"),
        ("scan.near_votes", found.by_votes, "ways near the claimed number of votes"),
    ]
    made = pd.DataFrame(rows, columns=["part", "value", "label"], dtype=object)
    return made.assign(place=place, n=found.n, unit="ways")


def other_office(
    counties: pd.DataFrame, table: pd.DataFrame, harmed: str, favoured: str, other: str = "sen"
) -> pd.DataFrame:
    """The counties with the votes for another office on the same ballots in place of this one's.

    `counties`: one row a county, as :func:`sevenpercent.model.frames.county_frame` gives it;
    `table`: table of municipalities, with columns ``<other>_<party>`` and ``<other>_total``;
    `other`: prefix of the other office's columns. Returned with ``harmed, favoured, total,
    two_party`` of that office; nothing else of an election.
    """
    sides = {"harmed": harmed, "favoured": favoured, "total": "total"}
    columns = {f"{other}_{party}": side for side, party in sides.items()}
    votes = table.groupby("fips")[list(columns)].sum().rename(columns=columns).astype(float)
    own = counties.drop(columns=list(sides)).merge(votes, on="fips")
    return own.assign(two_party=own["harmed"] / (own["harmed"] + own["favoured"]))
