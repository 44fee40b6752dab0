"""What was once read silently as something else, or written over another book, is refused by name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml
from test_yours import STATE, YEAR, good, machines, told, written

from sevenpercent.data import inputs, tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.own import check, covariates, make, new
from sevenpercent.own.equipment import meaning


def book(home: Path, votes: pd.DataFrame, **more: object) -> scenario.Scenario:
    file = written(votes, home / "votes.csv")
    given = told(home, file, written(machines(), home / "machines.csv"), **more)
    new.create(given, force=True)
    return scenario.load("mine")


def by_candidate(harmed: str = "Bell, A.") -> pd.DataFrame:
    """The votes of :func:`good` with a line a candidate, and no column of parties."""
    rows = good()[["fips", "state", "county", "year", "dem", "rep"]]
    names = rows.rename(columns={"dem": harmed, "rep": "Crow, B."})
    long = names.melt(["fips", "state", "county", "year"], var_name="candidate", value_name="votes")
    return long[long["year"].astype(int) == YEAR].astype(str)


def refused(home: Path, votes: pd.DataFrame, says: str, **more: object) -> InputError:
    with pytest.raises(InputError, match=says) as caught:
        book(home, votes, **more)
    assert not (home / "scenarios" / "mine.yml").exists()
    return caught.value


# --- one book over another --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "value"), [("id", "texas-2024"), ("folder", "data/texas-2024"), ("folder", "data")]
)
def test_a_copied_scenario_writes_into_no_other_folder(home: Path, key: str, value: str) -> None:
    book(home, good())
    path = home / "scenarios" / "mine.yml"
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    (body["tables"] if key == "folder" else body)[key] = value
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    before = {p: p.read_bytes() for p in sorted((home / "data").rglob("*")) if p.is_file()}
    with pytest.raises(InputError, match="name") as caught:
        check.check("mine")
    assert caught.value.value == value
    assert {p: p.read_bytes() for p in before} == before


def test_no_setting_gives_a_book_the_name_of_another(home: Path) -> None:
    book(home, good())
    with pytest.raises(InputError, match="name of its file"):
        scenario.load("mine", {"id": "texas-2024"})


# --- votes ------------------------------------------------------------------------------------------


def test_lines_of_another_office_are_no_votes(home: Path) -> None:
    votes = good()
    both = pd.concat([votes.assign(office="President"), votes.assign(office="US Senate", dem="9")])
    book(home, both)
    read = tables.load("county_votes", home / "data" / "mine")
    mine = read[(read["state"] == STATE) & (read["year"] == YEAR)]
    assert (
        int(mine["dem"].sum())
        == votes.loc[votes["year"].astype(int) == YEAR, "dem"].astype(int).sum()
    )


def test_a_file_of_another_office_alone_is_refused(home: Path) -> None:
    found = refused(home, good().assign(office="US Senate"), "no line of the office of President")
    assert found.column == "office"
    assert found.value == "US Senate"


@pytest.mark.parametrize("text", ["PRES", "2020 General Election", "President"])
def test_one_contest_alone_is_the_election(home: Path, text: str) -> None:
    assert len(book(home, good().assign(race=text)).states) == 1


def test_an_office_that_stands_in_the_first_line_alone_is_told(home: Path) -> None:
    votes = good().assign(office="")
    votes.loc[0, "office"] = "President"
    assert refused(home, votes, "does not say of which office").row == 3


def test_write_ins_of_a_few_votes_may_be_alike(home: Path) -> None:
    few = by_candidate().iloc[[0, 0]].assign(candidate="Write-in", votes="400")
    book(home, pd.concat([by_candidate(), few]), dem="Bell", rep="Crow")


def test_a_candidates_line_that_stands_twice_is_named(home: Path) -> None:
    lines = by_candidate()
    found = refused(
        home, pd.concat([lines, lines.iloc[[3]]]), "stands twice", dem="Bell", rep="Crow"
    )
    assert found.row == len(lines) + 2
    assert "Bell" in str(found.value)


def test_a_name_is_matched_by_whole_words(home: Path) -> None:
    lines = pd.concat([by_candidate(), by_candidate("Bellamy, C.").assign(votes="7")])
    lines = lines[(lines["candidate"] != "Crow, B.") | ~lines.duplicated()]
    book(home, lines, dem="Bell", rep="Crow")
    read = tables.load("county_votes", home / "data" / "mine")
    mine = read[(read["state"] == STATE) & (read["year"] == YEAR)]
    own = by_candidate()
    assert (
        int(mine["dem"].sum()) == own.loc[own["candidate"] == "Bell, A.", "votes"].astype(int).sum()
    )


def test_a_county_twice_in_other_letters_is_found(home: Path) -> None:
    votes = good().drop(columns="fips")
    again = votes.iloc[[5]].assign(county=lambda x: x["county"].str.upper(), dem="1")
    made = book(home, pd.concat([votes, again]))
    assert [f for f in check.problems(made) if f.rule == "keys_unique"]


# --- machines and census figures ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Optical Scan (no DRE)", "Non-DRE", "Paper, without DRE", "0 DRE"]
)
def test_no_machine_is_none(text: str) -> None:
    assert meaning(text) == 0.0


@pytest.mark.parametrize("text", ["DRE", "DRE (not touchscreen)", "iVotronic DRE; no DRE printer"])
def test_a_machine_without_something_is_one(text: str) -> None:
    assert meaning(text) == 1.0


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda c: c.mask(c.index == 4, 35.0), "a few cells are percent"),
        (lambda c: pd.concat([c, c.iloc[[4]] + 0.1]), "stands twice with other figures"),
    ],
)
def test_census_figures_of_two_kinds_are_refused(home: Path, spoil: object, says: str) -> None:
    people = tables.load("county_demographics").query("state == @STATE")
    own = spoil(people.set_index("fips")["college"].reset_index(drop=True))  # type: ignore[operator]
    codes = people["fips"].reset_index(drop=True).reindex(own.index)
    census = written(pd.DataFrame({"fips": codes, "college": own}), home / "census.csv")
    refused(home, good(), says, demographics=[census], census_year=2019)


def test_small_percentages_are_no_slips(home: Path) -> None:
    people = tables.load("county_demographics").query("state == 'WI'")
    census = pd.DataFrame({"fips": people["fips"], "black": 100 * people["black"]})
    file = written(census, home / "census.csv")
    postal = dict(tables.load("states").set_index("name")["state"])
    given = inputs.Input(file=str(file), holds="demographics", format="tidy_demographics")
    read, _ = covariates.read(file, given, "census", make.reference(), postal)
    assert read["black"].to_numpy() == pytest.approx(people["black"].to_numpy())
