"""What strangers' files showed: columns beside a known layout, places that changed, towns' machines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from conftest import Done
from rules_world import findings
from test_roles import told
from test_yours import STATE, YEAR, found, good, written

from sevenpercent.data import tables
from sevenpercent.data.rules.base import Finding
from sevenpercent.data.rules.places import places
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.own import make, new
from sevenpercent.own.request import Request
from sevenpercent.run import differ
from sevenpercent.show.figures import forest
from sevenpercent.show.figures.forest import Mark
from sevenpercent.stats import compare
from sevenpercent.stats.witnesses import counts

NAMED = ["Oakwood 100 (DRE)", "Elm scanner (optical scan)", "Elm marker (BMD)"]


def published() -> pd.DataFrame:
    """Votes in a published layout, with a column of the user's own beside it."""
    own = good()
    return pd.DataFrame(
        {"state_name": "Georgia", "county_fips": own["fips"], "county_name": own["county"],
         "votes_gop": own["rep"], "votes_dem": own["dem"], "total_votes": own["total"],
         "voting system": ["DRE" if i % 3 == 0 else "Optical Scan" for i in range(len(own))]}
    )  # fmt: skip


def test_machines_beside_a_published_layout_are_taken(home: Path) -> None:
    said: list[str] = []
    new.create(told(published(), home), show=said.append)
    made = scenario.load("mine")
    assert [i.holds for i in made.inputs] == ["votes", "equipment"]
    assert any("machines: voting_system" in line for line in said)
    assert tables.load("county_equipment", home / "data" / "mine")["value"].sum() == 53


def test_without_a_list_the_readings_are_those_of_the_state(
    home: Path, typed: Callable[..., Done]
) -> None:
    frame = published().drop(columns="voting system")
    frame.to_csv(home / "votes.csv", index=False)
    done = typed("new", "mine", "votes.csv", "--year", "2016", "--focus", STATE, "--dem", "Ash",
               "--rep", "Birch", "--claimed", "3")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "as data/ lists them" in done.stdout
    assert "any_dre_wec" not in (home / "scenarios" / "mine.yml").read_text(encoding="utf-8")


def by_name() -> pd.DataFrame:
    own = good()[["county"]].rename(columns={"county": "Jurisdiction"})
    own["Voting equipment"] = [NAMED[i % 3] for i in range(len(own))]
    town = {"Jurisdiction": "Springfield", "Voting equipment": NAMED[0]}
    return pd.concat([own, pd.DataFrame([town])], ignore_index=True)


def named(home: Path, *readings: str) -> Request:
    written(good(), home / "votes.csv")
    written(by_name(), home / "names.csv")
    given = Request("mine", YEAR, states=[STATE], dem="A. Ash", rep="B. Birch", claimed=4.0)
    given.files = [home / "votes.csv", home / "names.csv"]
    given.machines = list(readings)
    return given


def test_the_machines_that_are_named_are_proposed_by_their_kind(home: Path) -> None:
    with pytest.raises(InputError) as caught:
        new.create(named(home))
    assert "--machines 'electronic=type:DRE'" in str(caught.value)


def test_a_town_among_the_machines_is_told(home: Path) -> None:
    new.create(named(home, "oak=type:Oakwood"))
    (one,) = found("unmatched_keys", value="Springfield")
    assert (one.severity, one.row) == ("warning", len(good()) + 2)
    assert "its machines are left out" in one.message


def test_the_machines_of_the_leading_reading_name_the_book(home: Path) -> None:
    made = new.create(named(home, "oak=type:Oakwood+label:Oakwood machines", "elm=type:Elm"))
    seen = new.machines_seen(made)
    assert any("is 1 of oak, 0 of elm" in line for line in seen)
    counted = f"Machines, oak (Oakwood machines): 53 of 159 counties of {STATE}; the claim is about"
    assert any(line.startswith(counted) for line in seen)
    chosen = scenario.load("mine")
    assert chosen.treatment.electronic == "Oakwood machines"
    assert chosen.treatment.adjective == "Oakwood"
    assert chosen.treatment.readings["elm"].label == "Elm machines"


def test_a_city_that_became_part_of_its_county_is_counted_with_it() -> None:
    base = {name: tables.load(name) for name in make.REFERENCE}
    line = {"state": "VA", "county": "Bedford", "year": 2012, "source": "x.csv", "other": ""}
    printed = pd.DataFrame(
        [line | {"fips_printed": "51019", "dem": "10,209", "rep": "26,679", "total": "", "row": 2},
         line | {"fips_printed": "51515", "dem": "1,225", "rep": "1,527", "total": "", "row": 3}]
    )  # fmt: skip
    whole, notes = make.whole_counties(printed, places(base))
    assert whole[["fips_printed", "dem", "rep", "total"]].to_numpy().tolist() == [
        ["51019", "11434", "28206", ""]
    ]
    assert [(n.severity, n.row, n.expected) for n in notes] == [("note", 3, "51019")]
    votes, _ = make.cleaned(whole, places(base))
    assert votes[["dem", "rep"]].to_numpy().tolist() == [[11434, 28206]]


def test_near_votes_are_no_exchange_where_the_whole_file_is_another_count() -> None:
    base = {name: tables.load(name) for name in make.REFERENCE}
    own = base["county_votes"]
    own = own[(own["state"] == "NC") & (own["year"] == 2016) & own["best"]].copy()
    moved = (own["dem"] * 0.08).round().astype(int)
    moved[own["fips"] == "37107"] = 1011  # so that each has about what the other had
    frame = own.assign(dem=own["dem"] + moved, rep=own["rep"] - moved)
    printed = pd.DataFrame(
        {n: frame[n].astype(str) for n in ("dem", "rep", "other", "total")}
        | {"fips_printed": frame["fips"], "source": "x.csv", "row": range(2, len(frame) + 2)}
        | {n: frame[n] for n in ("state", "county", "year")}
    )
    seen = findings({**base, "county_votes_printed": printed}, only=["party_swap"])
    assert not len(seen)


def test_a_layout_does_not_say_who_published_a_file(home: Path) -> None:
    new.create(told(published(), home))
    chosen = scenario.load("mine")
    assert chosen.credits.votes == "wide.csv"
    assert "McGovern" not in chosen.credits.votes
    sources = tables.describe(home / "data" / "mine")["county_votes"]["sources"]
    assert sources[0]["title"].startswith("wide.csv, laid out as “")


# --- words and figures ------------------------------------------------------------------------


def test_a_suspicious_header_of_votes_or_machines_is_a_finding(home: Path) -> None:
    odd = {"votes_dem": "=1+1 dem", "voting system": "<b>system</b> " + "x" * 200}
    frame = good()[["fips", "county", "rep", "total"]].assign(
        **{odd["votes_dem"]: good()["dem"], odd["voting system"]: published()["voting system"]}
    )
    given = told(frame, home)
    given.columns = {"": {"dem": odd["votes_dem"], "machines.touch": odd["voting system"]}}
    new.create(given)
    seen = {f.value: f.message for f in found("text_encoding")}
    assert "formula" in seen[odd["votes_dem"]]
    assert any(v.startswith("<b>") for v in seen)


def test_a_difference_by_outcome_is_none_by_definition() -> None:
    one = pd.DataFrame({"place": "VA", "definition": "dre", "fate": ["remains", "gone", "gone"]})
    two = one.assign(definition="bmd", fate="gone")
    assert not compare.by_definition(one, "VA")
    assert compare.by_definition(pd.concat([one, two]), "VA")
    assert not compare.by_definition(pd.concat([one, one.assign(definition="bmd")]), "VA")


def test_labels_of_sizes_do_not_run_into_each_other() -> None:
    near = [Mark(-1.69, "claimed, if deleted: 1.69"), Mark(-2.94, "claimed, if switched: 2.94")]
    assert forest._lanes(near, (-3.06, 0.47)) == [0, 1]
    assert forest._lanes([near[1], Mark(-0.2, "0.2")], (-3.06, 0.47)) == [0, 0]


def test_an_unknown_book_is_answered_with_the_nearest(home: Path) -> None:
    new.create(told(published(), home))
    with pytest.raises(InputError, match=r"'mine'"):
        differ.read("mines")
    with pytest.raises(InputError, match="sevenpercent build mine"):
        differ.read("mine")


def test_a_source_is_listed_once_and_a_name_told_once(home: Path) -> None:
    frame = published().drop(columns="voting system")
    both = frame.assign(voting_system=published()["voting system"])
    new.create(told(both, home))
    listed = tables.listed("data/mine", ["county_votes"]).set_index("table")["sources"]
    parts = listed["county_votes"].split("; ")
    assert len(parts) == len(set(parts))
    one = Finding("units", "note", "county_votes", "x.csv", "said", source="x.csv (votes)")
    assert one.shown().count("x.csv") == 1


def test_a_size_that_is_ruled_out_is_not_counted_among_those_that_are_not() -> None:
    says = [counts.RULES_OUT, counts.SMALLER, counts.SHOWS, counts.OPEN, ""]
    heard = pd.DataFrame({"size": "three", "says": says, "able": [bool(s) for s in says]})
    otherwise, less = counts.against(heard)
    assert list(otherwise["says"]) == [counts.SHOWS, counts.OPEN]
    assert list(less["says"]) == [counts.SMALLER]
    otherwise, less = counts.against(heard, ["three"])
    assert list(otherwise["says"]) == [counts.RULES_OUT, counts.SMALLER, counts.OPEN]
    assert less.empty
