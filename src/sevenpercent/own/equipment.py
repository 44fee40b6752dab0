"""Readings of "electronic" from a list of equipment, or from a table of one's own."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent import paths, strict
from sevenpercent.data.inputs import PLACE, Input
from sevenpercent.data.readers import (
    county_equipment,
    files,
    formats,
    lines,
    verified_voting,
    votes,
    wec_equipment,
)
from sevenpercent.data.readers.places import county_key
from sevenpercent.data.rules.places import Places, clean_code
from sevenpercent.errors import InputError, nearest
from sevenpercent.escape import printable

COLUMNS = county_equipment.COLUMNS
OF_PRECINCTS = "share of the county's precincts"
"""Rule of readings of counties that were listed by precinct."""

SHOWN = 12
"""Values of a column that are shown with what they become."""

LINE = ("row", "state", "county", "fips_printed")
"""What is told of a line that names no county."""

MODELS = ("make", "type", "model")
"""Columns that name machines."""


def read(
    path: Path, given: Input, source: str, year: int, postal: Mapping[str, str], known: Places
) -> tuple[pd.DataFrame, pd.DataFrame | None, pd.DataFrame]:
    """Readings by county, in the columns of the table ``county_equipment``; by precinct; what is left out.

    By precinct are only those of a table of one's own that names precincts; left out are its lines
    that name no county. Raises InputError when the file has no such columns, or no machine is what
    a reading asks for.

    `given`: its ``machines`` names readings by a text that the make or the type contains,
    ``columns`` those of a file of one's own (every name but fips, state and county); `source`: name
    that every row carries; `year`: election; `postal`: two-digit code of a state to its postal
    code, and its name in lower case likewise; `known`: counties by name, for files without codes.
    """
    form = formats.form_of(given, path)
    if form.id == "verified_voting":
        return _export(path, given, source, year, postal), None, pd.DataFrame(columns=LINE)
    if form.id == "wec_equipment":
        listed = _wisconsin(path, source, year, str(form.state), known)
        return listed, None, pd.DataFrame(columns=LINE)
    every = _lines_of(path, given, postal, known)
    lost = every.loc[every["fips"] == "", list(LINE)].drop_duplicates(["state", "county"])
    if (every["precinct"] == "").all():
        return _finished(every, source, year), None, lost
    there = (every["fips"] != "") & (every["precinct"] != "") & every["value"].notna()
    listed = every.loc[there, [*PLACE, "reading", "value"]]
    listed = listed.drop_duplicates(["fips", "precinct", "reading"], ignore_index=True)
    return _finished(_of_precincts(every), source, year), listed, lost


def _export(
    path: Path, given: Input, source: str, year: int, postal: Mapping[str, str]
) -> pd.DataFrame:
    records = verified_voting.read(path, source, year, postal)
    options = _options()
    recode = options["registers"][-1].get("recode", {})
    rows = county_equipment.fold(records, recode, options["fold"])
    names = rows.drop_duplicates("fips").set_index("fips")
    parts = []
    for name, told in given.machines.items():
        asked = {k: v for k, v in told.items() if k != "label"}
        chosen = county_equipment.voting_places(rows, options["not_voting"])
        for column, text in asked.items():
            chosen &= _has(rows[column], text)
        if not chosen.any():
            column, text = next(iter(asked.items()))
            what = f"no machine at a polling place has this {column}"
            fix = nearest(text, sorted({str(v) for v in rows[column].dropna()}))
            raise InputError(what, file=path, value=text, fix=fix)
        what = " and ".join(f"{k} contains “{v}”" for k, v in asked.items())
        rule = f"polling places list equipment whose {what}"
        flags = chosen.astype(float).groupby(rows["fips"]).max()
        parts.append(county_equipment.rows_of(flags, names, name, "binary", rule))
    if not given.machines:
        for name, kind, values, rule in county_equipment.NATIONAL:
            parts.append(county_equipment.rows_of(values(rows), names, name, kind, rule))
    return _finished(pd.concat(parts, ignore_index=True), source, year)


def _holds(cell: str, wanted: str) -> bool:
    """Whether a cell holds one of the texts between ``|``, in whatever case."""
    return any(text.strip() in cell.lower() for text in wanted.lower().split("|"))


def _has(values: pd.Series[str], wanted: str) -> pd.Series[bool]:
    found = {cell: _holds(cell, wanted) for cell in values.fillna("").unique()}
    return values.fillna("").map(found).astype(bool)


def _wisconsin(path: Path, source: str, year: int, state: str, known: Places) -> pd.DataFrame:
    options = _options()["registers"][0]["lists"]
    listed = wec_equipment.read(path, options["machines"])
    codes = {county_key(name): code for (own, name), code in known.codes.items() if own == state}
    listed["fips"] = [codes.get(county_key(str(c)), "") for c in listed["county"]]
    names = listed.assign(state=state, county=listed["county"].str.title())
    names = names.drop_duplicates("fips").set_index("fips")
    rules = {
        "any_dre": "any municipality lists a DRE",
        "dre_no_scanner": "any municipality lists a DRE and no scanner",
    }
    owners = listed.groupby("fips")
    parts = [
        county_equipment.rows_of(owners[reading].max(), names, reading, "binary", rule)
        for reading, rule in rules.items()
    ]
    return _finished(pd.concat(parts, ignore_index=True), source, year)


def _lines_of(path: Path, given: Input, postal: Mapping[str, str], known: Places) -> pd.DataFrame:
    """Value of every reading on every line, with the county's code and the precinct."""
    columns, frame = formats.texts(given, path)
    text = {k: frame[c] for k, c in columns.items()}
    blank = pd.Series("", index=frame.index)
    state = text.get("state", blank.replace("", given.state or ""))
    state = state.map(lambda s: votes.postal_of(s, postal))
    county, fips = text.get("county", blank), text.get("fips", blank)
    named = [c if c in known.listed else "" for c in map(known.by_name, state, county)]
    found = [code or name for code, name in zip(fips.map(clean_code), named, strict=True)]
    by_name = bool(set(MODELS) & set(columns)) and bool(given.machines)
    if "reading" in columns and "value" in columns and not by_name:
        names = [(_identifiers(text["reading"], columns["reading"], path), text["value"])]
    else:
        readings = _named(text, given, path) if by_name else text
        names = [(blank.replace("", k), v) for k, v in readings.items() if k not in PLACE]
    if not names:
        what = "no column of the file is a reading"
        raise InputError(what, file=path, fix="Name one: --columns 'fips=...,any_dre=...'")
    line = {"fips": found, "state": state, "county": county, "rule": "as printed"}
    line |= {"precinct": text.get("precinct", blank), "row": frame.index, "fips_printed": fips}
    parts = []
    for reading, printed in names:
        value = _values(printed, path)
        kind = "binary" if value.dropna().isin([0.0, 1.0]).all() else "share"
        parts.append(pd.DataFrame({**line, "reading": reading, "kind": kind, "value": value}))
    every = pd.concat(parts, ignore_index=True)
    if by_name:  # a place that lists several machines has those in question if one of them is
        every = every.sort_values("value", ascending=False)
        again = every.duplicated(["fips", "precinct", "reading"]) & (every["fips"] != "")
        every = every[~again].sort_index()
    _refuse(every, path, columns, postal)
    return every


def _named(
    text: Mapping[str, pd.Series[str]], given: Input, path: Path
) -> dict[str, pd.Series[str]]:
    """Readings from the names of machines: 1 where a cell contains what is asked for, else 0."""
    out = {}
    for name, asked in given.machines.items():
        chosen = listed = pd.Series(True, index=next(iter(text.values())).index)
        for column, wanted in asked.items():
            if column == "label":
                continue
            if column not in text:
                what = f"no column of the file is the {column} of the machines"
                fix = f"Say which it is: --columns '{path.name}:{column}=...'"
                raise InputError(what, file=path, value=f"{column}:{wanted}", fix=fix)
            said, hit = text[column], _has(text[column], wanted)
            if not hit.any():
                known = sorted({str(v) for v in text[column]} - {""})
                what = f"no machine has this {column}"
                raise InputError(what, file=path, value=wanted, fix=nearest(wanted, known))
            chosen, listed = chosen & hit, listed & (said != "")
        out[name] = chosen.map({True: "1", False: "0"}).where(listed, "")
    return out


def _identifiers(printed: pd.Series[str], column: str, path: Path) -> pd.Series[str]:
    """Names of readings as a scenario can name them: ``Touch screens`` is ``touch_screens``.

    Raises InputError: no name in any row, or a name without a letter or digit.
    """
    text = printed.fillna("").str.strip()
    if len(text) and (text == "").all():
        raise InputError(
            "no row names its machines", file=path, row=text.index[0], column=column,
            fix="Write their name in each row, or leave the column out.",
        )  # fmt: skip
    made = text.where(text.str.fullmatch(r"[a-z0-9][a-z0-9_-]*"), text.map(lines.identifier))
    for row, name in text[(text != "") & (made == "")].items():
        raise InputError(
            "this name of a reading has no letter or digit", file=path, row=row, column=column,
            value=name, fix="Name the machines in letters from a to z.",
        )  # fmt: skip
    return made


def _refuse(
    every: pd.DataFrame, path: Path, columns: Mapping[str, str], postal: Mapping[str, str]
) -> None:
    """Name a place with two values of one reading, and a code of another state than is written."""
    by_code = every["fips"].str[:2].map(postal)
    other = every[(every["state"] != "") & by_code.notna() & (by_code != every["state"])]
    if len(other):
        first = other.iloc[0]
        what = f"the county's code is of {postal[first['fips'][:2]]}, the line of {first['state']}"
        row, column, value = int(first["row"]), columns.get("fips", "county"), first["fips"]
        fix = "Correct the code or the state."
        raise InputError(what, file=path, row=row, column=column, value=value, fix=fix)
    known = every[(every["fips"] != "") & every["value"].notna()]
    place = ["fips", "precinct", "reading"]
    twice = known[known.groupby(place)["value"].transform("nunique") > 1]
    if len(twice):
        first = twice.iloc[0]
        same = twice[(twice[place] == first[place]).all(axis=1)]
        second = same[same["value"] != first["value"]].iloc[0]
        named = f"{first['county'] or first['fips']} has two values of {first['reading']}"
        what = f"{named}, {first['value']:g} in row {first['row']} and another"
        column = columns.get(first["reading"], columns.get("value", first["reading"]))
        row, value, fix = int(second["row"]), f"{second['value']:g}", "Keep the line that is right."
        raise InputError(what, file=path, row=row, column=column, value=value, fix=fix)


def _of_precincts(every: pd.DataFrame) -> pd.DataFrame:
    """Share of each county's precincts, from a list of precincts."""
    place = ["fips", "state", "county", "reading"]
    means = every.groupby(place, sort=False)["value"].mean().reset_index()
    return means.assign(kind="share", rule=OF_PRECINCTS)


_YES, _NO = {"yes", "true", "y", "x"}, {"no", "false", "n"}


def meaning(printed: str, percent: bool = False) -> float:
    """What a printed value of a reading becomes: a share from 0 to 1; not a number when unknown.

    `printed`: ``1``, ``yes``, ``40 %``, ``Direct Recording Electronic (DRE)``, ``Optical Scan``;
    `percent`: whether the column's name says that its numbers are percent.
    """
    text = printed.strip().lower()
    if text in _YES or text in _NO:
        return float(text in _YES)
    plain = re.sub(r"^(\d+),(\d{1,2})$", r"\1.\2", text.removesuffix("%").strip())
    if re.fullmatch(r"(\d{1,3}(\.\d*)?|\.\d+)(e-?\d{1,3})?", plain):
        value = float(plain) / (100 if percent or text.endswith("%") else 1)
        return value if value <= 1 else math.nan
    words = formats.layouts().words
    rest, without = re.subn(words.machine_none, " ", text)  # "no DRE" is none
    if re.search(words.machine_yes, rest):
        return 1.0
    return 0.0 if without or re.search(words.machine_no, rest) else math.nan


def seen(path: Path, given: Input) -> list[str]:
    """One line for each value that a table of one's own has, with what it becomes."""
    if formats.form_of(given, path).lines != "places":
        return []
    out = []
    with formats.opened(given, path) as (file, columns, _):
        for ours, theirs in columns.items():
            if ours in (*PLACE, "reading"):
                continue
            asked = {n: m[ours] for n, m in given.machines.items() if ours in m}
            if ours in MODELS and given.machines and not asked:
                continue
            name = lines.quoted(theirs)
            found = file.con.execute(
                f"SELECT trim({name}) AS v, count(*) FROM lines WHERE trim({name}) <> '' "
                "GROUP BY 1 ORDER BY 2 DESC, 1"
            ).fetchall()
            for value, count in found[:SHOWN]:
                head = f"{path.name}, {theirs}: {printable(value)!r} ({count} {'line' if count == 1 else 'lines'}) is "
                if asked:
                    hits = (f"{_holds(value, wanted):d} of {n}" for n, wanted in asked.items())
                    out.append(head + ", ".join(hits))
                    continue
                share = meaning(value, is_percent(theirs))
                what = {1.0: "with the machines", 0.0: "without"}.get(share, "of its ballots")
                out.append(head + f"{share:g}, {what}")
            if len(found) > SHOWN:
                out.append(f"{path.name}, {theirs}: and {len(found) - SHOWN} more values")
    return out


PERCENT = r"pct|percent(?:age)?|%"
SHARE = rf"{PERCENT}|share|proportion|prop|perc"
"""How the name of a column says that its numbers are percent, and that they are shares."""


def is_percent(column: object) -> bool:
    """Whether the name of a column says that its numbers are percent."""
    return bool(re.search(PERCENT, str(column).lower()))


def _values(printed: pd.Series[str], path: Path) -> pd.Series[float]:
    percent = is_percent(printed.name)
    known = {text: meaning(text, percent) for text in printed.unique()}
    number = printed.map(known).astype(float)
    files.refuse(
        number.isna() & (printed != ""), printed, path,
        "a reading is yes or no, a share between 0 and 1, or a kind of machine that is known",
        "Write 0 and 1; put % behind percentages, or divide them by 100.",
    )  # fmt: skip
    return number


def _finished(frame: pd.DataFrame, source: str, year: int) -> pd.DataFrame:
    known = frame[(frame["fips"] != "") & frame["value"].notna()]
    known = known.drop_duplicates(["fips", "reading"]).assign(
        year=year, version="corrected", source=source
    )
    return known.sort_values(["fips", "reading"], ignore_index=True)[COLUMNS]


def _options() -> dict[str, Any]:
    """Codes that changed and city boards, as the recipe of our own table lists them."""
    path = paths.RECIPES / "county_equipment.yml"
    options: dict[str, Any] = strict.read_yaml(path)["options"]
    return options
