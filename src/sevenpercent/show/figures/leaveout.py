"""The estimate without every county and every pair: each one a thin line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of


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


def leave_out(strips: Sequence[Strip], *, unit: str, **head: str) -> Figure:
    """Rows of thin lines, one for each set of counties left out.

    Parameters
    ----------
    strips : sequence of Strip
        From top to bottom.
    unit : str
        Axis label; says what negative means.
    """
    step, top = 0.94, 0.04
    body = len(strips) * step + top + 0.46
    ends = [e for s in strips for e in (float(s.estimates.min()), float(s.estimates.max()))]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    span = high - low
    with style.applied():
        figure, (axes,) = frame.canvas(head, body)
        axes.set_xlim(low - 0.05 * span, high + 0.12 * span)
        axes.set_ylim(-(body - 0.46), 0)
        axes.set_yticks([])
        axes.axvline(0, color=style.INK, lw=0.9, zorder=1)
        for i, s in enumerate(strips):
            y = -top - i * step
            frame.say(axes, low - 0.05 * span, y, s.label, "top", bold=True, zorder=4)
            faint = max(0.06, min(0.8, 40 / len(s.estimates)))
            # Lines closer than a thousandth of the axis are one; what many share is darker.
            places, times = np.unique((s.estimates / span).round(3), return_counts=True)
            dark = 1 - (1 - faint) ** times
            look: dict[str, Any] = {"color": style.ELECTRONIC, "lw": 0.8, "alpha": dark}
            axes.vlines(places * span, y - 0.38, y - 0.20, **look)
            axes.plot([s.whole], [y - 0.29], marker="D", ms=5, color=style.INK, zorder=3)
            words = f"{prose.signed(float(s.estimates.min()))} without {s.lowest};\n"
            words += f"{prose.signed(float(s.estimates.max()))} without {s.highest}"
            small: dict[str, Any] = {
                "linespacing": 1.2,
                "color": style.MUTED,
                "bbox": style.behind(0.4),
            }
            frame.say(axes, low - 0.05 * span, y - 0.45, words, "top", zorder=4, **small)
        frame.signed_axis(axes, unit)
    return figure


def of_left_out(
    left: pd.DataFrame, whole: Mapping[str, float], labels: Mapping[str, str], *, axis: str
) -> Picture:
    """Every estimate without one county or two.

    `left`: as :func:`sevenpercent.stats.sensitivity.leave_out.left_out` gives it; `whole, labels`:
    definition -> the estimate with all counties, and its label; `axis`: unit of the axis, with what
    negative means.
    """
    strips = [
        Strip(
            f"{labels[str(name)]}: without {'one county' if size == 1 else 'two counties'}",
            own["estimate"].to_numpy(float),
            whole[str(name)],
            own["without"].iloc[0],
            own["without"].iloc[-1],
        )
        for (name, size), own in left.groupby(["definition", "size"], sort=False)
    ]
    says = "; ".join(
        f"{x.label}: {prose.signed(x.estimates.min())} to {prose.signed(x.estimates.max())}"
        for x in strips
    )
    named = left.assign(definition=left["definition"].map(dict(labels)))
    data = table_of(
        named, definition="definition", size="counties left out", without="which",
        estimate="estimate",
    )  # fmt: skip
    return Picture(partial(leave_out, strips, unit=axis), says, data, axis)
