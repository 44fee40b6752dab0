"""Which parameters a chapter takes, what a book must have for it, and why it may lack it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest
from sevenpercent.model.scenario.parts import NATION
from sevenpercent.model.scenario.whole import Scenario

PARAMETERS: dict[str, dict[str, str]] = {
    "index": {},
    "claims": {},
    "data": {},
    "gap": {"reading": "treatment.primary", "outcome": "outcome.primary", "draws": "redraw.draws"},
    "controls": {
        "reading": "treatment.primary",
        "outcome": "outcome.primary",
        "held": "held",
        "errors": "errors",
    },
    "electoral": {"flips": "flips"},
    "designs": {"reading": "designs.counties.treatment"},
    "municipalities": {"treatment": "designs.municipalities.treatment"},
    "same_ballots": {"treatment": "designs.same_ballots.treatment"},
    "sensitivity": {"reading": "designs.counties.treatment", "draws": "sensitivity.draws"},
    "methods": {"draws": "validity.draws"},
    "multiverse": {"spec": "multiverse.spec", "draws": "multiverse.joint.draws"},
    "polls": {"window": "polls.window", "minimum": "polls.minimum"},
    "calendar": {},
    "replications": {"version": "treatment.version"},
    "recount": {"cluster": "recount.cluster"},
    "audit": {"risks": "audit.risks", "draws": "audit.draws"},
    "rerun": {},
}
"""For each chapter, its papermill parameters and the scenario key that each one sets."""


REQUIRES: dict[str, dict[str, str]] = {
    "electoral": {"tables.delegations": "there is no table of electors and House delegations"},
    "municipalities": {"designs.municipalities": "there is no table of municipalities"},
    "same_ballots": {"designs.same_ballots": "no table of municipalities has another office"},
    "designs": {"designs": "the scenario declares no designs"},
    "sensitivity": {"designs": "the scenario declares no designs"},
    "multiverse": {"multiverse": "the scenario declares no grid of specifications"},
    "methods": {"designs": "the scenario declares no designs"},
    "recount": {"tables.units": "there is no table of recounted units"},
    "audit": {"tables.units": "there is no table of units with ballots by method"},
    "polls": {"tables.polls": "there is no table of polls"},
    "calendar": {"calendar.yml": "nobody has listed the events of those days"},
    "replications": {"published.yml": "nobody has listed published figures"},
    "claims": {"claims": "nobody has listed claims"},
}
"""For each chapter, what a book must have for it: keys of the scenario that must not be null,
files of the scenario's folder that must exist; and what is said where they are missing."""


COMPARING = ("gap", "controls", "designs", "sensitivity", "multiverse", "methods", "claims")
"""Chapters that set places with the machines beside places without them."""


FEWEST = 2
"""Places that must be on either side of a comparison."""


LEFT = 3
"""Degrees of freedom that a comparison of counties must leave."""


def untestable(scenario: Scenario) -> str:
    """Why the claim cannot be tested in its place; empty when it can."""
    equipment = tables.loader(scenario.tables.folder)(scenario.tables.equipment)
    own = equipment[
        (equipment["year"] == scenario.year)
        & (equipment["version"] == scenario.treatment.version)
        & (equipment["reading"] == scenario.treatment.primary)
    ]
    if scenario.focus != NATION:
        own = own[own["state"] == scenario.focus]
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
        return f"fewer than {FEWEST} counties there differ in having the machines"
    return f"{'no county' if values.max() <= 0 else 'every county'} there has the machines"


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
    if len(now & before & listed) < 2 * FEWEST:
        return f"the votes of {scenario.prior_year} are not of the same places"
    people = load(scenario.tables.demographics)
    known = people.dropna(subset=[n for n in scenario.controls[scenario.held] if n in people])
    if len(now & before & listed & set(known["fips"])) < 2 * FEWEST:
        return "there are no census figures for those places"
    return ""


def lacking(scenario: Scenario) -> dict[str, str]:
    """Chapters of a scenario that it has no data for, each with the reason."""
    why_not = untestable(scenario)
    out = {c: why_not for c in scenario.chapters if why_not and c in COMPARING}
    return out | {c: why for c in scenario.chapters if (why := _unmet(scenario, c))}


def _unmet(scenario: Scenario, chapter: str) -> str:
    """What a book does not have that a chapter needs; empty when it has everything."""
    out = ""
    for need, why in REQUIRES.get(chapter, {}).items():
        if need.endswith(".yml"):
            there = (paths.SCENARIOS / scenario.id / need).is_file()
        else:
            value: Any = scenario
            for part in need.split("."):
                value = getattr(value, part, None)
            there = value is not None
        if not there:
            out = why
    return out


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
    if chapter not in PARAMETERS:
        raise InputError("unknown chapter", value=chapter, fix=nearest(chapter, PARAMETERS))
    known = PARAMETERS[chapter]
    out: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            raise InputError(
                f"unknown parameter of chapter {chapter!r}", value=name, fix=nearest(name, known)
            )
        if value not in ("", None):
            out[known[name]] = value
    return out
