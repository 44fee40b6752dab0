"""Who may speak about harm, what is counted once, and how a verdict says both."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.claims import witnesses as verdict
from sevenpercent.claims.words import Word
from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model.results import Value
from sevenpercent.stats import compare, designs, witnesses
from sevenpercent.stats.sensitivity import county, power
from sevenpercent.stats.steps import falls_short, goes_beyond
from sevenpercent.stats.witnesses import counts, innocent

CELL = {"size": "a", "where": "places", "pattern": "spread", "how": "switched", "design": "p1"}


def cells(*rows: Mapping[str, object]) -> pd.DataFrame:
    """Cells as :func:`.counts.heard` gives them: each may speak unless a row says otherwise."""
    plain = {
        **CELL,
        "definition": "x",
        "finds": 0.9,
        "able": True,
        "says": counts.SHOWS,
        "led": 0.0,
    }
    return pd.DataFrame([{**plain, **row} for row in rows])


FIFTH = {"pattern": "fifth", "design": "p6"}
UNHEARD = {"able": False, "says": "", "finds": 0.5}


def line(frame: pd.DataFrame) -> str:
    said = counts.together(frame)
    n = {k: v for k, v in said._asdict().items() if k not in ("answer", "flips", "by")}
    n["mute"] += n["astray"]  # as a verdict joins them
    return verdict.counts_line(n, said.answer, "; ".join(said.flips))


def test_what_another_definition_would_miss_it_does_not_rule_out() -> None:
    blind = {"says": counts.RULES_OUT, "led": 1.0}
    said = counts.together(cells(blind, {**UNHEARD, "finds": float("nan"), "definition": "lead"}))
    assert (said.answer, said.mute, said.astray) == ("cannot tell", 0, 1)
    told = line(cells(blind))
    assert "If the harm was in the counties of the main definition, spread evenly, no" in told
    assert "Otherwise, the one comparison that is sensitive enough rules it out." in told
    both = line(cells(blind, {**FIFTH, "says": counts.RULES_OUT}))
    assert "spread evenly, no comparison would be sure to notice. Otherwise, both" in both
    sees = {"says": counts.RULES_OUT, "led": 0.05, "definition": "y"}
    assert counts.together(cells(blind, sees)).answer == "ruled out"
    assert counts.together(cells({"led": 1.0})).answer == "shown", "what shows it is heard"


def test_one_definition_does_not_flip_what_the_pattern_does() -> None:
    ruled = {**FIFTH, "says": counts.RULES_OUT}
    said = counts.together(cells({}, ruled))
    assert (said.by, said.flips) == ("pattern", ["spread"])
    two = counts.together(cells({}, {}, {"definition": "y", "says": counts.RULES_OUT}))
    assert (two.by, two.flips) == ("definition", ["y"])
    assert "Counts: divided. Of 2 comparisons that are sensitive enough, one rules it out" in line(
        cells({}, ruled)
    )


def test_the_way_that_nobody_sees_is_the_one_that_is_named() -> None:
    assert "was all in a fifth of the counties" in line(cells({}, {**FIFTH, **UNHEARD}))
    assert "was spread evenly" in line(cells(UNHEARD, FIFTH))
    both = cells(UNHEARD, {**UNHEARD, **FIFTH}, {"where": "ballots"})
    assert "There are ways of doing it" in line(both)


def test_what_was_never_tried_is_not_said_to_have_failed() -> None:
    untried = {**UNHEARD, "finds": float("nan")}
    said = line(cells(untried, {**untried, **FIFTH}))
    assert "too few places lack the machines" in said
    assert "sensitive" not in said
    assert "sensitive enough" in line(cells(untried, {**UNHEARD, **FIFTH}))


def test_other_machines_do_not_answer_for_those_in_question() -> None:
    s = scenario.load("texas-2024")
    load = tables.loader(s.tables.folder)
    frame = designs.frames(s, load)["p1"]
    assert {"direct", "hart", "marking"} <= set(frame)
    assert innocent.definitions(s, designs.county.DESIGN, frame) == ["direct"]
    meanings = scenario.load("midwest-2016")
    own = designs.frames(meanings, tables.load)["p1"]
    assert len(innocent.definitions(meanings, designs.county.DESIGN, own)) > 3


def test_more_votes_than_were_counted_there_were_not_switched() -> None:
    s = scenario.load("midwest-2016")
    on = s.treatment.primary
    names = dict.fromkeys(s.treatment.readings, 0.0) | {on: [1.0, 0.0]}
    few = pd.DataFrame({"harmed": [10, 0], "favoured": [20, 500], "total": [30, 500], **names})
    sizes = s.designs.sizes if s.designs else {}
    there = witnesses.settled(s, few, sizes["decisive"])
    assert there == {"there": f"20 votes for {s.parties.favoured.candidate}"}
    assert not witnesses.settled(s, few, sizes["seven_points"])
    assert not witnesses.settled(s, few.assign(**{on: [1.0, 1.0]}), sizes["decisive"])
    other = few.assign(favoured=[1, 2], total=[11, 2])
    assert witnesses.settled(s, other, sizes["decisive"]) == {"won": s.parties.harmed.candidate}
    roles = {
        **{n: {"a": Value(0)} for n in ("speak", "rule_out", "show", "silent")},
        **{"paper": {"a": Value("no paper")}, "there": {"a": Value("20 votes for B")}},
    }
    found = verdict.two_witnesses.decide(roles, {}, "parts")
    assert found.word is Word.OUT_COUNTS
    assert "Only 20 votes for B were counted where the machines are" in found.counts


def test_of_ways_that_differ_each_is_told() -> None:
    known: dict[str, Value] = {}
    for size, show in (("a", 0), ("b", 1)):
        stem = f"designs.witness.wi.{size}."
        numbers = {"speak": show, "rule_out": 0, "show": show, "silent": 1 - show}
        known |= {stem + part: Value(n) for part, n in numbers.items()}
        known |= {stem + "paper": Value("no paper"), stem + "mute": Value(1 - show)}
        known[f"designs.verdict.{size}"] = Value("", label=f"size {size}")
    told = verdict.ways(known, "WI", ["a", "b"])
    assert [(label, o.word) for label, o in told] == [
        ("size a", Word.CANNOT_BE_TESTED),
        ("size b", Word.HOLDS_COUNTS),
    ]
    assert verdict.ways(known, "WI", ["a"]) == []


def test_an_estimate_may_fall_short_of_the_size_that_its_wide_interval_holds() -> None:
    known = {
        "designs.p1.size.a": Value(12.0),
        "designs.p1.estimate": Value(-8.5, lo=-11.0, hi=-6.0),
        "designs.p1.bound": Value(10.6),
    }
    assert falls_short(known, ["a"])
    assert not goes_beyond(known, ["a"])
    known["designs.p1.bound"] = Value(12.1)
    assert not falls_short(known, ["a"]), "one-sided, as everywhere"
    known["designs.p1.estimate"] = Value(-15.0, lo=-17.5, hi=-12.5)
    assert goes_beyond(known, ["a"])


def test_what_does_not_rule_a_size_out_may_find_harm() -> None:
    rows = {"estimate": [-3.0, -0.1, -2.0], "lo": [-4, -0.5, -4.5], "hi": [-2, 0.3, 0.5]}
    frame = pd.DataFrame(rows).assign(
        mde=1.0, se=1.0, bound=[3.9, 0.4, 4.0], **{"size.decisive": 2.0}
    )
    [found] = power.seen(frame, ["decisive"]).to_dict("records")
    assert found == {
        "size": "decisive", "n": 3, "sees": 3, "excludes": 1, "smaller": 0, "harmful": 1
    }  # fmt: skip
    frame["hi"] = -0.01
    assert power.seen(frame, ["decisive"])["smaller"].tolist() == [1]
    assert power.worst(frame.assign(se=[3.0, 1.0, 0.1]), "t").name == 2
    assert power.worst(frame, "estimate").name == 0


def test_doubles_of_a_definition_are_counted_once() -> None:
    s = scenario.load("midwest-2016")
    frame = designs.frames(s, tables.load)["p1"]
    lead = s.designs.counties.treatment if s.designs else ""
    twin = frame.assign(again=frame[lead])
    own = county.models(
        {"WI": twin}, {"WI": [lead, "again", "dre_share_ballots"]}, s.designs, focus="WI",
        leading=lead, held=("race", ["white_nh"]), dose="dre_share_ballots",
    )["WI"]  # fmt: skip
    assert own.definitions == [lead, "dre_share_ballots"]


def test_definitions_that_name_the_same_counties_are_one_combination() -> None:
    counties = {"WI": pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [1.0, 0.0]})}
    rows = [("WI", d, "change_two_party", "none", "remains") for d in "abc"]
    fates = pd.DataFrame(rows, columns=["place", "definition", "outcome", "weights", "fate"])
    found = compare.once(fates, counties, {"WI": ["a", "b", "c"]})
    assert compare.ways(found, "WI") == (2, 2, 0, 0)
    assert compare.ways(compare.once(fates, counties, {"WI": ["a"]}), "WI").n == 1, "its machines"
    assert compare.once(fates[:0], counties, {}).empty
