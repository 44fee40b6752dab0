"""What ``sevenpercent new`` is told, and the files among it: what each holds, in which format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.data.inputs import OWN, PLACE, Holds, Input
from sevenpercent.data.readers import formats, lines
from sevenpercent.data.rules.base import COUNTS
from sevenpercent.errors import InputError, demand
from sevenpercent.model.scenario import NATION
from sevenpercent.own import equipment, make, roles, specification
from sevenpercent.own.request import Request

KINDS: tuple[Holds, ...] = ("votes", "equipment", "demographics", "certified")
"""What a file may hold; each is an option of the command."""

LISTED_WITHIN = 12
"""Years between an election and a list of machines from which on the year is no year of it."""


def named_state(files: Sequence[Path]) -> str:
    """State in the names of the files, where all of them name the same one."""
    known = [f for f in formats.layouts().formats if "(?P<state>" in f.named]
    said = {formats.from_name(path, form).get("state", "") for path in files for form in known}
    return said.pop() if len(said) == 1 else ""


def inputs(told: Request) -> list[Input]:
    """The files that were given, each with what it holds, its format, and what it does not say itself.

    Raises InputError: a file that is not there, or whose format nobody knows; two files of the same.
    """
    mixed = [i for path in told.files for i in _mixed(path, told)]
    asked = [(path, holds) for holds in KINDS for path in getattr(told, holds)]
    out = [given for path, holds in asked for given in _told(path, holds, told)]
    files = [*told.files, *(path for path, _ in asked)]
    here = {*map(str, files), *(p.name for p in files)}
    by_file: dict[str, Mapping[str, object]] = {
        "--columns": told.columns,
        "--source": told.sources,
        "--from": told.forced,
    }
    for option, named in by_file.items():
        for file in filter(None, named):
            demand(file, here, f"{option} names a file that is not given")
    for file, address in told.sources.items():
        if not address.startswith(("https://", "http://")):
            what, fix = "this is no address on the web", "Write it as https://..."
            raise InputError(what, file=file, column="--source", value=address, fix=fix)
    given = _once([*mixed, *out])
    if told.census_year and not any(i.holds == "demographics" for i in given):
        raise InputError(
            "no file that is given holds census figures",
            column="--census-year",
            value=told.census_year,
            fix="Leave it out, or give the file: --demographics FILE.",
        )
    for path, form in told.forced.items():
        formats.by_id(form, Path(path))
    if told.machines and files and not any(i.machines for i in given):
        what = "no file has a column of the make or the type of machines"
        fix = f"Say which it is: --columns '{files[-1].name}:type=COLUMN'."
        raise InputError(what, value=f"--machines {told.machines[0]}", fix=fix)
    return given


def _there(path: Path) -> None:
    if not path.is_file():
        what = "that is a folder; a file is asked for" if path.is_dir() else "no such file"
        raise InputError(what, file=path, fix="Check the path.")


def _columns_told(told: Request, path: Path) -> dict[str, str]:
    given = str(path)
    return told.columns.get(given) or told.columns.get(path.name) or told.columns.get("", {})


def _told(path: Path, holds: Holds, told: Request) -> list[Input]:
    """A file of which it was said what it holds: a known layout, or the columns that are of it."""
    try:
        return [_input(path, holds, told)]
    except formats.UnknownLayoutError:
        found = roles.propose(path, told, {}, holds)
        out = [i for i in _of_roles(path, told, found) if i.holds == holds]
        if not out:
            raise
    roles.show(found, told)
    return out


def _input(path: Path, holds: Holds, told: Request) -> Input:
    """A file of which it was said what it holds."""
    columns = _columns_told(told, path)
    _there(path)
    formats.check_map(columns, holds, path)
    form = None
    if forced := told.forced.get(str(path)) or told.forced.get(path.name):
        form = formats.by_id(forced, path)
    elif not columns:
        form = formats.recognise(path, holds)
    by_name = {} if not (told.dem and told.rep) else {"dem": told.dem, "rep": told.rep}
    if holds == "demographics":
        columns = specification.columns(told).beside(path, form, columns)
    lines_ = holds == "votes" and (form is None or form.lines == "candidates")
    return Input(
        file=_shown(path),
        holds=holds,
        format=form.id if form else formats.BY_COLUMNS,
        columns=columns,
        source=_source(told, path),
        office=told.office if holds == "votes" else "",
        candidates=by_name if lines_ else {},
        machines=readings(told.machines) if holds == "equipment" else {},
        **_unsaid(path, holds, form, told, columns),
    )


def _source(told: Request, path: Path) -> str:
    return told.sources.get(str(path)) or told.sources.get(path.name, "")


def _census_year(holds: str, path: Path, told: Request, names: Sequence[str] = ()) -> int | None:
    """Last year of the census figures: as told, else as the names of columns or of the file say."""
    if holds != "demographics":
        return None
    said, by_name = formats.years_in(" ".join(names)), formats.years_in(path.name)
    return told.census_year or max(said, default=0) or max(by_name, default=0) or None


LAYOUTS_OF_ONES_OWN = ("tidy_votes", "tidy_candidates", "tidy_demographics")
"""Layouts by plain headers: such a file may hold more."""


def _mixed(path: Path, told: Request) -> list[Input]:
    """A file of which nobody said what it holds: a published layout, or roles column by column."""
    _there(path)
    columns = _columns_told(told, path)
    unknown: InputError | None = None
    published = []
    for holds in KINDS if not columns else ():
        try:
            form = formats.recognise(path, holds)
        except InputError as error:
            unknown = unknown or error
        else:
            published += [form] if form.id not in LAYOUTS_OF_ONES_OWN else []
    for form in published:
        told.show(f"{path.name}: {form.title}")
    if published:
        out = [_input(path, form.holds, told) for form in published]
        return out + _machines_beside(path, told, published)
    found = roles.propose(path, told, columns)
    out = _of_roles(path, told, found)
    if not out:
        raise unknown or InputError(
            "no column of the file is known", file=path, fix="Say which is which: --columns."
        )
    roles.show(found, told)
    if told.ask and not told.ask("Is that right? (yes or no)").strip().lower().startswith("y"):
        fix = f"Say them: --columns '{path.name}:dem=...,rep=...'; nothing was written."
        raise InputError("the roles of the columns were not accepted", file=path, fix=fix)
    return out


def _machines_beside(path: Path, told: Request, published: Sequence[formats.Format]) -> list[Input]:
    """Machines that stand in columns of the user's own beside those of a published layout."""
    by_place = all(form.lines in ("places", "years") for form in published)
    if told.equipment or not by_place or any(form.holds == "equipment" for form in published):
        return []
    found = roles.beside(path, told, published)
    out = [i for i in _of_roles(path, told, found) if i.holds == "equipment"]
    if out:
        roles.show(found, told)
    return out


def _of_roles(path: Path, told: Request, found: roles.Roles) -> list[Input]:
    """One entry for each thing that a file holds: votes, each earlier election, machines, people."""
    place = found.part(PLACE)
    base: dict[str, Any] = {"file": _shown(path), "format": formats.BY_COLUMNS}
    base |= {"source": _source(told, path)}
    if not {"state", "fips"} & set(place) and len(told.states) == 1:
        base |= {"state": told.states[0]}
    out = []
    now = found.part(("year", *COUNTS, *roles.BY_LINE))
    if {"dem", "rep"} <= set(now) or "votes" in now:
        by_name = {"dem": told.dem, "rep": told.rep} if "votes" in now else {}
        year = None if "year" in now else told.year
        out.append(Input(holds="votes", columns=place | now, office=told.office,
                         candidates=by_name, year=year, **base))  # fmt: skip
    for year_ in found.years:
        before = {n: found.given[f"{n}_{year_}"] for n in COUNTS if f"{n}_{year_}" in found.given}
        out.append(Input(holds="votes", columns=place | before, year=year_, **base))
    by_type = found.part(equipment.MODELS) if told.machines else {}
    if found.readings or by_type:
        machines = readings(told.machines) if by_type else {}
        columns = place | (by_type or found.readings)
        out.append(Input(holds="equipment", columns=columns, machines=machines, **base))
    if figures := found.figures:
        own = {n: place[n] for n in place if n != "precinct"} | figures
        theirs = [c for n, c in figures.items() if not n.startswith(OWN)]
        last = _census_year("demographics", path, told, theirs)
        out.append(Input(holds="demographics", columns=own, year=last, **base))
    return out


def _once(given: list[Input]) -> list[Input]:
    """Refuse two files that say the same: none would silently stand before the other."""
    for holds, what in (("demographics", "census figures"), ("equipment", "machines")):
        own = [i for i in given if i.holds == holds]
        named = [set(i.machines or i.columns) - {*PLACE} for i in own]
        pairs = zip(named, own, strict=True)
        named = [n or {"census figures"} if i.census else n for n, i in pairs]
        for at, names in enumerate(named[1:], start=1):
            same = set.union(*named[:at]) & names
            if same and {i.file for i in own[:at]} != {own[at].file}:
                column = own[at].columns.get(min(same), "")
                raise InputError(
                    f"two files hold the same {what}",
                    value=f"{Path(own[0].file).name}, {Path(own[at].file).name}"
                    + (f": {', '.join(sorted(same))}" if holds == "equipment" else ""),
                    fix="Leave one of them out"
                    + (f", or its column: --columns '{Path(own[at].file).name}:"
                       f"{roles.UNUSED}{min(same)}={column}'." if column else "."),
                )  # fmt: skip
    return given


def _unsaid(
    path: Path, holds: Holds, form: formats.Format | None, told: Request, columns: Mapping[str, str]
) -> dict[str, Any]:
    """Year and state of a file that does not say them in its columns; of machines, by its name or what stands above."""
    said = formats.from_name(path, form) if form or holds == "equipment" else {}
    have = set(form.columns if form else columns)
    if form and holds == "votes" and form.lines != "workbook":
        with lines.opened(path, formats.header_names("votes")) as file:
            have = set(formats.find_columns(file, form.columns, columns))
    year = _census_year(holds, path, told)
    if holds == "equipment":
        listed = int(said.get("year", 0)) or formats.year_above(path)
        year = listed if listed != told.year and abs(listed - told.year) < LISTED_WITHIN else None
    elif holds == "votes" and "year" not in {*said, *have} and not (form and form.years):
        year = told.year
        if form is None or form.lines == "candidates":
            _one_election(path)
    stated = "state" in said or (form and (form.state or form.lines == "machines"))
    one = holds in ("votes", "equipment") and len(told.states) == 1
    unknown = one and not stated and not {"state", "fips"} & have
    return {"year": year, "state": told.states[0] if unknown else None}


DATED = r"\D*(19|20)\d\d\D*|(19|20)\d\d-\d\d?-\d\d?.*|\d\d?/\d\d?/(19|20)\d\d.*"
"""A year, alone among words, or a day."""


def _one_election(path: Path) -> None:
    """Refuse a file whose lines are of several years by a column that nobody said is the year."""
    with lines.opened(path, formats.header_names("votes")) as file:
        for name in file.columns:
            column = lines.quoted(name)
            found = file.con.execute(
                f"SELECT list(DISTINCT regexp_extract({column}, '(19|20)[0-9][0-9]')) FROM lines "
                f"HAVING count(*) FILTER (NOT regexp_full_match({column}, '{DATED}')) = 0 "
                f"AND count({column}) > 0.9 * count(*)"
            ).fetchall()
            years = sorted(found[0][0]) if found else []
            if 1 < len(years) <= MANY_YEARS:
                raise InputError(
                    "the lines are of several years, and no column is known that says so",
                    file=path,
                    column=name,
                    value=", ".join(years),
                    fix=f"Say it: --columns '{path.name}:year={name}', with the other columns; or give the lines "
                    "of one election.",
                )


MANY_YEARS = 30
"""Years of a file at most: numbers between them may be votes."""


def readings(asked: Sequence[str]) -> dict[str, dict[str, str]]:
    """Readings from ``NAME=make:TEXT`` and ``NAME=type:TEXT``, several joined by ``+``."""
    out: dict[str, dict[str, str]] = {}
    for text in asked:
        name, sign, rest = text.partition("=")
        tests = dict(part.split(":", 1) for part in rest.split("+") if ":" in part)
        if not sign or set(tests) - {"make", "type", "label"} or set(tests) <= {"label"}:
            what = "a reading is written NAME=make:TEXT or NAME=type:TEXT"
            fix = "For instance: bmd=type:Ballot Marking Device+label:ballot-marking devices"
            raise InputError(what, value=text, fix=fix)
        out[name.strip().lower().replace(" ", "_")] = {k: v.strip() for k, v in tests.items()}
    return out


def machines_of(told: Request, given: list[Input]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Readings of every county, and of every precinct where listed, before any vote is read."""
    made = make.read([i for i in given if i.holds == "equipment"], told.year)
    if "county_equipment" in made.frames:
        return made.frames["county_equipment"], made.frames.get("precinct_equipment")
    own = tables.load("county_equipment")
    years = sorted(int(y) for y in own["year"].unique())
    if told.year not in years:
        fix = f"Give a file: --equipment FILE (data/ has {', '.join(map(str, years))})."
        raise InputError(f"there is no equipment of {told.year}", fix=fix)
    own = own[(own["year"] == told.year) & (own["version"] == "corrected")]
    # A reading that no county of the states in question has is one of other states' lists.
    here = own if told.focus == NATION else own[own["state"].isin(told.states)]
    return own[own["reading"].isin(here["reading"].unique())], None


def _shown(path: Path) -> str:
    full = path.resolve()
    try:
        return full.relative_to(paths.ROOT.resolve()).as_posix()
    except ValueError:
        return full.as_posix()
