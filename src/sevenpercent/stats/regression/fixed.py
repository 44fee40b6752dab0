"""A regression with fixed regressors as fixed sums of its outcomes: thousands of fits, one product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.stats.regression.model import prepare
from sevenpercent.stats.regression.projection import Array, Projection
from sevenpercent.stats.regression.variance import Errors, terms


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
    model = prepare(
        frame,
        outcome,
        treatment,
        controls,
        weights=weights,
        effects=effects,
        cluster=cluster,
        errors=errors,
    )
    p = model.projection
    residual = p.residual(np.eye(len(frame)))
    estimate, spread, df = terms(p, errors, model.left, residual, model.label)
    return Linear(estimate, spread, df, residual, model.left, p)
