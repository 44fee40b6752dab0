"""Errors that near places share, against the double sum that defines them."""

from __future__ import annotations

import numpy as np
import pytest

from sevenpercent.stats.sensitivity.near import standard_error
from sevenpercent.stats.spatial import distances_km


def world(n: int = 40) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = np.column_stack([rng.random(n) < 0.5, rng.standard_normal(n), np.ones(n)]).astype(float)
    distance = distances_km(rng.uniform(43, 46, n), rng.uniform(-92, -88, n))
    return x, rng.standard_normal(n), distance


@pytest.mark.parametrize("km", [40.0, 120.0])
def test_it_is_the_double_sum(km: float) -> None:
    x, e, distance = world()
    meat = np.zeros((3, 3))
    for i in range(len(x)):
        for j in range(len(x)):
            weight = max(0.0, 1 - distance[i, j] / km)
            meat += weight * e[i] * e[j] * np.outer(x[i], x[j])
    bread = np.linalg.inv(x.T @ x)
    by_hand = np.sqrt((bread @ meat @ bread)[0, 0])
    assert standard_error(x, e, distance, km) == pytest.approx(by_hand, rel=1e-12)


def test_without_neighbours_it_is_white_s() -> None:
    x, e, distance = world()
    bread = np.linalg.inv(x.T @ x)
    white = np.sqrt((bread @ (x.T * e**2 @ x) @ bread)[0, 0])
    assert standard_error(x, e, distance, 0.0) == pytest.approx(white, rel=1e-12)


def test_places_that_err_alike_widen_it() -> None:
    x, _, distance = world()
    x[:, 0] = distance[0] > np.median(distance[0])  # machines stand together
    e = np.where(x[:, 0] > 0, 1.0, -1.0) * 0.5 + 0.5  # and so does the error
    assert standard_error(x, e, distance, 150.0) > standard_error(x, e, distance, 0.0)
