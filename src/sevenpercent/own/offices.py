"""Another office than President: its name, the elections of it that the files hold, and what is left out.

Votes of ``data/`` are for President. Where the files have no earlier election of the office, the
earlier votes are those for President: they say what kind of place it is, and no change is taken.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Any

from sevenpercent.data import tables
from sevenpercent.data.readers import formats
from sevenpercent.own.request import Request

PRESIDENT = "President"
SHORT = 4
"""Letters up to which a word of an office in capitals is an abbreviation."""

LEVELS = ["level_two_party", "level_share_all"]
"""Outcomes that need no earlier election."""

IN_PERCENT = "level_log_share"
"""The same for a claim in percent: a share of all votes that is so many percent lower."""


def name(office: str) -> str:
    """An office as a sentence names it.

    Examples
    --------
    >>> name("US SENATE"), name("Attorney General|Atty Gen"), name("GOVERNOR"), name("")
    ('U.S. Senator', 'Attorney General', 'Governor', '')
    """
    first = office.partition("|")[0].strip()
    for words, pattern in formats.layouts().words.beside.items():
        if first and re.search(pattern, first, re.IGNORECASE):
            return words + (" (special election)" if re.search("special", first, re.I) else "")
    return first.title() if first.isupper() and len(first) > SHORT else first


def president(office: str) -> bool:
    """Whether an office is the one whose votes are read where none is named.

    Examples
    --------
    >>> president("US PRESIDENT"), president("President of the Senate"), president("US SENATE")
    (True, False, False)
    """
    words = formats.layouts().words
    named = [part.strip() for part in office.split("|") if part.strip()]
    return bool(named) and all(
        re.search(words.office, n, re.I) and not re.search(words.other_office, n, re.I)
        for n in named
    )


def earlier(told: Request, held: Set[int]) -> str:
    """Choose the election before, where nobody named it; the office of its votes if it is another.

    `held`: elections of the office in question that the files hold.
    """
    ours = {int(y) for y in tables.load("county_votes")["year"].unique()}
    own = sorted(y for y in held if y < told.year)
    if told.office:
        told.prior_year = told.prior_year or max(own, default=0)
        if told.prior_year in own:
            return ""
    elif told.year - 4 not in ours | held:
        told.prior_year = told.prior_year or max(own, default=0)
    before = [y for y in ours if y < told.year]
    latest = told.year - 4 if told.year - 4 in ours | set(own) else max(before, default=0)
    told.prior_year = told.prior_year or latest or told.year - 4
    if not told.office:
        return ""
    return PRESIDENT


def without_change(body: dict[str, Any]) -> None:
    """Take everything out of a new scenario that sets its votes against an earlier election."""
    in_percent = [IN_PERCENT] if body["claim"].get("unit") == "percent" else []
    body["outcome"] = {"primary": LEVELS[0], "shown": LEVELS + in_percent}
    body["designs"] = None
    body["multiverse"]["outcomes"] = LEVELS
    body["models"] = [m | {"outcome": LEVELS[0]} for m in body["models"]]
