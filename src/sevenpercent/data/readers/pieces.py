"""The lines of a few contests in a plain text, which Arrow reads in pieces on all processors.

DuckDB reads any text, but numbers its lines on one processor. A text of whole lines that all have
as many cells as the header, with quotation marks only around cells, means the same to both; about
any other, an error is raised, and DuckDB reads it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

PIECE, BLOCK = 1 << 23, 1 << 20
"""Bytes that are read at a time, and that Arrow looks at at a time; no line may be as long."""

WORKERS = 2
BETWEEN = "\x1f"
"""Sign between the cells that a line is chosen by."""


def chosen(
    path: Path,
    head: int,
    dialect: tuple[str, Sequence[str], bool],
    needed: Sequence[str],
    where: str,
    keys: Sequence[str],
) -> pa.RecordBatchReader:
    """Lines for which a test holds, as text, each with its number in a column ``row``.

    Whoever reads from it gets an error of Arrow's at the first piece that is no such text.

    `path`: a text in UTF-8 without a mark, NUL or carriage return; `head`: line of the header;
    `dialect`: the delimiter, every column, whether there are quotation marks; `needed`: columns
    that are asked for; `where`: the test in SQL, to which an empty cell is as good as none;
    `keys`: columns that it looks at.
    """
    schema = pa.schema([("row", pa.int64()), *((name, pa.string()) for name in needed)])
    read = partial(_read, dialect, needed, keys, _verdicts(where, keys))
    return pa.RecordBatchReader.from_batches(schema, _batches(path, head, read))


def _batches(
    path: Path, head: int, read: Callable[[pa.Buffer], tuple[int, np.ndarray[Any, Any], pa.Table]]
) -> Iterator[pa.RecordBatch]:
    row, pieces = head + 1, _pieces(path, head)
    waiting: deque[Future[tuple[int, np.ndarray[Any, Any], pa.Table]]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        while True:
            while len(waiting) <= WORKERS and (piece := next(pieces, None)) is not None:
                waiting.append(pool.submit(read, piece))
            if not waiting:
                return
            count, at, table = waiting.popleft().result()
            yield from table.add_column(0, "row", pa.array(at + row)).to_batches()
            row += count


def _pieces(path: Path, head: int) -> Iterator[pa.Buffer]:
    """Whole lines below the header, about as many bytes at a time as told."""
    with path.open("rb") as stream:
        start = sum(len(stream.readline()) for _ in range(head))
    with pa.OSFile(str(path)) as source:
        while True:
            source.seek(start)
            piece = source.read_buffer(PIECE)
            if piece.size == PIECE:
                tail = memoryview(piece)[-BLOCK:].tobytes()
                if (last := tail.rfind(b"\n")) < 0:
                    raise pa.ArrowInvalid("a line is too long")
                piece = piece.slice(0, PIECE - len(tail) + last + 1)
            if not piece.size:
                return
            yield piece
            start += piece.size


def _read(
    dialect: tuple[str, Sequence[str], bool],
    needed: Sequence[str],
    keys: Sequence[str],
    verdicts: Callable[[list[str]], list[bool]],
    piece: pa.Buffer,
) -> tuple[int, np.ndarray[Any, Any], pa.Table]:
    """How many lines there are, which of them are chosen, and these."""
    delimiter, columns, quotes = dialect
    asked = [*dict.fromkeys([*needed, *keys])]
    table = csv.read_csv(
        piece,
        csv.ReadOptions(use_threads=False, block_size=BLOCK, column_names=columns),
        csv.ParseOptions(delimiter=delimiter),
        csv.ConvertOptions(
            check_utf8=False,
            column_types=dict.fromkeys(asked, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            include_columns=asked,
        ),
    )
    if quotes:
        _refuse_odd(np.frombuffer(piece, np.uint8), delimiter, table.num_rows)
    if not keys:
        return table.num_rows, np.arange(table.num_rows), table
    cells = [table[key] for key in keys]
    joined = pc.binary_join_element_wise(
        *cells, BETWEEN, null_handling="replace", null_replacement=""
    )
    coded = joined.combine_chunks().dictionary_encode()
    holds = np.array(verdicts(coded.dictionary.to_pylist()), bool)
    at = np.flatnonzero(holds[coded.indices.to_numpy()])
    return table.num_rows, at, table.select(needed).take(pa.array(at))


def _refuse_odd(text: np.ndarray[Any, Any], delimiter: str, rows: int) -> None:
    """Every other quotation mark opens a cell, every other closes one, and none holds a line."""
    at = np.flatnonzero(text == ord('"'))
    padded = np.concatenate(([10], text, [10]))
    around = np.array([10, ord(delimiter), ord('"')])
    lines = np.count_nonzero(text == 10) + (text[-1] != 10)
    paired = len(at) % 2 == 0 and np.isin(padded[at[::2]], around).all()
    if not paired or not np.isin(padded[at[1::2] + 2], around).all() or lines != rows:
        raise pa.ArrowInvalid("quotation marks inside cells")


def _verdicts(where: str, keys: Sequence[str]) -> Callable[[list[str]], list[bool]]:
    """A test in SQL, made once for each text of the cells it looks at."""
    con, seen, lock = duckdb.connect(), dict[str, bool](), Lock()

    def of(texts: list[str]) -> list[bool]:
        with lock:
            if new := [t for t in texts if t not in seen]:
                cells = list(zip(*(t.split(BETWEEN) for t in new), strict=True))
                con.register("new", pa.table(dict(zip(keys, cells, strict=True))))
                held = con.execute(f"SELECT coalesce({where}, false) FROM new").fetchall()
                seen.update((t, h) for t, (h,) in zip(new, held, strict=True))
            return [seen[t] for t in texts]

    return of
