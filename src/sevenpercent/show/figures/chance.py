"""What chance alone would give, beside what was observed."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture
from sevenpercent.stats.chance import Chance


def chance(
    spatial: NDArray[np.float64],
    naive: NDArray[np.float64],
    observed: float,
    *,
    unit: str,
    **head: str,
) -> Figure:
    """Two histograms of gaps without any effect, and the observed gap as a line.

    `spatial, naive`: gaps when machines are reassigned along demographics and geography, and when
    they are shuffled blindly; points, negative = the harmed party lower where electronic;
    `observed`: the gap in the data, same unit.
    """
    edges = _edges(spatial, naive, observed)
    lo, hi = edges[0], edges[-1]
    with style.applied():
        figure, (axes,) = frame.canvas(head, 2.9)
        tallest = 0.0
        left = observed < (lo + hi) / 2
        for draws, colour, name, height in (
            (naive, style.UNKNOWN, "shuffled blindly", 0.73),
            (spatial, style.PAPER, "reassigned among\nsimilar counties", 0.90),
        ):
            counts, _ = np.histogram(draws, bins=edges)
            share = counts / counts.sum()
            tallest = max(tallest, float(share.max()))
            axes.stairs(share, edges, fill=True, color=colour, alpha=0.35)
            axes.stairs(share, edges, color=colour, lw=1.2)
            # Above the bars, on the side that the observed gap leaves free.
            x, edge = (0.995, "right top") if left else (0.005, "left top")
            ink = colour if colour != style.UNKNOWN else style.MUTED
            frame.say(axes, x, height, name, edge, bold=True, color=ink, transform=axes.transAxes)
        axes.axvline(0, ymax=1 / 1.6, color=style.INK, lw=0.9)
        axes.axvline(observed, color=style.ELECTRONIC, lw=2)
        told = f"\u00a0observed {prose.signed(observed)}\u00a0"
        edge = "left top" if left else "right top"
        frame.say(axes, observed, tallest * 1.58, told, edge, bold=True, color=style.ELECTRONIC)
        axes.set_ylim(0, tallest * 1.6)
        axes.set_yticks([])
        frame.signed_axis(axes, unit)
    return figure


def of_draws(found: Chance, *, axis: str) -> Picture:
    """Gaps without any effect beside the observed one, as :func:`chance.by_chance` draws them."""
    ends = (map(prose.signed, found.interval(naive)) for naive in (False, True))
    near, blind = ("from {} to {}".format(*both) for both in ends)
    says = (
        f"Observed: {prose.signed(found.observed)}; 95 % of the draws among similar "
        f"counties lie {near}, of the blind shuffles {blind}"
    )
    edges = _edges(found.drawn, found.shuffled, found.observed)
    similar, shuffled = (np.histogram(d, bins=edges)[0] for d in (found.drawn, found.shuffled))
    columns = {"from": edges[:-1], "to": edges[1:], "similar counties": similar, "blind": shuffled}
    drawn = partial(chance, found.drawn, found.shuffled, found.observed, unit=axis)
    return Picture(drawn, says, pd.DataFrame(columns), f"draws; {axis}")


def _edges(
    spatial: NDArray[np.float64], naive: NDArray[np.float64], observed: float
) -> NDArray[np.float64]:
    ends = [*spatial, *naive, observed]
    return np.linspace(min(ends), max(ends), 61)
