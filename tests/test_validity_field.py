"""Errors on the map: likelihood by brute force, and a known field found again."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.stats import multivariate_normal

from sevenpercent.errors import InputError
from sevenpercent.stats.validity.field import Field, fit_field, root


def places(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 400, (n, 2))
    distance = np.sqrt(((at[:, None] - at[None]) ** 2).sum(-1))
    return distance, np.column_stack([np.ones(n), rng.standard_normal((n, 2))])


def covariance(found: Field, distance: np.ndarray) -> np.ndarray:
    v = (1 - found.nugget) * np.exp(-distance / found.range_km)
    np.fill_diagonal(v, 1.0)
    return found.sd**2 * v


def test_the_likelihood_is_that_of_contrasts_free_of_the_means() -> None:
    distance, x = places(60)
    truth = Field(80.0, 0.2, 1.5, 0.0, 0.0)
    rng = np.random.default_rng(2)
    y = np.linalg.cholesky(covariance(truth, distance)) @ rng.standard_normal(60)
    found = fit_field(y, x, distance, [np.arange(60)])
    k = null_space(x.T)
    z = k.T @ y

    def density(field: Field) -> float:
        v = k.T @ covariance(field, distance) @ k
        return float(multivariate_normal(np.zeros(len(z)), v).logpdf(z))

    assert found.likelihood == pytest.approx(density(found), abs=1e-5)
    independent = Field(80.0, 1.0, float(np.sqrt(z @ z / len(z))), 0.0, 0.0)
    assert found.independent == pytest.approx(density(independent), abs=1e-5)
    assert found.gain > 0
    for change in ((0.8, 1), (1.25, 1), (1, 0.7), (1, 1.4)):
        other = Field(found.range_km * change[0], found.nugget * change[1], found.sd, 0.0, 0.0)
        v = covariance(other, distance) / other.sd**2
        scale = z @ np.linalg.solve(k.T @ v @ k, z) / len(z)
        best = Field(other.range_km, other.nugget, float(np.sqrt(scale)), 0.0, 0.0)
        assert density(best) <= found.likelihood + 1e-9


def test_a_known_field_is_found_again() -> None:
    distance, x = places(300, 4)
    truth = Field(60.0, 0.1, 2.0, 0.0, 0.0)
    lower = np.linalg.cholesky(covariance(truth, distance))
    rng = np.random.default_rng(5)
    y = x @ [1.0, 2.0, 3.0] + lower @ rng.standard_normal(300)
    found = fit_field(y, x, distance, [np.arange(300)])
    assert found.range_km == pytest.approx(60, rel=0.5)
    assert found.nugget < 0.35
    assert found.sd == pytest.approx(2, rel=0.25)


def test_the_root_makes_errors_of_that_covariance_block_by_block() -> None:
    distance, _ = places(12)
    field = Field(50.0, 0.3, 1.5, 0.0, 0.0)
    blocks = [np.arange(5), np.arange(5, 12)]
    lower = root(field, distance, blocks)
    v = lower @ lower.T
    expected = covariance(field, distance)
    assert v[:5, :5] == pytest.approx(expected[:5, :5], abs=1e-7)
    assert v[5:, 5:] == pytest.approx(expected[5:, 5:], abs=1e-7)
    assert (v[:5, 5:] == 0).all()


def test_independent_errors_gain_next_to_nothing() -> None:
    distance, x = places(80, 7)
    y = np.random.default_rng(8).standard_normal(80)
    assert 0 <= fit_field(y, x, distance, [np.arange(80)]).gain < 3


def test_too_few_places_or_one_point_are_refused() -> None:
    distance, x = places(3)
    with pytest.raises(InputError, match="Too few units"):
        fit_field(np.zeros(3), x, distance, [np.arange(3)])
    with pytest.raises(InputError, match="one point"):
        fit_field(np.zeros(3), np.ones((3, 1)), np.zeros((3, 3)), [np.arange(3)])
