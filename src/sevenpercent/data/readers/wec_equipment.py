"""Wisconsin Elections Commission's list of voting equipment by municipality (CSV or workbook)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers.files import decode
from sevenpercent.data.readers.places import collapse
from sevenpercent.data.readers.workbook import sheets
from sevenpercent.errors import InputError

_HEADER_WITHIN = 15


def read(path: Path, machines: Sequence[Mapping[str, str]]) -> pd.DataFrame:
    """Read the list; rows that are no municipality (totals, blanks) are left out.

    Returns ``row`` (line of the file), ``county``, ``municipality`` (upper case, kind first),
    ``main`` (True where the list says that this row stands for a municipality in several counties),
    ``hindi`` (five digits), ``scanner`` and ``accessible`` (as printed, null when none),
    ``dre_make`` and ``dre_model`` (null when none), ``any_dre`` and ``dre_no_scanner``. Raises
    InputError when no sheet has the list's columns, or a row names a municipality without a code.

    `path`: ``.csv`` or ``.xlsx``; the sheet and the header row are found by their columns;
    `machines`: the DREs on the list: ``find`` (text that names it in the column of accessible
    equipment), ``make``, ``model``.
    """
    if path.suffix.lower() == ".csv":
        tables: list[list[list[Any]]] = [list(csv.reader(io.StringIO(decode(path))))]
    else:
        tables = list(sheets(path).values())
    start, rows = next(((at, t) for t in tables if (at := _header(t)) is not None), (0, []))
    if not rows:
        what = "This is not the list of equipment: no header County, Municipality, ... Equipment"
        raise InputError(what, file=path)
    records = []
    for line, cells in enumerate(rows[start + 1 :], start + 2):
        county, municipality, scanner, accessible = (c.strip() for c in _text(cells)[:4])
        if not municipality or not county or "total" in county.lower():
            continue
        name, _, code = municipality.rpartition("-")
        if not code.strip().isdigit():
            what = "A municipality has no code"
            raise InputError(what, file=path, row=line, column="Municipality", value=municipality)
        name = collapse(name)
        machine = next((m for m in machines if m["find"].lower() in accessible.lower()), {})
        own: dict[str, object] = {"row": line, "county": collapse(county).partition(" COUNTY")[0]}
        own |= {
            "municipality": name.removesuffix("- MAIN").strip(),
            "main": name.endswith("- MAIN"),
        }
        own |= {"hindi": code.strip().zfill(5)}
        for kind, text in (("scanner", scanner), ("accessible", accessible)):
            own[kind] = None if text.lower() in ("", "none") else text
        own |= {f"dre_{what}": machine.get(what) for what in ("make", "model")}
        records.append(own)
    if not records:
        raise InputError("The list of equipment is empty", file=path)
    out = pd.DataFrame(records)
    out["any_dre"] = out["dre_model"].notna()
    out["dre_no_scanner"] = out["any_dre"] & out["scanner"].isna()
    return out


def is_list(rows: Sequence[Sequence[Any]]) -> bool:
    """Whether a sheet holds such a list, by its header."""
    return _header(rows) is not None


def _header(rows: Sequence[Sequence[Any]]) -> int | None:
    """Where the header stands among the first rows."""
    for at, cells in enumerate(rows[:_HEADER_WITHIN]):
        names = [cell.strip().lower() for cell in _text(cells)]
        if names[:2] == ["county", "municipality"] and "accessible" in " ".join(names[2:]):
            return at
    return None


def _text(cells: Sequence[Any]) -> list[str]:
    return ["" if cell is None else str(cell) for cell in [*cells, "", "", "", ""]]
