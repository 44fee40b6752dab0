"""Findings of the first chapters: which keys there are, and what planted data do to them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model.places import county_frame, readings
from sevenpercent.model.results import Results
from sevenpercent.stats import certified, compare, gap, steps
from sevenpercent.study import cells

Tables = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def book() -> scenario.Scenario:
    return scenario.load()


def few(book: scenario.Scenario) -> scenario.Scenario:
    return book.model_copy(update={"redraw": book.redraw.model_copy(update={"draws": 9})})


@pytest.fixture(scope="module")
def gaps(book: scenario.Scenario) -> cells.Executed:
    return cells.run("gap", few(book), tables.load, lambda name: Results())


@pytest.fixture(scope="module")
def electors(book: scenario.Scenario) -> cells.Executed:
    return cells.run("electoral", book, tables.load, lambda name: Results())


def with_table(name: str, frame: pd.DataFrame) -> Tables:
    return lambda wanted: frame if wanted == name else tables.load(wanted)


def test_every_raw_gap_of_every_place_has_its_interval(
    book: scenario.Scenario, gaps: cells.Executed
) -> None:
    known = gaps.variables["gaps"].set_index(["place", "definition", "outcome", "part"])
    for place in [*book.states, "US"]:
        frame = county_frame(book, tables.load, place)
        for reading in readings(book, frame, place):
            for outcome in book.outcome.shown:
                for how in gap.AGGREGATIONS:
                    row = known.loc[(place, reading, outcome, how)]
                    assert row["lo"] <= row["estimate"] <= row["hi"]
                    told = how != "pooled" or outcome in ("level_two_party", "change_two_party")
                    if (
                        place == book.focus and told
                    ):  # of other outcomes pooled gaps are not published
                        assert f"gap.{place.lower()}.{reading}.{outcome}.{how}" in gaps.results


def test_planted_loss_moves_the_gap(book: scenario.Scenario, gaps: cells.Executed) -> None:
    votes = tables.load("county_votes")
    frame = county_frame(book, tables.load, book.focus)
    treated = set(frame.loc[frame[book.treatment.primary] > 0, "fips"])
    hit = votes["fips"].isin(treated) & (votes["year"] == book.year)
    lost = (votes["dem"] * 0.07).round().astype("int64").where(hit, 0)
    planted = votes.assign(dem=votes["dem"] - lost, rep=votes["rep"] + lost)
    found = cells.run("gap", few(book), with_table("county_votes", planted), lambda name: Results())
    key = f"gap.{book.focus.lower()}.{book.treatment.primary}.change_two_party.mean"
    before, after = (float(str(f.results[key].value)) for f in (gaps, found))
    assert -4.5 < after - before < -2  # seven percent of a share of 30 to 60 points


def test_one_vote_changes_the_margin(book: scenario.Scenario, electors: cells.Executed) -> None:
    votes = tables.load("county_votes")
    row = votes.index[
        (votes["state"] == book.focus)
        & (votes["year"] == book.year)
        & (votes["vintage"] == "canvass")
    ][0]
    planted = votes.copy()
    planted.loc[row, "rep"] += 1
    found = cells.run(
        "electoral", book, with_table("county_votes", planted), lambda name: Results()
    )
    key = f"electoral.margin.{book.focus.lower()}.canvass"
    assert found.results[key].value == int(str(electors.results[key].value)) + 1


def test_electoral_totals(electors: cells.Executed) -> None:
    value = {k: v.value for k, v in electors.results.items()}
    assert value["electoral.majority"] == value["electoral.total"] // 2 + 1  # type: ignore[operator]
    for where, rest in (
        ("reported", "unassigned"),
        ("final.pledged", "other"),
        ("final.cast", "other"),
    ):
        votes = [value[f"electoral.{where}.{name}"] for name in ("dem", "rep", rest)]
        assert sum(int(str(v)) for v in votes) == value["electoral.total"]
    assert value["electoral.outcomes.all"] == 8
    assert value["electoral.outcomes.nobody"] == 0
    assert value["electoral.outcomes.nobody.cast"] == 1


def test_fate_of_a_difference(book: scenario.Scenario) -> None:
    base = {
        "place": "WI",
        "definition": "r",
        "outcome": "change_two_party",
        "weights": "none",
        "n": 72,
    }
    rows = [{**base, "controls": "none", "estimate": -6.0, "lo": -8.0, "hi": -4.0}]

    def fate(estimate: float, lo: float, hi: float) -> str:
        held = {**base, "controls": book.held, "estimate": estimate, "lo": lo, "hi": hi}
        grid = pd.DataFrame([*rows, held])
        return str(compare.fates(grid, book.held, float(book.claim.percent or 0))["fate"].iloc[0])

    assert fate(-2, -3, -1) == "remains"
    assert fate(-0.5, -2, 1) == "gone"
    assert fate(-3, -6.5, 0.2) == "open"  # holds the raw difference
    assert fate(0, -4, 4) == "open"  # wider than the claim


def test_certified_totals_are_reconciled(book: scenario.Scenario) -> None:
    found = certified.reconcile(tables.load("county_votes"), tables.load("certified_totals"))
    own = found[found["place"].isin(book.states)]
    assert len(own) >= 8
    assert own[["dem_difference", "rep_difference"]].eq(0).all(axis=None)
    assert own["exact"].all()
    votes = tables.load("county_votes")
    votes.loc[votes["state"] == book.focus, "dem"] += 1
    moved = certified.reconcile(votes, tables.load("certified_totals"))
    here = moved[moved["place"] == book.focus]
    assert (here["dem_difference"] > 0).all()  # ours minus the certified one
    assert not here["exact"].any()
    gone = certified.reconcile(votes, tables.load("certified_totals").assign(rep=None))
    assert gone["rep_difference"].isna().all()
    assert not gone["exact"].any()
    assert not certified.differences(gone)["key"].str.endswith(".rep").any()


def test_corrections_of_other_elections_are_no_business_of_a_book() -> None:
    every = tables.load("corrections")
    own = certified.concerning(every, {2016}, ["WI"])
    assert set(own["state"]) == {"WI"}
    assert set(own["year"]) == {2016}
    assert len(own) < len(certified.concerning(every, {2016}, None)) < len(every)
    assert certified.reasons(own)["cells"].sum() == len(own)


def test_first_page_names_what_hurts_most() -> None:
    lead = {"place": "WI", "outcome": "change_two_party", "controls": "race", "errors": "hc2"}
    stem, tail = "controls.wi", "change_two_party.race.none.hc2"
    known = Results()
    known.add(f"{stem}.half.{tail}", -1.0, lo=-2.0, hi=-0.2)
    known.add(f"{stem}.dose.{tail}", -3.0, lo=-5.0, hi=-1.0)
    known.add(f"{stem}.any.{tail}", -9.0, lo=-20.0, hi=2.0)
    known.add("gap.wi.any.level_two_party.mean", -9.5, lo=-12.0, hi=-7.0)
    found = steps.steps(known, ["half", "dose", "any"], definition="any", **lead).set_index("step")
    assert list(found.index) == ["raw", "held", "hurts"]
    assert found.loc["hurts", "definition"] == "dose"
    assert found.loc["held", "estimate"] == -9.0
    assert found.loc["raw", "outcome"] == "level_two_party"
    none = steps.steps(known, ["any"], definition="any", **lead)
    assert "hurts" not in set(none["step"])
    assert steps.steps(Results(), ["any"], definition="any", **lead).empty
