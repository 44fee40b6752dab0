"""What a recount changed: per ballot cast on machines, and unit by unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.figures.forest import Mark, Row, picture
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.show.recounts import SAMPLES, unit_name


def places(
    units: pd.DataFrame,
    labels: Sequence[tuple[float, float, str]],
    *,
    unit: str,
    across: str,
    **head: str,
) -> Figure:
    """Every unit's change of the margin against its DRE share of ballots.

    `units`: ``dose`` (share), ``margin_change`` (votes); `labels`: units that are named; the words
    stand to the right of the mark; `unit, across`: what the vertical and the horizontal axis show.
    """
    known = units[units["dose"].notna()]
    with style.applied():
        figure, (ax,) = frame.canvas(head, 3.1)
        frame.leave(ax, 0.19)
        for mask, colour, marker in (
            (known["dose"] == 0, style.PAPER, "o"),
            (known["dose"] > 0, style.ELECTRONIC, "x"),
        ):
            # One mark for units in the same place, to a hundredth: more cannot be told apart.
            own = known[mask].round({"dose": 2}).drop_duplicates(["dose", "margin_change"])
            look: dict[str, Any] = {"s": 9, "alpha": 0.45, "linewidths": 0.7, "marker": marker}
            ax.scatter(own["dose"], own["margin_change"], c=colour, **look)
        ax.axhline(0, color=style.INK, lw=0.9)
        ax.set_yscale("symlog", linthresh=10, linscale=1.2)
        ticks = [-100, -30, -10, -5, 0, 5, 10, 30, 100]
        ax.yaxis.set_major_locator(FixedLocator(ticks))
        ax.yaxis.set_minor_locator(FixedLocator([]))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: prose.signed(float(y), 0)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * x:.0f} %"))
        reach = float(known["margin_change"].abs().max()) * 1.5
        ax.set_ylim(-reach, reach)
        ax.set_xlim(-0.03, 1.09)
        ax.grid(axis="y")
        ax.set_xlabel(across)
        ax.set_ylabel(unit)
        for x, y, words in labels:
            frame.note(ax, (x, y), words, (6, 0) if x < 0.6 else (-6, -9))
    return figure


def of_samples(
    machines: pd.DataFrame, harms: pd.DataFrame, short: dict[str, str], *, axis: str
) -> Picture | None:
    """Change per DRE ballot in all units and in parts of them, beside the sizes that matter.

    `machines`: ``sample, estimate, lo, hi, n``; nothing is drawn where there is none; `harms`: as
    :func:`paper.harms` gives it; `short`: kind of size to its short name on the figure; other kinds
    are not drawn; `axis`: what the axis shows.
    """
    rows = [
        Row(
            SAMPLES.get(m["sample"], m["sample"]), m["estimate"], m["lo"], m["hi"],
            kind="paper", note=f"{prose.number(m['n'])} units",
        )
        for m in machines.to_dict("records")
    ]  # fmt: skip
    known = harms.drop_duplicates("amount").to_dict("records") if len(harms) else []
    marks = [Mark(-h["harm"], short[h["amount"]]) for h in known if h["amount"] in short]
    made = picture(rows, axis, marks, 2, named=lambda r: r.label)
    if made is None or not marks:
        return made
    lines = "; ".join(f"{m.label}: {prose.signed(m.at)}" for m in marks)
    return replace(made, says=f"{made.says}. Sizes: {lines}")


def of_units(units: pd.DataFrame, named: pd.DataFrame, *, unit: str, across: str) -> Picture | None:
    """Every unit's change against its DRE share; those of `named` with their names."""
    if units["dose"].notna().sum() == 0:
        return None
    known = named.dropna(subset=["dose"]).to_dict("records")
    labels = [(r["dose"], r["margin_change"], unit_name(r["name"])) for r in known]
    says = "; ".join(
        f"{w}: {prose.signed(y, 0)} votes at {100 * x:.0f} % DRE" for x, y, w in labels
    )
    data = table_of(
        units.dropna(subset=["dose"]), name="unit", dose="DRE share", margin_change="change, votes"
    )
    drawn = partial(places, units, labels, unit=unit, across=across)
    return Picture(drawn, says, data, unit)
