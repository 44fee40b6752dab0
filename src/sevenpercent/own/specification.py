"""The specification of a published estimate, as a formula on columns of counties, in a book's list."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from sevenpercent.errors import InputError
from sevenpercent.model.scenario import NATION
from sevenpercent.own import sized
from sevenpercent.own.answers import Answers

FILE = "published.yml"
DERIVED = {
    "favoured_share": "favoured / total",
    "favoured_share_prior": "favoured_prior / total_prior",
    "favoured_change": "favoured / total - favoured_prior / total_prior",
    "harmed_share": "harmed / total",
    "harmed_share_prior": "harmed_prior / total_prior",
    "harmed_change": "harmed / total - harmed_prior / total_prior",
    "turnout_ratio": "total / total_prior - 1",
}
"""Columns that a formula may name beside those of the counties."""

MACHINES = "machines"
_TERM = re.compile(r"[A-Za-z_]\w*(\s*\*\s*[A-Za-z_]\w*)*")
EXAMPLE = (
    "favoured_change ~ machines + machines*favoured_share_prior + favoured_share_prior + income"
)


def parsed(formula: str, option: str) -> tuple[str, list[list[str]]]:
    """The outcome of a formula, and its terms, each the names that it multiplies.

    Raises
    ------
    InputError
        What is no formula, or one without the machines.
    """
    outcome, sign, right = formula.partition("~")
    terms = [t.strip() for t in right.split("+")]
    odd = [t for t in (outcome.strip(), *terms) if not _TERM.fullmatch(t)]
    if not sign or odd or "*" in outcome:
        raise InputError(
            "this is no formula of a regression",
            column=option,
            value=odd[0] if sign and odd else formula,
            fix=f"For instance: '{EXAMPLE}'.",
        )
    factors = [[n.strip() for n in t.split("*")] for t in terms]
    if not any(MACHINES in names for names in factors):
        raise InputError(
            "no term of the formula is the machines",
            column=option,
            value=formula,
            fix=f"Write {MACHINES} for them, as in '{EXAMPLE}'.",
        )
    return outcome.strip(), factors


def check(told: Answers) -> None:
    """Refuse what is no formula, before any file is written."""
    for option in ("model", "nearest"):
        if formula := getattr(told, option):
            parsed(formula, f"--{option}")


def text(body: Mapping[str, Any], told: Answers) -> str:
    """The list of published figures of a new book: the claim's own, and what comes nearest to it.

    Empty where no specification was told.
    """
    if not told.model:
        return ""
    reading = str(body["treatment"]["primary"])
    named = sized.votes(told.claimed_votes)
    in_votes = {"quantity": "votes", "term": reading}
    in_points = {"quantity": "coef", "term": MACHINES, "times": 100}
    figure = {
        "id": "claim",
        "who": told.who or "the claim",
        "source": "claim",
        "what": "the claim's own estimate",
        "published": named[0] if named else told.claimed,
        "unit": "votes" if named else told.unit,
        "close": 0.1 * named[0] if named else round(0.1 * told.claimed, 6),
        "tables": {"model": "published", **(in_votes if named else in_points)},
        **({} if named else {"digits": 1}),
    }
    made: dict[str, Any] = {
        "models": {"published": _model(told.model, "--model", reading, told.focus)},
        "figures": [figure],
    }
    if told.nearest:
        made["models"]["nearest"] = _model(told.nearest, "--nearest", reading, told.focus)
        made["nearest"] = [{"model": "nearest", **in_votes, "to": "claim"}]
    dumped = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110)
    return (
        "# What was published about this election, and the specification that repeats it, declared before the\n"
        "# votes were read. `own_...` are columns of a file of one's own. Positive: as the outcome says.\n"
        + dumped
    )


def _model(formula: str, option: str, reading: str, focus: str) -> dict[str, Any]:
    outcome, factors = parsed(formula, option)
    used = {outcome, *(n for names in factors for n in names)}
    columns = {MACHINES: reading, **{n: DERIVED[n] for n in DERIVED if n in used}}
    terms = []
    for names in factors:
        term = "_x_".join(names)
        if len(names) > 1:
            columns[term] = " * ".join(names)
        terms.append(term)
    return {
        "kind": "ols",
        "table": "counties",
        **({} if focus == NATION else {"sample": f"state == '{focus}'"}),
        "columns": columns,
        "outcome": outcome,
        "terms": terms,
        "may_lack": True,
    }
