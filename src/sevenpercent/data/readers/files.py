"""Read published text files as strings and check what they hold, naming file, row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.errors import InputError, demand

ANY = "any"
"""Encoding of a file that may be UTF-8, Windows-1252 or Latin-1: the first that fits is taken."""


def decode(path: Path, encoding: str = ANY) -> str:
    """Text of a published file, without a byte order mark; its lines end in LF whatever it has.

    Raises InputError when the file cannot be read, or is not text of that encoding.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("The file cannot be read", file=path, value=error.strerror) from error
    for name in ("utf-8", "cp1252", "latin-1") if encoding == ANY else (encoding,):
        try:
            text = content.decode(name)
        except UnicodeDecodeError as error:
            if encoding != ANY:
                problem = f"The file is not {encoding} text"
                raise InputError(problem, file=path, value=str(error)) from error
            continue
        return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    raise InputError("The file is not text", file=path)


def read_table(
    path: Path, columns: Iterable[str] = (), *, delimiter: str = ",", encoding: str = "utf-8"
) -> pd.DataFrame:
    """Read a delimited file, every cell as a stripped string; an empty cell stays empty.

    Returns the cells, and in the index the line of the file on which each record ends (header: 1).
    Raises InputError when the file cannot be decoded, has no header, lacks a column, or a record
    has cells beyond the header's.

    `path`: file to read. A byte order mark is dropped; lines may end in LF, CRLF or CR; `columns`:
    columns that must be there; `delimiter, encoding`: how the publisher wrote it; see `decode`.
    """
    stream = io.StringIO(decode(path, encoding))
    reader = csv.reader(stream, delimiter=delimiter)
    header = [cell.strip() for cell in next(reader, [])]
    if not header:
        raise InputError("The file is empty", file=path)
    for column in columns:
        demand(column, header, "The file lacks a column", told="column", file=path)
    rows, lines, width = [], [], len(header)
    for record in reader:
        row = [cell.strip() for cell in record]
        if any(row[width:]):
            raise InputError("More cells than the header has", file=path, row=reader.line_num)
        if any(row):
            rows.append(row[:width] + [""] * (width - len(row)))
            lines.append(reader.line_num)
    return pd.DataFrame(rows, columns=header, index=pd.Index(lines, name="row"), dtype="str")


def refuse(
    wrong: pd.Series[bool], cells: pd.Series[Any], path: object, problem: str, fix: str = ""
) -> None:
    """Refuse a file with the first cell that is `wrong`, if there is one.

    `wrong`: whether each cell is wrong, in the order of `cells`; `cells`: what is printed, indexed
    by line of the file and named as its column; `path`: the file; `problem, fix`: what the message
    says.
    """
    if wrong.any():
        at = int(wrong.to_numpy().argmax())
        raise InputError(
            problem, file=path, row=int(cells.index[at]), column=cells.name, value=cells.iloc[at],
            fix=fix,
        )  # fmt: skip


def numbers(
    column: pd.Series[Any], path: Path, missing: Iterable[str] = ("", "NA")
) -> pd.Series[Any]:
    """Turn strings of `read_table` into floats; thousands separators are dropped.

    Raises InputError naming the row and column of the first cell that is not a number.

    `column`: strings, indexed by line of the file; `path`: the file, for messages; `missing`:
    spellings of a missing value, which become NaN.
    """
    bare = column.str.replace(",", "", regex=False)
    known = ~bare.isin(list(missing))
    values = pd.to_numeric(bare.where(known), errors="coerce").astype("float64")
    refuse(values.isna() & known, column, path, "Not a number")
    return values


def counts(column: pd.Series[Any], path: Path) -> pd.Series[int]:
    """Turn strings of `read_table` into ``Int64``; thousands separators are dropped, blank is null.

    Raises InputError naming the row and column of the first cell that is not a whole number, or is
    negative.
    """
    bare = column.str.replace(",", "", regex=False)
    known = bare.fillna("") != ""
    wrong = known & ~bare.str.fullmatch(r"\d+(\.0+)?").fillna(False).astype(bool)
    refuse(wrong, column, path, "A count is not a whole number")
    return pd.to_numeric(bare.where(known)).astype("Float64").astype("Int64")


def dates(column: pd.Series[Any], path: Path, form: str) -> pd.Series[pd.Timestamp]:
    """Turn strings of `read_table`, written as `form` says, into dates.

    Raises InputError naming the row and column of the first cell that is no date.
    """
    read = pd.to_datetime(column, format=form, errors="coerce")
    refuse(read.isna(), column, path, "Not a date")
    return read
