"""The words of the shipped books: what readers stumbled over is not printed again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from sevenpercent import paths
from sevenpercent.model import scenario

NUMBER = r"(?:\d[\d,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
MANY = (
    "counties|votes|ballots|claims|states|machines|units|models|estimates|intervals|towns|designs"
)
ONE = "county|vote|ballot|claim|state|machine|unit|model|estimate|interval|town|design"
STARTS = "The|It|This|These|They|There|With|Without|When|Where|If|But|And|One|Two|Three|None"
FAULTS = {
    "a before a vowel": r"\b[Aa] (?!one\b|once\b|un[ai]|us[eia]|U|eu|Eu|o[nf] )[aeioAEIO]\w+|\b[Aa] (?:8|11|18)\d?\b",
    "an before a consonant": r"\b[Aa]n (?!hour|hono|hones|heir|[A-Z]{2}|[FHLMNRSX]\b|8|11|18)[bcdfghj-np-tv-zB-DF-HJ-NP-TV-Z1-79]\w*",
    "one of many": rf"\b(?:1|one) (?:{MANY})\b",
    "many of one": rf"\b(?!1\b|(?:19|20)\d\d\b){NUMBER} (?:{ONE})(?=[.;)]|$)",
    "a count of zero": rf"(?<![\d.,])(?:0|zero) (?:of|{MANY}|{ONE})\b",
    "“No” in a running count": r"[a-z,;] No\b(?!\.? \d|\.)",
    "a capital in mid-sentence": rf"[a-z],? (?:{STARTS})\b(?! [A-Z])",
    "a space before a full stop": r"[a-z] [.,;](?=\s|$)",
    "a link that shows its marks": r"\]\(|\*\*",
    "a doubled word": r"\b(the|a|of|in|to|and|is|was|for|with) \1\b",
}
ALLOWED = re.compile(
    r"The (?:Intercept|Nation|New York|Guardian|Verge|Hill|Washington|Carter|Election)|Form One"
)
"""Names that begin like a sentence."""

BLOCKS = "h1, h2, h3, p, li, dd, dt, caption, td, th, figcaption"


def sentences(page: BeautifulSoup) -> Iterator[str]:
    """Text of each block of an article, without code, quotations and what others wrote."""
    article = page.select_one("article")
    if article is None:
        return
    for left in article.select("pre, blockquote, details, script, q, .headerlink"):
        if not left.decomposed:
            left.decompose()
    for code in article.select("code"):
        code.string = "“…”"
    for block in article.select(BLOCKS):
        if not any(isinstance(t, Tag) for t in block.select(BLOCKS)):
            text = " ".join(block.get_text().split())
            if (
                block.find_parent("table") is not None
            ):  # of a table of counts, where “0 of 9” is one
                text = re.sub(r"\b0 of\b", "none of", text)
            yield re.sub(r"[“\"][^”\"]*[”\"]", "“…”", text)


def stumbles(text: str) -> Iterator[str]:
    """Each fault of one block, with its words."""
    for name, pattern in FAULTS.items():
        for found in re.finditer(pattern, text):
            if not ALLOWED.search(text, max(0, found.start() - 4), found.end() + 12):
                yield f"{name}: …{text[max(0, found.start() - 40) : found.end() + 30]}…"


@pytest.mark.parametrize(
    "text",
    [
        "There is a estimate.",
        "It has an county.",
        "Only 1 counties differ.",
        "We found seven county.",
        "In it 0 of ten hold.",
        "Two hold, No county does.",
        "It holds, The rest does not.",
        "We see the the gap.",
    ],
)
def test_each_fault_is_seen(text: str) -> None:
    assert list(stumbles(text))


@pytest.mark.parametrize(
    "text",
    [
        "A unit, a use, a U.S. state, an hour, an 8, an FBI agent, a one-sided test.",
        "One county, two counties, a county design; 10 of 72, 0.0 of nothing, 100 votes.",
        "No county does. In The New York Times it stands.",
    ],
)
def test_what_is_right_is_no_fault(text: str) -> None:
    assert list(stumbles(text)) == []


def faults(html: Path) -> list[str]:
    out = []
    for path in sorted([*(html / "chapters").glob("*.html"), *(html / "pages").glob("*.html")]):
        if path.stem == "changes":  # a diary for those who work on the book
            continue
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        out += [f"{path.stem}: {f}" for text in sentences(page) for f in stumbles(text)]
    return out


def test_the_book_holds_none_of_these(book: Path) -> None:
    assert faults(book) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", sorted(p.stem for p in paths.SCENARIOS.glob("*-20??.yml") if p.stem != scenario.DEFAULT)
)
def test_the_other_books_hold_none_either(name: str) -> None:
    from sevenpercent.run.build import build

    assert faults(build(scenario.load(name)).html) == []
