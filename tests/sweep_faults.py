"""Cells with planted faults, and workers in this very process, for tests of sweeps."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from sevenpercent.run.sweep import grid as grids
from sevenpercent.run.sweep import run
from sevenpercent.run.sweep.cell import Job
from sevenpercent.workers import Lost, Work

GRID: dict[str, Any] = {
    "id": "small",
    "scenarios": ["midwest-2016"],
    "states": ["WI"],
    "readings": ["any_dre_vv", "dre_share_registration"],
    "set": {"designs.counties.neighbours": {}, "designs.counties.placebos": []},
    "vary": {"designs.counties.outcome": ["change_two_party", "log_ratio"]},
    "chapters": ["designs"],
    "keys": ["designs.p1.estimate", "designs.p1.size.*"],
}
"""Four cells that are computed in a moment."""


def written(folder: Path, **changes: Any) -> Path:
    """Write the small grid with some keys changed; None takes a key away."""
    body = {k: v for k, v in {**GRID, **changes}.items() if v is not None}
    path = folder / f"{body['id']}.yml"
    path.write_text(yaml.safe_dump(body, sort_keys=False))
    return path


def cells(folder: Path, **changes: Any) -> tuple[grids.Grid, list[run.Cell]]:
    """Read the small grid, changed, and settle its cells."""
    path = written(folder, **changes)
    grid = grids.load(path)
    return grid, run.cells(grid, path)


class Fault(dict[str, str]):
    """Takes the place of a job's checksums and does harm when they are looked at."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind=kind)

    def __reduce__(self) -> tuple[type[Fault], tuple[str]]:
        return Fault, (self["kind"],)

    def __iter__(self) -> Iterator[str]:
        if self["kind"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise ZeroDivisionError("planted")


def faulty(one: run.Cell, kind: str) -> run.Cell:
    """The same cell with a fault: ``raise`` an exception, or ``kill`` the process."""
    assert one.job is not None
    return replace(one, job=replace(one.job, expected=Fault(kind)))


class Inline:
    """Workers that are this process, the last piece handed in first; they count what they do.

    ``lost`` says how often a piece is lost before it is done.
    """

    width = 3

    def __init__(self, lost: dict[str, int] | None = None, stop_after: int | None = None) -> None:
        self.done: list[str] = []
        self._lost, self._stop_after = dict(lost or {}), stop_after
        self._waiting: list[tuple[str, Work, object]] = []

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None: ...

    def __call__(self, jobs: Sequence[Job]) -> Any:
        return self

    @property
    def running(self) -> int:
        return len(self._waiting)

    def submit(self, name: str, work: Work, argument: object) -> None:
        self._waiting.append((name, work, argument))

    def ended(self) -> list[tuple[str, Any]]:
        if len(self.done) == self._stop_after:
            raise KeyboardInterrupt
        name, work, argument = self._waiting.pop()
        self.done.append(name)
        if self._lost.get(name):
            self._lost[name] -= 1
            return [(name, Lost("gone"))]
        return [(name, work(argument))]
