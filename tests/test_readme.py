"""The commands that the README gives for an election of one's own, typed as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Done

from sevenpercent import paths
from sevenpercent.data import tables

BORROWED = (
    "chapters",
    "assets",
    "benchmarks",
    "pages",
    "docs",
    "_config.yml",
    "_toc.yml",
    "references.bib",
)


def commands() -> list[list[str]]:
    """Arguments of the commands below the heading."""
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    part = readme.partition("## Your own election")[2].partition("\n\n`new`")[0]
    return [shlex.split(line)[1:] for line in re.findall(r"^    (\S.*)$", part, re.MULTILINE)]


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A project as it is after a download, with two files of one's own in it."""
    for name in BORROWED:
        (tmp_path / name).symlink_to(paths.ROOT / name)
    (tmp_path / "data").mkdir()
    for path in paths.DATA.iterdir():
        (tmp_path / "data" / path.name).symlink_to(path)
    shutil.copytree(paths.SCENARIOS, tmp_path / "scenarios")
    new = commands()[0]
    state, year = new[new.index("--focus") + 1], new[new.index("--year") + 1]
    votes = tables.load("county_votes")
    known = votes[(votes["state"] == state) & votes["best"] & (votes["year"] == int(year) - 4)]
    own = known[["fips", "county", "dem", "rep", "total"]].assign(year=year, state=state)
    own["dem"] += 7 * (own.index % 5).to_numpy()
    own["total"] += 7 * (own.index % 5).to_numpy()
    own.to_csv(tmp_path / "votes.csv", index=False)
    value = [int(i % 3 == 0) for i in range(len(own))]
    machines = own[["fips"]].assign(reading="touch_screen", value=value)
    machines.to_csv(tmp_path / "machines.csv", index=False)
    return tmp_path


def call(arguments: list[str], root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sevenpercent.cli.main", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env={**os.environ, "SEVENPERCENT_ROOT": str(root)},
        stdin=subprocess.DEVNULL,
    )


def test_the_readme_gives_three_commands() -> None:
    assert [c[0] for c in commands()] == ["new", "check", "build"]
    assert len({c[1] for c in commands()}) == 1


def test_new_and_check_work_as_the_readme_says(
    stranger: Path, typed: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = commands()[:2]
    monkeypatch.setattr(paths, "ROOT", stranger)
    monkeypatch.setattr(paths, "SCENARIOS", stranger / "scenarios")
    monkeypatch.chdir(stranger)
    for command in given:
        done = typed(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
    assert (stranger / "scenarios" / f"{given[0][1]}.yml").is_file()
    assert "0 errors" in done.stdout


@pytest.mark.slow
def test_the_book_is_built_as_the_readme_says(stranger: Path) -> None:
    for command in commands():
        done = call(command, stranger)
        assert done.returncode == 0, done.stdout + done.stderr
    html = stranger / "_build" / commands()[0][1] / "html" / "chapters"
    page = (html / "index.html").read_text(encoding="utf-8")
    assert "no one’s claim" in page
    assert "nan" not in re.sub(r"<[^>]+>", " ", page).split()
    assert "Texas" not in page
