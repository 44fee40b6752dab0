"""A sweep at work: nothing is computed twice, no failure spreads, the bytes are always the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from sweep_faults import Inline, cells, faulty

from sevenpercent.run.sweep import cell, run, table
from sevenpercent.run.sweep.cell import Outcome
from sevenpercent.run.sweep.grid import Grid
from sevenpercent.run.sweep.page import page
from sevenpercent.workers import Pool

pytestmark = pytest.mark.slow

Done = tuple[Grid, list[run.Cell], run.Store]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The small grid, computed in this process, with a state that has nothing to compare."""
    folder = tmp_path_factory.mktemp("sweep")
    grid, every = cells(folder, states=["WI", "MI"], keys=["designs.p1.*", "designs.verdict.*"])
    store = run.Store.at(folder / "out")
    inline = Inline()
    assert run.run(every, store, inline) == len(inline.done) == 8
    return grid, every, store


def digests(grid: Grid, every: list[run.Cell], store: run.Store, folder: Path) -> dict[str, str]:
    """Write the tables and the page; hash of each."""
    each, results = table.tables(grid, run.outcomes(every, store))
    files = ("cells.parquet", "results.parquet", "results.csv", "index.html")
    folder.mkdir(exist_ok=True)
    table.write(folder, each, results, page(grid, each, results))
    assert {p.name for p in folder.iterdir() if p.is_file()} == set(files)
    return {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in files}


def test_what_is_at_hand_is_not_computed_again(done: Done) -> None:
    _, every, store = done
    again = Inline()
    assert run.run(every, run.Store.at(store.folder.parent), again) == 0
    assert again.done == []
    forced = Inline()
    assert run.run(every[:2], store, forced, force=True) == len(forced.done) == 2


def test_a_file_that_is_not_whole_is_computed_again(done: Done) -> None:
    _, every, store = done
    assert every[0].job is not None
    path = store.folder / f"{every[0].job.key}.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    inline = Inline()
    assert run.run(every, run.Store.at(store.folder.parent), inline) == 1
    assert inline.done == [every[0].job.key]
    assert path.read_bytes() == whole


def test_interrupted_work_is_kept(
    done: Done, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, every, _ = done
    some = every[4:]  # those that end at once
    with pytest.raises(KeyboardInterrupt):
        run.run(some, run.Store.at(tmp_path), Inline(stop_after=3))
    assert "3 of 4 cells were computed and are kept" in capsys.readouterr().err
    rest = Inline()
    assert run.run(some, run.Store.at(tmp_path), rest) == len(rest.done) == 1
    assert not list((tmp_path / "cells").glob("*.part"))


def test_tables_are_tidy(done: Done) -> None:
    grid, every, store = done
    each, results = table.tables(grid, run.outcomes(every, store))
    assert each["cell"].tolist() == list(range(1, 9))
    assert each["status"].tolist() == ["ok"] * 4 + ["cannot"] * 4
    assert each.loc[each["place"] == "MI", "message"].str.contains("there has the machines").all()
    own = results[results["cell"] == 1].set_index("key").to_dict("index")
    estimate = own["designs.p1.estimate"]
    assert estimate["unit"] == "points"
    assert estimate["lo"] < estimate["value"] < estimate["hi"]
    assert own["designs.verdict.decisive"]["text"]
    assert results.groupby(["cell", "key"]).size().max() == 1
    assert set(results["cell"]) == set(range(1, 9))
    assert (results.loc[results["cell"] > 4, "key"] == "").all()
    assert results["designs.counties.outcome"].nunique() == 2


def test_the_page_says_what_happened_and_needs_nothing_else(done: Done) -> None:
    grid, every, store = done
    text = page(grid, *table.tables(grid, run.outcomes(every, store)))
    assert "8 cells: 4 computed, 4 cannot be asked of these data." in text
    assert text.count("<img ") == text.count('alt="2 estimates with their intervals, from') == 1
    assert "there has the machines" in text
    assert "http" not in text.replace("data:image/png", "")
    assert "<script" not in text


def test_a_message_cannot_break_the_page() -> None:
    grid = Grid(id="x", scenarios=["a"], title="<script>alert(1)</script>")
    outcome = Outcome("failed", "<b>bold</b>")
    choice = next(
        iter(cells.__globals__["grids"].choices(Grid(id="x", scenarios=["midwest-2016"])))
    )
    one = run.Cell(1, choice, "WI", 2016, "any_dre_vv", None, outcome)
    text = page(grid, *table.tables(grid, [(one, outcome)]))
    assert "<script>" not in text
    assert "<b>" not in text


def test_a_cell_that_raises_and_one_that_kills_stop_no_other(done: Done, tmp_path: Path) -> None:
    """In two processes; then the two are mended, and all is as if one process had done it."""
    grid, every, store = done
    every = every[4:]
    bad = [every[0], faulty(every[1], "raise"), faulty(every[2], "kill"), every[3]]
    pooled = run.Store.at(tmp_path / "out")
    assert run.run(bad, pooled, lambda jobs: Pool(2)) == 4
    found = [outcome for _, outcome in run.outcomes(bad, pooled)]
    assert [o.status for o in found] == ["cannot", "failed", "failed", "cannot"]
    assert found[1].message == "planted (zero division error)"
    assert "ended from outside" in found[2].message
    mended = run.Store.at(tmp_path / "out")
    again = Inline()
    assert run.run(every, mended, again) == len(again.done) == 2
    assert digests(grid, every, mended, tmp_path / "x") == digests(
        grid, every, store, tmp_path / "y"
    )


@pytest.mark.parametrize(("times", "status"), [(1, "cannot"), (2, "failed")])
def test_a_cell_that_loses_its_worker_is_tried_once_more_alone(
    done: Done, tmp_path: Path, times: int, status: str
) -> None:
    _, every, _ = done
    key = every[4].job.key if every[4].job is not None else ""
    inline = Inline(lost={key: times})
    store = run.Store.at(tmp_path)
    run.run(every[4:], store, inline)
    assert inline.done.count(key) == 2
    assert inline.done[-1] == key
    found = store.get(key)
    assert found is not None
    assert found.status == status
    assert set(store.failed) == ({key} if status == "failed" else set())


def test_a_worker_with_other_tables_computes_nothing(done: Done) -> None:
    job = done[1][0].job
    assert job is not None
    other = {**job.expected, "table county_votes": "0" * 64}
    outcome = cell.run(replace(job, expected=other))
    assert outcome.status == "failed"
    assert "table county_votes differ" in outcome.message


def test_results_of_no_known_name_are_no_silent_nothing(done: Done) -> None:
    job = done[1][0].job
    assert job is not None
    outcome = cell.run(replace(job, patterns=("designs.p1.estimat",)))
    assert outcome.status == "cannot"
    assert "Did you mean 'designs.p1.estimate'?" in outcome.message


def test_numbers_are_those_of_the_chapter(done: Done) -> None:
    """The cell of the scenario's own state and reading gives what its findings give."""
    from sevenpercent.data import tables
    from sevenpercent.model import scenario
    from sevenpercent.model.numbers import pick
    from sevenpercent.stats import designs

    _, every, store = done
    job = every[0].job
    assert job is not None
    kept = store.get(job.key)
    assert kept is not None
    assert kept.values is not None
    s = scenario.load("midwest-2016", {"designs.counties.treatment": "any_dre_vv"})
    fits = designs.fit_all(s, designs.frames(s, tables.load), neighbours=False)
    found = pick(fits, key="designs.p1")
    assert kept.values["designs.p1.estimate"]["value"] == pytest.approx(found.estimate, rel=1e-11)
    assert kept.values["designs.p1.estimate"]["se"] == pytest.approx(found.se, rel=1e-11)
