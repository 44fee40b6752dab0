"""Estimates with intervals, one line each, labelled where the eye is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sevenpercent.model import words as prose
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of


@dataclass(frozen=True)
class Row:
    """One estimate of a forest.

    `label`: stands above the line; `estimate, lo, hi`: in the unit of the axis; without ``lo`` and
    ``hi`` only the mark is drawn; `kind`: ``raw`` (as observed), ``held`` (with controls), ``chance``
    (no effect at all) or ``paper`` (counted by hand): the mark and its colour; `group`: heading that
    is printed when it changes; `note`: small print after the label.
    """

    label: str
    estimate: float
    lo: float | None = None
    hi: float | None = None
    kind: str = "raw"
    group: str = ""
    note: str = ""


@dataclass(frozen=True)
class Mark:
    """A size that matters, drawn as a vertical line with its own label."""

    at: float
    label: str


LABEL_POINTS = style.SMALL

_KINDS = {
    "raw": (style.ELECTRONIC, "o", "full"),
    "held": (style.ELECTRONIC, "D", "none"),
    "chance": (style.UNKNOWN, "|", "full"),
    "paper": (style.PAPER, "s", "full"),
}


def forest(
    rows: Sequence[Row],
    *,
    unit: str,
    marks: Sequence[Mark] = (),
    digits: int = 1,
    told: Callable[[float, int], str] = prose.signed,
    **head: str,
) -> Figure:
    """Estimates and 95 % intervals, from top to bottom, against zero and the sizes that matter.

    `unit`: axis label; says what negative means; `told`: a number in words, with so many digits;
    signed points unless told otherwise.
    """
    headings = sum(bool(group) for group, _ in groupby(rows, lambda row: row.group))
    step, heading, line = 0.40, 0.26, 0.14
    ends = [e for r in rows for e in (r.estimate, r.lo, r.hi) if e is not None]
    lo, hi = (f([*ends, *(m.at for m in marks)]) for f in (min, max))
    span = max(hi, 0) - min(lo, 0)
    limits = (min(lo, 0) - 0.04 * span, max(hi, 0) + 0.16 * span)
    lanes = _lanes(marks, limits)
    room = 0.30 + LANE * max(lanes) if marks else 0.06
    labels = [_label(row) for row in rows]
    below = frame.axis_inches(unit)
    body = len(rows) * step + sum(t.count("\n") for t in labels) * line
    body += headings * heading + room + below
    with style.applied():
        figure, (axes,) = frame.canvas(head, body, labels=below - 0.04)
        axes.set_xlim(limits)
        axes.set_ylim(-(body - below), 0)
        axes.set_yticks([])
        axes.axvline(0, color=style.INK, lw=0.9, zorder=1)
        for mark, lane in zip(marks, lanes, strict=True):
            axes.axvline(mark.at, color=style.MUTED, lw=0.9, ls=(0, (4, 3)), zorder=1)
            edge = "right top" if mark.at > sum(limits) / 2 else "left top"
            told_at, said = -0.06 - LANE * lane, f"\u00a0{mark.label}\u00a0"
            frame.say(axes, mark.at, told_at, said, edge, color=style.MUTED)
        y, group = -room, ""
        for row, label in zip(rows, labels, strict=True):
            if row.group and row.group != group:
                y -= heading
                frame.say(axes, limits[0], y + 0.05, row.group, "bottom", bold=True)
            group = row.group
            y -= step + label.count("\n") * line
            _draw(axes, row, label, y + 0.10, limits, told(row.estimate, digits))
        frame.signed_axis(axes, unit, 0 if limits[1] - limits[0] > 4 else 1, told)
    return figure


LANE = 0.17
"""Inches between two lines of labels of sizes that would run into each other."""

LETTER = 0.56
"""Width of a letter of a label, as a share of its height: somewhat more than on average."""


def _lanes(marks: Sequence[Mark], limits: tuple[float, float]) -> list[int]:
    """The line on which each label stands: the first one where no other label is in its way."""
    inch = (limits[1] - limits[0]) / (style.WIDTH - 0.15)
    taken: list[list[tuple[float, float]]] = []
    out = []
    for mark in marks:
        wide = (len(mark.label) + 2) * LETTER * LABEL_POINTS / 72 * inch
        start = mark.at - wide if mark.at > sum(limits) / 2 else mark.at
        end = start + wide
        free = (n for n, row in enumerate(taken) if all(start >= b or end <= a for a, b in row))
        lane = next(free, len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append((start, end))
        out.append(lane)
    return out


def _label(row: Row) -> str:
    text = row.label + (f": {row.note}" if row.note else "")
    return frame.wrap(text, LABEL_POINTS, style.WIDTH - 0.15)


def _draw(
    axes: Axes, row: Row, text: str, y: float, limits: tuple[float, float], number: str
) -> None:
    colour, marker, fill = _KINDS[row.kind]
    frame.say(axes, limits[0], y + 0.10, text, "bottom", linespacing=1.15, bbox=style.behind(0.6))
    if row.lo is not None and row.hi is not None:
        thick, alpha = (5.0, 0.55) if row.kind == "chance" else (1.6, 1)
        look: dict[str, Any] = {"lw": thick, "alpha": alpha, "solid_capstyle": "butt", "zorder": 2}
        axes.plot([row.lo, row.hi], [y, y], color=colour, **look)
    size, face = 9 if marker == "|" else 6, colour if fill == "full" else "white"
    axes.plot([row.estimate], [y], marker, ms=size, mew=1.6, color=colour, mfc=face, zorder=3)
    behind = style.behind(0.8)
    frame.say(axes, limits[1], y, number, "right center", bold=True, bbox=behind, zorder=4)


def picture(
    rows: Sequence[Row],
    axis: str,
    marks: Sequence[Mark] = (),
    digits: int = 1,
    named: Callable[[Row], str] = lambda r: f"{r.label} ({r.note})" if r.note else r.label,
) -> Picture | None:
    """Forest of rows, with what it says in words; None where there is none.

    `axis`: unit of the axis, with what negative means; `named`: what a row is called in words.
    """
    if not rows:
        return None
    says = "; ".join(f"{named(r)}: {prose.signed(r.estimate, digits)}" for r in rows)
    drawn = partial(forest, rows, unit=axis, marks=marks, digits=digits)
    names = {"group": "part", "label": "what", "note": "note", "estimate": "estimate"}
    return Picture(drawn, says, table_of(rows, **names, lo="from", hi="to"), axis)


def of_models(
    models: pd.DataFrame,
    *,
    axis: str,
    marks: Sequence[Mark] = (),
    headings: Mapping[str, str] | None = None,
) -> Picture | None:
    """Forest of published regressions, as counted and adjusted, as :func:`compare.models` gives them.

    `headings` are those of the places, printed where there are several.
    """
    places = headings if headings and len(headings) > 1 else {}
    rows = [
        Row(
            str(m["who"]), *_ends(m), kind="raw" if m["controls"] == "none" else "held",
            group=prose.upper(places.get(str(m["place"]), "")), note=str(m["says"]),
        )
        for m in models.to_dict("records")
    ]  # fmt: skip
    return picture(rows, axis, marks)


def _ends(row: Mapping[Any, Any]) -> tuple[float, float, float]:
    return float(row["estimate"]), float(row["lo"]), float(row["hi"])


def of_gaps(
    gaps: pd.DataFrame, words: Vocabulary, *, axis: str, marks: Sequence[Mark] = ()
) -> Picture | None:
    """Forest of raw gaps, as :func:`gap.raw_gaps` gives them: a line a definition, a heading an outcome."""
    rows = [
        Row(
            words.definition(g["definition"]).label, *_ends(g),
            group=prose.upper(words.outcome(g["outcome"]).short),
        )
        for g in gaps.to_dict("records")
    ]  # fmt: skip
    return picture(rows, axis, marks, named=lambda row: f"{row.group}, {row.label}")
