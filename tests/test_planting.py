"""The planting table: an election with a known truth gets an acceptable word, row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sevenpercent.claims import planting
from sevenpercent.data import tables
from sevenpercent.data.tables import Load
from sevenpercent.model import places
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario, load
from sevenpercent.stats import designs, witnesses
from sevenpercent.stats.designs import county, sizes, tail
from sevenpercent.stats.witnesses import plants
from sevenpercent.study import cells, magics


@pytest.fixture(scope="module")
def called() -> witnesses.Witnesses:
    s = load("midwest-2016")
    return witnesses.call(s, tables.load, designs.frames(s, tables.load))


@pytest.mark.parametrize("draws", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_planted_elections_get_their_words(called: witnesses.Witnesses, draws: int) -> None:
    table = planting.table(called, draws)
    required = table
    assert {"seen", "blind"} <= set(required["paper"])
    slack = 0.0 if draws >= 200 else 0.05  # two draws of forty
    bad = required[
        (required["accepted"] < planting.LEAST) | (required["opposite"] > planting.MOST + slack)
    ]
    assert bad.empty, bad[["label", "paper", "accepted", "opposite", "words"]].to_string()
    literal = required[(required["paper"] == "seen") & required["label"].str.startswith("7 points")]
    assert len(literal) == 4
    assert (literal["accept"].map(list) == [["holds"]] * 4).all()


def test_harm_in_few_counties_is_seen_even_where_the_paper_is_wrong(
    called: witnesses.Witnesses,
) -> None:
    """Only the lower tails see it: without them the paper alone would decide, and acquit."""
    table = planting.table(called, 40)
    few = table["label"].str.contains("in a fifth of the counties") & table["paper"].eq("blind")
    assert few.sum() == 4
    assert table.loc[few, "passes"].all()
    cells = called.cells[called.cells["pattern"] == "fifth"]
    decisive = cells[cells["size"].str.startswith("decisive")]
    assert set(decisive.loc[decisive["able"], "design"]) == {tail.DESIGN.key}
    alone = replace(called, cells=called.cells[called.cells["design"] != tail.DESIGN.key])
    assert not planting.table(alone, 40).loc[few, "passes"].any()


def test_another_definition_does_not_acquit_what_the_leading_one_names(
    called: witnesses.Witnesses,
) -> None:
    """Where the leading definition cannot be asked, most counties without another are harmed too."""
    lead, other = county.DESIGN.spec(called.s).treatment, "dre_ge50"
    asked = called.cells[called.cells["size"] == "seven_points"].set_index("definition")
    led, able = asked["led"].to_dict(), asked["able"].to_dict()
    assert led[lead] == asked["clears"].to_dict()[lead]
    assert able[other]
    assert led[other] > 0.5
    alone = replace(
        called,
        cells=called.cells[called.cells["definition"] == other],
        recounts=dict.fromkeys(called.recounts),  # no paper that would decide
    )
    assert planting.table(alone, 40)["opposite"].max() <= planting.MOST
    unaware = replace(alone, cells=alone.cells.assign(led=0.0))
    assert planting.table(unaware, 40)["opposite"].max() > 0.5


def test_harm_lowers_what_is_compared_and_a_gain_raises_it(called: witnesses.Witnesses) -> None:
    s, counties = called.s, called.counties
    method = next(m for m in called.methods if m.design.key == county.DESIGN.key)
    on = method.frame.set_index("fips")[method.definition].gt(0).to_numpy()
    for plant in plants.plants(s, "decisive", None):
        lost = plants.shifts(plant, s, method, counties)
        gained = plants.shifts(replace(plant, times=-1.0), s, method, counties)
        assert (lost[on].sum(axis=0) < 0).all()
        assert (gained[on].sum(axis=0) > 0).all()
        assert not lost[~on].any()
        assert not gained[~on].any()


def test_a_fifth_of_the_counties_holds_the_votes_that_are_moved_there(
    called: witnesses.Witnesses,
) -> None:
    """Votes that are not there cannot be switched: what is ruled out would be a harm nobody could do."""
    s, counties = called.s, called.counties
    method = next(m for m in called.methods if m.design.key == county.DESIGN.key)
    fifth = next(p for p in plants.plants(s, "decisive", None) if p.pattern == "fifth")
    named = replace(fifth, declared=fifth.declared.model_copy(update={"how": "switched"}))
    there = plants.votes(named, s, counties, np.ones(1), np.ones(1))
    on = counties[counties[method.definition] > 0]["favoured"]
    for times, draws in (
        (1.0, plants.HITS),
        (0.15 * on.sum() / there, None),
        (on.sum() / there, 0),
    ):
        struck = plants.struck(replace(named, times=times), s, method, counties)
        assert struck.sum(axis=0) == pytest.approx(times * there, rel=0.011)
        assert struck.shape[1] >= 1 if draws is None else struck.shape[1] == draws
        assert (struck <= method.counted["favoured"][:, None]).all()


def test_counties_and_their_tails_compare_the_whole_map(called: witnesses.Witnesses) -> None:
    assert {county.DESIGN.key, tail.DESIGN.key} == set(designs.on_counties(called.counties))


# --- votes are moved, and the pages say so ------------------------------------------------------

SHARES = {"eight": 8.0, "claimed": None, "half": None, "nothing": 0.0, "gain": -2.0}
"""Points moved from the harmed side in every electronic county; None: the claimed size, or half of it."""


def moved(s: Scenario, points: float) -> Load:
    """The book's tables, so many points of the two-party vote moved where the machines are.

    The moved election is even to begin with: electronic counties are first given what their like
    without machines had, so that only what is planted sets them apart. In municipalities the share of
    their ballots on machines loses as much; recounted paper stays as it was.
    """
    load = tables.loader(s.tables.folder)
    assert s.designs is not None
    frame = places.county_frame(s, load, s.focus)
    found = county.fit(frame, s.designs.counties).estimate  # what sets them apart, as counted
    on = frame.set_index("fips")[s.designs.counties.treatment].fillna(0.0)
    votes = load("county_votes")
    now = (votes["year"] == s.year) & votes["fips"].isin(on.index)
    two = (votes["dem"] + votes["rep"]).astype(float)
    shift = (two * votes["fips"].map(on).fillna(0.0) * (found + points) / 100).where(now, 0.0)
    shift = shift.round().astype("Int64")
    harmed, favoured = str(s.parties.harmed.party), str(s.parties.favoured.party)
    for column, sign in ((harmed, -1), (favoured, 1)):
        votes[column] = (votes[column] + sign * shift).clip(lower=0)
    made = {"county_votes": votes}
    if towns := s.tables.municipalities:
        rows = load(towns)
        for end in (str(s.year), "recount"):
            both = (rows[f"{harmed}_{end}"] + rows[f"{favoured}_{end}"]).astype(float)
            own = (both * rows["dose"].astype(float) * points / 100).fillna(0.0).round()
            for column, sign in ((f"{harmed}_{end}", -1), (f"{favoured}_{end}", 1)):
                rows[column] = (rows[column] + sign * own.astype("Int64")).clip(lower=0)
        made[towns] = rows
    return lambda name: made[name].copy() if name in made else load(name)


CLAIMS = {
    "midwest-2016": ("wi-machines-decided", "wi-machines-cost-seven", "wi-machines-cost-percent")
}
"""The claim that the first page leads with, the one of the claimed size in points and the one in the
claim's own unit, where they are several."""


def told_of(s: Scenario, load: Load) -> tuple[str, tuple[str, ...], pd.DataFrame, str]:
    """The first page's heading, its verdict and the ledger's three, the figure's rows, and all words."""
    done: dict[str, cells.Executed] = {}

    def upstream(name: str) -> Results:
        return done[name].results if name in done else Results()

    for name in ("designs", "claims", "index"):
        done[name] = cells.run(name, s, load, upstream, magics.spoken)
    said, index = done["index"].said, done["index"].variables
    judged = done["claims"].variables["judged"].set_index("id")["final"]
    every = [*done["index"].said, *done["designs"].said]
    of = CLAIMS.get(s.id, ("machines-cost",) * 3)
    words = str(index["decisive"].word), *(str(judged[claim]) for claim in of)
    return said[0], words, index["beside"], " ".join(every)


YES = {"holds as far as counts can tell", "depends on the definition"}
NO = {"ruled out as far as counts can tell", "does not hold"}
OPEN = {"cannot be tested"}
BLIND = {"florida-2004"}
"""Books whose counties cannot see the claimed size: nothing is shown, nothing ruled out."""


LONG = [pytest.param(name, marks=pytest.mark.slow) for name in ("dominion-2020", "midwest-2016")]


@pytest.fixture(scope="module", params=["texas-2024", "florida-2004", *LONG])
def book(request: pytest.FixtureRequest) -> Scenario:
    return load(request.param)


@pytest.mark.parametrize("planted", SHARES)
def test_the_pages_follow_the_votes(book: Scenario, planted: str) -> None:
    s = book
    assert s.designs is not None
    size = sizes.in_points(s, places.county_frame(s, tables.loader(s.tables.folder), s.focus),
                           s.designs.counties.treatment)  # fmt: skip
    points = {"claimed": size, "half": size / 2}.get(planted, SHARES[planted] or 0.0)
    heading, (first, ledger, verdict, own), shown, text = told_of(s, moved(s, points))
    if s.id in CLAIMS and planted == "gain":  # the harmed side wins
        assert ledger == "does not hold"
        assert first == own, "with no winner to change, the claimed size is what is asked about"
        assert f"✘ No: {s.parties.harmed.candidate} won" in text
        assert "changed the winner" not in heading
        assert text.count("left out here") == 1
    else:
        assert first == ledger, "the first page and the ledger say the same"
    harmful = shown["estimate"] if s.claim.unit == "votes" else -shown["estimate"]
    expected = points if s.claim.unit != "votes" else points * 1000  # votes: the sign alone
    if planted != "nothing":
        assert np.sign(harmful.iloc[0]) == np.sign(expected)
    if s.claim.unit != "votes":
        assert harmful.iloc[0] == pytest.approx(points, abs=0.05)
    if planted == "eight":
        assert verdict in YES | (OPEN if s.id in BLIND else set())
        assert own in YES | OPEN, (
            "fewer points than were planted: the counties may be too few for them"
        )
        assert "did not" not in heading
    if planted in ("nothing", "gain"):
        assert {verdict, own} <= NO | OPEN
        assert not any(
            word in heading for word in ("shows that", "As far as counts can tell, machines gave")
        )
    if planted == "claimed":
        assert not {verdict, own} & NO
    if planted == "half":  # neither is wrong, but the claimed size must not be said to be proved
        assert verdict in YES | NO | OPEN
    far = shown["lo"].iloc[0] > 0 if s.claim.unit == "votes" else shown["hi"].iloc[0] < 0
    said = "A difference is there all the same" in text
    assert said == (far and (first in OPEN or "smaller difference is there" in text))
    if planted == "eight":
        assert far
    assert str(s.year) in heading
