"""Any table on disk as rows of text in DuckDB: delimited text, zip, workbook or Parquet.

Files may be far larger than memory: they are decoded in Python to a temporary UTF-8 file, read by
DuckDB from there, and only sums come back.
"""

from __future__ import annotations

import codecs
import csv
import glob
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import duckdb

from sevenpercent.data.readers import pieces
from sevenpercent.data.readers.workbook import sheets, too_large
from sevenpercent.data.rules.base import SPACERS
from sevenpercent.data.rules.votes import TOTAL_NAMES
from sevenpercent.errors import InputError
from sevenpercent.folders import scratch

MEMORY, LESS = "384MB", "160MB"
"""Memory that DuckDB may use before it writes to the disk: where it reads a text itself, whose lines
may be long, and where it is given the lines."""

NUL = "\u2400"
"""Sign that stands for a NUL byte, so that its cell can be named."""

PLUS = " + "
"""Between the names of columns that are added up."""

CHUNK = 1 << 20
DELIMITERS = (",", "\t", ";", "|")
HEADER_WITHIN, CLEAR = 15, 3
"""Lines in which the header is sought; known names from which on a sheet of a workbook is one."""
MOSTLY = 0.9
"""Share of a column's filled cells that are numbers, or are filled, from which on it is a rule."""

LINE, FLATTENED = 10_000_000, 50_000_000
"""Bytes of a line at most, and of a text whose cells may go over several lines."""
LONGEST = 100_000
"""Letters of a line that is looked at as a header, fewer than the csv module takes in one cell."""
LARGE, DENSE = 50_000_000, 200
"""Bytes that a part of a zip may unpack to whatever it is, and above that, how many for each
packed: tables of votes shrink to a tenth or a thirtieth."""
TEXTS = (".csv", ".tsv", ".txt", ".tab")


@dataclass(frozen=True)
class Lines:
    """One open file.

    `con`: holds the view ``lines``: ``row`` (line of the file, the header's being `head`) and every
    column as text, under its name; `columns`: names as printed, in order; `encoding`: ``utf-8``,
    ``cp1252``, ``utf-16``, empty for workbooks and Parquet; `bom`: whether the file begins with a
    byte order mark; `plain`: the same as text in UTF-8, none of Parquet; `quotes`: whether there
    may be quotation marks in it.
    """

    path: Path
    con: duckdb.DuckDBPyConnection
    columns: tuple[str, ...]
    head: int
    encoding: str = ""
    bom: bool = False
    plain: Path | None = None
    delimiter: str = ","
    quotes: bool = True

    def pick(self, needed: Sequence[str], where: str, keys: Sequence[str], query: str) -> None:
        """Run a query over ``picked``: columns of the lines where a test holds that looks at `keys`.

        To the test, in SQL, an empty cell must be as good as none.
        """
        if self.plain is not None:
            dialect = self.delimiter, self.columns, self.quotes
            self.con.execute(f"SET memory_limit='{LESS}'")
            try:
                self.con.register(
                    "picked", pieces.chosen(self.plain, self.head, dialect, needed, where, keys)
                )
                self.con.execute(query)
                return
            except duckdb.Error:  # an odd line: DuckDB reads it, or says what is wrong
                pass
            finally:
                self.con.unregister("picked")
                self.con.execute(f"SET memory_limit='{MEMORY}'")
        self.con.execute(f"CREATE TEMP VIEW picked AS SELECT * FROM lines WHERE {where}")
        try:
            self.con.execute(query)
        finally:
            self.con.execute("DROP VIEW picked")


@contextmanager
def opened(path: Path, wanted: Sequence[str] = ()) -> Iterator[Lines]:
    """Open a file as rows of text.

    Raises InputError when the file is missing or none of these, or has no header or no rows.

    `path`: ``.csv``, ``.tsv``, ``.txt``, a zip with one of these, ``.xlsx`` or ``.parquet``;
    `wanted`: names (letters and digits) of columns that tell the header from a title above it.
    """
    if not path.is_file():
        raise InputError("no such file", file=path, fix="Check the path.")
    stamp = _stamp(path)
    with scratch() as work:
        con = duckdb.connect()
        try:
            con.execute(f"SET memory_limit='{MEMORY}'; SET threads=2")
            con.execute(f"SET temp_directory='{work}'")
            con.execute("SET preserve_insertion_order=true")
            yield _view(con, path, work, wanted)
            if stamp != _stamp(path):
                fix = "Wait until it is written, and give the same command again."
                raise InputError("the file was changed while it was read", file=path, fix=fix)
        except duckdb.Error as error:
            if isinstance(error, duckdb.OutOfMemoryException):
                fix = "Give a file with fewer columns."
                raise InputError("the table takes too much memory", file=path, fix=fix) from error
            at = re.search(r"CSV Error on Line: (\d+)\n\s*(.*)", str(error))
            what = "The file cannot be read as a table"
            value = at[2] if at else str(error).splitlines()[0].partition(": ")[2]
            raise InputError(what, file=path, row=at and int(at[1]), value=value) from error
        finally:
            con.close()


def _stamp(path: Path) -> tuple[int, int, int]:
    now = path.stat()
    return now.st_size, now.st_mtime_ns, now.st_ino


def letters(name: object) -> str:
    """Letters and digits of a column's name in lower case, by which columns are recognised."""
    return re.sub(r"[^a-z0-9]", "", str(name).lower())


def identifier(name: str) -> str:
    """A name in small letters, digits and underscores, as a scenario can use it."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60]


def quoted(name: str) -> str:
    """Name of a column for SQL."""
    return '"' + name.replace('"', '""') + '"'


def field_of(columns: Mapping[str, str], constants: Mapping[str, str], name: str) -> str:
    """SQL for a field: its column, else the constant, else the empty text."""
    constant = constants.get(name, "").replace("'", "''")
    if name in columns:
        return f"coalesce(nullif(trim({quoted(columns[name])}), ''), '{constant}')"
    return f"'{constant}'"


def _view(con: duckdb.DuckDBPyConnection, path: Path, work: Path, wanted: Sequence[str]) -> Lines:
    kind = path.suffix.lower()
    if kind == ".parquet":
        con.execute(
            "CREATE VIEW lines AS SELECT row_number() OVER () + 1 AS row, "
            f"CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({_named(path)}, hive_partitioning=false)"
        )
        columns = tuple(c[0] for c in con.execute("DESCRIBE lines").fetchall()[1:])
        return Lines(path, con, columns, 1)
    encoding, bom, quotes, marked = "", False, 1, False
    plain = work / "plain.csv"
    if kind in (".xlsx", ".xlsm"):
        _write_sheet(path, plain, wanted)
    elif kind == ".zip":
        encoding, bom, marked, quotes = _unzip(path, plain)
    elif kind in TEXTS:
        encoding, bom, clean, quotes = _encoding(path.open("rb"), path)
        if clean:
            plain = path
        else:
            with path.open("rb") as stream:
                marked, quotes = _decode(stream, plain, encoding, bom)
    else:
        fix = "Give a .csv, .tsv, .txt, .zip, .xlsx or .parquet file."
        raise InputError("this kind of file cannot be read", file=path, value=kind, fix=fix)
    delimiter, head, columns = _header(plain, path, wanted)
    flat = work / "flat.csv"
    if quotes % 2 == 0 and _flattened(plain, flat, delimiter, len(columns)):
        plain = flat
        delimiter, head, columns = _header(plain, path, wanted)
    beyond = max([*columns, "x"], key=len) + "+"  # no column's name
    names = ", ".join(f"{_text(c)}: 'VARCHAR'" for c in [*columns, beyond])
    con.execute(
        f"CREATE VIEW wide AS SELECT row_number() OVER () + {head} AS row, * FROM read_csv("
        f"{_named(plain)}, delim={_text(delimiter)}, quote='\"', escape='\"', header=false, "
        f"skip={head}, columns={{{names}}}, null_padding=true, strict_mode=false, "
        f"auto_detect=false, ignore_errors=false, max_line_size={LINE}, hive_partitioning=false)"
    )
    con.execute(f"CREATE VIEW lines AS SELECT * EXCLUDE ({quoted(beyond)}) FROM wide")
    file = Lines(path, con, columns, head, encoding, bom, plain, delimiter, quotes > 0)
    if marked:
        _refuse(file, f"contains({{}}, '{NUL}')", "a cell holds a NUL byte", "Save the file again.")
    if plain.stat().st_size <= FLATTENED:
        more = f"trim({quoted(beyond)}) <> ''"
        found = con.execute(
            f"SELECT count(*) FILTER (NOT coalesce({more}, false)), count(*) FILTER ({more}), "
            f"min(row) FILTER ({more}), arg_min({quoted(beyond)}, row) FILTER ({more}) FROM wide"
        )
        as_headed, wider, row, value = found.fetchall()[0]
        if 0 < wider <= as_headed:  # else the line that was taken for the header is none
            what = f"the row has more cells than the header has names ({len(columns)})"
            fix = "Take the cell out, or put the text that holds the separator in quotation marks."
            raise InputError(what, file=path, row=row, value=value[:60], fix=fix)
    if encoding and quotes % 2:
        swallowed = f"contains({{}}, chr(10)) AND contains({{}}, {_text(delimiter)})"
        _refuse(file, swallowed, "a quotation mark is not closed", "Close it, or take it out.")
    if plain.stat().st_size <= FLATTENED:
        _refuse_short(file)
    return file


def _refuse_short(file: Lines) -> None:
    """Refuse a row of too few cells: what stands in it would be read under other names.

    A note under a table, or a row of totals, is no row of it. A last cell that other rows leave empty
    too may have been left out, and so may words, if what is there stands where it does in other rows.
    """
    last, width = quoted(file.columns[-1]), len(file.columns)
    count = f"SELECT count({last}), count(*) FILTER ({last} IS NULL) FROM lines"
    filled, empty = file.con.execute(count).fetchall()[0]
    if file.plain is None or not empty or not filled:
        return
    short: list[tuple[int, list[str]]] = []
    whole, told, numbers = 0, [0] * width, [0] * width
    with file.plain.open(encoding="utf-8", newline="") as stream, suppress(csv.Error):
        reader = csv.reader(stream, delimiter=file.delimiter)
        for cells in reader:
            if reader.line_num <= file.head or not any(map(str.strip, cells)):
                continue
            if len(cells) < width:
                short.append((reader.line_num, cells))
                continue
            whole += 1
            for at in range(width):
                told[at] += bool(cells[at].strip())
                numbers[at] += _is_number(cells[at])
    share = [n / max(t, 1) for n, t in zip(numbers, told, strict=True)]
    kinds = [s >= MOSTLY if abs(s - 0.5) >= MOSTLY - 0.5 else None for s in share]  # None: mixed
    ends_full = kinds[-1] and told[-1] >= MOSTLY * whole
    if len(short) > whole:  # the header is of something else
        return
    for row, cells in short:
        there = [(_is_number(c), k) for c, k in zip(cells, kinds, strict=False) if c.strip()]
        moved = any(k is not None and number != k for number, k in there)
        if not any(number for number, _ in there) or TOTAL_NAMES.match(cells[0].strip()):
            continue
        if moved or ends_full:
            what = f"the row has fewer cells ({len(cells)}) than the header has names ({width})"
            fix = "Put the cell that is missing in its place, empty if nobody knows it."
            raise InputError(what, file=file.path, row=row, value=", ".join(cells)[:60], fix=fix)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(rf"[-+(]?[\d.{SPACERS}]*\d[)%]?", cell.strip()))


def _flattened(plain: Path, target: Path, delimiter: str, width: int) -> bool:
    """Write each record on one line and empty ones for the rest of it, so that a row keeps its number.

    Returns whether some cell goes over several lines, or some line is blank.
    """
    if plain.stat().st_size > FLATTENED:
        return False
    with plain.open(encoding="utf-8") as stream:
        if not any(line.count('"') % 2 or line.isspace() for line in stream):
            return False
        stream.seek(0)
        reader, done, at = csv.reader(stream, delimiter=delimiter), 0, 1
        with target.open("w", encoding="utf-8", newline="\n") as out, suppress(csv.Error):
            writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
            for record in reader:
                if record:
                    out.write((delimiter * (width - 1) + "\n") * (at - 1 - done))
                    writer.writerow(" ".join(cell.splitlines()) for cell in record)
                    done = at
                at = reader.line_num + 1
            return True
    return False


def _refuse(file: Lines, test: str, problem: str, fix: str) -> None:
    """Name the first cell that a test in SQL finds."""
    for column in file.columns:
        name = quoted(column)
        found = file.con.execute(
            f"SELECT row, {name} FROM lines WHERE {test.format(*[name] * test.count('{}'))} "
            "ORDER BY row LIMIT 1"
        ).fetchall()
        if found:
            row, value = found[0]
            raise InputError(
                problem, file=file.path, row=row, column=column, value=value[:60], fix=fix
            )


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _named(path: Path) -> str:
    """A file for SQL, and no other: nothing in its name is a pattern or a home folder."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        fix = "Give it another name."
        raise InputError("the file's name is not UTF-8 text", file=path, fix=fix) from None
    return _text(glob.escape(str(path.absolute())))


def _encoding(stream: BinaryIO, path: Path) -> tuple[str, bool, bool, int]:
    """Encoding, byte order mark, whether it can be read as it is, and if so, how many quotation marks.

    UTF-8 when the whole of it is valid, else Windows-1252; refused where a line has no end.
    """
    with stream:
        start = stream.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16", True, False, 0
        bom = start.startswith(codecs.BOM_UTF8)
        clean = not bom
        decoder = codecs.getincrementaldecoder("utf-8")()
        chunk = start
        quotes = run = 0
        try:
            while chunk:
                run = 0 if b"\n" in chunk or b"\r" in chunk else run + len(chunk)
                if run > LINE:
                    fix = "A table has a line for each place, candidate or machine."
                    raise InputError(f"a line has more than {LINE:,} letters", file=path, fix=fix)
                if not chunk.isascii() or decoder.getstate()[0]:
                    decoder.decode(chunk)
                quotes += chunk.count(b'"') if b'"' in chunk else 0
                clean = clean and b"\r" not in chunk and b"\0" not in chunk
                chunk = stream.read(CHUNK)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", bom, False, 0
    return "utf-8", bom, clean, quotes


def _decode(stream: BinaryIO, target: Path, encoding: str, bom: bool) -> tuple[bool, int]:
    """Write a text as UTF-8; give whether it had a NUL byte, now a sign, and its quotation marks."""
    name = "utf-8-sig" if encoding == "utf-8" and bom else encoding
    # A few publishers leave bytes that Windows-1252 does not define; they become U+FFFD, which a
    # data rule then reports with its place.
    marked, quotes = False, 0
    reader = io.TextIOWrapper(stream, encoding=name, errors="replace", newline=None)
    with target.open("w", encoding="utf-8", newline="\n") as out:
        while chunk := reader.read(CHUNK):
            marked = marked or "\0" in chunk
            quotes += chunk.count('"')
            out.write(chunk.replace("\0", NUL))
    return marked, quotes


def _unzip(path: Path, target: Path) -> tuple[str, bool, bool, int]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if Path(n).suffix.lower() in TEXTS]
            names = [n for n in names if not Path(n).name.startswith((".", "_"))]
            if len(names) != 1:
                what = "the zip must hold one table of text"
                fix = "Unpack it and name the file."
                raise InputError(what, file=path, value=", ".join(names) or "none", fix=fix)
            part = archive.getinfo(names[0])
            if part.file_size > max(LARGE, DENSE * part.compress_size):
                raise too_large(path, part.file_size)
            with archive.open(names[0]) as first:
                encoding, bom, *_ = _encoding(first, path)  # type: ignore[arg-type]
            with archive.open(names[0]) as stream:
                return encoding, bom, *_decode(stream, target, encoding, bom)  # type: ignore[arg-type]
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise InputError("this is not a whole zip", file=path, fix="Fetch it again.") from error
    except (NotImplementedError, RuntimeError) as error:
        raise InputError(
            "the zip cannot be unpacked", file=path, value=str(error), fix="Unpack it yourself."
        ) from error


def _write_sheet(path: Path, target: Path, wanted: Sequence[str]) -> None:
    book = sheets(path)
    hits = {name: _hits(rows, wanted) for name, rows in book.items()}
    alike = [n for n, many in hits.items() if many == max(hits.values()) and len(book[n]) > 1]
    if len(alike) > 1 and hits[alike[0]] >= CLEAR:
        what = "several sheets may be the table"
        fix = "Save the one that counts as a file of its own."
        raise InputError(what, file=path, value=", ".join(alike[:8]), fix=fix)
    best = max(book.values(), key=lambda rows: (_hits(rows, wanted), len(rows)), default=[])
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        for cells in best:
            writer.writerow(["" if c is None else _cell(c) for c in cells])


def _hits(rows: Sequence[Sequence[Any]], wanted: Sequence[str]) -> int:
    return max(
        (len({letters(c) for c in cells} & set(wanted)) for cells in rows[:HEADER_WITHIN]),
        default=0,
    )


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).split())


def _header(plain: Path, path: Path, wanted: Sequence[str]) -> tuple[str, int, tuple[str, ...]]:
    """Delimiter, line and names of the header: the first lines are tried, the best one is taken."""
    with plain.open(encoding="utf-8") as stream:
        start = [stream.readline(LONGEST) for _ in range(HEADER_WITHIN)]
    if not start[0].strip() and not any(line.strip() for line in start):
        raise InputError("the file is empty", file=path)
    best: tuple[int, int, int, str, list[str]] | None = None
    for delimiter in DELIMITERS:
        for number, line in enumerate(start, start=1):
            if not line.strip():
                continue
            cells = next(csv.reader([line], delimiter=delimiter), [])
            named = [c for c in cells if c.strip() and not re.fullmatch(r"[-\d., ]+", c.strip())]
            score = (len({letters(c) for c in cells} & set(wanted)), len(named), -number)
            if best is None or score > best[:3]:
                best = (*score, delimiter, cells)
    assert best is not None
    number, delimiter, cells = -best[2], best[3], best[4]
    if number > 1:
        cells = _two_rows(next(csv.reader([start[number - 2]], delimiter=delimiter), []), cells)
    names: list[str] = []
    taken = {"row"}
    for at, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {at}"
        while name.lower() in taken:
            name += "_"
        taken.add(name.lower())
        names.append(name)
    if len(names) < 2:
        fix = "Give a table with the names of its columns in the first lines."
        if start[0].startswith("version https://git-lfs"):
            fix = "This is a pointer of Git LFS: fetch the file itself (git lfs pull)."
        if start[0].lstrip()[:5].lower() in ("<html", "<!doc"):
            fix = "This is a web page: save the table itself."
        value = start[0].strip()[:60]
        raise InputError(
            "no header with several columns", file=path, row=number, value=value, fix=fix
        )
    return delimiter, number, tuple(names)


def _two_rows(above: list[str], cells: list[str]) -> list[str]:
    """Names that stand twice, told apart by the row above: ``Democratic`` over ``Total``.

    A cell above holds for the empty ones to its right, as merged cells of a workbook do.
    """
    told = [c.strip() for c in cells]
    if len(above) != len(cells) or len(set(told)) == len(told):
        return cells
    over, held = [], ""
    for cell in above:
        held = cell.strip() or held
        over.append(held)
    return [
        f"{up} {name}".strip() if name and told.count(name) > 1 else name
        for up, name in zip(over, told, strict=True)
    ]
