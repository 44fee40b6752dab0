"""Wisconsin's ward-by-ward reports: votes of each candidate by reporting unit (CSV or workbook)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers.names import collapse, decode, unit_key, whole_numbers
from sevenpercent.data.readers.workbook import sheets
from sevenpercent.errors import InputError, nearest

_HEADER_WITHIN = 20


def first_name(ticket: str) -> str:
    """Name on the first line, or before the slash, of a printed ticket; write-in marks go."""
    name = ticket.replace("/", "\n").partition("\n")[0]
    return " ".join(name.replace("(write-in)", "").split())


def read_csv(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read a report published as CSV, one row per reporting unit (and count).

    Parameters
    ----------
    path : Path
        The file.
    columns : mapping
        The file's names of ``county``, ``municipality`` and ``name`` (the reporting unit), of the
        ``first`` candidate, and, where the file has them, of ``count`` and ``total``. Every column
        from the first candidate on is a candidate.

    Returns
    -------
    pandas.DataFrame
        ``row``, ``key`` (see ``names.unit_key``), ``county``, ``municipality``, ``name``, then
        ``count`` and ``total`` where named, then one ``Int64`` column per printed candidate.

    Raises
    ------
    InputError
        When a column is missing, votes are not whole numbers, a unit stands twice, or the printed
        total is not the sum of the candidates.
    """
    reader = csv.reader(io.StringIO(decode(path)))
    header = [name.strip() for name in next(reader, [])]
    for name in columns.values():
        if name not in header:
            raise InputError(
                "The report lacks a column", file=path, column=name, fix=nearest(name, header)
            )
    printed = pd.DataFrame([c for c in reader if any(c)], columns=header, dtype=str)
    out = pd.DataFrame({"row": range(2, len(printed) + 2)})
    out["county"] = printed[columns["county"]].map(collapse)
    out["municipality"] = printed[columns["municipality"]].map(collapse)
    out["name"] = printed[columns["name"]].map(lambda text: " ".join(text.split()))
    out["key"] = [unit_key(c, n) for c, n in zip(out["county"], out["name"], strict=True)]
    if "count" in columns:
        out["count"] = printed[columns["count"]].str.strip()
    candidates = header[header.index(columns["first"]) :]
    for name in candidates:
        out[name] = whole_numbers(printed[name], path, name, 2)
    if "total" in columns:
        out["total"] = whole_numbers(printed[columns["total"]], path, columns["total"], 2)
        _check(out, out[candidates].sum(axis=1), out["total"], path)
    twice = out.duplicated(["key", *(["count"] if "count" in columns else [])])
    if twice.any():
        raise InputError(
            "A reporting unit stands twice", file=path, row=int(out.loc[twice, "row"].iloc[0]),
            value=out.loc[twice, "key"].iloc[0],
        )  # fmt: skip
    return out


def read_workbook(path: Path) -> pd.DataFrame:
    """Read a report published as a workbook; its county and office totals serve as checks.

    Returns
    -------
    pandas.DataFrame
        ``row``, ``key``, ``county``, ``name``, ``total`` and one ``Int64`` column per candidate,
        by first name on the ticket.

    Raises
    ------
    InputError
        When no sheet holds the report, a number is not whole, or a printed total is not the sum of
        its parts.
    """
    cells, start = _report(path)
    tickets = {
        at: first_name(str(ticket))
        for at, ticket in enumerate(cells[start + 1])
        if ticket and at > _TOTAL
    }
    records: list[dict[str, Any]] = []
    county = ""
    for line, row in enumerate(cells[start + 2 :], start + 3):
        county = collapse(str(row[0])) if row[0] and str(row[0]).strip() else county
        label = county if county.endswith("TOTALS:") else collapse(str(row[1] or ""))
        if not label:
            continue
        votes = {name: _number(row[at], path, line, name) for at, name in tickets.items()}
        total = _number(row[_TOTAL], path, line, "Total Votes Cast")
        records.append({"row": line, "county": county, "label": label, "total": total, **votes})
    table = pd.DataFrame(records)
    sums = table["label"].str.endswith("TOTALS:")
    names = list(tickets.values())
    units = table[~sums]
    numbers = ["total", *names]
    for printed in table[sums].to_dict("records"):
        whole = printed["county"] == printed["label"]
        part = units if whole else units[units["county"] == printed["county"]]
        for name in numbers:
            if part[name].sum() != printed[name]:
                raise InputError(
                    "A printed total is not the sum of its reporting units",
                    file=path, row=printed["row"], column=name, value=printed[name],
                )  # fmt: skip
    _check(units, units[names].sum(axis=1), units["total"], path)
    out = units.rename(columns={"label": "name"}).astype(dict.fromkeys(numbers, "Int64"))
    out["key"] = [unit_key(c, n) for c, n in zip(out["county"], out["name"], strict=True)]
    return out[["row", "key", "county", "name", *numbers]].reset_index(drop=True)


_TOTAL = 2
"""Column of the total, between the reporting unit and the first candidate."""


def _report(path: Path) -> tuple[list[list[Any]], int]:
    for cells in sheets(path).values():
        for at, row in enumerate(cells[:_HEADER_WITHIN]):
            if len(row) > _TOTAL and str(row[_TOTAL]).strip() == "Total Votes Cast":
                return cells, at
    raise InputError("This is not a ward-by-ward report: no column Total Votes Cast", file=path)


def _number(cell: Any, path: Path, line: int, column: str) -> int:
    text = str(cell if cell is not None else 0).replace(",", "").strip() or "0"
    if not text.removesuffix(".0").isdigit():
        raise InputError(
            "Votes are not a whole number", file=path, row=line, column=column, value=cell
        )
    return int(float(text))


def _check(rows: pd.DataFrame, parts: pd.Series[int], total: pd.Series[int], path: Path) -> None:
    wrong = (parts != total).to_numpy()
    if wrong.any():
        at = int(wrong.argmax())
        raise InputError(
            f"The candidates add up to {parts.iloc[at]}, not to the printed total",
            file=path, row=int(rows["row"].iloc[at]), column="Total", value=int(total.iloc[at]),
        )  # fmt: skip
