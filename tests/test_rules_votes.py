"""Every rule about votes and keys: silent on a good frame, and naming an injected fault."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from rules_world import at, codes, final, findings, votes, world

from sevenpercent.data.rules.base import COLUMNS, fold
from sevenpercent.data.rules.places import clean_code
from sevenpercent.data.rules.registry import RULES

PLACE, OTHER, YEAR = "70011", "70017", 2008
Fault = Callable[[pd.DataFrame], pd.DataFrame | None]


def found(tables: dict[str, pd.DataFrame], rule: str) -> pd.DataFrame:
    return findings(tables, only=[rule, "permuted_codes"]).query("rule == @rule")


def test_a_good_country_has_no_findings() -> None:
    assert findings(world()).empty
    both = {**world(), "county_votes": final()}
    assert findings(both, {"county_votes": ["fips", "year", "vintage"]}).empty


def test_findings_have_the_fixed_columns_and_leave_the_tables_alone() -> None:
    tables = world()
    before = {name: frame.copy() for name, frame in tables.items()}
    assert tuple(findings(tables).columns) == COLUMNS
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, before[name])


def test_ids_are_unique_and_questions_are_questions() -> None:
    ids = [rule.id for rule in RULES]
    assert len(set(ids)) == len(ids)
    assert all(rule.question.endswith("?") for rule in RULES)


def add(f: pd.DataFrame, columns: list[str], votes_more: float) -> None:
    f.loc[f.index == at(f, PLACE, YEAR), columns] += votes_more


def swap(f: pd.DataFrame) -> None:
    row = f.index == at(f, PLACE, YEAR)
    f.loc[row, ["dem", "rep"]] = f.loc[row, ["rep", "dem"]].to_numpy()


def lost_zero(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "fips_printed"] = "7011"


def decimals(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "fips_printed"] = "70011.0"


def scientific(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "fips_printed"] = "7E+04"


def unknown_code(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "fips_printed"] = "70012"


def other_state(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "state"] = "QB"


def no_code(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "fips_printed"] = ""


def missing_row(f: pd.DataFrame) -> pd.DataFrame:
    return f.drop(index=at(f, PLACE, YEAR))


def empty_row(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), ["dem", "rep", "other", "total"]] = 0


def duplicated_row(f: pd.DataFrame) -> None:
    f.loc[len(f)] = f.loc[at(f, PLACE, YEAR)]


def total_row(f: pd.DataFrame) -> None:
    mine = f[(f["source"] == "first") & (f["year"] == YEAR) & (f["state"] == "QA")]
    sums = mine[["dem", "rep", "other", "total"]].sum()
    f.loc[len(f)] = {
        **f[f.index == at(f, PLACE, YEAR)].iloc[0].to_dict(),
        **sums,
        "fips_printed": "70000",
        "county": "QA",
    }


def named_total(f: pd.DataFrame) -> None:
    row = {
        **f[f.index == at(f, PLACE, YEAR)].iloc[0].to_dict(),
        "fips_printed": "70000",
        "county": "Office Totals:",
    }
    f.loc[len(f)] = row


def repeated(f: pd.DataFrame) -> None:
    mine = (f["source"] == "first") & (f["year"] == YEAR) & (f["state"] == "QA")
    columns = ["dem", "rep", "other", "total"]
    for column in columns:
        f.loc[mine, column] = f.loc[mine, column].sum()


def negative(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "dem"] = -9999


def fractional(f: pd.DataFrame) -> None:
    add(f, ["rep"], 0.5)


def over_total(f: pd.DataFrame) -> None:
    add(f, ["total"], -500)


def short_of_total(f: pd.DataFrame) -> None:
    add(f, ["total"], 500)


def thousands(f: pd.DataFrame) -> None:
    add(f, ["rep", "total"], 3000)


def late_votes(f: pd.DataFrame) -> None:
    add(f, ["rep", "total"], -777)


def digit(f: pd.DataFrame) -> None:
    f.loc[f.index == at(f, PLACE, YEAR), ["dem", "rep", "other", "total"]] *= 10


def exchanged_codes(f: pd.DataFrame) -> None:
    a, b = at(f, PLACE, YEAR), at(f, OTHER, YEAR)
    f.loc[[a, b], "fips_printed"] = [OTHER, PLACE]


def exchanged_votes(f: pd.DataFrame) -> None:
    a, b = at(f, PLACE, YEAR), at(f, OTHER, YEAR)
    columns = ["dem", "rep", "other", "total"]
    f.loc[[a, b], columns] = f.loc[[b, a], columns].to_numpy()


def misread(f: pd.DataFrame) -> None:
    f.loc[at(f, PLACE, YEAR), "county"] = "CherrÃ\u00ades"


FAULTS: list[tuple[str, Fault, str, str, str]] = [
    ("party_swap", swap, PLACE, "dem, rep", "error"),
    ("fips_valid", lost_zero, "07011", "fips_printed", "error"),
    ("fips_valid", decimals, PLACE, "fips_printed", "error"),
    ("fips_valid", scientific, PLACE, "fips_printed", "error"),
    ("fips_valid", unknown_code, "70012", "fips_printed", "error"),
    ("fips_valid", other_state, PLACE, "fips_printed", "error"),
    ("fips_valid", no_code, PLACE, "fips_printed", "warning"),
    ("missing_places", missing_row, PLACE, "fips", "warning"),
    ("missing_places", empty_row, PLACE, "total", "warning"),
    ("keys_unique", duplicated_row, PLACE, "place", "error"),
    ("total_row_among_data", total_row, "70000", "total", "error"),
    ("total_row_among_data", named_total, "70000", "total", "error"),
    ("repeated_total", repeated, "QA 2008: 16 places", "dem, rep, total", "error"),
    ("fractional_or_negative", negative, PLACE, "dem", "error"),
    ("fractional_or_negative", fractional, PLACE, "rep", "error"),
    ("parts_exceed_total", over_total, PLACE, "total", "error"),
    ("rows_do_not_add", short_of_total, PLACE, "total", "warning"),
    ("sources_disagree", thousands, PLACE, "rep", "error"),
    ("sources_disagree", late_votes, PLACE, "rep", "warning"),
    ("out_of_line", digit, PLACE, "total", "warning"),
    ("permuted_codes", exchanged_codes, PLACE, "fips_printed", "error"),
    ("permuted_codes", exchanged_codes, OTHER, "fips_printed", "error"),
    ("permuted_codes", exchanged_votes, PLACE, "fips_printed", "error"),
    ("text_encoding", misread, PLACE, "county", "error"),
]


@pytest.mark.parametrize(
    ("rule", "fault", "key", "column", "severity"),
    FAULTS,
    ids=[f"{rule}-{fault.__name__}-{key}" for rule, fault, key, *_ in FAULTS],
)
def test_an_injected_fault_is_found_and_named(
    rule: str, fault: Fault, key: str, column: str, severity: str
) -> None:
    printed = votes()
    changed = fault(printed)
    printed = printed if changed is None else changed
    hits = findings(world(printed)).query("rule == @rule")
    mine = hits[hits["key"].str.startswith(key) & hits["column"].eq(column)]
    assert len(mine) >= 1, hits.to_string()
    hit = mine.iloc[0]
    assert hit["severity"] == severity
    assert hit["source"] == "first"
    assert hit["table"] == "county_votes_printed"
    assert hit["message"]
    assert hit["fix"]
    if rule not in {"missing_places", "repeated_total"} or fault is empty_row:
        line = int(hit["row"])
        assert line in set(printed.loc[printed["source"].eq("first"), "row"])
        place = printed[(printed["source"] == "first") & (printed["row"] == line)]
        assert place["year"].eq(YEAR).all()


def test_thousands_separators_in_text_are_named_with_their_value() -> None:
    printed = votes().astype({"rep": object})
    printed["rep"] = printed["rep"].map(lambda v: f"{v:.0f}")
    printed.loc[at(printed, PLACE, YEAR), "rep"] = "12,345"
    hits = found(world(printed), "fractional_or_negative")
    assert hits["value"].tolist() == ["12,345"]
    assert "12345" in hits["fix"].iloc[0]


def test_a_swap_shows_without_a_second_source() -> None:
    printed = votes().query("source == 'first'").reset_index(drop=True)
    swap(printed)
    hits = found(world(printed), "party_swap")
    assert hits["key"].tolist() == [f"{PLACE} {YEAR}"]
    row = printed.loc[printed.index == at(printed, PLACE, YEAR)].iloc[0]
    dem, rep = row["dem"], row["rep"]
    assert hits["value"].iloc[0] == f"{dem:,.0f}, {rep:,.0f}"
    assert hits["expected"].iloc[0] == f"{rep:,.0f}, {dem:,.0f}"


def test_an_exact_exchange_beside_another_source_is_told_as_one() -> None:
    printed = votes()
    swap(printed)
    hits = found({**world(printed), "county_votes": final()}, "sources_disagree")
    (hit,) = hits[hits["source"] == "first"].to_dict("records")
    assert "the votes of the two parties are exchanged" in hit["message"]
    assert (hit["column"], hit["fix"]) == ("dem, rep", "Exchange them.")
    assert hit["value"] == ", ".join(reversed(hit["expected"].split(", ")))


def test_a_true_shift_of_ten_points_is_no_swap() -> None:
    printed = votes().query("source == 'first'").reset_index(drop=True)
    for year in (2012, 2016):
        row = printed.index == at(printed, PLACE, year)
        moved = printed.loc[row, "total"].mul(0.1).round()
        printed.loc[row, "dem"] -= moved
        printed.loc[row, "rep"] += moved
    assert found(world(printed), "party_swap").empty


def test_many_lost_zeros_are_one_finding_with_their_number() -> None:
    printed = votes()
    mine = printed["source"] == "first"
    printed.loc[mine, "fips_printed"] = printed.loc[mine, "fips_printed"].str.replace("70", "7")
    hits = found(world(printed), "fips_valid")
    assert len(hits) < 10
    assert hits["message"].str.contains("times").any()


def test_an_unmatched_name_comes_with_the_nearest() -> None:
    printed = votes()
    i = at(printed, PLACE, YEAR)
    printed.loc[i, ["fips_printed", "county"]] = ["", "Chery"]
    hits = found(world(printed), "unmatched_keys")
    assert hits["value"].tolist() == ["Chery"]
    assert hits["expected"].tolist() == ["Cherry"]


def test_a_changed_cell_without_a_correction_is_named() -> None:
    table = final()
    mask = table["fips"].eq(PLACE) & table["year"].eq(YEAR)
    table.loc[mask, "dem"] += 1
    tables = {**world(), "county_votes": table}
    hits = found(tables, "unexplained_change")
    assert hits["key"].tolist() == [f"{PLACE} {YEAR}"]
    assert hits["column"].tolist() == ["dem"]
    noted = pd.DataFrame(
        {
            "table": ["county_votes"],
            "key": [f"{PLACE}/{YEAR}"],
            "column": ["dem"],
            "corrected": [str(int(table.loc[mask, "dem"].iloc[0]))],
        }
    )
    assert found({**tables, "corrections": noted}, "unexplained_change").empty
    table.loc[mask, "dem"] += 1
    assert len(found({**tables, "corrections": noted}, "unexplained_change")) == 1


def test_certified_totals_are_kept_to_the_vote() -> None:
    table = final()
    mine = table[(table["state"] == "QA") & (table["year"] == YEAR)]
    sums = {c: int(mine[c].sum()) for c in ("dem", "rep", "total")}
    certified = pd.DataFrame(
        [{"place": "QA", "year": YEAR, "vintage": "certified", **sums, "source": "board"}]
    )
    tables = {**world(), "county_votes": table, "certified_totals": certified}
    assert found(tables, "certified_totals").empty
    certified["rep"] -= 1
    hits = found(tables, "certified_totals")
    assert hits[["key", "column", "severity"]].to_numpy().tolist() == [
        [f"QA {YEAR} certified", "rep", "error"]
    ]


def test_a_state_total_that_differs_is_named() -> None:
    table = final()
    sums = table.groupby(["state", "year"], as_index=False)[["dem", "rep", "other", "total"]].sum()
    tables = {**world(), "county_votes": table, "state_votes": sums}
    assert found(tables, "sources_disagree").empty
    sums.loc[(sums["state"] == "QB") & (sums["year"] == YEAR), "dem"] += 5000
    hits = found(tables, "sources_disagree")
    assert set(hits["key"]) == {f"QB {YEAR}"}
    assert set(hits["table"]) == {"county_votes", "county_votes_printed"}


def test_a_source_with_an_earlier_count_is_named_once() -> None:
    best = final()
    early = best[(best["state"] == "QA") & (best["year"] == 2016)].copy()
    early["dem"] -= 3
    early = early.assign(vintage="canvass", best=False, source="board")
    table = pd.concat([best, early], ignore_index=True)
    printed = votes()
    mine = (printed["source"] == "second") & (printed["state"] == "QA") & (printed["year"] == 2016)
    printed.loc[mine, ["dem", "total"]] -= 3
    hits = found({**world(printed), "county_votes": table}, "earlier_vintage")
    assert hits[["source", "key"]].to_numpy().tolist() == [["second", "QA 2016 canvass"]]


def test_an_early_count_is_named_as_a_whole() -> None:
    printed = votes()
    mine = (printed["source"] == "second") & (printed["year"] == 2016)
    printed.loc[mine, ["dem", "rep", "total"]] = (
        printed.loc[mine, ["dem", "rep", "total"]] * 0.97
    ).round()
    tables = {**world(printed), "county_votes": final()}
    # Two states are too few to tell an early count from two faulty states.
    assert found(tables, "earlier_vintage").empty


@pytest.mark.parametrize(
    ("printed", "code"),
    [("1001", "01001"), ("1001.0", "01001"), (" 55079 ", "55079"), ("NA", ""), ("AKL01", "")],
)
def test_codes_are_read_as_meant(printed: str, code: str) -> None:
    assert clean_code(printed) == code


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("St. Croix County", "SAINT CROIX"),
        ("Doña Ana", "Dona Ana County"),
        ("fond-du-lac", "Fond du Lac"),
        ("O'Brien", "OBrien"),
        ("De Kalb", "DeKalb County"),
    ],
)
def test_names_are_folded(one: str, two: str) -> None:
    assert fold(one) == fold(two)


def test_places_of_one_name_and_another_kind_stay_apart() -> None:
    assert fold("Baltimore city") != fold("Baltimore County")


def test_every_code_of_the_country_is_listed() -> None:
    assert len(set(codes())) == 32


def test_counts_that_are_others_altogether_are_not_another_places_by_chance() -> None:
    f = votes()
    columns = ["dem", "rep", "other", "total"]
    like = f.loc[at(f, OTHER, YEAR), columns].to_numpy()
    own = f["source"] == f.loc[at(f, PLACE, YEAR), "source"]
    f.loc[own, columns] = (f.loc[own, columns].astype(float) * 1.37).round()
    f.loc[at(f, PLACE, YEAR), columns] = like + 1
    assert found(world(f), "permuted_codes").empty
    f.loc[at(f, PLACE, YEAR), columns] = like
    assert len(found(world(f), "permuted_codes")), (
        "votes that are the same to the vote are no chance"
    )


def test_codes_that_are_moved_everywhere_are_told() -> None:
    f = votes()
    columns = ["dem", "rep", "other", "total"]
    own = (f["source"] == f.loc[at(f, PLACE, YEAR), "source"]) & (
        f["year"].astype(str) == str(YEAR)
    )
    own &= f["state"] == "QA"
    f.loc[own, columns] = f.loc[own, columns].to_numpy()[[-1, *range(int(own.sum()) - 1)]] + 1
    assert len(found(world(f), "permuted_codes")) > 3
