"""What happens around a run: other file systems, other runs, cells that hang, old outcomes, counts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Done
from sweep_faults import cells

from sevenpercent.cli import main as cli
from sevenpercent.folders import alone_in
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.run import build, graph
from sevenpercent.run.sweep import cell, run
from sevenpercent.run.sweep.cell import Outcome
from sevenpercent.workers import SECONDS, limited

SHM = Path("/dev/shm")


@pytest.mark.skipif(not SHM.is_dir(), reason="there is no /dev/shm")
def test_a_chapter_is_kept_from_another_file_system(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=SHM) as other:
        work = Path(other)
        assert work.stat().st_dev != tmp_path.stat().st_dev
        for name in ("results", "upstream"):
            (work / "gap" / name).mkdir(parents=True)
        (work / "gap" / "scenario.yml").write_text("")
        (work / "gap" / "results" / "gap.json").write_text(Results().to_json("gap"))
        headers = graph.read_all(["gap"])
        hashes: dict[str, str] = defaultdict(lambda: "as it was")
        kept = build.Run(scenario.load(), headers, work, tmp_path / "cache", hashes, force=False)
        kept.keys["gap"] = "key"
        kept.keep("gap")
        assert (tmp_path / "cache" / "key" / "results" / "gap.json").is_file()
        assert [p.name for p in (tmp_path / "cache").iterdir()] == ["key"]
        assert not (work / "gap").exists()


def test_a_second_run_says_that_it_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended: list[float] = []

    def second() -> None:
        with alone_in(tmp_path):
            ended.append(time.monotonic())

    with alone_in(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.3)
        assert not ended
        assert "this one waits for it" in capsys.readouterr().err
    thread.join(5)
    assert ended


def test_a_cell_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TimeoutError, match="longer than"), limited(0.1):
        time.sleep(5)
    job = cells(tmp_path)[1][0].job
    assert job is not None
    assert job.seconds == SECONDS
    monkeypatch.setattr(cell, "_values", lambda *_: time.sleep(5))
    assert cell.run(replace(job, seconds=0.1)) == Outcome(
        "failed", "the cell took longer than 0.1 s"
    )


def test_old_outcomes_of_a_sweep_are_removed(tmp_path: Path) -> None:
    _, every = cells(tmp_path)
    store = run.Store.at(tmp_path / "out")
    job = every[0].job
    assert job is not None
    store.put(job.key, Outcome("cannot"))
    for n in range(5):
        store.put(f"old{n}", Outcome("cannot"))
        os.utime(store.folder / f"old{n}.json", (n, n))
    assert store.prune(every, spare=2) == 3
    left = {p.stem for p in store.folder.glob("*.json")}
    assert left == {job.key, "old3", "old4"}


def results(folder: Path, name: str, *values: tuple[str, object, float]) -> str:
    body = {
        k: {"value": v, "se": s, "unit": "points", "label": "", "tables": []} for k, v, s in values
    }
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"schema": 1, "scenario": name, "values": body}))
    return str(path)


def test_compare_counts_numbers(tmp_path: Path, typed: Callable[..., Done]) -> None:
    before = results(tmp_path, "a", ("gap.x", 1.0, 0.1), ("gap.y", 2.0, 0.2), ("gap.z", True, 0.0))
    after = results(tmp_path, "b", ("gap.x", 1.5, 0.3), ("gap.y", 2.0, 0.2), ("gap.new", 1, 0.0))
    done = typed("compare", before, after, "--errors")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "3 of 4 numbers differ"
    assert typed("compare", before, before).returncode == 0
    assert typed("compare", before, after, "--only", "nothing").returncode == 2


BODIES = {
    "deep": "[" * 100_000 + "]" * 100_000,
    "a number of 6,000 digits": '{"schema": 1, "values": {"a": {"value": ' + "9" * 6_000 + "}}}",
    "a list": '{"schema": 1, "values": [1]}',
    "a value that is none": '{"schema": 1, "values": {"a": {"value": {"b": 1}, "tables": []}}}',
}


@pytest.mark.parametrize("what", BODIES)
def test_numbers_that_are_none_are_told(
    tmp_path: Path, typed: Callable[..., Done], what: str
) -> None:
    (tmp_path / "a.json").write_text(BODIES[what])
    done = typed("compare", tmp_path / "a.json", tmp_path / "a.json")
    assert done.returncode == 2
    assert "a.json: " in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_compare_sends_a_terminal_no_control_characters(
    tmp_path: Path, typed: Callable[..., Done]
) -> None:
    done = typed(
        "compare", results(tmp_path, "a", ("gap.\x1b[2J\nx", 1.0, 0.1)), results(tmp_path, "b")
    )
    assert "\x1b" not in done.stdout
    assert len(done.stdout.splitlines()) == 2


def test_ctrl_c_while_modules_are_read_is_no_traceback() -> None:
    """A process is interrupted at the first module that the command line asks for."""
    program = (
        "import os, signal, sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'typer': os.kill(os.getpid(), signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "sys.meta_path.insert(0, Stop())\n"
        "import sevenpercent.cli.main\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stderr == b""


def test_the_shell_can_complete(typed: Callable[..., Done]) -> None:
    assert "--install-completion" in typed("--help").stdout
    assert cli.app._add_completion
