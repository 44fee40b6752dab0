"""From published file to page: what a book was made from, and whether all of it is still that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sevenpercent import hashes, paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Scenario, chapters
from sevenpercent.run import graph, publish
from sevenpercent.study import kept, keys

NAME = "made-from.json"
"""File beside the pages: settings, hashes of tables, chapters, numbers, the site and every page."""

PARTS = ("settings", "tables", "chapters", "numbers", "site", "pages")

DESCRIBED = "datapackage.json"
"""Name of the files that describe tables."""

AGAIN, RESTORE = "Build again with --force.", "Restore it, or build the book again."


def record(html: Path, s: Scenario, chapters: Mapping[str, str], read: Mapping[str, str]) -> None:
    """Write down what finished pages were made from.

    `html`: folder of the pages; `s`: as it was used; `chapters`: chapter to the key of its inputs;
    `read`: table to the hash of its file.
    """
    numbers = {n: hashes.file_hash(kept.place(k, n)) for n, k in chapters.items()}
    body = {
        "settings": yaml.safe_load(s.as_yaml()),
        "tables": dict(sorted(read.items())),
        "chapters": {n: {"key": k, "numbers": numbers[n]} for n, k in chapters.items()},
    }
    body |= {"numbers": _numbers(html.parent), "site": publish.site(s), "pages": _files(html)}
    _write(html, body)


def pages_again(html: Path) -> None:
    """Write the hashes of the pages down anew, after one more file was put beside them."""
    _write(html, {**_read(html / NAME), "pages": _files(html)})


def _write(html: Path, body: Mapping[str, Any]) -> None:
    text = json.dumps(body, indent=1, ensure_ascii=False) + "\n"
    (html / NAME).write_text(text, encoding="utf-8", newline="\n")


def verify(s: Scenario, folder: Path) -> Iterator[str]:
    """Compute every hash of a book again, from the published files to the pages.

    Yields one line for each step that agrees. Raises InputError: naming the first thing that
    differs, what was expected and what to do.

    `s`: with the settings that the book was built with; `folder`: folder of the book.
    """
    html = folder / "html"
    told = _read(html / NAME, s.id)
    site, root = publish.site(s), paths.ROOT
    was, now = ({n: h for n, h in f.items() if DESCRIBED in n} for f in (told["site"], site))
    yield f"descriptions of tables: {_alike(was, now, root, RESTORE)} agree"
    yield _published(s, told["tables"])
    yield _tables(s, told["tables"])
    _settings(told["settings"], s)
    yield _chapters(s, told)
    yield f"numbers: {_alike(told['numbers'], _numbers(folder), folder, AGAIN)} files agree"
    yield f"what dresses the pages: {_alike(told['site'], site, root, RESTORE)} files agree"
    yield f"pages: {_alike(told['pages'], _files(html), html, AGAIN)} files agree"


def _read(path: Path, name: str = "") -> dict[str, Any]:
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        _ = [body[part].items() for part in PARTS]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as e:
        what = "no record of what the book was made from"
        fix = f"Build the book first: sevenpercent build {name}".rstrip()
        raise InputError(what, file=paths.shown(path), fix=fix) from e
    return body


def _published(s: Scenario, read: Iterable[str]) -> str:
    sources = {}
    for name in read:
        described = tables.describe(tables.where(name, s.tables.folder)).get(name, {})
        for source in described.get("sources", []):
            if "sha256" in source:
                sources[source["file"]] = source["sha256"]
    if not paths.RAW.is_dir():
        return (
            f"published files: not at hand, {len(sources)} hashes not compared "
            "(SEVENPERCENT_RAW names their folder)"
        )
    for file, expected in sorted(sources.items()):
        path = paths.RAW.parent / file if file.startswith("facts/") else paths.RAW / file
        fix = "Fetch the file again from the address in data/datapackage.json."
        _same(path, expected, _hash(path), fix)
    return f"published files: {len(sources)} agree"


def _tables(s: Scenario, read: Mapping[str, str]) -> str:
    current = tables.hashes_of(read, s.tables.folder)
    for name in [*tables.changed_tables(current, s.tables.folder), *read]:
        described = tables.describe(tables.where(name, s.tables.folder))[name].get("hash", "")
        for expected in (described.removeprefix("sha256:") or read[name], read[name]):
            if current[name] != expected:
                raise InputError(
                    "the table is not the one that the book was made from",
                    file=paths.shown(tables.where(name, s.tables.folder) / f"{name}.parquet"),
                    value=current[name],
                    fix=f"Expected sha256 {expected}: restore the table, or build the book again.",
                )
    return f"tables: {len(read)} agree with their description and with the book"


def _settings(told: Any, s: Scenario) -> None:
    current = yaml.safe_load(s.as_yaml())
    for key in sorted({*told, *current} - {"changed"}):  # which says what the others already do
        if told.get(key) != current.get(key):
            what = "the book was built with another setting"
            fix = f"The book has {told.get(key)!r}: give it with --set, or build again."
            raise InputError(
                what, file=f"scenarios/{s.id}.yml", column=key, value=current.get(key), fix=fix
            )


def _chapters(s: Scenario, told: Mapping[str, Any]) -> str:
    headers = graph.read_all(s.chapters)
    for name, header in headers.items():
        was = told["chapters"].get(name, {}).get("key")
        above = {need: told["chapters"].get(need, {}).get("numbers") for need in header.needs}
        now = keys.of(name, s, above, told["tables"])
        if was != now:
            what = "what this chapter reads has changed since the book was built"
            fix = f"Expected key {was}: its words, the library or the lock differ. Build again."
            raise InputError(what, file=paths.shown(chapters.source(name)), value=now, fix=fix)
        if (cached := kept.place(now, name)).is_file():
            _same(cached, told["chapters"][name]["numbers"], _hash(cached), AGAIN)
    return f"chapters: {len(headers)} keys agree"


def _numbers(folder: Path) -> dict[str, str]:
    return {n: hashes.file_hash(folder / n) for n in publish.RESULTS if (folder / n).is_file()}


def _alike(told: Mapping[str, str], now: Mapping[str, str], root: Path, fix: str) -> int:
    """How many files are recorded; refuse the first that is not what it was."""
    for name in sorted({*told, *now}):
        _same(root / name, told.get(name), now.get(name), fix)
    return len(told)


def _same(path: Path, expected: str | None, found: str | None, fix: str) -> None:
    if found == expected:
        return
    what = "is not the one that was recorded"
    if found is None or expected is None:
        what = "is missing" if found is None else "was added after the book was built"
    fix = f"Expected sha256 {expected}. {fix}" if expected else fix
    raise InputError(f"the file {what}", file=paths.shown(path), value=found, fix=fix)


def _hash(path: Path) -> str | None:
    return hashes.file_hash(path) if path.is_file() else None


def _files(html: Path) -> dict[str, str]:
    found = [p for p in sorted(html.rglob("*")) if p.is_file() and p.name != NAME]
    return {p.relative_to(html).as_posix(): hashes.file_hash(p) for p in found}
