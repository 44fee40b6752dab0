"""Whether neighbours are alike in what a model leaves unexplained."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sevenpercent.stats.regression import Array, project
from sevenpercent.stats.sensitivity.county import Probed
from sevenpercent.stats.spatial import morans_i, neighbour_weights


def clustering(
    y: Array, regressors: Array, weights: Array, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Moran's I of the residuals of a regression, against independent normal errors.

    The null is simulated: normal errors go through the same regression, so the test is exact for
    them whatever the design (Cliff and Ord 1981 give the moments). `regressors` (n x k) have no
    constant, k may be 0; `weights` (n x n) are those of :func:`.spatial.neighbour_weights`. Returns
    the index, **positive** = neighbours are left over alike, and the share of `draws` simulated maps
    that are at least as clustered.
    """
    noise = rng.standard_normal((draws, len(y)))
    left = project(regressors).residual(np.column_stack([y, noise.T]))
    index = morans_i(left.T, weights)
    return float(index[0]), float((1 + (index[1:] >= index[0]).sum()) / (1 + draws))


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
            found = clustering(model.y, model.regressors, weights, draws, rng)
            rows.append([definition, name, *found, model.n])
    return pd.DataFrame(rows, columns=["definition", "controls", "moran", "p", "n"])
