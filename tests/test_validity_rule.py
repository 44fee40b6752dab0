"""The rule asked in bulk, the recount under harm, and errors flipped by county."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from sevenpercent.claims.catalogue import RULES
from sevenpercent.claims.words import Word
from sevenpercent.errors import InputError
from sevenpercent.model.results import Value
from sevenpercent.stats import decisions
from sevenpercent.stats.ratio import per_ballot
from sevenpercent.stats.regression import fit, linear
from sevenpercent.stats.validity import asked, flips
from sevenpercent.stats.validity.paper import Paper
from sevenpercent.stats.validity.score import Drawn

COUNTIES = pd.Series(["a", "b", "c", "d"])


def drawn(seed: int, at: float, many: int = 300) -> Drawn:
    rng = np.random.default_rng(seed)
    return Drawn(at + rng.standard_normal(many), 0.6 * rng.uniform(0.4, 1.6, many), 20.0)


def one_by_one(
    fits: dict[str, Drawn], sizes: dict[str, np.ndarray], paper: tuple[Drawn, float] | None
) -> Counter[Word]:
    out: Counter[Word] = Counter()
    for i in range(300):
        roles = {
            "estimates": {
                n: Value(float(d.estimate[i]), se=float(d.se[i])) for n, d in fits.items()
            },
            "df": {n: Value(20.0) for n in fits},
            "mde": {
                n: Value(decisions.minimum_detectable(float(d.se[i]), 20.0))
                for n, d in fits.items()
            },
            "size": {n: Value(float(sizes[n][i])) for n in fits},
        }
        if paper is not None:
            d = paper[0]
            lo = d.estimate[i] - float(d.quantile(0.975)) * d.se[i]
            roles["paper"] = {"p": Value(float(d.estimate[i]), lo=float(lo))}
            roles["paper_size"] = {"p": Value(paper[1])}
        out[RULES["primary_designs"].decide(roles, {}, "parts").word] += 1
    return out


@pytest.mark.parametrize("at", [0.0, -2.0, -4.0])
@pytest.mark.parametrize("with_paper", [True, False])
def test_in_bulk_the_rule_says_what_it_says_draw_by_draw(at: float, with_paper: bool) -> None:
    fits = {"p1": drawn(1, at), "p2": drawn(2, at)}
    sizes = {n: np.random.default_rng(3).uniform(0.5, 3, 300) for n in fits}
    paper = (drawn(4, at / 2), 2.0) if with_paper else None
    found = asked.words(fits, dict(sizes), paper)
    assert found == one_by_one(fits, sizes, paper)
    assert found.total() == 300
    if with_paper:
        assert len(found) > 1
    else:
        assert found == {Word.CANNOT_BE_TESTED: 300}


def units() -> pd.DataFrame:
    rng = np.random.default_rng(6)
    return pd.DataFrame(
        {
            "fips": [*"aabbbdd"],
            "half_margin": rng.integers(-4, 5, 7).astype(float),
            "ballots_dre": rng.integers(20, 300, 7).astype(float),
        }
    )


def test_the_recount_under_harm_is_the_design_of_the_book() -> None:
    rows = units()
    paper = Paper.of(rows, COUNTIES)
    signs = flips.signs(np.random.default_rng(7), 4, 20)
    taken = np.array([[5.0], [0.0], [9.0], [2.0]])  # the third county was not recounted
    found = paper.drawn(signs, taken)
    for i in range(20):
        own = pd.DataFrame(
            {
                "fips": [*"abd"],
                "a": (signs[:, i] * paper.changed - taken[:, 0])[[0, 1, 3]],
                "b": paper.ballots[[0, 1, 3]],
            }
        )
        one = per_ballot(own, "a", "b", "fips")
        assert found.estimate[i] == pytest.approx(one.estimate, abs=1e-12)
        assert found.se[i] == pytest.approx(one.se, abs=1e-12)
        assert found.df == one.df
    assert paper.changed.sum() == pytest.approx(0)


def test_paper_of_one_county_is_not_enough() -> None:
    with pytest.raises(InputError, match="two counties"):
        Paper.of(units().assign(fips="a"), COUNTIES)


def test_residuals_flipped_one_by_one_are_those_of_hc2() -> None:
    rng = np.random.default_rng(8)
    data = pd.DataFrame(rng.standard_normal((30, 2)), columns=["x", "y"])
    data["d"] = (rng.random(30) < 0.4).astype(float)
    data.loc[7, "x"] = np.nan
    design = linear(data, "y", "d", ["x"], errors="hc2")
    columns = flips.residuals_by_cluster(design, data["y"].to_numpy(), np.arange(30), 30)
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
    columns = flips.residuals_by_cluster(design, data["y"].to_numpy(), codes, 10)
    for g in range(10):
        assert (columns[codes != g, g] == 0).all()
    signs = flips.signs(rng, 10, 4000)
    estimate = (design.estimate @ columns) @ signs
    assert estimate.mean() == pytest.approx(0, abs=4 * estimate.std() / np.sqrt(4000))
    assert set(np.unique(signs)) == {-1.0, 1.0}
