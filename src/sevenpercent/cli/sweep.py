"""The command ``sweep``."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.workers import SECONDS

CellSeconds = Annotated[
    float,
    typer.Option(
        "--cell-seconds", min=1, max=10_000_000, help="Stop a cell that takes longer: it hangs."
    ),
]


def sweep(
    grid: Annotated[str, typer.Argument(help="Name under sweeps/, or a YAML file.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder, instead of _build/sweeps/ID.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Cells computed at the same time here.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Compute on this Dask cluster."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Compute also what is at hand.")] = False,
    cell_seconds: CellSeconds = SECONDS,
    strict: Annotated[
        bool, typer.Option("--strict", help="Status 1 also when a cell cannot be asked.")
    ] = False,
) -> None:
    """Compute many scenarios at once: one table, one page.

    Run again, it computes only what is not at hand, and what failed. Status 1 when a cell failed,
    2 when the grid or the scheduler is wrong.
    """
    if jobs is not None and scheduler is not None:
        raise InputError("--jobs and --scheduler exclude each other", fix="Give one of them.")
    from sevenpercent.folders import alone_in, vacant, writable
    from sevenpercent.run import execute
    from sevenpercent.run.execute import WARM
    from sevenpercent.run.sweep import grid as grids
    from sevenpercent.run.sweep import run, table
    from sevenpercent.run.sweep.cell import Job
    from sevenpercent.run.sweep.cluster import Cluster, Workers
    from sevenpercent.run.sweep.page import page, told
    from sevenpercent.workers import Pool, processors

    os.environ.update(execute.environment(paths.ROOT))
    os.environ["MPLBACKEND"] = "agg"
    file = grids.find(grid)
    chosen = grids.load(file)
    cells = run.cells(chosen, file, cell_seconds)

    def start(wanted: Sequence[Job]) -> Workers:
        if scheduler is not None:
            return Cluster(scheduler, wanted)
        return Pool(jobs or processors(), warm=WARM)

    folder = run.folder_of(chosen, out)
    if out is not None:
        vacant(folder)
        writable(folder)
    with alone_in(folder):
        store = run.Store.at(folder)
        ran = run.run(cells, store, start, force=force)
        store.prune(cells)
        each, results = table.tables(chosen, run.outcomes(cells, store))
        table.write(folder, each, results, page(chosen, each, results))
    counts = Counter(each["status"])
    typer.echo(f"{told(counts)} {ran:,} computed now: {paths.shown(folder / 'index.html')}")
    if counts["failed"] or (strict and counts["cannot"]):
        raise typer.Exit(1)
