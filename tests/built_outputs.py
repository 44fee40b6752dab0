"""Outputs of the book that was just built, in place of a second run of every chapter.

A plugin for ``pytest --nbval``: ``python -m pytest -p tests.built_outputs --nbval chapters``. nbval
compares the committed notebooks as ever, cell by cell; what a kernel would answer is taken from
the build's own notebooks, which are executed first where the cache has none for the present
sources. That the build's engine writes what fresh kernels write is the proof of ``test_engine``;
``tests.warm_kernels`` runs every cell in a kernel again.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbval.plugin
import pytest

from sevenpercent.model import scenario
from sevenpercent.run.build import execute_chapters
from sevenpercent.run.notebooks import Notebook

pytest_plugins = ("tests.moved",)


@cache
def built() -> dict[str, Notebook]:
    """The executed notebooks of the default book, by chapter."""
    return execute_chapters(scenario.load())[0]


class Played:
    """A kernel as nbval asks it, which gives the outputs of an executed notebook one by one."""

    def __init__(self, notebook: Notebook) -> None:
        self._cells: Iterator[Any] = iter([c for c in notebook.cells if c.cell_type == "code"])
        self._said: list[dict[str, Any]] = []

    def is_alive(self) -> bool:
        return True

    def stop(self) -> None:
        self._said = []

    interrupt = stop

    def execute_cell_input(self, source: str, allow_stdin: bool | None = None) -> str:
        """Take the next cell, which must be the one that is asked for."""
        cell = next(self._cells, None)
        if cell is None or cell.source != source:
            raise ValueError("the book was built from another source; `make refresh` writes it")
        self._said = [_message(output) for output in cell.outputs]
        self._said.append(_message({"output_type": "status", "execution_state": "idle"}))
        return "asked"

    def await_reply(self, message: str, timeout: float | None = None) -> None:
        """The cell has ended already."""

    await_idle = await_reply

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        """The next of what the cell showed."""
        if not self._said:
            raise queue.Empty
        return self._said.pop(0)


def _message(output: dict[str, Any]) -> dict[str, Any]:
    content = {"execution_count": None, **output}
    kind = content.pop("output_type")
    return {"msg_type": kind, "content": content, "parent_header": {"msg_id": "asked"}}


def _setup(file: Any) -> None:
    name = Path(file.path).stem
    if name not in built():
        raise ValueError(f"no chapter of the book: {name}")
    file.kernel = Played(built()[name])
    file.setup_sanitize_files()


def pytest_configure(config: pytest.Config) -> None:
    """Let every notebook be answered by the book."""
    nbval.plugin.IPyNbFile.setup = _setup
