"""Names and texts of published files in a form that can be compared."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from sevenpercent.errors import InputError


def decode(path: Path) -> str:
    """Text of a published file: UTF-8 where it is valid, else Windows-1252, else Latin-1.

    Line ends become plain line feeds, whichever the file has.
    """
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise InputError("The file is not text", file=path)


def collapse(text: str) -> str:
    """Upper case, one space between words, none at the ends."""
    return " ".join(text.upper().split())


def county_key(name: str) -> str:
    """Letters of a county's name without the word County; ``St.`` and ``Saint`` agree."""
    name = re.sub(r"\s+COUNTY\b.*$", "", collapse(name.replace("-", " ")))
    return re.sub(r"[^A-Z]", "", re.sub(r"^SAINT\b", "ST", name))


def unit_key(county: str, text: str) -> str:
    """Key of a reporting unit: ``county|text``, however the publisher spaces or counts wards."""
    text = re.sub(r"\bWARDS\b", "WARD", collapse(text))
    return f"{county_key(county)}|" + re.sub(r"\s*([-,])\s*", r"\1", text)


def place_key(county: str, municipality: str) -> str:
    """Key of a municipality: county and letters of its name, kind (town, city) included."""
    return f"{county_key(county)}|" + re.sub(r"[^A-Z ]", "", collapse(municipality))


def slug(text: str) -> str:
    """Lower-case letters and digits of `text`, joined by single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def kind_and_name(municipality: str) -> tuple[str, str]:
    """Split ``TOWN OF ADAMS`` into its kind ``town`` and its bare name ``ADAMS``.

    Raises
    ------
    InputError
        When the name has no kind.
    """
    kind, of, name = collapse(municipality).partition(" OF ")
    if not of or kind not in ("CITY", "TOWN", "VILLAGE"):
        raise InputError(
            "A municipality is written as city, town or village of its name", value=municipality
        )
    return kind.lower(), name


def whole_numbers(column: pd.Series[str], path: Path, name: str, first: int) -> pd.Series[int]:
    """Counts as ``Int64``; thousands commas allowed, blank is null.

    Parameters
    ----------
    column : pandas.Series
        Values as printed.
    path, name, first : Path, str, int
        File, column and the line of the first value, for the message.

    Raises
    ------
    InputError
        At the first value that is not a whole number, or is negative.
    """
    text = column.str.strip().str.replace(",", "", regex=False)
    bad = (text != "") & ~text.str.fullmatch(r"\d+(\.0+)?")
    if bad.any():
        at = int(bad.to_numpy().argmax())
        raise InputError(
            "A count is not a whole number", file=path, row=first + at, column=name,
            value=column.iloc[at],
        )  # fmt: skip
    return pd.to_numeric(text.where(text != "")).astype("Float64").astype("Int64")
