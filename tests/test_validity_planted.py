"""Planted harm: how many votes, where, and what designs make of it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Claim, Size
from sevenpercent.stats import missing
from sevenpercent.stats.designs import sizes
from sevenpercent.stats.regression import fit
from sevenpercent.stats.validity import elections, planted
from sevenpercent.stats.validity.planted import Machines
from sevenpercent.stats.validity.trial import Trial

COUNTIES = pd.Series(["c", "a", "b", "z"])


def frame(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    out = pd.DataFrame(
        {
            "fips": np.array(["a", "b", "c"])[rng.integers(0, 3, n)],
            "harmed": rng.integers(50, 900, n).astype(float),
            "favoured": rng.integers(50, 900, n).astype(float),
            "before": rng.uniform(0.3, 0.6, n),
            "x": rng.standard_normal(n),
            "dose": np.where(rng.random(n) < 0.5, rng.uniform(0.1, 1, n), 0.0),
        }
    )
    out["total"] = out["harmed"] + out["favoured"] + 25
    out.loc[3, "dose"] = np.nan
    return derived(out)


def derived(out: pd.DataFrame) -> pd.DataFrame:
    two = out["harmed"] / (out["harmed"] + out["favoured"])
    return out.assign(
        change=two - out["before"],
        all=out["harmed"] / out["total"] - out["before"],
        log=np.log(out["harmed"]),
    )


@pytest.mark.parametrize("how", ["switched", "deleted", "added"])
@pytest.mark.parametrize("unit", ["two_party", "share_all", "log"])
def test_shifts_are_the_sizes_of_the_book_place_by_place(
    how: missing.How, unit: missing.Unit
) -> None:
    data = frame(6)
    votes = np.array([[0.0, 3, 11, 20, 1, 40]]).T
    h, f, t = (data[c].to_numpy() for c in ("harmed", "favoured", "total"))
    found = planted.shift(h, f, t, votes, how, unit)[:, 0]
    for i in range(len(data)):
        place = missing.Place(float(h[i]), float(f[i]), float(t[i]))
        expected = missing.sizes(float(votes[i, 0]), place, how)[unit]
        assert found[i] == pytest.approx(expected, abs=1e-10)


def test_another_unit_is_refused() -> None:
    one = np.ones(1)
    with pytest.raises(InputError, match="percent_lost"):
        planted.shift(one, one, one, one[:, None], "deleted", "percent_lost")


def test_votes_go_where_the_machines_are_and_add_up() -> None:
    m = Machines.of(frame(), "dose", COUNTIES)
    rng = np.random.default_rng(1)
    everywhere = planted.struck(m, 500, "switched", None)
    assert everywhere.sum() == pytest.approx(500)
    assert np.ptp(everywhere[:, 0] / m.ballots) == pytest.approx(0, abs=1e-12)
    for hit in (planted.some_places(m, 0.2, 50, rng), planted.some_counties(m, 0.34, 50, rng)):
        votes = planted.struck(m, 500, "deleted", hit)
        assert votes.sum(axis=0) == pytest.approx(np.full(50, 500))
        assert (votes[~hit] == 0).all()
    sums = m.by_county(everywhere, 4)
    for i, fips in enumerate(COUNTIES):
        own = frame()["fips"].iloc[m.at].to_numpy() == fips
        assert sums[i, 0] == pytest.approx(everywhere[own].sum())


def test_so_many_places_or_whole_counties_are_struck() -> None:
    m = Machines.of(frame(), "dose", COUNTIES)
    rng = np.random.default_rng(2)
    places = planted.some_places(m, 0.2, 400, rng)
    assert (places.sum(axis=0) == round(0.2 * len(m.at))).all()
    assert places.mean(axis=1) == pytest.approx(np.full(len(m.at), places.mean()), abs=0.1)
    counties = planted.some_counties(m, 0.34, 400, rng)
    for number in np.unique(m.county):
        own = counties[m.county == number]
        assert (own == own[0]).all()
    assert (planted.some_places(m, 0.001, 9, rng).sum(axis=0) == 1).all()


def test_no_more_is_switched_than_there_is() -> None:
    m = Machines.of(frame(), "dose", COUNTIES)
    votes = planted.struck(m, 0.95 * m.total, "switched", None)
    assert (votes[:, 0] <= m.favoured + 1e-9).all()
    assert votes.sum() < 0.95 * m.total


def test_without_machines_there_is_nothing_to_strike() -> None:
    with pytest.raises(InputError, match="No place has electronic ballots"):
        Machines.of(frame().assign(dose=0.0), "dose", COUNTIES)


@pytest.mark.parametrize("how", ["switched", "deleted"])
@pytest.mark.parametrize(
    ("column", "unit"), [("change", "two_party"), ("all", "share_all"), ("log", "log")]
)
def test_designs_move_by_what_giving_the_votes_back_takes_away(
    column: str, unit: missing.Unit, how: missing.How
) -> None:
    counted = frame()
    m = Machines.of(counted, "dose", COUNTIES)
    trial = Trial.of("p2", counted, unit, outcome=column, treatment="dose", controls=["x"])
    votes = planted.struck(m, 0.1 * m.total, how, None)
    shifts = trial.shifts(votes, how, m.at)
    moved = trial.design.estimate[m.at] @ shifts[:, 0]
    honest = counted.copy()
    honest.loc[m.at, "harmed"] += votes[:, 0]
    honest.loc[m.at, "favoured" if how == "switched" else "total"] += (
        -votes[:, 0] if how == "switched" else votes[:, 0]
    )
    one, other = (fit(derived(f), column, "dose", ["x"]).estimate for f in (counted, honest))
    assert moved == pytest.approx(100 * (one - other), abs=1e-9)
    counted_there = np.nan_to_num(trial.y)[:, None]
    assert trial.design.parts(counted_there)[0][0] == pytest.approx(100 * one, abs=1e-9)


def test_a_switched_share_of_all_ballots_is_the_truth_everywhere() -> None:
    data = frame()
    m = Machines.of(data, "dose", COUNTIES)
    trial = Trial.of("p2", data, "two_party", outcome="change", treatment="dose", controls=["x"])
    shifts = trial.shifts(planted.struck(m, 0.03 * m.total, "switched", None), "switched", m.at)
    assert trial.truth(shifts, m.at) == pytest.approx([-3.0])
    assert trial.design.estimate[m.at] @ shifts[:, 0] == pytest.approx(-3.0)


@pytest.mark.parametrize(
    ("side", "how"), [(None, "deleted"), (None, "switched"), ("favoured", "added")]
)
def test_percent_of_the_votes_of_each_county_are_planted_as_the_book_asks_about_them(
    side: Literal["favoured"] | None, how: missing.How
) -> None:
    counties = frame().reset_index(drop=True)
    counties = counties.assign(on=(np.arange(len(counties)) % 2).astype(float))
    claim = Claim(percent=8, votes=None, margin=None, state="WI", reported="2016", side=side)
    size = Size(amount="percent_each", how=how)
    trial = Trial.of("p1", counties, "two_party", outcome="change", treatment="on", controls=[])
    amount = sizes.of_each(claim, size, counties, "on", "two_party")
    unknown = counties.assign(on=counties["on"].where(counties["on"] > 0))
    assert sizes.of_each(claim, size, unknown, "on", "two_party") == amount
    asked = pd.DataFrame({"design": ["p1"], "size": ["s"], "label": ["l"], "how": [how],
                          "amount": [amount], "missing": [1.0]})  # fmt: skip
    (harm,) = elections.of_book(asked, {"s": size}, [trial], 8.0, claim)
    nobody: Any = None  # neither elections nor chance are asked about harm in every place
    shifts, at = elections._shifts(nobody, trial, harm, nobody)
    assert trial.truth(shifts, at)[0] == pytest.approx(-amount)
    assert amount > 0.5
