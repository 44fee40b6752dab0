"""Other estimators recover what was planted, in points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from sevenpercent.errors import InputError
from sevenpercent.stats.multiverse import estimators


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    n = 400
    out = pd.DataFrame({"college": rng.uniform(0.1, 0.5, n), "county": np.repeat(range(40), 10)})
    out["dose"] = np.clip(rng.normal(0.3, 0.4, n), 0, 1)
    out["two_party_prior"] = rng.uniform(0.3, 0.7, n)
    county = 0.02 * rng.standard_normal(40)[out["county"]]
    share = expit(logit(out["two_party_prior"]) - 0.2 * out["dose"] + 0.1 * out["college"])
    both = rng.integers(500, 5000, n)
    out["harmed"] = rng.binomial(both, share).astype(float)
    out["favoured"] = both - out["harmed"]
    out["change"] = -0.05 * out["dose"] + county + 0.01 * rng.standard_normal(n)
    out.loc[::20, "change"] += 5
    return out


def test_logit_on_votes_is_in_points(places: pd.DataFrame) -> None:
    found = estimators.logit_on_votes(places, "dose", ["college"])
    low = logit(places["two_party_prior"]) + 0.1 * places["college"]
    both = places["harmed"] + places["favoured"]
    truth = 100 * np.average(expit(low - 0.2) - expit(low), weights=both)
    assert found.lo < truth < found.hi
    assert found.estimate == pytest.approx(truth, abs=0.3)
    clustered = estimators.logit_on_votes(
        places, "dose", ["college"], effects="county", cluster="county"
    )
    assert clustered.lo < truth < clustered.hi


def test_the_median_does_not_heed_outliers(places: pd.DataFrame) -> None:
    for effects in (None, "county"):
        found = estimators.median(places, "change", "dose", ["college"], effects)
        assert found.estimate == pytest.approx(-5, abs=1.5)


def test_the_mixed_model_lets_groups_have_their_own_level(places: pd.DataFrame) -> None:
    calm = places[places["change"] < 1]
    found = estimators.mixed(calm, "change", "dose", ["college"], "county")
    assert found.estimate == pytest.approx(-5, abs=0.4)
    assert found.se < 0.3
    assert found.n == len(calm)


def test_an_outcome_that_does_not_vary_is_refused(places: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="same everywhere"):
        estimators.median(places.assign(change=1.0), "change", "dose", ["college"])
