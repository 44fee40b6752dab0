"""A total over ballots, such as votes that a recount changed per ballot, with a clustered error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats.regression import Array, t_quantile


@dataclass(frozen=True)
class PerBallot:
    r"""A ratio of two sums and its error.

    `estimate`: 100 times the ratio of the sums; its sign is that of the amounts. `se`: jackknife
    over clusters. `df`: one less than the clusters. `lo`, `hi`: 95 % interval. `n`, `clusters`:
    units and clusters. `effective_clusters`: clusters that carry the ballots, :math:`(\sum_g b_g)^2
    / \sum_g b_g^2`. `ballots`: sum of the ballots.
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

    @classmethod
    def of(cls, estimate: float, se: float, ballots: Array, n: int) -> PerBallot:
        """From an estimate of `n` units and its error by the jackknife over clusters of `ballots`."""
        df = float(len(ballots) - 1)
        half = t_quantile(0.975, df) * se
        effective = float(ballots.sum() ** 2 / (ballots**2).sum())
        ends = estimate - half, estimate + half
        return cls(estimate, se, df, *ends, n, len(ballots), effective, float(ballots.sum()))


def per_ballot(frame: pd.DataFrame, amount: str, ballots: str, cluster: str) -> PerBallot:
    r"""Sum of `amount` per 100 `ballots`, with an error that holds when units of a cluster agree.

    .. math:: \hat\theta = 100 \frac{\sum_i a_i}{\sum_i b_i}, \qquad
              \mathrm{se}^2 = \sum_g (\hat\theta_{(g)} - \hat\theta)^2

    the jackknife over estimates without one cluster, as in the CR3 errors of
    :func:`sevenpercent.stats.regression.fit`.

    Raises InputError: missing column, a unit without ballots, or fewer than two clusters.
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
    return PerBallot.of(float(estimate), se, b, len(frame))
