"""The size of a claim as ``sevenpercent new`` is told it: a range of votes, and how they were moved."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from sevenpercent.errors import InputError, demand
from sevenpercent.own.request import Request
from sevenpercent.stats.missing import How

UNITS = ("points", "points_all", "percent")
_RANGE = re.compile(r"(\d[\d,]*)(?:\s*[-–]\s*(\d[\d,]*))?")


def is_number(text: str) -> bool:
    """Whether a text is a number of votes, or a range of them, and no name of a file."""
    return _RANGE.fullmatch(text.strip()) is not None


def votes(text: str) -> list[int]:
    """Votes that a claim names: none, one number, or the two ends of a range.

    Raises InputError: what is no number, or a range that runs downwards.

    Examples
    --------
    >>> votes("130,000"), votes("130000-260000"), votes("")
    ([130000], [130000, 260000], [])
    """
    if not text.strip():
        return []
    found = _RANGE.fullmatch(text.strip())
    ends = [int(n.replace(",", "")) for n in found.groups() if n] if found else []
    if not ends or ends[0] <= 0:
        what = "the claimed votes are no number"
        fix = "Write 130000, or a range: 130000-260000."
        raise InputError(what, column="--claimed-votes", value=text, fix=fix)
    ends = list(dict.fromkeys(ends))  # from 5 to 5 is 5
    if len(ends) > 1 and ends[1] < ends[0]:
        what = "the range of claimed votes runs downwards"
        fix = f"Write the lower end first: {ends[1]}-{ends[0]}."
        raise InputError(what, column="--claimed-votes", value=text, fix=fix)
    return ends


def ways(text: str) -> list[str]:
    """How votes were moved, by name: ``added,switched``."""
    out = [way.strip() for way in text.split(",") if way.strip()]
    for way in out:
        demand(way, get_args(How), "unknown way to move votes", column="--how")
    return out


MOST = 100
"""Points or percent that a claim may name at most."""


def check(told: Request) -> None:
    """Refuse a size that says two things, or none.

    Raises InputError: naming the option, what was given, and what to write instead.
    """
    if told.claimed > MOST or told.claimed != told.claimed:
        what = f"a size is a number of points or percent, at most {MOST}"
        fix = "Write one, as in --claimed 2; a number of votes is --votes 130000."
        raise InputError(what, column="--claimed", value=f"{told.claimed:g}", fix=fix)
    if told.claimed < 0:
        what = "a size is a positive number"
        fix = "Say whose loss it is with --harmed, or that it is a gain with --gain."
        raise InputError(what, column="--claimed", value=f"{told.claimed:g}", fix=fix)
    demand(told.unit, UNITS, "unknown unit", column="--unit")
    if told.counted not in ("", "lead"):
        what = "the votes of a claim are counted one by one, or as the lead"
        fix = "Leave --counted out, or write --counted lead."
        raise InputError(what, column="--counted", value=told.counted, fix=fix)
    named, moved = votes(told.claimed_votes), ways(told.how)
    if (moved or told.counted) and not named:
        what = "--how and --counted speak of votes, and no votes are claimed"
        raise InputError(what, fix="Add --claimed-votes, or leave them out.")
    if len(moved) > len(named):
        what = "more ways than ends of the range"
        fix = "Name one way, or one for each end of a range."
        raise InputError(what, column="--how", value=told.how, fix=fix)
    against = "deleted" if told.gain else "added"
    if against in moved:
        what = "a gain deletes no votes" if told.gain else "a loss adds no votes"
        fix = "Write deleted or switched, or add --gain."
        fix = "Write added or switched." if told.gain else fix
        raise InputError(what, column="--how", value=told.how, fix=fix)


def said(files: Sequence[str]) -> tuple[list[str], str]:
    """Names of files, and a number of votes among them, as ``--votes`` takes both."""
    numbers = [f for f in files if is_number(f) and not Path(f).exists()]
    return [f for f in files if f not in numbers], numbers[-1] if numbers else ""
