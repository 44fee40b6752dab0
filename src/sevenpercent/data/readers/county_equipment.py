"""Table ``county_equipment``: every reading of "electronic" for every county a source covers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from sevenpercent.data.readers import files, wec_equipment, wi_lists
from sevenpercent.data.readers.places import county_key, read_gazetteer
from sevenpercent.data.readers.verified_voting import is_statewide
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.data.rules.equipment import is_dre
from sevenpercent.errors import InputError, nearest

COLUMNS = [
    "fips", "state", "county", "year", "reading", "kind", "version", "value", "source", "rule",
]  # fmt: skip


Values = Callable[[pd.DataFrame], "pd.Series[float]"]
"""Values of a reading by county, from the records of an export."""


class Reading(NamedTuple):
    """One reading: values by county (index ``fips``) as printed and corrected, and what they are."""

    name: str
    kind: str
    printed: pd.Series[float]
    corrected: pd.Series[float]
    source: str
    rule: str
    correction: str


FOLDED = "city boards in their counties"
"""How an export's records are corrected."""


def build(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build every reading of every year in the options from the tidy equipment records.

    A county that a source lists without the equipment in question is 0; a county that a source
    does not list has no row.
    """
    records = made["equipment_records"]
    official = read_gazetteer(raw.by_id(options["names"])).set_index("fips")["county"]
    out = []
    for register in options["registers"]:
        rows = records[
            (records["source"] == register["source"]) & (records["year"] == register["year"])
        ]
        if rows.empty:
            what = "No equipment records of this source and year"
            fix = nearest(register["source"], records["source"].unique())
            raise InputError(what, value=f"{register['source']} {register['year']}", fix=fix)
        printed = counties_only(rows, register.get("recode", {}), list(options["fold"]))
        corrected = fold(rows, register.get("recode", {}), options["fold"])
        readings: list[Reading] = []
        if "lists" in register:
            lists = register["lists"]
            listed = _Listed(
                wec_equipment.read(raw.by_id(lists["equipment"]), lists["machines"]),
                wi_lists.read_ballots(raw.by_id(lists["ballots"])),
                wi_lists.read_codes(raw.by_id(lists["codes"])),
                hand_coding(raw.by_id(lists["coding"]["source"]), **lists["coding"]["columns"]),
            )
            corrected = drop_unconfirmed(corrected, listed)
            readings += _state_readings(printed, listed, lists)
        exports: list[tuple[str, str, Values, str, str]] = []
        for name, maker in (register.get("makers") or {}).items():
            own = partial(by_maker, maker=maker, not_voting=options["not_voting"])
            how = "contains" if maker["part"] else "is"
            rule = f"polling-place equipment whose make {how} {maker['make']}"
            exports.append((name, "binary", own, rule, FOLDED))
        if register.get("national", False):
            more = f"{FOLDED}; DREs that neither state source confirms left out"
            exports += [(*spec, more) for spec in NATIONAL]
        for name, kind, values, rule, fix in exports:
            both = values(printed), values(corrected)
            readings.append(Reading(name, kind, *both, register["source"], rule, fix))
        names = pd.concat([printed, corrected]).drop_duplicates("fips").set_index("fips")
        # Where an export interchanges county names, its codes are right: the census names them.
        names = names.assign(county=official.reindex(names.index).fillna(names["county"]))
        for name, kind, as_printed, as_corrected, source, rule, fix in readings:
            made_so = {"year": register["year"], "source": source}
            first = rows_of(as_printed, names, name, kind, rule)
            second = rows_of(as_corrected, names, name, kind, f"{rule}; {fix}")
            out.append(first.assign(version="printed", **made_so))
            out.append(second.assign(version="corrected", **made_so))
    table = pd.concat(out, ignore_index=True)
    return table.sort_values(["fips", "year", "reading", "version"], ignore_index=True)[COLUMNS]


def counties_only(
    records: pd.DataFrame, recode: Mapping[str, str], boards: list[str]
) -> pd.DataFrame:
    """Records of counties and places in them, as the export assigns them.

    Statewide rows are left out (they would count a state's registration twice), and so are
    election boards of cities (`boards`, ten-digit codes), whose first five digits are no county.
    """
    rows = _places(records, recode)
    return rows[~rows["place_code"].isin(boards)]


def fold(
    records: pd.DataFrame, recode: Mapping[str, str], boards: Mapping[str, str]
) -> pd.DataFrame:
    """Records with each city's election board in the county that it belongs to.

    `records`: table ``equipment_records``; `recode`: county codes that changed, to those of the
    votes; `boards`: ten-digit code of a board to the county's five digits. A board without
    registered voters runs no election and is left out.
    """
    rows = _places(records, recode)
    own = rows["place_code"].map(dict(boards))
    idle = own.notna() & (rows["registration"].fillna(1) == 0)
    return rows.assign(fips=own.where(own.notna(), rows["fips"]))[~idle]


def _places(records: pd.DataFrame, recode: Mapping[str, str]) -> pd.DataFrame:
    """Records below the level of a state; a district recoded as its only county is one."""
    statewide = is_statewide(records["place_code"]) & ~records["fips"].isin(list(recode))
    rows = records[~statewide]
    return rows.assign(fips=rows["fips"].replace(dict(recode)))


def any_dre(records: pd.DataFrame) -> pd.Series[float]:
    """1 where a polling place has a DRE, 0 in every other county listed."""
    return _flag(_polling_dre(records), records)


def dre_only(records: pd.DataFrame) -> pd.Series[float]:
    """1 where polling places list DREs and nothing else, 0 in every other county listed."""
    other = (
        records["polling_place"].fillna(False) & records["type"].notna() & ~is_dre(records["type"])
    )
    return any_dre(records) * (1 - _flag(other, records))


def vvpat(records: pd.DataFrame) -> pd.Series[float]:
    """1 where every polling-place DRE has a paper trail, 0 where one has none, absent without DRE."""
    rows = records[_polling_dre(records)]
    return (rows["vvpat"].fillna("").str.lower() == "yes").groupby(rows["fips"]).min().astype(float)


def dre_share_registration(records: pd.DataFrame) -> pd.Series[float]:
    """Share of a county's registered voters whose town or county has a polling-place DRE.

    Null where the export gives no registered voters.
    """
    places = (
        records.assign(dre=_polling_dre(records), division=records["division"].fillna(""))
        .groupby(["fips", "place_code", "division"], as_index=False)
        .agg(dre=("dre", "max"), voters=("registration", "max"))
    )
    voters = places["voters"].astype("float64")
    whole = voters.groupby(places["fips"]).sum()
    share = voters.where(places["dre"].astype(bool), 0.0).groupby(places["fips"]).sum() / whole
    return share.where(whole > 0).dropna()


NATIONAL: tuple[tuple[str, str, Values, str], ...] = (
    ("any_dre_vv", "binary", any_dre, "any polling-place DRE"),
    ("dre_only", "binary", dre_only, "every kind of polling-place equipment is a DRE"),
    ("dre_share_registration", "share", dre_share_registration,
     "share of registered voters where polling places have a DRE"),
    ("vvpat", "binary", vvpat, "every polling-place DRE keeps a paper trail; none where no DRE"),
)  # fmt: skip
"""Readings that need nothing but one export: name, kind, values by county, rule."""


def drop_unconfirmed(records: pd.DataFrame, listed: _Listed) -> pd.DataFrame:
    """Leave out DREs of places for which neither the state's list nor its ballot forms know any.

    A place counts as contradicted only where the list covers it, lists no DRE, and its forms
    report no ballot cast on one; a place that the list does not cover keeps its DREs.
    """
    owns = listed.equipment.groupby("hindi")["any_dre"].max()
    cast = listed.ballots.groupby("hindi")["ballots_dre"].sum()
    known = listed.codes[listed.codes["hindi"].isin(owns.index)]
    used = known["hindi"].map(owns).astype(bool) | known["hindi"].map(cast).gt(0)
    used = used.groupby(known["place_code"]).max()
    return records[~(records["place_code"].isin(used.index[~used]) & is_dre(records["type"]))]


@dataclass(frozen=True)
class _Listed:
    """What a state itself says: list of equipment, EL-190, code lookup, hand coding by county."""

    equipment: pd.DataFrame
    ballots: pd.DataFrame
    codes: pd.DataFrame
    coding: dict[str, float]


def hand_coding(path: Path, county: str, paper: str) -> dict[str, float]:
    """Read a published table that codes counties by hand: 1 electronic, 0 `paper`.

    Returns ``places.county_key`` to 1 (the `paper` column says 0) or 0.
    """
    rows = files.read_table(path, [county, paper], encoding=files.ANY)
    files.refuse(~rows[paper].isin(["0", "1"]), rows[paper], path, "Paper is 0 or 1")
    return dict(zip(rows[county].map(county_key), 1.0 - rows[paper].astype(float), strict=True))


def _state_readings(
    records: pd.DataFrame, listed: _Listed, options: Mapping[str, Any]
) -> list[Reading]:
    counties = records[records["state"] == options["state"]].drop_duplicates("fips")
    fips = dict(zip(counties["county"].map(county_key), counties["fips"], strict=True))

    def by_county(values: pd.Series[float]) -> pd.Series[float]:
        codes = [fips.get(county_key(str(name))) for name in values.index]
        if None in codes:
            name = values.index[codes.index(None)]
            raise InputError("No county has this name", value=name, fix=nearest(str(name), fips))
        return pd.Series(values.to_numpy(dtype="float64"), index=codes)

    owners = listed.equipment.groupby("county")
    wec = by_county(owners["any_dre"].max().astype(float))
    alone = by_county(owners["dre_no_scanner"].max().astype(float))
    share = by_county(dre_share(listed.ballots))
    owns = wi_lists.owner(listed.ballots, listed.equipment)["any_dre"].fillna(False).astype(bool)
    cast = listed.ballots["ballots_dre"].where(owns, 0)
    possible = by_county(dre_share(listed.ballots.assign(ballots_dre=cast)))
    coding = by_county(pd.Series(listed.coding))
    list_id, form_id = options["equipment"], options["ballots"]
    same = "as printed"
    owned = "DRE ballots of municipalities that own no DRE left out"
    out: list[Reading] = [
        Reading("any_dre_wec", "binary", wec, wec, list_id, "any municipality lists a DRE", same),
        Reading("dre_no_scanner_muni", "binary", alone, alone, list_id,
         "any municipality lists a DRE and no scanner", same),
        Reading("svmiller", "binary", coding, coding, options["coding"]["source"],
         "coded by hand as not paper", same),
        Reading("dre_share_ballots", "share", share, possible, form_id,
         "DRE ballots / all ballots", owned),
    ]  # fmt: skip
    for percent in options["at_least_percent"]:
        first, second = ((values * 100 >= percent).astype(float) for values in (share, possible))
        rule = f"DRE ballots at least {percent} % of all ballots"
        out.append(Reading(f"dre_ge{percent}", "binary", first, second, form_id, rule, owned))
    return out


def dre_share(ballots: pd.DataFrame) -> pd.Series[float]:
    """DRE ballots over all ballots by county, from the form EL-190."""
    sums = ballots.groupby("county")[["ballots_dre", "ballots_total"]].sum().astype(float)
    return sums["ballots_dre"] / sums["ballots_total"]


def by_maker(
    records: pd.DataFrame, maker: Mapping[str, Any], not_voting: list[str]
) -> pd.Series[float]:
    """1 where polling places have voting equipment of one maker, 0 in every other county listed."""
    make, named = records["make"].fillna(""), maker["make"]
    own = make.str.contains(named, regex=False) if maker["part"] else make == named
    return _flag(own & voting_places(records, not_voting), records)


def voting_places(records: pd.DataFrame, not_voting: list[str]) -> pd.Series[bool]:
    """Which rows are equipment to vote on at a polling place."""
    voting = ~records["type"].fillna("").str.contains("|".join(not_voting))
    return voting & records["polling_place"].fillna(False).astype(bool)


def _polling_dre(records: pd.DataFrame) -> pd.Series[bool]:
    return is_dre(records["type"]) & records["polling_place"].fillna(False).astype(bool)


def _flag(rows: pd.Series[bool], records: pd.DataFrame) -> pd.Series[float]:
    return rows.astype(bool).groupby(records["fips"]).max().astype(float)


def rows_of(
    values: pd.Series[float], names: pd.DataFrame, reading: str, kind: str, rule: str
) -> pd.DataFrame:
    """Values of one reading as rows: ``fips, state, county, reading, kind, value, rule``.

    `values`: by code of the county; `names`: ``state`` and ``county`` by code; `reading, kind,
    rule`: name of the reading, ``binary`` or ``share``, and how it was made.
    """
    named = names[["state", "county"]].reindex(values.index)
    rows = named.assign(reading=reading, kind=kind, value=values.astype(float), rule=rule)
    return rows.rename_axis("fips").reset_index()
