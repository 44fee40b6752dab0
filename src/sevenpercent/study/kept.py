"""Numbers of other chapters, kept from the last time that anything computed them.

A chapter that runs alone needs the numbers of those before it. They are kept under ``_build`` with
the key of all that can change them, so that opening one notebook after a build need not wait.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sevenpercent import hashes, paths
from sevenpercent.errors import InputError
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario

KEPT = 8
"""Versions of a chapter's numbers that are kept, those written last."""


def read(scenario: Scenario, chapter: str) -> Results | None:
    """Numbers of a chapter computed before from the same inputs; None where there are none."""
    path = _path(scenario, chapter)
    try:
        return Results.from_json(path) if path.is_file() else None
    except InputError:  # written by another version, or damaged: it is computed again
        return None


def write(scenario: Scenario, chapter: str, results: Results) -> None:
    """Keep a chapter's numbers, whole or not at all; a folder that refuses them is no error."""
    path = _path(scenario, chapter)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, suffix=".part", delete=False, encoding="utf-8"
        ) as part:
            part.write(results.to_json(scenario.id))
        Path(part.name).replace(path)
        older = sorted(path.parent.glob(f"{chapter}-*"), key=lambda p: p.stat().st_mtime_ns)
        for old in older[:-KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return


def _path(scenario: Scenario, chapter: str) -> Path:
    own = paths.ROOT / scenario.tables.folder if scenario.tables.folder else paths.DATA
    inputs = {
        "scenario": scenario.as_yaml(),
        "code": _below(paths.ROOT / "src" / "sevenpercent"),
        "data": _below(paths.DATA),
        "own": _below(own),
        "told": _below(paths.SCENARIOS / scenario.id),
        "lock": _below(paths.ROOT / "requirements.txt"),
        "chapter": chapter,
    }
    return paths.BUILD / "kept" / scenario.id / f"{chapter}-{hashes.key_of(inputs)[:32]}.json"


def _below(path: Path) -> str:
    """Hash of a file, or of all files of a folder, taken anew when one of them was touched."""
    files = [path] if path.is_file() else hashes.files_below(path) if path.is_dir() else []
    return _hash(tuple((p, p.stat().st_mtime_ns, p.stat().st_size) for p in files))


@cache
def _hash(seen: tuple[tuple[Path, int, int], ...]) -> str:
    return hashes.tree_hash(paths.ROOT, [path for path, *_ in seen])
