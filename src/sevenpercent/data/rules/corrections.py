"""The rule that holds the table of votes against its own source: what differs must be a recorded correction."""

from __future__ import annotations

import re

import pandas as pd

from sevenpercent.data.rules.base import COUNTS, PARTS, Finding, count, fold, report
from sevenpercent.data.rules.case import Case


def unexplained_change(case: Case) -> list[Finding]:
    """Cells of the table the analyses use that differ from their source without a correction."""
    final, printed = case.votes.get("county_votes"), case.votes.get("county_votes_printed")
    if final is None or printed is None:
        return []
    noted = _noted(case.tables.get("corrections"))
    lookup = case.places.codes
    pairs = zip(printed["state"], printed["county"], strict=True)
    named = pd.Series([lookup.get((s, fold(c)), "") for s, c in pairs], index=printed.index)
    # A source with wrong codes is read by its names, so either may lead to the printed cell.
    by_code = printed[printed["code"].ne("")]
    by_name = printed.assign(code=named)[named.ne("") & named.ne(printed["code"])]
    candidates = pd.concat([by_code, by_name])[["source", "code", "year", "row", "said", *PARTS]]
    mine = final[final["code"].ne("")].reset_index(drop=True)
    mine["number"] = mine.index
    both = mine.merge(candidates, on=["source", "code", "year"], suffixes=("", "_ref"))
    both["said_ref"] = both["said_ref"].fillna(both[[f"{c}_ref" for c in PARTS]].sum(axis=1))
    both = both.rename(columns={"said_ref": "total_ref"})
    found = []
    for column in COUNTS:
        differs = both[f"{column}_ref"].notna() & both[column].ne(both[f"{column}_ref"])
        equal = set(both.loc[~differs, "number"])
        for r in (
            both[differs & ~both["number"].isin(equal)].drop_duplicates("number").to_dict("records")
        ):
            meant = (
                noted.get((str(r["code"]), str(r["year"]), column), set()) if r["best"] else set()
            )
            if float(r[column]) in meant:
                continue
            expected = min(meant) if meant else float(r[f"{column}_ref"])
            place = case.places.label(str(r["code"]))
            found += report(
                [{**r, "row": r["row_ref"]}], "unexplained_change", "error", "county_votes",
                column=column, value=count(float(r[column])), expected=count(expected),
                message=f"{place} {{year}} ({{vintage}}): {column} differs from its source, and no "
                "correction says so",
                fix="Restore the source's value, or record the correction with its reason.",
            )  # fmt: skip
    return found


def _noted(corrections: pd.DataFrame | None) -> dict[tuple[str, str, str], set[float]]:
    """Corrected values by code, year and column of every recorded correction of votes."""
    noted: dict[tuple[str, str, str], set[float]] = {}
    if corrections is None:
        return noted
    for r in corrections[corrections["table"] == "county_votes"].to_dict("records"):
        code, year = (re.search(p, str(r["key"])) for p in (r"\b\d{5}\b", r"\b(19|20)\d{2}\b"))
        if code and year:
            where = (code.group(), year.group(), str(r["column"]))
            noted.setdefault(where, set()).add(float(r["corrected"]))
    return noted
