"""Specification curve: every estimate in order, and below it the choices behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sevenpercent import prose, style
from sevenpercent.figures import frame

BINS = 72
"""Cells of the decision matrix along the curve; a cell is then three pixels wide on a phone."""

ROW, HEAD, CURVE = 0.155, 0.20, 2.35
"""Inches: one option, one heading, and the curve."""

LABELS = 1.72
"""Inches to the left of the matrix, for the options' names."""


@dataclass(frozen=True)
class Decision:
    """One choice: its heading, the column of the specifications, and options with their names."""

    heading: str
    column: str
    options: Sequence[tuple[object, str]]


@dataclass(frozen=True)
class Marked:
    """A specification to be found on the curve."""

    estimate: float
    label: str
    primary: bool = False


def curve(
    specs: pd.DataFrame,
    decisions: Sequence[Decision],
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
        One row per specification: ``estimate, lo, hi`` and the columns of the decisions. Negative
        = the harmed party did worse where voting was electronic.
    decisions : sequence of Decision
        A cell of the matrix is the darker the more of the specifications in that stretch of the
        curve take the option, compared with the largest such share in its choice.
    marks : sequence of Marked
        Specifications marked on the curve: filled when primary, open otherwise.
    """
    ordered = specs.sort_values("estimate", kind="stable", ignore_index=True)
    rows = sum(len(d.options) for d in decisions)
    matrix = rows * ROW + len(decisions) * HEAD
    with style.applied():
        figure, (whole,) = frame.canvas(title, subtitle, source, CURVE + 0.2 + matrix)
        whole.set_axis_off()
        box = whole.get_position()
        inch = box.height / (CURVE - 0.2 + matrix)
        left = box.x0 + LABELS / style.WIDTH
        top = figure.add_axes(
            (left, box.y1 - (CURVE - 0.35) * inch, box.x1 - left, (CURVE - 0.35) * inch)
        )
        _estimates(top, ordered, marks, unit)
        below = figure.add_axes((box.x0, box.y0, box.width, matrix * inch))
        _matrix(below, ordered, decisions, (left - box.x0) / box.width, matrix)
    return figure


def _estimates(axes: Axes, ordered: pd.DataFrame, marks: Sequence[Marked], unit: str) -> None:
    value = ordered["estimate"].to_numpy(float)
    n = len(value)
    x = (np.arange(n) + 0.5) / n
    edges = np.linspace(0, n, 2 * BINS + 1).astype(int)
    middle, low, high = [], [], []
    for a, b in zip(edges[:-1], edges[1:], strict=True):
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
    axes: Axes, value: np.ndarray, marks: Sequence[Marked], bottom: float, room: float
) -> None:
    """Labels stand in the empty corners: below the curve to the right, in rows of their own."""
    placed = sorted(marks, key=lambda m: m.estimate)
    step = 0.085 * room
    for i, mark in enumerate(placed):
        at = float(np.searchsorted(value, mark.estimate)) / len(value)
        axes.plot(
            [at],
            [mark.estimate],
            marker="D" if mark.primary else "o",
            ms=6 if mark.primary else 4.5,
            color=style.INK,
            mfc=style.INK if mark.primary else "white",
            zorder=5,
            clip_on=False,
        )
        y = bottom + step * (len(placed) - 1 - i)
        axes.annotate(
            mark.label,
            (at, mark.estimate),
            (0.995, y),
            fontsize=7,
            ha="right",
            va="bottom",
            fontweight="bold" if mark.primary else "normal",
            arrowprops={"arrowstyle": "-", "color": style.MUTED, "lw": 0.5, "shrinkB": 3},
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8},
            zorder=4,
        )


def _matrix(
    axes: Axes, ordered: pd.DataFrame, decisions: Sequence[Decision], left: float, height: float
) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    n = len(ordered)
    stretch = np.minimum((np.arange(n) * BINS) // n, BINS - 1)
    sizes = np.bincount(stretch, minlength=BINS)
    y = 0.0
    for decision in decisions:
        axes.text(
            0, y + HEAD - 0.045, decision.heading, fontsize=7.5, fontweight="bold", va="bottom"
        )
        y += HEAD
        column = ordered[decision.column]
        shares = [
            np.bincount(stretch, column.eq(option).to_numpy(float), minlength=BINS)
            / np.maximum(sizes, 1)
            for option, _ in decision.options
        ]
        most = max(float(s.max()) for s in shares) or 1.0
        for (_, name), share in zip(decision.options, shares, strict=True):
            axes.text(left - 0.012, y + ROW / 2, name, fontsize=7, va="center", ha="right")
            axes.imshow(
                share[None, :] / most,
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
