"""The Wisconsin county table that S. V. Miller published with election-night counts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files


def read(path: Path, state: str, columns: Mapping[int, Mapping[str, str]]) -> pd.DataFrame:
    """Read the table's votes as printed.

    Parameters
    ----------
    path : Path
        The comma-separated table.
    state : str
        Postal abbreviation, which the file does not print.
    columns : mapping
        For each year the file's columns for ``dem``, ``rep``, ``total`` and, if printed, ``other``.
    """
    needed = [name for listed in columns.values() for name in listed.values()]
    raw = files.read_table(path, ["county", *needed])
    parts = []
    for year, listed in columns.items():
        part = pd.DataFrame(
            {"row": raw.index, "state": state, "county": raw.county, "year": int(year)}
        )
        for name, column in listed.items():
            part[name] = files.numbers(raw[column], path).to_numpy()
        parts.append(part)
    return pd.concat(parts, ignore_index=True)
