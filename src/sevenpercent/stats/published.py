"""Figures that others published, and the specification that repeats each: a strict model of the list.

A *declaration* (``scenarios/NAME/published.yml``) lists models, each a specification on a table,
and figures, each a published number with its printed digits, a tolerance fixed before the model
was run, and which quantity of which model repeats it: from the author's own released file, from
the tables of this project, or both.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sevenpercent import strict
from sevenpercent.errors import InputError, nearest
from sevenpercent.strict import Strict

COUNTIES = "counties"
"""Name of the table that stands for the analysis frame of the counties."""

Quantity = Literal[
    "coef", "se", "t", "p", "r2", "n", "f", "residual_gap", "value", "groups", "significant",
    "survivors", "not_significant", "votes",
]  # fmt: skip


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

    `table`: table of the data package, or ``counties``. `counties`: which counties frame, where
    ``table`` says so. `sample`: expression on columns that keeps rows. `largest`: of these, the
    rows to keep. `columns`: new columns as expressions on columns, in order. `standardise`: columns
    brought to a common scale, after all else.
    """

    table: str
    counties: Counties = Counties()
    sample: str | None = None
    largest: Largest | None = None
    columns: dict[str, str] = Field({})
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
    may_lack: bool = False
    """Whether a column that no table has makes it *no data*, and is no mistake."""


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
    ``times`` turns shares into points. For ``votes``, ``term`` is the column of the machines: what
    the fit says of the counties as they are, less what it says without any, times all votes there.
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

    `source`: key in the bibliography. `published`: as printed; None where no number, or no definition of it, was ever published.
    `digits`: printed digits after the point; negative when rounded to tens, thousands. `close`:
    largest difference that still counts as close. Fixed before the model was run. `relation`:
    ``equal``, or ``above`` or ``below`` when what was published is a bound ("significant", "more
    than three quarters"). `unit`, `sign`: unit, and which way a positive number points. `released`,
    `tables`: how to get it from the author's released file and from the tables of this project.
    `after`: the row was added when the comparison had been seen; it is shown, but never counted.
    `why`, `why_tables`: why it comes out as it does, from the first source and from the tables of
    this project where both exist; written after the comparison.
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


class Nearest(Ask):
    """What comes nearest to a figure whose own specification cannot be computed; no replication.

    ``to`` is the figure's id.
    """

    to: str


class Declaration(Strict):
    """Every model and every figure of one book; ``nearest`` to those that cannot be computed."""

    models: dict[str, Model]
    figures: list[Figure] = Field(min_length=1)
    nearest: list[Nearest] = Field([])

    @model_validator(mode="after")
    def _consistent(self) -> Declaration:
        seen: set[str] = set()
        for figure in self.figures:
            if figure.id in seen:
                raise ValueError(f"figures: id {figure.id!r} stands twice")
            seen.add(figure.id)
            for ask in (figure.released, figure.tables):
                self._known(figure.id, ask)
        for near in self.nearest:
            self._known(f"nearest to {near.to}", near)
            strict.one_of(near.to, seen, f"nearest: no figure {near.to!r}")
        for name, model in self.models.items():
            if isinstance(model, Formula):
                for given in model.inputs.values():
                    if isinstance(given, Ask):
                        self._known(name, given)
                    else:
                        problem = f"{name}: no figure {given.published!r}"
                        strict.one_of(given.published, seen, problem)
        return self

    def _known(self, where: str, ask: Ask | None) -> None:
        if ask is not None:
            strict.one_of(ask.model, self.models, f"{where}: no model {ask.model!r}")


def load(path: Path) -> Declaration:
    """Read and check a list of published figures.

    Raises InputError: when there is no such file or it is not well formed.
    """
    if not path.is_file():
        fix = "Add the file, or leave the chapter out of `chapters`."
        raise InputError("this scenario lists no published figures", file=path, fix=fix)
    return check(strict.read_yaml(path), path)


def check(body: Mapping[str, Any], file: object = None) -> Declaration:
    """Turn a mapping into a :class:`Declaration`.

    A model with the key ``like`` takes what it does not say itself from the model of that name.

    Raises InputError: unknown key, wrong type, a figure that stands twice or names an unknown
    model: one message.
    """
    whole = {**body, "models": _inherit(body.get("models"), file)}
    return strict.validated(Declaration, whole, file, "published figures")


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
