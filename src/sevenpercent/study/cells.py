"""The analysis of a chapter without a kernel: its own code cells, as a sweep or another chapter runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

import jupytext

from sevenpercent import paths
from sevenpercent.data.tables import Load
from sevenpercent.errors import ChapterError
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.study.study import Study, Upstream, session

Say = Callable[[Study, str, dict[str, Any]], str]


@dataclass(frozen=True)
class Executed:
    """What the analysis of a chapter left.

    `results`: the numbers that it published; `variables`: the notebook's variables: frames,
    estimates; `said`: what its cells of words say, in their order, where that was asked for.
    """

    results: Results
    variables: dict[str, Any]
    said: list[str] = field(default_factory=list)


def is_analysis(source: str) -> bool:
    """Whether a code cell computes; the others are words, figures and tables."""
    return not source.lstrip().startswith("%")


def run(
    chapter: str, scenario: Scenario, load: Load, upstream: Upstream, say: Say | None = None
) -> Executed:
    """Execute the analysis cells of a chapter for a scenario.

    Raises InputError: as the analysis raises it: the data cannot answer; ChapterError: the chapter
    ended without opening a study.

    `scenario`: the chapter's own parameters are set in it already; `load`: table by name;
    `upstream`: numbers of another chapter by name; `say`: makes text of the cells of words, as
    :func:`sevenpercent.study.magics.spoken` does; without it they are passed over.
    """
    variables: dict[str, Any] = {"__name__": f"chapter_{chapter}"}
    said: list[str] = []
    path = paths.CHAPTERS / f"{chapter}.md"
    with session(scenario, load, upstream) as given:
        for cell in _cells(path, path.stat().st_mtime_ns):
            if not isinstance(cell, str):
                exec(cell, variables)
            elif say is not None and given.study is not None:
                said.append(say(given.study, cell, variables))
    if given.study is None:
        raise ChapterError(f"chapter {chapter}: no cell opens a study")
    return Executed(given.study.results, variables, said)


@lru_cache(maxsize=64)
def _cells(path: Path, stamp: int) -> list[CodeType | str]:
    """The code cells in their order: analysis compiled, words as they stand."""
    cells = [c for c in jupytext.read(path).cells if c.cell_type == "code"]
    return [
        compile(c.source, f"{path.name}, cell {n}", "exec") if is_analysis(c.source) else c.source
        for n, c in enumerate(cells, start=1)
    ]
