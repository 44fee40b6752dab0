"""The form of a chapter: analysis that can be read, words that can be read, nothing hidden."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jupytext
import pytest

from sevenpercent import paths
from sevenpercent.study import cells

CHAPTERS = sorted(p.stem for p in paths.CHAPTERS.glob("*.md"))
LINES, STEPS = 15, 9
"""Lines of a step at most; steps at most, eight of analysis and one of imports, words of a page not counted."""


def code(chapter: str) -> list[str]:
    made = jupytext.read(paths.CHAPTERS / f"{chapter}.md").cells
    return [
        c.source
        for c in made
        if c.cell_type == "code" and "parameters" not in c.metadata.get("tags", [])
    ]


def steps(chapter: str) -> list[str]:
    return [c for c in code(chapter) if cells.is_analysis(c)]


def words(chapter: str) -> list[str]:
    own = [c for c in code(chapter) if not cells.is_analysis(c)]
    told = [p.read_text(encoding="utf-8") for p in texts(chapter)]
    return own + told


def texts(chapter: str) -> list[Path]:
    return sorted(paths.SCENARIOS.glob(f"*/text/{chapter}.md"))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_analysis_is_a_few_short_steps(chapter: str) -> None:
    found = steps(chapter)
    assert 2 <= len(found) <= STEPS, [s.splitlines()[0] for s in found]
    for step in found:
        lines = [x for x in step.splitlines() if x.strip()]
        assert len(lines) <= LINES, (len(lines), lines[0])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_one_cell_imports(chapter: str) -> None:
    importing = [
        s
        for s in steps(chapter)
        if any(isinstance(n, (ast.Import, ast.ImportFrom)) for n in ast.walk(ast.parse(s)))
    ]
    assert len(importing) == 1
    assert "open_study(" in importing[0]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_sentence_stands_in_the_code(chapter: str) -> None:
    for step in steps(chapter):
        for node in ast.walk(ast.parse(step)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert "{{" not in node.value
                assert len(node.value.split()) <= 18, node.value


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_condition_stands_inside_a_sentence(chapter: str) -> None:
    for text in words(chapter):
        assert "{% if" not in text, text[:80]
        assert "{%- if" not in text, text[:80]
        for inside in re.findall(r"\{\{(.*?)\}\}", text, re.DOTALL):
            assert not re.search(r"\bif\b.*\belse\b", inside), inside


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_answer_is_said(chapter: str) -> None:
    assert sum(c.startswith("%%say answer") for c in code(chapter)) == 1
