"""`sevenpercent sweep` as it is typed: exit statuses, resuming, the same bytes however many jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from sweep_faults import written

from sevenpercent import paths
from sevenpercent.cli import main as cli
from sevenpercent.errors import SevenPercentError

FILES = ("cells.parquet", "results.parquet", "results.csv", "index.html")
MICHIGAN = {"states": ["MI"], "keys": None}
"""Cells that end at once: there is nothing to compare."""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "sevenpercent.cli.main", "sweep", *map(str, arguments)]


def call(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, cwd=paths.ROOT
    )


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command in this process; the variables that it sets for its workers are taken back."""
    monkeypatch.setattr(os, "environ", os.environ.copy())

    def call_here(*arguments: object) -> int:
        try:
            return int(cli.app(["sweep", *map(str, arguments)], standalone_mode=False) or 0)
        except SevenPercentError as e:
            print(e)
            return e.exit_code

    return call_here


def test_a_wrong_grid_is_one_message_and_nothing_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, vary={"treatment.primry": ["any_dre_vv"]})
    done = call(path, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.startswith(f"sevenpercent: {path}: unknown scenario key (row ")
    assert "Did you mean 'primary'?" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_value_that_no_scenario_takes_is_refused_before_anything_runs(
    typed: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, **MICHIGAN, vary={"redraw.draws": [99, "many"]})
    assert typed(path, "--out", tmp_path / "out") == 2
    said = capsys.readouterr().out
    assert "no scenario takes this value" in said
    assert "vary.redraw.draws" in said
    assert "value 'many'" in said
    assert "row " in said
    assert not (tmp_path / "out").exists()


def test_failed_cells_make_status_one_and_are_asked_again(
    typed: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = {"scenarios": ["midwest-2016", "dominion-2020"], "readings": None}
    some = {"designs.counties.treatment": ["any_dre_vv", "dominion_make"]}
    path = written(tmp_path, **MICHIGAN, **both, vary=some)
    assert typed(path, "--out", tmp_path / "out", "--jobs", 1) == 1
    said = capsys.readouterr().out
    assert "2 failed" in said
    each = pd.read_parquet(tmp_path / "out" / "cells.parquet")
    assert each["status"].tolist()[1:3] == ["failed"] * 2
    assert "dominion_make" in each["message"][1]
    written(tmp_path, **MICHIGAN, vary={"redraw.draws": [99]})
    assert typed(path, "--out", tmp_path / "out") == 0
    capsys.readouterr()
    assert typed(path, "--out", tmp_path / "out") == 0
    assert "0 computed now" in capsys.readouterr().out
    assert typed(path, "--out", tmp_path / "out", "--strict") == 1


def test_nobody_answers_at_the_address(
    typed: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, **MICHIGAN)
    out = ("--out", tmp_path / "out")
    assert typed(path, *out, "--scheduler", "tcp://127.0.0.1:9") == 2
    assert capsys.readouterr().out.strip().splitlines() == [
        "no Dask scheduler answers there (value 'tcp://127.0.0.1:9'). "
        "Start one with: dask scheduler"
    ]
    assert typed(path, *out, "--scheduler", "tcp://127.0.0.1:9", "--jobs", 2) == 2
    assert "exclude each other" in capsys.readouterr().out


@pytest.mark.slow
def test_one_job_and_two_give_the_same_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, states=["WI", "PA"])
    for jobs in (1, 2):
        done = call(path, "--out", tmp_path / str(jobs), "--jobs", jobs)
        assert done.returncode == 0, done.stderr
        assert "8 cells: 8 computed. 8 computed now" in done.stdout
    for name in FILES:
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sweep_goes_on_where_it_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    path = written(tmp_path, vary=None, simulate={"seeds": 30})
    out = tmp_path / "out"
    running = subprocess.Popen(
        command(path, "--out", out, "--jobs", 2), stderr=subprocess.PIPE, text=True, cwd=paths.ROOT
    )
    deadline = time.monotonic() + 120
    while len(list((out / "cells").glob("*.json"))) < 4:
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(number)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "are kept" in said
    assert "Traceback" not in said
    kept = len(list((out / "cells").glob("*.json")))
    assert 4 <= kept < 60
    assert not (out / "index.html").exists()
    done = call(path, "--out", out, "--jobs", 2)
    assert done.returncode == 0, done.stderr
    assert f"60 cells: 60 computed. {60 - kept} computed now" in done.stdout


@pytest.mark.slow
def test_a_killed_sweep_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = written(tmp_path, vary=None, simulate={"seeds": 10})
    out = tmp_path / "out"
    running = subprocess.Popen(
        command(path, "--out", out, "--jobs", 1), stderr=subprocess.DEVNULL, cwd=paths.ROOT
    )
    deadline = time.monotonic() + 120
    while len(list((out / "cells").glob("*.json"))) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.kill()
    running.wait()
    kept = len(list((out / "cells").glob("*.json")))
    done = call(path, "--out", out)
    assert done.returncode == 0, done.stderr
    assert f"20 cells: 20 computed. {20 - kept} computed now" in done.stdout
