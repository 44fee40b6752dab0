"""Primary designs: what each could have seen, what it excludes, and sizes in its own unit.

An effect is in *points* of the harmed party's two-party share (or points of all votes, or log
points, as the outcome is); **negative** = it did worse where voting was electronic. *Sizes* of
harm, minimum detectable effects and bounds are **positive** amounts of harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.frames import require
from sevenpercent.stats import gap
from sevenpercent.stats.electoral import votes_to_flip
from sevenpercent.stats.regression import t_quantile

Amount = Literal["points", "percent", "percent_ballots", "votes", "decisive"]

POWER, LEVEL = 0.80, 0.05


@dataclass(frozen=True)
class PerBallot:
    r"""A total over ballots, such as votes that a recount changed per DRE ballot.

    Attributes
    ----------
    estimate : float
        100 times the ratio of the sums.
    se : float
        Jackknife over clusters.
    df : float
        One less than the clusters.
    lo, hi : float
        95 % interval.
    n, clusters : int
        Units and clusters.
    effective_clusters : float
        Clusters that carry the ballots, :math:`(\sum_g b_g)^2 / \sum_g b_g^2`.
    ballots : float
        Sum of the ballots.
    """

    estimate: float
    se: float
    df: float
    lo: float
    hi: float
    n: int
    clusters: int
    effective_clusters: float
    ballots: float


def minimum_detectable(se: float, df: float, power: float = POWER, level: float = LEVEL) -> float:
    r"""Smallest harm that a design finds with probability `power`.

    .. math:: (t_{1 - \alpha/2,\,\nu} + t_{\text{power},\,\nu}) \cdot \mathrm{se}

    Parameters
    ----------
    se, df : float
        Standard error, in the design's unit, and degrees of freedom.
    power, level : float
        Probability of finding it, and level of the two-sided test.

    References
    ----------
    Bloom 1995, doi:10.1177/0193841X9501900504.
    """
    return (t_quantile(1 - level / 2, df) + t_quantile(power, df)) * se


def most_harm(estimate: float, se: float, df: float, level: float = LEVEL) -> float:
    """Largest harm that a one-sided test at `level` does not exclude (an equivalence bound).

    **Positive** = harm of that size is still possible; negative when even no harm is excluded.
    """
    return t_quantile(1 - level, df) * se - estimate


def votes_behind(
    amount: Amount, how: gap.How, place: gap.Place, *, percent: float, votes: int, margin: int
) -> float:
    """Votes of the harmed party that a size stands for.

    Parameters
    ----------
    amount : str
        ``points``: the claimed percentage as points of the two-party share; ``percent`` and
        ``percent_ballots``: that percentage of the harmed party's votes; ``votes``: the claimed
        votes; ``decisive``: as many as would have changed the winner.
    how : str
        ``switched`` or ``deleted``.
    place : Place
        What the percentage is of: votes counted in electronic places or, for
        ``percent_ballots``, on electronic ballots.
    percent : float
        Claimed percentage.
    votes : int
        Claimed votes.
    margin : int
        Votes by which the favoured party leads.

    Returns
    -------
    float
        **Positive** = votes that the harmed party is short of.

    Raises
    ------
    InputError
        Unknown amount or way.
    """
    if amount == "points":
        return gap.missing_votes(-percent, "two_party", place, how)
    if amount in ("percent", "percent_ballots"):
        return gap.missing_votes(-percent, "percent_counted", place, how)
    if amount == "votes":
        return float(votes)
    if amount == "decisive":
        flip = votes_to_flip(margin, 0)
        return float(flip.switched if how == "switched" else flip.added)
    raise InputError("Unknown size", value=amount, fix=nearest(amount, get_args(Amount)))


def harm(votes: float, unit: gap.Unit, place: gap.Place, how: gap.How) -> float:
    """Size of a harm of so many votes in `place`, in a design's unit (positive)."""
    return -gap.sizes(votes, place, how)[unit]


def harm_per_ballot(votes: float, ballots: float, how: gap.How) -> float:
    """Size of a harm of so many votes in half margins per 100 ballots (positive).

    A switched vote moves half the margin by one vote, a deleted one by one half.
    """
    return 100 * votes * (1.0 if how == "switched" else 0.5) / ballots


def per_ballot(frame: pd.DataFrame, amount: str, ballots: str, cluster: str) -> PerBallot:
    r"""Sum of `amount` per 100 `ballots`, with an error that holds when units of a cluster agree.

    .. math:: \hat\theta = 100 \frac{\sum_i a_i}{\sum_i b_i}, \qquad
              \mathrm{se}^2 = \sum_g (\hat\theta_{(g)} - \hat\theta)^2

    the jackknife over estimates without one cluster, as in the CR3 errors of
    :func:`sevenpercent.stats.regression.fit`.

    Raises
    ------
    InputError
        Missing column, a unit without ballots, or fewer than two clusters.
    """
    require(frame, [amount, ballots, cluster])
    sums = frame.groupby(cluster)[[amount, ballots]].sum()
    a, b = sums[amount].to_numpy(float), sums[ballots].to_numpy(float)
    if len(sums) < 2:
        raise InputError("A clustered error needs at least two clusters", column=cluster)
    if not (frame[ballots] > 0).all():
        raise InputError("A unit has no ballots", column=ballots)
    estimate = 100 * a.sum() / b.sum()
    left_out = 100 * (a.sum() - a) / (b.sum() - b)
    se = float(np.sqrt(((left_out - estimate) ** 2).sum()))
    df = float(len(sums) - 1)
    half = t_quantile(0.975, df) * se
    return PerBallot(
        estimate=float(estimate),
        se=se,
        df=df,
        lo=float(estimate - half),
        hi=float(estimate + half),
        n=len(frame),
        clusters=len(sums),
        effective_clusters=float(b.sum() ** 2 / (b**2).sum()),
        ballots=float(b.sum()),
    )
