"""Benchmarks and goals: read, judged, and refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sevenpercent import paths
from sevenpercent.data import benchmarks
from sevenpercent.errors import InputError

ENGINE = {"outcomes": 8, "per_core_second": 20.0, "products_per_core_second": 40.0}
BODY: dict[str, Any] = {
    "machine": {"processor": "Chip", "cores": 2, "system": "Linux"},
    "versions": {"python": "3.11", "peer": ""},
    "engine": [{**ENGINE, "outcomes": 3, "per_core_second": 9.0}, ENGINE],
    "seconds": 4.0,
    "others": {"slow": {"per_core_second": 2.0, "times": 10.0}, "absent": None},
}
GOALS: list[dict[str, Any]] = [
    {"name": "rate", "label": "rate", "at": "engine.*.per_core_second", "of": "least", "least": 10},
    {"name": "best", "label": "best", "at": "engine.*.per_core_second", "of": "most", "least": 10},
    {"name": "even", "label": "even", "at": "engine.*.per_core_second", "of": "spread", "most": 2},
    {"name": "time", "label": "time", "at": "seconds", "most": 5, "unit": "s"},
    {"name": "peer", "label": "peer", "at": "others.absent.times", "least": 5},
]


def folder(tmp_path: Path, body: object = BODY, goals: object = GOALS) -> Path:
    (tmp_path / "run.json").write_text(json.dumps(body))
    (tmp_path / "goals.json").write_text(json.dumps({"run": goals}))
    return tmp_path


def test_goals_are_measured_and_judged(tmp_path: Path) -> None:
    (run,) = benchmarks.read(folder(tmp_path))
    found = {g.name: (g.measured, g.met) for g in run.goals}
    assert found == {
        "rate": (9.0, False),
        "best": (20.0, True),
        "even": (pytest.approx(20 / 9), False),
        "time": (4.0, True),
        "peer": (None, None),
    }
    assert [g.asked for g in run.goals[:3]] == ["≥ 10", "≥ 10", "≤ 2"]
    assert run.machine == "Chip, 2 cores, Linux"
    assert run.versions == "python 3.11, peer (not installed)"
    assert run.measured == "day not recorded"


def test_goals_may_stand_in_the_benchmark_itself(tmp_path: Path) -> None:
    body = {**BODY, "goals": GOALS[3:4], "measured": "2026-11-22"}
    (run,) = benchmarks.read(folder(tmp_path, body))
    assert [g.name for g in run.goals] == ["time"]
    assert run.measured == "2026-11-22"


def test_peers_stand_side_by_side(tmp_path: Path) -> None:
    (run,) = benchmarks.read(folder(tmp_path))
    rows = benchmarks.rates(run).set_index("what")
    assert rows.loc["slow", "times"] == 10
    assert rows.loc["bare matrix products, 8 outcomes", "times"] == 0.5
    assert rows.loc["engine, 3 outcomes", "per_core_second"] == 9
    assert rows.loc["absent"].isna().all()


def test_a_benchmark_of_another_kind_gives_its_numbers(tmp_path: Path) -> None:
    ways = {"ours": {"seconds": 1.5}, "theirs": {"seconds": 2}}
    body = {
        "rows": 10,
        "peak": {"worker": 3},
        "ways": ways,
        "found": [{"planted": -2.0, "mean": -1.9}],
    }
    (tmp_path / "own.json").write_text(json.dumps({**body, "machine": {"cores": 2}}))
    (run,) = benchmarks.read(tmp_path)
    single, ways_table, found = run.tables
    assert single.to_dict("list") == {"": ["rows", "peak, worker"], "measured": [10.0, 3.0]}
    assert ways_table.to_dict("list") == {"": ["ours", "theirs"], "seconds": [1.5, 2]}
    assert found.to_dict("list") == {"planted": [-2.0], "mean": [-1.9]}


@pytest.mark.parametrize(
    ("goal", "message"),
    [
        ({"name": "x", "label": "x"}, "needs a name, a label and a place"),
        ({"name": "x", "label": "x", "at": "seconds"}, "either 'least' or 'most'"),
        ({"name": "x", "label": "x", "at": "second", "most": 1}, "Did you mean 'seconds'"),
        ({"name": "x", "label": "x", "at": "machine", "most": 1}, "no number"),
        ({"name": "x", "label": "x", "at": "seconds", "of": "mean", "most": 1}, "sum up"),
    ],
)
def test_a_goal_that_names_nothing_is_refused(
    tmp_path: Path, goal: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        benchmarks.read(folder(tmp_path, goals=[goal]))


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    for text in ("{", "[1]"):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(InputError, match=r"JSON.*") as raised:
            benchmarks.read(tmp_path)
        assert raised.value.file == tmp_path / "run.json"
    body = {**BODY, "engine": [{"outcomes": 8}]}
    (run,) = benchmarks.read(folder(tmp_path, body, []))
    with pytest.raises(InputError, match="lacks an entry"):
        benchmarks.rates(run)


def test_the_committed_benchmarks_have_goals_and_say_why_one_is_missed() -> None:
    runs = {run.name: run for run in benchmarks.read(paths.ROOT / "benchmarks")}
    assert len(runs["multiverse"].goals) == 8
    assert len(benchmarks.rates(runs["multiverse"])) >= 7
    for run in runs.values():
        assert all(g.tried for g in run.goals if g.met is False)
