"""One file with votes, machines, earlier votes and census figures: what each column is taken for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import Done
from test_yours import PRIOR, STATE, YEAR, good

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.own import check, covariates, new
from sevenpercent.own.request import Request

pytestmark = pytest.mark.slow


def wide() -> pd.DataFrame:
    """Everything about a state in one table, as people keep it."""
    votes = tables.load("county_votes")
    before = votes[(votes["state"] == STATE) & (votes["year"] == PRIOR) & votes["best"]]
    people = tables.load("county_demographics").set_index("fips")
    out = good()[["fips", "county", "dem", "rep", "total"]]
    out = out.merge(before[["fips", "dem", "rep"]], on="fips", suffixes=("", f"_{PRIOR}"))
    own = people.loc[out["fips"]].reset_index()
    out["pct_white"] = (100 * own["white_nh"]).round(2)
    out["pct_bachelors"] = (100 * own["college"]).round(2)
    out["Total Population"] = own["population"]
    out["voting_system"] = ["DRE" if i % 3 == 0 else "Optical Scan" for i in range(len(out))]
    return out.assign(notes="seen by a clerk")


def told(frame: pd.DataFrame, home: Path, **more: object) -> Request:
    frame.to_csv(home / "wide.csv", index=False)
    given = Request("mine", YEAR, states=[STATE], dem="A. Ash", rep="B. Birch", claimed=4.0)
    given.files = [home / "wide.csv"]
    for name, value in more.items():
        setattr(given, name, value)
    return given


def test_one_file_of_everything_makes_a_book(home: Path) -> None:
    said: list[str] = []
    new.create(told(wide(), home), show=said.append)
    made = scenario.load("mine")
    assert [(i.holds, i.year) for i in made.inputs] == [
        ("votes", YEAR), ("votes", PRIOR), ("equipment", None), ("demographics", None),
    ]  # fmt: skip
    text = "\n".join(said)
    assert "machines: voting_system" in text
    assert "census: white_nh" in text
    assert f"earlier votes, {PRIOR}: dem" in text
    assert "not used: notes" in text
    assert ", ".join(wide()["dem"].head(3)) in text
    folder = home / "data" / "mine"
    machines = tables.load("county_equipment", folder)
    assert machines["value"].sum() == 53
    people = tables.load("county_demographics", folder).set_index("fips")
    ours = tables.load("county_demographics").set_index("fips").loc[people.index]
    assert (people["white_nh"] - ours["white_nh"]).abs().max() < 1e-4
    assert people["age_65_over"].equals(ours["age_65_over"])
    assert not [f for f in check.problems(made) if f.severity == "error"]


@pytest.mark.parametrize(
    ("names", "roles"),
    [
        ({"dem": "Ash", "rep": "Birch votes"}, {"dem": "Ash", "rep": "Birch votes"}),
        ({"dem": "dem20", "rep": "rep20"}, {"dem": "dem20", "rep": "rep20"}),
        ({f"dem_{PRIOR}": "D_16", f"rep_{PRIOR}": "R_16"}, {}),
        ({f"dem_{PRIOR}": "prior_dem", f"rep_{PRIOR}": "prior_rep"}, {}),
        ({"voting_system": "uses touch screens"}, {}),
    ],
)
def test_names_as_people_write_them(
    home: Path, names: dict[str, str], roles: dict[str, str]
) -> None:
    frame = wide()
    frame = frame.rename(columns=names)
    if "D_16" in frame:
        given = told(
            frame, home, columns={"wide.csv": {f"dem_{PRIOR}": "D_16", f"rep_{PRIOR}": "R_16"}}
        )
    else:
        given = told(frame, home)
    new.create(given)
    inputs = scenario.load("mine").inputs
    assert [i.holds for i in inputs] == ["votes", "votes", "equipment", "demographics"]
    assert roles.items() <= inputs[0].columns.items()


def test_a_doubtful_column_is_asked_about_or_named(home: Path) -> None:
    frame = wide().drop(columns="voting_system")
    frame["flag"] = [str(int(i % 3 == 0)) for i in range(len(frame))]
    with pytest.raises(InputError, match="may say where the machines are") as error:
        new.create(told(frame, home))
    assert "wide.csv:machines.flag=flag" in str(error.value)
    assert not list((home / "scenarios").iterdir())
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "yes"

    new.create(told(frame, home), answer)
    assert any("flag" in q for q in asked)
    again = told(frame, home, columns={"wide.csv": {"machines.flag": "flag"}})
    new.create(again, force=True)
    assert list(scenario.load("mine").treatment.readings) == ["flag"]


def test_two_columns_for_one_thing_are_never_chosen_silently(home: Path) -> None:
    frame = wide().assign(votes_dem=wide()["dem"])
    with pytest.raises(InputError, match="2 columns of the file may be dem"):
        new.create(told(frame, home))
    new.create(told(frame, home, columns={"wide.csv": {"dem": "votes_dem"}}))
    assert scenario.load("mine").inputs[0].columns["dem"] == "votes_dem"


def test_two_files_of_the_same_machines_are_refused(home: Path) -> None:
    given = told(wide(), home)
    listed = wide()[["fips", "voting_system"]]
    listed.to_csv(home / "m.csv", index=False)
    given.equipment = [home / "m.csv"]
    given.columns = {"m.csv": {"fips": "fips", "voting_system": "voting_system"}}
    with pytest.raises(InputError, match="two files hold the same machines"):
        new.create(given)


def test_machines_by_name_are_asked_about(home: Path) -> None:
    frame = wide()
    frame["voting_system"] = ["Oakwood 100" if i % 3 == 0 else "Elm S" for i in range(len(frame))]
    with pytest.raises(InputError, match="names machines") as error:
        new.create(told(frame, home))
    assert "Elm S (106)" in str(error.value)
    new.create(told(frame, home, machines=["oak=type:oakwood+label:machines of Oakwood"]))
    made = scenario.load("mine")
    assert made.treatment.readings["oak"].label == "machines of Oakwood"
    assert tables.load("county_equipment", home / "data" / "mine")["value"].sum() == 53
    seen = "\n".join(new.machines_seen(home / "scenarios" / "mine.yml"))
    assert "'Oakwood 100' (53 lines) is 1 of oak" in seen


@pytest.mark.parametrize("role", ["democ", "machine.x", "dem_16", "colege"])
def test_a_role_that_means_nothing_is_refused(home: Path, role: str) -> None:
    with pytest.raises(InputError, match="means nothing"):
        new.create(told(wide(), home, columns={"wide.csv": {role: "dem"}}))


@pytest.mark.parametrize(("year", "severity"), [(2019, ""), (YEAR, ""), (2023, "warning")])
def test_the_year_of_census_figures_is_told(home: Path, year: int, severity: str) -> None:
    made = new.create(told(wide(), home, census_year=year))
    found = covariates.dated(scenario.load("mine"))
    assert [f.severity for f in found] == ([severity] if severity else [])
    seen = "\n".join(new.machines_seen(made))
    assert f"wide.csv, of {year}" in seen
    assert ("newer than the election" in seen) == bool(severity)
    assert f"of {year}" in scenario.load("mine").credits.people


def test_the_command_shows_the_roles(home: Path, typed: Callable[..., Done]) -> None:
    wide().to_csv(home / "wide.csv", index=False)
    monkey = ["--year", str(YEAR), "--focus", STATE, "--dem", "Ash", "--rep", "Birch"]
    done = typed("new", "mine", home / "wide.csv", *monkey, "--claimed", "4")
    assert done.returncode == 0, done.stderr
    assert "what each column is taken for" in done.stdout


def test_one_party_alone_is_no_election(home: Path) -> None:
    said: list[str] = []
    frame = wide().rename(columns={"dem": "somebody"}).drop(columns="total")
    with pytest.raises(InputError, match=f"no county votes of {YEAR + 4}"):
        new.create(told(frame, home, year=YEAR + 4), show=said.append)
    (unused,) = [line for line in said if "not used" in line]
    assert "somebody" in unused
    assert "rep" in unused


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"year": 10**20}, "--year is no year"),
        ({"census_year": 999_999}, "--census-year is no year"),
        ({"title": "Ash\x1b[2J"}, "--title holds a control character"),
        ({"machines": ["oak=type:("]}, "no file has a column of the make or the type"),
    ],
)
def test_what_cannot_be_meant_is_refused(home: Path, given: dict[str, object], says: str) -> None:
    frame = wide().drop(columns="voting_system").assign(dre=[0, 1] * 79 + [0])
    with pytest.raises(InputError, match=says):
        new.create(told(frame, home, **given))
    assert not list(home.glob("scenarios/mine*"))


def test_a_folder_is_no_file(home: Path) -> None:
    with pytest.raises(InputError, match="that is a folder"):
        new.create(told(wide(), home, files=[home]))


def test_machines_without_a_label_are_called_by_their_name(home: Path) -> None:
    frame = wide()
    frame["voting_system"] = ["Oakwood 100" if i % 3 == 0 else "Elm S" for i in range(len(frame))]
    new.create(told(frame, home, machines=["oak=type:Oakwood"]))
    assert scenario.load("mine").treatment.electronic == "Oakwood machines"
