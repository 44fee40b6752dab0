"""P3: this office less another on the same ballots, by the share of ballots cast on machines."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sevenpercent.stats.designs import municipality

DESIGN = replace(
    municipality.DESIGN,
    key="p3",
    name="same-ballot comparison",
    section="same_ballots",
    method="""The same-ballot comparison does so with the vote for this office less the vote for {{ s.designs.other_office }} on the same
ballots.""",
    outcomes=(*municipality.DESIGN.outcomes, "marked"),
)

fit = DESIGN.fit


def statewide(towns: pd.DataFrame) -> float:
    """Two-party share for this office minus that for the other, all municipalities together.

    Points; **negative** = the harmed party's candidate ran behind the party's other one.
    """
    votes = towns[["harmed", "favoured", "harmed_other", "favoured_other"]].sum()
    this = votes["harmed"] / (votes["harmed"] + votes["favoured"])
    other = votes["harmed_other"] / (votes["harmed_other"] + votes["favoured_other"])
    return float(100 * (this - other))
