"""Rules about electoral votes and House delegations: parts that make a whole."""

from __future__ import annotations

import pandas as pd

from sevenpercent.data.rules.base import Finding, count
from sevenpercent.data.rules.case import Case

ELECTORS = 538
"""Electoral votes of all states and the District of Columbia (435 + 100 + 3)."""

SPLITS = (
    ("ev_dem", "ev_rep"),
    ("ev_dem_cast", "ev_rep_cast", "ev_other_cast"),
    ("ev_dem_reported", "ev_rep_reported", "ev_unassigned_reported"),
)
"""Columns that divide a state's electoral votes: as pledged, as cast, as reported at the time."""


def electors_add(case: Case) -> list[Finding]:
    """States whose electoral votes do not add up, and delegations with a wrong majority."""
    return [*_states(case.tables.get("states")), *_delegations(case), *_votes(case)]


def _states(states: pd.DataFrame | None) -> list[Finding]:
    if states is None or "ev" not in states:
        return []
    found = []
    for split in SPLITS:
        if not set(split) <= set(states.columns):
            continue
        sums = states[list(split)].astype("float64").sum(axis=1)
        for r, summed in zip(states.to_dict("records"), sums, strict=True):
            if summed != r["ev"]:
                found.append(
                    _finding("states", str(r["state"]), " + ".join(split), summed, r["ev"])
                )
    everything = float(states["ev"].astype("float64").sum())
    if everything != ELECTORS:
        found.append(_finding("states", "US", "ev", everything, ELECTORS))
    return found


def _delegations(case: Case) -> list[Finding]:
    seats = case.tables.get("house_delegations")
    if seats is None or not {"dem", "rep", "majority"} <= set(seats.columns):
        return []
    found = []
    for r in seats.to_dict("records"):
        meant = "dem" if r["dem"] > r["rep"] else "rep" if r["rep"] > r["dem"] else "tie"
        if str(r["majority"]).lower()[:3] != meant:
            found.append(
                Finding(
                    "electors_add",
                    "error",
                    "house_delegations",
                    key=str(r["state"]),
                    column="majority",
                    value=str(r["majority"]),
                    expected=meant,
                    message=f"{r['state']}: {count(float(r['dem']))} Democrats and "
                    f"{count(float(r['rep']))} Republicans have another majority",
                    fix="Correct the majority or the seats.",
                )
            )
    return found


def _votes(case: Case) -> list[Finding]:
    """States whose votes are not those of the state returns of the same year."""
    states, returns = case.tables.get("states"), case.tables.get("state_votes")
    if states is None or returns is None or not {"dem", "rep", "total"} <= set(states.columns):
        return []
    columns = ["dem", "rep", "total"]
    both = states[["state", *columns]].merge(returns, on="state", suffixes=("", "_returns"))
    equal = both["dem"].eq(both["dem_returns"]) & both["rep"].eq(both["rep_returns"])
    # The table does not say its year: it is the one in which most states agree.
    agree = equal.groupby(both["year"]).mean()
    if agree.empty or agree.max() < 0.5:
        return []
    year = max(set(both["year"]), key=lambda y: float(agree[y]))
    found = []
    for r in both[both["year"].eq(year)].to_dict("records"):
        for column in columns:
            ours, theirs = float(r[column]), float(r[f"{column}_returns"])
            if ours != theirs:
                found.append(
                    Finding(
                        "electors_add",
                        "error",
                        "states",
                        key=f"{r['state']} {year}",
                        column=column,
                        value=count(ours),
                        expected=count(theirs),
                        message=f"{r['state']}: the votes are not those of the state returns",
                        fix="Correct the table that differs from the state's own count.",
                    )
                )
    return found


def _finding(table: str, key: str, column: str, value: float, expected: float) -> Finding:
    return Finding(
        "electors_add",
        "error",
        table,
        key=key,
        column=column,
        value=count(value),
        expected=count(float(expected)),
        message=f"{key}: {column} make {count(value)} electoral votes, not {count(float(expected))}",
        fix="Correct the electoral votes of the state.",
    )
