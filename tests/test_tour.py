"""The tour of the commands: real commands, real answers, nothing of the machine, as it is recorded."""

from __future__ import annotations

import pytest

from sevenpercent import paths
from sevenpercent.cli import tour
from sevenpercent.model import scenario
from sevenpercent.study.tour_record import FRAMES, Tour, recorded


@pytest.fixture(scope="module")
def made() -> Tour:
    return tour.tour(scenario.load())


def said(made: Tour, step: str) -> list[str]:
    return list(made.said.loc[made.said["step"] == step, "line"])


def test_the_record_is_what_the_commands_answer(made: Tour) -> None:
    kept = recorded()
    for name in FRAMES:
        ours, theirs = getattr(made, name), getattr(kept, name)
        told = "run `python -m sevenpercent.cli.tour`"
        assert ours.drop(columns=["value", "se", "lo", "hi"], errors="ignore").equals(
            theirs.drop(columns=["value", "se", "lo", "hi"], errors="ignore")
        ), told
    for column in ("value", "se", "lo", "hi"):
        pairs = zip(made.numbers[column], kept.numbers[column], strict=True)
        assert all(a == b or a == pytest.approx(b, rel=1e-9) for a, b in pairs), column
    assert made.adjusting == kept.adjusting


def test_each_defect_is_named_with_its_line(made: Tour) -> None:
    errors = [line for line in said(made, "spoiled") if line.startswith("error")]
    assert len(errors) == made["spoiled.errors"].value
    for defect in made.defects.itertuples():  # a total that says so is left out, and told
        told = [line for line in said(made, "spoiled") if f"row {defect.row}," in line]
        assert any(line.startswith(("error", "note")) for line in told), defect.what


def test_the_sound_file_passes(made: Tour) -> None:
    assert made["good.errors"].value == 0
    assert not [line for line in said(made, "good") if line.startswith("error")]
    assert made["year"].value != scenario.load().year


def test_what_is_shown_names_nothing_of_this_machine(made: Tour) -> None:
    shown = "\n".join(made.said["line"])
    assert "/tmp" not in shown
    assert str(paths.ROOT) not in shown


def test_the_project_itself_is_left_alone(made: Tour) -> None:
    assert not (paths.SCENARIOS / f"{tour.NAME}.yml").exists()
    assert not (paths.DATA / tour.NAME).exists()


def test_a_refusal_is_part_of_what_is_shown() -> None:
    with tour.project():
        told = tour.run(["check", "nothing-here"])
    assert told.startswith("sevenpercent: ")
    assert "nothing-here" in told


def test_what_was_typed_stands_above_its_answer() -> None:
    shown = recorded().printed("good", "check")
    assert shown.startswith("```text\n$ sevenpercent check elsewhere")
    assert "sevenpercent new" not in shown
    assert recorded().beginning("votes.csv").endswith("...\n```")
