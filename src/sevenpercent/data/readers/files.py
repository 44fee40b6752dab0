"""Read published text files as strings and check what they hold, naming file, row and column."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.errors import InputError, nearest


def read_table(
    path: Path,
    columns: Iterable[str] = (),
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    skip: int = 0,
) -> pd.DataFrame:
    """Read a delimited file, every cell as a stripped string; an empty cell stays empty.

    Parameters
    ----------
    path : Path
        File to read. A byte order mark is dropped; lines may end in LF, CRLF or CR.
    columns : iterable of str
        Columns that must be there.
    delimiter, encoding : str
        How the publisher wrote it.
    skip : int
        Lines before the header.

    Returns
    -------
    pandas.DataFrame
        The cells, and in the index the line of the file on which each record ends (header: 1).

    Raises
    ------
    InputError
        When the file cannot be decoded, has no header, lacks a column, or a record has cells
        beyond the header's.
    """
    try:
        with path.open(encoding=encoding, newline=None) as stream:
            for _ in range(skip):
                stream.readline()
            reader = csv.reader(stream, delimiter=delimiter)
            header = [cell.strip().lstrip("\ufeff") for cell in next(reader, [])]
            rows, lines = [], []
            for record in reader:
                if any(cell.strip() for cell in record):
                    rows.append([cell.strip() for cell in record])
                    lines.append(reader.line_num + skip)
    except UnicodeDecodeError as error:
        raise InputError(f"The file is not {encoding} text", file=path, value=str(error)) from error
    except OSError as error:
        raise InputError("The file cannot be read", file=path, value=error.strerror) from error
    if not header:
        raise InputError("The file is empty", file=path)
    for column in columns:
        if column not in header:
            raise InputError(
                "A column is missing", file=path, column=column, fix=nearest(column, header)
            )
    width = len(header)
    for line, row in zip(lines, rows, strict=True):
        if any(row[width:]):
            raise InputError("More cells than the header has", file=path, row=line)
    padded = [row[:width] + [""] * (width - len(row)) for row in rows]
    return pd.DataFrame(padded, columns=header, index=pd.Index(lines, name="row"), dtype="str")


def numbers(
    column: pd.Series[Any], path: Path, missing: Iterable[str] = ("", "NA")
) -> pd.Series[Any]:
    """Turn strings of `read_table` into floats; thousands separators are dropped.

    Parameters
    ----------
    column : pandas.Series
        Strings, indexed by line of the file.
    path : Path
        The file, for messages.
    missing : iterable of str
        Spellings of a missing value, which become NaN.

    Raises
    ------
    InputError
        Naming the row and column of the first cell that is not a number.
    """
    bare = column.str.replace(",", "", regex=False)
    values = pd.to_numeric(bare.mask(bare.isin(list(missing))), errors="coerce").astype("float64")
    wrong = values.isna() & ~bare.isin(list(missing))
    if wrong.any():
        line = column.index[wrong][0]
        raise InputError(
            "Not a number", file=path, row=line, column=column.name, value=column.loc[line]
        )
    return values
