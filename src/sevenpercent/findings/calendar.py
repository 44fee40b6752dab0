"""Numbers of the calendar chapter: deadlines, margins, thresholds, money and electors."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sevenpercent import claims, paths
from sevenpercent.errors import InputError, nearest
from sevenpercent.findings.claims import facts
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.show import events
from sevenpercent.show.events import Calendar

Rows = dict[str, dict[str, Any]]
"""State -> its row."""

NAME = "calendar.yml"
"""File beside a scenario's texts."""


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Set what was reported beside what the record says.

    Returns
    -------
    Findings
        The looked-up ``facts.…``; ``calendar.deadline.<state>`` (ISO date) with ``.days`` after the
        reports and ``.weekday``; ``calendar.margin.<state>.…`` (votes and percent of all votes, of
        the favoured over the harmed party, **positive** = the favoured party leads);
        ``calendar.threshold.<state>.…``; ``calendar.money.<sum>``; ``calendar.electors.…``.
        Frames ``timeline``, ``margins``, ``money``, ``electors``, ``disputes``.
    """
    calendar = events.load(paths.SCENARIOS / scenario.id / NAME)
    results = facts(scenario, tables)
    states = _by_state(tables(scenario.tables.states))
    found = {
        "timeline": _timeline(results, calendar, tables("fact_timeline")),
        "margins": _margins(results, calendar, scenario, states, tables("fact_thresholds")),
        "money": tables("fact_money"),
        "electors": _electors(results, calendar, scenario, states),
        "disputes": _disputes(calendar, scenario),
    }
    for made in calendar.sums:
        results.add(
            f"calendar.money.{made.id}",
            sum(_amount(results, k) for k in made.plus)
            - sum(_amount(results, k) for k in made.minus),
            unit="dollars",
            label=made.label,
            tables=sorted({t for k in (*made.plus, *made.minus) for t in results[k].tables}),
        )
    return Findings(results, found)


def _by_state(table: pd.DataFrame) -> Rows:
    rows: list[dict[str, Any]] = table.to_dict("records")  # type: ignore[assignment]
    return {row["state"]: row for row in rows}


def _amount(results: Results, key: str) -> float:
    value = results[key].value
    if not isinstance(value, (int, float)):
        raise InputError("a sum needs numbers", column=key, value=value)
    return float(value)


def _timeline(results: Results, calendar: Calendar, table: pd.DataFrame) -> pd.DataFrame:
    """One row per event with date, words and source, in order of date."""
    known = {str(row["id"]): row for row in table.to_dict("records")}
    rows = []
    for event in calendar.events:
        if event.fact not in known:
            raise InputError(
                "no such fact", column="events", value=event.fact, fix=nearest(event.fact, known)
            )
        fact = known[event.fact]
        when = events.day(str(fact["date"]))
        rows.append(
            {
                "fact": event.fact,
                "date": when.isoformat(),
                "weekday": events.weekday(when),
                "after": (when - calendar.election).days,
                "place": event.place,
                "kind": event.kind,
                "label": event.label,
                "text": fact["fact"],
                "source": fact["source"],
            }
        )
        if event.kind == "deadline":
            key = f"calendar.deadline.{event.place.lower()}"
            used = ["fact_timeline"]
            results.add(key, when.isoformat(), unit="date", label=event.label, tables=used)
            results.add(
                f"{key}.weekday", events.weekday(when), unit="day", label=event.label, tables=used
            )
            for name, since in (("days", calendar.reported), ("after", calendar.election)):
                results.add(
                    f"{key}.{name}",
                    (when - since).days,
                    unit="days",
                    label=f"{event.label}: days since {since.isoformat()}",
                    tables=used,
                )
    for name, when in (("election", calendar.election), ("reported", calendar.reported)):
        results.add(f"calendar.{name}", when.isoformat(), unit="date", label=f"day: {name}")
    return pd.DataFrame(rows).sort_values(["date", "place"], kind="stable", ignore_index=True)


def _margins(
    results: Results,
    calendar: Calendar,
    scenario: Scenario,
    states: Rows,
    thresholds: pd.DataFrame,
) -> pd.DataFrame:
    ledger = None if scenario.claims is None else claims.load(paths.ROOT / scenario.claims)
    rules = _by_state(thresholds)
    harmed, favoured = scenario.parties.harmed.party, scenario.parties.favoured.party
    rows = []
    for margin in calendar.margins:
        state, key = margin.state, f"calendar.margin.{margin.state.lower()}"
        if state not in states:
            raise InputError("unknown state", value=state, fix=nearest(state, states))
        own = states[state]
        total, votes = int(own["total"]), int(own[favoured] - own[harmed])
        row: dict[str, Any] = {
            "state": state,
            "name": own["name"],
            "votes": votes,
            "percent": 100 * votes / total,
        }
        used = [scenario.tables.states]
        for name, unit in (("votes", "votes"), ("percent", "percent")):
            results.add(
                f"{key}.{name}",
                row[name],
                n=total,
                unit=unit,
                label="certified margin of the favoured party, of all votes",
                tables=used,
            )
            claim = getattr(margin, name)
            row[f"reported_{name}"] = None
            if claim is not None and ledger is not None:
                said = ledger[claim].thresholds.get("value")
                row[f"reported_{name}"] = said
                results.add(
                    f"{key}.reported_{name}", said, unit=unit, label=ledger[claim].paraphrase
                )
        row["tally"] = None
        if calendar.tally is not None:
            found = f"{calendar.tally.facts}.{state.lower()}"
            row["tally"] = _amount(results, found) if found in results else None
        row["rule"], row["needed"], row["reached"] = "", None, None
        if state in rules:
            rule = rules[state]
            needed = events.threshold_votes(float(rule["value"]), str(rule["unit"]), total)
            row["rule"], row["needed"] = f"{rule['rule']} {rule['value']:g} {rule['unit']}", needed
            row["as_described"], row["source"] = rule["as_described"], rule["source"]
            row["reached"] = votes <= needed
            where = f"calendar.threshold.{state.lower()}"
            both = [*used, "fact_thresholds"]
            for name, value, unit in (
                ("votes", needed, "votes"),
                ("times", votes / needed, "ratio"),
                ("reached", votes <= needed, ""),
            ):
                results.add(
                    f"{where}.{name}", value, n=total, unit=unit, label=row["rule"], tables=both
                )
        rows.append(row)
    return pd.DataFrame(rows)


def _electors(
    results: Results, calendar: Calendar, scenario: Scenario, states: Rows
) -> pd.DataFrame:
    """States where an elector voted otherwise, and the totals that matter."""
    used = [scenario.tables.states]
    favoured = scenario.parties.favoured.party
    total = sum(int(row["ev"]) for row in states.values())
    pledged = sum(int(row[f"ev_{favoured}"]) for row in states.values())
    results.add(
        "calendar.electors.pledged", pledged, n=total, unit="electors", label="pledged", tables=used
    )
    results.add(
        "calendar.electors.to_block",
        events.electors_to_block(pledged, total),
        n=total,
        unit="electors",
        label="pledged electors of the winner who must desert until nobody has a majority",
        tables=used,
    )
    winner = {state: "dem" if row["dem"] > row["rep"] else "rep" for state, row in states.items()}
    if calendar.electors is not None:
        for name in ("announced", "stopped"):
            own = getattr(calendar.electors, name)
            for party in ("dem", "rep"):
                results.add(
                    f"calendar.electors.{name}_against_{party}",
                    sum(winner[state] == party for state in own),
                    n=len(own),
                    unit="electors",
                    label=f"named electors ({name}) of states that the candidate of {party} won",
                    tables=used,
                )
    rows = []
    for state, row in states.items():
        for party in ("dem", "rep"):
            lost = int(row[f"ev_{party}"] - row[f"ev_{party}_cast"])
            if lost:
                rows.append(
                    {
                        "state": state,
                        "name": row["name"],
                        "party": party,
                        "pledged": int(row[f"ev_{party}"]),
                        "otherwise": lost,
                        "for": row["faithless"],
                    }
                )
    return pd.DataFrame(rows, columns=["state", "name", "party", "pledged", "otherwise", "for"])


def _disputes(calendar: Calendar, scenario: Scenario) -> pd.DataFrame:
    """One row per statement: question, paraphrase, report, and the template of the record."""
    columns = ["question", "said", "report", "said_on", "record"]
    if scenario.claims is None:
        return pd.DataFrame(columns=columns)
    ledger = claims.load(paths.ROOT / scenario.claims)
    titles = {report.id: report.title for report in ledger.reports}
    rows = []
    for dispute in calendar.disputes:
        for name in dispute.claims:
            claim = ledger[name]
            rows.append(
                (
                    dispute.question,
                    claim.paraphrase,
                    "; ".join(titles[r] for r in claim.report),
                    claim.said_on.isoformat() if claim.said_on else "",
                    dispute.record,
                )
            )
    return pd.DataFrame(rows, columns=columns)
