"""Killed at each of its steps in turn, what replaces files leaves the old ones or the new, whole."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import psutil
import pytest
from dying import survives

from sevenpercent import workers
from sevenpercent.data import tables
from sevenpercent.errors import ChapterError, InputError
from sevenpercent.folders import alone_in, scratch, vacant
from sevenpercent.model import scenario
from sevenpercent.run import build, publish
from sevenpercent.run.sweep import table
from sevenpercent.study import keys
from sevenpercent.workers import HUNG, Lost, Pool, limited


def every_step(prepare: Callable[[], object], act: Callable[[], object], check: Any) -> int:
    """Act in forks that die at step 1, 2, ... until one survives; how many did not."""
    step = 1
    prepare()
    while not survives(step, act):
        check()
        step += 1
        prepare()
    return step - 1


def test_a_book_is_swapped(tmp_path: Path) -> None:
    book = tmp_path / "book"
    new = book / "book-new"
    about = scenario.load()

    def written(folder: Path, words: str) -> Path:
        (folder / "html").mkdir(parents=True)
        for name in ("html/index.html", "results.json", "numbers.csv", "numbers.parquet"):
            (folder / name).write_text(words)
        return folder

    def prepare() -> None:
        publish.tidy(book)
        publish.swap(written(book / f"book-old{time.monotonic_ns()}", "old"), book, "old", about)
        written(new, "new")

    def standing() -> set[str]:
        names = ("html/index.html", "results.json", "numbers.csv", "numbers.parquet")
        return {(book / name).read_text() for name in names}

    def check() -> None:
        assert standing() in ({"old"}, {"new"})
        publish.tidy(book)
        assert standing() in ({"old"}, {"new"})
        assert len(list(book.glob("book-*"))) == 1
        assert not list(book.glob(".*-*"))

    assert every_step(prepare, lambda: publish.swap(new, book, "new", about), check) >= 4


def test_a_first_book_gets_all_its_links(tmp_path: Path) -> None:
    made = tmp_path / "book-1"
    (made / "html").mkdir(parents=True)
    publish.link(tmp_path / "current", made)  # and here it was killed
    publish.tidy(tmp_path)
    assert (tmp_path / "html").is_dir()


def test_tables_of_a_book_are_replaced(tmp_path: Path) -> None:
    names = ("a.parquet", "b.parquet", "datapackage.json")

    def prepare() -> None:
        tables.finish(tmp_path)
        for name in names:
            (tmp_path / name).write_text("old")

    def act() -> None:
        with tables.replacing(tmp_path) as new:
            for name in names:
                new(name).write_text("new")

    def check() -> None:
        tables.finish(tmp_path)  # as whoever reads a table does
        assert {(tmp_path / n).read_text() for n in names} in ({"old"}, {"new"})
        assert not (tmp_path / tables.JOURNAL).exists()

    assert every_step(prepare, act, check) >= 7


def test_files_of_a_sweep_are_replaced(tmp_path: Path) -> None:
    names = ("cells.parquet", "results.parquet", "results.csv", "index.html")

    def write(text: str) -> None:
        frame = pd.DataFrame({"said": [text]})
        table.write(tmp_path, frame, frame, text)

    def standing() -> set[str]:
        frames = [pd.read_parquet(tmp_path / n) for n in names if n.endswith(".parquet")]
        frames.append(pd.read_csv(tmp_path / "results.csv"))
        return {(tmp_path / "index.html").read_text(), *(f["said"].item() for f in frames)}

    def check() -> None:
        tables.finish(tmp_path)
        assert standing() in ({"old"}, {"new"})
        write("again")
        assert {p.name for p in tmp_path.iterdir()} == set(names)  # and nothing lies about

    assert every_step(lambda: write("old"), lambda: write("new"), check) >= 6


def test_what_a_killed_process_left_in_the_temporary_folder_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def use() -> None:
        with scratch() as folder:
            (folder / "large").write_text("x")
            (folder / "more").write_text("x")

    def check() -> None:
        with scratch() as mine, scratch() as other:
            assert mine.is_dir()
            assert sorted(tmp_path.iterdir()) == sorted([mine, other])
        assert not list(tmp_path.iterdir())

    assert every_step(lambda: None, use, check) >= 5


def held(what: object) -> None:
    """Work without ever coming back to Python."""
    workers.GRACE = 0.5
    with limited(0.5):
        sum(repeat(1, 10**12))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="processes are ended otherwise there")
def test_what_hangs_outside_python_ends() -> None:
    with Pool(1) as pool:
        pool.submit("held", held, None)
        assert pool.ended() == [("held", Lost(HUNG))]


def test_no_worker_outlives_its_parent(tmp_path: Path) -> None:
    program = str(Path(__file__).with_name("dying_parent.py"))
    done = subprocess.run([sys.executable, program, str(tmp_path)], check=False, timeout=120)
    assert done.returncode == -9
    pids = [int(p) for f in tmp_path.glob("*.[01]") for p in f.read_text().split()]
    assert len(pids) == 4
    deadline = time.monotonic() + 20
    while any(map(running, pids)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def running(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def test_a_folder_with_other_files_is_no_place_for_a_book(tmp_path: Path) -> None:
    vacant(tmp_path / "new")
    vacant(tmp_path)
    (tmp_path / "src").mkdir()
    with pytest.raises(InputError, match="other files"):
        vacant(tmp_path)
    with alone_in(tmp_path):
        vacant(tmp_path)


def test_the_oldest_chapters_by_a_wrong_clock_are_kept_while_in_use(tmp_path: Path) -> None:
    for n in range(build.KEPT + 3):
        (tmp_path / f"k{n}").mkdir()
        os.utime(tmp_path / f"k{n}", (n, n))
    build._prune(cast(Any, SimpleNamespace(cache=tmp_path, keys={"gap": "k0"})))
    left = {p.name for p in tmp_path.iterdir()}
    assert "k0" in left
    assert len(left) == build.KEPT + 1


def test_a_chapter_whose_table_changed_meanwhile_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    s = scenario.load()
    now = tables.hashes_of(keys.tables_of("gap", s))
    chapters = {"gap": SimpleNamespace(needs=[])}
    run = build.Run(s, cast(Any, chapters), Path(), Path(), now, force=False)
    run.set_key("gap")
    run.still("gap")
    other = {**now, "county_votes": "0" * 64}
    monkeypatch.setattr(tables, "hashes_of", lambda *_: other)
    with pytest.raises(ChapterError, match="table county_votes was changed while it ran"):
        run.still("gap")
