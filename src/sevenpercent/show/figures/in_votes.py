"""What was claimed, what it took to change the winner, and what the recount changed, in votes."""

from __future__ import annotations

from functools import partial

import pandas as pd
from matplotlib.figure import Figure

from sevenpercent.model import words as prose
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of

STEP, BAR, LINE = 0.47, 0.17, 0.14
"""Inches: one row, the bar in it, and each further line of its words."""

LOOK = {
    "claimed": (style.ELECTRONIC, "////"),
    "lead": (style.MUTED, None),
    "net": (style.PAPER, None),
    "gross": (style.UNKNOWN, None),
}


def bars(rows: pd.DataFrame, **head: str) -> Figure:
    """One bar a row, its words above it and its number at its end.

    `rows`: ``row`` (a name in :data:`LOOK`), ``words``, ``votes`` (0 or more).
    """
    longest = float(rows["votes"].max())
    names = [frame.wrap(prose.upper(words), 8.5, style.WIDTH) for words in rows["words"]]
    lines = sum(name.count("\n") for name in names)
    with style.applied():
        figure, (axes,) = frame.canvas(head, len(rows) * STEP + lines * LINE + 0.02, labels=0.0)
        top = 0.0
        for row, name in zip(rows.to_dict("records"), names, strict=True):
            colour, hatch = LOOK[row["row"]]
            axes.text(0, top - 0.04, name, va="top", linespacing=1.15)
            top -= name.count("\n") * LINE
            axes.barh(
                top - 0.32, row["votes"], BAR, color=colour, hatch=hatch, edgecolor="white", lw=0.5
            )
            end, told = row["votes"] + 0.012 * longest, prose.votes(row["votes"])
            frame.say(axes, end, top - 0.32, told, "center", bold=True, fontsize=9)
            top -= STEP
        axes.set_xlim(0, 1.18 * longest)
        axes.set_ylim(top - 0.02, 0)
        axes.set_axis_off()
    return figure


def of_votes(amounts: pd.DataFrame, words: Vocabulary) -> Picture | None:
    """The same for a page; None where there are fewer than two numbers to compare.

    `amounts`: as :func:`sevenpercent.stats.steps.in_votes` gives them.
    """
    if len(amounts) < 2:
        return None
    rows = amounts.assign(words=[words.amount(name) for name in amounts["row"]])
    says = "; ".join(f"{r['words']}: {prose.votes(r['votes'])}" for r in rows.to_dict("records"))
    return Picture(partial(bars, rows), says, table_of(rows, words="what", votes="votes"), "votes")
