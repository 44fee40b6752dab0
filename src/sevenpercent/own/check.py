"""``sevenpercent check NAME``: every problem of a book's own data at once, each with its place."""

from __future__ import annotations

import json as jsonlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent import hashes, paths
from sevenpercent.data import tables
from sevenpercent.data.rules.base import SEVERITIES, Finding
from sevenpercent.data.rules.equipment import FEWEST_UNITS
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.frames import KEY
from sevenpercent.model.places import county_frame, readings
from sevenpercent.model.scenario import NATION, Scenario
from sevenpercent.model.terms import OUTCOMES
from sevenpercent.own import covariates, make, own_rules, precincts
from sevenpercent.own.causes import admitted, of_a_kind, of_a_line
from sevenpercent.own.findings import said
from sevenpercent.stats import decisions, designs
from sevenpercent.stats.designs import precinct
from sevenpercent.stats.regression import NoVariation

SHOWN = 60


def problems(chosen: Scenario) -> list[Finding]:
    """Everything that is wrong, or may be, with the data and the designs of a scenario.

    Returns errors first; ``source`` is the file and ``row`` its line. Raises InputError when a file
    cannot be read at all.

    `chosen`: files that changed since its tables were written are read again, and the tables
    written.
    """
    found = _read_again(chosen) if chosen.tables.folder else []
    load = tables.loader(chosen.tables.folder)
    if chosen.tables.folder:
        found += own_rules.findings_of(chosen)
    found += _listed(chosen)
    found += _by_precinct(chosen, load)
    found += _declaration(chosen)
    found += _designs(chosen, load)
    unique = {(f.rule, f.source, f.row, f.column, f.key, f.value): f for f in found}

    def order(f: Finding) -> tuple[int, str, int, str]:
        return SEVERITIES.index(f.severity), f.source, -1 if f.row is None else f.row, f.rule

    return sorted(of_a_line(unique.values()), key=order)


def _read_again(chosen: Scenario) -> list[Finding]:
    """Findings of reading; tables are written afresh when a file is not the one they came from."""
    folder = paths.ROOT / str(chosen.tables.folder)
    package = folder / "datapackage.json"
    recorded: dict[str, str] = {}
    tables.finish(folder)
    if package.is_file():
        for resource in tables.describe(folder).values():
            recorded |= {s["name"]: s["sha256"] for s in resource["sources"] if "sha256" in s}
    there = {n: g.path for n, g in make.source_ids(chosen.inputs).items()}
    missing = [n for n, p in there.items() if not p.is_file()]
    if package.is_file() and missing:
        gone = [said("file_gone", key=n, source=n, value=there[n]) for n in missing]
        return make.readings_kept(chosen) + gone
    now = {n: hashes.file_hash(p) for n, p in there.items() if p.is_file()}
    if now == recorded and package.is_file():
        return make.readings_kept(chosen)
    made = make.make(chosen)
    make.save(made, chosen)
    return made.findings


def _listed(chosen: Scenario) -> list[Finding]:
    """The list of machines is of another year than the votes."""
    if chosen.listed is None:
        return []
    told = {"listed": chosen.listed, "year": chosen.year}
    told["between"] = abs(chosen.year - chosen.listed)
    return [
        said("listed_then", source=given.file.rpartition("/")[2], **told)
        for given in chosen.inputs
        if given.holds == "equipment" and given.year == chosen.listed
    ]


def _by_precinct(chosen: Scenario, load: Any) -> list[Finding]:
    """Precincts without machines in the list; and why precincts are not compared."""
    if chosen.designs is None:
        return []
    spec = chosen.designs.precincts
    if spec is None:
        files = [i for i in chosen.inputs if i.holds == "votes" and i.path.is_file()]
        found = [(i.path.name, precincts.survey(i)) for i in files]
        return [
            said("wide_precincts" if v.wide else "not_by_precinct", key=name, source=name)
            for name, v in found
            if v.precincts or v.wide
        ]
    frame = precinct.places(chosen, load)
    column = OUTCOMES[spec.outcome]
    out = []
    for name, what in ((spec.treatment, "machines in the list"), (column, "votes to compare with")):
        lost = frame[frame[name].isna()]
        if len(lost):
            told = {**lost.iloc[0][["fips", "precinct"]], "what": what, "of": len(frame)}
            told |= {"source": f"{chosen.id}.yml", "column": name, "lost": len(lost)}
            out.append(said("precincts_without", **told))
    return out


def _declaration(chosen: Scenario) -> list[Finding]:
    if not chosen.declared or chosen.declared == chosen.declaration:
        return []
    then, now = chosen.declared[:16], chosen.declaration[:16]
    told = {"key": chosen.id, "source": f"{chosen.id}.yml", "value": then, "expected": now}
    return [said("declared_afterwards", **told)]


def _designs(chosen: Scenario, load: Any) -> list[Finding]:
    """Can the claim be tested: variation, units, joined counties, and power for its size."""
    out: list[Finding] = []

    def add(kind: str, key: str, value: object, **told: object) -> None:
        out.append(said(kind, source=f"{chosen.id}.yml", key=key, value=value, **told))

    for place in chosen.places:
        try:
            frame = county_frame(chosen, load, place)
        except InputError as error:
            add("scenario", place, error.value or "", message=error)
            continue
        severity = "warning" if place == chosen.focus else "note"
        if place != NATION or place == chosen.focus:
            out += _unjoined(chosen, frame, place)
        if place == chosen.focus:
            out += covariates.apart(chosen, frame)
        varying = readings(chosen, frame, place)
        lead = chosen.treatment.primary
        if lead not in varying:
            add("no_contrast", place, lead, severity=severity)
            continue
        values = frame[lead].dropna()
        fewer = int(min((values > 0).sum(), (values == 0).sum()))
        if values.isin([0, 1]).all() and fewer < FEWEST_UNITS:
            told = {"severity": severity, "lead": lead, "least": FEWEST_UNITS}
            add("few_on_one_side", place, fewer, **told)
    why = scenario.untestable(chosen)
    if why and not any(f.rule == "no_variation" and f.severity == "warning" for f in out):
        add("cannot_be_tested", chosen.focus, chosen.treatment.primary, why=why)
    if chosen.designs is not None and not why and not any(f.severity == "error" for f in out):
        out += _power(chosen, load)
    return out


def _unjoined(chosen: Scenario, frame: pd.DataFrame, place: str) -> list[Finding]:
    """Counties with votes that lack the machines, the last election or the census figures."""
    out = []
    needs = {
        chosen.treatment.primary: ("equipment", "Add it to the list of machines."),
        "two_party_prior": ("votes of the last election", "Add a file with them."),
        "college": ("demographics", "Add a file with them, or leave the county out."),
    }
    for column, (what, fix) in needs.items():
        if column not in frame:
            continue
        lost = frame[frame[column].isna()]
        limit = 12 if place != NATION else 0
        told = {"source": f"{chosen.id}.yml", "column": column, "what": what, "fix": fix}
        rows = [] if len(lost) > limit else lost[KEY].to_dict("records")
        out += [said("county_without", **told, **{str(k): v for k, v in r.items()}) for r in rows]
        if len(lost) > limit:
            severity = "warning" if len(lost) / len(frame) > 0.05 else "note"
            many = {"lost": len(lost), "of": len(frame), "place": place}
            out.append(said("counties_without", severity=severity, **told, **many))
    return out


def _power(chosen: Scenario, load: Any) -> list[Finding]:
    """Sizes that no declared design could have seen."""
    try:
        frames = designs.frames(chosen, load)
        fits = designs.fit_all(chosen, frames, neighbours=False)
    except (NoVariation, InputError) as error:
        fix = error.fix or "Choose fewer controls."
        told = {"source": f"{chosen.id}.yml", "value": error.value or "", "fix": fix}
        return [said("no_fit", problem=error.problem, **told)]
    out = []
    asked = designs.put(chosen, frames, fits).merge(fits[["key", "mde", "unit"]], on="key")
    for name, own in asked.groupby("size", sort=False):
        least = own.iloc[int((own["mde"] / own["amount"]).argmin())]
        if not own["sees"].any() and np.isfinite(least["mde"]):
            told = {**least[["amount", "unit", "mde"]], "power": 100 * decisions.POWER}
            out.append(said("no_power", source=f"{chosen.id}.yml", size=name, **told))
    return out


def ready(chosen: Scenario, *, despite: bool) -> Scenario:
    """A scenario that may be built; one with files of its own is examined first.

    Raises InputError: there are errors, and `despite` is false.

    `despite`: build although there are errors: :attr:`Scenario.despite` then holds them.
    """
    return admitted(chosen, problems(chosen), despite) if chosen.tables.folder else chosen


def check(name: str, *, strict: bool = False, json: bool = False) -> int:
    """Print every finding about a scenario's data.

    Returns 0 when the book can be built, 1 with `strict` when there is any error or warning, 2 when
    something is wrong that has to be mended first.
    """
    chosen = scenario.load(name)
    found = problems(chosen)
    if not json:
        found = of_a_kind(found)
    errors = sum(f.severity == "error" for f in found)
    warnings = sum(f.severity == "warning" for f in found)
    code = 2 if errors else int(strict and warnings > 0)
    if json:
        body: dict[str, Any] = {"scenario": chosen.id, "declared": chosen.declared}
        body |= {"findings": [asdict(f) for f in found], "errors": errors, "warnings": warnings}
        body["exit_code"] = code
        print(jsonlib.dumps(body, indent=1, ensure_ascii=False))
        return code
    for finding in found[:SHOWN]:
        print(finding.shown())
    if len(found) > SHOWN:
        print(f"... and {len(found) - SHOWN} more (--json lists them all)")
    counted = {"error": errors, "warning": warnings, "note": len(found) - errors - warnings}
    print(", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in counted.items()))
    return code


def is_scenario(name: str) -> bool:
    """Whether `name` is a scenario."""
    return Path(name).suffix in (".yml", ".yaml") or (paths.SCENARIOS / f"{name}.yml").is_file()
