"""Census figures of Wisconsin municipalities (ACS 2011-15 with TIGER shapes), one file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.readers.places import collapse, kind_and_name

COLUMNS = {
    "population": ("pop", 1.0),
    "white": ("white_perc", 0.01),
    "black": ("black_perc", 0.01),
    "hispanic": ("hisp_perc", 0.01),
    "college": ("bach_perc", 0.01),
    "income": ("percap_inc_2015", 1.0),
    "age": ("age_med", 1.0),
    "land_km2_printed": ("muni.area", 1.0),
    "density_printed": ("muni.dense", 1.0),
}
"""Our names, the file's, and the factor between them."""


def read(path: Path) -> pd.DataFrame:
    """Read the figures, one row per place; the file repeats a place for each of its reporting units.

    Returns ``place_code`` (ten digits), ``hindi`` (five digits, null where the file has none) and
    ``COLUMNS`` (shares as fractions, dollars, years, square kilometres, people per square kilometre
    as printed). Raises InputError when a column is missing, a cell is no number, or the rows of one
    place differ.
    """
    needed = ["MCD_FIPS", "hindi", *(name for name, _ in COLUMNS.values())]
    printed = files.read_table(path, needed, encoding=files.ANY).replace(["NA", "NaN"], "")
    out = pd.DataFrame({"place_code": printed["MCD_FIPS"].str.zfill(10)})
    out["hindi"] = printed["hindi"].where(printed["hindi"] != "").str.zfill(5)
    for ours, (theirs, factor) in COLUMNS.items():
        out[ours] = files.numbers(printed[theirs], path) * factor
    out = out.drop_duplicates()
    twice = out.duplicated(["place_code", "hindi"])
    files.refuse(twice, out["place_code"], path, "A place has two different rows")
    return out.reset_index(drop=True)


def match(
    places: pd.DataFrame, figures: pd.DataFrame, lookup: pd.DataFrame, listed: pd.DataFrame
) -> pd.Series[str]:
    """Ten-digit census code of each municipality, null where none of the figures is its own.

    `places`: ``fips``, ``hindi`` and ``municipality`` (kind first); `figures, lookup`: see ``read``
    and ``hindi.read``; `listed`: ``fips``, ``division`` (name without kind) and ``place_code`` of
    places that another source names.

    Notes
    -----
    In turn: the figures' own municipal code; the lookup's; the code that another source gives the
    only place of that name in this county; for a part of a municipality that lies in several counties, the last
    five digits of its other part's code, which the census keeps across counties.
    """
    have = set(figures["place_code"])
    own = (
        figures[figures["hindi"].notna()].drop_duplicates("hindi").set_index("hindi")["place_code"]
    )
    coded = lookup[lookup["place_code"].notna()]
    by_code = coded.drop_duplicates("hindi").set_index("hindi")["place_code"]
    first = places["hindi"].map(own).fillna(places["hindi"].map(by_code))
    first = first.where(first.isna() | (first.str[:5] == places["fips"]))
    open_ = first.isna()
    found = _by_name(places[open_], listed, set(first.dropna()))
    named = first.where(~open_, found.reindex(first.index))
    out = named.where(named.isin(have))
    tails = pd.DataFrame({"name": places["municipality"], "tail": named.str[5:]}).dropna()
    tails = tails.drop_duplicates().drop_duplicates("name", keep=False)
    part = places["fips"] + places["municipality"].map(tails.set_index("name")["tail"])
    out = out.fillna(part.where(part.isin(have)))
    return out.where(out.isin(have))


def _by_name(places: pd.DataFrame, listed: pd.DataFrame, taken: set[str]) -> pd.Series[str]:
    """Code of each place where one code not yet `taken` and one place share a name in a county."""
    names = listed[listed["division"].notna() & ~listed["place_code"].isin(taken)]
    names = names[["fips", "division", "place_code"]].drop_duplicates()
    key = names["fips"] + "|" + names["division"].map(collapse)
    codes = names.set_index(key)["place_code"]
    codes = codes[~codes.index.duplicated(keep=False)]
    bare = places["fips"] + "|" + places["municipality"].map(lambda m: kind_and_name(m)[1])
    return bare.map(codes).where(~bare.duplicated(keep=False))
