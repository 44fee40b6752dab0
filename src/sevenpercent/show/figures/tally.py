"""What became of published figures: one bar per author, split by outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.stats.replications import STATUSES

SHADES = ("#3B3B3B", "#9A9A9A", "#E08214", "#DDDDDD", "#FFFFFF")
"""From repeated to unknown, greys apart from what differs; the numbers stand in the bars."""


def of_figures(figures: pd.DataFrame) -> Picture | None:
    """Bars of everyone with a figure to compare; None where there is none.

    `figures`: as :func:`sevenpercent.stats.replications.compare` gives it, each figure once.
    """
    whose = figures.loc[figures["status"].isin(STATUSES[:3]), "who"].drop_duplicates()
    if whose.empty:
        return None
    counts = {
        str(who): [
            int(((figures["who"] == who) & (figures["status"] == x)).sum()) for x in STATUSES
        ]
        for who in whose
    }
    said = "; ".join(
        f"{who}: " + ", ".join(f"{n} {x}" for n, x in zip(line, STATUSES, strict=True) if n)
        for who, line in counts.items()
    )
    data = table_of({"who": w, **dict(zip(STATUSES, n, strict=True))} for w, n in counts.items())
    return Picture(partial(tally, counts, STATUSES), said, data, "published figures")


def tally(counts: Mapping[str, Sequence[int]], outcomes: Sequence[str], **head: str) -> Figure:
    """Stacked bars of counts.

    Parameters
    ----------
    counts : mapping
        For each label, from top to bottom, one count per outcome.
    outcomes : sequence of str
        At most five, best first; each is named once above the bars.
    """
    step, top = 0.40, 0.12 + 0.19 * -(-len(outcomes) // 2)
    body = top + step * len(counts) + 0.44
    with style.applied():
        figure, (axes,) = frame.canvas(head, body)
        widest = max(sum(row) for row in counts.values())
        axes.set_xlim(0, widest * 1.01)
        axes.set_ylim(-(top + step * len(counts)), 0)
        frame.without_rows(axes)
        for place, outcome in enumerate(outcomes):
            x, y = (place % 2) * widest / 2, -0.12 - 0.19 * (place // 2)
            axes.plot([x + widest / 80], [y], "s", color=SHADES[place], mec=style.MUTED, mew=0.5)
            axes.text(x + widest / 30, y, outcome, va="center")
        for line, (label, row) in enumerate(counts.items()):
            y = -top - step * line
            axes.text(0, y - 0.03, label, va="top")
            left = 0
            for place, count in enumerate(row):
                if count:
                    look: dict[str, Any] = {
                        "color": SHADES[place],
                        "edgecolor": style.MUTED,
                        "lw": 0.4,
                    }
                    axes.barh(y - 0.28, count, height=0.15, left=left, **look)
                    ink, middle = "white" if place == 0 else style.INK, left + count / 2
                    frame.say(axes, middle, y - 0.285, str(count), "middle center", color=ink)
                left += count
        axes.set_xlabel("published figures")
    return figure
