"""The estimate without every county and every pair: each one a thin line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame


@dataclass(frozen=True)
class Strip:
    """Estimates of one row, its label, and the words at both ends.

    Attributes
    ----------
    whole : float
        The estimate with every county.
    """

    label: str
    estimates: NDArray[np.float64]
    whole: float
    lowest: str
    highest: str


def leave_out(
    strips: Sequence[Strip],
    *,
    title: str,
    subtitle: str,
    source: str,
    unit: str,
) -> Figure:
    """Rows of thin lines, one for each set of counties left out.

    Parameters
    ----------
    strips : sequence of Strip
        From top to bottom.
    unit : str
        Axis label; says what negative means.
    """
    step, top = 0.80, 0.04
    body = len(strips) * step + top + 0.46
    ends = [e for s in strips for e in (float(s.estimates.min()), float(s.estimates.max()))]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    span = high - low
    with style.applied():
        figure, (axes,) = frame.canvas(title, subtitle, source, body)
        axes.set_xlim(low - 0.05 * span, high + 0.12 * span)
        axes.set_ylim(-(body - 0.46), 0)
        axes.set_yticks([])
        axes.axvline(0, color=style.INK, lw=0.9, zorder=1)
        for i, s in enumerate(strips):
            y = -top - i * step
            axes.text(
                low - 0.05 * span, y, s.label, fontsize=8, va="top", fontweight="bold", zorder=4
            )
            faint = max(0.06, min(0.8, 40 / len(s.estimates)))
            axes.vlines(
                s.estimates, y - 0.38, y - 0.20, color=style.ELECTRONIC, lw=0.8, alpha=faint
            )
            axes.plot([s.whole], [y - 0.29], marker="D", ms=5, color=style.INK, zorder=3)
            words = f"{prose.signed(float(s.estimates.min()))} without {s.lowest};  "
            words += f"{prose.signed(float(s.estimates.max()))} without {s.highest}"
            axes.text(
                low - 0.05 * span,
                y - 0.45,
                words,
                fontsize=7,
                color=style.MUTED,
                va="top",
                zorder=4,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85},
            )
        frame.signed_axis(axes, unit)
    return figure
