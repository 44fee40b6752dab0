"""Readers of polls on small hand-made files."""

from __future__ import annotations

from pathlib import Path

import pytest

from sevenpercent.data.readers import polls as readers
from sevenpercent.errors import InputError

HEADER = (
    "question_id,year,location,type_simple,pollster,pollster_rating_id,methodology,partisan,"
    "polldate,electiondate,samplesize,cand1_party,cand1_pct,cand1_actual,cand2_party,cand2_pct,"
    "cand2_actual\n"
)
GOOD = (
    "11,2016,WI,Pres-G,Ask,7,IVR,,11/5/2016,11/8/2016,800,DEM,48,46.45,REP,41,47.22\n"
    "12,2016,WI,Pres-G,Tell,8,Mail,D,10/30/2016,11/8/2016,600.4,REP,40,47.22,DEM,50,46.45\n"
    '13,2016,US,Pres-G,Ask,7,IVR,"REP,DEM",11/5/2016,11/8/2016,900,DEM,46,48.0,REP,43,46.0\n'
    "14,2016,M1,Pres-G,Ask,7,IVR,,11/5/2016,11/8/2016,400,DEM,55,54,REP,39,39\n"
    "15,2016,WI,Sen-G,Ask,7,IVR,,11/5/2016,11/8/2016,800,DEM,48,47,REP,46,50\n"
    "16,2012,WI,Pres-G,Ask,7,IVR,,11/2/2012,11/6/2012,800,DEM,51,52.8,REP,47,45.9\n"
)


def final(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "raw-polls.csv"
    path.write_text(HEADER + body, encoding="utf-8")
    return path


def test_keeps_whole_states_of_one_race_and_puts_each_party_in_its_column(tmp_path: Path) -> None:
    polls = readers.final_weeks(final(tmp_path, GOOD), "Pres-G", [2016])
    assert polls["poll"].tolist() == ["11", "12", "13"]
    assert polls["state"].tolist() == ["WI", "WI", "US"]
    assert polls["dem_share"].tolist() == [0.48, 0.50, 0.46]
    assert polls["rep_result"].tolist() == pytest.approx([0.4722, 0.4722, 0.46])
    assert polls["days"].tolist() == [3, 9, 3]
    assert polls["ended"].tolist() == ["2016-11-05", "2016-10-30", "2016-11-05"]
    assert polls["sponsor"].tolist() == ["", "dem", "dem,rep"]
    assert polls["sample"].tolist() == [800, 600, 900]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("10/30/2016", "30.10.2016", "polldate"),
        (",D,10/30", ",X,10/30", "partisan"),
        ("REP,40", "LIB,40", "cand1_party"),
        ("REP,40", "REP,forty", "pct"),
    ],
)
def test_a_wrong_cell_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, column: str
) -> None:
    with pytest.raises(InputError) as caught:
        readers.final_weeks(final(tmp_path, GOOD.replace(old, new)), "Pres-G", [2016])
    assert caught.value.row == 3
    assert caught.value.column == column


def test_no_poll_of_that_race_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such poll"):
        readers.final_weeks(final(tmp_path, GOOD), "Pres-X", [2016])


CAMPAIGN = """"","state","pollster","start.date","end.date","number.of.observations","population","mode","blue","red","affiliation","question.iteration","green"
"1","WI","Ask (D-Club)","2016-11-01","2016-11-03",500,"Likely Voters","Mail",47,44,"Dem",1,NA
"2","WI","Ask (D-Club)","2016-11-01","2016-11-03",500,"Likely Voters","Mail",45,43,"Dem",2,6
"3","WI","Ask (D-Club)","2016-11-01","2016-11-03",NA,"Likely Voters - Democrat","Mail",90,4,"Dem",1,NA
"4","WI","Ask (D-Club)","2016-11-01","2016-11-03",700,"Registered Voters","Mail",49,40,"Dem",1,8
"5","WI","Ask","2016-10-20","2016-10-22",300,"Registered Voters","Mail",44,40,"NA",2,NA
"6","WI","Ask","2016-10-20","2016-10-22",300,"Registered Voters","Mail",46,41,"NA",1,NA
"7","--","Ask","2016-10-20","2016-10-22",NA,"Adults","Mail",44,40,"Other",1,NA
"""


def campaign(tmp_path: Path, text: str = CAMPAIGN) -> Path:
    path = tmp_path / "all_polls.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read_campaign(path: Path) -> list[tuple[object, ...]]:
    polls = readers.campaign(path, "2016-11-08", {"dem": "blue", "rep": "red"}, ["green"])
    columns = ["poll", "state", "family", "sponsor", "days", "dem_share"]
    return list(polls[columns].itertuples(index=False, name=None))


def test_one_row_per_poll_likely_voters_and_the_fuller_question_first(tmp_path: Path) -> None:
    assert read_campaign(campaign(tmp_path)) == [
        ("2", "WI", "Ask", "dem", 5, 0.45),
        ("6", "WI", "Ask", "", 17, 0.46),
        ("7", "US", "Ask", "", 17, 0.44),
    ]


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        (
            '"2016-11-03",500,"Likely Voters","Mail",45',
            '"3 Nov",500,"Likely Voters","Mail",45',
            "end.date",
        ),
        ('45,43,"Dem"', '45,43,"Grn"', "affiliation"),
        ('45,43,"Dem"', '45,x,"Dem"', "red"),
    ],
)
def test_a_wrong_campaign_cell_is_named(tmp_path: Path, old: str, new: str, column: str) -> None:
    with pytest.raises(InputError) as caught:
        read_campaign(campaign(tmp_path, CAMPAIGN.replace(old, new)))
    assert caught.value.column == column
    assert caught.value.row == 3
