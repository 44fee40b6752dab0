"""``sevenpercent check NAME``: every problem of a book's own data at once, each with its place."""

from __future__ import annotations

import json as jsonlib
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent import hashes, paths
from sevenpercent.data import tables
from sevenpercent.data.rules import Finding
from sevenpercent.data.rules.equipment import FEWEST_UNITS
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.frames import KEY
from sevenpercent.model.places import county_frame, readings
from sevenpercent.model.scenario import NATION, Scenario
from sevenpercent.own import covariates, make, own_rules, precincts
from sevenpercent.own.causes import admitted, line, of_a_kind, of_a_line
from sevenpercent.own.own_rules import FACTS
from sevenpercent.stats import decisions, designs
from sevenpercent.stats.designs import precinct
from sevenpercent.stats.regression import NoVariation

SHOWN = 60


def examine(chosen: Scenario) -> list[Finding]:
    """Everything that is wrong, or may be, with the data and the designs of a scenario.

    Parameters
    ----------
    chosen : Scenario
        Files that changed since its tables were written are read again, and the tables written.

    Returns
    -------
    list of Finding
        Errors first; ``source`` is the file and ``row`` its line.

    Raises
    ------
    InputError
        When a file cannot be read at all.
    """
    found = _read_again(chosen) if chosen.tables.folder else []
    load = tables.loader(chosen.tables.folder)
    if chosen.tables.folder:
        found += own_rules.findings_of(chosen)
    found += _listed(chosen)
    found += _by_precinct(chosen, load)
    found += _declaration(chosen)
    found += _designs(chosen, load)
    order = {"error": 0, "warning": 1, "note": 2}
    unique = {(f.rule, f.source, f.row, f.column, f.key, f.value): f for f in found}
    return sorted(
        of_a_line(unique.values()),
        key=lambda f: (order[f.severity], f.source, f.row if f.row is not None else -1, f.rule),
    )


def _read_again(chosen: Scenario) -> list[Finding]:
    """Findings of reading; tables are written afresh when a file is not the one they came from."""
    folder = paths.ROOT / str(chosen.tables.folder)
    package = folder / "datapackage.json"
    recorded: dict[str, str] = {}
    tables.finish(folder)
    if package.is_file():
        for resource in tables.describe(folder).values():
            recorded |= {s["name"]: s["sha256"] for s in resource["sources"] if "sha256" in s}
    there = {n: g.path for n, g in make.source_ids(chosen).items()}
    missing = [n for n, p in there.items() if not p.is_file()]
    if package.is_file() and missing:
        note = [
            Finding(
                "inputs",
                "note",
                "county_votes_printed",
                key=name,
                source=name,
                value=str(there[name]),
                message="The file is not there; the tables made from it are checked",
                fix="Correct 'inputs' in the scenario to read it again.",
            )
            for name in missing
        ]
        return make.readings_kept(chosen) + note
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
    between = abs(chosen.year - chosen.listed)
    return [
        Finding(
            "out_of_date",
            "note",
            "county_equipment",
            key=str(chosen.listed),
            source=given.file.rpartition("/")[2],
            column="year",
            value=str(chosen.listed),
            expected=str(chosen.year),
            message=f"The machines are those listed in {chosen.listed}, {between} years from the votes",
            fix="Give a list of the year of the election, if there is one.",
        )
        for given in chosen.inputs
        if given.holds == "equipment" and given.year == chosen.listed
    ]


def _by_precinct(chosen: Scenario, load: Any) -> list[Finding]:
    """Precincts without machines in the list; and why precincts are not compared."""
    if chosen.designs is None:
        return []
    spec = chosen.designs.precincts
    if spec is None:
        files = [(i, i.path) for i in chosen.inputs if i.holds == "votes"]
        return [
            Finding(
                "units",
                "note",
                "county_votes",
                key=path.name,
                source=path.name,
                column="precinct",
                message="The votes are by precinct, and are added up to counties: no list says which "
                "precincts of one county had other machines, with an earlier election or another "
                "office to compare with",
                fix="Give a list of machines with a column of precincts.",
            )
            for given, path in files
            if path.is_file() and precincts.survey(path, given).precincts
        ]
    frame = precinct.places(chosen, load)
    column = precinct.OUTCOMES[spec.outcome][0]
    out = []
    for name, what in ((spec.treatment, "machines in the list"), (column, "votes to compare with")):
        lost = frame[frame[name].isna()]
        if len(lost):
            first = lost.iloc[0]
            out.append(
                Finding(
                    "unmatched_keys",
                    "warning",
                    "precinct_votes",
                    key=f"{len(lost):,} of {len(frame):,} precincts",
                    source=f"{chosen.id}.yml",
                    column=name,
                    value=f"{first['fips']} {first['precinct']}",
                    message=f"{len(lost):,} precincts have votes but no {what}, the first here",
                    fix="Write the names of precincts alike in both files.",
                )
            )
    return out


def _declaration(chosen: Scenario) -> list[Finding]:
    if not chosen.declared or chosen.declared == chosen.declaration:
        return []
    return [
        Finding(
            "declaration",
            "warning",
            "scenario",
            key=chosen.id,
            source=f"{chosen.id}.yml",
            column="declared",
            value=chosen.declared[:16],
            expected=chosen.declaration[:16],
            message="Designs, sizes or controls differ from those declared before votes were read",
            fix="Take the change back, or let the first page say that it was made afterwards.",
        )
    ]


def _designs(chosen: Scenario, load: Any) -> list[Finding]:
    """Can the claim be tested: variation, units, joined counties, and power for its size."""
    out: list[Finding] = []
    name = f"{chosen.id}.yml"

    def add(rule: str, severity: str, key: str, value: object, message: str, fix: str) -> None:
        out.append(
            Finding(
                rule, severity, "scenario", key=key, source=name, column="treatment",
                value=str(value), message=message, fix=fix,
            )
        )  # fmt: skip

    for place in chosen.places:
        try:
            frame = county_frame(chosen, load, place)
        except InputError as error:
            add("scenario", "error", place, error.value or "", str(error), "Mend the scenario.")
            continue
        severity = "warning" if place == chosen.focus else "note"
        if place != NATION or place == chosen.focus:
            out += _unjoined(chosen, frame, place)
        if place == chosen.focus:
            out += covariates.apart(chosen, frame)
        varying = readings(chosen, frame, place)
        lead = chosen.treatment.primary
        if lead not in varying:
            add(
                "no_variation",
                severity,
                place,
                lead,
                f"This claim cannot be tested in {place}: {lead!r} sets fewer than two counties apart",
                "Choose another reading or place, or say in the book that it cannot be tested.",
            )
            continue
        values = frame[lead].dropna()
        fewer = int(min((values > 0).sum(), (values == 0).sum()))
        if values.isin([0, 1]).all() and fewer < FEWEST_UNITS:
            add(
                "too_few_units",
                "warning" if place == chosen.focus else "note",
                place,
                fewer,
                f"{place}: only {fewer} counties are on one side of {lead!r}, "
                f"fewer than {FEWEST_UNITS}",
                "Expect wide intervals; add states, or another reading.",
            )
    why = scenario.untestable(chosen)
    if why and not any(f.rule == "no_variation" and f.severity == "warning" for f in out):
        add(
            "cannot_be_tested",
            "warning",
            chosen.focus,
            chosen.treatment.primary,
            f"This claim cannot be tested in {chosen.focus}: {why}",
            "Give files of the same places, or build the book without the comparison.",
        )
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
        shown = lost.head(limit)
        out += [
            Finding(
                "unmatched_keys",
                "warning",
                "county_votes",
                key=str(r["fips"]),
                source=f"{chosen.id}.yml",
                column=column,
                value="none",
                message=f"{r['county']}, {r['state']} has votes but no {what}",
                fix=fix,
            )
            for r in shown[KEY].to_dict("records")
        ]
        if len(lost) > limit:
            share = len(lost) / len(frame)
            out.append(
                Finding(
                    "unmatched_keys",
                    "warning" if share > 0.05 else "note",
                    "county_votes",
                    key=f"{place}: {len(lost):,} counties",
                    source=f"{chosen.id}.yml",
                    column=column,
                    value=f"{len(lost):,} of {len(frame):,}",
                    message=f"{len(lost):,} counties of {place} have votes but no {what}",
                    fix=fix,
                )
            )
    return out


def _power(chosen: Scenario, load: Any) -> list[Finding]:
    """Sizes that no declared design could have seen."""
    try:
        frames = designs.frames(chosen, load)
        fits = designs.fit_all(chosen, frames, neighbours=False)
    except (NoVariation, InputError) as error:
        return [
            Finding(
                "no_power",
                "error",
                "scenario",
                key="designs.counties",
                source=f"{chosen.id}.yml",
                column="designs",
                value=str(error.value or ""),
                message=f"The design cannot be fitted: {error.problem}",
                fix=error.fix or "Choose fewer controls.",
            )
        ]
    out = []
    asked = designs.put(chosen, frames, fits).merge(fits[["key", "mde", "unit"]], on="key")
    for name, own in asked.groupby("size", sort=False):
        least = own.iloc[int((own["mde"] / own["amount"]).argmin())]
        if not own["sees"].any() and np.isfinite(least["mde"]):
            power = decisions.POWER
            out.append(
                Finding(
                    "no_power",
                    "warning",
                    "scenario",
                    key=f"designs.sizes.{name}",
                    source=f"{chosen.id}.yml",
                    column=f"designs.sizes.{name}",
                    value=f"{least['amount']:.2f} {least['unit']}",
                    expected=f"{least['mde']:.2f} or more",
                    message=f"No design can see harm of this size: {100 * power:.0f} % power "
                    f"needs {least['mde']:.2f} {least['unit']}",
                    fix="Add places, or let the verdict say that it cannot be tested.",
                )
            )
    return out


def ready(chosen: Scenario, *, despite: bool) -> Scenario:
    """A scenario that may be built; one with files of its own is examined first.

    Parameters
    ----------
    chosen : Scenario
    despite : bool
        Build although there are errors: :attr:`Scenario.despite` then holds them.

    Raises
    ------
    InputError
        There are errors, and `despite` is false.
    """
    return admitted(chosen, examine(chosen), despite) if chosen.tables.folder else chosen


def check(name: str, *, strict: bool = False, json: bool = False) -> int:
    """Print every finding about a scenario's data.

    Returns
    -------
    int
        0 when the book can be built, 1 with `strict` when there is any error or warning, 2 when
        something is wrong that has to be mended first.
    """
    chosen = scenario.load(name)
    found = examine(chosen)
    if not json:
        found = of_a_kind(found)
    errors = sum(f.severity == "error" for f in found)
    warnings = sum(f.severity == "warning" for f in found)
    code = 2 if errors else int(strict and warnings > 0)
    if json:
        body = {
            "scenario": chosen.id,
            "declared": chosen.declared,
            "findings": [dict(zip(FACTS, astuple(f), strict=True)) for f in found],
            "errors": errors,
            "warnings": warnings,
            "exit_code": code,
        }
        print(jsonlib.dumps(body, indent=1, ensure_ascii=False))
        return code
    for finding in found[:SHOWN]:
        print(line(finding))
    if len(found) > SHOWN:
        print(f"... and {len(found) - SHOWN} more (--json lists them all)")
    counted = {"error": errors, "warning": warnings, "note": len(found) - errors - warnings}
    print(", ".join(f"{n} {word}{'s' * (n != 1)}" for word, n in counted.items()))
    return code


def known(name: str) -> bool:
    """Whether `name` is a scenario."""
    return Path(name).suffix in (".yml", ".yaml") or (paths.SCENARIOS / f"{name}.yml").is_file()
