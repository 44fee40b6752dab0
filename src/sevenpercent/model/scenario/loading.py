"""Scenario files read and checked, one message for the first fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sevenpercent import paths, strict
from sevenpercent.data import tables
from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError, demand
from sevenpercent.model.scenario import chapters
from sevenpercent.model.scenario.parts import NATION_WIDE
from sevenpercent.model.scenario.settings import apply
from sevenpercent.model.scenario.whole import DEFAULT, Scenario
from sevenpercent.model.terms import PRINTED
from sevenpercent.model.words import and_list


def find(name: str | Path) -> Path:
    """Path of a scenario given by name or by file.

    Raises InputError: when there is none, with the nearest name.
    """
    return find_in(paths.SCENARIOS, name, "scenario")


def find_in(folder: Path, name: str | Path, what: str) -> Path:
    """Path of a YAML file given by its name in a folder, or by its path.

    `folder`: where names are looked for; `name`: something that ends in ``.yml`` or ``.yaml`` is a
    path; `what`: the kind of file, as a sentence names it. Raises InputError: when there is none,
    with the nearest name.
    """
    path = Path(name)
    if path.suffix in {".yml", ".yaml"}:
        if path.is_file():
            return path
        raise InputError(f"no such {what} file", file=path, fix="Check the path.")
    path = folder / f"{name}.yml"
    demand(str(name), [p.stem for p in folder.glob("*.yml") if p.is_file()], f"unknown {what}")
    return path


def load(name: str | Path = DEFAULT, overrides: Mapping[str, object] | None = None) -> Scenario:
    """Read and check a scenario.

    `name`: name under ``scenarios/`` or a path to a YAML file; `overrides`: dotted key to new
    value, as ``--set`` gives them; text is read as YAML. Raises InputError: unknown key, wrong
    type, unknown name: one message for the first fault.
    """
    path = find(name)
    body = strict.read_yaml(path)
    settings = {key: _parsed(key, value) for key, value in (overrides or {}).items()}
    if settings:
        body = model(body, path).model_dump(mode="json")
        before, new = list(body["states"]), apply(body, settings)
        body["changed"] = list(dict.fromkeys([*body["changed"], *new]))
        if "states" in new and "subtitle" not in new:
            return _of_states(_named_so(check(body, path), path), before)
    return _named_so(check(body, path), path)


def _named_so(scenario: Scenario, path: Path) -> Scenario:
    """Refuse a book that would be written over another: its folders are called as its file is."""
    name = path.stem
    if path.parent.resolve() == paths.SCENARIOS.resolve() and scenario.id != name:
        fix = f"Set it to {name}, or rename the file."
        raise InputError(
            "a book has the name of its file", file=path, column="id", value=scenario.id, fix=fix
        )
    if scenario.inputs and str(scenario.tables.folder) != f"data/{scenario.id}":
        fix = f"Set it to data/{scenario.id}."
        problem = "what is read from a book's files is written to the folder of its name"
        raise InputError(
            problem, file=path, column="tables.folder", value=str(scenario.tables.folder), fix=fix
        )
    return scenario


def _of_states(scenario: Scenario, before: list[str]) -> Scenario:
    """Let the subtitle name the states that are set, where it named those of the file."""
    names = tables.load("states").set_index("state")["name"]
    old, new = (and_list(names[code] for code in some) for some in (before, scenario.states))
    return scenario.model_copy(update={"subtitle": scenario.subtitle.replace(old, new)})


def model(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario` whose parts fit each other, tables not looked at."""
    return strict.validated(Scenario, body, file)


def check(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario`, or say what is wrong with it."""
    scenario = model(body, file)
    at_hand = tables.loader(scenario.tables.folder)
    electors = at_hand(scenario.tables.states).set_index("state")
    states = electors["fips"]
    known = set(states.index)
    for key in ("states", "flips"):
        for state in getattr(scenario, key):
            demand(state, known, "unknown state", file=file, column=key)
    for key in ("units", "municipalities"):
        name = getattr(scenario.tables, key)
        if name and states.get(scenario.focus) not in set(at_hand(name)["fips"].str[:2].unique()):
            where = {"file": file, "column": f"tables.{key}", "value": name}
            other = "or change claim.state with --set, which does so."
            fix = f"Leave out tables.{key} and what rests on it, {other}"
            raise InputError("this table is of another place than the claim", fix=fix, **where)
    years = {int(y) for y in at_hand(scenario.tables.votes)["year"].unique()}
    named = {key: getattr(scenario, key) for key in ("year", "prior_year", "prior_years")}
    named["sensitivity.again"] = scenario.sensitivity.again
    if scenario.designs is not None:
        named["designs.counties.placebos"] = scenario.designs.counties.placebos
    for key, value in named.items():
        for year in value if isinstance(value, list) else [value]:
            if year not in years:
                problem = "no county votes for this year"
                fix = f"Years at hand: {', '.join(str(y) for y in sorted(years))}."
                raise InputError(problem, file=file, column=key, value=year, fix=fix)
    _listed(scenario, file)
    possible(scenario, at_hand, file)
    if scenario.nation:
        _nationwide(scenario, file)
    every = chapters.names()
    for key in ("chapters", "without"):
        for chapter in getattr(scenario, key):
            demand(chapter, every, "unknown chapter", file=file, column=key)
    asked = scenario.chapters or [c for c in every if c not in scenario.without]
    scenario = scenario.model_copy(update={"chapters": asked})
    out = chapters.lacking(scenario)
    if "electoral" in asked and "electoral" not in out:
        _whole_electors(scenario, electors, file)
    kept = [c for c in asked if c not in out]
    return scenario.model_copy(update={"chapters": kept, "left_out": {**scenario.left_out, **out}})


def _whole_electors(scenario: Scenario, states: pd.DataFrame, file: Path | None) -> None:
    """Refuse a state in question whose electors both sides had: it cannot go whole to either."""
    for state in scenario.flips:
        if states.loc[state, ["ev_dem", "ev_rep"]].max() < states.loc[state, "ev"]:
            what = "this state divided its electoral votes, so it cannot go whole to either side"
            raise InputError(what, file=file, column="flips", value=state, fix="Leave it out.")


def _listed(scenario: Scenario, file: Path | None) -> None:
    """Refuse what the list of machines does not have."""
    machines = tables.loader(scenario.tables.folder)(scenario.tables.equipment)
    years, dose = machines["year"].unique(), scenario.sensitivity.dose
    if dose and machines.loc[machines["reading"] == dose, "value"].isin([0, 1]).all():
        problem = "this is a yes or no, and no share of each county's ballots"
        fix = "Name a share, or set it to null."
        raise InputError(problem, file=file, column="sensitivity.dose", value=dose, fix=fix)
    if len(years) and scenario.year not in years:
        problem = "no list of machines for this year"
        fix = f"Years at hand: {', '.join(str(y) for y in sorted(years))}."
        raise InputError(problem, file=file, column="year", value=scenario.year, fix=fix)
    if scenario.treatment.version == "printed":
        readings = {"treatment.primary": scenario.treatment.primary}
        if scenario.designs is not None:
            readings["designs.counties.treatment"] = scenario.designs.counties.treatment
        for key, reading in readings.items():
            if reading.endswith(PRINTED):
                problem = "with treatment.version printed this list is the list itself"
                fix = f"Name {reading.removesuffix(PRINTED)}, or leave treatment.version as it is."
                raise InputError(problem, file=file, column=key, value=reading, fix=fix)


def _nationwide(scenario: Scenario, file: Path | None) -> None:
    """Refuse a nation of a few states."""
    at_hand = tables.loader(scenario.tables.folder)
    wanted = [at_hand(name) for name in (scenario.tables.votes, scenario.tables.equipment)]
    both = set.intersection(
        *(set(t.loc[t["year"] == scenario.year, "state"].unique()) for t in wanted)
    )
    if both and len(both) < NATION_WIDE:
        few = f"{len(both)} of the states, too few to speak of the nation"
        problem = f"votes and machines of {scenario.year} are of {few}"
        fix = "Set it to false."
        raise InputError(problem, file=file, column="nation", value=True, fix=fix)


def possible(scenario: Scenario, at_hand: Load, file: Path | None = None) -> None:
    """Refuse claimed votes that the side they are said to have gone to does not have where the machines are.

    `at_hand`: the book's tables by name.
    """
    claim, machines = scenario.claim, chapters.listed(scenario, at_hand).set_index("fips")["value"]
    asked = {key: getattr(claim, key) for key in ("votes", "votes_most")}
    if not any(asked.values()) or not machines.any():
        return
    votes = at_hand(scenario.tables.votes)
    favoured = scenario.parties.favoured.party
    own = votes[votes["year"] == scenario.year].groupby("fips")[favoured].max()
    there = float((own * machines).sum())
    for key, most in asked.items():
        if most and most > there:
            votes_there = f"{there:,.0f} votes that were counted where the machines are"
            problem = f"no more than the {votes_there} can have been moved"
            column, fix = f"claim.{key}", "Name fewer."
            raise InputError(problem, file=file, column=column, value=most, fix=fix)


def _parsed(dotted: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return strict.parsed(value)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError):
        raise InputError(
            "value is not valid YAML", column=dotted, value=value, fix="Quote it."
        ) from None
