"""How strong a hidden confounder must be: lines of equal answers, and observed covariates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sevenpercent.model import words as prose
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture
from sevenpercent.stats.sensitivity.hidden import Hidden, adjusted, robustness_value


@dataclass(frozen=True)
class Benchmark:
    """A covariate as a yardstick: strength with treatment and with outcome, 0 to 1."""

    label: str
    r2_dz: float
    r2_yz: float


def contours(
    estimate: float,
    se: float,
    df: float,
    benchmarks: Sequence[Benchmark],
    *,
    marked: Sequence[tuple[float, str]],
    title: str,
    subtitle: str,
    source: str,
    direction: int = -1,
    reach: float = 0.8,
) -> Figure:
    """Lines of equal estimates once a hidden confounder is adjusted for.

    Parameters
    ----------
    estimate, se, df : float
        Of classical least squares, in points.
    benchmarks : sequence of Benchmark
        Yardsticks; one as strong as an observed covariate.
    marked : sequence of (float, str)
        Estimates whose line is drawn heavy, with its words.
    direction : int
        -1: the confounder hid harm, +1: it made it up.
    reach : float
        End of both axes.
    """
    grid = np.linspace(0, reach, 161)
    d, y = np.meshgrid(grid, grid)
    values, _ = adjusted(estimate, se, df, d, y, direction)
    lo, hi = float(values.min()), float(values.max())
    with style.applied():
        axis_words = "across: share that the cause explains of what is left of the machines, up: of the votes"
        figure, (axes,) = frame.canvas(title, f"{subtitle}; {axis_words}", source, 3.7)
        axes.set_xlim(-0.085 * reach, reach)
        step = max(1, round((hi - lo) / 8))
        whole = np.arange(np.ceil(lo / step), np.floor(hi / step) + 1) * step
        heavy = [at for at, _ in marked if lo < at < hi]
        thin = [v for v in whole if all(abs(v - at) > 0.3 * step for at in heavy)]
        fine: dict[str, Any] = {
            "colors": style.UNKNOWN,
            "linewidths": 0.7,
            "linestyles": "solid",
            "alpha": 0.7,
        }
        lines = axes.contour(d, y, values, levels=sorted(thin), **fine)
        axes.clabel(lines, fmt=lambda v: prose.signed(v, 0), fontsize=7, colors=style.MUTED)
        words = {at: text for at, text in marked if at in heavy}
        for at in sorted(heavy):
            axes.contour(
                d,
                y,
                values,
                levels=[at],
                colors=style.ELECTRONIC,
                linewidths=1.6,
                linestyles="solid",
            )
            # Where both shares are the same the line is at its robustness value.
            equal = min(robustness_value(estimate, se, df, at), reach)
            side = 1 if equal < 0.75 * reach else -1
            axes.text(
                equal + side * 0.01 * reach,
                equal + side * 0.01 * reach,
                words[at],
                fontsize=7.5,
                fontweight="bold",
                color=style.ELECTRONIC,
                ha="left" if side > 0 else "right",
                va="bottom" if side > 0 else "top",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
            )
        for b in benchmarks:
            x, top = min(b.r2_dz, reach), min(b.r2_yz, reach)
            axes.plot([x], [top], marker="s", ms=5, color=style.INK, clip_on=False, zorder=4)
            beyond = " (and beyond)" if b.r2_yz > reach or b.r2_dz > reach else ""
            right = x < 0.6 * reach
            axes.annotate(
                b.label + beyond,
                (x, top),
                (6 if right else -6, -3 if beyond else 3),
                textcoords="offset points",
                fontsize=7.5,
                ha="left" if right else "right",
                va="top" if beyond else "bottom",
                zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
            )
        axes.plot([0], [0], marker="D", ms=6, color=style.ELECTRONIC, clip_on=False, zorder=4)
        axes.text(
            0.012 * reach,
            0.02 * reach,
            f"as estimated {prose.signed(estimate)}",
            fontsize=7.5,
            fontweight="bold",
            color=style.ELECTRONIC,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.85},
        )
        ticks = np.arange(0, reach + 0.01, 0.2)
        axes.set_xticks(ticks)
        axes.set_yticks(ticks[1:])
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda v, _: prose.number(100 * v) + " %"))
        axes.tick_params(axis="y", pad=-4, labelsize=7.5)
        for tick in axes.get_yticklabels():
            tick.set_horizontalalignment("left")
        axes.spines["left"].set_visible(False)
    return figure


def of_hidden(found: Hidden, words: Vocabulary, sizes: Iterable[float]) -> Picture:
    """Estimates had a hidden cause masked harm, with causes as strong as what is adjusted for.

    Parameters
    ----------
    found : Hidden
        In points.
    words : Vocabulary
    sizes : iterable of float
        Harm whose line is drawn heavy, in points (positive).
    """
    known = found.benchmarks.query("times == 1").dropna()
    named = [(words.covariates([w["covariate"]]), w) for w in known.to_dict("records")]
    says = "; ".join(f"as strong as {name}: {prose.signed(w['lowered'])}" for name, w in named)
    return Picture(
        partial(
            contours,
            found.estimate,
            found.se,
            found.df,
            [Benchmark(name, w["r2_dz"], w["r2_yz"]) for name, w in named],
            marked=[(-size, prose.signed(-size)) for size in sizes],
        ),
        says,
    )
