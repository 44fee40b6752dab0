"""Wisconsin's form EL-190: registrants, voters and ballots by method, as clerks entered them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers.names import collapse, decode, unit_key, whole_numbers
from sevenpercent.errors import InputError, nearest

COUNTS = {
    "registrants": "Registrants",
    "voters": "Total Voters",
    "ballots_total": "Total Ballots",
    "ballots_paper": "Paper Ballots",
    "ballots_scan": "Optical Scan Ballots",
    "ballots_dre": "DRE",
    "ballots_automark": "Auto-Mark",
}
"""Our names of the counts and the form's."""


def read(path: Path) -> pd.DataFrame:
    """Read the form: one row per reporting unit.

    Returns
    -------
    pandas.DataFrame
        ``row`` (line of the file), ``key`` (see ``names.unit_key``), ``county``, ``municipality``,
        ``hindi`` (five digits) and the counts of ``COUNTS`` (ballots, people), typing errors
        included.

    Raises
    ------
    InputError
        When a column is missing, a count is not a whole number or a reporting unit stands twice.
    """
    reader = csv.reader(io.StringIO(decode(path)))
    header = [name.strip() for name in next(reader, [])]
    needed = ["HINDI", "County", "Municipality", "Reporting Unit", *COUNTS.values()]
    for name in needed:
        if name not in header:
            raise InputError(
                "The form lacks a column", file=path, column=name, fix=nearest(name, header)
            )
    rows = [cells for cells in reader if any(cells)]
    printed = pd.DataFrame(rows, columns=header, dtype=str)
    unit = printed["Municipality"] + " " + printed["Reporting Unit"]
    out = pd.DataFrame(
        {
            "row": range(2, len(printed) + 2),
            "key": [unit_key(c, u) for c, u in zip(printed["County"], unit, strict=True)],
            "county": printed["County"].map(collapse).str.removesuffix(" COUNTY"),
            "municipality": printed["Municipality"].map(collapse),
            "hindi": printed["HINDI"].str.strip().str.zfill(5),
        }
    )
    for ours, theirs in COUNTS.items():
        out[ours] = whole_numbers(printed[theirs], path, theirs, 2)
    twice = out["key"].duplicated()
    if twice.any():
        raise InputError(
            "A reporting unit stands twice", file=path, row=int(out.loc[twice, "row"].iloc[0]),
            value=out.loc[twice, "key"].iloc[0],
        )  # fmt: skip
    return out
