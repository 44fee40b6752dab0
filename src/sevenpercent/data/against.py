"""Our county votes beside those of another source: every place where they differ, by size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.data import tables
from sevenpercent.data.inputs import Input
from sevenpercent.data.readers import formats, votes
from sevenpercent.data.rules.base import PARTIES
from sevenpercent.data.rules.places import places, tidy_votes
from sevenpercent.errors import InputError

ROUND = 1000
"""A difference of whole thousands in one party alone looks like a mistyped digit."""
NEAR = 0.005
"""Up to this share of a place's votes a difference looks like the count of another day."""


def disagreements(printed: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """Places where another source has other votes.

    Returns one row for each county and year that both have, largest difference first; counties
    whose votes we took from that very source are left out. ``source, row, fips, county, state,
    year``; ``dem, rep`` (theirs), ``dem_ours, rep_ours``, ``dem_off, rep_off`` (theirs minus ours,
    votes), ``off`` (the larger one without its sign) and ``suspect``: what the difference looks
    like, empty where it looks like nothing in particular or there is none.

    `printed`: votes as another source has them: ``source, row, state, county, year, dem, rep,
    other, total`` and ``fips_printed`` or ``fips``, of one source or more; `ours`: the table
    ``county_votes`` with all its vintages.
    """
    known = places({n: tables.load(n) for n in ("county_votes", "county_points", "states")})
    theirs = tidy_votes(printed, known).dropna(subset=list(PARTIES))
    theirs = theirs[theirs["code"].isin(known.listed)]
    theirs = theirs[["source", "row", "code", "year", *PARTIES]].rename(columns={"code": "fips"})
    best = ours[ours["best"]].rename(columns={"source": "from"})
    best = best[["fips", "county", "state", "year", "total", "from", *PARTIES]]
    both = theirs.drop_duplicates(["source", "fips", "year"])
    both = both.merge(best, on=["fips", "year"], suffixes=("", "_ours"))
    both = both[both["from"] != both["source"]]
    for party in PARTIES:
        both[f"{party}_off"] = both[party].astype(float) - both[f"{party}_ours"].astype(float)
    both["off"] = both[[f"{p}_off" for p in PARTIES]].abs().max(axis=1)
    both["suspect"] = _suspects(both, ours[~ours["best"]])
    kept = ["source", "row", "fips", "county", "state", "year", *PARTIES]
    kept += [*(f"{p}_{what}" for what in ("ours", "off") for p in PARTIES), "off", "suspect"]
    order = ["off", "source", "fips", "year"]
    return both.sort_values(order, ascending=[False, True, True, True], ignore_index=True)[kept]


def _suspects(both: pd.DataFrame, other: pd.DataFrame) -> pd.Series[str]:
    """What each difference looks like; the first that fits."""
    dem, rep = both["dem_off"], both["rep_off"]
    alone = dem.where(rep == 0, rep.where(dem == 0, 0.0)).abs()
    swapped = both["dem"].eq(both["rep_ours"]) & both["rep"].eq(both["dem_ours"])
    vintages = other[["fips", "year", *PARTIES, "vintage"]].drop_duplicates(
        ["fips", "year", *PARTIES]
    )
    keys = both[["fips", "year", *PARTIES]].astype(dict.fromkeys(PARTIES, float))
    found = keys.merge(vintages.astype(dict.fromkeys(PARTIES, float)), how="left")["vintage"]
    vintage = found.set_axis(both.index).astype(object)
    ours = "our " + vintage.fillna("").astype(str).str.replace("_", " ") + " count"
    slipped = alone.ge(ROUND) & (alone % ROUND).eq(0)
    near = both["off"].le(NEAR * both["total"].astype(float))
    tests: list[Any] = [both["off"].eq(0), vintage.notna(), swapped, slipped, near]
    words: list[Any] = ["", ours, "parties exchanged", "a mistyped digit", "a count of another day"]
    return pd.Series(np.select(tests, words, ""), index=both.index)


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Each source and year: places compared, equal to the vote, different, largest difference.

    ``suspects`` counts what the differences look like: ``our election night count: 72``.
    """
    rows = []
    for (source, year), own in found.groupby(["source", "year"], sort=True):
        differ = own[own["off"] > 0]
        looks = differ["suspect"].replace("", "unexplained").value_counts()
        largest = differ["off"].max() if len(differ) else 0.0
        suspects = "; ".join(f"{what}: {n}" for what, n in looks.items())
        many = len(own), len(own) - len(differ), len(differ)
        rows.append((source, year, *many, largest, suspects))
    columns = ["source", "year", "places", "equal", "differ", "largest", "suspects"]
    return pd.DataFrame(rows, columns=columns)


def printed_in(
    path: Path, *, year: int | None, state: str | None, columns: Mapping[str, str]
) -> pd.DataFrame:
    """Votes by county of any file whose layout is known, or whose columns are named.

    Raises InputError when the file is missing or cannot be read, or holds no votes of a year that
    we have.
    """
    if not path.is_file():
        raise InputError("no such file", file=path, fix="Check its path.")
    form = formats.BY_COLUMNS if columns else formats.recognise(path, "votes").id
    told: dict[str, Any] = {"columns": dict(columns), "year": year, "state": state}
    given = Input(file=str(path), holds="votes", format=form, **told)
    postal = votes.postal_codes(tables.load("states"))
    return votes.numbered(votes.read(path, given, path.name, postal).rows)
