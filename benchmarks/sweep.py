"""A sweep of simulated cells: how well two processes share it, its memory, and what it finds.

A cell is the county design of the default scenario's state on an election of its own: machines by
lot, and 0, 2 or 7 points planted where they fall. Every cell goes the whole way of
`sevenpercent sweep`: resolved, hashed, computed in another process, written, gathered. Memory is
that of all processes together, looked at ten times a second; pages that they share are counted in
each. Seconds of a cell are those beyond a sweep of three cells, which has to start all the same.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import yaml
from measured import figure

from sevenpercent.model import scenario
from sevenpercent.run.sweep.grid import Grid

PLANTED = [0, -2, -7]
CELLS = 60


def grid(cells: int) -> Grid:
    """As many simulated cells, in three planted sizes."""
    chosen = scenario.load()
    return Grid.model_validate(
        {
            "id": "benchmark",
            "scenarios": [chosen.id],
            "states": [chosen.focus],
            "readings": [chosen.treatment.primary],
            "set": {"designs.counties.neighbours": {}, "designs.counties.placebos": []},
            "simulate": {"plant": PLANTED, "seeds": cells // len(PLANTED)},
            "chapters": ["designs"],
            "keys": ["designs.p1.estimate"],
        }
    )


def measured(folder: Path, cells: int, jobs: int) -> tuple[float, float]:
    """Seconds of a sweep of so many cells in so many processes, and peak memory in MB."""
    file, out = folder / "benchmark.yml", folder / f"out-{cells}-{jobs}"
    file.write_text(yaml.safe_dump(grid(cells).model_dump(mode="json", exclude_defaults=True)))
    command = [sys.executable, "-m", "sevenpercent.cli.main", "sweep", str(file), "--out", str(out)]
    start, peak = time.perf_counter(), 0
    running = psutil.Popen([*command, "--jobs", str(jobs)], stdout=subprocess.DEVNULL)
    while running.poll() is None:
        peak = max(peak, sum(resident(p) for p in [running, *running.children(recursive=True)]))
        time.sleep(0.1)
    if running.wait() != 0:
        raise SystemExit(f"the sweep ended with status {running.returncode}")
    return time.perf_counter() - start, peak / 2**20


def resident(process: psutil.Process) -> int:
    """Memory that a process holds; none when it has ended meanwhile."""
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def figures() -> list[dict[str, Any]]:
    """Parallel efficiency of two processes, seconds a cell, and memory."""
    with tempfile.TemporaryDirectory() as folder:
        took = {
            (cells, jobs): measured(Path(folder), cells, jobs)
            for jobs in (1, 2)
            for cells in (len(PLANTED), CELLS)
        }
    alone, shared = (took[CELLS, jobs][0] - took[len(PLANTED), jobs][0] for jobs in (1, 2))
    return [
        figure(
            "efficiency", f"{CELLS} simulated cells, two processes: time of one over twice that of two",
            alone / shared / 2, "ratio", least=0.9,
            tried="Each process imports the library and loads the tables for itself, and one writes the table of all cells.",
        ),
        figure("seconds", f"{CELLS} simulated cells, two processes, all included", took[CELLS, 2][0], "seconds"),
        figure("memory", "peak memory of a sweep, all processes together", took[CELLS, 2][1], "MB"),
    ]  # fmt: skip
