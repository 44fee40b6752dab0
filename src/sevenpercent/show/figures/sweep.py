"""A sweep in one picture: few cells by name, many as a curve, simulated ones by planted size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sevenpercent.model import words as prose
from sevenpercent.show.figures.curve import curve
from sevenpercent.show.figures.forest import Row, forest

NAMED = 40
"""Estimates that are drawn with a name each; more become a curve."""

OPTIONS = 60
"""Rows that the matrix below a curve has at most; a choice with more is left out of it."""


def by_cell(
    shown: pd.DataFrame, labels: Sequence[str], varied: Sequence[str], source: str
) -> Figure:
    """One result of every cell with its interval.

    `shown`: ``value, lo, hi, unit`` and the columns `varied`, which tell the cells apart; one unit,
    one row per cell; `labels`: what each row is called; `source`: whom the figure names.
    """
    unit = f"{shown['unit'].iloc[0]}; negative: the harmed party did worse there"
    head: dict[str, Any] = {
        "title": f"{len(shown):,} cells, {(shown['hi'] < 0).sum():,} of them wholly below zero",
        "subtitle": f"{shown['label'].iloc[0]}, 95 % intervals" * bool(shown["lo"].notna().any()),
        "source": source,
    }
    if len(shown) <= NAMED:
        found = shown[["value", "lo", "hi"]].astype(object)
        ends = found.where(found.notna(), None).itertuples(index=False, name=None)
        rows = [Row(label, *each) for label, each in zip(labels, ends, strict=True)]
        return forest(rows, unit=unit, **head)
    specs = shown.rename(columns={"value": "estimate"}).fillna({"lo": shown["value"]})
    specs = specs.fillna({"hi": shown["value"]}).astype(dict.fromkeys(varied, str))
    options = [
        {"heading": name, "choice": name, "option": option, "label": option[:28]}
        for name in varied
        if specs[name].nunique() <= OPTIONS
        for option in specs[name].unique()
    ]
    frame = pd.DataFrame(options, columns=["heading", "choice", "option", "label"])
    return curve(specs, frame, unit=unit, **head)


def by_size(found: pd.DataFrame, labels: Sequence[str], unit: str, source: str) -> Figure:
    """What simulated cells found, for each planted size.

    `found`: as :func:`sevenpercent.run.sweep.page.recovered` makes it; `labels`: what each row
    is called, the planted size aside; `unit`: unit of the result; `source`: whom the figure names.
    """
    rows = []
    for label, row in zip(labels, found.to_dict("records"), strict=True):
        planted = f"planted {prose.signed(float(row['planted']))}"
        ends = float(row["mean"]), float(row["low"]), float(row["high"])
        rows.append(Row(planted, *ends, group=label, kind="chance"))
    title = "What is found where the harm is known"
    subtitle = "mean of the estimates; 95 % of them lie in the bar"
    return forest(rows, title=title, subtitle=subtitle, source=source, unit=unit)
