"""The figure of the first page: what was counted, what chance gives, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from sevenpercent.model import words as prose
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show.figures.forest import Mark, Row, forest
from sevenpercent.show.picture import Picture

KINDS = {"raw": "raw", "chance": "chance", "change": "raw", "held": "held", "hurts": "held"}


def of_steps(
    steps: pd.DataFrame, words: Vocabulary, adjusted: str, *, axis: str, marks: Sequence[Mark] = ()
) -> Picture | None:
    """Forest of the steps of a book, each measure under its own heading; None without any.

    Parameters
    ----------
    steps : DataFrame
        As :func:`sevenpercent.stats.steps.steps` gives them.
    words : Vocabulary
    adjusted : str
        What the comparison adjusts for (``race and education``); empty for nothing.
    axis : str
        Unit of the axis, with what negative means.
    """
    told = steps.to_dict("records")
    lead = next((r for r in told if r["step"] == "change"), None)
    if lead is not None and lead["outcome"] == "level_two_party":
        told.remove(lead)  # it is the raw gap
    if not adjusted:
        told = [r for r in told if r["step"] != "held"]
    if lead is not None and lead["unit"] != "points":
        told = [r for r in told if r["unit"] == lead["unit"]]
    adjust = f"adjusting for {adjusted}" if adjusted else "adjusting for nothing"
    labels = {
        "raw": "as counted",
        "chance": "expected with no fault in any machine",
        "change": "as counted",
        "held": adjust,
        "paper": "machine count minus recounted paper",
    }
    rows = []
    for r in told:
        label = labels.get(r["step"]) or f"{adjust}; {words.definition(r['definition']).label}"
        group = (
            words.outcome(r["outcome"]).words if r["outcome"] else "votes per 100 recounted ballots"
        )
        kind = KINDS.get(r["step"], "paper")
        rows.append(
            Row(label, r["estimate"], r["lo"], r["hi"], kind=kind, group=prose.upper(group))
        )
    if not rows:
        return None
    says = "; ".join(f"{r.group}, {r.label}: {prose.signed(r.estimate)}" for r in rows)
    return Picture(partial(forest, rows, unit=axis, marks=marks), says)
