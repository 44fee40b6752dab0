"""Order and keys of chapters."""

from __future__ import annotations

from pathlib import Path

import pytest

from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.run import build, graph


def write(folder: Path, name: str, declared: str = "{}") -> None:
    (folder / f"{name}.md").write_text(f"---\nsevenpercent: {declared}\n---\n\n# {name}\n")


def test_a_chapter_comes_after_those_it_needs(tmp_path: Path) -> None:
    write(tmp_path, "index", "{needs: [claims, gap]}")
    write(tmp_path, "claims", "{needs: [gap]}")
    write(tmp_path, "gap")
    order = graph.sorter(graph.read_all(["index", "claims", "gap"], tmp_path))
    assert list(order.get_ready()) == ["gap"]
    order.done("gap")
    assert list(order.get_ready()) == ["claims"]


def test_a_need_that_is_not_in_the_book_is_left_to_the_chapter(tmp_path: Path) -> None:
    write(tmp_path, "index", "{needs: [gap]}")
    write(tmp_path, "gap")
    assert graph.read_all(["index"], tmp_path)["index"].needs == ()


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("{needs: [gpa]}", "Did you mean 'gap'?"),
        ("{neds: [gap]}", "Did you mean 'needs'?"),
        ("{tables: county_votes}", "must be a list of names"),
    ],
)
def test_a_wrong_declaration_is_told(tmp_path: Path, declared: str, message: str) -> None:
    write(tmp_path, "index", declared)
    write(tmp_path, "gap")
    with pytest.raises(InputError, match=message.replace("?", r"\?")):
        graph.read_all(["index", "gap"], tmp_path)


def test_a_circle_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a", "{needs: [b]}")
    write(tmp_path, "b", "{needs: [a]}")
    with pytest.raises(InputError, match="in a circle"):
        graph.read_all(["a", "b"], tmp_path)


def test_a_chapter_without_header_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# a\n")
    with pytest.raises(InputError, match="no header"):
        graph.read_all(["a"], tmp_path)


def test_a_long_chapter_starts_before_those_that_others_wait_for(tmp_path: Path) -> None:
    for name, declared in (("a", "{}"), ("b", "{}"), ("c", "{long: true}"), ("d", "{needs: [b]}")):
        write(tmp_path, name, declared)
    chapters = graph.read_all(["a", "b", "c", "d"], tmp_path)
    run = build.Run(scenario.load(), chapters, tmp_path, tmp_path, {}, False)
    assert run.by_weight(["a", "b", "c"]) == ["c", "b", "a"]
    write(tmp_path, "c", "{long: 30}")
    with pytest.raises(InputError, match="must be true or false"):
        graph.read("c", tmp_path)
