"""Files as strangers have them make a book at the first try, without ``--columns``."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import Done, few
from test_yours import STATE, YEAR, good, machines

from sevenpercent.data import tables
from sevenpercent.data.readers import votes as readers
from sevenpercent.errors import InputError
from sevenpercent.model import places, scenario
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.own import check, equipment, new
from sevenpercent.own.request import Request
from sevenpercent.study import cells, magics

DEM, REP = "A. Ash", "B. Birch"
BEFORE = {"biden20": "dem", "trump20": "rep"}


def frame() -> pd.DataFrame:
    """Votes and machines of a state's counties in one table, as numbers."""
    out = good().astype(dict.fromkeys(("dem", "rep", "other", "total"), int))
    return out.assign(touch=machines()["touchscreen"].astype(int))


def named(state: str = STATE, **columns: str) -> pd.DataFrame:
    """The table under a stranger's headers: theirs = ours."""
    return pd.DataFrame(
        {theirs.replace("_", " "): frame()[ours] for theirs, ours in columns.items()}
    )


def by_candidate() -> pd.DataFrame:
    rows = []
    for r in frame().to_dict("records"):
        for office, extra in (("GOVERNOR", 0), ("UNITED STATES SENATOR", 3)):
            for who, n in (("ASH, A.", r["dem"]), ("BIRCH, B.", r["rep"]), ("ELM, C.", r["other"])):
                place = {"County Name": r["county"].upper(), "Precinct Name": f"{r['county']} 1"}
                rows.append(place | {"Office Title": office, "Candidate Name": who,
                                     "Vote Total": f"{n + extra:,}"})  # fmt: skip
    return pd.DataFrame(rows)


def headed() -> pd.DataFrame:
    out = named(Locality="county", Ash="dem", Birch="rep", Others="other", Total_Votes="total")
    return out.assign(Locality=out["Locality"] + " County")


def in_brackets() -> pd.DataFrame:
    """Two more candidates than the two, a line of totals, and separators between thousands."""
    own = frame()
    rest = {"Elm (IND)": own["other"] // 2, "Fir (LIB)": own["other"] - own["other"] // 2}
    out = pd.DataFrame(
        {"Place": own["county"], "A. Ash (DEM)": own["dem"], "B. Birch (REP)": own["rep"]}
    )
    out = out.assign(**rest)
    sums = pd.DataFrame([{"Place": "Total", **out.drop(columns="Place").sum()}])
    every = pd.concat([out, sums], ignore_index=True)
    spaced = {str(c): every[c].map("{:,}".format) for c in every if c != "Place"}
    return every.assign(**spaced)


def listed(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"County": frame()["county"], **columns})


FILES: dict[str, tuple[Callable[[], pd.DataFrame], dict[str, Any], Callable[[], pd.DataFrame]]] = {
    "candidates as headers; shares with decimal commas": (
        headed, {"sep": ";", "encoding": "cp1252"},
        lambda: listed(**{"DRE share": frame()["touch"].map({1: "62,5 %", 0: "0,0 %"})})),
    "parties in brackets, several others, thousands, totals": (
        in_brackets, {"sep": "\t"}, lambda: listed(Touchscreen=frame()["touch"].map({1: "Yes", 0: "No"}))),
    "a line a candidate and precinct": (
        by_candidate, {}, lambda: listed(dre=frame()["touch"])),
    "postal codes, names, a byte order mark": (
        lambda: named(**{"Candidate:_Ash": "dem", "Candidate:_Birch": "rep", "CNTY": "county",
                         "ST": "state", "All_votes": "total"}),
        {"encoding": "utf-8-sig"},
        lambda: listed(System=frame()["touch"].map({1: "Oakwood 100", 0: "Paper / scan"}))),
}  # fmt: skip


@pytest.mark.parametrize("name", few(1, FILES))
@pytest.mark.parametrize("told", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_file_of_a_stranger_is_a_book_at_the_first_try(
    home: Path, typed: Callable[..., Done], name: str, told: bool
) -> None:
    votes, writing, machines_ = FILES[name]
    votes().to_csv(home / "v.csv", index=False, **{"sep": ",", **writing})
    machines_().to_csv(home / "m.csv", index=False, **{"sep": writing.get("sep", ",")})
    files = ("--votes", "v.csv", "--equipment", "m.csv") if told else ("v.csv", "m.csv")
    asked = ("--machines", "oak=type:oakwood") if "names" in name else ()
    office = ("--office", "US Senate") if "candidate and" in name else ()
    done = typed("new", "mine", "--year", YEAR, "--focus", STATE, "--dem", DEM, "--rep", REP,
                 "--claimed", "2", *files, *asked, *office)  # fmt: skip
    assert done.returncode == 0, done.stderr
    own = tables.load("county_votes", home / "data" / "mine")
    own = own[(own["state"] == STATE) & (own["year"] == YEAR)].set_index("fips")
    extra = 3 if office else 0
    want = frame().set_index("fips")
    for column in ("dem", "rep", "other"):
        assert (own[column] == want[column] + extra).all(), column
    held = tables.load("county_equipment", home / "data" / "mine").set_index("fips")["value"]
    assert set(held[want.index[want["touch"] == 1]]) == ({0.625} if "commas" in name else {1.0})
    assert set(held[want.index[want["touch"] == 0]]) == {0.0}
    found = check.problems(scenario.load("mine"))
    odd = [f for f in found if f.severity == "error"]
    assert not odd, odd
    told_ = [f.message for f in found]
    assert any("total of the others" in m for m in told_) == ("totals" in name)
    assert not any("prints other units" in m for m in told_)


def test_votes_of_an_earlier_election_are_known_by_who_stood(
    home: Path, typed: Callable[..., Done]
) -> None:
    own = frame()
    own = own.rename(columns={"dem": "harris_votes", "rep": "trump_votes"}).drop(columns="year")
    own = own.assign(biden20=own["harris_votes"] + 5, trump20=own["trump_votes"] + 7)
    own.to_csv(home / "v.csv", index=False)
    done = typed("new", "mine", "v.csv", "--year", "2024", "--focus", STATE, "--dem", "Harris",
                 "--rep", "Trump", "--claimed", "2")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "earlier votes, 2020: dem" in done.stdout
    made = scenario.load("mine")
    assert (made.parties.harmed.prior_candidate, made.parties.favoured.prior_candidate) == (
        "Biden",
        "Trump",
    )
    votes = tables.load("county_votes", home / "data" / "mine")
    before = votes[(votes["state"] == STATE) & (votes["year"] == 2020)].set_index("fips")["dem"]
    assert (before == own.set_index("fips")["biden20"]).all()


def test_who_stood_for_another_office_before_is_not_invented(home: Path) -> None:
    now = frame().assign(office="Governor")
    both = pd.concat([now, now.assign(year=YEAR - 4)])
    both.drop(columns="touch").to_csv(home / "v.csv", index=False)
    listed(dre=frame()["touch"]).to_csv(home / "m.csv", index=False)
    new.create(Request("mine", YEAR, votes=[home / "v.csv"], equipment=[home / "m.csv"], dem=DEM,
                       rep=REP, focus=STATE, claimed=2.0, office="Governor"))  # fmt: skip
    sides = scenario.load("mine").parties
    assert sides.harmed.prior_candidate == "the Democratic candidate"


@pytest.mark.parametrize("party", ["dem", "rep"])
def test_a_contest_without_votes_for_one_side_is_refused(home: Path, party: str) -> None:
    frame().assign(**{party: 0}).to_csv(home / "v.csv", index=False)
    listed(dre=frame()["touch"]).to_csv(home / "m.csv", index=False)
    given = Request("mine", YEAR, votes=[home / "v.csv"], equipment=[home / "m.csv"], dem=DEM,
                    rep=REP, focus=STATE, claimed=2.0)  # fmt: skip
    with pytest.raises(InputError, match=f"nobody voted for {party}"):
        new.create(given)


def test_a_county_without_a_vote_for_one_side_is_told(home: Path) -> None:
    own = frame()
    own.loc[5, "dem"] = 0
    own.to_csv(home / "v.csv", index=False)
    listed(dre=own["touch"]).to_csv(home / "m.csv", index=False)
    new.create(Request("mine", YEAR, votes=[home / "v.csv"], equipment=[home / "m.csv"], dem=DEM,
                       rep=REP, focus=STATE, claimed=2.0))  # fmt: skip
    found = check.problems(scenario.load("mine"))
    (hit,) = [f for f in found if "no vote at all for dem" in f.message]
    assert (hit.row, hit.value) == (7, "0")


@pytest.mark.parametrize(
    ("printed", "number"),
    [("1,234", 1234), ("1 234", 1234), ("1’234", 1234), ("1\u202f234,5", math.nan), ("12", 12)],
)
def test_a_count_is_read_in_any_writing(printed: str, number: float) -> None:
    (found,) = readers.number(pd.Series([printed]))
    assert found == number or (math.isnan(number) and math.isnan(found))


@pytest.mark.parametrize(("printed", "share"), [("62,5 %", 0.625), ("0,4", 0.4), ("40 %", 0.4)])
def test_a_share_may_have_a_decimal_comma(printed: str, share: float) -> None:
    assert equipment.meaning(printed) == pytest.approx(share)


# --- the verdict moves in a book that was newly made ------------------------------------------


def planted(home: Path, part: float) -> Scenario:
    """A new book whose Democrat lost this part of the votes in each county with the machines."""
    own = frame()
    before = tables.load("county_votes")
    before = before[(before["year"] == YEAR - 4) & before["best"]].set_index("fips")
    share = (before["dem"] / (before["dem"] + before["rep"])).astype(float)
    two, noise = own["dem"] + own["rep"], pd.Series([0.004, -0.003, 0.0, -0.001] * 100)
    fair = two * (own["fips"].map(share) + noise[: len(own)].to_numpy())
    own["dem"] = (fair * (1 - part * own["touch"])).round().astype(int)
    own["rep"] = two - own["dem"]
    own.drop(columns="touch").to_csv(home / "v.csv", index=False)
    listed(dre=own["touch"]).to_csv(home / "m.csv", index=False)
    new.create(Request("mine", YEAR, votes=[home / "v.csv"], equipment=[home / "m.csv"], dem=DEM,
                       rep=REP, focus=STATE, claimed=8.0, unit="percent"))  # fmt: skip
    return scenario.load("mine")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "words", "heading"),
    [
        (0.08, {"holds as far as counts can tell"}, "machines cost A. Ash 8 percent"),
        (
            0.04,
            {
                "ruled out as far as counts can tell",
                "cannot be tested",
                "depends on the definition",
            },
            "",
        ),
        (0.0, {"ruled out as far as counts can tell"}, "machines did not cost A. Ash 8 percent"),
        (-0.04, {"ruled out as far as counts can tell"}, "machines did not cost A. Ash 8 percent"),
    ],
)
def test_the_verdict_of_a_new_book_moves_with_its_votes(
    home: Path, part: float, words: set[str], heading: str
) -> None:
    s = planted(home, part)
    load, done = tables.loader(s.tables.folder), dict[str, cells.Executed]()
    for name in ("gap", "designs", "claims", "index"):
        done[name] = cells.run(name, s, load, lambda n: done[n].results if n in done else Results(),
                               magics.spoken)  # fmt: skip
    index, judged = done["index"].variables, done["claims"].variables["judged"].set_index("id")
    assert str(index["decisive"].word) in words
    assert str(judged["final"]["machines-cost"]) == str(index["decisive"].word)
    assert heading in done["index"].said[0]
    said = {name: "\n".join(one.said) for name, one in done.items()}
    holds = str(index["decisive"].word).startswith("holds")
    assert ("paper ballots that agree" in said["index"]) == holds
    assert ("Whatever else changed in the same places" in said["index"]) == holds
    assert ("Statistics cannot show that machines worked" in said["index"]) != holds
    assert ("not proof of a fault" in said["designs"]) == holds
    assert not (holds and "do not rule the size out" in said["designs"])
    assert ("as far as counts can tell" in done["claims"].said[0]) == holds
    assert "day of the report" not in said["claims"]
    assert "The same gap in" not in said["gap"]
    row, other = index["beside"].to_dict("records")
    assert (row["label"], other["label"]) == ("if deleted", "if switched")
    assert other["claimed"] < row["claimed"] < 0
    on = places.county_frame(s, load, STATE)
    shares = (on["harmed"] / (on["harmed"] + on["favoured"]))[on["dre"] == 1]
    # 8 % of the votes of each county, had nobody got them, are so many points of its share.
    assert -row["claimed"] == pytest.approx(8 * (shares * (1 - shares)).mean(), rel=0.1)
    assert row["estimate"] == pytest.approx(-100 * part * shares.mean() / (1 - part), abs=0.25)
