"""Probes of an estimate: how strong a hidden cause must be, and the same map in other elections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sevenpercent.model import words as prose
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.stats.sensitivity.hidden import Hidden, adjusted, robustness_value

REACH = 0.8
"""End of both axes."""


def contours(
    estimate: float,
    se: float,
    df: float,
    benchmarks: Sequence[tuple[str, float, float]],
    *,
    marked: Sequence[tuple[float, str]],
    **head: str,
) -> Figure:
    """Lines of equal estimates once a hidden confounder, which hid harm, is adjusted for.

    `estimate, se, df`: of classical least squares, in points; `benchmarks`: a covariate as a
    yardstick: its name, its strength with treatment and outcome, 0 to 1; `marked`: estimates whose
    line is drawn heavy, with its words.
    """
    grid = np.linspace(0, REACH, 161)
    d, y = np.meshgrid(grid, grid)
    values, _ = adjusted(estimate, se, df, d, y, -1)
    lo, hi = float(values.min()), float(values.max())
    with style.applied():
        figure, (axes,) = frame.canvas(head, 3.35, labels=0.42)
        box = axes.get_position()
        left = 0.40 / style.WIDTH
        axes.set_position((box.x0 + left, box.y0, box.width - left, 0.93 * box.height))
        axes.set_xlim(0, REACH)
        axes.set_ylim(0, REACH)
        heavy = [at for at, _ in marked if lo < at < hi]
        solid: dict[str, Any] = {"linewidths": 1.8, "linestyles": "solid"}
        _lines(axes, (d, y, values), heavy)
        for at in sorted(heavy):
            axes.contour(d, y, values, levels=[at], colors=style.ELECTRONIC, **solid)
            # Where both shares are the same the line is at its robustness value.
            equal = min(robustness_value(estimate, se, df, at), REACH)
            side = 1 if equal < 0.75 * REACH else -1
            _note(axes, (equal, equal), dict(marked)[at], (4 * side, 4 * side), bold=True)
        for name, with_machines, with_votes in benchmarks:
            x, top = min(with_machines, REACH), min(with_votes, REACH)
            axes.plot([x], [top], marker="s", ms=5, color=style.INK, clip_on=False, zorder=4)
            beyond = max(with_machines, with_votes) > REACH
            right = x < 0.5 * REACH
            offset = (7 if right else -7, -5 if beyond or top > 0.9 * REACH else 4)
            _note(axes, (x, top), name + (", and beyond" if beyond else ""), offset)
        axes.plot([0], [0], marker="D", ms=6, color=style.ELECTRONIC, clip_on=False, zorder=4)
        _note(axes, (0, 0), f"as estimated {prose.signed(estimate)}", (8, 5), bold=True)
        ticks = np.arange(0, REACH + 0.01, 0.2)
        axes.set_xticks(ticks)
        axes.set_yticks(ticks[1:])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda v, _: prose.number(100 * v) + " %"))
        frame.inside(axes)
        axes.set_xlabel("of what is left of the machines, it explains")
        plain = {"color": style.MUTED, "fontsize": style.SMALL, "fontweight": "normal"}
        told = "of what is left of the votes, it explains"
        axes.set_title(told, plain, x=-0.40 / 3.0, pad=6)
    return figure


def _lines(axes: Axes, surface: tuple[Any, Any, Any], heavy: Sequence[float]) -> None:
    """Thin lines at whole estimates, none of them close to a heavy one."""
    lo, hi = float(surface[2].min()), float(surface[2].max())
    step = max(1, round((hi - lo) / 6))
    whole = np.arange(np.ceil(lo / step), np.floor(hi / step) + 1) * step
    thin = [v for v in whole if all(abs(v - at) > 0.6 * step for at in heavy)]
    lines = axes.contour(
        *surface, levels=sorted(thin), colors=style.UNKNOWN, linewidths=0.8, linestyles="solid"
    )
    axes.clabel(lines, fmt=lambda v: prose.signed(v, 0), fontsize=style.SMALL, colors=style.MUTED)


def _note(
    axes: Axes, at: tuple[float, float], words: str, offset: tuple[int, int], *, bold: bool = False
) -> None:
    look: dict[str, Any] = {"va": "bottom" if offset[1] > 0 else "top", "zorder": 5}
    look |= {"color": style.ELECTRONIC if bold else style.INK, "bbox": style.behind(0.5)}
    frame.note(axes, at, words, offset, bold=bold, **look)


def of_hidden(found: Hidden, words: Vocabulary, sizes: Iterable[float]) -> Picture:
    """Estimates had a hidden cause masked harm, with causes as strong as what is adjusted for.

    `found`: in points; `sizes`: harm whose line is drawn heavy, in points (positive).
    """
    known = found.benchmarks.query("times == 1").dropna()
    named = [(words.covariates([w["covariate"]]), w) for w in known.to_dict("records")]
    says = "; ".join(f"as strong as {name}: {prose.signed(w['lowered'])}" for name, w in named)
    benchmarks = [(name, w["r2_dz"], w["r2_yz"]) for name, w in named]
    fitted, marked = (found.estimate, found.se, found.df), [(-x, prose.signed(-x)) for x in sizes]
    drawn = partial(contours, *fitted, benchmarks, marked=marked)
    heads = {"name": "a cause as strong as", "r2_dz": "explains of the machines"}
    heads |= {"r2_yz": "explains of the votes", "lowered": "estimate then, points"}
    data = table_of(({**w, "name": name} for name, w in named), **heads)
    return Picture(drawn, says, data, "shares of what is left to explain, 0 to 1")


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

    `series`: ``raw`` or ``held`` to its label and its estimates (``year, estimate, lo, hi``,
    negative = lower where electronic), drawn side by side at each year; `clean`: years in which no
    place had the machines; `asked`: the election in question; `unit` says what negative means.
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
        frame.signed_heights(axes, 5)
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
    """Estimates by year as :func:`event_study` takes them; None where there is none.

    `axis`: unit of the axis, with what negative means.
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
