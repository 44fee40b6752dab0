"""Designs as sums, against the regressions of the book one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.stats.regression import Errors, NoVariation, fit, linear
from sevenpercent.stats.validity.score import Drawn

SAME: Any = {"rel": 1e-9, "abs": 1e-12}
PLAIN = ("classical", "hc1", "hc2", "hc2_bm", "hc3")
CLUSTERED = ("cr1", "cr3")


def frame(n: int = 72, groups: int = 9) -> pd.DataFrame:
    """Places in groups, two of them with a gap in one column."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((n, 2))
    out = pd.DataFrame({"x1": x[:, 0], "x2": 1000 * x[:, 1]})
    out["state"] = [f"s{i}" for i in np.sort(rng.integers(0, groups, n))]
    out["d"] = (rng.random(n) < 0.5).astype(float)
    out["w"] = rng.uniform(1, 9, n)
    out["y"] = out["x1"] - 0.3 * out["d"] + rng.standard_normal(n)
    out.loc[4, "x1"] = np.nan
    out.loc[9, "y"] = np.nan
    return out


def outcomes(data: pd.DataFrame, many: int = 2) -> NDArray[np.float64]:
    """Other outcomes of the same places."""
    chance = np.random.default_rng(5).standard_normal((len(data), many))
    chance += data[["x1"]].fillna(0).to_numpy(float)
    return chance


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("effects", [None, "state"])
@pytest.mark.parametrize("errors", [*PLAIN, *CLUSTERED])
def test_every_kind_of_error_as_one_by_one(
    errors: Errors, effects: str | None, weights: str | None
) -> None:
    data = frame()
    cluster = "state" if errors in CLUSTERED else None
    how: Any = {"weights": weights, "errors": errors, "effects": effects, "cluster": cluster}
    design = linear(data, "y", "d", ["x1", "x2"], **how)
    many = outcomes(data)
    drawn = Drawn.of(design.parts(many), design.df)
    for i in range(many.shape[1]):
        own = data.assign(y=np.where(data["y"].isna(), np.nan, many[:, i]))
        one = fit(own, "y", "d", ["x1", "x2"], **how)
        assert drawn.estimate[i] == pytest.approx(one.estimate, **SAME)
        assert drawn.se[i] == pytest.approx(one.se, **SAME)
        assert design.df == pytest.approx(one.df, **SAME)


def test_clusters_that_cut_through_effects() -> None:
    data = frame()
    data["half"] = [f"h{i % 7}" for i in range(len(data))]
    how: Any = {"errors": "cr3", "effects": "state", "cluster": "half"}
    design = linear(data, "y", "d", ["x1"], **how)
    drawn = Drawn.of(design.parts(data[["y"]].fillna(0).to_numpy()), design.df)
    one = fit(data, "y", "d", ["x1"], **how)
    assert drawn.estimate[0] == pytest.approx(one.estimate, **SAME)
    assert drawn.se[0] == pytest.approx(one.se, **SAME)


def test_what_cannot_be_estimated_is_refused() -> None:
    data = frame()
    with pytest.raises(NoVariation, match="controls determine"):
        linear(data.assign(x1=2 * data["d"]), "y", "d", ["x1"])
    with pytest.raises(NoVariation, match="is 1 in every unit"):
        linear(data.assign(d=1.0), "y", "d", ["x1"])
    with pytest.raises(InputError, match="Did you mean 'hc2_bm'"):
        linear(data, "y", "d", [], errors="hc2_bn")  # type: ignore[arg-type]  # misspelt on purpose
    with pytest.raises(InputError, match="Unknown column"):
        linear(data, "y", "dose", [])
    alone = data.assign(x1=(data.index == 0).astype(float))
    with pytest.raises(InputError, match="One unit alone"):
        linear(alone, "y", "d", ["x1"], errors="hc3")
    one = data.assign(x1=(data["state"] == "s1").astype(float))
    with pytest.raises(InputError, match="One cluster alone"):
        linear(one, "y", "d", ["x1"], errors="cr3", cluster="state")
