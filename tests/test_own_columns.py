"""Columns that only a book's own file has, in the published specification, from the command to the number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from test_first_try import frame, listed
from test_yours import STATE, YEAR

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import places, scenario, vocabulary
from sevenpercent.model.results import Results
from sevenpercent.own import check, new
from sevenpercent.own.request import Request
from sevenpercent.stats import published, replications
from sevenpercent.stats.designs import county
from sevenpercent.study import cells, magics


def book(home: Path, **more: str) -> scenario.Scenario:
    """A new book with a column of its own, and a published regression on it."""
    own = frame()
    own.drop(columns="touch").to_csv(home / "v.csv", index=False)
    listed(dre=own["touch"]).to_csv(home / "m.csv", index=False)
    people = tables.load("county_demographics").set_index("fips").loc[own["fips"]].reset_index()
    people = people[["fips", "population", "white_nh", "college"]]
    people.assign(churches=np.arange(len(people)) % 7).to_csv(home / "p.csv", index=False)
    columns = {str(n): str(n) for n in people} | {"own_churches": "churches"}
    given = Request("mine", YEAR, votes=[home / "v.csv"], equipment=[home / "m.csv"],
                    demographics=[home / "p.csv"], columns={"p.csv": columns}, dem="A. Ash",
                    rep="B. Birch", focus=STATE, claimed=2.0, census_year=2016, who="A. Author")  # fmt: skip
    given.model = more.get("model", "favoured_share ~ machines + own_churches")
    new.create(given)
    return scenario.load("mine")


def test_a_column_of_ones_own_stands_in_the_table_and_in_the_list(home: Path) -> None:
    s = book(home)
    held = tables.load("county_demographics", home / "data" / "mine")
    assert sorted(held["own_churches"].dropna().unique()) == list(range(7))
    listed_ = yaml.safe_load((home / "scenarios" / "mine" / "published.yml").read_text())
    assert listed_["models"]["published"]["terms"] == ["machines", "own_churches"]
    assert s.inputs[-1].columns["own_churches"] == "churches"


@pytest.mark.slow
@pytest.mark.usefixtures("examined")
def test_the_published_regression_is_computed_on_it(home: Path) -> None:
    s = book(home)
    chapter = cells.run(
        "replications", s, tables.loader(s.tables.folder), lambda n: Results(), magics.spoken
    )
    (figure,) = chapter.variables["figures"].to_dict("records")
    own = frame()
    y = 100 * own["rep"] / own["total"]
    x = np.column_stack([np.ones(len(own)), own["touch"], np.arange(len(own)) % 7])
    expected = np.linalg.lstsq(x.astype(float), y.to_numpy(float), rcond=None)[0][1]
    assert figure["status"] != "no data"
    assert figure["ours"] == pytest.approx(expected, abs=1e-6)


def test_a_formula_without_machines_is_refused(home: Path) -> None:
    with pytest.raises(InputError, match="no term of the formula is the machines"):
        book(home, model="favoured_share ~ own_churches")
    assert not pd.Series(list((home / "scenarios").iterdir()), dtype=object).size


# --- columns of a wide file as controls ---------------------------------------------------------


def wide(**more: Any) -> pd.DataFrame:
    """A wide file with columns that no published table has."""
    own = frame()
    steps = np.arange(len(own))
    own = own.assign(churches_2010=steps % 7, registered_rep_share=(steps * 13 % 89) / 100)
    own["rent"] = [f"${900 + 7 * (i % 31):,}" for i in steps]
    return own.assign(**more)


def made(home: Path, controls: str, rows: pd.DataFrame, **more: object) -> scenario.Scenario:
    rows.to_csv(home / "w.csv", index=False)
    given = Request("mine", YEAR, files=[home / "w.csv"], dem="A. Ash", rep="B. Birch",
                    focus=STATE, claimed=2.0, controls=controls, who="A. Author")  # fmt: skip
    for name, value in more.items():
        setattr(given, name, value)
    new.create(given, force=True)
    return scenario.load("mine")


THREE = "churches_2010=places of worship, registered_rep_share, rent"


def test_columns_of_a_wide_file_are_controls_wherever_a_set_can_stand(home: Path) -> None:
    s = made(home, THREE, wide())
    own = ["own_churches_2010", "own_registered_rep_share", "own_rent"]
    assert {n: (c.words, c.unit, c.year) for n, c in s.covariates.items()} == {
        own[0]: ("places of worship", "", 2010),
        own[1]: ("registered rep share", "", None),
        own[2]: ("rent", "dollars", None),
    }
    assert s.designs is not None
    assert s.designs.counties.controls == ["college", "white_nh", "log_density", *own]
    without = s.designs.counties.neighbours["without_own"]
    assert without.label == "not adjusting for places of worship, registered rep share and rent"
    assert s.multiverse is not None
    assert set(own) <= set(s.multiverse.more)
    assert s.controls["own"] == ["white_nh", "college", *own]
    assert s.declared == s.declaration
    held = tables.load("county_demographics", home / "data" / "mine").set_index("fips")
    assert held.loc[wide()["fips"], "own_rent"].tolist() == [900 + 7 * (i % 31) for i in range(159)]
    words = vocabulary.Vocabulary(s)
    assert words.measures(own[:1]) == "places of worship (2010)"
    assert words.measures(own[2:]) == "rent (dollars)"
    assert words.controls("own").late == "registered rep share and rent"
    told = "\n".join(new.machines_seen(home / "scenarios" / "mine.yml"))
    assert "places of worship, of 2010" in told
    assert "rent, year not known" in told


def test_a_comparison_adjusts_for_them(home: Path) -> None:
    s = made(home, THREE, wide())
    counties = places.county_frame(s, tables.loader(s.tables.folder), STATE)
    assert s.designs is not None
    fit = county.fit(counties, s.designs.counties)
    names = s.designs.counties.controls
    whole = counties.dropna(subset=[*names, "change_two_party"])
    x = np.column_stack([np.ones(len(whole)), whole[s.treatment.primary], whole[names]])
    y = 100 * whole["change_two_party"].to_numpy(float)
    expected = np.linalg.lstsq(x.astype(float), y, rcond=None)[0][1]
    assert fit.estimate == pytest.approx(expected, abs=1e-8)
    assert (fit.n, len(names)) == (159, 6)


def test_a_census_figure_among_them_is_one(home: Path) -> None:
    rows = wide(median_income=50_000 + 10 * np.arange(159))
    s = made(home, "median_income", rows)
    assert s.covariates == {}
    assert s.designs is not None
    assert s.designs.counties.controls[-1] == "income"
    assert s.designs.counties.neighbours["without_own"].label == "not adjusting for income"


@pytest.mark.parametrize(
    ("controls", "problem", "advice"),
    [
        ("registerd_rep_share", "no file that is read column by column", "registered_rep_share"),
        ("dem", "a column of --controls is dem in this file", "neither a place nor a count"),
    ],
)
def test_a_control_that_is_none_is_refused(
    home: Path, controls: str, problem: str, advice: str
) -> None:
    with pytest.raises(InputError, match=problem) as error:
        made(home, controls, wide())
    assert advice in str(error.value)
    assert not list((home / "scenarios").iterdir())


def test_a_set_with_an_undeclared_column_is_refused(home: Path) -> None:
    made(home, "rent", wide())
    with pytest.raises(InputError, match="covariates say nothing of it") as error:
        scenario.load("mine", {"controls.own": "[own_rents]"})
    assert "own_rent" in str(error.value)
    with pytest.raises(InputError, match="unknown name"):
        scenario.load("mine", {"controls.own": "[colege]"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoilt", "facts"),
    [
        ({"rent": ["", *["5", "7", "9"] * 52, "5", "7"]},
         ("missing_places", "warning", 2, "rent", "", "has no value")),
        ({"rent": ["abc", *["5", "7", "9"] * 52, "5", "7"]},
         ("fractional_or_negative", "error", 2, "rent", "abc", "no number")),
        ({"rent": 5}, ("collinear", "error", None, "rent", "", "5 in every county of GA")),
        ({"rent": (np.arange(159) % 7) * 3 + 2},
         ("collinear", "error", None, "rent", "", "follows from")),
    ],
)  # fmt: skip
def test_what_spoils_a_control_is_named(
    home: Path, spoilt: dict[str, object], facts: tuple[object, ...]
) -> None:
    s = made(home, THREE, wide(**spoilt))
    rule, severity, row, column, value, message = facts
    hits = [f for f in check.problems(s) if f.rule == rule and f.column == column]
    (hit,) = [f for f in hits if f.severity == severity]
    assert (hit.source.split(" (")[0], hit.row, hit.value) == ("w.csv", row, value)
    assert str(message) in hit.message


def test_a_control_newer_than_the_election_is_warned_about(home: Path) -> None:
    rows = wide().rename(columns={"churches_2010": "churches_2023"})
    s = made(home, "churches_2023", rows)
    (hit,) = [f for f in check.problems(s) if f.rule == "out_of_date" and f.value == "2023"]
    assert hit.severity == "warning"
    assert "churches 2023" in hit.message
    told = "\n".join(new.machines_seen(home / "scenarios" / "mine.yml"))
    assert "The column “churches 2023” is of 2023, newer than the election" in told


# --- published specifications, exactly ------------------------------------------------------------

HOUT = {
    "machines": 0.02,
    "machines*favoured_share_prior": -0.5,
    "machines*favoured_share_prior*favoured_share_prior": 0.6,
    "favoured_share_prior": 0.1,
    "favoured_share_prior*favoured_share_prior": -0.12,
    "dole_share_1996": 0.11,
    "votes_in_thousands": -2e-6,
    "turnout_ratio": 0.04,
    "median_income_2000": -3e-7,
    "hispanic_share_2000": -0.05,
}
"""Terms of a published model, each with the coefficient that is planted."""

TENNESSEE = {
    "machines": -0.013,
    "registered_rep_share": 0.09,
    "change_2016_2020": 0.3,
    "change_2016_2020*change_2016_2020": -1.5,
    "machines*registered_rep_share": 0.03,
}


def planted(state: str, year: int, model: dict[str, float]) -> tuple[pd.DataFrame, float]:
    """A wide file whose votes follow a model, but for halves of votes; votes that its machines moved."""
    votes = tables.load("county_votes")
    of = {y: votes[votes["state"].eq(state) & votes["year"].eq(y) & votes["best"]].set_index("fips")
          for y in (year - 4, year)}  # fmt: skip
    own = of.get(year, of[year - 4])
    own = (own if len(own) else of[year - 4])[["county"]].copy()
    before = of[year - 4].loc[own.index, ["dem", "rep", "total"]].astype("int64") * 100
    n, rng = len(own), np.random.default_rng(year)
    own = own.join(before.add_suffix(f"_{year - 4}"))
    own["total"] = (before["total"] * rng.uniform(0.95, 1.2, n)).round().astype("int64")
    own["touchscreen"] = np.arange(n) % 4 // 3
    own["dole_share_1996"] = rng.uniform(0.3, 0.6, n)
    own["median_income_2000"] = rng.integers(25_000, 60_000, n)
    own["hispanic_share_2000"] = rng.uniform(0, 0.5, n)
    own["registered_rep_share"] = rng.uniform(0.2, 0.7, n)
    own["change_2016_2020"] = rng.uniform(-0.1, 0.1, n)
    own["votes_in_thousands"] = own["total"] / 1000
    own["favoured_share_prior"] = before["rep"] / before["total"]
    own["turnout_ratio"] = own["total"] / before["total"] - 1
    own["machines"] = own["touchscreen"]
    part = {t: c * own[t.split("*")].prod(axis=1) for t, c in model.items()}
    share = own["favoured_share_prior"] - 0.05 + pd.DataFrame(part).sum(axis=1)
    assert share.between(0.01, 0.99).all()
    own["rep"] = (share * own["total"]).round().astype("int64")
    own["dem"] = own["total"] - own["rep"]
    moved = sum(float((part[t] * own["total"]).sum()) for t in part if "machines" in t)
    made_here = ["favoured_share_prior", "turnout_ratio", "machines"]
    return own.drop(columns=made_here).reset_index(), moved


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "year", "model"), [("FL", 2004, HOUT), ("TN", 2024, TENNESSEE)], ids=["Hout", "TN"]
)
def test_a_published_model_on_columns_of_ones_own_is_fitted_exactly(
    home: Path, state: str, year: int, model: dict[str, float]
) -> None:
    rows, moved = planted(state, year, model)
    rows.to_csv(home / "w.csv", index=False)
    formula = "favoured_change ~ " + " + ".join(model)
    new.create(Request("mine", year, files=[home / "w.csv"], dem="A. Ash", rep="B. Birch",
                       focus=state, claimed_votes="130000-260000", how="added,switched",
                       counted="lead", gain=True, model=formula, who="A. Author"))  # fmt: skip
    s = scenario.load("mine")
    load = tables.loader(s.tables.folder)
    listed_ = published.load(home / "scenarios" / "mine" / "published.yml")
    runner = replications.Runner(listed_, load, lambda w: replications.counties(s, load, w))
    fitted, ask = listed_.models["published"], listed_.figures[0].tables
    assert isinstance(fitted, published.Regression)
    assert ask is not None
    for name, planted_ in zip(fitted.terms, model.values(), strict=True):
        found = runner.value(published.Ask(model="published", quantity="coef", term=name))
        assert found == pytest.approx(planted_, rel=1e-3, abs=1e-9), name
    assert runner.value(ask) == pytest.approx(moved, rel=1e-3)
    assert not runner.lacks(ask)


def test_a_name_in_a_formula_that_nothing_has_is_refused(home: Path) -> None:
    with pytest.raises(InputError, match="the formula names what no table has") as error:
        made(home, "", wide(), model="favoured_change ~ machines + churces_2010")
    assert "'churches_2010'" in str(error.value)
    with pytest.raises(InputError, match="no formula"):
        made(home, "", wide(), model="favoured_change ~ machines + __import__('os')")


def test_one_reading_with_a_label_names_the_machines_of_the_book(home: Path) -> None:
    rows = wide(system=["Oak & Elm 100" if i % 3 == 0 else "Fir" for i in range(159)])
    asked = ["oak=type:Oak+label:Oak & Elm machines"]
    s = made(home, "", rows.drop(columns="touch"), machines=asked)
    assert s.title == "Did the Oak & Elm machines change the vote?"
    assert (s.treatment.electronic, s.treatment.adjective) == ("Oak & Elm machines", "Oak & Elm")


@pytest.mark.slow
@pytest.mark.parametrize("header", ["x=1", "a, b", "=1+1"])
def test_a_header_with_a_comma_or_an_equals_sign_can_be_a_control(home: Path, header: str) -> None:
    s = made(home, f"{header}=the first, rent", wide(**{header: np.arange(159) * 17 % 23}))
    (name,) = (n for i in s.inputs for n, theirs in i.columns.items() if theirs == header)
    assert s.covariates[name].words == "the first"
    assert name in s.controls["own"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("<b>toll</b>", "markup"),
        ("{{ toll }}", "markup"),
        ("@toll", "formula"),
        ("to\u202ell", "control characters"),
        ("r" * 300, "more than 200 letters"),
    ],
)
def test_a_suspicious_name_of_a_control_is_a_finding(home: Path, header: str, says: str) -> None:
    s = made(home, header, wide(**{header: np.arange(159) * 17 % 23}))
    hits = [f for f in check.problems(s) if f.rule == "text_encoding"]
    assert hits
    assert all(says in f.message and f.source == "w.csv" and f.row == 1 for f in hits)


@pytest.mark.slow
def test_suspicious_words_for_a_control_are_a_finding(home: Path) -> None:
    s = made(home, "rent=<script>", wide())
    assert any("markup" in f.message for f in check.problems(s) if f.rule == "text_encoding")
