"""Every smaller sample is fitted as the regression itself would fit it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.stats import regression as controls
from sevenpercent.stats.sensitivity.arrays import arrays, is_binary
from sevenpercent.stats.sensitivity.leave_out import leave_out


def simulated(n: int = 25) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    z = rng.normal(size=n)
    d = (np.arange(n) % 3 == 0).astype(float)
    y = -0.5 * d + z + rng.normal(size=n)
    names = [f"county {i}" for i in range(n)]
    return pd.DataFrame({"fips": names, "county": names, "y": y, "d": d, "z": z})


@pytest.mark.parametrize("size", [1, 2])
def test_estimates_and_intervals_are_those_of_the_smaller_sample(size: int) -> None:
    frame = simulated()
    out = leave_out(arrays(frame, "y", "d", ["z"]), size)
    assert len(out) == {1: 25, 2: 300}[size]
    assert out["estimate"].is_monotonic_increasing
    for row in out.sample(12, random_state=1).to_dict("records"):
        gone = str(row["without"]).split(" and ")
        e = controls.fit(frame[~frame["county"].isin(gone)], "y", "d", ["z"])
        assert row["estimate"] == pytest.approx(e.estimate)
        assert (row["se"], row["df"]) == pytest.approx((e.se, e.df))
        assert (row["lo"], row["hi"]) == pytest.approx((e.lo, e.hi))


def test_a_county_that_carries_the_effect_stands_at_the_end() -> None:
    frame = simulated()
    frame["y"] = frame["y"].where(frame["county"] != "county 3", -50.0)
    out = leave_out(arrays(frame, "y", "d", ["z"]))
    assert out.iloc[-1]["without"] == "county 3"
    assert out.iloc[-1]["estimate"] > -1 > -4 > out.iloc[0]["estimate"]


def test_without_the_only_treated_counties_there_is_no_estimate() -> None:
    frame = simulated()
    frame["d"] = frame["county"].isin(["county 4", "county 9"]).astype(float)
    out = leave_out(arrays(frame, "y", "d", ["z"]), 2)
    lost = out[out["estimate"].isna()]
    assert list(lost["without"]) == ["county 4 and county 9"]


def test_refusals() -> None:
    frame = simulated()
    rows = arrays(frame, "y", "d", ["z"])
    with pytest.raises(InputError, match="or two"):
        leave_out(rows, 3)
    with pytest.raises(InputError, match="Too few units"):
        leave_out(arrays(frame.iloc[:5], "y", "d", ["z"]), 2)
    with pytest.raises(InputError, match="Too few units"):
        arrays(frame.iloc[:3], "y", "d", ["z"])
    with pytest.raises(controls.NoVariation):
        arrays(frame.assign(d=1.0), "y", "d")


def test_yes_or_no() -> None:
    assert is_binary(np.array([0.0, 1, 1]))
    assert not is_binary(np.array([0.0, 0.5, 1]))
