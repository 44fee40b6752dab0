"""Votes by county from a file of any known layout, as printed, with what was odd about them.

Only one row a county comes back, whatever the size of the file; lines by candidate or precinct are
the business of :mod:`.candidates`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sevenpercent.data.inputs import Input
from sevenpercent.data.readers import candidates, files, formats, lines, wec_wards
from sevenpercent.data.readers.formats import Format
from sevenpercent.data.readers.lines import PLUS, Lines, field_of, quoted
from sevenpercent.data.rules.base import COUNTS, MOST, SPACERS, Finding, report
from sevenpercent.data.rules.case import PRINTED as PRINTED_VOTES
from sevenpercent.data.rules.votes import TOTAL_NAMES
from sevenpercent.errors import InputError

LINES = 150_000
"""Lines of counties that a file may have: all counties in forty elections."""

YEAR = r"^((?:\d\d?/\d\d?/)?(?:19|20)\d\d)(?:\.0|-\d\d-\d\d)?$"
"""A year, or a day of it as 2020-11-03 or 11/3/2020."""

PRINTED = ["source", "row", "fips_printed", "state", "county", "year", *COUNTS]


@dataclass
class Read:
    """What was read from one file.

    `rows`: ``PRINTED``; counts are text as printed where the file has a line a county, else the
    text of sums; ``row`` is the first line of the county; `findings`: what the file itself shows:
    encoding, lines that are no number, lines left out; `summed`: whether the counts are sums over
    lines of the file.
    """

    rows: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)
    summed: bool = False


def read(path: Path, given: Input, source: str, postal: Mapping[str, str]) -> Read:
    """Read the votes of one file.

    Raises InputError when a needed column, year or state is nowhere, or no line is a presidential
    vote.

    `path`: the file; `given`: its format, and what the file does not say itself; `source`: name
    that every row carries; `postal`: name of a state in lower case to its postal code.
    """
    form = formats.form_of(given, path)
    said = formats.from_name(path, form)
    if form.id == "wec_canvass":
        return _workbook(path, form, given, said, source)
    with formats.opened(given, path) as (file, columns, _):
        by_candidate = form.lines == "candidates" or "votes" in columns
        constants = constants_of(given, form, said)
        _need(columns, constants, form, file, by_candidate)
        found = _about(file, source)
        if form.lines == "years":
            rows = _years(file, form, columns)
        elif by_candidate:
            rows, odd = candidates.by_county(file, columns, constants, given, source)
            rows[list(COUNTS)] = rows[list(COUNTS)].map(number_text)
            found += odd
        elif "precinct" in columns:
            rows, odd = _precincts(file, columns, constants, source, _office(file, columns, given))
            found += odd
        else:
            rows = _places(file, columns, constants, _office(file, columns, given))
    rows["state"] = [postal_of(s, postal) for s in rows["state"]]
    if (rows["state"] == "").all() and constants["state"]:
        rows["state"] = constants["state"]
    rows["source"] = source
    if rows.empty:
        raise InputError("the file has no rows of votes", file=path)
    total = rows["fips_printed"].map(_a_total) & (rows["county"] == "")
    rows.loc[total, ["county", "fips_printed"]] = ["Total", ""]
    rows = rows[(rows["year"] != "") | ~rows["county"].map(_a_total)]
    year, printed = rows["year"].str.extract(YEAR)[0], rows.set_index("row")["year"]
    files.refuse(
        year.isna(), printed.rename(columns.get("year", "year")), path, "this is no year",
        "Write its four digits, or leave the column out and say --year.",
    )  # fmt: skip
    rows["year"] = year.str[-4:].astype("int64")
    rows["fips_printed"] = rows["fips_printed"].map(_first_five)
    for name in COUNTS:
        # An empty cell is unknown; only what is written can be wrong.
        rows[name] = rows[name].astype(object).where(rows[name] != "", None)
    return Read(rows[PRINTED].sort_values("row", ignore_index=True), found, by_candidate)


def number(text: pd.Series[str]) -> pd.Series[float]:
    """Printed counts as numbers; thousands separators are dropped, the rest becomes missing."""
    plain = text.fillna("").astype(str).str.strip()
    plain = plain.str.replace(rf"(?<=\d)[{SPACERS}](?=\d{{3}})", "", regex=True)
    value = pd.to_numeric(plain.where(plain != ""), errors="coerce").astype(float)
    return value.where(value.abs() < MOST)


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with every printed count as a number."""
    return rows.assign(**{name: number(rows[name]) for name in COUNTS})


def constants_of(given: Input, form: Format, said: Mapping[str, str]) -> dict[str, str]:
    """Year and state of a file that has no column of them."""
    return {
        "year": str(given.year or said.get("year", "")),
        "state": given.state or form.state or said.get("state", ""),
    }


def _need(
    columns: Mapping[str, str],
    constants: Mapping[str, str],
    form: Format,
    file: Lines,
    by_candidate: bool,
) -> None:
    one_year, coded = form.lines != "years", "fips" in columns
    wanted = {
        "votes": by_candidate and one_year,
        "dem": not by_candidate and one_year,
        "rep": not by_candidate and one_year,
        "candidate": by_candidate and one_year and "party" not in columns,
        "year": one_year and not constants["year"],
        "state": not coded and not constants["state"],
        "county": not coded,
    }
    for name, needed in wanted.items():
        if needed and name not in columns:
            raise InputError(
                f"no column of the file is the {name}",
                file=file.path,
                row=file.head,
                value=", ".join(file.columns[:12]),
                fix=f"Say which it is: --columns '{name}=...'"
                + (", or give --year." if name == "year" else ".")
                + (" Or give --states." if name == "state" else ""),
            )


def _about(file: Lines, source: str) -> list[Finding]:
    """Notes on how the text was written."""
    notes: list[tuple[str, ...]] = []
    if file.encoding and file.encoding != "utf-8":
        said = f"The text is {file.encoding.replace('cp1252', 'Windows-1252')}, not UTF-8"
        fix = "Look at names with accents; save the file as UTF-8."
        notes.append(("", file.encoding, "utf-8", f"{said}; it was read as such", fix))
    if file.bom:
        said = "The file begins with a byte order mark; it was left out"
        fix = "Save the file as plain UTF-8."
        notes.append((file.columns[0], "byte order mark", "", said, fix))
    columns = ["column", "value", "expected", "message", "fix"]
    return report(
        pd.DataFrame(notes, columns=columns).assign(key=file.path.name, source=source, row=1),
        "text_encoding", "warning", PRINTED_VOTES, column="{column}", value="{value}",
        expected="{expected}", message="{message}", fix="{fix}",
    )  # fmt: skip


def _office(file: Lines, columns: Mapping[str, str], given: Input) -> str:
    """SQL that is true for lines of the office in question, of a file with a column of offices.

    True for all where the column names one contest alone, and no other office: it says what election
    that was. InputError: the file has no line of the office, or a line does not say of which it is.
    """
    if "office" not in columns:
        return "true"
    office, told = candidates.office_of(given, file, columns), candidates.contest(columns)
    found = f"SELECT {told}, min(row), count(*) FROM lines GROUP BY 1 ORDER BY 2"
    rows = file.con.execute(found).fetchall()
    names = [str(name) for name, _, _ in rows if name]
    blank = [int(row) for name, row, many in rows if not name and many > 1]  # one may be a total
    others = [*formats.layouts().words.beside.values(), office[1]]
    mine = candidates.of_office(columns, *office)
    ((there,),) = file.con.execute(f"SELECT count(*) FROM lines WHERE {mine}").fetchall()
    if blank and names:
        what, fix = "this line does not say of which office it is", "Write the office in each line."
        raise InputError(what, file=file.path, row=blank[0], column=columns["office"], fix=fix)
    if there:
        return mine
    other = any(re.search(p, name, re.IGNORECASE) for p in others for name in names)
    if given.office or other or len(names) > 1:
        raise candidates.no_such_office(file, columns, given)
    return "true"


def _places(
    file: Lines, columns: Mapping[str, str], constants: Mapping[str, str], office: str = "true"
) -> pd.DataFrame:
    """A line a county, of one office (SQL): cells as printed."""
    names = {"fips": "fips_printed", "state": "state", "county": "county", "year": "year"}
    parts = [f"{field_of(columns, constants, n)} AS {ours}" for n, ours in names.items()]
    parts += [f"{_count_of(file, columns, n)} AS {quoted(n)}" for n in COUNTS]
    ((many,),) = file.con.execute("SELECT count(*) FROM lines").fetchall()
    if many > LINES:
        what = f"the file has {many:,} lines, more than there are counties in forty elections"
        fix = "Add the lines of each county up, or give a line for each precinct and candidate."
        raise InputError(what, file=file.path, fix=fix)
    frame = file.con.execute(f"SELECT row, {', '.join(parts)} FROM lines WHERE {office}").df()
    counts = frame[list(COUNTS)]
    return frame[(counts != "").any(axis=1)].astype(dict.fromkeys(COUNTS, "object"))


def _count_of(file: Lines, columns: Mapping[str, str], name: str) -> str:
    """SQL for a count as printed; of several columns their sum, or the first that is no number."""
    column = columns.get(name, "")
    if PLUS not in column or column in file.columns:
        return field_of(columns, {}, name)
    texts = [f"trim({quoted(one)})" for one in column.split(PLUS)]
    numbers = [_whole(text) for text in texts]
    odd = " ".join(
        f"WHEN {text} <> '' AND {number} IS NULL THEN {text}"
        for text, number in zip(texts, numbers, strict=True)
    )
    return (
        f"CASE {odd} ELSE CAST({' + '.join(f'coalesce({n}, 0)' for n in numbers)} AS VARCHAR) END"
    )


def _whole(text: str) -> str:
    """SQL for a printed whole number, with commas or without; null for anything else."""
    return (
        f"CASE WHEN regexp_full_match({text}, '([0-9]{{1,9}}|[0-9]{{1,3}}(,[0-9]{{3}}){{1,2}})(\\.00?)?') "
        f"THEN CAST(CAST(replace({text}, ',', '') AS DOUBLE) AS BIGINT) END"
    )


def _precincts(
    file: Lines, columns: Mapping[str, str], constants: Mapping[str, str], source: str, office: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Lines of precincts, of one office (SQL), added up by county: a sum, or the first cell that is no whole number."""
    place = ("fips", "state", "county", "year")
    fields = [f"{field_of(columns, constants, n)} AS {n}" for n in (*place, "precinct")]
    counts = ", ".join(_count_of(file, columns, n) for n in COUNTS)
    file.con.execute(
        f"CREATE OR REPLACE TEMP TABLE cells AS SELECT *, '' AS candidate, {_whole('printed')} "
        f"AS votes FROM (SELECT row, {', '.join(fields)}, unnest({[*COUNTS]}) AS party, "
        f"unnest([{counts}]) AS printed FROM lines WHERE {office}) WHERE concat({', '.join(place)}) <> ''"
    )
    odd = candidates.totals(file, columns, source)
    keys = ", ".join(place)
    again = file.con.execute(
        "SELECT row, precinct FROM (SELECT *, count(*) OVER county AS lines, "
        f"count(*) OVER (PARTITION BY {keys}, precinct) AS same FROM cells WHERE party = 'dem' "
        f"WINDOW county AS (PARTITION BY {keys})) "
        "WHERE same > 1 OR (precinct = '' AND lines > 1) ORDER BY row DESC LIMIT 1"
    ).fetchall()
    if again:
        what = "a precinct of one county stands twice, or has no name"
        value = again[0][1]
        fix = "Give one line a precinct, none of a whole county; name every precinct."
        raise InputError(
            what, file=file.path, row=again[0][0], column=columns["precinct"], value=value, fix=fix
        )
    wrong = "printed <> '' AND votes IS NULL"
    sums = ", ".join(
        f"coalesce(arg_min(printed, row) FILTER (WHERE party = '{n}' AND {wrong}), "
        f"CAST(sum(votes) FILTER (WHERE party = '{n}') AS VARCHAR), '') AS {quoted(n)}"
        for n in COUNTS
    )
    rows = file.con.execute(
        f"SELECT coalesce(min(row) FILTER (WHERE {wrong}), min(row)) AS row, {keys}, {sums} "
        f"FROM cells GROUP BY {keys} HAVING count(*) FILTER (WHERE printed <> '') > 0"
    ).df()
    return rows.rename(columns={"fips": "fips_printed"}), odd


def _years(file: Lines, form: Format, columns: Mapping[str, str]) -> pd.DataFrame:
    """Several elections in one line: a block of columns each."""
    blocks: dict[str, dict[str, str]] = {}
    for part, patterns in form.years.items():
        for column in file.columns:
            for pattern in patterns:
                if match := re.fullmatch(pattern, lines.letters(column)):
                    year = match["year"]
                    year = year if len(year) == 4 else f"20{year}"
                    blocks.setdefault(year, {}).setdefault(part, column)
    out = []
    for year, block in sorted(blocks.items()):
        if {"dem", "rep"} <= set(block):
            out.append(_places(file, {**columns, **block}, {"year": year, "state": ""}))
    if not out:
        raise InputError("the file has no two parties' votes of one year", file=file.path)
    return pd.concat(out, ignore_index=True)


def _workbook(path: Path, form: Format, given: Input, said: Mapping[str, str], source: str) -> Read:
    year = given.year or int(said.get("year", 0))
    if not year:
        raise InputError("the workbook does not say its year", file=path, fix="Give --year.")
    frame = wec_wards.by_county(path, {"dem": ["DEM"], "rep": ["REP"]}).assign(
        state=given.state or str(form.state), year=year, source=source, fips_printed=""
    )
    for name in COUNTS:
        frame[name] = frame[name].map(number_text)
    return Read(frame[PRINTED])


def _a_total(name: object) -> bool:
    return bool(TOTAL_NAMES.match(str(name)))


def number_text(value: object) -> str:
    """A number as a file would print it; empty where there is none."""
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    number = float(str(value))
    return str(int(number)) if number.is_integer() else repr(number)


def postal_codes(states: pd.DataFrame) -> dict[str, str]:
    """Name of a state in lower case to its postal code, from the table ``states``."""
    return dict(zip(states["name"].str.lower(), states["state"], strict=True))


def postal_of(state: object, postal: Mapping[str, str]) -> str:
    """Postal code of a printed state, by its name in lower case; empty when nobody knows it."""
    text = str(state or "").strip()
    if len(text) == 2:
        return text.upper()
    return postal.get(text.lower(), "")


def _first_five(code: object) -> str:
    """County's digits of a ten-digit place code; anything else as it is."""
    text = str(code or "").strip()
    return text[:5] if re.fullmatch(r"\d{10}", text) else text
