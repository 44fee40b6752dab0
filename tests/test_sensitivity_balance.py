"""Weights balance exactly, or say that they cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.errors import InputError
from sevenpercent.stats.sensitivity import balance
from sevenpercent.stats.sensitivity.county import Arrays


def world(n: int = 80, seed: int = 0, effect: float = 0.0, tilt: float = 1.0) -> Arrays:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 2))
    d = (rng.random(n) < 1 / (1 + np.exp(-tilt * z[:, 0]))).astype(float)
    y = effect * d + 2 * z[:, 0] - z[:, 1] + 0.1 * rng.normal(size=n)
    names = [f"c{i}" for i in range(n)]
    return Arrays(names, names, y, d, z)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(0.001, 1000))
def test_overlap_weights_balance_means_exactly(seed: int, scale: float) -> None:
    w = world(seed=seed)
    weights = balance.overlap_weights(w.d, w.z * scale)
    assert weights.min() >= 0
    for side in (0, 1):
        assert weights[w.d == side].sum() == pytest.approx(1)
    gap = weights[w.d == 1] @ w.z[w.d == 1] - weights[w.d == 0] @ w.z[w.d == 0]
    assert np.abs(gap).max() < 1e-6


def test_a_planted_effect_is_found_and_a_confounded_gap_is_not() -> None:
    for effect in (-1.0, 0.0):
        w = world(200, seed=3, effect=effect)
        raw = w.y[w.d == 1].mean() - w.y[w.d == 0].mean()
        assert raw - effect > 1, "confounded"
        b = balance.balanced(w)
        assert b["estimate"] == pytest.approx(effect, abs=0.1)
        assert b["lo"] < effect < b["hi"]
        weights = balance.overlap_weights(w.d, w.z)
        assert weights[w.d == 1] @ w.z[w.d == 1] == pytest.approx(
            weights[w.d == 0] @ w.z[w.d == 0], abs=1e-6
        )
        assert b["electronic_n"] <= (w.d == 1).sum() + 1e-9
        assert b["top_share"] == pytest.approx(weights.max())


def test_refusals() -> None:
    z = np.arange(20.0)[:, None]
    d = (z[:, 0] > 9).astype(float)
    with pytest.raises(balance.NoOverlap):
        balance.overlap_weights(d, z)
    w = world()
    with pytest.raises(InputError, match="yes or no"):
        balance.balanced(Arrays(w.fips, w.names, w.y, w.d / 2, w.z))
