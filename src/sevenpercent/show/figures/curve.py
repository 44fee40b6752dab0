"""Specification curve: every estimate in order, and below it where each choice puts them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.show.table import Record

STEPS = 160
"""Steps of the curve and of its band, about one a pixel."""

LINE, GAP, HEAD, CURVE = 0.142, 0.035, 0.20, 2.0
"""Inches: a line of an option's name, what is between options, one heading, the curve."""

LABELS = 1.66
"""Inches to the left of the estimates, for names."""

MOST = (0.1, 0.9)
"""Quantiles between which most estimates of a choice lie."""


def curve(
    specs: pd.DataFrame,
    options: pd.DataFrame,
    *,
    unit: str,
    marks: Sequence[Record] = (),
    **head: str,
) -> Figure:
    """Estimates from the lowest up with their intervals; below, on the same axis, by choice.

    `specs`: one row per specification: ``estimate, lo, hi`` and the columns of the choices; negative
    = the harmed party did worse where voting was electronic; `options`: one row per choice, in
    order: ``heading`` (printed when it changes), ``choice`` (a column of `specs`), ``option`` (its
    value, as text), ``label``; `marks`: specifications marked on the curve, filled when primary:
    ``estimate``, ``label``, ``primary``.
    """
    ordered = specs.sort_values("estimate", kind="stable", ignore_index=True)
    rows = by_choice(ordered, options)
    names = [frame.wrap(label, style.SMALL, 1.08 * LABELS) for label in rows["label"]]
    headings = int((rows["heading"] != rows["heading"].shift()).sum())
    lines = sum(n.count("\n") + 1 for n in names)
    choices = lines * LINE + len(names) * GAP + headings * HEAD
    with style.applied():
        figure, (axes,) = frame.canvas(head, CURVE + choices + 0.46)
        frame.leave(axes, LABELS / style.WIDTH)
        axes.set_xlim(_limits(ordered["estimate"], marks))
        axes.set_ylim(-(CURVE + choices), 0)
        axes.set_yticks([])
        axes.axvline(0, color=style.INK, lw=0.9, zorder=3)
        frame.signed_axis(axes, unit, 0 if np.ptp(axes.get_xlim()) > 3 else 1)
        _estimates(axes, ordered, marks)
        _choices(axes, rows, names)
    return figure


def by_choice(specs: pd.DataFrame, options: pd.DataFrame) -> pd.DataFrame:
    """Where the estimates of each choice lie: `options` with ``n, median, low, high``.

    ``low`` and ``high`` are the quantiles :data:`MOST`.
    """
    taken = [
        specs.loc[specs[choice].astype(str) == option, "estimate"]
        for choice, option in zip(options["choice"], options["option"], strict=True)
    ]
    return options.assign(
        n=[len(e) for e in taken],
        median=[e.median() for e in taken],
        low=[e.quantile(MOST[0]) for e in taken],
        high=[e.quantile(MOST[1]) for e in taken],
    )


def of_grid(
    specs: pd.DataFrame, options: pd.DataFrame, marks: pd.DataFrame, place: str | None
) -> Picture | None:
    """Curve of one grid; None where there is none of that name.

    `specs`: specifications in points, one kind of errors each, with ``place``; `options`: as
    :func:`curve` takes them, with ``place``; those that no specification takes are left out;
    `marks`: ``grid, estimate, label, primary`` of what is to be found on the curve.
    """
    own = specs[specs["place"] == place]
    if own.empty:
        return None
    offered = options[options["place"] == place]
    taken = {c: set(own[c].astype(str)) for c in offered["choice"].unique()}
    offered = offered[[r["option"] in taken[r["choice"]] for r in offered.to_dict("records")]]
    found = marks[marks["grid"] == place].to_dict("records")
    e = own["estimate"]
    says = f"Estimates run from {prose.signed(e.min())} to {prose.signed(e.max())} points"
    if found:
        named = (f"{m['label']} {prose.signed(m['estimate'])}" for m in found)
        says += f". Marked: {'; '.join(named)}"
    data = table_of(
        by_choice(own, offered), heading="choice", label="option", n="estimates",
        median="median", low="a tenth lie below", high="a tenth lie above",
    )  # fmt: skip
    return Picture(partial(curve, own, offered, unit="points", marks=found), says, data, "points")


def _limits(estimates: pd.Series[float], marks: Sequence[Record]) -> tuple[float, float]:
    """Ends of the axis: all but the outermost estimates, what is marked, and zero."""
    named = [0.0, *(m["estimate"] for m in marks)]
    low = min(float(estimates.quantile(0.005)), *named)
    high = max(float(estimates.quantile(0.995)), *named)
    room = 0.25 * (high - low)
    return low - room, high + room


def _estimates(axes: Axes, ordered: pd.DataFrame, marks: Sequence[Record]) -> None:
    n = len(ordered)
    steps = np.array_split(np.arange(n), min(STEPS, n))
    height = CURVE - 0.2
    up = np.array([(s.mean() + 0.5) / n for s in steps]) * height - CURVE + 0.1
    low, high = ([float(ordered[c].iloc[s].median()) for s in steps] for c in ("lo", "hi"))
    middle = [float(ordered["estimate"].iloc[s].mean()) for s in steps]
    axes.fill_betweenx(up, low, high, color=style.UNKNOWN, alpha=0.30, lw=0)
    axes.plot(middle, up, color=style.ELECTRONIC, lw=1.8, zorder=4)
    if not marks:
        return
    _beside(axes, -0.06, "Marked on the curve", bold=True)
    ends = ordered["estimate"].to_numpy(float)
    groups: dict[float, list[Record]] = {}
    for mark in sorted(marks, key=lambda m: (round(m["estimate"], 9), not m["primary"])):
        groups.setdefault(round(mark["estimate"], 9), []).append(mark)
    y = -0.06 - LINE - 0.04
    for i, (estimate, alike) in enumerate(groups.items(), 1):
        at = (float(np.searchsorted(ends, estimate)) + 0.5) / n * height - CURVE + 0.1
        primary = any(m["primary"] for m in alike)
        marker, ms, face = ("D", 6, style.INK) if primary else ("o", 5, "white")
        axes.plot([estimate], [at], marker=marker, ms=ms, color=style.INK, mfc=face, zorder=5)
        frame.note(axes, (estimate, at), str(i), (7 if i % 2 else -7, 0), bold=True, zorder=6)
        told = ", ".join(m["label"] for m in alike if m["primary"] or not primary)
        words = frame.wrap(f"{i}  {told}", style.SMALL, 1.08 * LABELS)
        _beside(axes, y, words, bold=primary)
        y -= (words.count("\n") + 1) * LINE + 0.03


def _beside(axes: Axes, y: float, words: str, *, bold: bool = False) -> None:
    """Words in the column of names, from the height `y` down."""
    look = {"ha": "left", "va": "top", "linespacing": 1.15}
    beside = axes.get_yaxis_transform()
    frame.note(axes, (0, y), words, (-LABELS * 72, 0), bold=bold, xycoords=beside, **look)


def _choices(axes: Axes, rows: pd.DataFrame, names: Sequence[str]) -> None:
    y, heading = -CURVE, ""
    for row, name in zip(rows.to_dict("records"), names, strict=True):
        if row["heading"] != heading:
            heading = row["heading"]
            _beside(axes, y - 0.05, heading, bold=True)
            axes.axhline(y, color=style.GRID, lw=0.6)
            y -= HEAD
        high = (name.count("\n") + 1) * LINE
        _beside(axes, y, name)
        at = y - high / 2
        wide: dict[str, Any] = {"lw": 4, "alpha": 0.4, "solid_capstyle": "butt"}
        axes.plot([row["low"], row["high"]], [at] * 2, color=style.ELECTRONIC, **wide)
        axes.plot([row["median"]], [at], "o", color=style.ELECTRONIC, ms=4, zorder=4)
        y -= high + GAP
