"""Robustness values against the paper's example and against confounders that are then measured."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.errors import InputError
from sevenpercent.stats import regression as controls
from sevenpercent.stats.sensitivity import hidden

# Section 5 of Cinelli and Hazlett 2020 (violence in Darfur and attitudes towards peace).
ESTIMATE, SE, DF = 0.09731582, 0.02325654, 783
FEMALE = [
    # times, r2_dz, r2_yz, adjusted estimate, standard error, t
    (1, 0.009164, 0.124641, 0.075220, 0.021873, 3.43890),
    (2, 0.018329, 0.249324, 0.052915, 0.020350, 2.60025),
    (3, 0.027493, 0.374050, 0.030396, 0.018670, 1.62806),
]


def simulated(n: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=(2, n))
    d = 0.5 * x - 0.4 * z + rng.normal(size=n)
    y = -0.3 * d + x + 0.8 * z + rng.normal(size=n)
    return pd.DataFrame({"fips": np.arange(n).astype(str), "x": x, "z": z, "d": d, "y": y})


def test_the_published_robustness_values() -> None:
    assert hidden.partial_r2(ESTIMATE / SE, DF) == pytest.approx(0.02187, abs=5e-6)
    assert hidden.robustness_value(ESTIMATE, SE, DF) == pytest.approx(0.13878, abs=5e-6)
    found = hidden.robustness_value(ESTIMATE, SE, DF, level=0.05)
    assert found == pytest.approx(0.07626, abs=5e-6)


@pytest.mark.parametrize(("times", "r2_dz", "r2_yz", "estimate", "se", "t"), FEMALE)
def test_the_published_adjusted_estimates(
    times: int, r2_dz: float, r2_yz: float, estimate: float, se: float, t: float
) -> None:
    moved, error = hidden.adjusted(ESTIMATE, SE, DF, r2_dz, r2_yz, -1)
    assert float(moved) == pytest.approx(estimate, abs=2e-6)
    assert float(error) == pytest.approx(se, abs=2e-6)
    assert float(moved / error) == pytest.approx(t, abs=2e-4)


def test_the_published_bounds_grow_as_published() -> None:
    # The paper prints the bounds, not the covariate's partial R2: solved from the first row.
    r2_dx = FEMALE[0][1] / (1 + FEMALE[0][1])
    both = r2_dx**2 / (1 - r2_dx) ** 2
    ratio = FEMALE[0][2] * (1 - both) / (1 + np.sqrt(both)) ** 2
    r2_yx = ratio / (1 + ratio)
    for times, r2_dz, r2_yz, *_ in FEMALE:
        found = hidden.benchmark(r2_dx, r2_yx, times)
        assert found == pytest.approx((r2_dz, r2_yz), abs=2e-6)


def test_the_bias_is_exact_once_the_confounder_is_measured() -> None:
    frame = simulated()
    short = controls.fit(frame, "y", "d", ["x"], errors="classical")
    long = controls.fit(frame, "y", "d", ["x", "z"], errors="classical")
    on_z = controls.fit(frame, "d", "z", ["x"], errors="classical")
    with_z = controls.fit(frame, "y", "z", ["x", "d"], errors="classical")
    r2_dz = hidden.partial_r2(on_z.estimate / on_z.se, on_z.df)
    r2_yz = hidden.partial_r2(with_z.estimate / with_z.se, with_z.df)
    moved, error = hidden.adjusted(short.estimate, short.se, short.df, r2_dz, r2_yz, 1)
    assert float(moved) == pytest.approx(long.estimate)
    assert float(error) == pytest.approx(long.se)


@settings(max_examples=50, deadline=None)
@given(
    estimate=st.floats(-5, 5),
    se=st.floats(0.05, 2),
    df=st.integers(10, 900),
    target=st.floats(-8, 8),
)
def test_a_confounder_of_that_strength_moves_the_estimate_there(
    estimate: float, se: float, df: float, target: float
) -> None:
    value = hidden.robustness_value(estimate, se, df, target)
    assert 0 <= value < 1
    direction = 1 if target > estimate else -1
    moved, _ = hidden.adjusted(estimate, se, df, value, value, direction)
    assert float(moved) == pytest.approx(target, abs=1e-6)
    weaker = hidden.robustness_value(estimate, se, df, target, level=0.05)
    assert weaker <= value + 1e-12
    if 0 < weaker < 0.9:
        moved, error = hidden.adjusted(estimate, se, df, weaker, weaker, direction)
        reached = abs(float(moved) - target) / float(error)
        assert reached >= controls.t_quantile(0.975, df - 1) - 1e-6


def test_what_is_not_rejected_needs_no_confounder() -> None:
    assert hidden.robustness_value(-0.5, 0.5, 67, level=0.05) == 0
    assert hidden.robustness_value(-0.5, 0.5, 67, target=-0.5) == 0


def test_a_tiny_sample_takes_the_other_branch() -> None:
    value = hidden.robustness_value(100.0, 0.1, 3, level=0.05)
    f, limit = 100 / (0.1 * np.sqrt(3)), controls.t_quantile(0.975, 2) / np.sqrt(2)
    assert f > 1 / limit
    assert value == pytest.approx((f**2 - limit**2) / (1 + f**2))


def test_benchmarks_of_a_model() -> None:
    h = hidden.hidden(simulated(), "y", "d", ["x", "z"], ["z"])
    assert h.estimate == pytest.approx(
        100 * controls.fit(simulated(), "y", "d", ["x", "z"]).estimate
    )
    first = h.benchmarks.iloc[0]
    assert first["lowered"] < h.estimate < first["raised"]
    assert hidden.robustness_value(h.estimate, h.se, h.df, h.estimate) == 0
    assert list(h.benchmarks["times"]) == [1.0, 2.0, 3.0]
    assert h.benchmarks["lowered"].dropna().is_monotonic_decreasing


def test_a_benchmark_is_what_the_covariate_explains_itself() -> None:
    frame = simulated()

    def explained(what: str, by: str, *given: str) -> float:
        held = np.column_stack([np.ones(len(frame)), *(frame[g] for g in given)])
        left = [
            frame[c] - held @ np.linalg.lstsq(held, frame[c], rcond=None)[0] for c in (what, by)
        ]
        return float(np.corrcoef(*left)[0, 1] ** 2)

    first = hidden.hidden(frame, "y", "d", ["x", "z"], ["z"]).benchmarks.iloc[0]
    expected = hidden.benchmark(explained("d", "z", "x"), explained("y", "z", "x", "d"), 1.0)
    assert tuple(first[["r2_dz", "r2_yz"]]) == pytest.approx(expected)


def test_refusals() -> None:
    with pytest.raises(InputError, match="one of the controls"):
        hidden.hidden(simulated(), "y", "d", ["x"], ["z"])
    with pytest.raises(InputError, match="so many times"):
        hidden.benchmark(0.6, 0.1)
    with pytest.raises(InputError, match="so many times"):
        hidden.benchmark(0.4, 0.1, 2)
    with pytest.raises(InputError, match="positive standard error"):
        hidden.robustness_value(1.0, 0.0, 50)
