"""Wisconsin's canvass reports: votes of each candidate by reporting unit or county (CSV, workbook)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.readers.places import collapse, unit_key
from sevenpercent.data.readers.workbook import sheets
from sevenpercent.data.rules.base import COUNTS, PARTIES, PARTS
from sevenpercent.errors import InputError

_HEADER_WITHIN = 20
_TOTAL = "Total Votes Cast"
_SUMS = "TOTALS:"
"""How the label of a row of totals ends."""


def first_name(ticket: str) -> str:
    """Name on the first line, or before the slash, of a printed ticket; write-in marks go."""
    name = ticket.replace("/", "\n").partition("\n")[0]
    return " ".join(name.replace("(write-in)", "").split())


def read_csv(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read a report published as CSV, one row per reporting unit (and count).

    Returns ``row``, ``key`` (see ``places.unit_key``), ``county``, ``municipality``, ``name``, then
    ``count`` and ``total`` where named, then one ``Int64`` column per printed candidate. Raises
    InputError when a column is missing, votes are not whole numbers, a unit stands twice, or the
    printed total is not the sum of the candidates.

    `path`: the file; `columns`: the file's names of ``county``, ``municipality`` and ``name`` (the
    reporting unit), of the ``first`` candidate, and, where the file has them, of ``count`` and
    ``total``. Every column from the first candidate on is a candidate.
    """
    printed = files.read_table(path, columns.values(), encoding=files.ANY)
    out = pd.DataFrame({"row": printed.index}, index=printed.index)
    out["county"] = printed[columns["county"]].map(collapse)
    out["municipality"] = printed[columns["municipality"]].map(collapse)
    out["name"] = printed[columns["name"]].map(lambda text: " ".join(text.split()))
    out["key"] = [unit_key(c, n) for c, n in zip(out["county"], out["name"], strict=True)]
    if "count" in columns:
        out["count"] = printed[columns["count"]]
    for name in printed.columns[printed.columns.get_loc(columns["first"]) :]:
        out[name] = files.counts(printed[name], path)
    if "total" in columns:
        out["total"] = files.counts(printed[columns["total"]], path)
        _check(out, path)
    twice = out.duplicated(["key", *(["count"] if "count" in columns else [])])
    files.refuse(twice, out["key"], path, "A reporting unit stands twice")
    return out.reset_index(drop=True)


def read_workbook(path: Path) -> pd.DataFrame:
    """Read a report published as a workbook; its county and office totals serve as checks.

    Returns ``row``, ``key``, ``county``, ``name``, ``total`` and one ``Int64`` column per
    candidate, by first name on the ticket. Raises InputError when no sheet holds the report, a
    number is not whole, or a printed total is not the sum of its parts.
    """
    units, parties = _units(path)
    _check(units, path)
    units["key"] = [unit_key(c, n) for c, n in zip(units["county"], units["name"], strict=True)]
    return units[["row", "key", "county", "name", "total", *parties]]


def by_county(path: Path, parties: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Read a county-by-county or ward-by-ward workbook as one row per county.

    Returns ``county``, ``dem``, ``rep``, ``other``, ``total`` and ``row``, the county's first row
    in the sheet. Raises InputError as for `read_workbook`.

    `path`: the workbook; `parties`: party codes for ``dem`` and ``rep``; every other candidate
    counts as ``other``.
    """
    units, codes = _units(path)
    whose = {code: part for part, listed in parties.items() for code in listed}
    for part in PARTS:
        own = [name for name, code in codes.items() if whose.get(code, "other") == part]
        units[part] = units[own].sum(axis=1)
    how = {**dict.fromkeys(COUNTS, "sum"), "row": "min"}
    return units.groupby("county", sort=False).agg(how).reset_index()


PLACE = {"row", "key", "county", "municipality", "name", "count"}
"""Columns of a report that say where a unit is; the rest are candidates, and perhaps their total."""


def candidates(report: pd.DataFrame) -> list[str]:
    """Columns of a report's candidates."""
    return [name for name in report.columns if name not in {*PLACE, "total"}]


def by_party(report: pd.DataFrame, parties: Mapping[str, str]) -> pd.DataFrame:
    """Votes of each unit for ``dem`` and ``rep``, by the party of each printed name, and in ``total``."""
    every = candidates(report)
    of = {p: [name for name in every if parties.get(name) == p] for p in PARTIES}
    sums = {party: report[own].sum(axis=1) for party, own in {**of, "total": every}.items()}
    return pd.DataFrame(sums).astype("Int64")


def is_report(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a sheet holds such a report, by its column of totals."""
    return any(_TOTAL in row for row in rows[:_HEADER_WITHIN])


def _units(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Each unit's votes, compared with the rows of totals, and the party code above each candidate."""
    cells = next((rows for rows in sheets(path).values() if is_report(rows)), None)
    if cells is None:
        raise InputError(f"No sheet has a column {_TOTAL!r}", file=path)
    start = next(at for at, row in enumerate(cells) if _TOTAL in row)
    total_at = cells[start].index(_TOTAL)
    tickets = {
        at: first_name(str(ticket))
        for at, ticket in enumerate(cells[start + 1])
        if ticket and at > total_at
    }
    parties = {name: str(cells[start][at] or "").strip() for at, name in tickets.items()}
    records: list[dict[str, Any]] = []
    county = ""  # printed on its first ward only
    for line, row in enumerate(cells[start + 2 :], start + 3):
        county = collapse(str(row[0])) if row[0] and str(row[0]).strip() else county
        label = county if county.endswith(_SUMS) else collapse(str(row[1] or ""))
        if row[total_at] is None:
            continue
        read = {name: _number(row[at], path, line, name) for at, name in tickets.items()}
        read["total"] = _number(row[total_at], path, line, _TOTAL)
        records.append({"row": line, "county": county, "name": label, **read})
    table = pd.DataFrame(records).astype(dict.fromkeys(["total", *parties], "Int64"))
    sums = table["name"].str.endswith(_SUMS)
    units = table[~sums].reset_index(drop=True)
    for printed in table[sums].to_dict("records"):
        whole = printed["county"] == printed["name"]
        part = units if whole else units[units["county"] == printed["county"]]
        for name in ("total", *parties):
            if part[name].sum() != printed[name]:
                raise InputError(
                    "A printed total is not the sum of its reporting units",
                    file=path, row=printed["row"], column=name, value=printed[name],
                )  # fmt: skip
    return units, parties


def _number(cell: Any, path: Path, line: int, column: str) -> int:
    text = str(cell if cell is not None else 0).replace(",", "").strip() or "0"
    if not text.removesuffix(".0").isdigit():
        raise InputError(
            "Votes are not a whole number", file=path, row=line, column=column, value=cell
        )
    return int(float(text))


def _check(report: pd.DataFrame, path: Path) -> None:
    parts, printed = report[candidates(report)].sum(axis=1), report.set_index("row")["total"]
    wrong = parts.set_axis(printed.index) != printed
    if not wrong.any():
        return
    found = parts.iloc[int(wrong.to_numpy().argmax())]
    problem = f"The candidates add up to {found}, not to the printed total"
    files.refuse(wrong, printed.astype(object).rename("Total"), path, problem)
