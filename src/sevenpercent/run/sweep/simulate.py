"""Simulated elections: the real counties and votes, machines by lot, and harm of a known size."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sevenpercent.model import frames
from sevenpercent.model.places import Tables
from sevenpercent.model.scenario import Scenario


def simulated(scenario: Scenario, tables: Tables, planted: float, seed: int) -> Tables:
    """Tables of an election in which the harm is known.

    The machines of the scenario's year are handed out anew, by lot among the counties of each
    state, so that nothing about a county says whether it votes electronically. Then votes move
    between the two parties where the leading reading says electronic. Whatever an analysis finds
    beyond that is chance.

    `tables`: the real ones by name; `planted`: points of the two-party share, at a reading of one,
    that the harmed party is given; **negative** = it loses them. Votes are whole and none falls
    below zero, so a county may get a little less than that; `seed`: of the lot; the same seed hands
    out the same machines at every size. Returns the same tables, those of votes and equipment
    changed and cut to the states that the scenario looks at; totals of votes stay.
    """
    equipment, votes = (
        _own(tables(name), scenario) for name in (scenario.tables.equipment, scenario.tables.votes)
    )
    equipment = _by_lot(equipment, scenario.year, seed)
    treated = frames.treatments(equipment, scenario.year, scenario.treatment.version)
    reading = treated.get(scenario.treatment.primary, pd.Series(dtype=float))
    changed = {
        scenario.tables.equipment: equipment,
        scenario.tables.votes: _planted(votes, scenario, reading, planted),
    }
    return lambda name: changed[name].copy() if name in changed else tables(name)


def _own(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    if scenario.nation:
        return table
    return table[table["state"].isin(scenario.states)]


def _by_lot(equipment: pd.DataFrame, year: int, seed: int) -> pd.DataFrame:
    """Each county of a state gets all the equipment of another: readings stay together."""
    rng = np.random.default_rng(seed)
    now = equipment["year"] == year
    new: dict[str, str] = {}
    places = equipment.loc[now, ["state", "fips"]].drop_duplicates().sort_values("fips")
    for _, own in places.groupby("state")["fips"]:
        new |= dict(zip(own, rng.permutation(own.to_numpy(object)), strict=True))
    out = equipment.copy()
    out.loc[now, "fips"] = out.loc[now, "fips"].map(new)
    return out


def _planted(
    votes: pd.DataFrame, scenario: Scenario, reading: pd.Series[float], points: float
) -> pd.DataFrame:
    harmed, favoured = scenario.parties.harmed.party, scenario.parties.favoured.party
    now = votes["year"] == scenario.year
    dose = votes.loc[now, "fips"].map(reading).fillna(0.0).astype(float)
    had = votes.loc[now, harmed].astype(float)
    both = had + votes.loc[now, favoured].astype(float)
    has = (had + both * dose * points / 100).round().clip(lower=0, upper=both)
    out = votes.copy()
    out.loc[now, harmed] = has.astype(votes[harmed].dtype)
    out.loc[now, favoured] = (both - has).astype(votes[favoured].dtype)
    return out
