"""How many ballots an audit draws, on a scale from hundreds to millions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame


@dataclass(frozen=True)
class Work:
    """Ballots of one way to check a result.

    Attributes
    ----------
    label : str
        Stands above the line.
    ballots, lo, hi : float
        Ballots, and the range that holds most audits.
    kind : str
        ``polling``, ``comparison`` or ``all`` (every ballot counted again).
    group : str
        Heading, printed when it changes.
    note : str
        Small print beside the heading: why the group is drawn in grey.
    """

    label: str
    ballots: float
    lo: float | None = None
    hi: float | None = None
    kind: str = "polling"
    group: str = ""
    note: str = ""


_MARKS = {"polling": ("o", "full"), "comparison": ("D", "none"), "all": ("s", "full")}


def workload(rows: Sequence[Work], *, title: str, subtitle: str, source: str, unit: str) -> Figure:
    """Ballots to examine for every audit, on a logarithmic scale, numbers at the marks."""
    step, head = 0.33, 0.30
    groups = len(dict.fromkeys(r.group for r in rows))
    body = len(rows) * step + groups * head + 0.55
    with style.applied():
        figure, (ax,) = frame.canvas(title, subtitle, source, body)
        box = ax.get_position()
        ax.set_position((box.x0 + 0.335, box.y0, box.width - 0.335, box.height))
        y, last, high = 0.0, None, 0.0
        for row in rows:
            if row.group != last:
                y -= head
                ax.text(
                    -0.50, y + 0.10, row.group, transform=ax.get_yaxis_transform(),
                    fontsize=8.5, fontweight="bold", va="bottom",
                )  # fmt: skip
                if row.note:
                    ax.text(
                        1.0, y + 0.10, row.note, transform=ax.get_yaxis_transform(),
                        fontsize=7.5, color=style.MUTED, va="bottom", ha="right",
                    )  # fmt: skip
                last = row.group
            y -= step
            marker, fill = _MARKS[row.kind]
            colour = style.MUTED if row.kind == "all" or row.note else style.PAPER
            if row.lo is not None and row.hi is not None:
                ax.plot([row.lo, row.hi], [y + 0.17] * 2, color=colour, lw=1.6, alpha=0.55)
            ax.plot(
                row.ballots, y + 0.17, marker=marker, ms=6, color=colour,
                markerfacecolor=colour if fill == "full" else "white", mew=1.3,
            )  # fmt: skip
            ax.text(
                -0.47, y + 0.17, row.label, transform=ax.get_yaxis_transform(),
                fontsize=8, va="center",
            )  # fmt: skip
            ax.text(
                max(row.ballots, row.hi or 0) * 1.45, y + 0.17, prose.votes(row.ballots),
                fontsize=8, va="center", fontweight="bold", color=colour,
            )  # fmt: skip
            high = max(high, row.ballots, row.hi or 0)
        ax.set_xscale("log")
        ax.set_xlim(min(min(r.ballots, r.lo or r.ballots) for r in rows) / 1.6, high * 14)
        ax.set_ylim(y - 0.08, 0)
        ticks = [10.0**k for k in range(2, 8) if 10.0**k <= high * 2]
        ax.xaxis.set_major_locator(FixedLocator(ticks))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _short(x)))
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.grid(axis="x")
        ax.set_xlabel(unit)
    return figure


def _short(x: float) -> str:
    return f"{x / 1e6:g} m" if x >= 1e6 else prose.votes(x)
