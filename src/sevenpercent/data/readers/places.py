"""Counties by code and by name: the Census Gazetteer, and how names are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.data.rules.base import fold
from sevenpercent.errors import InputError, nearest


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

    Raises InputError when the name has no kind.
    """
    kind, of, name = collapse(municipality).partition(" OF ")
    if not of or kind not in ("CITY", "TOWN", "VILLAGE"):
        raise InputError(
            "A municipality is written as city, town or village of its name", value=municipality
        )
    return kind.lower(), name


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
    shapes = zip(gazetteer.state, gazetteer.county.map(fold), strict=True)
    known = dict(zip(shapes, gazetteer.fips, strict=True))
    codes = []
    for state, county in zip(rows.state, rows.county, strict=True):
        name = fold(aliases.get(f"{state}/{county}", county))
        if (state, name) not in known:
            fix = nearest(name, [n for s, n in known if s == state])
            raise InputError("No such county", file=source, value=f"{county}, {state}", fix=fix)
        codes.append(known[state, name])
    return pd.Series(codes, index=rows.index, dtype="str")


def county_points(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the internal point of every county of the states and the capital district."""
    gazetteer = read_gazetteer(raw.by_id(options["gazetteer"]))
    return gazetteer.loc[~gazetteer.state.isin(options["without"]), ["fips", "lat", "lon"]]
