"""What a data rule reports, and the helpers that all rules share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from string import Formatter
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.escape import printable

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

    def shown(self, file: str = "") -> str:
        """One finding as a line: severity, file, row, column, value, what was expected, what to do.

        `file`: the table, where that is what has to be mended; else the line names the source.
        """
        source = (
            f"{file} [{self.source}]" if file and self.source else file or self.source or self.table
        )
        row = f", row {self.row}" if self.row is not None else ""
        key = "" if self.key in source or (row and not file) else f", {self.key}"
        column = f", column {self.column}" if self.column else ""
        value = f": {self.value!r}" if self.value else ""
        expected = f" (expected {self.expected})" if self.expected else ""
        where = f"{source}{row}{key}{column}{value}{expected}"
        return printable(f"{self.severity}: {where}. {self.message}. {self.fix} [{self.rule}]")


COLUMNS = (
    "rule", "severity", "table", "source", "row", "key", "column", "value", "expected", "message",
    "fix",
)  # fmt: skip


def to_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a frame with the columns of ``COLUMNS``, errors first, in a stable order."""
    names = [f.name for f in fields(Finding)]
    made = pd.DataFrame([astuple(f) for f in ordered(findings)], columns=names)[list(COLUMNS)]
    return made.astype({"row": "Int64"})


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Findings by severity, rule and place."""
    return sorted(
        findings,
        key=lambda f: (
            SEVERITIES.index(f.severity), f.rule, f.table, f.source, f.key, f.column,
            f.row is None, f.row,
        ),
    )  # fmt: skip


def roll_up(findings: list[Finding], what: str) -> list[Finding]:
    """Replace more than ``MAX_LISTED`` findings of one kind by one that counts them.

    ``what`` names the group (``"lost leading zero"``) and becomes the key, with the count, so
    that one more or one fewer is a different finding.
    """
    if len(findings) <= MAX_LISTED:
        return findings
    first = findings[0]
    examples = ", ".join(f.key for f in findings[:3])
    message = f"{len(findings):,} times: {first.message} (first: {examples})"
    return [replace(first, key=f"{what}: {len(findings):,}", message=message)]


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


class Texts(Formatter):
    """Texts with places to fill; ``{x:n}`` is a number as readers write it."""

    def format_field(self, value: Any, spec: str) -> str:
        """A value as its place in the text asks for it."""
        return count(float(value)) if spec == "n" else str(super().format_field(value, spec))


def plain(text: str) -> str:
    """Text of a file, for a field of :func:`report`: whatever it holds, nothing is filled in there.

    >>> plain("Votes {2016}").format()
    'Votes {2016}'
    """
    return text.replace("{", "{{").replace("}", "}}")


def report(
    rows: pd.DataFrame | Iterable[Row],
    rule: str,
    severity: str,
    table: str,
    each: str = "",
    **told: str,
) -> list[Finding]:
    """One finding for each row.

    `rows`: where they have ``key``, ``source`` and ``row``, these say where each stands; `told`: the
    other fields, in which ``{x}`` is filled in from the row, and ``{x:n}`` as a number; `each`: the
    kind of a row likewise: of one kind there are at most ``MAX_LISTED`` (see `roll_up`). Names of
    files, places and columns of a stranger's stand in the rows, or are made :func:`plain`.
    """
    listed: Iterable[Any] = rows.to_dict("records") if isinstance(rows, pd.DataFrame) else rows
    kinds: dict[str, list[Finding]] = {}
    for r in listed:
        where = {"key": "{key}", "source": "{source}" if "source" in r else ""}
        texts = {n: Texts().vformat(text, (), r) for n, text in {**where, **told}.items()}
        kind, grave = (Texts().vformat(text, (), r) for text in (each, severity))
        made = Finding(rule, grave, table, row=line(r.get("row")), **texts)
        kinds.setdefault(kind.strip(), []).append(made)
    return [f for kind, hits in kinds.items() for f in (roll_up(hits, kind) if each else hits)]


def joined(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Values of each row in some columns as one text, a key."""
    return [" ".join(map(str, row)) for row in frame[list(columns)].itertuples(index=False)]


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
