"""Scenario files read and checked, one message for the first fault."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

import yaml

from sevenpercent import paths, strict
from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest
from sevenpercent.model.scenario.parts import NATION
from sevenpercent.model.scenario.whole import DEFAULT, Scenario

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
            if need == "designs" and scenario.prior_office:
                out = f"no file has an earlier election for {scenario.office}, so no change can be compared"
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
    if not path.is_file():
        known = [p.stem for p in folder.glob("*.yml")]
        raise InputError(f"unknown {what}", value=str(name), fix=nearest(str(name), known))
    return path


def load(name: str | Path = DEFAULT, overrides: Mapping[str, object] | None = None) -> Scenario:
    """Read and check a scenario.

    `name`: name under ``scenarios/`` or a path to a YAML file; `overrides`: dotted key to new
    value, as ``--set`` gives them; text is read as YAML. Raises InputError: unknown key, wrong
    type, unknown name: one message for the first fault.
    """
    path = find(name)
    body = strict.read_yaml(path)
    changed = list(body.get("changed") or [])
    for key, value in (overrides or {}).items():
        new, old = _parsed(key, value), _at(body, key)
        put(body, key, new)
        if new != old:
            changed.append(key)
    if changed:
        body["changed"] = list(dict.fromkeys(changed))
    return check(body, path)


def _at(body: Mapping[str, Any], dotted: str) -> object:
    here: Any = body
    for part in dotted.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def model(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario` whose parts fit each other, tables not looked at."""
    return strict.validated(Scenario, body, file)


def check(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario`, or say what is wrong with it."""
    scenario = model(body, file)
    at_hand = tables.loader(scenario.tables.folder)
    known = set(at_hand(scenario.tables.states)["state"])
    for key in ("states", "flips"):
        for state in getattr(scenario, key):
            if state not in known:
                raise InputError(
                    "unknown state", file=file, column=key, value=state, fix=nearest(state, known)
                )
    years = {int(y) for y in at_hand(scenario.tables.votes)["year"].unique()}
    for key in ("year", "prior_year", "prior_years"):
        value = getattr(scenario, key)
        for year in value if isinstance(value, list) else [value]:
            if year not in years:
                raise InputError(
                    "no county votes for this year",
                    file=file,
                    column=key,
                    value=year,
                    fix=f"Years at hand: {', '.join(str(y) for y in sorted(years))}.",
                )
    for chapter in scenario.chapters:
        if chapter not in PARAMETERS:
            raise InputError(
                "unknown chapter",
                file=file,
                column="chapters",
                value=chapter,
                fix=nearest(chapter, PARAMETERS),
            )
    out = lacking(scenario)
    kept = [c for c in scenario.chapters if c not in out]
    return scenario.model_copy(update={"chapters": kept, "left_out": {**scenario.left_out, **out}})


def put(body: dict[str, Any], dotted: str, value: object) -> None:
    """Set one key of a scenario's mapping.

    `body`: as :func:`sevenpercent.strict.read_yaml` gives it; changed in place; `dotted`: key, its
    parts joined by points: ``treatment.primary``; `value`: what a YAML file would hold there.
    Raises InputError: the key is not one of a scenario's; the nearest is named.
    """
    *parents, last = dotted.split(".")
    here: Any = body
    model: Any = Scenario
    named = False  # whether the next part is a name of the user's own, such as that of a size
    for i, part in enumerate([*parents, last]):
        fields = None if named else getattr(model, "model_fields", None)
        if fields is not None and part not in fields:
            raise InputError(
                "unknown scenario key",
                value=".".join([*parents, last][: i + 1]),
                fix=nearest(part, fields),
            )
        if fields is not None:
            annotation = fields[part].annotation
            model, named = strict.model_of(annotation), _is_mapping(annotation)
        else:
            model, named = (model if named else None), False
        if part != last or i < len(parents):
            if not isinstance(here.get(part, {}), dict):
                raise InputError(
                    "scenario key has no parts", value=dotted, fix=f"Set {part!r} as a whole."
                )
            here = here.setdefault(part, {})
    here[last] = value


def _parsed(dotted: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return strict.parsed(value)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError):
        raise InputError(
            "value is not valid YAML", column=dotted, value=value, fix="Quote it."
        ) from None


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(
        get_origin(part) is dict for part in get_args(annotation)
    )
