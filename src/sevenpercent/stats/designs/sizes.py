"""Sizes of harm that matter: the votes they stand for, and what they are in each design's unit.

Sizes are **positive** amounts of harm, in votes or in the unit of a design's effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model import frames, words
from sevenpercent.model.scenario import Claim, Scenario, Size
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.stats import missing
from sevenpercent.stats.regression import Estimate


@dataclass(frozen=True)
class Stakes:
    """What sizes of harm are measured against in one state.

    `electronic`: votes counted in electronic counties; `on_ballots`: votes counted on electronic
    ballots, by municipality; None where no table says; `margin`: votes by which the favoured party
    leads; 0 when it does not, or when nobody knows.
    """

    electronic: missing.Place
    on_ballots: missing.Place | None
    margin: int


def stakes(counties: pd.DataFrame, electronic: str, municipalities: pd.DataFrame | None) -> Stakes:
    """Votes at stake: counties that are `electronic` by this column, ballots by municipality."""
    return Stakes(
        missing.electronic_place(counties, electronic),
        None if municipalities is None else missing.electronic_place(municipalities, "dose"),
        max(0, frames.lead(counties) or 0),
    )


def votes(
    sizes: Mapping[str, Size], claim: Claim, at: Stakes, own: missing.Place
) -> dict[str, float]:
    """Votes that each declared size stands for: the same in every design, but for literal points.

    Those are points where voting was electronic in the design's own sense. Where the harmed side
    won, no size changes the winner, and there is no decisive one; without a table of ballots there
    is no percentage of them.

    `sizes`: name -> size; `own`: electronic places in the sense of the design. Returns size ->
    votes that the harmed party is short of, **positive**.
    """
    found = {name: _votes(size, claim, at, own) for name, size in sizes.items()}
    return {name: n for name, n in found.items() if n is not None}


OF_VOTES = ("votes", "votes_most")
"""Amounts that are a number of votes which the claim names."""

LITERAL: Mapping[str, missing.Unit] = {"points": "two_party", "points_all": "share_all"}
"""Amounts that are points of a share of votes as they stand, and the unit that they are in."""


def _votes(size: Size, claim: Claim, at: Stakes, own: missing.Place) -> float | None:
    if size.amount in OF_VOTES:
        return claim.of_votes(size.amount, size.how)
    if size.amount == "decisive":
        return decisive(at.margin, size.how) if at.margin > 0 else None
    percent = claim.percent
    place: missing.Place | None = own if size.amount in LITERAL else at.electronic
    if size.amount.endswith("_ballots"):
        place = at.on_ballots
    if place is None or percent is None or size.amount == "any":
        return None
    if size.amount in POINTS:
        unit = LITERAL.get(size.amount, "two_party")
        return missing.missing_votes(-percent, unit, place, size.how)
    if claim.gain:
        return excess(percent, place.favoured)
    return missing.missing_votes(-percent, "percent_counted", place, size.how)


def excess(percent: float, counted: float) -> float:
    """Votes too many, where a side has so many percent more than it should have.

    Examples
    --------
    >>> excess(25, 1000)
    200.0
    """
    return percent * counted / (100 + percent)


def decisive(margin: int, how: missing.How) -> float:
    """Votes that would have changed the winner, had they been switched or deleted.

    Examples
    --------
    >>> decisive(1001, "switched"), decisive(1001, "deleted")
    (501.0, 1002.0)
    """
    return float(margin // 2 + 1 if how == "switched" else margin + 1)


def of_claim(s: Scenario, counties: pd.DataFrame, electronic: str) -> pd.DataFrame:
    """The claimed votes in points, all electronic counties together.

    Returns one row a declared size that is a number of votes: ``size, label, how, votes`` (moved),
    and ``two_party`` and ``share_all``, in points (all **positive** = harm).
    """
    known: Mapping[str, Size] = {} if s.designs is None else s.designs.sizes
    if s.claim.unit != "votes":
        known = {}
    place = missing.electronic_place(counties[counties[electronic].notna()], electronic)
    rows = []
    for name, size in known.items():
        if size.amount in OF_VOTES:
            n = s.claim.of_votes(size.amount, size.how)
            row: dict[str, object] = {u: in_unit(n, u, place, size.how) for u in LITERAL.values()}
            row |= {"part": f"claimed.{name}", "value": row["two_party"], "n": len(counties)}
            row |= {"size": name, "label": label(s, size), "how": size.how, "votes": n}
            rows.append(row)
    columns = ["size", "label", "how", "votes", *LITERAL.values(), "part", "value", "n"]
    return pd.DataFrame(rows, columns=columns)


def harm(
    sizes: Mapping[str, Size], claim: Claim, at: Stakes, place: missing.Place, unit: missing.Unit
) -> dict[str, tuple[float, float]]:
    """Votes of each size, and the harm they are in a unit of outcome over `place`.

    A size of more votes than these places have is left out.
    """
    out = {}
    for name, n in votes(sizes, claim, at, place).items():
        if LITERAL.get(sizes[name].amount) == unit and claim.percent is not None:
            out[name] = n, claim.percent
            continue
        try:
            out[name] = n, in_unit(n, unit, place, sizes[name].how)
        except InputError:
            continue
    return out


def by_way(s: Scenario, counties: pd.DataFrame, electronic: str) -> dict[str, float]:
    """The claimed size in points as :func:`in_points` has it, for each way that the claim leaves open.

    Percent of votes are fewer points where they were deleted than where they were switched.
    """
    sizes = [] if s.designs is None else [s.designs.sizes[name] for name in s.leading]
    each = {f"if {z.how}": z for z in sizes if z.amount in OF_PERCENT}
    if len(each) < 2:
        return {"county comparison": in_points(s, counties, electronic)}
    return {label: in_points(s, counties, electronic, z) for label, z in each.items()}


def in_points(
    s: Scenario, counties: pd.DataFrame, electronic: str, size: Size | None = None
) -> float:
    """The size that was claimed, in points of the two-party share where voting was electronic.

    Points stand as they were said, and percent in a book that reads them as points too. Percent of
    the votes of each county are what they shift its share by, on average. Points of all votes, and votes alone, are moved, as
    the first declared size says, in all electronic counties together; of a range, the lower end.
    So are percent of all votes there, where `size` names the way.

    `counties`: one row a county of the claim's place; `electronic`: its column with the leading
    definition. **Positive** = the harmed party is short; not a number where these places
    have no such votes.
    """
    claim = s.claim
    converted: tuple[str, ...] = OF_PERCENT
    if size is None:
        converted = (EACH,)
        declared = list(s.designs.sizes.values()) if s.designs else []
        size = declared[0] if declared else Size(amount="votes", how="deleted")
        if claim.unit == "percent" and not any(z.amount in LITERAL for z in declared):
            converted = OF_PERCENT  # nothing of this book reads percent as points
            size = next((z for z in declared if z.amount in OF_PERCENT), size)
    if claim.percent is not None and claim.unit != "points_all" and size.amount not in converted:
        return claim.percent
    if electronic not in counties:  # no list of that year has the machines
        return float("nan")
    at = stakes(counties[counties[electronic].notna()], electronic, None)
    try:
        if size.amount == EACH:
            return of_each(claim, size, counties, electronic, "two_party")
        n = _votes(size, claim, at, at.electronic)
        return in_unit(n or 0.0, "two_party", at.electronic, size.how)
    except (InputError, ZeroDivisionError):
        return float("nan")


EACH = "percent_each"
"""The amount that is so many percent of a side's votes in each place."""

OF_PERCENT = (EACH, "percent")
"""Amounts that are so many percent of a side's votes, in each place or in all together."""

POINTS = (*LITERAL, "points_ballots")
"""Amounts of every ballot alike."""

SETTLED = (*POINTS, EACH)
"""Amounts that say themselves where the votes were; others may lie in a few places."""


def of_each(
    claim: Claim,
    size: Size,
    frame: pd.DataFrame,
    electronic: str,
    unit: missing.Unit,
    weights: str | None = None,
) -> float:
    """So many percent of a side's votes in each place, in a unit of outcome: the mean over places.

    `frame`: one row a place, with the votes and the share `electronic`; `weights`: column by which
    places count; alike when None. **Positive** = harm.
    """
    own = frame[
        (frame[electronic].fillna(0.0) > 0) & (frame["harmed"] > 0) & (frame["favoured"] > 0)
    ]
    shifts = []
    for h, f, t in own[["harmed", "favoured", "total"]].astype(float).itertuples(index=False):
        place = missing.Place(h, f, t)
        n = _votes(size, claim, Stakes(place, None, 0), place) or 0.0
        shifts.append(in_unit(n, unit, place, size.how))
    counts = None if weights is None else own[weights].fillna(0.0).to_numpy(float)
    return float(np.average(shifts, weights=counts)) if shifts else float("nan")


def in_unit(votes: float, unit: missing.Unit, place: missing.Place, how: missing.How) -> float:
    """Harm of so many votes in `place`, in a unit of outcome (positive).

    Examples
    --------
    >>> round(in_unit(7000, "two_party", missing.Place(40_000, 60_000, 105_000), "switched"), 6)
    7.0
    """
    return -missing.sizes(votes, place, how)[unit]


def in_votes(
    e: Estimate, unit: missing.Unit, place: missing.Place, how: missing.How
) -> dict[str, float | None]:
    """Votes that an estimate in points stands for in `place`, with its 95 % interval.

    **Positive** = the harmed party is short of them, or the other has them too many; None where no
    number of votes makes such an estimate.
    """
    out: dict[str, float | None] = {}
    for name, end in (("value", e.estimate), ("lo", e.hi), ("hi", e.lo)):
        try:
            out[name] = missing.missing_votes(end, unit, place, how)
        except InputError:
            out[name] = None
    return out


def per_ballot(votes: float, ballots: float, how: missing.How) -> float:
    """Harm of so many votes in half margins per 100 ballots (positive).

    A switched vote moves half the margin by one vote, a deleted or added one by one half.

    Examples
    --------
    >>> per_ballot(50, 1000, "switched"), per_ballot(50, 1000, "deleted")
    (5.0, 2.5)
    """
    return 100 * votes * (1.0 if how == "switched" else 0.5) / ballots


def on_ballots(size: Size) -> Size:
    """The same where only the machines' own ballots are looked at, which is where points are then taken."""
    return size.model_copy(update={"amount": "points_ballots"}) if size.amount == "points" else size


def label(s: Scenario, size: Size) -> str:
    """A size of harm in words."""
    x, moved = s.claim.percent or 0.0, s.claim.of_votes(size.amount, size.how)
    said = (s.claim.votes_most if size.amount == "votes_most" else s.claim.votes) or 0
    counted = f"{said:,} votes, {size.how}"
    if moved != said:
        counted = f"{said:,} votes of the lead, as {moved:,.0f} {size.how}"
    of_share, any_ = f"{words.in_points(x)} of the share", Vocabulary(s).with_any
    more = "more" if s.claim.gain else "of the"
    return {
        "points": of_share,
        "points_all": f"{of_share} of all votes",
        "points_ballots": f"{of_share} on DRE ballots",
        "percent": f"{x:g} % {more} votes in {any_}, {size.how}",
        "percent_each": f"{x:g} % {more} votes in each of the {any_}, {size.how}",
        "percent_ballots": f"{x:g} % of the votes on DRE ballots, {size.how}",
        "votes": counted,
        "votes_most": counted,
        "decisive": f"enough to change the winner, {size.how}",
        "any": "any harm at all",
    }[size.amount]
