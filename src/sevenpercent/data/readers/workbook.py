"""Read the cells of an Excel workbook."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from sevenpercent.errors import InputError


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Every sheet's rows of cell values, by its name.

    Raises
    ------
    InputError
        When the file is no workbook.
    """
    try:
        with warnings.catch_warnings():
            # Publishers' drawing extensions are of no interest.
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InputError("This is not an Excel workbook (.xlsx)", file=path) from error
    return {
        sheet.title: [list(cells) for cells in sheet.iter_rows(values_only=True)]
        for sheet in book.worksheets
    }
