"""Designs on trial: chance on the map, and machines dealt out anew, against one fit at a time."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.places import county_frame
from sevenpercent.stats import spatial
from sevenpercent.stats.regression import fit
from sevenpercent.stats.validity import trial as trials
from sevenpercent.stats.validity.score import Drawn, rate
from sevenpercent.stats.validity.trial import Trial

HELD = ["college", "white_nh", "log_density"]
MODEL = {"outcome": "change_two_party", "treatment": "any_dre_wec", "controls": HELD}


@cache
def frame() -> pd.DataFrame:
    s = scenario.load()
    return county_frame(s, tables.load, s.focus)


@cache
def one() -> Trial:
    return Trial.of("p1", frame(), "two_party", **MODEL)


def test_the_estimate_as_counted_is_that_of_the_book() -> None:
    book = fit(frame(), "change_two_party", "any_dre_wec", HELD).scaled(100)
    design, y = one().design, np.nan_to_num(one().y)[:, None]
    actual = Drawn.of(design.parts(y), design.df)
    assert actual.estimate[0] == pytest.approx(book.estimate, abs=1e-9)
    assert actual.se[0] == pytest.approx(book.se, abs=1e-9)
    assert actual.df == pytest.approx(book.df, abs=1e-9)


def test_each_new_deal_is_a_regression_of_the_book() -> None:
    points, neighbours = tables.load("county_points"), tables.load("county_neighbours")
    found = trials.dealt_anew(
        one(), ["college"], points, neighbours, 12, 60.0, np.random.default_rng(3)
    )
    lat, lon = spatial.coordinates(frame()["fips"], points)
    drawn = spatial.redraw(
        frame()["any_dre_wec"].to_numpy(float),
        frame()[["college"]].to_numpy(float),
        lat,
        lon,
        spatial.neighbour_weights(list(frame()["fips"]), neighbours),
        12,
        np.random.default_rng(3),
        range_km=60.0,
    ).treatments[:, :, 0]
    assert isinstance(found.df, np.ndarray)
    for i in range(12):
        book = fit(frame().assign(any_dre_wec=drawn[i]), "change_two_party", "any_dre_wec", HELD)
        assert found.estimate[i] == pytest.approx(100 * book.estimate, abs=1e-9)
        assert found.se[i] == pytest.approx(100 * book.se, abs=1e-9)
        assert found.df[i] == pytest.approx(book.df, rel=1e-9)


def test_errors_on_the_map_have_no_effect_on_average() -> None:
    points = tables.load("county_points")
    field, (estimate, terms) = trials.on_the_map(one(), points, 4000, np.random.default_rng(1))
    assert field.gain > 0
    assert estimate.mean() == pytest.approx(0, abs=4 * estimate.std() / np.sqrt(4000))
    assert terms.shape == (72, 4000)
    assert rate(Drawn.of((estimate, terms), one().design.df).rejects, "x")["x"] < 0.12


def test_a_county_without_a_point_is_named() -> None:
    points = tables.load("county_points").query("fips != '55001'")
    with pytest.raises(InputError, match="55001"):
        spatial.coordinates(frame()["fips"], points)
