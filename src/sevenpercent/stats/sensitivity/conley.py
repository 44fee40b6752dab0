"""Errors that let near places err together (Conley): beside the others, never in their place.

With a few dozen counties they are too small, so no verdict rests on them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.stats import spatial
from sevenpercent.stats.regression import t_quantile
from sevenpercent.stats.sensitivity.county import DESIGN, Probed

Array = NDArray[np.float64]


def standard_error(x: Array, residuals: Array, distance: Array, range_km: float) -> float:
    r"""Conley's standard error of the first coefficient, with weights that fall to zero at `range_km`.

    .. math:: (X'X)^{-1} \Big( \sum_{ij} \max(0, 1 - d_{ij}/r)\, x_i e_i e_j x_j' \Big) (X'X)^{-1}

    `x` (units x columns): the treatment first, a constant among the others; `distance` (units x
    units): kilometres; `range_km`: at which places no longer err together; 0: none do (HC0).
    Not a number where the weighted sum is negative.

    References
    ----------
    Conley 1999, doi:10.1016/S0304-4076(98)00084-0.
    """
    near = np.eye(len(x)) if range_km <= 0 else np.clip(1 - distance / range_km, 0, None)
    scores = x * residuals[:, None]
    bread = np.linalg.inv(x.T @ x)
    variance = (bread @ (scores.T @ near @ scores) @ bread)[0, 0]
    return float(np.sqrt(variance)) if variance > 0 else float("nan")


def by_distance(p: Probed, points: pd.DataFrame, ranges: Sequence[float]) -> pd.DataFrame:
    """The county comparison with these errors, by definition and range.

    `points`: where counties lie: ``fips, lat, lon``; `ranges`: kilometres. Returns ``definition,
    km, estimate, se, lo, hi, n``; points, **negative** = the harmed party did worse where
    electronic. Raises InputError: a county without a point.
    """
    rows = []
    for definition in p.probed:
        model = p.arrays(definition, DESIGN)
        distance = spatial.distances_km(*spatial.coordinates(model.fips, points))
        x = np.column_stack([model.regressors, np.ones(model.n)])
        y = 100 * model.y
        estimate, *_ = np.linalg.lstsq(x, y, rcond=None)
        residuals = y - x @ estimate
        half = float(t_quantile(0.975, len(x) - x.shape[1]))
        for km in ranges:
            se = standard_error(x, residuals, distance, km)
            b = float(estimate[0])
            rows.append([definition, km, b, se, b - half * se, b + half * se, len(x)])
    columns = ["definition", "km", "estimate", "se", "lo", "hi", "n"]
    return pd.DataFrame(rows, columns=columns)
