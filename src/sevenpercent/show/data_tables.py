"""Tables of the data: certified totals, rules and what they found, corrections, the tables themselves."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from sevenpercent.escape import code
from sevenpercent.model.words import number, signed, votes
from sevenpercent.show.table import Cells, Record, by_row, known, of_rows

ACTIONS = (
    "found", "corrected", "kept", "excluded", "noted", "open", "errors", "warnings", "notes",
)  # fmt: skip
"""What can become of a finding, or how grave it is, as a column of a table."""


@by_row
def certified_table(r: Record, place: Callable[[str], str]) -> Cells:
    """Certified totals beside ours, as :func:`sevenpercent.stats.certified.reconcile` gives them."""
    return {
        "place": "Nation" if r["place"] == "US" else place(r["place"]),
        "year": r["year"],
        "count": r["vintage"].replace("_", " "),
        "Dem.": votes(r["dem"]),
        "Rep.": votes(r["rep"]),
        "ours − Dem.": known(r["dem_difference"], signed, 0),
        "ours − Rep.": known(r["rep_difference"], signed, 0),
    }


def rules_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Every rule as its question, with what it found."""
    shown = [name for name in ACTIONS if name in summary]
    if "errors" in shown:
        shown.remove("found")
    return summary[["question", *shown]].rename(columns={"excluded": "left out"})


def findings_table(found: pd.DataFrame, most: int) -> pd.DataFrame:
    """Findings in files of one's own: where, what is printed there, what is odd about it."""
    return of_rows(
        {
            "where": ", ".join(
                [r["source"], *([f"row {r['row']:.0f}"] if pd.notna(r["row"]) else []), r["key"]]
            ),
            "printed": r["value"],
            "what": r["message"] + (f" (expected {r['expected']})" if r["expected"] else ""),
        }
        for r in found.head(most).to_dict("records")
    )


def corrections_table(reasons: pd.DataFrame) -> pd.DataFrame:
    """Reasons for corrections, as :func:`sevenpercent.stats.certified.reasons` gives them."""
    heads = {"reason": "reason", "rule": "shown by rule", "cells": "cells"}
    heads["source"] = "source of the correction"
    shown = reasons.assign(rule=reasons["rule"].str.replace("_", " "))
    return shown[list(heads)].rename(columns=heads)


@by_row
def against_table(r: Record) -> Cells:
    """Other sources beside our votes, as :func:`sevenpercent.data.against.summary` gives them."""
    return {
        "source": r["source"].replace("_", " "),
        "year": r["year"],
        "places": number(r["places"]),
        "equal": number(r["equal"]),
        "largest difference": votes(r["largest"]),
        "differences look like": r["suspects"] or "–",
    }


@by_row
def sources_table(r: Record) -> Cells:
    """Tables with their sources, as :func:`sevenpercent.data.tables.listed` gives them."""
    return {
        "table": code("/".join([*r["folder"].split("/")[1:], r["table"]])),
        "what": r["title"],
        "rows": number(r["rows"]),
        "sources": r["sources"],
    }
