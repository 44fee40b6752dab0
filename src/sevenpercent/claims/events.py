"""What a recount may be asked for, by when and at which margin: the days after an election.

A scenario's ``calendar.yml`` says which looked-up facts stand on the timeline, which claims of its
ledger state margins, and which ones are set side by side. Dates, sums and rules themselves stand
in the tables of facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Literal

import jinja2
import pandas as pd
from pydantic import Field, field_validator

from sevenpercent import strict
from sevenpercent.claims.facts import PARTIES
from sevenpercent.claims.ledger import Ledger
from sevenpercent.errors import InputError, demand
from sevenpercent.escape import Markdown
from sevenpercent.model import numbers
from sevenpercent.model import words as prose
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Identifier, Postal
from sevenpercent.model.words import WEEKDAYS
from sevenpercent.strict import Strict

Kind = Literal["vote", "report", "deadline", "request", "count", "court", "electors"]
Text = Annotated[str, Field(min_length=1)]

UNITS = {"votes": 0.0, "percent of votes": 0.01}
"""How a threshold is printed, and what one unit is as a share of all votes (0: votes)."""

_FAVOURED = "margin of the favoured party, of all votes"

MARGINS = {
    "votes": ("votes", f"certified {_FAVOURED}"),
    "percent": ("percent", f"certified {_FAVOURED}"),
    "reported_votes": ("votes", f"reported {_FAVOURED}"),
    "reported_percent": ("percent", f"reported {_FAVOURED}"),
}
LIMITS = {
    "votes": ("votes", "the threshold of the rule"),
    "times": ("ratio", "margin over the threshold"),
    "reached": ("", "whether the margin is within the threshold"),
}
"""Unit and label of what is published of margins and of the rules they meet."""


class Event(Strict):
    """One line of the timeline, with the id of its row of ``fact_timeline``, which gives date and source."""

    fact: Identifier
    place: Postal
    kind: Kind
    label: Text


class Margin(Strict):
    """Margin of one state as reports gave it: claims of the ledger with a value each."""

    state: Postal
    percent: Identifier | None = None
    votes: Identifier | None = None


class Tally(Strict):
    """Margins as the press gave them at a later date, for the table of margins.

    `label`: the day, for the head of a column; `facts`: result key without the state's postal code
    at its end.
    """

    label: Text
    facts: Text


class Dispute(Strict):
    """Statements set side by side, and what the record says, as a template over results."""

    question: Text
    claims: list[Identifier] = Field(min_length=1)
    record: Text

    @field_validator("record")
    @classmethod
    def _well_formed(cls, text: str) -> str:
        try:
            prose.environment().parse(text)
        except jinja2.TemplateError as e:
            raise ValueError(f"record is not a well-formed sentence: {e}") from None
        return text


class Sum(Strict):
    """A figure made of others: results added, and results taken away."""

    id: Identifier
    label: Text
    plus: list[Text] = Field(min_length=1)
    minus: list[Text] = Field([])


class Electors(Strict):
    """States of the electors who are known by name."""

    announced: list[Postal]
    """Of those who said beforehand that they would vote against their state's winner."""
    stopped: list[Postal]
    """Of those whose vote was not accepted."""


class Calendar(Strict):
    """Everything that one scenario says about the days after its election."""

    election: date
    reported: date
    events: list[Event] = Field(min_length=1)
    margins: list[Margin] = Field([])
    tally: Tally | None = None
    sums: list[Sum] = Field([])
    electors: Electors | None = None
    disputes: list[Dispute] = Field([])


def load(path: Path) -> Calendar:
    """Read and check a calendar.

    Raises InputError: naming file and key of the first fault.
    """
    if not path.is_file():
        raise InputError(
            "the scenario has no calendar", file=path, fix="Write one, or leave the chapter out."
        )
    return strict.validated(Calendar, strict.read_yaml(path), path, "calendar")


def day(text: str) -> date:
    """Date of a fact, ``YYYY-MM-DD``.

    Raises InputError: when only a month or a year is known: such a fact has no place on a timeline
    of days.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("not a day", value=text, fix="Give YYYY-MM-DD.") from None


def threshold_votes(value: float, unit: str, total: int) -> float:
    """Threshold in votes, printed in votes or in percent of the `total` votes cast for the office."""
    demand(unit, UNITS, "unknown unit of a threshold")
    return value * UNITS[unit] * total if UNITS[unit] else value


def electors_to_block(pledged: int, total: int) -> int:
    """Electors who must desert a winner until nobody has a majority of all electors.

    Zero when the candidate has no majority to lose.
    """
    return max(0, pledged - total // 2)


def timeline(calendar: Calendar, facts: pd.DataFrame) -> pd.DataFrame:
    """One row an event, in order of date.

    `facts`: table ``fact_timeline``. Returns ``date`` (ISO text), ``weekday``, ``days`` since the
    reports, ``place``, ``kind``, ``label`` for the figure, ``text`` and ``source`` of the fact.
    """
    known = {str(row["id"]): row for row in facts.to_dict("records")}
    rows = []
    for event in calendar.events:
        demand(event.fact, known, "no such fact", column="events")
        fact = known[event.fact]
        when = day(str(fact["date"]))
        row: dict[str, Any] = {"date": when.isoformat(), "weekday": WEEKDAYS[when.weekday()]}
        row |= {"days": (when - calendar.reported).days, "text": fact["fact"]}
        row |= {name: getattr(event, name) for name in ("place", "kind", "label")}
        rows.append({**row, "source": fact["source"]})
    return pd.DataFrame(rows).sort_values(["date", "place"], kind="stable", ignore_index=True)


def margins(
    calendar: Calendar,
    states: pd.DataFrame,
    ledger: Ledger | None,
    facts: Results,
    sides: tuple[str, str],
) -> pd.DataFrame:
    """Margin of the favoured over the harmed party, as certified and as it was reported.

    `states`: one row a state: ``state``, ``name``, votes of parties, ``total``; `ledger`: claims
    that say what was reported; `facts`: looked-up facts, for the later margins of the press.
    Returns ``state, name, total, votes, percent`` (of all votes, **positive** = the favoured party
    leads), ``reported_votes``, ``reported_percent`` and ``tally``, null where nobody said.
    """
    harmed, favoured = sides
    known = {str(row["state"]): row for row in states.to_dict("records")}
    rows = []
    for margin in calendar.margins:
        demand(margin.state, known, "unknown state")
        own = known[margin.state]
        votes, total = int(own[favoured] - own[harmed]), int(own["total"])
        row = {"state": margin.state, "name": own["name"], "total": total, "votes": votes}
        row["percent"] = 100 * votes / total
        for name in ("votes", "percent"):
            claim = getattr(margin, name)
            said = None if claim is None or ledger is None else ledger[claim].thresholds["value"]
            row[f"reported_{name}"] = said
        key = f"{calendar.tally.facts}.{margin.state.lower()}" if calendar.tally else ""
        row["tally"] = facts[key].value if key in facts else None
        rows.append(row)
    columns = ["total", "votes", "percent", "reported_votes", "reported_percent", "tally"]
    return pd.DataFrame(rows, columns=["state", "name", *columns])


def against_rules(margins: pd.DataFrame, thresholds: pd.DataFrame) -> pd.DataFrame:
    """Margins of states whose rule is known beside it.

    `margins`: as :func:`margins` gives them; `thresholds`: table ``fact_thresholds``. Returned with
    the ``rule`` in words, ``needed`` (the threshold in votes), ``times`` (the margin as a multiple
    of it) and ``reached``; with ``as_described`` and ``source``.
    """
    both = margins.merge(thresholds, on="state", how="inner")
    asked = both[["value", "unit", "total", "rule"]].to_dict("records")
    both["needed"] = [threshold_votes(float(r["value"]), r["unit"], int(r["total"])) for r in asked]
    both["times"] = both["votes"] / both["needed"]
    both["reached"] = both["votes"] <= both["needed"]
    both["rule"] = [f"{r['rule']} {r['value']:g} {r['unit']}" for r in asked]
    return both.drop(columns=["value", "unit"])


def sums(calendar: Calendar, facts: Results) -> list[dict[str, Any]]:
    """Figures made of others, in dollars, as rows to publish."""
    rows = []
    for made in calendar.sums:
        value = sum(_amount(facts, k) for k in made.plus)
        value -= sum(_amount(facts, k) for k in made.minus)
        used = sorted({t for k in (*made.plus, *made.minus) for t in facts[k].tables})
        rows.append(numbers.row(made.id, value, "dollars", made.label, tables=used))
    return rows


def _amount(facts: Results, key: str) -> float:
    value = facts[key].value
    if not isinstance(value, (int, float)):
        raise InputError("a sum needs numbers", column=key, value=value)
    return float(value)


def named(calendar: Calendar, states: pd.DataFrame) -> list[dict[str, Any]]:
    """Electors known by name, by the party that won their state, as rows to publish."""
    if calendar.electors is None:
        return []
    won = dict(zip(states["state"], states["dem"] > states["rep"], strict=True))
    rows = []
    for name, party in product(("announced", "stopped"), PARTIES):
        own = getattr(calendar.electors, name)
        value = sum(won[state] == (party == "dem") for state in own)
        label = f"named electors ({name}) of states that the candidate of {party} won"
        rows.append(numbers.row(f"{name}_against_{party}", value, "electors", label, n=len(own)))
    return rows


def deserters(states: pd.DataFrame) -> pd.DataFrame:
    """States where electors voted otherwise than pledged: party, ``pledged``, ``otherwise``, ``voted_for``."""
    rows = []
    for row, party in product(states.to_dict("records"), PARTIES):
        pledged = int(row[f"ev_{party}"])
        if otherwise := int(pledged - row[f"ev_{party}_cast"]):
            told = row["state"], row["name"], party, pledged, otherwise
            rows.append([*told, row["faithless"]])
    columns = ["state", "name", "party", "pledged", "otherwise", "voted_for"]
    return pd.DataFrame(rows, columns=columns)


def disputes(
    calendar: Calendar, ledger: Ledger | None, known: Mapping[str, Any], *, strict: bool = True
) -> list[dict[str, Any]]:
    """Statements set side by side: ``question``, what was ``said``, and the ``record`` in words.

    `ledger`: without one nothing was said; `known`: numbers by key, which the record cites;
    `strict`: whether a record that cites a missing number is an error; else the dispute is left
    out.
    """
    if ledger is None:
        return []
    titles = {report.id: report.title for report in ledger.reports}
    out = []
    for dispute in calendar.disputes:
        said = []
        for claim in (ledger[name] for name in dispute.claims):
            reports = "; ".join(titles[r] for r in claim.report)
            day_of = claim.said_on.isoformat() if claim.said_on else ""
            said.append({"said": claim.paraphrase, "report": reports, "said_on": day_of})
        try:
            record = prose.render(dispute.record, Results(dict(known)), page=True)
        except InputError:
            if strict:
                raise
            continue
        out.append({"question": dispute.question, "said": said, "record": Markdown(record)})
    return out
