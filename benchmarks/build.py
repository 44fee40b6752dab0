"""Builds: a cold one beside `jupyter-book`, an unchanged one, one changed sentence, a book of one's own.

Both cold builds start without any cache and make the same pages; ours also merges the numbers,
draws the figures for dark pages, repairs the pages and checks them. Jupyter Book executes one
notebook after the other, which is how it is built; ours runs at the same time what does not wait.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from measured import figure

from sevenpercent import paths
from sevenpercent.cli.tour import chosen
from sevenpercent.model import scenario
from sevenpercent.run import execute, notebooks, publish
from sevenpercent.study.tour_record import MACHINES, VOTES

JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
COPIED = ("chapters", "data", "scenarios", "assets", "pages", "docs", "src", "benchmarks", "references.bib",
          "_config.yml", "_toc.yml", "README.md", "LICENSE", "CITATION.cff", "pyproject.toml", "requirements.txt")  # fmt: skip


def seconds(root: Path, *arguments: str) -> float:
    """Seconds of one command of a project's copy, in a new process."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "sevenpercent.cli.main", *arguments],
        check=True,
        cwd=root,
        env={**os.environ, "SEVENPERCENT_ROOT": str(root), "PYTHONPATH": str(root / "src")},
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def jupyter_book(folder: Path) -> float:
    """Seconds of `jupyter-book build` with ``execute: force`` on the same chapters."""
    book = scenario.load()
    source, empty = folder / "src", folder / "unexecuted"
    for name in book.chapters:
        chapter = notebooks.read_chapter(paths.CHAPTERS / f"{name}.md")
        notebooks.write(chapter, empty / f"{name}.ipynb")
    publish.write_source(book, {n: empty / f"{n}.ipynb" for n in book.chapters}, source)
    for name in book.chapters:  # in the order of their cells: pages have the answer first
        shutil.copy(empty / f"{name}.ipynb", source / "chapters")
    config = yaml.safe_load((source / "_config.yml").read_text())
    config["execute"] = {"execute_notebooks": "force", "timeout": 600}
    config["sphinx"]["config"]["nb_execution_raise_on_error"] = True
    (source / "_config.yml").write_text(yaml.safe_dump(config))
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", JUPYTER_BOOK, "build", str(source)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def own_book(root: Path) -> float:
    """Seconds of ``new``, ``check`` and ``build`` for one state's counties from two files."""
    votes, machines = chosen(scenario.load())
    votes.to_csv(root / VOTES, index=False)
    machines.to_csv(root / MACHINES, index=False)
    year, state = str(votes["year"].iloc[0]), str(votes["state"].iloc[0])
    files = ["--votes", VOTES, "--equipment", MACHINES]
    sides = ["--dem", "one candidate", "--rep", "another", "--claimed", "2"]
    new = ["new", "own-book", "--year", year, "--focus", state, *files, *sides]
    return sum(seconds(root, *c) for c in (new, ["check", "own-book"], ["build", "own-book"]))


def project(root: Path) -> None:
    """A copy of the project, without what was built."""
    root.mkdir()
    for name in COPIED:
        part = paths.ROOT / name
        (shutil.copytree if part.is_dir() else shutil.copy)(part, root / name)


def with_a_sentence(chapter: Path) -> None:
    """Add a sentence to a chapter, before its method."""
    text = chapter.read_text(encoding="utf-8")
    before, found, after = text.partition("\n## How")
    if not found:
        raise SystemExit(f"{chapter} has no method before which a sentence could stand")
    chapter.write_text(f"{before}\nOne more sentence.\n{found}{after}", encoding="utf-8")


TRIED = {
    "cold": "The longest chapter, every specification, takes a third of the time; claims and first page wait for the others, "
    "and the pages come last.",
    "times": "Both compute the same numbers, two thirds of the work (of that, two fifths is the test of all specifications together). Two processors, "
    "however well shared out, could bring it to about 0.4; the rest is merging the numbers, dark figures, repairs and checks of the pages.",
    "unchanged": "What is left is the start of Python, and hashes of what the book was made from.",
    "sentence": "Sphinx reads and writes the page that changed alone. What is left is its start, then the check of all pages.",
    "own": "Most of it is the build: chapters that draw elections, then the pages.",
}  # fmt: skip
"""What is known of a goal that is missed."""


def figures() -> list[dict[str, Any]]:
    """Seconds of each, and the ratio of the cold ones."""
    os.environ.update(execute.environment(paths.ROOT))
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        project(root)
        cold, unchanged = seconds(root, "build"), seconds(root, "build")
        with_a_sentence(root / "chapters" / "controls.md")
        sentence, own = seconds(root, "build"), own_book(root)
        other = jupyter_book(Path(folder) / "theirs")
    return [
        figure("cold", "cold build of the first book", cold, "seconds", most=45, tried=TRIED["cold"]),
        figure("times", "cold build: time over that of jupyter-book, execute: force", cold / other, "times", most=0.35, tried=TRIED["times"]),
        figure("jupyter_book", "the same chapters by jupyter-book, execute: force", other, "seconds"),
        figure("unchanged", "build with nothing to do", unchanged, "seconds", most=1, tried=TRIED["unchanged"]),
        figure("sentence", "one sentence changed, to the built page", sentence, "seconds", most=5, tried=TRIED["sentence"]),
        figure("own", "new, check and build of a state's book from two files", own, "seconds", most=20, tried=TRIED["own"]),
    ]  # fmt: skip
