"""Numbers of the audit chapter: ballots that would have settled each state, and the cost."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import audit, recount

KINDS = ("polling", "comparison")

TRAIL, ALONE = "vvpat", "dre_only"
"""Readings of the equipment: whether DREs there kept a paper trail (null where there are none),
and whether there was nothing else to vote on."""


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Size audits of every state of the claim, by formula and by simulation.

    Returns
    -------
    Findings
        ``audit.<state>.diluted_margin`` (share); ``audit.<state>.<polling|comparison>.<risk>`` with
        ``.formula`` and ``.simulated`` (ballots; the interval holds 90 % of the simulated
        audits), ``.share`` (different ballots among them as a share of all) and ``.full`` (share
        of audits that end in a full count), risk as ``risk5`` for 5 %;
        ``audit.<state>.no_paper`` and ``.no_paper_only`` (shares of votes in counties some or
        all of whose machines kept no paper), ``.possible``; ``audit.rates.o1|u1`` (errors per
        ballot that the simulation supposes); ``audit.<focus>.cost.…`` (dollars). Frames
        ``sizes``, ``paper``.
    """
    results = Results()
    rates = _error_rates(results, scenario, tables)
    states = tables(scenario.tables.states).set_index("state")
    rng = np.random.default_rng(scenario.audit.seed)
    paper = _paper(results, scenario, tables)
    rows = []
    for state in scenario.states:
        contest = _contest(states, state)
        where = f"audit.{state.lower()}"
        used = [scenario.tables.states]
        for key, value, unit, label in (
            ("diluted_margin", contest.diluted_margin, "share", "margin over all votes"),
            ("ballots", contest.ballots, "ballots", "votes for all candidates"),
        ):
            results.add(f"{where}.{key}", value, unit=unit, label=label, tables=used)
        for risk in scenario.audit.risks:
            for kind in KINDS:
                rows.append(
                    {"state": state, "kind": kind, "risk": risk, "ballots": contest.ballots}
                    | _sizes(results, where, contest, kind, risk, rates, scenario, rng)
                )
    sizes = pd.DataFrame(rows)
    _cost(results, scenario, tables, sizes)
    return Findings(results, {"sizes": sizes, "paper": paper})


def risk_name(risk: float) -> str:
    """A risk limit as a part of a result key.

    Examples
    --------
    >>> risk_name(0.05), risk_name(0.025)
    ('risk5', 'risk2_5')
    """
    return f"risk{100 * risk:g}".replace(".", "_")


def _contest(states: pd.DataFrame, state: str) -> audit.Contest:
    votes = {name: int(states[name][state]) for name in ("dem", "rep", "total")}
    second, first = sorted((votes["dem"], votes["rep"]))
    return audit.Contest(first, second, votes["total"])


def _sizes(
    results: Results,
    where: str,
    contest: audit.Contest,
    kind: str,
    risk: float,
    rates: audit.Discrepancies,
    scenario: Scenario,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Ballots of one kind of audit at one risk limit."""
    used = [scenario.tables.states]
    gamma, draws = scenario.audit.inflation, scenario.audit.draws
    if kind == "polling":
        formula: float = audit.polling_size(contest, risk)
        drawn = audit.polling_draws(contest, risk, draws, rng)
    else:
        formula = audit.comparison_size(contest.diluted_margin, risk, gamma=gamma)
        drawn = audit.comparison_draws(contest, risk, rates, draws, rng, gamma)
    share = audit.distinct(formula, contest.ballots) / contest.ballots
    lo, hi = np.quantile(drawn, [0.05, 0.95])
    key = f"{where}.{kind}.{risk_name(risk)}"
    results.add(
        f"{key}.formula",
        formula,
        unit="ballots",
        label=f"ballots to draw, {kind}, risk {risk:g}",
        tables=used,
    )
    results.add(
        f"{key}.simulated",
        float(drawn.mean()),
        lo=float(lo),
        hi=float(hi),
        n=draws,
        unit="ballots",
        label="mean of simulated audits; the interval holds 90 % of them",
        tables=used,
    )
    for name, value, label in (
        ("share", share, "different ballots among them, of all ballots"),
        ("full", float((drawn >= contest.ballots).mean()), "simulated audits that count all"),
    ):
        results.add(f"{key}.{name}", value, unit="share", label=label, tables=used)
    return {
        "formula": float(formula),
        "simulated": float(drawn.mean()),
        "lo": float(lo),
        "hi": float(hi),
        "share": share,
    }


def _error_rates(results: Results, scenario: Scenario, tables: Tables) -> audit.Discrepancies:
    """One-vote errors per ballot, as the recount found them; none where there was no recount."""
    o1 = u1 = 0.0
    used: list[str] = []
    if scenario.tables.units is not None:
        frame = recount.changes(
            tables(scenario.tables.units),
            harmed=scenario.parties.harmed.party,
            favoured=scenario.parties.favoured.party,
        )
        used = [scenario.tables.units]
        votes = float(frame["votes"].sum())
        ahead = float((frame["favoured"] - frame["harmed"]).sum()) >= 0
        sign = 1 if ahead else -1
        # A change towards the runner-up shows that the margin had been overstated.
        towards_winner = pd.concat(
            [sign * frame["favoured_change"], -sign * frame["harmed_change"]]
        )
        o1 = float(-towards_winner[towards_winner < 0].sum()) / votes
        u1 = float(towards_winner[towards_winner > 0].sum()) / votes
    for name, value in (("o1", o1), ("u1", u1)):
        results.add(
            f"audit.rates.{name}",
            value,
            unit="share",
            label="errors per ballot: the margin "
            + ("overstated" if name == "o1" else "understated")
            + " by one vote",
            tables=used,
        )
    return audit.Discrepancies(o1=o1, u1=u1)


def _paper(results: Results, scenario: Scenario, tables: Tables) -> pd.DataFrame:
    """Votes cast in counties whose machines kept no paper that anybody could audit."""
    votes = tables(scenario.tables.votes)
    votes = votes[(votes["year"] == scenario.year) & votes["best"]]
    equipment = tables(scenario.tables.equipment)
    equipment = equipment[
        (equipment["year"] == scenario.year) & (equipment["version"] == scenario.treatment.version)
    ]
    used = [scenario.tables.votes, scenario.tables.equipment]
    trail, alone = (equipment[equipment["reading"] == r] for r in (TRAIL, ALONE))
    known = not trail.empty
    kept = trail.set_index("fips")["value"]
    only_machines = alone.set_index("fips")["value"]
    rows = []
    for state in scenario.states:
        own = votes[votes["state"] == state].set_index("fips")
        total = own["total"].astype(float)
        without = kept.reindex(own.index) == 0
        only = without & (only_machines.reindex(own.index) > 0)
        where = f"audit.{state.lower()}"
        row: dict[str, object] = {"state": state, "counties": len(own)}
        for name, mask, label in (
            ("no_paper", without, "some machines kept no paper"),
            ("no_paper_only", only, "there was nothing else to vote on than such machines"),
        ):
            row[name] = float(total[mask].sum() / total.sum()) if known else None
            row[f"{name}_counties"] = int(mask.sum())
            results.add(
                f"{where}.{name}",
                row[name],
                n=int(mask.sum()),
                unit="share",
                label=f"share of votes in counties where {label}",
                tables=used,
            )
        row["possible"] = bool(not without.any()) if known else None
        results.add(f"{where}.counties", len(own), unit="counties", label="counties", tables=used)
        results.add(
            f"{where}.possible",
            row["possible"],
            label="whether every ballot left paper that an audit could draw; empty: not known",
            tables=used,
        )
        rows.append(row)
    return pd.DataFrame(rows)


def _cost(results: Results, scenario: Scenario, tables: Tables, sizes: pd.DataFrame) -> None:
    """What the recount cost, and what an audited ballot could cost before an audit costs more."""
    if scenario.audit.cost_fact is None or scenario.focus not in scenario.states:
        return
    facts = tables("fact_timeline").set_index("id")["value"]
    name = scenario.audit.cost_fact
    if name not in facts.index:
        raise InputError(
            "no such fact", column="audit.cost_fact", value=name, fix=nearest(name, facts.index)
        )
    cost = float(str(facts[name]))
    where = f"audit.{scenario.focus.lower()}"
    own = sizes[sizes["state"] == scenario.focus]
    used = ["fact_timeline", scenario.tables.states]
    ballots = float(own["ballots"].iloc[0])
    for key, value, label in (
        ("recount", cost, "cost of the recount"),
        ("per_ballot", cost / ballots, "cost of the recount per ballot"),
        *(
            (
                f"break_even.{row['kind']}.{risk_name(row['risk'])}",
                cost / math.ceil(row["simulated"]),
                "what one audited ballot could cost before the audit cost as much",
            )
            for row in own.to_dict("records")
        ),
    ):
        results.add(f"{where}.cost.{key}", value, unit="dollars", label=label, tables=used)
