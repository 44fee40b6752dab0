"""How often tests reject what is true, one line each, against the rate they promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sevenpercent.model.words import percent
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.show.validity import label

NAME = 0.2
"""Share of the axis that the name of a mark takes."""
SIDES: Mapping[str, tuple[str, str]] = {"harm": ("<", "finds harm"), "gain": (">", "clears")}
"""Mark of each one-sided test, and its name."""

Tests = Mapping[Any, Any]


def rates(rows: Sequence[Tests], *, promised: float, limit: float, **head: str) -> Figure:
    """Shares of draws in which tests reject although nothing was done.

    `rows`: from top to bottom, the tests of one design under one kind of error: ``label``,
    ``two_sided`` (share of draws rejected; its 95 % interval in ``two_sided_lo`` and ``_hi``),
    ``harm`` and ``gain`` (the same share of the one-sided tests); `promised, limit`: the level of
    the tests, and the share above which one fails.
    """
    step, room = 0.44, 0.14
    widest = max(rows, key=lambda r: abs(r["gain"] - r["harm"]))
    names = [frame.wrap(row["label"], style.SMALL, style.WIDTH - 0.15) for row in rows]
    body = sum(step + 0.14 * name.count("\n") for name in names) + room + 0.50
    with style.applied():
        figure, (axes,) = frame.canvas(head, body)
        most = max(max(r["two_sided_hi"], r["harm"], r["gain"]) for r in rows)
        right = 100 * max(1.4 * most, 1.5 * limit)
        # A little room, so that the first label of the axis stays within the figure.
        axes.set_xlim(-0.035 * right, right)
        axes.set_ylim(-(body - 0.50), 0)
        axes.set_yticks([])
        axes.axvspan(100 * limit, right, color=style.FILL, zorder=0, lw=0)
        axes.axvline(100 * promised, color=style.INK, lw=0.9, zorder=1)
        for at, words, side in (
            (promised, "promised\u00a0", "right"),
            (limit, "\u00a0fails", "left"),
        ):
            axes.text(100 * at, -0.03, words, color=style.MUTED, va="top", ha=side)
        y = -room
        for row, name in zip(rows, names, strict=True):
            y -= step + 0.14 * name.count("\n")
            _draw(axes, row, name, y + 0.10, right, named=row is widest)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.0f} %"))
        axes.set_xlabel("of draws rejected, although nothing was done")
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
    return figure


def of_rejections(rejected: pd.DataFrame, *, promised: float, limit: float) -> Picture:
    """Rejections as :func:`sevenpercent.stats.validity.judged.rejections` gives them."""
    rows = rejected.assign(
        label=[label(d, c) for d, c in zip(rejected["design"], rejected["chance"], strict=True)]
    )
    listed = rows.to_dict("records")
    says = "; ".join(
        f"{r['label']}: {percent(r['two_sided'])}, harm {percent(r['harm'])}, "
        f"opposite {percent(r['gain'])}"
        for r in listed
    )
    data = table_of(
        rows, label="test", two_sided="rejects", two_sided_lo="from", two_sided_hi="to",
        harm="finds harm", gain="finds the opposite",
    )  # fmt: skip
    drawn = partial(rates, listed, promised=promised, limit=limit)
    return Picture(drawn, says, data, "share of draws, 0 to 1")


def _draw(axes: Axes, row: Tests, label: str, y: float, right: float, *, named: bool) -> None:
    axes.text(0, y + 0.11, label, va="bottom", bbox=style.behind(0.6), zorder=4)
    share, lo, hi = (100 * row[f"two_sided{end}"] for end in ("", "_lo", "_hi"))
    axes.plot([lo, hi], [y, y], color=style.ELECTRONIC, lw=1.8, solid_capstyle="butt", zorder=2)
    for side, (marker, name) in SIDES.items():
        at = 100 * row[side]
        axes.plot([at], [y], marker, ms=5.5, mew=1.3, color=style.MUTED, mfc="white", zorder=2)
        if named:
            # To the left of a mark for harm, unless it stands too near the edge.
            before = side == "harm" and at > NAME * right
            words, beside = (
                (f"{name}\u00a0\u00a0", "right") if before else (f"\u00a0\u00a0{name}", "left")
            )
            axes.text(at, y, words, color=style.MUTED, va="center", ha=beside)
    axes.plot([share], [y], marker="o", ms=5.5, color=style.ELECTRONIC, zorder=3)
    frame.number(axes, right, y, f"{share:.1f} %")
