"""What may be adjusted for, census figures and columns of one's own: declared, read, dated, looked over."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.data import tables
from sevenpercent.data.inputs import COUNTY, OWN, Input
from sevenpercent.data.readers import formats, lines, votes
from sevenpercent.data.rules.base import Finding
from sevenpercent.data.rules.places import Places, clean_code
from sevenpercent.data.rules.votes import TOTAL_NAMES
from sevenpercent.errors import InputError, demand
from sevenpercent.escape import printable
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.terms import COVARIATES
from sevenpercent.model.words import and_list
from sevenpercent.own import equipment, findings
from sevenpercent.own.findings import said, suspect
from sevenpercent.own.request import Request

TABLE = "county_demographics"
AMOUNTS = ("population", "income", "land_km2", "density")
"""Census figures that are no shares."""

_COMMA = re.compile(r"^(-?\d+),(\d{1,2})$")


def asked(controls: str, headers: Collection[str] = ()) -> dict[str, str]:
    """Columns of ``--controls``, and the words that a sentence has for each.

    `headers` of the files: one that holds a comma or ``=`` is taken whole.

    Examples
    --------
    >>> asked("median_income, hisp_pct=Hispanic residents")
    {'median_income': 'median income', 'hisp_pct': 'Hispanic residents'}
    >>> asked("x=1=the first, y", ["x=1", "y"])
    {'x=1': 'the first', 'y': 'y'}
    """
    whole = sorted((h for h in headers if {",", "="} & set(h)), key=len, reverse=True)
    one = "|".join([*map(re.escape, whole), "[^,=]+"])
    out = {}
    for column, words in re.findall(rf"\s*({one})\s*(?:=([^,]*))?(?:,|$)", controls):
        if column.strip():
            out[column.strip()] = words.strip() or worded(column.strip())
    return out


def worded(column: str) -> str:
    """A header as a sentence has it."""
    return re.sub(r"[_\s]+", " ", printable(column)).strip()[:80] or "a column"


def names() -> dict[str, list[str]]:
    """Census figures, each with the names that it goes under."""
    known = formats.by_id("tidy_demographics").columns
    return {n: known[n] for n in known if n not in COUNTY}


# --- declared by a new book ---------------------------------------------------------------------


def declared(told: Request, inputs: Sequence[Input]) -> tuple[list[str], dict[str, Any]]:
    """Names of the controls that were asked for, and what a scenario says of each own column.

    Raises InputError: a column that no file has, with the nearest.
    """
    controls = asked(told.controls, headers(told.every) if told.controls else ())
    words = {lines.letters(c): w for c, w in controls.items()}
    found: dict[str, str] = {}
    covariates: dict[str, Any] = {}
    for given in inputs:
        if given.holds != "demographics":
            continue
        columns, texts = formats.texts(given, given.path)
        for name, theirs in columns.items():
            if lines.letters(theirs) in words and name not in COUNTY:
                found.setdefault(lines.letters(theirs), name)
            if name.startswith(OWN):
                said = words.get(lines.letters(theirs), worded(theirs))
                year = told.census_year or max(formats.years_in(given.path.name), default=0)
                covariates[name] = _covariate(said, theirs, texts[theirs], year)
    unknown = "no file that is read column by column has this column"
    for column in controls:
        if lines.letters(column) not in found:
            demand(column, headers(told.every) - {column}, unknown, column="--controls")
    return list(dict.fromkeys(found[c] for c in words)), covariates


def _covariate(words: str, column: str, texts: pd.Series[str], year: int) -> dict[str, Any]:
    last = max(formats.years_in(column), default=year)
    unit = "percent" if equipment.is_percent(column) or texts.str.contains("%").any() else ""
    unit = unit or ("dollars" if texts.str.contains("$", regex=False).any() else "")
    made = {"words": words, "unit": unit, "year": last}
    return {k: v for k, v in made.items() if v}


def declare(body: dict[str, Any], told: Request, inputs: Sequence[Input]) -> dict[str, Any]:
    """A scenario with controls of one's own: a set of them, P1, a neighbour without, the grid."""
    names, covariates = declared(told, inputs)
    design, held = body["designs"]["counties"], body["controls"][body["held"]]
    if new := [n for n in names if n not in design["controls"]]:
        words = {
            n: covariates[n]["words"] if n in covariates else COVARIATES[n].about for n in names
        }
        design["neighbours"]["without_own"] = {
            "label": f"not adjusting for {and_list([words[n] for n in new])}",
            "controls": list(design["controls"]),
        }
        design["controls"] = [*design["controls"], *new]
        body["controls"]["own"] = [*held, *(n for n in new if n not in held)]
        grid = body["multiverse"]
        within = {c for some in (*grid["race"], *grid["education"], grid["more"]) for c in some}
        grid["more"] += [n for n in new if n not in within]
        every = and_list(["race", "education", *(words[n] for n in new)])
        body["models"] += [
            {**m, "id": m["id"].removesuffix("-held") + "-own", "controls": "own",
             "who": "And the controls given", "says": f"{m['says'].partition(', adjusting')[0]}, adjusting for {every}"}
            for m in body["models"] if m["controls"] == body["held"]
        ]  # fmt: skip
    out: dict[str, Any] = {}
    for key, value in body.items():
        if key == "controls" and covariates:
            out["covariates"] = covariates
        out[key] = value
    return out


# --- read -----------------------------------------------------------------------------------------


def headers(files: Iterable[Path]) -> set[str]:
    """Every column of the files, as it is headed."""
    out: set[str] = set()
    for path in set(files):
        with suppress(InputError), lines.opened(path, formats.header_names()) as file:
            out |= set(file.columns)
    return out


def read(
    path: Path, given: Input, source: str, known: Places, postal: Mapping[str, str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """Figures of a file by county, shares as fractions, columns of one's own as they are printed.

    Returns ``fips`` and the columns that the file has; then what is odd: lines of no county, cells
    that are no number, counties without a value.
    """
    columns, raw = formats.texts(given, path)
    blank = pd.Series("", index=raw.index)
    printed = pd.DataFrame({n: raw[columns[n]] if n in columns else blank for n in COUNTY})
    state = printed["state"].map(lambda t: votes.postal_of(t, postal) or given.state or "")
    code = printed["fips"].map(clean_code)
    fips = known.coded(code, state, printed["county"])
    out = pd.DataFrame({"fips": fips, "row": raw.index}, index=raw.index)
    own = {n: c for n, c in columns.items() if n.startswith(OWN)}
    percent = formats.form_of(given, path).percent
    odd = []
    for name, theirs in columns.items():
        if name in COUNTY:
            continue
        bare = raw[theirs].str.replace(r"[$%\s]", "", regex=True)
        values = votes.number(bare.str.replace(_COMMA, r"\1.\2", regex=True))
        told = {"source": source, "column": theirs}
        spoilt = raw.loc[values.isna() & (bare != ""), theirs]
        odd += [said("no_number", i, value=text[:60], **told) for i, text in spoilt.items()]
        named = percent or equipment.is_percent(theirs) or raw[theirs].str.contains("%").any()
        whole = named or values.max() > 1.5
        if name not in (*AMOUNTS, *own) and not named:
            _one_unit(values, path, theirs)
        if name not in AMOUNTS and name not in own:
            values = values / 100 if whole else values
        out[name] = values
    there = out["fips"].isin(known.listed or known.name)
    for i in out.index[~there & ~printed["county"].map(lambda n: bool(TOTAL_NAMES.match(n)))]:
        line = {"source": source, "row": i, "state": state[i], "year": "",
                "county": printed.loc[i, "county"], "fips_printed": printed.loc[i, "fips"]}  # fmt: skip
        odd.append(replace(findings.unmatched(line, known), severity="warning", table=TABLE))
    out = out[there]
    _one_line(out, path, printed)
    out = out.drop_duplicates("fips")
    return out.drop(columns="row"), odd + _without(out, own, source, known)


FEW, APART = 0.2, 10
"""Share of a column of shares below which those that can only be percent are slips of a few lines, and
how many times the largest share the least of them is."""


def _one_unit(values: pd.Series[float], path: Path, column: str) -> None:
    """Refuse a column in which a few cells are percent, and the others shares."""
    odd, rest = values[values > 1.5], values[values <= 1.5]
    few = 0 < len(odd) < FEW * values.notna().sum()
    if few and rest.max() <= 1 and odd.min() > APART * rest.max():  # small percentages have no gap
        row, what = odd.index[0], "a few cells are percent, and the others shares"
        fix = "Write all of them as shares; or, if all are percent, name the column so (pct_...)."
        raise InputError(
            what, file=path, row=int(row), column=column, value=f"{odd[row]:g}", fix=fix
        )


def _one_line(rows: pd.DataFrame, path: Path, printed: pd.DataFrame) -> None:
    """Refuse a county that stands twice with other figures: of two years, or a slip."""
    apart = rows.drop(columns="row").drop_duplicates()
    again = apart.index[apart["fips"].duplicated()]
    if len(again):
        at = again[0]
        where = {"row": int(at), "value": printed.loc[at, "county"] or printed.loc[at, "fips"]}
        fix = "Keep one line a county, of one year."
        raise InputError("a county stands twice with other figures", file=path, fix=fix, **where)


def _without(
    rows: pd.DataFrame, own: Mapping[str, str], source: str, known: Places
) -> list[Finding]:
    """Counties that have no value in a column of one's own, or no line."""
    out = []
    for name, theirs in own.items():
        told = {"key": theirs, "column": theirs, "source": source, "what": "value"}
        for fips, row in rows.loc[rows[name].isna(), ["fips", "row"]].itertuples(index=False):
            out.append(said("no_value", row, place=known.label(fips), **told))
    states = {known.state.get(f) for f in rows["fips"]}
    lost = sorted(
        c for c in known.listed if known.state.get(c) in states and c not in set(rows["fips"])
    )
    told = {"column": ", ".join(own.values()), "source": source, "what": "line"}
    return out + [said("no_value", key=c, place=known.label(c), **told) for c in lost if own]


def filled(
    read_: Sequence[pd.DataFrame], sources: Sequence[str]
) -> tuple[pd.DataFrame, list[Finding]]:
    """The table of census figures: those of the files, and what they do not have from ``data/``."""
    out = tables.load(TABLE).set_index("fips")
    ours = [c for c in out if c not in COUNTY]
    had: set[str] = set()
    for frame in read_:
        figures = frame.set_index("fips")
        figures = figures[figures.index.isin(out.index)]
        if "not_college" in figures:
            figures["college"] = 1 - figures.pop("not_college")
        if "nonwhite" not in figures and "white_nh" in figures:
            figures["nonwhite"] = 1 - figures["white_nh"]
        if "density" not in figures and "population" in figures:
            figures["density"] = figures["population"] / out["land_km2"]
        for name in figures:
            before = out.get(name, pd.Series(index=out.index, dtype=float))
            column = before.astype(float)
            column[figures.index] = figures[name]
            whole = pd.api.types.is_integer_dtype(before.dtype)
            out[name] = column.round().astype("Int64") if whole else column
        had |= set(figures.columns)
    lacking = ", ".join(str(n) for n in ours if n not in had)
    told = {"column": lacking, "census": census_of_ours()[1]}
    note = said("lacking", key=", ".join(sources), source=", ".join(sources), **told)
    return out.reset_index(), [note] if lacking else []


# --- of which year --------------------------------------------------------------------------------


def census_of_ours() -> tuple[int, str]:
    """Last year of the census figures in ``data/``, and their title."""
    title = str(tables.describe()[TABLE]["title"]).partition(", ")[2]
    return max(int(y) for y in re.findall(r"\d{4}", title)), title


def vintages(chosen: Scenario) -> list[tuple[str, int]]:
    """What is adjusted for, by file or words, and its last year, 0 where nobody said it."""
    return [(name, year) for name, year, *_ in _dates(chosen)]


def _dates(chosen: Scenario) -> list[tuple[str, int, str, str]]:
    """The same with the file, and the column of one's own; empty for census figures."""
    year, title = census_of_ours()
    given = [(i.path.name, i.year or 0, i.path.name, "") for i in chosen.inputs if i.census]
    files = {n: (i.path.name, c) for i in chosen.inputs for n, c in i.columns.items()}
    own = [
        (c.words, c.year or 0, *files.get(n, (f"{chosen.id}.yml", n)))
        for n, c in chosen.covariates.items()
    ]
    return [*(given or [(title, year, title, "")]), *own]


def dated(chosen: Scenario) -> list[Finding]:
    """Figures that are newer than the election, or of a year that nobody said."""
    out = []
    for name, year, source, column in _dates(chosen):
        if year and year <= chosen.year:
            continue
        told = {"source": source, "column": column or "year", "key": name, "election": chosen.year}
        if year:
            what = f"The column “{name}” is" if column else "The census figures are"
            since = "it may have changed since" if column else "people may have moved since"
            out.append(said("newer", value=year, what=what, since=since, **told))
        else:
            what = f"the column “{name}”" if column else "the census figures"
            where = "--census-year, or `year` of that file in the scenario"
            where = "`covariates` of the scenario" if column else where
            out.append(said("undated", what=what, where=where, **told))
    return out


def named(chosen: Scenario) -> list[Finding]:
    """Columns of one's own files whose header, or whose words, somebody should look at."""
    out = []
    for given in chosen.inputs:
        for name, theirs in given.columns.items():
            own = chosen.covariates.get(name)
            for text in dict.fromkeys((theirs, own.words if own else theirs)):
                told = {"source": given.path.name, "column": theirs[:60], "key": text[:40]}
                for what in suspect(text):
                    made = said("odd_name", row=1, value=text[:60], what=what, **told)
                    out.append(replace(made, table=TABLE))
    return out


def apart(chosen: Scenario, frame: pd.DataFrame) -> list[Finding]:
    """Sets of controls that cannot be told apart among the counties: a constant, or a sum of others."""
    files = {n: (i.path.name, c) for i in chosen.inputs for n, c in i.columns.items()}
    sets = {f"controls.{n}": list(c) for n, c in chosen.controls.items()}
    if chosen.designs is not None:
        sets["designs.counties"] = list(chosen.designs.counties.controls)
    out: dict[str, Finding] = {}
    for where, columns in sets.items():
        missing = [c for c in columns if c not in frame]
        rows = frame[[c for c in columns if c in frame]].dropna().astype(float)
        for i, name in enumerate(missing or rows.columns):
            source, column = files.get(name, (f"{chosen.id}.yml", name))
            before = rows.iloc[:, :i]
            what = ""
            if name in missing:
                what = "No file has this column"
                fix = "Name its column under `inputs`, or take it out."
            elif len(rows) and rows[name].nunique() == 1:
                what = f"The column is {rows[name].iloc[0]:g} in every county of {chosen.focus}"
                fix = f"Take it out of {where}: it sets no counties apart."
            elif len(rows) > len(columns) + 1 and _determined(before, rows[name]):
                others = and_list([files.get(str(c), ("", str(c)))[1] for c in before])
                what = f"The column follows from {others} in every county of {chosen.focus}"
                fix = f"Take one of them out of {where}."
            if what:
                told = {"source": source, "column": column, "key": where, "fix": fix}
                out.setdefault(name, said("collinear", message=what, **told))
    return list(out.values())


def _determined(others: pd.DataFrame, column: pd.Series[float]) -> bool:
    """Whether a column is a weighted sum of others and a constant."""
    x = np.column_stack(
        [np.ones(len(column)), *(others[c] / others[c].abs().max() for c in others)]
    )
    y = (column - column.mean()).to_numpy(float)
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return bool(left @ left <= ROUNDING * (y @ y))


ROUNDING = 1e-12
"""Part of a column's squares below which what is left of it is rounding."""
