"""The committed tables: every known defect is found by rule, and so is every injected fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pandas as pd
import pytest
from conftest import report_on_data
from rules_world import findings

from sevenpercent import paths
from sevenpercent.data import tables

pytestmark = pytest.mark.skipif(
    not (paths.DATA / "county_votes.parquet").is_file(), reason="no committed tables"
)

PRINTED, FINAL = "county_votes_printed", "county_votes"
COUNTS = ["dem", "rep", "other", "total"]


@cache
def committed() -> Mapping[str, pd.DataFrame]:
    return {name: tables.load(name) for name in tables.describe()}


def found() -> pd.DataFrame:
    return report_on_data().found


def hits(rule: str, table: str, source: str = "", key: str = "") -> pd.DataFrame:
    mine = found()
    mine = mine[(mine["rule"] == rule) & (mine["table"] == table)]
    return mine[mine["source"].str.startswith(source) & mine["key"].str.startswith(key)]


# --- the known defects, by rule --------------------------------------------------------------

DEFECTS = [
    ("earlier_vintage", PRINTED, "medsl_context", "WI 2016 canvass", "a canvass before a recount"),
    ("earlier_vintage", PRINTED, "medsl_county", "WI 2016 canvass", "a canvass before a recount"),
    ("earlier_vintage", PRINTED, "tonmcg_2016", "2016 early count", "an unofficial count"),
    ("party_swap", PRINTED, "medsl_context", "42069 2012", "two parties exchanged"),
    ("sources_disagree", PRINTED, "medsl_context", "55135 2012", "3,000 votes too many"),
    ("sources_disagree", PRINTED, "medsl_county", "55135 2012", "3,000 votes too many"),
    ("permuted_codes", PRINTED, "medsl_context", "09013 2012", "a county with another's votes"),
    ("sources_disagree", PRINTED, "medsl_context", "NY 2012", "minor-party lines left out"),
    ("fips_valid", PRINTED, "medsl_context", "36000", "a city with a code of no county"),
    ("fips_valid", PRINTED, "medsl_county", "36000", "a city with a code of no county"),
    ("missing_places", PRINTED, "medsl_context", "51019 2016", "a row without votes"),
    ("missing_places", PRINTED, "medsl_context", "AK", "a state that is missing"),
    ("missing_places", "county_demographics", "", "46102", "votes without demographics"),
    ("parts_exceed_total", "county_demographics", "", "white_noncollege", "another population"),
    ("repeated_total", PRINTED, "tonmcg_2016", "AK 2016", "a state's total in every place"),
    ("permuted_codes", PRINTED, "usgs_atlas", "", "codes permuted"),
    ("fips_valid", PRINTED, "medsl_county", "medsl_county lost leading zero", "lost zeros"),
    ("fips_valid", PRINTED, "medsl_county", "CT Statewide writein", "rows without a code"),
    ("fips_valid", PRINTED, "medsl_county", "23000", "rows without a code"),
    ("fips_valid", PRINTED, "medsl_county", "44000", "rows without a code"),
    ("rows_do_not_add", PRINTED, "medsl_county", "04007 2016", "parts that miss their total"),
    ("rows_do_not_add", PRINTED, "medsl_county", "04009 2016", "parts that miss their total"),
    ("rows_do_not_add", PRINTED, "medsl_county", "04011 2016", "parts that miss their total"),
    ("sources_disagree", PRINTED, "medsl_county", "AK 2004", "counties that miss their state"),
    ("sources_disagree", PRINTED, "medsl_county", "ME 2004", "counties that miss their state"),
    ("sources_disagree", PRINTED, "medsl_county", "MS 2004", "counties that miss their state"),
    ("certified_totals", FINAL, "", "US 2016", "no file equals the certified national total"),
    ("impossible_equipment", "equipment_records", "vv_2016", "55125", "DREs that were not there"),
    ("impossible_equipment", "equipment_records", "vv_2016", "55139", "a town's DRE"),
    ("impossible_equipment", "county_equipment", "", "55125 2016 printed", "a county's reading"),
    ("impossible_equipment", "county_equipment", "", "55139 2016 printed", "a county's reading"),
    ("implausible_ballots", "wi_units", "", "55109-town-of-troy", "a typo in a method"),
    ("implausible_ballots", "wi_units", "", "55133-village-of-chenequa", "a typo in a method"),
    ("no_variation", "county_equipment", "", "any_dre_vv 2016", "a state without variation"),
]


@pytest.mark.parametrize(
    ("rule", "table", "source", "key", "what"),
    DEFECTS,
    ids=[f"{d[0]}-{d[2]}-{d[3]}" for d in DEFECTS],
)
def test_a_known_defect_is_found_by_rule(
    rule: str, table: str, source: str, key: str, what: str
) -> None:
    assert len(hits(rule, table, source, key)) >= 1, what


def test_about_a_hundred_and_ten_codes_of_the_atlas_are_permuted() -> None:
    permuted = hits("permuted_codes", PRINTED, "usgs_atlas")
    assert 100 <= len(permuted) <= 120
    assert permuted["key"].str[-4:].value_counts().idxmax() == "2012"


def test_states_without_a_second_count_agree_in_about_two_hundred_of_255_state_years() -> None:
    state = hits("sources_disagree", PRINTED, "medsl_county")
    state = state[state["key"].str.fullmatch(r"[A-Z]{2} \d{4}")]
    assert 50 <= len(state) <= 65


def test_ballots_on_machines_that_nobody_owned_are_counted() -> None:
    mine = hits("impossible_equipment", "wi_units")
    votes = mine["value"].str.replace(r"[^0-9]", "", regex=True).astype(int)
    assert votes.sum() == 11_719
    assert votes[mine["key"].str.startswith("55131")].sum() == 7_791


def test_units_of_the_list_of_ballots_that_do_not_add_or_are_missing() -> None:
    assert len(hits("rows_do_not_add", "wi_units")) == 257
    missing = hits("unmatched_keys", "wi_units")
    assert len(missing) == 9
    counted = missing["expected"].str.replace(r"[^0-9]", "", regex=True).astype(int)
    assert counted.sum() == 5_558


def test_the_swap_rule_accuses_nobody_else() -> None:
    mine = found()
    assert mine.loc[mine["rule"] == "party_swap", "key"].tolist() == ["42069 2012"]


def test_the_tables_of_the_analyses_hold_no_error_that_was_corrected() -> None:
    mine = found()
    corrected = mine[mine["table"].isin([FINAL, "county_demographics", "county_equipment"])]
    assert corrected[corrected["severity"] == "error"].empty


# --- injected faults -------------------------------------------------------------------------

SEEDS = (1, pytest.param(2, marks=pytest.mark.slow))


def places(year: int, seed: int) -> pd.DataFrame:
    """Rows of three counties of one year in the table of the analyses, of one state."""
    votes = committed()[FINAL]
    rows = votes[votes["best"] & (votes["year"] == year) & (votes["state"] != "AK")]
    rows = rows[~rows["fips"].str.endswith("000")]
    share = rows["dem"] / (rows["dem"] + rows["rep"])
    rows = rows[(share - 0.5).abs().gt(0.08) & rows["total"].gt(2000)]
    counties = rows.groupby("state")["fips"].transform("size")
    rows = rows[counties >= 20]
    random = np.random.default_rng(seed)
    state = random.choice(sorted(set(rows["state"])))
    mine = rows[rows["state"] == state].sort_values("total")
    # Places of unlike size, so that exchanging two of them is visible.
    chosen: pd.DataFrame = mine.take([len(mine) // 10, len(mine) // 2, len(mine) - 1])
    return chosen


Fault = Callable[[pd.DataFrame, pd.Series], pd.DataFrame]


def swap(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    f.loc[at, ["dem", "rep"]] = f.loc[at, ["rep", "dem"]].to_numpy()
    return f


def lost_zero(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    column = "fips" if "fips" in f else "fips_printed"
    f.loc[at, column] = f.loc[at, column].str.zfill(5).str[1:]
    return f


def decimals(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    column = "fips" if "fips" in f else "fips_printed"
    f.loc[at, column] = f.loc[at, column] + ".0"
    return f


def thousands(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    f.loc[at, ["rep", "total"]] += 3000
    return f


def duplicated(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    return pd.concat([f, f[at]], ignore_index=True)


def total_row(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    one = f[at].iloc[[0]]
    mine = f[f["state"].eq(one["state"].iloc[0]) & f["year"].eq(one["year"].iloc[0])]
    mine = mine[mine["source"].eq(one["source"].iloc[0])]
    column = "fips" if "fips" in f else "fips_printed"
    made = one.assign(**{c: mine[c].sum() for c in COUNTS}, county="All of it")
    made[column] = one[column].str.zfill(5).str[:2] + "998"
    return pd.concat([f, made], ignore_index=True)


def over_total(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    f.loc[at, "dem"] = f.loc[at, "total"] + 1
    return f


def negative(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    f.loc[at, "other"] = -1
    return f


def removed(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    return f.drop(index=f.index[at])


def transposed(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    column = "fips" if "fips" in f else "fips_printed"
    here = f.index[at]
    f.loc[here, column] = np.roll(f.loc[here, column].to_numpy(dtype=object), 1)
    return f


def digit(f: pd.DataFrame, at: pd.Series) -> pd.DataFrame:
    f.loc[at, "rep"] *= 10
    f.loc[at, "total"] = f.loc[at, ["dem", "rep", "other"]].sum(axis=1)
    return f


FAULTS: list[tuple[Fault, str, str]] = [
    (swap, "party_swap", "dem, rep"),
    (lost_zero, "fips_valid", "fips"),
    (decimals, "fips_valid", "fips"),
    (thousands, "sources_disagree", "rep"),
    (duplicated, "keys_unique", ""),
    (total_row, "total_row_among_data", "total"),
    (over_total, "parts_exceed_total", "total"),
    (negative, "fractional_or_negative", "other"),
    (removed, "missing_places", "fips"),
    (transposed, "permuted_codes", "fips"),
    (digit, "out_of_line", "rep"),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("fault", "rule", "column"), FAULTS, ids=[f[0].__name__ for f in FAULTS])
def test_a_fault_in_a_printed_table_is_found_and_its_place_named(
    fault: Fault, rule: str, column: str, seed: int
) -> None:
    year = (2004, 2008, 2012, 2016)[seed % 4]
    chosen = places(year, seed)
    # A state without leading zero and with decimals: start from codes written in full.
    frame = committed()[PRINTED].copy()
    frame = frame[frame["source"].eq("medsl_county")].reset_index(drop=True)
    frame["fips_printed"] = frame["fips_printed"].fillna("").replace("NA", "")
    full = frame["fips_printed"].where(
        frame["fips_printed"].eq(""), frame["fips_printed"].str.zfill(5)
    )
    frame["fips_printed"] = full
    at = full.isin(set(chosen["fips"])) & frame["year"].eq(year)
    before = frame.copy()
    names = dict(zip(before.loc[at, "fips_printed"], before.loc[at, "row"], strict=True))
    made = {**committed(), PRINTED: fault(frame, at)}
    mine = findings(made, only=[rule, "permuted_codes"]).query("rule == @rule")
    mine = mine[(mine["table"] == PRINTED) & mine["key"].str.endswith(str(year))]
    if column:
        mine = mine[mine["column"].str.startswith(column)]
    if fault in (total_row,):
        assert mine["key"].tolist() == [f"{chosen['fips'].iloc[0][:2]}998 {year}"]
        return
    if fault is removed:
        assert set(chosen["fips"]) <= set(mine["expected"])
        return
    assert set(names.values()) <= set(mine["row"].dropna().astype(int)), mine.to_string()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "fault", [swap, thousands, over_total, negative, digit], ids=lambda f: str(f.__name__)
)
def test_a_changed_cell_of_the_analyses_is_found_whatever_its_size(fault: Fault, seed: int) -> None:
    year = (2004, 2008, 2012, 2016)[seed % 4]
    chosen = places(year, seed)
    frame = committed()[FINAL].copy()
    at = frame["fips"].isin(set(chosen["fips"])) & frame["year"].eq(year) & frame["best"]
    made = findings({**committed(), FINAL: fault(frame, at)}, only=["unexplained_change"])
    assert {f"{code} {year}" for code in chosen["fips"]} <= set(made["key"])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_share_typed_as_percent_is_found(seed: int) -> None:
    people = committed()["county_demographics"].copy()
    index = int(np.random.default_rng(seed).integers(len(people)))
    people.loc[people.index[index], "white_nh"] = 62.5
    made = findings({"county_demographics": people}, only=["share_range"])
    assert made["key"].str.split().str[0].tolist() == [people["fips"].iloc[index]]
    assert made["expected"].tolist() == ["0.625"]


def test_a_changed_vote_of_a_unit_or_a_municipality_is_found() -> None:
    for table, column in (("wi_units", "dem_recount"), ("wi_municipalities", "rep_2016")):
        frame = committed()[table].copy()
        row = frame.index == len(frame) // 3
        frame.loc[row, column] += 1
        made = findings({**committed(), table: frame}, only=["levels_agree", "rows_do_not_add"])
        made = made[(made["table"] == table) & made["column"].eq(column)]
        assert made["key"].str.startswith(str(frame.loc[row, "fips"].iloc[0])).any()


def test_a_changed_electoral_vote_is_found() -> None:
    frame = committed()["states"].copy()
    frame.loc[frame.index == 7, "ev"] += 1
    made = findings({**committed(), "states": frame}, only=["electors_add"])
    assert {str(frame["state"].iloc[7]), "US"} <= set(made["key"])
