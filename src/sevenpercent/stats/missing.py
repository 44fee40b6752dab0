"""Votes that are missing, from a gap and back: switched or deleted, in points, percent and logarithms.

Everywhere a **negative** gap, or size, means that the harmed party is short of votes; missing votes
are **positive** then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError, demand, nearest
from sevenpercent.model.frames import require

How = Literal["switched", "deleted", "added"]
Unit = Literal["two_party", "share_all", "log", "percent_lost", "percent_counted"]

HOWS: tuple[How, ...] = ("switched", "deleted")
"""Ways in which the harmed party loses votes; ``added`` are votes that nobody cast, for the other."""


def unit_of(outcome: str) -> Unit:
    """Unit in which an outcome is read, by its name in the scenario."""
    if "log" in outcome or outcome == "marked":
        return "log"
    return "share_all" if outcome.endswith("share_all") else "two_party"


@dataclass(frozen=True)
class Place:
    """Votes of the places in question, as counted.

    `harmed`, `favoured`, `total`: votes for either party, and for all candidates.
    """

    harmed: float
    favoured: float
    total: float


def electronic_place(frame: pd.DataFrame, treatment: str) -> Place:
    """Votes of the electronic counties together; with a share, each county's share of them."""
    require(frame, [treatment])
    rows = frame[["harmed", "favoured", "total"]].mul(frame[treatment].astype(float), axis=0)
    return Place(*map(float, rows.sum()))


def missing_votes(gap: float, unit: Unit, place: Place, how: How) -> float:
    r"""Votes of the harmed party that a gap of this size stands for.

    With :math:`h, f, t` the votes as counted, :math:`x` the answer and :math:`g` the gap,
    counted minus true:

    - ``two_party`` (points): switched :math:`x = -g (h + f)`; deleted
      :math:`x = -g (h + f) / (1 - h/(h+f) + g)`; added
      :math:`x = -g (h + f) / (h/(h+f) - g)`
    - ``share_all`` (points): the same with all votes :math:`t` for :math:`h + f`
    - ``log`` (log points): :math:`x = h (e^{-g} - 1)`
    - ``percent_lost`` (percent of the votes there should have been): :math:`x = -g h / (1 + g)`
    - ``percent_counted`` (percent of the votes that were counted): :math:`x = -g h`

    Votes that were added to the other party took none away: the last three have no answer to them.

    `gap`: **Negative** = the harmed party is short; `how`: ``switched`` to the opponent,
    ``deleted`` (never counted for anyone), or ``added`` to the opponent (cast by nobody). Returns
    votes; **positive** = the harmed party is short of them, or the other has them too many. Raises
    InputError: unknown unit or way, or a gap that no number of votes can make.
    """
    demand(how, get_args(How), "Unknown way to lose votes")
    g = gap / 100
    if unit in ("two_party", "share_all"):
        whole = place.total if unit == "share_all" else place.harmed + place.favoured
        if how == "switched":
            return -g * whole
        share = place.harmed / whole
        rest = share - g if how == "added" else 1 - share + g
        if rest <= 0:
            problem = f"No number of {how} votes makes a gap of this size"
            fix = "It is larger than all that the harmed side had there; choose a smaller size."
            raise InputError(problem, column="claim.percent", value=gap, fix=fix)
        return -g * whole / rest
    if how == "added":
        raise InputError("Votes added to one party take none from the other", value=unit)
    if unit == "log":
        return float(place.harmed * np.expm1(-g))
    if unit == "percent_lost":
        if g <= -1:
            raise InputError("No more than all votes can be lost", value=gap)
        return -g * place.harmed / (1 + g)
    if unit == "percent_counted":
        return -g * place.harmed
    raise InputError("Unknown unit of a gap", value=unit, fix=nearest(unit, get_args(Unit)))


def sizes(votes: float, place: Place, how: How) -> dict[Unit, float]:
    """What `votes` missing in `place` would be in each unit of :func:`missing_votes`, its inverse.

    `votes` positive (the harmed party is short of them) gives **negative** sizes.

    Raises InputError: unknown way, or more votes than are there to be switched back.
    """
    demand(how, get_args(How), "Unknown way to lose votes")
    lost = 0.0 if how == "added" else votes
    moved = 0.0 if how == "deleted" else votes
    if moved > place.favoured or place.harmed + lost <= 0:
        problem = "more votes than there are where the machines are"
        fix = "Name fewer votes, or a smaller size."
        raise InputError(problem, column="claim.votes", value=votes, fix=fix)
    h, f, t = place.harmed + lost, place.favoured - moved, place.total + lost - moved
    return {
        "two_party": 100 * (place.harmed / (place.harmed + place.favoured) - h / (h + f)),
        "share_all": 100 * (place.harmed / place.total - h / t),
        "log": 100 * float(np.log(place.harmed / h)),
        "percent_lost": 100 * (place.harmed / h - 1),
        "percent_counted": -100 * lost / place.harmed,
    }
