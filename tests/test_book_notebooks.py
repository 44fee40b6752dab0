"""What is removed from an executed notebook, and how it is dressed for the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat.v4 as v4
import pytest

from sevenpercent import escape, paths
from sevenpercent.errors import ChapterError, InputError
from sevenpercent.run import notebooks
from sevenpercent.run.furniture import Home
from sevenpercent.run.publish import contents, home
from sevenpercent.run.refresh import END, START, moved, verdict, with_verdict


def code(source: str, *outputs: Any, tags: tuple[str, ...] = ()) -> Any:
    return v4.new_code_cell(
        source, outputs=list(outputs), execution_count=7, metadata={"tags": list(tags)}
    )


def shown(text: str) -> Any:
    return v4.new_output("display_data", {"text/markdown": text, "text/plain": text})


def figure(alt: str = "A line rises.") -> Any:
    return v4.new_output(
        "display_data", {"image/png": "aGVsbG8=", "text/plain": "x"}, metadata={"alt": alt}
    )


def test_cleaning_leaves_nothing_of_one_run() -> None:
    cell = code("1")
    cell.metadata["execution"] = {"iopub.status.busy": "2026-01-01"}
    cell.metadata["papermill"] = {"duration": 1.5}
    noisy = v4.new_notebook(
        cells=[code("scenario = '/tmp/x'", tags=("injected-parameters",)), cell],
        metadata={
            "papermill": {"start_time": "now"},
            "language_info": {"name": "python", "version": "3.11.7"},
        },
    )
    out = notebooks.clean(noisy, "gap")
    assert len(out.cells) == 1
    assert out.cells[0]["id"] == "gap-01"
    assert out.cells[0].execution_count == 1
    assert out.cells[0].metadata == {"tags": []}
    assert "papermill" not in out.metadata
    assert out.metadata.language_info == {"name": "python"}
    assert len(noisy.cells) == 2


def test_the_description_of_a_figure_goes_where_the_page_looks() -> None:
    out = notebooks.clean(v4.new_notebook(cells=[code("f", figure("Two\n bars."))]), "gap")
    assert out.cells[0].metadata["mystnb"]["image"]["alt"] == "Two bars."


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ([figure("")], "has no text"),
        ([figure("plot.png")], "has no text"),
        ([figure(), figure()], "2 figures in one cell"),
    ],
)
def test_an_undescribed_figure_is_refused(outputs: list[Any], message: str) -> None:
    with pytest.raises(ChapterError, match=f"chapter gap, cell 1: .*{message}"):
        notebooks.clean(v4.new_notebook(cells=[code("f", *outputs)]), "gap")


def test_code_is_folded_and_parameters_are_removed() -> None:
    dressed = notebooks.dress(
        v4.new_notebook(
            cells=[code("a", tags=("parameters",)), code("b"), code("c", tags=("show-input",))]
        ),
        ["gap"],
    )
    tags = [c.metadata["tags"] for c in dressed.cells]
    assert tags == [["parameters", "remove-cell"], ["hide-input"], ["show-input"]]


def test_what_was_found_is_the_heading_and_the_question_the_line_above() -> None:
    asked = v4.new_markdown_cell("# Is <it> so?\n\nFirst words.")
    cells = [
        asked,
        code("x = 1"),
        code("%%say finding\nNo.", shown("No, *not*\n so.")),
        code("%%say answer\nA", shown("A")),
    ]
    dressed = notebooks.dress(v4.new_notebook(cells=cells), ["gap"])
    assert (
        dressed.cells[0].source
        == '# No, *not* so\n\n<p class="kicker">Is &lt;it&gt; so?</p>\n\nFirst words.'
    )
    assert [c.source.split()[0] for c in dressed.cells[1:]] == ["%%say", "x"], "the answer follows"
    own = notebooks.dress(v4.new_notebook(cells=cells), ["gap"], "So in Ash & Elm, 2024?")
    assert '<p class="kicker">So in Ash &amp; Elm, 2024?</p>\n\nFirst' in own.cells[0].source
    cells[2] = code("%%say finding\n? no\nNo.")
    own = notebooks.dress(v4.new_notebook(cells=cells), ["gap"], "So in Ash, 2024?")
    assert own.cells[0].source == "# So in Ash, 2024?\n\nFirst words."
    unsettled = notebooks.dress(v4.new_notebook(cells=cells), ["gap"])
    assert unsettled.cells[0].source == asked.source, "nothing was found: the question stays"


def test_a_template_left_in_the_words_is_found_and_a_name_that_looks_like_one_is_none() -> None:
    left = v4.new_notebook(
        cells=[v4.new_markdown_cell("In {{ here }}"), code("c", shown("{{ b }}"))]
    )
    assert notebooks.unfilled(left) == ["{{ here ", "{{ b "]
    name = escape.markdown("{{ 7*7 }}")
    cells = [
        v4.new_markdown_cell("Write `{{ here }}`."),
        code("say('{{ x }}')", shown(f"In {name}")),
    ]
    assert notebooks.unfilled(v4.new_notebook(cells=cells)) == []


def test_links_lead_to_pages_of_the_book_and_to_no_other() -> None:
    text = "See [the gap](gap.md#chance), [polls](polls.ipynb) and [a site](https://x.org/a.md)."
    dressed = notebooks.dress(
        v4.new_notebook(cells=[v4.new_markdown_cell(text), code("c", shown(text))]), ["gap"]
    )
    expected = "See [the gap](gap.ipynb#chance), polls and [a site](https://x.org/a.md)."
    assert dressed.cells[0].source == expected
    assert dressed.cells[1].outputs[0].data["text/markdown"] == expected


def test_what_moved_names_lines_and_figures() -> None:
    old = v4.new_notebook(cells=[code("a", shown("one\ntwo")), code("b", figure())])
    new = v4.new_notebook(cells=[code("a", shown("one\nthree")), code("b", figure())])
    assert list(moved(old, new)) == ["-two", "+three"]
    new.cells[1].outputs[0].data["image/png"] = "b3RoZXI="
    assert list(moved(old, new)) == ["-two", "+three", "figure 1 changed"]
    assert list(moved(old, old)) == []


def test_the_verdict_comes_from_its_tagged_cell() -> None:
    book = v4.new_notebook(
        cells=[code("a", shown("no")), code("b", shown("yes"), tags=("verdict",))]
    )
    assert verdict(book) == "yes"
    assert with_verdict(f"a\n{START}\nold\n{END}\nb", "new") == f"a\n{START}\nnew\n{END}\nb"


def test_contents_keep_the_order_of_the_whole(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    first = {"caption": "First", "chapters": [{"file": "chapters/claims", "title": "Claims"}]}
    last = {"caption": "Last", "chapters": [{"file": "chapters/gap"}, {"file": "pages/words"}]}
    toc = {"format": "jb-book", "root": "chapters/index", "title": "Start", "parts": [first, last]}
    head = {"format": "jb-book", "root": "chapters/index", "title": "Start"}
    gap = {"caption": "Last", "chapters": [{"file": "chapters/gap"}]}
    assert contents(toc, ["gap", "claims", "index"]) == {**head, "parts": [first, gap]}
    assert contents(toc, ["gap", "index"]) == {**head, "parts": [gap]}
    assert contents(toc, ["index"]) == head
    assert contents(toc, ["gap"]) == {"format": "jb-book", "root": "chapters/gap"}
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "words.md").write_text("# Words")
    assert contents(toc, ["gap", "claims", "index"]) == toc
    with pytest.raises(InputError, match="stands nowhere"):
        contents(toc, ["polls"])


def test_the_first_page_knows_its_part_of_the_menu() -> None:
    toc = {"format": "jb-book", "root": "chapters/index", "title": "Start"}
    parts = [{"caption": "The answer", "chapters": []}]
    assert home({**toc, "parts": parts}, ["index"]) == Home("chapters/index", "The answer", "Start")
