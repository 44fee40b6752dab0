"""Errors of the last polls: state by state, along a share, and election by election."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.stats.regression import Estimate

UNIT = "points; positive = {} did worse than the polls said"


def _machine(share: float) -> tuple[str, str]:
    """Colour and mark of a state by its share of people where voting is electronic."""
    if np.isnan(share):
        return style.UNKNOWN, "x"
    return (style.PAPER, "s") if share == 0 else (style.ELECTRONIC, "o")


def ranking(states: pd.DataFrame, reading: str, words: tuple[str, str], harmed: str) -> Picture:
    """One line per state, largest error on top; the states of the claim stand out.

    `states`: ``state, error, lo, hi, n, claimed`` and the column `reading`: 0 where all vote on
    paper; `words`: some of what a state above 0 has, and all of what a state at 0 votes on;
    `harmed`: whom the polls overstated where an error is positive.
    """
    said = ", ".join(
        f"{s} {prose.signed(e)}" for s, e in zip(states["state"], states["error"], strict=True)
    )
    draw = partial(_ranking, states, reading, words, unit=UNIT.format(harmed))
    data = table_of(states, state="state", error="error", lo="from", hi="to", n="polls")
    return Picture(draw, f"From the largest error down: {said}", data, UNIT.format(harmed))


def _ranking(
    states: pd.DataFrame, reading: str, words: tuple[str, str], *, unit: str, **head: str
) -> Figure:
    step = 0.185
    below = frame.axis_inches(unit)
    body = (len(states) + 3.5) * step + below
    with style.applied():
        figure, (axes,) = frame.canvas(head, body, labels=below - 0.04)
        room = 6.0
        limits = (float(states["error"].min()) - room, float(states["error"].max()) + room)
        axes.set_xlim(limits)
        axes.set_ylim(len(states) - 0.4, -3.9)
        axes.set_yticks([])
        axes.plot([0, 0], [-0.7, len(states) - 0.4], color=style.INK, lw=0.9, zorder=1)
        for i, row in enumerate(states.to_dict("records")):
            colour, marker = _machine(row[reading])
            if row["claimed"]:
                axes.axhspan(i - 0.5, i + 0.5, color=style.FILL, zorder=0)
            lo, hi = max(row["lo"], limits[0]), min(row["hi"], limits[1])
            axes.plot([lo, hi], [i, i], color=colour, lw=2.0 if row["claimed"] else 1.1, zorder=2)
            arrow: dict[str, Any] = {"color": colour, "ms": 3.5, "clip_on": False}
            if row["lo"] < lo:
                axes.plot([lo], [i], marker="<", **arrow)
            if row["hi"] > hi:
                axes.plot([hi], [i], marker=">", **arrow)
            axes.plot([row["error"]], [i], marker=marker, color=colour, ms=5, zorder=3)
            look = {"bold": row["claimed"], "transform": axes.get_yaxis_transform()}
            for x, words_ in ((-0.012, row["state"]), (1.13, prose.signed(row["error"]))):
                frame.say(axes, x, i, words_, "right center", **look)
        _legend(axes, states[reading], words)
        frame.signed_axis(axes, unit)
        frame.leave(axes, 0.07, 0.10)
    return figure


def _legend(axes: Axes, shares: pd.Series[float], words: tuple[str, str]) -> None:
    y = -3.3
    for shown, share, text in (
        ((shares > 0).any(), 1.0, f"some {words[0]}"),
        ((shares == 0).any(), 0.0, f"only {words[1]}"),
        (shares.isna().any(), np.nan, "not known"),
    ):
        if not shown:
            continue
        colour, marker = _machine(share)
        transform = axes.get_yaxis_transform()
        axes.plot([0.012], [y], marker=marker, color=colour, ms=5, transform=transform)
        axes.text(0.04, y, text, transform=transform, va="center", color=colour)
        y += 1.0


@dataclass(frozen=True)
class Along:
    """One panel of :func:`along`: the share on the horizontal axis and the slope of the line."""

    column: str
    label: str
    line: Estimate | None


def along(states: pd.DataFrame, panels: Sequence[Along], reading: str) -> Picture | None:
    """State errors; against one or two shares, with the straight line through them.

    `states`: as for :func:`ranking`, with the columns of `panels`, fractions; `panels`: those whose
    line is None are left out; `reading`: as for :func:`ranking`.
    """
    drawn = [p for p in panels if p.line is not None]
    if not drawn:
        return None
    said = "; ".join(
        f"{prose.upper(p.label)}: {prose.signed(p.line.estimate / 10)} points for every ten percent"
        for p in drawn
        if p.line is not None
    )
    names = {p.column: p.label + ", share" for p in drawn}
    data = table_of(states, state="state", error="error of the polls", **names)
    return Picture(partial(_along, states, drawn, reading), said, data, "points; shares 0 to 1")


def _along(states: pd.DataFrame, panels: Sequence[Along], reading: str, **head: str) -> Figure:
    with style.applied():
        figure, all_axes = frame.canvas(head, 2.9, columns=len(panels))
        span = states["error"].max() - states["error"].min()
        limits = (states["error"].min() - 0.08 * span, states["error"].max() + 0.12 * span)
        for k, (axes, panel) in enumerate(zip(all_axes, panels, strict=True)):
            own = states[states[panel.column].notna()]
            x = 100 * own[panel.column]
            margin = 0.09 * (x.max() - x.min())
            axes.set_xlim(x.min() - margin, x.max() + margin)
            axes.set_ylim(limits)
            ends = np.array([x.min(), x.max()])
            if panel.line is not None:
                heights = panel.line.coefficients["constant"] + panel.line.estimate * ends / 100
                axes.plot(ends, heights, color=style.MUTED, lw=1.4)
            axes.axhline(0, color=style.INK, lw=0.8, zorder=0)
            named = _named(own, panel.column)
            for i, row in own.iterrows():
                colour, marker = _machine(row[reading])
                size = 6 if row["claimed"] else 3.8
                at = (100 * row[panel.column], row["error"])
                edge: dict[str, Any] = {"mec": "white", "mew": 0.5, "alpha": 0.9}
                axes.plot(*at, marker=marker, ms=size, color=colour, **edge)
                if i in named:
                    outward, height = named[i]
                    left = (at[0] > sum(axes.get_xlim()) / 2) == outward
                    beside = -6 if left else 6, height
                    frame.note(axes, at, row["state"], beside, bold=row["claimed"])
            axes.set_xlabel(fill(panel.label, 22))
            axes.grid(axis="y")
            frame.signed_heights(axes, 7)
            axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:.0f} %"))
            axes.locator_params(axis="x", nbins=4)
            if k:
                axes.set_yticklabels([])
            else:
                axes.set_ylabel("error of the polls, points")
        for axes in all_axes:
            box = axes.get_position()
            shift = 0.15 * (1 - box.x0)
            low = 0.035  # for the second line of a label
            axes.set_position((box.x0 + shift, box.y0 + low, box.width - 0.077, box.height - low))
    return figure


def _named(states: pd.DataFrame, column: str) -> dict[object, tuple[bool, int]]:
    """Rows to label, each with a side (towards the nearer edge) and a height in points."""
    ends = {states["error"].idxmax(), states["error"].idxmin()}
    rows = states[states["claimed"] | states.index.isin(ends)].sort_values("error")[::-1]
    reach = [0.12 * (states[c].max() - states[c].min()) for c in (column, "error")]
    places = [(True, 5), (False, 0), (True, -6), (False, -8)]
    placed: list[tuple[float, float]] = []
    named: dict[object, tuple[bool, int]] = {}
    for i, x, y in zip(rows.index, rows[column], rows["error"], strict=True):
        near = sum(abs(x - a) < reach[0] and abs(y - b) < reach[1] for a, b in placed)
        named[i] = places[near % len(places)]
        placed.append((x, y))
    return named
