"""Read the cells of an Excel workbook."""

from __future__ import annotations

import warnings
import zipfile
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
    return InputError(
        "the file unpacks to more than such a table can hold",
        file=path,
        value=f"{size / 1e6:,.0f} MB",
        fix="Unpack it, and give the table as CSV or Parquet.",
    )


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Every sheet's rows of cell values, by its name.

    Raises InputError when the file is no workbook.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(part.file_size for part in archive.infolist())
        if size > LARGEST:
            raise too_large(path, size)
        with warnings.catch_warnings():
            # Publishers' drawing extensions are of no interest.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, data_only=True, keep_links=False)
    except (InputError, PermissionError):
        raise
    except Exception as error:  # whatever a parser says about a file that is none
        raise InputError("This is not an Excel workbook (.xlsx)", file=path) from error
    for sheet in book.worksheets:
        if sheet.max_row * sheet.max_column > CELLS:
            raise InputError(
                "the sheet reaches to a cell far away",
                file=path,
                row=sheet.max_row,
                column=sheet.title,
                fix="Delete the rows and columns below and right of the table, or save it as CSV.",
            )
    return {
        sheet.title: [list(cells) for cells in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }
