"""The first page's numbers: what is in question in votes, and what chance gives for all regressions."""

from __future__ import annotations

from dataclasses import replace

from sevenpercent.model import scenario
from sevenpercent.model.results import Value
from sevenpercent.stats.steps import (
    also_decides,
    beside_claim,
    chances,
    declared_on_claims_side,
    in_votes,
    number,
)


def test_each_amount_is_a_number_of_votes_and_what_is_unknown_is_left_out() -> None:
    known = {
        "recount.wi.net_change": Value(-131),
        "recount.wi.absolute_change": Value(17681),
        "electoral.margin.wi.final": Value(22748),
        "recount.pa.net_change": Value(5),
    }
    found = in_votes(known, "WI", 30000)
    assert found.to_dict("split")["data"] == [
        ["claimed", 30000.0],
        ["lead", 22748.0],
        ["net", 131.0],
        ["gross", 17681.0],
    ]
    assert list(in_votes(known, "MI", None)["row"]) == []
    recounted = in_votes({**known, "recount.wi.margin.recount": Value(-9)}, "WI", None)
    assert recounted["votes"][0] == 9, "the lead of the recount comes first"


def test_what_is_shown_may_be_more_than_decides() -> None:
    s = scenario.load("midwest-2016")
    known = {"designs.p1.size.decisive": Value(2.0), "designs.p1.size.seven_points": Value(3.0)}
    assert also_decides(known, s, ["seven_points"]) is None, (
        "what is found counts, not what is asked"
    )
    known["designs.p1.estimate"] = Value(-2.5, lo=-3.5, hi=-1.5)
    assert also_decides(known, s, ["seven_points"]) == (2.5, 2.0)
    known["designs.p1.size.seven_points"] = Value(1.0)
    assert also_decides(known, s, ["seven_points"]) is None
    assert also_decides(known, s, []) is None


def test_of_a_range_moved_in_one_way_the_lower_end_stands_beside_what_was_found() -> None:
    ends = {n: {"amount": n, "how": "switched"} for n in ("votes", "votes_most")}
    found = {"designs.p1.votes.switched": Value(1.0, lo=-1.0, hi=2.0)}
    for more in ({}, {"decisive": {"amount": "decisive", "how": "switched"}}):
        sizes: dict[str, object] = {"designs.sizes": {**ends, **more}, "claim.margin": 9}
        s = scenario.load("florida-2004", sizes)
        [beside] = beside_claim(found, s, {}).to_dict("records")
        both = beside["claimed"], beside["estimate"]
        assert both == (130_000, 2.0), "votes of the lead, of which a switched one moves two"


def test_chances_are_those_of_the_map_the_mildest_first() -> None:
    known = {
        "multiverse.wi.joint.median.p": Value(0.02),
        "multiverse.wi.joint.median_t.p": Value(0.04),
        "multiverse.wi.joint.median.naive.p": Value(0.9),
        "multiverse.wi_municipalities.joint.median.p": Value(0.001),
    }
    found = chances(known, ["WI", "WI_municipalities", "PA"])
    assert list(found["place"]) == ["wi", "wi_municipalities"]
    assert list(found["p"]) == [[0.04, 0.02], [0.001]]
    assert number(known, "multiverse.wi.joint.median.p") == 0.02
    assert number(known, "nothing") is None


def test_of_what_is_declared_other_machines_have_no_voice() -> None:
    s = scenario.load("texas-2024")
    low, open_ = (
        Value(-2.0, lo=-3.0, hi=-1.0, unit="points"),
        Value(0.1, lo=-1.0, hi=1.2, unit="points"),
    )
    known = {
        "designs.p1.estimate": open_,
        "designs.p1.neighbour.by_votes.estimate": low,
        "designs.p1.neighbour.as_hart.estimate": replace(low, value=-9.0),
        "designs.p6.estimate": replace(low, value=-2.5),
        "designs.p1.neighbour.hc3.estimate": replace(low, value=-8.0, unit="log points"),
    }
    found = declared_on_claims_side(known, s)
    assert (found.below, found.n) == (2, 3)
    assert found.lowest
    assert found.lowest.value == -2.5
