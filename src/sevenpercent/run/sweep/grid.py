"""A grid file: which scenarios, states, years, readings and settings are crossed, and what is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator

from sevenpercent import paths, strict
from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest
from sevenpercent.model import scenario as scenarios
from sevenpercent.model.scenario import NATION, Identifier, Postal, Strict

MOST = 1_000_000
"""Cells that a grid may have."""

NONE: list[Any] = [None]
"""What a grid that does not cross something has in its place."""

OWN = "own"
"""Asks for the states or the readings that each scenario itself names."""

UNKNOWN = {
    "chapters": "unknown chapter",
    "states": "unknown state",
    "years": "no votes of this year",
    "readings": "no reading",
}
"""Lists of names in a grid, and what is said of a name that nobody knows."""

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]


class Simulate(Strict):
    """Simulated data in place of the real: see :mod:`sevenpercent.run.sweep.simulate`."""

    plant: list[Annotated[float, Field(ge=-100, le=100)]] = Field(default=[0.0], min_length=1)
    """Points of the two-party share that the harmed party is given where voting is electronic;
    **negative** = it loses them."""
    seeds: int = Field(ge=1, le=MOST)
    """Cells for each planted size; each hands the machines out anew."""
    first: int = Field(default=1, ge=0)
    """Seed of the first of them."""


class Grid(Strict):
    """Many scenarios, made from few by crossing what varies.

    ``states``, ``years`` and ``readings`` each narrow a scenario to one place, one election and
    one meaning of "electronic" (see :mod:`sevenpercent.run.sweep.narrow`); ``vary`` crosses the values
    of any other key, written as for ``--set``; ``set`` changes a key in every cell.
    """

    id: Identifier
    title: str = ""
    scenarios: list[str] = Field(min_length=1)
    states: Literal["own"] | list[Postal] = Field(default=[])
    years: list[int] = Field(default=[])
    readings: Literal["own"] | list[Identifier] = Field(default=[])
    set: dict[Key, Any] = Field(default={})
    vary: dict[Key, Annotated[list[Any], Field(min_length=1)]] = Field(default={})
    simulate: Simulate | None = None
    chapters: list[Identifier] = Field(default=["gap", "controls", "designs"], min_length=1)
    """Chapters whose numbers are computed, without their notebooks."""
    keys: list[str] = Field(default=["*"], min_length=1)
    """Results that are kept; ``*`` stands for any part of a key."""
    show: str | None = None
    """The result that the page compares; the first that a cell has of this pattern."""

    @field_validator("states", "readings", mode="before")
    @classmethod
    def _list(cls, value: object) -> object:
        if isinstance(value, str) and value != OWN:
            raise ValueError(f"must be a list, or the word {OWN}")
        return value

    @property
    def shown(self) -> str:
        """Pattern of the result that the page compares; empty: any with an interval."""
        if self.show is not None:
            return self.show
        return "designs.p1.estimate" if "designs" in self.chapters else ""


@dataclass(frozen=True)
class Choice:
    """What distinguishes one cell of a grid from the others, before it is looked at.

    `state`, `year`, `reading`: what the scenario is narrowed to; None: as it is; `settings`: key and
    value of each thing varied; `planted`, `seed`: points and draw of simulated data; None: the real
    data.
    """

    scenario: str
    state: str | None = None
    year: int | None = None
    reading: str | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    planted: float | None = None
    seed: int | None = None

    @property
    def name(self) -> str:
        """Its parts, for a message."""
        parts: list[object] = [self.scenario, self.state, self.year, self.reading]
        parts += [f"{key}={as_text(value)}" for key, value in self.settings]
        if self.planted is not None:
            parts += [f"planted={self.planted:g}", f"seed={self.seed}"]
        return " ".join(str(p) for p in parts if p is not None)


def as_text(value: object) -> str:
    """One setting as one word of text."""
    if isinstance(value, (dict, list)):
        return yaml.safe_dump(value, default_flow_style=True, width=10**6).strip()
    return "null" if value is None else str(value)


def find(name: str | Path) -> Path:
    """Path of a grid by its name under ``sweeps/`` or its file. Raises InputError: there is none."""
    return scenarios.find_in(paths.SWEEPS, name, "grid")


def load(name: str | Path) -> Grid:
    """Read and check a grid, named as for :func:`find`; nothing of it is computed.

    Raises InputError, with file and line: a key that is not known, a wrong type, an unknown
    scenario, chapter, state, year or reading, a setting that no scenario has, too many cells.
    """
    path = find(name)
    body = strict.read_yaml(path)
    lines = Lines(path)
    try:
        grid = Grid.model_validate(body)
    except ValidationError as e:
        raise strict.explained(e, path, Grid, "grid", lines.of) from None
    for problem, place, value, fix in _faults(grid):
        key = ".".join(part for part in place if isinstance(part, str))
        raise InputError(problem, file=path, row=lines.of(place), column=key, value=value, fix=fix)
    count = sum(prod(map(len, _crossed(grid, base(name)))) for name in grid.scenarios)
    if count > MOST:
        raise InputError(f"too many cells (at most {MOST:,})", file=path, value=count)
    return grid


def base(name: str) -> dict[str, Any]:
    """The mapping of one of a grid's scenarios, defaults filled in."""
    path = scenarios.find(name)
    return scenarios.model(strict.read_yaml(path), path).model_dump(mode="json")


def by_name(grid: Grid) -> dict[str, str]:
    """What a grid names as its scenarios, by the name that its cells give them."""
    return {_stem(name): name for name in grid.scenarios}


def choices(grid: Grid) -> Iterator[Choice]:
    """Every cell of a grid, in the order of its file: what is named first changes slowest."""
    for name in grid.scenarios:
        for state, year, reading, *values, planted, seed in product(*_crossed(grid, base(name))):
            settings = tuple(zip(grid.vary, values, strict=True))
            yield Choice(_stem(name), state, year, reading, settings, planted, seed)


def _crossed(grid: Grid, body: dict[str, Any]) -> list[Sequence[Any]]:
    """What is crossed for one scenario: states, years, readings, each key varied, sizes, seeds."""
    drawn = grid.simulate
    return [
        (body["states"] if grid.states == OWN else grid.states) or NONE,
        grid.years or NONE,
        (list(body["treatment"]["readings"]) if grid.readings == OWN else grid.readings) or NONE,
        *grid.vary.values(),
        drawn.plant if drawn else NONE,
        range(drawn.first, drawn.first + drawn.seeds) if drawn else NONE,
    ]


def _stem(name: str) -> str:
    return Path(name).stem if name.endswith((".yml", ".yaml")) else name


class Lines:
    """Where each entry of a YAML file stands."""

    def __init__(self, path: Path) -> None:
        self._node = yaml.compose(path.read_text(encoding="utf-8"))

    def of(self, place: Sequence[object]) -> int | None:
        """Line of the entry at a sequence of keys and positions, or of what holds it."""
        node, line = self._node, None
        for part in place:
            if isinstance(node, yaml.MappingNode):
                found = [(k, v) for k, v in node.value if k.value == str(part)]
                if not found:
                    break
                line, node = found[0][0].start_mark.line + 1, found[0][1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                node = node.value[part]
                line = node.start_mark.line + 1
            else:
                break
        return line


def _faults(grid: Grid) -> Iterator[tuple[str, list[Any], object, str]]:
    """What is wrong in a grid: the problem, its place in the file, the value, and what to do."""
    known: dict[str, set[Any]] = {"states": {NATION}, "years": set(), "readings": set()}
    known["chapters"] = set(scenarios.chapters.names())
    for i, name in enumerate(grid.scenarios):
        try:
            body = base(name)
        except InputError as e:
            if e.file is not None:
                raise
            yield e.problem, ["scenarios", i], name, e.fix or ""
            return
        at_hand = tables.loader(body["tables"]["folder"])
        known["states"] |= set(at_hand(body["tables"]["states"])["state"])
        known["years"] |= {int(y) for y in at_hand(body["tables"]["votes"])["year"].unique()}
        known["readings"] |= set(body["treatment"]["readings"])
    for part in ("set", "vary"):
        for key in getattr(grid, part):
            try:
                scenarios.put({}, key, None)
            except InputError as e:
                yield e.problem, [part, key], key, e.fix or ""
    for key in sorted(set(grid.set) & set(grid.vary)):
        yield "a key is both set and varied", ["vary", key], key, "Keep one."
    listed = {part: [] if (given := getattr(grid, part)) == OWN else given for part in UNKNOWN}
    for part, values in listed.items():
        for i, value in enumerate(values):
            if value not in known[part]:
                yield UNKNOWN[part], [part, i], value, nearest(str(value), map(str, known[part]))
    once = [("scenario", ["scenarios"], [_stem(name) for name in grid.scenarios])]
    once += [("value", ["vary", key], values) for key, values in grid.vary.items()]
    once += [("name", [part], values) for part, values in listed.items() if part != "chapters"]
    for what, place, values in once:
        for i, value in enumerate(values):
            if value in values[:i]:
                yield f"a {what} stands twice", [*place, i], value, "Keep one of them."


def matches(key: str, patterns: Sequence[str]) -> bool:
    """Tell whether a result key is of one of the patterns, in which ``*`` stands for anything."""
    either = (".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
    return re.fullmatch("|".join(either), key) is not None
