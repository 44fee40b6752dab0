"""Tables of Wisconsin's reporting units: votes before and after the recount, ballots, Senate."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.inputs import Input
from sevenpercent.data.readers import candidates, files, formats, wec_wards, wi_lists
from sevenpercent.data.readers.places import collapse, county_key, slug, unit_key
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError, demand, nearest


def build(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Table ``wi_units``: one row per reporting unit with its counts, ballots and planned method."""
    counts = _counts(raw, options)
    units = _identify(_of(counts), made["equipment_records"], options["state"])
    parties: dict[str, str] = options["candidates"]
    for count in ("original", "recount"):
        sums = wec_wards.by_party(_of(counts, count), parties)
        units = units.join(sums.add_suffix(f"_{count}"))
    changes = [(counts[(n, "recount")] - counts[(n, "original")]).abs() for n in parties]
    units["absolute_change"] = pd.concat(changes, axis=1).sum(axis=1).astype("Int64")
    first = wec_wards.read_workbook(raw.by_id(options["first_posting"])).set_index("key")
    missing = ~units.index.isin(first.index)
    if missing.any():
        raise InputError("The first posting lacks a reporting unit", value=units.index[missing][0])
    tickets = {wec_wards.first_name(n): party for n, party in parties.items()}
    units = units.join(wec_wards.by_party(first, tickets).add_suffix("_first_posting"))
    form = wi_lists.read_ballots(raw.by_id(options["ballots"])).set_index("key")
    units["hindi"] = _codes(units, form, wi_lists.read_codes(raw.by_id(options["codes"])))
    units = units.join(form[list(wi_lists.COUNTS)])
    methods = planned(raw.by_id(options["recount"]), options["methods"])
    units["recount_method_planned"] = units["county"].map(county_key).map(methods)
    return units.reset_index(drop=True)


def build_votes(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Table ``wi_unit_votes``: original and recounted votes by reporting unit and candidate."""
    counts = _counts(raw, options)
    units = _identify(_of(counts), made["equipment_records"], options["state"])
    parts = []
    for name, party in options["candidates"].items():
        own = units[["unit"]].assign(candidate=" ".join(name.split()), party=party)
        parts.append(own.join(counts[name][["original", "recount"]]))
    return pd.concat(parts, ignore_index=True)


def build_senate(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Table ``wi_unit_senate``: the other statewide race on the same ballots, by reporting unit."""
    rows = by_precinct(raw.by_id(options["precincts"]), options["office"])
    units = _identify(_of(_counts(raw, options)), made["equipment_records"], options["state"])
    for key in rows.loc[~rows["key"].isin(units.index), "key"]:
        demand(key, units.index, "No reporting unit has this name")
    rows["unit"] = rows["key"].map(units["unit"])
    rows["party"] = rows["party"].map(options["parties"]).fillna("other")
    # A write-in of a party is not its nominee.
    rows["party"] = rows["party"].where(~rows["candidate"].isin(options["write_ins"]), "other")
    return rows[["unit", "candidate", "party", "votes"]]


def _counts(raw: RawFiles, options: Mapping[str, Any]) -> pd.DataFrame:
    """Votes by unit (index ``key``), columns (candidate, count); candidates must all be known."""
    report = wec_wards.read_csv(raw.by_id(options["wards"]), options["columns"])
    for name in wec_wards.candidates(report):
        demand(name, options["candidates"], "The recipe does not give this candidate's party")
    frames: list[pd.DataFrame] = []
    for count, printed in options["counts"].items():
        rows = report[report["count"] == printed].set_index("key")
        rows = rows.drop(columns=["row", "count"])
        rows.columns = pd.MultiIndex.from_product([rows.columns, [count]])
        frames.append(rows)
    if set(frames[0].index) != set(frames[1].index):
        odd = sorted(set(frames[0].index) ^ set(frames[1].index))[0]
        raise InputError("A reporting unit stands in one count only", value=odd)
    return pd.concat(frames, axis=1)


def _of(counts: pd.DataFrame, count: str = "original") -> pd.DataFrame:
    """The report of one count."""
    return pd.DataFrame(counts.xs(count, axis=1, level=1))


def _identify(report: pd.DataFrame, records: pd.DataFrame, state: str) -> pd.DataFrame:
    """Unit, county code and names (index ``key``); county codes as in the equipment records."""
    places = records[(records["state"] == state) & (records["fips"].str[2:] != "000")]
    places = places.drop_duplicates("fips")
    places = places.set_index(places["county"].map(county_key))[["fips", "county"]]
    county = report["county"].map(county_key)
    unknown = ~county.isin(places.index)
    if unknown.any():
        raise InputError("No county has this name", value=county[unknown].iloc[0])
    if not places.index.is_unique:
        twice = places.index[places.index.duplicated()][0]
        raise InputError("Two counties of the equipment records have this name", value=twice)
    out = places.loc[county].set_axis(report.index).join(report[["municipality", "name"]])
    out.insert(0, "unit", out["fips"] + "-" + [slug(k.partition("|")[2]) for k in out.index])
    return out


def _codes(units: pd.DataFrame, form: pd.DataFrame, lookup: pd.DataFrame) -> pd.Series[str]:
    """Municipal codes: of the unit's form, else of its municipality's, else of the lookup."""
    place = units["municipality"] + " " + units["county"].map(collapse)
    by_name = dict(zip(lookup["place"], lookup["hindi"], strict=True))
    municipal = form.assign(
        place=form["municipality"] + "|" + form["county"].map(county_key)
    ).drop_duplicates("place")
    own = dict(zip(municipal["place"], municipal["hindi"], strict=True))
    same = (units["municipality"] + "|" + units["county"].map(county_key)).map(own)
    return form["hindi"].reindex(units.index).fillna(same).fillna(place.map(by_name))


def build_earlier(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Table ``wi_units_2012``: votes by reporting unit in one count of an earlier election."""
    report = wec_wards.read_csv(raw.by_id(options["wards"]), options["columns"]).set_index("key")
    units = _identify(report, made["equipment_records"], options["state"])
    return units.join(wec_wards.by_party(report, options["candidates"])).reset_index(drop=True)


def planned(path: Path, methods: Mapping[str, str]) -> dict[str, str]:
    """How each county planned to recount, from a list of counties and methods without a header.

    Returns ``places.county_key`` to method. Raises InputError at an unknown method or a county that
    stands twice.

    `path`: the list; `methods`: printed words to ours (``hand``, ``mixed``, ``scanner``).
    """
    cells = pd.DataFrame(csv.reader(io.StringIO(files.decode(path)))).rename(index=lambda n: n + 1)
    county, method = (cells[at].dropna().str.strip() for at in (0, 1))
    unknown = ~method.isin(list(methods))
    near = nearest(method[unknown].iloc[0], methods) if unknown.any() else ""
    files.refuse(unknown, method, path, "Unknown method of recounting", near)
    key = county.map(county_key)
    files.refuse(key.duplicated(), county, path, "A county stands twice")
    return dict(zip(key, method.map(dict(methods)), strict=True))


def by_precinct(path: Path, office: str) -> pd.DataFrame:
    """Votes for one office by precinct and candidate, from a release of MEDSL.

    Returns ``key`` (see ``places.unit_key``), ``county``, ``name``, ``candidate``, ``party`` (as
    printed, null for none) and ``votes`` (``Int64``), several modes of voting added up. Raises
    InputError when the zip or its columns cannot be read, it has no such office, or votes are no
    whole numbers.

    `path`: the zip as released, with one CSV inside; `office`: office as the release names it.
    """
    given = Input(file=str(path), holds="votes", format="medsl_precinct", office=office,
                  columns={"party": "party"})  # fmt: skip
    with formats.opened(given, path) as (file, columns, _):
        contest = candidates.office_of(given, file, columns)
        for odd in candidates.cells(file, columns, {}, path.name, *contest) or []:
            if odd.severity == "error":
                raise InputError(
                    odd.message, file=path, row=odd.row, column=odd.column, value=odd.value
                )
        rows = file.con.execute(
            "SELECT county, precinct AS name, candidate, nullif(party, '') AS party, "
            "CAST(sum(votes) AS BIGINT) AS votes FROM cells GROUP BY ALL ORDER BY min(row)"
        ).df()
    rows["votes"] = rows["votes"].astype("Int64")
    rows["key"] = [unit_key(c, n) for c, n in zip(rows["county"], rows["name"], strict=True)]
    return rows
