"""Errors that cluster on the map: their range and nugget, and outcomes drawn with such errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky
from scipy.optimize import minimize

from sevenpercent.errors import InputError
from sevenpercent.stats.regression import Array, Linear

Blocks = Sequence[NDArray[np.intp]]

SHORTEST = 1e-3
"""Shortest range that is tried, as a share of the widest distance."""


@dataclass(frozen=True)
class Field:
    r"""Errors with covariance :math:`\sigma^2 ((1 - \nu) e^{-d/\rho} + \nu 1_{d = 0})`.

    `range_km`: :math:`\rho`: places this far apart correlate by 1/e of what neighbours could.
    `nugget`: :math:`\nu`: share of the variance that no neighbour shares (0 to 1). `sd`:
    :math:`\sigma`, in the unit of the outcome. `likelihood`, `independent`: restricted log
    likelihood there, and with independent errors.
    """

    range_km: float
    nugget: float
    sd: float
    likelihood: float
    independent: float

    @property
    def gain(self) -> float:
        """Log likelihood gained over independent errors."""
        return self.likelihood - self.independent


def fit_field(y: Array, x: Array, distance: Array, blocks: Blocks) -> Field:
    """Range, nugget and variance of a regression's errors by restricted maximum likelihood.

    Raises InputError: no more places than regressors, or all of them at one point.

    `y` (n): outcome. `x` (n x k): all regressors, of full rank. `distance` (n x n): kilometres.
    `blocks`: places within a block may be alike, those of different blocks are not. One block for
    one state.

    References
    ----------
    Patterson and Thompson 1971, doi:10.1093/biomet/58.3.545.
    """
    if len(y) <= x.shape[1]:
        raise InputError(f"Too few units: {len(y)} for {x.shape[1]} coefficients")
    widest = float(max(distance[np.ix_(b, b)].max() for b in blocks))
    if widest <= 0:
        raise InputError("All places lie at one point, so no range can be estimated")
    q, _ = np.linalg.qr(x)  # the likelihood does not depend on how the columns are mixed

    at = partial(_likelihood, y, q, distance, blocks)

    def cost(z: Array) -> float:
        return -at(widest * float(np.exp(z[0])), float(1 / (1 + np.exp(-z[1]))))[0]

    bounds = [(float(np.log(SHORTEST)), float(np.log(3.0))), (-12.0, 12.0)]
    starts = [(a, b) for a in np.log([0.05, 0.2, 0.7]) for b in (-2.0, 0.0, 2.0)]
    tried = [
        minimize(cost, np.array(start), method="L-BFGS-B", bounds=bounds)
        for start in sorted(starts, key=lambda s: cost(np.array(s)))[:3]
    ]
    best = min(tried, key=lambda result: float(result.fun))
    range_km = widest * float(np.exp(best.x[0]))
    nugget = float(1 / (1 + np.exp(-best.x[1])))
    value, variance = at(range_km, nugget)
    return Field(range_km, nugget, float(np.sqrt(variance)), value, at(range_km, 1.0)[0])


def root(field: Field, distance: Array, blocks: Blocks) -> Array:
    """Matrix that turns independent standard normal numbers into errors of this field (n x n)."""
    out = np.zeros_like(distance)
    for b in blocks:
        v = _covariance(distance[np.ix_(b, b)], field.range_km, field.nugget)
        out[np.ix_(b, b)] = field.sd * cholesky(v, lower=True)
    return out


def _covariance(distance: Array, range_km: float, nugget: float) -> Array:
    v: Array = (1 - nugget) * np.exp(-distance / range_km)
    v[np.diag_indices(len(v))] = 1.0 + 1e-9  # places at one point would make it singular
    return v


def _likelihood(
    y: Array, x: Array, distance: Array, blocks: Blocks, range_km: float, nugget: float
) -> tuple[float, float]:
    """Restricted log likelihood, variance profiled out, and that variance."""
    free = len(y) - x.shape[1]
    log_det, gram, cross, square = 0.0, np.zeros((x.shape[1],) * 2), np.zeros(x.shape[1]), 0.0
    for b in blocks:
        c = cholesky(_covariance(distance[np.ix_(b, b)], range_km, nugget), lower=True)
        log_det += 2 * float(np.log(np.diag(c)).sum())
        vx, vy = cho_solve((c, True), x[b]), cho_solve((c, True), y[b])
        gram += x[b].T @ vx
        cross += x[b].T @ vy
        square += float(y[b] @ vy)
    left = square - float(cross @ np.linalg.solve(gram, cross))
    variance = left / free
    _, log_gram = np.linalg.slogdet(gram)
    value = -0.5 * (log_det + float(log_gram) + free * (np.log(2 * np.pi * variance) + 1))
    return float(value), variance


def residuals_by_cluster(design: Linear, y: Array, clusters: NDArray[np.int64], many: int) -> Array:
    r"""What the model leaves of an outcome, one column for each cluster.

    Residuals are smaller than errors where a cluster pulls the fit towards itself, so each
    cluster's are multiplied by :math:`(I - H_{gg})^{-1/2}`, as in CR2: with equal and independent
    errors they then vary as much as these do.

    `y` (units): outcome; unknown where the design does not use the unit; `clusters` (units): column
    that each unit goes to. Returned units x `many`; the sum over columns with signs drawn at random
    is an outcome without any effect.

    References
    ----------
    MacKinnon, Nielsen and Webb 2023, doi:10.1016/j.jeconom.2022.04.001.
    """
    p, d = design.projection, design.treatment
    own = np.zeros(len(y))
    own[p.rows] = y[p.rows]
    left = design.residual @ own
    left -= d * (design.estimate @ own)
    basis = np.column_stack([p.basis, d / np.sqrt(d @ d)])
    out = np.zeros((len(y), many))
    place = clusters[p.rows]
    for g in np.unique(place):
        mine = np.flatnonzero(place == g)
        u, s, _ = np.linalg.svd(basis[mine], full_matrices=False)
        stretch = 1 / np.sqrt(np.maximum(1 - s**2, 1e-10)) - 1
        e = left[mine] + u @ (stretch * (u.T @ left[mine]))
        out[p.rows[mine], g] = e if p.root is None else e / p.root[mine]
    return out


def signs(rng: np.random.Generator, clusters: int, draws: int) -> Array:
    """Signs drawn at random, clusters x draws."""
    return rng.choice(np.array([-1.0, 1.0]), size=(clusters, draws))
