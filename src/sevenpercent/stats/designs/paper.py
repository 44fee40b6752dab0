"""P4: the recount, in reporting units with ballots cast on machines; what the paper says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from sevenpercent.data.tables import Load
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import recount
from sevenpercent.stats.designs.design import Design, Harm
from sevenpercent.stats.designs.sizes import Stakes, per_ballot, votes
from sevenpercent.stats.ratio import PerBallot
from sevenpercent.stats.ratio import per_ballot as ratio


def changes(s: Scenario, load: Load) -> pd.DataFrame:
    """Every reporting unit of a book and what the recount changed there (:func:`.recount.changes`)."""
    return recount.changes(
        load(str(s.tables.units)),
        load(s.tables.municipalities) if s.tables.municipalities else None,
        **s.parties.sides,
    )


@dataclass(frozen=True)
class Units:
    """Which reporting units are looked at: all, or those with one planned method of recount."""

    method: str | None = None


@dataclass(frozen=True)
class Paper(Design):
    """What the recount changed per ballot cast on a machine.

    Sizes are spread over all such ballots of the state, also where only units of one planned
    method are looked at.
    """

    def spec(self, s: Scenario) -> Units | None:
        """All units, where the book has a table of them."""
        return Units() if s.designs is not None and s.tables.units else None

    def variants(self, s: Scenario) -> Mapping[str, tuple[str, Units]]:
        """Units where a recount by hand was planned."""
        method = str(s.designs and s.designs.hand_method)
        return {method: (f"planned {method} counts only", Units(method))}

    def frame(self, s: Scenario, load: Load) -> pd.DataFrame:
        """Reporting units with ballots on machines that their town owns, in their order."""
        return recount.on_machines(changes(s, load)).reset_index(drop=True)

    def fit(self, frame: pd.DataFrame, spec: Units) -> PerBallot:
        """Half margins per 100 ballots; **negative** = machines gave the harmed party less than paper."""
        own = frame if spec.method is None else frame[frame["method"] == spec.method]
        return ratio(own, "half_margin", "ballots_dre", "fips")

    def harm(self, s: Scenario, frame: pd.DataFrame, spec: Units, at: Stakes) -> Harm:
        """Each declared size per 100 ballots."""
        assert s.designs is not None
        assert at.on_ballots is not None
        sizes, ballots = s.designs.sizes, float(frame["ballots_dre"].sum())
        return {
            name: (n, per_ballot(n, ballots, sizes[name].how))
            for name, n in votes(sizes, s.claim, at, at.on_ballots).items()
        }


DESIGN = Paper(
    "p4",
    "recount",
    unit="points per DRE ballot",
    method="""The recount gives half of the change in the margin per DRE ballot, in reporting units with DRE ballots; a
switched vote counts one, a deleted one half.""",
    sources=("units", "municipalities"),
    role="paper",
)
