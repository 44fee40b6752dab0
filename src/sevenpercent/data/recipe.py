"""Run the recipes of the tables (``make data``): published files in, Parquet and description out.

A recipe, ``data/recipe/TABLE.yml``, names the builder of a table, its options, its fields and the
published files it reads. Whatever belongs to one election (candidates, states, known defects of a
file) stands in the options; builders know formats only.
"""

from __future__ import annotations

import graphlib
import importlib
import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from sevenpercent import hashes, paths, strict
from sevenpercent.data import tables
from sevenpercent.errors import InputError, demand
from sevenpercent.strict import Strict

SHARED_SOURCES = "sources.yml"
"""File beside the recipes with the sources that several tables share, by id."""


Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Column(Strict):
    """One column of a table: name, Frictionless type, unit, meaning, and the rule that made it."""

    name: str
    type: Literal["string", "integer", "number", "boolean", "array"]
    unit: str = ""
    description: str
    rule: str = ""


class Source(Strict):
    """One published file: path below the raw folder (or ``facts/…``), origin and licence.

    A file of facts has no address of its own: each of its rows names one.

    ``sha256`` pins the file's content; a file that differs is refused.
    """

    id: str
    file: str
    title: str
    agency: str
    url: str = ""
    licence: str
    sha256: str | None = None


class PublicFrom(Strict):
    """From which day on the rows of a table were public.

    Rows are told apart by the columns ``by``; ``parts`` has the day of their values, joined by a
    space, ``otherwise`` that of the rest.
    """

    by: list[str]
    parts: dict[str, Day]
    otherwise: Day


class Recipe(Strict):
    """One table: how it is built, from what, and what its columns mean."""

    table: str
    title: str
    description: str
    known_from: Day | PublicFrom | None = None
    key: list[str]
    needs: list[str] = []
    build: str = Field(pattern=r"^[\w.]+:\w+$")
    options: dict[str, Any] = {}
    fields: list[Column]
    sources: list[Source] = []


class RawFiles:
    """The published files that one recipe declares.

    `sources`: the declared files; any other is refused, so that no source goes unnamed; `raw,
    facts`: folders of the published files and of the looked-up facts.
    """

    def __init__(
        self, sources: Iterable[Source], raw: Path = paths.RAW, facts: Path = paths.FACTS
    ) -> None:
        self._sources = {source.file: source for source in sources}
        self._raw, self._facts = raw, facts

    def path(self, name: str) -> Path:
        """Give the path of a declared file, its content checked against the recorded sha256.

        Raises InputError when the recipe does not declare it, when it is missing, or when it has
        changed.
        """
        demand(name, self._sources, "The recipe does not declare this file")
        path = self._locate(name)
        recorded = self._sources[name].sha256
        if recorded is not None and self.sha256(name) != recorded:
            what = "The published file is not the one the recipe was written for"
            fix = f"Expected sha256 {recorded}, found {self.sha256(name)}."
            raise InputError(what, file=path, fix=fix)
        return path

    def by_id(self, source: str) -> Path:
        """Give the path of the declared file with the id `source` (see `path`)."""
        names = {s.id: s.file for s in self._sources.values()}
        demand(source, names, "The recipe declares no such source")
        return self.path(names[source])

    def sha256(self, name: str) -> str:
        """Give the sha256 of a declared file."""
        path = self._locate(name)
        stamp = path.stat()
        return _sha256(path, stamp.st_mtime_ns, stamp.st_size)

    def _locate(self, name: str) -> Path:
        first, _, rest = name.partition("/")
        path = self._facts / rest if first == "facts" else self._raw / name
        if not path.is_file():
            fix = "Set SEVENPERCENT_RAW to the folder of published files."
            raise InputError("A published file is missing", file=path, fix=fix)
        return path


Made = Mapping[str, pd.DataFrame]
"""Finished tables that a builder needs."""

Options = Mapping[str, Any]
"""What a recipe tells its builder."""

Builder = Callable[[RawFiles, Made, Options], pd.DataFrame]


@lru_cache(maxsize=256)
def _sha256(path: Path, mtime: int, size: int) -> str:
    return hashes.file_hash(path)


def read_recipes(folder: Path = paths.RECIPES) -> dict[str, Recipe]:
    """Read every recipe of `folder`, by table, in an order that respects ``needs``.

    Raises InputError when a recipe is malformed, names an unknown table or source, or tables need
    each other in a circle.
    """
    shared_file = folder / SHARED_SOURCES
    shared = {s["id"]: s for s in strict.read_any(shared_file)} if shared_file.is_file() else {}
    recipes: dict[str, Recipe] = {}
    for path in sorted({*folder.glob("*.yml")} - {shared_file}):
        content = strict.read_yaml(path)
        listed = content.get("sources") or []
        for source in listed:
            if isinstance(source, str):
                demand(source, shared, "No such source", file=path)
        content["sources"] = [shared[s] if isinstance(s, str) else s for s in listed]
        recipe = strict.validated(Recipe, content, path, "recipe")
        if recipe.table != path.stem:
            raise InputError("Table and file name differ", file=path, value=recipe.table)
        recipes[recipe.table] = recipe
    for table, recipe in recipes.items():
        for need in recipe.needs:
            demand(need, recipes, "A recipe needs an unknown table", file=folder / f"{table}.yml")
    try:
        order = graphlib.TopologicalSorter({t: sorted(r.needs) for t, r in recipes.items()})
        return {table: recipes[table] for table in order.static_order()}
    except graphlib.CycleError as error:
        raise InputError(
            "Tables need each other in a circle", file=folder, value=error.args[1]
        ) from error


def to_arrow(frame: pd.DataFrame, recipe: Recipe) -> pa.Table:
    """Check a built table against its recipe and give it sorted by key in its storage types.

    Raises InputError when columns differ from the recipe, a value does not fit its type, or the key
    is null or not unique.
    """
    where = f"{recipe.table}.yml"
    names = [field.name for field in recipe.fields]
    for name in [*names, *recipe.key]:
        if name not in frame.columns:
            raise InputError("The builder gave no such column", file=where, column=name)
    for name in frame.columns:
        demand(name, names, "The recipe does not describe this column", told="column", file=where)
    for name in recipe.key:
        if frame[name].isna().any():
            raise InputError("A key is empty", file=where, column=name)
    twice = frame.duplicated(recipe.key)
    if twice.any():
        key = tuple(frame.loc[twice, recipe.key].iloc[0])
        raise InputError("A key stands twice", file=where, column="+".join(recipe.key), value=key)
    frame = frame.reset_index(drop=True).sort_values(recipe.key, kind="stable")
    columns = []
    for field in recipe.fields:
        column, kind = frame[field.name], PANDAS_TYPES.get(field.type)
        try:
            column = column.astype(kind) if kind else column
            if kind == "float64":
                column = column + 0.0  # Zero and negative zero print alike but differ in bytes.
            values = column if kind else column.tolist()
            arrow = tables.ARROW_TYPES[field.type]
            columns.append(pa.array(values, type=arrow, from_pandas=True))
        except (pa.ArrowException, ValueError, TypeError) as error:
            what = f"A value is not of type {field.type}"
            raise InputError(
                what, file=where, column=field.name, value=str(error).splitlines()[0]
            ) from error
    return pa.Table.from_arrays(columns, names=names)


PANDAS_TYPES: dict[str, Any] = {
    "string": "str",
    "integer": "Int64",
    "number": "float64",
    "boolean": "boolean",
}
"""Type in pandas of each Frictionless field type but arrays."""


def run(
    only: Iterable[str] = (),
    out: Path = paths.DATA,
    recipes: Path = paths.RECIPES,
    raw: Path = paths.RAW,
    facts: Path = paths.FACTS,
) -> list[str]:
    """Build tables and their description; all of it is written, or nothing.

    Returns names of the tables built, in order.

    `only`: tables to build; none means all. What they need and is not among them is read from
    `out`; `out`: folder for the Parquet files and ``datapackage.json``; `recipes, raw, facts`:
    folders of the recipes, the published files and the looked-up facts.
    """
    known = read_recipes(recipes)
    wanted = set(only) or set(known)
    for table in wanted:
        demand(table, known, "No such table")
    out.mkdir(parents=True, exist_ok=True)
    made: dict[str, pd.DataFrame] = {}
    entries: dict[str, dict[str, Any]] = {}
    with tables.replacing(out) as put:
        for table, recipe in known.items():
            if table not in wanted:
                continue
            for need in recipe.needs:
                if need not in made:
                    made[need] = tables.load(need, out)
            files = RawFiles(recipe.sources, raw, facts)
            frame = _builder(recipe)(files, {n: made[n] for n in recipe.needs}, recipe.options)
            path = put(f"{table}.parquet")
            sources = [
                {"name": s.id, "title": s.title}
                | ({"path": s.url} if s.url else {})
                | {"agency": s.agency, "file": s.file, "licence": s.licence}
                | {"sha256": files.sha256(s.file)}
                for s in recipe.sources
            ]
            entries[table] = store(
                frame, recipe, path, sources, needs=recipe.needs, builder=recipe.build
            )
            made[table] = tables.read(path, tuple((f.name, f.type) for f in recipe.fields))
            print(f"{table}: {len(frame):,} rows, {path.stat().st_size / 1024:,.0f} KB")
        before = tables.describe(out) if (out / "datapackage.json").is_file() else {}
        every = {name: entry for name, entry in before.items() if name in known} | entries
        package = {
            "profile": "data-package",
            "name": "sevenpercent",
            "title": "Votes and voting equipment, tidied from published files",
            "licenses": [{"name": "MIT", "title": "MIT License"}],
            "resources": [every[name] for name in sorted(every)],
        }
        write_json(put("datapackage.json"), package)
    return list(entries)


def _builder(recipe: Recipe) -> Builder:
    module, _, function = recipe.build.partition(":")
    try:
        builder: Builder = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise InputError(
            "The builder cannot be loaded", file=f"{recipe.table}.yml", value=str(error)
        ) from error
    return builder


def store(
    frame: pd.DataFrame,
    recipe: Recipe,
    path: Path,
    sources: list[dict[str, str]],
    level: int = 19,
    **how: object,
) -> dict[str, Any]:
    """Write a table as its recipe describes it; give its entry of ``datapackage.json``.

    `path`: what :func:`sevenpercent.data.tables.replacing` gives for the table's file; `level`: of
    compression; `how`: what else the entry says of its making.
    """
    stored = to_arrow(frame, recipe)
    pq.write_table(stored, path, compression="zstd", compression_level=level)
    fields = [
        {k: v for k, v in field.model_dump().items() if v or k in ("name", "type", "description")}
        for field in recipe.fields
    ]
    return {
        "name": recipe.table,
        **recipe.model_dump(include={"title", "description", "known_from"}, exclude_none=True),
        "path": f"{recipe.table}.parquet",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{hashes.file_hash(path)}",
        "rows": stored.num_rows,
        **how,
        "schema": {"fields": fields, "primaryKey": recipe.key},
        "sources": sources,
    }


def write_json(path: Path, body: object) -> None:
    """Write what stands beside tables."""
    text = json.dumps(body, indent=1, ensure_ascii=False, default=str)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
