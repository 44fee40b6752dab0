"""Simulated elections: machines by lot within states, votes moved as planted, and found again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sweep_faults import Inline, cells

from sevenpercent.data import tables
from sevenpercent.model import frames, scenario
from sevenpercent.run.sweep import page, run, table
from sevenpercent.run.sweep.simulate import simulated

S = scenario.load()
NOW = frames.county_votes_of(tables.load("county_votes"), S.year, S.treatment.vintage)


def drawn(planted: float, seed: int = 3) -> tuple[pd.DataFrame, pd.Series[float]]:
    """Votes of the year and the leading reading of a simulated election, by county."""
    load = simulated(S, tables.load, planted, seed)
    votes = frames.county_votes_of(load("county_votes"), S.year, S.treatment.vintage)
    reading = frames.treatments(load("county_equipment"), S.year)[S.treatment.primary]
    return votes.set_index("fips"), reading


def test_nothing_planted_moves_no_vote() -> None:
    votes, _ = drawn(0)
    pd.testing.assert_frame_equal(votes.reset_index(), NOW)


def test_machines_stay_in_their_state_and_keep_their_readings_together() -> None:
    before = frames.treatments(tables.load("county_equipment"), S.year)
    load = simulated(S, tables.load, 0, 3)
    after = frames.treatments(load("county_equipment"), S.year)
    assert sorted(after.index) == sorted(before.index)
    columns = list(before.columns)
    same = 0
    for state in ("55", "42"):
        rows = [f[f.index.str.startswith(state)].sort_values(columns) for f in (before, after)]
        np.testing.assert_array_equal(rows[0].to_numpy(), rows[1].to_numpy())
        same += int((before.loc[rows[0].index] == after.loc[rows[0].index])["any_dre_vv"].all())
    assert same == 0


def test_votes_move_by_the_planted_points_where_electronic() -> None:
    votes, reading = drawn(-2)
    real = NOW.set_index("fips")
    both = (real["dem"] + real["rep"]).astype(float)
    moved = (votes["dem"] - real["dem"]).astype(float)
    wanted = -0.02 * both * reading.reindex(votes.index).fillna(0)
    assert (moved - wanted).abs().max() <= 0.5
    assert ((votes["rep"] - real["rep"]) == -(votes["dem"] - real["dem"])).all()
    assert (votes["total"] == real["total"]).all()


def test_no_county_loses_votes_that_it_does_not_have() -> None:
    votes, reading = drawn(-100)
    electronic = reading.index[reading == 1].intersection(votes.index)
    assert (votes.loc[electronic, "dem"] == 0).all()
    assert (votes["dem"] >= 0).all()


def test_the_same_seed_draws_the_same_at_every_size() -> None:
    pd.testing.assert_series_equal(drawn(0, 5)[1], drawn(-7, 5)[1])
    assert not drawn(0, 5)[1].equals(drawn(0, 6)[1])


@pytest.mark.slow
def test_planted_harm_is_found_again(tmp_path: Path) -> None:
    grid, every = cells(
        tmp_path,
        readings=["any_dre_vv"],
        vary=None,
        keys=["designs.p1.estimate"],
        simulate={"plant": [0, -7], "seeds": 4},
    )
    store = run.Store.at(tmp_path / "out")
    assert run.run(every, store, Inline()) == 8
    _, results = table.tables(grid, run.outcomes(every, store))
    found = page.recovered(grid, page.compared(grid, results)).set_index("planted")
    assert list(found["cells"]) == [4, 4]
    # The same lots at both sizes, so what is planted is the whole difference, but for rounding.
    none, seven = found.loc[0.0].to_dict(), found.loc[-7.0].to_dict()
    assert seven["mean"] - none["mean"] == pytest.approx(-7, abs=0.02)
    assert abs(none["mean"]) < 3 * none["se"]
    assert seven["below"] == 1


def test_what_was_recovered_is_counted() -> None:
    from sevenpercent.run.sweep.grid import Grid, Simulate

    grid = Grid(id="x", scenarios=["a"], simulate=Simulate(plant=[0, -2], seeds=2))
    shown = pd.DataFrame(
        {
            "planted": [0.0, 0.0, -2.0, -2.0],
            "value": [-1.0, 1.0, -3.0, -2.0],
            "se": [0.5, 0.5, 1.0, 0.2],
            "lo": [-2.0, 0.5, -5.0, -2.5],
            "hi": [-0.1, 1.5, 0.5, -1.5],
            "unit": "points",
        }
    )
    found = page.recovered(grid, shown).set_index("planted")
    assert found["mean"].tolist() == [0.0, -2.5]
    assert found["covered"].tolist() == [0.0, 1.0]
    assert found["below"].tolist() == [0.5, 0.5]
    assert found["se"].tolist() == [0.5, 0.6]
    votes = page.recovered(grid, shown.assign(unit="votes"))
    assert votes["covered"].isna().all()
