"""Estimates with intervals, one line each, labelled where the eye is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sevenpercent.model import words as prose
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.picture import Picture, table_of


@dataclass(frozen=True)
class Row:
    """One estimate of a forest.

    Attributes
    ----------
    label : str
        Stands above the line.
    estimate, lo, hi : float
        In the unit of the axis; without ``lo`` and ``hi`` only the mark is drawn.
    kind : str
        ``raw`` (as observed), ``held`` (with controls), ``chance`` (no effect at all) or
        ``paper`` (counted by hand): the mark and its colour.
    group : str
        Heading that is printed when it changes.
    note : str
        Small print after the label.
    """

    label: str
    estimate: float
    lo: float | None = None
    hi: float | None = None
    kind: str = "raw"
    group: str = ""
    note: str = ""


@dataclass(frozen=True)
class Mark:
    """A size that matters, drawn as a vertical line with its own label."""

    at: float
    label: str


LABEL_POINTS = style.SMALL

_KINDS = {
    "raw": (style.ELECTRONIC, "o", "full"),
    "held": (style.ELECTRONIC, "D", "none"),
    "chance": (style.UNKNOWN, "|", "full"),
    "paper": (style.PAPER, "s", "full"),
}


def forest(
    rows: Sequence[Row],
    *,
    title: str,
    subtitle: str,
    source: str,
    unit: str,
    marks: Sequence[Mark] = (),
    digits: int = 1,
    limits: tuple[float, float] | None = None,
) -> Figure:
    """Estimates and 95 % intervals against a zero line and the sizes that matter.

    Parameters
    ----------
    rows : sequence of Row
        From top to bottom.
    unit : str
        Axis label; says what negative means.
    limits : pair of float, optional
        Axis limits; an interval that leaves them ends in an arrow.

    Returns
    -------
    Figure
    """
    headings = sum(1 for a, b in zip([None, *rows], rows, strict=False) if _starts(a, b))
    step, heading, line = 0.40, 0.26, 0.14
    room = 0.30 if marks else 0.06
    labels = [_label(row) for row in rows]
    below = frame.axis_inches(unit)
    body = len(rows) * step + sum(t.count("\n") for t in labels) * line
    body += headings * heading + room + below
    with style.applied():
        figure, (axes,) = frame.canvas(title, subtitle, source, body, labels=below - 0.04)
        lo = min([r.lo if r.lo is not None else r.estimate for r in rows] + [m.at for m in marks])
        hi = max([r.hi if r.hi is not None else r.estimate for r in rows] + [m.at for m in marks])
        if limits is None:
            span = max(hi, 0) - min(lo, 0)
            limits = (min(lo, 0) - 0.04 * span, max(hi, 0) + 0.16 * span)
        axes.set_xlim(limits)
        axes.set_ylim(-(body - below), 0)
        axes.set_yticks([])
        axes.axvline(0, color=style.INK, lw=0.9, zorder=1)
        for mark in marks:
            axes.axvline(mark.at, color=style.MUTED, lw=0.9, ls=(0, (4, 3)), zorder=1)
            near_right = mark.at > sum(limits) / 2
            axes.text(
                mark.at,
                -0.06,
                f"\u00a0{mark.label}\u00a0",
                fontsize=style.SMALL,
                color=style.MUTED,
                va="top",
                ha="right" if near_right else "left",
            )
        y = -room
        before: Row | None = None
        for row, label in zip(rows, labels, strict=True):
            if _starts(before, row):
                y -= heading
                axes.text(
                    limits[0], y + 0.05, row.group, fontsize=8.5, fontweight="bold", va="bottom"
                )
            before = row
            y -= step + label.count("\n") * line
            _draw(axes, row, label, y + 0.10, limits, digits)
        frame.signed_axis(axes, unit, 0 if limits[1] - limits[0] > 4 else 1)
    return figure


def _starts(before: Row | None, row: Row) -> bool:
    return bool(row.group) and (before is None or before.group != row.group)


def _label(row: Row) -> str:
    text = row.label + (f": {row.note}" if row.note else "")
    return frame.wrap(text, LABEL_POINTS, style.WIDTH - 0.15)


def _draw(
    axes: Axes, row: Row, text: str, y: float, limits: tuple[float, float], digits: int
) -> None:
    colour, marker, fill = _KINDS[row.kind]
    axes.text(
        limits[0],
        y + 0.10,
        text,
        fontsize=LABEL_POINTS,
        va="bottom",
        ha="left",
        linespacing=1.15,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85},
    )
    if row.lo is not None and row.hi is not None:
        left, right = max(row.lo, limits[0]), min(row.hi, limits[1])
        thick = 5.0 if row.kind == "chance" else 1.6
        axes.plot(
            [left, right],
            [y, y],
            color=colour,
            lw=thick,
            solid_capstyle="butt",
            alpha=0.55 if row.kind == "chance" else 1,
            zorder=2,
        )
        for cut, end, sign in ((row.lo < limits[0], left, "<"), (row.hi > limits[1], right, ">")):
            if cut:
                axes.plot([end], [y], marker=sign, color=colour, ms=4, clip_on=False)
    axes.plot(
        [row.estimate],
        [y],
        marker=marker,
        ms=9 if marker == "|" else 6,
        mew=1.6,
        color=colour,
        mfc=colour if fill == "full" else "white",
        zorder=3,
    )
    axes.text(
        limits[1],
        y,
        prose.signed(row.estimate, digits),
        fontsize=8.5,
        fontweight="bold",
        va="center",
        ha="right",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
        zorder=4,
    )


def numbers(rows: Sequence[Row]) -> pd.DataFrame:
    """The numbers of a forest as a table for readers."""
    return table_of(
        rows, group="part", label="what", note="note", estimate="estimate", lo="from", hi="to"
    )


def model_rows(models: pd.DataFrame, places: Mapping[str, str] | None = None) -> list[Row]:
    """Rows of a forest from a frame of models, with and without controls told apart.

    `places` gives the heading of each place; without it there are none.
    """
    return [
        Row(
            str(m["who"]),
            float(m["estimate"]),
            float(m["lo"]),
            float(m["hi"]),
            kind="raw" if m["controls"] == "none" else "held",
            group=(places or {}).get(str(m["place"]), ""),
            note=str(m["says"]),
        )
        for m in models.to_dict("records")
    ]


def of_models(
    models: pd.DataFrame,
    *,
    axis: str,
    marks: Sequence[Mark] = (),
    headings: Mapping[str, str] | None = None,
) -> Picture | None:
    """Forest of published regressions, as counted and adjusted; None where there is none.

    Parameters
    ----------
    models : DataFrame
        As :func:`sevenpercent.stats.compare.models` gives it.
    axis : str
        Unit of the axis, with what negative means.
    headings : mapping, optional
        Heading of each place.
    """
    if models.empty:
        return None
    rows = model_rows(models, headings if headings and len(headings) > 1 else {})
    says = "; ".join(f"{r.label} ({r.note}): {prose.signed(r.estimate)}" for r in rows)
    return Picture(partial(forest, rows, unit=axis, marks=marks), says, numbers(rows), axis)


def of_gaps(
    gaps: pd.DataFrame, words: Vocabulary, *, axis: str, marks: Sequence[Mark] = ()
) -> Picture | None:
    """Forest of raw gaps: a line a definition, a heading an outcome; None where there is none.

    Parameters
    ----------
    gaps : DataFrame
        As :func:`sevenpercent.stats.gap.raw_gaps` gives them, in the order of the lines.
    axis : str
        Unit of the axis, with what negative means.
    """
    if gaps.empty:
        return None
    rows = [
        Row(
            words.definition(g["definition"]).label,
            g["estimate"],
            g["lo"],
            g["hi"],
            group=prose.upper(words.outcome(g["outcome"]).short),
        )
        for g in gaps.to_dict("records")
    ]
    says = "; ".join(f"{r.group}, {r.label}: {prose.signed(r.estimate)}" for r in rows)
    return Picture(partial(forest, rows, unit=axis, marks=marks), says, numbers(rows), axis)


ESTIMATORS = {
    "primary": "least squares (primary)",
    "least": "least squares",
    "median": "median regression",
    "logit": "logit on votes",
    "mixed": "mixed model",
}


def of_estimators(
    others: pd.DataFrame, primary: pd.DataFrame, headings: Mapping[str, str], *, axis: str
) -> Picture | None:
    """Forest of designs by several estimators; None where there is none.

    Parameters
    ----------
    others, primary : DataFrame
        ``design, estimate, lo, hi``; `others` with ``estimator``.
    headings : mapping
        Design -> heading.
    axis : str
        Unit of the axis, with what negative means.
    """
    first = primary.assign(estimator="primary")
    rows = [
        Row(
            ESTIMATORS[m["estimator"]],
            float(m["estimate"]),
            float(m["lo"]),
            float(m["hi"]),
            kind="raw" if m["estimator"] in ("primary", "least") else "held",
            group=prose.upper(headings[design]),
        )
        for design in others["design"].unique()
        for part in (first, others)
        for m in part[part["design"] == design].to_dict("records")
    ]
    if not rows:
        return None
    says = "; ".join(f"{r.group}, {r.label}: {prose.signed(r.estimate)}" for r in rows)
    return Picture(partial(forest, rows, unit=axis), says, numbers(rows), axis)
