"""Numbers of the claims chapter: looked-up facts under their keys, and every claim's verdict."""

from __future__ import annotations

import pandas as pd

from sevenpercent import claims, paths
from sevenpercent.claims import facts as looked_up
from sevenpercent.claims.facts import slug
from sevenpercent.model import numbers
from sevenpercent.model.places import NATION, Tables, county_frame
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario

NEEDS = (
    "gap",
    "controls",
    "electoral",
    "municipalities",
    "same_ballots",
    "designs",
    "sensitivity",
    "recount",
    "polls",
    "calendar",
)
"""Chapters whose results can decide a claim; a book need not have them all."""


def compute(scenario: Scenario, tables: Tables, upstream: Results | None = None) -> Findings:
    """Look up the facts and decide every claim of the scenario.

    Parameters
    ----------
    scenario : Scenario
        A scenario without ``claims`` gives no results.
    tables : callable
        Table name -> frame.
    upstream : Results, optional
        Results of the chapters in :data:`NEEDS`, as far as the book has them; a claim that rests
        on others is "not yet tested".

    Returns
    -------
    Findings
        ``facts.…`` (dates as ISO text), ``claims.<id>.then`` and ``claims.<id>.final`` (the words
        of a verdict), ``claims.count.<word>`` (claims by final word). Frame ``ledger``: one row
        per claim, in the order of the file.
    """
    if scenario.claims is None:
        return Findings(Results())
    ledger = claims.load(paths.ROOT / scenario.claims)
    results = facts(scenario, tables)
    known = results.merged(upstream or Results())
    titles = {r.id: r.title for r in ledger.reports}
    rows = []
    for claim in ledger:
        found = claims.verdict(claim, known)
        for when, word in (("then", found.then), ("final", found.final)):
            results.add(
                f"claims.{claim.id}.{when}", str(word), unit="verdict", label=claim.paraphrase
            )
        rows.append(
            {
                "id": claim.id,
                "reports": "; ".join(titles[r] for r in claim.report),
                "who": claim.who,
                "said_on": claim.said_on.isoformat() if claim.said_on else "",
                "paraphrase": claim.paraphrase,
                "kind": claim.kind,
                "as_of": claim.as_of,
                "check": claim.check,
                "rule": claim.rule,
                "rule_says": claims.RULES[claim.rule].explains.splitlines()[0],
                "then": str(found.then),
                "final": str(found.final),
                "because": found.because if found.decided else "",
                "evidence": found.evidence,
                "would_change": found.would_change,
                "contradicts": "; ".join(claim.contradicts),
                "decided": found.decided,
                "waits_for": "; ".join(found.missing),
            }
        )
    frame = pd.DataFrame(rows)
    for word in claims.Word:
        results.add(
            f"claims.count.{slug(word)}",
            int((frame["final"] == str(word)).sum()),
            n=len(frame),
            unit="claims",
            label=f"claims of which the final verdict is: {word}",
        )
    return Findings(results, {"ledger": frame})


def facts(scenario: Scenario, tables: Tables) -> Results:
    """Looked-up facts, and plain counts over tables, under ``facts.…``."""
    s, t = scenario, scenario.tables
    nation = county_frame(s, tables, NATION)
    found = [
        looked_up.recorded(tables) if t.timeline else None,
        looked_up.electors(tables(t.states), s.states, [t.states]) if t.delegations else None,
        looked_up.winners(tables("state_votes"), s.states, s.year),
        looked_up.candidates(tables("state_candidates"), s.states, s.year),
        looked_up.machines(nation, s.treatment.primary, s.states, [t.votes, t.equipment]),
        looked_up.paper_trail(tables("equipment_records"), s.states, s.year),
        looked_up.printed(tables("county_votes_printed"), s.states, s.year, s.parties),
    ]
    return numbers.results(numbers.rows(pd.concat([f for f in found if f is not None])))
