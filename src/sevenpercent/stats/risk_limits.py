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
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require

GAMMA = 1.03905
"""Inflation of the bound on error in a comparison audit, as Lindeman and Stark 2012 set it."""

CHUNK = 1_000_000
"""Draws that are worked on at a time."""

STEPS = 200
"""Looks into which the expected sample of a simulated ballot-polling audit is divided; ending at a
look instead of at the very ballot lengthens an audit by about half a percent."""


@dataclass(frozen=True)
class Contest:
    """Reported result of a contest between two.

    `winner`, `runner_up`: votes as reported; `ballots`: all ballots, those for others or for nobody
    too.
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

    `o1`, `o2`: the machine overstated the margin by one vote, by two; `u1`, `u2`: it understated
    the margin by one vote, by two.
    """

    o1: float = 0.0
    o2: float = 0.0
    u1: float = 0.0
    u2: float = 0.0

    def __post_init__(self) -> None:
        if min(self) < 0:
            raise InputError("Discrepancies cannot be negative", value=self)

    def __iter__(self) -> Iterator[float]:
        return iter((self.o1, self.o2, self.u1, self.u2))


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

    `risk`: risk limit, 0 to 1. `draws`: audits. `truth`: what the ballots really say; as reported when
    left out. `step`: ballots between two looks; the expected sample divided by :data:`STEPS` when
    left out. Returns the ballots drawn in each audit (draws); ``contest.ballots`` where it would have
    gone beyond that: there it ends in a full count by hand.
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

    `margin`: diluted margin, 0 to 1. `risk`: risk limit. `found`: counts in the sample. `gamma`:
    inflation of the bound on error, above 1.

    References
    ----------
    Lindeman and Stark 2012, A Gentle Introduction to Risk-limiting Audits,
    doi:10.1109/MSP.2012.56; at 10 % risk about (4.8 + 1.4 (o1 + 5 o2 - 0.6 u1 - 4.4 u2)) / margin
    with their rounded figures.
    """
    _check(risk, margin, gamma)
    log = math.log(risk) + _weigh(found, gamma)
    return max(math.ceil(sum(found)), math.ceil(-2 * gamma * log / margin))


def comparison_draws(
    contest: Contest,
    risk: float,
    rates: Discrepancies,
    draws: int,
    rng: np.random.Generator,
    gamma: float = GAMMA,
) -> NDArray[np.int64]:
    """Simulate comparison audits that stop as soon as the risk reached is below the limit.

    `rates`: chance of each discrepancy on a drawn ballot. Returned as :func:`polling_draws`.
    """
    margin = contest.diluted_margin
    _check(risk, margin, gamma)
    each = [*rates]
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
    return sum(k * math.log(1 + x) for k, x in zip(found, _terms(gamma), strict=True))


def _check(risk: float, margin: float = 0.5, gamma: float = GAMMA) -> None:
    if not 0 < risk < 1:
        raise InputError("A risk limit lies between 0 and 1", value=risk)
    if not 0 < margin <= 1:
        raise InputError("A diluted margin lies between 0 and 1", value=margin)
    if gamma <= 1:
        raise InputError("The inflation must be above 1", value=gamma)
