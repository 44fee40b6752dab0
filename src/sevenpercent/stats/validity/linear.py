"""A regression with fixed regressors as fixed sums of its outcomes: thousands of fits, one product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.frames import require
from sevenpercent.stats.multiverse.projection import Array, Projection, project
from sevenpercent.stats.regression import ROUNDING, Errors, NoVariation, bell_mccaffrey_df


@dataclass(frozen=True)
class Linear:
    r"""One coefficient and its variance, as sums over units.

    With the regressors fixed the estimate is :math:`a'y`, and every variance in use here is a sum
    of squares of other such sums, :math:`\sum_j (m_j'y)^2`: over units for the robust ones, over
    clusters for the clustered ones.

    Attributes
    ----------
    estimate : array, units
        The weights :math:`a`; 0 for units that are not used.
    spread : array, terms x units
        The rows :math:`m_j`.
    df : float
        Degrees of freedom of the t distribution.
    residual : array, used x units
        Takes everything but the treatment out of an outcome, times the root of the weight.
    treatment : array, used
        What the controls leave of the treatment, times the root of the weight.
    projection : Projection
        Controls, weights, effects, clusters and units used.
    """

    estimate: Array
    spread: Array
    df: float
    residual: Array
    treatment: Array
    projection: Projection

    def parts(self, columns: Array) -> tuple[Array, Array]:
        """Estimates (columns) and terms of their variances (terms x columns), linear in both."""
        return self.estimate @ columns, self.spread @ columns


def linear(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: list[str],
    *,
    weights: str | None = None,
    errors: Errors = "hc2_bm",
    effects: str | None = None,
    cluster: str | None = None,
) -> Linear:
    """Design of :func:`sevenpercent.stats.regression.fit` with the same arguments, for any outcome.

    The outcome named says only which units are used: those in which it is known.

    Raises
    ------
    NoVariation
        The controls determine the treatment.
    InputError
        Unknown column or kind of errors, or errors that do not exist.
    """
    if errors not in get_args(Errors):
        known = get_args(Errors)
        raise InputError("Unknown kind of errors", value=errors, fix=nearest(errors, known))
    p = prepared(
        frame,
        outcome,
        [treatment, *controls],
        weights=weights,
        effects=effects,
        cluster=cluster,
        absorb=errors != "hc2_bm",
    )
    residual = p.residual(np.eye(len(frame)))
    d = residual @ frame[treatment].fillna(0.0).to_numpy(float)
    own = frame[treatment].to_numpy(float)[p.rows]
    size = float(d @ d)
    if np.ptp(own) == 0:
        problem = f"{treatment!r} is {own[0]:g} in every unit"
    elif size <= ROUNDING * float(((own - own.mean()) ** 2).sum()):
        problem = f"the controls determine {treatment!r}"
    else:
        problem = ""
    if problem:
        raise NoVariation(f"This claim cannot be tested here: {problem}", column=treatment)
    a = d @ residual / size
    spread, df = _spread(p, errors, residual, d, size, a)
    return Linear(a, spread, df, residual, d, p)


def prepared(
    frame: pd.DataFrame,
    outcome: str,
    regressors: list[str],
    *,
    weights: str | None,
    effects: str | None,
    cluster: str | None,
    absorb: bool,
) -> Projection:
    """Projection that takes out all regressors but the first, on units in which all is known."""
    grouping = [name for name in (effects, cluster) if name]
    numeric = [outcome, *regressors, *([weights] if weights else [])]
    require(frame, [*numeric, *grouping])
    known = frame[[*numeric, *grouping]].notna().all(axis=1).to_numpy()
    return project(
        frame[regressors[1:]].to_numpy(float).reshape(len(frame), -1),
        None if weights is None else frame[weights].to_numpy(float),
        codes(frame, effects),
        codes(frame, cluster),
        known,
        absorb=absorb,
    )


def codes(frame: pd.DataFrame, column: str | None) -> NDArray[np.int64] | None:
    """Number of each unit's group, -1 where unknown; None without a column."""
    return None if column is None else pd.factorize(frame[column])[0].astype(np.int64)


def _spread(
    p: Projection, errors: Errors, residual: Array, d: Array, size: float, a: Array
) -> tuple[Array, float]:
    free_df = float(p.n - p.used - 1)
    left = residual - np.outer(d, a)  # what the whole model leaves of an outcome
    if errors.startswith("cr"):
        assert p.chunks is not None
        starts = p.chunks.units
        rows = _cr3(p, residual, d, size, a) if errors == "cr3" else _cr1(p, left, d, size, starts)
        return rows, float(len(starts) - 1)
    if errors == "classical":
        return left / np.sqrt(size * free_df), free_df
    free = 1 - p.leverage() - d**2 / size
    if errors != "hc1" and free.min() < ROUNDING:
        raise InputError(f"One unit alone determines a coefficient, so {errors} does not exist")
    weight = {
        "hc1": np.full(p.n, np.sqrt(p.n / free_df)),
        "hc3": 1 / np.maximum(free, 1e-300),
    }.get(errors, 1 / np.sqrt(np.maximum(free, 1e-300)))
    if errors == "hc2_bm":
        free_df = bell_mccaffrey_df(np.column_stack([d, p.basis]), np.eye(p.used + 1)[0])
    return (weight * d / size)[:, None] * left, free_df


def _cr1(p: Projection, left: Array, d: Array, size: float, starts: NDArray[np.intp]) -> Array:
    groups = len(starts)
    scale = groups / (groups - 1) * (p.n - 1) / (p.n - p.used - 1)
    sums: Array = np.add.reduceat(d[:, None] * left, starts, axis=0)
    sums *= np.sqrt(scale) / size
    return sums


def _cr3(p: Projection, residual: Array, d: Array, size: float, a: Array) -> Array:
    """Estimate without each cluster, less the estimate with all (see ``multiverse.engine``)."""
    assert p.chunks is not None
    ends = np.append(p.chunks.units, p.n)
    rows = np.empty((len(ends) - 1, residual.shape[1]))
    for g in range(len(rows)):
        own = slice(ends[g], ends[g + 1])
        q, dg = p.basis[own], d[own]
        left = np.eye(q.shape[1]) - q.T @ q
        if q.shape[1] and np.linalg.eigvalsh(left)[0] < ROUNDING:
            raise InputError("One cluster alone determines a coefficient, so cr3 does not exist")
        helped = q @ np.linalg.solve(left, q.T @ dg)
        rest = size - dg @ dg - dg @ helped
        rows[g] = (size * a - (dg + helped) @ residual[own]) / rest - a
    return rows
