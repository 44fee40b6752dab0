"""What each chapter declares in its header, and which chapters a book can have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent import paths, strict
from sevenpercent.data import tables
from sevenpercent.errors import InputError, demand
from sevenpercent.model.scenario.parts import NATION, Below
from sevenpercent.model.scenario.settings import MOVING, touched
from sevenpercent.model.scenario.whole import Scenario, put
from sevenpercent.model.terms import PRINTED

EVERY = "*"
"""Stands for all tables in a header."""

OPENED = re.compile(r"""\bopen_study\(\s*["']([^"']*)["']""")
"""Chapters that a notebook opens by name."""


class Header(strict.Strict):
    """What stands under ``sevenpercent`` at the top of a chapter.

    `needs`: chapters whose numbers it cites. `tables`: those that it reads whatever the scenario
    says; those that the scenario names are always counted as read. `files`: other files that it
    reads: patterns below the root of the project. `parameters`: its papermill parameters, and the
    scenario key that each one sets. `requires`: what a book must have for it: keys of the scenario
    that must not be null, files of the scenario's folder that must exist; and what is said where
    they are missing. `follows`: keys of the scenario that what it is about rests on: with another
    value in a run there is no such chapter. `compares`: whether it sets places with the machines
    beside places without them. `one_state`: whether it asks about the counties of one state, and has
    no answer for the country. `long`: whether it takes much longer than the others, and so starts
    before them.
    """

    needs: list[str] = []
    tables: list[str] = []
    files: list[Below] = []
    parameters: dict[str, str] = {}
    requires: dict[str, str] = {}
    follows: list[str] = []
    compares: bool = False
    one_state: bool = False
    long: bool = False


def names() -> list[str]:
    """Every chapter of the project."""
    return sorted(p.stem for p in paths.CHAPTERS.glob("*.md"))


def source(name: str) -> Path:
    """File of a chapter; InputError with the nearest name where there is none."""
    path = paths.CHAPTERS / f"{name}.md"
    if not path.is_file():
        demand(name, names(), "unknown chapter")
    return path


def read(name: str) -> Header:
    """What a chapter declares.

    Raises InputError: no such chapter, no header, or one that is wrong: with file and key.
    """
    path = source(name)
    at = path.stat()
    return _read(path, at.st_mtime_ns, at.st_size)


@lru_cache(maxsize=64)
def _read(path: Path, changed: int, size: int) -> Header:
    body = strict.read_any(path, _top)
    told = (body.get("sevenpercent") if isinstance(body, dict) else None) or {}
    header = strict.validated(Header, told, path, "header")
    for key in (*header.parameters.values(), *header.requires, *header.follows):
        try:
            if not key.endswith(".yml"):
                put({}, key, None)
        except InputError as e:
            raise InputError(e.problem, file=path, value=e.value, fix=e.fix) from None
    for table in {*header.tables} - {EVERY}:
        demand(table, tables.describe(), "no such table in the header", file=path)
    for opened in OPENED.findall(path.read_text(encoding="utf-8")):
        if opened != path.stem:
            problem = "a chapter opens its study under its own name"
            fix = f'Write open_study("{path.stem}", ...).'
            raise InputError(problem, file=path, value=opened, fix=fix)
    return header


def _top(text: str) -> str:
    """The lines between a notebook's two lines of dashes, each where it stands in the file."""
    first, *lines = text.splitlines() or [""]
    if first.strip() != "---" or "---" not in lines:
        raise InputError("the chapter has no header", row=1, fix="Start it with jupytext's YAML.")
    return "\n".join(["", *lines[: lines.index("---")]])


def needs(chapter: str, s: Scenario) -> list[str]:
    """Chapters whose numbers a chapter cites, as far as this book has them."""
    return [name for name in read(chapter).needs if name in s.chapters]


def tables_of(chapter: str) -> set[str]:
    """Tables that a chapter declares; all that are described where it says so."""
    declared = set(read(chapter).tables)
    return set(tables.describe()) if EVERY in declared else declared


FEWEST = 2
"""Places that must be on either side of a comparison."""

LEFT = 3
"""Degrees of freedom that a comparison of counties must leave."""


def listed(scenario: Scenario, at_hand: tables.Load | None = None) -> pd.DataFrame:
    """Rows of the list of machines by the leading definition, in the place of the claim.

    `at_hand`: the book's tables by name, where they are not those of its folder.
    """
    equipment = (at_hand or tables.loader(scenario.tables.folder))(scenario.tables.equipment)
    treatment = scenario.treatment
    # A list that was corrected is at hand as printed too.
    reading = treatment.primary.removesuffix(PRINTED)
    version = treatment.version if reading == treatment.primary else "printed"
    own = equipment[
        (equipment["year"] == scenario.year)
        & (equipment["version"] == version)
        & (equipment["reading"] == reading)
    ]
    return own if scenario.focus == NATION else own[own["state"] == scenario.focus]


def untestable(scenario: Scenario) -> str:
    """Why the claim cannot be tested in its place; empty when it can."""
    treatment, own = scenario.treatment, listed(scenario)
    values = own["value"].dropna()
    if values.empty:
        return "no list says which counties there have the machines"
    if scenario.tables.folder and (why := _incomparable(scenario, set(own["fips"]))):
        return why
    held = 0 if scenario.designs is None else len(scenario.designs.counties.controls)
    if scenario.focus != NATION and len(values) < held + 2 + LEFT:
        return f"its {len(values)} counties are too few to hold {held} things constant"
    if min((values > values.min()).sum(), (values < values.max()).sum()) >= FEWEST:
        return ""
    if values.min() != values.max():
        return "fewer than two counties there have the machines, or fewer than two lack them"
    counties = "no county" if values.max() <= 0 else "every county"
    if treatment.several or len(treatment.readings) == 1:
        return f"{counties} there has the machines"
    label = treatment.readings[treatment.primary].label
    return f"by “{label}”, {counties} there counts as {treatment.said('adjective')}"


def _incomparable(scenario: Scenario, listed: set[str]) -> str:
    """Why places with machines in the list cannot be compared with one another; or empty."""
    load = tables.loader(scenario.tables.folder)
    votes = load(scenario.tables.votes)
    if scenario.focus != NATION:
        votes = votes[votes["state"] == scenario.focus]
    now, before = (
        set(votes.loc[votes["year"] == y, "fips"]) for y in (scenario.year, scenario.prior_year)
    )
    if not now & listed:
        return "the votes and the list of machines are not of the same places"
    if len(now & listed) < 2 * FEWEST:
        return f"fewer than {2 * FEWEST} places there have both votes and a list of machines"
    if len(now & before & listed) < 2 * FEWEST:
        return f"the votes of {scenario.prior_year} are not of the same places"
    people = load(scenario.tables.demographics)
    known = people.dropna(subset=[n for n in scenario.controls[scenario.held] if n in people])
    if len(now & before & listed & set(known["fips"])) < 2 * FEWEST:
        return "there are no census figures for those places"
    return ""


def _unpolled(scenario: Scenario, table: str) -> str:
    """Why the polls of a table cannot be compared with the result; empty when they can."""
    polls, rule = tables.loader(scenario.tables.folder)(table), scenario.polls
    own = polls[(polls["year"] == scenario.year) & polls["days"].between(0, rule.window)]
    of = own[own["state"] != NATION].groupby("state")["family"].agg(["size", "nunique"])
    if ((of["size"] >= rule.minimum) & (of["nunique"] > 1)).sum() > 1:
        return ""
    days = "day" if rule.window == 1 else f"{rule.window} days"
    return f"fewer than two states have {rule.minimum} polls of the last {days} before the election"


def lacking(scenario: Scenario) -> dict[str, str]:
    """Chapters of a scenario that it has no data for, each with the reason."""
    why_not = untestable(scenario)
    out = {c: why_not for c in scenario.chapters if why_not and read(c).compares}
    return out | {c: why for c in scenario.chapters if (why := _unmet(scenario, c))}


def _unmet(scenario: Scenario, chapter: str) -> str:
    """What a book does not have that a chapter needs; empty when it has everything."""
    if scenario.focus == NATION and read(chapter).one_state:
        return "the claim is about the country, and this page asks about the counties of one state"
    for need, why in read(chapter).requires.items():
        there: Any = scenario
        if need.endswith(".yml"):
            there = (paths.SCENARIOS / scenario.id / need).is_file() or None
        else:
            for part in need.split("."):
                there = getattr(there, part, None)
        if there is None and need == "designs" and scenario.prior_office:
            return f"no file has an earlier election for {scenario.office}, so no change can be compared"
        if need in scenario.behind and (other := touched(MOVING, scenario.changed)):
            return f"the tables for that are of the place and the years that the file names (changed: {', '.join(other)})"
        if there is None:
            return why
        if need == "tables.polls" and (few := _unpolled(scenario, there)):
            return few
    if other := touched(read(chapter).follows, scenario.changed):
        return f"what it is about was written for other settings ({', '.join(other)})"
    return ""


def require_chapter(scenario: Scenario, chapter: str) -> None:
    """Refuse a chapter that a book has no data for.

    Raises InputError: with what the book lacks.
    """
    if why := scenario.left_out.get(chapter) or _unmet(scenario, chapter):
        raise InputError(f"{scenario.id} has no such chapter: {why}", value=chapter)


def parameters(chapter: str, given: Mapping[str, object]) -> dict[str, object]:
    """Scenario overrides for a chapter's papermill parameters; empty ones are left as declared.

    Raises InputError: unknown chapter or parameter, with the nearest name.
    """
    known = read(chapter).parameters
    for name in given:
        demand(name, known, f"unknown parameter of chapter {chapter!r}")
    return {known[name]: value for name, value in given.items() if value not in ("", None)}
