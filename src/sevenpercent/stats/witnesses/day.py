"""What could be said on the day of the report: only tables that were known then speak."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from sevenpercent.data import tables
from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError
from sevenpercent.model.places import NATION
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import designs, witnesses
from sevenpercent.stats.designs import county
from sevenpercent.stats.witnesses.innocent import definitions


def answers(s: Scenario, load: Load, called: witnesses.Witnesses) -> pd.DataFrame:
    """Answers of :func:`sevenpercent.stats.witnesses.answers` with what was known on that day.

    An earlier count, such as that of election night, stands in for one that was not there yet; of
    a book without anything that came later, the witnesses `called` are those of the day too.
    Nothing is returned where nobody reported the claim on a day.
    """
    day = s.claim.reported
    if s.designs is None or not s.claim.who or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
        return pd.DataFrame(columns=witnesses.COLUMNS)

    @cache
    def then(name: str) -> pd.DataFrame:
        return tables.public_on(name, load(name), day, s.tables.folder)

    found = []
    for state in dict.fromkeys([s.focus, *s.states]):
        own = _there(s, then, state)
        frame = None if own is None else _frame(own, then)
        if own is None or frame is None:
            found.append(witnesses.untestable(s, state))
            continue
        same = (
            state == s.focus and frame.equals(called.counties) and not any(called.recounts.values())
        )
        w = called if same else witnesses.call(own, then, designs.on_counties(frame))
        found.append(witnesses.answers(w, w.heard(), state))
    return pd.concat(found, ignore_index=True)


def _there(s: Scenario, load: Load, state: str) -> Scenario | None:
    """The book as it could have been on that day, for one state; None without votes."""
    votes = load(s.tables.votes)
    votes = votes[votes["year"] == s.year]
    own = votes if state == NATION else votes[votes["state"] == state]
    vintages = list(own["vintage"].unique())
    if not vintages or s.designs is None:
        return None
    vintage = s.treatment.vintage if s.treatment.vintage in vintages else vintages[0]
    spec = s.designs.counties if state == s.focus else county.beside(s)
    only = {"counties": spec, "municipalities": None, "same_ballots": None, "precincts": None}
    changes = {
        "treatment": s.treatment.model_copy(update={"vintage": vintage}),
        "tables": s.tables.model_copy(update={"units": None, "municipalities": None}),
        "designs": s.designs.model_copy(update=only),
        "claim": s.claim.model_copy(update={"state": state}),
    }
    return s.model_copy(update=changes)


def _frame(s: Scenario, load: Load) -> pd.DataFrame | None:
    """Counties with votes and machines as they were known; None where nothing can be compared."""
    try:
        frame = county.DESIGN.frame(s, load)
    except InputError:
        return None
    return frame if definitions(s, county.DESIGN, frame) else None
