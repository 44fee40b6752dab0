"""Whether neighbours are alike in what a model leaves unexplained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.stats.regression import Array, project
from sevenpercent.stats.sensitivity.county import Probed
from sevenpercent.stats.spatial import morans_i, neighbour_weights


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
    y: Array, regressors: Array, weights: Array, draws: int, rng: np.random.Generator
) -> Clustering:
    """Moran's I of the residuals of a regression, against independent normal errors.

    The null is simulated: normal errors go through the same regression, so the test is exact for
    them whatever the design (Cliff and Ord 1981 give the moments).

    Parameters
    ----------
    y : array, n
        Outcome.
    regressors : array, n x k
        Without a constant; k may be 0.
    weights : array, n x n
        Neighbours, as :func:`sevenpercent.stats.spatial.neighbour_weights` gives them.
    draws : int
        Simulated maps.
    """
    p = project(regressors)
    noise = rng.standard_normal((draws, len(y)))
    left = p.residual(np.column_stack([y, noise.T]))
    index = morans_i(left.T, weights)
    seen, drawn = index[0], index[1:]
    return Clustering(
        moran=float(seen),
        expected=float(drawn.mean()),
        p=float((1 + (drawn >= seen).sum()) / (1 + draws)),
    )


def alike(p: Probed, neighbours: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """How alike neighbours are in what each model of the comparison leaves over.

    Returns ``definition, controls, moran, p, n``.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for definition in p.probed:
        for name in p.sets:
            model = p.arrays(definition, name)
            weights = neighbour_weights(model.fips, neighbours)
            c = clustering(model.y, model.regressors, weights, draws, rng)
            rows.append([definition, name, c.moran, c.p, model.n])
    return pd.DataFrame(rows, columns=["definition", "controls", "moran", "p", "n"])
