"""Files and options as strangers have them: plain headers, unknown names, two contests of a kind."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from conftest import Done
from test_yours import STATE, YEAR, good, machines, told, votes_of, written

from sevenpercent.cli.own import column_maps
from sevenpercent.data import tables
from sevenpercent.data.readers import formats, lines
from sevenpercent.errors import InputError
from sevenpercent.model import numbers, scenario
from sevenpercent.model.results import Results
from sevenpercent.own import check, new
from sevenpercent.own.equipment import meaning
from sevenpercent.run import build
from sevenpercent.run.sweep import table

THEIRS = {
    "fips": "GEOID", "state": "St", "county": "Area", "year": "Held", "dem": "D", "rep": "R",
    "other": "O", "total": "T",
}  # fmt: skip


def sums(home: Path) -> int:
    """Votes of the state's counties that the new book has."""
    votes = tables.load("county_votes", home / "data" / "mine")
    mine = votes[(votes["state"] == STATE) & (votes["year"] == YEAR)]
    return int(mine["dem"].sum())


# --- columns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "head",
    [
        "fips,county,state,dem,rep,total",
        "FIPS,Dem,Rep",
        "GEOID,county_name,democrat,republican,total_votes",
        "county_fips,votes_dem,votes_rep,votes_total",
        "county fips,County Name,Votes Dem,Votes Rep,Total Votes",
        "state,county,DEMOCRATIC,REPUBLICAN,OTHER",
    ],
)
def test_plain_headers_are_votes(home: Path, head: str) -> None:
    row = {"fips": "13001", "county": "Appling", "state": "GA", "dem": "14", "rep": "15"}
    row |= {"other": "1", "total": "30"}
    words = {"democrat": "dem", "republican": "rep", "geoid": "fips", "total": "total"}
    names = [lines.letters(c) for c in head.split(",")]
    ours = [
        next((w for k, w in {**words, **{n: n for n in row}}.items() if k in n), "") for n in names
    ]
    assert len(set(ours)) == len(ours)
    (home / "plain.csv").write_text(head + "\n" + ",".join(row[n] for n in ours) + "\n")
    assert formats.recognise(home / "plain.csv", "votes").id == "tidy_votes"
    read = votes_of(home, home / "plain.csv").iloc[0]
    assert (read["dem"], read["rep"], read["state"], read["county"]) == (
        "14",
        "15",
        "GA",
        "Appling",
    )


@pytest.mark.parametrize("without", [["state"], ["state", "county", "year", "other", "total"]])
@pytest.mark.parametrize("named", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_a_file_that_lacks_columns_makes_a_book(
    home: Path, without: list[str], named: bool
) -> None:
    frame = good().drop(columns=without)
    columns = {n: THEIRS[n] for n in frame.columns} if named else {}
    votes = written(frame.rename(columns=columns), home / "votes.csv")
    equipment = written(machines()[["fips", "touchscreen"]], home / "machines.csv")
    maps = {"votes.csv": columns} if named else None
    new.create(told(home, votes, equipment, states=[], focus=STATE, columns=maps))
    assert sums(home) == good()["dem"].astype(int).sum()
    assert not [f for f in check.problems(scenario.load("mine")) if f.severity == "error"]


@pytest.mark.parametrize("lost", [n for n in THEIRS if n not in ("dem", "rep")])
def test_each_optional_column_may_be_missing(home: Path, lost: str) -> None:
    frame = good().drop(columns=lost).head(3)
    columns = {n: THEIRS[n] for n in frame.columns}
    written(frame.rename(columns=columns), home / "votes.csv")
    read = votes_of(home, home / "votes.csv", columns={"votes.csv": columns})
    assert read["dem"].tolist() == frame["dem"].tolist()
    assert set(read["state"]) == {STATE}
    assert set(read["year"]) == {YEAR}


def test_two_columns_that_may_be_one_party_are_named(home: Path) -> None:
    (home / "two.csv").write_text("fips,dem,votes_dem,rep\n13001,0.4,14,15\n")
    with pytest.raises(InputError, match="dem and votes_dem"):
        votes_of(home, home / "two.csv")
    (row,) = votes_of(home, home / "two.csv", columns={"two.csv": {
        "fips": "fips", "dem": "votes_dem", "rep": "rep"}}).to_dict("records")  # fmt: skip
    assert row["dem"] == "14"


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"votes.csv": {"fips": "fips", "democ": "dem", "rep": "rep"}}, "'democ'.*dem, "),
        ({"votes.csv": {"zzz": "dem"}}, "Valid names: .*county, .*total"),
        ({"votes.csv": {"fips": "fips", "dem": "dem", "rep": "DEM"}}, "is dem and rep"),
        ({"vots.csv": {"dem": "dem"}}, "not given.*Did you mean 'votes.csv'"),
    ],
)
def test_a_column_map_that_means_nothing_is_refused(
    home: Path, columns: dict[str, dict[str, str]], says: str
) -> None:
    written(good(), home / "votes.csv")
    with pytest.raises(InputError, match=says):
        votes_of(home, home / "votes.csv", columns=columns)


def test_one_name_for_two_columns_is_refused() -> None:
    with pytest.raises(InputError, match="two columns for dem"):
        column_maps(["votes.csv:dem=A,rep=B", "votes.csv:dem=C"])


# --- contests --------------------------------------------------------------------------------------

SENATE = (
    "state_po,county_name,county_fips,precinct,office,special,stage,candidate,party_simplified,mode,votes,year\n"
    "GA,Appling,13001,1,US SENATE,FALSE,GEN,Ash,DEMOCRAT,TOTAL,14,2020\n"
    "GA,Appling,13001,1,US SENATE,FALSE,GEN,Birch,REPUBLICAN,TOTAL,15,2020\n"
    "GA,Appling,13001,1,US SENATE,TRUE,GEN,Oak,DEMOCRAT,TOTAL,100,2020\n"
    "GA,Appling,13001,1,US SENATE,TRUE,GEN,Elm,REPUBLICAN,TOTAL,200,2020\n"
    "GA,Appling,13001,1,US SENATE,TRUE,RUNOFF,Oak,DEMOCRAT,TOTAL,1000,2020\n"
    "GA,Appling,13001,1,US SENATE,TRUE,RUNOFF,Elm,REPUBLICAN,TOTAL,2000,2020\n"
    "GA,Appling,13001,1,STATE SENATE,FALSE,GEN,Fir,DEMOCRAT,TOTAL,7,2020\n"
    "GA,Appling,13001,1,STATE SENATE,FALSE,GEN,Yew,REPUBLICAN,TOTAL,7,2020\n"
)


@pytest.mark.parametrize(
    ("office", "expected"),
    [
        ("U.S. Senate", ("14", "15")),
        ("US Senate special", ("100", "200")),
        ("US SENATE SPECIAL RUNOFF", ("1000", "2000")),
        ("US Senator|US Senate", ("14", "15")),
    ],
)
def test_a_contest_is_matched_whole(home: Path, office: str, expected: tuple[str, str]) -> None:
    (home / "senate.csv").write_text(SENATE)
    (row,) = votes_of(home, home / "senate.csv", office=office).to_dict("records")
    assert (row["dem"], row["rep"]) == expected


@pytest.mark.parametrize("office", ["Senate", "US Senate|US Senate special"])
def test_contests_that_could_be_meant_are_named(home: Path, office: str) -> None:
    (home / "senate.csv").write_text(SENATE)
    with pytest.raises(InputError, match=r"US SENATE; .*US SENATE special") as error:
        votes_of(home, home / "senate.csv", office=office)
    assert "--office 'US SENATE'" in str(error.value)


# --- the commands ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["a" * 61, "data", "sweeps", "chapters", "a/b", "../x", "a\\b", ".hidden", "", "A", "a b"],
)
def test_a_name_that_cannot_be_a_book_s_is_refused(
    home: Path, typed: Callable[..., Done], name: str
) -> None:
    done = typed("new", name, "--year", "2020", "--focus", STATE)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "at most 60 small letters" in done.stderr
    assert not list((home / "scenarios").iterdir())


def test_a_name_with_a_leading_dash_is_refused(typed: Callable[..., Done]) -> None:
    assert typed("new", "-x", "--year", "2020").returncode == 2
    assert typed("new", "--year", "2020", "--", "-x").returncode == 2


def test_the_version_is_told(typed: Callable[..., Done]) -> None:
    done = typed("--version")
    assert done.returncode == 0
    assert done.stdout == f"sevenpercent {version('sevenpercent')}\n"


def test_no_cell_of_a_table_is_a_formula(tmp_path: Path) -> None:
    frame = pd.DataFrame({"place": ["=1+1", "@SUM(A1)", "Ash"], "value": [-1.5, 2.0, None]})
    table.write(tmp_path, frame, frame, "")
    assert (tmp_path / "results.csv").read_text().splitlines() == [
        "place,value",
        "'=1+1,-1.5",
        "'@SUM(A1),2.0",
        "Ash,",
    ]


def test_the_numbers_of_a_book_hold_no_formula(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"key": ["a"], "label": ["=HYPERLINK(1)"], "value": [-1.0]})
    monkeypatch.setattr(build, "_rows", lambda folder, chapter: rows)
    monkeypatch.setattr(numbers, "table", lambda frame: frame)
    run = SimpleNamespace(folder=lambda name: tmp_path)
    chosen = SimpleNamespace(chapters=["gap"], id="mine")
    build.write_results(chosen, run, Results(), tmp_path / "out")  # type: ignore[arg-type]
    for name in ("numbers.csv", "numbers/gap.csv"):
        assert (tmp_path / "out" / name).read_text() == "key,label,value\na,'=HYPERLINK(1),-1.0\n"


# --- machines as people write them -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "with_", "without", "share"),
    [
        ("touch", "Direct Recording Electronic (DRE)", "Optical Scan", 1.0),
        ("touch", "DRE", "Paper ballots", 1.0),
        ("touch", "1", "0", 1.0),
        ("touch_pct", "40", "0", 0.4),
        ("touch", "40 %", "0 %", 0.4),
    ],
)
def test_each_machine_is_shown_with_what_it_becomes(
    home: Path, column: str, with_: str, without: str, share: float
) -> None:
    frame = machines()
    frame[column] = frame.pop("touchscreen").map({"1": with_, "0": without})
    votes, equipment = written(good(), home / "votes.csv"), written(frame, home / "machines.csv")
    maps = {"machines.csv": {"fips": "fips", "touch": column}}
    made = new.create(told(home, votes, equipment, columns=maps))
    held = tables.load("county_equipment", home / "data" / "mine")["value"]
    assert set(held) == {0.0, share}
    told_ = new.machines_seen(made)
    assert any(f"'{with_}'" in line and f"is {share:g}, " in line for line in told_)
    assert any(f"'{without}'" in line and "is 0, without" in line for line in told_)


def test_a_kind_of_machine_that_is_not_known_is_named(home: Path) -> None:
    frame = machines().assign(touchscreen="Ballot Marking Device")
    with pytest.raises(InputError, match=r"row 2, column 'touchscreen', value 'Ballot Marking"):
        new.create(told(home, written(good(), home / "votes.csv"), written(frame, home / "m.csv"),
                        columns={"m.csv": {"fips": "fips", "touchscreen": "touchscreen"}}))  # fmt: skip


@pytest.mark.parametrize(
    ("printed", "share"), [("5e-05", 5e-05), ("1.0", 1.0), (".25", 0.25), ("yes", 1.0), ("N", 0.0)]
)
def test_a_share_is_read_in_any_writing(printed: str, share: float) -> None:
    assert meaning(printed) == share


THREE = [
    (office, name, party, votes)
    for office, pair in (("UNITED STATES SENATOR", "AB"), ("GOVERNOR", "GH"), ("PRESIDENT", "CT"))
    for name, party, votes in ((pair[0] * 3, "Democratic", "14"), (pair[1] * 3, "Republican", "15"))
]


@pytest.mark.parametrize("header", ["Race Title", "What it was about"])
def test_contests_are_never_added_whatever_their_column_is_called(home: Path, header: str) -> None:
    rows = good()[["county"]].merge(
        pd.DataFrame(THREE, columns=[header, "Name", "Party", "Votes"]), how="cross"
    )
    rows = rows.rename(columns={"county": "Jurisdiction", "Name": "Candidate"})
    votes = written(rows, home / "votes.csv")
    equipment = written(machines()[["fips", "touchscreen"]], home / "machines.csv")
    given = told(home, votes, equipment, office="UNITED STATES SENATOR", dem="AAA", rep="BBB")
    given.files, given.votes = [votes], []
    new.create(given)
    assert sums(home) == 14 * len(good())
    plain = rows.drop(columns=header)
    with pytest.raises(InputError, match="3 Democratic candidates, and no column says") as error:
        votes_of(home, written(plain, home / "plain.csv"), office="UNITED STATES SENATOR")
    assert error.value.row == 2


@pytest.mark.parametrize("size", ["inf", "nan", "400", "1e300"])
def test_a_size_that_is_none_is_refused(home: Path, typed: Callable[..., Done], size: str) -> None:
    done = typed("new", "mine", "--year", "2020", "--focus", STATE, "--claimed", size)
    assert done.returncode == 2
    assert "at most 100" in done.stderr
    assert not list((home / "scenarios").iterdir())
