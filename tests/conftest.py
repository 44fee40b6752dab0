"""What all tests share: the environment of a build, and the built book."""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.cli.main import main
from sevenpercent.data import rules
from sevenpercent.data.rules import report
from sevenpercent.model import scenario
from sevenpercent.run import execute

# Before the first kernel starts: notebooks re-executed here must see what a build sees.
for _name, _value in execute.environment(paths.ROOT).items():
    if _name not in ("MPLBACKEND", "SEVENPERCENT_ROOT"):
        os.environ.setdefault(_name, _value)

# Modules and tables stay: looking through them for garbage after every 700 objects takes a tenth of the time.
gc.set_threshold(100_000, 50)

# Started in the background by a shell, a process ignores Ctrl-C, and so do its children: those that
# a test interrupts must not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


LONG = (
    "test_settings",
    "test_yours",
    "test_book_build",
    "test_pages",
    "test_designs",
    "test_parts",
    "test_hostile_read",
    "test_hostile_files",
    "test_sceptic",
    "test_own_columns",
    "test_dominion",
    "test_texas",
    "test_despite",
    "test_hostile",
    "test_sweep_run",
    "test_first_try",
    "test_roles",
    "test_strangers",
)
"""Files that take longest: handed out first, so that no process waits for the last of them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, in the order of all processes (``--no-loadscope-reorder``)."""
    items.sort(key=lambda i: LONG.index(i.path.stem) if i.path.stem in LONG else len(LONG))


def few(n: int, cases: Iterable[object]) -> list[object]:
    """Cases of a test of which `n` are tried in ``make test``, the others in ``make test-all``."""
    return [c if i < n else pytest.param(c, marks=pytest.mark.slow) for i, c in enumerate(cases)]


@pytest.fixture(scope="session")
def book() -> Path:
    """Folder of the default scenario's pages, built first when any of its inputs changed."""
    from sevenpercent.run.build import build

    return build(scenario.load()).html


TOGETHER: list[Path] = []
"""Folder of a run in several processes, which they share."""


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        TOGETHER[:] = [Path(config.option.basetemp).parent]


@cache
def report_on_data() -> report.Report:
    """What the rules find in the committed tables, asked once by all tests of a run."""
    if not TOGETHER:
        return report.examine()
    with (TOGETHER[0] / "on-data").open("a+b") as kept:
        fcntl.flock(kept, fcntl.LOCK_EX)
        kept.seek(0)
        if not (known := kept.read()):
            kept.write(known := pickle.dumps(report.examine()))
        found: report.Report = pickle.loads(known)
        return found


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> report.Report:
    """The same, also for whatever else asks for it while the test runs."""
    found = report_on_data()
    for module in (report, rules):
        monkeypatch.setattr(module, "examine", lambda data=paths.DATA: found)
    return found


@dataclass(frozen=True)
class Done:
    """What a command left: its status and what it printed."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project beside the real tables, in which the commands are typed."""
    (tmp_path / "scenarios").mkdir()
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "SCENARIOS", tmp_path / "scenarios")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """The command line in this process, from its arguments to its exit status.

    It starts where a user does, in the folder of the project; variables that a command sets for
    its workers are taken back.
    """
    monkeypatch.setattr(os, "environ", {**os.environ, "COLUMNS": "200"})
    monkeypatch.chdir(paths.ROOT)

    def call(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["sevenpercent", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return Done(int(left.value.code or 0), said.out, said.err)

    return call
