"""What the outcome of a cell rests on beside its scenario: library, tables and other files."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata

from sevenpercent import hashes, paths
from sevenpercent.data import tables as store
from sevenpercent.model.scenario import Scenario
from sevenpercent.run import graph

PACKAGES = ("numpy", "pandas", "pyarrow", "scipy", "statsmodels")
"""Packages whose versions can change a digit."""


@dataclass(frozen=True)
class Inputs:
    """Names of what is read; :func:`here` says what they hold on the machine that asks.

    `scenario`: its identifier, also the name of the folder with its texts and claims; `folder`: of
    the book's own tables; `tables`, `patterns`: tables, and other files below the project's root.
    """

    scenario: str
    folder: str | None
    tables: tuple[str, ...]
    patterns: tuple[str, ...]


def of(scenario: Scenario, chapters: Sequence[str]) -> Inputs:
    """What some chapters of a scenario read, as their headers and the scenario declare it."""
    declared = graph.read_all(chapters).values()
    return Inputs(
        scenario.id,
        scenario.tables.folder,
        tuple(sorted(graph.tables(declared, scenario))),
        tuple(sorted({p for c in declared for p in c.files})),
    )


@lru_cache(maxsize=64)
def here(inputs: Inputs) -> dict[str, str]:
    """Checksum of each input as it lies on this machine, and versions of what computes.

    A process looks once: a worker goes on computing with the library it started with. Raises
    InputError: a table is missing.
    """
    files = [p for pattern in inputs.patterns for p in paths.ROOT.glob(pattern) if p.is_file()]
    own = paths.SCENARIOS / inputs.scenario
    files += hashes.files_below(own) if own.is_dir() else []
    current = store.hashes_of(inputs.tables, inputs.folder)
    return {
        "library": hashes.library(),
        "files": hashes.tree_hash(paths.ROOT, files),
        **{f"table {name}": value for name, value in current.items()},
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
    }


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Names of the inputs that are not the same in both."""
    return [n for n in sorted({*expected, *found}) if expected.get(n) != found.get(n)]
