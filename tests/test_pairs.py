"""Each chapter and its executed twin are in step, and the twin holds nothing of one run alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run import notebooks

CHAPTERS = sorted(paths.CHAPTERS.glob("*.md"))
TWINS = [p for p in CHAPTERS if p.stem in scenario.load().chapters]


def names(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", TWINS, ids=names)
def test_the_twin_has_the_same_cells(path: Path) -> None:
    source = notebooks.read_chapter(path)
    twin = notebooks.read(path.with_suffix(".ipynb"))
    told = [(c.cell_type, c.source, c.metadata.get("tags", [])) for c in source.cells]
    kept = [(c.cell_type, c.source, c.metadata.get("tags", [])) for c in twin.cells]
    assert kept == told, "run `make refresh`"


@pytest.mark.parametrize("path", TWINS, ids=names)
def test_the_twin_was_run_from_top_to_bottom(path: Path) -> None:
    code = [c for c in notebooks.read(path.with_suffix(".ipynb")).cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))


@pytest.mark.parametrize("path", TWINS, ids=names)
def test_the_twin_holds_no_time_no_path_and_no_random_id(path: Path) -> None:
    text = path.with_suffix(".ipynb").read_text(encoding="utf-8")
    body = json.loads(text)
    assert str(paths.ROOT) not in text
    assert "papermill" not in body["metadata"]
    assert "version" not in body["metadata"].get("language_info", {})
    for position, cell in enumerate(body["cells"], start=1):
        assert cell["id"] == f"{path.stem}-{position:02d}"
        assert not {"papermill", "execution"} & set(cell["metadata"])
        assert notebooks.INJECTED not in cell["metadata"].get("tags", [])
    assert not re.search(r"/(home|tmp|Users)/\w", text)


@pytest.mark.parametrize("path", CHAPTERS, ids=names)
def test_a_chapter_has_one_parameters_cell_with_scenario_and_out(path: Path) -> None:
    tagged = [c for c in notebooks.read_chapter(path).cells if notebooks.has_tag(c, "parameters")]
    assert len(tagged) == 1
    space: dict[str, object] = {}
    exec(tagged[0].source, space)
    assert space["scenario"] == scenario.DEFAULT
    assert space["out"] == ""
    own = set(space) - {"scenario", "out", "__builtins__"}
    assert own == set(scenario.chapters.read(path.stem).parameters)


@pytest.mark.parametrize("path", CHAPTERS, ids=names)
def test_a_chapter_says_what_it_does_not_show(path: Path) -> None:
    headings = re.findall(r"^## (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings
    assert headings[-1] == "What this does not show"
