"""Spatial correlation principal components, against t, chance and their definition."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import places
from sevenpercent.model.scenario import load
from sevenpercent.stats import spatial
from sevenpercent.stats.sensitivity import near

Array = NDArray[np.float64]
COVARIATES = ["college", "white_nh", "log_density"]


def wisconsin(treatment: str) -> tuple[Array, Array]:
    """Regressors of the county comparison, and how far counties lie apart."""
    counties = places.county_frame(load(), tables.load, "WI")
    where = spatial.coordinates(counties["fips"], tables.load("county_points"))
    x = np.column_stack([counties[[treatment, *COVARIATES]].to_numpy(float), np.ones(72)])
    return x, spatial.distances_km(*where)


@pytest.mark.parametrize("q", [1, 2, 5, 10])
def test_without_correlation_it_is_student_s(q: int) -> None:
    critical = float(stats.t.ppf(0.975, q))
    assert near.exceeds(np.eye(q + 1), critical) == pytest.approx(0.05, abs=1e-12)


def test_the_chance_is_that_of_draws() -> None:
    rng = np.random.default_rng(0)
    a = rng.standard_normal((6, 8))
    z = np.linalg.cholesky(a @ a.T) @ rng.standard_normal((6, 400_000))
    t = np.abs(z[0]) / np.sqrt((z[1:] ** 2).mean(axis=0))
    for critical in (1.0, 2.5):
        drawn = (t > critical).mean()
        assert near.exceeds(a @ a.T, critical) == pytest.approx(drawn, abs=0.002)


def test_terms_add_up_to_the_coefficient_and_the_interval_is_its_definition() -> None:
    x, distance = wisconsin("any_dre_wec")
    y = np.random.default_rng(1).standard_normal(72)
    b = np.linalg.lstsq(x, y, rcond=None)[0]
    terms = near.terms(x, y)
    assert terms.mean() == pytest.approx(b[0], rel=1e-12)
    found = near.Components.of(distance)
    n, q = found.movements.shape
    assert np.allclose(found.movements.T @ found.movements, n * np.eye(q))
    assert np.allclose(found.movements.mean(axis=0), 0)
    squares = [(r @ (terms - terms.mean())) ** 2 / n for r in found.movements.T]
    made = found.interval(terms)
    assert made.se == pytest.approx(np.sqrt(np.mean(squares) / n), rel=1e-12)
    assert made.hi - made.lo == pytest.approx(2 * found.critical * made.se)


def test_a_mean_is_rejected_as_often_as_it_says_at_the_worst() -> None:
    _, distance = wisconsin("any_dre_wec")
    found = near.Components.of(distance)
    n = len(distance)
    average = (np.exp(-distance / 34.7048).sum() - n) / (n * (n - 1))
    assert average == pytest.approx(near.WORST, rel=1e-4)  # 35 km is the worst that is allowed for
    rng = np.random.default_rng(2)
    for km, size in ((34.7048, 0.05), (10.0, 0.03)):
        y = np.linalg.cholesky(np.exp(-distance / km)) @ rng.standard_normal((n, 20_000))
        se = np.sqrt(((found.movements.T @ y) ** 2).mean(axis=0)) / n
        rejected = (np.abs(y.mean(axis=0)) > found.critical * se).mean()
        assert rejected == pytest.approx(size, abs=0.006)


@pytest.mark.parametrize("treatment", ["any_dre_wec", "dre_share_ballots"])
@pytest.mark.parametrize(
    "km", [25.0, *(pytest.param(k, marks=pytest.mark.slow) for k in (0.0, 120.0))]
)
def test_the_county_comparison_is_not_rejected_too_often(treatment: str, km: float) -> None:
    """Errors that fade over so many kilometres, and no effect: 3 to 5 in 100 are rejected."""
    x, distance = wisconsin(treatment)
    found = near.Components.of(distance)
    rng = np.random.default_rng(3)
    root = np.linalg.cholesky(spatial.correlation(distance, km) + 1e-9 * np.eye(72))
    made = [found.interval(near.terms(x, y)) for y in (root @ rng.standard_normal((72, 1500))).T]
    assert np.mean([not m.lo <= 0 <= m.hi for m in made]) <= 0.055


def test_too_few_places() -> None:
    with pytest.raises(InputError, match="Too few places"):
        near.Components.of(np.ones((5, 5)))
