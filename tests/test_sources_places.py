"""County codes and names, demographics, state tables and facts, on hand-made lines."""

from pathlib import Path

import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.data.readers import facts, places, states
from sevenpercent.data.recipe import RawFiles, Source
from sevenpercent.data.rules.base import fold
from sevenpercent.errors import InputError

GAZETTEER = (
    "USPS\tGEOID\tNAME\tALAND\tINTPTLAT\tINTPTLONG      \n"
    "NM\t35013\tDoña Ana County\t4000000\t32.3\t-106.8\n"
    "LA\t22059\tLaSalle Parish\t1500000\t31.7\t-92.2\n"
    "VA\t51159\tRichmond County\t2000000\t37.9\t-76.7\n"
    "VA\t51760\tRichmond city\t500000\t37.5\t-77.5\n"
    "PR\t72001\tAdjuntas Municipio\t1\t18.2\t-66.8\n"
)


def raw_files(folder: Path, **texts: str) -> RawFiles:
    sources = []
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="latin-1")
        named = {"title": "", "agency": "", "licence": ""}
        sources.append(Source(id=name, file=f"{name}.txt", **named))
    return RawFiles(sources, folder)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Saint Croix", "ST. CROIX COUNTY"),
        ("Doña Ana", "Dona Ana"),
        ("Lewis & Clark", "Lewis and Clark"),
        ("La Salle Parish", "LaSalle"),
        ("fond du lac", "Fond Du Lac"),
    ],
)
def test_names_that_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_city_and_county_stay_apart() -> None:
    assert fold("Richmond City") != fold("Richmond")


def test_gazetteer(tmp_path: Path) -> None:
    raw = raw_files(tmp_path, gazetteer=GAZETTEER)
    frame = places.read_gazetteer(raw.by_id("gazetteer"))
    assert frame.county.tolist()[:4] == ["Doña Ana", "LaSalle", "Richmond", "Richmond city"]
    assert frame.land_km2.tolist()[:2] == [4.0, 1.5]
    points = places.county_points(raw, {}, {"gazetteer": "gazetteer", "without": ["PR"]})
    assert points.fips.tolist() == ["35013", "22059", "51159", "51760"]
    assert points.lon.tolist()[0] == -106.8


def test_codes_by_name(tmp_path: Path) -> None:
    gazetteer = places.read_gazetteer(raw_files(tmp_path, gazetteer=GAZETTEER).by_id("gazetteer"))
    rows = pd.DataFrame(
        {"state": ["VA", "VA", "NM"], "county": ["RICHMOND CITY", "Richmond", "D. Ana"]}
    )
    codes = places.codes_by_name(rows, gazetteer, {"NM/D. Ana": "Doña Ana"}, "file")
    assert codes.tolist() == ["51760", "51159", "35013"]
    with pytest.raises(InputError, match="Did you mean 'donaana'"):
        places.codes_by_name(rows[2:].assign(county="Donana"), gazetteer, {}, "file")


def test_demographics(tmp_path: Path) -> None:
    context = (
        "fips,pop,inc,white,less\n"
        "35013,8000,40000,30,75\n22059,NA,NA,NA,NA\n51159,100,1,50,60\n36000,NA,NA,NA,NA\n"
    )
    raw = raw_files(tmp_path, context=context, gazetteer=GAZETTEER)
    options = {
        "context": "context",
        "gazetteer": "gazetteer",
        "drop": ["36000"],
        "recode": {"51159": "51760"},
        "copy": {"population": "pop", "income": "inc"},
        "percent": {"white_nh": "white"},
        "complement": {"college": "less"},
    }
    frame = states.counties(raw, {}, options).set_index("fips")
    assert frame.index.tolist() == ["35013", "22059", "51760"]
    assert list(frame.loc["35013", ["white_nh", "college", "density"]]) == [0.3, 0.25, 2000]
    assert frame.loc["22059", ["population", "college", "density"]].isna().all()
    assert frame.loc["51760", "county"] == "Richmond city"


def test_committed_demographics() -> None:
    frame = tables.load("county_demographics")
    described = tables.describe()["county_demographics"]["schema"]["fields"]
    shares = [f["name"] for f in described if f.get("unit") == "share"]
    assert "college" in shares
    known = frame.dropna(subset=shares)
    assert len(known) == 3111
    assert known[shares].ge(0).all(axis=None)
    assert known[shares].le(1).all(axis=None)
    assert (known.white_nh + known.nonwhite).sub(1).abs().max() < 1e-9


def test_facts(tmp_path: Path) -> None:
    text = "when,what,votes,share\n2016,a,5,0.03%\n2012,b,,\n"
    options = {
        "file": "facts",
        "row": True,
        "columns": {"year": "when", "what": "what", "votes": "votes", "share": "share"},
        "numbers": ["year", "votes", "share"],
        "constants": {"kind": "x"},
        "less": {"earlier": ["year", "votes"]},
    }
    frame = facts.table(raw_files(tmp_path, facts=text), {}, options)
    assert frame.row.tolist() == [2, 3]
    assert frame.share.tolist()[0] == pytest.approx(0.0003)
    assert frame.votes.isna().tolist() == [False, True]
    assert frame.kind.tolist() == ["x", "x"]
    assert frame.earlier.tolist() == [2011, 2012]


def test_given_rows(tmp_path: Path) -> None:
    options = {"columns": ["place", "votes"], "rows": [["WI", 3], ["MI", None]]}
    frame = facts.given(raw_files(tmp_path), {}, options)
    assert frame.place.tolist() == ["WI", "MI"]
    assert frame.votes.isna().tolist() == [False, True]


LINES = (
    "year,state_po,candidate,party,candidatevotes\n"
    "1992,NM,A,democrat,50\n1992,NM,B,republican,40\n1992,NM,C,independent,60\n"
    "2012,NM,A,democrat,50\n2012,NM,B,republican,43\n2012,NM,C,NA,4\n2012,NM,D,NA,3\n"
)


def test_states(tmp_path: Path) -> None:
    raw = raw_files(tmp_path, gazetteer=GAZETTEER, ev="s,n,d,r,o\nNM,5,3,2,1\n")
    options = {
        "file": "ev",
        "gazetteer": "gazetteer",
        "columns": {"state": "s", "ev": "n", "dem": "d", "rep": "r", "other": "o"},
        "numbers": ["ev", "dem", "rep", "other"],
    }
    frame = states.states(raw, {}, options)
    assert frame[["fips", "ev", "total"]].to_numpy().tolist() == [["35", 5, 6]]


def test_state_votes_prefer_certified_totals(tmp_path: Path) -> None:
    raw = raw_files(tmp_path, votes=LINES)
    certified = pd.DataFrame(
        {
            "place": ["NM", "NM", "US"],
            "year": [2012, 2012, 2012],
            "vintage": ["canvass", "certified", "certified"],
            "dem": [1, 51, 9],
            "rep": [1, 40, 9],
            "total": pd.array([1, pd.NA, 9], dtype="Int64"),
        }
    )
    options = {
        "file": "votes",
        "certified": ["recount", "certified"],
        "parties": {"dem": ["democrat"], "rep": ["republican"]},
    }
    frame = states.votes(raw, {"certified_totals": certified}, options).set_index("year")
    assert list(frame.loc[2012, ["dem", "rep", "other", "total"]]) == [51, 40, 7, 98]
    assert list(frame.loc[1992, ["dem", "rep", "other", "total"]]) == [50, 40, 60, 150]
    assert frame["winner"].to_dict() == {1992: "other", 2012: "dem"}


def test_committed_states() -> None:
    frame = tables.load("states")
    assert len(frame) == 51
    assert frame.ev.sum() == 538
    assert (frame.ev_dem + frame.ev_rep == frame.ev).all()
    assert (frame.ev_dem_cast + frame.ev_rep_cast + frame.ev_other_cast == frame.ev).all()
    reported = frame[["ev_rep_reported", "ev_dem_reported", "ev_unassigned_reported"]]
    assert reported.sum().tolist() == [290, 232, 16]
    votes = tables.load("state_votes").query("year == 2016")
    parts = ["dem", "rep", "other", "total"]
    assert frame.set_index("state")[parts].equals(votes.set_index("state")[parts])
    assert len(tables.load("house_delegations")) == 50
