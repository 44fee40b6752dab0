"""Grid files: what is wrong in one is said with its line, and what is right is crossed in order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sweep_faults import cells, written

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.model import scenario as scenarios
from sevenpercent.run.sweep import grid as grids
from sevenpercent.run.sweep.narrow import narrowed

TEXT = """id: small
scenarios: [midwest-2016]
states: [WI]
vary:
  treatment.primary: [any_dre_vv, dre_only]
  redraw.draws: [99, 199]
chapters: [gap]
"""


@pytest.mark.parametrize(
    ("old", "new", "row", "message"),
    [
        ("vary:", "varies:", 4, "Did you mean 'vary'?"),
        ("treatment.primary", "treatment.primry", 5, "Did you mean 'primary'?"),
        ("redraw.draws", "redrw.draws", 6, "Did you mean 'redraw'?"),
        ("midwest-2016", "midwest-2015", 2, "Did you mean 'midwest-2016'?"),
        ("[midwest-2016]", "[midwest-2016, midwest-2016]", 2, "a scenario stands twice"),
        ("[WI]", "[WI, XX]", 3, "unknown state"),
        ("[WI]", "WI", 3, "must be a list, or the word own"),
        ("[WI]", "[WI, WI]", 3, "stands twice"),
        ("[gap]", "[gpa]", 7, "Did you mean 'gap'?"),
        ("[gap]", "[]", 7, "at least 1 item"),
        ("[99, 199]", "[99, 99]", 6, "a value stands twice"),
        ("[99, 199]", "99", 6, "valid list"),
        ("[99, 199]", "[]", 6, "at least 1 item"),
        ("states: [WI]", "years: [2015]", 3, "no votes of this year"),
        ("states: [WI]", "readings: [any_dre_w]", 3, "Did you mean 'any_dre_wec'?"),
        ("states: [WI]", "set: {redraw.draws: 99}", 6, "both set and varied"),
        ("states: [WI]", "simulate: {plant: [0], seeds: 0}", 3, "greater than or equal to 1"),
        ("states: [WI]", "simulate: {seeds: 1, noise: 2}", 3, "unknown grid key"),
        ("states: [WI]", "simulate: {seeds: 1000000}", None, "too many cells"),
        ("id: small", "id: small\nid: small", 2, "a key stands twice"),
        ("id: small", "id: [", None, "not valid YAML"),
        ("id: small", "title: x", None, "a grid key is missing"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, row: int | None, message: str
) -> None:
    path = tmp_path / "small.yml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        grids.load(path)
    said = str(caught.value)
    assert message in said
    assert str(path) in said
    if row is not None:
        assert caught.value.row == row, said


def test_an_unknown_name_offers_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'planted-harm'"):
        grids.find("planted-ham")


@pytest.mark.parametrize("path", sorted(paths.SWEEPS.glob("*.yml")), ids=lambda p: p.stem)
def test_the_grids_that_ship_are_sound(path: Path) -> None:
    grid = grids.load(path.stem)
    assert grid.id == path.stem
    assert len(list(grids.choices(grid))) > 1


def test_cells_are_crossed_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, simulate={"plant": [0, -2], "seeds": 2, "first": 7})
    names = [choice.name for choice in grids.choices(grids.load(path))]
    assert len(names) == len(set(names)) == 2 * 2 * 2 * 2
    first = "midwest-2016 WI any_dre_vv designs.counties.outcome=change_two_party"
    assert names[:3] == [
        f"{first} planted=0 seed=7",
        f"{first} planted=0 seed=8",
        f"{first} planted=-2 seed=7",
    ]


def test_own_takes_what_each_scenario_names(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        scenarios=["midwest-2016", "dominion-2020"],
        states="own",
        readings="own",
        vary=None,
    )
    chosen = {(c.scenario, c.state, c.reading) for c in grids.choices(grids.load(path))}
    assert ("midwest-2016", "PA", "any_dre_vv") in chosen
    assert ("dominion-2020", "GA", "dominion_make") in chosen
    assert ("dominion-2020", "GA", "any_dre_vv") not in chosen


def test_a_reading_of_another_scenario_is_no_failure(tmp_path: Path) -> None:
    _, found = cells(tmp_path, scenarios=["midwest-2016", "dominion-2020"], vary=None)
    refused = [c.refused for c in found if c.refused is not None]
    assert [r.status for r in refused] == ["cannot", "cannot"]
    assert "scenario dominion-2020 has no such reading" in refused[0].message


def test_a_value_that_no_scenario_takes_is_refused(tmp_path: Path) -> None:
    for values in ([99, "many"], ["many"], [5, 99]):
        with pytest.raises(InputError, match=r"no scenario takes this value.*redraw\.draws"):
            cells(tmp_path, vary={"redraw.draws": values})


def test_a_grid_without_any_sound_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no cell of this grid can be computed"):
        cells(tmp_path, vary=None, set={"redraw.draws": "many"})


def test_a_cell_is_known_by_all_that_can_change_it(tmp_path: Path) -> None:
    def keys(**changes: Any) -> set[str]:
        return {c.job.key for c in cells(tmp_path, **changes)[1] if c.job is not None}

    base = keys()
    assert len(base) == 4
    assert keys(title="Another heading", show="designs.p1.estimate") == base
    for changes in (
        {"keys": ["designs.p1.bound"]},
        {"chapters": ["gap"]},
        {"set": {"held": "education"}},
        {"simulate": {"seeds": 1}},
    ):
        assert not keys(**changes) & base


def test_elsewhere_what_belongs_to_one_state_is_left_out() -> None:
    body = grids.base("midwest-2016")
    away = scenarios.check(narrowed(body, "PA", None, "dre_only"))
    assert away.places == ["PA"]
    assert away.focus == "PA"
    assert away.tables.units is None
    assert away.designs is not None
    assert away.designs.municipalities is None
    assert {m.place for m in away.models} <= {"PA"}
    assert list(away.treatment.readings) == ["dre_only"]
    leading = scenarios.check(narrowed(body, "PA", None, None)).designs
    assert leading is not None
    assert leading.counties.treatment == "any_dre_vv"
    assert all(v.treatment is None for v in leading.counties.neighbours.values())
    home = scenarios.check(narrowed(body, "WI", None, None))
    assert home.tables.units == "wi_units"
    assert grids.base("midwest-2016") == body


def test_the_nation_gets_its_own_errors_and_a_state_those_of_a_state() -> None:
    nation = scenarios.check(narrowed(grids.base("midwest-2016"), "US", None, None))
    assert nation.designs is not None
    assert (nation.designs.counties.effects, nation.designs.counties.errors) == ("state", "cr3")
    state = scenarios.check(narrowed(grids.base("dominion-2020"), "GA", None, None))
    assert state.designs is not None
    assert (state.designs.counties.effects, state.designs.counties.errors) == ("none", "hc2_bm")


def test_another_year_is_compared_with_the_one_before_it() -> None:
    moved = scenarios.check(narrowed(grids.base("midwest-2016"), None, 2020, None))
    assert (moved.year, moved.prior_year) == (2020, 2016)
    assert moved.treatment.vintage == "certified"
    with pytest.raises(InputError, match="no earlier election"):
        narrowed(grids.base("midwest-2016"), None, 2000, None)


def test_patterns_of_keys() -> None:
    assert grids.matches("designs.p1.estimate", ["gap.*", "designs.*.estimate"])
    assert not grids.matches("designs.p1.estimate", ["designs.p1", "designs?p1*"])
