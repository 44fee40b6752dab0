"""Terms of the glossary: the first mention of each on a page leads to its explanation."""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

GLOSSARY = "pages/glossary.html"
SKIPPED = (
    *("a", "blockquote", "button", "code", "details", "dt", "figcaption", "kbd", "math", "pre"),
    *("script", "style", "summary", "svg", "table", "h1", "h2", "h3", "h4", "h5", "h6"),
)


def read(html: Path) -> dict[str, tuple[str, str]]:
    """Terms of a book: each with its place in the glossary and its explanation.

    A book without a glossary has none.
    """
    path = html / GLOSSARY
    if not path.is_file():
        return {}
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    for link in page.select("dl.glossary a.headerlink"):
        link.decompose()
    out = {}
    for term in page.select("dl.glossary dt[id]"):
        told = term.find_next_sibling("dd")
        if told is not None:
            out[term.get_text(strip=True)] = (str(term["id"]), " ".join(told.get_text().split()))
    return out


def link(page: BeautifulSoup, terms: dict[str, tuple[str, str]], up: str) -> None:
    """Link the first mention of each term in the running text of a page.

    `terms`: as :func:`read` gives them; `up`: from the page to the folder of the book, as ``../``.
    """
    article = page.select_one("article")
    if article is None or not terms:
        return
    known = {form: term for term in terms for form in _forms(term)}
    # The longest first: "diluted margin" is not a margin that is diluted.
    either = "|".join(_pattern(form) for form in sorted(known, key=lambda f: (-len(f), f)))
    pattern = re.compile(rf"(?<![\w-])(?:{either})(?![\w-])")
    left = set(terms)
    for text in list(article.find_all(string=True)):
        if type(text) is not NavigableString or not pattern.search(text):
            continue
        if any(
            t.name in SKIPPED or "citation" in t.get_attribute_list("class") for t in text.parents
        ):
            continue
        parts: list[NavigableString | Tag] = []
        at = 0
        for found in pattern.finditer(text):
            words = " ".join(found[0].split())
            term = known.get(words) or known[words[0].lower() + words[1:]]
            if term not in left:
                continue
            left.discard(term)
            place, told = terms[term]
            parts.append(NavigableString(text[at : found.start()]))
            attributes = {"class": "term", "href": f"{up}{GLOSSARY}#{place}", "title": told}
            tag = page.new_tag("a", attrs=attributes)
            tag.string = found[0]
            parts.append(tag)
            at = found.end()
        if parts:
            text.replace_with(*parts, NavigableString(text[at:]))


def _forms(term: str) -> list[str]:
    """A term as one and as many."""
    head, of, rest = term.partition(" of ")
    if head.endswith("s"):
        return [term]
    return [term, f"{head[:-1]}ies{of}{rest}" if head.endswith("y") else f"{head}s{of}{rest}"]


def _pattern(form: str) -> str:
    """A form as it stands in a text: its first letter large or small, its words apart."""
    start = f"[{form[0].upper()}{form[0]}]" if form[0].islower() else re.escape(form[0])
    return start + r"\s+".join(map(re.escape, form[1:].split(" ")))
