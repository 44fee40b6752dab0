from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from sevenpercent.data.readers import (
    places,
    wec_equipment,
    wec_wards,
    wi_lists,
    wi_units,
)
from sevenpercent.errors import InputError

MACHINES = [{"find": "-Edge", "make": "Sequoia", "model": "AVC Edge"}]
LIST = [
    ["County", "Municipality", "Optical/Digital Scan Tabulator", "Accessible Voting Equipment"],
    ["ADAMS COUNTY - 01", "CITY OF ADAMS - 01201", "Optech- Eagle", "ES&S Automark"],
    ["ADAMS COUNTY - 01", "TOWN OF COLBURN - 01006", "None ", "Dominion/Command Central-Edge"],
    [
        "COLUMBIA COUNTY - 11",
        "CITY OF DELLS - MAIN - 11291",
        "DS200",
        "Dominion/Command Central-Edge",
    ],
    ["Grand Total", "", "3", ""],
    ["", "", "", ""],
]


def csv_file(path: Path, *rows: list[str]) -> Path:
    lines = (",".join(f'"{cell}"' for cell in row) for row in rows)
    path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    return path


def test_names_agree_however_they_are_printed() -> None:
    assert places.unit_key("ST. CROIX COUNTY", "TOWN OF  TROY Wards 1 - 3, 5") == (
        places.unit_key("St. Croix ", "Town of Troy WARD 1-3,5")
    )
    assert places.county_key("fond-du-lac") == places.county_key("FOND DU LAC COUNTY - 20")
    assert places.county_key("Saint Croix") == places.county_key("st-croix")
    assert places.kind_and_name("village of De Soto") == ("village", "DE SOTO")
    with pytest.raises(InputError):
        places.kind_and_name("Adams")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_equipment_list_leaves_totals_out(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"list.{kind}"
    if kind == "csv":
        csv_file(path, *LIST)
    else:
        book = openpyxl.Workbook()
        pivot = book.active
        assert pivot is not None
        pivot.append(["Row Labels", "Count"])
        sheet = book.create_sheet("Sheet1")
        for row in [["a title"], [], *LIST]:
            sheet.append(row)
        book.save(path)
    out = wec_equipment.read(path, MACHINES)
    assert out["hindi"].tolist() == ["01201", "01006", "11291"]
    assert out["municipality"].tolist() == ["CITY OF ADAMS", "TOWN OF COLBURN", "CITY OF DELLS"]
    assert out["main"].tolist() == [False, False, True]
    assert out["any_dre"].tolist() == [False, True, True]
    assert out["dre_no_scanner"].tolist() == [False, True, False]
    assert out["scanner"].isna().tolist() == [False, True, False]


def test_equipment_list_needs_its_header(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the list of equipment"):
        wec_equipment.read(csv_file(tmp_path / "list.csv", ["a", "b"]), MACHINES)
    (tmp_path / "list.xlsx").write_text("no workbook")
    with pytest.raises(InputError, match="not an Excel workbook"):
        wec_equipment.read(tmp_path / "list.xlsx", MACHINES)


def test_parts_of_a_city_use_the_machines_of_its_main_part(tmp_path: Path) -> None:
    equipment = wec_equipment.read(csv_file(tmp_path / "list.csv", *LIST), MACHINES)
    places = pd.DataFrame(
        {
            "county": ["Adams", "Adams", "Juneau", "Juneau"],
            "municipality": [
                "CITY OF DELLS",
                "VILLAGE OF COLBURN",
                "TOWN OF NOWHERE",
                "CITY OF ADAMS",
            ],
            "hindi": ["01291", "01006", "29999", "29001"],
        }
    )
    out = wi_lists.owner(places, equipment)
    assert out["found"].tolist()[:2] == ["main", "code"]
    assert out["any_dre"].tolist()[:2] == [True, True]
    assert out["found"].isna().tolist() == [False, False, True, False]


EL190 = ["HINDI", "County", "Municipality", "Reporting Unit", *wi_lists.COUNTS.values()]


def test_el190(tmp_path: Path) -> None:
    row = [
        "1002",
        "ADAMS COUNTY",
        "TOWN OF ADAMS",
        "Wards 1-3",
        "737",
        "623",
        "1,623",
        "623",
        "0",
        "",
        "0",
    ]
    out = wi_lists.read_ballots(csv_file(tmp_path / "el190.csv", EL190, row))
    assert out["key"].tolist() == ["ADAMS|TOWN OF ADAMS WARD 1-3"]
    assert out["hindi"].tolist() == ["01002"]
    assert out["ballots_total"].tolist() == [1623]
    assert out["ballots_dre"].isna().all()
    with pytest.raises(InputError, match="stands twice"):
        wi_lists.read_ballots(csv_file(tmp_path / "el190.csv", EL190, row, row))
    with pytest.raises(InputError, match=r"row 2, column 'Registrants', value '-5'"):
        wi_lists.read_ballots(csv_file(tmp_path / "el190.csv", EL190, [*row[:4], "-5", *row[5:]]))
    with pytest.raises(InputError, match="lacks a column"):
        wi_lists.read_ballots(csv_file(tmp_path / "el190.csv", EL190[:-1], row[:-1]))


COLUMNS = {
    "county": "County", "municipality": "Town", "name": "Unit", "count": "Count",
    "total": "All", "first": "A / a",
}  # fmt: skip
WARDS = ["County", "Town", "Unit", "Count", "All", "A / a", "B / b (write-in)"]


def test_ward_report(tmp_path: Path) -> None:
    rows = [
        ["ADAMS ", "TOWN OF ADAMS", "TOWN OF ADAMS Ward 1", "Original", "5", "2", "3"],
        ["ADAMS ", "TOWN OF ADAMS", "TOWN OF ADAMS Ward 1", "Recount", "6", "3", "3"],
    ]
    out = wec_wards.read_csv(csv_file(tmp_path / "w.csv", WARDS, *rows), COLUMNS)
    assert out["A / a"].tolist() == [2, 3]
    assert out["county"].tolist() == ["ADAMS", "ADAMS"]
    rows[0][4] = "7"
    with pytest.raises(InputError, match="add up to 5"):
        wec_wards.read_csv(csv_file(tmp_path / "w.csv", WARDS, *rows), COLUMNS)
    with pytest.raises(InputError, match="stands twice"):
        wec_wards.read_csv(csv_file(tmp_path / "w.csv", WARDS, rows[1], rows[1]), COLUMNS)


def workbook(path: Path, county_total: int) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Ward by Ward Report"],
        [" ", None, "Total Votes Cast", "REP", None, "DEM"],
        [None, None, None, "Ann Ames\nBob", None, "Cy Cole\nDi"],
        ["ADAMS ", "TOWN OF ADAMS Ward 1", 5, 2, None, 3],
        [None, "TOWN OF ROME Wards 1,2", 4, 4, None, 0],
        [None, "County Totals:", 9, county_total, None, 3],
        ["IRON ", "TOWN OF OMA Ward 1", 1, 0, None, 1],
        [None, "County Totals:", 1, 0, None, 1],
        ["Office Totals:", None, 10, 6, None, 4],
    ):
        sheet.append(row)
    book.save(path)
    return path


def test_ward_workbook_checks_its_totals(tmp_path: Path) -> None:
    out = wec_wards.read_workbook(workbook(tmp_path / "w.xlsx", 6))
    assert out["key"].tolist() == [
        "ADAMS|TOWN OF ADAMS WARD 1", "ADAMS|TOWN OF ROME WARD 1,2", "IRON|TOWN OF OMA WARD 1",
    ]  # fmt: skip
    assert out["Ann Ames"].tolist() == [2, 4, 0]
    assert out["row"].tolist() == [4, 5, 7]
    with pytest.raises(InputError, match=r"not the sum.*row 6"):
        wec_wards.read_workbook(workbook(tmp_path / "w.xlsx", 7))


def test_recount_methods(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "r.csv", ["ST. CROIX", "Hand Count"], ["DANE", "Mixed"])
    words = {"Hand Count": "hand", "Mixed": "mixed"}
    assert wi_units.planned(path, words) == {"STCROIX": "hand", "DANE": "mixed"}
    with pytest.raises(InputError, match="Unknown method"):
        wi_units.planned(path, {"Hand Count": "hand"})


def test_lookup_and_census_codes(tmp_path: Path) -> None:
    lookup = wi_lists.read_codes(
        csv_file(
            tmp_path / "l.csv",
            ["", "muni_county_2016", "hindi", "MCD_FIPS"],
            ["1", "CITY OF DELLS COLUMBIA", "11291", "5502188150"],
            ["2", "CITY OF DELLS COLUMBIA", "11291", "5502188150"],
            ["3", "CITY OF NONE", "11292", "NA"],
        )
    )
    assert lookup["hindi"].tolist() == ["11291", "11292"]
    head = ["MCD_FIPS", "hindi", *(name for name, _ in wi_lists.FIGURES.values())]
    rest = ["1", "20", "1", "2", "30", "40.5", "2", "5"]
    path = csv_file(
        tmp_path / "t.csv", head,
        ["5502188150", "11291", "10", *rest], ["5502188150", "11291", "10", *rest],
        ["5500188150", "NA", "4", "NA", *rest[1:]],
    )  # fmt: skip
    figures = wi_lists.read_figures(path)
    assert figures["population"].tolist() == [10, 4]
    assert figures["black"].tolist() == pytest.approx([0.2, 0.2])
    assert figures["white"].isna().tolist() == [False, True]
    places = pd.DataFrame(
        {
            "fips": ["55021", "55001"],
            "hindi": ["11291", "01291"],
            "municipality": ["CITY OF DELLS", "CITY OF DELLS"],
        }
    )
    listed = pd.DataFrame({"fips": [], "division": [], "place_code": []}, dtype="str")
    codes = wi_lists.match(places, figures, lookup, listed)
    assert codes.tolist() == ["5502188150", "5500188150"]


def test_precinct_release(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    text = (
        "jurisdiction,precinct,candidate,party,office,votes\n"
        "ADAMS,TOWN OF ADAMS Wards 1-3,José,democratic,US Senate,5\n"
        "ADAMS,TOWN OF ADAMS Wards 1-3,José,democratic,US Senate,2\n"
        "ADAMS,TOWN OF ADAMS Wards 1-3,SCATTERING,,US Senate,1\n"
        "ADAMS,TOWN OF ADAMS Wards 1-3,Other,,US House,9\n"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("p.csv", text.encode("latin-1"))
    out = wi_units.by_precinct(path, "US Senate")
    assert out["candidate"].tolist() == ["José", "SCATTERING"]
    assert out["votes"].tolist() == [7, 1]
    assert out["party"].isna().tolist() == [False, True]
    with pytest.raises(InputError, match="US House"):
        wi_units.by_precinct(path, "US Hous")
    path.write_text("no zip")
    with pytest.raises(InputError, match="not a whole zip"):
        wi_units.by_precinct(path, "US Senate")
