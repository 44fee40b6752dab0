"""Counts by class, as bars with their number and name written at them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from matplotlib.figure import Figure

from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of


def of_counts(classes: Mapping[str, int], unit: str) -> Picture | None:
    """Bars of counts; None where there is none.

    `classes`: name of the class to its count; `unit`: what is counted.
    """
    if not classes:
        return None
    says = "; ".join(f"{name}: {n}" for name, n in classes.items())
    data = table_of({"class": name, unit: n} for name, n in classes.items())
    return Picture(partial(counts, classes, unit=unit), says, data, unit)


def counts(classes: Mapping[str, int], *, unit: str, **head: str) -> Figure:
    """Horizontal bars, one a class, in the order given; arguments as in :func:`of_counts`."""
    step = 0.40
    with style.applied():
        figure, (axes,) = frame.canvas(head, len(classes) * step + 0.5)
        for i, (name, count) in enumerate(classes.items()):
            y = -(i + 1) * step + 0.06
            axes.barh(y, count, height=0.16, color=style.MUTED, align="edge")
            axes.text(0, y + 0.19, f"{name}", va="bottom")
            frame.say(axes, count, y + 0.08, f"\u00a0{count}", "center", bold=True)
        axes.set_xlim(0, max(classes.values()) * 1.1)
        axes.set_ylim(-len(classes) * step - 0.04, 0)
        axes.set_yticks([])
        axes.set_xlabel(unit)
        axes.spines["left"].set_visible(False)
    return figure
