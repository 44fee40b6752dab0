"""Simple ways of counting near a claim, doubles among definitions, and another office on the same map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sevenpercent.model.frames import alike
from sevenpercent.stats import gap, scan
from sevenpercent.study import open_study


def places(percent: float, n: int = 60) -> pd.DataFrame:
    """Counties in which voting machines took `percent` of the votes that there would have been."""
    rng = np.random.default_rng(1)
    prior = rng.integers(2_000, 90_000, n).astype(float)
    d = (np.arange(n) % 2).astype(float)
    harmed = 0.9 * prior**1.01 * np.exp(rng.normal(0, 1e-4, n)) * (1 - percent / 100 * d)
    frame = pd.DataFrame({"d": d, "twin": d, "other": 1 - d, "harmed": harmed, "favoured": prior})
    frame["total"] = frame["harmed"] + frame["favoured"]
    frame["log_votes"], frame["log_votes_prior"] = np.log(harmed), np.log(prior)
    return frame.assign(population=prior * 2)


@pytest.mark.parametrize("weights", ["none", "population"])
def test_votes_that_were_taken_are_found_in_percent_and_in_votes(weights: str) -> None:
    frame = places(7.0)
    found = scan.log_votes(frame, ["d"], [weights], "hc2_bm").iloc[0]
    assert found["estimate"] == pytest.approx(-7.0, abs=0.05)
    there = frame.loc[frame["d"] == 1, "harmed"].sum()
    assert found["votes"] == pytest.approx(there * 7 / 93, rel=0.01)
    assert found["lo"] < found["estimate"] < found["hi"]


def test_the_sign_follows_who_is_harmed() -> None:
    frame = places(-5.0)
    found = scan.log_votes(frame, ["d", "other"], ["none"], "hc2_bm")
    assert found["estimate"].tolist() == pytest.approx([5.0, 100 * (1 / 1.05 - 1)], abs=0.05)
    assert (np.sign(found["votes"]) == [-1, 1]).all()


def test_only_ways_near_both_figures_count_and_doubles_count_once() -> None:
    frame = places(7.0)
    ways = scan.log_votes(frame, ["d", "twin", "other"], ["none"], "hc2_bm")
    unique = alike(frame, ["d", "twin", "other"])
    votes = round(ways["votes"].iloc[0])
    both = scan.scan(ways, 7, votes, "percent", unique)
    assert (both.n, both.by_size, both.by_votes, len(both.near)) == (2, 1, 1, 1)
    assert scan.scan(ways, 7, 2 * votes, "percent", unique).near.empty
    assert scan.scan(ways, 9, votes, "percent", unique).near.empty
    assert len(scan.scan(ways, 7, None, "percent", unique).near) == 1
    assert scan.scan(ways, 7, None, "points", unique).n == 0, "percent is not points"


def test_a_gap_the_other_way_is_never_near_a_small_claim() -> None:
    ways = scan.log_votes(places(-0.25), ["d", "other"], ["none"], "hc2_bm")
    up, down = ways["estimate"]
    assert up > 0 > down > -0.5, "both are within half a percent of the claim"
    found = scan.scan(ways, 0.3, None, "percent", ["d", "other"])
    assert list(found.near["definition"]) == ["other"]
    assert found.within == 0.15


def test_a_gap_that_no_number_of_votes_makes_has_none() -> None:
    frame = places(7.0)
    gaps = pd.DataFrame([{"definition": "d", "outcome": "level_two_party", "part": "mean", "estimate": e,
                          "lo": e, "hi": e, "n": 60, "unit": "points"} for e in (-90.0, -1.0)])  # fmt: skip
    found = scan.raw_votes(gaps, frame)["votes"]
    assert np.isnan(found[0])
    assert found[1] > 0


def test_the_other_office_has_its_own_votes_on_the_same_map() -> None:
    study = open_study("gap", "midwest-2016", "")
    counties = study.counties()
    table = study.load(str(study.s.tables.municipalities))
    senate = scan.other_office(counties, table, "dem", "rep")
    assert senate["harmed"].sum() == 1_380_335, "as the Commission certified"
    own = gap.raw_gap(senate, "any_dre_vv", "level_two_party")
    d = counties.set_index("fips")["any_dre_vv"]
    sums = table.groupby("fips")[["sen_dem", "sen_rep"]].sum().astype(float)
    share = 100 * sums["sen_dem"] / sums.sum(axis=1)
    by_hand = share[d == 1].mean() - share[d == 0].mean()
    assert own.estimate == pytest.approx(by_hand, rel=1e-12)
    assert own.estimate < -5, "the candidate for the other office shows the gap too"
