"""Randomization inference finds what was planted, and nothing where nothing was."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sevenpercent.stats import regression as controls
from sevenpercent.stats import spatial
from sevenpercent.stats.regression import Array
from sevenpercent.stats.sensitivity.randomization import randomization

N = 100


class World:
    """A square map on which machines and votes follow one covariate."""

    def __init__(self, effect: float, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        row, column = np.divmod(np.arange(N), 10)
        self.lat, self.lon = 43 + row * 0.4, -90 + column * 0.4
        near = (np.abs(row[:, None] - row) + np.abs(column[:, None] - column)) == 1
        self.weights = near / near.sum(axis=1, keepdims=True)
        self.x = rng.normal(size=N)
        self.d = (self.x + rng.logistic(size=N) > 0).astype(float)
        self.share = self.d * rng.uniform(0.2, 1, N)
        self.y = effect * self.d + 2 * self.x + rng.normal(size=N)
        self.controls = self.x[:, None]

    def drawn(self, treatments: Array, draws: int = 999, km: float | None = None) -> Array:
        return spatial.redraw(
            treatments,
            self.x[:, None],
            self.lat,
            self.lon,
            self.weights,
            draws,
            np.random.default_rng(1),
            range_km=km,
        ).treatments


def test_estimates_and_t_values_are_those_of_the_regression() -> None:
    w = World(-0.5)
    frame = pd.DataFrame({"y": w.y, "d": w.d, "share": w.share, "x": w.x})
    r = randomization(
        w.y,
        w.controls,
        np.column_stack([w.d, w.share]),
        w.drawn(np.column_stack([w.d, w.share]), 2),
    )
    for j, name in enumerate(("d", "share")):
        e = controls.fit(frame, "y", name, ["x"], errors="hc2")
        assert r.estimate[j] == pytest.approx(e.estimate)
        assert r.t[j] == pytest.approx(e.estimate / e.se)
    undetermined = np.stack([np.column_stack([np.ones(N), w.x])])
    nothing = randomization(w.y, w.controls, np.column_stack([w.d, w.share]), undetermined)
    assert nothing.drawn == pytest.approx(0)
    assert nothing.drawn_t == pytest.approx(0)


@pytest.mark.parametrize("km", [None, 25, 120])
def test_a_planted_effect_is_found_and_a_planted_null_is_not(km: float | None) -> None:
    harmed, unharmed = World(-1.5), World(0.0)
    for w, found in ((harmed, True), (unharmed, False)):
        both = np.column_stack([w.d, w.share])
        r = randomization(w.y, w.controls, both, w.drawn(both, km=km))
        assert bool(r.p_lower[0] < 0.01) is found
        assert bool(r.p_joint < 0.02) is found
    flipped = World(1.5)
    r = randomization(flipped.y, flipped.controls, flipped.d[:, None], flipped.drawn(flipped.d))
    assert r.p_lower[0] > 0.9


def test_a_confounded_gap_fools_the_shuffle_but_not_the_redraw() -> None:
    w = World(0.0)
    alone = np.ones((N, 0))
    shuffled = spatial.shuffle(w.d, 999, np.random.default_rng(2))
    naive = randomization(-w.y, alone, w.d[:, None], shuffled)
    along = randomization(-w.y, alone, w.d[:, None], w.drawn(w.d))
    assert naive.p_lower[0] < 0.01
    assert along.p_lower[0] > 0.05
    assert along.drawn.mean() < -0.5
    assert naive.drawn.mean() == pytest.approx(0, abs=0.05)


def test_the_size_is_right_when_machines_were_truly_drawn_like_this() -> None:
    base = World(0.0)
    drawn = base.drawn(base.d, draws=400)[:, :, 0]
    reference, again = drawn[:200, :, None], drawn[200:]
    p = [randomization(base.y, base.controls, d[:, None], reference).p_lower[0] for d in again]
    assert 0.01 < np.mean(np.array(p) <= 0.05) < 0.11


def test_the_joint_chance_pays_for_many_readings() -> None:
    rng = np.random.default_rng(5)
    treated = rng.integers(0, 2, (N, 8)).astype(float)
    y = rng.normal(size=N)
    drawn = np.stack([spatial.shuffle(treated[:, j], 499, rng)[:, :, 0] for j in range(8)], -1)
    r = randomization(y, np.ones((N, 0)), treated, drawn)
    assert r.p_joint > r.p_lower.min()
    one = randomization(y, np.ones((N, 0)), treated[:, :1], drawn[:, :, :1])
    assert one.p_joint == pytest.approx(one.p_lower[0])
