"""Municipal frames, bounds by logic and recounted units on small worlds made by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.stats import municipal, whole

PLACE: dict[str, Any] = {
    "fips": "99001",
    "county": "A",
    "municipality": "TOWN OF A",
    "kind": "town",
    "municipality_2012": "TOWN OF A",
    "dem_2012": 50,
    "rep_2012": 50,
    "total_2012": 100,
    "dem_2016": 40,
    "rep_2016": 60,
    "total_2016": 100,
    "sen_dem": 45,
    "sen_rep": 45,
    "sen_total": 90,
    "any_dre": True,
    "dre_model": "X",
    "dose": 0.5,
    "ballots_total": 100,
    "ballots_paper": 50,
    "ballots_scan": 0,
    "ballots_dre": 50,
    "ballots_automark": 0,
    "place_code": None,
    "population": 300,
    "white": 0.9,
    "black": 0.0,
    "hispanic": 0.0,
    "college": 0.2,
    "income": 20000.0,
    "age": 40.0,
    "land_km2_printed": 30.0,
}


def world(*changes: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([PLACE | change for change in changes])


def frame(*changes: dict[str, Any]) -> pd.DataFrame:
    return municipal.municipal_frame(world(*changes), year=2016, prior_year=2012)


def test_outcomes_are_this_election_minus_the_other() -> None:
    row = frame({}).iloc[0]
    assert row["change_two_party"] == pytest.approx(-0.1)
    assert row["same_ballots"] == pytest.approx(0.4 - 0.5)
    assert row["marked"] == pytest.approx(np.log(100 / 90))
    assert row["log_density"] == pytest.approx(np.log(10))
    assert row["town"] == 1


def test_sides_are_named_by_the_caller() -> None:
    turned = municipal.municipal_frame(
        world({}), year=2016, prior_year=2012, harmed="rep", favoured="dem"
    )
    assert turned["change_two_party"].iloc[0] == pytest.approx(0.1)


def test_what_was_carved_out_is_put_together_again() -> None:
    new: dict[str, Any] = {
        "municipality": "VILLAGE OF B",
        "kind": "village",
        "dem_2012": None,
        "rep_2012": None,
        "total_2012": None,
        "population": 100,
        "college": 0.6,
        "ballots_total": 300,
        "ballots_dre": 0,
        "ballots_paper": 300,
        "dose": 0.0,
        "total_2016": 300,
        "dem_2016": 160,
        "rep_2016": 140,
    }
    found = frame({}, new, {"fips": "99003", "county": "C"})
    assert list(found["municipality"]) == ["TOWN OF A", "TOWN OF A"]
    row = found.iloc[0]
    assert (row["parts"], row["kind"], row["population"]) == (2, "town", 400)
    assert row["two_party"] == pytest.approx(0.5)
    assert row["two_party_prior"] == pytest.approx(0.5)
    assert row["college"] == pytest.approx((0.2 * 300 + 0.6 * 100) / 400)
    assert row["dose"] == pytest.approx(50 / 400)
    assert found.iloc[1]["parts"] == 1


def test_places_without_votes_in_either_election_are_left_out() -> None:
    none = {"municipality": "CITY OF B", "municipality_2012": "CITY OF B"}
    assert len(frame({}, none | {"dem_2016": 0, "rep_2016": 0})) == 1
    assert len(frame({}, none | {"dem_2012": 0, "rep_2012": 0})) == 1
    with pytest.raises(InputError, match="votes in both"):
        frame({"dem_2012": 0, "rep_2012": 0})


def test_ballots_where_no_dre_is_owned_are_errors_of_entry() -> None:
    row = frame({"any_dre": False, "dre_model": None, "dose": 0.0}).iloc[0]
    assert (row["ballots_dre"], row["own"], row["machine"]) == (0, 0, None)


def test_a_total_below_its_parts_is_mended() -> None:
    assert frame({"ballots_total": 20})["ballots"].iloc[0] == 100
    assert frame({"ballots_total": 20, "total_2016": 120})["ballots"].iloc[0] == 120
    unknown = dict.fromkeys([f"ballots_{m}" for m in ("total", *municipal.METHODS)])
    assert np.isnan(frame({}, {"fips": "99003"} | unknown)["ballots"].iloc[1])


def test_a_place_twice_or_a_missing_column_is_refused() -> None:
    with pytest.raises(InputError, match="stands twice"):
        frame({}, {})
    with pytest.raises(InputError, match="dem_2016"):
        municipal.municipal_frame(world({}).drop(columns="dem_2016"), year=2016, prior_year=2012)


def test_doses_by_machine_add_up() -> None:
    found, models = municipal.machines(
        frame(
            {},
            {"fips": "99003"},
            {"fips": "99005", "dre_model": "Y", "dose": 0.3},
            {"fips": "99007", "any_dre": False, "dre_model": None, "dose": 0.0},
            {"fips": "99009", "dre_model": "Y", "dose": None},
        )
    )
    assert models == {"dose_1": "X", "dose_2": "Y"} or models == {"dose_1": "Y", "dose_2": "X"}
    known = found[found["dose"].notna()]
    assert (known[list(models)].sum(axis=1) == known["dose"]).all()
    assert found[list(models)].isna().any(axis=1).tolist() == found["dose"].isna().tolist()


@pytest.mark.parametrize("seed", range(20))
def test_bounds_hold_whatever_the_truth_and_are_reached(seed: int) -> None:
    rng = np.random.default_rng(seed)
    dre, paper = rng.integers(1, 60, 2)
    h_dre = rng.integers(0, dre + 1)
    f_dre = rng.integers(0, dre - h_dre + 1)
    h_paper = rng.integers(0, paper + 1)
    f_paper = rng.integers(0, paper - h_paper + 1)
    place = pd.DataFrame(
        {
            "ballots": [float(dre + paper)],
            "ballots_dre": [float(dre)],
            "harmed": [float(h_dre + h_paper)],
            "favoured": [float(f_dre + f_paper)],
        }
    )
    found = municipal.ballot_bounds(place).iloc[0]
    assert found["harmed_lo"] <= h_dre <= found["harmed_hi"]
    assert found["favoured_lo"] <= f_dre <= found["favoured_hi"]
    # Least of one and most of the other fit on the same ballots.
    assert found["harmed_lo"] + found["favoured_hi"] <= dre
    assert found["harmed_hi"] + found["favoured_lo"] <= dre


def test_bounds_are_exact_where_all_ballots_are_on_dres() -> None:
    place = pd.DataFrame(
        {"ballots": [100.0], "ballots_dre": [100.0], "harmed": [40.0], "favoured": [55.0]}
    )
    found = municipal.ballot_bounds(place).iloc[0]
    assert found["harmed_lo"] == found["harmed_hi"] == 40
    assert found["favoured_lo"] == found["favoured_hi"] == 55


def test_logic_alone_over_a_place_that_tells_all_and_one_that_tells_nothing() -> None:
    towns = pd.DataFrame(
        {
            "ballots": [100.0, 100.0],
            "ballots_dre": [100.0, 10.0],
            "harmed": [40.0, 50.0],
            "favoured": [55.0, 50.0],
        }
    )
    found = municipal.logic(towns)
    # Of the ten ballots of the second place all may be for either.
    assert (found.lo, found.hi) == pytest.approx((100 * 40 / 105, 100 * 50 / 105))
    assert (found.n, found.telling) == (2, 1)
    assert found.telling_ballots == pytest.approx(100 / 110)


def test_the_real_table_keeps_every_vote() -> None:
    table = tables.load("wi_municipalities")
    found = municipal.municipal_frame(table, year=2016, prior_year=2012)
    left_out = table["dem_2016"].sum() - found["harmed"].sum()
    assert 0 <= left_out <= 5, "only parts of a few voters without an earlier election"
    assert found["harmed_prior"].sum() == table["dem_2012"].sum()
    assert not found.duplicated(whole.PLACE).any()
