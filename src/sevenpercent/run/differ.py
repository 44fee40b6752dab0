"""The one differ of results: which numbers of two books moved, and by how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sevenpercent import paths
from sevenpercent.errors import InputError, nearest
from sevenpercent.model.results import Results, Value

PARTS = ("value", "se", "lo", "hi", "n")


@dataclass(frozen=True)
class Move:
    """One part of one result that differs.

    `key, part, unit`: result key; ``value``, ``se``, ``lo``, ``hi`` or ``n``; unit of the result;
    `before, after`: None where the result is not in that book.
    """

    key: str
    part: str
    before: object
    after: object
    unit: str = ""

    def __str__(self) -> str:
        """One line: key, both values, difference."""
        name = self.key if self.part == "value" else f"{self.key} ({self.part})"
        if self.before is None:
            return f"{name}: new, {self.after} {self.unit}".rstrip()
        if self.after is None:
            return f"{name}: gone, was {self.before} {self.unit}".rstrip()
        by = ""
        if _number(self.before) and _number(self.after):
            by = f" ({float(str(self.after)) - float(str(self.before)):+.6g})"
        return f"{name}: {self.before} -> {self.after}{by} {self.unit}".rstrip()


def moves(
    before: Mapping[str, Value],
    after: Mapping[str, Value],
    *,
    absolute: float = 0.0,
    relative: float = 0.0,
    parts: tuple[str, ...] = ("value",),
) -> Iterator[Move]:
    """Numbers that moved by more than a tolerance, by key.

    `before, after`: numbers of two books or of two runs; `absolute, relative`: a number moved when
    it differs by more than ``absolute + relative * |before|``; texts and truth values when they
    differ at all; `parts`: which of :data:`PARTS` are looked at.
    """
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            yield Move(key, "value", None, new.value, new.unit)
        elif old is not None and new is None:
            yield Move(key, "value", old.value, None, old.unit)
        else:
            for part in parts:
                a, b = getattr(old, part), getattr(new, part)
                if not _same(a, b, absolute, relative):
                    yield Move(key, part, a, b, after[key].unit)


def read(name: str) -> Results:
    """Results of a book by the name of its scenario, or of a ``results.json`` or its folder.

    Raises InputError when there is none.
    """
    path = Path(name)
    for candidate in (path, path / "results.json", paths.BUILD / name / "results.json"):
        if candidate.is_file():
            return Results.from_json(candidate)
    known = [p.stem for p in paths.SCENARIOS.glob("*.yml")]
    build = f"Build the book first: sevenpercent build {name}"
    fix = build if name in known else nearest(name, known)
    raise InputError("no results of this name", value=name, fix=fix)


def _same(a: object, b: object, absolute: float, relative: float) -> bool:
    if a == b or (a != a and b != b):
        return True
    if not (_number(a) and _number(b)):
        return False
    x, y = float(str(a)), float(str(b))
    return math.isfinite(x) and math.isfinite(y) and abs(x - y) <= absolute + relative * abs(x)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
