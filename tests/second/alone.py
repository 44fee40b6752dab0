"""One specification of a grid by itself, by statsmodels: a second opinion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats.multiverse.grid import Grid
from sevenpercent.stats.regression import Array, Errors, t_quantile

HUNDRED = 100.0


@dataclass(frozen=True)
class Other:
    """An estimate in points; **negative** = the harmed party did worse where electronic."""

    estimate: float
    se: float
    lo: float
    hi: float
    n: int


def by_statsmodels(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str],
    *,
    weights: str | None = None,
    errors: Errors = "hc1",
    effects: str | None = None,
    cluster: str | None = None,
) -> Other:
    """Least squares by statsmodels: a second opinion, in which the engine plays no part.

    Arguments as in :func:`sevenpercent.stats.regression.fit`. What statsmodels lacks is written
    out: CR3 as fits without each cluster, the degrees of freedom of Bell and McCaffrey as traces.
    """
    from statsmodels.regression.linear_model import WLS

    rows = _complete(
        frame, [outcome, treatment, *controls, *([weights] if weights else [])], [effects, cluster]
    )
    if effects is not None:
        rows = rows[rows.groupby(effects)[effects].transform("size") > 1]
    x = np.column_stack([rows[treatment], _standard(rows, controls), _constants(rows, effects)])
    y = rows[outcome].to_numpy(float)
    w = np.ones(len(rows)) if weights is None else rows[weights].to_numpy(float)
    fit = WLS(y, x, weights=w).fit()
    estimate, se, df = float(fit.params[0]), float(fit.bse[0]), float(len(x) - x.shape[1])
    if cluster is not None and errors.startswith("cr"):
        codes = pd.factorize(rows[cluster])[0]
        df = float(codes.max())
        if errors == "cr1":
            se = float(fit.get_robustcov_results("cluster", groups=codes).bse[0])
        else:
            each = []
            for g in range(codes.max() + 1):
                rest = codes != g
                there = x[rest].any(axis=0)  # not so the constants of the cluster left out
                there[0] = True
                each.append(WLS(y[rest], x[rest][:, there], weights=w[rest]).fit().params[0])
            se = float(np.sqrt(((np.array(each) - estimate) ** 2).sum()))
    elif errors != "classical":
        se = float(fit.get_robustcov_results(errors[:3].upper()).bse[0])
    if errors == "hc2_bm":
        scaled = x * np.sqrt(w)[:, None]
        inverse = np.linalg.inv(scaled.T @ scaled)
        rest = np.eye(len(x)) - scaled @ inverse @ scaled.T
        root = (scaled @ inverse[0]) / np.sqrt(np.diag(rest))
        squares = (root[:, None] * rest * root) ** 2
        df = float((root**2 * np.diag(rest)).sum() ** 2 / squares.sum())
    return _other(estimate, se, df, len(rows))


def _complete(
    frame: pd.DataFrame, columns: Sequence[str], groups: Sequence[str | None]
) -> pd.DataFrame:
    named = [g for g in groups if g is not None]
    require(frame, [*columns, *named])
    known = np.isfinite(frame[list(columns)].to_numpy(float)).all(axis=1)
    known &= frame[named].notna().all(axis=1).to_numpy()
    rows: pd.DataFrame = frame[known]
    if rows.empty:
        raise InputError("No place has all values of the model", column=", ".join(columns))
    return rows


def _standard(rows: pd.DataFrame, columns: Sequence[str]) -> Array:
    """Covariates of mean 0 and spread 1."""
    x = rows[list(columns)].to_numpy(float)
    spread = x.std(axis=0)
    out: Array = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return out


def _constants(rows: pd.DataFrame, effects: str | None) -> Array:
    if effects is None:
        return np.ones((len(rows), 1))
    codes = pd.factorize(rows[effects])[0]
    return np.eye(codes.max() + 1)[codes]


def _other(estimate: float, se: float, df: float, n: int) -> Other:
    half = t_quantile(0.975, df) * se
    return Other(
        HUNDRED * estimate,
        HUNDRED * se,
        HUNDRED * (estimate - half),
        HUNDRED * (estimate + half),
        n,
    )


def of_grid(grid: Grid, spec: pd.Series) -> Other:
    """Fit one specification of a grid alone, in points; the engine plays no part."""
    frame, target = grid.frame[grid.samples[spec["sample"]][1]], grid.outcomes[spec["outcome"]]
    return by_statsmodels(
        frame.assign(**{target.column: frame[target.column] * (target.scale / HUNDRED)}),
        target.column,
        spec["treatment"],
        spec["controls"].split("-"),
        weights=grid.weights[spec["weights"]],
        errors=spec["errors"],
        effects=grid.effects[spec["effects"]],
        cluster=grid.cluster if spec["errors"].startswith("cr") else None,
    )
