"""Numbers of the data chapter: what the rules found, what was mended, what reconciles."""

from __future__ import annotations

import pandas as pd

from sevenpercent import rules
from sevenpercent import tables as store
from sevenpercent.findings.places import Tables
from sevenpercent.results import Findings, Results
from sevenpercent.scenario import Scenario

ACTIONS = ("found", "corrected", "kept", "excluded", "noted", "open")


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Run the data rules and compare certified totals with the tables.

    Returns
    -------
    Findings
        ``data.rules.<rule>.<found|corrected|kept|excluded|noted|open>`` and
        ``data.certified.<place>.<year>.<vintage>.<dem|rep|total>``: ours minus certified, votes.
        Frames ``rules``, ``findings``, ``certified``, ``corrections`` and ``tables``.
    """
    report = rules.examine()
    results = Results()
    for row in report.summary.to_dict("records"):
        for action in ACTIONS:
            results.add(
                f"data.rules.{row['rule']}.{action}",
                row[action],
                unit="findings",
                label=str(row["question"]),
            )
    for action in ACTIONS:
        results.add(
            f"data.rules.{action}",
            int(report.summary[action].sum()),
            n=len(report.summary),
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
        }
        for name, resource in sorted(store.describe().items())
    ]
    return Findings(
        results,
        {
            "rules": report.summary,
            "findings": report.found,
            "certified": certified,
            "corrections": corrections,
            "tables": pd.DataFrame(listed),
        },
    )


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
