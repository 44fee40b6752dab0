"""Sizes of harm that matter: the votes they stand for, and what they are in each design's unit.

Sizes are **positive** amounts of harm, in votes or in the unit of a design's effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sevenpercent.model.scenario import Claim, Scenario, Size
from sevenpercent.stats import missing
from sevenpercent.stats.electoral import votes_to_flip


@dataclass(frozen=True)
class Stakes:
    """What sizes of harm are measured against in one state.

    Attributes
    ----------
    electronic : Place
        Votes counted in electronic counties.
    on_ballots : Place or None
        Votes counted on electronic ballots, by municipality; None where no table says.
    margin : int
        Votes by which the favoured party leads; 0 when it does not.
    """

    electronic: missing.Place
    on_ballots: missing.Place | None
    margin: int


def stakes(counties: pd.DataFrame, electronic: str, municipalities: pd.DataFrame | None) -> Stakes:
    """Votes at stake: counties that are `electronic` by this column, ballots by municipality."""
    lead = int(counties["favoured"].sum() - counties["harmed"].sum())
    return Stakes(
        missing.electronic_place(counties, electronic),
        None if municipalities is None else missing.electronic_place(municipalities, "dose"),
        max(0, lead),
    )


def votes(
    sizes: Mapping[str, Size], claim: Claim, at: Stakes, own: missing.Place
) -> dict[str, float]:
    """Votes that each declared size stands for: the same in every design, but for literal points.

    Those are points where voting was electronic in the design's own sense. Where the harmed side
    won, no size changes the winner, and there is no decisive one; without a table of ballots there
    is no percentage of them.

    Parameters
    ----------
    sizes : mapping
        Name -> size.
    claim : Claim
    at : Stakes
    own : Place
        Electronic places in the sense of the design.

    Returns
    -------
    dict
        Size -> votes that the harmed party is short of, **positive**.
    """
    found = {name: _votes(size, claim, at, own) for name, size in sizes.items()}
    return {name: n for name, n in found.items() if n is not None}


def _votes(size: Size, claim: Claim, at: Stakes, own: missing.Place) -> float | None:
    if size.amount == "points":
        return missing.missing_votes(-claim.percent, "two_party", own, size.how)
    if size.amount == "votes":
        return float(claim.votes or 0)
    if size.amount == "decisive":
        return decisive(at.margin, size.how) if at.margin > 0 else None
    place = at.electronic if size.amount == "percent" else at.on_ballots
    if place is None or size.amount == "any":
        return None
    if size.amount == "points_ballots":
        return missing.missing_votes(-claim.percent, "two_party", place, size.how)
    return missing.missing_votes(-claim.percent, "percent_counted", place, size.how)


def decisive(margin: int, how: missing.How) -> float:
    """Votes that would have changed the winner, had they been switched or deleted.

    Examples
    --------
    >>> decisive(1001, "switched"), decisive(1001, "deleted")
    (501.0, 1002.0)
    """
    flip = votes_to_flip(margin, 0)
    return float(flip.switched if how == "switched" else flip.added)


def harm(
    sizes: Mapping[str, Size], claim: Claim, at: Stakes, place: missing.Place, unit: missing.Unit
) -> dict[str, tuple[float, float]]:
    """Votes of each size, and the harm they are in a unit of outcome over `place`."""
    out = {}
    for name, n in votes(sizes, claim, at, place).items():
        literal = sizes[name].amount == "points" and unit == "two_party"
        out[name] = n, claim.percent if literal else in_unit(n, unit, place, sizes[name].how)
    return out


def in_unit(votes: float, unit: missing.Unit, place: missing.Place, how: missing.How) -> float:
    """Harm of so many votes in `place`, in a unit of outcome (positive).

    Examples
    --------
    >>> round(in_unit(7000, "two_party", missing.Place(40_000, 60_000, 105_000), "switched"), 6)
    7.0
    """
    return -missing.sizes(votes, place, how)[unit]


def per_ballot(votes: float, ballots: float, how: missing.How) -> float:
    """Harm of so many votes in half margins per 100 ballots (positive).

    A switched vote moves half the margin by one vote, a deleted one by one half.

    Examples
    --------
    >>> per_ballot(50, 1000, "switched"), per_ballot(50, 1000, "deleted")
    (5.0, 2.5)
    """
    return 100 * votes * (1.0 if how == "switched" else 0.5) / ballots


def label(s: Scenario, size: Size) -> str:
    """A size of harm in words."""
    return {
        "points": f"{s.claim.percent:g} points of the share",
        "points_ballots": f"{s.claim.percent:g} points of the share on DRE ballots",
        "percent": f"{s.claim.percent:g} % of the votes in {s.treatment.adjective} counties, "
        f"{size.how}",
        "percent_ballots": f"{s.claim.percent:g} % of the votes on DRE ballots, {size.how}",
        "votes": f"{s.claim.votes or 0:,} votes, {size.how}",
        "decisive": f"enough to change the winner, {size.how}",
        "any": "any harm at all",
    }[size.amount]
