"""Folders that one process at a time works in, those that no run wrote, and temporary ones."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sevenpercent import paths
from sevenpercent.errors import InputError

LOCK = ".lock"
"""File by which a process says that it works in a folder."""

SCRATCH = "sevenpercent-"
"""Names of temporary folders begin so."""


def vacant(folder: Path) -> None:
    """Refuse a folder that holds what no run wrote: some of it would be overwritten.

    Raises InputError: it is neither new nor empty nor one that a run has worked in.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("it is no folder", file=paths.shown(folder), fix="Name a new folder.")
    shared = folder == paths.BUILD.resolve()
    if folder.is_dir() and any(folder.iterdir()) and (shared or not (folder / LOCK).is_file()):
        raise InputError(
            "the folder holds other files, and some might be overwritten",
            file=paths.shown(folder),
            fix="Name a new folder, or an empty one.",
        )


def writable(folder: Path) -> None:
    """Make a folder that somebody named, and see that a file can be written there.

    Raises InputError: it cannot. A full disk is no fault of the name, and remains an OSError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        why = f"nothing can be written there ({(e.strerror or str(e)).lower()})"
        fix = "Name another place: --out."
        raise InputError(why, file=paths.shown(folder), fix=fix) from e


def _abandoned(folder: Path) -> bool:
    """Whether nobody works in a temporary folder: its lock is free, or its maker ended before that."""
    try:
        with (folder / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        _, maker, *rest = folder.name.split("-")
        if not (rest and maker.isdigit()):
            return False
        try:
            os.kill(int(maker), 0)
        except ProcessLookupError:
            return True
        return False
    except OSError:
        return False


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a temporary folder; those that killed processes of this user left are removed."""
    for old in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        with suppress(OSError):
            if old.stat().st_uid == os.getuid() and _abandoned(old):
                shutil.rmtree(old)
    with tempfile.TemporaryDirectory(prefix=f"{SCRATCH}{os.getpid()}-") as name:
        folder = Path(name)
        with (folder / f"{LOCK}-new").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            Path(lock.name).rename(folder / LOCK)  # it is locked whenever others can see it
            yield folder


def replace(path: Path, text: str) -> None:
    """Write a file whole or not at all: who reads meanwhile finds the old one or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}{secrets.token_hex(4)}.part")
    try:
        new.write_text(text, encoding="utf-8", newline="\n")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Let one process at a time write into a folder that is there; nothing is left in it."""
    at = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(at, fcntl.LOCK_EX)
        yield
    finally:
        os.close(at)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time work in a folder; another says that it waits."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{folder}: another run is at work there; this one waits for it",
                  file=sys.stderr, flush=True)  # fmt: skip
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
