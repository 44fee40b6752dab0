"""The chapter that makes another book: real commands, real answers, nothing of the machine."""

from __future__ import annotations

import pandas as pd
import pytest

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.findings import rerun
from sevenpercent.model import scenario
from sevenpercent.model.results import Findings


@pytest.fixture(scope="module")
def found() -> Findings:
    return rerun.compute(scenario.load(), tables.load)


def said(found: Findings, step: str) -> list[str]:
    frame = found.frames["said"]
    return list(frame.loc[frame["step"] == step, "line"])


def test_each_defect_is_named_with_its_line(found: Findings) -> None:
    errors = [line for line in said(found, "spoiled") if line.startswith("error")]
    assert len(errors) == found.results["rerun.spoiled.errors"].value
    for defect in found.frames["defects"].itertuples():
        assert any(f"row {defect.row}," in line for line in errors), defect.what


def test_the_sound_file_passes(found: Findings) -> None:
    assert found.results["rerun.good.errors"].value == 0
    assert not [line for line in said(found, "good") if line.startswith("error")]
    assert found.results["rerun.year"].value != scenario.load().year


def test_what_is_shown_is_the_same_everywhere(found: Findings) -> None:
    again = rerun.compute(scenario.load(), tables.load)
    assert again.results.to_json("x") == found.results.to_json("x")
    pd.testing.assert_frame_equal(again.frames["said"], found.frames["said"])
    shown = "\n".join(found.frames["said"]["line"])
    assert "/tmp" not in shown
    assert str(paths.ROOT) not in shown


def test_the_project_itself_is_left_alone(found: Findings) -> None:
    assert not (paths.SCENARIOS / f"{rerun.NAME}.yml").exists()
    assert not (paths.DATA / rerun.NAME).exists()


def test_a_refusal_is_part_of_what_is_shown() -> None:
    with rerun.project():
        told = rerun.run(["check", "nothing-here"])
    assert told.startswith("sevenpercent: ")
    assert "nothing-here" in told
