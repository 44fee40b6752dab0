"""Huber's regression: units that fit badly count less; errors by leaving out each cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.stats.regression.model import prepare
from sevenpercent.stats.regression.projection import ROUNDING, Array
from sevenpercent.stats.regression.single import Estimate, fit
from sevenpercent.stats.regression.variance import t_quantile, two_sided_p

TUNING = 1.345
"""Residuals beyond so many scales count less: 95 % efficient where errors are normal."""

NORMAL = 0.6744897501960817
"""Median of the absolute value of a standard normal variable."""

ROUNDS, CLOSE = 500, 1e-11


def huber(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    *,
    effects: str | None = None,
    cluster: str,
) -> Estimate:
    r"""Huber's M-estimate of the coefficient of `treatment`.

    Least squares reweighted until nothing moves: a unit counts
    :math:`\min(1, 1.345\,s / |\hat e_i|)`, the scale s being the median absolute residual over
    0.6745. The standard error is the jackknife by cluster (CR3): all of it is done anew without
    each cluster.

    `frame`: one row a unit; `outcome`, `treatment`, `controls`, `effects`, `cluster`: columns, as
    in :func:`~.single.fit`. Returns ``effective_n`` and ``effective_clusters`` with the final
    weights. Raises InputError: as :func:`~.single.fit`; or nothing settles.

    References
    ----------
    Huber 1964, doi:10.1214/aoms/1177703732.
    """
    model = prepare(
        frame, outcome, treatment, controls, effects=effects, cluster=cluster, errors="cr3"
    )
    p = model.projection
    assert p.chunks is not None
    columns = np.column_stack([model.outcome, model.treatment, model.controls])[p.rows]
    columns[:, 2:] /= columns[:, 2:].std(axis=0)
    groups = np.zeros(p.n, dtype=np.intp)
    if effects is not None:
        groups = np.unique(frame[effects].to_numpy()[p.rows], return_inverse=True)[1]
    _, weight = _settle(columns, groups, np.ones(p.n))
    clusters = np.repeat(np.arange(p.chunks.clusters), np.diff(np.append(p.chunks.units, p.n)))
    used = frame.iloc[p.rows].assign(huber_weight=weight)
    whole = fit(used, outcome, treatment, controls, "huber_weight", "cr1", effects, cluster)
    left_out = []
    for g in range(p.chunks.clusters):
        keep = clusters != g
        left_out.append(_settle(columns[keep], groups[keep], weight[keep])[0] - whole.estimate)
    se = float(np.sqrt(np.square(left_out).sum()))
    half = t_quantile(0.975, whole.df) * se
    return replace(
        whole,
        se=se,
        lo=whole.estimate - half,
        hi=whole.estimate + half,
        p=two_sided_p(whole.estimate / se, whole.df) if se > 0 else float(whole.estimate == 0),
        n_dropped=len(frame) - p.n,
    )


def _settle(columns: Array, groups: NDArray[np.intp], weight: Array) -> tuple[float, Array]:
    """Coefficient of the second column in a regression of the first on all others, and weights."""
    before = np.full(len(columns), np.inf)
    for _ in range(ROUNDS):
        sums = np.maximum(np.bincount(groups, weight), np.finfo(float).tiny)
        means = np.column_stack([np.bincount(groups, weight * c) / sums for c in columns.T])
        own = columns - means[groups]
        y, x = own[:, 0], own[:, 1:]
        beta = np.linalg.solve((x * weight[:, None]).T @ x, x.T @ (weight * y))
        residual = y - x @ beta
        scale = float(np.median(np.abs(residual)) / NORMAL)
        if scale <= ROUNDING * y.std():
            return float(beta[0]), weight  # most units fit exactly: nothing to weigh them by
        weight = np.minimum(1.0, TUNING * scale / np.maximum(np.abs(residual), TUNING * scale))
        if np.abs(residual - before).max() <= CLOSE * scale:
            return float(beta[0]), weight
        before = residual
    raise InputError("Huber's regression does not settle", fix="Leave out controls.")
