"""Run a sweep: what is at hand is not computed again, and no cell that fails stops another."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from sevenpercent import folders, hashes, paths
from sevenpercent.errors import InputError
from sevenpercent.model import scenario as scenarios
from sevenpercent.run.progress import Progress
from sevenpercent.run.sweep import cell, inputs
from sevenpercent.run.sweep.cell import Job, Outcome
from sevenpercent.run.sweep.cluster import Workers
from sevenpercent.run.sweep.grid import Choice, Grid, Lines, as_text, base, by_name, choices
from sevenpercent.run.sweep.narrow import narrowed
from sevenpercent.workers import SECONDS, Lost, stoppable

TOLD = 20
"""Failures that are told while a sweep runs; all of them stand in its tables."""

SPARE = 1000
"""Outcomes of earlier forms of a grid that are kept, the newest."""

LINES = 100
"""Cells that are told one by one where there is no terminal."""


@dataclass(frozen=True)
class Cell:
    """One cell of a grid: its job, or why there is none.

    `number`: its place in the grid, from 1; `place`, `year`, `reading`: what the settled scenario is
    about; None where there is none and nothing was chosen; `refused`: how it ended before it began.
    """

    number: int
    choice: Choice
    place: str | None
    year: int | None
    reading: str | None
    job: Job | None
    refused: Outcome | None = None


@dataclass
class Store:
    """Outcomes of cells: on the disk those that last, by key; in memory those that failed."""

    folder: Path
    failed: dict[str, Outcome]

    @classmethod
    def at(cls, folder: Path) -> Store:
        """Open the store of a sweep's folder."""
        (folder / "cells").mkdir(parents=True, exist_ok=True)
        for left in (folder / "cells").glob("*.part"):
            left.unlink()
        return cls(folder / "cells", {})

    def get(self, key: str) -> Outcome | None:
        """Outcome of a key; None when it is not at hand, or not whole."""
        if key in self.failed:
            return self.failed[key]
        try:
            body = json.loads((self.folder / f"{key}.json").read_text(encoding="utf-8"))
            return Outcome(**body)
        except (OSError, ValueError, TypeError):
            return None

    def put(self, key: str, outcome: Outcome) -> None:
        """Keep an outcome, whole or not at all."""
        if not outcome.lasting:
            self.failed[key] = outcome
            return
        body = json.dumps(asdict(outcome), ensure_ascii=False)
        folders.replace(self.folder / f"{key}.json", body)

    def prune(self, every: Sequence[Cell], spare: int = SPARE) -> int:
        """Remove the outcomes that the grid does not ask for, but for the newest; how many went."""
        mine = {c.job.key for c in every if c.job is not None}
        other = [p for p in self.folder.glob("*.json") if p.stem not in mine]
        old = sorted(other, key=lambda p: p.stat().st_mtime, reverse=True)[spare:]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def cells(grid: Grid, file: Path, seconds: float = SECONDS) -> list[Cell]:
    """Every cell of a grid, in order, each with its job or with what speaks against it.

    Raises InputError: a value of ``vary`` that every scenario refuses; no cell of the grid can be
    computed; a table is missing.
    """
    out: list[Cell] = []
    ready: dict[str, scenarios.Scenario | Outcome] = {}
    bodies = by_name(grid)
    whole = {name: base(given) for name, given in bodies.items()}
    for number, choice in enumerate(choices(grid), start=1):
        at = json.dumps(asdict(replace(choice, planted=None, seed=None)), default=str)
        if at not in ready:
            path = scenarios.find(bodies[choice.scenario])
            ready[at] = _settled(grid, whole[choice.scenario], choice, path)
        found = ready[at]
        if isinstance(found, Outcome):
            given = dict(choice.settings)
            place = choice.state or given.get("claim.state")
            reading = choice.reading or given.get("treatment.primary")
            year = choice.year or given.get("year")
            out.append(Cell(number, choice, place, year, reading, None, found))
            continue
        job = _job(grid, choice, found, seconds)
        out.append(Cell(number, choice, found.focus, found.year, found.treatment.primary, job))
    _values_known(grid, out, file)
    if all(c.job is None for c in out):
        first = next(c.refused for c in out if c.refused is not None)
        raise InputError(
            f"no cell of this grid can be computed. The first: {first.message}", file=file
        )
    return out


def _values_known(grid: Grid, every: Sequence[Cell], file: Path) -> None:
    """Refuse a value that no scenario takes, before anything runs.

    Where a scenario takes it and another does not, the cells of the other fail.
    """
    lines = Lines(file)
    for key, values in grid.vary.items():
        for at, value in enumerate(values):
            refused = [c.refused for c in every if (key, value) in c.choice.settings]
            wrong = [o for o in refused if o is not None and o.status == "failed"]
            if wrong and None not in refused:
                what = f"no scenario takes this value: {wrong[0].message.rstrip('.')}"
                row, told = lines.of(["vary", key, at]), as_text(value)
                raise InputError(what, file=file, row=row, column=f"vary.{key}", value=told)


def _settled(
    grid: Grid, whole: dict[str, Any], choice: Choice, path: Path
) -> scenarios.Scenario | Outcome:
    """The scenario that a cell computes: a whole one, narrowed, with the settings of the cell.

    It cannot be asked where there is no such reading or election; it failed where the settings do
    not make a scenario.
    """
    try:
        body = narrowed(whole, choice.state, choice.year, choice.reading)
    except InputError as e:
        return Outcome("cannot", str(e))
    if choice.seed is not None:
        scenarios.without_local(body)  # planted are votes by county
    try:
        scenarios.apply(body, grid.set | dict(choice.settings))
        if body["chapters"]:
            body["chapters"] = list(dict.fromkeys([*body["chapters"], *grid.chapters]))
        body["without"] = [c for c in body["without"] if c not in grid.chapters]
        return scenarios.check(body, path)
    except InputError as e:
        return Outcome("failed", str(e))


def _job(grid: Grid, choice: Choice, scenario: scenarios.Scenario, seconds: float) -> Job:
    what = inputs.of(scenario, grid.chapters)
    parts: dict[str, Any] = {"scenario": scenario.model_dump(mode="json")}
    parts |= {"chapters": tuple(grid.chapters), "patterns": tuple(grid.keys)}
    parts |= {"planted": choice.planted, "seed": choice.seed, "expected": inputs.here(what)}
    return Job(key=hashes.key_of(parts), inputs=what, seconds=seconds, **parts)


def run(
    every: Sequence[Cell],
    store: Store,
    start: Callable[[Sequence[Job]], Workers],
    *,
    force: bool = False,
) -> int:
    """Compute the cells that are not at hand.

    A cell whose process dies is tried once more, alone, so that what it took with it is not
    blamed for it; when it dies again it has failed.

    `store` gets each outcome as soon as there is one; `start` gives the workers, asked only when
    there is something to compute; `force`: compute also what is at hand. Returns how many cells were
    computed.
    """
    named = {c.job.key: c.choice.name for c in every if c.job is not None}
    jobs = {c.job.key: c.job for c in every if c.job is not None}
    wanted = [key for key in jobs if force or store.get(key) is None]
    if not wanted:
        return 0
    with stoppable(), Progress(len(wanted), LINES) as progress:
        if len(wanted) < len(jobs):
            progress.say(f"{len(jobs) - len(wanted)} of {len(jobs)} cells are at hand")
        kept = 0

        def keep(key: str, outcome: Outcome) -> None:
            nonlocal kept
            store.put(key, outcome)
            kept += outcome.lasting
            if outcome.status == "failed" and len(store.failed) <= TOLD:
                progress.say(f"cell {named[key]}: {outcome.message}")
            progress.done(named[key], outcome.status)

        workers = start([jobs[key] for key in wanted])
        try:
            with workers:
                for suspect in _together(wanted, jobs, workers, keep):
                    for key, why in _together([suspect], jobs, workers, keep).items():
                        keep(key, Outcome("failed", why))
        except BaseException:
            progress.say(
                f"{kept} of {len(wanted)} cells were computed and are kept; "
                "the same command goes on from there"
            )
            raise
    return len(wanted)


def _together(
    wanted: Sequence[str],
    jobs: Mapping[str, Job],
    workers: Workers,
    keep: Callable[[str, Outcome], None],
) -> dict[str, str]:
    """Compute all; gives those that were lost with a process, each of which may have ended it, and why."""
    waiting, lost = deque(wanted), {}
    while waiting or workers.running:
        while waiting and workers.running < workers.width:
            key = waiting.popleft()
            workers.submit(key, cell.run, jobs[key])
        for key, outcome in workers.ended():
            if isinstance(outcome, Lost):
                lost[key] = outcome.why
            else:
                keep(key, outcome)
    return {key: lost[key] for key in wanted if key in lost}


def outcomes(every: Sequence[Cell], store: Store) -> Iterator[tuple[Cell, Outcome]]:
    """Each cell with how it ended, in the order of the grid."""
    for one in every:
        found = one.refused if one.job is None else store.get(one.job.key)
        yield one, found or Outcome("failed", "its outcome could not be read; run the sweep again")


def folder_of(grid: Grid, out: Path | None = None) -> Path:
    """Folder of a sweep: ``_build/sweeps/<id>`` unless another is named."""
    return (out or paths.BUILD / "sweeps" / grid.id).absolute()
