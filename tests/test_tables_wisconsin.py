"""The committed tables of equipment and of Wisconsin against certified and published figures."""

from __future__ import annotations

import pandas as pd
import pytest

from sevenpercent.data.tables import load


def counties(reading: str, version: str = "corrected", year: int = 2016) -> pd.Series[float]:
    table = load("county_equipment")
    rows = table[
        (table["reading"] == reading) & (table["version"] == version) & (table["year"] == year)
    ]
    return rows.set_index("fips")["value"]


def test_certified_totals_by_reporting_unit() -> None:
    units = load("wi_units")
    assert len(units) == 3636
    assert units["dem_original"].sum() == 1_381_823
    assert units["rep_original"].sum() == 1_404_440
    assert units["dem_recount"].sum() == 1_382_536
    assert units["rep_recount"].sum() == 1_405_284
    assert units["total_recount"].sum() == 2_976_150
    assert units["rep_original"].sum() - units["rep_first_posting"].sum() == 440
    assert units["absolute_change"].sum() == 17_681


def test_ward_34_of_milwaukee() -> None:
    units = load("wi_units").set_index("name")
    ward = units.loc["CITY OF MILWAUKEE Ward 34"]
    assert (ward["rep_original"], ward["rep_recount"]) == (8, 254)


def test_ballots_by_method() -> None:
    units = load("wi_units")
    assert units["ballots_total"].notna().sum() == 3627
    assert units["ballots_dre"].sum() == 299_503
    assert round(100 * units["ballots_dre"].sum() / units["ballots_total"].sum(), 1) == 10.0


def test_planned_methods() -> None:
    units = load("wi_units")
    methods = units.drop_duplicates("fips")["recount_method_planned"].value_counts()
    assert methods.to_dict() == {"hand": 51, "mixed": 12, "scanner": 9}


def test_candidates_add_up_to_units() -> None:
    votes, units = load("wi_unit_votes"), load("wi_units").set_index("unit")
    sums = votes.groupby("unit")[["original", "recount"]].sum()
    assert (sums["original"] == units["total_original"].reindex(sums.index)).all()
    assert (sums["recount"] == units["total_recount"].reindex(sums.index)).all()
    assert set(load("wi_unit_senate")["unit"]) == set(units.index)


def test_municipalities_lose_no_vote() -> None:
    places = load("wi_municipalities")
    assert places["dem_2012"].sum() == 1_620_985
    assert places["rep_2012"].sum() == 1_407_966
    assert places["total_2012"].sum() == 3_068_434
    assert places["dem_2016"].sum() == 1_381_823
    assert places["rep_recount"].sum() == 1_405_284
    assert places["dose"].dropna().between(0, 1).all()
    owns = places["any_dre"].fillna(False).astype(bool)
    assert (places.loc[~owns, "dose"].dropna() == 0).all()
    assert places.loc[~owns, "ballots_dre"].sum() == 11_719
    alone = places[places["dre_no_scanner"] & (places["ballots_total"] > 0)]
    assert alone["dose"].median() == pytest.approx(0.82, abs=0.01)
    assert not places["place_code"].dropna().duplicated().any()


@pytest.mark.parametrize(
    ("reading", "version", "electronic"),
    [
        ("any_dre_vv", "printed", 48),
        ("any_dre_vv", "corrected", 46),
        ("any_dre_wec", "corrected", 46),
        ("svmiller", "printed", 50),
        ("dre_no_scanner_muni", "corrected", 38),
        ("dre_ge20", "printed", 36),
        ("dre_ge30", "printed", 34),
        ("dre_ge50", "printed", 26),
        ("dre_only", "corrected", 0),
    ],
)
def test_wisconsin_readings(reading: str, version: str, electronic: int) -> None:
    values = counties(reading, version)
    values = values[values.index.str.startswith("55")]
    assert len(values) == 72
    assert values.sum() == electronic


def test_both_sources_name_the_same_counties_once_corrected() -> None:
    listed, commission = counties("any_dre_vv"), counties("any_dre_wec")
    assert listed.reindex(commission.index).equals(commission)


def test_the_nation_as_printed() -> None:
    some, only = counties("any_dre_vv", "printed"), counties("dre_only", "printed")
    assert only.sum() == 957
    assert (some - only).sum() == 458
    assert (some == 0).sum() == 1697


@pytest.mark.parametrize(("state", "only", "mixed", "paper"), [("42", 49, 5, 13), ("26", 0, 0, 83)])
def test_states(state: str, only: int, mixed: int, paper: int) -> None:
    both = pd.DataFrame({"any": counties("any_dre_vv"), "only": counties("dre_only")})
    both = both[both.index.str.startswith(state)]
    assert both["only"].sum() == only
    assert (both["any"] - both["only"]).sum() == mixed
    assert (both["any"] == 0).sum() == paper


@pytest.mark.parametrize("version", ["printed", "corrected"])
def test_makers_of_2020(version: str) -> None:
    assert counties("dominion_make", version, 2020).sum() == 602
    assert counties("dominion_family", version, 2020).sum() == 861


def test_a_source_that_does_not_cover_a_place_says_nothing() -> None:
    table = load("county_equipment")
    local = table[table["reading"].isin(["any_dre_wec", "dre_share_ballots", "svmiller"])]
    assert set(local["state"]) == {"WI"}
    assert table["value"].notna().all()
