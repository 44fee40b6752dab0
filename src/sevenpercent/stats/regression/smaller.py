"""The same regression without some of its units, for many such sets at once and without a refit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sevenpercent.stats.regression.model import prepare
from sevenpercent.stats.regression.projection import ROUNDING, Array, Index, Projection
from sevenpercent.stats.regression.variance import products, satterthwaite


def without(
    p: Projection, treatment: Array, outcome: Array, sets: Index
) -> tuple[Array, Array, Array]:
    r"""Estimate, HC2 error and Bell-McCaffrey degrees of freedom without each set of units.

    To leave a unit out is to give it a coefficient of its own, so that each set adds directions
    :math:`r` to the basis of the controls, what they leave of the units' indicators; residuals and
    leverages of the units left out are then zero and one.

    `p`: controls, without weights and effects, of all units in their order; `sets` (sets x size):
    units to leave out, all different in a set.

    Returns
    -------
    estimate, se, df : array, sets
        Null where no regression is left; the error alone is null where one unit determines a
        coefficient.
    """
    n, size = p.n, sets.shape[1]
    at = np.arange(len(sets))
    maker = p.residual(np.eye(n))
    left = [np.repeat(p.residual(c[:, None]), len(sets), axis=1) for c in (treatment, outcome)]
    whole = (left[0][:, 0] ** 2).sum()
    free = np.repeat(1 - p.leverage()[:, None], len(sets), axis=1)
    exists = np.ones(len(sets), dtype=bool)
    directions: list[Array] = []
    for column in sets.T:
        own = maker[:, column]
        for r in directions:
            own = own - r * (r * own).sum(axis=0)
        length = (own**2).sum(axis=0)
        exists &= length > ROUNDING
        own /= np.sqrt(np.where(length > ROUNDING, length, 1.0))
        directions.append(own)
        free -= own**2
        left = [c - own * (own * c).sum(axis=0) for c in left]
    d, y = left
    spread = (d**2).sum(axis=0)
    exists &= spread > ROUNDING * whole
    spread = np.where(exists, spread, np.nan)
    unit = d / np.sqrt(spread)
    free -= unit**2
    for i in range(size):
        free[sets[:, i], at], unit[sets[:, i], at] = 1.0, 0.0
    free[:, np.nanmin(free, axis=0, initial=1.0) < ROUNDING] = np.nan
    estimate: Array = (unit * y).sum(axis=0) / np.sqrt(spread)
    residual = y - d * estimate
    se: Array = np.sqrt((unit**2 * residual**2 / free).sum(axis=0) / spread)
    df = satterthwaite(p.basis, [unit, *directions], free, products(p.basis))
    return estimate, se, df


def without_each(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    weights: str | None = None,
    effects: str | None = None,
) -> pd.Series[float]:
    r"""Estimate without each unit of the sample in turn, and without a refit.

    .. math:: \hat\tau_{(i)} = \hat\tau - \frac{\tilde d_i \hat e_i}{(1 - h_i)\,\tilde d'\tilde d}

    with the notation of :mod:`.variance`, :math:`h_i` being the leverage from treatment, controls
    and effects.

    `frame`: one row a unit; other columns as in :func:`~.single.fit`. Returns index of `frame`,
    units used only, in the unit of the outcome. Null where a unit alone determines a coefficient.
    """
    model = prepare(
        frame, outcome, treatment, controls, weights=weights, effects=effects, errors="hc1"
    )
    p, d = model.projection, model.left
    y = p.residual(model.outcome[:, None])[:, 0]
    size = d @ d
    estimate = d @ y / size
    free = 1 - p.leverage() - d**2 / size
    free[free < ROUNDING] = np.nan
    out = pd.Series(estimate - d * (y - estimate * d) / (free * size), index=frame.index[p.rows])
    return out.iloc[np.argsort(p.rows)]
