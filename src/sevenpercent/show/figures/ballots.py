"""How the ballots of a group of places were cast: one stacked bar a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of


def ballots(groups: Mapping[str, Sequence[tuple[str, float]]], **head: str) -> Figure:
    """Stacked bars of shares, written into the bars.

    `groups`: name of the group to ``(kind, share)`` pairs that add up to one; ``electronic`` is
    hatched in its own colour, everything else counts as paper.
    """
    step = 0.62
    with style.applied():
        figure, (axes,) = frame.canvas(head, len(groups) * step + 0.5)
        for i, (name, parts) in enumerate(groups.items()):
            y = -(i + 1) * step + 0.06
            axes.text(0, y + 0.24, name, va="bottom")
            at = 0.0
            for kind, share in parts:
                electronic = kind == "electronic"
                colour, hatch = (style.ELECTRONIC, "////") if electronic else (style.PAPER, None)
                frame.box(axes, (at, y), (share, 0.22), colour, hatch=hatch, lw=0.6)
                if share > 0.08:
                    told, middle = f"{kind} {prose.percent(share, 0)}", at + share / 2
                    behind = {"facecolor": colour, "edgecolor": "none", "pad": 1.0}
                    look: dict[str, Any] = {"color": "white", "bbox": behind}
                    frame.say(axes, middle, y + 0.11, told, "middle center", **look)
                at += share
        axes.set_xlim(0, 1)
        axes.set_ylim(-len(groups) * step - 0.02, 0)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.set_xticklabels(["0 %", "25", "50", "75", "100 %"])
        frame.inside(axes)
        frame.without_rows(axes)
    return figure


def of_methods(sides: pd.DataFrame | None, adjective: str, source: str) -> Picture | None:
    """Share of ballots cast on DREs in electronic counties and in the others; None without figures.

    `sides`: as :func:`sevenpercent.stats.ballots.by_method` gives it; `adjective`: what electronic
    counties are called.
    """
    if sides is None:
        return None
    names = {"electronic": f"“{prose.upper(adjective)}” counties", "paper": "All other counties"}
    shares = {
        f"{name} ({prose.votes(float(sides['ballots_total'][side]))} ballots)": float(
            sides["dre_share"][side]
        )
        for side, name in names.items()
    }
    groups = {name: [("electronic", x), ("paper", 1 - x)] for name, x in shares.items()}
    says = "; ".join(f"{name}: {prose.percent(x)} electronic" for name, x in shares.items())
    data = table_of(
        {"counties": g, "ballots": k, "share": x} for g, p in groups.items() for k, x in p
    )
    return Picture(partial(ballots, groups), says, data, "share of ballots, 0 to 1", source)
