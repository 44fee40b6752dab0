"""What an audit of each state would take: ballots, paper to draw them from, money. See :mod:`.risk_limits`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sevenpercent.errors import demand
from sevenpercent.model.frames import require
from sevenpercent.stats import risk_limits as rla
from sevenpercent.stats.risk_limits import GAMMA, NONE, Contest, Discrepancies

__all__ = ["NONE", "NUMBERS", "Contest", "cost", "error_rates", "paper_kept", "sizes"]


TRAIL, ALONE = "vvpat", "dre_only"
"""Definitions in the list of equipment: whether machines there kept a paper trail (no row where there
are none), and whether there was nothing else to vote on."""

NUMBERS = {
    "diluted_margin": ("share", "margin over all votes"),
    "ballots": ("ballots", "votes for all candidates"),
    "formula": ("ballots", "ballots to draw, expected by formula"),
    "newer": ("ballots", "ballots to draw, expected by ALPHA (polling) or SHANGRLA (comparison)"),
    "simulated": ("ballots", "mean of simulated audits; the interval holds 90 % of them"),
    "no_paper": ("share", "share of votes in counties where some machines kept no paper"),
    "no_paper_only": (
        "share",
        "share of votes in counties where there was nothing else to vote on than such machines",
    ),
    "possible": ("", "whether every ballot left paper that an audit could draw; empty: not known"),
}
"""Unit and label of the numbers in the frames of this module."""


def risk_name(risk: float) -> str:
    """A risk limit as a part of a result key.

    Examples
    --------
    >>> risk_name(0.05), risk_name(0.025)
    ('risk5', 'risk2_5')
    """
    return f"risk{100 * risk:g}".replace(".", "_")


def sizes(
    contest: Contest,
    risks: Sequence[float],
    rates: Discrepancies,
    *,
    draws: int,
    rng: np.random.Generator,
    gamma: float = GAMMA,
) -> pd.DataFrame:
    """Ballots that audits of both kinds draw at each risk limit: by formula, and in simulations.

    `risks`: risk limits; `rates`: errors per ballot that the simulated comparison audits suppose;
    `draws`: simulated audits of each kind.

    Returns one row a risk and kind (``polling``, ``comparison``): ``formula``; ``newer`` (by ALPHA,
    or by SHANGRLA with errors at `rates`) and ``newer_share`` (of all ballots); ``simulated``
    (mean) with ``simulated_lo, simulated_hi`` (nine in ten audits lie between) and ``simulated_n``;
    ``share`` (different ballots among those of the formula, of all); ``ballots`` (all).
    """
    rows = []
    for risk in risks:
        margin = contest.diluted_margin
        polled = rla.polling_size(contest, risk), rla.alpha_size(contest, risk)
        held = (
            rla.comparison_size(margin, risk, gamma=gamma),
            rla.shangrla_size(margin, risk, rates),
        )
        for kind, (formula, newer), drawn in (
            ("polling", polled, rla.polling_draws(contest, risk, draws, rng)),
            ("comparison", held, rla.comparison_draws(contest, risk, rates, draws, rng, gamma)),
        ):
            lo, hi = np.quantile(drawn, [0.05, 0.95])
            newer = min(float(newer), float(contest.ballots))  # then every ballot is counted
            distinct = rla.distinct(formula, contest.ballots)
            share = distinct / contest.ballots, newer / contest.ballots
            row = [kind, risk, f"{kind}.{risk_name(risk)}", float(formula), newer]
            row += [float(drawn.mean()), float(lo), float(hi), draws]
            rows.append([*row, *share, float(contest.ballots)])
    columns = ["kind", "risk", "part", "formula", "newer", "simulated", "simulated_lo"]
    columns += ["simulated_hi", "simulated_n", "share", "newer_share", "ballots"]
    return pd.DataFrame(rows, columns=columns)


def error_rates(changes: pd.DataFrame) -> Discrepancies:
    """One-vote errors per ballot, as a recount found them.

    A recount that moves votes towards the runner-up shows that the margin had been overstated.

    `changes`: one row a reporting unit, as :func:`sevenpercent.stats.recount.changes` gives it.
    """
    require(changes, ["votes", "favoured", "harmed", "favoured_change", "harmed_change"])
    sign = 1 if float((changes["favoured"] - changes["harmed"]).sum()) >= 0 else -1
    towards = pd.concat([sign * changes["favoured_change"], -sign * changes["harmed_change"]])
    votes = float(changes["votes"].sum())
    over, under = -towards[towards < 0].sum(), towards[towards > 0].sum()
    return Discrepancies(o1=float(over) / votes, u1=float(under) / votes)


def paper_kept(votes: pd.DataFrame, equipment: pd.DataFrame, states: Sequence[str]) -> pd.DataFrame:
    """Votes cast in counties whose machines kept no paper that anybody could audit.

    `votes`: one row a county: ``fips, state, total``; `equipment`: one list of machines: ``fips,
    reading, value``. Returns one row a state: ``no_paper`` and ``no_paper_only`` (shares of its
    votes where some, or all, machines kept no paper) with ``no_paper_n, no_paper_only_n``
    (counties); ``possible`` (no such machine anywhere). Empty where the list does not know paper
    trails.
    """
    lists = {
        name: equipment.loc[equipment["reading"] == name].set_index("fips")["value"]
        for name in (TRAIL, ALONE)
    }
    known = not lists[TRAIL].empty
    rows = []
    for state in states:
        own = votes[votes["state"] == state].set_index("fips")
        total = own["total"].astype(float)
        without = lists[TRAIL].reindex(own.index) == 0
        only = without & (lists[ALONE].reindex(own.index) > 0)
        row: dict[str, object] = {"place": state, "possible": not without.any() if known else None}
        for name, where in (("no_paper", without), ("no_paper_only", only)):
            row[name] = float(total[where].sum() / total.sum()) if known else None
            row[f"{name}_n"] = int(where.sum())
        rows.append(row)
    return pd.DataFrame(rows).astype({"possible": object})


def cost(facts: pd.DataFrame, fact: str | None, sizes: pd.DataFrame) -> pd.DataFrame:
    """What a recount cost, and what an audited ballot could cost before an audit costs more.

    `facts`: ``id, value``; `fact`: the one that holds the cost of the recount, in dollars; None:
    not known; `sizes`: as :func:`sizes` gives it, of the state that was recounted. Returns ``part,
    value`` (dollars), ``unit, label``: ``cost.recount``, ``cost.per_ballot`` and
    ``cost.break_even.<audit>``; no row where the cost is not known. Raises InputError: no such
    fact.
    """
    if fact is None:
        return pd.DataFrame(columns=["part", "value", "unit", "label"])
    known = facts.set_index("id")["value"]
    demand(fact, known.index, "no such fact", column="audit.cost_fact")
    spent = float(str(known[fact]))
    even = spent / np.round(sizes["simulated"])  # as they are printed
    rows = [
        ("recount", spent, "cost of the recount"),
        ("per_ballot", spent / float(sizes["ballots"].iloc[0]), "cost of the recount per ballot"),
        *(
            (f"break_even.{part}", value, "price of an audited ballot at which both cost the same")
            for part, value in zip(sizes["part"], even, strict=True)
        ),
    ]
    made = pd.DataFrame(rows, columns=["part", "value", "label"]).assign(unit="dollars")
    return made.assign(part="cost." + made["part"])
