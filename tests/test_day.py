"""What was known on the day of a report."""

from __future__ import annotations

import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.model.scenario import load
from sevenpercent.stats import designs, witnesses
from sevenpercent.stats.witnesses import day


def test_every_table_says_from_when_on_it_was_known() -> None:
    for name, resource in tables.describe().items():
        assert "known_from" in resource, name
        told = resource["known_from"]
        if isinstance(told, dict):
            assert set(told) == {"by", "parts", "otherwise"}
            assert set(told["by"]) <= {f["name"] for f in resource["schema"]["fields"]}


def test_no_december_paper_in_november() -> None:
    units = tables.load("wi_units")
    assert tables.public_on("wi_units", units, "2016-11-22").empty
    assert len(tables.public_on("wi_units", units, "2016-12-31")) == len(units)
    votes = tables.public_on("county_votes", tables.load("county_votes"), "2016-11-22")
    now = votes[votes["year"] == 2016]
    assert set(now["vintage"]) == {"election_night"}
    assert len(votes[votes["year"] == 2012])
    machines = tables.public_on("county_equipment", tables.load("county_equipment"), "2016-11-22")
    assert not {"svmiller", "wec_el190"} & set(machines["source"])


def test_a_table_that_does_not_say_was_not_known() -> None:
    frame = pd.DataFrame({"x": [1]})
    assert tables.public_on("no_such_table", frame, "2999-01-01").empty


@pytest.fixture(scope="module")
def then() -> pd.DataFrame:
    s = load("midwest-2016")
    frames = {"p1": designs.frames(s, tables.load)["p1"]}
    called = witnesses.call(s, tables.load, frames)
    return day.answers(s, tables.load, called)


def test_on_the_day_there_is_no_paper_and_michigan_cannot_be_told(then: pd.DataFrame) -> None:
    assert set(then["paper"]) == {"no paper"}
    assert set(then.loc[then["place"] == "MI", "counts"]) == {"cannot tell"}
    speak = dict(zip(then["place"] + " " + then["size"], then["speak"], strict=True))
    assert speak["WI seven_points"] > 0
    assert speak["WI seven_percent_of_ballots_deleted"] == 0
