"""What chance alone gives: demographics on a map of squares, against a blind shuffle."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_gap import frame

from sevenpercent.errors import InputError
from sevenpercent.stats import chance, gap
from sevenpercent.stats.regression import NoVariation

Given = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def given() -> Given:
    rng = np.random.default_rng(5)
    data = frame(5, 64)
    row, column = np.divmod(np.arange(64), 8)
    points = pd.DataFrame({"fips": data["fips"], "lat": 43 + row / 2, "lon": -90 + column / 2})
    pairs = [
        (data["fips"][i], data["fips"][j])
        for i in range(64)
        for j in range(64)
        if abs(row[i] - row[j]) + abs(column[i] - column[j]) == 1
    ]
    college = rng.normal(size=64)
    data["college"] = college
    data["any"] = (college + 0.7 * rng.normal(size=64) < 0).astype(float)
    data["change_two_party"] = 0.05 * college + 0.005 * rng.normal(size=64)
    return data, points, pd.DataFrame(pairs, columns=["fips", "neighbour"])


def drawn(given: Given, definition: str = "any", **changed: Any) -> dict[str, chance.Chance]:
    data, points, neighbours = given
    wanted: dict[str, Any] = {
        "outcomes": list(gap.OUTCOMES),
        "covariates": [],
        "draws": 5,
        "seed": 1,
        **changed,
    }
    return chance.by_chance(
        data,
        definition,
        points=points,
        neighbours=neighbours,
        **wanted,
    )


def test_demographics_alone_give_the_gap_and_a_shuffle_does_not(given: Given) -> None:
    found = drawn(given, covariates=["college"], draws=999)["change_two_party"]
    assert found.observed < -4
    lo, hi = found.interval()
    assert lo <= found.observed <= hi
    assert found.expected < 0.6 * found.observed
    assert found.p_lower() > 0.025
    assert found.p_lower(naive=True) == pytest.approx(1 / 1000)
    assert abs(found.shuffled.mean()) < 0.3


@pytest.mark.parametrize("outcome", sorted(gap.OUTCOMES))
def test_draws_use_the_statistic_that_was_observed(given: Given, outcome: str) -> None:
    found = drawn(given, "share", range_km=40)[outcome]
    assert found.observed == pytest.approx(gap.raw_gap(given[0], "share", outcome).estimate)
    assert len(found.drawn) == len(found.shuffled) == 5
    assert found.range_km == 40


def test_outcomes_together_are_drawn_as_one_alone(given: Given) -> None:
    together = drawn(given, covariates=["college"])["level_share_all"]
    alone = drawn(given, covariates=["college"], outcomes=["level_share_all"])["level_share_all"]
    assert (together.drawn == alone.drawn).all()
    assert (together.shuffled == alone.shuffled).all()
    assert together.range_km == alone.range_km


def test_rows_say_what_was_drawn(given: Given) -> None:
    found = drawn(given, outcomes=["log_ratio"])
    rows = chance.rows(found, "AA", "any").set_index("part")
    assert len(rows) == 4
    spatial = rows.loc["chance.log_ratio.spatial"]
    assert spatial["value"] == found["log_ratio"].expected
    assert (spatial["n"], spatial["unit"]) == (64, "log points")
    assert rows.loc["chance.log_ratio.spatial.p", "n"] == 5


def test_chance_refuses_what_it_cannot_place(given: Given) -> None:
    data, points, neighbours = given
    with pytest.raises(InputError, match=r"no point on the map .*'00003'"):
        drawn((data, points.drop(index=3), neighbours))
    with pytest.raises(NoVariation):
        drawn((data.assign(any=0.0), points, neighbours))
