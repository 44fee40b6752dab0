from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sevenpercent.data.readers import county_equipment as ce
from sevenpercent.data.readers.wi_municipalities import corrected_codes, dose, earlier_votes
from sevenpercent.errors import InputError

DRE, SCAN, PAPER = "DRE-Touchscreen", "Optical Scan", "Hand Counted Paper Ballots"


def records(*rows: tuple[str, str | None, str, bool, int]) -> pd.DataFrame:
    """Rows of (place code, division, type, polling place, registration)."""
    out = pd.DataFrame(
        rows, columns=["place_code", "division", "type", "polling_place", "registration"]
    )
    out["fips"] = out["place_code"].str[:5]
    out["polling_place"] = out["polling_place"].astype("boolean")
    out["registration"] = out["registration"].astype("Int64")
    out["vvpat"] = ["Yes" if kind == DRE else "N/A" for kind in out["type"]]
    return out


NATION = records(
    ("0100000000", None, DRE, True, 999),
    ("0100100000", None, DRE, True, 100),
    ("0100300000", None, DRE, True, 100),
    ("0100300000", None, SCAN, True, 100),
    ("0100500000", None, DRE, False, 100),
    ("0100500000", None, SCAN, False, 100),
    ("0100700001", "North", DRE, True, 30),
    ("0100700002", "South", PAPER, True, 90),
    ("0155500000", "Metropolis", DRE, True, 50),
    ("0166600000", "Ghost", DRE, True, 0),
)
BOARDS = {"0155500000": "01005", "0166600000": "01001"}


def test_readings_of_the_nation() -> None:
    rows = ce.counties_only(NATION, {}, list(BOARDS))
    assert ce.any_dre(rows).to_dict() == {"01001": 1, "01003": 1, "01005": 0, "01007": 1}
    assert ce.dre_only(rows).to_dict() == {"01001": 1, "01003": 0, "01005": 0, "01007": 0}
    share = ce.dre_share_registration(rows).to_dict()
    assert share == {"01001": 1, "01003": 1, "01005": 0, "01007": 0.25}
    assert ce.vvpat(rows).to_dict() == {"01001": 1, "01003": 1, "01007": 1}
    assert ce.vvpat(rows.assign(vvpat="No"))["01001"] == 0


def test_city_boards_join_their_county_unless_idle() -> None:
    rows = ce.fold(NATION, {"01003": "01999"}, BOARDS)
    assert ce.any_dre(rows).to_dict() == {"01001": 1, "01005": 1, "01007": 1, "01999": 1}
    assert ce.dre_share_registration(rows)["01005"] == pytest.approx(1 / 3)
    assert "Ghost" not in rows["division"].tolist()


def test_a_recoded_district_is_a_county() -> None:
    rows = ce.fold(records(("1100000000", None, SCAN, True, 5)), {"11000": "11001"}, {})
    assert ce.any_dre(rows).to_dict() == {"11001": 0}


def test_dre_goes_only_where_list_and_ballots_deny_it() -> None:
    codes = pd.DataFrame(
        {"hindi": ["1", "2", "3"], "place_code": ["0100700001", "0100100000", "0100300000"]}
    )
    equipment = pd.DataFrame({"hindi": ["1", "2", "3"], "any_dre": [False, False, True]})
    ballots = pd.DataFrame({"hindi": ["1", "2", "3"], "ballots_dre": [0, 7, 0]})
    listed = ce._Listed(equipment, ballots, codes, {})
    kept = ce.any_dre(ce.drop_unconfirmed(NATION, listed))
    assert kept["01007"] == 0
    assert kept["01001"] == 1
    assert kept["01003"] == 1


def test_hand_coding(tmp_path: Path) -> None:
    path = tmp_path / "coded.csv"
    path.write_text("county,paper\nst-croix,0\ndane,1\n")
    assert ce.hand_coding(path, "county", "paper") == {"STCROIX": 1.0, "DANE": 0.0}
    path.write_text("county,paper\ndane,2\n")
    with pytest.raises(InputError, match="row 2"):
        ce.hand_coding(path, "county", "paper")


def test_dose() -> None:
    places = pd.DataFrame(
        {
            "any_dre": [True, False, True, True, None],
            "ballots_total": [100, 100, None, 10, 100],
            "ballots_paper": [60, 60, None, 20, 60],
            "ballots_scan": [0, 0, None, 0, 0],
            "ballots_dre": [40, 40, None, 60, 40],
            "ballots_automark": [0, 0, None, 0, 0],
        }
    )
    out = dose(places)
    assert out.tolist()[:2] == [0.4, 0.0]
    assert out.isna().tolist() == [False, False, True, False, True]
    assert out[3] == 0.75


def test_no_earlier_vote_is_lost() -> None:
    now = pd.DataFrame(
        {
            "fips": ["55001"] * 3,
            "county": ["Adams"] * 3,
            "municipality": ["VILLAGE OF MAINE", "TOWN OF OMA", "VILLAGE OF OMA"],
        }
    )
    report = pd.DataFrame(
        {
            "county": ["ADAMS", "ADAMS"],
            "municipality": ["TOWN OF MAINE", "TOWN OF OMA"],
            "A": [3, 4],
            "B": [5, 6],
            "C": [1, 0],
        }
    )
    carved = [{"county": "ADAMS", "municipality": "VILLAGE OF OMA", "of": "TOWN OF OMA"}]
    out = earlier_votes(now, report, {"A": "dem", "B": "rep"}, carved)
    assert out["dem_2012"].tolist()[:2] == [3, 4]
    assert out["total_2012"].sum() == 19
    assert out["municipality_2012"].tolist() == ["TOWN OF MAINE", "TOWN OF OMA", "TOWN OF OMA"]
    with pytest.raises(InputError, match="no single successor"):
        earlier_votes(now[1:], report, {"A": "dem", "B": "rep"}, carved)


def test_two_places_cannot_share_a_code() -> None:
    places = pd.DataFrame({"fips": ["55001", "55001"], "municipality": ["TOWN OF A", "TOWN OF B"]})
    codes = pd.Series(["5500100001", "5500100001"])
    known = {"5500100001", "5500100002"}
    with pytest.raises(InputError, match="one census code"):
        corrected_codes(places, codes, {}, known)
    out = corrected_codes(places, codes, {"55001": {"TOWN OF B": "00002"}}, known)
    assert out.tolist() == ["5500100001", "5500100002"]
