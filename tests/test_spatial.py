"""Redrawn treatments keep what they promise to keep."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.errors import InputError
from sevenpercent.stats import spatial


class Grid:
    """A square map of places half a degree apart."""

    def __init__(self, side: int = 8) -> None:
        row, column = np.divmod(np.arange(side * side), side)
        self.lat, self.lon = 43 + row * 0.5, -90 + column * 0.5
        self.fips = [f"{i:05d}" for i in range(side * side)]
        pairs = [
            (self.fips[i], self.fips[j])
            for i in range(side * side)
            for j in range(side * side)
            if abs(row[i] - row[j]) + abs(column[i] - column[j]) == 1
        ]
        self.neighbours = pd.DataFrame(pairs, columns=["fips", "neighbour"])
        self.weights = spatial.neighbour_weights(self.fips, self.neighbours)
        self.row = row


@pytest.fixture(scope="module")
def grid() -> Grid:
    return Grid()


def test_morans_i_of_a_line_by_hand() -> None:
    pairs = [("1", "2"), ("2", "1"), ("2", "3"), ("3", "2"), ("3", "4"), ("4", "3")]
    weights = spatial.neighbour_weights(
        ["1", "2", "3", "4"], pd.DataFrame(pairs, columns=["fips", "neighbour"])
    )
    # Deviations -.5 -.5 .5 .5: rows add .25, 0, 0, .25, over a sum of squares of 1, n/S0 = 1.
    assert spatial.morans_i(np.array([0.0, 0, 1, 1]), weights) == pytest.approx(0.5)
    assert spatial.morans_i(np.array([0.0, 1, 0, 1]), weights) == pytest.approx(-1)
    assert np.isnan(spatial.morans_i(np.ones(4), weights))


def test_places_without_neighbours_have_no_weight() -> None:
    pairs = pd.DataFrame([("1", "2"), ("2", "1"), ("1", "9")], columns=["fips", "neighbour"])
    weights = spatial.neighbour_weights(["1", "2", "3"], pairs)
    assert weights.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_distance_along_a_meridian() -> None:
    distance = spatial.distances_km(np.array([0.0, 1.0]), np.array([10.0, 10.0]))
    assert distance[0, 1] == pytest.approx(6371.0088 * np.pi / 180)
    assert distance[0, 0] == 0


def test_the_field_has_correlations(grid: Grid) -> None:
    distance = spatial.distances_km(grid.lat, grid.lon)
    k = spatial.correlation(distance, 100)
    assert np.diag(k) == pytest.approx(1)
    assert np.linalg.eigvalsh(k).min() > 0
    assert k[0, 1] > k[0, 2] > k[0, 7]
    assert (spatial.correlation(distance, 0) == np.eye(64)).all()


def test_the_index_follows_the_covariate() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5000, 2))
    d = (rng.random(5000) < 1 / (1 + np.exp(-(x[:, 0] * 1.5 - 0.5)))).astype(float)
    index = spatial.propensity_index(d, x)
    slope = np.linalg.lstsq(np.column_stack([x, np.ones(5000)]), index, rcond=None)[0]
    assert slope[0] == pytest.approx(1.5, rel=0.12), "the ridge shrinks it a little"
    assert slope[1] == pytest.approx(0, abs=0.1)


def test_the_index_stays_finite_where_a_covariate_splits_the_map() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    index = spatial.propensity_index((x[:, 0] > 0).astype(float), x)
    assert np.abs(index).max() < 20
    assert (np.diff(index) > 0).all()


def test_draws_cluster_as_the_treatment_does(grid: Grid) -> None:
    d = (grid.row < 4).astype(float)
    odd = np.arange(3, 64, 7)
    d[odd] = 1 - d[odd]
    drawn = spatial.redraw(
        d, np.empty((64, 0)), grid.lat, grid.lon, grid.weights, 2000, np.random.default_rng(0)
    )
    observed = spatial.morans_i(d, grid.weights)
    assert observed > 0.2
    every = spatial.morans_i(drawn.treatments[:, :, 0], grid.weights)
    assert every.mean() == pytest.approx(observed, abs=0.03)
    shuffled = spatial.shuffle(d, 2000, np.random.default_rng(0))
    assert abs(spatial.morans_i(shuffled[:, :, 0], grid.weights).mean()) < 0.05


def test_a_map_without_clusters_gets_no_range(grid: Grid) -> None:
    d = (np.arange(64) % 2 == grid.row % 2).astype(float)
    drawn = spatial.redraw(
        d, np.empty((64, 0)), grid.lat, grid.lon, grid.weights, 10, np.random.default_rng(0)
    )
    assert drawn.range_km == 0


def test_demographics_are_kept(grid: Grid) -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=64)
    d = (x + 0.3 * rng.normal(size=64) > 0).astype(float)
    drawn = spatial.redraw(
        d, x[:, None], grid.lat, grid.lon, grid.weights, 500, rng, range_km=60
    ).treatments[:, :, 0]
    gap = np.array([x[row == 1].mean() - x[row == 0].mean() for row in drawn])
    assert gap.mean() > 0.7 * (x[d == 1].mean() - x[d == 0].mean())


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    treated=st.integers(1, 63),
    range_km=st.sampled_from([0, 1, 25, 120, 500]),
)
def test_every_draw_holds_the_same_values(seed: int, treated: int, range_km: float) -> None:
    grid = Grid()
    rng = np.random.default_rng(seed)
    binary = (rng.permutation(64) < treated).astype(float)
    share = np.where(binary == 1, rng.random(64), 0.0)
    both = np.column_stack([binary, share])
    x = rng.normal(size=(64, 1))
    out = spatial.redraw(
        both, x, grid.lat, grid.lon, grid.weights, 5, np.random.default_rng(seed), range_km=range_km
    ).treatments
    again = spatial.redraw(
        both, x, grid.lat, grid.lon, grid.weights, 5, np.random.default_rng(seed), range_km=range_km
    ).treatments
    assert (out == again).all()
    for values in (out, spatial.shuffle(both, 5, rng)):
        assert (np.sort(values, axis=1) == np.sort(both, axis=0)).all()


def test_readings_move_together(grid: Grid) -> None:
    d = (grid.row < 4).astype(float)
    wider = (grid.row < 5).astype(float)
    out = spatial.redraw(
        np.column_stack([d, wider]),
        np.empty((64, 0)),
        grid.lat,
        grid.lon,
        grid.weights,
        50,
        np.random.default_rng(0),
    ).treatments
    assert (out[:, :, 0] <= out[:, :, 1]).all(), "one field, two thresholds"


def test_refusals(grid: Grid) -> None:
    rng = np.random.default_rng(0)
    none = np.empty((64, 0))
    where = (grid.lat, grid.lon, grid.weights, 5, rng)
    with pytest.raises(InputError, match="does not vary"):
        spatial.redraw(np.zeros(64), none, *where)
    with pytest.raises(InputError, match="unknown"):
        spatial.redraw(np.full(64, np.nan), none, *where)
    with pytest.raises(InputError, match="twice among the places"):
        spatial.neighbour_weights(["1", "1"], grid.neighbours)
