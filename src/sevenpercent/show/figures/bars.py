"""Horizontal bars: words above each, its parts side by side, numbers in them or at their end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from sevenpercent.model import words as prose
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.stats.replications import STATUSES

STEP, HIGH, LINE = 0.45, 0.17, 0.14
"""Inches: one row, the bar in it, and each further line of its words."""


class Part(NamedTuple):
    """A part of a bar: its length, its look, and the words in it."""

    size: float
    colour: str
    hatch: str | None = None
    told: str = ""


@dataclass(frozen=True)
class Bar:
    """One bar: the words above it, its parts from left to right, and what stands at its end.

    `note`: at the right end of the words.
    """

    label: str
    parts: Sequence[Part]
    end: str = ""
    note: str = ""


def bars(
    rows: Sequence[Bar],
    *,
    ticks: Mapping[float, str] | None = None,
    unit: str = "",
    key: Mapping[str, str] | None = None,
    middle: str = "",
    **head: str,
) -> Figure:
    """Draw bars from top to bottom.

    `ticks`: place on the axis -> its words; without it the axis has none; `unit`: what the axis
    counts; `key`: name of a kind of part -> its colour, explained above the bars, two a line;
    `middle`: words at a line through the middle of the axis.
    """
    whole = max(sum(part.size for part in row.parts) for row in rows)
    names = [frame.wrap(row.label, style.SMALL, style.WIDTH) for row in rows]
    lines = sum(name.count("\n") for name in names)
    top = 0.19 * -(-len(key or ()) // 2) + (0.16 if middle else 0.0)
    below = 0.44 if ticks or unit else 0.0
    body = top + len(rows) * STEP + lines * LINE + 0.04
    with style.applied():
        figure, (axes,) = frame.canvas(head, body + below, labels=below)
        for place, (name, colour) in enumerate((key or {}).items()):
            x, y = (place % 2) * whole / 2, -0.10 - 0.19 * (place // 2)
            axes.plot([x + whole / 80], [y], "s", color=colour, mec=style.MUTED, mew=0.5)
            axes.text(x + whole / 30, y, name, va="center")
        if middle:
            axes.axvline(whole / 2, color=style.INK, lw=0.9, ls=(0, (4, 3)))
            frame.say(axes, whole / 2, -0.02, f"\u00a0{middle}", "top", color=style.MUTED)
        edge: dict[str, Any] = {"lw": 0.5, "edgecolor": style.MUTED if key else "white"}
        y = -top
        for row, name in zip(rows, names, strict=True):
            axes.text(0, y - 0.04, name, va="top", linespacing=1.15)
            frame.say(axes, whole, y - 0.04, row.note, "right top", bold=True)
            y -= STEP + name.count("\n") * LINE
            at = 0.0
            for size, colour, hatch, told in row.parts:
                frame.box(axes, (at, y + 0.05), (size, HIGH), colour, hatch=hatch, **edge)
                ink = "white" if colour in _DEEP else style.INK
                behind = {"facecolor": colour, "edgecolor": "none", "pad": 1.0} if hatch else None
                inside = at + size / 2, y + 0.05 + HIGH / 2
                frame.say(axes, *inside, told, "middle center", color=ink, bbox=behind)
                at += size
            frame.say(axes, at, y + 0.05 + HIGH / 2, f"\u00a0{row.end}", "center", bold=True)
        axes.set_xlim(0, whole * (1.18 if any(row.end for row in rows) else 1.0))
        axes.set_ylim(-body, 0)
        frame.without_rows(axes)
        axes.set_xticks(list(ticks or ()), list((ticks or {}).values()))
        axes.set_xlabel(unit)
        axes.spines["bottom"].set_visible(bool(below))
        if ticks:
            frame.inside(axes)
    return figure


_DEEP = {style.ELECTRONIC, style.PAPER, style.DEM, style.REP, style.NOBODY, "#3B3B3B"}
"""Colours on which words are white."""


def of_counts(classes: Mapping[str, int], unit: str) -> Picture | None:
    """Bars of counts; None where there is none.

    `classes`: name of the class to its count; `unit`: what is counted.
    """
    if not classes:
        return None
    says = "; ".join(f"{name}: {n}" for name, n in classes.items())
    data = table_of({"class": name, unit: n} for name, n in classes.items())
    rows = [Bar(name, [Part(n, style.MUTED)], str(n)) for name, n in classes.items()]
    return Picture(partial(bars, rows), says, data, unit)


AMOUNTS = {
    "claimed": (style.ELECTRONIC, "////"),
    "lead": (style.MUTED, None),
    "net": (style.PAPER, None),
    "gross": (style.UNKNOWN, None),
}


def of_votes(amounts: pd.DataFrame, words: Vocabulary) -> Picture | None:
    """What was claimed, what it took to change the winner, what the recount changed, in votes.

    None where there are fewer than two numbers to compare. `amounts`: as
    :func:`sevenpercent.stats.steps.in_votes` gives them.
    """
    if len(amounts) < 2:
        return None
    named = amounts.assign(words=[words.amount(name) for name in amounts["row"]])
    rows, said = [], []
    for r in named.to_dict("records"):
        part, told = Part(r["votes"], *AMOUNTS[r["row"]]), prose.votes(r["votes"])
        rows.append(Bar(prose.upper(r["words"]), [part], told))
        said.append(f"{r['words']}: {told}")
    says = "; ".join(said)
    return Picture(partial(bars, rows), says, table_of(named, words="what", votes="votes"), "votes")


SHADES = ("#3B3B3B", "#9A9A9A", "#E08214", "#DDDDDD", "#FFFFFF")
"""From repeated to unknown, greys apart from what differs; the numbers stand in the bars."""


def of_figures(figures: pd.DataFrame) -> Picture | None:
    """What became of everyone's published figures; None where there is nothing to compare.

    `figures`: as :func:`sevenpercent.stats.replications.compare` gives it, each figure once.
    """
    whose = figures.loc[figures["status"].isin(STATUSES[:3]), "who"].drop_duplicates()
    if whose.empty:
        return None
    counts = pd.crosstab(figures["who"], figures["status"]).reindex(
        index=whose, columns=list(STATUSES), fill_value=0
    )
    shades = dict(zip(STATUSES, SHADES, strict=True))
    rows, told = [], []
    for who, own in counts.iterrows():
        there = {str(x): int(n) for x, n in own.items() if n}
        rows.append(Bar(str(who), [Part(n, shades[x], None, str(n)) for x, n in there.items()]))
        told.append(f"{who}: " + ", ".join(f"{n} {x}" for x, n in there.items()))
    said, unit = "; ".join(told), "published figures"
    data = table_of(counts.rename_axis(index="who", columns=None).reset_index())
    return Picture(partial(bars, rows, key=shades, unit=unit), said, data, unit)


def of_methods(sides: pd.DataFrame | None, adjective: str, source: str) -> Picture | None:
    """Share of ballots cast on DREs in electronic counties and in the others; None without figures.

    `sides`: as :func:`sevenpercent.stats.ballots.by_method` gives it; `adjective`: what electronic
    counties are called.
    """
    if sides is None:
        return None
    names = {"electronic": f"“{prose.upper(adjective)}” counties", "paper": "All other counties"}
    looks = {"electronic": (style.ELECTRONIC, "////"), "paper": (style.PAPER, None)}
    rows, said, numbers = [], [], []
    for side, who in names.items():
        x = float(sides["dre_share"][side])
        name = f"{who} ({prose.votes(float(sides['ballots_total'][side]))} ballots)"
        sizes = {"electronic": x, "paper": 1 - x}
        told = {kind: f"{kind} {prose.percent(n, 0)}" * (n > 0.08) for kind, n in sizes.items()}
        rows.append(Bar(name, [Part(n, *looks[kind], told[kind]) for kind, n in sizes.items()]))
        said.append(f"{name}: {prose.percent(x)} electronic")
        numbers += [{"counties": name, "ballots": kind, "share": n} for kind, n in sizes.items()]
    says, data = "; ".join(said), table_of(numbers)
    ticks = {0: "0 %", 0.25: "25", 0.5: "50", 0.75: "75", 1: "100 %"}
    return Picture(partial(bars, rows, ticks=ticks), says, data, "share of ballots, 0 to 1", source)
