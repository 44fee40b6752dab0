"""Rules about shares, equipment and ballots: silent on good frames, naming injected faults."""

from __future__ import annotations

import pandas as pd
import pytest
from rules_world import findings

from sevenpercent.data.rules.equipment import FEWEST_UNITS, municipality

Tables = dict[str, pd.DataFrame]


def county() -> Tables:
    """One county of three municipalities: a town with a DRE, a town and a city with scanners."""
    municipalities = pd.DataFrame(
        {
            "hindi": ["00002", "00004", "00201"],
            "fips": "70001",
            "municipality": ["TOWN OF ALDER", "TOWN OF BIRCH", "CITY OF ALDER"],
            "any_dre": [True, False, False],
            "ballots_dre": [390.0, 0.0, 0.0],
            "place_code": ["7000100100", "7000100200", "7000100300"],
        }
    )
    units = pd.DataFrame(
        {
            "unit": ["70001-a", "70001-b", "70001-c"],
            "fips": "70001",
            "county": "Cedar",
            "hindi": municipalities["hindi"],
            "municipality": municipalities["municipality"],
            "name": ["TOWN OF ALDER Ward 1", "TOWN OF BIRCH Ward 1", "CITY OF ALDER Ward 1"],
            "dem_original": [190, 240, 1010],
            "rep_original": [200, 250, 980],
            "total_original": [398, 500, 2010],
            "dem_recount": [190, 241, 1010],
            "rep_recount": [200, 250, 980],
            "total_recount": [398, 501, 2010],
            "registrants": [500.0, 700.0, 2500.0],
            "voters": [400.0, 503.0, 2020.0],
            "ballots_total": [400.0, 503.0, 2020.0],
            "ballots_paper": [10.0, 0.0, 0.0],
            "ballots_scan": [0.0, 503.0, 2000.0],
            "ballots_dre": [390.0, 0.0, 0.0],
            "ballots_automark": [0.0, 0.0, 20.0],
        }
    )
    machines = pd.DataFrame(
        {
            "source": "list",
            "row": [2, 3, 4],
            "fips": "70001",
            "place_code": ["7000100100", "7000100200", "7000100300"],
            "state": "QA",
            "county": "Cedar",
            "type": ["DRE-Touchscreen", "Optical Scan", "Optical Scan"],
            "make": "Maker",
            "model": ["Edge", "Eagle", "Eagle"],
            "year": 2016,
        }
    )
    return {"wi_municipalities": municipalities, "wi_units": units, "equipment_records": machines}


def readings(states: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """One yes-or-no reading with so many places with and without in each state."""
    rows = []
    for number, (state, (yes, no)) in enumerate(states.items()):
        for i in range(yes + no):
            rows.append((f"{70 + number}{i + 1:03d}", state, float(i < yes)))
    made = pd.DataFrame(rows, columns=["fips", "state", "value"])
    return made.assign(
        county=made["fips"], year=2016, reading="any", kind="binary", version="corrected"
    )


def test_a_good_county_has_no_findings() -> None:
    assert findings(county()).empty


@pytest.mark.parametrize(
    ("rule", "unit", "column", "value", "severity"),
    [
        ("rows_do_not_add", "70001-b", "ballots_total", 530.0, "warning"),
        ("implausible_ballots", "70001-b", "ballots_scan", 5030.0, "error"),
        ("implausible_ballots", "70001-b", "ballots_automark", 503.0, "error"),
        ("implausible_ballots", "70001-c", "ballots_automark", 700.0, "warning"),
        ("implausible_ballots", "70001-c", "ballots_total", 1200.0, "warning"),
        ("impossible_equipment", "70001-b", "ballots_dre", 503.0, "error"),
        ("fractional_or_negative", "70001-b", "ballots_scan", 503.5, "error"),
        ("fractional_or_negative", "70001-b", "ballots_scan", -1.0, "error"),
    ],
)
def test_a_faulty_entry_of_ballots_is_named(
    rule: str, unit: str, column: str, value: float, severity: str
) -> None:
    tables = county()
    units = tables["wi_units"]
    units.loc[units["unit"] == unit, column] = value
    hits = findings(tables).query("rule == @rule and table == 'wi_units'")
    assert hits[["key", "column", "severity"]].to_numpy().tolist() == [[unit, column, severity]]
    assert hits["value"].iloc[0].replace(",", "") == f"{value:g}"


def test_a_unit_without_an_entry_is_missing_not_zero() -> None:
    tables = county()
    units = tables["wi_units"]
    entries = [c for c in map(str, units) if c.startswith("ballots_")] + ["voters"]
    units.loc[units["unit"] == "70001-b", entries] = float("nan")
    hits = findings(tables)
    assert hits[["rule", "key"]].to_numpy().tolist() == [["unmatched_keys", "70001-b"]]
    assert "500" in hits["expected"].iloc[0]


def test_a_listed_machine_that_the_second_list_denies_is_named() -> None:
    tables = county()
    machines = tables["equipment_records"]
    machines.loc[machines["row"] == 3, "type"] = "DRE-Touchscreen"
    hits = findings(tables)
    assert hits[["rule", "row", "key"]].to_numpy().tolist() == [
        ["impossible_equipment", 3, "7000100200"]
    ]


def test_a_municipality_that_cast_ballots_on_one_keeps_its_machine() -> None:
    tables = county()
    machines, places = tables["equipment_records"], tables["wi_municipalities"]
    machines.loc[machines["row"] == 3, "type"] = "DRE-Touchscreen"
    places.loc[places["place_code"] == "7000100200", "ballots_dre"] = 12.0
    assert findings(tables).empty


def test_readings_that_contradict_each_other_are_named() -> None:
    rows = [("any_dre_vv", 1.0), ("any_dre_wec", 0.0), ("dre_share_ballots", 0.0)]
    for name, first, second in (("dre_only", 1.0, 0.0), ("dre_only", 0.0, 0.0)):
        frame = pd.DataFrame(
            [("70001", n, v) for n, v in [("any_dre_vv", second), (name, first)]],
            columns=["fips", "reading", "value"],
        ).assign(state="QA", county="Cedar", year=2016, kind="binary", version="corrected")
        hits = findings({"county_equipment": frame}, only=["impossible_equipment"])
        assert len(hits) == int(first)
    frame = pd.DataFrame([("70001", *r) for r in rows], columns=["fips", "reading", "value"])
    frame = frame.assign(state="QA", county="Cedar", year=2016, kind="binary", version="printed")
    hits = findings({"county_equipment": frame}, only=["impossible_equipment"])
    assert hits[["key", "column", "severity"]].to_numpy().tolist() == [
        ["70001 2016 printed", "any_dre_vv", "warning"]
    ]


def test_states_without_a_contrast_are_noted() -> None:
    frame = readings({"QA": (10, 10), "QB": (0, 8), "QC": (2, 9)})
    found = findings({"county_equipment": frame})
    assert found[["rule", "value", "severity"]].to_numpy().tolist() == [
        ["no_variation", "QB", "note"],
        ["too_few_units", "QC", "note"],
    ]
    enough = readings({"QA": (FEWEST_UNITS, FEWEST_UNITS)})
    assert findings({"county_equipment": enough}).empty


def test_shares_in_percent_are_named() -> None:
    people = pd.DataFrame(
        {"fips": ["70001", "70003"], "state": "QA", "white_nh": [0.9, 0.4], "black": [0.05, 0.3]}
    )
    assert findings({"county_demographics": people}, only=["share_range"]).empty
    people.loc[1, "white_nh"] = 40.0
    hits = findings({"county_demographics": people}, only=["share_range"])
    assert hits[["key", "column", "value", "expected"]].to_numpy().tolist() == [
        ["70003 QA", "white_nh", "40", "0.4"]
    ]
    people["white_nh"] = [90.0, 40.0]
    hits = findings({"county_demographics": people}, only=["share_range"])
    assert set(hits["key"]) == {"70001 QA", "70003 QA"}


def test_a_yes_or_no_reading_is_nothing_between() -> None:
    frame = readings({"QA": (6, 6)})
    frame.loc[3, "value"] = 0.5
    hits = findings({"county_equipment": frame}, only=["share_range"])
    assert hits["value"].tolist() == ["0.5"]
    assert hits["key"].iloc[0].startswith("70004")


def test_shares_of_one_population_do_not_exceed_it() -> None:
    people = pd.DataFrame({"fips": ["70001", "70003"], "white_nh": 0.8, "black": [0.1, 0.3]})
    hits = findings({"county_demographics": people}, only=["parts_exceed_total"])
    assert hits["key"].tolist() == ["70003"]


def test_units_that_miss_their_county_are_named() -> None:
    tables = county()
    sums = tables["wi_units"][["dem_original", "rep_original", "total_original"]].sum()
    votes = pd.DataFrame(
        {
            "fips": ["70001"],
            "state": "QA",
            "county": "Cedar",
            "year": 2016,
            "vintage": "canvass",
            "best": True,
            "dem": sums["dem_original"],
            "rep": sums["rep_original"] + 440,
            "other": 78,
            "total": sums["total_original"],
            "source": "board",
        }
    )
    found = findings({**tables, "county_votes": votes}, only=["levels_agree"])
    assert found[["key", "column"]].to_numpy().tolist() == [["70001 2016 canvass", "rep_original"]]


def test_candidates_that_miss_their_unit_are_named() -> None:
    tables = county()
    units = tables["wi_units"]
    long = pd.DataFrame(
        {
            "unit": units["unit"],
            "candidate": "one",
            "party": "other",
            "original": units["total_original"],
            "recount": units["total_recount"],
        }
    )
    assert findings({**tables, "wi_unit_votes": long}).empty
    long.loc[long["unit"] == "70001-c", "recount"] -= 7
    found = findings({**tables, "wi_unit_votes": long})
    assert found[["rule", "key", "column"]].to_numpy().tolist() == [
        ["rows_do_not_add", "70001-c", "total_recount"]
    ]


@pytest.mark.parametrize(
    ("one", "two"),
    [("TOWN OF ST. GERMAIN", "Saint Germain Town"), ("CITY OF ALDER - MAIN - 01201", "Alder City")],
)
def test_municipalities_are_one_by_kind_and_name(one: str, two: str) -> None:
    assert municipality(one) == municipality(two)


def test_town_and_city_of_one_name_stay_apart() -> None:
    assert municipality("TOWN OF ALDER") != municipality("CITY OF ALDER")


def test_a_reading_that_its_own_list_denies_is_named() -> None:
    records = county()["equipment_records"].assign(polling_place=True)
    frame = pd.DataFrame(
        {"fips": ["70001", "70003"], "state": "QA", "county": ["Cedar", "Fir"], "value": [1.0, 0.0]}
    ).assign(year=2016, reading="any_dre_vv", kind="binary", version="printed", source="list")
    tables = {"equipment_records": records, "county_equipment": frame}
    assert findings(tables, only=["impossible_equipment"]).empty
    frame["value"] = [0.0, 1.0]
    hits = findings(tables, only=["impossible_equipment"])
    assert hits[["key", "value", "expected"]].to_numpy().tolist() == [
        ["70001 2016 printed", "0", "1"],
        ["70003 2016 printed", "1", "0"],
    ]


def electors() -> Tables:
    states = pd.DataFrame(
        {
            "state": ["QA", "QB"],
            "fips": ["70", "71"],
            "ev": [500, 38],
            "ev_dem": [0, 38],
            "ev_rep": [500, 0],
            "dem": [10, 30],
            "rep": [20, 10],
            "total": [31, 42],
        }
    )
    returns = states[["state", "dem", "rep", "total"]].assign(year=2016)
    seats = pd.DataFrame({"state": ["QA", "QB"], "dem": [1, 3], "rep": [5, 3]})
    seats["majority"] = ["Republican", "tied"]
    return {"states": states, "state_votes": returns, "house_delegations": seats}


def test_electoral_votes_and_seats_that_add_up_pass() -> None:
    assert findings(electors()).empty


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "key"),
    [
        ("states", "ev_rep", 0, 499, "QA"),
        ("states", "ev", 1, 39, "US"),
        ("states", "dem", 1, 31, "QB 2016"),
        ("house_delegations", "majority", 1, "Democrat", "QB"),
        ("house_delegations", "dem", 0, 6, "QA"),
    ],
)
def test_electoral_votes_and_seats_that_do_not_add_up_are_named(
    table: str, column: str, row: int, value: int | str, key: str
) -> None:
    tables = electors()
    if column == "dem":
        # One state of two is no majority: a third one shows which year is meant.
        for name in ("states", "state_votes"):
            third = tables[name].iloc[[0]].assign(state="QC")
            for votes_of_it in {"ev", "ev_rep"} & set(third):
                third[votes_of_it] = 0
            tables[name] = pd.concat([tables[name], third], ignore_index=True)
    tables[table].loc[tables[table].index == row, column] = value
    hits = findings(tables, only=["electors_add"])
    assert key in set(hits["key"])
    assert set(hits["table"]) == {table}


def test_municipalities_that_miss_their_county_are_named() -> None:
    sums = {"dem": 100, "rep": 120, "other": 0, "total": 220}
    votes = pd.DataFrame(
        [{"fips": "70001", "state": "QA", "county": "Cedar", "year": 2016, **sums}]
    )
    votes = votes.assign(vintage="recount", best=True, source="board")
    towns = pd.DataFrame({"fips": "70001", "dem_recount": [60, 40], "rep_recount": [20, 100]})
    towns["total_recount"] = towns["dem_recount"] + towns["rep_recount"]
    tables = {"county_votes": votes, "wi_municipalities": towns}
    assert findings(tables, only=["levels_agree"]).empty
    towns.loc[towns.index == 1, "rep_recount"] += 1
    hits = findings(tables, only=["levels_agree"])
    assert hits[["table", "key", "column"]].to_numpy().tolist() == [
        ["wi_municipalities", "70001 2016 recount", "rep_recount"]
    ]
