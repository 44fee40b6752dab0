"""The joint test finds a planted effect, keeps its level without one, and heeds the map."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sevenpercent.stats import spatial
from sevenpercent.stats.multiverse.grid import Grid, Plan, Target, plan
from sevenpercent.stats.multiverse.joint import Joint, by_flips, by_redraws, redrawn, scores
from sevenpercent.stats.regression import Array

SIDE = 8
N = SIDE * SIDE
STATISTICS = ("median", "share_below", "median_t")


def place(rng: np.random.Generator, effect: float = 0.0, field: float = 0.0) -> Plan:
    """A square map; machines go with a covariate and, with `field`, lie in clusters as votes do."""
    row, column = np.divmod(np.arange(N), SIDE)
    smooth = np.sin(row / 1.5 + rng.uniform(0, 6)) + np.cos(column / 1.5 + rng.uniform(0, 6))
    data = pd.DataFrame({c: rng.standard_normal(N) for c in ("white", "college", "income")})
    data["lat"], data["lon"] = 43 + row * 0.3, -90 + column * 0.3
    index = data["white"] + field * smooth + rng.standard_normal(N)
    data["any"] = (index > index.median()).astype(float)
    data["some"] = (index > index.quantile(0.6)).astype(float)
    noise = 0.02 * rng.standard_normal(N) + 0.02 * field * smooth
    data["change"] = effect * data["any"] + 0.01 * data["white"] + noise
    data["change_all"] = data["change"] + 0.002 * rng.standard_normal(N)
    data["cluster"] = np.arange(N) // 4
    return plan(
        Grid(
            place="xx",
            where="places",
            frame=data,
            treatments={"any": "any", "some": "some"},
            outcomes={
                "change": Target("change", "change"),
                "change_all": Target("change_all", "change", share=False),
            },
            race=[("white",)],
            education=[("college",)],
            more=["income"],
            weights={"none": None},
            samples={"all": ("all", np.ones(N, dtype=bool))},
            effects={"none": None},
            errors=["cr1"],
            cluster="cluster",
            words={},
        )
    )


def neighbours() -> Array:
    row, column = np.divmod(np.arange(N), SIDE)
    near = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    out: Array = near / near.sum(axis=1, keepdims=True)
    return out


def along_the_map(ready: Plan, draws: int = 299, seed: int = 0) -> Joint:
    f = ready.grid.frame
    lat, lon = f["lat"].to_numpy(), f["lon"].to_numpy()
    drawn = redrawn(ready.treatments, f[["white"]].to_numpy(), lat, lon, neighbours(), draws, seed)
    return by_redraws(ready, drawn, STATISTICS)


def flipped(ready: Plan, draws: int = 299) -> Joint:
    clusters = ready.grid.frame["cluster"].to_numpy()
    return by_flips(scores(ready), clusters, draws, STATISTICS, np.random.default_rng(0))


def test_a_planted_effect_makes_every_statistic_reject() -> None:
    ready = place(np.random.default_rng(1), effect=-0.05)
    for test in (along_the_map(ready), flipped(ready)):
        assert all(test.p(name) < 0.02 for name in STATISTICS)
        assert test.observed["median"] == pytest.approx(-5, abs=2)
    gain = place(np.random.default_rng(1), effect=0.05)
    assert along_the_map(gain).p("median") > 0.9


def test_without_an_effect_it_rarely_rejects() -> None:
    tests = 60
    for run in (along_the_map, flipped):
        p = [run(place(np.random.default_rng(100 + i)), 99).p("median_t") for i in range(tests)]
        # 5 % expected; 60 tests of that level reject more than 9 times with probability 0.001.
        assert sum(x <= 0.05 for x in p) <= 9
        assert 0.3 < float(np.mean(p)) < 0.7


def test_shuffling_rejects_too_often_where_machines_and_votes_lie_in_clusters() -> None:
    spread, naive = [], []
    for i in range(40):
        ready = place(np.random.default_rng(500 + i), field=1.0)
        spread.append(along_the_map(ready, 99).p("median_t"))
        drawn = spatial.shuffle(ready.treatments, 99, np.random.default_rng(i))
        naive.append(by_redraws(ready, drawn, STATISTICS).p("median_t"))
    two_sided = [np.mean(np.minimum(p, 1 - np.array(p)) <= 0.025) for p in (spread, naive)]
    assert two_sided[0] < two_sided[1]


def test_readings_move_together_and_keep_their_values() -> None:
    ready = place(np.random.default_rng(3))
    f = ready.grid.frame
    drawn = redrawn(
        ready.treatments,
        f[["white"]].to_numpy(),
        f["lat"].to_numpy(),
        f["lon"].to_numpy(),
        neighbours(),
        200,
        7,
    )
    assert drawn.shape == (200, N, 2)
    assert (drawn.sum(axis=1) == ready.treatments.sum(axis=0)).all()
    together = np.mean([np.corrcoef(d[:, 0], d[:, 1])[0, 1] for d in drawn])
    assert together > 0.6


def test_threads_and_the_seed_give_the_same_draws() -> None:
    ready = place(np.random.default_rng(4))
    drawn = spatial.shuffle(ready.treatments, 120, np.random.default_rng(0))
    one = by_redraws(ready, drawn, STATISTICS, threads=1)
    two = by_redraws(ready, drawn, STATISTICS, threads=2)
    for name in STATISTICS:
        np.testing.assert_array_equal(one.drawn[name], two.drawn[name])
        np.testing.assert_array_equal(flipped(ready).drawn[name], flipped(ready).drawn[name])


def test_the_effective_number_is_that_of_alike_specifications() -> None:
    ready = place(np.random.default_rng(5))
    drawn = spatial.shuffle(ready.treatments, 400, np.random.default_rng(0))
    many = by_redraws(ready, drawn, STATISTICS).effective
    assert len(ready.cells) == 8
    # Two treatments, two outcomes that are nearly one, two control sets that are nearly one.
    assert 1 <= many < 3
    assert 1 <= flipped(ready).effective < 3


def test_p_counts_the_data_among_the_draws() -> None:
    drawn = {"median": np.array([-3.0, -1, 0, 1]), "share_below": np.array([0.0, 0.1, 0.2, 0.9])}
    test = Joint({"median": -1.0, "share_below": 0.2}, drawn, 1.0)
    assert test.p("median") == pytest.approx(3 / 5)
    assert test.p("share_below") == pytest.approx(3 / 5)


def test_scores_add_up_to_the_estimates() -> None:
    from sevenpercent.stats.multiverse.grid import estimates

    ready = place(np.random.default_rng(6), effect=-0.01)
    found = scores(ready)
    total = found.products.sum(axis=1) / found.size
    np.testing.assert_allclose(total, estimates(ready, "hc1")["estimate"], rtol=1e-9)
    assert found.shares.tolist() == (ready.cells["outcome"] == "change").tolist()
