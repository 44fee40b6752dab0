"""Readers of county and state vote files, each on a few hand-made lines."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from sevenpercent.data.readers import county_votes, files, states, wec_wards
from sevenpercent.data.recipe import RawFiles, Source
from sevenpercent.errors import InputError

LONG = {"dem": ["democrat"], "rep": ["republican"]}


def saved(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    path.write_bytes(text.encode(encoding))
    return path


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(None if pd.isna(v) else v for v in r) for r in frame[list(columns)].to_numpy()]


PARTS = ("dem", "rep", "other", "total")


def printed(path: Path, **given: Any) -> pd.DataFrame:
    """Rows of one file as the table of printed votes has them, by line."""
    (path.parent / "states.csv").write_text("state,state_name\nOH,Ohio\nAL,Alabama\n")
    named = {"title": "", "agency": "", "licence": ""}
    raw = RawFiles([Source(id=n, file=n, **named) for n in ("states.csv", path.name)], path.parent)
    entry = {"source": "file", "file": path.name, **given}
    options = {"state_names": "states.csv", "read": [entry]}
    return county_votes.printed(raw, {}, options).sort_values(["year", "row"])


def columns(**ours: str) -> dict[str, Any]:
    """A file read by its column map."""
    return {"format": "columns", "columns": ours}


def test_read_table_keeps_strings_and_lines(tmp_path: Path) -> None:
    path = saved(tmp_path, '\ufeffcode,name,\n01,"a\nb",\n\n02, c ,\n')
    frame = files.read_table(path, ["code"])
    assert frame.code.tolist() == ["01", "02"]
    assert frame.name.tolist() == ["a\nb", "c"]
    assert frame.index.tolist() == [3, 5]


def test_read_table_takes_lone_carriage_returns(tmp_path: Path) -> None:
    assert files.read_table(saved(tmp_path, "a,b\r1,2\r3,4\r")).b.tolist() == ["2", "4"]


@pytest.mark.parametrize(
    ("text", "encoding", "message"),
    [
        ("", "utf-8", "empty"),
        ("cod,name\n", "utf-8", "Did you mean 'cod'"),
        ("code\n1,2\n", "utf-8", "More cells"),
        ("code\nDoña Ana\n", "latin-1", "not utf-8"),
    ],
)
def test_read_table_refuses(tmp_path: Path, text: str, encoding: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        files.read_table(saved(tmp_path, text, encoding), ["code"])


def test_numbers(tmp_path: Path) -> None:
    path = saved(tmp_path, 'v\n"1,234"\nNA\n-5.5\n')
    values = files.numbers(files.read_table(path).v, path)
    assert rows(values.to_frame(), "v") == [(1234,), (None,), (-5.5,)]
    path = saved(tmp_path, "v\n1\ntwo\n")
    with pytest.raises(InputError) as raised:
        files.numbers(files.read_table(path).v, path)
    assert (raised.value.row, raised.value.column, raised.value.value) == (3, "v", "two")


def test_medsl_county(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        "year,state,state_po,county,FIPS,candidate,party,candidatevotes,totalvotes\n"
        "2000,Ohio,OH,Adams,39001,A,democrat,10,35\n"
        "2000,Ohio,OH,Adams,39001,B,republican,20,35\n"
        "2000,Ohio,OH,Adams,39001,C,green,NA,35\n"
        "2000,Ohio,OH,Adams,39001,Other,NA,5,35\n"
        "2000,Ohio,NA,Overseas,NA,A,democrat,1,3\n"
        "2000,Ohio,NA,Overseas,NA,B,republican,2,3\n"
        "2000,Ohio,NA,Overseas,NA,Other,NA,NA,3\n",
    )
    frame = printed(path, format="medsl_county", columns={"state": "state"})
    assert rows(frame, "row", "fips_printed", "state", "county", *PARTS) == [
        (2, "39001", "OH", "Adams", 10, 20, 5, 35),
        (6, None, "OH", "Overseas", 1, 2, None, 3),
    ]


def test_medsl_context(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        "state,county,fips,obama12,romney12,clinton16,trump16,pop,pct\n"
        "Ohio,Adams,1001,3,4,5,4,1000,25\nOhio,B,1003,NA,1,2,1,NA,NA\n",
    )
    frame = printed(path, format="election_context")
    assert rows(frame, "row", "state", "year", "dem", "rep") == [
        (2, "OH", 2012, 3, 4),
        (3, "OH", 2012, None, 1),
        (2, "OH", 2016, 5, 4),
        (3, "OH", 2016, 2, 1),
    ]
    people = states.read_context_demographics(path, {"population": "pop", "college": "pct"})
    assert rows(people, "fips", "population", "college") == [
        ("01001", 1000, 25),
        ("01003", None, None),
    ]


STATE = (
    "year,state_po,candidate,party,candidatevotes\n"
    '2012,NY,"Doe, Jane",democrat,100\n'
    '2012,NY,"Doe, Jane",working families,40\n'
    '2012,NY,"Roe, Rick",republican,90\n'
    '2012,NY,"Rick, Roe",conservative,30\n'
    '2012,NY,"Roe, Rick",NA,NA\n'
    "2012,NY,NA,NA,7\n"
)


def test_medsl_state_adds_the_lines_of_a_candidate(tmp_path: Path) -> None:
    frame = states.read_state(saved(tmp_path, STATE), LONG)
    assert rows(frame, "year", "state", *PARTS) == [(2012, "NY", 140, 120, 7, 267)]


def test_medsl_state_candidates(tmp_path: Path) -> None:
    frame = states.read_state_candidates(saved(tmp_path, STATE))
    assert dict(zip(frame.candidate, frame.votes, strict=True)) == {
        "Doe, Jane": 140,
        "Rick, Roe": 30,
        "Roe, Rick": 90,
        "not named": 7,
    }


def test_medsl_state_needs_both_parties(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No line of the party 'rep'"):
        states.read_state(saved(tmp_path, "\n".join(STATE.splitlines()[:3])), LONG)


def test_usgs_atlas_keeps_what_is_printed(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        "year,state,county,fips,vote_rep,vote_dem,vote_oth,vote_total\n"
        "2008,HI,Kalawao County,15005,-9999,-9999,-9999,-9999\n2008,AK,District 1,AKL01,3,2,1,6\n",
    )
    counts = {"dem": "vote_dem", "rep": "vote_rep", "other": "vote_oth", "total": "vote_total"}
    given = columns(year="year", state="state", county="county", fips="fips", **counts)
    assert rows(printed(path, **given), "row", "fips_printed", "state", *PARTS) == [
        (2, "15005", "HI", -9999, -9999, -9999, -9999),
        (3, "AKL01", "AK", 2, 3, 1, 6),
    ]


def test_tonmcg(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        ",votes_dem,votes_gop,total_votes,diff,state_abbr,county_name,combined_fips\n"
        '0,93003.0,130413.5,246588.0,"37,410",AK,Alaska,2013\n',
    )
    frame = printed(path, format="tonmcg_2016", year=2016)
    assert rows(frame, "row", "fips_printed", "state", "county", "dem", "rep", "total") == [
        (2, "2013", "AK", "Alaska", 93003, 130413.5, 246588)
    ]
    path = saved(
        tmp_path,
        "state_name,county_fips,county_name,votes_gop,votes_dem,total_votes\n"
        "Alabama,01001,Autauga County,19838,7503,27770\n",
    )
    frame = printed(path, format="tonmcg_2020", year=2020)
    assert rows(frame, "fips_printed", "state", "year", "dem", "rep", "total") == [
        ("01001", "AL", 2020, 7503, 19838, 27770)
    ]


def test_openelections(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        "county,office,district,party,candidate,votes\n"
        "Adams,President,,REP,A,20\nAdams,President,,DEM,B,10\nAdams,President,,LIB,C,2\n"
        "Adams,President,,,Write-ins,1\nAdams,U.S. Senate,,DEM,D,99\n",
    )
    given = {"format": "openelections", "state": "PA", "year": 2012}
    frame = printed(path, **given)
    assert rows(frame, "row", "state", "year", "county", "dem", "rep", "other") == [
        (2, "PA", 2012, "Adams", 10, 20, 3)
    ]
    assert frame.total.isna().all()
    with pytest.raises(InputError, match="no contest is named 'Governor'"):
        printed(path, **given, office="Governor")


def test_wec_archive(tmp_path: Path) -> None:
    path = saved(
        tmp_path,
        "county_fips,county,year,office,district,party,candidate,votes,total_votes\n"
        "55001,ADAMS,2012,PRESIDENT,,DEMOCRATIC,B,10,33\n"
        "55001,ADAMS,2012,PRESIDENT,,REPUBLICAN,A,20,33\n"
        "55001,ADAMS,2012,PRESIDENT,,SCATTERING,S,3,33\n"
        "55001,ADAMS,2012,CONGRESS,6,DEMOCRATIC,D,99,99\n",
    )
    frame = printed(path, format="wec_archive", office="PRESIDENT")
    assert rows(frame, "row", "fips_printed", "state", "year", *PARTS) == [
        (2, "55001", "WI", 2012, 10, 20, 3, 33)
    ]


def test_elections_in_columns_of_their_own(tmp_path: Path) -> None:
    path = saved(tmp_path, "county,a,b,c,t,t12\nfond du lac,1,2,3,6,5\n")
    given = columns(county="county", dem="a", rep="b", total="t12")
    frame = printed(path, **given, state="WI", year=2012)
    assert rows(frame, "county", "year", *PARTS) == [("fond du lac", 2012, 1, 2, None, 5)]


def test_a_printed_count_that_is_no_number(tmp_path: Path) -> None:
    path = saved(tmp_path, "county,a,b\nAdams,1,2\nBrown,1,two\n")
    with pytest.raises(InputError) as raised:
        printed(path, **columns(county="county", dem="a", rep="b"), state="WI", year=2012)
    assert (raised.value.row, raised.value.column, raised.value.value) == (3, "b", "two")


def workbook(folder: Path, lines: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["Document map"])
    sheet = book.create_sheet("Report")
    for line in [
        ["Canvass"],
        [],
        ["", None, "Total Votes Cast", "REP", "DEM", "IND", "IND"],
        *lines,
    ]:
        sheet.append(line)
    book.save(folder / "book.xlsx")
    return folder / "book.xlsx"


WARDS: list[list[Any]] = [
    [None, None, None, "A", "B", "C", None],
    ["ADAMS ", "TOWN 1", 35, 20, 10, 5, None],
    [None, "TOWN 2", 3, 2, 1, None, None],
    [None, "County Totals:", 38, 22, 11, 5, None],
    ["BROWN", "TOWN 3", 1, 1, 0, 0, None],
    [None, "County Totals:", 1, 1, 0, 0, None],
    ["Office Totals:", None, 39, 23, 11, 5, None],
]
CODES = {"dem": ["DEM"], "rep": ["REP"]}


def test_wec_canvass_adds_wards_by_county(tmp_path: Path) -> None:
    frame = wec_wards.by_county(workbook(tmp_path, WARDS), CODES)
    assert rows(frame, "row", "county", *PARTS) == [
        (5, "ADAMS", 11, 22, 5, 38),
        (8, "BROWN", 0, 1, 0, 1),
    ]


@pytest.mark.parametrize("line", [3, 6])
def test_wec_canvass_compares_printed_totals(tmp_path: Path, line: int) -> None:
    wards = [list(ward) for ward in WARDS]
    wards[line][4] += 1
    with pytest.raises(InputError) as raised:
        wec_wards.by_county(workbook(tmp_path, wards), CODES)
    assert (raised.value.row, raised.value.column) == (4 + line, "B")


def test_wec_canvass_needs_a_report(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(InputError, match="No sheet"):
        wec_wards.by_county(tmp_path / "book.xlsx", CODES)
