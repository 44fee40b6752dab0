"""Execute the committed notebooks again, show what moved, and only then overwrite them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from sevenpercent import paths
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.run import differ, notebooks
from sevenpercent.run.build import execute_chapters

VERDICT = "verdict"
"""Tag of the cell whose output is the sentence that the README repeats."""

START, END = "<!-- verdict: start -->", "<!-- verdict: end -->"


def refresh(
    scenario: Scenario, *, jobs: int | None = None, force: bool = False, dry: bool = False
) -> Iterator[str]:
    """Execute every chapter, yield one line for each thing that moved, then write the notebooks.

    `scenario`: the default one: the committed notebooks are its; `jobs, force`: as in
    :func:`sevenpercent.run.build.build`; `dry`: show only, write nothing.
    """
    executed, results = execute_chapters(scenario, jobs=jobs, force=force)
    last = paths.BUILD / scenario.id / "results.json"
    if last.is_file():
        yield from map(str, differ.moves(Results.from_json(last), results))
    for name, fresh in executed.items():
        path = paths.CHAPTERS / f"{name}.ipynb"
        old = notebooks.read(path) if path.is_file() else None
        if old is None:
            yield f"{name}: new"
        else:
            yield from (f"{name}: {line}" for line in moved(old, fresh))
        if not dry:
            notebooks.write(fresh, path)
    index = executed.get("index")
    readme = paths.ROOT / "README.md"
    if index is not None and readme.is_file() and not dry:
        text = readme.read_text(encoding="utf-8")
        readme.write_text(with_verdict(text, verdict(index)), encoding="utf-8")


def moved(old: notebooks.Notebook, new: notebooks.Notebook) -> Iterator[str]:
    """Lines of the text that left (-) and came (+), and the figures that changed."""
    before = [line for _, text in notebooks.texts(old) for line in text.splitlines()]
    after = [line for _, text in notebooks.texts(new) for line in text.splitlines()]
    for line in difflib.unified_diff(before, after, lineterm="", n=0):
        if line[:1] in "+-" and line[:3] not in ("+++", "---"):
            yield line
    figures = [content.strip() for _, content in notebooks.pictures(old)]
    for number, (_, content) in enumerate(notebooks.pictures(new), start=1):
        if number > len(figures):
            yield f"figure {number} is new"
        elif figures[number - 1] != content.strip():
            yield f"figure {number} changed"


def verdict(index: notebooks.Notebook) -> str:
    """Return what the tagged cells of the first chapter say; empty without one."""
    tagged = (cell for cell in index.cells if notebooks.has_tag(cell, VERDICT))
    return "\n\n".join(text.strip() for cell in tagged for text in notebooks.shown(cell) if text)


def with_verdict(readme: str, sentence: str) -> str:
    """README with the sentence between its two marks; links lead to the chapters' sources."""
    sentence = notebooks.CHAPTER_LINK.sub(r"[\1](chapters/\2.md)", sentence)
    if START not in readme or END not in readme:
        return readme
    head, _, rest = readme.partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}\n{sentence}\n{END}{tail}"
