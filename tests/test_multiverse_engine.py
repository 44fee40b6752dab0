"""The engine equals statsmodels and pyfixest, marks what does not exist, and has no memory."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.stats import regression as controls
from sevenpercent.stats.regression import WHY, Degenerate, Errors, project, regress
from sevenpercent.stats.regression.batched import TILED

Array = NDArray[np.float64]


def world(seed: int) -> dict[str, Any]:
    """One random specification: units, controls, weights, groups, clusters, treatment, outcome."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 120))
    groups = rng.integers(0, 7, n)
    x = rng.standard_normal((n, int(rng.integers(0, 6)))) * rng.exponential(3.0) + rng.normal()
    d = (rng.random(n) < 0.4).astype(float) if seed % 2 else rng.random(n)
    return {
        "x": x,
        "d": d,
        "y": rng.normal(0.5, 0.1, n) + 0.05 * x.sum(axis=1) + rng.normal() * 0.1 * d,
        "weights": rng.exponential(size=n) * 1000 + 50 if seed % 3 else None,
        "effects": groups if seed % 5 < 2 else None,
        "clusters": groups // 2 if seed % 4 < 2 else rng.integers(0, 9, n),
    }


def engine(w: dict[str, Any], errors: Errors) -> tuple[float, float, float]:
    p = project(
        w["x"],
        w["weights"],
        w["effects"],
        w["clusters"] if errors.startswith("cr") else None,
        absorb=errors != "hc2_bm",
    )
    fits = regress(p, w["y"][:, None], w["d"][:, None], errors)
    return float(fits.estimate[0, 0]), float(fits.se[0, 0]), float(fits.df[0])


def by_statsmodels(w: dict[str, Any], errors: str) -> tuple[float, float]:
    dummies = np.ones((len(w["y"]), 1)) if w["effects"] is None else np.eye(7)[w["effects"]]
    x = np.column_stack([w["d"], w["x"], dummies[:, dummies.any(axis=0)]])
    weights = np.ones(len(x)) if w["weights"] is None else w["weights"]
    fit = sm.WLS(w["y"], x, weights=weights).fit()
    if errors == "cr1":
        fit = fit.get_robustcov_results("cluster", groups=w["clusters"])
    elif errors != "classical":
        fit = fit.get_robustcov_results(errors.upper())
    return float(fit.params[0]), float(fit.bse[0])


def by_pyfixest(w: dict[str, Any], errors: str) -> tuple[float, float]:
    names = [f"x{i}" for i in range(w["x"].shape[1])]
    frame = pd.DataFrame(w["x"], columns=names).assign(d=w["d"], y=w["y"], cluster=w["clusters"])
    formula = "y ~ d" + "".join(f" + {name}" for name in names)
    if w["effects"] is not None:
        frame["group"] = w["effects"]
        formula += " | group"
    if w["weights"] is not None:
        frame["weight"] = w["weights"]
    vcov: Any = {"cr1": {"CRV1": "cluster"}, "cr3": {"CRV3": "cluster"}}.get(errors, "HC1")
    whole = {"k_adj": False, "G_adj": False} if errors == "cr3" else {"k_fixef": "full"}
    fit = pyfixest.feols(
        formula,
        frame,
        vcov=vcov,
        weights=None if w["weights"] is None else "weight",
        ssc=pyfixest.ssc(**whole),
    )
    return float(fit.coef()["d"]), float(fit.se()["d"])


SEEDS = pytest.mark.parametrize(
    "seeds", [range(80), pytest.param(range(80, 1000), marks=pytest.mark.slow)]
)
"""So many in the fast tests, the rest in the slow ones."""


@SEEDS
def test_hundreds_of_specifications_equal_statsmodels(seeds: range) -> None:
    kinds: list[Errors] = ["classical", "hc1", "hc2", "hc3", "cr1"]
    for seed in seeds:
        errors = kinds[seed % 7 % 5]
        w = world(seed)
        if w["effects"] is not None and np.bincount(w["effects"]).min() < 2:
            w["effects"] = None
        got = engine(w, errors)
        assert got[:2] == pytest.approx(by_statsmodels(w, errors), rel=1e-9), seed


@SEEDS
def test_hundreds_of_specifications_equal_pyfixest(seeds: range) -> None:
    kinds: list[Errors] = ["hc1", "cr1", "cr3"]
    for seed in seeds:
        w = world(10_000 + seed)
        errors = kinds[seed % 3]
        if errors == "cr3":  # its jackknife takes neither weights nor effects
            w |= {"weights": None, "effects": None}
        assert engine(w, errors)[:2] == pytest.approx(by_pyfixest(w, errors), rel=1e-9), seed


@pytest.mark.parametrize("errors", get_args(Errors))
def test_errors_and_degrees_of_freedom_are_those_of_single_fits(errors: Errors) -> None:
    for seed in range(40):
        w = world(seed)
        names = [f"x{i}" for i in range(w["x"].shape[1])]
        frame = pd.DataFrame(w["x"], columns=names).assign(d=w["d"], y=w["y"], cl=w["clusters"])
        frame["g"] = w["effects"]
        frame["w"] = w["weights"]
        one = controls.fit(
            frame,
            "y",
            "d",
            names,
            weights=None if w["weights"] is None else "w",
            errors=errors,
            effects=None if w["effects"] is None else "g",
            cluster="cl" if errors.startswith("cr") else None,
        )
        assert engine(w, errors) == pytest.approx((one.estimate, one.se, one.df), rel=1e-9)


def many(seed: int, columns: int = 40) -> tuple[Any, Array, Array]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((60, 3))
    clusters = rng.integers(0, 8, 60)
    y = rng.standard_normal((60, 4)) + x[:, :1]
    d = (rng.random((60, columns)) < 0.4).astype(float)
    return project(x, rng.exponential(size=60) + 0.1, None, clusters), y, d


@pytest.mark.parametrize("errors", get_args(Errors))
def test_blocks_and_threads_change_nothing(errors: Errors) -> None:
    p, y, d = many(3)
    whole = regress(p, y, d, errors)
    cut = regress(p, y, d, errors, block_bytes=1, threads=2)
    np.testing.assert_allclose(cut.estimate, whole.estimate, rtol=1e-12)
    np.testing.assert_allclose(cut.se, whole.se, rtol=1e-12)
    np.testing.assert_allclose(cut.df, whole.df, rtol=1e-12)


@pytest.mark.parametrize("errors", TILED)
def test_tiles_of_units_change_nothing(errors: Errors) -> None:
    rng = np.random.default_rng(11)
    n, sample = 400, rng.random(400) < 0.8
    x, y = rng.standard_normal((n, 3)), rng.standard_normal((n, 4))
    d = (rng.random((n, 25)) < 0.3).astype(float)
    d[:, 3], d[:, 7] = 1.0, x[:, 1]  # does not vary; determined by the controls
    d[:, 9] = 0.0
    d[np.flatnonzero(sample)[5], 9] = 1.0  # one unit alone
    y[:, 2] = 0.2 * d[:, 5] + x[:, 0]  # fits exactly: moments cancel
    y[:, 3] = y[:, 2] + 1e-7 * y[:, 3]  # and all but exactly
    for weights in (None, rng.exponential(size=n) + 0.1):
        p = project(x, weights, None, None, sample)
        whole, tiles = regress(p, y, d, errors), regress(p, y, d, errors, tile=17, threads=2)
        assert (whole.why == tiles.why).all()
        np.testing.assert_allclose(tiles.estimate, whole.estimate, rtol=1e-11, atol=1e-12)
        np.testing.assert_allclose(tiles.se, whole.se, rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(tiles.df, whole.df)


@given(st.integers(0, 10**6), st.floats(-50, 50), st.floats(0.01, 100))
@settings(max_examples=40, deadline=None)
def test_shift_scale_and_sign(seed: int, shift: float, scale: float) -> None:
    p, y, d = many(seed, 6)
    base = regress(p, y, d, "hc1")
    moved = regress(p, shift + scale * y, d, "hc1")
    np.testing.assert_allclose(moved.estimate, scale * base.estimate, rtol=1e-6, atol=1e-9 * scale)
    np.testing.assert_allclose(moved.se, scale * base.se, rtol=1e-6)
    turned = regress(p, y, 1 - d, "hc1")
    np.testing.assert_allclose(turned.estimate, -base.estimate, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(turned.se, base.se, rtol=1e-8)


@given(st.integers(0, 10**6), st.floats(-5, 5))
@settings(max_examples=40, deadline=None)
def test_an_added_effect_is_found_exactly_and_leaves_the_errors(seed: int, effect: float) -> None:
    p, y, d = many(seed, 1)
    base, planted = regress(p, y, d, "cr3"), regress(p, y + effect * d, d, "cr3")
    np.testing.assert_allclose(planted.estimate, base.estimate + effect, atol=1e-10)
    np.testing.assert_allclose(planted.se, base.se, rtol=1e-7)


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_the_order_of_units_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    w = world(seed)
    order = rng.permutation(len(w["y"]))
    turned = {k: v if v is None else v[order] for k, v in w.items()}
    kinds: list[Errors] = ["hc1", "cr1", "cr3"]
    for errors in kinds:
        try:
            before = engine(w, errors)
        except Degenerate:
            with pytest.raises(Degenerate):
                engine(turned, errors)
            continue
        np.testing.assert_allclose(engine(turned, errors), before, rtol=1e-8)


def test_close_fits_keep_their_digits() -> None:
    rng = np.random.default_rng(5)
    x, d = rng.standard_normal((80, 2)), rng.random(80)
    y = 3 * d + x.sum(axis=1) + 1e-7 * rng.standard_normal(80)
    fits = regress(project(x), y[:, None], d[:, None], "hc1")
    exact = sm.OLS(y, np.column_stack([d, x, np.ones(80)])).fit().get_robustcov_results("HC1")
    assert fits.se[0, 0] == pytest.approx(exact.bse[0], rel=1e-6)


def test_treatments_without_an_estimate_are_marked_and_leave_their_neighbours() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 2))
    good = (rng.random(40) < 0.5).astype(float)
    alone = np.zeros(40)
    alone[7] = 1
    d = np.column_stack([np.ones(40), x @ [1.0, -2.0] + 3, alone, good])
    y = rng.standard_normal((40, 2))
    fits = regress(project(x), y, d, "hc3")
    assert [WHY[c] for c in fits.why] == [WHY[1], WHY[2], WHY[3], ""]
    assert np.isnan(fits.estimate[:, :3]).all()
    assert np.isnan(fits.df[:3]).all()
    assert np.isfinite(fits.estimate[:, 3]).all()
    single = regress(project(x), y, d[:, 3:], "hc3")
    np.testing.assert_allclose(fits.se[:, 3:], single.se, rtol=1e-12)


def test_a_treatment_that_effects_or_one_cluster_determine_is_marked() -> None:
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(6), 5)
    x, y = rng.standard_normal((30, 1)), rng.standard_normal((30, 1))
    by_group = (groups < 3).astype(float)[:, None]
    assert regress(project(x, effects=groups), y, by_group).why.tolist() == [2]
    one = np.zeros((30, 1))
    one[1] = 1
    assert regress(project(x, clusters=groups), y, one, "cr3").why.tolist() == [3]
    assert regress(project(x, clusters=groups), y, one, "cr1").why.tolist() == [0]


def test_what_no_treatment_can_mend_is_refused() -> None:
    x = np.random.default_rng(0).standard_normal((20, 2))
    with pytest.raises(Degenerate, match="determine a control"):
        project(np.column_stack([x, x[:, 0] * 2 + 1]))
    with pytest.raises(Degenerate, match="Too few units"):
        project(x, sample=np.arange(20) < 4)
    with pytest.raises(Degenerate, match="two clusters"):
        project(x, clusters=np.zeros(20, dtype=np.int64))
    with pytest.raises(Degenerate, match="No unit"):
        project(x, sample=np.zeros(20, dtype=bool))
    with pytest.raises(InputError, match="positive"):
        project(x, np.zeros(20))
    p = project(x)
    y = x[:, :1] + 1
    with pytest.raises(InputError, match="unknown in the sample"):
        regress(p, y, np.full((20, 1), np.nan))
    with pytest.raises(InputError, match="unknown in the sample"):
        regress(p, y * np.nan, y)
    with pytest.raises(InputError, match="need clusters"):
        regress(p, y, y, "cr1")
    with pytest.raises(InputError, match="hc1"):
        regress(p, y, y, "hc11")  # type: ignore[arg-type]


def test_work_memory_is_bounded_whatever_the_number_of_treatments() -> None:
    import tracemalloc

    rng = np.random.default_rng(0)
    p = project(rng.standard_normal((500, 3)))
    y, d = rng.standard_normal((500, 2)), rng.random((500, 4000))

    def peak(columns: int) -> int:
        tracemalloc.start()
        regress(p, y, d[:, :columns], block_bytes=1_000_000)
        out = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return out

    results = 8 * (2 * 2 + 2) * 4000
    assert peak(4000) < 3_000_000 + results
    assert peak(4000) < peak(1000) + 1_000_000
