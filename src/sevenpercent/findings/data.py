"""Numbers of the data chapter: what the rules found, what was mended, what reconciles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from sevenpercent import paths
from sevenpercent.data import rules
from sevenpercent.data import tables as store
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.own import make, own_rules

ACTIONS = ("found", "corrected", "kept", "excluded", "noted", "open")
SEVERITIES = ("found", "errors", "warnings", "notes")


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Run the data rules and compare certified totals with the tables.

    A book with tables of its own has its files examined, any other the tables in ``data/``.

    Returns
    -------
    Findings
        ``data.rules.<rule>.<found|corrected|kept|excluded|noted|open>`` (of files of one's own
        ``<found|errors|warnings|notes>``) and
        ``data.certified.<place>.<year>.<vintage>.<dem|rep|total>``: ours minus certified, votes.
        Frames ``rules``, ``findings``, ``certified``, ``corrections`` and ``tables``.
    """
    own = scenario.tables.folder is not None
    results = Results()
    actions: tuple[str, ...] = ACTIONS
    if own:
        actions, (summary, found) = SEVERITIES, of_own_files(scenario)
    else:
        report = rules.examine()
        summary, found = report.summary, report.found
    for row in summary.to_dict("records"):
        for action in actions:
            results.add(
                f"data.rules.{row['rule']}.{action}",
                row[action],
                unit="findings",
                label=str(row["question"]),
            )
    for action in actions:
        results.add(
            f"data.rules.{action}",
            int(summary[action].sum()),
            n=len(summary),
            unit="findings",
            label=f"findings of all rules: {action}",
        )
    certified = reconcile(tables(scenario.tables.votes), certified_of(scenario, tables))
    for row in certified.to_dict("records"):
        for name in ("dem", "rep", "total"):
            if pd.notna(row[f"{name}_difference"]):
                results.add(
                    f"data.certified.{row['place'].lower()}.{row['year']}.{row['vintage']}.{name}",
                    row[f"{name}_difference"],
                    unit="votes",
                    label="our total minus the certified one",
                    tables=[scenario.tables.votes, str(scenario.tables.certified)],
                )
    corrections = tables("corrections")
    if own:
        corrections = _concerning(scenario, corrections)
    results.add(
        "data.corrections",
        len(corrections),
        unit="cells",
        label="cells that differ from the source as printed",
        tables=["corrections"],
    )
    listed = [
        {
            "table": name,
            "title": resource.get("title", name),
            "rows": len(tables(name)),
            "columns": len(resource["schema"]["fields"]),
            "sources": "; ".join(s["title"] for s in resource.get("sources", [])),
            "folder": folder,
        }
        for name, resource, folder in _resources(scenario)
    ]
    return Findings(
        results,
        {
            "rules": summary,
            "findings": found,
            "certified": certified,
            "corrections": corrections,
            "tables": pd.DataFrame(listed),
        },
    )


def of_own_files(scenario: Scenario) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What the rules find in the files of a book with tables of its own.

    Returns
    -------
    summary : DataFrame
        One row per rule that was asked: ``rule, question, found, errors, warnings, notes``.
    found : DataFrame
        One row per finding, errors first: the fields of :class:`sevenpercent.data.rules.Finding`.
    """
    every = {
        (f.rule, f.source, f.row, f.column, f.key): f
        for f in [*make.readings_kept(scenario), *own_rules.findings_of(scenario)]
    }
    found = pd.DataFrame([asdict(f) for f in every.values()], columns=own_rules.FACTS)
    rank = found["severity"].map({"error": 0, "warning": 1, "note": 2})
    found = found.iloc[rank.argsort(kind="stable")].reset_index(drop=True)
    asked = {*own_rules.RULES, *found["rule"]}
    rows = []
    for rule in rules.RULES:
        if rule.id in asked:
            mine = found.loc[found["rule"] == rule.id, "severity"]
            counts = {f"{s}s": int((mine == s).sum()) for s in ("error", "warning", "note")}
            rows.append({"rule": rule.id, "question": rule.question, "found": len(mine), **counts})
    return pd.DataFrame(rows), found


def _concerning(scenario: Scenario, corrections: pd.DataFrame) -> pd.DataFrame:
    """Corrections of votes that a book with tables of its own still takes from ``data/``."""
    years = {scenario.year, scenario.prior_year, *scenario.prior_years}
    chosen = corrections["year"].isin(years)
    if not scenario.nation:
        chosen &= corrections["state"].isin(scenario.states)
    return corrections[chosen.fillna(False)]


def _resources(scenario: Scenario) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Tables that the book can read, their descriptions and folders."""
    common = store.describe()
    if scenario.tables.folder is None:
        for name in sorted(common):
            yield name, common[name], "data"
        return
    folder = paths.ROOT / scenario.tables.folder
    own = store.describe(folder) if (folder / "datapackage.json").is_file() else {}
    t = scenario.tables
    read = {t.votes, t.equipment, t.demographics, t.points, t.neighbours, t.states, "outlines"}
    for name in sorted(own):
        yield name, own[name], scenario.tables.folder
    for name in sorted(read - set(own)):
        yield name, common[name], "data"


def certified_of(scenario: Scenario, tables: Tables) -> pd.DataFrame:
    """Certified totals of the elections of the scenario; none where it has no such table."""
    if scenario.tables.certified is None:
        return pd.DataFrame(columns=["place", "year", "vintage", "dem", "rep", "total"])
    totals = tables(scenario.tables.certified)
    years = {scenario.year, scenario.prior_year, *scenario.prior_years}
    return totals[totals["year"].isin(years)]


def reconcile(votes: pd.DataFrame, certified: pd.DataFrame) -> pd.DataFrame:
    """Sums of county votes beside the certified totals of the same count.

    Parameters
    ----------
    votes : DataFrame
        The ``county_votes`` table.
    certified : DataFrame
        The ``certified_totals`` table; ``place`` is a postal code or ``US``.

    Returns
    -------
    DataFrame
        One row per certified total, with ``dem``, ``rep``, ``total`` (certified),
        ``….ours`` and ``…_difference`` = ours minus certified.
    """
    rows = []
    for row in certified.to_dict("records"):
        own = votes[votes["year"] == row["year"]]
        if row["place"] != "US":
            own = own[own["state"] == row["place"]]
        named = own[own["vintage"] == row["vintage"]]
        own = named if len(named) == own["fips"].nunique() else own[own["best"]]
        out = dict(row)
        for name in ("dem", "rep", "total"):
            ours = int(own[name].sum())
            out[f"{name}_ours"] = ours
            known = pd.notna(row[name])
            out[f"{name}_difference"] = ours - int(row[name]) if known else pd.NA
        rows.append(out)
    if not rows:
        counts = ("dem", "rep", "total")
        more = [f"{n}_{w}" for n in counts for w in ("ours", "difference")]
        return pd.DataFrame(columns=[*certified.columns, *more])
    return pd.DataFrame(rows)
