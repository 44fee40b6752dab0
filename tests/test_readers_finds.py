"""What readers of other settings and of strangers' books found, each as a small case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from test_yours import YEAR, good, machines, told, written

from sevenpercent.claims import witnesses as verdict
from sevenpercent.claims.words import Word
from sevenpercent.data import tables
from sevenpercent.data.readers import lines
from sevenpercent.errors import InputError, RefusedError
from sevenpercent.model import scenario
from sevenpercent.model.results import Value
from sevenpercent.own import draft, new
from sevenpercent.run.execute import run_alone
from sevenpercent.stats import compare, designs, witnesses
from sevenpercent.stats.sensitivity import power
from sevenpercent.stats.steps import falls_short
from sevenpercent.stats.witnesses import counts, innocent

CELL = {"size": "a", "where": "places", "pattern": "spread", "how": "switched", "design": "p1"}


def cells(*rows: Mapping[str, object]) -> pd.DataFrame:
    """Cells as :func:`.counts.heard` gives them: each may speak unless a row says otherwise."""
    plain = {**CELL, "definition": "x", "finds": 0.9, "able": True, "says": counts.SHOWS}
    return pd.DataFrame([{**plain, **row} for row in rows])


FIFTH = {"pattern": "fifth", "design": "p6"}
UNHEARD = {"able": False, "says": "", "finds": 0.5}


def line(frame: pd.DataFrame) -> str:
    said = counts.together(frame)
    n = {k: v for k, v in said._asdict().items() if k not in ("answer", "flips", "by")}
    return verdict.counts_line(n, said.answer, "; ".join(said.flips))


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
    few = pd.DataFrame({"harmed": [10, 0], "favoured": [20, 500], **names})
    sizes = s.designs.sizes if s.designs else {}
    there = witnesses.settled(s, few, sizes["decisive"])
    assert there == {"there": f"20 votes for {s.parties.favoured.candidate}"}
    assert not witnesses.settled(s, few, sizes["seven_points"])
    assert not witnesses.settled(s, few.assign(**{on: [1.0, 1.0]}), sizes["decisive"])
    other = few.assign(favoured=[1, 2])
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
    }
    assert falls_short(known, ["a"])
    known["designs.p1.estimate"] = Value(-8.5, lo=-12.5, hi=-6.0)
    assert not falls_short(known, ["a"])


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


# --- what is refused, and what is read ----------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"multiverse.race": [[]]}, "does not adjust for race"),
        ({"multiverse.race": [["college"]]}, "does not adjust for race"),
        ({"multiverse.education": [["white_nh"]]}, "does not adjust for education"),
        ({"validity.most_size": 0.5}, "less than or equal to 0.1"),
        ({"validity.least_coverage": 0.5}, "greater than or equal to 0.9"),
        ({"validity.concentrated": 0.9}, "less than or equal to 0.5"),
    ],
)
def test_limits_that_would_make_the_words_untrue_are_refused(
    settings: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        scenario.load("midwest-2016", settings)


def test_a_day_that_yaml_reads_as_a_date_is_a_day() -> None:
    s = scenario.load("texas-2024", {"claim.reported": "2024-11-30"})
    assert s.claim.reported == "2024-11-30"


def test_a_chapter_that_refuses_a_setting_ends_with_status_2(tmp_path: Path) -> None:
    s = scenario.load("midwest-2016", {"claim.percent": 60})
    with pytest.raises(RefusedError, match="choose a smaller size") as error:
        run_alone(s, "gap", tmp_path / "gap.ipynb")
    assert error.value.exit_code == 2


def test_a_cell_beyond_the_header_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("fips,dem,rep\n01001,1,2\n01003,3,4,5\n01005,5,6\n")
    with pytest.raises(InputError, match="more cells than the header") as error, lines.opened(path):
        pass
    assert (error.value.row, error.value.value) == (3, "5")
    path.write_text("fips,dem,rep\n01001,1,2,\n01003,3,4,\n")
    with lines.opened(path) as file:
        assert file.columns == ("fips", "dem", "rep")


def asked(home: Path, **more: object) -> None:
    held = written(more.pop("rows", good()), home / "votes.csv")  # type: ignore[arg-type]
    new.create(told(home, held, written(machines(), home / "machines.csv"), **more), force=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rep": "A. Ash"}, "both candidates have one name"),
        ({"adjective": " "}, "--adjective is empty"),
        ({"margin": -5}, "a margin is a number of votes"),
        ({"reported": "yesterday"}, "no day since the election"),
        ({"reported": f"{YEAR - 1}-11-20"}, "no day since the election"),
        ({"model": "favoured_change ~ machines"}, "nobody is named"),
        ({"nearest": "favoured_change ~ machines"}, "no votes are claimed"),
    ],
)
def test_what_no_sentence_can_be_made_of_is_refused(
    home: Path, more: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        asked(home, **more)
    assert not list((home / "scenarios").iterdir())


def test_claimed_votes_need_an_earlier_election_of_the_office(home: Path) -> None:
    rows = good().assign(office="US SENATE")
    with pytest.raises(InputError, match=r"no earlier election of U\.S\. Senator"):
        asked(home, rows=rows, office="US SENATE", claimed=0.0, claimed_votes="3000")
    assert not list((home / "scenarios").iterdir())


def test_president_by_another_name_is_no_other_office(home: Path) -> None:
    asked(home, rows=good().assign(office="US PRESIDENT"), office="US PRESIDENT")
    made = scenario.load("mine")
    assert (made.office, made.prior_office) == ("", "")
    assert made.designs is not None


def test_a_claimed_loss_is_negative_in_numbers_of_the_harmed_side(home: Path) -> None:
    for outcome, expected in (("harmed_change", -4.0), ("favoured_change", 4.0)):
        asked(home, model=f"{outcome} ~ machines", who="A. Author")
        made = (home / "scenarios" / "mine" / "published.yml").read_text()
        assert f"published: {expected}" in made


def test_a_margin_against_who_won_is_a_warning(home: Path) -> None:
    from sevenpercent.own import own_rules

    asked(home, margin=5000)
    s = scenario.load("mine")
    swapped = s.model_copy(
        update={"parties": s.parties.model_copy(
            update={"harmed": s.parties.favoured, "favoured": s.parties.harmed})}
    )  # fmt: skip
    votes = tables.load("county_votes", home / "data" / "mine")
    found = [own_rules.won_after_all(votes, one) for one in (s, swapped)]
    assert sorted(len(f) for f in found) == [0, 1]


def test_names_of_machines_are_read_as_they_are_written(home: Path) -> None:
    own = machines().rename(columns={"touchscreen": "value"}).assign(reading="Touch Screens (new)")
    path = written(own, home / "machines.csv")
    given = told(home, written(good(), home / "votes.csv"), path, columns={})
    new.create(given, force=True)
    assert list(scenario.load("mine").treatment.readings) == ["touch_screens_new"]
    written(own.assign(reading="<<>>"), path)
    with pytest.raises(InputError, match="no letter or digit") as error:
        new.create(replace(given), force=True)
    assert error.value.row == 2


def test_shares_of_two_makes_are_two_machines() -> None:
    fips = [f"{i:05d}" for i in range(10)]
    share = pd.Series([i / 10 for i in range(10)])
    parts = {"a": share, "b": 0.9 - share, "half": share / 2}
    rows = [pd.DataFrame({"fips": fips, "reading": n, "value": v}) for n, v in parts.items()]
    every = pd.concat(rows)
    assert draft._elsewhere("b", "a", every)
    assert not draft._elsewhere("half", "a", every)


def test_the_nation_is_shown_with_a_state_that_can_be_compared() -> None:
    rows = [("AK", f"02{i:03d}", 1.0) for i in range(9)]
    rows += [("GA", f"13{i:03d}", float(i % 2)) for i in range(9)]
    assert new._evenest(pd.DataFrame(rows, columns=["state", "fips", "value"])) == ["GA"]


def test_doubles_of_a_definition_are_counted_once() -> None:
    from sevenpercent.stats.sensitivity import county

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
