"""Published layouts and how they are told apart; they stand in ``data/formats.yml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field

from sevenpercent import paths, strict
from sevenpercent.data.inputs import PLACE, Holds, Input
from sevenpercent.data.readers import lines, wec_equipment, wec_wards
from sevenpercent.data.readers.workbook import sheets
from sevenpercent.data.rules.base import COUNTS
from sevenpercent.errors import InputError, demand, nearest
from sevenpercent.strict import Strict

FILE = "formats.yml"
EXAMPLE = {
    "votes": "fips=GEOID,dem=...,rep=...,total=...",
    "equipment": "fips=GEOID,NAME=...",
    "demographics": "fips=GEOID,population=...,white_nh=...,college=...",
    "certified": "place=...,year=...,dem=...,rep=...",
}
"""Column maps that a message offers, by kind of file."""

BY_COLUMNS = "columns"
"""Name of the format of a file that is read by the user's own column map."""


class UnknownLayoutError(InputError):
    """No layout has the columns of a file."""


class Format(Strict):
    """One layout."""

    id: str
    title: str
    holds: Holds
    lines: Literal["candidates", "places", "years", "machines", "workbook"] = "workbook"
    needs: list[str] = []
    synonyms: bool = False
    """Whether ``needs`` are our names, each under any of its names in ``columns``."""
    columns: dict[str, list[str]] = {}
    years: dict[str, list[str]] = {}
    export: dict[str, list[str]] = {}
    flags: dict[str, list[str]] = {}
    """Names of the columns of a list of machines, and of those that say where they are used."""
    named: str = ""
    """What the file's own name says, as a regular expression with groups year and state."""
    state: str | None = None
    percent: bool = False
    publisher: str = ""
    """Who gathers and publishes such files, as a figure credits them."""

    def lacks(self, shapes: Set[str]) -> set[str]:
        """Needed columns that are not among the names (letters and digits) of a file's columns."""
        named = self.columns if self.synonyms else {}
        return {n for n in self.needs if shapes.isdisjoint(named.get(n, [n]))}


class Words(Strict):
    """Regular expressions for what publishers write in many ways."""

    dem: str
    rep: str
    office: str
    other_office: str
    beside: dict[str, str]
    """Other offices on the same ballots: name in a sentence to the pattern."""
    nominees: dict[int, dict[str, str]]
    """Year to party to who stood for President."""
    machine_yes: str
    machine_none: str
    machine_no: str
    """Kinds of machines that are the machines in question, and that are not."""
    machine_column: str
    """Names of columns that say where machines are."""
    all_modes: str
    no_vote: str


class Layouts(Strict):
    """Every layout, and the words that all share."""

    formats: list[Format] = Field(min_length=1)
    workbooks: list[Format]
    words: Words


@lru_cache(maxsize=1)
def layouts() -> Layouts:
    """Read the layouts."""
    return Layouts.model_validate(strict.read_yaml(paths.DATA / FILE))


def by_id(name: str, file: object = None) -> Format:
    """Layout of that name.

    Raises InputError: unknown name, with the nearest one.
    """
    found = {f.id: f for f in [*layouts().formats, *layouts().workbooks]}
    if name not in found:
        raise InputError(
            "unknown format", file=file, value=name, fix=nearest(name, [*found, BY_COLUMNS])
        )
    return found[name]


def form_of(given: Input, file: Path) -> Format:
    """Layout of a file of one's own: the one that it names, or that of its column map."""
    if given.format != BY_COLUMNS:
        return by_id(given.format, file)
    if given.holds == "certified":
        return by_id("certified").model_copy(update={"id": BY_COLUMNS})
    known = {name: [name] for name in PLACE} if given.holds == "equipment" else {}
    return Format(id=BY_COLUMNS, title="", holds=given.holds, lines="places", columns=known)


@contextmanager
def opened(given: Input, path: Path) -> Iterator[tuple[lines.Lines, dict[str, str], Format]]:
    """A file of one's own as rows of text, our names of its columns to its own, and its layout."""
    form = form_of(given, path)
    with lines.opened(path, header_names(given.holds)) as file:
        yield file, find_columns(file, form.columns, given.columns), form


def texts(given: Input, path: Path) -> tuple[dict[str, str], pd.DataFrame]:
    """Our names of the columns of a file of one's own, and its rows as text, by line of the file.

    Raises InputError: its lines do not say of which county they are.
    """
    with opened(given, path) as (file, columns, _):
        if given.holds != "certified" and not {"fips", "county"} & set(columns):
            what = "no column of the file says the county"
            fix = "Say which it is: --columns 'fips=...'"
            raise InputError(what, file=path, value=", ".join(file.columns[:12]), fix=fix)
        rows = file.con.execute("SELECT * FROM lines").df().fillna("").set_index("row")
    return columns, rows.assign(**{c: rows[c].astype(str).str.strip() for c in columns.values()})


def header_names(holds: Holds | None = None) -> list[str]:
    """Every column name by which some layout (of that kind) is recognised."""
    chosen = [f for f in layouts().formats if holds in (None, f.holds)]
    names = {n for f in chosen for n in f.needs}
    return sorted(names | {n for f in chosen for listed in f.columns.values() for n in listed})


def recognise(path: Path, holds: Holds | None = None) -> Format:
    """Layout of a file by its content.

    Raises InputError when no layout fits, with the columns found and what comes nearest.

    `path`: the file; `holds`: kind of table that is asked for; any when None.
    """
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        own = _workbook(path, holds)
        if own is not None:
            return own
    with lines.opened(path, header_names(holds)) as file:
        columns = file.columns
    own_letters = {lines.letters(c) for c in columns}
    fitting = [
        f for f in layouts().formats if holds in (None, f.holds) and not f.lacks(own_letters)
    ]
    if not fitting:
        near = min(
            (f for f in layouts().formats if holds in (None, f.holds)),
            key=lambda f: len(f.lacks(own_letters)) / len(f.needs),
        )
        missing = ", ".join(sorted(near.lacks(own_letters)))
        raise UnknownLayoutError(
            "the layout is not known from the names of columns, which are sought in the first "
            f"{lines.HEADER_WITHIN} lines (nearest: {near.id}, which also has {missing})",
            file=path,
            value=", ".join(columns[:12]),
            fix=f"Say which column is which: --columns '{path.name}:{EXAMPLE[holds or 'votes']}', "
            "or force one with --from FORMAT=FILE.",
        )
    # A layout that knows no column of years would add up the elections of a file that has one.
    dated = [f for f in fitting if f.years or not own_letters & YEAR or "year" in f.columns]
    return max(dated or fitting, key=lambda f: len(f.needs))


YEAR = {"year", "electionyear"}
"""Names of a column that says of which election a line is."""


def check_map(columns: Mapping[str, str], holds: Holds, file: Path) -> None:
    """Refuse a column map with names that nothing reads, or with one column under two names.

    Raises InputError with the nearest name and all that are valid.
    """
    # In a list of machines every name beside the place's is a reading.
    named = [f for f in layouts().formats if f.holds == holds and holds != "equipment"]
    valid = sorted({n for f in named for n in f.columns})
    for ours in columns:
        if holds == "demographics" and ours.startswith("own_"):
            continue
        if valid and ours not in valid:
            near = nearest(ours, valid)
            every = "" if near.startswith("Valid") else f" Valid names: {', '.join(valid)}."
            what = f"--columns has a name that means nothing in a file of {holds}"
            raise InputError(what, file=file, value=ours, fix=near + every)
    told: dict[str, str] = {}
    for ours, theirs in columns.items():
        other = told.setdefault(theirs.strip().casefold(), ours)
        if other != ours:
            what = f"--columns says that one column is {other} and {ours}"
            fix = "Name another column for one of them."
            raise InputError(what, file=file, column=theirs, fix=fix)


def find_columns(
    file: lines.Lines, listed: Mapping[str, Sequence[str]], given: Mapping[str, str]
) -> dict[str, str]:
    """Our column names to the file's: as `given`, else by the names they go under.

    Raises InputError when a given column is not in the file, with the nearest one; when two columns
    of the file may be the votes of one party.
    """
    shapes = {lines.letters(c): c for c in reversed(file.columns)}
    out = {
        ours: next(shapes[n] for n in names if n in shapes)
        for ours, names in listed.items()
        if any(n in shapes for n in names)
    }
    for ours in ("dem", "rep"):
        same = [shapes[n] for n in listed.get(ours, ()) if n in shapes]
        if len(same) > 1 and ours not in given:
            what = f"two columns of the file may be {ours}"
            fix = f"Say which it is: --columns '{file.path.name}:dem=...,rep=...'"
            raise InputError(
                what, file=file.path, row=file.head, column=" and ".join(same), fix=fix
            )
    for ours, theirs in given.items():
        if theirs in file.columns:
            out[ours] = theirs
            continue
        several = theirs.split(lines.PLUS) if ours in COUNTS else [theirs]
        for one in several:
            if lines.letters(one) not in shapes:
                where = {"file": file.path, "row": file.head}
                demand(one, file.columns, "the file has no such column", told="column", **where)
        out[ours] = lines.PLUS.join(shapes[lines.letters(one)] for one in several)
    return out


def years_in(text: str) -> list[int]:
    """Years that a name or a line holds: ``change_1996_2000``."""
    return [int(year) for year in re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)]


def from_name(path: Path, form: Format | None) -> dict[str, str]:
    """What the name of a file says of its year and state."""
    named = form.named if form else ""
    found = re.search(named, path.name, re.IGNORECASE) if named else None
    said = {k: v for k, v in found.groupdict().items() if v} if found else {}
    if "year" not in said and (years := years_in(path.name)):
        said["year"] = str(years[0])
    if "state" in said:
        said["state"] = said["state"].upper()
    return said


OF_ELECTION = re.compile(r"search results|election|november", re.IGNORECASE)
OF_FILE = re.compile(r"download|retrieved|accessed|updated|printed|copyright|©", re.IGNORECASE)
"""What a line above a header is about: an election, or the file itself."""


def year_above(path: Path) -> int:
    """Year that the lines above the header of a list of machines name (``Search Results: 2020``); 0 for none."""
    with lines.opened(path, header_names("equipment")) as file:
        if file.plain is None:
            return 0
        with file.plain.open(encoding="utf-8") as stream:
            above = [line for line in islice(stream, file.head - 1) if OF_ELECTION.search(line)]
    told = " ".join(line for line in above if not OF_FILE.search(line))
    years = set(years_in(told))
    return years.pop() if len(years) == 1 else 0


def _workbook(path: Path, holds: Holds | None) -> Format | None:
    book = sheets(path)
    for form in layouts().workbooks:
        if holds not in (None, form.holds):
            continue
        tell = wec_wards.is_report if form.id == "wec_canvass" else wec_equipment.is_list
        if any(tell(rows) for rows in book.values()):
            return form
    return None
