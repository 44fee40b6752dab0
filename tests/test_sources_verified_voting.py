from __future__ import annotations

from pathlib import Path

import pytest

from sevenpercent.data.readers.verified_voting import is_statewide, read
from sevenpercent.data.rules.equipment import is_dre
from sevenpercent.errors import InputError

POSTAL = {"01": "AL", "55": "WI", "02": "AK"}
HEADER = (
    "FIPS code,State,Jurisdiction,Division,Precincts,Total Registration,Make,Model,Equipment Type,"
    "VVPAT,Accessible Use,Early Voting,Absentee Ballots,Polling Place"
)
COUNTY = '100100000,Alabama,Autauga County,,17,"33,806",ES&S,AutoMARK,Ballot Marking Device,N/A,Yes,No,,Yes'
TOWN = "5500107300,Wisconsin,Adams Town,Big Flats,1,573,Sequoia,AVC Edge,DRE-Touchscreen,Yes,Yes,Yes,No,Yes"


def write(folder: Path, *lines: str, end: str = "\n") -> Path:
    path = folder / "export.csv"
    path.write_bytes(end.join(lines).encode())
    return path


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_ends(tmp_path: Path, end: str) -> None:
    out = read(write(tmp_path, HEADER, COUNTY, TOWN, "", end=end), "x", 2016, POSTAL)
    assert out["place_code"].tolist() == ["0100100000", "5500107300"]
    assert out["fips"].tolist() == ["01001", "55001"]
    assert out["state"].tolist() == ["AL", "WI"]
    assert out["county"].tolist() == ["Autauga", "Adams"]
    assert out["division"].isna().tolist() == [True, False]
    assert out["division"].iloc[1] == "Big Flats"
    assert out["row"].tolist() == [2, 3]
    assert out["registration"].tolist() == [33806, 573]
    assert out["vvpat"].tolist() == ["N/A", "Yes"]
    assert out["polling_place"].tolist() == [True, True]
    assert out["absentee"].isna().tolist() == [True, False]
    assert out["standard"].isna().all()


def test_title_row_and_trailing_comma(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "Search Results: 2020 ",
        "FIPS code,State,County,Jurisdiction,Jurisdiction Type,Make,Model,Equipment Type,VVPAT,"
        "Polling Place,Accessible Use,Early Voting,Absentee Ballots",
        '"0200000000","Alaska","","Alaska","State","Dominion","ICP","Optical Scan","N/A","Yes","No","No","No",',
        '"5500107300","Wisconsin","Adams","Big Flats","Town","Dominion","ICE","DRE-Dial","No","No","No","No","No",',
    )
    out = read(path, "x", 2020, POSTAL)
    assert out["row"].tolist() == [3, 4]
    assert out["county"].tolist() == ["Alaska", "Adams"]
    assert out["division"].iloc[1] == "Big Flats"
    assert out["polling_place"].tolist() == [True, False]
    assert out["registration"].isna().all()
    assert is_statewide(out["place_code"]).tolist() == [True, False]
    assert is_dre(out["type"]).tolist() == [False, True]


def test_ticked_uses_only(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "fips_code,state,county,division,equip_type,make,model,pp_std,pp_acc,ev_std,ev_acc,abs_ballots",
        "0100100000,AL,Autauga,,DRE-Touchscreen,ES&S,iVotronic,,TRUE,,TRUE,",
        "0100100000,AL,Autauga,,Optical Scan,ES&S,Model 650,,,,,TRUE",
    )
    out = read(path, "x", 2016, POSTAL)
    assert out["polling_place"].tolist() == [True, False]
    assert out["standard"].tolist() == [False, False]
    assert out["accessible"].tolist() == [True, False]
    assert out["early"].tolist() == [True, False]
    assert out["absentee"].tolist() == [False, True]
    assert out["vvpat"].isna().all()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["just text", "more text"], "no header with a FIPS code"),
        ([HEADER], "no rows"),
        ([HEADER.replace(",Make", ""), TOWN.replace("Sequoia,", "")], "lacks a column"),
        ([HEADER.replace(",Polling Place", ""), TOWN.removesuffix(",Yes")], "polling places"),
        ([HEADER, TOWN, TOWN.removesuffix(",Yes,No,Yes")], "row 3"),
        ([HEADER, TOWN.replace("5500107300", "5.5E+09")], "five or ten digits"),
        ([HEADER, TOWN.replace("5500107300", "9900107300")], "No state has this code"),
        ([HEADER, TOWN[:-3] + "perhaps"], "neither yes nor no"),
        ([HEADER, TOWN.replace(",573,", ",many,")], "not a whole number"),
    ],
)
def test_bad_exports_say_where(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(InputError, match=r"export\.csv") as error:
        read(write(tmp_path, *lines), "x", 2016, POSTAL)
    assert said in str(error.value)


def test_hybrid_records_votes_directly(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER, TOWN.replace("DRE-Touchscreen", "Hybrid Optical Scan/DRE"))
    assert is_dre(read(path, "x", 2016, POSTAL)["type"]).all()


def test_territories_are_left_out_and_no_state_is_told(tmp_path: Path) -> None:
    samoa = '6000000000,American Samoa,American Samoa,,17,"1",ES&S,DS200,Scanner,N/A,No,No,,Yes'
    assert read(write(tmp_path, HEADER, samoa, COUNTY), "x", 2020, POSTAL)["state"].tolist() == [
        "AL"
    ]
    nowhere = samoa.replace("6000000000", "9900000000")
    with pytest.raises(InputError, match="No state has this code"):
        read(write(tmp_path, HEADER, nowhere, COUNTY), "x", 2020, POSTAL)
