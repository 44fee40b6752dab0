"""Our county votes beside another source: what differs is listed, and what it looks like."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sevenpercent.cli.against import report
from sevenpercent.data import against, tables
from sevenpercent.errors import InputError

OURS = tables.load("county_votes")


def wisconsin(**changes: dict[str, int]) -> pd.DataFrame:
    """Wisconsin's recount as another source may print it, with changes by county."""
    best = OURS[(OURS["state"] == "WI") & (OURS["year"] == 2016) & OURS["best"]]
    rows = best[["fips", "state", "county", "year", "dem", "rep", "other", "total"]].copy()
    for name, values in changes.items():
        rows.loc[rows["county"] == name, list(values)] = list(values.values())
    return rows.assign(source="other", row=range(2, len(rows) + 2))


def of(rows: pd.DataFrame, county: str) -> dict[Hashable, Any]:
    found = against.disagreements(rows, OURS)
    return next(iter(found[found["county"] == county].to_dict("records")))


def test_the_same_votes_do_not_differ() -> None:
    found = against.disagreements(wisconsin(), OURS)
    assert len(found) == 72
    assert (found["off"] == 0).all()
    assert (found["suspect"] == "").all()
    [line] = against.summary(found).to_dict("records")
    assert (line["equal"], line["differ"], line["suspects"]) == (72, 0, "")


def test_what_differs_is_told_by_what_it_looks_like() -> None:
    dane = OURS[(OURS["county"] == "Dane") & (OURS["year"] == 2016) & (OURS["state"] == "WI")]
    best = dane[dane["best"]].iloc[0]
    dem, rep = int(best["dem"]), int(best["rep"])
    night = dane[dane["vintage"] == "election_night"].iloc[0]
    looks = {
        "parties exchanged": {"dem": rep, "rep": dem},
        "a mistyped digit": {"dem": dem - 10_000},
        "a count of another day": {"dem": dem - 7, "rep": rep + 3},
        "our election night count": {"dem": int(night["dem"]), "rep": int(night["rep"])},
        "": {"dem": dem - 33_333, "rep": rep + 4},
    }
    for suspect, values in looks.items():
        found = of(wisconsin(Dane=values), "Dane")
        assert found["suspect"] == suspect, values
        assert found["dem_off"] == values["dem"] - dem, "theirs minus ours"


def test_the_largest_stands_first_and_a_source_is_not_held_against_itself() -> None:
    rows = wisconsin(Dane={"dem": 1}, Adams={"dem": 1})
    found = against.disagreements(rows, OURS)
    assert list(found["county"].head(2)) == ["Dane", "Adams"]
    ours = OURS[(OURS["state"] == "WI") & (OURS["year"] == 2016) & OURS["best"]]["source"].iloc[0]
    assert against.disagreements(rows.assign(source=ours), OURS).empty


def test_a_file_is_read_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "votes.csv"
    wisconsin(Dane={"dem": 200_000}).drop(columns=["source", "row"]).to_csv(path, index=False)
    assert report(path, year=None, state=None, columns={}) == 1
    said = capsys.readouterr().out
    assert "row 14: Dane, WI 2016: dem 200,000, here 217,697 (−17,697)" in said
    assert "2016: 71 of 72 places equal" in said
    with pytest.raises(InputError, match="no such file"):
        report(tmp_path / "none.csv", year=None, state=None, columns={})
    path.write_text("fips,county,state,year,dem,rep,total\n55001,Adams,WI,1996,5,6,11\n")
    with pytest.raises(InputError, match="no county of the file is in our tables"):
        report(path, year=None, state=None, columns={})
