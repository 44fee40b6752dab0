"""Settings and files of which no true sentence can be made are refused; names and days are read as they are written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from test_yours import STATE, YEAR, good, machines, told, written

from sevenpercent.data import tables
from sevenpercent.data.readers import formats, lines
from sevenpercent.errors import InputError, RefusedError
from sevenpercent.model import frames, scenario
from sevenpercent.model.places import county_frame
from sevenpercent.model.scenario import Scenario
from sevenpercent.own import check, draft, new, own_rules, sized
from sevenpercent.run.execute import run_alone


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"multiverse.race": [[]]}, "does not adjust for race"),
        ({"multiverse.race": [["college"]]}, "does not adjust for race"),
        ({"multiverse.education": [["white_nh"]]}, "does not adjust for education"),
        ({"validity.most_size": 0.5}, "less than or equal to 0.1"),
        ({"validity.least_coverage": 0.5}, "greater than or equal to 0.9"),
        ({"validity.concentrated": 0.9}, "less than or equal to 0.5"),
    ],
)
def test_limits_that_would_make_the_words_untrue_are_refused(
    settings: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        scenario.load("midwest-2016", settings)


def test_a_day_that_yaml_reads_as_a_date_is_a_day() -> None:
    s = scenario.load("texas-2024", {"claim.reported": "2024-11-30"})
    assert s.claim.reported == "2024-11-30"


def test_a_chapter_that_refuses_a_setting_ends_with_status_2(tmp_path: Path) -> None:
    s = scenario.load("midwest-2016", {"claim.percent": 60})
    with pytest.raises(RefusedError, match="choose a smaller size") as error:
        run_alone(s, "gap", tmp_path / "gap.ipynb")
    assert error.value.exit_code == 2


def test_a_cell_beyond_the_header_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v.csv"
    path.write_text("fips,dem,rep\n01001,1,2\n01003,3,4,5\n01005,5,6\n")
    with pytest.raises(InputError, match="more cells than the header") as error, lines.opened(path):
        pass
    assert (error.value.row, error.value.value) == (3, "5")
    path.write_text("fips,dem,rep\n01001,1,2,\n01003,3,4,\n")
    with lines.opened(path) as file:
        assert file.columns == ("fips", "dem", "rep")


def asked(home: Path, rows: pd.DataFrame, **more: object) -> None:
    """A new book of these votes."""
    held = written(rows, home / "votes.csv")
    new.create(told(home, held, written(machines(), home / "machines.csv"), **more), force=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rep": "A. Ash"}, "both candidates have one name"),
        ({"adjective": " "}, "--adjective is empty"),
        ({"margin": -5}, "a margin is a number of votes"),
        ({"reported": "yesterday"}, "no day since the election"),
        ({"reported": f"{YEAR - 1}-11-20"}, "no day since the election"),
        ({"model": "favoured_change ~ machines"}, "nobody is named"),
        ({"nearest": "favoured_change ~ machines"}, "no votes are claimed"),
    ],
)
def test_what_no_sentence_can_be_made_of_is_refused(
    home: Path, more: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        asked(home, good(), **more)
    assert not list((home / "scenarios").iterdir())


def test_claimed_votes_need_an_earlier_election_of_the_office(home: Path) -> None:
    rows = good().assign(office="US SENATE")
    with pytest.raises(InputError, match=r"no earlier election of U\.S\. Senator"):
        asked(home, rows, office="US SENATE", claimed=0.0, claimed_votes="3000")
    assert not list((home / "scenarios").iterdir())


def test_president_by_another_name_is_no_other_office(home: Path) -> None:
    asked(home, good().assign(office="US PRESIDENT"), office="US PRESIDENT")
    made = scenario.load("mine")
    assert (made.office, made.prior_office) == ("", "")
    assert made.designs is not None


def test_a_claimed_loss_is_negative_in_numbers_of_the_harmed_side(home: Path) -> None:
    for outcome, expected in (("harmed_change", -4.0), ("favoured_change", 4.0)):
        asked(home, good(), model=f"{outcome} ~ machines", who="A. Author")
        made = (home / "scenarios" / "mine" / "published.yml").read_text()
        assert f"published: {expected}" in made


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"sources": {"elsewhere.csv": "https://example.org"}}, "--source names a file"),
        ({"forced": {"elsewhere.csv": "tidy_votes"}}, "--from names a file"),
        ({"census_year": YEAR}, "holds census figures"),
    ],
)
def test_an_option_about_a_file_that_is_not_given_is_refused(
    home: Path, option: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        asked(home, good(), **option)
    assert not (home / "scenarios" / "mine.yml").exists()


@pytest.mark.parametrize("size", [0.0, -2.0, 101.0, float("nan"), float("inf")])
def test_what_is_no_size_of_a_difference_is_refused(size: float) -> None:
    with pytest.raises(InputError, match="a size is a number"):
        sized.positive(size)


def test_a_margin_against_who_won_is_a_warning(home: Path) -> None:
    asked(home, good(), margin=5000)
    s = scenario.load("mine")
    swapped = s.model_copy(
        update={"parties": s.parties.model_copy(
            update={"harmed": s.parties.favoured, "favoured": s.parties.harmed})}
    )  # fmt: skip
    load = tables.loader(s.tables.folder)
    every = {one is s: county_frame(one, load, one.focus) for one in (s, swapped)}
    lead = int(good()["rep"].astype(int).sum() - good()["dem"].astype(int).sum())
    near, far = (int(abs(lead) * by) for by in (1.2, 1.3))
    found = {
        (one is s, margin): [
            f.message for f in own_rules.margin_named(every[one is s], claims_margin(one, margin))
        ]
        for one in (s, swapped)
        for margin in (near, far)
    }
    lost = s if lead > 0 else swapped
    assert found[lost is s, near] == []
    assert "far from the margin" in found[lost is s, far][0]
    assert all("the claim says" in found[lost is not s, m][0] for m in (near, far))


def claims_margin(s: Scenario, margin: int) -> Scenario:
    """A scenario whose claim names a margin."""
    return s.model_copy(update={"claim": s.claim.model_copy(update={"margin": margin})})


def test_names_of_machines_are_read_as_they_are_written(home: Path) -> None:
    own = machines().rename(columns={"touchscreen": "value"}).assign(reading="Touch Screens (new)")
    path = written(own, home / "machines.csv")
    given = told(home, written(good(), home / "votes.csv"), path, columns={})
    new.create(given, force=True)
    assert list(scenario.load("mine").treatment.readings) == ["touch_screens_new"]
    written(own.assign(reading="<<>>"), path)
    with pytest.raises(InputError, match="no letter or digit") as error:
        new.create(replace(given), force=True)
    assert error.value.row == 2


def test_shares_of_two_makes_are_two_machines() -> None:
    fips = [f"{i:05d}" for i in range(10)]
    share = pd.Series([i / 10 for i in range(10)])
    parts = {"a": share, "b": 0.9 - share, "half": share / 2}
    rows = [pd.DataFrame({"fips": fips, "reading": n, "value": v}) for n, v in parts.items()]
    every = pd.concat(rows)
    assert draft._elsewhere("b", "a", every)
    assert not draft._elsewhere("half", "a", every)


def test_the_nation_is_shown_with_a_state_that_can_be_compared() -> None:
    rows = [("AK", f"02{i:03d}", 1.0) for i in range(9)]
    rows += [("GA", f"13{i:03d}", float(i % 2)) for i in range(9)]
    assert new._evenest(pd.DataFrame(rows, columns=["state", "fips", "value"])) == ["GA"]


@pytest.mark.parametrize("unit", ["percent", "points_all"])
def test_a_claim_is_asked_in_its_own_unit(unit: str) -> None:
    s = scenario.load("texas-2024", {"claim.unit": unit})
    assert s.designs
    assert {s.designs.sizes[name].amount for name in s.stated} == {unit}
    assert "decisive" in s.designs.sizes
    ways = {s.designs.sizes[name].how for name in s.stated}
    assert ways == ({"deleted", "switched"} if unit == "percent" else {"switched"})


def test_other_machines_are_asked_about_everywhere_at_once() -> None:
    for key in ("treatment.primary", "designs.counties.treatment"):
        s = scenario.load("texas-2024", {key: "marking"})
        assert s.designs
        assert s.treatment.primary == s.designs.counties.treatment == "marking"
        assert all(v.treatment != "marking" for v in s.designs.counties.neighbours.values())
    wisconsin = scenario.load("midwest-2016", {"treatment.primary": "dre_ge30"})
    assert wisconsin.designs
    assert wisconsin.designs.counties.treatment == "any_dre_wec", "another meaning of one word"


@pytest.mark.parametrize(
    ("book", "settings", "amounts"),
    [
        ("florida-2004", {"claim.unit": "points", "claim.percent": 7}, {("points", "switched")}),
    ],
)
def test_a_size_in_points_is_one_of_switched_votes(
    book: str, settings: dict[str, object], amounts: set[tuple[str, str]]
) -> None:
    s = scenario.load(book, {**settings, "claim.votes": None, "claim.votes_most": None})
    assert s.designs
    assert {(s.designs.sizes[n].amount, s.designs.sizes[n].how) for n in s.stated} == amounts


def test_a_claim_that_is_set_whole_is_asked_in_its_unit() -> None:
    claim = scenario.load("texas-2024").claim.model_dump(mode="json") | {"unit": "points_all"}
    s = scenario.load("texas-2024", {"claim": claim})
    assert s.designs
    assert [s.designs.sizes[n].amount for n in s.stated] == ["points_all"]


@pytest.mark.parametrize("wrong", [["hart"], "nobody", 3])
def test_machines_of_no_name_are_refused_as_such(wrong: object) -> None:
    with pytest.raises(InputError, match="treatment"):
        scenario.load("texas-2024", {"treatment.primary": wrong})


def test_only_what_a_book_had_is_left_behind() -> None:
    assert scenario.load("dominion-2020", {"prior_year": 2012}).behind == []
    behind = scenario.load("midwest-2016", {"claim.state": "PA"}).behind
    assert {"tables.units", "designs.municipalities"} <= {*behind}
    assert "year" in scenario.load("midwest-2016", {"year": 2020}).changed


def test_a_grid_without_a_share_is_refused() -> None:
    changed = {"multiverse.outcomes": ["level_share_all", "log_ratio"], "multiverse.more": []}
    with pytest.raises(InputError, match="no specification compares a share"):
        scenario.load("texas-2024", changed)


def test_votes_that_do_not_say_who_won_name_no_winner(home: Path) -> None:
    """What `check` warns about and what the pages ask are one question."""
    every = good()
    asked(home, every)
    s = scenario.load("mine")
    whole = county_frame(s, tables.loader(s.tables.folder), s.focus)
    assert frames.lead(whole) == int(whole["favoured"].sum() - whole["harmed"].sum())
    assert own_rules.winner_unknown(whole, s) == []
    asked(home, every.assign(other=every["rep"] + "0", total=every["rep"] + "000"))
    others = county_frame(s, tables.loader(s.tables.folder), s.focus)
    missing = whole.assign(absent=abs(float(frames.lead(whole) or 0)) + 1)
    for frame, kind in ((missing, "do not say who won"), (others, "neither of the two")):
        assert frames.lead(frame) is None
        assert [kind in f.message for f in own_rules.winner_unknown(frame, s)] == [True]
    votes = tables.load("county_votes")
    largest = votes.loc[votes["fips"].isin(every["fips"]) & votes["year"].eq(YEAR) & votes["best"]]
    gone = largest.sort_values("total")["fips"].iloc[-1]
    kept = votes[(votes["fips"] != gone) | (votes["year"] != YEAR)]
    parts = kept, tables.load("county_equipment"), tables.load("county_demographics")
    part = frames.county_frame(
        *parts, year=YEAR, prior_year=YEAR - 4, states=[STATE], equipment_year=2016
    )
    assert part["absent"].gt(0).all()
    assert frames.lead(part) is None


def test_of_lines_above_a_header_the_election_counts_and_not_the_download(home: Path) -> None:
    path = home / "machines.csv"
    for above, year in (
        ("Downloaded 2024-11-30\nSearch Results for November 2020\n", 2020),
        ("Downloaded 2024-11-30\n", 0),
        ("2016 records found\n", 0),
    ):
        path.write_text(above + machines().to_csv(index=False))
        assert formats.year_above(path) == year


def test_a_file_with_a_column_of_years_is_not_added_up_over_elections(home: Path) -> None:
    lines_ = [
        every.assign(year=str(year), office="President", candidate=who, party=party, votes=n)
        for every in (good()[["fips", "county", "state", "dem", "rep"]],)
        for year, more in ((YEAR - 4, "0"), (YEAR, ""))
        for who, party, n in (
            ("Ash", "DEM", every["dem"] + more),
            ("Birch", "REP", every["rep"] + more),
        )
    ]
    path = written(pd.concat(lines_).drop(columns=["dem", "rep"]), home / "votes.csv")
    assert formats.recognise(path, "votes").id == "tidy_candidates"
    plain = written(
        pd.concat(lines_[2:]).drop(columns=["dem", "rep", "year", "fips"]), home / "one.csv"
    )
    assert formats.recognise(plain, "votes").id == "openelections"


def test_a_list_of_machines_says_its_year_above_its_header(home: Path) -> None:
    path = home / "machines.csv"
    rows = machines().to_csv(index=False)
    path.write_text(f"Search Results: {YEAR - 2}\n{rows}")
    assert formats.year_above(path) == YEAR - 2
    path.write_text(rows)
    assert formats.year_above(path) == 0


def test_precincts_in_columns_are_said_to_be_added_up(home: Path) -> None:
    asked(home, good().assign(precinct="Ward 1"))
    found = [f for f in check.problems(scenario.load("mine")) if f.rule == "units"]
    assert ["one line" in f.message for f in found] == [True]
