"""The fourth book, made by ``new`` alone: a claim in votes, and an estimate that cannot be computed again."""

from __future__ import annotations

from functools import cache

import pytest

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.own import check, make
from sevenpercent.study import cells, magics

NAME = "florida-2004"


@cache
def found(name: str) -> cells.Executed:
    s = scenario.load(NAME)
    load = tables.loader(s.tables.folder)
    return cells.run(name, s, load, lambda n: found(n).results, magics.spoken)


def test_it_is_the_claim_as_it_was_published() -> None:
    s = scenario.load(NAME)
    assert Vocabulary(s).claimed == "Bush got 130,000 to 260,000 votes too many"
    assert s.declared == s.declaration
    assert not [f for f in check.problems(s) if f.severity == "error"]
    folder = paths.ROOT / str(s.tables.folder)
    assert sum(p.stat().st_size for p in folder.iterdir()) < 100_000


def test_fifteen_counties_of_67_have_the_machines() -> None:
    s = scenario.load(NAME)
    machines = tables.loader(s.tables.folder)("county_equipment")
    assert (len(machines), int(machines["value"].sum())) == (67, 15)


def test_a_list_without_a_lasting_address_says_whose_it_is_and_that_there_is_none() -> None:
    s = scenario.load(NAME)
    (source,) = tables.sources_of(["county_equipment"], s.tables.folder)
    for form in ("columns", "tonmcg_2020"):
        given = s.inputs[0].model_copy(update={"format": form})
        assert "Hout and others in 2004; no lasting address is known" in make._title(given)
    assert source["title"] == make._title(s.inputs[0])
    assert "path" not in source
    with_address = s.inputs[0].model_copy(update={"source": "https://example.org/list"})
    assert make._title(with_address) == "florida_2004_touchscreens.csv"


@pytest.mark.usefixtures("examined")
def test_the_published_model_is_no_data_and_the_nearest_is_called_that() -> None:
    chapter = found("replications")
    (figure,) = chapter.variables["figures"].to_dict("records")
    assert figure["status"] == "no data"
    for missing in ("share for Dole in 1996", "median income in 2000", "Hispanic population"):
        assert missing in figure["why"]
    (near,) = chapter.variables["near"].to_dict("records")
    assert near["n"] == 67
    assert near["lowest"] < near["votes"] < near["highest"]
    assert near["without_lowest"] == "Sumter", "Broward's own votes stay in the sum"
    text = " ".join(chapter.said)
    assert "It is not the published model" in text
    assert "without Sumter" in text
    assert chapter.results["replications.count.exact"].value == 0


@pytest.mark.usefixtures("examined")
def test_the_first_page_says_what_is_missing_and_what_the_margin_was() -> None:
    said = " ".join(found("designs").said + found("index").said)
    assert "Florida in 2004" in said
    assert "led by 380,978 votes" in said
    assert "later than the election" in said
    assert "2016" not in said.replace("2012–2016", "")
    assert "Wisconsin" not in said
