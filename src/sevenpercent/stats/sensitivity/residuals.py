"""Whether neighbours are alike in what a model leaves unexplained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sevenpercent.stats.sensitivity.arrays import Array
from sevenpercent.stats.spatial import morans_i


@dataclass(frozen=True)
class Clustering:
    """Moran's I of residuals.

    Attributes
    ----------
    moran : float
        **Positive** = neighbours are left over alike.
    expected : float
        Its mean when errors are independent (below zero: residuals add up to nothing).
    p : float
        Share of simulated maps with independent errors that are at least as clustered.
    """

    moran: float
    expected: float
    p: float


def clustering(
    y: Array, design: Array, weights: Array, draws: int, rng: np.random.Generator
) -> Clustering:
    """Moran's I of the residuals of a regression, against independent normal errors.

    The null is simulated: normal errors go through the same regression, so the test is exact for
    them whatever the design (Cliff and Ord 1981 give the moments).

    Parameters
    ----------
    y : array, n
        Outcome.
    design : array, n x k
        All regressors, a constant among them.
    weights : array, n x n
        Neighbours, as :func:`sevenpercent.stats.spatial.neighbour_weights` gives them.
    draws : int
        Simulated maps.
    """
    q, _ = np.linalg.qr(design)
    seen = float(morans_i(y - q @ (q.T @ y), weights))
    noise = rng.standard_normal((draws, len(y)))
    drawn = morans_i(noise - (noise @ q) @ q.T, weights)
    return Clustering(
        moran=seen,
        expected=float(drawn.mean()),
        p=float((1 + (drawn >= seen).sum()) / (1 + draws)),
    )
