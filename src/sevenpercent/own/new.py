"""Write the scenario of a new book: what it is about, what is asked of it, and its files.

Designs, sizes and controls are written, and their checksum taken, before any vote is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from pathlib import Path

import pandas as pd

from sevenpercent import folders, paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError, demand
from sevenpercent.model import frames, scenario
from sevenpercent.model.scenario import NATION, Scenario
from sevenpercent.model.words import count
from sevenpercent.own import (
    answers,
    claims,
    covariates,
    draft,
    equipment,
    make,
    offices,
    precincts,
    sized,
    specification,
)
from sevenpercent.own.request import Request

COLUMNS = ("controls", "model", "nearest")
"""What names columns of a file, whose odd letters `check` finds."""

YEARS = 1776, 2100
"""Between these lies a year that can be meant."""


LONGEST = 60
"""Letters of a book's name at most: it is the name of files and folders."""

RESERVED = ("chapters", "data", "recipe", "scenarios", "sweeps")
"""Names that mean something else to the commands, or are folders of the project."""


def create(
    told: Request,
    ask: Callable[[str], str] | None = None,
    force: bool = False,
    show: Callable[[str], None] = lambda line: None,
) -> Path:
    """Write ``scenarios/NAME.yml`` and ``data/NAME/``; both or neither. Returns the scenario's file.

    Raises InputError: something needed is missing, or a file cannot be read. Nothing is written
    then.

    `told`: options of the command; `ask`, `show`: as in :class:`Request`; `force`: replace a
    scenario of that name.
    """
    told.ask, told.show = ask, show
    told.office = "" if offices.president(told.office) else told.office
    _complete(told)
    target = paths.SCENARIOS / f"{told.name}.yml"
    _free(target, force)
    inputs = answers.inputs(told)
    surveys = [precincts.survey(i) for i in inputs if i.holds == "votes"]
    prior_office = offices.earlier(told, {y for s in surveys for y in s.years})
    equipped, by_precinct = answers.machines_of(told, inputs)
    _machines_there(told, equipped, [i.path for i in inputs if i.holds == "equipment"])
    _named_by_label(told, draft.order(told, equipped)[0])
    _readings_there(told, equipped)
    states = told.states or ([] if told.focus == NATION else [told.focus])
    states = states or _evenest(equipped)
    body = draft.body(told, inputs, states, equipped)
    body = covariates.declare(body, told, inputs)
    draft.declare_precincts(body, told, surveys, by_precinct)
    if prior_office and not told.claimed:
        raise InputError(
            f"votes are claimed, and no earlier election of {body['office']} is at hand to compare with",
            column="--claimed-votes",
            value=told.claimed_votes,
            fix="Give a file that has one, or the size of the difference: --claimed N.",
        )
    if prior_office:
        body["prior_office"] = prior_office
        offices.without_change(body)
        body["headline"] = list(claims.HEADLINE[:1])
    declared = scenario.model(body).declaration
    body["declared"] = declared
    chosen = scenario.model(body)
    made = make.make(chosen)  # only now is any vote looked at
    votes = made.frames.get("county_votes", tables.load("county_votes"))
    _years_there(votes, chosen, told, made.frames.get("county_votes_printed"))
    wide = votes[votes["year"] == told.year].groupby("state").size()
    covered = set(wide.index) & set(equipped["state"])
    body["nation"] = len(covered) >= scenario.NATION_WIDE
    if told.focus == NATION and not body["nation"]:
        raise InputError(
            f"the claim is about the nation, but only {count(len(covered), 'state has', 'states have')} votes and machines",
            fix="Say which state it is about: --focus STATE.",
        )
    chosen = scenario.model(body)
    scenario.possible(chosen, lambda name: made.frames.get(name, tables.load(name)))
    text, statements = draft.text(body), claims.text(chosen, told.reported)
    figures = specification.text(body, told, inputs)
    with folders.held(paths.SCENARIOS):  # another may have made one of this name meanwhile
        _free(target, force)
        make.save(made, chosen)
        claims_file = paths.ROOT / str(chosen.claims)
        folders.replace(claims_file, statements)
        if figures:
            folders.replace(claims_file.with_name(specification.FILE), figures)
        folders.replace(target, text)
    scenario.load(target)
    return target


def _free(target: Path, force: bool) -> None:
    if target.exists() and not force:
        raise InputError(
            "a scenario of this name exists", file=target, fix="Choose another, or add --force."
        )


def machines_seen(path: Path) -> list[str]:
    """Each value of the tables of machines of a scenario with the definition it becomes.

    Then of which year the census figures are.
    """
    chosen = scenario.load(path)
    lists = [one for one in chosen.inputs if one.holds == "equipment"]
    out = [line for one in lists for line in equipment.seen(one.path, one)]
    out += _where(chosen)
    said = [
        n if y and str(y) in n else f"{n}, {f'of {y}' if y else 'year not known'}"
        for n, y in covariates.vintages(chosen)
    ]
    out.append("Census figures: " + "; ".join(said))
    warned = [f for f in covariates.dated(chosen) if f.severity == "warning"]
    return out + [f"Warning: {f.message}." for f in warned]


def _where(chosen: Scenario) -> list[str]:
    """How many counties of the place of the claim have the machines, in every reading."""
    frame = tables.loader(chosen.tables.folder)(chosen.tables.equipment)
    here = frame[(frame["year"] == chosen.year) & (frame["version"] == "corrected")]
    here = here if chosen.focus == NATION else here[here["state"] == chosen.focus]
    given = any(one.holds == "equipment" for one in chosen.inputs)
    out, several = [], len(chosen.treatment.readings) > 1
    for name, reading in chosen.treatment.readings.items():
        asked = several and name == chosen.treatment.primary
        values = here.loc[here["reading"] == name, "value"].dropna()
        if len(values):
            out.append(
                f"Machines{'' if given else ', as data/ lists them'}, {name} ({reading.label}): "
                f"{int((values > 0).sum()):,} of {len(values):,} counties of {chosen.focus}"
                f"{'; the claim is about these (treatment.primary)' if asked else ''}"
            )
    return out


NEEDED = {
    "year": "Year of the election",
    "dem": "Democratic candidate",
    "rep": "Republican candidate",
    "focus": "State that the claim is about (postal code, or US)",
    "claimed": "Size of the claimed difference (a number of points or percent)",
}


def _complete(told: Request) -> None:
    if (
        not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", told.name)
        or len(told.name) > LONGEST
        or told.name in RESERVED
    ):
        raise InputError(
            f"a book's name has at most {LONGEST} small letters, digits and hyphens, begins with a "
            f"letter or digit, and is none of {', '.join(RESERVED)}",
            value=told.name if len(told.name) <= LONGEST else told.name[:LONGEST] + "...",
            fix="Choose another, for instance ohio-2024.",
        )
    _plausible(told)
    _worded(told)
    if told.harmed not in draft.OTHER:
        raise InputError("the harmed party is dem or rep", value=told.harmed)
    if told.states and not told.focus:
        told.focus = told.states[0]
    told.focus = told.focus or answers.named_state([*told.votes, *told.files])
    sized.check(told)
    specification.check(told)
    missing = [name for name in NEEDED if not getattr(told, name)]
    missing = [name for name in missing if not (name == "claimed" and told.claimed_votes)]
    files = not (told.votes or told.equipment or told.files)
    if told.ask:
        for name in missing:
            answer = told.ask(NEEDED[name]).strip()
            kind = type(getattr(told, name))
            try:
                setattr(told, name, kind(answer))
            except ValueError:
                raise InputError("this is no number", column=name, value=answer) from None
        if files:
            for holds in ("votes", "equipment"):
                said = told.ask(f"Files of {holds} (commas between)")
                setattr(told, holds, [Path(p) for p in said.split(",") if p])
    elif missing:
        value = ", ".join("--" + n.replace("_", "-") for n in missing)
        fix = "Give these options; `sevenpercent new --help` says what they mean."
        raise InputError("more has to be said", value=value, fix=fix)
    told.focus = told.focus.upper()
    told.states = [s.upper() for s in told.states]
    known = {NATION, *tables.load("states")["state"]}
    for state in (told.focus, *told.states):
        demand(state, known, "unknown state")
    if told.focus != NATION and told.focus not in told.states:
        told.states.insert(0, told.focus)


def _plausible(told: Request) -> None:
    """Refuse what is no year, and letters that nobody sees."""
    for name in ("year", "prior_year", "census_year"):
        if (year := getattr(told, name)) and not YEARS[0] <= year <= YEARS[1]:
            what = f"--{name.replace('_', '-')} is no year from {YEARS[0]} to {YEARS[1]}"
            raise InputError(what, value=str(year)[:40], fix="Give the year in four digits.")
    for f in fields(told):
        text = getattr(told, f.name)
        if f.name in COLUMNS or not isinstance(text, str):
            continue
        if not text.replace("\xa0", " ").isprintable():
            what = f"--{f.name.replace('_', '-')} holds a control character"
            raise InputError(what, value=text[:80], fix="Type it again without.")


def _evenest(equipped: pd.DataFrame) -> list[str]:
    """The state with the most counties on either side of a comparison, to stand beside the nation."""
    known = equipped.dropna(subset=["value"]) if "value" in equipped else equipped
    if known.empty:
        return []
    sides = known.assign(on=known["value"] > 0).groupby(["state", "on"])["fips"].nunique()
    fewer = {s: min(sides.get((s, on), 0) for on in (False, True)) for s in known["state"].unique()}
    return [max(sorted(fewer), key=lambda state: fewer[state])]


def _worded(told: Request) -> None:
    """Refuse what no sentence can be made of: no words, one name twice, a day that is none or too early."""
    for name in ("electronic", "paper", "adjective", "contrast"):
        if not getattr(told, name).strip():
            raise InputError(f"--{name} is empty", fix="Give a word, or leave the option out.")
    for name in ("dem", "rep", "prior_dem", "prior_rep"):
        if (said := getattr(told, name)) and not said.strip():
            raise InputError(
                f"--{name.replace('_', '-')} is blank", fix="Give the candidate's name."
            )
        setattr(told, name, said.strip())
    if told.dem and told.dem == told.rep:
        fix = "Give each of them the name that the pages should say."
        raise InputError("both candidates have one name", column="--rep", value=told.rep, fix=fix)
    if told.margin < 0:
        what = "a margin is a number of votes by which the harmed side lost"
        fix = "Leave it out, or say with --harmed who that is."
        raise InputError(what, column="--margin", value=told.margin, fix=fix)
    if not told.reported or told.reported == str(told.year):
        return
    try:
        said = date.fromisoformat(told.reported)
    except ValueError:
        said = None
    if said is None or (told.year and said.year < told.year):
        what = "this is no day since the election"
        fix = f"Write it as {told.year or 2020}-11-23."
        raise InputError(what, column="--reported", value=told.reported, fix=fix)


def _named_by_label(told: Request, primary: str) -> None:
    """Take the machines in question by the label of the reading that leads, if it was asked for."""
    plain = {f.name: f.default for f in fields(Request)}
    asked = answers.readings(told.machines).get(primary)
    if not asked or told.electronic != plain["electronic"]:
        return
    told.electronic = draft.labelled(asked)
    made = draft.machine(primary, told.electronic, asked.get("make", ""))["adjective"]
    if told.adjective == plain["adjective"] and (made != primary or len(told.machines) > 1):
        told.adjective = made


def _readings_there(told: Request, equipped: pd.DataFrame) -> None:
    """Refuse machines that were asked for by make or type where the lists have no such thing."""
    there = set(equipped["reading"])
    for name in answers.readings(told.machines):
        if name not in there:
            raise InputError(
                "the lists of machines name no make or type, so --machines has nothing to choose from",
                value=name,
                fix=f"Leave it out; the machines that they name: {', '.join(sorted(there))}.",
            )


def _machines_there(told: Request, equipped: pd.DataFrame, files: list[Path]) -> None:
    """Refuse a list of machines that has none of the state of the claim."""
    equipped = equipped[equipped["state"].fillna("") != ""]
    listed = sorted(set(equipped["state"]))
    if told.focus == NATION or told.focus in listed or not files:
        return
    first = equipped.iloc[0] if len(equipped) else None
    what, value = f"no line of the list of machines is of {told.focus}", ", ".join(listed[:8])
    value, fix = value or "no county that is known", ""
    if first is not None:
        fix = f"The first is {first['county']}, {first['state']}; give a list of {told.focus}."
    raise InputError(what, file=files[0], column="state", value=value, fix=fix)


def _years_there(
    votes: pd.DataFrame, chosen: Scenario, told: Request, printed: pd.DataFrame | None
) -> None:
    for year in (chosen.year, chosen.prior_year):
        own = votes[votes["year"] == year]
        have = set(own["state"])
        for state in chosen.states:
            if state not in have:
                _unusable(printed, state, year)
                raise InputError(
                    f"there are no county votes of {year} for {state}",
                    value=", ".join(sorted(have)[:8]) if len(have) < 40 else "",
                    fix="Give a file that has them: --votes FILE (several are allowed).",
                )
    mine = votes[(votes["year"] == told.year) & votes["state"].isin(chosen.states)]
    for party in ("dem", "rep"):
        if not mine[party].astype(float).sum():
            raise InputError(
                f"nobody voted for {party} in any county of {', '.join(chosen.states)} in {told.year}",
                column=party,
                value="0",
                fix="A contest without votes for both sides cannot be compared; give another, or the "
                "right column: --columns.",
            )
    try:
        frames.county_votes_of(votes, told.year, chosen.treatment.vintage)
    except InputError as error:
        raise InputError(error.problem, value=error.value, fix=error.fix) from None


def _unusable(printed: pd.DataFrame | None, state: str, year: int) -> None:
    """Say so where lines of a state were read, of which none names a county with votes."""
    if printed is None:
        return
    own = printed[(printed["state"] == state) & (printed["year"] == year)]
    if own.empty:
        return
    first = own.iloc[0]
    what = f"no line of {state} in {year} names a county and its votes for both parties"
    value = ", ".join(str(first[n]) for n in ("county", "dem", "rep"))
    fix = "Write a county's name or code, and whole numbers."
    raise InputError(what, file=str(first["source"]), row=int(first["row"]), value=value, fix=fix)
