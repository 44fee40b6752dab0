"""Whole municipalities on small worlds made by hand, and the two lists of counties."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from test_municipal import world

from sevenpercent.data import tables
from sevenpercent.model import places, scenario
from sevenpercent.stats import municipal, whole

CITY: dict[str, Any] = {
    "municipality": "CITY OF B",
    "municipality_2012": "CITY OF B",
    "kind": "city",
    "place_code": "9900107777",
}
FAR: dict[str, Any] = {
    **CITY,
    "fips": "99003",
    "county": "C",
    "place_code": "9900307777",
    "dem_2012": 10,
    "rep_2012": 0,
    "total_2012": 10,
    "dem_2016": 0,
    "rep_2016": 20,
    "total_2016": 20,
    "sen_dem": 5,
    "sen_rep": 5,
    "sen_total": 10,
    "ballots_total": 20,
    "ballots_paper": 0,
    "ballots_dre": 20,
    "dose": 1.0,
    "population": 100,
    "college": 0.6,
    "land_km2_printed": 10.0,
}


def frame(*changes: dict[str, Any], **options: Any) -> pd.DataFrame:
    return municipal.municipal_frame(world(*changes), year=2016, prior_year=2012, **options)


def test_parts_in_two_counties_are_one_municipality_of_the_larger_county() -> None:
    for order in ((CITY, FAR), (FAR, CITY)):
        (row,) = frame(*order).to_dict("records")
        assert (row["fips"], row["county"], row["parts"], row["counties"]) == ("99001", "A", 2, 2)
        assert (row["harmed"], row["favoured"], row["total"]) == (40, 80, 120)
        assert (row["harmed_prior"], row["total_prior"], row["total_other"]) == (60, 110, 100)
        assert (row["ballots"], row["ballots_dre"]) == (120, 70)
        assert row["dose"] == pytest.approx(70 / 120)
        assert row["two_party"] == pytest.approx(40 / 120)
        assert row["college"] == pytest.approx((0.2 * 300 + 0.6 * 100) / 400)
        assert (row["population"], row["land_km2_printed"]) == (400, 40)


def test_parts_stay_available_as_units() -> None:
    found = frame(CITY, FAR, whole=False)
    assert list(found["fips"]) == ["99001", "99003"]
    assert (found["parts"] == 1).all()


@pytest.mark.parametrize(
    "other",
    [
        {"place_code": "9900308888"},  # a town of the same name elsewhere
        {"place_code": None},
        {"municipality": "CITY OF D", "municipality_2012": "CITY OF D"},
        {"fips": "98003", "place_code": "9800307777"},  # the code of another state
    ],
)
def test_what_is_not_the_same_place_stays_apart(other: dict[str, Any]) -> None:
    assert len(frame(CITY, FAR | other)) == 2


def test_a_table_without_codes_has_no_parts() -> None:
    assert len(municipal.municipal_frame(
        world(CITY, FAR).drop(columns="place_code"), year=2016, prior_year=2012
    )) == 2  # fmt: skip


def test_a_part_that_was_carved_from_a_neighbour_brings_it_along() -> None:
    none = dict.fromkeys(("dem_2012", "rep_2012", "total_2012"))
    village = CITY | none | {"municipality_2012": "TOWN OF A", "total_2016": 30, "dem_2016": 10}
    (row,) = frame({"place_code": "9900100001"}, village, FAR).to_dict("records")
    assert (row["municipality"], row["kind"], row["parts"]) == ("TOWN OF A", "town", 3)
    assert (row["harmed"], row["harmed_prior"]) == (50, 60)


def test_a_part_without_votes_before_still_counts() -> None:
    none = dict.fromkeys(("dem_2012", "rep_2012", "total_2012"))
    (row,) = frame(CITY, FAR | none | {"dose": None, "ballots_total": None}).to_dict("records")
    assert (row["harmed_prior"], row["favoured"], row["dose"]) == (50, 80, 0.5)


def test_no_town_of_the_real_table_is_merged_with_a_namesake() -> None:
    table = tables.load("wi_municipalities")
    place = whole.together(table, 2012)
    assert place.groupby(place).size().max() <= 4
    split = table.groupby(place)["fips"].nunique() > 1
    rows = table[place.isin(split.index[split])]
    across = rows.groupby("municipality")["fips"].nunique()
    assert set(rows.set_index("municipality").loc[across.index[across > 1], "kind"]) == {
        "city",
        "village",
    }
    named = table[table["kind"] != "town"].groupby("municipality")["fips"].nunique()
    assert split.sum() == (named > 1).sum() == 56


def test_lists_of_owners_are_reconciled_county_by_county() -> None:
    counties = pd.DataFrame(
        {
            "fips": ["99001", "99003", "99005", "99007", "99009"],
            "county": list("ACEGI"),
            "x": [1.0, 0.0, 0.0, 1.0, None],
        }
    )
    owner = {"fips": "99005", "county": "E", "place_code": "9900500001"}
    table = world(CITY, FAR, owner, owner | {"fips": "99009"})
    found = whole.lists(table, counties, "x", year=2016, prior_year=2012)
    assert (found.defined, found.parts, found.whole, found.left) == (2, 3, 2, 2)
    why = dict(zip(found.differ["county"], found.differ["why"], strict=True))
    assert why == {"C": whole.ELSEWHERE, "E": whole.OWNED, "G": whole.NOBODY}
    far = found.differ.set_index("county").loc["C"]
    assert (far["owners"], far["votes"], far["ballots_dre"]) == (["CITY OF B (A)"], 20, 20)


def test_wisconsins_lists_agree_once_municipalities_are_whole() -> None:
    s = scenario.load()
    found = whole.lists(
        tables.load("wi_municipalities"),
        places.county_frame(s, tables.load, "WI"),
        "any_dre_wec",
        year=2016,
        prior_year=2012,
    )
    assert (found.defined, found.parts, found.whole, found.left) == (46, 53, 46, 0)
    assert set(found.differ["why"]) == {whole.ELSEWHERE}
