"""A new book from files of one's own: formats by content, tables, and every injected defect named."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import jupytext
import openpyxl
import pandas as pd
import pytest
from conftest import few

from sevenpercent import claims, paths
from sevenpercent.data import tables
from sevenpercent.data.readers import formats
from sevenpercent.data.rules.base import Finding
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.own import answers, check, make, new
from sevenpercent.own.request import Request
from sevenpercent.study import cells, magics

STATE, YEAR, PRIOR = "GA", 2020, 2016


def good() -> pd.DataFrame:
    """Votes of a state as a careful clerk would write them, one line a county."""
    votes = tables.load("county_votes")
    own = votes[(votes["state"] == STATE) & (votes["year"] == YEAR) & votes["best"]]
    own = own[["fips", "state", "county", "year", "dem", "rep", "other", "total"]]
    return own.astype(str).reset_index(drop=True)


def machines() -> pd.DataFrame:
    own = good()[["fips", "state", "county"]]
    return own.assign(touchscreen=[str(int(i % 3 == 0)) for i in range(len(own))])


def written(frame: pd.DataFrame, path: Path, encoding: str = "utf-8") -> Path:
    path.write_bytes(frame.to_csv(index=False).encode(encoding))
    return path


def told(home: Path, files: Path, equipment: Path, **more: object) -> Request:
    given = Request(
        name="mine",
        year=YEAR,
        states=[STATE],
        dem="A. Ash",
        rep="B. Birch",
        claimed=4.0,
        votes=[files],
        equipment=[equipment],
        columns={equipment.name: {"fips": "fips", "touchscreen": "touchscreen"}},
    )
    maps = more.pop("columns", None)
    if isinstance(maps, dict):
        given.columns = {**given.columns, **maps} if maps else {}
    for name, value in more.items():
        setattr(given, name, value)
    return given


def book(home: Path, frame: pd.DataFrame, encoding: str = "utf-8", **more: object) -> None:
    votes = written(frame, home / "votes.csv", encoding)
    equipment = written(machines(), home / "machines.csv")
    new.create(told(home, votes, equipment, **more))


def found(rule: str, **wanted: object) -> list[Finding]:
    """Findings of a rule about the new book's files, limited to some of their facts."""
    every = check.problems(scenario.load("mine"))
    return [
        f
        for f in every
        if f.rule == rule and all(str(getattr(f, k)) == str(v) for k, v in wanted.items())
    ]


# --- good data ------------------------------------------------------------------------------


def test_good_data_makes_a_scenario_and_its_tables(home: Path) -> None:
    book(home, good())
    made = scenario.load("mine")
    assert made.declared == made.declaration
    assert made.nation is False
    assert made.places == [STATE]
    own = tables.loader(made.tables.folder)
    votes = own("county_votes")
    now = votes[(votes["state"] == STATE) & (votes["year"] == YEAR)]
    assert now["dem"].sum() == good()["dem"].astype(int).sum()
    assert len(own("county_equipment")) == len(good())
    text = (home / "scenarios" / "mine.yml").read_text(encoding="utf-8")
    assert "# " in text
    assert "checksum" in text


def test_good_data_has_no_errors(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(home, good())
    assert check.check("mine") == 0
    assert "0 errors" in capsys.readouterr().out


def test_a_changed_design_shows_in_the_checksum(home: Path) -> None:
    book(home, good())
    path = home / "scenarios" / "mine.yml"
    path.write_text(path.read_text().replace("percent: 4.0", "percent: 9.0"))
    changed = found("declaration")
    assert changed[0].value != changed[0].expected


@pytest.mark.slow
def test_a_file_without_minor_parties_is_no_error(home: Path) -> None:
    book(home, good().drop(columns="other"))
    assert not found("fractional_or_negative")
    votes = tables.load("county_votes", home / "data" / "mine")
    mine = votes[(votes["state"] == STATE) & (votes["year"] == YEAR)]
    assert mine["other"].sum() == good()["other"].astype(int).sum()


@pytest.mark.slow
def test_a_corrected_file_is_read_again(home: Path) -> None:
    frame = good()
    frame.loc[3, "dem"] = "-5"
    book(home, frame)
    assert found("fractional_or_negative")
    written(good(), home / "votes.csv")
    assert not found("fractional_or_negative")


# --- defects, each injected into the good data --------------------------------------------------

AT = 40
"""Row of the frame that is spoiled; its line in the file is two more."""


def cell(column: str, value: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def spoil(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[AT, column] = value
        return frame

    return spoil


def lost_zeros(frame: pd.DataFrame) -> pd.DataFrame:
    alabama = tables.load("county_votes")
    own = alabama[(alabama["state"] == "AL") & (alabama["year"] == YEAR) & alabama["best"]].head(3)
    own = own[list(frame.columns)].astype(str).assign(fips=lambda f: f["fips"].str.lstrip("0"))
    return pd.concat([frame, own], ignore_index=True)


def swapped(frame: pd.DataFrame) -> pd.DataFrame:
    share = frame["dem"].astype(float) / frame["total"].astype(float)
    at = int((share - 0.15).abs().to_numpy().argmin())
    frame.loc[at, ["dem", "rep"]] = frame.loc[at, ["rep", "dem"]].to_numpy()
    return frame


def thousands(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[frame.index == AT, "dem"] = f"{int(frame['dem'].tolist()[AT]):,}"
    return frame


def total_row(frame: pd.DataFrame) -> pd.DataFrame:
    counts = frame[["dem", "rep", "other", "total"]].astype(int).sum().astype(str)
    last = {**dict.fromkeys(frame.columns, ""), **counts, "state": STATE, "year": str(YEAR)}
    return pd.concat([frame, pd.DataFrame([{**last, "county": "Total"}])], ignore_index=True)


def doubled(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, frame.loc[[AT]]], ignore_index=True)


def misspelt(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.drop(columns="fips")
    frame.loc[frame.index == AT, "county"] = frame["county"] + "xq"
    return frame


DEFECTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str, dict[str, object]]] = {
    "missing place": (lambda f: f.drop(index=AT), "missing_places", {}),
    "doubled place": (doubled, "keys_unique", {"row": 161}),
    "lost zero": (lost_zeros, "fips_valid", {"value": "1001"}),
    "decimal code": (cell("fips", good()["fips"][AT] + ".0"), "fips_valid", {"row": AT + 2}),
    "thousands": (thousands, "fractional_or_negative", {"row": AT + 2, "column": "dem"}),
    "negative": (cell("rep", "-12"), "fractional_or_negative", {"row": AT + 2, "value": "-12"}),
    "fraction": (cell("rep", "12.5"), "fractional_or_negative", {"row": AT + 2, "value": "12.5"}),
    "text": (cell("dem", "12x"), "fractional_or_negative", {"row": AT + 2, "value": "12x"}),
    "parts exceed": (cell("total", "10"), "parts_exceed_total", {"row": AT + 2}),
    "swapped parties": (swapped, "party_swap", {}),
    "total row": (total_row, "total_row_among_data", {"row": 161}),
    "unmatched name": (misspelt, "unmatched_keys", {"row": AT + 2, "column": "county"}),
    "unknown code": (cell("fips", "13998"), "fips_valid", {"row": AT + 2}),
}


@pytest.mark.parametrize("name", few(3, DEFECTS))
def test_a_defect_is_named_with_its_place(home: Path, name: str) -> None:
    spoil, rule, facts = DEFECTS[name]
    book(home, spoil(good()))
    hits = found(rule, **facts)
    assert hits, [f.shown() for f in check.problems(scenario.load("mine"))]
    hit = hits[0]
    assert hit.source == "votes.csv"
    assert hit.message
    assert hit.fix
    # The place: a line of the file, or the county's code where the line is what is missing.
    place = good()["fips"][AT]
    assert hit.row is not None or place in hit.key
    if name == "swapped parties":
        assert hit.expected.replace(",", "").split()[0] in set(good()["rep"]) | set(good()["dem"])
    if name == "unmatched name":
        assert good()["county"][AT] in hit.fix


@pytest.mark.slow
def test_windows_text_and_byte_order_marks_are_told(home: Path) -> None:
    frame = good()
    frame.loc[AT, "county"] = "Peña"
    book(home, frame, encoding="cp1252")
    assert found("text_encoding", value="cp1252")
    votes = tables.load("county_votes_printed", home / "data" / "mine")
    assert "Peña" in set(votes["county"])
    written(good(), home / "votes.csv", encoding="utf-8-sig")
    assert found("text_encoding", value="byte order mark")


def test_a_treatment_without_variation_cannot_be_tested(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    votes = written(good(), home / "votes.csv")
    equipment = written(machines().assign(touchscreen="1"), home / "machines.csv")
    new.create(told(home, votes, equipment))
    hit = found("no_variation")[0]
    assert "cannot be tested" in hit.message
    assert check.check("mine") == 0  # the book says it itself
    assert "cannot be tested" in capsys.readouterr().out


@pytest.mark.slow
def test_too_few_units_are_named(home: Path) -> None:
    votes = written(good(), home / "votes.csv")
    few = machines().assign(touchscreen="0")
    few.loc[[3, 30, 60], "touchscreen"] = "1"
    new.create(told(home, votes, written(few, home / "machines.csv")))
    assert found("too_few_units", key=STATE, value=3)


@pytest.mark.slow
def test_a_size_that_no_design_can_see_is_named(home: Path) -> None:
    book(home, good(), claimed=0.05)
    hit = found("no_power", key="designs.sizes.claimed")[0]
    assert float(hit.expected.split()[0]) > 0.05
    book_again = told(home, home / "votes.csv", home / "machines.csv", claimed=20.0)
    new.create(book_again, force=True)
    assert not found("no_power", key="designs.sizes.claimed")


@pytest.mark.slow
def test_a_certified_total_that_is_missed_is_named(home: Path) -> None:
    sums = good()[["dem", "rep", "total"]].astype(int).sum()
    right = pd.DataFrame([{"place": STATE, "year": YEAR, **sums}])
    file = written(right.assign(dem=right["dem"] + 7), home / "certified.csv")
    book(home, good(), certified=[file])
    hit = found("certified_totals", column="dem")[0]
    assert hit.key.startswith(STATE)
    assert "-7" in hit.message
    written(right, file)
    assert not found("certified_totals")


def test_strict_and_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book(home, good().drop(index=AT))
    assert check.check("mine") == 0
    assert check.check("mine", strict=True) == 1
    capsys.readouterr()
    assert check.check("mine", json=True) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["warnings"] >= 1
    assert body["exit_code"] == 0
    assert {"row", "column", "value", "expected", "fix", "source"} <= set(body["findings"][0])


# --- nothing is written when something is wrong ---------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"focus": "ZZ", "states": ["ZZ"]}, "unknown state"),
        ({"dem": ""}, "--dem"),
        ({"year": 2028, "votes": []}, "no county votes of 2028"),
        ({"harmed": "grn"}, "dem or rep"),
        ({"votes": [Path("nowhere.csv")]}, "no such file"),
        ({"machines": ["bmd"]}, "NAME=make:TEXT"),
        ({"focus": "US"}, "only one state has"),
    ],
)
def test_a_mistake_is_one_message_and_writes_nothing(
    home: Path, more: dict[str, object], says: str
) -> None:
    votes = written(good().drop(columns="year"), home / "votes.csv")
    equipment = written(machines(), home / "machines.csv")
    given = told(home, votes, equipment, **more)
    if votes in given.votes:
        names = ("fips", "state", "county", "dem", "rep", "total")
        given.columns["votes.csv"] = {n: n for n in names}
    with pytest.raises(InputError, match=says):
        new.create(given)
    assert not list((home / "scenarios").iterdir())
    assert not (home / "data").exists()


def test_an_unknown_layout_says_what_it_found(home: Path) -> None:
    file = written(pd.DataFrame({"place": ["x"], "blue": ["1"], "red": ["2"]}), home / "odd.csv")
    with pytest.raises(InputError, match="layout is not known") as error:
        formats.recognise(file, "votes")
    assert "blue" in str(error.value)
    assert "--columns" in str(error.value)


def test_a_second_book_of_the_name_needs_force(home: Path) -> None:
    book(home, good())
    with pytest.raises(InputError, match="exists"):
        book(home, good())


# --- formats by content ---------------------------------------------------------------------------


def votes_of(home: Path, file: Path, **more: object) -> pd.DataFrame:
    given = answers.inputs(told(home, file, written(machines(), home / "machines.csv"), **more))[0]
    return make.read([given], YEAR).frames["county_votes_printed"]


def test_precincts_with_modes_totals_and_straight_party_rows(home: Path) -> None:
    head = "year,state_po,county_name,county_fips,precinct,office,party_simplified,mode,votes,candidate"
    rows = [
        "2020,GA,Appling,13001,1,STRAIGHT PARTY,DEMOCRAT,ELECTION DAY,900,",
        "2020,GA,Appling,13001,1,US PRESIDENT,DEMOCRAT,ELECTION DAY,10,ASH",
        "2020,GA,Appling,13001,1,US PRESIDENT,DEMOCRAT,ABSENTEE,5,ASH",
        "2020,GA,Appling,13001,1,US PRESIDENT,DEMOCRAT,TOTAL,15,ASH",
        "2020,GA,Appling,13001,2,US PRESIDENT,DEMOCRAT,ELECTION DAY,7,ASH",
        "2020,GA,Appling,13001,2,US PRESIDENT,OTHER,ELECTION DAY,1,ASH",
        "2020,GA,Appling,13001,2,US PRESIDENT,REPUBLICAN,ELECTION DAY,20,BIRCH",
        "2020,GA,Appling,13001,2,US PRESIDENT,,ELECTION DAY,3,UNDERVOTES",
        "2020,GA,Appling,13001,2,US PRESIDENT,LIBERTARIAN,ELECTION DAY,2,CEDAR",
        "2020,GA,Appling,13001,2,PRESIDENT OF THE COUNCIL,DEMOCRAT,ELECTION DAY,99,OAK",
    ]
    inside = "\n".join([head, *rows]) + "\n"
    file = home / "2020-ga-precinct.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("2020-ga.csv", inside.encode("latin-1"))
    assert formats.recognise(file, "votes").id == "medsl_precinct"
    row = votes_of(home, file).fillna("").iloc[0]
    # 15 once although modes and total stand there, 7, and the vote on another party's line.
    assert (row["dem"], row["rep"], row["other"], row["total"]) == ("23", "20", "2", "45")
    assert row["row"] == 3


def test_totals_and_headings_among_towns_are_left_out_and_told(home: Path) -> None:
    lines = ["county,town,office,party,candidate,votes"]
    counties = {"Appling": [(10, 20), (5, 6)], "Bacon": [(7, 8), (1, 2)]}
    for county, towns in counties.items():
        towns_ = [("Appling" if i else "Oak", v) for i, v in enumerate(towns)]
        sums = tuple(map(sum, zip(*towns, strict=True)))
        for town, (d, r) in [*towns_, ("TOTALS", sums)]:
            lines += [
                f"{county},{town},President,D,Ash,{d}",
                f"{county},{town},President,R,Birch,{r}",
            ]
    # A summary of the state that was filed under its last county.
    lines += ['Bacon,Bacon County,President,D,Ash,"Ash, d"', "Bacon,Appling,President,D,Elm,"]
    lines += ["Bacon,Elm,President,D,Ash,3", "Bacon,Elm,President,R,Birch,1"]
    file = home / "20201103__ga__general__town.csv"
    text = "\n".join(lines)
    # Town "Appling" of Bacon County is no county total: its votes are its own.
    file.write_text(text + "\n", encoding="utf-8")
    rows = votes_of(home, file).set_index("county")
    assert rows["dem"].to_dict() == {"Appling": "15", "Bacon": "11"}
    repeated = (
        "\nBacon,Appling County,President,D,Ash,15\nBacon,Appling County,President,R,Birch,26\n"
    )
    file.write_text(text + repeated, encoding="utf-8")
    assert votes_of(home, file).set_index("county")["dem"].to_dict() == rows["dem"].to_dict()
    given = answers.inputs(told(home, file, written(machines(), home / "machines.csv")))[0]
    made = make.read([given], YEAR)
    told_ = {f.value: f.row for f in made.findings if f.rule == "total_row_among_data"}
    assert told_ == {"Ash, d": 14, "TOTALS": 6, "Appling County": 18}


@pytest.mark.parametrize(
    ("name", "text", "form", "expected"),
    [
        (
            "20201103__ga__general__precinct.csv",
            "county,precinct,office,district,party,candidate,votes\n"
            "Appling,1,President,,Democratic,Ash,10\nAppling,2,President,,Democratic,Ash,4\n"
            "Appling,2,President,,Republican,Birch,9\nAppling,2,U.S. Senate,,Republican,Elm,99\n",
            "openelections",
            ("14", "9", "", "23"),
        ),
        (
            "countypres.csv",
            "year,state,state_po,county_name,county_fips,office,candidate,party,candidatevotes,totalvotes,version,mode\n"
            "2020,GEORGIA,GA,APPLING,13001.0,US PRESIDENT,ASH,DEMOCRAT,6,30,1,ABSENTEE\n"
            "2020,GEORGIA,GA,APPLING,13001.0,US PRESIDENT,ASH,DEMOCRAT,8,30,1,ELECTION DAY\n"
            "2020,GEORGIA,GA,APPLING,13001.0,US PRESIDENT,BIRCH,REPUBLICAN,15,30,1,ELECTION DAY\n"
            "2020,GEORGIA,GA,APPLING,13001.0,US PRESIDENT,CEDAR,GREEN,1,30,1,ELECTION DAY\n",
            "medsl_county",
            ("14", "15", "1", "30"),
        ),
        (
            "2024_US_County_Level_Presidential_Results.csv",
            "state_name,county_fips,county_name,votes_gop,votes_dem,total_votes,diff\n"
            "Georgia,13001,Appling County,15,14,30,1\n",
            "tonmcg_2020",
            ("14", "15", "", "30"),
        ),
        (
            "US_County_2016.csv",
            ",votes_dem,votes_gop,total_votes,state_abbr,county_name,combined_fips\n"
            "0,14.0,15.0,30.0,GA,Appling County,13001\n",
            "tonmcg_2016",
            ("14.0", "15.0", "", "30.0"),
        ),
        (
            "US_County_08-16.csv",
            "fips_code,county,total_2012,dem_2012,gop_2012,oth_2012,total_2016,dem_2016,gop_2016,oth_2016\n"
            "13001,Appling,30,14,15,1,31,13,17,1\n",
            "tonmcg_years",
            ("14", "15", "1", "30"),
        ),
        (
            "archive.csv",
            "county_fips,county,year,office,district,party,candidate,votes,total_votes\n"
            "55001,ADAMS,2020,PRESIDENT,0,DEMOCRATIC,ASH,14,30\n"
            "55001,ADAMS,2020,PRESIDENT,0,REPUBLICAN,BIRCH,15,30\n"
            "55001,ADAMS,2020,PRESIDENT,0,GREEN,CEDAR,1,30\n",
            "wec_archive",
            ("14", "15", "1", "30"),
        ),
        (
            "titled.tsv",
            "Certified results\n\nfips\tstate\tcounty\tyear\tdem\trep\tother\ttotal\n"
            "13001\tGA\tAppling\t2020\t14\t15\t1\t30\n",
            "tidy_votes",
            ("14", "15", "1", "30"),
        ),
    ],
)
def test_published_layouts_are_recognised(
    home: Path, name: str, text: str, form: str, expected: tuple[str, ...]
) -> None:
    file = home / name
    file.write_text(text, encoding="utf-8")
    assert formats.recognise(file, "votes").id == form
    row = votes_of(home, file).iloc[0]
    assert tuple(row[n] or "" for n in ("dem", "rep", "other", "total")) == expected


def test_a_file_of_ones_own_by_its_columns(home: Path) -> None:
    frame = pd.DataFrame({"GEOID": ["13001"], "Blue": ["14"], "Red": ["15"], "All": ["30"]})
    columns = {"fips": "GEOID", "dem": "Blue", "rep": "Red", "total": "All"}
    kinds: dict[str, Callable[[Path], object]] = {
        "own.csv": lambda p: frame.to_csv(p, index=False),
        "own.xlsx": lambda p: _workbook(frame, p),
        "own.parquet": lambda p: frame.to_parquet(p),
    }
    for name, write in kinds.items():
        write(home / name)
        row = votes_of(home, home / name, columns={name: columns}).iloc[0]
        assert (row["fips_printed"], row["dem"], row["total"]) == ("13001", "14", "30"), name
    with pytest.raises(InputError, match="Did you mean 'GEOID'"):
        votes_of(home, home / "own.csv", columns={"own.csv": {**columns, "fips": "GEOIDS"}})


def _workbook(frame: pd.DataFrame, path: Path) -> None:
    book_ = openpyxl.Workbook()
    sheet = book_.active
    assert sheet is not None
    sheet.append(["A title above"])
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        sheet.append([int(x) if x.isdigit() else x for x in row])
    book_.save(path)


def test_candidates_by_name_where_lines_have_no_party(home: Path) -> None:
    file = home / "named.csv"
    file.write_text('county,who,n\nAppling,Ann Ash,14\nAppling,"Birch, Bo",15\nAppling,Cedar,1\n')
    columns = {"county": "county", "candidate": "who", "votes": "n"}
    row = votes_of(home, file, columns={"named.csv": columns}, dem="Ash", rep="Bo Birch").iloc[0]
    assert (row["dem"], row["rep"], row["other"]) == ("14", "15", "1")


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["2016", "2020"])
def test_equipment_exports_of_every_year(home: Path, layout: str) -> None:
    heads = {
        "2016": "fips_code,state,county,division,jurisdiction_type,equip_type,make,model,pp_std,pp_acc",
        "2020": "Search Results: 2020 \n\nFIPS code,State,County,Jurisdiction,Jurisdiction Type,"
        "Make,Model,Equipment Type,VVPAT,Polling Place,Accessible Use,Early Voting",
    }
    lines = {
        "2016": "{fips}00000,GA,{county},,County,{kind},{make},M,TRUE,",
        "2020": "{fips}00000,Georgia,{county},{county} County,County,{make},M,{kind},No,Yes,No,No",
    }
    rows = [
        lines[layout].format(
            fips=r.fips,
            county=r.county,
            kind="DRE-Touchscreen" if i % 3 == 0 else "Optical Scan",
            make="Oakwood" if i % 2 else "Elmwood",
        )
        for i, r in enumerate(good().itertuples())
    ]
    file = home / "verifier.csv"
    file.write_text(heads[layout] + "\n" + "\n".join(rows) + "\n")
    votes = written(good(), home / "votes.csv")
    given = told(home, votes, file, columns={})
    new.create(given)
    own = tables.load("county_equipment", home / "data" / "mine")
    assert own.loc[own["reading"] == "any_dre_vv", "value"].sum() == 53
    given = told(home, votes, file, columns={}, machines=["oak=make:Oakwood"])
    new.create(given, force=True)
    made = scenario.load("mine")
    assert list(made.treatment.readings) == ["oak"]
    own = tables.load("county_equipment", home / "data" / "mine")
    assert own["value"].sum() == 79
    either = told(home, votes, file, columns={}, machines=["wood=make:oakwood | ELMWOOD"])
    new.create(either, force=True)
    assert (tables.load("county_equipment", home / "data" / "mine")["value"] == 1).all()
    with pytest.raises(InputError, match="Did you mean 'Oakwood'"):
        new.create(told(home, votes, file, columns={}, machines=["oak=make:Okwood"]), force=True)


# --- what a new book says of itself -----------------------------------------------------------------


@pytest.mark.slow
def test_a_size_that_nobody_claimed_is_called_an_exercise(home: Path) -> None:
    book(home, good())
    ledger = claims.load(home / "scenarios" / "mine" / "claims.yml")
    assert [c.id for c in ledger] == scenario.load("mine").headline
    assert all("exercise" in c.who and c.said_on is None for c in ledger)
    assert scenario.load("mine").claim.who == ""
    new.create(
        told(
            home, home / "votes.csv", home / "machines.csv", who="A. Nyone", reported="2020-12-01"
        ),
        force=True,
    )
    ledger = claims.load(home / "scenarios" / "mine" / "claims.yml")
    assert {c.who for c in ledger} == {"A. Nyone"}
    assert {str(c.said_on) for c in ledger} == {"2020-12-01"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "outcome"), [("points", "level_two_party"), ("percent", "log_ratio")]
)
def test_verdicts_of_a_new_book_rest_on_numbers_that_it_has(
    home: Path, unit: str, outcome: str
) -> None:
    book(home, good(), unit=unit)
    made = scenario.load("mine")
    load = tables.loader(made.tables.folder)
    known = cells.run("gap", made, load, lambda name: Results()).results.merged(
        cells.run("designs", made, load, lambda name: Results()).results
    )
    ledger = claims.load(home / "scenarios" / "mine" / "claims.yml")
    assert any(outcome in key for key in ledger.keys)
    for claim in ledger:
        found_ = claims.verdict(claim, known)
        assert found_.final is not claims.Word.NOT_YET_TESTED, found_.missing
        assert "nan" not in found_.evidence
        witnesses = f"{found_.counts} {found_.paper}"  # printed in lines of their own
        reasons = (found_.because, found_.because.capitalize())
        assert found_.because == witnesses or any(r in found_.evidence for r in reasons)
        assert not set("{}") & set(found_.evidence)


@pytest.mark.slow
def test_the_year_of_an_older_list_of_machines_is_told(home: Path) -> None:
    votes = written(good(), home / "votes.csv")
    older = written(machines(), home / "machines-2018.csv")
    new.create(told(home, votes, older))
    assert scenario.load("mine").listed == 2018
    assert found("out_of_date", value="2018", expected=str(YEAR))
    same = written(machines(), home / f"machines-{YEAR}.csv")
    new.create(told(home, votes, same), force=True)
    assert scenario.load("mine").listed is None


def test_files_of_other_places_are_no_business_of_the_book(home: Path) -> None:
    votes = tables.load("county_votes")
    other = votes[(votes["state"] == "AL") & (votes["year"] == YEAR) & votes["best"]]
    other = other[list(good().columns)].astype(str)
    other.loc[other.index[5], "dem"] = str(9 * int(other["dem"].iloc[5]))
    book(home, pd.concat([good(), other], ignore_index=True))
    assert not [f for f in check.problems(scenario.load("mine")) if "AL" in f.message]


def test_where_machines_do_not_differ_the_rest_of_the_book_stands(home: Path) -> None:
    votes = written(good(), home / "votes.csv")
    new.create(told(home, votes, written(machines().assign(touchscreen="0"), home / "m.csv")))
    made = scenario.load("mine")
    assert {"index", "data"} <= set(made.chapters)
    assert not {"gap", "controls", "designs", "claims"} & set(made.chapters)
    assert "no county" in made.left_out["gap"]
    page = first_page(made)
    assert (
        "**This cannot be tested by the counties of Georgia**: no county there has the machines."
        in page
    )
    left = next(line for line in page.splitlines() if "because no county there has" in line)
    assert {"claims", "controls", "designs", "gap"} <= {*re.findall(r"\w+", left)}
    for never in ("differs by", "What speaks against", "All together", "Not yet tested", "{", "??"):
        assert never not in page
    assert "No claim is judged in this book" in page


def first_page(made: scenario.Scenario) -> str:
    """All that the cells of the first page say, for a book without chapters before it."""
    load = tables.loader(made.tables.folder)
    done = cells.run("index", made, load, lambda name: Results()).variables
    values = magics.values_of(done["study"], done)
    said = [
        magics.paragraph(done["study"], "", c.source.partition("\n")[2], values)
        for c in jupytext.read(paths.CHAPTERS / "index.md").cells
        if c.source.startswith("%%say")
    ]
    return "\n\n".join(said)


def test_a_book_of_ones_own_examines_its_own_files(home: Path) -> None:
    spoiled = good()
    spoiled.loc[AT, "dem"] = "-5"
    book(home, spoiled)
    made = scenario.load("mine")
    made_of = cells.run("data", made, tables.loader(made.tables.folder), lambda name: Results())
    asked = made_of.variables["asked"].set_index("rule")
    assert asked["errors"]["fractional_or_negative"] == 1
    assert made_of.results["data.rules.errors"].value == asked["errors"].sum()
    assert set(made_of.variables["found"]["source"]) == {"votes.csv"}
    assert "wi_units" not in set(made_of.variables["sources"]["table"])


def test_machines_are_named_by_a_label(home: Path) -> None:
    assert answers.readings(["bmd=type:Marking+label:ballot markers"]) == {
        "bmd": {"type": "Marking", "label": "ballot markers"}
    }
    with pytest.raises(InputError, match="NAME=make:TEXT"):
        answers.readings(["bmd=label:only"])


def of_two(counties: int | None = None) -> pd.DataFrame:
    """Two kinds of machines, in different counties."""
    own = good().head(counties) if counties else good()
    kinds = [("oakwood", 0), ("elmtree", 1)]
    rows = [
        (fips, name, int(i % 3 == rest))
        for i, fips in enumerate(own["fips"])
        for name, rest in kinds
    ]
    return pd.DataFrame(rows, columns=["fips", "reading", "value"])


def test_different_machines_are_no_meanings_of_one_word(home: Path) -> None:
    votes, list_ = written(good(), home / "votes.csv"), written(of_two(), home / "two.csv")
    new.create(told(home, votes, list_, columns={}))
    made = scenario.load("mine")
    assert made.treatment.several
    words = {n: made.treatment.said("electronic", n) for n in made.treatment.readings}
    assert words == {"oakwood": "oakwood machines", "elmtree": "elmtree machines"}
    other = next(n for n in words if n != made.treatment.primary)
    changed = scenario.load("mine", {"treatment.primary": other})
    assert changed.treatment.said("adjective") == other
    assert made.designs is not None
    assert not [v for v in made.designs.counties.neighbours.values() if v.treatment]
    said = {c.id: c.paraphrase for c in claims.load(paths.ROOT / str(made.claims))}
    assert other not in " ".join(said.values())


def test_a_narrow_meaning_is_no_other_machine(home: Path) -> None:
    own = good()
    rows = [
        (fips, name, int(i % every == 0))
        for i, fips in enumerate(own["fips"])
        for name, every in (("only", 6), ("any", 2))
    ]
    list_ = written(pd.DataFrame(rows, columns=["fips", "reading", "value"]), home / "two.csv")
    new.create(told(home, written(own, home / "votes.csv"), list_, columns={}))
    assert not scenario.load("mine").treatment.several


@pytest.mark.slow
@pytest.mark.parametrize("counties", [8, 12])
def test_a_book_of_few_counties_has_all_its_pages(home: Path, counties: int) -> None:
    frame = good().head(counties)
    votes, list_ = written(frame, home / "votes.csv"), written(of_two(counties), home / "two.csv")
    new.create(told(home, votes, list_, columns={}))
    draws = ("redraw.draws", "multiverse.joint.draws", "sensitivity.draws")
    made = scenario.load("mine", dict.fromkeys(draws, 99))
    load = tables.loader(made.tables.folder)
    wanted = ("gap", "controls", "multiverse", "designs")
    assert set(wanted) <= set(made.chapters)
    for name in wanted:
        found = cells.run(name, made, load, lambda _: Results(), magics.spoken)
        assert found.said


def test_the_state_is_taken_from_the_name_of_the_file(home: Path) -> None:
    assert answers.named_state([Path("20161108__nh__general__president__town.csv")]) == "NH"
    assert answers.named_state([Path("votes.csv")]) == ""
    assert (
        answers.named_state([Path("20161108__nh__general.csv"), Path("20161108__vt__x.csv")]) == ""
    )


# --- elections of strangers ---------------------------------------------------------------------


def ready(state: str, home: Path) -> tuple[pd.DataFrame, Path]:
    """Votes of a state in 2020, and a list of machines in it."""
    votes = tables.load("county_votes")
    own = votes[(votes["state"] == state) & (votes["year"] == YEAR) & votes["best"]]
    own = own[["fips", "state", "county", "year", "dem", "rep", "total"]].astype(str)
    own = own.reset_index(drop=True)
    listed = own[["fips"]].assign(touchscreen=[str(int(i % 2)) for i in range(len(own))])
    return own, written(listed, home / "machines.csv")


def of_state(home: Path, state: str, votes: pd.DataFrame, equipment: Path) -> list[Finding]:
    file = written(votes, home / "votes.csv")
    new.create(told(home, file, equipment, states=[state], focus=state), force=True)
    return check.problems(scenario.load("mine"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "written_as"),
    [
        ("VA", lambda n: n.upper() if n.endswith(" city") else f"{n.upper()} COUNTY"),
        ("MD", lambda n: n.replace("'", "\u2019")),
        ("LA", lambda n: n.replace("St.", "Saint").replace("LaSalle", "La Salle") + " Parish"),
        ("MO", lambda n: n.replace("Ste.", "Sainte").replace("St.", "SAINT")),
        ("IL", lambda n: n.replace("LaSalle", "La Salle").replace("DeKalb", "De Kalb")),
        ("NM", lambda n: n.replace("\u00f1", "n")),
    ],
)
def test_counties_are_found_by_name_however_it_is_written(
    home: Path, state: str, written_as: Callable[[str], str]
) -> None:
    own, equipment = ready(state, home)
    file = own.assign(county=own["county"].map(written_as)).drop(columns="fips")
    assert not [f for f in of_state(home, state, file, equipment) if f.severity == "error"]
    votes = tables.load("county_votes", home / "data" / "mine")
    now = votes[(votes["state"] == state) & (votes["year"] == YEAR) & votes["best"]]
    assert set(now["fips"]) == set(own["fips"])
    assert now["dem"].sum() == own["dem"].astype(int).sum()


def test_units_that_are_no_counties_make_an_honest_book(home: Path) -> None:
    codes = [f"09{n}0" for n in range(11, 20)]
    file = pd.DataFrame({"fips": codes, "state": "CT", "county": "Region", "year": str(YEAR)})
    file = file.assign(dem=[str(900 + i) for i in range(9)], rep="800", total="2000")
    listed = pd.DataFrame({"fips": codes, "touchscreen": [str(i % 2) for i in range(9)]})
    found_ = of_state(home, "CT", file, written(listed, home / "machines.csv"))
    assert any(f.rule == "cannot_be_tested" and "same places" in f.message for f in found_)
    made = scenario.load("mine")
    assert {"index", "data"} <= set(made.chapters)
    assert "same places" in made.left_out["gap"]


def test_two_rows_of_a_header_tell_equal_names_apart(home: Path) -> None:
    book_ = openpyxl.Workbook()
    sheet = book_.active
    assert sheet is not None
    above: list[list[object]] = [
        ["Certified results"],
        ["", "Democratic", "", "Republican", "", ""],
    ]
    above += [["County", "Early", "Total", "Early", "Total", "Ballots"]]
    for line in [*above, ["Appling", 4, 14, 5, 15, 30]]:
        sheet.append(line)
    book_.save(home / "two.xlsx")
    columns = {"county": "County", "dem": "Democratic Total", "rep": "Republican Total"}
    row = votes_of(home, home / "two.xlsx", columns={"two.xlsx": columns}).iloc[0]
    assert (row["dem"], row["rep"]) == ("14", "15")


def test_names_that_stand_twice_can_be_told_by_their_order(home: Path) -> None:
    file = home / "twice.csv"
    file.write_text("County,Total,Total,All\nAppling,14,15,30\n", encoding="utf-8")
    columns = {"county": "County", "dem": "Total", "rep": "Total_", "total": "All"}
    row = votes_of(home, file, columns={"twice.csv": columns}).iloc[0]
    assert (row["dem"], row["rep"]) == ("14", "15")


def test_thousands_separators_everywhere_are_a_way_of_writing(home: Path) -> None:
    frame = good()
    for name in ("dem", "rep", "other", "total"):
        frame[name] = frame[name].astype(int).map("{:,}".format)
    book(home, frame)
    notes = check.problems(scenario.load("mine"))
    assert {(f.rule, f.severity) for f in notes} == {("fractional_or_negative", "note")}
    votes = tables.load("county_votes", home / "data" / "mine")
    mine = votes[(votes["state"] == STATE) & (votes["year"] == YEAR)].set_index("fips")
    assert mine["dem"].to_dict() == good().set_index("fips")["dem"].astype(int).to_dict()


def test_another_office_by_its_name(home: Path) -> None:
    file = home / "senate.csv"
    file.write_text(
        "county,office,party,candidate,votes\n"
        "Appling,U.S. Senate,DEM,Ash,14\nAppling,U.S. Senate,REP,Birch,15\n"
        "Appling,State Senate,DEM,Oak,9\nAppling,State Senate,REP,Elm,9\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="--office"):
        votes_of(home, file)
    row = votes_of(home, file, office="U.S. Senate").iloc[0]
    assert (row["dem"], row["rep"]) == ("14", "15")


@pytest.mark.slow
@pytest.mark.parametrize(
    "writing", ["plain", "bom", "cp1252", "crlf", "blank", "shuffled", "upper"]
)
@pytest.mark.parametrize("form", ["medsl_county", "openelections", "tonmcg_2020", "tidy_votes"])
def test_a_layout_is_recognised_in_any_writing(home: Path, form: str, writing: str) -> None:
    layouts: dict[str, tuple[str, list[dict[str, str]]]] = {
        "medsl_county": (
            "countypres.csv",
            [
                {"year": "2020", "state_po": "NM", "county_name": "Doña Ana", "county_fips": "35013",
                 "office": "US PRESIDENT", "candidate": c, "party": p, "candidatevotes": v,
                 "totalvotes": "30"}
                for c, p, v in (("ASH", "DEMOCRAT", "14"), ("BIRCH", "REPUBLICAN", "16"))
            ],
        ),
        "openelections": (
            "20201103__nm__general__county.csv",
            [
                {"county": "Doña Ana", "office": "President", "party": p, "candidate": c, "votes": v}
                for c, p, v in (("Ash", "DEM", "14"), ("Birch", "REP", "16"))
            ],
        ),
        "tonmcg_2020": (
            "2020_results.csv",
            [{"state_name": "New Mexico", "county_fips": "35013", "county_name": "Doña Ana County",
              "votes_gop": "16", "votes_dem": "14", "total_votes": "30"}],
        ),
        "tidy_votes": (
            "tidy.csv",
            [{"fips": "35013", "state": "NM", "county": "Doña Ana", "year": "2020", "dem": "14",
              "rep": "16", "other": "0", "total": "30"}],
        ),
    }  # fmt: skip
    name, rows = layouts[form]
    frame = pd.DataFrame(rows)
    if writing == "shuffled":
        frame = frame[list(reversed(frame.columns))]
    if writing == "upper":
        frame.columns = [c.upper() for c in frame.columns]
    text = frame.to_csv(index=False, lineterminator="\r\n" if writing == "crlf" else "\n")
    if writing == "blank":
        text += "\n\n" + "," * (len(frame.columns) - 1) + "\n"
    encoding = {"bom": "utf-8-sig", "cp1252": "cp1252"}.get(writing, "utf-8")
    (home / name).write_bytes(text.encode(encoding))
    assert formats.recognise(home / name, "votes").id == form
    made = votes_of(home, home / name)
    assert len(made) == 1
    row = made.iloc[0]
    assert (row["dem"], row["rep"], row["total"]) == ("14", "16", "30")
    assert row["county"].startswith("Doña Ana")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "no header"),
        (b"fips,state,county,year,dem,rep,other,total\n", "no rows of votes"),
    ],
)
def test_a_file_that_holds_nothing_is_one_message(home: Path, content: bytes, says: str) -> None:
    (home / "votes.csv").write_bytes(content)
    with pytest.raises(InputError, match=says):
        votes_of(home, home / "votes.csv")


def test_names_of_candidates_serve_where_the_column_of_parties_is_empty(home: Path) -> None:
    file = home / "20201103__ga__general__county.csv"
    file.write_text(
        "county,office,party,candidate,votes\n"
        "Appling,President,,Ann Ash,14\nAppling,President,,Bo Birch,15\n",
        encoding="utf-8",
    )
    row = votes_of(home, file, dem="Ash", rep="Birch").iloc[0]
    assert (row["dem"], row["rep"]) == ("14", "15")
    with pytest.raises(InputError, match="--dem NAME"):
        votes_of(home, file, dem="Oak", rep="Elm")


def test_a_state_board_s_precincts(home: Path) -> None:
    file = home / "results_pct_20201103.txt"
    head = [
        "County",
        "Precinct",
        "Contest Name",
        "Choice",
        "Choice Party",
        "Election Day",
        "Total Votes",
    ]
    rows = [["APPLE", "01", "US PRESIDENT", "A. Ash", "DEM", "3", "14"],
            ["APPLE", "01", "US PRESIDENT", "B. Birch", "REP", "4", "15"],
            ["APPLE", "01", "NC SENATE DISTRICT 1", "Oak", "DEM", "4", "99"]]  # fmt: skip
    file.write_text("\n".join("\t".join(r) for r in [head, *rows]) + "\n", encoding="utf-8")
    assert formats.recognise(file, "votes").id == "nc_precinct"
    row = votes_of(home, file).iloc[0]
    assert (row["state"], row["dem"], row["rep"], row["total"]) == ("NC", "14", "15", "29")


def test_each_kind_of_file_gets_its_own_advice(home: Path) -> None:
    file = written(pd.DataFrame({"place": ["x"], "blue": ["1"]}), home / "odd.csv")
    with pytest.raises(InputError, match=r"odd.csv:fips=GEOID,NAME="):
        formats.recognise(file, "equipment")


@pytest.mark.slow
def test_parties_exchanged_in_every_county_are_told(home: Path) -> None:
    book(home, good().rename(columns={"dem": "rep", "rep": "dem"}))
    hit = found("party_swap", key=f"{STATE} {YEAR}")[0]
    assert "columns are exchanged" in hit.message
    assert hit.row == 2
    written(good(), home / "votes.csv")
    assert not found("party_swap")


def test_an_empty_cell_of_votes_is_named(home: Path) -> None:
    frame = good()
    frame.loc[AT, "dem"] = ""
    book(home, frame)
    assert found("missing_places", row=AT + 2, column="dem")


def test_a_state_after_a_comma_and_no_column_of_states(home: Path) -> None:
    frame = good().drop(columns=["fips", "state"])
    frame["county"] += " County, Georgia"
    book(home, frame)
    assert not [f for f in check.problems(scenario.load("mine")) if f.severity == "error"]


def test_lines_that_cannot_be_used_are_one_message(home: Path) -> None:
    frame = good()
    frame["rep"] = "n" + frame["rep"]
    with pytest.raises(InputError, match="no line of GA in 2028 names a county"):
        book(home, frame.assign(year="2028"), year=2028, prior_year=2020)


@pytest.mark.slow
def test_a_round_difference_among_many_is_no_slip_of_a_digit(home: Path) -> None:
    frame = good()
    large = int(frame["dem"].astype(int).to_numpy().argmax())
    slip = frame.copy()
    slip.loc[large, ["dem", "total"]] = [str(int(slip[c][large]) - 1000) for c in ("dem", "total")]
    book(home, slip)
    assert [f.severity for f in found("sources_disagree") if "mistyped" in f.message] == ["error"]
    less = (slip["dem"].astype(int) * 0.92).astype(int).astype(str)
    moved = slip.assign(dem=slip["dem"].where(slip.index % 3 > 0, less))
    moved.loc[large] = slip.loc[large]
    written(moved.drop(columns="total"), home / "votes.csv")
    every = found("sources_disagree")
    assert every
    assert not [f for f in every if f.severity == "error"]


def test_a_line_that_names_no_place_that_is_known_is_told_plainly(home: Path) -> None:
    frame = good()
    for column, value in (("fips", ""), ("state", ""), ("county", "Xyzzy"), ("dem", "")):
        frame.loc[AT, column] = value
    book(home, frame)
    every = [f.message for f in check.problems(scenario.load("mine")) if f.row == AT + 2]
    assert every
    assert not [m for m in every if ", :" in m or m.startswith(",") or ", has" in m]


def test_braces_in_names_of_files_and_columns_are_letters(home: Path) -> None:
    wide = good()
    wide.loc[3, "dem"] = "12.5"
    wide = pd.concat([wide, wide.loc[[5]]]).rename(columns={"dem": "Ash {votes} {{7*7}}"})
    votes = written(wide, home / "v {final} {0}.csv")
    same = {name: name for name in ("fips", "state", "county", "year", "rep", "other", "total")}
    columns = {votes.name: {**same, "dem": "Ash {votes} {{7*7}}"}}
    new.create(told(home, votes, written(machines(), home / "machines.csv"), columns=columns))
    (odd,) = found("fractional_or_negative")
    assert (odd.source, odd.column, odd.value) == (votes.name, "Ash {votes} {{7*7}}", "12.5")
    (twice,) = found("keys_unique")
    assert (twice.source, twice.value) == (votes.name, "2 rows")


def test_braces_in_the_name_of_a_column_of_candidates_are_letters(home: Path) -> None:
    names = {"dem": "A. Ash", "rep": "B. Birch"}
    long = good().melt(
        ["fips", "state", "county", "year"], list(names), "candidate", "Count {county}"
    )
    long["candidate"] = long["candidate"].map(names)
    long.loc[3, "Count {county}"] = "12.5"
    same = {name: name for name in ("fips", "state", "county", "year", "candidate")}
    columns = {"votes.csv": {**same, "votes": "Count {county}"}}
    book(home, long, columns=columns)
    odd = {(f.column, f.value) for f in found("fractional_or_negative")}
    assert ("Count {county}", "12.5") in odd
