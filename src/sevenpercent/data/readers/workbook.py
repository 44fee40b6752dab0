"""Read the cells of an Excel workbook."""

from __future__ import annotations

import warnings
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import openpyxl

from sevenpercent.errors import InputError

LARGEST = 100_000_000
"""Bytes of a workbook's parts, unpacked: one of a million cells has half of it."""

CELLS = 5_000_000
"""Cells of a sheet, empty ones counted."""


def too_large(path: Path, size: int) -> InputError:
    """What is said of a file that unpacks to more than any of its kind holds."""
    what = "the file unpacks to more than such a table can hold"
    fix = "Unpack it, and give the table as CSV or Parquet."
    return InputError(what, file=path, value=f"{size / 1e6:,.0f} MB", fix=fix)


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Every sheet's rows of cell values, by its name.

    Raises InputError when the file is no workbook.
    """
    stamp = path.stat()
    return _sheets(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=2)
def _sheets(path: Path, mtime: int, size: int) -> dict[str, list[list[Any]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            whole = sum(part.file_size for part in archive.infolist())
        if whole > LARGEST:
            raise too_large(path, whole)
        with warnings.catch_warnings():
            # Publishers' drawing extensions are of no interest.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                return {sheet.title: _rows(path, sheet) for sheet in book.worksheets}
            finally:
                book.close()
    except (InputError, PermissionError):
        raise
    except Exception as error:  # whatever a parser says about a file that is none
        fix = "Save it again as .xlsx, or as .csv."
        raise InputError("This is not an Excel workbook (.xlsx)", file=path, fix=fix) from error


def _rows(path: Path, sheet: Any) -> list[list[Any]]:
    """Rows of a sheet, all as wide as the widest."""
    sheet.reset_dimensions()  # a file may say any
    rows: list[list[Any]] = []
    width = 0
    for cells in sheet.iter_rows(values_only=True):
        rows.append(list(cells))
        width = max(width, len(cells))
        if any(c is not None for c in cells) and len(rows) * width > CELLS:
            what = "the sheet is too large, or reaches to a cell far away"
            fix = "Delete the rows and columns below and right of the table, or save it as CSV."
            raise InputError(what, file=path, row=len(rows), column=sheet.title, fix=fix)
    return [cells + [None] * (width - len(cells)) for cells in rows]
