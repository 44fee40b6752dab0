"""What every figure shares: title, subtitle, foot, and signed axes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sevenpercent.model import words as prose
from sevenpercent.show import style

TITLE_POINTS, SUBTITLE_POINTS, FOOT_POINTS = 10.5, 8.5, style.SMALL
_LINE = 1.28


def wrap(text: str, points: float, inches: float, bold: bool = False) -> str:
    """Break text so that a line of that type size fits that width."""
    per_character = points / 72 * (0.63 if bold else 0.555)
    return "\n".join(textwrap.wrap(text, max(12, int(inches / per_character))))


def canvas(
    words: Mapping[str, str], body_inches: float, columns: int = 1, labels: float = 0.40
) -> tuple[Figure, list[Axes]]:
    """Figure whose heights add up: title, subtitle, body, foot, whatever their length.

    `words`: ``title`` (what the figure shows, as a sentence), ``subtitle`` (measure, unit and
    sample) and ``source``; `body_inches`: height of the axes, tick labels included; `columns`: axes
    side by side; `labels`: inches of the body that belong to tick labels and the axis label below
    the axes.
    """
    width = style.WIDTH
    inner = width - 0.1
    head = wrap(words["title"], TITLE_POINTS, inner, bold=True)
    below = wrap(words["subtitle"], SUBTITLE_POINTS, inner)
    last = wrap("Source: " + words["source"], FOOT_POINTS, inner)
    sizes = (head, TITLE_POINTS), (below, SUBTITLE_POINTS), (last, FOOT_POINTS)
    high = [_height(*size) for size in sizes]
    total = 0.06 + high[0] + 0.05 + high[1] + 0.14 + body_inches + 0.10 + high[2]
    figure = plt.figure(figsize=(width, total))
    y = 1 - 0.06 / total
    left = 0.05 / width
    figure.text(left, y, head, fontsize=TITLE_POINTS, fontweight="bold", va="top", linespacing=1.2)
    y -= (high[0] + 0.05) / total
    muted: dict[str, Any] = {"color": style.MUTED, "linespacing": 1.2}
    figure.text(left, y, below, fontsize=SUBTITLE_POINTS, va="top", **muted)
    y -= (high[1] + 0.14) / total
    figure.text(left, 0, last, fontsize=FOOT_POINTS, va="bottom", **muted)
    bottom = (high[2] + 0.10 + labels) / total
    grid = figure.add_gridspec(
        1, columns, left=left, right=1 - 0.05 / width, top=y, bottom=bottom, wspace=0.08
    )
    return figure, [figure.add_subplot(grid[0, i]) for i in range(columns)]


def _height(text: str, points: float) -> float:
    return (text.count("\n") + 1) * points / 72 * _LINE


def leave(axes: Axes, left: float, right: float = 0.0) -> None:
    """Leave that share of the figure's width free beside the axes."""
    box = axes.get_position()
    axes.set_position((box.x0 + left, box.y0, box.width - left - right, box.height))


def without_rows(axes: Axes) -> None:
    """Leave out the vertical axis: its marks have their names beside them."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def say(
    axes: Axes, x: float, y: float, words: str, at: str = "", *, bold: bool = False, **more: Any
) -> None:
    """Words at a point of the axes.

    `at`: which of their own edges stands there: ``left`` (the default), ``middle`` or ``right``;
    ``baseline`` (the default), ``top``, ``center`` or ``bottom``.
    """
    for edge in at.split():
        across = edge in ("left", "middle", "right")
        more["ha" if across else "va"] = edge.replace("middle", "center")
    axes.text(x, y, words, fontweight="bold" if bold else "normal", **more)


def note(
    axes: Axes,
    at: tuple[float, float],
    words: str,
    offset: tuple[float, float],
    *,
    bold: bool = False,
    **more: Any,
) -> None:
    """Words beside a point, so many points of type to its right or left, and above it."""
    look = {"ha": "left" if offset[0] > 0 else "right", "va": "center", **more}
    look["fontweight"] = "bold" if bold else "normal"
    axes.annotate(words, at, offset, textcoords="offset points", **look)


def box(
    axes: Axes, at: tuple[float, float], size: tuple[float, float], colour: str, **look: Any
) -> None:
    """A filled box from its lower left corner; `look` may name its ``hatch``, edge and width."""
    axes.add_patch(Rectangle(at, *size, facecolor=colour, **{"edgecolor": "white", **look}))


def inside(axes: Axes) -> None:
    """Keep the first and the last label of the horizontal axis within its ends."""
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right")


def axis_words(label: str) -> str:
    """Words below an axis, on as many lines as they need."""
    return wrap(label, SUBTITLE_POINTS, style.WIDTH + 0.1)


def axis_inches(label: str) -> float:
    """Inches below the axes for tick labels and :func:`axis_words`."""
    return 0.28 + _height(axis_words(label), SUBTITLE_POINTS)


def signed_heights(axes: Axes, most: int) -> None:
    """Vertical axis in whole signed points, on so many ticks at most."""
    axes.yaxis.set_major_locator(MaxNLocator(nbins=most, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: prose.signed(y, 0)))


def signed_axis(
    axes: Axes, label: str, digits: int = 0, told: Callable[[float, int], str] = prose.signed
) -> None:
    """Horizontal axis in signed points with a real minus sign, or as `told`."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=digits == 0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: told(x, digits)))
    axes.set_xlabel(axis_words(label))
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
