"""MEDSL's precinct releases: every office by precinct and candidate, a zipped Latin-1 CSV."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers.names import unit_key
from sevenpercent.errors import InputError, nearest

COLUMNS = {
    "jurisdiction": "county",
    "precinct": "name",
    "candidate": "candidate",
    "party": "party",
    "votes": "votes",
}
"""The release's columns and ours."""


def read(path: Path, office: str) -> pd.DataFrame:
    """Read one office.

    Parameters
    ----------
    path : Path
        The zip as released, with one CSV inside.
    office : str
        Office as the release names it.

    Returns
    -------
    pandas.DataFrame
        ``key`` (see ``names.unit_key``), ``county``, ``name``, ``candidate``, ``party`` (as printed,
        null for none) and ``votes`` (``Int64``), several modes of voting added up.

    Raises
    ------
    InputError
        When the zip or its columns cannot be read, or it has no such office.
    """
    needed = [*COLUMNS, "office"]
    try:
        with zipfile.ZipFile(path) as archive:
            name = next(n for n in archive.namelist() if n.lower().endswith(".csv"))
            with archive.open(name) as stream:
                table = pd.read_csv(
                    stream, encoding="latin-1", usecols=needed, dtype=str,
                    keep_default_na=False,
                )  # fmt: skip
    except (zipfile.BadZipFile, StopIteration) as error:
        raise InputError("This is not a zip with a CSV inside", file=path) from error
    except ValueError as error:
        raise InputError("The release lacks a column", file=path, value=str(error)) from error
    rows = table[table["office"] == office]
    if rows.empty:
        raise InputError(
            "No such office", file=path, column="office", value=office,
            fix=nearest(office, table["office"].unique()),
        )  # fmt: skip
    whole = rows["votes"].str.fullmatch(r"\d+(\.0+)?")
    if not whole.all():
        at = int(rows.index[~whole][0])
        raise InputError(
            "Votes are not a whole number", file=path, row=at + 2, column="votes",
            value=rows.loc[at, "votes"],
        )  # fmt: skip
    out = rows.rename(columns=COLUMNS)[list(COLUMNS.values())]
    out["votes"] = pd.to_numeric(out["votes"]).astype("Int64")
    out["key"] = [unit_key(c, n) for c, n in zip(out["county"], out["name"], strict=True)]
    places = ["key", "county", "name", "candidate", "party"]
    added = out.groupby(places, sort=False)[["votes"]].sum().reset_index()
    added["party"] = added["party"].where(added["party"] != "")
    return added
