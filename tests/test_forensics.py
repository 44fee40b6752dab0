"""Digits and humps: known values, drawn elections, and counts that somebody made up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.stats import forensics
from sevenpercent.stats.forensics import dip


def invented(units: int = 1200, seed: int = 3) -> pd.DataFrame:
    """Units of 50 to 1,500 votes in four counties, each with a leaning of its own."""
    rng = np.random.default_rng(seed)
    total = np.exp(rng.uniform(np.log(50), np.log(1500), units)).astype(int)
    share = rng.beta(8, 8, units)
    return pd.DataFrame(
        {
            "fips": np.array(["01", "02", "03", "04"])[np.arange(units) % 4],
            "total": total,
            "harmed": rng.binomial(total, share),
            "electorate": (total * 1.4).astype(int),
            "group": np.where(np.arange(units) % 2, "machines", "paper"),
        }
    ).assign(favoured=lambda d: d["total"] - d["harmed"])


def flags(frame: pd.DataFrame) -> pd.Series[bool]:
    found = forensics.observed(frame)
    return found[found["group"] == "all"].set_index(["of", "test"])["flagged"]


def test_benford_expects_a_second_digit_of_4_187() -> None:
    assert pytest.approx(4.187, abs=5e-4) == forensics.BENFORD_SECOND
    powers = (10 * 1.01 ** np.arange(926)).astype(np.int64)  # spread evenly over four powers of ten
    found = forensics.measured(
        {"x": powers[None]}, powers[None], {"all": np.ones(len(powers), dtype=bool)}
    ).set_index("test")
    assert found.loc["second", "value"] == pytest.approx(forensics.BENFORD_SECOND, abs=0.1)
    assert not found.loc["second", "flagged"]


def dip_of(values: NDArray[Any]) -> float:
    """The dip of a sample."""
    x, count = np.unique(values, return_counts=True)
    at = np.cumsum(count) / count.sum()
    return dip(x.astype(float), at - count / count.sum(), at)


def test_dips_that_are_known() -> None:
    assert dip_of(np.array([0.0, 1.0])) == 0.25  # the largest that there is
    assert dip_of(np.repeat([0.0, 1.0], 500)) == 0.25
    assert dip_of(np.arange(20.0)) == pytest.approx(1 / 40)  # the least: half a step
    assert dip_of(np.array([3.0, 3.0, 3.0])) == 0.5  # one jump, and no slope to go around it
    rng = np.random.default_rng(1)
    one, two = rng.normal(size=600), np.concatenate([rng.normal(-3, 1, 300), rng.normal(3, 1, 300)])
    assert dip_of(one) < 0.02 < 0.08 < dip_of(two)


def test_the_limit_of_the_dip_flags_one_flat_sample_in_twenty() -> None:
    rng = np.random.default_rng(2)
    whole = np.full((400, 900), 1_000_000)
    counts = rng.integers(0, 1_000_001, whole.shape)
    found = forensics.measured({"x": counts}, whole, {"all": np.ones(900, dtype=bool)})
    assert 0.02 < found.loc[found["test"] == "dip", "flagged"].mean() < 0.08


def test_an_honest_election_is_told_from_fabricated_counts() -> None:
    frame = invented()
    assert flags(frame).sum() <= 3
    rounded = frame.assign(harmed=5 * (frame["harmed"] // 5))
    assert flags(rounded)["harmed", "round"]
    assert flags(rounded)["harmed", "last"]
    assert not flags(frame)["harmed", "round"]
    stuffed = frame.assign(
        favoured=np.where(frame.index % 3, frame["favoured"], (0.97 * frame["total"]).astype(int))
    )
    assert flags(stuffed)["favoured", "dip"]
    assert not flags(frame)["favoured", "dip"]
    typed = frame.assign(favoured=frame["favoured"] // 10 * 10 + 7)
    assert flags(typed)["favoured", "last"]


def test_drawn_elections_keep_their_totals_and_their_seed() -> None:
    frame = invented()
    size, share = frame["total"].to_numpy(float), (frame["harmed"] / frame["total"]).to_numpy()
    moved = forensics.swung(share, size, 0.4)
    assert (size * moved).sum() == pytest.approx(0.4 * size.sum(), rel=1e-6)
    votes = forensics.honest(size, {"harmed": moved, "favoured": 1 - moved}, 20, 7)
    again = forensics.honest(size, {"harmed": moved, "favoured": 1 - moved}, 20, 7)
    assert all((votes[k] == again[k]).all() for k in votes)
    assert (votes["harmed"] + votes["favoured"] <= votes["total"]).all()
    assert votes["harmed"].sum() / votes["total"].sum() == pytest.approx(0.4, abs=0.01)


def test_fabricated_counts_are_unusual_among_honest_elections_and_an_honest_one_is_not() -> None:
    before, now = invented(seed=3), invented(seed=4)
    found, past, drawn = forensics.elections(now, before, draws=60)
    fine = forensics.tally(found, drawn)
    together = fine.set_index("group").loc["together"].to_dict()
    assert together["honest_as_many"] > 0.05
    assert together["tests"] == 45
    assert len(past) == 45
    made_up = now.assign(harmed=10 * (now["harmed"] // 10), favoured=10 * (now["favoured"] // 10))
    bad = forensics.observed(made_up)
    assert forensics.tally(bad, drawn).set_index("group").loc["together", "honest_as_many"] == 0
    beside = forensics.compared(bad, drawn).query(
        "group == 'all' and of == 'harmed' and test == 'round'"
    )
    assert beside["unusual"].all()
    assert beside["value"].gt(0.99).all()
    published = forensics.rows({"now": fine})
    assert not published["part"].duplicated().any()


def test_votes_moved_in_proportion_leave_no_trace_in_digits() -> None:
    before, now = invented(seed=3), invented(seed=4)
    none, some = (forensics.harmed(now, before, p, draws=60) for p in (0, 7))
    assert abs(some["flagged"].mean() - none["flagged"].mean()) < 0.1
    assert set(some["group"]) == {"machines"}


def test_units_by_what_their_town_owns() -> None:
    units = pd.DataFrame(
        {"fips": ["1"] * 4, "d": [1, 2, 3, 4], "r": [0, 1, 2, None], "t": [5, 6, 7, 8]}
    )
    owned = pd.Series(["dre_only", "scanner", "dre_scanner", "hand"])
    frame = forensics.counted(units, owned, harmed="d", favoured="r", total="t")
    assert frame["group"].tolist() == ["machines", "paper", "", "paper"]
    assert frame["favoured"].tolist() == [0, 1, 2, 0]
    assert frame["electorate"].eq(0).all()
    with pytest.raises(InputError, match="Unknown column"):
        forensics.counted(units, owned, harmed="x", favoured="r", total="t")


def test_units_of_2012_add_to_the_certified_totals() -> None:
    certified = tables.load("certified_totals").query("place == 'WI' and year == 2012").iloc[0]
    units = tables.load("wi_units_2012")
    for column in ("dem", "rep", "total"):
        assert units[column].sum() == certified[column]
    assert units["unit"].is_unique
