"""Words that changed are filled anew from what a run filled in, and are those of a full run."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.model import scenario, words
from sevenpercent.run import execute, notebooks
from sevenpercent.run.execute import WARM
from sevenpercent.study import kept, keys
from sevenpercent.study.text import TOLD, Text
from sevenpercent.workers import Pool

VALUES = {"n": 3, "who": "a*b", "listed": ["p", "q"]}


@pytest.mark.parametrize(
    "template",
    [
        "There were {{ n }} and {{ who }}.\n\n? n > 1\nMany: {{ n | word }}.\n\n?else\nOne.",
        "{% for x in listed %}{{ x }}{% endfor %}",
        "{{- n -}} of {{ '}}' }}, {{ {'a': n}['a'] }}{# unseen #}",
        "  {{ listed | and_list }}  \n\n",
        "Seams stay: \ue000 {{ n }}",
        "No value.",
    ],
)
def test_keeping_what_is_filled_in_changes_no_text(template: str) -> None:
    told = words.Told()
    said = words.fill(template, VALUES, told=told)
    assert said == words.fill(template, VALUES)
    assert told.again(template) == said


def test_other_words_are_filled_from_the_same_values_and_no_others() -> None:
    told = words.Told()
    words.fill("? n > 1\nThere were {{ n }} and {{ who }}.", VALUES, told=told)
    for again in ("{{ who }}: {{ n }}.", "? n > 1\nMany.\n\n?else\nOne.", "Nothing."):
        assert told.again(again) == words.fill(again, VALUES)
    for unknown in ("{{ listed }}", "{{ n + 1 }}", "? n is defined\nMany.", "? n > 2\nMany."):
        with pytest.raises(KeyError):
            told.again(unknown)


def again(name: str, folder: Path, source: Path, told: Path) -> bytes | None:
    """The executed notebook of a folder of the cache with the words of a source."""
    s, chapter = scenario.load(), notebooks.read_chapter(source)
    said = Text.of(s, name).again(s, name, notebooks.words_of(chapter), told)
    if said is None:
        return None
    made = notebooks.reworded(notebooks.read(folder / f"{name}.ipynb"), chapter, name, said)
    assert made is not None
    path = told.with_name(f"{name}.again.ipynb")
    notebooks.write(made, path)
    return path.read_bytes()


def made(name: str) -> Path:
    key = kept.key_of(scenario.load(), name)
    assert key is not None
    return paths.BUILD / "cache" / key


@pytest.mark.usefixtures("book")
@pytest.mark.parametrize("name", scenario.load().chapters)
def test_every_chapter_of_the_book_is_said_again_byte_for_byte(name: str, tmp_path: Path) -> None:
    folder = made(name)
    told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    for one in told:  # only what loops was kept whole: all else is put together from its parts
        one["texts"] = {t: said for t, said in one["texts"].items() if "{%" in t}
    (tmp_path / TOLD).write_text(json.dumps(told), encoding="utf-8")
    source = paths.CHAPTERS / f"{name}.md"
    assert again(name, folder, source, tmp_path / TOLD) == (folder / f"{name}.ipynb").read_bytes()


@pytest.mark.usefixtures("book")
def test_a_changed_sentence_is_what_running_the_chapter_makes_of_it(tmp_path: Path) -> None:
    name, old = "municipalities", "%%say firm\n"
    source = tmp_path / f"{name}.md"
    text = (paths.CHAPTERS / f"{name}.md").read_text(encoding="utf-8")
    assert text.count(old) == 1
    source.write_text(text.replace(old, f"{old}In short.\n\n"), encoding="utf-8")
    folder = made(name)
    job = execute.Job(
        name, source, tmp_path / f"{name}.ipynb", paths.CHAPTERS, {"out": str(tmp_path)}
    )
    with Pool(1, fresh=True, warm=WARM) as pool:
        pool.submit(name, execute.run, job)
        [(_, failure)] = pool.ended()
    assert failure is None
    assert again(name, folder, source, folder / TOLD) == job.target.read_bytes()


def test_the_key_of_the_code_knows_no_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    s, name = scenario.load(), "municipalities"
    text = (paths.CHAPTERS / f"{name}.md").read_text(encoding="utf-8")
    monkeypatch.setattr(paths, "CHAPTERS", tmp_path)

    def key(source: str) -> str:
        (tmp_path / f"{name}.md").write_text(source, encoding="utf-8")
        tables = dict.fromkeys(keys.tables_of(name, s), "")
        return keys.of(name, s, {}, tables, words=False)

    first = key(text)
    assert key(text.replace("%%say answer\n", "%%say answer\nOne word more. ")) == first
    assert key(text.replace("%%say answer\n", "%%say other\n")) != first
    assert (
        key(
            text.replace(
                "```{code-cell} python\n%%say", "```{code-cell} python\n:tags: [x]\n\n%%say", 1
            )
        )
        != first
    )
    assert key(text.replace("study = ", "study  = ", 1)) != first
    fence = "```\n\n```{code-cell} python\n"
    assert key(text.replace("import pandas as pd\n\n", f"import pandas as pd\n{fence}", 1)) != first
    assert key(text.replace(fence, "", 1)) != first


@pytest.mark.parametrize(
    ("cells", "same"),
    [
        (["a = 1\n\nb = 2", "%%say answer\nNew."], True),
        (["a = 1", "b = 2", "%%say answer\nNew."], False),
        (["a = 1\n\nb = 2\n%%say answer\nNew."], False),
        (["a = 1\n\nb = 3", "%%say answer\nNew."], False),
    ],
)
def test_only_the_cells_that_ran_are_said_again(cells: list[str], same: bool) -> None:
    def notebook(sources: list[str]) -> notebooks.Notebook:
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])

    ran = notebook(["a = 1\n\nb = 2", "%%say answer\nOld."])
    assert (notebooks.reworded(ran, notebook(cells), "gap", ["New."]) is not None) == same


def test_an_outcome_whose_values_are_damaged_is_not_said_again(tmp_path: Path) -> None:
    s = scenario.load()
    for body in ("", "[", "[{}, {}]", '[{"texts": 1}]', '[{"other": {}}]', "7"):
        (tmp_path / TOLD).write_text(body)
        assert (
            Text(tmp_path / "none.md").again(s, "gap", ["%%say\n{{ n }}"], tmp_path / TOLD) is None
        )
    assert Text(tmp_path / "none.md").again(s, "gap", ["%%say\nWords."], tmp_path / "no") is None
    with pytest.raises(InputError):
        words.fill("? nobody\nWords.", {}, told=words.Told())
