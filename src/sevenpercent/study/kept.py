"""Numbers that chapters published before, found by the key of what made them.

Builds, single runs and notebooks opened by hand share one store, ``_build/cache``: a folder for each
key, with the executed notebook where a build made it, and ``results/NAME.json``.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sevenpercent import folders, hashes, paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario, chapters
from sevenpercent.study import keys

UPSTREAM = "upstream"
"""Folder of a chapter in a running build, with the numbers of the chapters that it cites."""


def read(s: Scenario, chapter: str) -> Results | None:
    """Numbers of a chapter published before from the same inputs; None where there are none."""
    key = key_of(s, chapter)
    if key is None:
        return None
    path = place(key, chapter)
    try:
        return Results.from_json(path) if path.is_file() else None
    except InputError:  # written by another version, or damaged: it is computed again
        return None


def write(s: Scenario, chapter: str, results: Results) -> None:
    """Keep a chapter's numbers, whole or not at all; a folder that refuses them is no error."""
    key = key_of(s, chapter)
    if key is None:
        return
    with suppress(OSError):
        folders.replace(place(key, chapter), results.to_json(s.id))


def place(key: str, chapter: str) -> Path:
    """Where a chapter's numbers lie."""
    return paths.BUILD / "cache" / key / "results" / f"{chapter}.json"


def key_of(s: Scenario, chapter: str) -> str | None:
    """Key of a chapter; None while the numbers that it cites are not at hand."""
    above: dict[str, str] = {}
    for name in chapters.needs(chapter, s):
        key = key_of(s, name)
        if key is None or not place(key, name).is_file():
            return None
        above[name] = hashes.file_hash(place(key, name))
    return keys.of(chapter, s, above, tables.hashes_of(keys.tables_of(chapter, s), s.tables.folder))
