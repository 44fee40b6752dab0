"""Findings about a book's own files, in the words of ``findings.yml`` beside this module.

Lines of votes that are left out, or look as if something were missing, are told here too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent import strict
from sevenpercent.data.rules.base import Finding, Row, Texts, fold, line, spot
from sevenpercent.data.rules.places import Places
from sevenpercent.data.rules.votes import TOTAL_NAMES


@cache
def _words() -> dict[str, dict[str, str]]:
    return strict.read_yaml(Path(__file__).with_suffix(".yml"))


def said(kind: str, row: object = None, **values: object) -> Finding:
    """A finding of a kind; `values` fill in its words, or stand for those that it leaves out.

    Examples
    --------
    >>> said("county_without", source="x", fips="01001", county="A", state="AL", what="votes", fix="").message
    'A, AL has votes but no votes'
    """
    words = _words()[kind]
    filled = {name: Texts().vformat(text, (), values) for name, text in words.items()}
    own = {n: str(v) for n, v in values.items() if n in Finding.__dataclass_fields__}
    return Finding(row=line(row), **{**own, **filled})


NOBODY = 200
"""Votes of a county from which on none at all for one of two parties is told."""


LONGEST = 200
"""Letters of a name from which on it is hardly one."""

_CONTROL = "[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
_SUSPECT = (
    (re.compile(r"<[A-Za-z/!?]|\{\{|\{%|\]\(|&#|`"), "holds markup"),
    (re.compile(r"^\s*[=+@-]"), "begins as a spreadsheet's formula does"),
    (re.compile(_CONTROL), "holds control characters"),
    (re.compile(rf"(?s)^.{{{LONGEST + 1},}}"), f"has more than {LONGEST} letters"),
)
"""What no name has, and how a message says it."""


def suspect(text: str) -> list[str]:
    """What is odd about a name: markup, a formula, control characters, or its length."""
    return [what for pattern, what in _SUSPECT if pattern.search(text)]


def nobody(
    printed: pd.DataFrame, counts: Mapping[str, pd.Series[float]], skipped: pd.Series[bool]
) -> list[Finding]:
    """Counties in which nobody voted for one party, and many for the other."""
    out = []
    for name, other in (("dem", "rep"), ("rep", "dem")):
        none = counts[name].eq(0) & counts[other].ge(NOBODY) & ~skipped
        if none.mean() > FEW:  # so it is all over: the contest was not between the two
            continue
        rows = printed[none.to_numpy()].to_dict("records")
        out += [said("nobody", **_place(r, name), votes=r[other], other=other) for r in rows]
    return out


FEW = 0.5
"""Share of counties without a vote for a party above which it had no candidate."""


def without_votes(printed: Row, column: str) -> Finding:
    """A line in which the votes of a party are empty."""
    return said("without_votes", **_place(printed, column))


def _place(printed: Row, column: str) -> dict[str, Any]:
    return {
        "key": f"{printed['fips_printed'] or printed['county']} {printed['year']}",
        "source": printed["source"],
        "row": printed["row"],
        "column": column,
        "spot": spot(printed, "fips_printed"),
    }


def machines(
    lost: pd.DataFrame, source: str, states: Sequence[str], known: Places
) -> list[Finding]:
    """Lines of a list of machines that name no county of the states in question."""
    out = []
    for one in lost.astype(str).to_dict("records"):
        whole = bool(TOTAL_NAMES.match(one["county"]))
        if whole or (one["state"] in known.prefixes.values() and one["state"] not in states):
            continue
        found = unmatched({**one, "source": source, "year": ""}, known)
        message = f"{found.message}; its machines are left out"
        fix = f"{found.fix} A town's machines count with the name of its county."
        found = replace(found, severity="warning", table="county_equipment")
        out.append(replace(found, message=message, fix=fix))
    return out


def unmatched(printed: Row, known: Places) -> Finding:
    """A line that names no county, with the nearest names."""
    state, name = str(printed["state"]), str(printed["county"])
    names = [n for c, n in known.name.items() if known.state.get(c) == state and c in known.listed]
    shapes = {fold(n): n for n in names}
    close = get_close_matches(fold(name), shapes, n=2, cutoff=0.6)
    near = " or ".join(f"{shapes[c]!r}" for c in close)
    nobodys = (
        f"No county{' of ' + state if state else ''} has this {'name or code' if name else 'code'}"
    )
    if not name and not printed["fips_printed"]:
        nobodys = "The line names no county, by name or by code"
    return said(
        "no_county",
        printed["row"],
        key=f"{state} {name} {printed['year']}".strip(),
        source=printed["source"],
        value=name or printed["fips_printed"],
        expected="a county of " + state if state else "a county and its state",
        message=nobodys,
        fix=f"Did you mean {near}?" if near else "Correct the name, or give the county's code.",
    )
