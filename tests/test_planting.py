"""The planting table: an election with a known truth gets an acceptable word, row by row."""

from __future__ import annotations

import pytest

from sevenpercent.claims import planting
from sevenpercent.data import tables
from sevenpercent.model.scenario import load
from sevenpercent.stats import designs, witnesses


@pytest.fixture(scope="module")
def called() -> witnesses.Witnesses:
    s = load("midwest-2016")
    return witnesses.call(s, tables.load, designs.frames(s, tables.load))


@pytest.mark.parametrize("draws", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_planted_elections_get_their_words(called: witnesses.Witnesses, draws: int) -> None:
    table = planting.table(called, draws)
    required = table[~table["limit"]]
    assert {"seen", "blind"} <= set(required["paper"])
    slack = 0.0 if draws >= 200 else 0.05  # two draws of forty
    bad = required[
        (required["accepted"] < planting.LEAST) | (required["opposite"] > planting.MOST + slack)
    ]
    assert bad.empty, bad[["label", "paper", "accepted", "opposite", "words"]].to_string()
    literal = required[(required["paper"] == "seen") & required["label"].str.startswith("7 points")]
    assert len(literal) == 4
    assert (literal["accept"].map(list) == [["holds"]] * 4).all()
