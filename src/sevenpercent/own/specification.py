"""The specification of a published estimate, as a formula on columns of counties, in a book's list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sevenpercent.data import tables
from sevenpercent.data.inputs import COUNTY, OWN, Input
from sevenpercent.data.readers import formats, lines
from sevenpercent.errors import InputError, nearest
from sevenpercent.model import frames
from sevenpercent.model.scenario import NATION
from sevenpercent.own import covariates, sized
from sevenpercent.own.request import Request

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

    Raises InputError: what is no formula, or one without the machines.
    """
    outcome, sign, right = formula.partition("~")
    terms = [t.strip() for t in right.split("+")]
    odd = [t for t in (outcome.strip(), *terms) if not _TERM.fullmatch(t)]
    if not sign or odd or "*" in outcome:
        what = "this is no formula of a regression"
        fix = f"For instance: '{EXAMPLE}'."
        raise InputError(what, column=option, value=odd[0] if sign and odd else formula, fix=fix)
    factors = [[n.strip() for n in t.split("*")] for t in terms]
    if not any(MACHINES in names for names in factors):
        what = "no term of the formula is the machines"
        fix = f"Write {MACHINES} for them, as in '{EXAMPLE}'."
        raise InputError(what, column=option, value=formula, fix=fix)
    return outcome.strip(), factors


@dataclass(frozen=True)
class Wanted:
    """Columns of the files that controls or formulas name.

    `controls`: letters of a header in ``--controls`` to our name for it, unless it is a census
    figure; `terms`: the same for names in a formula that nothing else has.
    """

    controls: Mapping[str, str]
    terms: Mapping[str, str]

    def own(self, column: str, role: str, path: Path) -> str:
        """Role of a column: that of its name and values, or one of one's own where it was asked for."""
        shape = lines.letters(column)
        if shape in self.terms and self.terms[shape] not in ROLES:
            return self.terms[shape] if role not in formats.by_id("tidy_votes").columns else role
        if shape not in self.controls or role in covariates.names():
            return role
        if role in ROLES or re.fullmatch(r"(dem|rep|other|total)(_\d{4})?", role):
            what = f"a column of --controls is {role} in this file"
            fix = "Name a column that is neither a place nor a count of votes."
            raise InputError(what, file=path, column=column, fix=fix)
        return self.controls[shape]

    def beside(
        self, path: Path, form: formats.Format | None, columns: Mapping[str, str]
    ) -> dict[str, str]:
        """A column map of a file of census figures, with the columns that are asked for in it."""
        if not self.controls and not self.terms:
            return dict(columns)
        with lines.opened(path, formats.header_names("demographics")) as file:
            known = formats.find_columns(file, form.columns if form else {}, columns)
            free = [c for c in file.columns if c not in known.values()]
        own = {self.own(c, "", path): c for c in free}
        return {**columns, **{n: c for n, c in own.items() if n}}


ROLES = ("fips", "state", "county", "precinct", "year", "votes", "candidate", "party", "office")


def columns(told: Request) -> Wanted:
    """What the options ask of the files' columns."""
    asked = covariates.asked(told.controls, covariates.headers(told.every) if told.controls else ())
    controls = {lines.letters(c): OWN + lines.identifier(c) for c in asked}
    terms = {}
    for option in ("model", "nearest"):
        if formula := getattr(told, option):
            outcome, factors = parsed(formula, f"--{option}")
            for name in {outcome, *(n for names in factors for n in names)}:
                if name.startswith(OWN):
                    terms[lines.letters(name.removeprefix(OWN))] = name
                elif not _known(name):
                    terms.setdefault(lines.letters(name), OWN + lines.identifier(name))
    return Wanted(controls, terms)


@cache
def _columns() -> frozenset[str]:
    """Columns that every book's counties have, beside their names and the machines."""
    votes, machines, figures = map(
        tables.load, ("county_votes", "county_equipment", covariates.TABLE)
    )
    before, year = sorted(set(votes["year"]) & set(range(1, machines["year"].max() + 1)))[-2:]
    one = frames.county_frame(
        votes, machines, figures, year=year, prior_year=before, states=votes["state"][:1]
    )
    readings = frames.treatments(machines, year, "corrected")
    return frozenset({str(c) for c in one} - {*readings, *COUNTY})


def _known(name: str) -> str:
    """The column of the counties that a formula means; empty for none."""
    if name in {MACHINES, *DERIVED, *_columns()}:
        return name
    return next((n for n, has in covariates.names().items() if lines.letters(name) in has), "")


def check(told: Request) -> None:
    """Refuse what is no formula, or nobody's, before any file is written."""
    for option in ("model", "nearest"):
        if formula := getattr(told, option):
            parsed(formula, f"--{option}")
    if told.model and not told.who:
        what = "--model repeats an estimate that somebody published, and nobody is named"
        raise InputError(what, fix="Say who: --who NAME.")
    if told.nearest and not told.claimed_votes:
        what = "what --nearest gives is told in votes, and no votes are claimed"
        fix = "Add --claimed-votes, or leave it out."
        raise InputError(what, column="--nearest", value=told.nearest, fix=fix)


def text(body: Mapping[str, Any], told: Request, inputs: Sequence[Input]) -> str:
    """The list of published figures of a new book: the claim's own, and what comes nearest to it.

    Empty where no specification was told.
    """
    if not told.model:
        return ""
    reading = str(body["treatment"]["primary"])
    own = {n for i in inputs for n in i.columns if n.startswith(OWN)}
    have = {*own, *body["treatment"]["readings"]}
    named = sized.votes(told.claimed_votes)
    # What the harmed side is short of is negative in a number of its own votes.
    outcome = parsed(told.model, "--model")[0]
    sign = -1 if outcome.startswith(("harmed", "two_party", "share_all", "change_", "log_")) else 1
    in_votes = {"quantity": "votes", "term": reading}
    in_points = {"quantity": "coef", "term": MACHINES, "times": 100}
    figure = {
        "id": "claim",
        "who": told.who or "the claim",
        "source": "claim",
        "what": "the claim's own estimate",
        "published": sign * (named[0] if named else told.claimed),
        "unit": "votes" if named else told.unit,
        "close": 0.1 * named[0] if named else round(0.1 * told.claimed, 6),
        "tables": {"model": "published", **(in_votes if named else in_points)},
        **({} if named else {"digits": 1}),
    }
    made: dict[str, Any] = {
        "models": {"published": _model(told.model, "--model", reading, told.focus, have, inputs)},
        "figures": [figure],
    }
    if told.nearest:
        made["models"]["nearest"] = _model(
            told.nearest, "--nearest", reading, told.focus, have, inputs
        )
        made["nearest"] = [{"model": "nearest", **in_votes, "to": "claim"}]
    dumped = yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=110)
    return (
        "# What was published about this election, and the specification that repeats it, declared before the\n"
        "# votes were read. `own_...` are columns of a file of one's own. Positive: as the outcome says.\n"
        + dumped
    )


def _model(
    formula: str, option: str, reading: str, focus: str, have: Set[str], inputs: Sequence[Input]
) -> dict[str, Any]:
    outcome, factors = parsed(formula, option)
    outcome = _meant(outcome, option, have, inputs)
    factors = [[_meant(n, option, have, inputs) for n in names] for names in factors]
    used = {outcome, *(n for names in factors for n in names)}
    columns = {MACHINES: reading, **{n: DERIVED[n] for n in DERIVED if n in used}}
    terms = []
    for names in factors:
        term = "_x_".join(names)
        if len(names) > 1:
            columns[term] = " * ".join(names)
        terms.append(term)
    sample = {} if focus == NATION else {"sample": f"state == '{focus}'"}
    told = {"columns": columns, "outcome": outcome, "terms": terms, "may_lack": True}
    return {"kind": "ols", "table": "counties", **sample, **told}


def _meant(name: str, option: str, have: Set[str], inputs: Sequence[Input]) -> str:
    """The column that a name in a formula means; one of one's own may be in no file yet."""
    own = OWN + lines.identifier(name)
    if name.startswith(OWN) or name in have:
        return name
    found = _known(name) or (own if own in have else "")
    if not found:
        headers = {lines.identifier(h) for h in covariates.headers(i.path for i in inputs)}
        every = {*DERIVED, *covariates.names(), *headers, "total", MACHINES}
        fix = nearest(name, every) + f" A column that no file has yet is {OWN}NAME."
        raise InputError("the formula names what no table has", column=option, value=name, fix=fix)
    return found
