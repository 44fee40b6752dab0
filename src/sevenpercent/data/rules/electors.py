"""Rules about electoral votes and House delegations: parts that make a whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sevenpercent.data.rules.base import Finding, report
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
    own = states.assign(meant=states["ev"], key=states["state"])
    parts = [
        own.assign(split=" + ".join(split), sum=own[list(split)].astype("float64").sum(axis=1))
        for split in SPLITS
        if set(split) <= set(states.columns)
    ]
    nation = {"key": "US", "split": "ev", "sum": own["ev"].astype("float64").sum()}
    every = pd.concat([*parts, pd.DataFrame([{**nation, "meant": ELECTORS}])])
    return report(
        every[every["sum"].ne(every["meant"])], "electors_add", "error", "states", source="",
        column="{split}", value="{sum:n}", expected="{meant:n}",
        message="{key}: {split} make {sum:n} electoral votes, not {meant:n}",
        fix="Correct the electoral votes of the state.",
    )  # fmt: skip


def _delegations(case: Case) -> list[Finding]:
    seats = case.tables.get("house_delegations")
    if seats is None or not {"dem", "rep", "majority"} <= set(seats.columns):
        return []
    lead = (seats["dem"].astype(float) - seats["rep"].astype(float)).map(np.sign).fillna(0)
    own = seats.assign(meant=lead.map({1.0: "dem", -1.0: "rep", 0.0: "tie"}), key=seats["state"])
    return report(
        own[own["majority"].astype(str).str.lower().str[:3].ne(own["meant"])],
        "electors_add", "error", "house_delegations", source="", column="majority",
        value="{majority}", expected="{meant}", fix="Correct the majority or the seats.",
        message="{state}: {dem:n} Democrats and {rep:n} Republicans have another majority",
    )  # fmt: skip


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
    same = both[both["year"].eq(year)]
    for c in columns:
        found += report(
            same[same[c].ne(same[f"{c}_returns"])], "electors_add", "error", "states", source="",
            key="{state} {year}", column=c, value=f"{{{c}:n}}", expected=f"{{{c}_returns:n}}",
            message="{state}: the votes are not those of the state returns",
            fix="Correct the table that differs from the state's own count.",
        )  # fmt: skip
    return found
