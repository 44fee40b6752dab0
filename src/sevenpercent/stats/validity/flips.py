"""Errors whose sign is drawn by cluster: dependence within a cluster stays as it was."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sevenpercent.stats.regression import Array, Linear


def residuals_by_cluster(design: Linear, y: Array, clusters: NDArray[np.int64], many: int) -> Array:
    r"""What the model leaves of an outcome, one column for each cluster.

    Residuals are smaller than errors where a cluster pulls the fit towards itself, so each
    cluster's are multiplied by :math:`(I - H_{gg})^{-1/2}`, as in CR2: with equal and independent
    errors they then vary as much as these do.

    `y` (units): outcome; unknown where the design does not use the unit; `clusters` (units): column
    that each unit goes to; `many`: number of columns.

    Returns
    -------
    array, units x many
        Their sum over columns with signs drawn at random is an outcome without any effect.

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
