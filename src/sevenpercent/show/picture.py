"""A figure that knows how to be drawn under its title, its numbers, and what it says in words."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from html import escape as html
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from sevenpercent import escape
from sevenpercent.errors import InputError
from sevenpercent.show import style

LICENCE = "MIT; please name the book"
_SAVED: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.06, "facecolor": "white"}
_NOISE = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<\?xml.*?\?>|<!DOCTYPE.*?>", re.DOTALL)
_STYLE = (
    "<style>*{stroke-linejoin:round;stroke-linecap:butt}"
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',Arial,sans-serif}"
    "</style>"
)
_SAID_ONCE = (
    (re.compile(r"<style.*?</style>", re.DOTALL), _STYLE),
    (re.compile(r"font: (\w+) ([\d.]+px) 'DejaVu Sans'"), r"font-weight: \1; font-size: \2"),
    (re.compile(r" font-family: 'DejaVu Sans';"), ""),
    (re.compile(r' transform="rotate\(-0 [^"]*"'), ""),
    (re.compile(r"\n\s*"), "\n"),
)
_TAG, _LONG = re.compile(r"<[^>]*>"), re.compile(r"\d+\.\d{3,}")
"""What matplotlib repeats at each text, said once for the whole drawing."""


@dataclass(frozen=True)
class Picture:
    """A figure without its words.

    `draw`: takes ``title``, ``subtitle`` and ``source`` and gives the figure; `says`: what the marks
    show, mark by mark; `data`: the numbers that are drawn, under names for readers (see
    :func:`table_of`); `unit`: unit of those numbers, with the meaning of their sign; `source`: where
    the numbers come from, unless the cell says otherwise.
    """

    draw: Callable[..., Figure]
    says: str
    data: pd.DataFrame
    unit: str = ""
    source: str = ""


def table_of(rows: Iterable[Any] | pd.DataFrame, **names: str) -> pd.DataFrame:
    """Numbers of a figure as a table: columns that hold nothing are left out.

    `names`: new name of a column; where any is given, only these columns are kept.
    """
    if isinstance(rows, pd.DataFrame):
        made = rows.copy()
    else:
        listed: list[Any] = list(rows)
        made = pd.DataFrame([r if isinstance(r, dict) else asdict(r) for r in listed])
    if names:
        made = made[[c for c in names if c in made]].rename(columns=names)
    empty = [c for c in made if made[c].isna().all() or (made[c].astype(str) == "").all()]
    return made.drop(columns=empty)


def show(
    picture: Picture,
    title: str = "",
    subtitle: str = "",
    source: str = "",
    folder: Path | None = None,
) -> None:
    """Draw a figure under its words and show it, with the same in words.

    `folder`: where the figure's drawing (``.svg``) and numbers (``.csv``) are written, named by the
    hash of the shown picture, under which pages find them.
    """
    if not title:
        raise InputError("a figure needs a title", fix="Write it below the %%figure line.")
    source = source or picture.source
    drawn = picture.draw(title=title, subtitle=subtitle, source=source)
    alt = title.rstrip(".") + "."
    told = " ".join(f"{part.rstrip('.')}." for part in (title, subtitle, picture.says) if part)
    raw = io.BytesIO()
    drawn.savefig(raw, format="png", **_SAVED)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        name = folder / hashlib.sha256(raw.getvalue()).hexdigest()
        name.with_suffix(".svg").write_text(drawing(drawn, alt), encoding="utf-8")
        head = (title, subtitle, f"Unit: {picture.unit}" * bool(picture.unit), picture.says)
        lines = [*head, f"Source: {source}", f"Licence: {LICENCE}"]
        name.with_suffix(".csv").write_text(csv(picture.data, lines), encoding="utf-8")
    plt.close(drawn)
    display({"image/png": raw.getvalue(), "text/plain": told}, raw=True, metadata={"alt": alt})


def csv(data: pd.DataFrame, lines: Iterable[str]) -> str:
    """Numbers as CSV below lines of words, each after a hash sign."""
    words = "".join(f"# {' '.join(line.split())}\n" for line in lines if line)
    return words + data.map(escape.spreadsheet).to_csv(index=False, lineterminator="\n")


def drawing(figure: Figure, title: str) -> str:
    """A figure as SVG with real text, in the reader's own font; the same bytes each time."""
    raw = io.StringIO()
    with style.applied():
        figure.savefig(raw, format="svg", metadata={"Date": None, "Creator": None}, **_SAVED)
    text = _NOISE.sub("", raw.getvalue())
    for pattern, instead in _SAID_ONCE:
        text = pattern.sub(instead, text)
    text = _TAG.sub(lambda tag: _LONG.sub(lambda n: f"{float(n[0]):.2f}", tag[0]), text)
    return text.strip().replace(">", f"><title>{html(title)}</title>", 1) + "\n"
