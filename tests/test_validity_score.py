"""Rates, tests and intervals over draws, against the textbook."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from sevenpercent.model import scenario
from sevenpercent.stats import decisions
from sevenpercent.stats.validity.judged import SIDES, judged
from sevenpercent.stats.validity.score import Drawn, rate


@pytest.mark.parametrize("hits", [0, 7, 250, 1000])
def test_interval_of_a_share_is_wilsons(hits: int) -> None:
    found = rate(np.arange(1000) < hits, "x")
    lo, hi = proportion_confint(hits, 1000, method="wilson")
    assert (found["x_lo"], found["x_hi"]) == pytest.approx((lo, hi), abs=1e-12)
    assert found["x"] == hits / 1000


def test_answers_are_those_of_the_t_distribution() -> None:
    d = Drawn(np.array([-3.0, -1.9, 0.0, 1.9, 3.0]), np.ones(5), 20.0)
    assert stats.t.ppf(0.95, 20) < 1.9 < stats.t.ppf(0.975, 20)
    assert d.rejects.tolist() == [True, False, False, False, True]
    assert d.found.tolist() == [True, False, False, False, False]
    assert d.harm.tolist() == [True, True, False, False, False]
    assert d.gain.tolist() == [False, False, False, True, True]
    assert d.covers(1.0).tolist() == [False, False, True, True, True]
    assert d.covers(np.array([-3.0, 9, 9, 9, 9])).tolist() == [True, *[False] * 4]


def test_the_bound_is_that_of_the_designs_chapter() -> None:
    d = Drawn(np.array([-1.0, 0.5]), np.array([0.4, 0.8]), 28.5)
    for i in range(2):
        bound = decisions.most_harm(d.estimate[i], d.se[i], 28.5)
        assert d.excludes(bound + 1e-12)[i]
        assert not d.excludes(bound - 1e-12)[i]


def test_a_true_null_is_rejected_as_often_as_promised() -> None:
    rng = np.random.default_rng(1)
    many = 40_000
    se = np.sqrt(rng.chisquare(20, many) / 20)
    d = Drawn(rng.standard_normal(many), se, 20.0)
    for hits in (d.rejects, d.harm, d.gain, ~d.covers(0.0), d.excludes(0.0)):
        assert rate(hits, "x")["x"] == pytest.approx(0.05, abs=0.004)


def test_errors_fail_above_their_limit_and_coverage_below_it() -> None:
    v = scenario.load().validity
    assert v is not None
    near = [-0.01, 0.01]  # below and above the limit
    size = pd.DataFrame({side: [v.most_size + x for x in near] for side in SIDES})
    cover = [v.least_coverage + x for x in near]
    planted = pd.DataFrame({"coverage": cover, "coverage_size": cover, "cleared": size["harm"]})
    found = judged(size, planted, v).groupby("what")["fails"].agg(list)
    covers = ["coverage", "coverage_size"]
    assert (found[covers].map(tuple) == (True, False)).all()
    assert (found.drop(covers).map(tuple) == (False, True)).all()
