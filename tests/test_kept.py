"""Numbers of other chapters are kept exactly as long as nothing that makes them has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.study import kept

FOLDERS = ("src/sevenpercent", "data", "scenarios/midwest-2016")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in FOLDERS:
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "a.py").write_text("1")
    (tmp_path / "requirements.txt").write_text("1")
    for name, folder in (("ROOT", ""), ("DATA", "data"), ("SCENARIOS", "scenarios")):
        monkeypatch.setattr(paths, name, tmp_path / folder)
    monkeypatch.setattr(paths, "BUILD", tmp_path / "_build")
    return tmp_path


@pytest.fixture(scope="module")
def given() -> scenario.Scenario:
    return scenario.load()


def numbers(value: float) -> Results:
    out = Results()
    out.add("gap.a", value, lo=-1, hi=2, n=3, unit="points", label="x", tables=["county_votes"])
    return out


def test_what_was_written_is_read(project: Path, given: scenario.Scenario) -> None:
    assert kept.read(given, "gap") is None
    kept.write(given, "gap", numbers(1 / 3))
    found = kept.read(given, "gap")
    assert found is not None
    assert dict(found) == dict(numbers(1 / 3))
    assert kept.read(given, "controls") is None


@pytest.mark.parametrize("name", [*(f"{folder}/a.py" for folder in FOLDERS), "requirements.txt"])
def test_a_change_of_any_input_forgets(project: Path, given: scenario.Scenario, name: str) -> None:
    kept.write(given, "gap", numbers(1))
    (project / name).write_text("22")
    assert kept.read(given, "gap") is None


def test_another_setting_forgets(project: Path, given: scenario.Scenario) -> None:
    kept.write(given, "gap", numbers(1))
    assert kept.read(given.model_copy(update={"title": "another"}), "gap") is None
    assert kept.read(given, "gap") is not None


def test_a_damaged_file_is_no_number(project: Path, given: scenario.Scenario) -> None:
    kept.write(given, "gap", numbers(1))
    (file,) = (project / "_build" / "kept" / given.id).glob("*.json")
    file.write_text("{")
    assert kept.read(given, "gap") is None


def test_only_the_last_versions_stay(project: Path, given: scenario.Scenario) -> None:
    for i in range(kept.KEPT + 3):
        (project / "requirements.txt").write_text("x" * i)
        kept.write(given, "gap", numbers(i))
    assert len(list((project / "_build" / "kept" / given.id).iterdir())) == kept.KEPT
    assert kept.read(given, "gap") is not None


def test_a_folder_that_cannot_be_written_is_no_error(
    project: Path, given: scenario.Scenario
) -> None:
    (project / "_build").write_text("a file")
    kept.write(given, "gap", numbers(1))
    assert kept.read(given, "gap") is None
