"""The search of a book: numbers are found as people write them, and snippets show prose.

Sphinx drops bare numbers from a question, and takes "30,000" for two words.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

SCRIPT = "_static/searchtools.js"
INDEX = "searchindex.js"

_CALL = re.compile(r"(Search\.setIndex\()(.*)(\))", re.DOTALL)

_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WORDS = re.compile(r"\w+")
_REPLACED = (
    ("queryTerm.match(/^\\d+$/)", "false"),
    (
        "var splitQuery = (query) => query\n",
        "var splitQuery = (query) => query.replace(/(?<=\\d),(?=\\d{3}(?!\\d))/g, '')\n",
    ),
    (
        "linkEl.href = linkUrl + anchor;",
        'linkEl.href = linkUrl + "?found=" + encodeURIComponent('
        '[...highlightTerms].join(" ")) + anchor;',
    ),
    (
        '[".headerlink", "script", "style"]',
        '[".headerlink", "script", "style", "pre", "details", ".figure-links", ".table-note"]',
    ),
    (
        "textLower.indexOf(k.toLowerCase())",
        "Math.max(textLower.indexOf(k.toLowerCase()), "
        "textLower.indexOf(k.replace(/\\B(?=(\\d{3})+$)/g, ',')))",
    ),
)
"""What the script of Sphinx does, and what it does here."""


def split(text: str) -> list[str]:
    """Words of a text for the index; a number is one word.

    Examples
    --------
    >>> split("Up to 30,000 votes, of 2,976,150; 1,2 and 2016.")
    ['Up', 'to', '30000', 'votes', 'of', '2976150', '1', '2', 'and', '2016']
    """
    return _WORDS.findall(_GROUPED.sub("", text))


def index() -> None:
    """Let the Sphinx of this process index numbers whole, and leave out code."""
    from docutils import nodes
    from sphinx.search import SearchLanguage, WordCollector

    visit = WordCollector.dispatch_visit

    def prose_only(self: WordCollector, node: Any) -> None:
        if isinstance(node, nodes.literal_block):
            raise nodes.SkipNode
        visit(self, node)

    SearchLanguage.split = lambda self, input: split(input)  # type: ignore[method-assign]
    WordCollector.dispatch_visit = prose_only  # type: ignore[method-assign]


def mend(html: Path) -> None:
    """Let the script of the search ask for what :func:`index` indexed.

    Raises ValueError: the script is not the one that this was written for.
    """
    path = html / SCRIPT
    if not path.is_file():
        return
    text = path.read_text(encoding="utf-8")
    for theirs, ours in _REPLACED:
        if text.count(theirs) != 1:
            raise ValueError(f"{SCRIPT} of this Sphinx has no single {theirs!r}")
        text = text.replace(theirs, ours)
    path.write_text(text, encoding="utf-8")
    _tidy(html / INDEX)


def _tidy(path: Path) -> None:
    """Take out of the index the words that a page had, and no page has now."""
    if not (found := _CALL.fullmatch(path.read_text(encoding="utf-8"))):
        raise ValueError(f"{INDEX} of this Sphinx is not a call with an index")
    body = json.loads(found[2])
    for kind in ("terms", "titleterms"):
        body[kind] = {word: pages for word, pages in body[kind].items() if pages != []}
    told = json.dumps(body, separators=(",", ":"), sort_keys=True)
    path.write_text(f"{found[1]}{told}{found[3]}", encoding="utf-8")
