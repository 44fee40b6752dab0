"""A scenario's own paragraphs, and whether they hold for the settings of a run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import TemplateError

from sevenpercent import escape, paths
from sevenpercent.errors import InputError, NotThereError
from sevenpercent.model import words
from sevenpercent.model.scenario import Scenario, put, touched

_BLOCK = re.compile(
    r"^<!--\s*block:\s*([a-z0-9-]+)\s*(?:;\s*(any setting|follows [\w., ]+?)\s*)?-->\s*$",
    re.MULTILINE,
)

TOLD = "told.json"
"""File that a chapter in a build leaves, with what its cells of words were filled with."""

SAYS = re.compile(r"\A%%?say\b")
"""How a cell of words begins."""

COUNTED = re.compile(r"(^|\.)(draws|draws_rule|seed|jobs|chapters|title|subtitle|headline|spec)$")
"""Keys that change how often something is drawn or what is shown, never what a sentence says."""

LOCAL: Mapping[str, tuple[str, ...]] = {
    "flips": ("electoral", "index"),
    "polls": ("polls",),
    "audit": ("audit",),
    "recount": ("recount", "designs", "index"),
    "multiverse": ("multiverse", "index"),
    "sensitivity.again": ("sensitivity", "index"),
    "sensitivity.ranges_km": ("sensitivity", "index"),
    "validity": ("methods", "index"),
}
"""Keys that change only what these chapters say; any other may change what every chapter says."""


@dataclass(frozen=True)
class Block:
    """One paragraph of a scenario's text file, and keys that its words were written for; None: every key."""

    body: str
    follows: tuple[str, ...] | None


class Text:
    """The paragraphs that a scenario brings for one chapter; none where there is no file.

    A block starts at a line ``<!-- block: name -->`` and ends at the next. It was written for the
    settings that the scenario declares; ``<!-- block: name; any setting -->`` says that its words
    are right whatever is set, ``<!-- block: name; follows year, parties -->`` that they are while
    these keys, or their parts, are as declared.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def of(cls, s: Scenario, chapter: str) -> Text:
        """Those of a scenario for one of its chapters."""
        return cls(paths.SCENARIOS / s.id / "text" / f"{chapter}.md")

    @cached_property
    def blocks(self) -> Mapping[str, Block]:
        """The blocks by name."""
        if not self._path.is_file():
            return {}
        whole = self._path.read_text(encoding="utf-8")
        for row, line in enumerate(whole.splitlines(), 1):
            if "<!-- block" in line and not _BLOCK.match(line):
                ways = "; any setting, or: ; follows KEY, KEY"
                fix = f"Write <!-- block: name -->, or after the name: {ways}"
                wrong = {"file": self._path, "row": row, "value": line}
                raise InputError("this line begins no block", fix=fix, **wrong)
        parts = _BLOCK.split(whole)
        names = parts[1::3]
        for name in (n for n in names if names.count(n) > 1):
            raise InputError("a block stands twice", file=self._path, value=name, fix="Keep one.")
        return {
            name: Block(body.strip(), self._follows(told))
            for name, told, body in zip(names, parts[2::3], parts[3::3], strict=True)
        }

    def _follows(self, told: str | None) -> tuple[str, ...] | None:
        if told is None:
            return None
        if told == "any setting":
            return ()
        keys = tuple(key.strip() for key in told.removeprefix("follows ").split(","))
        for key in keys:
            try:
                put({}, key, None)
            except InputError as e:
                raise InputError(e.problem, file=self._path, value=e.value, fix=e.fix) from None
        return keys

    def paragraph(
        self, s: Scenario, chapter: str, name: str, body: str, fill: Callable[[str], str]
    ) -> str:
        """The words of one place in the chapter.

        Returns Markdown: the scenario's paragraph where it has one that was written for these
        settings, else the chapter's own, else a line that says why there is none.

        `name`: the place; empty: only the chapter's own words can stand there; `body`: the
        chapter's neutral words; empty: only a scenario's; `fill`: puts values into a text.
        """
        block = self.blocks.get(name.strip())
        own = fill(body)
        if block is None:
            return own
        changed = unsettled(s, chapter)
        if block.follows is not None:
            changed = touched(block.follows, changed)
        if changed:
            keys = ", ".join(map(escape.code, changed))
            return own or _left_out(f"it was written for other settings ({keys})")
        try:
            return fill(block.body)
        except InputError as error:
            if not s.changed and not isinstance(error, NotThereError):
                raise
            of = "the settings of this run leave" if s.changed else "these votes leave"
            return own or _left_out(f"{of} a number that it cites uncomputed")

    def again(
        self, s: Scenario, chapter: str, cells: Sequence[str], told: Path
    ) -> list[str] | None:
        """What cells of words say now, from what was filled in when the chapter ran.

        Returns what running them would show; None where a sentence names what was not filled in
        there. `s`: the same settings as when it ran; `cells`: as they stand in the chapter now;
        `told`: what was filled in in each of them, as :meth:`.Study.told` wrote it.
        """
        try:
            filled = json.loads(told.read_text(encoding="utf-8")) if cells else []
            parts = [SAYS.sub("", cell).partition("\n")[::2] for cell in cells]
            return [
                self.paragraph(s, chapter, name, body, words.Told(**one).again)
                for (name, body), one in zip(parts, filled, strict=True)
            ]
        except (OSError, KeyError, ValueError, TypeError, InputError, TemplateError):
            return None


def _left_out(why: str) -> str:
    return f"*A paragraph of this book is left out here: {why}.*"


def unsettled(s: Scenario, chapter: str) -> list[str]:
    """Keys set otherwise than the scenario's file says, that may change this chapter's words."""
    return [
        key
        for key in s.changed
        if not COUNTED.search(key)
        and chapter in LOCAL.get(key, LOCAL.get(key.split(".")[0], (chapter,)))
    ]
