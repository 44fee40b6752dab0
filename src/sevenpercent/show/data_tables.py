"""Tables of the data: certified totals, rules and what they found, corrections, the tables themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from sevenpercent.escape import code
from sevenpercent.model.words import number, signed, votes

ACTIONS = {
    "found": "found",
    "corrected": "corrected",
    "kept": "kept",
    "excluded": "left out",
    "noted": "noted",
    "open": "open",
    "errors": "errors",
    "warnings": "warnings",
    "notes": "notes",
}
"""What can become of a finding, or how grave it is, as a column of a table."""


def certified_table(reconciled: pd.DataFrame, place: Callable[[str], str]) -> pd.DataFrame:
    """Certified totals beside ours, as :func:`sevenpercent.stats.certified.reconcile` gives them."""
    return pd.DataFrame(
        {
            "place": "Nation" if r["place"] == "US" else place(r["place"]),
            "year": r["year"],
            "count": r["vintage"].replace("_", " "),
            "Dem.": votes(r["dem"]),
            "Rep.": votes(r["rep"]),
            "ours − Dem.": _gap(r["dem_difference"]),
            "ours − Rep.": _gap(r["rep_difference"]),
        }
        for r in reconciled.to_dict("records")
    )


def rules_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Every rule as its question, with what it found."""
    shown = [name for name in ACTIONS if name in summary]
    if "errors" in shown:
        shown.remove("found")
    return summary[["question", *shown]].rename(columns=ACTIONS)


def findings_table(found: pd.DataFrame, most: int) -> pd.DataFrame:
    """Findings in files of one's own: where, what is printed there, what is odd about it."""
    return pd.DataFrame(
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
    return pd.DataFrame(
        {
            "reason": reasons["reason"],
            "shown by rule": reasons["rule"].str.replace("_", " "),
            "cells": reasons["cells"],
            "source of the correction": reasons["source"],
        }
    )


def against_table(summary: pd.DataFrame) -> pd.DataFrame:
    """Other sources beside our votes, as :func:`sevenpercent.data.against.summary` gives them."""
    return pd.DataFrame(
        {
            "source": r["source"].replace("_", " "),
            "year": r["year"],
            "places": number(r["places"]),
            "equal": number(r["equal"]),
            "largest difference": votes(r["largest"]),
            "differences look like": r["suspects"] or "–",
        }
        for r in summary.to_dict("records")
    )


def sources_table(listed: pd.DataFrame) -> pd.DataFrame:
    """Tables with their sources, as :func:`sevenpercent.data.tables.listed` gives them."""
    made = pd.DataFrame(
        {
            "table": code("/".join([*r["folder"].split("/")[1:], r["table"]])),
            "what": r["title"],
            "rows": number(r["rows"]),
            "sources": r["sources"],
        }
        for r in listed.to_dict("records")
    )
    made.attrs["markup"] = ["table"]
    return made


def _gap(value: Any) -> str:
    """A difference in votes, or empty where nothing was certified."""
    return "" if pd.isna(value) else signed(value, 0)
