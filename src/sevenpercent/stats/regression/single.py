"""One regression of an outcome on the treatment and controls, and everything needed to judge it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats.regression.model import Prepared, prepare
from sevenpercent.stats.regression.projection import Array
from sevenpercent.stats.regression.variance import (
    Errors,
    t_quantile,
    terms,
    two_sided_p,
)


@dataclass(frozen=True)
class Estimate:
    r"""One coefficient with everything needed to judge it.

    Attributes
    ----------
    estimate : float
        Outcome per unit of treatment. **Negative** = the outcome is lower where voting was
        electronic. In the unit of the outcome; :meth:`scaled` turns shares into points.
    se : float
        Standard error.
    df : float
        Degrees of freedom of the t distribution behind ``lo``, ``hi`` and ``p``.
    lo, hi : float
        95 % interval.
    p : float
        Two-sided p value of "no difference".
    n, n_treated : int
        Units used, and those of them with a treatment above zero.
    n_dropped : int
        Units of the sample left out because a value is unknown, or because they are alone in
        their group of `effects`.
    r2 : float
        Share of the (weighted) variance of the outcome that the whole model accounts for.
    leverage_max : float
        Largest share of the treatment's remaining variation that stands in one unit (0 to 1).
    leverage_at : str
        That unit: its county, FIPS code or row label.
    effective_n : float
        Units that carry the estimate, :math:`(\sum_i v_i)^2 / \sum_i v_i^2` with :math:`v_i` the
        weight times the squared treatment left after the controls; n when all carry the same.
    clusters : int or None
        Clusters, when errors are clustered.
    effective_clusters : float or None
        The same figure as ``effective_n`` with :math:`v` summed by cluster.
    coefficients : dict
        Coefficient of every control and of ``constant`` (which `effects` replaces).
    """

    estimate: float
    se: float
    df: float
    lo: float
    hi: float
    p: float
    n: int
    n_treated: int
    n_dropped: int
    r2: float
    leverage_max: float
    leverage_at: str
    effective_n: float
    clusters: int | None = None
    effective_clusters: float | None = None
    coefficients: Mapping[str, float] = field(default_factory=dict)

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Two-sided interval at `level`; its end at 0.90 is the one-sided 5 % bound."""
        half = t_quantile(0.5 + level / 2, self.df) * self.se
        return self.estimate - half, self.estimate + half

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

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per unit, as :func:`sevenpercent.model.frames.county_frame` gives it.
    controls : sequence of str
        Columns held constant; a constant is always there.
    weights : str, optional
        Column of positive weights; their scale does not matter. They say which average is meant;
        on what they mean for ``hc2_bm`` see the notes.
    errors : str
        ``classical``; ``hc1``, ``hc2``, ``hc3`` (robust to unequal variances, t with
        :math:`n - k` degrees of freedom); ``hc2_bm`` (HC2 with the degrees of freedom of
        :func:`bell_mccaffrey_df`); ``cr1``, ``cr3`` (also robust to dependence within `cluster`,
        t with one degree of freedom less than clusters). CR1 is
        :math:`\frac{G}{G-1}\frac{n-1}{n-k}` times the plain sandwich, k counting the effects;
        CR3 is the jackknife :math:`\sum_g (\hat\tau_{(g)} - \hat\tau)^2` over estimates without one
        cluster, which is ``hc3`` when every unit is its own cluster.
    effects : str, optional
        Column with one constant for each of its values (``state``, ``county``). Groups of one
        unit say nothing about the treatment and are left out.
    cluster : str, optional
        Column of the clusters, for ``cr1`` and ``cr3``.
    sample : str or boolean Series, optional
        Units to use, as an expression on columns (``"population >= 50000"``) or a mask.

    Raises
    ------
    NoVariation
        The treatment does not vary in the sample, or the controls determine it.
    InputError
        Unknown column (with the nearest one), a column that is not finite numbers, weights that
        are not positive, controls that determine one another, too few units or clusters.

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
    model = prepare(
        rows,
        outcome,
        treatment,
        controls,
        weights=weights,
        effects=effects,
        cluster=cluster,
        errors=errors,
    )
    p, d = model.projection, model.left
    y = p.residual(model.outcome[:, None])
    (estimate,), spread, df = terms(p, errors, d, y, model.label)
    se = float(np.sqrt((spread**2).sum()))
    half = t_quantile(0.975, df) * se
    shares = d**2 / (d @ d)
    order = np.argsort(p.rows)  # of units that carry the same, the first of the frame is named
    top = int(order[shares[order].argmax()])
    by_cluster = None if p.chunks is None else np.add.reduceat(shares, p.chunks.units)
    return Estimate(
        estimate=float(estimate),
        se=se,
        df=df,
        lo=float(estimate - half),
        hi=float(estimate + half),
        p=two_sided_p(estimate / se, df) if se > 0 else float(estimate == 0),
        n=p.n,
        n_treated=int((model.treatment[p.rows] > 0).sum()),
        n_dropped=len(rows) - p.n,
        r2=_r2(model, y[:, 0] - estimate * d),
        leverage_max=float(shares[top]),
        leverage_at=model.label(top),
        effective_n=float(1 / (shares**2).sum()),
        clusters=None if by_cluster is None else len(by_cluster),
        effective_clusters=None if by_cluster is None else float(1 / (by_cluster**2).sum()),
        coefficients=_coefficients(model, float(estimate), controls, effects is None),
    )


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
