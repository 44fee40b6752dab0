"""Ballots to examine: every audit of each state above what it takes to count all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.figures.forest import Row
from sevenpercent.show.picture import Picture, table_of

KINDS = {"polling": "ballot polling", "comparison": "comparison"}
_MARKS = {"polling": ("o", "full"), "comparison": ("D", "none"), "all": ("s", "full")}


def workload(rows: Sequence[Row], *, unit: str, **head: str) -> Figure:
    """Ballots to examine for every audit, on a logarithmic scale, numbers at the marks.

    `rows`: ballots and the range that holds most audits; kind ``polling``, ``comparison`` or ``all``
    (every ballot counted again), and none of the other kinds of a row; a note, beside the heading, says why the group is drawn in grey.
    """
    step, head_inches = 0.33, 0.30
    groups = len(dict.fromkeys(r.group for r in rows))
    body = len(rows) * step + groups * head_inches + 0.55
    with style.applied():
        figure, (ax,) = frame.canvas(head, body)
        frame.leave(ax, 0.335)
        beside = ax.get_yaxis_transform()
        y, last, high = 0.0, None, 0.0
        for row in rows:
            if row.group != last:
                y -= head_inches
                frame.say(ax, -0.50, y + 0.10, row.group, "bottom", bold=True, transform=beside)
                grey: dict[str, Any] = {"color": style.MUTED, "transform": beside}
                frame.say(ax, 1.0, y + 0.10, row.note, "right bottom", **grey)
                last = row.group
            y -= step
            marker, fill = _MARKS[row.kind]
            colour = style.MUTED if row.kind == "all" or row.note else style.PAPER
            if row.lo is not None and row.hi is not None:
                ax.plot([row.lo, row.hi], [y + 0.17] * 2, color=colour, lw=1.6, alpha=0.55)
            face = colour if fill == "full" else "white"
            ax.plot(row.estimate, y + 0.17, marker, ms=6, color=colour, mfc=face, mew=1.3)
            frame.say(ax, -0.47, y + 0.17, row.label, "center", transform=beside)
            end, told = max(row.estimate, row.hi or 0) * 1.45, prose.votes(row.estimate)
            frame.say(ax, end, y + 0.17, told, "center", bold=True, color=colour)
            high = max(high, row.estimate, row.hi or 0)
        ax.set_xscale("log")
        ax.set_xlim(min(min(r.estimate, r.lo or r.estimate) for r in rows) / 1.6, high * 75)
        ax.set_ylim(y - 0.08, 0)
        short = FuncFormatter(lambda x, _: f"{x / 1e6:g} m" if x >= 1e6 else prose.votes(x))
        ticks = [10.0**k for k in (2, 4, 6) if 10.0**k <= high * 2]
        ax.xaxis.set(major_locator=FixedLocator(ticks), minor_locator=NullLocator())
        ax.xaxis.set_major_formatter(short)
        frame.without_rows(ax)
        ax.grid(axis="x")
        ax.set_xlabel(unit)
    return figure


def of_audits(
    sizes: pd.DataFrame, paper: pd.DataFrame, names: Mapping[str, str], *, unit: str
) -> Picture:
    """Audits of each state above what it takes to count every ballot.

    `sizes`: as :func:`sevenpercent.stats.audit.sizes` gives it, with ``place``; `paper`: as
    :func:`sevenpercent.stats.audit.paper_kept` gives it; a state whose machines kept no paper is
    drawn in grey; `names`: names of the places; `unit`: what the axis shows.
    """
    rows = list(_works(sizes, set(paper.loc[paper["possible"].eq(False), "place"]), names))
    says = "; ".join(f"{r.group}, {r.label}: {prose.votes(r.estimate)}" for r in rows)
    data = table_of(
        rows, group="state", label="audit", estimate="ballots", lo="from", hi="to", note="note"
    )
    return Picture(partial(workload, rows, unit=unit), says, data, "ballots")


def _works(sizes: pd.DataFrame, lacking: set[str], names: Mapping[str, str]) -> Iterator[Row]:
    for place, own in sizes.groupby("place", sort=False):
        note = "not possible: machines without paper" if place in lacking else ""
        group = names[str(place)]
        ordered = own.sort_values(["kind", "risk"], ascending=[True, False])
        for r in ordered.to_dict("records"):
            label = f"{KINDS[r['kind']]}, {100 * r['risk']:g} %"
            ends = r["simulated_lo"], r["simulated_hi"]
            yield Row(label, r["newer"], *ends, r["kind"], group, note)
        yield Row("every ballot", float(own["ballots"].iloc[0]), None, None, "all", group, note)
