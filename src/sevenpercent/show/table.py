"""Tables: text to the left, numbers to the right, cells as their letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec

import pandas as pd

from sevenpercent import escape
from sevenpercent.model.words import MINUS, signed

Record = Mapping[Any, Any]
"""One row of a frame of results, by column."""

Cells = dict[str, Any]
"""Cells of one row of a table, by the heads of its columns."""

Given = ParamSpec("Given")


def table(frame: pd.DataFrame) -> str:
    """A frame as a Markdown table.

    `frame`: text and numbers as they are to be read. ``frame.attrs["markup"]`` may name columns
    that hold Markdown made here; all other cells are shown as their letters.
    """
    if not len(frame.columns):
        return ""
    made = [str(c) in frame.attrs.get("markup", ()) for c in frame.columns]
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


def of_rows(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of cells as a frame for :func:`table`; a column of nothing but Markdown is shown as it.

    Where there are no rows, there are no columns either.

    Examples
    --------
    >>> of_rows([{"a": escape.code("x"), "b": "`x`"}]).attrs
    {'markup': ['a']}
    """
    listed: list[Mapping[Any, Any]] = list(rows)
    made = pd.DataFrame(listed)
    made.attrs["markup"] = [
        str(c) for c in made if all(isinstance(row.get(c), escape.Markdown) for row in listed)
    ]
    return made


def by_row(
    cells: Callable[Concatenate[Record, Given], Mapping[str, Any]],
) -> Callable[Concatenate[pd.DataFrame, Given], pd.DataFrame]:
    """Make a table of a frame out of a function that gives the cells of one of its rows."""

    @wraps(cells)
    def made(frame: pd.DataFrame, /, *args: Given.args, **more: Given.kwargs) -> pd.DataFrame:
        return of_rows(cells(row, *args, **more) for row in frame.to_dict("records"))

    return made


def estimated(row: Record, digits: int = 1, head: str = "estimate") -> dict[str, str]:
    """Cells of an estimate, under `head`, and of the ends of its interval, each with its sign."""
    columns = {head: "estimate", "from": "lo", "to": "hi"}
    return {name: signed(row[column], digits) for name, column in columns.items()}


def known(x: Any, tell: Callable[..., str], *digits: int, unknown: str = "") -> str:
    """What `tell` says of a value, with so many digits; `unknown` where it is missing."""
    return unknown if pd.isna(x) else tell(x, *digits)


def span(lo: float, hi: float, tell: Callable[..., str], *digits: int, unknown: str = "") -> str:
    """Both ends of an interval in one cell; `unknown` where there is none."""
    return known(lo, lambda _: f"{tell(lo, *digits)} to {tell(hi, *digits)}", unknown=unknown)


def _numeric(cell: str) -> bool:
    return not cell.strip(" +%.,0123456789()[]–—" + MINUS)
