"""Regressions of an outcome on the treatment and controls, with errors that hold in small samples.

Coefficients and most errors come from statsmodels, the jackknife by cluster (CR3) from pyfixest;
the degrees of freedom of Bell and McCaffrey, which neither has, are computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.frames import require

Errors = Literal["classical", "hc1", "hc2", "hc2_bm", "hc3", "cr1", "cr3"]
Array = NDArray[np.float64]

ROUNDING = 1e-10
"""Share of a column's variation below which what is left of it is rounding error."""


class NoVariation(InputError):  # noqa: N818 - says what is wrong, as users read it
    """The treatment does not vary in the sample beyond the controls: nothing can be tested."""


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

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per unit, as :func:`sevenpercent.model.frames.county_frame` gives it.
    outcome, treatment : str
        Columns.
    controls : sequence of str
        Columns held constant; a constant is always there.
    weights : str, optional
        Column of positive weights; their scale does not matter.
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

    Returns
    -------
    Estimate
        In units of the outcome per unit of treatment. Negative = lower where electronic.

    Raises
    ------
    NoVariation
        The treatment does not vary in the sample, or the controls determine it.
    InputError
        Unknown column (with the nearest one), a column that is not finite numbers, weights that
        are not positive, controls that determine one another, too few units or clusters.

    See Also
    --------
    partial_residuals : what the estimate is fitted to, for an added-variable plot.

    References
    ----------
    MacKinnon and White 1985 (HC1 to HC3), doi:10.1016/0304-4076(85)90158-7. MacKinnon, Nielsen
    and Webb 2023 (CR1, CR3), doi:10.1016/j.jeconom.2022.04.001; CR3 without their factor
    (G - 1)/G, as in Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004. Carter,
    Schnepel and Steigerwald 2017 (effective clusters), doi:10.1162/REST_a_00639.
    """
    if errors not in get_args(Errors):
        raise InputError(
            "Unknown kind of errors", value=errors, fix=nearest(errors, get_args(Errors))
        )
    if errors.startswith("cr") and cluster is None:
        raise InputError(
            f"Errors {errors!r} need a cluster column", fix="Name one, such as state or county."
        )
    data = _prepare(frame, outcome, treatment, controls, weights, effects, cluster, sample)
    left, _ = _partial(data)
    carried = left**2
    shares = carried / carried.sum()
    top = int(shares.argmax())

    import statsmodels.api as sm  # slow to import, so only where a model is fitted

    model = sm.OLS(data.scaled_y, data.scaled_x)
    plain = model.fit()
    k = data.scaled_x.shape[1]
    df = float(data.n - k)
    clusters = None if data.cluster is None else int(data.cluster.max()) + 1
    if errors in ("hc2", "hc2_bm", "hc3"):
        _refuse_full_leverage(data, errors)
    if errors == "classical":
        se = float(plain.bse[0])
    elif errors == "cr1":
        robust = plain.get_robustcov_results("cluster", groups=data.cluster)
        se = float(robust.bse[0])
    elif errors == "cr3":
        se = _cr3(data)
    else:
        se = float(plain.get_robustcov_results(errors[:3].upper()).bse[0])
    if errors == "hc2_bm":
        df = bell_mccaffrey_df(data.scaled_x, np.eye(k)[0])
    elif errors.startswith("cr") and clusters is not None:
        df = float(clusters - 1)

    estimate = float(plain.params[0])
    half = t_quantile(0.975, df) * se
    return Estimate(
        estimate=estimate,
        se=se,
        df=df,
        lo=estimate - half,
        hi=estimate + half,
        p=two_sided_p(estimate / se, df) if se > 0 else float(estimate == 0),
        n=data.n,
        n_treated=int((data.d > 0).sum()),
        n_dropped=data.n_dropped,
        r2=_r2(data, plain.params),
        leverage_max=float(shares[top]),
        leverage_at=data.label(top),
        effective_n=float(1 / (shares**2).sum()),
        clusters=clusters,
        effective_clusters=(
            None
            if data.cluster is None
            else float(1 / (np.bincount(data.cluster, shares) ** 2).sum())
        ),
        coefficients=dict(
            zip(data.names[1:], (float(b) for b in plain.params[1 : len(data.names)]), strict=True)
        ),
    )


def partial_residuals(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    weights: str | None = None,
    effects: str | None = None,
    sample: str | pd.Series[bool] | None = None,
) -> pd.DataFrame:
    """Outcome and treatment after the controls are taken out of both (added-variable plot).

    Arguments and errors as in :func:`fit`.

    Returns
    -------
    pandas.DataFrame
        Index of `frame`, units used only: ``treatment`` and ``outcome``, what is left of each, in
        their own units, and ``weight`` (mean 1). The weighted slope through the origin of the one
        on the other is the estimate of :func:`fit` (theorem of Frisch, Waugh and Lovell,
        doi:10.2307/1907330).
    """
    data = _prepare(frame, outcome, treatment, controls, weights, effects, None, sample)
    d, y = _partial(data)
    return pd.DataFrame(
        {"treatment": d / data.root, "outcome": y / data.root, "weight": data.root**2},
        index=data.rows.index[data.used],
    )


def bell_mccaffrey_df(design: Array, contrast: Array) -> float:
    r"""Degrees of freedom of an HC2 standard error, after Bell and McCaffrey.

    The HC2 variance of :math:`c'\hat\beta` is a sum of squares of normal variables when errors
    are; Satterthwaite's approximation matches the first two moments of a chi-square under equal
    variances:

    .. math:: \nu = \frac{(\operatorname{tr} G'G)^2}{\operatorname{tr}\,(G'G)^2}, \qquad
              G_i = \frac{a_i}{\sqrt{1 - h_i}} (I - H)_{\cdot i}, \qquad a = X (X'X)^{-1} c

    Parameters
    ----------
    design : array, n x k
        Regressors of full rank, each row times the root of its weight.
    contrast : array, k
        Which combination of coefficients.

    Returns
    -------
    float
        Between 1 and n - k. For the difference of the means of two groups of :math:`n_0` and
        :math:`n_1` units it is :math:`\frac{(n_0+n_1)^2(n_0-1)(n_1-1)}{n_1^2(n_1-1)+n_0^2(n_0-1)}`.

    References
    ----------
    Bell and McCaffrey 2002, Survey Methodology 28(2), 169-181. Imbens and Kolesár 2016,
    doi:10.1162/REST_a_00552.
    """
    q, r = np.linalg.qr(design)
    a = q @ np.linalg.solve(r.T, contrast)
    h = (q**2).sum(axis=1)
    g = a**2 / (1 - h)
    # The n x n matrix G'G has entries sqrt(g_i g_j) (I - H)_ij; its traces need only k x k ones.
    trace = (g * (1 - h)).sum()
    square = (g**2 * (1 - 2 * h)).sum() + ((q.T @ (q * g[:, None])) ** 2).sum()
    return float(trace**2 / square)


def t_quantile(probability: float, df: float) -> float:
    """Quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))


def two_sided_p(t: float, df: float) -> float:
    """Probability of a t value at least as far from zero."""
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


@dataclass(frozen=True)
class _Data:
    """Arrays of one regression; ``scaled_`` ones are times the root of the weight."""

    rows: pd.DataFrame
    used: NDArray[np.intp]
    names: list[str]
    d: Array
    root: Array
    scaled_y: Array
    scaled_x: Array
    group: NDArray[np.intp] | None
    cluster: NDArray[np.intp] | None
    n_dropped: int

    @property
    def n(self) -> int:
        return len(self.d)

    def label(self, i: int) -> str:
        """Name of the i-th unit used."""
        row = self.used[i]
        name = next((name for name in ("county", "fips") if name in self.rows), None)
        return str(self.rows.index[row] if name is None else self.rows[name].iloc[row])


def _prepare(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str],
    weights: str | None,
    effects: str | None,
    cluster: str | None,
    sample: str | pd.Series[bool] | None,
) -> _Data:
    numeric = [outcome, treatment, *controls, *([weights] if weights else [])]
    grouping = [name for name in (effects, cluster) if name is not None]
    require(frame, [*numeric, *grouping])
    if treatment in controls or outcome in (treatment, *controls):
        raise InputError(
            "A column stands twice in the model",
            value=treatment if treatment in controls else outcome,
        )
    rows = _sampled(frame, sample)
    values = {name: _numbers(rows, name) for name in numeric}
    groups = {name: pd.factorize(rows[name])[0] for name in grouping}
    known = np.ones(len(rows), dtype=bool)
    for column in values.values():
        known &= ~np.isnan(column)
    for code in groups.values():
        known &= code >= 0
    if effects is not None:
        known &= np.bincount(groups[effects][known], minlength=len(rows))[groups[effects]] > 1
    used = np.flatnonzero(known)
    if not len(used):
        raise InputError(
            "No unit has all values of the model", column=", ".join([*numeric, *grouping])
        )
    values = {name: column[used] for name, column in values.items()}
    groups = {name: np.unique(code[used], return_inverse=True)[1] for name, code in groups.items()}
    d = values[treatment]
    if np.ptp(d) == 0:
        raise NoVariation(
            f"This claim cannot be tested here: {treatment!r} is {d[0]:g} in every unit",
            column=treatment,
        )
    weight = values[weights] if weights else np.ones(len(used))
    if (weight <= 0).any():
        worst = int(np.argmin(weight))
        raise InputError(
            "Weights must be positive",
            row=rows.index[used[worst]],
            column=weights,
            value=float(weight[worst]),
        )
    root = np.sqrt(weight / weight.mean())
    names = [treatment, *controls]
    columns = [values[name] for name in names]
    group = None
    if effects is None:
        columns.append(np.ones(len(used)))
        names.append("constant")
    else:
        group = groups[effects]
        columns.extend((group == g).astype(float) for g in range(group.max() + 1))
    x = np.column_stack(columns)
    _check_rank(x * root[:, None], names, treatment)
    if len(x) <= x.shape[1]:
        raise InputError(
            f"Too few units: {len(x)} for {x.shape[1]} coefficients",
            fix="Use fewer controls or more counties.",
        )
    clusters = None if cluster is None else groups[cluster]
    if clusters is not None and clusters.max() < 1:
        raise InputError("Errors by cluster need at least two clusters", column=cluster)
    return _Data(
        rows=rows,
        used=used,
        names=names,
        d=d,
        root=root,
        scaled_y=values[outcome] * root,
        scaled_x=x * root[:, None],
        group=group,
        cluster=clusters,
        n_dropped=len(rows) - len(used),
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


def _numbers(rows: pd.DataFrame, name: str) -> Array:
    try:
        out: Array = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError("The column does not hold numbers", column=name) from error
    if np.isinf(out).any():
        raise InputError(
            "The column holds an infinite value",
            row=rows.index[int(np.isinf(out).argmax())],
            column=name,
        )
    return out


def _check_rank(x: Array, names: list[str], treatment: str) -> None:
    """Refuse columns that the ones after them determine, the treatment last."""
    order = [*range(x.shape[1] - 1, -1, -1)]
    q = np.empty((len(x), 0))
    for j in order:
        column = x[:, j]
        rest = column - q @ (q.T @ column)
        rest -= q @ (q.T @ rest)
        size = float(rest @ rest)
        # Compared with the variation about the mean: a nearly constant column is no constant.
        spread = float(((column - column.mean()) ** 2).sum()) if j < len(names) else 0.0
        if size <= ROUNDING * (spread or float(column @ column)):
            if names[j] == treatment:
                raise NoVariation(
                    f"This claim cannot be tested here: the controls determine {treatment!r}",
                    column=treatment,
                )
            raise InputError(
                "The other controls or the effects determine this control",
                column=names[j],
                fix="Leave it out.",
            )
        q = np.column_stack([q, rest / np.sqrt(size)])


def _partial(data: _Data) -> tuple[Array, Array]:
    """What the other regressors leave of treatment and outcome, times the root of the weight."""
    q, _ = np.linalg.qr(data.scaled_x[:, 1:])
    d, y = data.scaled_x[:, 0], data.scaled_y
    return d - q @ (q.T @ d), y - q @ (q.T @ y)


def _r2(data: _Data, params: Array) -> float:
    residual = data.scaled_y - data.scaled_x @ params
    mean = (data.scaled_y * data.root).sum() / (data.root**2).sum()
    total = ((data.scaled_y - mean * data.root) ** 2).sum()
    return float(1 - (residual**2).sum() / total) if total > 0 else 0.0


def _refuse_full_leverage(data: _Data, errors: str) -> None:
    q, _ = np.linalg.qr(data.scaled_x)
    free = 1 - (q**2).sum(axis=1)
    worst = int(free.argmin())
    if free[worst] < ROUNDING:
        raise InputError(
            f"One unit alone determines a coefficient, so {errors} errors do not exist",
            value=data.label(worst),
            fix="Leave the unit or that control out, or use hc1.",
        )


def _cr3(data: _Data) -> float:
    import pyfixest  # slow to import, and only these errors need it

    assert data.cluster is not None
    x, y = data.scaled_x, data.scaled_y
    k = len(data.names)
    if data.group is not None and _nested(data.group, data.cluster):
        # A left-out cluster takes its own constants with it, so they can be taken out beforehand.
        q, _ = np.linalg.qr(x[:, k:])
        x, y = x[:, :k] - q @ (q.T @ x[:, :k]), y - q @ (q.T @ y)
    q, _ = np.linalg.qr(x)
    for g in range(data.cluster.max() + 1):
        own = q[data.cluster == g]
        if np.linalg.eigvalsh(own.T @ own)[-1] > 1 - ROUNDING:
            raise InputError(
                "One cluster alone determines a coefficient, so cr3 errors do not exist",
                value=data.label(int(np.argmax(data.cluster == g))),
                fix="Leave that control out, or use cr1.",
            )
    table = pd.DataFrame({f"x{j}": x[:, j] for j in range(x.shape[1])})
    table["y"], table["cluster"] = y, data.cluster
    formula = "y ~ -1 + " + " + ".join(f"x{j}" for j in range(x.shape[1]))
    result = pyfixest.feols(
        formula,
        table,
        vcov={"CRV3": "cluster"},
        ssc=pyfixest.ssc(k_adj=False, G_adj=False),
    )
    return float(result.se()["x0"])


def _nested(group: NDArray[np.intp], cluster: NDArray[np.intp]) -> bool:
    pairs = pd.DataFrame({"group": group, "cluster": cluster}).drop_duplicates()
    return not pairs["group"].duplicated().any()
