"""A book is not built while its data have errors; one that is built all the same says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from conftest import Done
from test_hostile import COMMAND
from test_yours import good, machines

from sevenpercent.data.rules.base import Finding
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.scenario.chapters import Header
from sevenpercent.own import causes, check
from sevenpercent.run import build, graph, landing, notebooks


def made(home: Path, typed: Callable[..., Done], votes: str, equipment: str = "") -> None:
    (home / "votes.csv").write_text(votes, encoding="utf-8")
    text = equipment or machines().to_csv(index=False)
    (home / "machines.csv").write_text(text, encoding="utf-8")
    done = typed(*COMMAND, "--votes", "votes.csv", "--equipment", "machines.csv")
    assert done.returncode == 0, done.stderr


def wrong(column: str, *values: str) -> str:
    """The good votes with wrong values in the lines from the second on."""
    frame = good().astype(object)
    for at, value in enumerate(values):
        frame.loc[at, column] = value
    return frame.to_csv(index=False)


@pytest.mark.slow
def test_a_book_with_errors_is_not_built(
    home: Path, typed: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(home, typed, wrong("dem", "-1", "x", "1.5", "inf"))
    built: list[scenario.Scenario] = []

    def stand_in(chosen: scenario.Scenario, **_: object) -> build.Book:
        built.append(chosen)
        return build.Book(home, fresh=True)

    monkeypatch.setattr(build, "build", stand_in)
    done = typed("build", "mine")
    assert done.returncode == 2
    assert not built
    every = [s for s in typed("check", "mine").stdout.splitlines() if s.startswith("error")]
    assert len(every) == 4, every
    assert "mine is not built, its data have 4 errors. The first three" in done.stderr
    told = [s for s in done.stderr.splitlines() if s.startswith("  error: votes.csv, row ")]
    assert len(told) == 3
    assert "sevenpercent check mine" in done.stderr
    assert "--despite-errors" in done.stderr
    done = typed("build", "mine", "--despite-errors")
    assert done.returncode == 0, done.stderr
    (chosen,) = built
    assert len(chosen.despite["county_votes"]) == 4
    assert "despite" in chosen.as_yaml()


def test_a_book_without_errors_is_built(
    home: Path, typed: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    made(home, typed, good().to_csv(index=False))
    chosen = check.ready(scenario.load("mine"), despite=False)
    assert not chosen.despite
    # What cannot be tested is no error: the book says so itself.
    made_ = machines().assign(touchscreen="0").to_csv(index=False)
    (home / "machines.csv").write_text(made_, encoding="utf-8")
    assert not check.ready(scenario.load("mine"), despite=False).despite


def test_pages_that_rest_on_errors_say_so() -> None:
    chapters = {
        "gap": Header(tables=["county_votes"]),
        "claims": Header(needs=["gap"]),
        "polls": Header(tables=["polls"]),
        "index": Header(),
    }
    told = graph.resting_on(chapters, {"county_votes": ["a", "b"]})
    assert told == {"gap": ["a", "b"], "claims": ["a", "b"], "index": ["a", "b"]}
    assert set(graph.resting_on(chapters, {"scenario": ["c"]})) == set(chapters)
    assert graph.resting_on(chapters, {}) == {}
    page = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Was there a gap?")])
    notebooks.warn(page, "mine", ["votes.csv, row 2: '<b>'", "b"])
    said = page.cells[1].source
    assert said.startswith("```{warning}")
    assert "and 1 more" in said
    assert "\\<b\\>" in said
    assert "`sevenpercent check mine`" in said


@pytest.mark.slow
@pytest.mark.parametrize("factor", [10, 100])
def test_a_slipped_digit_is_no_swap(home: Path, typed: Callable[..., Done], factor: int) -> None:
    frame = good()
    share = frame["dem"].astype(int) / frame["total"].astype(int)
    at = int((share - 0.25).abs().to_numpy().argmin())
    frame.loc[at, "dem"] = str(factor * int(frame["dem"].iloc[at]))
    made(home, typed, frame.to_csv(index=False))
    found = check.problems(scenario.load("mine"))
    (hit,) = [f for f in found if f.row == at + 2 and f.severity != "note"]
    assert hit.severity == "error"  # the parts are more than the total
    assert hit.rule == "out_of_line"
    assert "digit too many" in hit.fix
    assert hit.column == "dem"


def test_findings_of_one_kind_are_one_line() -> None:
    many = [
        Finding("fips_valid", "error", "county_votes_printed", str(n), "Odd", "v.csv", n, "fips")
        for n in range(40)
    ]
    (one,) = causes.of_a_kind(many)
    assert one.row == 0
    assert "39 more lines of this kind" in one.message
    assert causes.of_a_kind(many[:3]) == many[:3]
    with pytest.raises(InputError, match="have 1 error"):
        causes.admitted(scenario.load(), many, despite=False)


@pytest.mark.slow
@pytest.mark.parametrize("value", ["inf", "9" * 40, "-7", "12x", "1e5", "NaN", "=1+1"])
def test_whatever_stands_in_a_cell_no_class_of_python_is_told(
    home: Path, typed: Callable[..., Done], value: str
) -> None:
    frame = good().astype(object)
    for at, column in enumerate(("dem", "total", "fips")):
        frame.loc[30 * at + 10, column] = value
    made(home, typed, frame.to_csv(index=False))
    said = typed("check", "mine")
    assert said.returncode in (0, 2)
    for word in ("Error(", "Exception", "Traceback", "Warning:"):
        assert word not in said.stdout + said.stderr


def test_the_shelf_marks_a_book_whose_data_have_errors(
    tmp_path: Path,
) -> None:
    chosen = scenario.load()
    wrong_ = chosen.model_copy(update={"despite": {"county_votes": ["a", "b"], "scenario": ["c"]}})
    for name, s in (("plain", chosen), ("wrong", wrong_)):
        (tmp_path / name / "current").mkdir(parents=True)
        (tmp_path / name / "html").mkdir()
        (tmp_path / name / "html" / "index.html").write_text("")
        told = {"title": name, **landing.card(s, {}, {"county comparison": 7.0})}
        (tmp_path / name / "current" / "book.json").write_text(json.dumps(told))
    page = landing.write(tmp_path, "Books").read_text(encoding="utf-8")
    plain, wrong = (part.partition("</li>")[0] for part in page.split("<li>")[1:3])
    assert "Its data have 3 errors, and what it says may be wrong" in wrong
    assert "<code>sevenpercent check wrong</code>" in wrong
    assert "errors" not in plain
