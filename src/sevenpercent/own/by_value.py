"""Columns of places whose names say nothing, found by what stands in them."""

from __future__ import annotations

import re

import pandas as pd

from sevenpercent.data import tables
from sevenpercent.data.readers import formats, lines, votes
from sevenpercent.data.rules.base import bare, fold
from sevenpercent.data.rules.places import clean_code, places

MOSTLY = 0.7
"""Share of a column's values that must be places."""

DIGITS = 4
"""Digits of the shortest code of a county, without its leading zero."""


def place_columns(rows: pd.DataFrame, taken: set[str], states: list[str]) -> dict[str, str]:
    """Role to column, for the codes, states and counties that no name of a column gives away.

    Returns ``fips``, ``state`` or ``county`` to the column of which most values are such; none
    where two columns fit.

    `rows`: the first rows of a file, as text; `taken`: ``fips``, ``state`` and ``county`` where
    already known, and columns that are something else; `states`: postal codes of the states that a
    file without a state is about.
    """
    names = ("county_votes", "county_points", "states")
    known = places({n: tables.load(n) for n in names})
    postal = votes.postal_codes(tables.load("states"))
    own = {n for s, n in known.codes if s in states or not states}

    def code(text: str) -> bool:
        return len(text.split(".")[0]) >= DIGITS and clean_code(text) in known.listed

    def state(text: str) -> bool:
        return text.lower() in postal or text in postal.values()

    def county(text: str) -> bool:
        plain = text.rpartition(",")[0] or text
        return bool({fold(text), bare(text), fold(plain), bare(plain)} & own)

    out: dict[str, str] = {}
    for role, test in (("fips", code), ("state", state), ("county", county)):
        if role in taken or (role == "county" and "fips" in {*taken, *out}):
            continue
        fits = []
        for column in rows.columns:
            if column in taken or column in out.values():
                continue
            texts = rows[column].astype(str).str.strip()
            texts = texts[texts != ""]
            if len(texts) and texts.map(test).mean() >= MOSTLY:
                fits.append(str(column))
        if len(fits) == 1:
            out[role] = fits[0]
    return out


def office_column(rows: pd.DataFrame, free: list[str], asked: str) -> str:
    """The free column in which offices stand, where it is one alone; else empty.

    It holds one of the contests in `asked` (``|`` between them), or offices in most of its rows.
    """
    words = formats.layouts().words
    offices = re.compile("|".join([words.office, *words.beside.values()]), re.IGNORECASE)
    wanted = {lines.letters(text) for text in asked.split("|")} - {""}
    fits = [
        c
        for c in free
        if wanted & set(rows[c].astype(str).map(lines.letters))
        or rows[c].astype(str).map(lambda t: bool(offices.match(t))).mean() >= MOSTLY
    ]
    return fits[0] if len(fits) == 1 else ""
