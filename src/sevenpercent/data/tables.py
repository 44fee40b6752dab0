"""Load the committed tables, with their names and types checked against ``datapackage.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sevenpercent import hashes, paths
from sevenpercent.errors import InputError, demand
from sevenpercent.folders import held

ARROW_TYPES: dict[str, Any] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "array": pa.list_(pa.float32()),
}
"""Storage type of each Frictionless field type."""

_ACCEPTED = {
    "string": lambda t: pa.types.is_string(t) or pa.types.is_large_string(t),
    "integer": pa.types.is_integer,
    "number": pa.types.is_floating,
    "boolean": pa.types.is_boolean,
    "array": lambda t: pa.types.is_list(t) or pa.types.is_large_list(t),
}


JOURNAL = ".journal"
"""File of a folder whose tables are just being replaced."""


def load(name: str, data: Path = paths.DATA) -> pd.DataFrame:
    """Read table `name` of the folder `data`.

    Returns a copy that the caller may change. Strings are ``str``, integers ``Int64``, numbers
    ``float64``, booleans ``boolean``, arrays NumPy arrays; columns in the described order. Raises
    InputError when the description or the file is missing or unreadable, or when a column is
    missing, unexpected or of another type than described.

    `name`: name of a resource in ``datapackage.json``, which is also the name of its file; `data`:
    folder that holds ``datapackage.json`` and the Parquet files.
    """
    return read(_file(name, data), described_fields(name, data))


def read(path: Path, fields: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Read the file of a table, of which the names and types of `fields` are known."""
    stamp = path.stat()
    # A shallow copy: pandas copies what the caller writes into.
    return _read(path, fields, stamp.st_mtime_ns, stamp.st_size).copy(deep=False)


def where(name: str, folder: str | None) -> Path:
    """Folder that holds table `name` for a book with tables of its own in `folder`.

    `name`: table; `folder`: folder below the root of the project; a table that it does not describe
    is taken from ``data/``.
    """
    own = paths.ROOT / folder if folder else paths.DATA
    finish(own)
    if own != paths.DATA and (own / "datapackage.json").is_file() and name in describe(own):
        return own
    return paths.DATA


def finish(folder: Path) -> None:
    """Put new tables in the place of the old ones, where all of them are written.

    A process that is ended meanwhile leaves its journal, and whoever looks next goes on with it:
    a reader finds all old tables or all new ones.
    """
    if (folder / JOURNAL).is_file():
        for new in folder.glob(".*.new"):
            with suppress(FileNotFoundError):  # another process was quicker
                new.replace(folder / new.name.removeprefix(".").removesuffix(".new"))
        (folder / JOURNAL).unlink(missing_ok=True)


@contextmanager
def replacing(folder: Path) -> Iterator[Callable[[str], Path]]:
    """Write files that take the place of those of the same names, all of them or none.

    Gives the path to write for a file's name. What a process that was ended left behind is
    completed or cleared first.
    """

    def clear() -> None:
        for half in folder.glob(".*.new"):
            half.unlink(missing_ok=True)

    with held(folder):
        finish(folder)
        clear()
        try:
            yield lambda name: folder / f".{name}.new"
        except BaseException:
            clear()
            raise
        (folder / JOURNAL).write_text("All .new files are whole.\n", encoding="utf-8")
        finish(folder)


Load = Callable[[str], pd.DataFrame]
"""Gives a table by its name."""


def loader(folder: str | None) -> Load:
    """Give the function that loads a table by name for a book with tables in `folder`."""
    return lambda name: load(name, where(name, folder))


def describe(data: Path = paths.DATA) -> dict[str, dict[str, Any]]:
    """Give every resource of ``datapackage.json`` in the folder `data`, by name.

    Raises InputError when the file is missing or is not a data package.
    """
    finish(data)
    package = data / "datapackage.json"
    if not package.is_file():
        what = "The description of the tables is missing"
        raise InputError(what, file=package, fix="Restore it from the repository.")
    stamp = package.stat()
    return _describe(package, stamp.st_mtime_ns, stamp.st_size)


def years(name: str, folder: str | None) -> tuple[int, int] | None:
    """First and last year that the title of a table names; None where it names none.

    A table of a book's own was read from a file, whose years are not those of the table in ``data/``.
    """
    place = where(name, folder)
    if place != paths.DATA:
        return None
    found = re.search(
        r"\b((?:19|20)\d\d)(?:[-–]((?:19|20)\d\d))?\b", str(describe()[name]["title"])
    )
    return (int(found[1]), int(found[2] or found[1])) if found else None


def listed(folder: str | None, read: Collection[str]) -> pd.DataFrame:
    """Tables that a book can read, with where they come from.

    Returns ``table``, ``title``, ``rows``, ``sources`` and ``folder``.

    `folder`: as in :func:`where`; without one, every table of ``data/`` is listed; `read`: tables
    that a book with a folder of its own reads; those it lacks come from ``data/``.
    """
    common = describe()
    home = paths.ROOT / folder if folder else paths.DATA
    own = describe(home) if folder and (home / "datapackage.json").is_file() else {}
    rest = set(read) - set(own) if folder else set(common)
    names = [*((n, own[n], str(folder)) for n in sorted(own)),
             *((n, common[n], "data") for n in sorted(rest))]  # fmt: skip
    return pd.DataFrame(
        {
            "table": name,
            "title": resource.get("title", name),
            "rows": pq.read_metadata(where(name, folder) / f"{name}.parquet").num_rows,
            "sources": "; ".join(dict.fromkeys(s["title"] for s in resource.get("sources", []))),
            "folder": here,
        }
        for name, resource, here in names
    )


def sources(folder: str | None = None) -> list[dict[str, str]]:
    """Published files behind the tables, a folder's own first: ``name, title, path, agency``."""
    homes = [paths.ROOT / folder] if folder else []
    described = [describe(h) for h in [*homes, paths.DATA] if (h / "datapackage.json").is_file()]
    return [s for one in described for r in one.values() for s in r.get("sources", [])]


def sources_of(names: Iterable[str], folder: str | None = None) -> list[dict[str, str]]:
    """Published files behind some tables, each once."""
    every = [s for n in names for s in describe(where(n, folder))[n].get("sources", [])]
    return list({s["name"]: s for s in every}.values())


def public_on(name: str, table: pd.DataFrame, day: str, folder: str | None = None) -> pd.DataFrame:
    """Rows of a table that were public on a day (``YYYY-MM-DD``).

    The description's ``known_from`` says it; of a table that does not say, none were.
    """
    told = describe(where(name, folder)).get(name, {}).get("known_from", "9999")
    if isinstance(told, str):
        return table.iloc[: len(table) if told <= day else 0]
    first, *rest = (table[column].astype(str) for column in told["by"])
    for column in rest:
        first = first + " " + column
    since = first.map(told["parts"]).fillna(told["otherwise"])
    rows: pd.DataFrame = table.loc[(since <= day).to_numpy()]
    return rows


def described_fields(name: str, data: Path = paths.DATA) -> tuple[tuple[str, str], ...]:
    """Give (column, type) of table `name` in the described order."""
    fields = _described(name, data)["schema"]["fields"]
    return tuple((f["name"], f["type"]) for f in fields)


def _described(name: str, data: Path) -> dict[str, Any]:
    resources = describe(data)
    demand(name, resources, "No such table", file=data / "datapackage.json")
    return resources[name]


def _file(name: str, data: Path) -> Path:
    path = data / str(_described(name, data).get("path", f"{name}.parquet"))
    if not path.is_file():
        raise InputError(
            "The table's file is missing", file=path, fix="Restore it from the repository."
        )
    return path


@lru_cache(maxsize=8)
def _describe(package: Path, mtime: int, size: int) -> dict[str, dict[str, Any]]:
    try:
        content = json.loads(package.read_text(encoding="utf-8"))
        return {str(r["name"]): r for r in content["resources"]}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = "The description of the tables cannot be read"
        fix = "Restore it from the repository."
        raise InputError(what, file=package, value=str(error), fix=fix) from error


@lru_cache(maxsize=64)
def _read(path: Path, fields: tuple[tuple[str, str], ...], mtime: int, size: int) -> pd.DataFrame:
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        what = "The table cannot be read as Parquet"
        fix = "Restore it from the repository."
        raise InputError(what, file=path, value=str(error).splitlines()[0], fix=fix) from error
    check_columns(table, fields, path)
    target = pa.schema([(column, ARROW_TYPES[kind]) for column, kind in fields])
    table = table.select([column for column, _ in fields]).replace_schema_metadata(None)
    mapper = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.cast(target).to_pandas(types_mapper=mapper.get)
    return frame


def check_columns(table: pa.Table, fields: tuple[tuple[str, str], ...], path: Path) -> None:
    """Compare the columns of an Arrow table with the described `fields`.

    Raises InputError naming the file and the first column that is missing, unexpected or of another
    type.
    """
    expected = [column for column, _ in fields]
    for column in expected:
        if column not in table.column_names:
            fix = f"Columns found: {', '.join(table.column_names)}."
            raise InputError("A described column is missing", file=path, column=column, fix=fix)
    for column in table.column_names:
        what = "A column is not described in datapackage.json"
        demand(column, expected, what, told="column", file=path)
    for column, kind in fields:
        stored = table.schema.field(column).type
        if not _ACCEPTED[kind](stored) and table.column(column).null_count < table.num_rows:
            what = f"The column holds {stored}, but datapackage.json says {kind}"
            raise InputError(what, file=path, column=column)


def hashes_of(names: Iterable[str], folder: str | None = None) -> dict[str, str]:
    """Return the sha256 of each named table's file as it lies on the disk.

    A book's own `folder` goes before ``data/`` (see :func:`sevenpercent.data.tables.where`).

    Raises InputError when a table is not described in ``datapackage.json`` or its file is missing.
    """
    homes = {name: where(name, folder) for name in sorted(set(names))}
    return {name: hashes.file_hash(_file(name, home)) for name, home in homes.items()}


def changed_tables(current: Mapping[str, str], folder: str | None = None) -> list[str]:
    """Tables whose file is no longer the one that ``datapackage.json`` describes."""
    described = {n: describe(where(n, folder))[n] for n in current}
    recorded = {n: str(described[n].get("hash", "")).removeprefix("sha256:") for n in current}
    return [name for name, value in current.items() if recorded[name] not in ("", value)]
