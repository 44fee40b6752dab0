r"""Risk-limiting audits: how many ballots, drawn at random, would have settled an outcome.

Two kinds. *Ballot polling* reads ballots drawn at random and asks whether the reported winner
leads among them, as in a poll; it needs paper and a list of where it lies. *Comparison* holds each
drawn ballot against what the machine recorded for that very ballot; it needs such records too, and
far fewer ballots. Both limit the *risk*: if the reported outcome is wrong, the chance that the
audit ends without a full count by hand is at most :math:`\alpha`. The *diluted margin*
:math:`\mu` is the margin in votes over all ballots.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.frames import require

GAMMA = 1.03905
"""Inflation of the bound on error in a comparison audit, as Lindeman and Stark 2012 set it."""

TRAIL, ALONE = "vvpat", "dre_only"
"""Definitions in the list of equipment: whether machines there kept a paper trail (no row where there
are none), and whether there was nothing else to vote on."""

TOLD = {
    "diluted_margin": ("share", "margin over all votes"),
    "ballots": ("ballots", "votes for all candidates"),
    "formula": ("ballots", "ballots to draw, expected by formula"),
    "newer": ("ballots", "ballots to draw, expected by ALPHA (polling) or SHANGRLA (comparison)"),
    "newer_share": ("share", "these, of all ballots"),
    "simulated": ("ballots", "mean of simulated audits; the interval holds 90 % of them"),
    "share": ("share", "different ballots among them, of all ballots"),
    "no_paper": ("share", "share of votes in counties where some machines kept no paper"),
    "no_paper_only": (
        "share",
        "share of votes in counties where there was nothing else to vote on than such machines",
    ),
    "possible": ("", "whether every ballot left paper that an audit could draw; empty: not known"),
    "o1": ("share", "errors per ballot: the margin overstated by one vote"),
    "u1": ("share", "errors per ballot: the margin understated by one vote"),
}
"""Unit and label of the numbers in the frames of this module."""

CHUNK = 1_000_000
"""Draws that are worked on at a time."""

STEPS = 200
"""Looks into which the expected sample of a simulated ballot-polling audit is divided; ending at a
look instead of at the very ballot lengthens an audit by about half a percent."""


@dataclass(frozen=True)
class Contest:
    """Reported result of a contest between two.

    Attributes
    ----------
    winner, runner_up : int
        Votes as reported.
    ballots : int
        All ballots, those for others or for nobody too.
    """

    winner: int
    runner_up: int
    ballots: int

    def __post_init__(self) -> None:
        if self.winner <= self.runner_up:
            raise InputError("An audit needs a winner", value=self.winner)
        if self.winner + self.runner_up > self.ballots:
            raise InputError("More votes than ballots", value=self.ballots)

    @classmethod
    def of(cls, states: pd.DataFrame, state: str) -> Contest:
        """The two largest of a state's ``dem`` and ``rep`` votes among its ``total``."""
        require(states, ["state", "dem", "rep", "total"])
        own = states[states["state"] == state]
        dem, rep, total = (int(own[name].item()) for name in ("dem", "rep", "total"))
        return cls(max(dem, rep), min(dem, rep), total)

    @property
    def diluted_margin(self) -> float:
        """Margin in votes as a share of all ballots."""
        return (self.winner - self.runner_up) / self.ballots


@dataclass(frozen=True)
class Discrepancies:
    """Ballots on which machine and eye differ, by what that does to the margin.

    Counts, or rates per ballot.

    Attributes
    ----------
    o1, o2 : float
        The machine overstated the margin by one vote, by two.
    u1, u2 : float
        It understated the margin by one vote, by two.
    """

    o1: float = 0.0
    o2: float = 0.0
    u1: float = 0.0
    u2: float = 0.0

    def __post_init__(self) -> None:
        if min(self.o1, self.o2, self.u1, self.u2) < 0:
            raise InputError("Discrepancies cannot be negative", value=self)


NONE = Discrepancies()


def polling_size(contest: Contest, risk: float) -> int:
    r"""Ballots that a ballot-polling audit is expected to draw when the reported result is right.

    .. math:: \frac{\ln(1/\alpha) + \tfrac12 \ln(2 s_w)}{p_w \ln(2 s_w) + p_\ell \ln(2 - 2 s_w)}

    with :math:`p` the shares of all ballots and :math:`s_w = p_w / (p_w + p_\ell)`. It is not
    bounded by the number of ballots, for ballots are drawn with replacement; see
    :func:`distinct`.

    References
    ----------
    Lindeman, Stark and Yates 2012, BRAVO, equation for the average sample number,
    https://www.usenix.org/conference/evtwote12/workshop-program/presentation/lindeman.
    """
    _check(risk)
    p_w, p_l, up, down = _polling(contest)
    return math.ceil((math.log(1 / risk) + up / 2) / (p_w * up + p_l * down))


def polling_draws(
    contest: Contest,
    risk: float,
    draws: int,
    rng: np.random.Generator,
    *,
    truth: Contest | None = None,
    step: int | None = None,
) -> NDArray[np.int64]:
    """Simulate ballot-polling audits (BRAVO).

    Parameters
    ----------
    contest : Contest
        Reported result.
    risk : float
        Risk limit, 0 to 1.
    draws : int
        Audits.
    rng : numpy.random.Generator
        Source of chance.
    truth : Contest, optional
        What the ballots really say; as reported when left out.
    step : int, optional
        Ballots between two looks; the expected sample divided by :data:`STEPS` when left out.

    Returns
    -------
    ndarray of int, shape (draws,)
        Ballots drawn in each audit. ``contest.ballots`` where the audit would have gone beyond
        that: there it ends in a full count by hand.
    """
    step = step or max(1, polling_size(contest, risk) // STEPS)
    _, _, up, down = _polling(contest)
    seen = truth or contest
    p_w, p_l = seen.winner / seen.ballots, seen.runner_up / seen.ballots
    chances = [p_w, p_l, max(0.0, 1 - p_w - p_l)]
    sizes = np.full(draws, contest.ballots, dtype=np.int64)
    level = np.zeros(draws)
    alive = np.arange(draws)
    for looked in range(step, contest.ballots, step):
        counts = rng.multinomial(step, chances, size=len(alive))
        level[alive] += counts[:, 0] * up + counts[:, 1] * down
        done = level[alive] >= math.log(1 / risk)
        sizes[alive[done]] = looked
        alive = alive[~done]
        if not len(alive):
            break
    return sizes


def comparison_size(
    margin: float, risk: float, found: Discrepancies = NONE, gamma: float = GAMMA
) -> int:
    r"""Ballots after which a comparison audit with these discrepancies may stop.

    .. math:: n \ge -\frac{2\gamma}{\mu}\Bigl(\ln\alpha + o_1 \ln\bigl(1 - \tfrac{1}{2\gamma}\bigr)
              + o_2 \ln\bigl(1 - \tfrac1\gamma\bigr) + u_1 \ln\bigl(1 + \tfrac{1}{2\gamma}\bigr)
              + u_2 \ln\bigl(1 + \tfrac1\gamma\bigr)\Bigr)

    Parameters
    ----------
    margin : float
        Diluted margin, 0 to 1.
    risk : float
        Risk limit.
    found : Discrepancies
        Counts in the sample.
    gamma : float
        Inflation of the bound on error, above 1.

    References
    ----------
    Lindeman and Stark 2012, A Gentle Introduction to Risk-limiting Audits,
    doi:10.1109/MSP.2012.56; at 10 % risk about (4.8 + 1.4 (o1 + 5 o2 - 0.6 u1 - 4.4 u2)) / margin
    with their rounded figures.
    """
    _check(risk, margin, gamma)
    log = math.log(risk) + _weigh(found, gamma)
    return max(
        math.ceil(found.o1 + found.o2 + found.u1 + found.u2), math.ceil(-2 * gamma * log / margin)
    )


def comparison_draws(
    contest: Contest,
    risk: float,
    rates: Discrepancies,
    draws: int,
    rng: np.random.Generator,
    gamma: float = GAMMA,
) -> NDArray[np.int64]:
    """Simulate comparison audits that stop as soon as the risk reached is below the limit.

    Parameters
    ----------
    contest : Contest
        Reported result.
    rates : Discrepancies
        Chance of each discrepancy on a drawn ballot.

    Returns
    -------
    ndarray of int, shape (draws,)
        As in :func:`polling_draws`.
    """
    margin = contest.diluted_margin
    _check(risk, margin, gamma)
    each = [rates.o1, rates.o2, rates.u1, rates.u2]
    if sum(each) > 1:
        raise InputError("Rates of discrepancies add up to more than one", value=sum(each))
    jumps = -np.array([math.log(1 + x) for x in _terms(gamma)])
    still = math.log(1 - margin / (2 * gamma))
    sizes = np.full(draws, contest.ballots, dtype=np.int64)
    level = np.zeros(draws)
    alive = np.arange(draws)
    block = min(comparison_size(margin, risk, gamma=gamma), contest.ballots)
    for start in range(0, contest.ballots, block):
        size = min(block, contest.ballots - start)
        kind = rng.choice(5, p=[1 - sum(each), *each], size=(len(alive), size))
        path = level[alive][:, None] + np.cumsum(still + np.array([0.0, *jumps])[kind], axis=1)
        below = path <= math.log(risk)
        done = below.any(axis=1)
        sizes[alive[done]] = start + below[done].argmax(axis=1) + 1
        level[alive] = path[:, -1]
        alive = alive[~done]
        if not len(alive):
            break
    return sizes


def alpha_size(contest: Contest, risk: float) -> int:
    r"""Ballots of a ballot-polling audit by ALPHA, drawn without replacement, result as reported.

    A ballot counts :math:`x = 1` for the reported winner, 0 for the runner-up, 1/2 otherwise
    (SHANGRLA). With :math:`\eta` the reported mean and :math:`\mu_j = (N/2 - S_{j-1})/(N - j + 1)`,
    what the rest would have to hold on average were the winner wrong, each ballot multiplies the
    evidence by

    .. math:: \frac{x}{\mu_j}\frac{\eta - \mu_j}{1 - \mu_j} + \frac{1 - \eta}{1 - \mu_j}

    and the audit stops at :math:`1/\alpha`. What is returned is the draw at which the expected
    logarithm gets there, :math:`S` growing as reported. It never exceeds the number of ballots:
    where nearly all are needed, this, unlike :func:`polling_size`, says so.

    References
    ----------
    Stark 2023, ALPHA, Annals of Applied Statistics 17(1), doi:10.1214/22-AOAS1646. Stark 2020,
    SHANGRLA, doi:10.1007/978-3-030-54455-3_23.
    """
    _check(risk)
    n = contest.ballots
    p_w, p_l, _, _ = _polling(contest)
    p_o = max(0.0, 1 - p_w - p_l)
    mean = p_w + p_o / 2
    level = 0.0
    for start in range(0, n, CHUNK):
        drawn = np.arange(start, min(start + CHUNK, n), dtype=np.float64)
        mu = (n / 2 - drawn * mean) / (n - drawn)
        beyond = mu <= 0  # the rest cannot undo the lead
        mu = np.where(beyond, 0.5, mu)
        other = (0.5 / mu * (mean - mu) + 1 - mean) / (1 - mu)
        steps = p_w * np.log(mean / mu) + p_l * np.log((1 - mean) / (1 - mu)) + p_o * np.log(other)
        path = level + np.cumsum(np.where(beyond, np.inf, steps))
        if path[-1] >= -math.log(risk):
            return start + int((path >= -math.log(risk)).argmax()) + 1
        level = float(path[-1])
    return n


def shangrla_size(margin: float, risk: float, rates: Discrepancies = NONE) -> float:
    r"""Ballots of a comparison audit by SHANGRLA, with the bet that errors at these rates call for.

    A ballot whose machine record overstates the margin by :math:`\omega` votes (half a vote each)
    counts :math:`x = (1 - \omega / 2) / (2 - \mu)`, which has a mean above 1/2 when the winner won. A bet
    :math:`0 \le \lambda \le 2` multiplies the evidence by :math:`1 + \lambda (x - 1/2)`; the one that
    makes its expected logarithm largest needs

    .. math:: \ln(1/\alpha) / \max_\lambda \mathrm{E} \ln\bigl(1 + \lambda (x - \tfrac12)\bigr)

    ballots: without errors :math:`\ln(1/\alpha) / \ln(2 / (2 - \mu))`. Infinite when errors eat up the
    margin.

    References
    ----------
    Stark 2020, SHANGRLA, doi:10.1007/978-3-030-54455-3_23. Spertus 2023, COBRA (the bet),
    arXiv:2304.01010.
    """
    from scipy.optimize import minimize_scalar

    _check(risk, margin)
    chances = np.array([rates.o2, rates.o1, rates.u1, rates.u2])
    chances = np.insert(chances, 2, 1 - chances.sum())
    x = np.array([0.0, 0.5, 1.0, 1.5, 2.0]) / (2 - margin) - 0.5
    if chances[2] < 0:
        raise InputError("Rates of discrepancies add up to more than one", value=1 - chances[2])
    if chances @ x <= 0:
        return math.inf
    real = chances > 0

    def growth(bet: float) -> float:
        return float(chances[real] @ np.log1p(bet * x[real]))

    whole = 2.0 if not rates.o2 else 2.0 - 1e-9
    best = minimize_scalar(lambda b: -growth(b), bounds=(0, whole), method="bounded").x
    return math.ceil(-math.log(risk) / max(growth(float(best)), growth(whole)))


def distinct(drawn: float, ballots: int) -> float:
    """Different ballots among so many drawn with replacement, on average."""
    return ballots * -math.expm1(drawn * math.log1p(-1 / ballots)) if ballots > 1 else 1.0


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

    Parameters
    ----------
    contest : Contest
    risks : sequence of float
        Risk limits.
    rates : Discrepancies
        Errors per ballot that the simulated comparison audits suppose.
    draws : int
        Simulated audits of each kind.

    Returns
    -------
    DataFrame
        One row a risk and kind (``polling``, ``comparison``): ``formula``; ``newer`` (by ALPHA, or
        by SHANGRLA with errors at `rates`) and ``newer_share`` (of all ballots); ``simulated`` (mean)
        with ``simulated_lo, simulated_hi`` (nine in ten audits lie between) and ``simulated_n``;
        ``share`` (different ballots among those of the formula, of all); ``ballots`` (all).
    """
    rows = []
    for risk in risks:
        comparison = comparison_size(contest.diluted_margin, risk, gamma=gamma)
        polling = polling_size(contest, risk), alpha_size(contest, risk)
        comparing = comparison, shangrla_size(contest.diluted_margin, risk, rates)
        polled = polling_draws(contest, risk, draws, rng)
        held = comparison_draws(contest, risk, rates, draws, rng, gamma)
        for kind, (formula, newer), drawn in (
            ("polling", polling, polled),
            ("comparison", comparing, held),
        ):
            lo, hi = np.quantile(drawn, [0.05, 0.95])
            row = {"kind": kind, "risk": risk, "part": f"{kind}.{risk_name(risk)}"}
            newer = min(float(newer), float(contest.ballots))  # then every ballot is counted
            row |= {"formula": float(formula), "newer": newer}
            row |= {"simulated": float(drawn.mean())}
            row |= {"simulated_lo": float(lo), "simulated_hi": float(hi), "simulated_n": draws}
            row |= {"share": distinct(formula, contest.ballots) / contest.ballots}
            row |= {"newer_share": newer / contest.ballots}
            rows.append({**row, "ballots": float(contest.ballots)})
    return pd.DataFrame(rows)


def error_rates(changes: pd.DataFrame) -> Discrepancies:
    """One-vote errors per ballot, as a recount found them.

    A recount that moves votes towards the runner-up shows that the margin had been overstated.

    Parameters
    ----------
    changes : DataFrame
        One row a reporting unit, as :func:`sevenpercent.stats.recount.changes` gives it.
    """
    require(changes, ["votes", "favoured", "harmed", "favoured_change", "harmed_change"])
    ahead = float((changes["favoured"] - changes["harmed"]).sum()) >= 0
    sign = 1 if ahead else -1
    towards = pd.concat([sign * changes["favoured_change"], -sign * changes["harmed_change"]])
    votes = float(changes["votes"].sum())
    return Discrepancies(
        o1=float(-towards[towards < 0].sum()) / votes, u1=float(towards[towards > 0].sum()) / votes
    )


def paper_kept(votes: pd.DataFrame, equipment: pd.DataFrame, states: Sequence[str]) -> pd.DataFrame:
    """Votes cast in counties whose machines kept no paper that anybody could audit.

    Parameters
    ----------
    votes : DataFrame
        One row a county: ``fips, state, total``.
    equipment : DataFrame
        One list of machines: ``fips, reading, value``.

    Returns
    -------
    DataFrame
        One row a state: ``no_paper`` and ``no_paper_only`` (shares of its votes where some, or
        all, machines kept no paper) with ``no_paper_n, no_paper_only_n`` (counties); ``possible``
        (no such machine anywhere). Empty where the list does not know paper trails.
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

    Parameters
    ----------
    facts : DataFrame
        ``id, value``.
    fact : str or None
        The one that holds the cost of the recount, in dollars; None: not known.
    sizes : DataFrame
        As :func:`sizes` gives it, of the state that was recounted.

    Returns
    -------
    DataFrame
        ``part, value`` (dollars), ``unit, label``: ``cost.recount``, ``cost.per_ballot`` and
        ``cost.break_even.<audit>``; no row where the cost is not known.

    Raises
    ------
    InputError
        No such fact.
    """
    if fact is None:
        return pd.DataFrame(columns=["part", "value", "unit", "label"])
    known = facts.set_index("id")["value"]
    if fact not in known.index:
        fix = nearest(fact, known.index)
        raise InputError("no such fact", column="audit.cost_fact", value=fact, fix=fix)
    spent = float(str(known[fact]))
    even = spent / np.ceil(sizes["simulated"])
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


def _polling(contest: Contest) -> tuple[float, float, float, float]:
    """Shares of all ballots, and what a vote for either adds to the log of the test."""
    share = contest.winner / (contest.winner + contest.runner_up)
    if share == 1:
        raise InputError("Ballot polling needs votes for two", value=contest.runner_up)
    return (
        contest.winner / contest.ballots,
        contest.runner_up / contest.ballots,
        math.log(2 * share),
        math.log(2 - 2 * share),
    )


def _terms(gamma: float) -> tuple[float, float, float, float]:
    """What o1, o2, u1 and u2 add to one in the test of Kaplan and Markov."""
    return -1 / (2 * gamma), -1 / gamma, 1 / (2 * gamma), 1 / gamma


def _weigh(found: Discrepancies, gamma: float) -> float:
    counts = (found.o1, found.o2, found.u1, found.u2)
    return sum(k * math.log(1 + x) for k, x in zip(counts, _terms(gamma), strict=True))


def _check(risk: float, margin: float = 0.5, gamma: float = GAMMA) -> None:
    if not 0 < risk < 1:
        raise InputError("A risk limit lies between 0 and 1", value=risk)
    if not 0 < margin <= 1:
        raise InputError("A diluted margin lies between 0 and 1", value=margin)
    if gamma <= 1:
        raise InputError("The inflation must be above 1", value=gamma)
