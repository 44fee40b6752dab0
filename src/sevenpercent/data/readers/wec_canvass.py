"""Canvass workbooks of the Wisconsin Elections Commission: by county and by ward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from sevenpercent.errors import InputError

_TOTAL = "Total Votes Cast"


def read(path: Path, state: str, year: int, parties: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Read a county-by-county or ward-by-ward report as one row per county.

    The sheet has a line of party codes above a line of candidates; a ward report prints a county's
    name on its first ward only and a total row after its last. Totals are computed from the wards
    and compared with those rows.

    Parameters
    ----------
    path : Path
        The workbook.
    state, year : str, int
        Postal abbreviation and year, which the rows do not print.
    parties : mapping
        Party codes for ``dem`` and ``rep``; every other candidate counts as ``other``.

    Returns
    -------
    pandas.DataFrame
        Tidy rows as printed, ``row`` being the county's first row in the sheet.

    Raises
    ------
    InputError
        When no sheet holds a report, or wards do not add up to a printed total.
    """
    sheet = _sheet(path)
    head = next(i for i, row in enumerate(sheet) if _TOTAL in row)
    codes = sheet[head]
    total_at = codes.index(_TOTAL)
    candidates = [i for i in range(total_at + 1, len(codes)) if _is_candidate(sheet[head + 1], i)]
    part_at = {i: _part(codes[i], parties) for i in candidates}
    records: list[dict[str, Any]] = []
    county = ""
    for line, row in enumerate(sheet[head + 2 :], start=head + 3):
        name, place, total = _text(row[0]), _text(row[1]), row[total_at]
        if total is None:
            continue
        votes = dict.fromkeys(("dem", "rep", "other"), 0)
        for i, part in part_at.items():
            votes[part] += int(row[i] or 0)
        printed = {**votes, "total": int(total)}
        if "Totals:" in name or "Totals:" in place:
            of_county = not name
            chosen = [r for r in records if not of_county or r["county"] == county]
            for part, value in printed.items():
                if sum(r[part] for r in chosen) != value:
                    raise InputError(
                        "Wards do not add up to the printed total",
                        file=path,
                        row=line,
                        column=part,
                        value=value,
                    )
            continue
        county = name or county
        records.append({"row": line, "county": county, **printed})
    wards = pd.DataFrame(records)
    key = wards.groupby("county", sort=False)
    frame = key[["dem", "rep", "other", "total"]].sum().join(key.row.min()).reset_index()
    return frame.assign(state=state, year=year)


def is_report(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a sheet holds such a report, by its column of totals."""
    return any(_TOTAL in row for row in rows[:20])


def _sheet(path: Path) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book:
            rows = list(sheet.iter_rows(values_only=True))
            if any(_TOTAL in row for row in rows[:20]):
                return rows
    finally:
        book.close()
    raise InputError(f"No sheet has a column {_TOTAL!r}", file=path)


def _text(cell: object) -> str:
    return str(cell or "").strip()


def _is_candidate(names: Sequence[Any], i: int) -> bool:
    return bool(_text(names[i]))


def _part(code: object, parties: Mapping[str, Sequence[str]]) -> str:
    return next((part for part, listed in parties.items() if _text(code) in listed), "other")
