"""The methods chapter's numbers: fewer draws of the book's designs, and a book of counties alone."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.numbers import pick
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import designs
from sevenpercent.stats.validity import elections
from sevenpercent.stats.validity.elections import Elections
from sevenpercent.stats.validity.trial import of_designs
from sevenpercent.study import cells

FEWER = {"validity.draws": 1200, "validity.draws_rule": 400, "validity.shares": [0.05]}
ALONE = {
    "tables.municipalities": None,
    "tables.units": None,
    "designs.municipalities": None,
    "designs.same_ballots": None,
    "chapters": ["methods"],
}


@cache
def book(alone: bool = False) -> Scenario:
    return scenario.load(overrides={**FEWER, **(ALONE if alone else {})})


def computed(s: Scenario) -> cells.Executed:
    return cells.run("methods", s, tables.load, lambda name: Results())


@cache
def found(alone: bool = False) -> cells.Executed:
    return computed(book(alone))


def drawn(s: Scenario) -> Elections:
    frames = designs.frames(s, tables.load)
    towns, units = frames.get("p2"), frames.get("p4")
    points = tables.load(s.tables.points)
    return elections.draw(
        of_designs(s, frames), towns, units, points, s.sensitivity.dose, s.validity
    )


def number(key: str, alone: bool = False) -> float:
    value: Any = found(alone).results[f"methods.{key}"].value
    return float(value)


def planted(harm: str, design: str, column: str) -> float:
    """What the design made of a harm that was spread evenly; only the middle ones are published."""
    row = pick(found().variables["planted"], harm=harm, pattern="uniform", design=design)
    return float(getattr(row, column))


def test_every_test_is_near_its_level_where_its_errors_are_right() -> None:
    for key in ("p1.field", "p2.flips", "p3.flips", "p4.flips"):
        for side in ("two_sided", "harm", "gain"):
            assert 0.02 < number(f"size.{key}.{side}") < 0.09


def test_one_sided_rejections_add_up_to_more_than_two_sided_ones() -> None:
    for key in ("p1.km25", "p1.km120", "p3.flips"):
        sides = number(f"size.{key}.harm") + number(f"size.{key}.gain")
        assert sides >= number(f"size.{key}.two_sided")


def test_switched_ballots_are_estimated_as_they_were_done() -> None:
    for design in ("p2", "p3"):
        assert planted("switched_5", design, "truth") == pytest.approx(-5)
        assert planted("switched_5", design, "size") == pytest.approx(5)
        assert planted("switched_5", design, "bias") == pytest.approx(0, abs=0.15)
        assert planted("switched_5", design, "coverage") > 0.92
    assert planted("seven_points", "p1", "bias") == pytest.approx(0, abs=0.1)


def test_sizes_are_those_of_the_designs_chapter() -> None:
    s = book()
    frames = designs.frames(s, tables.load)
    fitted = designs.fit_all(s, frames, neighbours=False)
    asked = designs.put(s, frames, fitted)
    for name in ("decisive", "thirty_thousand"):
        own = pick(asked, design="p1", size=name)
        assert planted(name, "p1", "size") == pytest.approx(own.amount)


def test_designs_that_share_ballots_err_together_and_counties_apart() -> None:
    for name in ("p2", "p3"):
        assert abs(number(f"shared.{name}")) < 0.3
    assert "methods.shared.p2" not in found(alone=True).results
    noise = drawn(book()).noise
    both = np.corrcoef(noise["p2"][0], noise["p3"][0])
    assert both[0, 1] > 0.3


def test_cells_that_fail_are_those_beyond_the_limits() -> None:
    fails, v = found().variables["cells"], book().validity
    beyond = np.where(
        fails["above"], fails["value"] > fails["limit"], fails["value"] < fails["limit"]
    )
    assert (fails["fails"] == beyond).all()
    assert number("fails") == beyond.sum()
    assert set(fails["limit"]) == {v.most_size, v.least_coverage}


def test_limits_decide_what_fails() -> None:
    strict = {**FEWER, **ALONE, "validity.most_size": 0.05, "validity.ranges_km": [60]}
    results = computed(scenario.load(overrides=strict)).results
    assert number("fails.gain", alone=True) == 3
    assert results["methods.fails.gain"].n == 2


def test_the_same_seed_gives_the_same_numbers() -> None:
    again = computed(book(alone=True)).results
    assert again == found(alone=True).results
    other = scenario.load(overrides={**FEWER, **ALONE, "validity.seed": 1})
    assert computed(other).results != again


def test_a_book_of_counties_has_the_county_design_alone() -> None:
    results = found(alone=True).results
    assert not any(".p2." in key or ".p4." in key or ".places." in key for key in results)
    assert "methods.size.p1.field.two_sided" in results
    assert "methods.explained" not in results


def test_harm_strikes_ballots_where_a_table_counts_them() -> None:
    dose = drawn(book(alone=True)).machines
    change = {**FEWER, **ALONE, "sensitivity.dose": None}
    every = drawn(scenario.load(overrides=change)).machines
    assert 0.1 * every.total < dose.total < 0.6 * every.total


def test_without_designs_there_is_nothing_to_try() -> None:
    lacking = scenario.load(overrides={"designs": None, "chapters": ["index", "methods"]})
    assert lacking.left_out == {"methods": "the scenario declares no designs"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"validity.draws_rule": 20_000}, "draws_rule 20000 is more than draws 10000"),
        ({"validity.draws": 10}, "validity.draws"),
        ({"validity.shares": []}, "validity.shares"),
        ({"validity.share": [0.1]}, "Did you mean 'shares'"),
        ({"validity.concentrated": 1.5}, "validity.concentrated"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(
    change: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        scenario.load(overrides=change)


def test_results_hold_no_number_that_is_not_finite() -> None:
    results: Results = found().results
    assert all(v.value is not None for v in results.values())
