"""Run published specifications again, and compare published figures with what comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError, nearest
from sevenpercent.model import frames
from sevenpercent.model.numbers import row
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.words import and_list
from sevenpercent.stats import published, refit
from sevenpercent.stats.published import COUNTIES, Ask, Formula, Mixed, Model, Regression, Total

STATUSES = ("exact", "close", "differs", "no published number", "no data")
"""What can become of a published figure; see :func:`status`."""

KINDS = ("model", "statement", "tally")
"""A number that a model gives; a bound or "so many are significant"; a sum or count of a table."""

STATED = ("significant", "survivors", "not_significant")
"""Quantities of models that are statements."""

LEVEL = 0.05
"""Two-sided level of "significant", as in every analysis repeated here."""


def status(
    published: float | None,
    ours: float | None,
    digits: int = 0,
    close: float = 0.0,
    relation: str = "equal",
) -> str:
    """What became of a published figure.

    Returns ``no published number`` when there is none; ``no data`` when it cannot be computed;
    ``exact`` when ours differs by at most half a unit of the last printed digit, or when ours lies
    on the published side of a bound; ``close`` when it differs by at most `close`; else
    ``differs``.
    """
    if published is None:
        return "no published number"
    if ours is None or np.isnan(ours):
        return "no data"
    if relation != "equal":
        holds = ours > published if relation == "above" else ours < published
        return "exact" if holds else "differs"
    difference = abs(ours - published)
    # A number printed exactly at the half may have been rounded either way.
    if difference <= 0.5 * 10.0**-digits * (1 + 1e-9):
        return "exact"
    return "close" if difference <= close else "differs"


class Runner:
    """Fits the models of a declaration, each once.

    `counties`: gives the analysis frame of the counties that a :class:`Counties` means.
    """

    def __init__(
        self,
        declaration: published.Declaration,
        tables: Callable[[str], pd.DataFrame],
        counties: Callable[[published.Counties], pd.DataFrame],
    ) -> None:
        self.declaration = declaration
        self._tables, self._counties = tables, counties
        self._fits: dict[str, refit.Fit] = {}
        self._each: dict[str, dict[str, refit.Fit]] = {}
        self._published = {f.id: f.published for f in declaration.figures}

    def value(self, ask: Ask) -> float | None:
        """The quantity asked for, in the unit asked for; None where the model has none.

        Raises InputError: unknown column, term or group, or a quantity that this kind of model does
        not have.
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

    def lacks(self, ask: Ask) -> list[str]:
        """Columns that a model names and no table has, where that is no mistake."""
        model = self.declaration.models[ask.model]
        if not isinstance(model, Regression) or not model.may_lack:
            return []
        return refit.lacks(self._whole(model), model)

    def leave_one_out(self, ask: Ask) -> pd.DataFrame:
        """The votes that a model says of all places, each left out of the fit in turn: ``place``, ``votes``; lowest first."""
        model = self.declaration.models[ask.model]
        if not isinstance(model, Regression):
            raise InputError("No places can be left out of this kind of model", value=ask.model)
        whole = refit.prepare(self._whole(model), model)
        bare = model.model_copy(update={"sample": None, "largest": None})
        rows = [
            (name, refit.votes(whole[whole["fips"] != fips], bare, str(ask.term), whole))
            for fips, name in zip(whole["fips"], whole["county"], strict=True)
        ]
        made = pd.DataFrame(rows, columns=["place", "votes"])
        return made.sort_values("votes", kind="stable", ignore_index=True)

    def each(self, name: str) -> dict[str, refit.Fit]:
        """Fits of a model for each value of its ``each`` where the terms can be told apart."""
        if name not in self._each:
            model = self.declaration.models[name]
            if not isinstance(model, Regression) or model.each is None:
                raise InputError("The model is not fitted for each value of a column", value=name)
            rows = self._rows(model)
            frames.require(rows, [model.each])
            self._each[name] = {
                str(value): refit.regress(own, model)
                for value, own in rows.groupby(model.each, sort=True)
                if refit.identified(own, model)
            }
        return self._each[name]

    def _value(self, ask: Ask) -> float | int | None:
        model = self.declaration.models[ask.model]
        if isinstance(model, Formula):
            values = {
                name: self.value(a) if isinstance(a, Ask) else self._published[a.published]
                for name, a in model.inputs.items()
            }
            return float(refit.evaluate(pd.DataFrame([values]), model.expression).iloc[0])
        if isinstance(model, Total):
            return refit.total(self._rows(model), model)
        if self.lacks(ask):
            return None
        if ask.quantity == "votes" and isinstance(model, Regression):
            return refit.votes(self._whole(model), model, str(ask.term))
        if ask.quantity in ("groups", "significant", "survivors", "not_significant"):
            return self._count(ask)
        return refit.quantity(self._fit(ask, model), ask)

    def _fit(self, ask: Ask, model: Regression | Mixed) -> refit.Fit:
        if isinstance(model, Regression) and model.each is not None:
            groups = self.each(ask.model)
            if ask.group not in groups:
                problem = "The model has no such group"
                fix = nearest(str(ask.group), groups)
                raise InputError(problem, column=model.each, value=ask.group, fix=fix)
            return groups[ask.group]
        if ask.model not in self._fits:
            own = self._rows(model)
            self._fits[ask.model] = (
                refit.mixed(own, model) if isinstance(model, Mixed) else refit.regress(own, model)
            )
        return self._fits[ask.model]

    def _count(self, ask: Ask) -> int:
        plain = ask.model_copy(update={"quantity": "p"})
        p = np.array([refit.quantity(f, plain) for f in self.each(ask.model).values()])
        if ask.quantity == "groups":
            return len(p)
        if ask.quantity == "survivors":
            return int((p * len(p) < LEVEL).sum())
        found = int((p < LEVEL).sum())
        return found if ask.quantity == "significant" else len(p) - found

    def _rows(self, model: published.Source) -> pd.DataFrame:
        return refit.prepare(self._whole(model), model)

    def _whole(self, model: published.Source) -> pd.DataFrame:
        if model.table == COUNTIES:
            return self._counties(model.counties)
        return self._tables(model.table)


def counties(
    s: Scenario, load: Callable[[str], pd.DataFrame], wanted: published.Counties
) -> pd.DataFrame:
    """Counties of the whole country as a model asks for them, else as the scenario declares."""
    return frames.county_frame(
        load(s.tables.votes),
        load(s.tables.equipment),
        load(s.tables.demographics),
        year=wanted.year or s.year,
        prior_year=wanted.prior_year or s.prior_year,
        **s.parties.sides,
        vintage=wanted.vintage or s.treatment.vintage,
        version=wanted.version or s.treatment.version,
    )


def compare(declared: published.Declaration, runner: Runner) -> pd.DataFrame:
    """Every figure beside what comes out: from the author's file, then from this project's tables.

    Returns one row a figure and ``basis`` (``released``, ``tables``, ``none``): ``id``, ``who``,
    ``what``, ``published``, ``ours`` (both in the unit and with the sign of the publication),
    ``digits``, ``relation``, ``close``, ``unit``, ``status``, ``why``; ``first`` for the first
    basis of a figure; ``after`` where it was added afterwards; ``kind`` (see :data:`KINDS`);
    ``tables`` that it rests on.
    """
    rows = []
    for figure in declared.figures:
        asks = [(basis, getattr(figure, basis)) for basis in ("released", "tables")]
        for n, (basis, ask) in enumerate([a for a in asks if a[1]] or [("none", None)]):
            rows.append(_compared(figure, basis, ask, n == 0, runner))
    return pd.DataFrame(rows)


def _compared(
    figure: published.Figure, basis: str, ask: Ask | None, first: bool, runner: Runner
) -> dict[str, Any]:
    ours = None if ask is None else runner.value(ask)
    names = ("id", "who", "what", "published", "digits", "relation", "close", "unit", "after")
    lacks = [] if ask is None else runner.lacks(ask)
    missing = f"No table of this book has {and_list(map(name_of, lacks))}" if lacks else ""
    return {
        **{name: getattr(figure, name) for name in names},
        "basis": basis,
        "first": first,
        "ours": ours,
        "status": status(figure.published, ours, figure.digits, figure.close, figure.relation),
        "why": (figure.why if first else figure.why_tables) or missing,
        "kind": _kind(figure, ask, runner.declaration.models),
        "tables": () if ask is None else runner.used(ask),
    }


def nearest_to(declared: published.Declaration, runner: Runner) -> pd.DataFrame:
    """Models that come nearest to a figure whose own cannot be computed, each place left out in turn.

    Returns one row a model: ``to`` (figure), ``who``, ``published``, ``unit``; ``lacks`` (columns
    of the published specification that no table has, in words); ``votes``, ``n``, and the lowest
    and highest with one place left out, ``lowest, without_lowest, highest, without_highest``.
    """
    figures = {figure.id: figure for figure in declared.figures}
    rows = []
    for ask in declared.nearest:
        figure = figures[ask.to]
        votes = runner.value(ask)
        if votes is None:
            continue
        lacks = [] if figure.tables is None else runner.lacks(figure.tables)
        if not lacks:  # the published model itself can be computed
            continue
        one = runner.leave_one_out(ask)
        told = [figure.id, figure.who, figure.published, figure.unit, [*map(name_of, lacks)]]
        ends = [one[column].iloc[n] for n in (0, -1) for column in ("votes", "place")]
        rows.append([*told, votes, len(one), *ends])
    columns = ["to", "who", "published", "unit", "lacks", "votes", "n"]
    columns += ["lowest", "without_lowest", "highest", "without_highest"]
    return pd.DataFrame(rows, columns=columns)


def nearest_rows(near: pd.DataFrame) -> list[dict[str, Any]]:
    """The same as rows to publish: ``nearest.<figure>``, its ``.lowest`` and ``.highest`` without one place."""
    label = "votes by the nearest model that can be computed, which is not the published one"
    ends = {
        "": "",
        ".lowest": ", the least without one place",
        ".highest": ", the most without one",
    }
    return [
        row(f"nearest.{r['to']}{end}", r[end[1:] or "votes"], "votes", label + more, n=r["n"])
        for r in near.to_dict("records")
        for end, more in ends.items()
    ]


def name_of(column: str) -> str:
    """A column that a file of one's own may bring, as a sentence names it."""
    return column.removeprefix("own_").replace("_", " ")


def _kind(figure: published.Figure, ask: Ask | None, models: Mapping[str, Model]) -> str:
    if figure.relation != "equal" or (ask and ask.quantity in STATED):
        return "statement"
    return "tally" if ask and _tallied(models[ask.model], models) else "model"


def _tallied(model: Model, models: Mapping[str, Model]) -> bool:
    if isinstance(model, Formula):
        inputs = [models[a.model] for a in model.inputs.values() if isinstance(a, Ask)]
        return all(_tallied(own, models) for own in inputs)
    return isinstance(model, Total)


class Counts(NamedTuple):
    """How many figures came out in which way.

    What a model gave is a reproduction. Statements ("not significant") are easier to repeat than a
    number, and tallies are sums of a table that may be the publication's own: both stand apart.
    """

    all: int
    compared: int
    exact: int
    close: int
    differs: int
    no_published_number: int
    no_data: int
    statements: int
    statements_exact: int
    tallies: int
    tallies_exact: int

    def rows(self, part: str = "count") -> list[dict[str, Any]]:
        """As rows to publish, under ``count.``; ways of coming out beside the number compared."""
        ways = {status.replace(" ", "_") for status in STATUSES[:3]}
        return [
            {"part": f"{part}.{name}", "value": n, "n": self.compared if name in ways else None}
            for name, n in self._asdict().items()
        ]


def counts(figures: pd.DataFrame) -> Counts:
    """Count the figures of a frame of :func:`compare`; ways of coming out are those of models."""
    known = figures["status"].isin(STATUSES[:3])
    of = {kind: figures[known & (figures["kind"] == kind)]["status"] for kind in KINDS}
    exact, close, differs = (int((of["model"] == way).sum()) for way in STATUSES[:3])
    unpublished, unknown = (int((figures["status"] == way).sum()) for way in STATUSES[3:])
    apart = [n for k in KINDS[1:] for n in (len(of[k]), int((of[k] == STATUSES[0]).sum()))]
    known_of = len(of["model"]), exact, close, differs
    return Counts(len(figures), *known_of, unpublished, unknown, *apart)


def again(figures: pd.DataFrame) -> dict[str, int]:
    """What came of the figures of an author's own file when computed once more, from our tables.

    All kinds together; ``compared``, and of these ``exact``, ``close``, ``differs``.
    """
    own = figures[~figures["first"] & ~figures["after"] & figures["status"].isin(STATUSES[:3])]
    ways = {way: int((own["status"] == way).sum()) for way in STATUSES[:3]}
    return {"compared": len(own), **ways}


def rows(figures: pd.DataFrame, whole: Sequence[str]) -> list[dict[str, Any]]:
    """Figures as rows to publish: ``<id>.published`` and ``.ours``.

    `whole` are the tables that the frame of counties is made of. Statuses, and what our tables give
    where an author's own file came first, stand in the lists of the page.
    """
    out = []
    for r in figures[figures["first"]].to_dict("records"):
        used = [n for name in r["tables"] for n in (whole if name == COUNTIES else (name,))]
        told, tables = (r["unit"], r["what"]), tuple(dict.fromkeys(used))
        out.append(row(f"{r['id']}.published", r["published"], *told, tables=()))
        out.append(row(f"{r['id']}.ours", r["ours"], *told, tables=tables))
    return out


def every(declared: published.Declaration, runner: Runner) -> pd.DataFrame:
    """Coefficient of the first term, group by group, with Bonferroni's p beside the plain one.

    One row a model that is run for each value of a column, and value: ``model``, ``group``,
    ``coef``, ``se``, ``t``, ``p``, ``p_bonferroni``, ``n``.
    """
    out = []
    for name, model in declared.models.items():
        if not isinstance(model, Regression) or model.each is None:
            continue
        fits = runner.each(name)
        for group, fit in fits.items():
            line = fit.terms.loc[model.terms[0]].astype(float).to_dict()
            p = min(1.0, line["p"] * len(fits))
            out.append({"model": name, "group": group, **line, "p_bonferroni": p, "n": fit.n})
    columns = ["model", "group", "coef", "se", "t", "p", "p_bonferroni", "n"]
    return pd.DataFrame(out, columns=columns)
