"""Pages that are not chapters: what they say comes from the project's own files."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run import plain_pages

LOG = """# Changes

## 3 May 2027

- **A small thing** of
  two lines.
- **The gap** (changed after results
  were known) was `{{ a }}`.

## 2 April 2027

- Another.
"""


def test_changes_that_moved_an_answer_come_first() -> None:
    page = plain_pages.changes(LOG)
    assert page.startswith("The last change was made on 3 May 2027.")
    heads = [line for line in page.splitlines() if line.startswith("## ")]
    assert heads == ["## Changes that moved an answer", "## 3 May 2027", "## 2 April 2027"]
    assert "- *3 May 2027.* **The gap**" in page
    assert page.count("**The gap**") == 1
    assert page.count("of\n  two lines.") == 1
    assert "{{" not in page


def test_a_list_of_changes_without_days_has_no_last_day() -> None:
    assert plain_pages.changed("# Changes\n\n## Someday\n\n- x\n") is None
    assert plain_pages.changed(LOG) == date(2027, 5, 3)
    assert plain_pages.changes("") == ""


def test_the_citation_names_authors_year_title_and_address() -> None:
    cff = {
        "authors": [{"given-names": "Ada", "family-names": "Ash"}, {"name": "The others"}],
        "date-released": date(2026, 3, 4),
        "version": "1.2",
        "url": "https://example.org/book",
    }
    told = plain_pages.citation(cff, "A <title>")
    assert r"Ada Ash & The others. (2026). *A \<title\>* (version 1.2). https://" in told
    assert "author = {{Ada Ash} and {The others}}" in told
    assert "url    = {https://example.org/book}" in told
    csl = json.loads(told.rpartition("```json\n")[2].rpartition("\n```")[0])
    assert csl["title"] == "A <title>"
    assert csl["issued"] == {"date-parts": [[2026, 3, 4]]}
    assert "url" not in plain_pages.citation({**cff, "url": ""}, "x").lower()


def test_each_published_file_is_listed_once_with_its_licence() -> None:
    one = {"title": "Votes | 2016", "agency": "State", "licence": "none", "path": "https://e.org/v"}
    two = {"title": "Asked", "agency": "Us", "licence": "CC0"}
    package = {"resources": [{"sources": [one, two]}, {"sources": [one]}, {}]}
    rows = plain_pages.sources(package).splitlines()
    assert rows[2:-2] == [
        "| Asked | Us | CC0 |",
        r"| [Votes \| 2016](<https://e.org/v>) | State | none |",
    ]


def test_a_project_without_these_files_still_has_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = scenario.load()
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    plain_pages.write(shown, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "pages").mkdir()
    text = "# C\n\n<!-- begin changes -->\nold\n<!-- end changes -->\nrest\n"
    (tmp_path / "pages" / "changes.md").write_text(text)
    plain_pages.write(shown, tmp_path / "out")
    assert (tmp_path / "out" / "changes.md").read_text() == "# C\n\n\nrest\n"


def test_every_page_of_the_contents_exists_and_every_page_is_in_the_contents() -> None:
    toc = yaml.safe_load((paths.ROOT / "_toc.yml").read_text())
    listed = [c["file"] for part in toc["parts"] for c in part["chapters"]]
    assert all("title" in c for part in toc["parts"] for c in part["chapters"])
    for file in listed:
        assert (paths.ROOT / f"{file}.md").is_file(), file
    for path in (paths.ROOT / "pages").glob("*.md"):
        assert f"pages/{path.stem}" in listed


def test_the_glossary_explains_each_term_in_one_sentence(book: Path) -> None:
    page = BeautifulSoup((book / "pages" / "glossary.html").read_text(), "html.parser")
    names = [str(t["id"]) for t in page.select("dl.glossary dt")]
    told = dict(
        zip(names, (t.get_text(strip=True) for t in page.select("dl.glossary dd")), strict=True)
    )
    assert len(told) > 45
    for name, words in told.items():
        assert words.endswith("."), name
        assert ". " not in words, name
    for term in ("DRE", "VVPAT", "covariate", "placebo", "diluted-margin", "95-interval"):
        assert f"term-{term}" in told


def test_changes_and_licence_stand_in_the_book(book: Path) -> None:
    changes = BeautifulSoup((book / "pages" / "changes.html").read_text(), "html.parser")
    assert "Changes that moved an answer" in [
        h.get_text().rstrip("#") for h in changes.select("article h2")
    ]
    licence = BeautifulSoup((book / "pages" / "licence.html").read_text(), "html.parser")
    text = " ".join(t.get_text() for t in licence.select("article"))
    assert "Permission is hereby granted" in text
    assert "@misc{sevenpercent" in text
    assert len(licence.select("article tbody tr")) > 30


def test_the_menu_has_its_parts_and_the_first_page_stands_in_the_first(book: Path) -> None:
    toc = yaml.safe_load((paths.ROOT / "_toc.yml").read_text())
    for name in ("chapters/recount.html", "pages/changes.html"):
        page = BeautifulSoup((book / name).read_text(), "html.parser")
        captions = page.select("nav.bd-links p.caption")
        assert [c.get_text(strip=True) for c in captions] == [p["caption"] for p in toc["parts"]]
        first = page.select("nav.bd-links p.caption:first-of-type + ul a")
        assert [a.get_text(strip=True) for a in first] == ["Start here", "Claims"]
        assert len(page.select("nav.bd-links li.current")) == 1
