"""Wisconsin's lists of municipalities: their codes (HINDI), ballots by method, census figures."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.readers.places import collapse, kind_and_name, place_key, unit_key

OWNED = ["scanner", "accessible", "dre_make", "dre_model", "any_dre", "dre_no_scanner"]


def read_codes(path: Path) -> pd.DataFrame:
    """Read the lookup from HINDI codes to census codes.

    Returns ``place`` (municipality and county in one, upper case), ``hindi`` (five digits) and
    ``place_code`` (ten digits, null where the lookup has none), each combination once. Raises
    InputError when a column is missing.
    """
    rows = files.read_table(path, ["muni_county_2016", "hindi", "MCD_FIPS"], encoding=files.ANY)
    out = pd.DataFrame(
        {
            "place": rows["muni_county_2016"].map(collapse),
            "hindi": rows["hindi"].where(rows["hindi"].str.isdigit()).str.zfill(5),
            "place_code": rows["MCD_FIPS"].where(rows["MCD_FIPS"].str.isdigit()),
        }
    )
    out["place_code"] = out["place_code"].str.zfill(10)
    return out[out["hindi"].notna()].drop_duplicates(ignore_index=True)


def owner(places: pd.DataFrame, equipment: pd.DataFrame) -> pd.DataFrame:
    """Equipment of each place by name in its county; else by code; else by its main part.

    Returns ``OWNED`` and ``found`` (``name``, ``code``, ``main``), null where the list has no such
    place; index as `places`.

    `places`: ``county``, ``municipality`` and ``hindi``. A municipality in several counties is
    listed once, mostly marked as its main part; its other parts use the same machines; `equipment`:
    see ``wec_equipment.read``.
    """
    listed, asked = (
        rows.assign(key=list(map(place_key, rows["county"], rows["municipality"])))
        for rows in (equipment, places)
    )
    only = ~listed["municipality"].duplicated(keep=False)
    main = listed[listed["main"] | only].drop_duplicates("municipality", keep=False)
    steps = (("name", "key", listed), ("code", "hindi", listed), ("main", "municipality", main))
    out = pd.DataFrame(index=places.index, columns=[*OWNED, "found"], dtype="object")
    for step, by, rows in steps:
        known = rows.drop_duplicates(by).set_index(by)[OWNED]
        open_ = out["found"].isna() & asked[by].isin(known.index)
        out.loc[open_, OWNED] = known.loc[asked.loc[open_, by]].to_numpy()
        out.loc[open_, "found"] = step
    return out


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


def read_ballots(path: Path) -> pd.DataFrame:
    """Read the form EL-190, registrants, voters and ballots by method as clerks entered them.

    Returns one row per reporting unit: ``row`` (line of the file), ``key`` (see ``places.unit_key``), ``county``,
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


FIGURES = {
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


def read_figures(path: Path) -> pd.DataFrame:
    """Read census figures of municipalities (ACS 2011-15 with TIGER shapes), one row per place.

    The file repeats a place for each of its reporting units.

    Returns ``place_code`` (ten digits), ``hindi`` (five digits, null where the file has none) and
    ``FIGURES`` (shares as fractions, dollars, years, square kilometres, people per square kilometre
    as printed). Raises InputError when a column is missing, a cell is no number, or the rows of one
    place differ.
    """
    needed = ["MCD_FIPS", "hindi", *(name for name, _ in FIGURES.values())]
    printed = files.read_table(path, needed, encoding=files.ANY).replace(["NA", "NaN"], "")
    out = pd.DataFrame({"place_code": printed["MCD_FIPS"].str.zfill(10)})
    out["hindi"] = printed["hindi"].where(printed["hindi"] != "").str.zfill(5)
    for ours, (theirs, factor) in FIGURES.items():
        out[ours] = files.numbers(printed[theirs], path) * factor
    out = out.drop_duplicates()
    twice = out.duplicated(["place_code", "hindi"])
    files.refuse(twice, out["place_code"], path, "A place has two different rows")
    return out.reset_index(drop=True)


def match(
    places: pd.DataFrame, figures: pd.DataFrame, lookup: pd.DataFrame, listed: pd.DataFrame
) -> pd.Series[str]:
    """Ten-digit census code of each municipality, null where none of the figures is its own.

    `places`: ``fips``, ``hindi`` and ``municipality`` (kind first); `figures, lookup`: see
    ``read_figures`` and ``read_codes``; `listed`: ``fips``, ``division`` (name without kind) and ``place_code`` of
    places that another source names.

    In turn: the figures' own municipal code; the lookup's; the code that another source gives the
    only place of that name in this county; for a part of a municipality that lies in several counties, the last
    five digits of its other part's code, which the census keeps across counties.
    """
    have = set(figures["place_code"])
    both = pd.concat([figures, lookup]).dropna(subset=["hindi", "place_code"])
    own = both.drop_duplicates("hindi").set_index("hindi")["place_code"]
    first = places["hindi"].map(own)
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
