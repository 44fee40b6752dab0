"""The built book: every page sound, reachable, and from the inputs that lie here."""

from __future__ import annotations

import gzip
import json
import shutil
from functools import cache
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.run.check import faults

PAGE = """<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><article>{}</article>
</body></html>"""


@cache
def parsed(path: Path) -> BeautifulSoup:
    """A page of the built book, read once; nobody changes it."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def test_no_page_has_a_fault(book: Path) -> None:
    assert faults(book) == []


def test_every_chapter_has_its_page_and_shows_the_key_of_its_inputs(book: Path) -> None:
    for name in scenario.load().chapters:
        page = parsed(book / "chapters" / f"{name}.html")
        line = page.select_one(".inputs-key code")
        assert line is not None
        assert len(line.get_text()) == 12


def test_every_page_has_one_title_and_at_least_one_heading_below(book: Path) -> None:
    for path in (book / "chapters").glob("*.html"):
        page = parsed(path)
        assert len(page.find_all("h1")) == 1, path.name
        assert page.select("article h2"), path.name


def test_the_title_of_the_book_is_the_question_of_its_first_page_alone(book: Path) -> None:
    pages = (book / "chapters").glob("*.html")
    asked = {path.stem: parsed(path).select_one(".kicker") for path in pages}
    subtitle = scenario.load().subtitle
    assert len([a for a in asked.values() if a]) > 10
    assert [n for n, a in asked.items() if a and subtitle in a.get_text()] == ["index"]


def test_pages_are_light(book: Path) -> None:
    scripts = sum(p.stat().st_size for p in book.rglob("*.js"))
    assert scripts < 300_000  # most of it the index of the search
    assert not list(book.rglob("*.map"))
    for path in (book / "chapters").glob("*.html"):
        page = parsed(path)
        for part in page.select("[data-explore] script"):
            assert len(gzip.compress(str(part.string).encode())) < 150_000, path.name


def test_results_of_the_book_lie_beside_its_pages(book: Path) -> None:
    results = Results.from_json(book.parent / "results.json")
    assert len(results) > 100
    text = (book.parent / "results.json").read_text()
    assert list(json.loads(text)["values"]) == sorted(results)
    assert results.to_json(scenario.DEFAULT) == text


def test_no_page_shows_a_path_of_the_machine_that_built_it(book: Path) -> None:
    for path in [*book.rglob("*.html"), *book.rglob("*.ipynb"), *book.rglob("*.js")]:
        assert str(paths.ROOT) not in path.read_text(encoding="utf-8"), path.name


def test_plain_jupyter_book_shows_the_same_chapters() -> None:
    config = yaml.safe_load((paths.ROOT / "_config.yml").read_text())
    toc = yaml.safe_load((paths.ROOT / "_toc.yml").read_text())
    assert config["execute"]["execute_notebooks"] == "off"
    assert "chapters/*.md" in config["exclude_patterns"]
    listed = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    for name in scenario.load().chapters:
        assert f"chapters/{name}" in listed


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<a href="missing.html">x</a>', "dead link missing.html"),
        ('<a href="#nowhere">x</a>', "link to a place that is not there: #nowhere"),
        ('<img src="https://example.org/a.png" alt="A map">', "asks the network"),
        ('<script src="//cdn.example.org/x.js"></script>', "asks the network"),
        ('<img src="x.png">', "no alt text"),
        ('<img src="x.png" alt="figure.png">', "alt text is a file name"),
        ('<script src="gone.js"></script>', "asks for a file that is not there"),
        ("<style>@import url(https://example.org/f.css)</style>", "a style asks the network"),
        ('<span class="math">x</span>', "a formula"),
    ],
)
def test_each_kind_of_fault_is_found(tmp_path: Path, body: str, fault: str) -> None:
    (tmp_path / "x.png").write_bytes(b"")
    (tmp_path / "page.html").write_text(PAGE.format(body))
    found = faults(tmp_path)
    assert len(found) == 1
    assert fault in found[0]


def test_a_style_sheet_that_asks_the_network_is_found(tmp_path: Path) -> None:
    (tmp_path / "x.css").write_text("a {background: url('https://example.org/x.png')}")
    assert faults(tmp_path) == ["x.css: asks the network for https://example.org/x.png"]


def test_a_sound_page_has_no_fault(tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"")
    body = '<h2 id="a">A</h2><a href="#a">x</a><a href="page.html#a">y</a><img src="x.png" alt="A map">'
    body += '<link rel="canonical" href="https://example.org/page.html">'
    (tmp_path / "page.html").write_text(PAGE.format(body))
    assert faults(tmp_path) == []


@pytest.mark.slow
def test_a_copied_book_is_as_sound(book: Path, tmp_path: Path) -> None:
    """The pages refer to nothing outside their own folder."""
    shutil.copytree(book, tmp_path / "elsewhere")
    assert faults(tmp_path / "elsewhere") == []


@pytest.mark.parametrize(
    "body",
    [
        "<svg onload='x()'></svg>",
        "<details open ontoggle='x()'></details>",
        "<script type='module'>x()</script>",
        "<iframe srcdoc='<p>'></iframe>",
        "<object type='text/html'></object>",
        "<base href='https://example.org/'>",
        "<meta http-equiv='refresh' content='1;url=https://example.org'>",
        "<form action='//example.org/'></form>",
        "<svg><a xlink:href=' java\tscript:x()'>a</a></svg>",
    ],
)
def test_nothing_in_a_page_runs_or_leads_away(tmp_path: Path, body: str) -> None:
    (tmp_path / "a.html").write_text(f"<body><article>{body}</article></body>")
    assert len(faults(tmp_path)) == 1
