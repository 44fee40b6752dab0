"""Other offices: earlier votes of the same office, or a book that says so and takes no change."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest
from test_yours import STATE, YEAR, good, machines, told, written

from sevenpercent import claims
from sevenpercent.data import tables
from sevenpercent.model import frames, scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.own import check, new, offices
from sevenpercent.run import landing
from sevenpercent.stats import gap


def contests(*years: int, office: str = "US SENATE") -> pd.DataFrame:
    """Lines by candidate of an office and of President, in the layout of an archive."""
    out = []
    for at, year in enumerate(years):
        for contest, shift in ((office, 11 + at), ("US PRESIDENT", 0)):
            for party, column in (("DEMOCRAT", "dem"), ("REPUBLICAN", "rep")):
                votes = good()[column].astype(int) // (1 + shift // 10) + shift
                out.append(
                    pd.DataFrame(
                        {
                            "year": year, "state_po": STATE, "county_name": good()["county"],
                            "county_fips": good()["fips"], "office": contest, "party": party,
                            "candidate": f"{column} of {contest}", "candidatevotes": votes,
                            "totalvotes": good()["total"].astype(int) // (1 + shift // 10) + 4 * shift,
                            "mode": "TOTAL",
                        }
                    )
                )  # fmt: skip
    return pd.concat(out, ignore_index=True).astype(str)


def of(home: Path, frame: pd.DataFrame, **more: object) -> scenario.Scenario:
    votes = written(frame, home / "votes.csv")
    given = told(home, votes, written(machines(), home / "machines.csv"), **more)
    new.create(given, force=True)
    return scenario.load("mine")


@pytest.mark.slow
def test_earlier_votes_of_the_same_office_are_used(home: Path) -> None:
    made = of(home, contests(YEAR - 6, YEAR), office="US SENATE")
    assert (made.office, made.prior_office, made.prior_year) == ("U.S. Senator", "", YEAR - 6)
    assert made.designs is not None
    assert made.title.endswith("change the vote for U.S. Senator?")
    assert made.subtitle == f"Georgia, {YEAR}", "the title names the office"
    votes = tables.load("county_votes", home / "data" / "mine")
    assert set(votes["state"]) == {STATE}  # none of those for President
    assert set(votes["year"]) == {YEAR - 6, YEAR}
    now = votes[votes["year"] == YEAR]
    assert now["dem"].sum() == (good()["dem"].astype(int) // 2 + 12).sum()
    assert not [f for f in check.problems(made) if f.severity != "note" and f.rule != "no_power"]


def test_votes_for_president_before_are_said_and_no_change_is_taken(home: Path) -> None:
    made = of(home, contests(YEAR), office="US SENATE")
    assert (made.office, made.prior_office, made.prior_year) == (
        "U.S. Senator", "President", YEAR - 4,
    )  # fmt: skip
    assert made.designs is None
    assert {"designs", "sensitivity", "methods"} & set(made.left_out) >= {"designs"}
    assert made.outcome.shown == offices.LEVELS
    assert made.multiverse is not None
    assert not [o for o in made.multiverse.outcomes if "change" in o or "ratio" in o]
    ledger = claims.load(home / "scenarios" / "mine" / "claims.yml")
    assert [c.id for c in ledger] == made.headline == ["less-there"]
    assert not [k for k in ledger.keys if "change" in k]
    # The presidential votes of the year are not set beside these.
    errors = [f for f in check.problems(made) if f.severity != "note"]
    assert not [f for f in errors if f.rule in ("sources_disagree", "out_of_line", "party_swap")]
    assert not made.nation
    words = Vocabulary(made)
    assert words.covariates(["two_party_prior"]) == f"the {YEAR - 4} vote for President"
    assert words.counterpart("level_two_party").name == "level_share_all"


@pytest.mark.parametrize(("gain", "sign", "side"), [(False, -1, ""), (True, 1, "favoured_")])
def test_a_claim_in_percent_without_an_earlier_election_is_of_the_level(
    home: Path, gain: bool, sign: int, side: str
) -> None:
    made = of(home, contests(YEAR), office="US SENATE", unit="percent", gain=gain)
    assert made.outcome.shown == [*offices.LEVELS, offices.IN_PERCENT]
    ledger = claims.load(home / "scenarios" / "mine" / "claims.yml")
    (less,) = ledger
    assert "than elsewhere, as shares of all votes" in less.paraphrase
    assert "last election" not in less.paraphrase
    assert all(f".{side}level_log_share." in key for key in ledger.keys)
    # 4 % less of a share is 0.96 of it, whatever the share.
    assert less.thresholds["limit"] == pytest.approx(100 * math.log(1 + sign * 0.04))
    frame = pd.DataFrame({"fips": list("abcd"), "e": [1, 1, 0, 0], "harmed": [98.0, 49, 100, 50],
                          "favoured": [102.0, 51, 100, 50], "total": [200.0, 100, 200, 100]})  # fmt: skip
    frame["log_share"] = frames.log(frame["harmed"] / frame["total"])
    for part in ("mean", "pooled"):
        found = gap.raw_gap(frame, "e", offices.IN_PERCENT, part)
        assert found.estimate == pytest.approx(100 * math.log(0.98))
    assert Vocabulary(made).outcome(offices.IN_PERCENT).unit == "log points"


def test_an_election_between_presidential_ones_is_compared_with_the_last(home: Path) -> None:
    made = of(home, contests(2018), office="US SENATE", year=2018)
    assert made.prior_year == 2016
    assert made.prior_office == "President"
    assert made.left_out["designs"].startswith("no file has an earlier election for")
    assert landing.card(made, {}, {})["verdict"] == "cannot be tested"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("US SENATE", "U.S. Senator"),
        ("U.S. Senate|US Senator", "U.S. Senator"),
        ("US SENATE special", "U.S. Senator (special election)"),
        ("GOVERNOR", "Governor"),
        ("Attorney General", "Attorney General"),
        ("SECRETARY OF STATE", "Secretary Of State"),
        ("", ""),
    ],
)
def test_an_office_is_named_as_a_sentence_names_it(asked: str, said: str) -> None:
    assert offices.name(asked) == said
