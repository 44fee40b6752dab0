"""What a grid says as a whole: counts, what moves it, what chance gives, as tidy rows.

Estimates are in points; **negative** = the harmed party did worse where voting was electronic.
Frames of specifications are those of :func:`sevenpercent.stats.multiverse.grid.every`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError, demand
from sevenpercent.model.frames import require
from sevenpercent.model.numbers import row
from sevenpercent.stats.multiverse.grid import Grid, Plan
from sevenpercent.stats.multiverse.joint import Joint

STATISTICS = {
    "median": ("median estimate of those of shares", "points"),
    "share_below": ("share of specifications whose interval lies below zero", "share"),
    "median_t": ("median t value", "t"),
}


def estimated(specs: pd.DataFrame) -> pd.DataFrame:
    """Specifications with an estimate, by the one kind of errors that stands for all."""
    return specs[specs["shown"] & (specs["why"] == "")]


def counts(
    specs: pd.DataFrame, plans: Mapping[str, Plan], effective: Mapping[str, float]
) -> pd.DataFrame:
    """Counts and shares of each grid, over one kind of errors, so that no cell counts twice.

    What is declared, less what names the same places twice, less what has no estimate, is what counts.

    `plans`: place -> its plan; `effective`: place -> how many independent specifications vary as
    much; see :class:`Joint`. Returns one row a number: ``place, part, value, n, unit, label``.
    """
    rows: list[dict[str, Any]] = []
    for place, found in specs.groupby("place", sort=False):
        one = found[found["shown"]]
        plan = plans[str(place)]
        known, doubles = one[one["why"] == ""], plan.declared_twice
        shares = [name for name, target in plan.grid.outcomes.items() if target.share]
        of_shares = known.loc[known["outcome"].isin(shares), "estimate"]
        numbers = [
            row("declared", len(one) + doubles, label="admissible as declared"),
            row("double", doubles, label="of these, with a definition that is another there"),
            row("missing", len(one) - len(known), label="of these, without estimate"),
            row(
                "cells",
                len(known),
                label="admissible specifications that differ and have an estimate",
            ),
            row("effective", effective[str(place)], label="independent ones that vary as much"),
            row("negative", (known["estimate"] < 0).mean(), "share", "estimates below zero"),
            row("below", (known["hi"] < 0).mean(), "share", "intervals below zero"),
            row("above", (known["lo"] > 0).mean(), "share", "intervals above zero"),
            row("median", of_shares.median(), "points", "median estimate of those of shares"),
        ]
        common = {"place": place, "n": len(known)}
        rows += [{**own, "unit": own["unit"] or "specifications", **common} for own in numbers]
    return pd.DataFrame(rows, dtype=object)  # whole numbers stay whole


def moved(specs: pd.DataFrame) -> pd.DataFrame:
    """How much each choice moves the estimates of each grid, as :func:`moved_by`, with ``place``."""
    made = []
    for place, own in estimated(specs).groupby("place", sort=False):
        choices = ["treatment", "outcome", "race", "education"]
        choices += [str(c) for c in own if str(c).startswith("with_") and own[c].notna().any()]
        found = moved_by(own, [*choices, "weights", "sample", "effects"]).assign(
            place=place, n=len(own)
        )
        made.append(found.astype({"lowest": str, "highest": str}))
    if not made:
        raise InputError(
            "no specification has places enough for an estimate",
            column="multiverse.samples",
            fix="Let a sample have more places, or leave the chapter out (without).",
        )
    return pd.concat(made, ignore_index=True)


MOST = 5
"""Choices of each grid that are told, from the one that moves its estimates most."""


def most_moved(moved: pd.DataFrame) -> pd.DataFrame:
    """The choices that are told, of what :func:`moved` gives."""
    return moved.groupby("place", sort=False).head(MOST)


def moved_rows(moved: pd.DataFrame) -> pd.DataFrame:
    """The same as numbers to publish."""
    moved = most_moved(moved)
    choice = moved["choice"].astype(str)
    said = "variance of the estimate that " + choice + " takes part in"
    return moved[["place", "n"]].assign(
        part="moved." + choice, value=moved["total"], unit="share", label=said
    )


def by_option(specs: pd.DataFrame) -> pd.DataFrame:
    """Median estimate with each definition and each outcome, and how many intervals lie below zero.

    Returns one row a number: ``place, part`` (``by.<option>``, ``by.<option>.below``), ``value``,
    ``lo`` and ``hi`` (lowest and highest estimate), ``n``, ``unit``, ``label``.
    """
    rows: list[dict[str, Any]] = []
    for choice in ("treatment", "outcome"):
        for (place, option), own in estimated(specs).groupby(["place", choice], sort=False):
            e, own_label = own["estimate"], f"with {choice} {option}"
            part, same = f"by.{option}", {"place": place, "n": len(own)}
            label = f"median estimate {own_label}; lowest and highest beside"
            rows.append(row(part, e.median(), "points", label, lo=e.min(), hi=e.max(), **same))
            below, label = (own["hi"] < 0).mean(), f"intervals below zero {own_label}"
            rows.append(row(f"{part}.below", below, "share", label, **same))
    return pd.DataFrame(rows)


def tests(joint: Mapping[str, tuple[Joint, Joint]]) -> pd.DataFrame:
    """What the joint tests found: one row a grid and statistic.

    `joint`: place -> the test, and the naive one. Returns ``place, statistic, unit, label``;
    ``observed``; ``drawn, lo, hi``: mean without any effect and 95 % of the draws; ``p`` and ``n``
    of draws; ``naive_p, naive_n``.
    """
    rows = []
    for place, (test, naive) in joint.items():
        for name, drawn in test.drawn.items():
            label, unit = STATISTICS[name]
            found = test.observed[name], drawn.mean(), *np.quantile(drawn, [0.025, 0.975])
            p = test.p(name), len(drawn), naive.p(name), len(naive.drawn[name])
            rows.append([place, name, unit, label, *found, *p])
    columns = ["place", "statistic", "unit", "label", "observed", "drawn", "lo", "hi"]
    return pd.DataFrame(rows, columns=[*columns, "p", "n", "naive_p", "naive_n"])


def extremes(tests: pd.DataFrame) -> pd.DataFrame:
    """The smallest and the largest p value of each grid: ``place, least, most, n``."""
    named = {"least": ("p", "min"), "most": ("p", "max"), "n": ("n", "first")}
    return tests.groupby("place", sort=False).agg(**named).reset_index()


def test_rows(tests: pd.DataFrame) -> pd.DataFrame:
    """What was observed, and how rare it is, as numbers to publish."""
    rows: list[dict[str, Any]] = []
    harmful = "share of draws at least as harmful as the data"
    for t in tests.to_dict("records"):
        part, same = f"joint.{t['statistic']}", {"place": t["place"], "n": t["n"]}
        rows.append(row(f"{part}.observed", t["observed"], t["unit"], t["label"], **same))
        rows.append(row(f"{part}.p", t["p"], "share", harmful, **same))
    return pd.DataFrame(rows)


def marked(specs: pd.DataFrame, primary: Mapping[str, str]) -> pd.DataFrame:
    """The primary designs among the specifications.

    Returns ``design, part, grid``, ``estimate, se, lo, hi, n, unit`` and the identifier as
    ``label``.
    """
    own = specs.set_index("id").loc[list(primary.values())]
    names = {"design": list(primary), "part": [f"primary.{k}" for k in primary]}
    numbers = ["estimate", "se", "lo", "hi", "n", "unit"]
    return own.assign(**names, grid=own["place"], label=own.index)[
        ["design", "part", "grid", *numbers, "label"]
    ]


class Signs(NamedTuple):
    """On which side of zero the estimates of one grid lie."""

    place: str
    where: str
    n: int
    negative: int
    below: int
    above: int


def signs(specs: pd.DataFrame, grid: Grid) -> Signs:
    """Count estimates and whole intervals below and above zero."""
    own = estimated(specs[specs["place"] == grid.place])
    held = (own["estimate"] < 0, own["hi"] < 0, own["lo"] > 0)
    return Signs(grid.place, grid.where, len(own), *(int(h.sum()) for h in held))


def harmful(specs: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Specifications with an interval below zero, by the choice that moves each grid most.

    Returns one row a grid and option: ``place, choice, option``; ``below`` of ``n``; ``median`` and
    ``lowest`` of their estimates.
    """
    rows = []
    for place, own in estimated(specs).groupby("place", sort=False):
        choice = str(moved.loc[moved["place"] == place, "choice"].iloc[0])
        for option, part in own.groupby(choice, sort=False):
            e = part.loc[part["hi"] < 0, "estimate"]
            if len(e):
                rows.append([place, choice, str(option), len(e), len(part), e.median(), e.min()])
    columns = ["place", "choice", "option", "below", "n", "median", "lowest"]
    return pd.DataFrame(rows, columns=columns)


def chosen(specs: pd.DataFrame, wanted: str | None, primary: Mapping[str, str]) -> pd.Series:
    """One specification: the wanted, else the first primary design, else the first of all.

    Raises InputError: unknown specification.
    """
    asked = wanted or next(iter(primary.values()), str(specs["id"].iloc[0]))
    demand(asked, specs["id"], "unknown specification")
    return specs[specs["id"] == asked].iloc[0]


def moved_by(specs: pd.DataFrame, choices: Sequence[str]) -> pd.DataFrame:
    r"""Share of the variance of the estimates that each choice accounts for.

    `specs`: one row per specification, every combination of choices at most once; those
    without an ``estimate`` are left out. Raises InputError: missing column, or estimates that
    do not differ.

    Returns one row per choice with more than one option, the most moving first: ``choice``;
    ``alone`` :math:`= \operatorname{Var}(E[v \mid c]) / \operatorname{Var}(v)`; ``total`` :math:`=
    E[\operatorname{Var}(v \mid \text{all other choices})] / \operatorname{Var}(v)`, which counts
    what it does together with others, so that totals add up to more than 1; ``lowest``,
    ``highest``: the options with the lowest and highest mean; ``span``: how far these means are
    apart (in the unit of the estimates).

    References
    ----------
    Sobol' 2001, doi:10.1016/S0378-4754(00)00270-6.
    """
    require(specs, [*choices, "estimate"])
    known = specs[specs["estimate"].notna()]
    v = known["estimate"].astype(float)
    whole = float(v.var(ddof=0)) if len(v) else 0.0
    if whole == 0:
        raise InputError(
            "The estimates do not differ, so nothing moves them",
            column="estimate",
            fix="Leave more than one option to some choice of multiverse, or the chapter out (without).",
        )
    varying = [c for c in choices if known[c].nunique() > 1]
    rows = []
    for choice in varying:
        of_choice = v.groupby(known[choice], observed=True)
        means, alone = of_choice.mean(), float(of_choice.transform("mean").var(ddof=0))
        others = [known[c] for c in varying if c != choice]
        alike = (
            v.groupby(others, observed=True, dropna=False).transform("mean") if others else v.mean()
        )
        shares = alone / whole, float(((v - alike) ** 2).mean()) / whole
        span = float(means.max() - means.min())
        rows.append([choice, *shares, means.idxmin(), means.idxmax(), span])
    made = pd.DataFrame(rows, columns=["choice", "alone", "total", "lowest", "highest", "span"])
    return made.sort_values(["total", "choice"], ascending=[False, True], ignore_index=True)
