"""Models as their publications specify them, fitted to rows of a table."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.frames import require
from sevenpercent.stats.published import Ask, Mixed, Regression, Source, Total
from sevenpercent.stats.regression import ROUNDING, Degenerate, codes, project, terms, two_sided_p

CONSTANT = "constant"


@dataclass(frozen=True)
class Fit:
    """A fitted model: ``terms`` (coef, se, t, p by term and ``constant``), r2, n, F, residuals."""

    terms: pd.DataFrame
    n: int
    rows: pd.DataFrame
    r2: float | None = None
    f: float | None = None


def prepare(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Rows and columns of a table as a model declares them (:class:`Source`); infinite is null."""
    rows = table
    if source.sample is not None:
        rows = rows[evaluate(rows, source.sample).fillna(False).astype(bool)]
    if source.largest is not None:
        require(rows, [source.largest.by])
        rows = rows.sort_values(source.largest.by, ascending=False, kind="stable")
        rows = rows.head(source.largest.n)
    if rows.empty:
        raise InputError("The sample is empty", value=source.sample)
    rows = rows.copy()
    for name, expression in source.columns.items():
        rows[name] = evaluate(rows, expression).replace([np.inf, -np.inf], np.nan)
    if source.standardise is not None:
        require(rows, source.standardise.columns)
        for name in source.standardise.columns:
            values = rows[name].astype(float)
            rows[name] = (values - values.mean()) / (source.standardise.deviations * values.std())
    return rows


def regress(rows: pd.DataFrame, model: Regression) -> Fit:
    r"""Least squares, :math:`y_i = \beta_0 + x_i'\beta + \varepsilon_i`, rows with nulls left out.

    Returns classical errors, or CR1 by ``cluster``; p from t with :math:`n - k` degrees of freedom
    (clusters less one when clustered), as published. Signs are those of the published outcome.
    """
    used = _complete(rows, model, [model.weights, model.effects, model.cluster])
    x, y = used[model.terms].to_numpy(float), used[[model.outcome]].to_numpy(float)
    names = [*model.terms, *([CONSTANT] if model.effects is None else [])]
    weights = None if model.weights is None else used[model.weights].to_numpy(float)
    effects, cluster = (
        None if c is None else codes(used, c) for c in (model.effects, model.cluster)
    )
    table = pd.DataFrame(index=names, columns=["coef", "se", "t", "p"], dtype=float)
    for j, name in enumerate(names):
        own = x[:, [j]] if name != CONSTANT else np.ones((len(x), 1))
        try:
            others = x if name == CONSTANT else np.delete(x, j, axis=1)
            p = project(others, weights, effects, cluster, constant=name != CONSTANT)
            d, left = p.residual(own)[:, 0], p.residual(y)
        except Degenerate as refusal:
            raise InputError(refusal.problem, value=model.outcome) from None
        if d @ d <= ROUNDING * (p.scaled(own) ** 2).sum():
            raise InputError("The terms of the model determine one another", value=model.outcome)
        (coef,), spread, df = terms(p, "cr1" if model.cluster else "classical", d, left)
        se = np.sqrt((spread**2).sum())
        table.loc[name] = coef, se, coef / se, two_sided_p(coef / se, df)
    root = np.ones(p.n) if p.root is None else p.root
    residual = left[:, 0] - coef * d
    about = p.scaled(y)[:, 0]
    about -= root * (root @ about) / (root @ root)
    r2 = float(1 - residual @ residual / (about @ about))
    k = p.used + 1
    order = np.argsort(p.rows)
    used = used.iloc[p.rows[order]].assign(residual=(residual / root)[order])
    return Fit(table, p.n, used, r2, r2 / (k - 1) / (1 - r2) * (p.n - k))


def mixed(rows: pd.DataFrame, model: Mixed) -> Fit:
    """Linear model with a random constant by group, restricted maximum likelihood."""
    # Slow to import, so only where a model is fitted.
    from statsmodels.regression.mixed_linear_model import MixedLM

    used = _complete(rows, model, [model.group])
    x = used[model.terms].astype(float)
    y = used[model.outcome].astype(float)
    # The likelihood is found more surely when all columns have like sizes.
    spread = x.std().replace(0, 1)
    x = (x / spread).assign(**{CONSTANT: 1.0})
    fitted = MixedLM(y / y.std(), x, groups=used[model.group]).fit(reml=True)
    if not fitted.converged:
        raise InputError("The mixed model does not converge", value=model.outcome)
    names = list(x.columns)
    scale = pd.Series({**spread.to_dict(), CONSTANT: 1.0}) / y.std()
    table = pd.DataFrame({"coef": fitted.fe_params, "se": fitted.bse_fe}, index=names)
    table = table.div(scale, axis=0)
    table["t"] = table["coef"] / table["se"]
    table["p"] = fitted.pvalues[names]
    return Fit(table, len(used), used)


def total(rows: pd.DataFrame, model: Total) -> float:
    """Sum, mean or maximum of an expression, or the ratio of two sums."""
    values = evaluate(rows, model.of).astype(float)
    if model.per is not None:
        return float(values.sum() / evaluate(rows, model.per).astype(float).sum())
    return float(getattr(values, model.how)())


def quantity(fit: Fit, ask: Ask) -> float | None:
    """What is asked of a fit, in its own unit; None where the model has none."""
    if ask.quantity in ("n", "r2", "f"):
        value: float | None = getattr(fit, ask.quantity)
        return value
    if ask.quantity == "residual_gap":
        require(fit.rows, [str(ask.term)])
        marked, residual = fit.rows[ask.term].astype(bool), fit.rows["residual"]
        return float(residual[marked].mean() - residual[~marked].mean())
    if ask.quantity not in fit.terms.columns:
        raise InputError("This kind of model has no such quantity", value=ask.quantity)
    if ask.term not in fit.terms.index:
        fix = nearest(str(ask.term), fit.terms.index)
        raise InputError("The model has no such term", value=ask.term, fix=fix)
    return float(fit.terms[ask.quantity].loc[str(ask.term)])


def _complete(
    rows: pd.DataFrame, model: Regression | Mixed, others: list[str | None]
) -> pd.DataFrame:
    names = [model.outcome, *model.terms, *(name for name in others if name is not None)]
    require(rows, names)
    used = rows.dropna(subset=list(dict.fromkeys(names)))
    if len(used) <= len(model.terms) + 1:
        raise InputError(f"Too few rows: {len(used)} for {len(model.terms) + 1} coefficients")
    return used


def votes(
    table: pd.DataFrame, model: Regression, machines: str, of: pd.DataFrame | None = None
) -> float:
    """Votes that a fit of a share of all votes gives to machines.

    What it says of each place as it is, less what it says of the same place without machines, times
    all votes there; **positive** = more for what the outcome counts.

    `table`: with ``total`` and the column `machines`, which says where these are; `of`: places whose
    votes are meant, where they are not those of the fit.
    """
    told = table if of is None else of
    fitted = regress(prepare(table, model), model)
    rows, without = (prepare(t, model) for t in (told, told.assign(**{machines: 0.0})))
    moved = rows[model.terms].astype(float) - without[model.terms].astype(float)
    share = moved @ fitted.terms.loc[model.terms, "coef"]
    votes_there = share * rows["total"]
    return float(votes_there.sum() if of is not None else votes_there.loc[fitted.rows.index].sum())


def lacks(table: pd.DataFrame, model: Regression) -> list[str]:
    """Names that a model's columns and terms ask for and neither it nor the table has."""
    made: set[str] = set(table.columns)
    out: list[str] = []
    for name, expression in model.columns.items():
        asked = re.findall(r"[A-Za-z_]\w*(?![\w\s]*\()", expression)
        out += [n for n in asked if n not in made and n not in FUNCTIONS]
        made.add(name)
    out += [n for n in (model.outcome, *model.terms) if n not in made]
    return list(dict.fromkeys(out))


FUNCTIONS = ("log", "sqrt", "exp", "abs")
"""What an expression on columns may call."""


def identified(rows: pd.DataFrame, model: Regression) -> bool:
    """Whether every term can be told apart from the others in these rows."""
    x = rows[[model.outcome, *model.terms]].dropna().astype(float)[model.terms]
    if len(x) <= len(model.terms) + 1:
        return False
    x = (x - x.mean()) / x.std().replace(0, 1)
    return bool(np.linalg.matrix_rank(x.to_numpy()) == len(model.terms))


def evaluate(rows: pd.DataFrame, expression: str) -> pd.Series[Any]:
    """An expression on the columns of a table, row by row."""
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = rows.eval(expression, engine="python")
    except Exception as error:  # whatever the expression does wrong, the reader wrote it
        raise InputError(
            f"The expression on columns cannot be computed: {error}", value=expression
        ) from error
    return found if isinstance(found, pd.Series) else pd.Series(found, index=rows.index)
