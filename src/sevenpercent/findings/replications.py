"""Numbers of the replications chapter: published, ours, difference, tolerance, what became of it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.model import frames
from sevenpercent.model import words as prose
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario, read_yaml
from sevenpercent.stats import replications
from sevenpercent.stats.replications import Ask, Counties, Declaration, Figure, Regression, Runner

BASES = ("released", "tables")
"""Where a figure is computed from, first to last: the author's file, then this project's tables."""


def declared(scenario: Scenario) -> Declaration:
    """Read what others published about a scenario's election, ``scenarios/ID/published.yml``.

    Raises
    ------
    InputError
        When the scenario has no such file or the file is not well formed.
    """
    path = paths.SCENARIOS / scenario.id / "published.yml"
    if not path.is_file():
        raise InputError(
            "this scenario lists no published figures",
            file=path,
            fix="Add the file, or leave the chapter out of `chapters`.",
        )
    return replications.check(read_yaml(path), path)


def compute(scenario: Scenario, tables: Tables, declaration: Declaration | None = None) -> Findings:
    """Run every declared specification and compare.

    Parameters
    ----------
    scenario : Scenario
        Names the tables and the sides.
    tables : callable
        Gives a table by name.
    declaration : Declaration, optional
        Figures and models; those of the scenario when absent.

    Returns
    -------
    Findings
        ``replications.<id>.ours``, ``.published`` and ``.status`` (from the author's released
        file, else from our tables), ``.tables`` and ``.tables.status`` where both exist;
        ``replications.count.<status>`` and ``replications.tables.count.<status>``, rows added
        afterwards left out; ``.count.compared`` are those with a number on both sides. Units and
        signs are those of the published figure. Frames ``figures``, one row per figure and basis, and
        ``each``, the fits of a model that is run for each value of a column.
    """
    asked = declared(scenario) if declaration is None else declaration
    counties = cache(lambda wanted: _counties(scenario, tables, wanted))
    runner = Runner(asked, tables, counties)
    results = Results()
    rows = [row for figure in asked.figures for row in _compare(figure, runner, scenario, results)]
    figures = pd.DataFrame(rows)
    counted = figures[~figures["after"]]
    first = counted[counted["first"]]
    _count(results, "replications.count", first)
    statements = first[(first["status"] == "exact") & (first["relation"] != "equal")]
    results.add(
        "replications.count.statements",
        len(statements),
        unit="figures",
        label="of the exact ones, statements and bounds",
    )
    _count(results, "replications.tables.count", counted[counted["basis"] == "tables"])
    results.add(
        "replications.count.authors", first["who"].nunique(), unit="authors", label="whose figures"
    )
    return Findings(results, {"figures": figures, "each": _each(asked, runner)})


def _compare(
    figure: Figure, runner: Runner, scenario: Scenario, results: Results
) -> list[dict[str, object]]:
    key = f"replications.{figure.id}"
    results.add(f"{key}.published", figure.published, unit=figure.unit, label=figure.what)
    asks: dict[str, Ask | None] = {
        basis: getattr(figure, basis) for basis in BASES if getattr(figure, basis) is not None
    }
    rows: list[dict[str, object]] = []
    for place, (basis, ask) in enumerate((asks or {"none": None}).items()):
        ours = None if ask is None else runner.value(ask)
        status = replications.status(
            figure.published, ours, figure.digits, figure.close, figure.relation
        )
        used = () if ask is None else _tables(runner.used(ask), scenario)
        here = f"{key}.tables" if place else f"{key}.ours"
        results.add(here, ours, unit=figure.unit, label=figure.what, tables=used)
        results.add(
            f"{key}.tables.status" if place else f"{key}.status",
            status,
            label=f"{figure.who}: {figure.what}",
            tables=used,
        )
        difference = (
            None
            if ours is None or figure.published is None or figure.relation != "equal"
            else ours - figure.published
        )
        rows.append(
            {
                "id": figure.id,
                "who": figure.who,
                "source": figure.source,
                "what": figure.what,
                "basis": basis,
                "first": place == 0,
                "published": figure.published,
                "digits": figure.digits,
                "relation": figure.relation,
                "ours": ours,
                "difference": difference,
                "close": figure.close,
                "unit": figure.unit,
                "sign": figure.sign,
                "status": status,
                "after": figure.after,
                "why": figure.why_tables if place else figure.why,
            }
        )
    return rows


def _count(results: Results, key: str, rows: pd.DataFrame) -> None:
    results.add(f"{key}.all", len(rows), unit="figures", label="published figures listed")
    compared = rows["status"].isin(replications.STATUSES[:3])
    results.add(
        f"{key}.compared", int(compared.sum()), unit="figures", label="numbers on both sides"
    )
    for status in replications.STATUSES:
        results.add(
            f"{key}.{status.replace(' ', '_')}",
            int((rows["status"] == status).sum()),
            n=len(rows),
            unit="figures",
            label=f"published figures: {status}",
        )


def _each(asked: Declaration, runner: Runner) -> pd.DataFrame:
    """Coefficient of the first term, group by group, with Bonferroni's p beside the plain one."""
    rows = []
    for name, model in asked.models.items():
        if not isinstance(model, Regression) or model.each is None:
            continue
        fits = runner.each(name)
        for group, fit in fits.items():
            line = fit.terms.loc[model.terms[0]].astype(float).to_dict()
            p = min(1.0, line["p"] * len(fits))
            rows.append({"model": name, "group": group, **line, "p_bonferroni": p, "n": fit.n})
    columns = ["model", "group", "coef", "se", "t", "p", "p_bonferroni", "n"]
    return pd.DataFrame(rows, columns=columns)


def _tables(used: tuple[str, ...], scenario: Scenario) -> tuple[str, ...]:
    named = scenario.tables
    whole = (named.votes, named.equipment, named.demographics)
    out = [n for name in used for n in (whole if name == replications.COUNTIES else (name,))]
    return tuple(dict.fromkeys(out))


def _counties(scenario: Scenario, tables: Tables, wanted: Counties) -> pd.DataFrame:
    return frames.county_frame(
        tables(scenario.tables.votes),
        tables(scenario.tables.equipment),
        tables(scenario.tables.demographics),
        year=wanted.year or scenario.year,
        prior_year=wanted.prior_year or scenario.prior_year,
        harmed=scenario.parties.harmed.party,
        favoured=scenario.parties.favoured.party,
        vintage=wanted.vintage or scenario.treatment.vintage,
        version=wanted.version or scenario.treatment.version,
    )


def printed(row: dict[str, object], column: str) -> str:
    """A figure as text: with its printed digits, a bound with its sign, nothing where unknown.

    Parameters
    ----------
    row : dict
        Row of the frame ``figures``.
    column : str
        ``published`` or ``ours``.
    """
    value = row[column]
    if not isinstance(value, float) or np.isnan(value):
        return "–"
    digits = int(str(row["digits"]))
    if row["relation"] != "equal" and column == "ours":
        digits = max(digits, 2)
    text = prose.number(value, max(digits, 0))
    if column == "published" and row["relation"] != "equal":
        return ("> " if row["relation"] == "above" else "< ") + text
    return text
