"""The same sweep on a real Dask scheduler with two workers, started here; and when one is killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from sweep_faults import cells, faulty, written
from test_sweep_command import FILES, call, command

from sevenpercent import paths
from sevenpercent.errors import InputError, SevenPercentError
from sevenpercent.run.sweep import cluster, run
from sevenpercent.run.sweep.cluster import Cluster

pytestmark = pytest.mark.slow

HERE = str(Path(__file__).parent)
"""Workers must find the module of planted faults."""


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[psutil.Process]:
    """A Dask process of ours, with all that it starts, ended in the end."""
    given = [str(paths.ROOT / "src"), HERE, os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(given), **variables}
    running = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=env,
    )
    process = psutil.Process(running.pid)
    try:
        yield process
    finally:
        family = process.children(recursive=True) if process.is_running() else []
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        for child in psutil.wait_procs(family, timeout=5)[1]:
            child.kill()


@contextmanager
def scheduler(folder: Path) -> Iterator[str]:
    """Address of a scheduler at a free port."""
    file = folder / "scheduler.json"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file")
    with started("scheduler", *options, str(file)):
        until(file.is_file)
        yield str(json.loads(file.read_text())["address"])


def worker(address: str, folder: Path, *options: str) -> tuple[str, ...]:
    """Arguments of a worker with one thread."""
    fixed = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(folder))
    return ("worker", address, *fixed, *options)


def until(reached: Callable[[], object], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def threads(address: str) -> int:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        return sum(client.nthreads().values())


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers that come back when they are killed."""
    folder = tmp_path_factory.mktemp("dask")
    with (
        scheduler(folder) as found,
        started(*worker(found, folder / "a")),
        started(*worker(found, folder / "b")),
    ):
        until(lambda: threads(found) == 2)
        yield found


def test_the_cluster_gives_the_bytes_of_this_machine(address: str, tmp_path: Path) -> None:
    path = written(tmp_path, states=["WI", "PA", "MI"])
    far = call(path, "--out", tmp_path / "far", "--scheduler", address)
    near = call(path, "--out", tmp_path / "near", "--jobs", 1)
    assert far.returncode == near.returncode == 0, far.stderr
    assert "12 cells: 8 computed, 4 cannot be asked" in far.stdout
    for name in FILES:
        assert (tmp_path / "far" / name).read_bytes() == (tmp_path / "near" / name).read_bytes()
    again = call(path, "--out", tmp_path / "far", "--scheduler", address)
    assert "0 computed now" in again.stdout


def test_a_worker_killed_in_the_middle_costs_nothing(tmp_path: Path) -> None:
    """One of two workers goes for good; the other computes what it had."""
    path = written(tmp_path, vary=None, readings=["any_dre_vv"], simulate={"seeds": 30})
    out = tmp_path / "out"
    with (
        scheduler(tmp_path) as found,
        started(*worker(found, tmp_path / "a", "--no-nanny")) as first,
        started(*worker(found, tmp_path / "b", "--no-nanny")),
    ):
        until(lambda: threads(found) == 2)
        running = subprocess.Popen(
            command(path, "--out", out, "--scheduler", found),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=paths.ROOT,
        )
        until(lambda: len(list((out / "cells").glob("*.json"))) >= 4)
        first.send_signal(signal.SIGKILL)
        said, wrong = running.communicate(timeout=300)
        assert threads(found) == 1
    assert running.returncode == 0, wrong
    assert "30 cells: 30 computed. 30 computed now" in said


def test_cells_that_raise_or_kill_stop_no_other(address: str, tmp_path: Path) -> None:
    _, every = cells(tmp_path, states=["MI"])
    sound = run.Store.at(tmp_path / "sound")
    run.run(every, sound, lambda jobs: Cluster(address, jobs))
    bad = [every[0], faulty(every[1], "raise"), faulty(every[2], "kill"), every[3]]
    store = run.Store.at(tmp_path / "out")
    checked = [c.job for c in every if c.job is not None]
    assert run.run(bad, store, lambda jobs: Cluster(address, checked)) == 4
    found = [outcome for _, outcome in run.outcomes(bad, store)]
    assert [o.status for o in found] == ["cannot", "failed", "failed", "cannot"]
    assert found[1].message == "planted (zero division error)"
    assert "ended from outside" in found[2].message


def test_a_worker_with_another_table_is_refused(address: str, tmp_path: Path) -> None:
    other = tmp_path / "project"
    shutil.copytree(paths.DATA, other / "data")
    for name in ("chapters", "scenarios", "src"):
        (other / name).symlink_to(paths.ROOT / name)
    table = other / "data" / "county_votes.parquet"
    table.write_bytes(table.read_bytes() + b"\0")
    path = written(tmp_path, states=["MI"])
    with started(*worker(address, tmp_path / "c"), SEVENPERCENT_ROOT=str(other)):
        until(lambda: threads(address) == 3)
        done = call(path, "--out", tmp_path / "out", "--scheduler", address)
    until(lambda: threads(address) == 2)
    assert done.returncode == 2
    assert "is not like the machine that asks: table county_votes differ" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_a_scheduler_without_workers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 3)
    with (
        scheduler(tmp_path) as found,
        pytest.raises(InputError, match="the scheduler has no workers"),
    ):
        Cluster(found, [])


def test_when_all_workers_have_gone_the_sweep_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "GRACE", 3)
    _, every = cells(tmp_path, states=["MI"])
    checked = [c.job for c in every if c.job is not None]
    bad = [faulty(every[0], "kill"), *every[1:]]
    with (
        scheduler(tmp_path) as found,
        started(*worker(found, tmp_path / "a", "--no-nanny")),
    ):
        until(lambda: threads(found) == 1)
        with pytest.raises(SevenPercentError, match="no worker is left"):
            run.run(bad, run.Store.at(tmp_path / "out"), lambda jobs: Cluster(found, checked))


def test_when_the_scheduler_has_gone_the_sweep_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, vary=None, readings=["any_dre_vv"], simulate={"seeds": 200})
    out = tmp_path / "out"
    options = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file")
    file = tmp_path / "s.json"
    with started("scheduler", *options, str(file)) as lost:
        until(file.is_file)
        found = str(json.loads(file.read_text())["address"])
        with started(*worker(found, tmp_path / "a", "--no-nanny")):
            until(lambda: threads(found) == 1)
            running = subprocess.Popen(
                command(path, "--out", out, "--scheduler", found),
                stderr=subprocess.PIPE,
                text=True,
                cwd=paths.ROOT,
            )
            until(lambda: len(list((out / "cells").glob("*.json"))) >= 3)
            lost.kill()
            _, said = running.communicate(timeout=120)
    assert running.returncode == 1
    assert f"the scheduler at {found} has gone" in said
    assert "are kept" in said
    assert "Traceback" not in said
