"""Specification curve: every estimate in order, and below it the choices behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture

BINS = 72
"""Cells of the decision matrix along the curve; a cell is then three pixels wide on a phone."""

ROW, HEAD, CURVE, FOOT = 0.155, 0.20, 2.2, 0.4
"""Inches: one option, one heading, the curve, and what a canvas leaves for tick labels."""

LABELS = 1.84
"""Inches to the left of the matrix, for the options' names."""


@dataclass(frozen=True)
class Marked:
    """A specification to be found on the curve."""

    estimate: float
    label: str
    primary: bool = False


def curve(
    specs: pd.DataFrame,
    options: pd.DataFrame,
    *,
    title: str,
    subtitle: str,
    source: str,
    unit: str,
    marks: Sequence[Marked] = (),
) -> Figure:
    """Estimates in ascending order with their intervals, over a matrix of choices.

    Parameters
    ----------
    specs : DataFrame
        One row per specification: ``estimate, lo, hi`` and the columns of the choices. Negative
        = the harmed party did worse where voting was electronic.
    options : DataFrame
        One row per row of the matrix, in order: ``heading`` (printed when it changes),
        ``choice`` (a column of `specs`), ``option`` (its value, as text), ``label``. A cell is the
        darker the more of the specifications in that stretch of the curve take the option,
        compared with the largest such share in its choice.
    marks : sequence of Marked
        Specifications marked on the curve: filled when primary, open otherwise.
    """
    ordered = specs.sort_values("estimate", kind="stable", ignore_index=True)
    headings = int((options["heading"] != options["heading"].shift()).sum())
    matrix = len(options) * ROW + headings * HEAD
    with style.applied():
        figure, (whole,) = frame.canvas(title, subtitle, source, CURVE + matrix + FOOT - 0.3)
        whole.set_axis_off()
        box = whole.get_position()
        inch = box.height / (CURVE + matrix - 0.3)
        left = box.x0 + LABELS / style.WIDTH
        top = figure.add_axes(
            (left, box.y1 - (CURVE - 0.15) * inch, box.x1 - left, (CURVE - 0.15) * inch)
        )
        _estimates(top, ordered, marks, unit)
        below = figure.add_axes((box.x0, box.y0 - 0.3 * inch, box.width, matrix * inch))
        _matrix(below, ordered, options, (left - box.x0) / box.width, matrix)
    return figure


def of_grid(
    specs: pd.DataFrame, options: pd.DataFrame, marks: pd.DataFrame, place: str | None
) -> Picture | None:
    """Curve of one grid; None where there is none of that name.

    Parameters
    ----------
    specs : DataFrame
        Specifications in points, one kind of errors each, with ``place``.
    options : DataFrame
        As :func:`curve` takes them, with ``place``; those that no specification takes are left out.
    marks : DataFrame
        ``grid, estimate, label, primary`` of what is to be found on the curve.
    place : str or None
    """
    own = specs[specs["place"] == place]
    if own.empty:
        return None
    offered = options[options["place"] == place]
    taken = {c: set(own[c].astype(str)) for c in offered["choice"].unique()}
    offered = offered[[r["option"] in taken[r["choice"]] for r in offered.to_dict("records")]]
    found = [
        Marked(m["estimate"], m["label"], m["primary"])
        for m in marks[marks["grid"] == place].to_dict("records")
    ]
    e = own["estimate"]
    says = f"Estimates run from {prose.signed(e.min())} to {prose.signed(e.max())} points"
    if found:
        named = (f"{m.label} {prose.signed(m.estimate)}" for m in found)
        says += f". Marked: {'; '.join(named)}"
    return Picture(partial(curve, own, offered, unit="points", marks=found), says)


def _estimates(axes: Axes, ordered: pd.DataFrame, marks: Sequence[Marked], unit: str) -> None:
    value = ordered["estimate"].to_numpy(float)
    n = len(value)
    x = (np.arange(n) + 0.5) / n
    edges = np.linspace(0, n, 2 * BINS + 1).astype(int)
    middle, low, high = [], [], []
    for a, b in pairwise(edges):
        if b > a:
            middle.append(x[a:b].mean())
            low.append(float(ordered["lo"].iloc[a:b].median()))
            high.append(float(ordered["hi"].iloc[a:b].median()))
    axes.fill_between(middle, low, high, color=style.UNKNOWN, alpha=0.30, lw=0)
    axes.plot(x, value, color=style.ELECTRONIC, lw=1.8)
    axes.axhline(0, color=style.INK, lw=0.9)
    bottom, ceiling = float(np.min(low)), float(np.max(high))
    room = ceiling - bottom
    axes.set_ylim(bottom - 0.03 * room, ceiling + 0.03 * room)
    axes.set_xlim(0, 1)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.yaxis.set_major_formatter(lambda v, _: prose.signed(v, 0 if room > 3 else 1))
    axes.tick_params(axis="y", length=2)
    axes.grid(axis="y")
    axes.set_ylabel(unit, fontsize=7.5)
    _marks(axes, value, marks, bottom, room)


def _marks(
    axes: Axes, value: NDArray[np.float64], marks: Sequence[Marked], bottom: float, room: float
) -> None:
    """Numbers at the curve, and what they stand for in the corner that it leaves free."""
    groups: dict[float, list[Marked]] = {}
    for mark in sorted(marks, key=lambda m: (round(m.estimate, 9), not m.primary)):
        groups.setdefault(round(mark.estimate, 9), []).append(mark)
    step = 0.085 * room
    for i, (estimate, alike) in enumerate(groups.items(), 1):
        at = float(np.searchsorted(value, estimate)) / len(value)
        primary = any(m.primary for m in alike)
        axes.plot(
            [at],
            [estimate],
            marker="D" if primary else "o",
            ms=5.5 if primary else 4.5,
            color=style.INK,
            mfc=style.INK if primary else "white",
            zorder=5,
            clip_on=False,
        )
        axes.annotate(
            str(i),
            (at, estimate),
            (0, 5),
            textcoords="offset points",
            fontsize=7,
            fontweight="bold",
            ha="center",
            va="bottom",
            zorder=6,
        )
        axes.text(
            0.995,
            bottom + step * (len(groups) - i),
            f"{i} {', '.join(m.label for m in alike if m.primary or not primary)}",
            fontsize=6.8,
            ha="right",
            va="bottom",
            fontweight="bold" if primary else "normal",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8},
            zorder=4,
        )


def _matrix(
    axes: Axes, ordered: pd.DataFrame, options: pd.DataFrame, left: float, height: float
) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    n = len(ordered)
    stretch = np.minimum((np.arange(n) * BINS) // n, BINS - 1)
    sizes = np.bincount(stretch, minlength=BINS)
    shares = {
        (c, o): np.bincount(stretch, ordered[c].astype(str).eq(o).to_numpy(float), minlength=BINS)
        / np.maximum(sizes, 1)
        for c, o in zip(options["choice"], options["option"], strict=True)
    }
    most = {c: max(float(s.max()) for (k, _), s in shares.items() if k == c) for c, _ in shares}
    y, heading = 0.0, ""
    for row in options.to_dict("records"):
        if row["heading"] != heading:
            heading = row["heading"]
            axes.text(0, y + HEAD - 0.045, heading, fontsize=7.5, fontweight="bold", va="bottom")
            y += HEAD
        axes.text(left - 0.012, y + ROW / 2, row["label"], fontsize=7, va="center", ha="right")
        axes.imshow(
            shares[row["choice"], row["option"]][None, :] / (most[row["choice"]] or 1.0),
            extent=(left, 1, y + ROW - 0.02, y + 0.02),
            cmap="Purples",
            vmin=0,
            vmax=1,
            aspect="auto",
            interpolation="nearest",
        )
        y += ROW
    axes.set_xlim(0, 1)
    axes.set_ylim(height, 0)
