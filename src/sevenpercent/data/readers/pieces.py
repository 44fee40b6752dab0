"""The lines of a few contests in a plain text, found piece by piece on all processors.

DuckDB reads any text, but numbers its lines on one processor, and reads all of them. A text whose
lines all have as many cells as the header, with quotation marks only around cells, is cut by the
places of its delimiters, and Arrow reads the lines that are asked for. About any other, an error is
raised, and DuckDB reads it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from csv import reader
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

PIECE, TOGETHER = 1 << 20, 8
"""Bytes that are cut at a time, few enough for a processor's cache; no line may be as long. So many
of these are one task."""

WORKERS = 2


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
    keys = sorted(set(keys), key=dialect[1].index)
    read = partial(_read, dialect, needed, keys, _verdicts(where, keys, dialect[0]))
    return pa.RecordBatchReader.from_batches(schema, _batches(path, head, read))


def _batches(
    path: Path, head: int, read: Callable[[list[pa.Buffer]], tuple[int, pa.Table]]
) -> Iterator[pa.RecordBatch]:
    row, pieces = head + 1, _pieces(path, head)
    waiting: deque[Future[tuple[int, pa.Table]]] = deque()
    with ThreadPoolExecutor(WORKERS) as pool:
        while True:
            while len(waiting) <= WORKERS and (task := list(islice(pieces, TOGETHER))):
                waiting.append(pool.submit(read, task))
            if not waiting:
                return
            count, table = waiting.popleft().result()
            yield from table.set_column(0, "row", pc.add(table["row"], row)).to_batches()
            row += count


def _pieces(path: Path, head: int) -> Iterator[pa.Buffer]:
    """Whole lines below the header."""
    with path.open("rb") as stream:
        start = sum(len(stream.readline()) for _ in range(head))
    with pa.OSFile(str(path)) as source:
        while True:
            source.seek(start)
            piece = source.read_buffer(PIECE)
            if piece.size == PIECE:
                piece = piece.slice(0, piece.to_pybytes().rfind(b"\n") + 1)
                if not piece.size:
                    raise pa.ArrowInvalid("a line is too long")
            if not piece.size:
                return
            yield piece
            start += piece.size


def _read(
    dialect: tuple[str, Sequence[str], bool],
    needed: Sequence[str],
    keys: Sequence[str],
    verdicts: Callable[[list[bytes]], list[bool]],
    task: list[pa.Buffer],
) -> tuple[int, pa.Table]:
    """How many lines there are, and those chosen with their places among them."""
    count, rows, texts = 0, [], []
    for piece in task:
        lines, at, text = _lines(dialect, keys, verdicts, piece)
        rows.append(at + count)
        texts.append(text)
        count += lines
    row = pa.array(np.concatenate(rows))
    if not len(row):
        return count, pa.table({"row": row, **{n: pa.array([], pa.string()) for n in needed}})
    reading = csv.ReadOptions(use_threads=False, block_size=PIECE, column_names=dialect[1])
    parsing = csv.ParseOptions(delimiter=dialect[0])
    cells = {"column_types": dict.fromkeys(needed, pa.string()), "include_columns": needed}
    empty = {"null_values": [""], "strings_can_be_null": True}
    converting = csv.ConvertOptions(check_utf8=False, **cells, **empty)
    table = csv.read_csv(pa.py_buffer(b"".join(texts)), reading, parsing, converting)
    if table.num_rows != len(row):
        raise pa.ArrowInvalid("a line ends within a cell")
    return count, table.add_column(0, "row", row)


def _lines(
    dialect: tuple[str, Sequence[str], bool],
    keys: Sequence[str],
    verdicts: Callable[[list[bytes]], list[bool]],
    piece: pa.Buffer,
) -> tuple[int, np.ndarray[Any, Any], pa.Buffer]:
    """How many lines there are, which of them are chosen, and the text of these."""
    delimiter, columns, quotes = dialect
    text = np.frombuffer(piece, np.uint8)
    ends = text == ord("\n")
    stops = ends | (text == ord(delimiter))
    if quotes:
        outside = ~_inside(text, delimiter)
        ends &= outside
        stops &= outside
    at = np.flatnonzero(stops)
    if cut := not ends[-1]:  # the last line of a file
        at = np.append(at, len(text))
    count = len(at) // len(columns)
    last = at[len(columns) - 1 :: len(columns)]
    lines = np.count_nonzero(ends) + cut
    if len(at) != count * len(columns) or lines != count or not ends[last[: count - cut]].all():
        raise pa.ArrowInvalid("a line has not as many cells as the header")
    every = np.arange(count)
    if not keys:
        return count, every, piece
    starts = np.zeros(len(at) + 1, np.int32)
    np.add(at, 1, out=starts[1:], casting="unsafe")
    starts[-1] = len(text)
    cells = _strings(starts, piece)
    each = [cells.take(pa.array(every * len(columns) + columns.index(k))) for k in keys]
    coded = pc.binary_join_element_wise(*each, b"").dictionary_encode()
    holds = np.array(verdicts(coded.dictionary.to_pylist()), bool)
    chosen = np.flatnonzero(holds[coded.indices.to_numpy()])
    picked = _strings(np.ascontiguousarray(starts[:: len(columns)]), piece).take(pa.array(chosen))
    _, offsets, taken = picked.buffers()
    return count, chosen, taken.slice(0, int(np.frombuffer(offsets, np.int32)[len(chosen)]))


def _strings(starts: np.ndarray[Any, Any], text: pa.Buffer) -> pa.Array:
    """Parts of a text without a copy of it."""
    return pa.Array.from_buffers(pa.binary(), len(starts) - 1, [None, pa.py_buffer(starts), text])


def _inside(text: np.ndarray[Any, Any], delimiter: str) -> np.ndarray[Any, Any]:
    """Which bytes stand in quotation marks; every other mark opens a cell, every other closes one."""
    marks = text == ord('"')
    at = np.flatnonzero(marks)
    padded = np.concatenate(([10], text, [10]))
    around = np.array([10, ord(delimiter), ord('"')])
    opens, closes = padded[at[::2]], padded[at[1::2] + 2]
    if len(at) % 2 or not np.isin(np.concatenate((opens, closes)), around).all():
        raise pa.ArrowInvalid("quotation marks inside cells")
    return np.logical_xor.accumulate(marks)


def _verdicts(
    where: str, keys: Sequence[str], delimiter: str
) -> Callable[[list[bytes]], list[bool]]:
    """A test in SQL, made once for each text of the cells it looks at, as they stand in a line."""
    con, seen, lock = duckdb.connect(), dict[bytes, bool](), Lock()

    def of(texts: list[bytes]) -> list[bool]:
        with lock:
            if new := [t for t in texts if t not in seen]:
                bare = [t[:-1] if t.endswith((b"\n", delimiter.encode())) else t for t in new]
                rows = [next(reader([t.decode()], delimiter=delimiter)) or [""] for t in bare]
                cells = [pa.array(c, pa.string()) for c in zip(*rows, strict=True)]
                con.register("new", pa.table(dict(zip(keys, cells, strict=True))))
                held = con.execute(f"SELECT coalesce({where}, false) FROM new").fetchall()
                seen.update((t, h) for t, (h,) in zip(new, held, strict=True))
            return [seen[t] for t in texts]

    return of
