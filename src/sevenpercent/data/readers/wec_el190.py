"""Wisconsin's form EL-190: registrants, voters and ballots by method, as clerks entered them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.readers.places import collapse, unit_key

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

    Returns ``row`` (line of the file), ``key`` (see ``places.unit_key``), ``county``,
    ``municipality``, ``hindi`` (five digits) and the counts of ``COUNTS`` (ballots, people), typing
    errors included. Raises InputError when a column is missing, a count is not a whole number or a
    reporting unit stands twice.
    """
    needed = ["HINDI", "County", "Municipality", "Reporting Unit", *COUNTS.values()]
    printed = files.read_table(path, needed, encoding=files.ANY)
    unit = printed["Municipality"] + " " + printed["Reporting Unit"]
    out = pd.DataFrame(
        {
            "row": printed.index,
            "key": [unit_key(c, u) for c, u in zip(printed["County"], unit, strict=True)],
            "county": printed["County"].map(collapse).str.removesuffix(" COUNTY"),
            "municipality": printed["Municipality"].map(collapse),
            "hindi": printed["HINDI"].str.zfill(5),
        },
        index=printed.index,
    )
    for ours, theirs in COUNTS.items():
        out[ours] = files.counts(printed[theirs], path)
    files.refuse(out["key"].duplicated(), out["key"], path, "A reporting unit stands twice")
    return out.reset_index(drop=True)
