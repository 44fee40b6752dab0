"""Run a published specification again, and compare a published figure with what comes out.

A *declaration* (``scenarios/NAME/published.yml``) lists models, each a specification on a table,
and figures, each a published number with its printed digits, a tolerance fixed before the model
was run, and which quantity of which model repeats it: from the author's own released file, from
the tables of this project, or both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sevenpercent.errors import InputError, nearest
from sevenpercent.stats.regression import ROUNDING, Degenerate, codes, project, terms, two_sided_p

COUNTIES = "counties"
"""Name of the table that stands for the analysis frame of the counties."""

STATUSES = ("exact", "close", "differs", "no published number", "no data")
"""What can become of a published figure; see :func:`status`."""

CONSTANT = "constant"
LEVEL = 0.05
"""Two-sided level of "significant", as in every analysis repeated here."""

Quantity = Literal[
    "coef",
    "se",
    "t",
    "p",
    "r2",
    "n",
    "f",
    "residual_gap",
    "value",
    "groups",
    "significant",
    "survivors",
    "not_significant",
]


class Strict(BaseModel):
    """A part of a declaration in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Counties(Strict):
    """Which frame of counties is meant; empty means as the scenario declares it."""

    year: int | None = None
    prior_year: int | None = None
    vintage: str | None = None
    version: Literal["printed", "corrected"] | None = None


class Standardise(Strict):
    """Columns brought to mean 0 and a spread of one by so many standard deviations."""

    columns: list[str]
    deviations: float = Field(gt=0)


class Largest(Strict):
    """The rows with the largest values of a column."""

    by: str
    n: int = Field(gt=0)


class Source(Strict):
    """Rows and columns that a model works on.

    Attributes
    ----------
    table : str
        Table of the data package, or ``counties``.
    counties : Counties
        Which counties frame, where ``table`` says so.
    sample : str or None
        Expression on columns that keeps rows.
    largest : Largest or None
        Of these, the rows to keep.
    columns : dict
        New columns as expressions on columns, in order.
    standardise : Standardise or None
        Columns brought to a common scale, after all else.
    """

    table: str
    counties: Counties = Counties()
    sample: str | None = None
    largest: Largest | None = None
    columns: dict[str, str] = {}
    standardise: Standardise | None = None


class Regression(Source):
    """Least squares of an outcome on terms, for all rows or for each value of a column.

    ``effects`` names a column with one constant for each value; ``cluster`` gives errors that
    allow dependence within its values (CR1); errors are otherwise the classical ones, which every
    analysis repeated here reports.
    """

    kind: Literal["ols"]
    outcome: str
    terms: list[str] = Field(min_length=1)
    weights: str | None = None
    effects: str | None = None
    cluster: str | None = None
    each: str | None = None


class Mixed(Source):
    """Linear model with a random constant for each value of ``group``, by REML; p from the normal."""

    kind: Literal["mixed"]
    outcome: str
    terms: list[str] = Field(min_length=1)
    group: str


class Total(Source):
    """Sum, mean or largest value of an expression; or the ratio of two sums."""

    kind: Literal["total"]
    of: str
    per: str | None = None
    how: Literal["sum", "mean", "max"] = "sum"


class Ask(Strict):
    """Which quantity of which model, and in which unit.

    ``group`` picks one value of the model's ``each``; ``term`` one of its terms or ``constant``;
    ``times`` turns shares into points.
    """

    model: str
    quantity: Quantity
    term: str | None = None
    group: str | None = None
    times: float = 1.0


class Given(Strict):
    """A figure's published value as an input of a formula."""

    published: str


class Formula(Strict):
    """Arithmetic on quantities of models and published figures."""

    kind: Literal["formula"]
    expression: str
    inputs: dict[str, Ask | Given] = Field(min_length=1)


Model = Annotated[Regression | Mixed | Total | Formula, Field(discriminator="kind")]


class Figure(Strict):
    """One published number or statement, and how to get it again.

    Attributes
    ----------
    id, who, source, what : str
        Key, author, key in the bibliography, and what the number is.
    published : float or None
        As printed; None where no number, or no definition of it, was ever published.
    digits : int
        Printed digits after the point; negative when rounded to tens, thousands.
    close : float
        Largest difference that still counts as close. Fixed before the model was run.
    relation : str
        ``equal``, or ``above`` or ``below`` when what was published is a bound ("significant",
        "more than three quarters").
    unit, sign : str
        Unit, and which way a positive number points.
    released, tables : Ask or None
        How to get it from the author's released file and from the tables of this project.
    after : bool
        The row was added when the comparison had been seen; it is shown, but never counted.
    why, why_tables : str
        Why it comes out as it does, from the first source and from the tables of this project
        where both exist; written after the comparison.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    who: str
    source: str
    what: str
    published: float | None
    digits: int = 0
    close: float = Field(default=0.0, ge=0)
    relation: Literal["equal", "above", "below"] = "equal"
    unit: str = ""
    sign: str = ""
    released: Ask | None = None
    tables: Ask | None = None
    after: bool = False
    why: str = ""
    why_tables: str = ""


class Declaration(Strict):
    """Every model and every figure of one book."""

    models: dict[str, Model]
    figures: list[Figure] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Declaration:
        seen: set[str] = set()
        for figure in self.figures:
            if figure.id in seen:
                raise ValueError(f"figures: id {figure.id!r} stands twice")
            seen.add(figure.id)
            for ask in (figure.released, figure.tables):
                self._known(figure.id, ask)
        for name, model in self.models.items():
            if isinstance(model, Formula):
                for given in model.inputs.values():
                    if isinstance(given, Ask):
                        self._known(name, given)
                    elif given.published not in seen:
                        raise ValueError(
                            f"{name}: no figure {given.published!r}. "
                            + nearest(given.published, seen)
                        )
        return self

    def _known(self, where: str, ask: Ask | None) -> None:
        if ask is not None and ask.model not in self.models:
            raise ValueError(f"{where}: no model {ask.model!r}. " + nearest(ask.model, self.models))


@dataclass(frozen=True)
class Fit:
    """A fitted model: ``terms`` (coef, se, t, p by term and ``constant``), r2, n, F, residuals."""

    terms: pd.DataFrame
    n: int
    rows: pd.DataFrame
    r2: float | None = None
    f: float | None = None


def check(body: Mapping[str, Any], file: object = None) -> Declaration:
    """Turn a mapping into a :class:`Declaration`.

    A model with the key ``like`` takes what it does not say itself from the model of that name.

    Raises
    ------
    InputError
        Unknown key, wrong type, a figure that stands twice or names an unknown model: one message.
    """
    try:
        return Declaration.model_validate({**body, "models": _inherit(body.get("models"), file)})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(
            str(first["msg"]).removeprefix("Value error, ").rstrip("."),
            file=file,
            column=where or None,
        ) from None


def _inherit(models: object, file: object) -> object:
    if not isinstance(models, Mapping):
        return models
    out: dict[str, Any] = {}
    for name, model in models.items():
        if isinstance(model, Mapping) and "like" in model:
            if model["like"] not in out:
                raise InputError(
                    "No such model above this one",
                    file=file,
                    column=f"models.{name}.like",
                    value=model["like"],
                    fix=nearest(str(model["like"]), out),
                )
            model = {**out[model["like"]], **{k: v for k, v in model.items() if k != "like"}}
        out[name] = model
    return out


def status(
    published: float | None,
    ours: float | None,
    digits: int = 0,
    close: float = 0.0,
    relation: str = "equal",
) -> str:
    """What became of a published figure.

    Returns
    -------
    str
        ``no published number`` when there is none; ``no data`` when it cannot be computed;
        ``exact`` when ours differs by at most half a unit of the last printed digit, or when ours
        lies on the published side of a bound; ``close`` when it differs by at most `close`;
        else ``differs``.
    """
    if published is None:
        return "no published number"
    if ours is None or np.isnan(ours):
        return "no data"
    if relation != "equal":
        holds = ours > published if relation == "above" else ours < published
        return "exact" if holds else "differs"
    difference = abs(ours - published)
    half = 0.5 * 10.0**-digits
    # A number printed exactly at the half may have been rounded either way.
    if difference <= half * (1 + 1e-9):
        return "exact"
    return "close" if difference <= close else "differs"


class Runner:
    """Fits the models of a declaration, each once.

    Parameters
    ----------
    declaration : Declaration
        Models and figures.
    tables : callable
        Gives a table by name.
    counties : callable
        Gives the analysis frame of the counties that a :class:`Counties` means.
    """

    def __init__(
        self,
        declaration: Declaration,
        tables: Callable[[str], pd.DataFrame],
        counties: Callable[[Counties], pd.DataFrame],
    ) -> None:
        self.declaration = declaration
        self._tables, self._counties = tables, counties
        self._fits: dict[tuple[str, str | None], Fit] = {}
        self._each: dict[str, dict[str, Fit]] = {}
        self._published = {f.id: f.published for f in declaration.figures}

    def value(self, ask: Ask) -> float | None:
        """The quantity asked for, in the unit asked for; None where the model has none.

        Raises
        ------
        InputError
            Unknown column, term or group, or a quantity that this kind of model does not have.
        """
        found = self._value(ask)
        return None if found is None else float(found) * ask.times

    def used(self, ask: Ask) -> tuple[str, ...]:
        """Names of the tables that a quantity rests on; ``counties`` for the county frame."""
        model = self.declaration.models[ask.model]
        if isinstance(model, Formula):
            names = [n for a in model.inputs.values() if isinstance(a, Ask) for n in self.used(a)]
            return tuple(dict.fromkeys(names))
        return (model.table,)

    def each(self, name: str) -> dict[str, Fit]:
        """Fits of a model for each value of its ``each`` where the terms can be told apart."""
        if name not in self._each:
            model = self.declaration.models[name]
            if not isinstance(model, Regression) or model.each is None:
                raise InputError("The model is not fitted for each value of a column", value=name)
            rows = self._rows(model)
            _known(rows, [model.each])
            self._each[name] = {
                str(value): regress(own, model)
                for value, own in rows.groupby(model.each, sort=True)
                if _identified(own, model)
            }
        return self._each[name]

    def _value(self, ask: Ask) -> float | int | None:
        model = self.declaration.models[ask.model]
        if isinstance(model, Formula):
            return self._formula(model)
        if isinstance(model, Total):
            return total(self._rows(model), model)
        if ask.quantity in ("groups", "significant", "survivors", "not_significant"):
            return self._count(ask)
        return _quantity(self._fit(ask, model), ask)

    def _fit(self, ask: Ask, model: Regression | Mixed) -> Fit:
        if isinstance(model, Regression) and model.each is not None:
            groups = self.each(ask.model)
            if ask.group not in groups:
                raise InputError(
                    "The model has no such group",
                    column=model.each,
                    value=ask.group,
                    fix=nearest(str(ask.group), groups),
                )
            return groups[ask.group]
        key = (ask.model, None)
        if key not in self._fits:
            rows = self._rows(model)
            fit = regress(rows, model) if isinstance(model, Regression) else mixed(rows, model)
            self._fits[key] = fit
        return self._fits[key]

    def _count(self, ask: Ask) -> int:
        fits = self.each(ask.model)
        p = np.array(
            [_quantity(f, ask.model_copy(update={"quantity": "p"})) for f in fits.values()]
        )
        if ask.quantity == "groups":
            return len(p)
        if ask.quantity == "survivors":
            return int((p * len(p) < LEVEL).sum())
        found = int((p < LEVEL).sum())
        return found if ask.quantity == "significant" else len(p) - found

    def _formula(self, model: Formula) -> float:
        values: dict[str, float | None] = {
            name: self.value(given) if isinstance(given, Ask) else self._published[given.published]
            for name, given in model.inputs.items()
        }
        return float(_evaluate(pd.DataFrame([values]), model.expression).iloc[0])

    def _rows(self, model: Source) -> pd.DataFrame:
        whole = (
            self._counties(model.counties) if model.table == COUNTIES else self._tables(model.table)
        )
        return prepare(whole, model)


def prepare(table: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Rows and columns of a table as a model declares them (:class:`Source`); infinite is null."""
    rows = table
    if source.sample is not None:
        rows = rows[_evaluate(rows, source.sample).fillna(False).astype(bool)]
    if source.largest is not None:
        _known(rows, [source.largest.by])
        rows = rows.sort_values(source.largest.by, ascending=False, kind="stable")
        rows = rows.head(source.largest.n)
    if rows.empty:
        raise InputError("The sample is empty", value=source.sample)
    rows = rows.copy()
    for name, expression in source.columns.items():
        rows[name] = _evaluate(rows, expression).replace([np.inf, -np.inf], np.nan)
    if source.standardise is not None:
        _known(rows, source.standardise.columns)
        for name in source.standardise.columns:
            values = rows[name].astype(float)
            rows[name] = (values - values.mean()) / (source.standardise.deviations * values.std())
    return rows


def regress(rows: pd.DataFrame, model: Regression) -> Fit:
    r"""Least squares, :math:`y_i = \beta_0 + x_i'\beta + \varepsilon_i`, rows with nulls left out.

    Returns
    -------
    Fit
        Classical errors, or CR1 by ``cluster``; p from t with :math:`n - k` degrees of freedom
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
    import statsmodels.api as sm  # slow to import, so only where a model is fitted

    used = _complete(rows, model, [model.group])
    x = used[model.terms].astype(float)
    y = used[model.outcome].astype(float)
    # The likelihood is found more surely when all columns have like sizes.
    spread = x.std().replace(0, 1)
    x = x / spread
    x[CONSTANT] = 1.0
    fitted = sm.MixedLM(y / y.std(), x, groups=used[model.group]).fit(reml=True)
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
    values = _evaluate(rows, model.of).astype(float)
    if model.per is not None:
        return float(values.sum() / _evaluate(rows, model.per).astype(float).sum())
    return float(getattr(values, model.how)())


def _quantity(fit: Fit, ask: Ask) -> float | None:
    if ask.quantity in ("n", "r2", "f"):
        value: float | None = getattr(fit, ask.quantity)
        return value
    if ask.quantity == "residual_gap":
        _known(fit.rows, [str(ask.term)])
        marked = fit.rows[ask.term].astype(bool)
        residual = fit.rows["residual"]
        return float(residual[marked].mean() - residual[~marked].mean())
    if ask.quantity not in fit.terms.columns:
        raise InputError("This kind of model has no such quantity", value=ask.quantity)
    if ask.term not in fit.terms.index:
        raise InputError(
            "The model has no such term",
            value=ask.term,
            fix=nearest(str(ask.term), fit.terms.index),
        )
    return float(fit.terms[ask.quantity].loc[str(ask.term)])


def _complete(
    rows: pd.DataFrame, model: Regression | Mixed, others: list[str | None]
) -> pd.DataFrame:
    names = [model.outcome, *model.terms, *(name for name in others if name is not None)]
    _known(rows, names)
    used = rows.dropna(subset=list(dict.fromkeys(names)))
    if len(used) <= len(model.terms) + 1:
        raise InputError(f"Too few rows: {len(used)} for {len(model.terms) + 1} coefficients")
    return used


def _identified(rows: pd.DataFrame, model: Regression) -> bool:
    """Whether every term can be told apart from the others in these rows."""
    x = rows[[model.outcome, *model.terms]].dropna().astype(float)[model.terms]
    if len(x) <= len(model.terms) + 1:
        return False
    x = (x - x.mean()) / x.std().replace(0, 1)
    return bool(np.linalg.matrix_rank(x.to_numpy()) == len(model.terms))


def _evaluate(rows: pd.DataFrame, expression: str) -> pd.Series[Any]:
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            found = rows.eval(expression, engine="python")
    except Exception as error:  # whatever the expression does wrong, the reader wrote it
        raise InputError(
            f"The expression on columns cannot be computed: {error}", value=expression
        ) from error
    return found if isinstance(found, pd.Series) else pd.Series(found, index=rows.index)


def _known(rows: pd.DataFrame, names: list[str]) -> None:
    for name in names:
        if name not in rows.columns:
            columns = [str(c) for c in rows.columns]
            raise InputError("Unknown column", column=name, fix=nearest(name, columns))
