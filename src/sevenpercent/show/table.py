"""Tables: text to the left, numbers to the right, cells as their letters."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from sevenpercent import escape
from sevenpercent.model.words import MINUS


def table(frame: pd.DataFrame, markup: Collection[str] = ()) -> str:
    """A frame as a Markdown table.

    `frame`: text and numbers as they are to be read. ``frame.attrs["markup"]`` may name columns
    that hold Markdown made here, like `markup`; all other cells are shown as their letters.
    """
    ready = {*markup, *frame.attrs.get("markup", ())}
    made = [str(c) in ready for c in frame.columns]
    cells = [
        [str(x) if done else escape.markdown(x) for x, done in zip(row, made, strict=True)]
        for row in frame.itertuples(index=False)
    ]
    head = [escape.markdown(c) for c in frame.columns]
    right = [
        bool(cells) and all(_numeric(row[i]) for row in cells) and any(row[i] for row in cells)
        for i in range(len(head))
    ]
    lines = [head, ["---:" if r else ":---" for r in right], *cells]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _numeric(cell: str) -> bool:
    return not cell.strip(" +%.,0123456789()[]–—" + MINUS)
