"""Sweep 3,000 simulated cells on this machine: seconds, cells a second, and peak memory.

Run with ``python benchmarks/sweep.py`` (``--cells 300`` for a shorter one); it prints what it found
and writes ``benchmarks/sweep.json``. A cell is the county design of the default scenario's state on
an election of its own: machines by lot, and 0, 2 or 7 points planted where they fall. Every cell
goes the whole way of `sevenpercent sweep`: resolved, hashed, computed in another process, written,
gathered. Memory is the largest resident set of each process, looked at ten times a second; pages
that processes share are counted in each.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import yaml

from sevenpercent.data.benchmarks import machine
from sevenpercent.model import scenario
from sevenpercent.run.sweep import summary
from sevenpercent.run.sweep.grid import Grid
from sevenpercent.workers import processors

TARGET = Path(__file__).with_suffix(".json")
PLANTED = [0, -2, -7]
MEGABYTE = 2**20


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


def measured(file: Path, out: Path, jobs: int) -> dict[str, Any]:
    """Run the command and watch it."""
    command = [sys.executable, "-m", "sevenpercent.cli.main", "sweep", str(file)]
    start, before = time.perf_counter(), processor_seconds()
    running = psutil.Popen(
        [*command, "--out", str(out), "--jobs", str(jobs)], stdout=subprocess.DEVNULL
    )
    parent, worker, together, first = 0, 0, 0, 0.0
    while running.poll() is None:
        sizes = []
        for process in running.children(recursive=True):
            try:
                sizes.append(process.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        try:
            own = running.memory_info().rss
        except psutil.NoSuchProcess:
            break
        parent, worker = max(parent, own), max([worker, *sizes])
        together = max(together, own + sum(sizes))
        if not first and next((out / "cells").glob("*.json"), None):
            first = time.perf_counter() - start
        time.sleep(0.1)
    if running.wait() != 0:
        raise SystemExit(f"the sweep ended with status {running.returncode}")
    return {
        "seconds": time.perf_counter() - start,
        "processor_seconds": processor_seconds() - before,
        "first_cell_after": first,
        "peak_megabytes": {
            "parent": parent / MEGABYTE,
            "worker": worker / MEGABYTE,
            "together": together / MEGABYTE,
        },
    }


def processor_seconds() -> float:
    """Of all processes that were started from here and have ended, and of those they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Print what was found and write it."""
    parser = argparse.ArgumentParser(description="Time a sweep of simulated cells.")
    parser.add_argument("--cells", type=int, default=3000)
    parser.add_argument("--jobs", type=int, default=processors())
    given = parser.parse_args()
    chosen = grid(given.cells)
    body: dict[str, Any] = {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in ("numpy", "pandas", "pyarrow", "pyfixest")},
        },
        "load_before": os.getloadavg()[0],
        "jobs": given.jobs,
    }
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder, "benchmark.yml"), Path(folder, "out")
        file.write_text(yaml.safe_dump(chosen.model_dump(mode="json", exclude_defaults=True)))
        body |= measured(file, out, given.jobs)
        results = pd.read_parquet(out / "results.parquet")
        again = measured(file, out, given.jobs)
        body["megabytes_on_disk"] = sum(p.stat().st_size for p in out.rglob("*")) / MEGABYTE
    body["load_after"] = os.getloadavg()[0]
    body["cells"] = int(results["cell"].nunique())
    body["cells_a_second"] = body["cells"] / body["seconds"]
    body["seconds_when_all_is_at_hand"] = again["seconds"]
    found = summary.recovered(chosen, summary.compared(chosen, results))
    body["found"] = found.drop(columns="reading", errors="ignore").to_dict("records")
    TARGET.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    print(
        f"{body['cells']:,} cells in {body['seconds']:.0f} s with {given.jobs} processes: ", end=""
    )
    print(f"{body['cells_a_second']:.1f} a second (load before {body['load_before']:.1f})")
    print(f"again, all at hand: {body['seconds_when_all_is_at_hand']:.0f} s")
    for name, size in body["peak_megabytes"].items():
        print(f"peak memory, {name}: {size:.0f} MB")
    print(found.to_string(index=False))


if __name__ == "__main__":
    main()
