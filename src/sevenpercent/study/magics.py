"""Cells of words: ``%%say`` a paragraph, ``%%figure`` and ``%%table`` with their titles and captions.

``%%explore`` stands for a part that a reader can turn, its body for the words of its controls.
The body of a cell is English that can be read from top to bottom; ``{{ name }}`` stands for a
variable of the notebook. What a cell shows depends on nothing else.
"""

from __future__ import annotations

import ast
from typing import Any

from IPython import get_ipython
from IPython.display import display

from sevenpercent.errors import InputError
from sevenpercent.model import words
from sevenpercent.model.numbers import pick
from sevenpercent.show import explorer, picture
from sevenpercent.show.table import table as as_table
from sevenpercent.study.study import Study, current

NAMES = ("say", "figure", "table", "explore")


def register() -> None:
    """Make the magics known to the running shell; outside of one there is nothing to do."""
    shell = get_ipython()
    if shell is None:
        return
    for name in NAMES:
        shell.register_magic_function(
            globals()[name], "line_cell" if name == "say" else "cell", name
        )


def say(line: str, body: str = "") -> None:
    """Show a paragraph, or the scenario's own of that name in its place; ``%say name`` has only that."""
    told = words.Told()
    text = paragraph(current(), line, body, _namespace(), told)
    current().told(told)
    if text:
        _markdown(text)


def figure(line: str, body: str) -> None:
    """Draw ``%%figure call``; the body is its title, its subtitle and, last, its source.

    Nothing is shown where the call gives None: there is nothing to draw.
    """
    values = _namespace()
    drawn = _evaluate(line, values)
    if drawn is not None:
        credits = current().s.credits.held
        title, subtitle, source = _titles(body, values)
        folder = current().figures
        picture.show(drawn, title, subtitle, source or drawn.source or credits, folder)


def table(line: str, body: str) -> None:
    """Show ``%%table frame``; the body is its caption. An empty frame is not shown."""
    text = _captioned(line, body, _namespace())
    if text:
        _markdown(text)


def explore(line: str, body: str) -> None:
    """Put the part of ``%%explore call`` on the page; the body has its words, ``name: words``."""
    values = _namespace()
    made = _evaluate(line, values)
    if made is not None:
        said = explorer.labels(words.fill(body, values, page=False))
        explorer.show(made, said, current().figures)


def spoken(study: Study, source: str, variables: dict[str, Any]) -> str:
    """What a cell of words says for these variables, without a shell; a figure in words.

    `source`: the cell; `variables`: the notebook's variables.
    """
    first, _, body = source.lstrip("%").partition("\n")
    name, _, line = first.partition(" ")
    values = values_of(study, {k: v for k, v in variables.items() if k[:1] != "_"})
    if name == "say":
        return paragraph(study, line, body, values)
    if name == "table":
        return _captioned(line, body, values)
    if name == "explore":
        return words.fill(body, values)
    drawn = _evaluate(line, values)
    return "" if drawn is None else ". ".join([*_titles(body, values)[:2], drawn.says])


def _titles(body: str, values: dict[str, Any]) -> tuple[str, str, str]:
    parts = (" ".join(p.split()) for p in words.fill(body, values, page=False).split("\n\n"))
    title, subtitle, source = (*filter(None, parts), "", "", "")[:3]
    return title, subtitle, source


def _captioned(line: str, body: str, values: dict[str, Any]) -> str:
    frame = _evaluate(line, values)
    if frame is None or not len(frame):
        return ""
    caption = " ".join(words.fill(body, values).split())
    return as_table(frame) + (f"\n\n*{caption}*" if caption else "")


def paragraph(
    study: Study, name: str, body: str, values: dict[str, Any], told: words.Told | None = None
) -> str:
    """The words of one place in a chapter (:meth:`.Text.paragraph`); `told` keeps what is filled in."""
    return study.text.paragraph(
        study.s, study.chapter, name, body, lambda part: words.fill(part, values, told=told)
    )


def _evaluate(line: str, values: dict[str, Any]) -> Any:
    try:
        ast.parse(line.strip(), mode="eval")
    except SyntaxError:
        fix = "Write what is to be shown after %%figure or %%table."
        raise InputError("not an expression", value=line, fix=fix) from None
    return eval(line.strip(), values)  # the notebook's own code, like any line of a cell


def _namespace() -> dict[str, Any]:
    shell = get_ipython()
    own = {} if shell is None else {k: v for k, v in shell.user_ns.items() if k[:1] != "_"}
    return values_of(current(), own)


def values_of(study: Study, own: dict[str, Any]) -> dict[str, Any]:
    """What a sentence can name: the notebook's variables, helpers, and numbers by their keys.

    Helpers go before variables of the same name (a loop over places leaves a ``place``).
    """
    cited = _Cited(study)
    helpers = {"v": lambda key: cited[key].value, "has": lambda key: key in cited, "pick": pick}
    return {**own, **study.values, "r": cited, **helpers}


class _Cited:
    """Numbers of this chapter and of those that it names as its sources, by key."""

    def __init__(self, study: Study) -> None:
        self._study = study

    def __getitem__(self, key: str) -> Any:
        own = self._study.results
        return own[key] if key in own else self._study.cited[key]

    def __contains__(self, key: object) -> bool:
        return key in self._study.results or key in self._study.cited


def _markdown(text: str) -> None:
    display({"text/markdown": text, "text/plain": text}, raw=True)
