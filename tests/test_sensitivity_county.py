"""What is probed, what it could have seen, and what of it is published."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sevenpercent.model.scenario import Claim, CountyDesign, Designs, Size
from sevenpercent.stats.regression import NoVariation
from sevenpercent.stats.sensitivity import balance, county, power, rows

SPEC = CountyDesign(treatment="any", outcome="change_two_party", controls=["college"])
SIZES = {
    "points": Size(amount="points", how="switched"),
    "decisive": Size(amount="decisive", how="switched"),
    "votes": Size(amount="votes", how="deleted"),
}
CLAIM = Claim(percent=7, votes=100, margin=100, state="WI", reported="2016-11-22")


def frame(lead: int = 100) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    any_ = np.tile([0.0, 1.0], 20)
    return pd.DataFrame(
        {
            "any": any_,
            "dose": any_ * rng.random(40),
            "partly": np.where(np.arange(40) < 1, np.nan, any_),
            "college": rng.random(40),
            "two_party_prior": rng.random(40),
            "change_two_party": 0.01 * rng.standard_normal(40) - 0.07 * any_,
            "harmed": 1000,
            "favoured": 1000 + lead,
            "total": 2100,
        }
    )


def probed(lead: int = 100) -> county.Probed:
    found = county.models(
        {"WI": frame(lead)},
        {"WI": ["dose", "any", "partly"]},
        Designs(sizes=SIZES, counties=SPEC),
        focus="WI",
        leading="any",
        held=("held", ["college"]),
        dose="dose",
    )
    return found["WI"]


def test_the_comparison_s_own_definition_leads_and_partly_known_ones_are_left_out() -> None:
    p = probed()
    assert (p.definitions, p.probed) == (["any", "dose"], ["any", "dose"])
    assert p.column == "change_two_party"


def test_each_set_stands_with_and_without_the_prior_share() -> None:
    sets = county.control_sets(SPEC, "held", ["two_party_prior"])
    assert list(sets) == ["none", "held", "design", "design_prior"]
    assert sets["design_prior"] == ["college", "two_party_prior"]


def test_a_state_without_the_comparison_is_told() -> None:
    with pytest.raises(NoVariation, match="cannot be tested"):
        county.models(
            {"WI": frame()},
            {"WI": []},
            Designs(sizes=SIZES, counties=SPEC),
            focus="WI",
            leading="any",
            held=("held", []),
            dose=None,
        )


def test_no_size_is_decisive_where_the_harmed_side_won() -> None:
    lost, won = (county.harms(probed(lead), SIZES, CLAIM, "any")["any"] for lead in (100, -100))
    assert lost["points"] == 7
    # 20 electronic counties of 2,100 votes; a lead of 4,000 is turned by 2,001 switched votes.
    assert lost["decisive"] == pytest.approx(100 * 2001 / (20 * 2100))
    assert "decisive" not in won
    asked = power.size_words(SIZES, lost, 7)
    assert asked == {"points": "7 points", "decisive": "the decisive size"}


def test_what_sees_a_size_and_what_rules_it_out() -> None:
    p = probed()
    found = power.power(p, ["none"], county.harms(p, SIZES, CLAIM, "any"))
    assert set(found["definition"]) == {"any", "dose"}
    assert "none" not in set(found["controls"])
    seen = power.seen(found.assign(**{"size.points": 3.0}), ["points"]).iloc[0]
    any_ = found[found["definition"] == "any"]
    assert (any_["bound"] > 6).all()  # harm of 7 points was planted: 3 cannot be ruled out
    assert seen["n"] == len(found)
    assert seen["excludes"] <= seen["sees"] <= seen["n"]
    worst = power.worst(found, "t")
    assert worst["estimate"] / worst["se"] == (found["estimate"] / found["se"]).min()


def test_ends_of_leaving_out_are_the_extremes() -> None:
    left = pd.DataFrame(
        {
            "definition": "any",
            "estimate": [-3.0, -1.0, 2.0],
            "se": 1.0,
            "lo": [-5.0, -3.0, 0.0],
            "hi": [-1.0, 1.0, 4.0],
            "n": 9,
            "without": ["A", "B", "C"],
        }
    )
    values = balance.rows(left).set_index("part")["value"].to_dict()
    part = "leave_out.any.one"
    assert values == {f"{part}.lowest": -3.0, f"{part}.highest": 2.0, f"{part}.negative": 1}


def test_only_the_comparison_s_own_model_says_what_chance_gives() -> None:
    common = {"value": 0.0, "se": 1.0, "lo": -2.0, "hi": 2.0, "p": 0.5, "joint": 0.6}
    found = pd.DataFrame(
        {"outcome": o, "controls": "design", "way": "matched", "definition": d, "n": 9, "draws": 99}
        | common
        for o in ("own", "other")
        for d in ("any", "dose", "third")
    )
    parts = {r["part"] for r in rows.chances(found, ["any", "dose"], ("own", "design"))}
    start = "randomization.{}.design.matched"
    own, other = start.format("own"), start.format("other")
    assert parts == {f"{own}.joint"} | {
        f"{at}.{d}.p" for at in (own, other) for d in ("any", "dose")
    }
