"""County results collected by T. McGovern: the layouts of 2016 and of 2020 and after."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files


def read_2016(path: Path, year: int) -> pd.DataFrame:
    """Read the layout with ``state_abbr`` and ``combined_fips``; minor parties are not printed."""
    names = {"fips": "combined_fips", "county": "county_name"}
    raw = files.read_table(
        path, ["state_abbr", *names.values(), "votes_dem", "votes_gop", "total_votes"]
    )
    return _tidy(raw, path, year, raw.state_abbr, raw.combined_fips)


def read_2020(path: Path, year: int, postal: Mapping[str, str]) -> pd.DataFrame:
    """Read the layout with ``state_name`` and ``county_fips``; minor parties are not printed.

    `postal` maps state names to postal abbreviations.
    """
    raw = files.read_table(
        path,
        ["state_name", "county_fips", "county_name", "votes_dem", "votes_gop", "total_votes"],
    )
    return _tidy(raw, path, year, raw.state_name.map(postal), raw.county_fips)


def _tidy(
    raw: pd.DataFrame, path: Path, year: int, state: pd.Series[str], fips: pd.Series[str]
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": raw.index,
            "fips_printed": fips,
            "state": state,
            "county": raw.county_name,
            "year": year,
            "dem": files.numbers(raw.votes_dem, path),
            "rep": files.numbers(raw.votes_gop, path),
            "total": files.numbers(raw.total_votes, path),
        }
    )
