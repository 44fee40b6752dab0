"""Precincts as units: the frame, and a book whose designs rest on precincts of the same county."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.own import answers, check, new
from sevenpercent.own.precincts import survey
from sevenpercent.own.request import Request
from sevenpercent.stats import designs
from sevenpercent.stats import regression as controls
from sevenpercent.stats.designs import precinct

EFFECT = -0.03
COUNTIES, EACH = 20, 6


def lines_of(years: tuple[int, ...] = (2020, 2016)) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines by candidate and mode of real counties cut into precincts, with a planted effect."""
    rng = np.random.default_rng(20)
    votes = tables.load("county_votes")
    own = votes[(votes["state"] == "NC") & (votes["year"] == 2016) & votes["best"]].head(COUNTIES)
    rows, machines = [], []
    for county in own.to_dict("records"):
        for number in range(1, EACH + 1):
            before = np.clip(
                float(county["dem"]) / (float(county["dem"]) + float(county["rep"]))
                + rng.normal(0, 0.08),
                0.1,
                0.9,
            )
            touch = int(rng.random() < 0.5)
            machines.append((county["fips"], f"{number:02d}", touch))
            now = before - 0.01 + EFFECT * touch + rng.normal(0, 0.004)
            senate = before + rng.normal(0, 0.004)
            contests = [(2020, "US PRESIDENT", now, "ASH", "BIRCH")]
            contests += [(2020, "US SENATE", senate, "ELM", "FIR")]
            contests += [(2016, "US PRESIDENT", before, "OAK", "PINE")]
            for year, office, share, dem, rep in contests:
                sides = ((dem, "DEMOCRAT", share), (rep, "REPUBLICAN", 1 - share))
                for who, party, part in sides:
                    for mode in ("ELECTION DAY", "ABSENTEE"):
                        rows.append((year, "NC", str(county["county"]).upper(), county["fips"],
                                     f"Precinct {number}", office, who, party, mode,
                                     int(5000 * float(part))))  # fmt: skip
    names = ["year", "state_po", "county_name", "county_fips", "precinct", "office", "candidate",
             "party_simplified", "mode", "votes"]  # fmt: skip
    votes_by = pd.DataFrame(rows, columns=names)
    listed = pd.DataFrame(machines, columns=["fips", "precinct", "touch"])
    listed["precinct"] = "PRECINCT " + listed["precinct"]
    return votes_by[votes_by["year"].isin(years)], listed


def book(home: Path, votes: pd.DataFrame, machines: pd.DataFrame) -> scenario.Scenario:
    votes.to_csv(home / "votes.csv", index=False)
    machines.to_csv(home / "machines.csv", index=False)
    named = {n: n for n in machines.columns}
    told = Request(
        name="mine", year=2020, focus="NC", dem="A. Ash", rep="B. Birch", claimed=2.0,
        votes=[home / "votes.csv"], equipment=[home / "machines.csv"],
        columns={"machines.csv": named},
    )  # fmt: skip
    new.create(told, force=True)
    return scenario.load("mine")


def fits(made: scenario.Scenario) -> pd.DataFrame:
    frames = designs.frames(made, tables.loader(made.tables.folder))
    return designs.fit_all(made, frames).set_index("key")


def test_precincts_of_one_county_are_compared_with_errors_by_county(home: Path) -> None:
    made = book(home, *lines_of())
    assert made.designs is not None
    assert made.designs.precincts is not None
    spec = made.designs.precincts
    assert (spec.effects, spec.errors, spec.outcome) == ("county", "cr3", "change_two_party")
    assert made.declared == made.declaration
    row = fits(made).loc["designs.p5"]
    assert row["n"] == COUNTIES * EACH
    assert row["hi"] < 0
    assert abs(row["estimate"] - 100 * EFFECT) < 0.5
    load = tables.loader(made.tables.folder)
    frame = precinct.precinct_frame(
        load("precinct_votes"), load("precinct_equipment"), year=2020, prior_year=2016
    )
    plain = controls.fit(
        frame, "change_two_party", "touch", ["two_party_prior"], errors="cr3", effects="fips",
        cluster="fips",
    )  # fmt: skip
    assert 100 * plain.estimate == pytest.approx(row["estimate"])
    assert plain.clusters == COUNTIES


def test_without_the_last_election_another_office_stands_in(home: Path) -> None:
    made = book(home, *lines_of((2020,)))
    assert made.designs is not None
    assert made.designs.precincts is not None
    assert made.designs.precincts.outcome == "same_ballots"
    assert made.designs.other_office == "U.S. Senator"
    row = fits(made).loc["designs.p5"]
    assert row["hi"] < 0
    assert abs(row["estimate"] - 100 * EFFECT) < 0.5


def test_counties_are_the_sums_of_their_precincts(home: Path) -> None:
    votes, machines = lines_of()
    made = book(home, votes, machines)
    load = tables.loader(made.tables.folder)
    own = load("county_votes")
    now = own[(own["year"] == 2020) & (own["state"] == "NC") & own["best"]]
    by_precinct = load("precinct_votes")
    president = by_precinct[(by_precinct["year"] == 2020) & (by_precinct["office"] == "president")]
    sums = president.groupby("fips")["dem"].sum()
    assert (now.set_index("fips")["dem"].reindex(sums.index) == sums).all()
    share = load("county_equipment").set_index("fips")["value"]
    assert share.to_dict() == pytest.approx(machines.groupby("fips")["touch"].mean().to_dict())
    assert set(load("county_equipment")["state"]) == {"NC"}


@pytest.mark.slow
def test_machines_by_county_leave_precincts_out_and_say_so(home: Path) -> None:
    votes, machines = lines_of()
    counties = machines.groupby("fips")["touch"].first().reset_index()
    made = book(home, votes, counties)
    assert made.designs is not None
    assert made.designs.precincts is None
    assert any(f.rule == "units" and f.severity == "note" for f in check.problems(made))


def test_precincts_that_no_list_knows_are_counted(home: Path) -> None:
    votes, machines = lines_of()
    made = book(home, votes, machines.iloc[3:])
    hits = [f for f in check.problems(made) if f.table == "precinct_votes"]
    assert hits[0].key == f"3 of {COUNTIES * EACH} precincts"


def test_a_survey_looks_at_no_vote(home: Path) -> None:
    votes, _ = lines_of()
    votes.assign(votes="x").to_csv(home / "v.csv", index=False)
    given = answers.inputs(Request("a", year=2020, votes=[home / "v.csv"]))[0]
    found = survey(given)
    assert found.precincts
    assert found.years == {2016, 2020}
    assert found.beside == "U.S. Senator"


def test_a_frame_without_the_election_is_refused() -> None:
    votes = pd.DataFrame(columns=["fips", "precinct", "year", "office", "dem", "rep", "total"])
    listed = pd.DataFrame(columns=["fips", "precinct", "reading", "value"])
    with pytest.raises(InputError, match="No precinct has votes"):
        precinct.precinct_frame(votes, listed, year=2020, prior_year=2016)


def test_names_of_precincts_agree_in_any_writing() -> None:
    names = pd.Series(["Precinct 01", "PRECINCT 1", "precinct-001", "Precinct 10"])
    assert precinct.key(names).tolist() == ["precinct1", "precinct1", "precinct1", "precinct10"]
