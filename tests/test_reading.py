"""The parts that every chapter has, as they stand in the built book, and what the first page says."""

from __future__ import annotations

import re
from pathlib import Path

import reading
from bs4 import BeautifulSoup

from sevenpercent.run.furniture import NUMBERS

OTHERWISE = {"index", "claims", "rerun"}
"""The first page, the ledger (each claim has both by itself) and a demonstration."""

WHY, AGAINST = "Why we think so", "What speaks against it"
LONGEST = 150


def test_every_chapter_says_briefly_why_and_what_speaks_against_it(book: Path) -> None:
    seen = 0
    for name, article in reading.pages(book):
        if not name.startswith("chapters/") or Path(name).stem in OTHERWISE:
            continue
        seen += 1
        heads = [" ".join(h.get_text().removesuffix("#").split()) for h in article.select("h2")]
        assert [h for h in heads if h in (WHY, AGAINST)] == [WHY, AGAINST], name
        assert heads[-1] == "What this does not show", name
        why = article.select_one("#why-we-think-so")
        assert why is not None
        said = " ".join(reading.prose(why)).split()
        assert 0 < len(said) <= LONGEST, (name, len(said))
    assert seen == 15


def test_the_first_page_says_how_old_it_is_whose_and_how_to_take_it_away(book: Path) -> None:
    page = BeautifulSoup((book / "chapters/index.html").read_text("utf-8"), "html.parser")
    line = page.select_one("#about-this-book > p.about")
    assert line is not None
    said = " ".join(line.get_text().split())
    assert re.match(
        r"Votes as of 20 December 2016\. Last change of the book: \d+ \w+ 20\d\d\. By ", said
    )
    linked = {str(a["href"]) for a in line.select("a")}
    assert {f"../{name}" for name in NUMBERS} <= linked
    assert "../pages/licence.html#cite-this-book" in linked
    assert all((book / "chapters" / where.partition("#")[0]).is_file() for where in linked)


def test_reading_ease_is_that_of_flesch() -> None:
    easy = reading.ease(["The cat sat on the mat. It was fat."])
    assert easy[1:] == (9, 4.5, 6)
    assert round(easy[0], 1) == 117.7
    hard = reading.ease(
        ["Heteroskedasticity notwithstanding, comparability necessitates adjustment."]
    )
    assert hard[0] < 0
