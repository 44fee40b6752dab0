"""What chance alone would give, beside what was observed."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame


def chance(
    spatial: NDArray[np.float64],
    naive: NDArray[np.float64],
    observed: float,
    *,
    title: str,
    subtitle: str,
    source: str,
    unit: str,
) -> Figure:
    """Two histograms of gaps without any effect, and the observed gap as a line.

    Parameters
    ----------
    spatial, naive : ndarray
        Gaps when machines are handed out again along demographics and geography, and when
        they are shuffled blindly; points, negative = Democrat lower where electronic.
    observed : float
        The gap in the data, same unit.
    """
    lo = min(float(spatial.min()), float(naive.min()), observed)
    hi = max(float(spatial.max()), float(naive.max()), observed)
    edges = np.linspace(lo, hi, 61)
    with style.applied():
        figure, (axes,) = frame.canvas(title, subtitle, source, 2.9)
        tallest = 0.0
        left = observed < (lo + hi) / 2
        for draws, colour, name, height in (
            (naive, style.UNKNOWN, "shuffled blindly", 0.73),
            (spatial, style.PAPER, "handed out along\ndemographics and geography", 0.90),
        ):
            counts, _ = np.histogram(draws, bins=edges)
            share = counts / counts.sum()
            tallest = max(tallest, float(share.max()))
            axes.stairs(share, edges, fill=True, color=colour, alpha=0.35)
            axes.stairs(share, edges, color=colour, lw=1.2)
            axes.text(  # above the bars, on the side that the observed gap leaves free
                0.995 if left else 0.005,
                height,
                name,
                transform=axes.transAxes,
                ha="right" if left else "left",
                va="top",
                fontsize=8,
                color=colour if colour != style.UNKNOWN else style.MUTED,
                fontweight="bold",
            )
        axes.axvline(0, ymax=1 / 1.6, color=style.INK, lw=0.9)
        axes.axvline(observed, color=style.ELECTRONIC, lw=2)
        axes.text(
            observed,
            tallest * 1.58,
            f" observed {prose.signed(observed)} ",
            color=style.ELECTRONIC,
            fontsize=8.5,
            fontweight="bold",
            ha="left" if left else "right",
            va="top",
        )
        axes.set_ylim(0, tallest * 1.6)
        axes.set_yticks([])
        frame.signed_axis(axes, unit)
    return figure
