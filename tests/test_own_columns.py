"""Columns that only a book's own file has, in the published specification, from the command to the number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from test_first_try import frame, listed
from test_yours import STATE, YEAR

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.own import new
from sevenpercent.own.answers import Answers
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
    given = Answers("mine", YEAR, votes=[home / "v.csv"], equipment=[home / "m.csv"],
                    demographics=[home / "p.csv"], columns={"p.csv": columns}, dem="A. Ash",
                    rep="B. Birch", focus=STATE, claimed=2.0, census_year=2016)  # fmt: skip
    given.model = more.get("model", "favoured_share ~ machines + own_churches")
    new.create(given)
    return scenario.load("mine")


def test_a_column_of_ones_own_stands_in_the_table_and_in_the_list(home: Path) -> None:
    s = book(home)
    held = tables.load("county_demographics", home / "data" / "mine")
    assert sorted(held["own_churches"].unique()) == list(range(7))
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
