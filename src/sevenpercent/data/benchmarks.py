"""What the benchmarks measured in the run that is committed, beside the goals that were set."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import pandas as pd
from pydantic import Field, model_validator

from sevenpercent import paths, strict
from sevenpercent.strict import Strict

RESULTS = paths.BENCHMARKS / "results.json"
KILLS = paths.BENCHMARKS / "kills.json"


class Measure(Strict):
    """One figure, and what it should be at least or at most.

    `benchmark, name`: where it is measured, and as what; `value`: a peer that is not installed has
    none: such a run cannot be kept; `least, most`: the goal, where there is one; `tried`: what was
    tried and what the profile shows, where the goal is missed.
    """

    benchmark: str
    name: str
    label: str
    value: float
    unit: str = ""
    least: float | None = None
    most: float | None = None
    tried: str = ""

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if self.met is False and not self.tried:
            raise ValueError(f"{self.name} misses its goal: say in 'tried' what was tried")
        return self

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        if self.least is None and self.most is None:
            return None
        return (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )

    @property
    def asked(self) -> str:
        """The goal: ``≥ 10,000``; empty without one."""
        limits = (("≥", self.least), ("≤", self.most))
        return ", ".join(f"{sign} {limit:,g}" for sign, limit in limits if limit is not None)


class Measured(Strict):
    """One run of all benchmarks: the day, the machine and its load before, versions, figures."""

    measured: str
    machine: str
    load: float
    versions: dict[str, str]
    measures: list[Measure] = Field(min_length=1)

    def rows(self) -> pd.DataFrame:
        """One row a figure: ``part`` (``speed.<benchmark>.<name>``), label, value, unit, asked, met, tried."""
        columns = ["part", "label", "value", "unit", "asked", "met", "tried"]
        rows = [
            (f"speed.{m.benchmark}.{m.name}", m.label, m.value, m.unit, m.asked, m.met, m.tried)
            for m in self.measures
        ]
        return pd.DataFrame(rows, columns=columns, dtype=object)


def read(path: Path = RESULTS) -> Measured:
    """Read the committed run.

    Raises InputError naming the first fault: a figure is missing, or a missed goal without what was
    tried.
    """
    return strict.validated(Measured, strict.read_yaml(path), path, "benchmark")  # YAML holds JSON


class Killed(Strict):
    """What kills of one command cost: how many, after how many all was whole, what was done again."""

    kills: int = Field(gt=0)
    survived: int
    lost: int


class Kills(Strict):
    """One run of the harness that kills commands: the day, the machine, versions, commands."""

    measured: str
    machine: str
    versions: dict[str, str]
    kills: dict[str, Killed]

    def rows(self) -> pd.DataFrame:
        """One row a command: ``command``, ``kills``, ``survived``, ``lost``."""
        return pd.DataFrame({"command": n, **told.model_dump()} for n, told in self.kills.items())


def kills(path: Path = KILLS) -> Kills:
    """Read what came of commands that were killed at random moments.

    Raises InputError naming the first fault.
    """
    return strict.validated(Kills, strict.read_yaml(path), path, "harness")
