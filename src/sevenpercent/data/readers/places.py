"""Counties by code and by name: the Census Gazetteer, and how names are compared."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.data.rules.base import fold
from sevenpercent.errors import InputError, nearest


def read_gazetteer(path: Path) -> pd.DataFrame:
    """Read a county Gazetteer of the U.S. Census Bureau.

    Returns ``fips`` (five digits), ``state`` (postal), ``county`` (name without County or Parish),
    ``land_km2``, ``lat`` and ``lon`` (degrees, of the internal point).
    """
    needed = ["USPS", "GEOID", "NAME", "ALAND", "INTPTLAT", "INTPTLONG"]
    raw = files.read_table(path, needed, delimiter="\t", encoding="latin-1")
    return pd.DataFrame(
        {
            "fips": raw.GEOID.str.zfill(5),
            "state": raw.USPS,
            "county": raw.NAME.str.replace(r" (County|Parish)$", "", regex=True),
            "land_km2": files.numbers(raw.ALAND, path) / 1e6,
            "lat": files.numbers(raw.INTPTLAT, path),
            "lon": files.numbers(raw.INTPTLONG, path),
        }
    ).reset_index(drop=True)


def codes_by_name(
    rows: pd.DataFrame, gazetteer: pd.DataFrame, aliases: Mapping[str, str], source: str
) -> pd.Series[Any]:
    """Find the code of each place by state and name.

    Raises InputError when the Gazetteer has no such place.

    `rows`: with ``state`` (postal) and ``county`` as printed; `gazetteer`: as `read_gazetteer`
    gives it; `aliases`: ``"ST/Printed name"`` to the Gazetteer's name, for names that differ beyond
    spelling; `source`: name of the source, for messages.
    """
    known = {
        (state, fold(county)): fips
        for state, county, fips in zip(
            gazetteer.state, gazetteer.county, gazetteer.fips, strict=True
        )
    }
    codes = []
    for state, county in zip(rows.state, rows.county, strict=True):
        name = fold(aliases.get(f"{state}/{county}", county))
        if (state, name) not in known:
            raise InputError(
                "No such county",
                file=source,
                value=f"{county}, {state}",
                fix=nearest(name, [n for s, n in known if s == state]),
            )
        codes.append(known[state, name])
    return pd.Series(codes, index=rows.index, dtype="str")


def county_points(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the internal point of every county of the states and the capital district."""
    gazetteer = read_gazetteer(raw.by_id(options["gazetteer"]))
    return gazetteer.loc[~gazetteer.state.isin(options["without"]), ["fips", "lat", "lon"]]
