"""The recount drawn again, and errors flipped by county."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.stats.ratio import per_ballot
from sevenpercent.stats.regression import fit, linear
from sevenpercent.stats.validity import field
from sevenpercent.stats.validity.paper import Recounted

COUNTIES = pd.Series(["a", "b", "c", "d"])


def units() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    return pd.DataFrame(
        {
            "fips": [*"aabbbdd"],
            "half_margin": rng.integers(-4, 5, 7).astype(float),
            "ballots_dre": rng.integers(20, 300, 7).astype(float),
        }
    )


def test_the_recount_drawn_again_is_the_design_of_the_book() -> None:
    rows = units()
    paper = Recounted.on_machines(rows, COUNTIES)
    signs = field.signs(np.random.default_rng(7), 4, 20)
    found = paper.drawn(signs, 0.0)
    by_chance = paper.changed - paper.ballots * paper.changed.sum() / paper.ballots.sum()
    for i in range(20):
        own = pd.DataFrame(
            {
                "fips": [*"abd"],
                "a": (signs[:, i] * by_chance)[[0, 1, 3]],  # the third was not recounted
                "b": paper.ballots[[0, 1, 3]],
            }
        )
        one = per_ballot(own, "a", "b", "fips")
        assert found.estimate[i] == pytest.approx(one.estimate, abs=1e-12)
        assert found.se[i] == pytest.approx(one.se, abs=1e-12)
        assert found.df == one.df


def test_paper_of_one_county_is_not_enough() -> None:
    with pytest.raises(InputError, match="two counties"):
        Recounted.on_machines(units().assign(fips="a"), COUNTIES)


def test_residuals_flipped_one_by_one_are_those_of_hc2() -> None:
    rng = np.random.default_rng(8)
    data = pd.DataFrame(rng.standard_normal((30, 2)), columns=["x", "y"])
    data["d"] = (rng.random(30) < 0.4).astype(float)
    data.loc[7, "x"] = np.nan
    design = linear(data, "y", "d", ["x"], errors="hc2")
    columns = field.residuals_by_cluster(design, data["y"].to_numpy(), np.arange(30), 30)
    assert (columns[7] == 0).all()
    # Sums of squares over single flips are the variance that HC2 estimates.
    spread = np.sqrt(((design.estimate @ columns) ** 2).sum())
    assert spread == pytest.approx(fit(data, "y", "d", ["x"], errors="hc2").se, rel=1e-9)


def test_flips_leave_no_effect_on_average_and_keep_clusters_whole() -> None:
    rng = np.random.default_rng(9)
    data = pd.DataFrame(rng.standard_normal((60, 3)), columns=["x", "y", "d"])
    data["g"] = np.repeat([*"abcdefghij"], 6)
    design = linear(data, "y", "d", ["x"], errors="cr3", effects="g", cluster="g")
    codes = np.repeat(np.arange(10), 6)
    columns = field.residuals_by_cluster(design, data["y"].to_numpy(), codes, 10)
    for g in range(10):
        assert (columns[codes != g, g] == 0).all()
    signs = field.signs(rng, 10, 4000)
    estimate = (design.estimate @ columns) @ signs
    assert estimate.mean() == pytest.approx(0, abs=4 * estimate.std() / np.sqrt(4000))
    assert set(np.unique(signs)) == {-1.0, 1.0}
