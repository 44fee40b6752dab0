"""Raw gaps, what they are in votes, and what chance alone gives."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sevenpercent.errors import InputError
from sevenpercent.stats import gap, missing
from sevenpercent.stats.regression import NoVariation

UNITS = get_args(missing.Unit)


def frame(seed: int = 0, n: int = 24) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    out = pd.DataFrame({"fips": [f"{i:05d}" for i in range(n)]})
    for suffix in ("", "_prior"):
        out[f"harmed{suffix}"] = rng.integers(100, 5000, n).astype(float)
        out[f"favoured{suffix}"] = rng.integers(100, 5000, n).astype(float)
        other = rng.integers(0, 200, n)
        out[f"total{suffix}"] = out[f"harmed{suffix}"] + out[f"favoured{suffix}"] + other
        two = out[f"harmed{suffix}"] + out[f"favoured{suffix}"]
        out[f"two_party{suffix}"] = out[f"harmed{suffix}"] / two
        out[f"share_all{suffix}"] = out[f"harmed{suffix}"] / out[f"total{suffix}"]
        out[f"log_votes{suffix}"] = np.log(out[f"harmed{suffix}"])
    for name in ("two_party", "share_all"):
        out[f"change_{name}"] = out[name] - out[f"{name}_prior"]
    out["log_share"] = np.log(out["share_all"])
    out["log_ratio_change"] = out["log_votes"] - out["log_votes_prior"]
    out["population"] = out["total"] * rng.uniform(1.5, 2, n)
    out["any"] = (np.arange(n) % 3 == 0).astype(float)
    out["share"] = np.where(out["any"] == 1, rng.uniform(0.1, 0.9, n), 0.0)
    return out


def sums(rows: pd.DataFrame, *columns: str) -> list[float]:
    return [float(rows[c].sum()) for c in columns]


def test_a_mean_is_the_difference_of_county_means() -> None:
    data = frame()
    found = gap.raw_gap(data, "any", "level_two_party")
    means = data.groupby("any")["two_party"].mean()
    assert found.estimate == pytest.approx(100 * (means[1.0] - means[0.0]))
    parts = data.groupby("any")["two_party"].agg(["var", "count"])
    welch = math.sqrt((parts["var"] / parts["count"]).sum())
    assert found.se == pytest.approx(100 * welch)
    assert found.n == 24


def test_pooled_gaps_are_ratios_of_sums() -> None:
    data = frame()
    sides = {}
    for side, rows in data.groupby("any"):
        h, f, t = sums(rows, "harmed", "favoured", "total")
        h0, f0, t0 = sums(rows, "harmed_prior", "favoured_prior", "total_prior")
        sides[side] = {
            "level_two_party": h / (h + f),
            "level_share_all": h / t,
            "change_two_party": h / (h + f) - h0 / (h0 + f0),
            "change_share_all": h / t - h0 / t0,
            "log_votes": math.log(h / len(rows)),
            "log_ratio": math.log(h / h0),
            "level_log_share": math.log(h / t),
        }
    for outcome in gap.OUTCOMES:
        found = gap.raw_gap(data, "any", outcome, "pooled")
        assert found.estimate == pytest.approx(100 * (sides[1.0][outcome] - sides[0.0][outcome]))


def test_a_share_gives_the_slope() -> None:
    data = frame()
    found = gap.raw_gap(data, "share", "change_two_party")
    slope = np.polyfit(data["share"], data["change_two_party"], 1)[0]
    assert found.estimate == pytest.approx(100 * slope)
    pooled = gap.raw_gap(data, "share", "level_share_all", "pooled")
    weighted = np.polyfit(data["share"], data["share_all"], 1, w=np.sqrt(data["total"]))[0]
    assert pooled.estimate == pytest.approx(100 * weighted)


def test_a_pooled_error_is_the_jackknife() -> None:
    data = frame()
    for reading in ("any", "share"):
        full = gap.raw_gap(data, reading, "change_share_all", "pooled")
        without = [
            gap.raw_gap(data.drop(index=i), reading, "change_share_all", "pooled").estimate
            for i in data.index
        ]
        spread = math.sqrt(sum((g - full.estimate) ** 2 for g in without))
        assert full.se == pytest.approx(spread)
        assert full.lo < full.estimate < full.hi


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1000),
    outcome=st.sampled_from(sorted(gap.OUTCOMES)),
    aggregation=st.sampled_from(sorted(gap.AGGREGATIONS)),
)
def test_turning_the_coding_turns_the_sign(seed: int, outcome: str, aggregation: str) -> None:
    data = frame(seed)
    one = gap.raw_gap(data, "any", outcome, aggregation)
    other = gap.raw_gap(data.assign(any=1 - data["any"]), "any", outcome, aggregation)
    assert other.estimate == pytest.approx(-one.estimate, rel=1e-8, abs=1e-9)
    assert other.se == pytest.approx(one.se, rel=1e-8)
    assert other.df == pytest.approx(one.df, rel=1e-8)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), factor=st.integers(2, 50))
def test_more_voters_alike_change_no_share(seed: int, factor: int) -> None:
    data = frame(seed)
    larger = data.copy()
    for name in data.columns:
        if str(name).startswith(("harmed", "favoured", "total")):
            larger[name] = data[name] * factor
    for aggregation in gap.AGGREGATIONS:
        one = gap.raw_gap(data, "any", "change_two_party", aggregation)
        other = gap.raw_gap(larger, "any", "change_two_party", aggregation)
        assert other.estimate == pytest.approx(one.estimate)
        assert other.se == pytest.approx(one.se)


def test_every_definition_side_by_side() -> None:
    data = frame().assign(all_paper=0.0)
    table = gap.raw_gaps(data, "AA", ["any", "share", "all_paper"])
    assert len(table) == 2 * len(gap.OUTCOMES) * len(gap.AGGREGATIONS)
    assert set(table["definition"]) == {"any", "share"}, "what does not vary is left out"
    assert table["estimate"].notna().all()
    one = table[(table["outcome"] == "log_ratio") & (table["part"] == "pooled")].iloc[0]
    assert one["estimate"] == gap.raw_gap(data, "any", "log_ratio", "pooled").estimate


def test_spread_counts_the_gaps_near_the_claim() -> None:
    units = ["points"] * 4 + ["log points"]
    gaps = pd.DataFrame({"unit": units, "estimate": [-8.0, -6.5, -1.0, 7.0, -7.0]})
    found = gap.spread(gaps, 7)
    assert found == (4, 2, -8.0, 7.0)
    rows = gap.spread_rows(found, "AA").set_index("part")["value"]
    assert rows.to_dict() == {"near_claim": 2, "lowest": -8.0, "highest": 7.0}


def test_one_county_alone_tests_nothing() -> None:
    data = frame().assign(lone=[1.0] + [0.0] * 23)
    with pytest.raises(NoVariation, match="sets a single county apart"):
        gap.raw_gap(data, "lone")


def test_unknown_treatment_is_left_out() -> None:
    data = frame()
    data.loc[:4, "any"] = np.nan
    assert gap.raw_gap(data, "any").n == 19


# Points, percent and votes ---------------------------------------------------------------------

places = st.builds(
    lambda h, f, o: missing.Place(float(h), float(f), float(h + f + o)),
    st.integers(1000, 10**6),
    st.integers(1000, 10**6),
    st.integers(0, 10**5),
)


@settings(deadline=None)
@given(
    place=places,
    portion=st.floats(-0.5, 0.9),
    unit=st.sampled_from(UNITS),
    how=st.sampled_from(["switched", "deleted"]),
)
def test_votes_and_sizes_are_inverse(
    place: missing.Place, portion: float, unit: missing.Unit, how: missing.How
) -> None:
    votes = portion * (min(place.harmed, place.favoured) if portion < 0 else place.favoured)
    assume(votes < place.favoured)
    size = missing.sizes(votes, place, how)[unit]
    assert math.copysign(1, size) == -math.copysign(1, votes) or size == pytest.approx(0)
    assert missing.missing_votes(size, unit, place, how) == pytest.approx(votes, rel=1e-6, abs=1e-3)


def test_sizes_by_hand() -> None:
    place = missing.Place(harmed=930, favoured=970, total=2000)
    deleted = missing.sizes(70, place, "deleted")
    assert deleted["percent_lost"] == pytest.approx(-7)
    assert deleted["percent_counted"] == pytest.approx(-100 * 70 / 930)
    assert deleted["share_all"] == pytest.approx(100 * (930 / 2000 - 1000 / 2070))
    assert deleted["log"] == pytest.approx(100 * math.log(0.93))
    switched = missing.sizes(70, place, "switched")
    assert switched["two_party"] == pytest.approx(100 * (930 / 1900 - 1000 / 1900))
    assert switched["share_all"] == pytest.approx(-3.5)


def test_a_claimed_size_is_over_the_electronic_places() -> None:
    data = frame()
    rows = data[data["any"] == 1]
    two = float((rows["harmed"] + rows["favoured"]).sum())
    claimed = gap.claimed_votes(data, "AA", "any", 7, ["points_two_party", "percent_of_counted"])
    assert len(claimed) == 5
    values = claimed.set_index("part")["value"]
    assert values["harmed_votes"] == rows["harmed"].sum()
    assert values["votes.points_two_party.switched"] == pytest.approx(0.07 * two)
    assert values["votes.percent_of_counted.deleted"] == pytest.approx(0.07 * rows["harmed"].sum())
    back = gap.claimed_sizes(data, "AA", "any", round(0.07 * two)).set_index("part")["value"]
    assert back["size.two_party.switched"] == pytest.approx(-7, abs=0.01)
    assert gap.claimed_sizes(data, "AA", "any", None).empty
    dose = missing.electronic_place(data, "share")
    assert dose.total == pytest.approx((data["share"] * data["total"]).sum())


def test_impossible_sizes() -> None:
    place = missing.Place(500, 400, 1000)
    with pytest.raises(InputError, match="No more than all votes"):
        missing.missing_votes(-100, "percent_lost", place, "deleted")
    with pytest.raises(InputError, match="No number of deleted votes"):
        missing.missing_votes(-60, "share_all", place, "deleted")
    with pytest.raises(InputError, match="more votes than there are"):
        missing.sizes(401, place, "switched")
    with pytest.raises(InputError, match="Unknown way to lose votes"):
        missing.sizes(1, place, "lost")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="Unknown unit of a gap"):
        missing.missing_votes(-7, "percent", place, "deleted")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("anny",), "Unknown column .*Did you mean 'any'"),
        (("any", "level_two_part"), "Unknown outcome .*Did you mean 'level_two_party'"),
        (("any", "log_ratio", "pool"), "Unknown aggregation .*Did you mean 'pooled'"),
    ],
)
def test_refusals(arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        gap.raw_gap(frame(), *arguments)
