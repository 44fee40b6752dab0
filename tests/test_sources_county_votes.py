"""The best value for each county and year: layers, folded places, explained corrections."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sevenpercent.data import tables
from sevenpercent.data.readers import county_votes
from sevenpercent.data.recipe import RawFiles, Source
from sevenpercent.errors import InputError

GAZETTEER = (
    "USPS\tGEOID\tNAME\tALAND\tINTPTLAT\tINTPTLONG   \n"
    "MO\t29001\tAdair County\t2000000\t40.1\t-92.1\n"
    "MO\t29003\tSt. Andrew County\t3000000\t40.2\t-92.2\n"
    "VA\t51600\tFairfax city\t1000000\t38.8\t-77.3\n"
)
STATES = (
    "year,state_po,candidate,party,candidatevotes\n"
    "2012,MO,A,democrat,100\n2012,MO,B,republican,90\n"
)
COLUMNS = [
    "source",
    "row",
    "fips_printed",
    "state",
    "county",
    "year",
    "dem",
    "rep",
    "other",
    "total",
]
PRINTED: list[list[Any]] = [
    ["main", 2, "29001", "MO", "Adair", 2012, 10, 20, 3, 33],
    ["main", 3, "29003", "MO", "Andrew", 2012, 7, 8, None, 16],
    ["main", 4, "36000", "MO", "Town", 2012, 1, 2, 0, 3],
    ["main", 5, None, "MO", "Overseas", 2012, 4, 4, 0, 8],
    ["main", 6, "51600", "VA", "Fairfax", 2012, 5, 6, 0, 11],
    ["main", 7, "2013", "AK", "District 13", 2012, 5, 5, 0, 10],
    ["main", 8, "51515", "VA", "Gone", 2012, None, None, None, None],
    ["atlas", 2, "29003", "MO", "ADAIR COUNTY", 2012, 11, 20, 3, -9999],
    ["atlas", 3, "29001", "MO", "Saint Andrew", 2012, 7, 8, 1, 16],
    ["night", 2, None, "MO", "adair", 2012, 9, 19, None, 30],
]


@pytest.fixture
def raw(tmp_path: Path) -> RawFiles:
    (tmp_path / "gazetteer.txt").write_text(GAZETTEER, encoding="latin-1")
    (tmp_path / "states.csv").write_text(STATES)
    named = {"title": "", "agency": "", "licence": ""}
    return RawFiles(
        [
            Source(id="gazetteer", file="gazetteer.txt", **named),
            Source(id="states", file="states.csv", **named),
        ],
        tmp_path,
    )


def printed(rows: list[list[Any]]) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame(rows, columns=COLUMNS)
    numbers = dict.fromkeys(["dem", "rep", "other", "total"], "float64")
    return {"county_votes_printed": frame.astype({**numbers, "fips_printed": "str"})}


MAIN = {"source": "main", "years": [2012], "vintage": "certified"}
CODES: dict[str, Any] = {
    "gazetteer": "gazetteer",
    "best_first": ["recount", "certified", "election_night"],
    "recode": {"36000": "29001"},
    "prefixes": {"020": "029"},
    "statewide": {"MO/Overseas": "29000"},
    "aliases": {},
}


def built(raw: RawFiles, *layers: dict[str, Any], rows: list[list[Any]] = PRINTED) -> pd.DataFrame:
    frame = county_votes.best(raw, printed(rows), {**CODES, "layers": [MAIN, *layers]})
    return frame.set_index("fips").sort_index()


def test_places_are_folded_renamed_and_kept(raw: RawFiles) -> None:
    frame = built(raw)
    assert frame.index.tolist() == ["02913", "29000", "29001", "29003", "51600"]
    assert list(frame.loc["29001", ["dem", "rep", "other", "total"]]) == [11, 22, 3, 36]
    assert list(frame.loc["29003", ["other", "total"]]) == [1, 16]
    assert frame.county.tolist() == [
        "District 13",
        "Overseas",
        "Adair",
        "St. Andrew",
        "Fairfax city",
    ]
    assert frame.best.all()


def test_a_replacing_layer_takes_its_states_by_name(raw: RawFiles) -> None:
    atlas = {"source": "atlas", "years": [2012], "states": ["MO"], "vintage": "certified"}
    frame = built(raw, {**atlas, "by_name": True, "replaces": True})
    assert frame["source"].to_dict() == {
        "02913": "main", "29001": "atlas", "29003": "atlas", "51600": "main",
    }  # fmt: skip
    assert list(frame.loc["29001", ["dem", "total"]]) == [11, 34]
    one = built(raw, {**atlas, "by_name": True, "replaces": True, "counties": ["29003"]})
    assert one["source"].to_dict()["29001"] == "main"
    assert one["source"].to_dict()["29003"] == "atlas"


def test_a_vintage_beside_another_is_not_best(raw: RawFiles) -> None:
    night = {"source": "night", "years": [2012], "states": ["MO"], "vintage": "election_night"}
    frame = built(raw, {**night, "by_name": True})
    both = frame.loc["29001"].set_index("vintage")
    assert both["best"].to_dict() == {"certified": True, "election_night": False}
    assert both.loc["election_night", "other"] == 2


def test_a_layer_may_not_lose_counties(raw: RawFiles) -> None:
    night = {"source": "night", "years": [2012], "states": ["MO"], "vintage": "recount"}
    with pytest.raises(InputError, match="leaves out counties"):
        built(raw, {**night, "by_name": True, "replaces": True})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (["main", 9, None, "MO", "Nowhere", 2012, 1, 1, 0, 2], "no code"),
        (["main", 9, "29005", "MO", "Clay", 2012, 9, 9, None, 2], "exceed the total"),
    ],
)
def test_rows_that_cannot_be_used(raw: RawFiles, row: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        built(raw, rows=[*PRINTED, row])


def test_an_unknown_name_offers_the_nearest(raw: RawFiles) -> None:
    stray = ["night", 3, None, "MO", "Adare", 2012, 1, 1, 0, 2]
    layer = {"source": "night", "years": [2012], "vintage": "election_night", "by_name": True}
    with pytest.raises(InputError, match="Did you mean 'adair'"):
        built(raw, layer, rows=[*PRINTED, stray])


STATE_VOTES = pd.DataFrame(
    {"state": ["MO"], "year": [2012], "dem": [100], "rep": [87], "other": [0], "total": [187]}
).astype(dict.fromkeys(["dem", "rep", "other", "total"], "Int64"))


def corrected(raw: RawFiles, explain: list[dict[str, Any]]) -> pd.DataFrame:
    made = printed(PRINTED)
    atlas = {
        "source": "atlas", "years": [2012], "states": ["MO"], "vintage": "certified",
        "by_name": True, "replaces": True, "counties": ["29001", "29003"],
    }  # fmt: skip
    ours = county_votes.best(raw, made, {**CODES, "layers": [MAIN, atlas]})
    counts = dict.fromkeys(["dem", "rep", "other", "total"], "Int64")
    made |= {"county_votes": ours.astype(counts), "state_votes": STATE_VOTES}
    more = {"state_file": "states", "parties": {"dem": ["democrat"], "rep": ["republican"]}}
    options = {**CODES, **more, "defaults": ["main"], "years": [2012], "explain": explain}
    return county_votes.corrections(raw, made, options)


def test_every_difference_is_listed_and_explained(raw: RawFiles) -> None:
    frame = corrected(
        raw,
        [
            {"tables": ["state_votes"], "rule": "certified_totals", "reason": "r", "source": "s"},
            {"columns": ["fips"], "rule": "fips_valid", "reason": "r", "source": "s"},
            {"codes": ["29001"], "years": [2012], "rule": "other", "reason": "r", "source": "s"},
        ],
    )
    listed = {(r.key, r.column): (r.printed, r.corrected, r.rule) for r in frame.itertuples()}
    assert listed == {
        ("36000/2012", "fips"): ("36000", "29001", "fips_valid"),
        ("Overseas/2012", "fips"): ("Overseas", "29000", "fips_valid"),
        ("02013/2012", "fips"): ("02013", "02913", "fips_valid"),
        ("29001/2012", "dem"): ("10", "11", "other"),
        ("29001/2012", "total"): ("33", "34", "other"),
        ("MO/2012", "rep"): ("90", "87", "certified_totals"),
        ("MO/2012", "total"): ("190", "187", "certified_totals"),
    }


def test_a_difference_without_reason_stops(raw: RawFiles) -> None:
    with pytest.raises(InputError, match="no explanation"):
        corrected(raw, [{"columns": ["fips"], "rule": "x", "reason": "r", "source": "s"}])


# --- the committed tables --------------------------------------------------------------------


@pytest.fixture(scope="module")
def votes() -> pd.DataFrame:
    return tables.load("county_votes")


def test_certified_totals_are_exact(votes: pd.DataFrame) -> None:
    certified = tables.load("certified_totals").query("place != 'US'")
    key = ["place", "year", "vintage"]
    sums = votes.rename(columns={"state": "place"}).groupby(key)[["dem", "rep", "total"]].sum()
    both = certified.merge(sums.reset_index(), on=key, how="left", suffixes=("", "_ours"))
    assert {"WI", "PA", "MI"} == set(certified.place)
    assert both.dem.tolist() == both.dem_ours.tolist()
    assert both.rep.tolist() == both.rep_ours.tolist()
    known = both.dropna(subset="total")
    assert len(known) >= 4
    assert known.total.tolist() == known.total_ours.tolist()


def test_parts_add_and_one_row_is_best(votes: pd.DataFrame) -> None:
    assert (votes.dem + votes.rep + votes.other == votes.total).all()
    assert (votes[["dem", "rep", "other"]] >= 0).all(axis=None)
    assert (votes.groupby(["fips", "year"]).best.sum() == 1).all()


def test_every_state_every_year(votes: pd.DataFrame) -> None:
    years = votes[votes.year <= 2016]
    assert (years.groupby("year").state.nunique() == 51).all()
    counties = set(tables.load("county_demographics").fips)
    for year in (2004, 2008, 2012, 2016, 2020):
        assert counties <= set(votes.fips[votes.year == year])


def test_our_counties_stand_no_further_from_the_states_than_the_default(
    votes: pd.DataFrame,
) -> None:
    states = tables.load("state_votes").query("year >= 2000").set_index(["state", "year"])
    printed_rows = tables.load("county_votes_printed")
    default = printed_rows[printed_rows.source == "medsl_county"]

    def gap(rows: pd.DataFrame) -> pd.Series:
        sums = rows.groupby(["state", "year"])[["dem", "rep"]].sum().astype("float64")
        return (sums - states[["dem", "rep"]].astype("float64")).abs().sum(axis=1)

    ours = gap(votes[votes.best & votes.year.isin([2000, 2004, 2008, 2012, 2016])])
    theirs = gap(default).reindex(ours.index)
    assert ours.index.size == 255
    assert (ours <= theirs).all()
    assert (ours == 0).sum() > (theirs == 0).sum()


def test_corrections_name_cells_that_differ(votes: pd.DataFrame) -> None:
    frame = tables.load("corrections")
    assert (frame.printed != frame.corrected).all()
    assert frame[["rule", "reason", "source"]].notna().all(axis=None)
    cells = frame[(frame.table == "county_votes") & (frame.column == "dem")]
    ours = votes[votes.best].set_index(["fips", "year"]).dem
    keys = pd.MultiIndex.from_frame(cells[["fips", "year"]])
    assert ours.reindex(keys).astype("str").tolist() == cells.corrected.tolist()
