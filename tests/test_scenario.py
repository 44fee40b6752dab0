"""The scenario model: what it refuses, and how it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.stats.designs import sizes


def test_default_scenario_is_valid_and_round_trips(tmp_path: Path) -> None:
    loaded = scenario.load()
    copy = tmp_path / "copy.yml"
    copy.write_text(loaded.as_yaml(), encoding="utf-8")
    assert scenario.load(copy) == loaded


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("treatment.primry", "x", "Did you mean 'primary'"),
        ("treatment.primary", "any_dre_v", "Did you mean 'any_dre_vv'"),
        ("errors", "hc9", "Did you mean 'hc3'"),
        ("outcome.primary", "change_twoparty", "Did you mean 'change_two_party'"),
        ("year", "two thousand", "valid integer"),
        ("states", "[WI, PA, MI, ZZ]", "unknown state"),
        ("flips", "[WY, XQ]", "unknown state"),
        ("states", "[PA]", "claim.state"),
        ("prior_year", "2020", "not before"),
        ("prior_year", "2011", "Years at hand: 2000"),
        ("parties.harmed.party", "rep", "different parties"),
        ("chapters", "[index, gaps]", "Did you mean 'gap'"),
        ("controls.race", "[wite_nh]", "white_nh"),
        ("year.month", "3", "no parts"),
        ("claim.percent", "-7", "greater than 0"),
    ],
)
def test_a_wrong_value_is_one_message_with_its_place(key: str, value: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        scenario.load(overrides={key: value})
    message = str(caught.value)
    assert says in message
    assert "\n" not in message
    assert caught.value.exit_code == 2


def test_override_reaches_the_model() -> None:
    assert scenario.load(overrides={"redraw.draws": "199"}).redraw.draws == 199


def test_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'midwest-2016'"):
        scenario.load("midwest2016")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id: a\nid: b\n", "stands twice"),
        ("id: [a\n", "not valid YAML"),
        ("- a\n", "must be a mapping"),
        ("{}\n", "missing"),
    ],
)
def test_broken_files_are_refused_with_their_name(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        scenario.load(path)
    assert says in str(caught.value)
    assert "bad.yml" in str(caught.value)


def test_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_bytes(b"id: \xff\xfe\n")
    with pytest.raises(InputError, match="UTF-8"):
        scenario.load(path)


def test_parameters_are_scenario_keys() -> None:
    given = {"reading": "any_dre_wec", "outcome": "", "draws": None}
    assert scenario.parameters("gap", given) == {"treatment.primary": "any_dre_wec"}


def test_unknown_parameter_names_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'reading'"):
        scenario.parameters("gap", {"readin": "x"})
    with pytest.raises(InputError, match="Did you mean 'electoral'"):
        scenario.parameters("electorl", {})


def test_every_scenario_in_the_repository_is_valid() -> None:
    files = sorted(paths.SCENARIOS.glob("*.yml"))
    assert files
    for path in files:
        assert scenario.load(path).id == path.stem


def test_a_part_of_a_named_entry_can_be_set() -> None:
    made = scenario.load(scenario.DEFAULT, {"designs.sizes.decisive.how": "deleted"})
    assert made.designs is not None
    assert made.designs.sizes["decisive"].how == "deleted"
    with pytest.raises(InputError, match="Did you mean 'how'"):
        scenario.load(scenario.DEFAULT, {"designs.sizes.decisive.hwo": "deleted"})


def test_a_state_with_too_few_counties_is_not_compared() -> None:
    s = scenario.load("dominion-2020", {"states": "[DE]", "claim.state": "DE", "models": "[]"})
    assert s.left_out["designs"] == "its 3 counties are too few to hold 3 things constant"
    assert s.left_out["multiverse"] == s.left_out["designs"]
    assert "data" in s.chapters


def test_deleted_votes_are_no_gain() -> None:
    with pytest.raises(InputError, match="deleted votes are no gain"):
        scenario.load("midwest-2016", {"claim.side": "favoured"})


def test_one_point_is_not_several() -> None:
    s = scenario.load("midwest-2016", {"claim.percent": 1, "claim.unit": "points"})
    assert s.designs is not None
    assert sizes.label(s, s.designs.sizes["seven_points"]) == "1 point of the share"


def test_errors_within_a_state_are_not_clustered_by_state() -> None:
    with pytest.raises(InputError, match="errors: cr1 is clustered by state"):
        scenario.load("midwest-2016", {"errors": "cr1"})


def test_a_claim_about_another_state_leaves_behind_what_is_of_the_first() -> None:
    s = scenario.load("midwest-2016", {"claim.state": "PA"})
    assert s.designs is not None
    assert (s.tables.units, s.tables.municipalities, s.designs.municipalities) == (None, None, None)
    assert s.designs.counties.treatment == s.treatment.primary
    assert all(v.treatment is None for v in s.designs.counties.neighbours.values())
    assert "of the place and the years" in s.left_out["recount"]
    assert s.changed == ["claim.state"]
    own = scenario.load(
        "midwest-2016", {"claim.state": "PA", "designs.counties.treatment": "dre_only"}
    )
    assert own.designs is not None
    assert own.designs.counties.treatment == "dre_only"
    same = scenario.load("midwest-2016", {"claim.state": "WI"})
    assert same == scenario.load("midwest-2016")


def test_between_a_state_and_the_nation_errors_follow_and_no_variant_keeps_its_name() -> None:
    s = scenario.load("dominion-2020", {"claim.state": "GA"})
    assert s.designs is not None
    county = s.designs.counties
    assert (county.effects, county.errors) == ("none", s.errors)
    assert not {"no_effects", "family", "family_no_effects"} & set(county.neighbours)
    nation = scenario.load("midwest-2016", {"claim.state": "US"})
    assert "the counties of one state" in nation.left_out["sensitivity"]


def test_a_table_of_another_place_is_refused() -> None:
    body = scenario.load("midwest-2016").model_dump(mode="json")
    body["claim"]["state"] = "PA"
    with pytest.raises(InputError, match=r"another place than the claim \(column 'tables.units'"):
        scenario.check(body)


def test_models_of_places_that_a_book_no_longer_has_are_left_out() -> None:
    whole = scenario.load("midwest-2016")
    one = scenario.load("midwest-2016", {"states": "[WI]"})
    assert {m.place for m in one.models} == {"WI", "US"}
    alone = scenario.load("midwest-2016", {"nation": "false"})
    assert {m.place for m in alone.models} == {"WI", "PA"}
    assert len(whole.models) > len(one.models) > 0
    with pytest.raises(InputError, match="'PA' is unknown"):
        scenario.load("midwest-2016", {"states": "[WI]", "models": [whole.models[-4].model_dump()]})


def test_a_design_that_was_added_is_set_like_any_other_and_stays_where_it_is() -> None:
    body = scenario.load("midwest-2016").model_dump(mode="json")
    body["designs"]["weighted"] = {"treatment": "any_dre_wec", "outcome": "change"}
    whole = scenario.model(body).model_dump(mode="json")
    scenario.put(whole, "designs.weighted.outcome", "other")
    made = scenario.model(whole).designs
    assert made is not None
    assert (made.model_extra or {})["weighted"].outcome == "other"
    with pytest.raises(InputError, match="Did you mean 'outcome'"):
        scenario.put(whole, "designs.weighted.outcom", "other")
    with pytest.raises(InputError, match="unknown scenario key"):
        scenario.put(whole, "designs.wieghted.outcome", "other")
    wrong = {**whole["designs"]["weighted"], "placebos": [2000]}
    with pytest.raises(InputError, match="Valid names: controls, effects, errors, neighbours"):
        scenario.model(whole | {"designs": {**whole["designs"], "weighted": wrong}})
    scenario.apply(whole, {"claim.state": "PA"})
    assert "weighted" not in whole["designs"]
    assert "designs.weighted" in whole["behind"]


def test_the_comparison_that_answers_is_always_among_those_that_are_counted() -> None:
    assert scenario.load("midwest-2016", {"weights": "[votes]"}).weights == ["none", "votes"]
    assert scenario.load("midwest-2016", {"weights": "[none]"}).weights == ["none"]


def test_a_state_that_divides_its_electors_is_refused_before_anything_runs() -> None:
    with pytest.raises(InputError, match="divided its electoral votes") as error:
        scenario.load("midwest-2016", {"flips": "[ME]"})
    assert (error.value.column, error.value.value) == ("flips", "ME")
