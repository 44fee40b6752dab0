"""The record of a demonstration: what was typed to make another book, and what was answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from sevenpercent import paths
from sevenpercent.escape import Markdown
from sevenpercent.model.words import wrapped

VOTES, MACHINES = "votes.csv", "machines.csv"
FRAMES = ("files", "defects", "said", "numbers")

Rows = Iterable[Mapping[str, Any]]


class Tour:
    """One run of the commands that make a book, as frames.

    `files`: ``file, line``: how the two files begin; `defects`: ``what, row, value``: what was put
    into the spoiled file, and where; `said`: ``step, command, line``: what was typed, and each line
    of the answer; `numbers`: ``part, value`` with ``se, lo, hi, n, unit, label``: what was counted,
    what the new book says; `adjusting`: what its comparison adjusts for, in words.
    """

    def __init__(
        self, files: Rows, defects: Rows, said: Rows, numbers: Rows, adjusting: str
    ) -> None:
        self.files, self.defects = _frame(files), _frame(defects)
        self.said, self.numbers = _frame(said), _frame(numbers)
        self.adjusting = adjusting

    def __getitem__(self, part: str) -> Any:
        """One of its numbers, with its interval as attributes."""
        return next(self.numbers[self.numbers["part"] == part].itertuples())

    def beginning(self, file: str) -> Markdown:
        """How one of the files begins."""
        return _printed([*self.files.loc[self.files["file"] == file, "line"], "..."])

    def printed(self, step: str, command: str = "") -> Markdown:
        """What was typed and what was answered, broken where a small screen ends."""
        own = self.said[self.said["step"] == step]
        own = own[own["command"].str.startswith(f"sevenpercent {command}" if command else "")]
        if command:
            return _printed([f"$ {own['command'].iloc[0]}", *own["line"]], "\n\n")
        return _printed(own["line"])

    def write(self) -> None:
        """Record it in the project."""
        body: dict[str, Any] = {
            name: [
                {k: x for k, x in r.items() if x is not None}
                for r in getattr(self, name).to_dict("records")
            ]
            for name in FRAMES
        }
        text = json.dumps({**body, "adjusting": self.adjusting}, indent=1, ensure_ascii=False)
        paths.TOUR.write_text(text + "\n", encoding="utf-8", newline="\n")


def recorded() -> Tour:
    """The tour as it was last recorded."""
    return Tour(**json.loads(paths.TOUR.read_text(encoding="utf-8")))


def _frame(rows: Rows) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), dtype=object)
    return frame.where(frame.notna(), None)


def _printed(lines: Iterable[str], between: str = "\n") -> Markdown:
    return Markdown("```text\n" + between.join(wrapped(line) for line in lines) + "\n```")
