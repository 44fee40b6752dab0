"""The second book: another year, claim, party and machine, with the same code."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pandas as pd
import pytest

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model import words as prose
from sevenpercent.model.results import Results
from sevenpercent.study import cells
from sevenpercent.study.study import Study

pytestmark = pytest.mark.slow

NAME = "dominion-2020"
FEW = {"redraw.draws": "99", "multiverse.joint.draws": "99", "multiverse.more": "[log_density]"}


@cache
def found(name: str) -> cells.Executed:
    s = scenario.load(NAME, FEW)
    return cells.run(name, s, tables.loader(s.tables.folder), lambda n: found(n).results)


def test_chapters_without_data_are_left_out_with_a_reason() -> None:
    s = scenario.load(NAME)
    assert "electoral" not in s.chapters
    assert "electors" in s.left_out["electoral"]
    assert not set(s.chapters) & set(s.left_out)
    again = scenario.check(json.loads(s.model_dump_json()))
    assert (again.chapters, again.left_out) == (s.chapters, s.left_out)


@pytest.mark.parametrize(
    "name", ["gap", "controls", "designs", "multiverse", "data", "claims", "index"]
)
@pytest.mark.usefixtures("examined")
def test_every_chapter_computes(name: str) -> None:
    results = found(name).results
    assert len(results) > 3
    assert all(v.lo is None or v.hi is None or v.lo <= v.hi for v in results.values())


def test_negative_means_the_republican_did_worse() -> None:
    raw = found("gap").results["gap.us.dominion_make.level_two_party.mean"]
    votes, equipment = tables.load("county_votes"), tables.load("county_equipment")
    own = votes[(votes["year"] == 2020) & votes["best"]]
    reading = equipment[
        (equipment["reading"] == "dominion_make") & (equipment["version"] == "corrected")
    ]
    joined = own.merge(reading[["fips", "value"]], on="fips")
    share = 100 * joined["rep"].astype(float) / (joined["rep"] + joined["dem"]).astype(float)
    means = share.groupby(joined["value"]).mean()
    assert raw.n == len(joined) == 3112
    assert int(reading["value"].sum()) == 602
    assert raw.value == pytest.approx(means[1.0] - means[0.0], abs=1e-9)


def test_states_that_bought_one_machine_cannot_be_tested() -> None:
    results = found("controls").results
    assert results["controls.ga.readings"].value == 0
    assert results["controls.wi.readings"].value == 2
    assert results["controls.us.readings"].value == 2


def test_errors_of_the_nation_are_clustered_by_state() -> None:
    raw = found("gap").results["gap.us.dominion_make.level_two_party.mean"]
    held = found("controls").results["controls.model.level"]
    assert raw.se == pytest.approx(held.se)
    assert raw.value == pytest.approx(held.value)


def test_every_claim_is_decided() -> None:
    judged = found("claims").variables["judged"]
    assert (judged["waits_for"] == "").all()
    assert "not yet tested" not in set(judged["final"])


def test_sentences_speak_of_the_scenario() -> None:
    s = scenario.load(NAME)
    values = Study("gap", s, tables.loader(s.tables.folder), lambda n: Results(), None).values
    template = "{{ harmed }}, {{ electronic }} minus {{ others }}, {{ here }}"
    assert prose.fill(template, values) == "Trump, Dominion minus other, the nation"


def test_the_book_builds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sevenpercent.cli.main", "build", NAME],
        capture_output=True,
        text=True,
        check=False,
        cwd=paths.ROOT,
    )
    assert done.returncode == 0, done.stderr
    html = paths.BUILD / NAME / "html"
    first = (html / "chapters" / "index.html").read_text(encoding="utf-8")
    assert "Not in this book" in first
    assert "DRE" not in pd.Series([first]).str.replace(r"<[^>]+>", " ", regex=True)[0]
    landing = (paths.BUILD / "index.html").read_text(encoding="utf-8")
    assert f"{NAME}/html/index.html" in landing
