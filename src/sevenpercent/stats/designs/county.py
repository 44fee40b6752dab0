"""P1: counties, the change since the last election, between counties otherwise alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from sevenpercent.data.tables import Load
from sevenpercent.model import frames, places
from sevenpercent.model.scenario import NATION, Scenario
from sevenpercent.stats import gap, missing
from sevenpercent.stats.designs import sizes
from sevenpercent.stats.designs.design import Comparison, vary

DESIGN = Comparison(
    "p1",
    "county comparison",
    unit="""? words.definition(spec.treatment).share
{{ words.outcome(spec.outcome).unit }} where {{ words.definition(spec.treatment).words }} is 100 % rather than zero

?else
{{ words.outcome(spec.outcome).unit }} in {{ words.definition(spec.treatment).adjective }} counties""",
    method="""? spec.effects == "state"
The county comparison sets counties of one state side by side by {{ words.outcome(spec.outcome) }}: {{ words.definition(spec.treatment).against }}, adjusting
for {{ words.covariates(spec.controls) | default("nothing", true) }}, {{ words.weights(spec.weights) }}.

?else
The county comparison sets counties side by side by {{ words.outcome(spec.outcome) }}: {{ words.definition(spec.treatment).against }}, adjusting
for {{ words.covariates(spec.controls) | default("nothing", true) }}, {{ words.weights(spec.weights) }}.""",
    sources=("votes", "equipment", "demographics"),
    section="counties",
    places=lambda s, load: places.county_frame(s, load, s.focus),
    outcomes=gap.OUTCOMES,
    weights=frames.WEIGHTS,
    effects={"none": None, "state": "state"},
    cluster="state",
    by_county=True,
)

fit = DESIGN.fit


def beside(s: Scenario) -> Any:
    """What is declared of the design, as it is used in a state beside the focus."""
    leading: dict[str, object] = {"treatment": s.treatment.primary}
    if s.focus == NATION:
        leading |= {"errors": s.errors, "effects": "none"}
    return DESIGN.spec(s).model_copy(update=leading)


def elsewhere(s: Scenario, load: Load) -> dict[str, tuple[pd.DataFrame, Any]]:
    """The other states of the claim: their counties, and the design with the leading definition.

    A state without variation in it is left out.
    """
    spec = beside(s)
    out = {}
    for state in s.states:
        if state != s.focus:
            frame = places.county_frame(s, load, state)
            if spec.treatment in places.readings(s, frame, state):
                out[state] = frame, spec
    return out


def pairs(placebos: Sequence[int], prior_year: int) -> list[tuple[str, int, int]]:
    """Name, year and year before of each comparison of earlier elections; see :func:`placebos`."""
    years = sorted(placebos)
    out = [(str(year), year, prior_year) for year in years]
    return out + [(f"{a}_to_{b}", b, a) for a, b in pairwise(years)]


def placebos(s: Scenario, load: Load) -> pd.DataFrame:
    """The design with earlier elections in place of this one, on the same map of machines.

    Each is compared with the same prior election as the design itself, so that whatever was odd
    about that one shows here too; and with the one before it, where both are free of machines.

    Returns one row a comparison: ``name`` (``2000``, or ``2000_to_2004``), ``label``, ``year``,
    ``before``, ``estimate, se, df, lo, hi, n`` and the ``unit`` of the design. **Negative** = worse
    where the machines came to stand.
    """
    spec = DESIGN.spec(s)
    rows = []
    for name, year, before in pairs(spec.placebos, s.prior_year):
        e = fit(places.election(s, load, s.focus, year, before), spec)
        found = (getattr(e, part) for part in FOUND)
        rows.append([name, f"{year} against {before}", year, before, *found])
    made = pd.DataFrame(rows, columns=["name", "label", "year", "before", *FOUND])
    return made.assign(unit=DESIGN.measured_in(spec))


FOUND = ("estimate", "se", "df", "lo", "hi", "n")
"""What is told of each earlier comparison."""


def in_votes(s: Scenario, frame: pd.DataFrame) -> pd.DataFrame:
    """What the comparison found, in votes, for a claim that names votes.

    Returns ``key`` (``designs.p1.votes.<how>`` and, adjusting for nothing, ``.raw``), ``value, lo,
    hi`` (votes, **positive** = the harmed party is short of them, or the other has them too many),
    ``n, unit, label``; one pair for each way that the claim leaves open.
    """
    assert s.designs is not None
    spec, sizes_ = DESIGN.spec(s), s.designs.sizes
    place = missing.electronic_place(frame[frame[spec.treatment].notna()], spec.treatment)
    rows = []
    for part, own in (("", spec), (".raw", vary(spec, controls=[], effects="none"))):
        e = fit(frame, own)
        for how in dict.fromkeys(z.how for z in sizes_.values() if z.amount in sizes.OF_VOTES):
            found = sizes.in_votes(e, DESIGN.unit_of(own), place, how)
            label = f"votes that the county comparison stands for, {how}"
            row = {"key": f"designs.p1.votes.{how}{part}", "label": label}
            rows.append({**row, **found, "n": e.n, "unit": "votes"})
    return pd.DataFrame(rows)
