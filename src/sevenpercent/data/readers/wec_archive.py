"""The archive of Wisconsin canvasses by county: every contest, one line per candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.readers.lines import part_of, spread
from sevenpercent.errors import InputError


def read(path: Path, state: str, office: str, parties: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Read one office for every county and year.

    Parameters
    ----------
    path : Path
        ``AllElections_Counties.csv``.
    state : str
        Postal abbreviation, which the file does not print.
    office : str
        Name of the office in the file.
    parties : mapping
        Party names for ``dem`` and ``rep``; every other line counts as ``other``.

    Raises
    ------
    InputError
        When the file has no line of the office.
    """
    needed = ["county_fips", "county", "year", "office", "party", "votes", "total_votes"]
    raw = files.read_table(path, needed)
    chosen = raw[raw.office == office]
    if chosen.empty:
        raise InputError("No line of the office", file=path, column="office", value=office)
    lines = pd.DataFrame(
        {
            "row": chosen.index,
            "fips_printed": chosen.county_fips,
            "county": chosen.county,
            "year": chosen.year.astype("int64"),
            "part": part_of(chosen.party, parties),
            "votes": files.numbers(chosen.votes, path),
            "total": files.numbers(chosen.total_votes, path),
        }
    )
    return spread(lines, ["fips_printed", "county", "year"]).assign(state=state)
