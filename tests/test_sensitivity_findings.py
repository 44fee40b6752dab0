"""The chapter's numbers on the book's tables, and on the same tables with harm planted in them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats.regression import NoVariation
from sevenpercent.stats.sensitivity import power
from sevenpercent.study import cells

FEWER: Mapping[str, object] = {
    "states": ["WI"],
    "flips": ["WI"],
    "models": [],
    "sensitivity.draws": 499,
}
SWITCHED = 0.10
"""Share of electronic ballots on which the planted fault switches the harmed party's vote."""


def run(s: Scenario, load: Load = tables.load) -> cells.Executed:
    return cells.run("sensitivity", s, load, lambda _: Results())


@cache
def ran(switched: float) -> cells.Executed:
    """The chapter with that share of each county's electronic ballots switched."""
    s = scenario.load(overrides=FEWER)
    dose = tables.load("county_equipment").query(
        "reading == 'dre_share_ballots' and version == 'corrected' and year == 2016"
    )
    shares = dose.set_index("fips")["value"].astype(float)

    def load(name: str) -> pd.DataFrame:
        table = tables.load(name)
        if name == "county_votes" and switched:
            hit = (table["year"] == s.year) & (table["state"] == "WI")
            two = (table["dem"] + table["rep"]).astype(float)
            moved = (two * table["fips"].map(shares).fillna(0.0) * switched).where(hit, 0.0)
            for party, sign in (("dem", -1), ("rep", 1)):
                table[party] = (table[party] + sign * np.round(moved)).astype("Int64")
        return table

    return run(s, load)


def found(switched: float) -> Results:
    return ran(switched).results


def number(results: Results, key: str) -> float:
    value: Any = results[f"sensitivity.wi.{key}"].value
    return float(value)


def test_planted_harm_moves_the_dose_by_exactly_that_much() -> None:
    key = "placebo.dre_share_ballots.step.2016.design"
    moved = number(found(SWITCHED), key) - number(found(0.0), key)
    assert moved == pytest.approx(-100 * SWITCHED, abs=0.02)


def test_planted_harm_flips_what_is_excluded() -> None:
    counted = []
    for switched in (0.0, SWITCHED):
        fits = ran(switched).variables["powers"]
        counted.append(power.seen(fits, ["seven_points", "thirty_thousand"]).set_index("size"))
    before, after = counted
    # Ten points per electronic ballot are more than either size in the unit of the dose.
    assert (after["excludes"] <= before["excludes"] - 6).all()
    assert (before["excludes"] == before["sees"])["seven_points"]


def test_planted_harm_is_found_whatever_the_range_of_the_redraw() -> None:
    for kind in ("matched", "km25", "km60", "km120"):
        key = f"randomization.change_two_party.design.{kind}"
        assert number(found(SWITCHED), f"{key}.dre_share_ballots.p") <= 0.01
        assert number(found(SWITCHED), f"{key}.joint") <= 0.01


def test_planted_harm_needs_a_stronger_confounder_to_be_explained_away() -> None:
    key = "hidden.dre_share_ballots.zero"
    assert number(found(SWITCHED), key) > 2 * number(found(0.0), key)


def test_the_blind_shuffle_overstates_the_raw_gap() -> None:
    key = "randomization.level_two_party.none.{}.any_dre_wec.p"
    assert number(found(0.0), key.format("shuffled")) < 0.01
    assert number(found(0.0), key.format("matched")) > 0.1


def test_earlier_years_do_not_move_when_this_one_does() -> None:
    for year in (2000, 2004, 2008, 2012):
        key = f"placebo.any_dre_wec.level.{year}.design"
        assert number(found(SWITCHED), key) == number(found(0.0), key)


def test_every_estimate_has_its_interval_around_it() -> None:
    for key, value in found(0.0).items():
        if value.lo is not None and value.hi is not None and isinstance(value.value, float):
            assert value.lo <= value.value <= value.hi, key


def test_without_designs_there_is_nothing_to_probe() -> None:
    s = scenario.load(overrides={"designs": None})
    with pytest.raises(InputError, match="scenario declares none"):
        run(s)


def test_a_state_without_variation_cannot_be_tested() -> None:
    change = {**FEWER, "states": ["MI"], "flips": ["MI"], "claim.state": "MI"}
    with pytest.raises(NoVariation, match="cannot be tested here"):
        run(scenario.load(overrides=change))


def test_a_dose_may_lead_and_there_may_be_none() -> None:
    lead = {"designs.counties.treatment": "dre_share_ballots", "sensitivity.draws": 99}
    results = run(scenario.load(overrides={**FEWER, **lead})).results
    assert number(results, "placebo.dre_share_ballots.step.2016.design") == number(
        found(0.0), "placebo.dre_share_ballots.step.2016.design"
    )
    assert not any(".balance." in key for key in results)
    without = {"sensitivity.dose": None, "sensitivity.draws": 99}
    results = run(scenario.load(overrides={**FEWER, **without})).results
    assert not any(".per_ballot." in key for key in results)


def test_an_unknown_dose_is_refused() -> None:
    with pytest.raises(InputError, match=r"sensitivity.dose .*Did you mean 'dre_share_ballots'"):
        scenario.load(overrides={"sensitivity.dose": "dre_share_ballot"})
