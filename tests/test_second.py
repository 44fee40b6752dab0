"""Every published number of gap, controls and electoral against a second implementation."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from second import plain

from sevenpercent.data import tables
from sevenpercent.model import frames, scenario
from sevenpercent.model.results import Results, Value
from sevenpercent.stats import electoral, gap, spatial
from sevenpercent.stats import regression as controls
from sevenpercent.study import cells

SAME: Any = {"rel": 1e-9, "abs": 1e-9}


@cache
def book() -> scenario.Scenario:
    return scenario.load(scenario.DEFAULT)


@cache
def places() -> dict[str, list[plain.County]]:
    sides = book().parties
    every = plain.counties(
        book().year,
        book().prior_year,
        book().treatment.vintage,
        book().treatment.version,
        sides.harmed.party,
        sides.favoured.party,
    )
    by_state = {
        s.lower(): [c for c in every if c["state"] == s] for s in {c["state"] for c in every}
    }
    return {"us": every, **by_state}


def agree(value: Value, n: int, estimate: float, se: float, df: float) -> None:
    assert value.n == n
    assert value.value == pytest.approx(estimate, **SAME)
    assert value.se == pytest.approx(se, **SAME)
    assert (value.lo, value.hi) == pytest.approx(plain.interval(estimate, se, df), **SAME)


@pytest.fixture(scope="module")
def controls_results() -> dict[str, Value]:
    return dict(cells.run("controls", book(), tables.load, lambda name: Results()).results)


def test_every_regression(controls_results: dict[str, Value]) -> None:
    checked = 0
    for key, value in controls_results.items():
        parts = key.split(".")
        if len(parts) != 7:
            continue
        _, place, reading, outcome, names, weights, errors = parts
        found = plain.model(
            places()[place],
            reading,
            outcome,
            book().controls[names],
            weights,
            errors,
            effects=place == "us",
        )
        agree(value, *found)
        checked += 1
    shown = len(book().outcome.shown) * len(book().controls) * len(book().weights)
    assert checked > shown, "each reading comes with every outcome, control set and weighting"


def test_every_declared_model(controls_results: dict[str, Value]) -> None:
    for m in book().models:
        used = places()[m.place.lower()]
        if m.population_floor:
            used = [c for c in used if c.get("population", 0) >= m.population_floor]
        found = plain.model(
            used,
            m.reading,
            m.outcome,
            book().controls[m.controls],
            m.weights,
            m.errors,
            effects=m.effects == "state",
        )
        agree(controls_results[f"controls.model.{m.id}"], *found)


@pytest.fixture(scope="module")
def gap_results() -> dict[str, Value]:
    few = book().model_copy(update={"redraw": book().redraw.model_copy(update={"draws": 99})})
    return dict(cells.run("gap", few, tables.load, lambda name: Results()).results)


def test_every_raw_gap(gap_results: dict[str, Value]) -> None:
    checked = 0
    for key, value in gap_results.items():
        parts = key.split(".")
        if len(parts) != 5 or parts[3] not in gap.OUTCOMES:
            continue
        _, place, reading, outcome, aggregation = parts
        used = plain.complete(places()[place], [reading, outcome])
        if aggregation == "mean":
            if place == "us":
                # The full hat matrix of the nation is too large: the two-group formulas instead.
                d, y = plain.column(used, reading), plain.column(used, outcome)
                slope = np.polyfit(d, y, 1)[0]
                assert value.value == pytest.approx(100 * slope, **SAME)
            else:
                agree(value, *plain.model(used, reading, outcome, [], "none", "hc2_bm"))
        else:
            estimate = plain.pooled(used, reading, outcome)
            assert value.value == pytest.approx(estimate, **SAME)
            if place != "us":
                agree(value, len(used), estimate, *plain.pooled_error(used, reading, outcome))
        checked += 1
    assert checked > 2 * len(book().outcome.shown)


def test_every_size_in_votes(gap_results: dict[str, Value]) -> None:
    checked = 0
    for key, value in gap_results.items():
        parts = key.split(".")
        if len(parts) != 6 or parts[3] not in ("votes", "size"):
            continue
        _, place, reading, kind, name, how = parts
        used = plain.complete(places()[place], [reading])
        dose = plain.column(used, reading)
        h, f, t = (float(dose @ plain.column(used, c)) for c in "hft")
        unit = gap.CLAIMED.get(name, name)
        if kind == "votes":
            expected = plain.votes_of(unit, -float(book().claim.percent or 0), h, f, t, how)
        else:
            expected = plain.size(unit, float(book().claim.votes or 0), h, f, t, how)
        assert value.value == pytest.approx(expected, **SAME)
        checked += 1
    assert checked > 0


def test_every_combination_of_states() -> None:
    done = cells.run("electoral", book(), tables.load, lambda name: Results())
    found, ways = done.results, {False: done.variables["ways"], True: done.variables["cast"]}
    ours, theirs = book().parties.harmed.party, book().parties.favoured.party
    for cast in (False, True):
        for changed, (us, them, rest) in plain.combinations(
            book().flips, cast, ours, theirs
        ).items():
            names = "_".join(s.lower() for s in book().flips if s in changed) or "nothing"
            of = (
                ways[cast]
                .set_index("changed")
                .loc["+".join(s for s in book().flips if s in changed)]
            )
            assert (of["harmed"], of["favoured"], of["rest"]) == (us, them, rest)
            total = us + them + rest
            leads = "harmed" if 2 * us > total else "favoured" if 2 * them > total else "nobody"
            assert of["outcome"] == leads
            if not cast:
                assert found[f"electoral.flip.{names}.{ours}"].value == us
                side = {"harmed": ours, "favoured": theirs}.get(leads, leads)
                assert found[f"electoral.flip.{names}.outcome"].value == side
    states = plain.rows("states")
    delegations = plain.rows("house_delegations")
    assert found[f"electoral.house.{ours}"].value == sum(r[ours] > r[theirs] for r in delegations)
    assert found["electoral.house.needed"].value == len(delegations) // 2 + 1
    for state in book().flips:
        row = next(r for r in states if r["state"] == state)
        switched = 0
        while row[ours] + switched <= row[theirs] - switched:
            switched += 1
        assert found[f"electoral.switched.{state.lower()}"].value == switched


def test_every_ballot_by_method(gap_results: dict[str, Value]) -> None:
    reading, place = book().treatment.primary, book().focus.lower()
    electronic = {c["fips"]: c.get(reading, plain.NAN) for c in places()[place]}
    for side, wanted in (("electronic", [1.0]), ("paper", [0.0]), ("all", [0.0, 1.0])):
        dre = total = 0
        for row in plain.rows("wi_units"):
            if electronic[row["fips"]] in wanted and row["ballots_dre"] is not None:
                dre, total = dre + row["ballots_dre"], total + row["ballots_total"]
        where = f"gap.{place}.ballots.{side}"
        if side == "all":
            assert gap_results[f"{where}.ballots_dre"].value == dre
        assert gap_results[f"{where}.dre_share"].value == pytest.approx(dre / total, **SAME)
    assert gap_results[f"gap.{place}.ballots.all.ballots_dre"].value == 299_503, "as published"


def test_morans_i_of_a_real_map() -> None:
    used = plain.complete(places()["wi"], ["any_dre_vv"])
    known = {c["fips"]: c["any_dre_vv"] for c in used}
    mean = sum(known.values()) / len(known)
    near: dict[str, list[str]] = {}
    for row in plain.rows("county_neighbours"):
        if row["fips"] in known and row["neighbour"] in known:
            near.setdefault(row["fips"], []).append(row["neighbour"])
    top = sum(
        (known[a] - mean) * sum(known[b] - mean for b in others) / len(others)
        for a, others in near.items()
    )
    expected = top / len(near) * len(known) / sum((v - mean) ** 2 for v in known.values())
    weights = spatial.neighbour_weights(list(known), tables.load("county_neighbours"))
    found = spatial.morans_i(np.array(list(known.values())), weights)
    assert float(found) == pytest.approx(expected, **SAME)


@pytest.mark.parametrize("errors", ["classical", "hc1", "hc2", "hc2_bm", "hc3", "cr1", "cr3"])
@pytest.mark.parametrize("weights", ["none", "votes", "population"])
def test_every_kind_of_error(errors: Any, weights: str) -> None:
    states = ["WI", "PA"]
    frame = frames.county_frame(
        tables.load("county_votes"),
        tables.load("county_equipment"),
        tables.load("county_demographics"),
        year=book().year,
        prior_year=book().prior_year,
        states=states,
    )
    frame["block"] = frame["fips"].str[:4]
    found = controls.fit(
        frame,
        "change_two_party",
        "any_dre_vv",
        ["white_nh", "college", "log_density"],
        frames.WEIGHTS[weights],
        errors,
        cluster="block",
    ).scaled(100)
    both = [{**c, "state": c["fips"][:4]} for s in states for c in places()[s.lower()]]
    n, estimate, se, df = plain.model(
        sorted(both, key=lambda c: str(c["fips"])),
        "any_dre_vv",
        "change_two_party",
        ["white_nh", "college", "log_density"],
        weights,
        errors,
    )
    assert found.n == n
    assert found.estimate == pytest.approx(estimate, **SAME)
    assert (found.se, found.df) == pytest.approx((se, df), **SAME)


# Published figures ------------------------------------------------------------------------------


def test_the_tally_as_reported_and_as_it_ended() -> None:
    states = tables.load("states")
    assert electoral.tally(states, "reported") == electoral.Tally(232, 290, 16)
    assert electoral.tally(states) == electoral.Tally(232, 306, 0)
    assert electoral.tally(states, "cast") == electoral.Tally(227, 304, 7)
    assert electoral.tally(states).majority == 270
    house = electoral.house_vote(tables.load("house_delegations"))
    assert (house.favoured, house.harmed, house.divided, house.needed) == (32, 17, 1, 26)


def test_the_regressions_of_a_rebuttal_of_the_same_week() -> None:
    table = tables.load("replications_wi_counties")
    now, before = (table[f"dem_{y}"] / table[f"total_{y}"] for y in (2016, 2012))
    table["loss"] = before - now
    table["turnout"] = table["total_2016"] - table["total_2012"]
    table["log_population"] = np.log(table["population"].astype(float))
    alone = controls.fit(table, "loss", "paper", errors="classical")
    assert round(alone.estimate, 3) == -0.050
    assert round(alone.se, 3) == 0.010
    assert round(alone.coefficients["constant"], 3) == 0.118
    assert round(alone.r2, 3) == 0.276
    traits = ["white", "black", "college", "log_population"]
    held = controls.fit(table, "loss", "paper", traits, errors="classical")
    assert (round(held.estimate, 3), round(held.se, 3)) == (-0.003, 0.007)
    assert round(held.r2, 3) == 0.754
    turnout = controls.fit(table, "turnout", "paper", traits, errors="classical")
    assert (round(turnout.estimate, 1), round(turnout.se, 1)) == (-579.9, 1060.8)
    black = controls.fit(
        table,
        "turnout",
        "black",
        ["paper", "white", "college", "log_population"],
        errors="classical",
    )
    assert (round(black.estimate, 1), round(black.se, 1)) == (-2467.1, 161.2)


def test_the_wisconsin_model_of_another() -> None:
    table = tables.load("replications_us_counties")
    table = table[table["state"] == "WI"].copy()
    table["republican"] = table["rep"] / (table["rep"] + table["dem"])
    table["log_population"] = np.log(table["population"].astype(float))
    table["electronic"] = table["electronic"].astype(pd.Float64Dtype())
    found = controls.fit(
        table,
        "republican",
        "electronic",
        ["log_population", "unemployment", "college", "white"],
        errors="classical",
    )
    assert (round(found.estimate, 4), round(found.se, 4)) == (0.0443, 0.0219)
    assert round(found.estimate / found.se, 2) == 2.02
