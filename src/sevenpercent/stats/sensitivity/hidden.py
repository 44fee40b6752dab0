r"""How strong a confounder nobody measured would have to be, after Cinelli and Hazlett.

A confounder :math:`Z` is described by two numbers between 0 and 1: :math:`R^2_{DZ}`, the share of
what the controls leave of the treatment that it explains, and :math:`R^2_{YZ}`, the share of what
treatment and controls leave of the outcome. All of it follows from classical least squares
(coefficient, standard error, degrees of freedom), so robust errors do not enter.

References
----------
Cinelli and Hazlett 2020, Journal of the Royal Statistical Society B 82(1), 39-67,
doi:10.1111/rssb.12348.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from sevenpercent.errors import InputError
from sevenpercent.stats import regression as controls
from sevenpercent.stats.regression import Array, t_quantile
from sevenpercent.stats.sensitivity.county import Probed


def partial_r2(t: float, df: float) -> float:
    r"""Share of the rest explained by one regressor: :math:`t^2 / (t^2 + df)`."""
    return float(t**2 / (t**2 + df))


def robustness_value(
    estimate: float, se: float, df: float, target: float = 0.0, level: float | None = None
) -> float:
    r"""Strength with which an equally strong confounder would move the estimate to `target`.

    With :math:`f = |\hat\tau - \tau_0| / (se \sqrt{df})`, less
    :math:`f^* = t^*_{df - 1} / \sqrt{df - 1}` when `level` is given,

    .. math:: RV = \tfrac12 \left(\sqrt{f^4 + 4 f^2} - f^2\right)

    and, where :math:`f > 1/f^*`, :math:`(f^2 - f^{*2}) / (1 + f^2)` instead.

    Returns the share, 0 to 1, of the rest of both treatment and outcome that it must explain.

    `estimate`, `se`, `df`: of classical least squares. `target`: effect to be explained into being,
    in the unit of the estimate; 0 = explained away. `level`: instead of the estimate itself, the
    distance beyond which `target` is rejected at this level: how strong a confounder must be for
    `target` to be no longer rejected.
    """
    _positive(se, df)
    f = abs(estimate - target) / (se * np.sqrt(df))
    limit = 0.0 if level is None else t_quantile(1 - level / 2, df - 1) / np.sqrt(df - 1)
    if f <= limit:
        return 0.0
    if limit > 0 and f > 1 / limit:
        return float((f**2 - limit**2) / (1 + f**2))
    f -= limit
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2)


def adjusted(
    estimate: float, se: float, df: float, r2_dz: ArrayLike, r2_yz: ArrayLike, direction: int
) -> tuple[Array, Array]:
    r"""Estimate and classical standard error had the confounder been held constant.

    The bias is :math:`se \sqrt{df}\,\sqrt{R^2_{YZ} R^2_{DZ} / (1 - R^2_{DZ})}`. `direction`: +1 or
    -1: whether holding it constant raises or lowers the estimate.
    """
    _positive(se, df)
    y, d = np.asarray(r2_yz, float), np.asarray(r2_dz, float)
    moved: Array = estimate + direction * (se * np.sqrt(df * y * d / (1 - d)))
    error: Array = se * np.sqrt((1 - y) / (1 - d) * df / (df - 1))
    return moved, error


def benchmark(r2_dx: float, r2_yx: float, times: float = 1.0) -> tuple[float, float]:
    """Strength of a confounder `times` as strong as an observed covariate, at most.

    `r2_dx`: partial R2 of the covariate with the treatment, given the other covariates; `r2_yx`:
    partial R2 of the covariate with the outcome, given treatment and the other covariates. Returns
    ``r2_dz`` and the bound of ``r2_yz`` (never above 1). Raises InputError: no confounder can be
    that much stronger than the covariate.
    """
    too_strong = InputError("No confounder can be so many times as strong", value=times)
    r2_dz = times * r2_dx / (1 - r2_dx)
    if r2_dz >= 1:
        raise too_strong
    both = times * r2_dx**2 / ((1 - times * r2_dx) * (1 - r2_dx))
    if both >= 1:
        raise too_strong
    factor = (np.sqrt(times) + np.sqrt(both)) / np.sqrt(1 - both)
    return r2_dz, float(min(1.0, factor**2 * r2_yx / (1 - r2_yx)))


@dataclass(frozen=True)
class Hidden:
    """A county estimate and what may stand behind it, classical least squares.

    `estimate`, `se`, `df`: in points. **Negative** = lower where electronic. `benchmarks`:
    ``covariate, times, r2_dz, r2_yz`` and ``lowered``, ``raised``: the estimate (points) had a
    confounder of that strength been held constant, in either direction. Strengths that no
    confounder can have are null.
    """

    estimate: float
    se: float
    df: float
    benchmarks: pd.DataFrame


def hidden(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    covariates: Sequence[str],
    benchmarks: Sequence[str],
    times: Sequence[float] = (1.0, 2.0, 3.0),
) -> Hidden:
    """Fit the model and bound a confounder by the covariates it has.

    Raises InputError: a benchmark that is not among the covariates.
    """
    base = controls.fit(frame, outcome, treatment, covariates, errors="classical").scaled(100)
    # The same rows in every regression: those with every value of the model.
    whole = frame[frame[[outcome, treatment, *covariates]].notna().all(axis=1)]
    rows = []
    for name in benchmarks:
        if name not in covariates:
            raise InputError("A benchmark must be one of the controls", value=name)
        others = [c for c in covariates if c != name]
        with_d = controls.fit(whole, outcome, name, [*others, treatment], errors="classical")
        on_d = controls.fit(whole, treatment, name, others, errors="classical")
        r2_yx = partial_r2(with_d.estimate / with_d.se, with_d.df)
        r2_dx = partial_r2(on_d.estimate / on_d.se, on_d.df)
        for k in times:
            try:
                d, y = benchmark(r2_dx, r2_yx, k)
            except InputError:
                d, y = np.nan, np.nan
            lowered, _ = adjusted(base.estimate, base.se, base.df, d, y, -1)
            raised, _ = adjusted(base.estimate, base.se, base.df, d, y, 1)
            rows.append([name, k, d, y, float(lowered), float(raised)])
    columns = ["covariate", "times", "r2_dz", "r2_yz", "lowered", "raised"]
    return Hidden(base.estimate, base.se, base.df, pd.DataFrame(rows, columns=columns))


def _positive(se: float, df: float) -> None:
    if not (se > 0 and df > 1):
        raise InputError("Needs a positive standard error and more than one degree of freedom")


def strengths(
    p: Probed, found: Mapping[str, Hidden], sizes: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """How strong a hidden cause must be to make the difference, or to hide harm of each size.

    `found`: definition -> as :func:`hidden` gives it; `sizes`: definition -> size -> harm in points
    (positive). Returns ``definition, size`` (``zero``: the difference itself), ``value`` and
    ``not_rejected``: robustness values for the estimate, and for a test at 5 %; ``n``.
    """
    rows = []
    for definition, h in found.items():
        for name, harm in {"zero": 0.0, **sizes[definition]}.items():
            asked = h.estimate, h.se, h.df, -harm
            values = robustness_value(*asked), robustness_value(*asked, level=0.05)
            rows.append([definition, name, *values, len(p.frame)])
    return pd.DataFrame(rows, columns=["definition", "size", "value", "not_rejected", "n"])
