"""One cell of a sweep: what it computes, in whatever process, and how that ends."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest, unforeseen
from sevenpercent.model import scenario as scenarios
from sevenpercent.model.places import Tables, county_frame, readings
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.run.sweep import grid, inputs
from sevenpercent.run.sweep.simulate import simulated
from sevenpercent.study import cells
from sevenpercent.workers import SECONDS, limited

Status = Literal["ok", "cannot", "failed"]
"""Computed; cannot be asked of these data; went wrong."""


@dataclass(frozen=True)
class Job:
    """All that another process needs to compute a cell.

    `key`: checksum of everything below; `scenario`: as resolved; `chapters`, `patterns`: what is
    computed, and which results are kept; `planted`, `seed`: points planted in simulated data, and
    their draw; None: the real data; `inputs`, `expected`: what is read, and what it holds where the
    sweep was started; `seconds`: time that the cell has.
    """

    key: str
    scenario: dict[str, Any]
    chapters: tuple[str, ...]
    patterns: tuple[str, ...]
    planted: float | None
    seed: int | None
    inputs: inputs.Inputs
    expected: dict[str, str]
    seconds: float = SECONDS


@dataclass(frozen=True)
class Outcome:
    """How a cell ended: its results, or a message."""

    status: Status
    message: str = ""
    values: Mapping[str, Mapping[str, Any]] | None = None

    @property
    def lasting(self) -> bool:
        """Whether the same inputs would always end like this, so that nobody need ask again."""
        return self.status != "failed"


def run(job: Job) -> Outcome:
    """Compute one cell; whatever goes wrong in it is its outcome, not an exception."""
    try:
        differ = inputs.differences(job.expected, inputs.here(job.inputs))
        if differ:
            return Outcome("failed", mismatch(socket.gethostname(), differ))
        scenario = scenarios.model(job.scenario)
        load: Tables = tables.loader(scenario.tables.folder)
        with limited(job.seconds):
            if job.planted is not None and job.seed is not None:
                load = simulated(scenario, load, job.planted, job.seed)
            return Outcome("ok", values=_values(job, scenario, load))
    except InputError as e:
        return Outcome("cannot", str(e))
    except TimeoutError as e:
        return Outcome("failed", str(e))
    except Exception as e:
        return Outcome("failed", unforeseen(type(e).__name__, e))


def mismatch(worker: str, differ: list[str]) -> str:
    """Say that a worker would compute something else."""
    shown = ", ".join(differ[:4]) + (" and more" if len(differ) > 4 else "")
    return f"worker {worker} is not like the machine that asks: {shown} differ"


def _values(job: Job, scenario: Scenario, load: Tables) -> dict[str, dict[str, Any]]:
    for name in job.chapters:
        if name in scenario.left_out:
            raise InputError(f"chapter {name}: {scenario.left_out[name]}")
    if any(scenarios.chapters.read(c).compares for c in job.chapters):
        _varies(scenario, load)

    @cache
    def results(name: str) -> Results:
        return cells.run(name, scenario, load, results).results

    every = Results().merged(*(results(name) for name in job.chapters))
    kept = {k: every[k].as_dict() for k in sorted(every) if grid.matches(k, job.patterns)}
    if not kept:
        what = f"none of its {len(every)} results has a name that the grid keeps"
        fix = nearest(job.patterns[0], every) if every else None
        raise InputError(what, value=", ".join(job.patterns), fix=fix)
    for value in kept.values():
        del value["tables"]
    return kept


def _varies(scenario: Scenario, load: Tables) -> None:
    """Ask first whether there is anything to compare."""
    place = scenario.focus
    varying = readings(scenario, county_frame(scenario, load, place), place)
    wanted = {scenario.treatment.primary}
    if scenario.designs is not None:
        wanted.add(scenario.designs.counties.treatment)
    for name in sorted(wanted):
        if name not in varying and (
            place != scenarios.NATION or name in scenario.treatment.national
        ):
            raise InputError(
                f"reading {name} does not vary between the counties of {place}: "
                "there is nothing to compare there"
            )
