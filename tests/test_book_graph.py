"""Order and keys of chapters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.run import build, graph


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without chapters, in place of the project's."""
    monkeypatch.setattr(paths, "CHAPTERS", tmp_path)
    return tmp_path


def write(folder: Path, name: str, declared: str = "{}") -> None:
    (folder / f"{name}.md").write_text(f"---\nsevenpercent: {declared}\n---\n\n# {name}\n")


def test_a_chapter_comes_after_those_it_needs(folder: Path) -> None:
    write(folder, "index", "{needs: [claims, gap]}")
    write(folder, "claims", "{needs: [gap]}")
    write(folder, "gap")
    order = graph.sorter(graph.read_all(["index", "claims", "gap"]))
    assert list(order.get_ready()) == ["gap"]
    order.done("gap")
    assert list(order.get_ready()) == ["claims"]


def test_a_need_that_is_not_in_the_book_is_left_to_the_chapter(folder: Path) -> None:
    write(folder, "index", "{needs: [gap]}")
    write(folder, "gap")
    assert graph.read_all(["index"])["index"].needs == []


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("{needs: [gpa]}", "Did you mean 'gap'?"),
        ("{neds: [gap]}", "Did you mean 'needs'?"),
        ("{tables: county_votes}", "index.md: Input should be a valid list (column 'tables'"),
        ("[gap]", "index.md: Input should be a valid dictionary"),
        ("{files: [/etc/passwd]}", "must be a path below the project"),
        ("{parameters: {reading: treatment.primry}}", "index.md: unknown scenario key"),
        ("{parameters: {reading: treatment.primry}}", "Did you mean 'primary'?"),
        ("{requires: {table.polls: there are none}}", "Did you mean 'tables'?"),
        ("{requires: {polls.yml: }}", "valid string (column 'requires.polls.yml')"),
        ("{compares: perhaps}", "valid boolean"),
        ("{long: true, long: true}", "index.md: a key stands twice (row 2, value 'long')"),
        ("{needs: [gap}", "index.md: not valid YAML"),
        ("{tables: [county_vote]}", "index.md: no such table in the header (value 'county_vote')"),
    ],
)
def test_a_wrong_declaration_is_told(folder: Path, declared: str, message: str) -> None:
    write(folder, "index", declared)
    write(folder, "gap")
    with pytest.raises(InputError, match=re.escape(message)):
        graph.read_all(["index", "gap"])


def test_a_circle_is_told(folder: Path) -> None:
    write(folder, "a", "{needs: [b]}")
    write(folder, "b", "{needs: [a]}")
    with pytest.raises(InputError, match="in a circle"):
        graph.read_all(["a", "b"])


def test_a_chapter_without_header_is_told(folder: Path) -> None:
    (folder / "a.md").write_text("# a\n")
    with pytest.raises(InputError, match="no header"):
        graph.read_all(["a"])


def test_a_copied_chapter_that_opens_the_other_ones_study_is_told(folder: Path) -> None:
    write(folder, "a")
    whole = (folder / "a.md").read_text()
    (folder / "a.md").write_text(f'{whole}\nstudy = open_study("b", scenario, out)\n')
    with pytest.raises(InputError, match=re.escape('Write open_study("a", ...)')):
        graph.read_all(["a"])


def test_a_long_chapter_starts_before_those_that_others_wait_for(folder: Path) -> None:
    for name, declared in (("a", "{}"), ("b", "{}"), ("c", "{long: true}"), ("d", "{needs: [b]}")):
        write(folder, name, declared)
    whole = scenario.load(overrides={"chapters": ["a"]})
    headers = graph.read_all(["a", "b", "c", "d"])
    run = build.Run(whole, headers, folder, folder, {}, False)
    assert run.by_weight(["a", "b", "c"]) == ["c", "b", "a"]
    write(folder, "c", "{long: 30}")
    with pytest.raises(InputError, match="valid boolean"):
        graph.read_all(["c"])
