"""P5: precincts of the same county, with and without the machines."""

from __future__ import annotations

import pandas as pd

from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError
from sevenpercent.model.frames import log, ratio, require
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats.designs.design import Comparison

PLACE = ["fips", "key"]
"""A precinct: its county, and its name in letters and digits."""

PRESIDENT, OTHER = "president", "other"
"""Offices of the table: the one in question, and another on the same ballots."""


def key(name: pd.Series[str]) -> pd.Series[str]:
    """Letters and digits of precinct names in lower case; numbers without leading zeros."""
    plain = name.fillna("").astype(str).str.lower().str.replace(r"[^a-z0-9]+", " ", regex=True)
    return plain.str.replace(r"(?<![0-9])0+(?=[0-9])", "", regex=True).str.replace(" ", "")


def precinct_frame(
    votes: pd.DataFrame,
    equipment: pd.DataFrame,
    *,
    year: int,
    prior_year: int,
    harmed: str = "dem",
    favoured: str = "rep",
) -> pd.DataFrame:
    """One row per precinct with votes in the election in question.

    `votes`: columns ``fips, precinct, year, office, dem, rep, total``; ``office`` is ``president``
    or ``other``; `equipment`: columns ``fips, precinct, reading, value``. Raises InputError:
    missing column, or no precinct with votes.

    Returns ``fips, precinct, harmed, favoured, total``; ``two_party`` (share, 0 to 1), with
    ``_prior`` and ``_other``; ``change_two_party`` (now minus earlier) and ``same_ballots`` (this
    office minus the other), **negative** = the harmed side did worse; ``log_votes_prior``;
    ``votes``, and a column per reading. Unknown is null.
    """
    require(votes, ["fips", "precinct", "year", "office", harmed, favoured, "total"])
    require(equipment, ["fips", "precinct", "reading", "value"])
    votes = votes.assign(key=key(votes["precinct"]))
    sides = {"harmed": harmed, "favoured": favoured, "total": "total"}

    def of(when: int, office: str) -> pd.DataFrame:
        own = votes[(votes["year"] == when) & (votes["office"] == office)]
        sums = own.groupby(PLACE)[list(sides.values())].sum(min_count=1).astype(float)
        return sums.rename(columns={theirs: ours for ours, theirs in sides.items()})

    now = of(year, PRESIDENT)
    if now.empty:
        raise InputError("No precinct has votes in this election", column="year", value=year)
    names = votes[votes["year"] == year].drop_duplicates(PLACE).set_index(PLACE)["precinct"]
    frame = now.join(names).join(of(prior_year, PRESIDENT).add_suffix("_prior"))
    frame = frame.join(of(year, OTHER).add_suffix("_other"))
    for suffix in ("", "_prior", "_other"):
        own, their = frame[f"harmed{suffix}"], frame[f"favoured{suffix}"]
        frame[f"two_party{suffix}"] = ratio(own, own + their)
    frame["change_two_party"] = frame["two_party"] - frame["two_party_prior"]
    frame["same_ballots"] = frame["two_party"] - frame["two_party_other"]
    frame["log_votes_prior"] = log(frame["total_prior"])
    listed = equipment.assign(key=key(equipment["precinct"]))
    wide = listed.pivot_table(index=PLACE, columns="reading", values="value", aggfunc="mean")
    return frame[frame["total"] > 0].join(wide).reset_index()


def places(s: Scenario, load: Load) -> pd.DataFrame:
    """One row a precinct of the book; see :func:`precinct_frame`."""
    return precinct_frame(
        load(str(s.tables.precincts)),
        load(str(s.tables.precinct_equipment)),
        year=s.year,
        prior_year=s.prior_year,
        **s.parties.sides,
    )


DESIGN = Comparison(
    "p5",
    "precinct comparison",
    unit="points in precincts with {{ words.definition(spec.treatment).machines }}",
    method="""The precinct comparison sets {{ fitted.n | number }} precincts side by side, with and without {{ words.definition(spec.treatment).machines }}: {{ words.outcome(spec.outcome) }},
with {{ words.errors(spec.errors, "county") }}, over {{ fitted.clusters | number }} counties.

? spec.effects == "county"
Only precincts of one county are compared with each other.""",
    sources=("precincts", "precinct_equipment"),
    section="precincts",
    places=places,
    outcomes=("change_two_party", "same_ballots"),
    weights={"none": None, "votes": "total"},
    effects={"none": None, "county": "fips"},
    cluster="fips",
)
