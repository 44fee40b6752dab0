"""R says the same of the headline regressions, to 1e-8; the fixture is made as ``tests/r`` says."""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from r import __doc__ as how
from r.__main__ import CLUSTERS, DRAWS, SEED, frame, frames, models
from scipy import stats

from sevenpercent.data import tables
from sevenpercent.model import places, scenario
from sevenpercent.stats.regression import fit, wild
from sevenpercent.stats.sensitivity.hidden import robustness_value

Array = NDArray[np.float64]
FOUND = json.loads((Path(__file__).parent / "r/fixture.json").read_text())
SAME: Any = {"rel": 1e-8, "abs": 1e-12}
COUNTIES = [name for name in FOUND["models"] if name.startswith("p1")]
TOWNS = [name for name in FOUND["models"] if name not in COUNTIES]


@cache
def fitted(name: str, errors: str) -> Any:
    return fit(frame(name), **models()[name] | {"errors": errors})


def agree(name: str, errors: str, theirs: str) -> None:
    r, ours = FOUND["models"][name], fitted(name, errors)
    said = r["errors"][theirs]
    half = stats.t.ppf(0.975, said["df"]) * said["se"]
    assert (ours.n, ours.clusters) == (r["n"], r.get("clusters")), how
    assert ours.estimate == pytest.approx(r["estimate"], **SAME), how
    assert ours.se == pytest.approx(said["se"], **SAME), how
    assert ours.df == pytest.approx(said["df"], **SAME), how
    assert (ours.hi - ours.lo) / 2 == pytest.approx(half, **SAME), how


def test_the_fixture_holds_every_declared_regression() -> None:
    assert set(FOUND["models"]) == set(models()), how
    assert FOUND["versions"].keys() == {"R", "sandwich", "clubSandwich"}


@pytest.mark.parametrize("errors", ["classical", "hc1", "hc2", "hc2_bm", "hc3"])
@pytest.mark.parametrize("name", COUNTIES)
def test_counties(name: str, errors: str) -> None:
    agree(name, errors, errors)


@pytest.mark.parametrize("name", TOWNS)
def test_towns(name: str) -> None:
    agree(name, "cr3", "cr3")  # refit by refit
    agree(name, "cr3", "cr3_clubsandwich")
    agree(name, "cr1", "cr1")


@pytest.mark.parametrize("name", ["p2", "p3"])
def test_wild_bootstrap_with_the_same_signs(name: str) -> None:
    model = {k: v for k, v in models()[name].items() if k != "errors"}
    ours = wild(frame(name), **model, draws=DRAWS, seed=SEED)
    assert ours.clusters == CLUSTERS
    assert ours.p == pytest.approx(FOUND["models"][name]["wild"]["p"], **SAME), how


@pytest.mark.parametrize(
    "name", [n for n in COUNTIES if "robustness" in FOUND["models"][n]["errors"]]
)
def test_robustness_values(name: str) -> None:
    said, e = FOUND["models"][name]["errors"]["robustness"], fitted(name, "classical")
    for target, of in ((0.0, "zero"), (-0.07, "seven")):
        for level, part in ((None, of), (0.05, f"{of}_at_5")):
            ours = robustness_value(e.estimate, e.se, e.df, target, level)
            assert ours == pytest.approx(said[part], **SAME), (part, how)


def test_the_other_target_is_the_one_that_clubsandwich_takes_unasked() -> None:
    """Its degrees of freedom, with equal variances for all weights, from their formula."""
    model = models()["p1.by_votes"]
    columns = [model["treatment"], *model["controls"], model["weights"]]
    _, df = equal_variances(*parted(frames()["p1"], columns)[:2])
    theirs = FOUND["models"]["p1.by_votes"]["errors"]["hc2_bm_equal"]
    assert df == pytest.approx(theirs["df"], **SAME), how
    assert df == pytest.approx(10.63, abs=0.01)
    assert fitted("p1.by_votes", "hc2_bm").df == pytest.approx(20.99, abs=0.01)


def test_with_equal_variances_the_weighted_county_comparison_rejects_as_often_as_it_says() -> None:
    model = models()["p1.by_votes"]
    columns = [model["treatment"], *model["controls"], model["weights"]]
    inverse, equal = rejected(frames()["p1"], columns, 100_000)
    assert inverse == pytest.approx(0.05, abs=0.003)
    assert equal < 0.045


@pytest.mark.slow
def test_with_equal_variances_no_weighted_comparison_rejects_far_too_often() -> None:
    """What the docstring of ``fit`` says of both targets, over every declared definition."""
    s = scenario.load()
    found = []
    for state in ("WI", "PA"):
        frame = places.county_frame(s, tables.load, state)
        for definition, controls, weight in product(
            places.readings(s, frame, state),
            ([], ["college", "white_nh"], ["college", "white_nh", "log_density"]),
            ("total", "population"),
        ):
            found.append(rejected(frame, [definition, *controls, weight], 50_000))
    inverse, equal = np.array(found).T
    assert len(found) == 78
    assert (inverse.min(), inverse.mean(), inverse.max()) == pytest.approx(
        (0.046, 0.058, 0.075), abs=0.003
    )
    assert (equal.min(), equal.mean(), equal.max()) == pytest.approx(
        (0.015, 0.034, 0.044), abs=0.003
    )


def parted(frame: pd.DataFrame, columns: list[str]) -> tuple[Array, Array, Array]:
    """Each unit's part in the coefficient of the first column, the residual maker, the weights."""
    rows = frame[columns].dropna().to_numpy(float)
    x, w = np.column_stack([np.ones(len(rows)), rows[:, :-1]]), rows[:, -1]
    solve = np.linalg.solve((x.T * w) @ x, x.T * w)
    maker = np.eye(len(rows)) - x @ solve
    return solve[1], maker, w


def equal_variances(own: Array, maker: Array) -> tuple[Array, float]:
    """Variance of each residual and degrees of freedom, all units varying alike."""
    free = (maker**2).sum(axis=1)
    return free, satterthwaite(own**2 / free, maker @ maker.T)


def satterthwaite(spread: Array, covariance: Array) -> float:
    whole = np.sqrt(spread)[:, None] * covariance * np.sqrt(spread)
    return float(np.trace(whole) ** 2 / (whole**2).sum())


def rejected(frame: pd.DataFrame, columns: list[str], draws: int) -> tuple[float, float]:
    """Share of elections without a difference, counties varying alike, that tests at 5 % reject.

    With degrees of freedom that take a weight (the last column) for the inverse of a variance, and
    with those made for equal variances.
    """
    own, maker, w = parted(frame, columns)
    free, df = equal_variances(own, maker)
    inverse = np.diag(maker)
    y = np.random.default_rng(1).standard_normal((draws, len(own)))
    t, squares = y @ own, (y @ maker.T) ** 2
    out = []
    for left, of in (
        (inverse, satterthwaite(own**2 / inverse, maker / w @ maker.T)),
        (free, df),
    ):
        far = abs(t) > stats.t.ppf(0.975, of) * np.sqrt(squares @ (own**2 / left))
        out.append(float(far.mean()))
    return out[0], out[1]
