"""One cell of a sweep: what it computes, in whatever process, and how that ends."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest, unforeseen
from sevenpercent.model import frames
from sevenpercent.model import scenario as scenarios
from sevenpercent.model.places import Tables, county_frame, readings
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.run.sweep import grid, inputs
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
    if set(scenarios.COMPARING) & set(job.chapters):
        _varies(scenario, load)
    done: dict[str, Results] = {}

    def results(name: str) -> Results:
        if name not in done:
            done[name] = cells.run(name, scenario, load, results).results
        return done[name]

    every = Results().merged(*(results(name) for name in job.chapters))
    kept = {k: every[k].as_dict() for k in sorted(every) if grid.matches(k, job.patterns)}
    if not kept:
        raise InputError(
            f"none of its {len(every)} results has a name that the grid keeps",
            value=", ".join(job.patterns),
            fix=nearest(job.patterns[0], every) if every else None,
        )
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


def simulated(scenario: Scenario, tables: Tables, planted: float, seed: int) -> Tables:
    """Tables of an election in which the harm is known.

    The machines of the scenario's year are handed out anew, by lot among the counties of each
    state, so that nothing about a county says whether it votes electronically. Then votes move
    between the two parties where the leading reading says electronic. Whatever an analysis finds
    beyond that is chance.

    `tables`: the real ones by name; `planted`: points of the two-party share, at a reading of one,
    that the harmed party is given; **negative** = it loses them. Votes are whole and none falls
    below zero, so a county may get a little less than that; `seed`: of the lot; the same seed hands
    out the same machines at every size. Returns the same tables, those of votes and equipment
    changed and cut to the states that the scenario looks at; totals of votes stay.
    """
    equipment, votes = (
        _own(tables(name), scenario) for name in (scenario.tables.equipment, scenario.tables.votes)
    )
    equipment = _by_lot(equipment, scenario.year, seed)
    treated = frames.treatments(equipment, scenario.year, scenario.treatment.version)
    reading = treated.get(scenario.treatment.primary, pd.Series(dtype=float))
    changed = {
        scenario.tables.equipment: equipment,
        scenario.tables.votes: _planted(votes, scenario, reading, planted),
    }
    return lambda name: changed[name].copy() if name in changed else tables(name)


def _own(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    if scenario.nation:
        return table
    return table[table["state"].isin(scenario.states)]


def _by_lot(equipment: pd.DataFrame, year: int, seed: int) -> pd.DataFrame:
    """Each county of a state gets all the equipment of another: readings stay together."""
    rng = np.random.default_rng(seed)
    now = equipment["year"] == year
    new: dict[str, str] = {}
    places = equipment.loc[now, ["state", "fips"]].drop_duplicates().sort_values("fips")
    for _, own in places.groupby("state")["fips"]:
        new |= dict(zip(own, rng.permutation(own.to_numpy(object)), strict=True))
    out = equipment.copy()
    out.loc[now, "fips"] = out.loc[now, "fips"].map(new)
    return out


def _planted(
    votes: pd.DataFrame, scenario: Scenario, reading: pd.Series[float], points: float
) -> pd.DataFrame:
    harmed, favoured = scenario.parties.harmed.party, scenario.parties.favoured.party
    now = votes["year"] == scenario.year
    dose = votes.loc[now, "fips"].map(reading).fillna(0.0).astype(float)
    had = votes.loc[now, harmed].astype(float)
    both = had + votes.loc[now, favoured].astype(float)
    has = (had + both * dose * points / 100).round().clip(lower=0, upper=both)
    out = votes.copy()
    out.loc[now, harmed] = has.astype(votes[harmed].dtype)
    out.loc[now, favoured] = (both - has).astype(votes[favoured].dtype)
    return out
