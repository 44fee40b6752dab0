"""Whole municipalities: which rows of a table are parts of one, and what they add up to."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from sevenpercent.model.frames import require

PLACE = ["fips", "municipality"]
"""Key of a municipality, or of a city's part in one county."""

TRAITS = ("white", "black", "hispanic", "college", "income", "age")
"""Census figures; all but population are means or shares."""


def together(table: pd.DataFrame, prior_year: int, *, whole: bool = True) -> pd.Series[int]:
    """Which rows are one place: carved out of one another, or parts of one municipality.

    Parts of one municipality lie in several counties and have one name, one state and one census
    code: the last five digits of the ten, which name a place or county subdivision once within
    its state whatever the county. Towns of one name in different counties have different codes
    and stay apart; so does a row without a code, or all of a table without codes.

    `table`: ``fips``, ``municipality``, ``place_code`` (ten digits, if known) and
    ``municipality_<prior year>``: the municipality whose earlier votes hold those of this one; null
    for itself; `whole`: False: parts in different counties stay apart. Returns number of the place
    of each row.

    Examples
    --------
    >>> table = pd.DataFrame({"fips": ["55001", "55003", "55003"], "municipality": ["A", "A", "B"]})
    >>> table["place_code"] = ["5500100100", "5500300100", None]
    >>> together(table.assign(municipality_2012=["A", "A", "A"]), 2012).tolist()
    [0, 0, 0]
    """
    earlier = table[f"municipality_{prior_year}"]
    group = table["fips"] + "|" + earlier.where(earlier.notna(), table["municipality"])
    label = pd.Series(pd.factorize(group)[0], index=table.index)
    if not whole or "place_code" not in table:
        return label
    fips, code, name = (table[c].astype("string") for c in ("fips", "place_code", "municipality"))
    own = fips.str[:2] + code.str[-5:] + name
    alone = pd.Series([f"row {i}" for i in range(len(table))], index=table.index)
    same = pd.factorize(own.where(code.notna(), alone))[0]
    while True:  # a part may itself have been carved from another
        joined = label.groupby(same).transform("min").groupby(label).transform("min")
        if joined.equals(label):
            return label
        label = joined


def homes(fips: pd.Series[str], place: pd.Series[int], voters: pd.Series[float]) -> pd.Series[str]:
    """The county with most voters of each row's place; of equals the first."""
    known = pd.DataFrame({"place": place, "fips": fips, "voters": voters.fillna(0)})
    sums = known.groupby(["place", "fips"])["voters"].sum().reset_index()
    most = sums.loc[sums.groupby("place")["voters"].idxmax()].set_index("place")["fips"]
    return place.map(most)


def add_up(rows: pd.DataFrame, place: pd.Series[int]) -> pd.DataFrame:
    """One row a place: the sum of its rows; a place of one row stays as it is.

    Votes, ballots, people and land are summed, census figures averaged by population, the share of
    ballots by ballots; it owns machines where a part does, of the model of its largest part. It
    belongs to the county with most of its voters, under the name that it had there before.

    `rows`: columns of :func:`sevenpercent.stats.municipal.municipal_frame`'s sums, with ``own_row``
    (whether its earlier votes are under its own name). Returned sorted by ``fips`` and
    ``municipality``, with ``parts`` (rows) and ``counties`` that a place lies in.
    """
    home = homes(rows["fips"], place, rows["total"])
    rows = rows.assign(place=place, home=home).sort_values([*PLACE, "own_row"], kind="stable")
    sizes = rows.groupby("place")["own"].transform("size")
    single = rows[sizes == 1].assign(parts=1, counties=1)
    several = rows[sizes > 1]
    out = pd.concat([single, _summed(several)], ignore_index=True) if len(several) else single
    return out.drop(columns=["own_row", "place", "home"]).sort_values(PLACE, ignore_index=True)


def _summed(rows: pd.DataFrame) -> pd.DataFrame:
    """What the rows of each place add up to."""
    home = rows["fips"] == rows["home"]
    rank = home.astype(int) + (home & rows["own_row"].astype(bool))  # under its own name, at home
    named = rows.loc[rank.sort_values(ascending=False, kind="stable").index]
    largest = rows.sort_values("total", kind="stable").drop_duplicates("place", keep="last")
    out = named.drop_duplicates("place").set_index("place")[[*PLACE, "county", "kind"]]
    of = rows.groupby("place")
    out["machine"], out["own"] = largest.set_index("place")["machine"], of["own"].max()
    # One part that owns machines is enough; that none does is known only where every part is.
    out["own"] = out["own"].where((out["own"] > 0) | of["own"].apply(lambda own: own.notna().all()))
    out["parts"], out["counties"] = of.size(), of["fips"].nunique()
    sums = [str(c) for c in rows if str(c).startswith(("harmed", "favoured", "total"))]
    sums += ["ballots", "ballots_dre", "population", "land_km2_printed"]
    out[sums] = of[sums].sum(min_count=1)
    for name, by in {"dose": "ballots", **dict.fromkeys(TRAITS, "population")}.items():
        weight = rows[by].where(rows[name].notna() & (rows[by] > 0))
        weighted = pd.DataFrame({"top": rows[name] * weight, "bottom": weight})
        whole = weighted.groupby(rows["place"]).sum(min_count=1)
        out[name] = whole["top"] / whole["bottom"]
    return out


ELSEWHERE = "the only owners are parts of municipalities that belong to another county"
OWNED = "municipalities of this county own one"
NOBODY = "no municipality there owns one"
"""Why a county is on one list and not on the other."""


class Lists(NamedTuple):
    """Two lists of counties (:data:`NUMBERS` says of which), and where they differ.

    `differ`: one row a county that is not on all three lists or on none: ``fips, county``;
    ``defined`` (bool); ``owners`` (names of the municipalities there that own a machine, with the
    county that each belongs to in brackets, where that is another); ``votes`` (of these, there) and
    ``ballots_dre`` (0 where unknown); ``why`` (:data:`ELSEWHERE`, :data:`OWNED`, :data:`NOBODY`).
    """

    defined: int
    parts: int
    whole: int
    differ: pd.DataFrame
    left: int


NUMBERS = {
    "defined": ("counties", "electronic by the county design's definition"),
    "parts": ("counties", "in which a municipality, or a part of one, owns a DRE"),
    "whole": ("counties", "to which a municipality that owns a DRE belongs"),
    "left": ("counties", "in which the definition and the owners, counted whole, differ"),
}
"""Unit and label of what is published of :class:`Lists`."""


def lists(
    table: pd.DataFrame, counties: pd.DataFrame, definition: str, *, year: int, prior_year: int
) -> Lists:
    """Compare a definition by county with the machines that municipalities own.

    `table`: table of municipalities, one row a part of one in a county; `counties`: one row a county,
    with the definition (0 or 1, or a share); one that it does not cover is left out.
    """
    require(table, [*PLACE, "county", "any_dre", "ballots_dre", f"total_{year}"])
    require(counties, ["fips", "county", definition])
    voters = table[f"total_{year}"].astype(float)
    home = homes(table["fips"], together(table, prior_year), voters)
    owners = table.assign(home=home, votes=voters)[table["any_dre"].astype(bool)]
    known = counties[counties[definition].notna()]
    defined = set(known.loc[known[definition] > 0, "fips"])
    parts, whole = (set(owners[c]) & set(known["fips"]) for c in ("fips", "home"))
    names = dict(zip(counties["fips"], counties["county"], strict=True))
    rows = []
    for fips in sorted((defined ^ parts) | (defined ^ whole), key=lambda f: str(names[f])):
        own = owners[owners["fips"] == fips]
        said = [
            str(m) if h == fips else f"{m} ({names.get(h, h)})"
            for m, h in zip(own["municipality"], own["home"], strict=True)
        ]
        sums = float(own["votes"].sum()), float(own["ballots_dre"].sum())
        why = NOBODY if own.empty else OWNED if fips in whole else ELSEWHERE
        rows.append([fips, names[fips], fips in defined, said, *sums, why])
    columns = ["fips", "county", "defined", "owners", "votes", "ballots_dre", "why"]
    differ = pd.DataFrame(rows, columns=columns)
    return Lists(len(defined), len(parts), len(whole), differ, len(defined ^ whole))
