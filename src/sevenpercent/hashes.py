"""Hashes of files and inputs: what tells whether something is still what it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
"""Folder of the library that runs."""


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tree_hash(root: Path, files: Iterable[Path]) -> str:
    """Return the sha256 over names (relative to `root`) and contents, whatever the order given."""
    entries = sorted((p.relative_to(root).as_posix(), file_hash(p)) for p in set(files))
    return hashlib.sha256(json.dumps(entries).encode()).hexdigest()


def files_below(folder: Path, pattern: str = "*") -> list[Path]:
    """Files under a folder, sorted, without what interpreters and editors leave behind."""
    return sorted(
        p
        for p in folder.rglob(pattern)
        if p.is_file() and not any(s.startswith((".", "__pycache__")) for s in p.parts[-2:])
    )


def key_of(inputs: Mapping[str, object]) -> str:
    """Return the sha256 of a mapping of inputs, the same whatever their order."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True, default=str).encode()).hexdigest()


def library() -> str:
    """Return the sha256 of the library that runs."""
    return tree_hash(LIBRARY, files_below(LIBRARY))


def lock(root: Path) -> str:
    """Return the sha256 of the list of pinned packages of a project; empty where it has none."""
    path = root / "requirements.txt"
    return file_hash(path) if path.is_file() else ""
