"""Notebooks as files: read a chapter, clean what a run leaves in it, dress it for the page."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from sevenpercent.errors import ChapterError
from sevenpercent.escape import code, markdown
from sevenpercent.study.text import SAYS

Notebook = Any
"""An ``nbformat.NotebookNode``; the library that defines it has no types."""

INJECTED = "injected-parameters"
PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
FOLDING = ("show-input", "hide-input", "remove-input", "hide-cell", "remove-cell")
CHAPTER_LINK = re.compile(r"\[([^\[\]]*)\]\(([\w-]+)\.(?:md|ipynb)(#[\w-]*)?\)")
_MAGIC = re.compile(r"%%?(?P<name>say|figure|table|explore)\b(?P<call>[^\n]*)")
_GONE = "\0"
"""Stands where a link was taken out with its words."""
_AROUND = re.compile(rf"\s?{_GONE}\s·(?=\s)|(?:\s·)?\s?{_GONE}")
_ANSWER = re.compile(r"%%say +answer\b")
_FINDING = re.compile(r"%%say +finding\b")
FILE_NAME = re.compile(r"^\S+\.(png|jpe?g|svg|gif)$", re.IGNORECASE)


def read_chapter(path: Path) -> Notebook:
    """Read a MyST notebook, its cells numbered in a fixed way, without outputs."""
    import jupytext  # here, since a book that is up to date reads no notebook

    notebook = jupytext.read(path)
    _number(notebook, path.stem)
    return notebook


def read(path: Path) -> Notebook:
    """Read an ``.ipynb`` file."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write(notebook: Notebook, path: Path) -> None:
    """Write an ``.ipynb`` file in the one form that a diff stays small in."""
    import nbformat

    text = nbformat.writes(notebook, version=4, indent=1, sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def has_tag(cell: Any, *tags: str) -> bool:
    """Tell whether a cell carries any of the tags."""
    return bool(set(tags) & set(cell.metadata.get("tags", [])))


def clean(notebook: Notebook, name: str) -> Notebook:
    """Remove everything that a second run of the same chapter would write differently.

    Times, the versions of the interpreter, papermill's notes and the cell with the injected
    parameters go; cells and their execution are numbered afresh. The text that a figure carries
    for those who cannot see it moves to its cell, where the page looks for it.

    Raises ChapterError when a figure has no such text, or a cell shows more than one figure.
    """
    out = copy.deepcopy(notebook)
    out.cells = [c for c in out.cells if not has_tag(c, INJECTED)]
    out.metadata.pop("papermill", None)
    out.metadata.get("language_info", {}).pop("version", None)
    for cell in out.cells:
        for noise in ("papermill", "execution"):
            cell.metadata.pop(noise, None)
    _number(out, name)
    _describe_figures(out, name)
    return out


def words_of(chapter: Notebook) -> list[str]:
    """Source of the cells of words, in their order."""
    return [c.source for c in chapter.cells if c.cell_type == "code" and SAYS.match(c.source)]


def reworded(
    executed: Notebook, chapter: Notebook, name: str, said: Sequence[str]
) -> Notebook | None:
    """An executed notebook with its words as they are in its source now, as running it would make it.

    `chapter`: its source; `said`: what each cell of words shows; nothing where it is empty. None
    where its cells of code are not those that ran.
    """
    import nbformat

    out, texts = copy.deepcopy(executed), iter(said)
    ran, now = ([c for c in n.cells if c.cell_type == "code"] for n in (out, chapter))
    if len(ran) != len(now):
        return None
    for cell, source in zip(ran, (c.source for c in now), strict=True):
        if SAYS.match(cell.source) and SAYS.match(source):
            text, cell.source = next(texts), source
            data = {"text/markdown": text, "text/plain": text}
            cell.outputs = [nbformat.v4.new_output("display_data", data)] if text else []
        elif cell.source != source:
            return None
    cells = iter(ran)
    out.cells = [next(cells) if c.cell_type == "code" else c for c in chapter.cells]
    for cell in out.cells:
        cell.metadata.setdefault("tags", [])  # as papermill does
    _number(out, name)
    return out


def dress(notebook: Notebook, book: Collection[str], question: str = "") -> Notebook:
    """Copy for the page of a book.

    What was found becomes the heading, the question the small line above it; the answer stands
    right below, above the code that computes it. Parameters are
    removed; cells of words show only what they say, figures and tables the call that made them,
    and the analysis is folded away with what it prints. Links to other chapters lead to their
    pages; a link to a chapter that is not in the book becomes plain words. `question` takes the
    place of the chapter's own.
    """
    out = copy.deepcopy(notebook)
    _lift_answer(out)
    _lift_finding(out, question)
    opens = any("open_study(" in c.source for c in out.cells)
    for cell in out.cells:
        if cell.cell_type != "code":
            cell.source = _relink(cell.source, book)
            continue
        for output in cell.get("outputs", []):
            if text := output.get("data", {}).get("text/markdown"):
                output["data"]["text/markdown"] = _relink(_joined(text), book)
        tags = list(cell.metadata.get("tags", []))
        magic = _MAGIC.match(cell.source)
        if "parameters" in tags:
            tags.append("remove-cell")
        elif magic is not None and magic["name"] in ("say", "explore"):
            tags.append("remove-input")
        elif magic is not None:
            cell.source = magic["call"].strip()
            tags.append("hide-input")
        elif not has_tag(cell, *FOLDING):
            tags.append("hide-cell" if opens else "hide-input")
        cell.metadata["tags"] = tags
    return out


def warn(notebook: Notebook, book: str, errors: Sequence[str]) -> None:
    """Say below the title that the data of a chapter have errors, naming the first."""
    import nbformat

    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    text = (
        "```{warning}\n**The data of this page have errors, and what it says may be wrong.** "
        f"The book was built all the same. {markdown(errors[0])}{more}. All of them: "
        f"{code(f'sevenpercent check {book}')}\n```"
    )
    cell = nbformat.v4.new_markdown_cell(text)
    cell["id"] = "errors-in-the-data"
    title = _title(notebook)
    notebook.cells.insert(0 if title is None else title + 1, cell)


def _lift_answer(notebook: Notebook) -> None:
    """Put what is said under the name ``answer`` below the title."""
    title = _title(notebook)
    answers = [n for n, c in enumerate(notebook.cells) if _ANSWER.match(c.source)]
    if title is not None and answers:
        notebook.cells.insert(title + 1, notebook.cells.pop(answers[0]))


def _lift_finding(notebook: Notebook, asked: str) -> None:
    """Make what is said under the name ``finding`` the heading; without it the question stays."""
    title = _title(notebook)
    if title is not None and asked:
        own = notebook.cells[title]
        own.source = "\n".join([f"# {markdown(asked)}", *own.source.lstrip().split("\n")[1:]])
    found = next((c for c in notebook.cells if _FINDING.match(c.source)), None)
    if title is None or found is None:
        return
    notebook.cells.remove(found)
    heading = " ".join(" ".join(shown(found)).split()).rstrip(".")
    if heading:
        cell = notebook.cells[title]
        question, _, rest = cell.source.lstrip().removeprefix("# ").partition("\n")
        kicker = f'<p class="kicker">{escape(asked or question.strip())}</p>'
        cell.source = f"# {heading}\n\n{kicker}\n{rest}"


def _title(notebook: Notebook) -> int | None:
    """Position of the cell with the title."""
    cells = enumerate(notebook.cells)
    return next(
        (n for n, c in cells if c.cell_type == "markdown" and c.source.lstrip().startswith("# ")),
        None,
    )


def _relink(text: str, book: Collection[str]) -> str:
    """Links to the pages of a book. Of a page that it lacks the words stay, unless they were no part of a sentence.

    Examples
    --------
    >>> _relink("It is [small](gap.md). [Why](gap.md) · [The recount](recount.md)", ["recount"])
    'It is small. [The recount](recount.ipynb)'
    """

    def page(found: re.Match[str]) -> str:
        words, name, place = found.groups()
        if name in book:
            return f"[{words}]({name}.ipynb{place or ''})"
        before = text[: found.start()].rstrip()[-1:]
        after = text[found.end() :].partition("\n\n")[0].lstrip()[:1]
        ends, begins = before in {*".!?)*·"}, after in {"", *"[·*"} or after.isupper()
        return _GONE if before and ends and begins else words

    return _AROUND.sub("", CHAPTER_LINK.sub(page, text))


def texts(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Cell number and text of everything a reader reads in the outputs, in order."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind in ("text/markdown", "text/html", "text/plain"):
                if kind in data and not set(PICTURES) & set(data):
                    yield number, _joined(data[kind])
                    break
            if "text" in output:
                yield number, _joined(output["text"])


def told(notebook: Notebook) -> list[str]:
    """The finding and the answer of an executed chapter, as plain text, as far as it has them."""
    return [
        text
        for heads in (_FINDING, _ANSWER)
        for cell in notebook.cells
        if heads.match(cell.source)
        for text in shown(cell, "text/plain")
        if text.strip()
    ]


def unfilled(notebook: Notebook) -> list[str]:
    r"""Templates that stand in the words of a page as they were written; data only looks like one.

    Data is escaped (``\{\{``), so that a name which looks like a template is shown as its letters.
    """
    said = [c.source for c in notebook.cells if c.cell_type == "markdown"]
    said += [text for cell in notebook.cells for text in shown(cell)]
    words = (re.sub(r"(`+).*?\1", "", text, flags=re.DOTALL) for text in said)
    return [found for text in words for found in re.findall(r"\{\{[^}\n]{0,60}", text)]


def pictures(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Cell number and base64 content of every PNG in the outputs, in order."""
    for number, cell in enumerate(notebook.cells, start=1):
        yield from ((number, content) for content in shown(cell, "image/png"))


def shown(cell: Any, kind: str = "text/markdown") -> list[str]:
    """What a cell shows of one kind, for each of its outputs that has it."""
    data = (output.get("data", {}) for output in cell.get("outputs", []))
    return [_joined(one[kind]) for one in data if kind in one]


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _number(notebook: Notebook, name: str) -> None:
    count = 0
    for position, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"{name}-{position:02d}"
        if cell.cell_type != "code":
            continue
        if cell.get("execution_count"):
            count += 1
            cell["execution_count"] = count
        for output in cell.get("outputs", []):
            if "execution_count" in output:
                output["execution_count"] = cell["execution_count"]


def _describe_figures(notebook: Notebook, name: str) -> None:
    for position, cell in enumerate(notebook.cells, start=1):
        shown = [o for o in cell.get("outputs", []) if set(PICTURES) & set(o.get("data", {}))]
        if not shown:
            continue
        if len(shown) > 1:
            raise ChapterError(
                f"chapter {name}, cell {position}: {len(shown)} figures in one cell; show one a cell."
            )
        metadata = shown[0].get("metadata", {})
        kinds = [metadata.get(k, {}).get("alt") for k in PICTURES]
        stated = cell.metadata.get("mystnb", {}).get("image", {}).get("alt")
        alt = next((a for a in (metadata.get("alt"), *kinds, stated) if a), None)
        if not alt or FILE_NAME.match(alt):
            raise ChapterError(
                f"chapter {name}, cell {position}: the figure has no text for those who cannot "
                "see it; give it an alt text."
            )
        cell.metadata.setdefault("mystnb", {}).setdefault("image", {})["alt"] = " ".join(
            alt.split()
        )
