"""How many times the largest break of a clean year hides harm, or makes it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sevenpercent.stats.sensitivity import placebo, rows


def study(asked: float, half: float, *clean: float) -> pd.DataFrame:
    """An event study with one difference in the year asked and some in clean years."""
    base = {"reading": "d", "controls": "c", "kind": "since", "before": 2012, "n": 72}
    made = [
        {**base, "year": 2000 + 4 * i, "role": "clean", "estimate": e} for i, e in enumerate(clean)
    ]
    now = {"kind": "step", "year": 2016, "role": "asked", "estimate": asked}
    made.append({**base, **now, "lo": asked - half, "hi": asked + half})
    also = {**base, "kind": "level", "year": 2000, "role": "clean", "estimate": 99.0}
    there = {**base, "kind": "step", "year": 2008, "role": "there", "estimate": 99.0}
    return pd.DataFrame([*made, also, there, {**made[0], "controls": "other", "estimate": 99.0}])


def test_a_drift_that_many_times_the_break_turns_harm_into_what_was_seen() -> None:
    found = placebo.breaks(study(-0.5, 0.8, 0.4, -0.25), "c", {"d": {"x": 2.0}}).set_index("size")
    x, zero = found.loc["x"], found.loc["zero"]
    assert (x["largest"], x["year"], x["before"]) == (0.4, 2000, 2012)
    assert -2.0 + x["hide"] * x["largest"] == pytest.approx(-0.5)
    assert -x["make"] * x["largest"] == pytest.approx(-2.0)
    assert -0.5 - 0.8 - x["inside"] * x["largest"] == pytest.approx(-2.0)
    assert -zero["make"] * zero["largest"] == pytest.approx(-0.5)
    assert zero["inside"] == 0
    assert np.isnan(zero["hide"])


def test_harm_inside_the_interval_needs_no_drift() -> None:
    found = placebo.breaks(study(-2.0, 1.0, 0.5), "c", {"d": {"x": 1.5, "far": 6.0}})
    assert found.set_index("size")["inside"].to_dict() == {"zero": 2.0, "x": 0.0, "far": 6.0}


def test_without_a_clean_year_nothing_is_said() -> None:
    found = placebo.breaks(study(-2.0, 1.0), "c", {"d": {"x": 1.5}})
    assert found.empty
    assert list(found.columns)[-1] == "inside"
    assert rows.breaks(found) == []


def test_every_number_is_published_once() -> None:
    said = rows.breaks(placebo.breaks(study(-2.0, 1.0, 0.5), "c", {"d": {"x": 1.5}}))
    assert {row["part"]: row["value"] for row in said} == {
        "break.d": 0.5,
        "break.d.zero.make": 4.0,
        "break.d.zero.inside": 2.0,
        "break.d.x.hide": 1.0,
        "break.d.x.make": 3.0,
        "break.d.x.inside": 0.0,
    }
