"""One estimate for every election, on an axis of years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sevenpercent.model import words as prose
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of

SERIES = {"raw": (style.UNKNOWN, "o", "white"), "held": (style.ELECTRONIC, "D", style.ELECTRONIC)}


def event_study(
    series: Mapping[str, tuple[str, pd.DataFrame]],
    *,
    clean: Sequence[int],
    asked: int,
    unit: str,
    **head: str,
) -> Figure:
    """Estimates by year: years without machines shaded, the year in question marked.

    Parameters
    ----------
    series : mapping
        ``raw`` or ``held`` to its label and its estimates (``year, estimate, lo, hi``, negative =
        lower where electronic); drawn side by side at each year.
    clean : sequence of int
        Years in which no place had the machines.
    asked : int
        The election in question.
    unit : str
        Says what negative means.
    """
    years = sorted({int(y) for _, own in series.values() for y in own["year"]})
    with style.applied():
        figure, (axes,) = frame.canvas(head, 3.3, labels=frame.axis_inches(unit))
        frame.leave(axes, 0.09)
        ends = [float(v) for _, own in series.values() for end in ("lo", "hi") for v in own[end]]
        low, high = min(0.0, *ends), max(0.0, *ends)
        span = high - low
        axes.set_ylim(low - 0.10 * span, high + (0.34 + 0.12 * len(series)) * span)
        axes.set_xlim(-0.6, len(years) - 0.4)
        shaded = [i for i, year in enumerate(years) if year in clean]
        top = high + 0.23 * span
        for i in shaded:
            axes.axvspan(i - 0.5, i + 0.5, ymax=0.8, color=style.FILL, zorder=0, lw=0)
        if shaded:
            middle = sum(shaded) / len(shaded)
            frame.say(axes, middle, top, "no machines yet", "middle top")
        if asked in years:
            at = years.index(asked)
            ends_of = [low - 0.10 * span, top - 0.1 * span]
            axes.plot([at] * 2, ends_of, color=style.MUTED, lw=0.9, ls=(0, (4, 3)), zorder=0)
            frame.say(axes, at, top, f" {asked} ", "middle top", bold=True)
        axes.axhline(0, color=style.INK, lw=0.9, zorder=1)
        width = 0.2 if len(series) > 1 else 0.0
        for k, (kind, (label, own)) in enumerate(series.items()):
            colour, marker, face = SERIES[kind]
            shift = (k - (len(series) - 1) / 2) * 2 * width
            below, ink = kind == "raw", style.MUTED if kind == "raw" else style.ELECTRONIC
            for p in own.to_dict("records"):
                x = years.index(p["year"]) + shift
                axes.plot([x, x], [p["lo"], p["hi"]], color=colour, lw=1.6, zorder=2)
                axes.plot([x], [p["estimate"]], marker, ms=5.5, color=colour, mfc=face, zorder=3)
                y = p["lo"] - 0.012 * span if below else p["hi"] + 0.012 * span
                edge, behind = "middle top" if below else "middle bottom", style.behind(0.3, 0.8)
                told = prose.signed(p["estimate"])
                frame.say(axes, x, y, told, edge, color=ink, bbox=behind, zorder=4)
            axes.plot([], [], marker=marker, ms=5.5, color=colour, mfc=face, lw=1.6, label=label)
        axes.set_xticks(range(len(years)), [str(y) for y in years])
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: prose.signed(v, 0)))
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(frame.axis_words(unit))
        axes.legend(loc="upper left", handlelength=1.2, borderaxespad=0.0, columnspacing=1.4)
    return figure


def of_years(
    series: Mapping[str, tuple[str, pd.DataFrame]],
    *,
    clean: Sequence[int],
    asked: int,
    axis: str,
) -> Picture | None:
    """Estimates by year; None where there is none.

    `series`: as in :func:`event_study`, each a frame with ``year, estimate, lo, hi``; `clean`:
    years in which no place had the machines; `asked`: the election in question; `axis`: unit of the
    axis, with what negative means.
    """
    known = {kind: (label, own) for kind, (label, own) in series.items() if len(own)}
    if not known:
        return None
    says = ". ".join(
        f"{prose.upper(label)}: "
        + "; ".join(f"{p['year']}: {prose.signed(p['estimate'])}" for p in own.to_dict("records"))
        for label, own in known.values()
    )
    every = pd.concat([own.assign(series=label) for label, own in known.values()])
    names = {"series": "series", "year": "year", "estimate": "estimate", "lo": "from", "hi": "to"}
    data = table_of(every.reset_index(drop=True), **names)
    drawn = partial(event_study, known, clean=clean, asked=asked, unit=axis)
    return Picture(drawn, says, data, axis)
