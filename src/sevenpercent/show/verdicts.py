"""Verdicts as readers see them: what both witnesses say, comparison by comparison, and when planted."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.claims.planting import PATTERNS
from sevenpercent.model.words import percent, signed, size
from sevenpercent.show.table import Cells, Record, by_row, known
from sevenpercent.stats import designs
from sevenpercent.stats.witnesses import counts


@by_row
def verdict_table(v: Record) -> Cells:
    """Each size of harm: what the counts say, what the paper says, and the verdict."""
    return {"harm": v["label"], **_said(v)}


@by_row
def states_table(v: Record, names: Mapping[str, str]) -> Cells:
    """One size in each other state, where no paper is asked: what the counts say, and the verdict."""
    said = _said(v)
    return {"state": names[v["place"]], "counts": said["counts"], "verdict": said["verdict"]}


def _said(v: Record) -> dict[str, str]:
    return {
        "counts": v["counts_line"].removeprefix("Counts: "),
        "paper": v["paper_line"].removeprefix("Paper: "),
        "verdict": v["verdict"],
    }


def cells_table(heard: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """How many comparisons may speak about each way to do each harm, by design."""
    rows = []
    told = heard.assign(done=heard["pattern"].map(PATTERNS))
    for (name, done), own in told.groupby(["size", "done"], sort=False):
        able = own.groupby("design", sort=False)["able"].agg(["sum", "count"])
        each = able.itertuples()
        by = [f"{designs.ALL[str(d)].name}: {int(n)} of {int(of)}" for d, n, of in each]
        total = f"{int(own['able'].sum())} of {len(own)}"
        rows.append([labels[str(name)], done, total, "; ".join(by)])
    return pd.DataFrame(rows, columns=["harm", "done", "may speak", "by design"])


@by_row
def cells_list(c: Record, labels: Mapping[str, str]) -> Cells:
    """Every comparison: its harm in its own unit, how often it is found, and what it says."""
    near = " (near a limit)" * bool(c["near"])
    return {
        "harm": labels[str(c["size"])],
        "done": PATTERNS[c["pattern"]],
        "comparison": f"{designs.ALL[c['design']].name}, {c['label']}",
        "size": size(c["amount"]),
        "estimate": signed(c["estimate"], 2),
        "found in": known(c["finds"], lambda x: percent(x, 0) + near, unknown="not tried"),
        "says": c["says"] if c["able"] else _silent(c),
    }


def _silent(c: Record) -> str:
    """Why a comparison may not speak, where it finds the harm often enough."""
    if c["finds"] < counts.FINDS or pd.isna(c["finds"]):
        return "may not speak"
    return f"may not speak: it rules the harm out in {percent(c['clears'], 0)}"


TRAILS = {"seen": "paper that sees it", "blind": "paper as wrong as the count", "none": "no paper"}


@by_row
def planted_table(p: Record) -> Cells:
    """Elections with a known truth: what was done, the acceptable words, and how often they came."""
    return {
        "what was done": f"{p['label']}; {TRAILS[p['paper']]}",
        "acceptable": " / ".join(p["accept"]) if len(p["accept"]) < 4 else "anything but ruled out",
        "came out in": percent(p["accepted"], 0),
        "the opposite in": percent(p["opposite"], 1),
        "": "passes" if p["passes"] else "fails",
    }
