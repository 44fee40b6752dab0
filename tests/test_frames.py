"""One row per county: joined, converted and refused as documented."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.model import frames


@pytest.fixture
def votes() -> pd.DataFrame:
    rows = [
        # fips, state, county, year, vintage, best, dem, rep, other, total
        ("01001", "AA", "One", 2016, "canvass", False, 40, 60, 5, 105),
        ("01001", "AA", "One", 2016, "recount", True, 41, 60, 5, 106),
        ("01002", "AA", "Two", 2016, "certified", True, 0, 10, 0, 10),
        ("02001", "BB", "Three", 2016, "certified", True, 30, 20, 0, 50),
        ("01001", "AA", "One", 2012, "certified", True, 60, 40, 0, 100),
        ("01002", "AA", "Two", 2012, "certified", True, 5, 5, 0, 10),
    ]
    names = ["fips", "state", "county", "year", "vintage", "best", "dem", "rep", "other", "total"]
    table = pd.DataFrame(rows, columns=names)
    return table.astype(dict.fromkeys(names[6:], "Int64"))


@pytest.fixture
def equipment() -> pd.DataFrame:
    rows = [
        ("01001", 2016, "any", "binary", "corrected", 0.0),
        ("01001", 2016, "any", "binary", "printed", 1.0),
        ("01002", 2016, "any", "binary", "corrected", 1.0),
        ("01002", 2016, "any", "binary", "printed", 1.0),
        ("02001", 2016, "any", "binary", "corrected", None),
        ("01002", 2016, "share", "share", "printed", 0.25),
    ]
    return pd.DataFrame(rows, columns=["fips", "year", "reading", "kind", "version", "value"])


@pytest.fixture
def traits() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fips": ["01001", "01002"],
            "state": ["AA", "AA"],
            "county": ["One", "Two"],
            "population": pd.array([1000, None], "Int64"),
            "density": [math.e, 0.0],
            "college": [0.2, 0.3],
        }
    )


def joined(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame, **options: object
) -> pd.DataFrame:
    arguments = {"year": 2016, "prior_year": 2012, **options}
    return frames.county_frame(votes, equipment, traits, **arguments)  # type: ignore[arg-type]


def test_shares_changes_and_logs(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    one = joined(votes, equipment, traits).iloc[0]
    assert one["two_party"] == pytest.approx(0.4)
    assert one["share_all"] == pytest.approx(40 / 105)
    assert one["change_two_party"] == pytest.approx(-0.2)
    assert one["change_share_all"] == pytest.approx(40 / 105 - 0.6)
    assert one["log_ratio_change"] == pytest.approx(math.log(40 / 60))
    assert one["turnout_change"] == 5
    assert one["log_density"] == pytest.approx(1)
    assert one["log_population"] == pytest.approx(math.log(1000))


def test_a_named_vintage_falls_back_to_the_best(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    assert list(joined(votes, equipment, traits)["total"]) == [105, 10, 50]
    assert list(joined(votes, equipment, traits, vintage="best")["total"]) == [106, 10, 50]


def test_unknown_is_null_and_never_zero(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    frame = joined(votes, equipment, traits).set_index("fips")
    assert math.isnan(frame["any"]["02001"])
    assert math.isnan(frame["share"]["01001"])
    assert math.isnan(frame["log_votes"]["01002"]), "no votes have no logarithm"
    assert math.isnan(frame["change_two_party"]["02001"]), "no votes in the prior year"
    assert math.isnan(frame["log_population"]["01002"])
    assert math.isnan(frame["college"]["02001"])


def test_versions_of_the_equipment(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    assert joined(votes, equipment, traits)["any"].iloc[0] == 0
    printed = joined(votes, equipment, traits, version="printed")
    assert printed["any"].iloc[0] == 1
    assert printed["share"].iloc[1] == 0.25


def test_the_same_map_in_another_election(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    later = votes.assign(year=votes["year"] + 4)
    frame = joined(later, equipment, traits, year=2020, prior_year=2016, equipment_year=2016)
    assert list(frame["any"].dropna()) == [0, 1]


def test_sides_can_be_exchanged(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    one = joined(votes, equipment, traits)
    other = joined(votes, equipment, traits, harmed="rep", favoured="dem")
    pd.testing.assert_series_equal(
        one["change_two_party"], -other["change_two_party"], check_names=False
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"year": 2014}, "No county votes for this year .*2014.* Years: 2012, 2016"),
        ({"vintage": "canvas"}, "Unknown vintage .*Did you mean 'canvass'"),
        ({"states": ["AB"]}, "No county votes for this state .*'AB'"),
        ({"version": "correct"}, "Unknown version .*Did you mean 'corrected'"),
        ({"harmed": "democrat"}, "no such party .*'democrat'"),
        ({"equipment_year": 2020}, "No equipment for this year"),
    ],
)
def test_refusals_name_the_nearest(
    votes: pd.DataFrame,
    equipment: pd.DataFrame,
    traits: pd.DataFrame,
    options: dict[str, object],
    message: str,
) -> None:
    with pytest.raises(InputError, match=message):
        joined(votes, equipment, traits, **options)


def test_a_county_stands_once(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match="stands twice in county votes of 2016"):
        joined(votes.assign(best=True), equipment, traits, vintage="best")
    with pytest.raises(InputError, match="no count marked as best in 2012"):
        joined(votes.assign(best=votes["best"] & (votes["year"] == 2016)), equipment, traits)
    with pytest.raises(InputError, match="'any' has two values"):
        joined(votes, pd.concat([equipment, equipment.head(1)]), traits)
    with pytest.raises(InputError, match="twice in the demographics"):
        joined(votes, equipment, pd.concat([traits, traits]))


def test_a_missing_column_is_named(
    votes: pd.DataFrame, equipment: pd.DataFrame, traits: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=r"Unknown column .*'vintage'"):
        joined(votes.drop(columns="vintage"), equipment, traits)
    with pytest.raises(InputError, match=r"Unknown column .*'value'"):
        joined(votes, equipment.drop(columns="value"), traits)
    assert "note" not in joined(votes, equipment, traits.assign(note="text"))
