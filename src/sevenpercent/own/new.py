"""Write the scenario of a new book: what it is about, what is asked of it, and its files.

Designs, sizes and controls are written, and their checksum taken, before any vote is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest
from sevenpercent.model import frames, scenario
from sevenpercent.model.scenario import NATION, Input, Scenario
from sevenpercent.own import claims, equipment, formats, lines, make, precincts

NATION_WIDE = 25
"""States with votes and machines from which on the nation is set beside the states."""

LABEL = 60
"""Longest rule that serves as the label of a reading."""

LISTED_WITHIN = 12
"""Years between an election and a list of machines from which on the year is no year of it."""

OTHER = {"dem": "rep", "rep": "dem"}
PARTY = {"dem": ("Democrats", "Democratic"), "rep": ("Republicans", "Republican")}


@dataclass
class Answers:
    """What ``sevenpercent new`` was told; empty values are asked for or get a default."""

    name: str
    year: int = 0
    prior_year: int = 0
    states: list[str] = field(default_factory=list)
    focus: str = ""
    harmed: str = "dem"
    dem: str = ""
    rep: str = ""
    prior_dem: str = ""
    prior_rep: str = ""
    title: str = ""
    who: str = ""
    reported: str = ""
    claimed: float = 0.0
    unit: str = "points"
    claimed_votes: int = 0
    margin: int = 0
    electronic: str = "electronic voting machines"
    paper: str = "paper ballots"
    adjective: str = "electronic"
    contrast: str = "other"
    machines: list[str] = field(default_factory=list)
    """Readings as NAME=make:TEXT or NAME=type:TEXT, with +label:WORDS for a sentence."""
    votes: list[Path] = field(default_factory=list)
    equipment: list[Path] = field(default_factory=list)
    demographics: list[Path] = field(default_factory=list)
    certified: list[Path] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """File (as given, or its name) to where it was published."""
    office: str = ""
    """Office by a text in its name; empty: President."""
    forced: dict[str, str] = field(default_factory=dict)
    """File (as given) to the name of its format."""
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    """File (as given; empty for every file) to its column map."""


def create(told: Answers, ask: Callable[[str], str] | None = None, force: bool = False) -> Path:
    """Write ``scenarios/NAME.yml`` and ``data/NAME/``; both or neither.

    Parameters
    ----------
    told : Answers
        Options of the command.
    ask : callable, optional
        Asks the user for what is missing; None when nobody can answer.
    force : bool
        Replace a scenario of that name.

    Returns
    -------
    Path
        The scenario's file.

    Raises
    ------
    InputError
        Something needed is missing, or a file cannot be read. Nothing is written then.
    """
    _complete(told, ask)
    target = paths.SCENARIOS / f"{told.name}.yml"
    if target.exists() and not force:
        raise InputError(
            "a scenario of this name exists", file=target, fix="Choose another, or add --force."
        )
    inputs = _inputs(told)
    equipped, by_precinct = _machines_of(told, inputs)
    states = told.states or ([] if told.focus == NATION else [told.focus])
    states = states or sorted(equipped.get("state", pd.Series(dtype=str)).unique())[:1]
    body = _body(told, inputs, states, equipped)
    _declare_precincts(body, told, inputs, by_precinct)
    declared = scenario.model(body).declaration
    body["declared"] = declared
    chosen = scenario.model(body)
    made = make.make(chosen)  # only now is any vote looked at
    votes = made.frames.get("county_votes", tables.load("county_votes"))
    _years_there(votes, chosen, told, made.frames.get("county_votes_printed"))
    wide = votes[votes["year"] == told.year].groupby("state").size()
    covered = set(wide.index) & set(equipped["state"])
    body["nation"] = len(covered) >= NATION_WIDE
    if told.focus == NATION and not body["nation"]:
        raise InputError(
            f"the claim is about the nation, but only {len(covered)} states have votes and machines",
            fix="Say which state it is about: --focus STATE.",
        )
    chosen = scenario.model(body)
    made.files = {s: make.located(g.file) for s, g in make.source_ids(chosen).items()}
    make.save(made, chosen)
    text = _text(body)
    claims_file = paths.ROOT / str(chosen.claims)
    claims_file.parent.mkdir(parents=True, exist_ok=True)
    replaced(claims_file, claims.text(chosen, told.reported))
    replaced(target, text)
    scenario.load(target)
    return target


def replaced(path: Path, text: str) -> None:
    """Write a file in one step."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(path)


NEEDED = {
    "year": "Year of the election",
    "dem": "Democratic candidate",
    "rep": "Republican candidate",
    "focus": "State that the claim is about (postal code, or US)",
    "claimed": "Size of the claimed difference (a number of points or percent)",
}


def _complete(told: Answers, ask: Callable[[str], str] | None) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", told.name):
        raise InputError(
            "a name has small letters, digits and hyphens only", value=told.name, fix="Change it."
        )
    if told.harmed not in OTHER:
        raise InputError("the harmed party is dem or rep", value=told.harmed)
    if told.states and not told.focus:
        told.focus = told.states[0]
    told.focus = told.focus or _named_state(told.votes)
    missing = [name for name in NEEDED if not getattr(told, name)]
    files = not (told.votes or told.equipment)
    if ask is not None:
        for name in missing:
            answer = ask(NEEDED[name]).strip()
            kind = type(getattr(told, name))
            try:
                setattr(told, name, kind(answer))
            except ValueError:
                raise InputError("this is no number", column=name, value=answer) from None
        if files:
            told.votes = [Path(p) for p in ask("Files of votes (commas between)").split(",") if p]
            told.equipment = [
                Path(p) for p in ask("Files of equipment (commas between)").split(",") if p
            ]
    elif missing:
        raise InputError(
            "more has to be said",
            value=", ".join("--" + n.replace("_", "-") for n in missing),
            fix="Give these options; `sevenpercent new --help` says what they mean.",
        )
    told.focus = told.focus.upper()
    told.states = [s.upper() for s in told.states]
    known = {NATION, *tables.load("states")["state"]}
    for state in (told.focus, *told.states):
        if state not in known:
            raise InputError("unknown state", value=state, fix=nearest(state, known))
    if told.focus != NATION and told.focus not in told.states:
        told.states.insert(0, told.focus)
    told.prior_year = told.prior_year or told.year - 4


def _named_state(files: Sequence[Path]) -> str:
    """State in the names of the files, where all of them name the same one."""
    known = [f for f in formats.known().formats if "(?P<state>" in f.named]
    said = {formats.from_name(path, form).get("state", "") for path in files for form in known}
    return said.pop() if len(said) == 1 else ""


def _inputs(told: Answers) -> list[Input]:
    machines = _machines(told.machines)
    out = []
    for holds in ("votes", "equipment", "demographics", "certified"):
        for path in getattr(told, holds):
            given = str(path)
            columns = (
                told.columns.get(given)
                or told.columns.get(Path(given).name)
                or told.columns.get("", {})
            )
            if not path.is_file():
                raise InputError("no such file", file=path, fix="Check the path.")
            if given in told.forced:
                name = formats.by_id(told.forced[given], path).id
                if told.forced[given] == formats.BY_COLUMNS:
                    name = formats.BY_COLUMNS
            elif columns:
                name = formats.BY_COLUMNS
            else:
                name = formats.recognise(path, holds).id
            by_name = {} if not (told.dem and told.rep) else {"dem": told.dem, "rep": told.rep}
            form = None if name == formats.BY_COLUMNS else formats.by_id(name)
            have = _columns_of(path, holds, form, columns)
            said = formats.from_name(path, form) if form or holds == "equipment" else {}
            lines_ = holds == "votes" and (form is None or form.lines == "candidates")
            out.append(
                Input(
                    file=_shown(path),
                    holds=holds,
                    format=name,
                    columns=columns,
                    source=told.sources.get(given) or told.sources.get(path.name, ""),
                    year=_year_of_file(holds, said, form, told, have),
                    office=told.office if holds == "votes" else "",
                    state=_state_of(holds, said, form, told, have),
                    candidates=by_name if lines_ else {},
                    machines=machines if holds == "equipment" else {},
                )
            )
    return out


def _columns_of(
    path: Path, holds: str, form: formats.Format | None, columns: Mapping[str, str]
) -> set[str]:
    """Our names of the columns that a file really has."""
    if form is None or holds != "votes" or form.lines == "workbook":
        return set(columns) if form is None else set(form.columns)
    with lines.opened(path, formats.header_names("votes")) as file:
        return set(formats.find_columns(file, form.columns, columns))


def _year_of_file(
    holds: str,
    said: Mapping[str, str],
    form: formats.Format | None,
    told: Answers,
    have: set[str],
) -> int | None:
    """Election of a file of votes that does not say it; year of a list of machines by its name."""
    if holds == "equipment":
        listed = int(said.get("year", 0))
        return listed if listed != told.year and abs(listed - told.year) < LISTED_WITHIN else None
    if holds != "votes" or "year" in said or "year" in have or (form is not None and form.years):
        return None
    return told.year


def _state_of(
    holds: str,
    said: Mapping[str, str],
    form: formats.Format | None,
    told: Answers,
    have: set[str],
) -> str | None:
    if holds not in ("votes", "equipment") or "state" in said or (form and form.state):
        return None
    if {"state", "fips"} & have or (form is not None and form.lines == "machines"):
        return None
    return told.states[0] if len(told.states) == 1 else None


def _machines(asked: Sequence[str]) -> dict[str, dict[str, str]]:
    """Readings from ``NAME=make:TEXT`` and ``NAME=type:TEXT``, several joined by ``+``."""
    out: dict[str, dict[str, str]] = {}
    for text in asked:
        name, sign, rest = text.partition("=")
        tests = dict(part.split(":", 1) for part in rest.split("+") if ":" in part)
        if (
            not sign
            or not tests
            or set(tests) - {"make", "type", "label"}
            or set(tests) == {"label"}
        ):
            raise InputError(
                "a reading is written NAME=make:TEXT or NAME=type:TEXT",
                value=text,
                fix="For instance: bmd=type:Ballot Marking Device+label:ballot-marking devices",
            )
        out[name.strip().lower().replace(" ", "_")] = {k: v.strip() for k, v in tests.items()}
    return out


def _declare_precincts(
    body: dict[str, Any], told: Answers, inputs: list[Input], machines: pd.DataFrame | None
) -> None:
    """Add the design by precinct where files and machines allow it, before any vote is read.

    It compares precincts of the same county, so machines must differ within counties. The
    outcome is the change since the earlier election where the files have it by precinct, else
    the office in question less another one on the same ballots.
    """
    primary = body["treatment"]["primary"]
    if machines is None or not precincts.varies_within(machines, primary):
        return
    surveys = [precincts.survey(make.located(i.file), i) for i in inputs if i.holds == "votes"]
    years = {y for s in surveys if s.precincts for y in s.years}
    beside = next((s.beside for s in surveys if told.year in s.years and s.beside), "")
    if told.prior_year in years:
        outcome, held = "change_two_party", ["two_party_prior"]
    elif beside:
        outcome, held = "same_ballots", []
    else:
        return
    body["tables"] |= {"precincts": "precinct_votes", "precinct_equipment": "precinct_equipment"}
    if beside:
        body["designs"]["other_office"] = beside
    neighbours: dict[str, object] = {
        "by_votes": {"label": "weighted by votes", "weights": "votes"},
        "no_effects": {"label": "counties compared too", "effects": "none"},
        "cr1": {"label": "other errors (CR1)", "errors": "cr1"},
    }
    if outcome == "change_two_party":
        neighbours["nothing_held"] = {"label": "nothing held constant", "controls": []}
        if beside:
            neighbours["same_ballots"] = {
                "label": f"against the vote for {beside}",
                "outcome": "same_ballots",
                "controls": [],
            }
    body["designs"]["precincts"] = {
        "treatment": primary,
        "outcome": outcome,
        "controls": held,
        "effects": "county",
        "errors": "cr3",
        "neighbours": neighbours,
    }


def _machines_of(told: Answers, inputs: list[Input]) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Readings of every county, and of every precinct where listed, before any vote is read."""
    plain = _Plain(inputs, told.year)
    made = make.make(plain, frozenset({"equipment"}))  # type: ignore[arg-type]
    if "county_equipment" in made.frames:
        return made.frames["county_equipment"], made.frames.get("precinct_equipment")
    own = tables.load("county_equipment")
    years = sorted(int(y) for y in own["year"].unique())
    if told.year not in years:
        raise InputError(
            f"there is no equipment of {told.year}",
            fix=f"Give a file: --equipment FILE (data/ has {', '.join(map(str, years))}).",
        )
    return own[(own["year"] == told.year) & (own["version"] == "corrected")], None


@dataclass(frozen=True)
class _Plain:
    """As much of a scenario as reading equipment needs, before there is one."""

    inputs: list[Input]
    year: int

    @property
    def treatment(self) -> _Plain:
        return self

    @property
    def readings(self) -> dict[str, str]:
        return {}


def _body(
    told: Answers, inputs: list[Input], states: list[str], equipped: pd.DataFrame
) -> dict[str, object]:
    names = [str(r) for r in dict.fromkeys(equipped["reading"]) if r != "vvpat"]
    here = equipped if told.focus == NATION else equipped[equipped["state"] == told.focus]
    names = _by_contrast(names, here)
    national = told.focus == NATION
    effects = {"effects": "state"} if national else {}
    errors = "cr3" if national else "hc2_bm"
    parties = {}
    for role, party in (("harmed", told.harmed), ("favoured", OTHER[told.harmed])):
        plural, adjective = PARTY[party]
        own = getattr(told, party)
        parties[role] = {
            "party": party,
            "name": plural,
            "adjective": adjective,
            "candidate": own,
            "prior_candidate": getattr(told, f"prior_{party}") or own,
        }
    claim: dict[str, object] = {
        "who": told.who,
        "reported": told.reported or str(told.year),
        "percent": told.claimed,
        "unit": told.unit,
        "state": told.focus,
    }
    if told.claimed_votes:
        claim["votes"] = told.claimed_votes
    if told.margin:
        claim["margin"] = told.margin
    sizes: dict[str, object] = {"claimed": {"amount": "points", "how": "switched"}}
    if told.unit == "percent":
        sizes = {
            "claimed_points": {"amount": "points", "how": "switched"},
            "claimed_percent_deleted": {"amount": "percent", "how": "deleted"},
            "claimed_percent_switched": {"amount": "percent", "how": "switched"},
        }
    if told.claimed_votes:
        sizes["claimed_votes"] = {"amount": "votes", "how": "deleted"}
    if not national:
        sizes["decisive"] = {"amount": "decisive", "how": "switched"}
    holds = {i.holds for i in inputs}
    shown = [told.focus, *(s for s in states if s != told.focus)]
    labels = {n: m["label"] for i in inputs for n, m in i.machines.items() if "label" in m}
    readings = {n: _reading(n, equipped, labels.get(n, "")) for n in names}
    models = [
        {
            "id": f"{place.lower()}-{n}{'-held' if controls != 'none' else ''}".replace("_", "-"),
            "who": "Before" if controls == "none" else "After",
            "says": f"{readings[n]['label']}, "
            + ("nothing" if controls == "none" else "race and education")
            + " held constant",
            "place": place,
            "reading": n,
            "outcome": "change_two_party",
            "controls": controls,
            **({"effects": "state", "errors": "cr3"} if place == NATION else {}),
        }
        for place in shown
        for n in names[:3]
        for controls in ("none", "race_education")
        if _contrast(n, equipped, place)
    ]
    return {
        "id": told.name,
        "title": told.title or f"Did the {told.electronic} change the vote?",
        "subtitle": f"{_place_name(told.focus)}, {told.year}",
        "year": told.year,
        "prior_year": told.prior_year,
        "prior_years": [told.prior_year],
        "states": states,
        "flips": [],
        "nation": True,
        "parties": parties,
        "tables": {
            "folder": f"data/{told.name}",
            "delegations": None,
            "polls": None,
            "timeline": None,
            "certified": "certified_totals" if "certified" in holds else None,
        },
        "inputs": [i.model_dump(exclude_defaults=True) for i in inputs],
        "claim": claim,
        "treatment": {
            "primary": names[0],
            "electronic": told.electronic,
            "paper": told.paper,
            "adjective": told.adjective,
            "contrast": told.contrast,
            "vintage": "certified",
            "national": [n for n in names[:4] if _contrast(n, equipped, NATION)] or names[:1],
            "readings": readings,
        },
        "credits": {
            "votes": _credit(inputs, "votes") or "state canvasses and MEDSL",
            "machines": _credit(inputs, "equipment") or "Verified Voting",
        },
        "outcome": {
            "primary": "change_two_party",
            "shown": ["level_two_party", "change_two_party", "change_share_all", "log_ratio"],
        },
        "controls": {
            "none": [],
            "race_education": ["white_nh", "college"],
            "race_education_density": ["white_nh", "college", "log_density"],
            "race_education_prior": ["white_nh", "college", "two_party_prior"],
        },
        "held": "race_education",
        "weights": ["none", "votes"],
        "errors": "hc2_bm",
        "errors_nation": "cr3",
        "models": models,
        "designs": {
            "sizes": sizes,
            "counties": {
                "treatment": names[0],
                "outcome": "change_two_party",
                "controls": ["college", "white_nh", "log_density"],
                **effects,
                "errors": errors,
                "neighbours": _neighbours(
                    {n: readings[n]["label"] for n in names if _contrast(n, equipped, told.focus)},
                    names[0],
                    national,
                ),
            },
        },
        "redraw": {
            "draws": 999 if national else 1999,
            "seed": told.year,
            "propensity": ["college", "white_nh", "log_density", "two_party_prior"],
        },
        "sensitivity": {"again": [], "draws": 999},
        "multiverse": {
            "outcomes": ["change_two_party", "change_share_all", "log_ratio", "level_share_all"],
            "race": [["white_nh"], ["black", "hispanic"]],
            "education": [["college"]],
            "more": ["log_density", "income", "age_65_over", "two_party_prior"],
            "weights": ["none", "votes_prior"],
            "samples": {"all": {"label": "of every size"}},
            "errors": ["hc1", "hc2_bm", "hc3"],
            "errors_nation": ["cr1", "cr3"],
            "joint": {
                "draws": 1999,
                "seed": told.year,
                "statistics": ["median", "share_below", "median_t"],
            },
        },
        "chapters": [
            "index",
            "claims",
            "data",
            "gap",
            "controls",
            "designs",
            "multiverse",
            "methods",
            "municipalities",
            "same_ballots",
            "recount",
            "audit",
            "replications",
            "polls",
            "electoral",
            "calendar",
        ],
        "claims": f"scenarios/{told.name}/claims.yml",
        "headline": list(claims.HEADLINE),
    }


def _contrast(reading: str, equipped: pd.DataFrame, place: str) -> bool:
    own = equipped[equipped["reading"] == reading]
    own = own if place == NATION else own[own["state"] == place]
    values = own["value"].dropna()
    if values.empty:
        return False
    return bool(min((values > values.min()).sum(), (values < values.max()).sum()) >= 2)


def _by_contrast(names: list[str], here: pd.DataFrame) -> list[str]:
    """Readings with the more even contrast first; those without any last."""

    def even(name: str) -> float:
        values = here.loc[here["reading"] == name, "value"].dropna()
        return float(min((values > 0).mean(), (values == 0).mean())) if len(values) else 0.0

    declared = list(dict.fromkeys(names))
    if any(even(n) > 0 for n in declared):
        return sorted(declared, key=lambda n: (even(n) == 0, declared.index(n)))
    return declared


def _neighbours(names: Mapping[str, str], lead: str, national: bool) -> dict[str, object]:
    out: dict[str, object] = {
        "race_education": {
            "label": "race and education alone",
            "controls": ["college", "white_nh"],
        },
        "share_all": {"label": "share of all votes", "outcome": "change_share_all"},
        "log_ratio": {"label": "number of votes (logarithm)", "outcome": "log_ratio"},
        "by_votes": {"label": "weighted by votes", "weights": "votes"},
    }
    if national:
        out["no_effects"] = {"label": "states compared too", "effects": "none"}
    else:
        out["hc3"] = {"label": "other errors (HC3)", "errors": "hc3"}
    for name in [n for n in names if n != lead][:3]:
        out[f"as_{name}"] = {"label": names[name], "treatment": name}
    return out


def _reading(name: str, equipped: pd.DataFrame, label: str) -> dict[str, str]:
    rule = str(equipped.loc[equipped["reading"] == name, "rule"].iloc[0]).partition(";")[0]
    if not label and rule.startswith("polling places"):
        return {"label": name.replace("_", " "), "describes": f"counties whose {rule}"}
    if rule == equipment.OF_PRECINCTS:
        words = label or name.replace("_", " ")
        return {"label": words, "describes": f"the share of a county's precincts with {words}"}
    plain = rule if len(rule) < LABEL and rule != "as printed" else name.replace("_", " ")
    label = label or plain
    share = (equipped.loc[equipped["reading"] == name, "kind"] == "share").all()
    what = f"the share of a county: {label}" if share else f"counties with {label}"
    return {"label": label, "describes": what}


def _credit(inputs: Sequence[Input], holds: str) -> str:
    """Publishers of the files of a kind; a file of nobody known is named itself."""
    names = []
    for given in inputs:
        if given.holds == holds:
            known = given.format != formats.BY_COLUMNS
            publisher = formats.by_id(given.format).publisher if known else ""
            names.append(publisher or Path(given.file).name)
    return ", ".join(dict.fromkeys(names))


def _place_name(code: str) -> str:
    states = tables.load("states").set_index("state")["name"]
    return "The United States" if code == NATION else str(states[code])


def _shown(path: Path) -> str:
    full = path.resolve()
    try:
        return full.relative_to(paths.ROOT.resolve()).as_posix()
    except ValueError:
        return full.as_posix()


def _years_there(
    votes: pd.DataFrame, chosen: Scenario, told: Answers, printed: pd.DataFrame | None
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
    raise InputError(
        f"no line of {state} in {year} names a county and its votes for both parties",
        file=str(first["source"]),
        row=int(first["row"]),
        value=", ".join(str(first[n]) for n in ("county", "dem", "rep")),
        fix="Write a county's name or code, and whole numbers.",
    )


COMMENTS = {
    "id": "The book {name}. `sevenpercent check {name}` looks for mistakes, `sevenpercent build {name}` makes it.\n"
    "# Any key can be changed here; the checksum `declared` tells readers when designs were changed afterwards.",
    "prior_year": 'the election that "change" is measured from',
    "states": "places that are compared county by county",
    "nation": "whether the tables cover enough states to set the nation beside them",
    "parties": "harmed: the side said to have lost votes. Negative estimates: it did worse with the machines.",
    "tables": "folder: this book's own tables; whatever is not there comes from data/",
    "inputs": "files that the tables were read from; `check` reads them again when they have changed",
    "treatment": 'readings: the meanings of "{adjective}" that the files allow; primary: the one that leads',
    "controls": "sets of census figures that are held constant",
    "models": "regressions shown one by one",
    "designs": "what verdicts rest on: the sizes that matter, and the design that looks for them",
    "multiverse": "every admissible regression; all of them are run and tested together",
    "redraw": "how machines are handed out again when asking what gap chance would give",
    "chapters": "chapters without data are left out, and the first page says so",
    "claims": "statements that are put to the counts, each with the rule that decides it",
    "declared": "checksum of designs, sizes and controls, taken before the votes were read",
}


def _text(body: Mapping[str, object]) -> str:
    """The scenario as YAML with a comment above each part."""
    values = {"name": str(body["id"]), "adjective": str(body["treatment"]["adjective"])}  # type: ignore[index]
    parts = []
    for key, value in body.items():
        comment = COMMENTS.get(key, "")
        for name, text in values.items():
            comment = comment.replace("{" + name + "}", text)
        flow = key in ("models",)
        block = (
            _models(value)
            if flow
            else yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, width=110)
        )
        parts.append((f"# {comment}\n" if comment else "") + block)
    return "".join(parts)


def _models(models: object) -> str:
    assert isinstance(models, list)
    lines = [
        "  - " + yaml.safe_dump(m, default_flow_style=True, sort_keys=False, width=10_000).strip()
        for m in models
    ]
    return "models:\n" + "\n".join(lines) + "\n" if lines else "models: []\n"
