"""Votes by county from a file of any known layout, as printed, with what was odd about them.

Lines by candidate or precinct are added up in DuckDB, so that the size of the file does not
matter: only one row a county comes back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import wec_canvass
from sevenpercent.data.readers.lines import spread
from sevenpercent.data.rules import Finding
from sevenpercent.data.rules.votes import TOTAL_NAMES
from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Input
from sevenpercent.own import formats, lines
from sevenpercent.own.formats import Format
from sevenpercent.own.lines import Lines, quoted

COUNTS = ("dem", "rep", "other", "total")
PRINTED = ["source", "row", "fips_printed", "state", "county", "year", *COUNTS]
SHOWN = 50
"""Lines of one kind that are reported one by one."""

_PLAIN = r"^\d+(\.0+)?$"


@dataclass
class Read:
    """What was read from one file.

    Attributes
    ----------
    rows : DataFrame
        ``PRINTED``; counts are text as printed where the file has a line a county, else the text
        of sums; ``row`` is the first line of the county.
    findings : list of Finding
        What the file itself shows: encoding, lines that are no number, lines left out.
    """

    rows: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)


def read(path: Path, given: Input, source: str, postal: Mapping[str, str]) -> Read:
    """Read the votes of one file.

    Parameters
    ----------
    path : Path
        The file.
    given : Input
        Its format, and what the file does not say itself.
    source : str
        Name that every row carries.
    postal : mapping
        Name of a state in lower case to its postal code.

    Raises
    ------
    InputError
        When a needed column, year or state is nowhere, or no line is a presidential vote.
    """
    form = (
        Format(id="columns", title="", holds="votes", lines="places")
        if given.format == formats.BY_COLUMNS
        else formats.by_id(given.format, path)
    )
    said = formats.from_name(path, form)
    if form.id == "wec_canvass":
        return _workbook(path, form, given, said, source)
    with lines.opened(path, formats.header_names("votes")) as file:
        columns = formats.find_columns(file, form.columns, given.columns)
        by_candidate = form.lines == "candidates" or "votes" in columns
        constants = constants_of(given, form, said)
        _need(columns, constants, form, file, by_candidate)
        found = _about(file, source)
        if form.lines == "years":
            rows = _years(file, form, columns)
        elif by_candidate:
            rows, odd = _candidates(file, columns, constants, given, source)
            found += odd
        else:
            rows = _places(file, columns, constants)
    rows["state"] = [_postal(s, postal) for s in rows["state"]]
    if (rows["state"] == "").all() and constants["state"]:
        rows["state"] = constants["state"]
    rows["source"] = source
    if rows.empty:
        raise InputError("the file has no rows of votes", file=path)
    wrong = ~rows["year"].str.fullmatch(r"(19|20)\d\d(\.0)?")
    if wrong.any():
        at = rows.index[wrong][0]
        raise InputError(
            "this is no year",
            file=path,
            row=int(rows.loc[at, "row"]),
            column=columns.get("year", "year"),
            value=rows.loc[at, "year"],
            fix="Say the year of the file: --year.",
        )
    rows["year"] = rows["year"].str[:4].astype("int64")
    rows["fips_printed"] = rows["fips_printed"].map(_first_five)
    for name in COUNTS:
        # An empty cell is unknown; only what is written can be wrong.
        rows[name] = rows[name].astype(object).where(rows[name] != "", None)
    return Read(rows[PRINTED].sort_values("row", ignore_index=True), found)


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
    wanted = ["votes"] if by_candidate else ["dem", "rep"]
    if by_candidate and "party" not in columns:
        wanted.append("candidate")
    if form.lines == "years":
        wanted = []
    if not constants["year"] and form.lines != "years":
        wanted.append("year")
    if not constants["state"] and "fips" not in columns:
        wanted.append("state")
    if "fips" not in columns:
        wanted.append("county")
    for name in wanted:
        if name not in columns:
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
    out = []
    if file.encoding and file.encoding != "utf-8":
        out.append(
            Finding(
                "text_encoding",
                "warning",
                "county_votes_printed",
                key=file.path.name,
                source=source,
                row=1,
                value=file.encoding,
                expected="utf-8",
                message=f"The text is {file.encoding.replace('cp1252', 'Windows-1252')}, not UTF-8; "
                "it was read as such",
                fix="Look at names with accents; save the file as UTF-8.",
            )
        )
    if file.bom:
        out.append(
            Finding(
                "text_encoding",
                "warning",
                "county_votes_printed",
                key=file.path.name,
                source=source,
                row=1,
                column=file.columns[0],
                value="byte order mark",
                message="The file begins with a byte order mark; it was left out",
                fix="Save the file as plain UTF-8.",
            )
        )
    return out


def field_of(columns: Mapping[str, str], constants: Mapping[str, str], name: str) -> str:
    """SQL for a field: its column, else the constant, else the empty text."""
    constant = constants.get(name, "").replace("'", "''")
    if name in columns:
        return f"coalesce(nullif(trim({quoted(columns[name])}), ''), '{constant}')"
    return f"'{constant}'"


def _places(file: Lines, columns: Mapping[str, str], constants: Mapping[str, str]) -> pd.DataFrame:
    """A line a county: cells as printed."""
    names = {"fips": "fips_printed", "state": "state", "county": "county", "year": "year"}
    parts = [f"{field_of(columns, constants, n)} AS {ours}" for n, ours in names.items()]
    parts += [f"{field_of(columns, {}, n)} AS {quoted(n)}" for n in COUNTS]
    if "not_college" in columns:
        parts.append(f"{field_of(columns, {}, 'not_college')} AS not_college")
    frame = file.con.execute(f"SELECT row, {', '.join(parts)} FROM lines").df()
    counts = frame[list(COUNTS)]
    return frame[(counts != "").any(axis=1)].astype(dict.fromkeys(COUNTS, "object"))


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


def office_of(given: Input) -> tuple[str, str]:
    """Patterns of the office that is read, and of names that only look like it."""
    words = formats.known().words
    if given.office:
        return re.escape(given.office), "^$"
    return words.office, words.other_office


def _candidates(
    file: Lines,
    columns: Mapping[str, str],
    constants: Mapping[str, str],
    given: Input,
    source: str,
) -> tuple[pd.DataFrame, list[Finding]]:
    """Lines by candidate, by county or precinct, in one or several modes of voting."""
    odd = cells(file, columns, constants, source, *office_of(given))
    if odd is None:
        found = file.con.execute(
            f"SELECT {field_of(columns, constants, 'office')} AS o, count(*) AS n FROM lines "
            "GROUP BY 1 ORDER BY n DESC LIMIT 8"
        ).fetchall()
        raise InputError(
            f"the file has no line of the office of {given.office or 'President'}",
            file=file.path,
            column=columns.get("office", "office"),
            value=", ".join(str(o) for o, _ in found),
            fix="Say which one it is about: --office TEXT.",
        )
    sums = sums_by_county(file)
    return _spread(sums, given, file), odd


def sums_by_county(file: Lines) -> pd.DataFrame:
    """Votes of each candidate on each line of the ballot, by county, from the table ``cells``."""
    return file.con.execute(
        "SELECT fips, state, county, year, party, candidate, sum(votes) AS votes, "
        "min(row) AS row, max(total) AS total FROM cells GROUP BY ALL"
    ).df()


def cells(
    file: Lines,
    columns: Mapping[str, str],
    constants: Mapping[str, str],
    source: str,
    office_like: str,
    office_unlike: str,
) -> list[Finding] | None:
    """Make the table ``cells``: votes by place, party and candidate of one office.

    Returns
    -------
    list of Finding or None
        What was odd about the lines; None when the file has none of that office.
    """
    words = formats.known().words
    fields = {
        name: field_of(columns, constants, name)
        for name in ("fips", "state", "county", "year", "precinct", "office", "candidate", "party")
    }
    office = (
        f"regexp_matches({fields['office']}, '(?i){_regex(office_like)}') "
        f"AND NOT regexp_matches({fields['office']}, '(?i){_regex(office_unlike)}')"
    )
    if "office" not in columns:
        office = "true"
    no_vote = f"regexp_matches({fields['candidate']}, '(?i){_regex(words.no_vote)}')"
    votes = f"trim({quoted(columns['votes'])})"
    total = f"trim({quoted(columns['total'])})" if "total" in columns else "''"
    mode = field_of(columns, {}, "mode")
    con = file.con
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE chosen AS SELECT row, {fields['fips']} AS fips, "
        f"{fields['state']} AS state, {fields['county']} AS county, {fields['year']} AS year, "
        f"{fields['precinct']} AS precinct, {fields['candidate']} AS candidate, "
        f"{fields['party']} AS party, {votes} AS printed, "
        f"try_cast(replace({votes}, ',', '') AS DOUBLE) AS votes, "
        f"try_cast(replace({total}, ',', '') AS DOUBLE) AS total, "
        f"regexp_matches({mode}, '(?i){_regex(words.all_modes)}') AS whole "
        f"FROM lines WHERE {office} AND NOT {no_vote}"
    )
    if con.execute("SELECT count(*) FROM chosen").fetchall()[0][0] == 0:
        return None
    odd = _headings(file, columns, source)
    odd += _odd_lines(file, columns, source)
    # A total of all modes stands beside the modes in some releases: it then replaces them.
    con.execute(
        "CREATE OR REPLACE TEMP TABLE cells AS SELECT fips, state, county, year, precinct, party, "
        "candidate, coalesce(sum(votes) FILTER (WHERE whole), sum(votes) FILTER (WHERE NOT whole)) "
        "AS votes, min(row) AS row, max(total) AS total FROM chosen GROUP BY fips, state, county, "
        "year, precinct, party, candidate"
    )
    con.execute("DROP TABLE chosen")
    if "precinct" in columns:
        odd += _totals(file, columns, source)
    return odd


def _headings(file: Lines, columns: Mapping[str, str], source: str) -> list[Finding]:
    """Lines that repeat a heading: the name of the candidate stands where the votes should be."""
    if "candidate" not in columns:
        return []
    heading = (
        "votes IS NULL AND length(candidate) > 2 AND contains(lower(printed), lower(candidate))"
    )
    return _left_out(file, "chosen", heading, columns["votes"], "printed", source, "a heading")


def _totals(file: Lines, columns: Mapping[str, str], source: str) -> list[Finding]:
    """Lines of a precinct or town that are totals: by their name, or by the county they repeat."""
    column = columns["precinct"]
    named = f"regexp_matches(precinct, '(?i){_regex(TOTAL_NAMES.pattern)}')"
    found = _left_out(file, "cells", named, column, "precinct", source, "a total of the others")
    fold = "regexp_replace(lower({}), '[^a-z0-9]|county|parish', '', 'g')"
    place, own = fold.format("c.precinct"), fold.format("c.county")
    # First the lines that repeat another county, since they spoil the sums of the county in
    # which they stand; then those that repeat their own.
    named_so = f"{fold.format('precinct')} <> {fold.format('county')}"
    for other, inside in ((f"{place} <> {own}", "true"), (f"{place} = {own}", named_so)):
        rule = (
            f"WITH sums AS (SELECT year, {fold.format('county')} AS name, party, candidate, "
            f"sum(votes) AS votes FROM cells WHERE {inside} GROUP BY ALL) "
            "SELECT c.year, c.county, c.precinct FROM cells c JOIN sums s ON s.year = c.year "
            f"AND s.name = {place} AND s.party = c.party AND s.candidate = c.candidate "
            f"WHERE {other} AND c.votes IS NOT NULL GROUP BY ALL "
            "HAVING bool_and(c.votes = coalesce(s.votes, 0)) AND count(*) > 1 AND sum(c.votes) > 0"
        )
        again = f"(year, county, precinct) IN ({rule})"
        found += _left_out(
            file, "cells", again, column, "precinct", source, "the total of a county"
        )
    return found


def _left_out(
    file: Lines, table: str, where: str, column: str, shown: str, source: str, what: str
) -> list[Finding]:
    """Delete lines from a table of the file, and say so."""
    count, row, value = file.con.execute(
        f"SELECT count(*), min(row), arg_min({shown}, row) FROM {table} WHERE {where}"
    ).fetchall()[0]
    if not count:
        return []
    file.con.execute(f"DELETE FROM {table} WHERE {where}")
    return [
        Finding(
            "total_row_among_data",
            "warning",
            "county_votes_printed",
            key=f"{count:,} lines",
            source=source,
            row=int(row),
            column=column,
            value=str(value),
            message=f"{count:,} lines are {what}, the first here; they were left out",
            fix="Nothing, unless such a line is a place of its own.",
        )
    ]


def _odd_lines(file: Lines, columns: Mapping[str, str], source: str) -> list[Finding]:
    """Lines whose count is negative, fractional or no number."""
    rows = file.con.execute(
        "SELECT row, printed, county, year, state, fips FROM chosen WHERE printed NOT IN ('', 'NA', 'N/A', '-') "
        "AND NOT regexp_matches(printed, '^[0-9]+(\\.0+)?$') ORDER BY row"
    ).fetchall()
    out = [
        Finding(
            "fractional_or_negative",
            "error",
            "county_votes_printed",
            key=f"{fips or (state + ' ' + county)} {year}".strip(),
            source=source,
            row=int(row),
            column=columns["votes"],
            value=str(printed),
            expected="a whole number of zero or more",
            message=_fault(str(printed)),
            fix="Write the whole number; leave the cell empty if it is unknown.",
        )
        for row, printed, county, year, state, fips in rows[:SHOWN]
    ]
    if len(rows) > SHOWN:
        out.append(
            Finding(
                "fractional_or_negative",
                "error",
                "county_votes_printed",
                key=f"{len(rows):,} lines",
                source=source,
                column=columns["votes"],
                value=f"{len(rows):,} lines",
                message=f"{len(rows) - SHOWN:,} more lines hold no whole number",
                fix="Correct the column.",
            )
        )
    return out


def _fault(printed: str) -> str:
    if re.fullmatch(r"\d{1,3}(,\d{3})+", printed):
        return "The number carries thousands separators"
    if printed.lstrip().startswith("-"):
        return "A count of votes is negative"
    if re.fullmatch(r"\d+\.\d+", printed):
        return "A count of votes is not a whole number"
    return "This is not a number"


def parts(sums: pd.DataFrame, given: Input, file: Lines, *, named: bool = True) -> pd.Series[str]:
    """Whose votes each line of sums by candidate is: ``dem``, ``rep`` or ``other``.

    Parameters
    ----------
    sums : DataFrame
        As :func:`sums_by_county` gives them; gets a column ``name``.
    given : Input
        May name the candidates, when `named`.
    file : Lines
        For messages.
    named : bool
        Whether the candidates that `given` names stand for this office.
    """
    words = formats.known().words
    by_name = given.candidates if named else {}
    sums["name"] = sums["candidate"].map(_name)
    part = pd.Series("other", index=sums.index)
    for side, pattern in (("dem", words.dem), ("rep", words.rep)):
        on_line = sums["party"].str.strip().str.fullmatch(pattern.strip("^$"), case=False)
        part[on_line.fillna(False)] = side
        if side in by_name and not on_line.fillna(False).any():
            own = _name(by_name[side])
            part[sums["name"].map(lambda n, own=own: own in n if own else False)] = side
            continue
        # Where several parties nominate one candidate, the votes on all their lines are that
        # candidate's; without names the lines of the party are all there is.
        titled = sums[on_line.fillna(False) & (sums["name"] != "")]
        votes = titled.groupby(["state", "year", "name"])["votes"].sum()
        most = votes.reset_index().sort_values("votes").groupby(["state", "year"]).tail(1)
        for row in most.to_dict("records"):
            same = sums["name"] == row["name"]
            part[same & (sums["state"] == row["state"]) & (sums["year"] == row["year"])] = side
    if not {"dem", "rep"} <= set(part):
        raise InputError(
            "no line is of the "
            + ("Democratic" if "dem" not in set(part) else "Republican")
            + " party",
            file=file.path,
            column="party",
            value=", ".join(sorted({str(p) for p in sums["party"]})[:8]),
            fix="Name the candidates: --dem NAME --rep NAME.",
        )
    return part


def _spread(sums: pd.DataFrame, given: Input, file: Lines) -> pd.DataFrame:
    """One row a county from sums by candidate; a candidate's votes on all lines count."""
    part = parts(sums, given, file)
    place = ["fips", "state", "county", "year"]
    wide = spread(sums.assign(part=part), place)
    for name in ("dem", "rep", "other"):
        wide[name] = wide[name] if name in wide else float("nan")
    wide = wide[wide[["dem", "rep", "other"]].notna().any(axis=1)].copy()
    wide["total"] = wide["total"].fillna(wide[["dem", "rep", "other"]].sum(axis=1))
    for name in COUNTS:
        wide[name] = wide[name].map(_number_text)
    return wide.rename(columns={"fips": "fips_printed"})


def _workbook(path: Path, form: Format, given: Input, said: Mapping[str, str], source: str) -> Read:
    year = given.year or int(said.get("year", 0))
    if not year:
        raise InputError("the workbook does not say its year", file=path, fix="Give --year.")
    frame = wec_canvass.read(
        path, given.state or str(form.state), year, {"dem": ["DEM"], "rep": ["REP"]}
    )
    frame = frame.assign(source=source, fips_printed="")
    for name in COUNTS:
        frame[name] = frame[name].map(_number_text)
    return Read(frame[PRINTED])


def _name(candidate: object) -> str:
    """Words of a name in one order: "Last, First" and "First Last" agree."""
    words = re.findall(r"[a-z]+", str(candidate or "").lower())
    return " ".join(sorted(w for w in words if len(w) > 1))


def _number_text(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    number = float(str(value))
    return str(int(number)) if number.is_integer() else repr(number)


def _regex(pattern: str) -> str:
    return pattern.replace("'", "''")


def _postal(state: object, postal: Mapping[str, str]) -> str:
    text = str(state or "").strip()
    if len(text) == 2:
        return text.upper()
    return postal.get(text.lower(), "")


def _first_five(code: object) -> str:
    """County's digits of a ten-digit place code; anything else as it is."""
    text = str(code or "").strip()
    return text[:5] if re.fullmatch(r"\d{10}", text) else text
