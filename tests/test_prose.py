"""Number formats, templates and blocks."""

from __future__ import annotations

from pathlib import Path

import pytest

from sevenpercent.errors import InputError
from sevenpercent.model import words as prose
from sevenpercent.model.results import Results
from sevenpercent.study.text import Text


@pytest.fixture
def results() -> Results:
    r = Results()
    r.add("gap", -9.5712, lo=-13.2, hi=-5.9)
    r.add("votes", 27257)
    r.add("zero", -0.01)
    r.add("word", "holds")
    return r


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ r['gap'] | points }}", "−9.6"),
        ("{{ v('gap') | size }}", "9.6"),
        ("{{ r['gap'] | interval }}", "from −13.2 to −5.9"),
        ("{{ r['votes'] | votes }}", "27,257"),
        ("{{ r['zero'] | points }}", "0.0"),
        ("{{ 0.1003 | percent }}", "10.0 %"),
        ("{{ 3 | word }} {{ 22 | word }}", "three 22"),
        ("{{ ['a', 'b', 'c'] | and_list }}", "a, b and c"),
        ("{{ 2.5 | signed }}", "+2.5"),
        ("{{ v('word') }}", "holds"),
        ("{{ 0.005 | in_hundred }}", "less than once in 100"),
        ("{{ 0.995 | in_hundred }}", "more than 99 times in 100"),
    ],
)
def test_formats(results: Results, template: str, text: str) -> None:
    assert prose.render(template, results) == text


@pytest.mark.parametrize(
    "template", ["{{ r['gpa'] | points }}", "{{ nothing }}", "{% if %}", "{{ r['word'] | votes }}"]
)
def test_a_sentence_without_its_number_fails(results: Results, template: str) -> None:
    with pytest.raises(InputError):
        prose.render(template, results)


def test_blocks(tmp_path: Path) -> None:
    path = tmp_path / "gap.md"
    path.write_text("intro\n<!-- block: a -->\nOne.\n\nTwo.\n<!-- block: b -->\nB\n")
    found = Text(path).blocks
    assert {name: block.body for name, block in found.items()} == {"a": "One.\n\nTwo.", "b": "B"}
    path.write_text("<!-- block: a -->\n1\n<!-- block: a -->\n2\n")
    with pytest.raises(InputError, match="twice"):
        _ = Text(path).blocks
    assert Text(tmp_path / "none.md").blocks == {}
