"""Regressions against theory, against simulation, and against what has been published."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.errors import InputError
from sevenpercent.stats import regression as controls

KINDS = get_args(controls.Errors)


def simulated(n: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    d = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(float)
    return pd.DataFrame(
        {
            "fips": [f"{i:05d}" for i in range(n)],
            "state": rng.choice(list("ABCDEF"), n),
            "d": d,
            "z": z,
            "w": rng.uniform(1, 5, n),
            "y": 0.05 * d + 0.3 * z + rng.normal(size=n) * (0.2 + 0.3 * d),
        }
    )


def test_recovers_a_known_effect() -> None:
    frame = simulated(20_000)
    assert controls.fit(frame, "y", "d", ["z"]).estimate == pytest.approx(0.05, abs=0.02)
    assert controls.fit(frame, "y", "d").estimate > 0.2, "left out, the confounder stays in"


def test_bell_mccaffrey_of_two_groups_has_its_published_form() -> None:
    for n0, n1 in [(10, 10), (22, 50), (3, 27)]:
        two = pd.DataFrame({"d": np.repeat([0.0, 1.0], [n0, n1]), "y": np.arange(n0 + n1)})
        found = controls.fit(two, "y", "d").df
        top = (n0 + n1) ** 2 * (n0 - 1) * (n1 - 1)
        assert found == pytest.approx(top / (n1**2 * (n1 - 1) + n0**2 * (n0 - 1)))
    balanced = pd.DataFrame({"d": np.repeat([0.0, 1.0], 10), "y": np.arange(20)})
    assert controls.fit(balanced, "y", "d").df == pytest.approx(18)


def test_bell_mccaffrey_matches_the_moments_of_simulated_variances() -> None:
    rng = np.random.default_rng(1)
    n = 30
    x = np.column_stack([(np.arange(n) < 5).astype(float), rng.lognormal(size=n), np.ones(n)])
    hat = x @ np.linalg.inv(x.T @ x) @ x.T
    a = (x @ np.linalg.inv(x.T @ x))[:, 0]
    residuals = rng.normal(size=(200_000, n)) @ (np.eye(n) - hat)
    variance = (residuals**2 / (1 - np.diag(hat)) * a**2).sum(axis=1)
    satterthwaite = 2 * variance.mean() ** 2 / variance.var()
    frame = pd.DataFrame(x, columns=["d", "z", "one"]).assign(y=rng.normal(size=n))
    found = controls.fit(frame, "y", "d", ["z"]).df
    assert found == pytest.approx(satterthwaite, rel=0.02)
    assert 1 <= found < n - 3


def test_hc2_covers_where_classical_errors_do_not() -> None:
    rng = np.random.default_rng(2)
    d = np.repeat([1.0, 0.0], [6, 54])
    inside = {"classical": 0, "hc2_bm": 0}
    for _ in range(400):
        frame = pd.DataFrame({"d": d, "y": rng.normal(size=60) * np.where(d == 1, 3.0, 0.5)})
        for kind in inside:
            e = controls.fit(frame, "y", "d", errors=kind)  # type: ignore[arg-type]
            inside[kind] += e.lo <= 0 <= e.hi
    assert inside["classical"] < 0.8 * 400
    assert inside["hc2_bm"] > 0.9 * 400


def test_hc2_of_two_groups_is_the_error_of_welch() -> None:
    frame = simulated()
    e = controls.fit(frame, "y", "d", errors="hc2")
    parts = frame.groupby("d")["y"].agg(["var", "count", "mean"])
    assert e.se == pytest.approx(float(np.sqrt((parts["var"] / parts["count"]).sum())))
    assert e.estimate == pytest.approx(parts["mean"][1.0] - parts["mean"][0.0])
    assert e.coefficients["constant"] == pytest.approx(parts["mean"][0.0])


def test_cr3_with_single_units_is_hc3() -> None:
    frame = simulated()
    one = controls.fit(frame, "y", "d", ["z"], "w", errors="cr3", cluster="fips")
    assert one.se == pytest.approx(controls.fit(frame, "y", "d", ["z"], "w", errors="hc3").se)
    assert one.clusters == 60


@pytest.mark.parametrize("kind", KINDS)
def test_effects_are_dummies(kind: Any) -> None:
    frame = simulated()
    dummies = pd.get_dummies(frame["state"], dtype=float).drop(columns="A")
    wide = frame.join(dummies)
    absorbed = controls.fit(frame, "y", "d", ["z"], "w", kind, effects="state", cluster="fips")
    spelled = controls.fit(wide, "y", "d", ["z", *dummies.columns], "w", kind, cluster="fips")
    assert absorbed.estimate == pytest.approx(spelled.estimate, rel=1e-9)
    assert absorbed.se == pytest.approx(spelled.se, rel=1e-9)
    assert absorbed.df == pytest.approx(spelled.df, rel=1e-9)
    assert absorbed.r2 == pytest.approx(spelled.r2, rel=1e-9)


def test_cr3_with_effects_inside_clusters_is_the_jackknife() -> None:
    frame = simulated(120)
    full = controls.fit(frame, "y", "d", ["z"], "w", effects="state")
    left_out = [
        controls.fit(frame[frame["state"] != s], "y", "d", ["z"], "w", effects="state").estimate
        for s in "ABCDEF"
    ]
    e = controls.fit(frame, "y", "d", ["z"], "w", "cr3", effects="state", cluster="state")
    assert e.se == pytest.approx(float(np.sqrt(sum((b - full.estimate) ** 2 for b in left_out))))
    assert e.df == 5


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(
    factor=st.floats(0.01, 1000),
    shift=st.floats(-100, 100),
    seed=st.integers(0, 1000),
)
def test_what_must_not_matter(kind: Any, factor: float, shift: float, seed: int) -> None:
    frame = simulated(seed=seed)
    args: dict[str, Any] = {"weights": "w", "errors": kind, "cluster": "state"}
    base = controls.fit(frame, "y", "d", ["z"], **args)
    other = frame.assign(w=frame["w"] * factor, y=frame["y"] + shift, d=1 - frame["d"])
    turned = controls.fit(other, "y", "d", ["z"], **args)
    assert turned.estimate == pytest.approx(-base.estimate, rel=1e-7, abs=1e-9)
    assert turned.se == pytest.approx(base.se, rel=1e-7)
    assert turned.df == pytest.approx(base.df, rel=1e-7)
    assert turned.effective_clusters == pytest.approx(base.effective_clusters, rel=1e-7)
    assert (turned.lo, turned.hi) == pytest.approx((-base.hi, -base.lo), rel=1e-7, abs=1e-9)


def test_columns_of_very_different_size_cost_no_digits() -> None:
    frame = simulated(30).round(3)
    frame["income"] = 50_000 + 1_000 * frame["z"] + np.arange(30) ** 2
    frame["tiny"] = 1e-4 * np.arange(30) ** 1.5
    columns = ["d", "income", "tiny"]
    x = [[Fraction(v) for v in (*row, 1.0)] for row in frame[columns].to_numpy().tolist()]
    y = [Fraction(v) for v in frame["y"].tolist()]
    pairs = range(4)
    gram: Any = [[sum(row[i] * row[j] for row in x) for j in pairs] for i in pairs]
    right: Any = [sum(row[i] * v for row, v in zip(x, y, strict=True)) for i in pairs]
    for i in pairs:  # elimination in exact fractions, the treatment last
        for k in set(pairs) - {3 - i}:
            share = gram[k][3 - i] / gram[3 - i][3 - i]
            gram[k] = [a - share * b for a, b in zip(gram[k], gram[3 - i], strict=True)]
            right[k] -= share * right[3 - i]
    e = controls.fit(frame, "y", "d", columns[1:])
    assert e.estimate == pytest.approx(float(right[0] / gram[0][0]), rel=1e-11)


def test_what_is_left_of_the_treatment_carries_the_estimate() -> None:
    frame = simulated()
    e = controls.fit(frame, "y", "d", ["z"], "w", effects="state")
    x = np.column_stack([frame["z"], pd.get_dummies(frame["state"]).to_numpy(float)])
    root = np.sqrt(frame["w"].to_numpy(float))
    d, y = (root * frame[c].to_numpy(float) for c in ("d", "y"))
    left = d - root[:, None] * x @ np.linalg.lstsq(root[:, None] * x, d, rcond=None)[0]
    assert left @ y / (left @ left) == pytest.approx(e.estimate)
    carried = pd.Series(left**2)
    own: dict[str, Any] = {"weights": "w", "effects": "state", "errors": "cr1", "cluster": "fips"}
    alone = controls.fit(frame, "y", "d", ["z"], **own)
    carry = carried.sum() ** 2 / (carried**2).sum()
    assert alone.effective_clusters == pytest.approx(carry)


def test_all_clusters_carry_the_estimate_when_all_carry_the_same() -> None:
    frame = pd.DataFrame({"d": [0.0, 1.0] * 8, "y": range(16), "c": [0, 0, 1, 1, 2, 2, 3, 3] * 2})
    e = controls.fit(frame, "y", "d", errors="cr1", cluster="c")
    assert e.effective_clusters == pytest.approx(4)


def test_samples_and_unknown_values() -> None:
    frame = simulated()
    frame.loc[3, "z"] = np.nan
    e = controls.fit(frame, "y", "d", ["z"], sample="w >= 2")
    used = frame[(frame["w"] >= 2) & frame["z"].notna()]
    assert e.n == len(used)
    masked = controls.fit(frame, "y", "d", ["z"], sample=frame["w"] >= 2)
    assert masked == e


def test_groups_of_one_are_left_out() -> None:
    frame = simulated()
    frame.loc[0, "state"] = "alone"
    e = controls.fit(frame, "y", "d", ["z"], effects="state")
    assert e.n == len(frame) - 1
    assert e.estimate == pytest.approx(
        controls.fit(frame[1:], "y", "d", ["z"], effects="state").estimate
    )


def test_scaled_and_interval() -> None:
    e = controls.fit(simulated(), "y", "d", ["z"])
    points = e.scaled(-100)
    assert points.estimate == pytest.approx(-100 * e.estimate)
    assert points.lo == pytest.approx(-100 * e.hi)
    assert points.se == pytest.approx(100 * e.se)
    half = controls.t_quantile(0.975, e.df) * e.se
    assert (e.lo, e.hi) == pytest.approx((e.estimate - half, e.estimate + half))


def test_no_variation_says_that_it_cannot_be_tested() -> None:
    frame = simulated()
    with pytest.raises(controls.NoVariation, match="cannot be tested here: 'd' is 0 in every unit"):
        controls.fit(frame.assign(d=0.0), "y", "d")
    copy = frame.assign(z=2 * frame["d"] + 1)
    with pytest.raises(controls.NoVariation, match="the controls determine 'd'"):
        controls.fit(copy, "y", "d", ["z"])
    by_state = frame.assign(d=(frame["state"] < "C").astype(float))
    with pytest.raises(controls.NoVariation, match="the controls determine 'd'"):
        controls.fit(by_state, "y", "d", ["z"], effects="state")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"controls": ["zz"]}, "Unknown column .*'zz'"),
        ({"outcome": "state"}, "does not hold numbers .*'state'"),
        ({"controls": ["z", "double"]}, "determine this control .*'z'"),
        ({"controls": ["d"]}, "stands twice"),
        ({"weights": "z"}, "Weights must be positive"),
        ({"errors": "hc4"}, "Unknown kind of errors .*Did you mean"),
        ({"errors": "cr3"}, "need a cluster column"),
        ({"errors": "cr1", "cluster": "same"}, "at least two clusters"),
        ({"sample": "w > 100"}, "sample is empty"),
        ({"sample": "nothing > 1"}, "cannot be read as an expression"),
        ({"sample": "few", "controls": ["z"]}, "Too few units: 3 for 3 coefficients"),
        ({"controls": ["infinite"]}, "infinite value .*'infinite'"),
        ({"controls": ["unknown"]}, "No unit has all values"),
        ({"controls": ["single"], "errors": "hc3"}, "One unit alone .*'00007'"),
        ({"controls": ["lone"], "errors": "cr3", "cluster": "state"}, "One cluster alone"),
    ],
)
def test_refusals(arguments: dict[str, Any], message: str) -> None:
    frame = simulated().assign(same="x", infinite=np.inf, unknown=np.nan)
    frame["few"] = frame.index.isin(
        [*frame.index[frame["d"] == 1][:1], *frame.index[frame["d"] == 0][:2]]
    )
    frame["double"] = 2 * frame["z"]
    frame["single"] = (frame.index == 7).astype(float)
    frame["lone"] = (frame["state"] == "B") * frame["z"]
    with pytest.raises(InputError, match=message):
        controls.fit(frame, **{"outcome": "y", "treatment": "d", **arguments})
