"""A scenario's own paragraphs, and whether they hold for the settings of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Scenario

_BLOCK = re.compile(r"^<!--\s*block:\s*([a-z0-9-]+)\s*(;\s*any setting\s*)?-->\s*$", re.MULTILINE)

COUNTED = re.compile(r"(^|\.)(draws|draws_rule|seed|jobs|chapters|title|subtitle|headline|spec)$")
"""Keys that change how often something is drawn or what is shown, never what a sentence says."""

LOCAL: Mapping[str, tuple[str, ...]] = {
    "flips": ("electoral", "index"),
    "polls": ("polls",),
    "audit": ("audit",),
    "recount": ("recount", "designs", "index"),
    "multiverse": ("multiverse", "index"),
    "sensitivity": ("sensitivity", "index"),
    "validity": ("methods", "index"),
}
"""Keys that change only what these chapters say; any other may change what every chapter says."""


@dataclass(frozen=True)
class Block:
    """One paragraph of a scenario's text file, and whether it holds for any setting."""

    body: str
    any_setting: bool


class Text:
    """The paragraphs that a scenario brings for one chapter; none where there is no file.

    A block starts at a line ``<!-- block: name -->`` and ends at the next. It was written for the
    settings that the scenario declares; ``<!-- block: name; any setting -->`` says that its words
    are right whatever is set.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def blocks(self) -> Mapping[str, Block]:
        """The blocks by name."""
        if not self._path.is_file():
            return {}
        parts = _BLOCK.split(self._path.read_text(encoding="utf-8"))
        names = parts[1::3]
        for name in names:
            if names.count(name) > 1:
                raise InputError(
                    "a block stands twice", file=self._path, value=name, fix="Keep one."
                )
        return {
            name: Block(body.strip(), bool(free))
            for name, free, body in zip(names, parts[2::3], parts[3::3], strict=True)
        }


def unsettled(s: Scenario, chapter: str) -> list[str]:
    """Keys set otherwise than the scenario's file says, that may change this chapter's words."""
    return [
        key
        for key in s.changed
        if not COUNTED.search(key) and chapter in LOCAL.get(key.split(".")[0], (chapter,))
    ]
