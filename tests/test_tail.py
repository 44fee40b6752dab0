"""The lowest fifth on either side, beside a plain implementation and planted harm."""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import places
from sevenpercent.model.scenario import load
from sevenpercent.stats.designs import tail


def plain(values: list[float]) -> float:
    """The mean of the lowest fifth, the last one counted by its part."""
    ordered, left, total = sorted(values), 0.2 * len(values), 0.0
    whole = left
    for x in ordered:
        part = min(1.0, left)
        total, left = total + part * x, left - part
        if left <= 1e-12:
            break
    return total / whole


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=60))
def test_lowest_fifth_is_that_of_a_plain_loop(values: list[float]) -> None:
    got = tail.lowest(np.array(values)[:, None], np.ones((len(values), 1), dtype=bool))
    assert got[0] == pytest.approx(plain(values), abs=1e-9)


@pytest.fixture(scope="module")
def counties() -> pd.DataFrame:
    s = load("midwest-2016")
    return places.county_frame(s, tables.loader(s.tables.folder), s.focus)


def test_the_fit_is_that_of_plain_least_squares(counties: pd.DataFrame) -> None:
    s = load("midwest-2016")
    spec = tail.DESIGN.spec(s)
    x = np.column_stack([np.ones(len(counties)), counties[list(spec.controls)].to_numpy(float)])
    y = 100 * counties["change_two_party"].to_numpy(float)
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    on = counties[spec.treatment].to_numpy() > 0
    fitted = tail.DESIGN.fit(counties, spec)
    assert fitted.estimate == pytest.approx(plain(list(left[on])) - plain(list(left[~on])))
    spread = np.std(left[~on], ddof=1)
    assert fitted.se == pytest.approx(
        tail.SE_OF_TAIL * spread * sqrt(1 / on.sum() + 1 / (~on).sum())
    )
    assert fitted.lo < fitted.estimate < fitted.hi


def test_its_error_is_that_of_normal_lower_fifths() -> None:
    rng = np.random.default_rng(3)
    draws = rng.standard_normal((400, 4000))
    means = tail.lowest(draws, np.ones_like(draws, dtype=bool))
    assert means.std() * sqrt(400) == pytest.approx(tail.SE_OF_TAIL, rel=0.03)


def test_harm_in_few_counties_moves_it_and_does_not_widen_its_error(counties: pd.DataFrame) -> None:
    spec = tail.DESIGN.spec(load("midwest-2016"))
    before = tail.DESIGN.fit(counties, spec)
    own = counties.index[counties[spec.treatment] > 0]
    few = own[: ceil(0.2 * len(own))]
    harmed = counties.copy()
    harmed.loc[few, "change_two_party"] -= 0.08
    after = tail.DESIGN.fit(harmed, spec)
    assert after.estimate < before.estimate - 4
    assert after.hi < 0
    assert after.se < 1.6 * before.se  # the controls take up a part of it
    gained = counties.copy()
    gained.loc[few, "change_two_party"] += 0.02
    assert tail.DESIGN.fit(gained, spec).hi > 0  # a gain is not taken for harm


def test_too_few_counties_have_no_lower_tail(counties: pd.DataFrame) -> None:
    spec = tail.DESIGN.spec(load("midwest-2016"))
    on = counties[spec.treatment] > 0
    few = pd.concat([counties[~on], counties[on].head(tail.FEWEST - 1)])
    with pytest.raises(InputError, match="10 counties on either side"):
        tail.DESIGN.fit(few, spec)
    assert tail.DESIGN.rows({tail.DESIGN.key: few}, spec) is None
