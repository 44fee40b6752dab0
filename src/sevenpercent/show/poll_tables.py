"""Errors of polls as readers see them: state by state, election by election, choice by choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from sevenpercent.model.words import signed
from sevenpercent.show.table import Cells, Record, by_row, span

SAMPLES = {
    "declared": "as above",
    "more": "twice as many polls asked for",
    "week": "last seven days",
    "latest": "each pollster's last poll",
    "nonpartisan": "no partisan pollsters",
    "second": "The Economist's file",
}
"""The choices of :func:`sevenpercent.stats.polls.samples`."""


@by_row
def errors_table(row: Record, name: Callable[[str], str]) -> Cells:
    """States of the claim: what the polls said, what was counted, and the state's rank.

    `name` gives the name of a state.
    """
    return {
        "State": name(row["state"]),
        "Polls": row["n"],
        "they said": signed(row["margin"]),
        "result": signed(row["result"]),
        "error": signed(row["error"]),
        "95 %": span(row["lo"], row["hi"], signed),
        "rank": row["rank"],
    }


def samples_table(samples: pd.DataFrame, states: Sequence[str]) -> pd.DataFrame:
    """Errors and ranks of some states, one row a choice of polls."""
    rows = []
    for name, own in samples.groupby("sample", sort=False):
        row = {"Polls": SAMPLES[str(name)], "of": own["states"].iloc[0]}
        for r in own.to_dict("records"):
            row[r["state"]] = f"{signed(r['error'])} (rank {r['rank']})"
        rows.append(row)
    return pd.DataFrame(rows, columns=["Polls", *states, "of"]).fillna("–")
