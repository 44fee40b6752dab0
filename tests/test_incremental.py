"""The whole book, brought up to date step by step, is byte for byte the one built from nothing."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from sevenpercent import paths
from sevenpercent.model.scenario import DEFAULT

pytestmark = pytest.mark.slow

CHANGED = ("chapters", "scenarios", "data", "pages")
"""Folders of which the copy has files of its own."""


def copy(root: Path, source: Path) -> Path:
    """The project again: folders that the test changes as copies, all else as links."""
    root.mkdir()
    for path in source.iterdir():
        if path.name in CHANGED:
            shutil.copytree(path, root / path.name)
        elif path.name not in ("_build", ".git", ".venv", "src"):
            (root / path.name).symlink_to(path.resolve())
    return root


def build(root: Path) -> set[str]:
    """Build the book; the chapters that ran."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SEVENPERCENT")}
    done = subprocess.run(
        [sys.executable, "-m", "sevenpercent.cli.main", "build"],
        cwd=root,
        env={**environment, "SEVENPERCENT_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"s  (\w+) +ran$", done.stderr, re.MULTILINE))


def files(root: Path) -> dict[str, str]:
    """Hash of every file of the standing book."""
    book = (root / "_build" / DEFAULT / "current").resolve()
    return {
        p.relative_to(book).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(book.rglob("*"))
        if p.is_file()
    }


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (path, old)
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_book_brought_up_to_date_is_the_one_built_from_nothing(tmp_path: Path) -> None:
    here = copy(tmp_path / "here", paths.ROOT)
    if (paths.BUILD / "cache").is_dir():  # what stands there already need not run again
        shutil.copytree(paths.BUILD / "cache", here / "_build" / "cache")
    build(here)
    before = files(here)

    published = here / "scenarios" / DEFAULT / "published.yml"
    replace(published, "published: 27257, close: 273", "published: 27258, close: 273")
    ran = build(here)
    assert "replications" in ran
    assert not ran & {"gap", "controls", "multiverse", "polls", "methods", "calendar"}

    table = here / "data" / "polls.parquet"
    polls = pd.read_parquet(table)
    row = polls.index[(polls["year"] == 2016) & (polls["state"] == "WI")][0]
    polls.loc[row, "dem_share"] += 0.01
    polls.to_parquet(table, index=False)
    ran = build(here)
    assert "polls" in ran
    assert not ran & {"gap", "controls", "multiverse", "replications", "methods", "calendar"}

    chapter = here / "chapters" / "calendar.md"
    said = chapter.read_text(encoding="utf-8")
    chapter.write_text(said + "\nOne sentence more.\n", encoding="utf-8")
    assert not build(here), "words between the cells are read by no cell"
    page = here / "_build" / DEFAULT / "html" / "chapters" / "calendar.html"
    assert "One sentence more." in page.read_text(encoding="utf-8")

    glossary = here / "pages" / "glossary.md"
    replace(glossary, "town that runs its own elections", "town that holds its own elections")
    assert not build(here), "it is shown on other pages, where the word is met"

    said = "%%say finding\n? deadlines | length and fewest < most\n"
    replace(chapter, said + "Between", said + "In short, between")
    assert not build(here), "what it names was filled in before"
    last = here / "_build" / DEFAULT / "html" / "chapters" / "polls.html"
    assert "In short, " in last.read_text(encoding="utf-8"), "its title leads to the next page"

    afresh = copy(tmp_path / "afresh", here)
    assert len(build(afresh)) > 15
    made = files(afresh)
    assert {"html/chapters/polls.html", "results.json", "numbers.parquet"} <= made.keys()
    assert made == files(here) != before
