"""What a data rule reports, and the helpers that all rules share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, field, fields, replace
from functools import cache, cached_property
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd

Tables = Mapping[str, pd.DataFrame]

Row = Mapping[Any, Any]
"""One row of a table as a mapping from its columns."""


def spot(row: Row, code: str = "code") -> str:
    """Whom a line is about, as far as it says: county and state, else its code.

    Examples
    --------
    >>> spot({"county": "Ada", "state": "ID"}), spot({"county": "Xyzzy", "state": "", "code": ""})
    ('Ada, ID', 'Xyzzy (no known state)')
    """
    county, state, number = (str(row.get(n) or "") for n in ("county", "state", code))
    if county and not state and not number:
        return f"{county} (no known state)"
    return ", ".join(n for n in (county, state) if n) or number or "The line, which names no place"


SEVERITIES = ("error", "warning", "note")
"""error: the value cannot be right; warning: it may be; note: worth knowing, nothing to repair."""

MAX_LISTED = 20
"""More findings of one kind than this are one pattern, not single slips: they become one line."""

COVERED = 0.5
"""A source is taken to cover a state when it prints at least this share of its counties; below
that the state as a whole is missing (or other units stand in it) rather than single places."""

COUNTS = ("dem", "rep", "other", "total")
"""The columns of votes in every table of votes."""

PARTIES, PARTS = COUNTS[:2], COUNTS[:3]
"""The two sides; and all that adds up to the total."""

SPACERS = ", '’\u00a0\u202f"
"""What separates thousands, but for the full stop, which may be a decimal one."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule found.

    ``row`` is the line of the published file (the header is line 1) where it is known; ``key``
    names the place (code and year) so that a disposition can refer to it.
    """

    rule: str
    severity: str
    table: str
    key: str
    message: str
    source: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    expected: str = ""
    fix: str = ""


COLUMNS = (
    "rule", "severity", "table", "source", "row", "key", "column", "value", "expected", "message",
    "fix",
)  # fmt: skip


def to_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a frame with the columns of ``COLUMNS``, errors first, in a stable order."""
    names = [f.name for f in fields(Finding)]
    made = pd.DataFrame([astuple(f) for f in findings], columns=names)[list(COLUMNS)]
    made["row"] = pd.array([None if pd.isna(r) else int(r) for r in made["row"]], dtype="Int64")
    rank = made["severity"].map({name: i for i, name in enumerate(SEVERITIES)})
    order = made.assign(rank=rank).sort_values(
        ["rank", "rule", "table", "source", "key", "column", "row"], kind="stable"
    )
    return order.drop(columns="rank").reset_index(drop=True)


def roll_up(findings: list[Finding], what: str, limit: int = MAX_LISTED) -> list[Finding]:
    """Replace more than ``limit`` findings of one kind by one that counts them.

    ``what`` names the group (``"lost leading zero"``) and becomes the key, with the count, so
    that one more or one fewer is a different finding.
    """
    if len(findings) <= limit:
        return findings
    first = findings[0]
    examples = ", ".join(f.key for f in findings[:3])
    return [
        replace(
            first,
            key=f"{what}: {len(findings):,}",
            message=f"{len(findings):,} times: {first.message} (first: {examples})",
        )
    ]


def line(row: object) -> int | None:
    """Line of the published file as an integer, or None."""
    return None if row is None or pd.isna(row) else int(float(str(row)))  # type: ignore[call-overload]


def code_column(table: str) -> str:
    """Column of a table that holds the codes of counties."""
    return "fips_printed" if table == "county_votes_printed" else "fips"


def count(value: float) -> str:
    """A number as readers write it: thousands separated, no needless decimals."""
    if pd.isna(value):
        return "none"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"


class _Texts(Formatter):
    """Texts with places to fill; ``{x:n}`` is a number as readers write it."""

    def format_field(self, value: Any, spec: str) -> str:
        return count(float(value)) if spec == "n" else str(super().format_field(value, spec))


def report(
    rows: pd.DataFrame | Iterable[Row], rule: str, severity: str, table: str, **told: str
) -> list[Finding]:
    """One finding for each row.

    `rows`: where they have ``key``, ``source`` and ``row``, these say where each stands; `told`: the
    other fields, in which ``{x}`` is filled in from the row, and ``{x:n}`` as a number.
    """
    listed: Iterable[Any] = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    made = []
    for r in listed:
        where = {"key": "{key}", "source": "{source}" if "source" in r else ""}
        texts = {n: _Texts().vformat(text, (), r) for n, text in {**where, **told}.items()}
        grave = _Texts().vformat(severity, (), r)
        made.append(Finding(rule, grave, table, row=line(r.get("row")), **texts))
    return made


MOST = 10**9
"""No place has as many votes as this."""


def numbers(column: pd.Series) -> pd.Series:
    """Column as float64; what is not a plain number becomes missing."""
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        return pd.to_numeric(column, errors="coerce").astype("float64")
    return column.astype("float64")


_KIND = re.compile(
    r"\s+(county|parish|borough|census area|city and borough|municipality|city/town"
    r"|city and county)$"
)


@cache
def fold(name: object) -> str:
    """Name of a place without case, accents, punctuation, spaces and the word for its kind.

    Examples
    --------
    >>> fold("Doña Ana County"), fold("Saint Croix"), fold("St. Croix"), fold("fond-du-lac")
    ('donaana', 'stcroix', 'stcroix', 'fonddulac')
    """
    text = unicodedata.normalize("NFKD", str(name)).encode("ascii", "ignore").decode().lower()
    text = text.replace("'", "").replace(".", "").replace("&", " and ")
    text = re.sub(r"[^a-z0-9/ ]+", " ", text)
    text = _KIND.sub("", re.sub(r"\s+", " ", text).strip())
    text = re.sub(r"^(saint|st) ", "st", re.sub(r"^(sainte|ste) ", "ste", text))
    return re.sub(r"[^a-z0-9]", "", text)


@cache
def bare(name: object) -> str:
    """Like `fold`, also without a final ``city`` (an independent city may be printed either way)."""
    folded = fold(name)
    return folded.removesuffix("city") or folded


def robust_scale(values: np.ndarray) -> float:
    """Median absolute deviation on the scale of a standard deviation; missing values ignored."""
    seen = values[np.isfinite(values)]
    if seen.size == 0:
        return float("nan")
    return float(1.4826 * np.median(np.abs(seen - np.median(seen))))


RENAMED = {"46113": "46102", "02270": "02158", "51515": "51019"}
"""Codes that the Census Bureau replaced (renamed counties; a city that became part of its county).

Source: U.S. Census Bureau, "Substantial Changes to Counties and County Equivalent Entities".
"""

_CODE = re.compile(r"^(\d{1,5})(?:\.0+)?$")


def clean_code(printed: object) -> str:
    """Five-digit code meant by a printed one (``1001``, ``1001.0``), or ``""``."""
    match = _CODE.match(str(printed).strip())
    return match.group(1).zfill(5) if match else ""


@dataclass(frozen=True)
class Places:
    """What is known of each place, from all tables together.

    Attributes
    ----------
    name : dict
        Five-digit code to the name that most rows print for it.
    state : dict
        Five-digit code to the state's postal abbreviation.
    listed : frozenset
        Codes in the Census Bureau's list of counties; empty when no list is at hand.
    neighbours : dict
        Code to the codes that share a border.
    prefixes : dict
        First two digits of a code to the state's postal abbreviation.
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


def places(tables: Tables) -> Places:
    """Reference list of places from the tables at hand."""
    prefixes = _prefixes(tables)
    points = tables.get("county_points")
    listed = frozenset(points["fips"].astype(str)) if points is not None else frozenset()
    listed = frozenset(c for c in listed if not prefixes or c[:2] in prefixes)
    rows = [
        frame[[code, "state", "county"]].set_axis(["code", "state", "county"], axis=1)
        for name, code in (
            ("county_votes", "fips"),
            ("county_demographics", "fips"),
            ("county_votes_printed", "fips_printed"),
        )
        if (frame := tables.get(name)) is not None
        and {code, "state", "county"} <= set(frame.columns)
    ]
    name: dict[str, str] = {}
    state: dict[str, str] = {c: prefixes[c[:2]] for c in listed if c[:2] in prefixes}
    if rows:
        seen = pd.concat(rows, ignore_index=True).dropna(subset=["code", "county"])
        seen["code"] = _clean_codes(seen["code"])
        seen = seen[seen["code"] != ""]
        common = seen.groupby(["code", "state", "county"], as_index=False).size()
        common["fold"] = common["county"].map(bare)
        common["weight"] = common.groupby(["code", "fold"])["size"].transform("sum")
        common = common.sort_values(
            ["code", "weight", "size", "county"], ascending=[True, False, False, True]
        ).drop_duplicates("code")
        name = dict(zip(common["code"], common["county"].astype(str), strict=True))
        said = dict(zip(common["code"], common["state"].astype(str), strict=True))
        state = {**said, **{c: prefixes[c[:2]] for c in said if c[:2] in prefixes}, **state}
    return Places(name, state, listed, _neighbours(tables), prefixes)


def _prefixes(tables: Tables) -> dict[str, str]:
    states = tables.get("states")
    if states is None or "fips" not in states:
        return {}
    codes = states["fips"].astype(str).str.zfill(2)
    return dict(zip(codes, states["state"].astype(str), strict=True))


def _neighbours(tables: Tables) -> dict[str, tuple[str, ...]]:
    pairs = tables.get("county_neighbours")
    if pairs is None:
        return {}
    near: dict[str, list[str]] = {}
    for code, neighbour in zip(pairs["fips"].tolist(), pairs["neighbour"].tolist(), strict=True):
        near.setdefault(str(code), []).append(str(neighbour))
    return {code: tuple(near[code]) for code in sorted(near)}


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
        lookup = known.codes
        code = pd.Series(
            [
                c or lookup.get((s, fold(n))) or lookup.get((s, bare(n)), "")
                for c, s, n in zip(code, made["state"], made["county"], strict=True)
            ],
            index=frame.index,
        )
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
