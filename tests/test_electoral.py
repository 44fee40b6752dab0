"""Electoral arithmetic on a small country, by hand and by brute force."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sevenpercent.errors import InputError
from sevenpercent.stats import electoral, electoral_rows, missing
from sevenpercent.stats.designs import sizes


@pytest.fixture
def states() -> pd.DataFrame:
    rows = [
        # state, ev, dem/rep pledged, cast, reported, votes
        ("AA", 10, 10, 0, 8, 0, 10, 0, 900, 800, 1750),
        ("BB", 8, 0, 8, 0, 8, 0, 8, 500, 511, 1050),
        ("CC", 5, 0, 5, 0, 4, 0, 0, 300, 304, 620),
        ("DD", 4, 1, 3, 1, 3, 1, 3, 100, 200, 300),
    ]
    names = ["state", "ev", "ev_dem", "ev_rep", "ev_dem_cast", "ev_rep_cast"]
    names += ["ev_dem_reported", "ev_rep_reported", "dem", "rep", "total"]
    table = pd.DataFrame(rows, columns=names)
    return table.astype(dict.fromkeys(names[1:], "Int64"))


@pytest.fixture
def delegations() -> pd.DataFrame:
    return pd.DataFrame({"state": list("ABCD"), "dem": [3, 1, 2, 0], "rep": [1, 1, 1, 4]})


def test_tallies(states: pd.DataFrame) -> None:
    assert electoral.tally(states) == electoral.Tally(11, 16, 0)
    assert electoral.tally(states, "cast") == electoral.Tally(9, 15, 3)
    assert electoral.tally(states, "reported") == electoral.Tally(11, 11, 5)
    assert electoral.tally(states).majority == 14
    assert electoral.tally(states, harmed="rep", favoured="dem") == electoral.Tally(16, 11, 0)


def test_three_outcomes() -> None:
    assert electoral.Tally(14, 13, 0).outcome == "harmed"
    assert electoral.Tally(13, 14, 0).outcome == "favoured"
    assert electoral.Tally(13, 13, 1).outcome == "nobody"
    assert electoral.Tally(5, 5, 0).outcome == "nobody", "half is no majority"
    assert electoral.Tally(11, 16, 0).shortfall() == 3
    assert electoral.Tally(11, 16, 0).shortfall("favoured") == 0


@given(st.integers(0, 10_000))
def test_a_majority_is_the_smallest_more_than_half(total: int) -> None:
    assert 2 * electoral.majority(total) > total >= 2 * (electoral.majority(total) - 1)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_votes_to_flip_are_exact(a: int, b: int) -> None:
    winner, loser = max(a, b), min(a, b)
    switched, added = (sizes.decisive(winner - loser, how) for how in missing.HOWS)
    assert loser + switched > winner - switched
    assert loser + (switched - 1) <= winner - (switched - 1)
    assert loser + added > winner >= loser + added - 1


def test_flips_by_state(states: pd.DataFrame) -> None:
    out = electoral.state_flips(states)
    assert out["state"].tolist() == ["CC", "BB"], "divided and lost states are left out"
    assert out["switched"].tolist() == [3, 6]
    assert out["margin_share"].tolist() == pytest.approx([4 / 620, 11 / 1050])


def test_combinations_by_hand(states: pd.DataFrame) -> None:
    out = electoral.combinations(states, ["BB", "CC"])
    assert out["changed"].tolist() == ["", "CC", "BB", "BB+CC"]
    assert out["harmed"].tolist() == [11, 16, 19, 24]
    assert out["outcome"].tolist() == ["favoured", "harmed", "harmed", "harmed"]
    assert electoral.outcomes(out) == (4, 3, 1, 0)
    assert out["BB"].tolist() == ["favoured", "favoured", "harmed", "harmed"]


def test_electors_as_they_voted(states: pd.DataFrame) -> None:
    out = electoral.combinations(states, ["BB", "CC"], cast=True)
    votes = out[["harmed", "favoured", "rest"]].to_numpy().tolist()
    assert out["changed"].tolist()[:2] == ["", "CC"]
    assert votes[0] == [9, 15, 3]
    assert votes[1] == [14, 11, 2], (
        "a state that changes sides sends other electors, who vote as pledged"
    )


def test_the_house_counts_delegations(delegations: pd.DataFrame) -> None:
    assert electoral.house_vote(delegations) == electoral.HouseVote(2, 1, 1, 3, "nobody")
    more = pd.concat([delegations, pd.DataFrame({"state": ["E"], "dem": [2], "rep": [0]})])
    assert electoral.house_vote(more) == electoral.HouseVote(3, 1, 1, 3, "harmed")
    assert electoral.house_vote(more, "rep", "dem").winner == "favoured"


def test_smallest_flips(states: pd.DataFrame) -> None:
    assert electoral.smallest_flips(states) == electoral.FlipSet(("CC",), 5, 3)
    turned = electoral.smallest_flips(states, harmed="rep", favoured="dem")
    assert turned == electoral.FlipSet((), 0, 0), "the side that won needs nothing"
    assert electoral.smallest_flips(states[states["state"] != "CC"], "deny") is not None
    divided = states[states["state"].isin(["AA", "DD"])].assign(ev_dem=0, ev_rep=states["ev"])
    divided.loc[divided["state"] == "AA", ["ev_dem", "ev_rep"]] = [1, 9]
    assert electoral.smallest_flips(divided) is None, "a divided state is no way to a majority"


def test_margins_are_those_of_whole_states(states: pd.DataFrame) -> None:
    rows = [("AA", "1", "night", 1), ("AA", "1", "late", 9), ("AA", "2", "late", 4)]
    votes = pd.DataFrame(rows, columns=["state", "fips", "vintage", "rep"])
    out = electoral.margins(states, votes.assign(dem=2, total=20), ["CC", "AA"])
    assert out[["state", "vintage"]].to_numpy().tolist() == [
        ["CC", "final"],
        ["AA", "final"],
        ["AA", "late"],
    ], "the night's count has one county of two"
    assert out["margin"].tolist() == [4, -100, 9], "a state that was won has a negative margin"
    assert out["switched"].tolist() == [3, 51, 5]
    assert out["percent"].tolist() == pytest.approx([400 / 620, -10000 / 1750, 900 / 40])


def test_rows_have_keys_of_states_and_sides(states: pd.DataFrame) -> None:
    names = {"harmed": "dem", "favoured": "rep", "nobody": "nobody"}
    ways = electoral.combinations(states, ["BB", "CC"])
    rows = electoral_rows.combinations(ways, names, ".cast").set_index("part")["value"]
    harmed = ways.set_index("changed").loc["", "harmed"]
    assert rows["flip.nothing.cast.dem"] == harmed
    assert "flip.bb_cc.cast.outcome" not in rows
    named = electoral_rows.combinations(ways, names).set_index("part")["value"]
    assert named["flip.bb_cc.outcome"] == "dem"
    assert rows[["outcomes.dem.cast", "outcomes.nobody.cast", "outcomes.all.cast"]].tolist() == [
        3,
        0,
        4,
    ]
    assert electoral_rows.smallest({"win": None}).empty


library: Any = electoral
"""For calls that the type checker rightly refuses."""

countries = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 500), st.integers(0, 500), st.integers(0, 50)),
    min_size=1,
    max_size=8,
)


def country(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    out = []
    for i, (ev, dem, rep, other) in enumerate(rows):
        ours = ev if dem > rep else 0
        out.append((f"S{i}", ev, ours, ev - ours, dem, rep, dem + rep + other + 1))
    return pd.DataFrame(out, columns=["state", "ev", "ev_dem", "ev_rep", "dem", "rep", "total"])


@settings(max_examples=60, deadline=None)
@given(rows=countries, target=st.sampled_from(["win", "deny"]))
def test_smallest_flips_against_every_subset(
    rows: list[tuple[int, int, int, int]], target: Any
) -> None:
    states = country(rows)
    lost = states[states["ev_rep"] > 0].index
    total, ours = int(states["ev"].sum()), int(states["ev_dem"].sum())
    enough = {}
    for size in range(len(lost) + 1):
        for members in combinations(lost, size):
            gained = int(states.loc[list(members), "ev"].sum())
            theirs = total - ours - gained
            met = 2 * (ours + gained) > total if target == "win" else 2 * theirs <= total
            if met:
                margins = states.loc[list(members), "rep"] - states.loc[list(members), "dem"]
                enough[members] = int((margins // 2 + 1).sum())
    found = electoral.smallest_flips(states, target)
    if not enough:
        assert found is None
        return
    assert found is not None
    assert found.switched == min(enough.values())


@settings(max_examples=40, deadline=None)
@given(rows=countries, data=st.data())
def test_every_combination_keeps_all_electors(
    rows: list[tuple[int, int, int, int]], data: st.DataObject
) -> None:
    states = country(rows)
    contested = data.draw(st.lists(st.sampled_from(list(states["state"])), unique=True, max_size=4))
    out = electoral.combinations(states, contested)
    assert len(out) == 2 ** len(contested)
    assert set(out[["harmed", "favoured", "rest"]].sum(axis=1)) == {states["ev"].sum()}
    assert set(out[contested].itertuples(index=False, name=None)) == set(
        product(["harmed", "favoured"], repeat=len(contested))
    )
    assert out["changed"].iloc[0] == ""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: library.tally(s, "casted"), "Unknown stage .*Did you mean 'cast'"),
        (lambda s: library.tally(s, harmed="whig"), "Unknown column .*'ev_whig'"),
        (lambda s: library.tally(pd.concat([s, s])), "stands twice .*'AA'"),
        (
            lambda s: library.tally(s.assign(ev_dem=9)),
            "BB gives its 8 electoral votes as 9 and 8",
        ),
        (lambda s: library.combinations(s, ["BB", "BB"]), "contested state stands twice"),
        (lambda s: library.combinations(s, ["BBB"]), "Unknown state .*Did you mean 'BB'"),
        (lambda s: library.combinations(s, ["DD"]), "divided its electoral votes"),
        (lambda s: library.smallest_flips(s, "loose"), "Unknown target"),
        (lambda s: library.state_flips(s.assign(dem=10**6)), "runner-up has more votes"),
        (lambda s: library.house_vote(s.drop(columns="rep")), "Unknown column .*'rep'"),
    ],
)
def test_refusals(states: pd.DataFrame, call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call(states)
