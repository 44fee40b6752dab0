"""Ballots by method of voting, counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.stats import ballots


def test_ballots_by_method() -> None:
    units = pd.DataFrame(
        {
            "fips": ["1", "1", "2", "3", "4"],
            "ballots_total": pd.array([100, None, 50, 10, 7], "Int64"),
            "ballots_paper": pd.array([0, None, 50, 0, 7], "Int64"),
            "ballots_scan": pd.array([70, None, 0, 0, 0], "Int64"),
            "ballots_dre": pd.array([30, None, 0, 10, 0], "Int64"),
            "ballots_automark": pd.array([0, None, 0, 0, 0], "Int64"),
        }
    )
    out = ballots.by_method(units, pd.Series({"1": 1.0, "2": 0.0, "3": 0.0}))
    assert out["places"].tolist() == [2, 2, 5]
    assert out["unknown"].tolist() == [1, 0, 1]
    assert out["ballots_dre"].tolist() == [30, 10, 40]
    assert out["dre_share"].tolist() == pytest.approx([0.3, 10 / 60, 40 / 167])
    rows = ballots.rows(out, "AA", 8).set_index("part")
    assert rows.loc["ballots.paper.dre_share", "value"] == pytest.approx(1 / 6)
    assert rows.loc["ballots.claimed_share", "value"] == 0.2
    assert len(ballots.rows(out, "AA", None)) == 6
    with pytest.raises(InputError, match=r"Unknown column .*'ballots_dre'"):
        ballots.by_method(units.drop(columns="ballots_dre"), pd.Series({"1": 1.0}))
