"""County files of OpenElections: one line per county, office and candidate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.readers.lines import part_of, spread
from sevenpercent.errors import InputError


def read(
    path: Path, state: str, year: int, office: str, parties: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Read one office of a county file.

    Parameters
    ----------
    path : Path
        The file; it names neither state nor year in its lines.
    state, year : str, int
        Postal abbreviation and year of the election.
    office : str
        How the office's name begins.
    parties : mapping
        Party codes for ``dem`` and ``rep``; every other candidate counts as ``other``.

    Raises
    ------
    InputError
        When the file has no line of the office.
    """
    raw = files.read_table(path, ["county", "office", "party", "votes"])
    chosen = raw[raw.office.str.startswith(office)]
    if chosen.empty:
        raise InputError("No line of the office", file=path, column="office", value=office)
    lines = pd.DataFrame(
        {
            "row": chosen.index,
            "county": chosen.county,
            "part": part_of(chosen.party, parties),
            "votes": files.numbers(chosen.votes, path),
        }
    )
    return spread(lines, ["county"]).assign(state=state, year=year)
