"""A claim in its own terms: a gain, shares of all votes, votes alone; the verdict follows the unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from sevenpercent import claims, paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.own import new, sized
from sevenpercent.own.request import Request
from sevenpercent.stats import missing
from sevenpercent.stats.designs import sizes

FLORIDA = {
    "claimed": 0.0,
    "claimed_votes": "130000-260000",
    "gain": True,
    "how": "added,switched",
    "counted": "lead",
}
"""130,000 votes too many for one side if nobody cast them, 260,000 of the lead if the other's were taken."""


def book(home: Path, **more: Any) -> Scenario:
    """A new book about Florida in 2004, every fourth county with the machines."""
    votes = tables.load("county_votes")
    here = votes[(votes["state"] == "FL") & (votes["year"] == 2004)][["fips", "county"]]
    here = here.assign(touchscreen=[int(i % 4 == 0) for i in range(len(here))])
    file = home / "machines.csv"
    here.to_csv(file, index=False)
    given = Request(
        name="mine",
        year=2004,
        focus="FL",
        dem="A. Ash",
        rep="B. Birch",
        electronic="touch-screens",
        equipment=[file],
        columns={file.name: {"fips": "fips", "touchscreen": "touchscreen"}},
    )
    for name, value in more.items():
        setattr(given, name, value)
    new.create(given, force=True)
    return scenario.load("mine")


@pytest.mark.parametrize(
    ("told", "claim", "claimed", "deed"),
    [
        (
            FLORIDA,
            "130,000 to 260,000 votes",
            "B. Birch got 130,000 to 260,000 votes too many",
            "gave B. Birch 130,000 to 260,000 votes",
        ),
        (
            {"claimed": 3.7, "gain": True},
            "3.7 points",
            "B. Birch did 3.7 points better",
            "gave B. Birch 3.7 points",
        ),
        (
            {"claimed": 1.0, "unit": "points_all"},
            "1 point of all votes",
            "A. Ash's share of all votes was 1 point lower",
            "cost A. Ash 1 point of all votes",
        ),
        (
            {"claimed": 5.0, "unit": "percent", "gain": True},
            "5 percent",
            "B. Birch got 5 percent more votes",
            "gave B. Birch 5 percent more votes",
        ),
        (
            {"claimed": 0.0, "claimed_votes": "30,000"},
            "30,000 votes",
            "A. Ash lost 30,000 votes",
            "cost A. Ash 30,000 votes",
        ),
        (
            {"claimed": 7.0, "unit": "percent", "claimed_votes": "30000", "margin": 27000},
            "7 percent",
            "A. Ash got 7 percent fewer votes, as many as 30,000 votes, in a state lost by 27,000 as then counted",
            "cost A. Ash 7 percent",
        ),
    ],
)
def test_sentences_say_the_claim_in_its_own_terms(
    home: Path, told: dict[str, Any], claim: str, claimed: str, deed: str
) -> None:
    s = book(home, **told)
    words = Vocabulary(s)
    assert (words.claim, words.claimed, words.deed[1]) == (claim, claimed, deed)
    assert s.declared == s.declaration
    said = claims.load(paths.ROOT / str(s.claims))
    assert [c.id for c in said] == ["less-there", "machines-cost"]
    plain = claimed.partition(", as many")[0]
    if s.claim.unit == "votes":  # what the plain difference stands for, in votes
        plain = f"by {s.claim.votes:,} votes or more"
    assert plain in said["less-there"].paraphrase


def test_votes_of_the_lead_count_a_switched_one_twice(home: Path) -> None:
    s = book(home, **FLORIDA)
    assert s.designs is not None
    assert s.leading == ["claimed_votes", "claimed_votes_most"]
    asked = {name: s.designs.sizes[name] for name in s.leading}
    moved = {z.how: s.claim.of_votes(z.amount, z.how) for z in asked.values()}
    assert moved == {"added": 130_000, "switched": 130_000}
    said = [sizes.label(s, z) for z in asked.values()]
    assert said == ["130,000 votes, added", "260,000 votes of the lead, as 130,000 switched"]


def test_a_range_lost_in_one_way_is_judged_by_its_lower_end(home: Path) -> None:
    s = book(home, claimed=0.0, claimed_votes="10000-20000")
    assert s.leading == ["claimed_votes"]


def test_votes_become_points_by_one_rule() -> None:
    place = missing.Place(900.0, 1100.0, 2050.0)
    for how in ("added", "switched", "deleted"):
        found = missing.sizes(100, place, how)
        for unit in ("two_party", "share_all"):
            assert missing.missing_votes(found[unit], unit, place, how) == pytest.approx(100)
    assert missing.sizes(100, place, "added")["two_party"] == pytest.approx(45 - 900 / 19)
    assert missing.sizes(100, place, "added")["log"] == 0
    with pytest.raises(InputError, match="take none from the other"):
        missing.missing_votes(-1, "log", place, "added")


def test_the_size_in_points_is_that_of_all_electronic_counties(home: Path) -> None:
    frame = pd.DataFrame(
        {
            "harmed": [500.0, 400, 900],
            "favoured": [400.0, 700, 600],
            "total": 1600.0,
            "on": [1, 1, 0],
        }
    )
    s = book(home, claimed=0.0, claimed_votes="100", gain=True)
    assert sizes.in_points(s, frame, "on") == pytest.approx(100 * (900 / 1900 - 900 / 2000))
    assert sizes.in_points(book(home, claimed=3.0), frame, "on") == 3.0
    of_all = sizes.in_points(book(home, claimed=3.0, unit="points_all"), frame, "on")
    assert of_all == pytest.approx(3.0 * 3200 / 2000)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"claimed": 0.0}, "--claimed"),
        ({"claimed": -2.0}, "--claimed.*above zero|above zero.*--claimed"),
        ({"claimed": 2.0, "unit": "point"}, "--unit.*point.*Did you mean"),
        ({"claimed": 0.0, "claimed_votes": "many"}, "--claimed-votes.*many.*130000-260000"),
        ({"claimed": 0.0, "claimed_votes": "200-100"}, "downwards.*100-200"),
        ({"claimed": 0.0, "claimed_votes": "200", "how": "lost"}, "--how.*lost"),
        ({"claimed": 0.0, "claimed_votes": "200", "how": "added"}, "--gain"),
        ({"claimed": 0.0, "claimed_votes": "200", "how": "deleted,switched"}, "more ways"),
        ({"claimed": 2.0, "counted": "lead"}, "no votes are claimed"),
        ({"claimed": 0.0, "claimed_votes": "200", "counted": "twice"}, "--counted lead"),
    ],
)
def test_a_size_that_cannot_be_meant_is_refused(
    home: Path, told: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        book(home, **told)
    assert not list((home / "scenarios").iterdir())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"percent": 2}, "percent 2.*unit votes.*points.*claim"),
        ({"votes": None}, "needs the number of votes"),
        ({"unit": "points"}, "unit points needs a size"),
        ({"votes_most": 100}, "votes_most 100 is not above votes 130000"),
        ({"unit": "vote"}, "claim.unit.*vote.*Did you mean"),
    ],
)
def test_a_scenario_says_what_is_wrong_and_what_to_do(
    home: Path, change: dict[str, Any], says: str
) -> None:
    book(home, **FLORIDA)
    path = paths.SCENARIOS / "mine.yml"
    body = yaml.safe_load(path.read_text(encoding="utf-8"))
    body["claim"] = {k: v for k, v in {**body["claim"], **change}.items() if v is not None}
    path.write_text(yaml.safe_dump(body), encoding="utf-8")
    with pytest.raises(InputError, match=says) as error:
        scenario.load("mine")
    assert "mine.yml" in str(error.value)


def test_a_number_among_the_files_is_the_claims() -> None:
    assert sized.said(["votes.csv", "130000-260000"]) == (["votes.csv"], "130000-260000")
