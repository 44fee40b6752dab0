"""Other estimators: a logit on votes, the median, a mixed model; and least squares by statsmodels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats import regression
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


def logit_on_votes(
    frame: pd.DataFrame,
    treatment: str,
    controls: Sequence[str],
    *,
    effects: str | None = None,
    cluster: str | None = None,
) -> Other:
    r"""Logit of votes for the harmed party among both parties' votes, the earlier logit beside.

    The coefficient is turned into points: the two-party share of all votes with the treatment at
    1 everywhere minus that at 0 everywhere, by the delta method. Errors allow for any dependence
    within places (HC1), or within clusters.

    `frame`: with ``harmed``, ``favoured`` (votes) and ``two_party_prior``; `effects`, `cluster`:
    columns of constants and of clusters.
    """
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    names = [c for c in controls if c != "two_party_prior"]
    needed = ["harmed", "favoured", "two_party_prior", treatment, *names]
    rows = _complete(frame, needed, [effects, cluster])
    rows = rows[rows["two_party_prior"].between(0, 1, inclusive="neither")]
    votes = rows[["harmed", "favoured"]].to_numpy(float)
    before = logit(rows["two_party_prior"].to_numpy(float))
    x = np.column_stack(
        [rows[treatment], _standard(rows, names), before, _constants(rows, effects)]
    ).astype(float)
    model = GLM(votes, x, family=Binomial())
    if cluster is None:
        fit, df = model.fit(cov_type="HC1"), float(len(rows) - x.shape[1])
    else:
        codes = pd.factorize(rows[cluster])[0]
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": codes})
        df = float(codes.max())
    both = votes.sum(axis=1) / votes.sum()
    with_it, without = x.copy(), x.copy()
    with_it[:, 0], without[:, 0] = 1, 0
    high, low = expit(with_it @ fit.params), expit(without @ fit.params)
    slope = (both * high * (1 - high)) @ with_it - (both * low * (1 - low)) @ without
    se = float(np.sqrt(slope @ fit.cov_params() @ slope))
    return _other(float(both @ (high - low)), se, df, len(rows))


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


def median(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str],
    effects: str | None = None,
) -> Other:
    """Median regression: what half the places fall short of, so that no single one weighs much.

    Errors are robust to unequal spread, not to dependence between neighbours.
    """
    from statsmodels.regression.quantile_regression import QuantReg

    rows = _complete(frame, [outcome, treatment, *controls], [effects])
    constants = _constants(rows, effects)
    x = np.column_stack([rows[treatment], _standard(rows, controls), constants])
    y, unit = _unit(rows, outcome)
    fit = QuantReg(y, x.astype(float)).fit(q=0.5, max_iter=2000)
    df = float(len(rows) - x.shape[1])
    return _other(float(fit.params[0]) * unit, float(fit.bse[0]) * unit, df, len(rows))


def mixed(
    frame: pd.DataFrame, outcome: str, treatment: str, controls: Sequence[str], group: str
) -> Other:
    """Mixed model: every group has its own level, drawn from one normal distribution (REML)."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    rows = _complete(frame, [outcome, treatment, *controls], [group])
    x = np.column_stack([rows[treatment], _standard(rows, controls), np.ones(len(rows))])
    codes = pd.factorize(rows[group])[0]
    y, unit = _unit(rows, outcome)
    fit = MixedLM(y, x.astype(float), groups=codes).fit(reml=True)
    df = float(codes.max())
    return _other(float(fit.params[0]) * unit, float(fit.bse[0]) * unit, df, len(rows))


def every(
    tasks: Mapping[str, tuple[Grid, str, str, list[str]]], primary: Collection[str]
) -> pd.DataFrame:
    """Designs by other estimators than the least squares that they rest on.

    `tasks`: name -> grid, column of the outcome, treatment, covariates; `primary`: those whose
    least squares stand in the grid; the others are estimated by it here too. Returns ``design,
    estimator`` (``least``, ``median``, ``logit``, ``mixed``), ``estimate, se, lo, hi`` in points,
    ``n``, ``label``.
    """
    rows = []
    for key, (grid, column, treatment, held) in tasks.items():
        group, frame = grid.cluster, grid.frame
        found = {} if key in primary else {"least": _least(grid, column, treatment, held)}
        found["median"] = median(frame, column, treatment, held, group)
        if column == "change_two_party":
            found["logit"] = logit_on_votes(frame, treatment, held, effects=group, cluster=group)
        if group is not None:
            found["mixed"] = mixed(frame, column, treatment, held, group)
        for name, e in found.items():
            label = f"{column} on {treatment} by {name}"
            rows.append({"design": key, "estimator": name, **vars(e), "label": label})
    columns = ["design", "estimator", "estimate", "se", "lo", "hi", "n", "label"]
    return pd.DataFrame(rows, columns=columns)


def _least(grid: Grid, column: str, treatment: str, held: Sequence[str]) -> Other:
    kind = grid.main or grid.shown
    e = regression.fit(
        grid.frame,
        column,
        treatment,
        held,
        errors=kind,
        effects=next(iter(grid.effects.values())),
        cluster=grid.cluster if kind.startswith("cr") else None,
    ).scaled(HUNDRED)
    return Other(e.estimate, e.se, e.lo, e.hi, e.n)


def _unit(rows: pd.DataFrame, outcome: str) -> tuple[Array, float]:
    """Outcome of mean 0 and spread 1, with which iterative fits converge, and that spread."""
    y = rows[outcome].to_numpy(float)
    spread = float(y.std())
    if spread == 0:
        raise InputError("The outcome is the same everywhere", column=outcome)
    out: Array = (y - y.mean()) / spread
    return out, spread


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
