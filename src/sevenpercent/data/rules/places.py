"""Reference list of places, and vote tables brought to one shape for the rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from sevenpercent.data.rules.base import COUNTS, Tables, bare, code_column, fold, numbers

RENAMED = {"46113": "46102", "02270": "02158", "51515": "51019"}
"""Codes that the Census Bureau replaced (renamed counties; a city that became part of its county).

Source: U.S. Census Bureau, "Substantial Changes to Counties and County Equivalent Entities".
"""

_CODE = re.compile(r"^(\d{1,5})(?:\.0+)?$")
_STATE = re.compile(r",\s*[A-Za-z .]+$")


def clean_code(printed: object) -> str:
    """Five-digit code meant by a printed one (``1001``, ``1001.0``), or ``""``."""
    match = _CODE.match(str(printed).strip())
    return match.group(1).zfill(5) if match else ""


@dataclass(frozen=True)
class Places:
    """What is known of each place, from all tables together.

    Five-digit code to the `name` that most rows print for it, to the postal code of its `state` and
    to its `neighbours`, codes that share a border; `listed`: codes in the Census Bureau's list of
    counties, empty when no list is at hand; `prefixes`: first two digits of a code to the state.
    """

    name: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()
    neighbours: dict[str, tuple[str, ...]] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)

    def label(self, code: str) -> str:
        """``Name, ST`` of a code, or the code."""
        name, state = self.name.get(code), self.state.get(code)
        return f"{name}, {state}" if name and state else name or code

    @cached_property
    def codes(self) -> dict[tuple[str, str], str]:
        """Code of each state and folded name that stands for one place only.

        A listed code goes before one that no list knows (a mistyped code under a true name), and
        a whole name before one without its kind: where "Fairfax" and "Fairfax city" are two
        places, "Fairfax" is the first.
        """
        out: dict[tuple[str, str], str] = {}
        for shape_of in (fold, bare):
            found: dict[tuple[str, str], set[str]] = {}
            for code, name in self.name.items():
                found.setdefault((self.state.get(code, ""), shape_of(name)), set()).add(code)
            chosen = {key: (all_ & self.listed) or all_ for key, all_ in found.items()}
            for key, one in chosen.items():
                if len(one) == 1:
                    out.setdefault(key, next(iter(one)))
        return out

    def by_name(self, state: str, county: object, *, city: bool = False) -> str:
        """Code of a county by state and name, which ``, Georgia`` may follow; empty for none.

        `city`: a ``city`` behind the name may be one too many.
        """
        for shape_of in (fold, bare) if city else (fold,):
            for name in (county, _STATE.sub("", str(county))):
                if code := self.codes.get((state, shape_of(name))):
                    return code
        return ""

    def coded(
        self, codes: Iterable[str], states: Iterable[str], counties: Iterable[str]
    ) -> list[str]:
        """Code of each line: as printed where it is a place's, else that of its name, else as printed."""
        named = map(self.by_name, states, counties)
        return [c if c in self.name or not n else n for c, n in zip(codes, named, strict=True)]


def places(tables: Tables) -> Places:
    """Reference list of places from the tables at hand."""
    states, points = tables.get("states"), tables.get("county_points")
    prefixes: dict[str, str] = {}
    if states is not None and "fips" in states:
        codes = states["fips"].astype(str).str.zfill(2)
        prefixes = dict(zip(codes, states["state"].astype(str), strict=True))
    every = points["fips"].astype(str) if points is not None else ()
    listed = frozenset(c for c in every if not prefixes or c[:2] in prefixes)
    rows = [
        frame[[code_column(name), "state", "county"]].set_axis(["code", "state", "county"], axis=1)
        for name in ("county_votes", "county_demographics", "county_votes_printed")
        if (frame := tables.get(name)) is not None
        and {code_column(name), "state", "county"} <= set(frame.columns)
    ]
    name: dict[str, str] = {}
    said: dict[str, str] = {}
    if rows:
        seen = pd.concat(rows, ignore_index=True).dropna(subset=["code", "county"])
        seen["code"] = _clean_codes(seen["code"])
        seen = seen[seen["code"] != ""]
        common = seen.groupby(["code", "state", "county"], as_index=False).size()
        common["fold"] = common["county"].map(bare)
        common["weight"] = common.groupby(["code", "fold"])["size"].transform("sum")
        order = ["code", "weight", "size", "county"]
        common = common.sort_values(order, ascending=[True, False, False, True])
        common = common.drop_duplicates("code")
        name = dict(zip(common["code"], common["county"].astype(str), strict=True))
        said = dict(zip(common["code"], common["state"].astype(str), strict=True))
    near: dict[str, tuple[str, ...]] = {}
    if (pairs := tables.get("county_neighbours")) is not None:
        beside = pairs.astype(str).groupby("fips")["neighbour"]
        near = {str(code): tuple(others) for code, others in beside}
    by_code = {c: prefixes[c[:2]] for c in {*said, *listed} if c[:2] in prefixes}
    return Places(name, said | by_code, listed, near, prefixes)


def _clean_codes(printed: pd.Series) -> pd.Series:
    unique = {value: clean_code(value) for value in printed.dropna().unique()}
    return printed.map(unique).fillna("").astype(str)


def tidy_votes(frame: pd.DataFrame, known: Places) -> pd.DataFrame:
    """Vote table with codes and counts that can be compared.

    Returns same rows. ``code`` (five digits, ``""`` when unknown), ``own`` (the same before
    replaced codes were brought up to date), ``printed`` (the code as it stands), ``key`` (code or
    state and name, then the year), counts as float64, ``said`` (the total as printed, missing where
    there is none).

    `frame`: a table of votes: ``fips`` or ``fips_printed``, ``state``, ``county``, ``year``,
    ``dem``, ``rep``, ``other``, ``total`` and, where there are, ``source``, ``row``, ``vintage``,
    ``best``; `known`: finds the code of a row that prints a name only.
    """
    made = pd.DataFrame(index=frame.index)
    printed = frame["fips_printed"] if "fips_printed" in frame else frame["fips"]
    made["printed"] = printed.astype("object").where(printed.notna(), "").astype(str)
    made["state"] = _text(frame, "state")
    made["county"] = _text(frame, "county")
    made["year"] = pd.to_numeric(frame["year"], errors="coerce").fillna(0).astype(int)
    made["source"] = _text(frame, "source")
    made["vintage"] = _text(frame, "vintage")
    made["best"] = frame["best"].fillna(False).astype(bool) if "best" in frame else True
    made["row"] = pd.to_numeric(frame["row"]).astype("Float64") if "row" in frame else np.nan
    own = _clean_codes(made["printed"])
    code = own.replace(RENAMED)
    unknown = code.eq("")
    if unknown.any():
        each = zip(code, made["state"], made["county"], strict=True)
        meant = [c or known.by_name(s, n, city=True) for c, s, n in each]
        code = pd.Series(meant, index=frame.index)
    made["code"], made["own"] = code.astype(object), own.astype(object)
    named = made["state"] + " " + made["county"]
    made["key"] = code.where(code.ne(""), named.str.strip()) + " " + made["year"].astype(str)
    for column in COUNTS:
        made[column] = numbers(frame[column]) if column in frame else np.nan
    # Where a file prints no total, its parts are all that can be compared; ``said`` keeps what
    # it printed for the rules about sums.
    made["said"] = made["total"]
    made["total"] = made["total"].fillna(made[["dem", "rep", "other"]].sum(axis=1, min_count=1))
    made["two_party"] = made["dem"] + made["rep"]
    made["share"] = (made["dem"] / made["two_party"]).where(made["two_party"] > 0)
    return made


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    if column not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    values = frame[column].astype("object")
    return values.where(values.notna(), "").astype(str)


def reference(votes: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Best known votes per place and year, to compare others with.

    The table the analyses use where it is at hand, else the median over the printed sources.
    Columns ``code``, ``year``, ``dem``, ``rep``, ``other``, ``total``, ``share``.
    """
    if "county_votes" in votes:
        best = votes["county_votes"]
        rows = best[best["best"] & best["code"].ne("")]
    elif "county_votes_printed" in votes:
        rows = votes["county_votes_printed"]
        rows = rows[rows["code"].ne("") & rows["total"].gt(0)]
    else:
        return pd.DataFrame(columns=["code", "year", *COUNTS, "share"])
    made = rows.groupby(["code", "year"], as_index=False)[list(COUNTS)].median()
    made["share"] = made["dem"] / (made["dem"] + made["rep"]).where(lambda s: s > 0)
    return made
