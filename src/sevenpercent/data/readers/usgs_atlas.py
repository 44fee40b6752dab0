"""County results of the U.S. Geological Survey's National Atlas, 2004-2012."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files

COLUMNS = {"dem": "vote_dem", "rep": "vote_rep", "other": "vote_oth", "total": "vote_total"}


def read(path: Path) -> pd.DataFrame:
    """Read the file as printed, one row per county and year.

    A place without a result carries a large negative number, which is kept here as printed.
    """
    raw = files.read_table(path, ["year", "state", "county", "fips", *COLUMNS.values()])
    frame = pd.DataFrame(
        {
            "row": raw.index,
            "fips_printed": raw.fips,
            "state": raw.state,
            "county": raw.county,
            "year": raw.year.astype("int64"),
        }
    )
    for part, column in COLUMNS.items():
        frame[part] = files.numbers(raw[column], path).to_numpy()
    return frame
