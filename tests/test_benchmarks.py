"""The committed run of benchmarks: read, judged, and refused with a reason."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from sevenpercent import paths
from sevenpercent.data import benchmarks
from sevenpercent.errors import InputError
from sevenpercent.show.validity import described, speed_table

FAST = {"benchmark": "run", "name": "rate", "label": "<b>rate</b>", "value": 20.0, "least": 10}
SLOW = {
    "benchmark": "run",
    "name": "time",
    "label": "time",
    "value": 2000.0,
    "most": 5,
    "unit": "s",
}
PLAIN = {"benchmark": "run", "name": "peer", "label": "peer", "value": 2.0}


def written(tmp_path: Path, *measures: dict[str, Any], **head: Any) -> Path:
    path = tmp_path / "results.json"
    body = {"measured": "2026-11-26", "machine": "Chip, 2 cores, Linux", "load": 0.1}
    body |= {"versions": {"python": "3.11", "peer": "1.0"}, "measures": measures, **head}
    path.write_text(json.dumps(body))
    return path


def test_goals_are_judged_and_told(tmp_path: Path) -> None:
    run = benchmarks.read(written(tmp_path, FAST, {**SLOW, "tried": "all"}, PLAIN))
    rows = run.rows().set_index("part")
    assert rows["met"].to_list() == [True, False, None]
    assert rows["asked"].to_list() == ["≥ 10", "≤ 5", ""]
    table = speed_table(run.rows())
    assert table["what"].str.startswith("**missed:**").to_list() == [False, True, False]
    assert "<b>" not in table["what"][0]
    assert table["measured"].to_list() == ["20.00", "2,000", "2.00"]
    assert (
        described(run) == "Chip, 2 cores, Linux, load 0.1 before; python 3.11, peer 1.0; 2026-11-26"
    )


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ([SLOW], "time misses its goal: say in 'tried' what was tried"),
        ([{**PLAIN, "value": None}], "number"),
        ([{**PLAIN, "goal": 5}], "unknown benchmark key"),
        ([], "at least 1"),
    ],
)
def test_a_run_that_is_not_whole_is_refused(
    tmp_path: Path, measures: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(InputError, match=message) as raised:
        benchmarks.read(written(tmp_path, *measures))
    assert raised.value.file == tmp_path / "results.json"


def test_every_benchmark_stands_in_the_committed_run() -> None:
    rows = benchmarks.read().rows()
    assert set(rows["part"].str.split(".").str[1]) == {"engine", "precincts", "sweep", "build"}
    assert rows["met"].notna().sum() >= 12


def test_lighthouse_writes_a_run_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(paths.BENCHMARKS))
    lighthouse = importlib.import_module("lighthouse")
    asked: list[int] = []

    def load(address: str, options: list[str], categories: list[str]) -> dict[str, Any]:
        asked.append(len(categories))
        speed = 0.5 if "multiverse" in address and not options else 1.0
        return {
            "categories": {key: {"score": speed} for key in categories},
            "audits": {"cumulative-layout-shift": {"numericValue": 0.01}},
        }

    monkeypatch.setattr(lighthouse, "load", load)
    path = tmp_path / "lighthouse.json"
    path.write_text(json.dumps(lighthouse.measure(tmp_path, 3)))
    assert asked == [4, 1, 1] * 2 * len(lighthouse.PAGES + lighthouse.TURNED)
    rows = benchmarks.read(path).rows().set_index("part")
    assert not rows.loc["speed.lighthouse.pages_phone_performance", "met"]
    assert rows.loc["speed.lighthouse.five_phone_performance", "met"]
    assert rows.loc["speed.lighthouse.pages_desktop_shift", "met"]


def test_what_kills_cost_is_read_or_refused(tmp_path: Path) -> None:
    told = {"kills": 3, "survived": 3, "lost": 1}
    body = {"measured": "2026-11-26", "machine": "Chip", "versions": {}, "kills": {"build": told}}
    path = tmp_path / "kills.json"
    path.write_text(json.dumps(body))
    assert benchmarks.kills(path).rows().to_dict("records") == [{"command": "build", **told}]
    path.write_text(json.dumps({**body, "kills": {"build": {**told, "kills": 0}}}))
    with pytest.raises(InputError, match="kills"):
        benchmarks.kills(path)
    assert benchmarks.kills().rows()["kills"].sum() > 0
