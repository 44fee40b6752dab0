"""A tiny project that faults are planted in, and what must hold of it afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import book_project
import psutil
from book_project import Project

from sevenpercent import hashes, paths
from sevenpercent.run import verify

MARK = "SEVENPERCENT_TEST_RUN"
"""Variable by which the processes of one world are known."""

PATIENCE = 120.0
"""Seconds that processes have to notice that the one they work for is gone."""

LEFT = ("_build/**/.work-*", "_build/**/*.part", "_build/cache/.*",
        "_build/**/.html-*", "_build/**/.current-*", "**/*.new", "data/**/.journal")  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    status: int
    said: str
    seconds: float

    @property
    def ran(self) -> int:
        """Chapters that were run to their end."""
        return sum(line.endswith(" ran") for line in self.said.splitlines())


@dataclass(frozen=True)
class World:
    """A project, and a folder for temporary files that is its own."""

    project: Project

    @property
    def temporary(self) -> Path:
        return self.project.root.parent / "tmp"

    def env(self) -> dict[str, str]:
        own = {MARK: str(self.project.root), "TMPDIR": str(self.temporary), "COLUMNS": "200"}
        return {**self.project.env(), **own}

    def start(
        self, *arguments: str, moment: str = "", at: Path | None = None
    ) -> subprocess.Popen[str]:
        """Start a command as a shell does, in a session of its own; `at` is another project."""
        self.temporary.mkdir(exist_ok=True)
        dying = [str(Path(__file__).with_name("dying.py")), moment]
        return subprocess.Popen(
            [sys.executable, *(dying if moment else ["-m", "sevenpercent.cli.main"]), *arguments],
            cwd=self.project.root,
            env={**self.env(), **({"SEVENPERCENT_ROOT": str(at)} if at else {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *arguments: str, moment: str = "", at: Path | None = None) -> Ended:
        """Run a command to its end; nothing that it started is left."""
        begun = time.monotonic()
        ended = self.wait(self.start(*arguments, moment=moment, at=at))
        return Ended(ended.status, ended.said, time.monotonic() - begun)

    def wait(self, running: subprocess.Popen[str]) -> Ended:
        """Wait for a command; no word of Python's is said, and no process outlives it."""
        begun = time.monotonic()
        try:
            said, _ = running.communicate(timeout=600)
        finally:
            running.kill()
        # A worker that was just beginning when its parent was killed says so in Python's words.
        assert running.returncode == -9 or "Traceback" not in said, said
        assert "not foreseen" not in said, said
        return Ended(running.returncode, said, time.monotonic() - begun)

    def alive(self) -> list[psutil.Process]:
        """Processes of this world after they have had time to end."""
        deadline = time.monotonic() + PATIENCE
        while (found := [p for p in psutil.process_iter() if self._mine(p)]) and (
            time.monotonic() < deadline
        ):
            time.sleep(0.1)
        return found

    def _mine(self, process: psutil.Process) -> bool:
        try:
            return bool(process.environ().get(MARK) == str(self.project.root))
        except psutil.Error:
            return False

    def votes(self) -> int:
        """Votes of the published book, which is whole: every page is as it was recorded."""
        html = self.project.book / "html"
        told = json.loads((html / verify.NAME).read_text(encoding="utf-8"))
        now = {
            p.relative_to(html).as_posix(): hashes.file_hash(p)
            for p in html.rglob("*")
            if p.is_file() and p.name != verify.NAME
        }
        assert now == told["pages"]
        values = json.loads((self.project.book / "results.json").read_text())["values"]
        votes = int(values["gap.votes"]["value"])
        assert f"There were {votes} votes." in (html / "chapters" / "index.html").read_text()
        assert (self.project.root / "_build" / "html" / "index.html").is_file()
        return votes

    def left(self) -> list[str]:
        """Temporary things that should not be there."""
        root = self.project.root
        current = (self.project.book / "current").resolve()
        books = [p for p in self.project.book.glob("book-*") if p != current]
        found = {p for pattern in LEFT for p in root.glob(pattern)} | set(books)
        return sorted(map(str, [*found, *self.temporary.glob("sevenpercent-*")]))


def made(root: Path) -> World:
    """Write the project, with all that a new book of one's own needs, and build it."""
    world = World(book_project.make(root))
    for path in paths.DATA.iterdir():
        if not (root / "data" / path.name).exists() and not path.name.startswith("."):
            (root / "data" / path.name).symlink_to(path)
    done = world.run("build")
    assert done.status == 0, done.said
    assert world.votes() == 7
    return world


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[None]:
    """Mount a disk of a size; only for root on Linux."""
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(at)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(at)], check=True)


def mounts() -> bool:
    """Whether this process may mount a disk."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    tried = ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0
