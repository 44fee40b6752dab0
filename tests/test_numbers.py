"""What a book publishes is what somebody reads: numbers that are cited, said, tabulated or drawn."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.model.results import Results, Value
from sevenpercent.run.build import execute_chapters
from sevenpercent.run.notebooks import Notebook

MOST = 3400
"""Numbers of the default book; the page of downloads is for people."""

UNREAD = 400
"""Published numbers that no page prints and no claim cites. Fewer is better: none should be new."""

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
Printed = Mapping[int, set[float]]


def printed(notebook: Notebook) -> tuple[str, Printed]:
    """What a chapter says, its figures in words; its numbers without signs, by their decimals."""
    said = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            said.append(data.get("text/markdown") or output.get("metadata", {}).get("alt") or "")
    text = "\n".join(said)
    found: dict[int, set[float]] = defaultdict(set)
    for token in NUMBER.findall(text):
        number = token.replace(",", "")
        found[len(number.partition(".")[2])].add(float(number))
    return text, found


def shown(value: Value, text: str, found: Printed) -> bool:
    """Whether a page prints a number, rounded, as it is or in percent; or says a word."""
    x = value.value
    if isinstance(x, bool) or x is None:
        return True  # it stands in a sentence, as what it means
    if isinstance(x, str):
        return x.lower() in text.lower() or not re.fullmatch(r"[\w ]+ [\w ]+", x)
    return any(
        round(abs(x) * times, decimals) in numbers
        and (decimals > 0 or float(abs(x) * times).is_integer() or abs(x) * times >= 20)
        for times in (1, 100)
        for decimals, numbers in found.items()
    )


@pytest.mark.usefixtures("book")
def test_what_is_published_is_read() -> None:
    s = scenario.load()
    notebooks, results = execute_chapters(s)
    files = [Path(f"{paths.SCENARIOS / s.id}.yml"), *(paths.SCENARIOS / s.id).rglob("*.*")]
    cited = "\n".join(p.read_text(encoding="utf-8") for p in files)
    pages = {name: printed(notebook) for name, notebook in notebooks.items()}
    unread = [k for k in results if k not in cited and not _on_a_page(k, results, pages)]
    assert len(results) <= MOST
    assert len(unread) <= UNREAD, unread


def _on_a_page(key: str, results: Results, pages: Mapping[str, tuple[str, Printed]]) -> bool:
    """On the page of its chapter; a looked-up fact on any."""
    own = key.partition(".")[0]
    tried = [pages[own]] if own in pages else pages.values()
    return any(shown(results[key], *page) for page in tried)
