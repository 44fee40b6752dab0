"""One regression of an outcome on the treatment and controls, and everything needed to judge it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.stats.regression.model import Prepared, prepare
from sevenpercent.stats.regression.projection import ROUNDING, Array, Projection
from sevenpercent.stats.regression.variance import (
    Errors,
    t_quantile,
    terms,
    two_sided_p,
)


@dataclass(frozen=True)
class Estimate:
    r"""One coefficient with everything needed to judge it.

    `estimate`: outcome per unit of treatment, in the unit of the outcome (:meth:`scaled` turns
    shares into points); **negative** = the outcome is lower where voting was electronic. `se`: its
    standard error. `df`: degrees of freedom of the t distribution behind `lo` and `hi` (95 %
    interval) and `p` (two-sided, of "no difference"). `n`: units used. `r2`: share of the
    (weighted) variance of the outcome that the whole model accounts for. With clustered errors,
    `clusters`, and `effective_clusters`, those that carry the estimate,
    :math:`(\sum_g v_g)^2 / \sum_g v_g^2` with :math:`v_g` the sum over units of the weight times
    the squared treatment left after the controls. `coefficients`: of every control and of
    ``constant`` (which `effects` replaces).
    """

    estimate: float
    se: float
    df: float
    lo: float
    hi: float
    p: float
    n: int
    r2: float
    clusters: int | None = None
    effective_clusters: float | None = None
    coefficients: Mapping[str, float] = field(default_factory=dict)

    def scaled(self, factor: float) -> Estimate:
        """The same estimate in another unit: ``scaled(100)`` gives points from shares."""
        lo, hi = sorted((self.lo * factor, self.hi * factor))
        return replace(
            self,
            estimate=self.estimate * factor,
            se=self.se * abs(factor),
            lo=lo,
            hi=hi,
            coefficients={name: value * factor for name, value in self.coefficients.items()},
        )


def fit(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    weights: str | None = None,
    errors: Errors = "hc2_bm",
    effects: str | None = None,
    cluster: str | None = None,
    sample: str | pd.Series[bool] | None = None,
) -> Estimate:
    r"""Coefficient of `treatment` in a linear regression of `outcome`.

    .. math:: y_i = \tau d_i + x_i'\beta + \alpha_{g(i)} + \varepsilon_i

    by (weighted) least squares. Units with an unknown value in any column used are left out.

    In units of the outcome per unit of treatment. Negative = lower where electronic.

    `frame`: one row a unit, as :func:`sevenpercent.model.frames.county_frame` gives it. `controls`:
    columns held constant; a constant is always there. `weights`: column of positive weights; their
    scale does not matter. They say which average is meant; on what they mean for ``hc2_bm`` see the
    notes. `effects`: column with one constant for each of its values (``state``, ``county``). Groups
    of one unit say nothing about the treatment and are left out. `cluster`: column of the clusters,
    for ``cr1`` and ``cr3``. `sample`: units to use, as an expression on columns
    (``"population >= 50000"``) or a mask. `errors`: ``classical``; ``hc1``, ``hc2``, ``hc3`` (robust
    to unequal variances, t with :math:`n - k` degrees of freedom); ``hc2_bm`` (HC2 with the degrees
    of freedom of :func:`~.variance.satterthwaite`); ``cr1``, ``cr3`` (also robust to dependence
    within `cluster`, t with one degree of freedom less than clusters). CR1 is
    :math:`\frac{G}{G-1}\frac{n-1}{n-k}` times the plain sandwich, k counting the effects; CR3 is
    the jackknife :math:`\sum_g (\hat\tau_{(g)} - \hat\tau)^2` over estimates without one cluster,
    which is ``hc3`` when every unit is its own cluster.

    Raises NoVariation: the treatment does not vary in the sample, or the controls determine it;
    InputError: unknown column (with the nearest one), a column that is not finite numbers, weights
    that are not positive, controls that determine one another, too few units or clusters.

    Notes
    -----
    HC2 and its degrees of freedom are exact under a working model, which for weights is that a
    unit's variance is inverse to its weight (``inverse_var=TRUE`` of R's clubSandwich). Votes are
    no such weights: counties of all sizes stray about equally from what a model expects. Made for
    equal variances (clubSandwich as it comes) the degrees of freedom are far fewer: 10.6
    instead of 21.0 for Wisconsin's county comparison by votes, an interval 6 % wider. Ours are
    kept since they err less. Where units vary alike, 78 weighted comparisons on the maps of
    Wisconsin and Pennsylvania in 2016, tested at 5 %, reject in 4.6 to 7.5 % of elections without
    a difference (5.8 % on average; 5.0 % for that one, most without controls); with the others in
    1.5 to 4.4 % (3.4 %). Weighted intervals are so a little too short.

    References
    ----------
    MacKinnon and White 1985 (HC1 to HC3), doi:10.1016/0304-4076(85)90158-7. MacKinnon, Nielsen
    and Webb 2023 (CR1, CR3), doi:10.1016/j.jeconom.2022.04.001; CR3 without their factor
    (G - 1)/G, as in Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004. Carter,
    Schnepel and Steigerwald 2017 (effective clusters), doi:10.1162/REST_a_00639.
    """
    if errors.startswith("cr") and cluster is None:
        raise InputError(
            f"Errors {errors!r} need a cluster column", fix="Name one, such as state or county."
        )
    rows = _sampled(frame, sample)
    how = {"weights": weights, "effects": effects, "cluster": cluster}
    model = prepare(rows, outcome, treatment, controls, errors=errors, **how)
    p, d = model.projection, model.left
    y = p.residual(model.outcome[:, None])
    (estimate,), spread, df = terms(p, errors, d, y, model.label)
    by_cluster = None if p.chunks is None else np.add.reduceat(d**2 / (d @ d), p.chunks.units)
    return Estimate(
        **_judged(float(estimate), float(np.sqrt((spread**2).sum())), df),
        n=p.n,
        r2=_r2(model, y[:, 0] - estimate * d),
        clusters=None if by_cluster is None else len(by_cluster),
        effective_clusters=None if by_cluster is None else float(1 / (by_cluster**2).sum()),
        coefficients=_coefficients(model, float(estimate), controls, effects is None),
    )


def _judged(estimate: float, se: float, df: float) -> dict[str, Any]:
    """An estimate with its error, its interval and its p value."""
    half = t_quantile(0.975, df) * se
    p = two_sided_p(estimate / se, df) if se > 0 else float(estimate == 0)
    return {
        "estimate": estimate, "se": se, "df": df, "lo": estimate - half, "hi": estimate + half, "p": p
    }  # fmt: skip


def _sampled(frame: pd.DataFrame, sample: str | pd.Series[bool] | None) -> pd.DataFrame:
    if sample is None:
        return frame
    if isinstance(sample, str):
        try:
            kept = frame.query(sample, engine="python")
        except Exception as error:  # whatever the expression does wrong, the reader wrote it
            raise InputError(
                f"The sample cannot be read as an expression on columns: {error}", value=sample
            ) from error
    else:
        kept = frame[sample.reindex(frame.index).fillna(False).astype(bool)]
    if kept.empty:
        raise InputError("The sample is empty", value=sample if isinstance(sample, str) else None)
    return kept


def _r2(model: Prepared, residual: Array) -> float:
    p = model.projection
    root = np.ones(p.n) if p.root is None else p.root
    y = p.scaled(model.outcome[:, None])[:, 0]
    about = y - root * (y @ root) / (root @ root)
    total = about @ about
    return float(1 - residual @ residual / total) if total > 0 else 0.0


def _coefficients(
    model: Prepared, estimate: float, names: Sequence[str], constant: bool
) -> dict[str, float]:
    """Coefficients of the controls, and the constant where no effects replace it."""
    p = model.projection
    rest = p.scaled((model.outcome - estimate * model.treatment)[:, None])[:, 0]
    x = p.scaled(model.controls)
    # The basis ends with the controls, orthogonal to all constants.
    own = p.basis[:, p.basis.shape[1] - len(names) :]
    beta = np.linalg.solve(own.T @ x, own.T @ rest)
    out = dict(zip(names, beta.tolist(), strict=True))
    if constant:
        root = np.ones(p.n) if p.root is None else p.root
        out["constant"] = float((rest - x @ beta) @ root / (root @ root))
    return out


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


@dataclass(frozen=True)
class Linear:
    r"""One coefficient and its variance, as sums over units.

    With the regressors fixed the estimate is :math:`a'y`, and every variance in use here is a sum
    of squares of other such sums, :math:`\sum_j (m_j'y)^2`: over units for the robust ones, over
    clusters for the clustered ones.

    `estimate` (units): the weights :math:`a`; 0 for units that are not used. `spread` (terms x
    units): the rows :math:`m_j`. `df`: degrees of freedom of the t distribution. `residual` (used x
    units): takes everything but the treatment out of an outcome, times the root of the weight.
    `treatment` (used): what the controls leave of the treatment, times the root of the weight.
    `projection`: controls, weights, effects, clusters and units used.
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
    controls: Sequence[str],
    *,
    errors: Errors = "hc2_bm",
    **how: Any,
) -> Linear:
    """Design of :func:`sevenpercent.stats.regression.fit` with the same arguments, for any outcome.

    The outcome named says only which units are used: those in which it is known.

    Raises NoVariation: the controls determine the treatment; InputError: unknown column or kind of
    errors, or errors that do not exist.
    """
    model = prepare(frame, outcome, treatment, controls, errors=errors, **how)
    p = model.projection
    residual = p.residual(np.eye(len(frame)))
    estimate, spread, df = terms(p, errors, model.left, residual, model.label)
    return Linear(estimate, spread, df, residual, model.left, p)


TUNING = 1.345
"""Residuals beyond so many scales count less: 95 % efficient where errors are normal."""

MAD_OF_NORMAL = 0.6744897501960817
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

    Columns as in :func:`~.single.fit`. Returns ``effective_clusters`` with the final weights. Raises
    InputError: as :func:`~.single.fit`; or nothing settles.

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
    return replace(whole, **_judged(whole.estimate, se, whole.df))


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
        scale = float(np.median(np.abs(residual)) / MAD_OF_NORMAL)
        if scale <= ROUNDING * y.std():
            return float(beta[0]), weight  # most units fit exactly: nothing to weigh them by
        weight = np.minimum(1.0, TUNING * scale / np.maximum(np.abs(residual), TUNING * scale))
        if np.abs(residual - before).max() <= CLOSE * scale:
            return float(beta[0]), weight
        before = residual
    raise InputError("Huber's regression does not settle", fix="Leave out controls.")
