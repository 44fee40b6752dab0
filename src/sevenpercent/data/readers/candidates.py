"""Votes by candidate and line of the ballot: which lines count, whose they are, sums by county.

Lines are added up in DuckDB, so that the size of the file does not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import pandas as pd

from sevenpercent.data.inputs import Input
from sevenpercent.data.readers import formats, lines
from sevenpercent.data.readers.lines import Lines, field_of, quoted
from sevenpercent.data.rules.base import COUNTS, MOST, PARTS, Finding, plain, report
from sevenpercent.data.rules.case import PRINTED
from sevenpercent.data.rules.votes import TOTAL_NAMES, text_fault
from sevenpercent.errors import InputError

_OF_A_KIND = re.compile(r"special|run-?off|primary|district|\d", re.IGNORECASE)
"""What tells a contest from the general election of its office."""

SHOWN_CONTESTS = 8
"""Contests that a message lists at most."""

SHOWN = 50
"""Lines of one kind that are reported one by one."""


def by_county(
    file: Lines, columns: Mapping[str, str], constants: Mapping[str, str], given: Input, source: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Lines by candidate, by county or precinct, in one or several modes of voting."""
    patterns = office_of(given, file, columns)
    odd = cells(file, columns, constants, source, *patterns)
    if odd is None:
        raise no_such_office(file, columns, given)
    if "precinct" not in columns:
        _once(file, columns, of_office(columns, *patterns))
    sums = sums_by_county(file)
    if "office" not in columns:
        _one_contest(sums, file)
    return _spread(sums, given, file), odd


def no_such_office(file: Lines, columns: Mapping[str, str], given: Input) -> InputError:
    """What to say of a file without a line of the office in question: which offices it has."""
    found = file.con.execute(
        f"SELECT {field_of(columns, {}, 'office')} AS o, count(*) AS n FROM lines "
        "GROUP BY 1 ORDER BY n DESC LIMIT 8"
    ).fetchall()
    what = f"the file has no line of the office of {given.office or 'President'}"
    column, fix = columns.get("office", "office"), "Say which one it is about: --office TEXT."
    there = ", ".join(str(o) for o, _ in found)
    return InputError(what, file=file.path, column=column, value=there, fix=fix)


FEW = 10
"""Votes below which two lines may be alike by chance: write-ins, and candidates of a few."""


def _once(file: Lines, columns: Mapping[str, str], office: str) -> None:
    """Refuse lines of an office (SQL) that stand twice, cell by cell: they would be added up."""
    every = ", ".join(quoted(c) for c in file.columns)
    votes = _count(f"trim({quoted(columns['votes'])})")
    county, name = (field_of(columns, {}, n) for n in ("county", "candidate"))
    no_vote = f"regexp_matches({name}, '(?i){_regex(formats.layouts().words.no_vote)}|write')"
    again = file.con.execute(
        f"SELECT min(row), max(row), {county}, {name} FROM lines WHERE {office} AND NOT {no_vote} "
        f"AND {votes} > {FEW} GROUP BY {every}, 3, 4 HAVING count(*) > 1 ORDER BY 2"
    ).fetchall()
    if again:
        first, row, place, who = again[0]
        many = f"{len(again)} lines stand" if len(again) > 1 else "a line stands"
        what = f"{many} twice in the file, here as in row {first}"
        fix = "Delete what is repeated; where it is no repetition, add a column that tells the lines apart."
        raise InputError(what, file=file.path, row=int(row), value=f"{place}, {who}", fix=fix)


RIVAL = 0.02
"""Share of the votes of a party's first candidate from which on another is no write-in."""


def _one_contest(sums: pd.DataFrame, file: Lines) -> None:
    """Refuse lines of several contests where no column tells them apart: they would be added up."""
    words = formats.layouts().words
    for what, pattern in (("Democratic", words.dem), ("Republican", words.rep)):
        titled = sums["party"].str.strip().str.fullmatch(pattern.strip("^$"), case=False)
        own = sums[titled.fillna(False) & (sums["candidate"] != "")]
        for _, rows in own.groupby(["fips", "state", "county", "year"]):
            votes = rows.groupby("candidate")["votes"].sum().sort_values(ascending=False)
            names = [str(n) for n, v in votes.items() if v > RIVAL * votes.iloc[0]]
            if len(names) > 1:
                raise InputError(
                    f"one county has {len(names)} {what} candidates, and no column says of which "
                    "contest a line is",
                    file=file.path,
                    row=int(rows["row"].min()),
                    column="candidate",
                    value=", ".join(names[:SHOWN_CONTESTS]),
                    fix="Say which column names the contest, "
                    f"--columns '{file.path.name}:office=COLUMN', or keep the lines of one.",
                )


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

    Returns what was odd about the lines; None when the file has none of that office.
    """
    words = formats.layouts().words
    fields = {
        name: field_of(columns, constants, name)
        for name in ("fips", "state", "county", "year", "precinct", "office", "candidate", "party")
    }
    office = of_office(columns, office_like, office_unlike)
    no_vote = f"regexp_matches({fields['candidate']}, '(?i){_regex(words.no_vote)}')"
    votes = f"trim({quoted(columns['votes'])})"
    total = f"trim({quoted(columns['total'])})" if "total" in columns else "''"
    mode = field_of(columns, {}, "mode")
    con = file.con
    keys = [columns[n] for n in ("office", "district", "special", "stage") if n in columns]
    needed = dict.fromkeys(columns[n] for n in (*fields, "votes", "total", "mode") if n in columns)
    pick = partial(file.pick, [*needed], office, keys if "office" in columns else [])
    chosen = (
        f"SELECT row, {', '.join(f'{sql} AS {name}' for name, sql in fields.items())}, "
        f"{votes} AS printed, {_count(votes)} AS votes, {_count(total)} AS total, "
        f"regexp_matches({mode}, '(?i){_regex(words.all_modes)}') AS whole "
        f"FROM picked WHERE NOT {no_vote}"
    )
    # A total of all modes stands beside the modes in some releases: it then replaces them.
    added = (
        "CREATE OR REPLACE TEMP TABLE cells AS SELECT fips, state, county, year, precinct, party, "
        "candidate, coalesce(sum(votes) FILTER (WHERE whole), sum(votes) FILTER (WHERE NOT whole)) "
        "AS votes, min(row) AS row, max(total) AS total, "
        "coalesce(bool_and(regexp_matches(printed, '^[0-9]{0,9}$')), true) AS plain "
        "FROM {chosen} GROUP BY fips, state, county, year, precinct, party, candidate"
    )
    pick(added.replace("{chosen}", f"({chosen})"))
    plain, count = con.execute("SELECT bool_and(plain), count(*) FROM cells").fetchall()[0]
    if not count:
        return None
    odd = []
    if not plain:
        pick(f"CREATE OR REPLACE TEMP TABLE chosen AS {chosen}")
        odd = _headings(file, columns, source) + _odd_lines(file, columns, source)
        con.execute(added.replace("{chosen}", "chosen") + "; DROP TABLE chosen")
    if "precinct" in columns:
        odd += totals(file, columns, source)
    return odd


def _headings(file: Lines, columns: Mapping[str, str], source: str) -> list[Finding]:
    """Lines that repeat a heading: the name of the candidate stands where the votes should be."""
    if "candidate" not in columns:
        return []
    heading = (
        "votes IS NULL AND length(candidate) > 2 AND contains(lower(printed), lower(candidate))"
    )
    return _left_out(file, "chosen", heading, columns["votes"], "printed", source, "a heading")


def totals(file: Lines, columns: Mapping[str, str], source: str) -> list[Finding]:
    """Lines of a precinct or town that are totals: by their name, or by the county they repeat."""
    column = columns["precinct"]
    named = f"regexp_matches(precinct, '(?i){_regex(TOTAL_NAMES.pattern)}')"
    found = _left_out(file, "cells", named, column, "precinct", source, "a total of the others")
    fold = "regexp_replace(lower({}), '[^a-z0-9]|county|parish', '', 'g')"
    place, own = fold.format("c.precinct"), fold.format("c.county")
    (alike,) = file.con.execute(
        f"SELECT count(*) FROM (SELECT DISTINCT precinct FROM cells) WHERE {fold.format('precinct')} "
        f"IN (SELECT {fold.format('county')} FROM (SELECT DISTINCT county FROM cells))"
    ).fetchall()[0]
    if not alike:
        return found
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
        f"SELECT count(DISTINCT row), min(row), arg_min({shown}, row) FROM {table} WHERE {where}"
    ).fetchall()[0]
    if not count:
        return []
    file.con.execute(f"DELETE FROM {table} WHERE {where}")
    return report(
        [{"many": count, "source": source, "row": row, "what": what, "is": value}],
        "total_row_among_data", "warning", PRINTED, key="{many:,} lines", column=plain(column),
        value="{is}", message="{many:,} lines are {what}, the first here; they were left out",
        fix="Nothing, unless such a line is a place of its own.",
    )  # fmt: skip


def _odd_lines(file: Lines, columns: Mapping[str, str], source: str) -> list[Finding]:
    """Lines whose count is negative, fractional or no number."""
    whole = "[0-9]{1,9}(\\.0+)?"
    (unspaced,) = file.con.execute(
        "SELECT count(*) FROM chosen WHERE regexp_matches(printed, '^[0-9]{4,}')"
    ).fetchall()[0]
    if not unspaced:  # every large number has separators: that is how the file writes them
        whole += "|[0-9]{1,3}(,[0-9]{3})+"
    rows = file.con.execute(
        "SELECT row, printed, county, year, state, fips FROM chosen WHERE printed NOT IN ('', 'NA', 'N/A', '-') "
        f"AND NOT regexp_matches(printed, '^({whole})$') ORDER BY row"
    ).fetchall()
    odd = [
        {
            "key": f"{fips or (state + ' ' + county)} {year}".strip(),
            "row": row,
            "is": printed,
            "expected": "a whole number of zero or more",
            "said": (text_fault(str(printed)) or ("This is not a number",))[0],
            "fix": "Write the whole number; leave the cell empty if it is unknown.",
        }
        for row, printed, county, year, state, fips in rows[:SHOWN]
    ]
    if len(rows) > SHOWN:
        every = {"key": f"{len(rows):,} lines", "is": f"{len(rows):,} lines", "expected": ""}
        said = f"{len(rows) - SHOWN:,} more lines hold no whole number"
        odd.append({**every, "said": said, "fix": "Correct the column."})
    return report(
        [{**r, "source": source} for r in odd], "fractional_or_negative", "error", PRINTED,
        column=plain(columns["votes"]), value="{is}", expected="{expected}", message="{said}", fix="{fix}",
    )  # fmt: skip


def parts(sums: pd.DataFrame, given: Input, file: Lines, *, named: bool = True) -> pd.Series[str]:
    """Whose votes each line of sums by candidate is: ``dem``, ``rep`` or ``other``.

    `sums`: as :func:`sums_by_county` gives them; gets a column ``name``; `given`: may name the
    candidates, when `named`; `file`: for messages; `named`: whether the candidates that `given`
    names stand for this office.
    """
    words = formats.layouts().words
    by_name = given.candidates if named else {}
    sums["name"] = sums["candidate"].map(_name)
    part = pd.Series("other", index=sums.index)
    for side, pattern in (("dem", words.dem), ("rep", words.rep)):
        on_line = sums["party"].str.strip().str.fullmatch(pattern.strip("^$"), case=False)
        part[on_line.fillna(False)] = side
        if side in by_name and not on_line.fillna(False).any():
            own = set(_name(by_name[side]).split())  # whole words: Ash is no part of Washington
            part[sums["name"].map(lambda n, own=own: bool(own) and own <= set(n.split()))] = side
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
        what = f"no line is of the {'Republican' if 'dem' in set(part) else 'Democratic'} party"
        there = ", ".join(sorted({str(p) for p in sums["party"]})[:8])
        fix = "Name the candidates: --dem NAME --rep NAME."
        raise InputError(what, file=file.path, column="party", value=there, fix=fix)
    return part


def _spread(sums: pd.DataFrame, given: Input, file: Lines) -> pd.DataFrame:
    """One row a county from sums by candidate: its first line, and the total that stands there.

    A part is null where no line of it holds a number.
    """
    place = ["fips", "state", "county", "year"]
    sums = sums.assign(part=parts(sums, given, file))
    votes = sums.groupby([*place, "part"])["votes"].sum(min_count=1).unstack("part")  # noqa: PD010
    first = sums.groupby(place).agg({"row": "min", "total": "first"})
    wide = votes.reindex(columns=PARTS).join(first).dropna(how="all", subset=list(COUNTS))
    return wide.reset_index().rename(columns={"fips": "fips_printed"})


def office_of(given: Input, file: Lines, columns: Mapping[str, str]) -> tuple[str, str]:
    """Patterns of the contest that is read, and of names that only look like it.

    Another office than President is matched whole (letters and digits, any case), one of several
    writings with ``|`` between them; a special election, a runoff or a district is a contest of
    its own.

    Raises InputError when no contest is named so, or two are.
    """
    words = formats.layouts().words
    if not given.office or "office" not in columns:
        return words.office, words.other_office
    asked = [lines.letters(text) for text in given.office.split("|")]
    rows = file.con.execute(f"SELECT DISTINCT {contest(columns)} AS c FROM lines ORDER BY c")
    names = [str(c) for (c,) in rows.fetchall() if c]
    chosen = [n for n in names if lines.letters(n) in asked]
    if not chosen:  # the same office in other words, where one contest alone is of it
        same = [p for p in words.beside.values() if re.search(p, given.office, re.IGNORECASE)]
        alike = [n for n in names if any(re.search(p, n, re.IGNORECASE) for p in same)]
        whole = len(alike) == 1 and not _OF_A_KIND.search(alike[0] + given.office)
        chosen = alike if whole else []
    near = chosen or [n for n in names if any(a in lines.letters(n) for a in asked)]
    if len({lines.letters(n) for n in chosen}) != 1:
        # A state-wide office before those of its districts.
        shown = sorted(near or names, key=lambda n: (bool(re.search(r"\d", n)), len(n), n))
        what = "two contests match" if chosen else f"no contest is named {given.office!r}"
        value = "; ".join(shown[:SHOWN_CONTESTS]) + (
            f" and {len(shown) - SHOWN_CONTESTS} more" if len(shown) > SHOWN_CONTESTS else ""
        )
        fix = f"Name one of them whole: --office '{shown[0]}'." if shown else "Give --office."
        raise InputError(what, file=file.path, column=columns["office"], value=value, fix=fix)
    return "^(" + "|".join(re.escape(n) for n in chosen) + ")$", "^$"


def of_office(columns: Mapping[str, str], like: str, unlike: str) -> str:
    """SQL that is true for lines of one office; ``true`` where no column names offices."""
    if "office" not in columns:
        return "true"
    matches = f"regexp_matches({contest(columns)}, '(?i){{}}')"
    return f"{matches.format(_regex(like))} AND NOT {matches.format(_regex(unlike))}"


def contest(columns: Mapping[str, str]) -> str:
    """SQL for the name of a line's contest: its office, and what tells it from others of the office."""
    out = field_of(columns, {}, "office")
    if "district" in columns:
        district = field_of(columns, {}, "district")
        out += (
            f" || CASE WHEN regexp_matches({district}, '(?i)^(0*|statewide|n/?a|nan)$') THEN '' "
            f"ELSE ' ' || {district} END"
        )
    if "special" in columns:
        special = f"lower({field_of(columns, {}, 'special')})"
        out += f" || CASE WHEN {special} IN ('true', 't', 'yes', '1') THEN ' special' ELSE '' END"
    if "stage" in columns:
        stage = field_of(columns, {}, "stage")
        out += (
            f" || CASE WHEN regexp_matches({stage}, '(?i)^(|gen|general|n/?a|nan)$') THEN '' "
            f"ELSE ' ' || {stage} END"
        )
    return f"({out})"


def _count(printed: str) -> str:
    """SQL for a printed count; what no place can have (infinity, forty digits) is missing."""
    value = f"try_cast(replace({printed}, ',', '') AS DOUBLE)"
    return f"CASE WHEN abs({value}) < {MOST} THEN {value} END"


def _name(candidate: object) -> str:
    """Words of a name in one order: "Last, First" and "First Last" agree."""
    words = re.findall(r"[a-z]+", str(candidate or "").lower())
    return " ".join(sorted(w for w in words if len(w) > 1))


def _regex(pattern: str) -> str:
    return pattern.replace("'", "''")
