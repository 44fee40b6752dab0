"""Published figures beside ours, as readers see them."""

from __future__ import annotations

import pandas as pd

from sevenpercent.escape import Markdown, markdown
from sevenpercent.model.words import number
from sevenpercent.show.table import Record, of_rows
from sevenpercent.stats.replications import STATUSES


def printed(row: Record, column: str) -> str:
    """A figure as text: with its printed digits, a bound with its sign, nothing where unknown.

    `row`: row of :func:`sevenpercent.stats.replications.compare`; `column`: ``published`` or
    ``ours``.
    """
    value = row[column]
    if value is None or value != value:
        return "–"
    bound = row["relation"] != "equal"
    digits = max(row["digits"], 2 if bound and column == "ours" else 0)
    text = number(value, digits)
    if bound and column == "published":
        return ("> " if row["relation"] == "above" else "< ") + text
    return text


def figures_table(figures: pd.DataFrame, *leave_out: str) -> pd.DataFrame:
    """Each figure with its author and why it comes out so; without the columns `leave_out`."""
    return of_rows(
        {
            "figure": Markdown(
                markdown(f"{r['who']}: {r['what']}")
                + (f". *{markdown(r['why'])}.*" if r["why"] else "")
            ),
            "published": printed(r, "published"),
            "ours": printed(r, "ours"),
            "status": r["status"],
        }
        for r in figures.to_dict("records")
    ).drop(columns=list(leave_out), errors="ignore")


def all_table(figures: pd.DataFrame) -> pd.DataFrame:
    """Every figure that can be compared, author by author, from the first file and from ours."""
    known = figures[figures["status"].isin(STATUSES[:3])]
    again = known["who"] == known["who"].shift()
    return pd.DataFrame(
        {
            "author": "" if same else r["who"],
            "figure": r["what"] if r["first"] else "… from our tables",
            "published": printed(r, "published") if r["first"] else "",
            "ours": printed(r, "ours"),
            "status": r["status"],
        }
        for r, same in zip(known.to_dict("records"), again, strict=True)
    )
