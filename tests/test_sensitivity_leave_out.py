"""Every smaller sample is fitted as the regression itself would fit it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.stats import regression as controls
from sevenpercent.stats.sensitivity.balance import left_out
from sevenpercent.stats.sensitivity.county import Probed, arrays, is_binary


def simulated(n: int = 25) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    z = rng.normal(size=n)
    d = (np.arange(n) % 3 == 0).astype(float)
    y = -0.5 * d + z + rng.normal(size=n)
    names = [f"county {i}" for i in range(n)]
    return pd.DataFrame({"fips": names, "county": names, "change_two_party": y, "d": d, "z": z})


def fewer(frame: pd.DataFrame) -> pd.DataFrame:
    spec: Any = SimpleNamespace(outcome="change_two_party", treatment="d")
    return left_out(Probed(frame, spec, {"design": ["z"]}, ["d"], ["d"]))


def test_estimates_and_intervals_are_those_of_the_smaller_sample() -> None:
    frame = simulated()
    out = fewer(frame)
    assert len(out) == 25
    assert out["estimate"].is_monotonic_increasing
    x = np.column_stack([frame[["d", "z"]], np.ones(25)])
    y = 100 * frame["change_two_party"].to_numpy()
    for row in out.sample(12, random_state=1).to_dict("records"):
        keep = (frame["county"] != row["without"]).to_numpy()
        estimate = np.linalg.lstsq(x[keep], y[keep], rcond=None)[0][0]
        assert row["estimate"] == pytest.approx(estimate)
        assert row["lo"] < row["estimate"] < row["hi"]
        assert row["n"] == 24


def test_a_county_that_carries_the_effect_stands_at_the_end() -> None:
    frame = simulated()
    y = frame["change_two_party"]
    out = fewer(frame.assign(change_two_party=y.where(frame["county"] != "county 3", -50.0)))
    assert out.iloc[-1]["without"] == "county 3"
    assert out.iloc[-1]["estimate"] > -100 > -400 > out.iloc[0]["estimate"]


def test_without_the_only_treated_county_there_is_no_estimate() -> None:
    frame = simulated().assign(d=lambda t: (t["county"] == "county 4").astype(float))
    assert "county 4" not in set(fewer(frame)["without"])


def test_refusals() -> None:
    frame = simulated()
    with pytest.raises(InputError, match="Too few units"):
        arrays(frame.iloc[:3], "change_two_party", "d", ["z"])
    with pytest.raises(controls.NoVariation):
        arrays(frame.assign(d=1.0), "change_two_party", "d")


def test_yes_or_no() -> None:
    assert is_binary(np.array([0.0, 1, 1]))
    assert not is_binary(np.array([0.0, 0.5, 1]))
