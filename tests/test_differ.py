"""The differ of results, and the command that shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sevenpercent.cli import main as cli
from sevenpercent.errors import InputError
from sevenpercent.model.results import Results
from sevenpercent.run import differ


def book(**values: object) -> Results:
    out = Results()
    for key, value in values.items():
        out.add(key, value, se=1.0, unit="points")
    return out


def told(before: Results, after: Results, **how: Any) -> list[str]:
    return [str(m) for m in differ.moves(before, after, **how)]


def test_moved_new_and_gone() -> None:
    lines = told(book(a=1.0, b=2.0, c=3.0), book(a=1.5, b=2.0, d=4.0))
    assert lines == [
        "a: 1.0 -> 1.5 (+0.5) points",
        "c: gone, was 3.0 points",
        "d: new, 4.0 points",
    ]


@pytest.mark.parametrize(
    ("how", "moved"), [({"absolute": 0.5}, 0), ({"absolute": 0.4}, 1), ({"relative": 0.05}, 0)]
)
def test_tolerances(how: dict[str, float], moved: int) -> None:
    assert len(told(book(a=10.0), book(a=10.5), **how)) == moved


def test_words_and_truth_have_no_tolerance() -> None:
    assert told(book(a="holds", b=True), book(a="does not hold", b=False), absolute=5.0) == [
        "a: holds -> does not hold points",
        "b: True -> False points",
    ]
    assert told(book(a=None), book(a=None)) == []


def test_intervals_only_when_asked() -> None:
    wide = Results()
    wide.add("a", 1.0, se=2.0, unit="points")
    assert told(book(a=1.0), wide) == []
    parts = [m.part for m in differ.moves(book(a=1.0), wide, parts=differ.PARTS)]
    assert parts == ["se"]


def test_the_command(tmp_path: Path) -> None:
    for name, value in (("a", 1.0), ("b", 1.2)):
        text = book(x=value, y=3.0).to_json(name)
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    files = [str(tmp_path / f"{n}.json") for n in ("a", "b")]
    run = CliRunner().invoke(cli.app, ["compare", *files])
    assert run.exit_code == 1
    assert "x: 1.0 -> 1.2 (+0.2) points" in run.output
    assert "1 of 2 numbers differ" in run.output
    assert CliRunner().invoke(cli.app, ["compare", *files, "--tolerance", "0.3"]).exit_code == 0
    with pytest.raises(InputError, match="no results"):
        differ.read(str(tmp_path / "none"))
