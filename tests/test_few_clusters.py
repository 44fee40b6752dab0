"""Errors for few clusters and odd units: wild bootstrap, Huber's regression, each unit left out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from sevenpercent.data import tables
from sevenpercent.model import places, scenario
from sevenpercent.stats import compare, regression

Array = NDArray[np.float64]


def made(seed: int, clusters: int = 8, size: int = 7, effect: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    g = np.repeat(np.arange(clusters), size)
    n = len(g)
    d = rng.random(n) + 0.4 * rng.normal(size=clusters)[g]
    x = rng.normal(size=n)
    y = effect * d + 0.5 * x + rng.normal(size=clusters)[g] + rng.normal(size=n) * (1 + d**2)
    return pd.DataFrame({"y": y, "d": d, "x": x, "g": g, "w": rng.random(n) + 0.5})


def design(frame: pd.DataFrame, effects: bool) -> Array:
    first = frame[["d", "x"]].to_numpy()
    if effects:
        return np.column_stack([first, np.eye(frame["g"].nunique())[frame["g"]]])
    return np.column_stack([first, np.ones(len(frame))])


def slow_t(x: Array, y: Array, g: Array, root: Array, at: float) -> float:
    """The t value of the first column, CR1 up to its constant, by normal equations."""
    x, y = x * root[:, None], y * root
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    e = y - x @ beta
    bread = np.linalg.inv(x.T @ x)
    scores = np.array([(x[g == c].T @ e[g == c]) for c in np.unique(g)])
    return float((beta[0] - at) / np.sqrt((bread @ scores.T @ scores @ bread)[0, 0]))


def slow_p(frame: pd.DataFrame, effects: bool, weighted: bool, signs: Array, at: float) -> float:
    """Each bootstrap sample made and fitted anew."""
    x, y, g = design(frame, effects), frame["y"].to_numpy(), frame["g"].to_numpy()
    root = np.sqrt(frame["w"].to_numpy()) if weighted else np.ones(len(y))
    rest = x[:, 1:]
    null = y - at * x[:, 0]
    beta = np.linalg.lstsq(rest * root[:, None], null * root, rcond=None)[0]
    fitted = rest @ beta + at * x[:, 0]
    left = y - fitted
    observed = abs(slow_t(x, y, g, root, at))
    t = [abs(slow_t(x, fitted + left * v[g], g, root, at)) for v in signs.T]
    return float(np.mean(np.array(t) >= observed * (1 - 1e-9)))


@pytest.mark.parametrize("effects", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_wild_bootstrap_by_a_slow_second_implementation(effects: bool, weighted: bool) -> None:
    frame = made(3)
    found = regression.wild(
        frame, "y", "d", ["x"], "w" if weighted else None, "g" if effects else None, cluster="g"
    )
    every = np.array(list(product([-1.0, 1.0], repeat=8))).T
    assert (found.every, found.draws, found.clusters) == (True, 256, 8)
    assert found.p == slow_p(frame, effects, weighted, every, 0.0)
    step = 1e-6 * (found.hi - found.lo)
    for end, inward in ((found.lo, 1), (found.hi, -1)):
        assert slow_p(frame, effects, weighted, every, end + inward * step) >= 0.05
        assert slow_p(frame, effects, weighted, every, end - inward * step) < 0.05


def test_random_draws_are_those_of_the_seed() -> None:
    frame = made(4, clusters=9, size=5)
    found = regression.wild(frame, "y", "d", ["x"], cluster="g", draws=199, seed=7)
    drawn, every = regression.vectors(9, 199, 7)
    assert not every
    assert not found.every
    share = slow_p(frame, False, False, drawn, 0.0)
    assert found.p == pytest.approx((199 * share + 1) / 200)
    again = regression.wild(frame, "y", "d", ["x"], cluster="g", draws=199, seed=7)
    assert again == found


def test_weights_of_the_draws_have_mean_zero_and_variance_one() -> None:
    drawn, _ = regression.vectors(20, 50_000, 1)
    assert abs(drawn.mean()) < 0.005
    assert abs((drawn**2).mean() - 1) < 0.005


def test_wild_bootstrap_rejects_what_is_true_as_often_as_it_says() -> None:
    hits = [
        regression.wild(made(seed, clusters=10), "y", "d", ["x"], cluster="g", draws=1024).p <= 0.05
        for seed in range(400)
    ]
    assert 0.02 <= np.mean(hits) <= 0.085


def test_a_planted_effect_is_found_and_covered() -> None:
    covered = 0
    for seed in range(40):
        found = regression.wild(
            made(seed, clusters=30, effect=-3), "y", "d", ["x"], effects="g", cluster="g", draws=999
        )
        assert found.p < 0.05
        covered += found.lo <= -3 <= found.hi
    assert covered >= 34


@pytest.mark.parametrize("effects", [None, "g"])
def test_huber_equals_statsmodels_and_its_errors_a_jackknife(effects: str | None) -> None:
    frame = made(5, clusters=12, size=9, effect=-1)
    frame.loc[[3, 40, 77], "y"] += [30, -40, 25]
    frame = pd.concat([frame, frame.iloc[:1].assign(y=np.nan)], ignore_index=True)

    def by_statsmodels(rows: pd.DataFrame) -> float:
        rows = rows.assign(g=pd.factorize(rows["g"])[0])
        model = sm.RLM(
            rows["y"].to_numpy(), design(rows, effects is not None), M=sm.robust.norms.HuberT()
        )
        return float(model.fit(maxiter=2000, tol=1e-13, conv="coefs").params[0])

    known = frame.dropna()
    found = regression.huber(frame, "y", "d", ["x"], effects=effects, cluster="g")
    whole = by_statsmodels(known)
    assert found.estimate == pytest.approx(whole, rel=1e-8)
    left_out = [by_statsmodels(known[known["g"] != g]) - whole for g in range(12)]
    assert found.se == pytest.approx(float(np.sqrt(np.square(left_out).sum())), rel=1e-6)
    assert (found.df, found.clusters, found.n) == (11, 12, 108)
    plain = regression.fit(known, "y", "d", ["x"], errors="cr3", effects=effects, cluster="g")
    assert found.se < plain.se, "odd units count less"


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_huber_settles_in_whatever_unit(unit: float) -> None:
    frame = made(5, clusters=12, size=9, effect=-1)
    found, other = (
        regression.huber(rows, "y", "d", ["x"], cluster="g")
        for rows in (frame, frame.assign(y=unit * frame["y"]))
    )
    assert other.estimate == pytest.approx(unit * found.estimate, rel=1e-9)


def test_huber_leaves_alone_what_fits() -> None:
    frame = made(6).assign(y=lambda f: 2 * f["d"] + f["x"])
    assert regression.huber(frame, "y", "d", ["x"], cluster="g").estimate == pytest.approx(2)


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [None, "g"])
def test_each_unit_left_out_by_brute_force(weights: str | None, effects: str | None) -> None:
    frame = made(8, clusters=5, size=4).drop(index=[0, 1]).set_index(np.arange(100, 118))
    found = regression.without_each(frame, "y", "d", ["x"], weights, effects)
    assert list(found.index) == list(frame.index)
    for i in frame.index:
        rest = frame.drop(index=i)
        again = regression.fit(
            rest, "y", "d", ["x"], weights=weights, effects=effects, errors="hc1"
        )
        assert found[i] == pytest.approx(again.estimate, rel=1e-9)


def test_the_nation_has_a_wild_bootstrap_beside_its_jackknife() -> None:
    s = scenario.load()
    counties = {"US": places.county_frame(s, tables.load, "US")}
    declared = [m for m in s.models if m.place == "US" and m.outcome.startswith("change")]
    found = compare.wilds(declared, counties, s.controls).set_index("id")
    assert set(found.index) == {"nation-before", "nation-after"}
    after = found.loc["nation-after"]
    again = regression.wild(
        counties["US"], "change_two_party", "any_dre_vv", ["white_nh", "college"],
        effects="state", cluster="state",
    ).scaled(100)  # fmt: skip
    assert (after["wild_p"], after["wild_lo"], after["wild_hi"]) == (again.p, again.lo, again.hi)
    assert after["wild_lo"] < after["estimate"] < after["wild_hi"]
    # By a few influential states both are about as wide.
    assert (after["wild_hi"] - after["wild_lo"]) / (after["hi"] - after["lo"]) > 0.9
    assert compare.wilds([], counties, s.controls).empty
