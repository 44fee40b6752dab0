"""What every figure shares: title, subtitle, foot, and signed axes."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
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
    title: str,
    subtitle: str,
    foot: str,
    body_inches: float,
    columns: int = 1,
    labels: float = 0.40,
    **axes: object,
) -> tuple[Figure, list[Axes]]:
    """Figure whose heights add up: title, subtitle, body, foot, whatever their length.

    Parameters
    ----------
    title : str
        What the figure shows, as a sentence.
    subtitle : str
        Measure, unit and sample.
    foot : str
        Source.
    body_inches : float
        Height of the axes, tick labels included.
    columns : int
        Axes side by side.
    labels : float
        Inches of the body that belong to tick labels and the axis label below the axes.
    """
    width = style.WIDTH
    inner = width - 0.1
    head = wrap(title, TITLE_POINTS, inner, bold=True)
    below = wrap(subtitle, SUBTITLE_POINTS, inner)
    last = wrap("Source: " + foot, FOOT_POINTS, inner)
    high = [
        _height(head, TITLE_POINTS),
        _height(below, SUBTITLE_POINTS),
        _height(last, FOOT_POINTS),
    ]
    total = 0.06 + high[0] + 0.05 + high[1] + 0.14 + body_inches + 0.10 + high[2]
    figure = plt.figure(figsize=(width, total))
    y = 1 - 0.06 / total
    left = 0.05 / width
    figure.text(left, y, head, fontsize=TITLE_POINTS, fontweight="bold", va="top", linespacing=1.2)
    y -= (high[0] + 0.05) / total
    figure.text(
        left, y, below, fontsize=SUBTITLE_POINTS, color=style.MUTED, va="top", linespacing=1.2
    )
    y -= (high[1] + 0.14) / total
    figure.text(
        left, 0, last, fontsize=FOOT_POINTS, color=style.MUTED, va="bottom", linespacing=1.2
    )
    bottom = (high[2] + 0.10 + labels) / total
    grid = figure.add_gridspec(
        1, columns, left=left, right=1 - 0.05 / width, top=y, bottom=bottom, wspace=0.08
    )
    return figure, [figure.add_subplot(grid[0, i], **axes) for i in range(columns)]


def _height(text: str, points: float) -> float:
    return (text.count("\n") + 1) * points / 72 * _LINE


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


def signed_axis(axes: Axes, label: str, digits: int = 0) -> None:
    """Horizontal axis in signed points with a real minus sign."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=digits == 0))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: prose.signed(x, digits)))
    axes.set_xlabel(axis_words(label))
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
