"""What surrounds a page: head, foot, figures' links, tables, terms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from sevenpercent.model import scenario
from sevenpercent.run import furniture, glossary, page_tables, plain_pages, publish
from sevenpercent.run.furniture import Home, Site

HOME = Home("chapters/index", "The answer", "Start")
FIGURE = (
    '<div class="cell"><div class="cell_output"><img src="../_images/a.png" alt="Two bars."/></div>'
    '<details class="hide"><summary>Show</summary><div><pre>{}</pre></div></details></div>'
)
PAGE = (
    "<html><head><title>T</title></head><body><article><h1>The gap#</h1><p>Short.</p>"
    "<p>{}</p>{}</article><footer><div class='bd-footer-content__inner'></div></footer></body></html>"
)
SAID = "Where people voted on machines she did worse. That is what was claimed."


def made(body: str = "", said: str = SAID) -> BeautifulSoup:
    return BeautifulSoup(PAGE.format(said, body), "html.parser")


def meta(page: BeautifulSoup) -> dict[str, str]:
    tags = page.select("head meta")
    return {str(t.get("name") or t.get("property")): str(t.get("content")) for t in tags}


def test_a_page_says_what_it_is_to_search_engines_and_cards(tmp_path: Path) -> None:
    page = made(FIGURE.format("of_bars(x)"))
    furniture.dress(page, tmp_path, "chapters/gap", Site(HOME, "Book", "2026-11-26"))
    told = meta(page)
    assert told["description"] == told["og:description"] == told["twitter:description"] == SAID
    assert told["og:title"] == "The gap"
    assert told["og:image"] == "../_images/a.png"
    assert told["og:image:alt"] == "Two bars."
    assert told["twitter:card"] == "summary_large_image"
    assert told["article:modified_time"] == "2026-11-26"
    assert "og:url" not in told
    assert not page.select("link[rel=canonical]")
    assert "2026-11-26" in page.select("footer .page-links")[0].get_text()
    assert not page.select("footer a")


def test_addresses_are_written_where_they_are_known(tmp_path: Path) -> None:
    page = made(FIGURE.format("x"))
    site = Site(HOME, "Book", "", "https://e.org/book/", "https://github.com/a/b", "main")
    furniture.dress(page, tmp_path, "chapters/gap", site)
    assert [str(t["href"]) for t in page.select("link[rel=canonical]")] == [
        "https://e.org/book/chapters/gap.html"
    ]
    assert meta(page)["og:image"] == "https://e.org/book/_images/a.png"
    assert [str(a["href"]) for a in page.select("footer a")] == [
        "https://github.com/a/b/blob/main/chapters/gap.md",
        "https://github.com/a/b/edit/main/chapters/gap.md",
        "https://github.com/a/b/issues/new?title=Mistake%20in%20chapters/gap",
    ]
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "gap.html").write_text("x")
    furniture.write_files(tmp_path, site)
    assert "<loc>https://e.org/book/chapters/gap.html</loc>" in (
        (tmp_path / "sitemap.xml").read_text()
    )


def test_without_addresses_there_is_no_sitemap(tmp_path: Path) -> None:
    furniture.write_files(tmp_path, Site(HOME, "A < B"))
    assert not (tmp_path / "sitemap.xml").exists()
    lost = (tmp_path / "404.html").read_text()
    assert 'href="chapters/index.html"' in lost
    assert "A &lt; B" in lost


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("One two three. " * 10 + "Four.", ("One two three. " * 13).strip()[:149]),
        ("word " * 80, ("word " * 80)[:199] + " …"),
    ],
)
def test_a_description_ends_with_a_sentence_or_says_that_more_follows(said: str, told: str) -> None:
    found = furniture.description(made(said=said))
    assert len(found) <= furniture.LONGEST + 2
    assert found.endswith((".", " …"))
    assert told.startswith(found.removesuffix(" …").rstrip()[:100])


def test_a_description_skips_what_is_folded() -> None:
    folded = f"<details><p>{'Hidden words. ' * 5}</p></details>"
    folded += f"<p class='kicker'>{'What was asked? ' * 5}</p>"
    page = BeautifulSoup(PAGE.format("Brief.", folded), "html.parser")
    assert furniture.description(page) == ""


def test_the_first_page_describes_its_numbers_as_a_dataset(tmp_path: Path) -> None:
    page = made()
    furniture.dress(page, tmp_path, "chapters/index", Site(HOME, "Book"))
    assert not page.select('script[type="application/ld+json"]')
    (tmp_path / "numbers.csv").write_text("x")
    page = made(said="A sentence that would </script> end the script too soon, if it could.")
    furniture.dress(page, tmp_path, "chapters/index", Site(HOME, "B</script>ook", "2026-11-26"))
    data = json.loads(page.select('script[type="application/ld+json"]')[0].string or "")
    assert data["@type"] == "Dataset"
    assert data["dateModified"] == "2026-11-26"
    assert [d["contentUrl"] for d in data["distribution"]] == ["../numbers.csv"]
    assert str(page).count("</script>") == 1


def grid(columns: int, rows: int, after: str = "") -> BeautifulSoup:
    head = "".join(f"<th>h{n}</th>" for n in range(columns - 1))
    body = "".join(
        "<tr>" + f'<td class="text-right">{r}</td>' * columns + "</tr>" for r in range(rows)
    )
    return BeautifulSoup(
        f"<article><div><table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"
        f"</div>{after}</article>".replace("</table></div>", "</table>", 1).replace("<div>", "", 1),
        "html.parser",
    )


def test_the_line_in_italics_below_a_table_is_its_caption() -> None:
    page = grid(2, 1, "<p><em>All <b>votes</b>.</em></p><p>Next.</p>")
    page_tables.repair(page)
    caption = page.select("table > caption")[0]
    assert caption.decode_contents() == "All <b>votes</b>."
    assert page.select(".table-box")[0]["aria-labelledby"] == caption["id"]
    assert [p.get_text() for p in page.select("article > p")] == ["Next."]
    plain = grid(2, 1, "<p>A sentence with <em>one word</em>.</p>")
    page_tables.repair(plain)
    assert not plain.select("caption")
    assert plain.select(".table-box")[0]["aria-label"] == "Table 1"


def test_heads_say_what_they_are_the_head_of() -> None:
    page = BeautifulSoup(
        "<article><table><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>x</th>"
        "<td>1</td></tr></tbody></table></article>",
        "html.parser",
    )
    page_tables.repair(page)
    page_tables.repair(page)
    assert [(t.name, t.get("scope")) for t in page.select("tr > *")] == [
        ("td", None),
        ("th", "col"),
        ("th", "row"),
        ("td", None),
    ]
    assert len(page.select(".table-box")) == 1


@pytest.mark.parametrize(("columns", "cards"), [(3, False), (4, True)])
def test_wide_tables_become_cards_whose_cells_know_their_column(columns: int, cards: bool) -> None:
    page = grid(columns, 2)
    page_tables.repair(page)
    assert bool(page.select(".table-box.cards")) is cards
    labels = [t.get("data-label") for t in page.select("tbody tr:first-child > *")]
    assert labels == ([None, *(f"h{n}" for n in range(columns - 1))] if cards else [None] * columns)
    assert all(t["class"] == ["text-right"] for t in page.select("tbody td"))


def test_a_date_or_an_interval_stands_in_one_line() -> None:
    cells = "".join(f"<td>{said}</td>" for said in ("2016-11-23", "from −1.9 to +0.6", "the town"))
    row = f"<article><table><tbody><tr>{cells}</tr></tbody></table></article>"
    page = BeautifulSoup(row, "html.parser")
    page_tables.repair(page)
    assert [c.get_text() for c in page.select("td.short")] == ["2016-11-23"]


@pytest.mark.parametrize(("rows", "long"), [(15, False), (16, True)])
def test_long_tables_scroll_in_a_box_and_say_so(rows: int, long: bool) -> None:
    page = grid(2, rows)
    page_tables.repair(page)
    assert bool(page.select(".table-box.long")) is long
    assert [n.get_text() for n in page.select(".table-note")] == (
        ["16 rows; the table scrolls."] if long else []
    )


TERMS = {"margin": ("term-margin", "Lead."), "diluted margin": ("term-dm", "Small.")}
TERMS |= {
    "county": ("term-county", "Place."),
    "DRE": ("term-DRE", "Machine."),
    "weights": ("term-weights", "How much."),
}


def test_the_first_mention_of_a_term_leads_to_its_explanation() -> None:
    page = BeautifulSoup(
        "<article><h2>The margin</h2><p>A <code>margin</code> <a>margin</a>. Diluted\nmargins and "
        "the margin of the margin; DREs, dre, weightless, two-margin. Counties.</p>"
        "<table><tr><td>weights</td></tr></table></article>",
        "html.parser",
    )
    glossary.link(page, TERMS, "../")
    assert [(a.get_text(), a["href"], a["title"]) for a in page.select("a.term")] == [
        ("Diluted\nmargins", "../pages/glossary.html#term-dm", "Small."),
        ("margin", "../pages/glossary.html#term-margin", "Lead."),
        ("DREs", "../pages/glossary.html#term-DRE", "Machine."),
        ("Counties", "../pages/glossary.html#term-county", "Place."),
    ]
    assert "the margin of the margin; DREs, dre, weightless" in page.get_text()
    assert not page.select("h2 a, code a, table a")


def test_a_book_without_a_glossary_has_no_terms(tmp_path: Path) -> None:
    assert glossary.read(tmp_path) == {}
    page = made()
    glossary.link(page, {}, "")
    assert not page.select("a.term")


def test_the_settings_say_where_a_book_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    read = publish._yaml
    found = publish.site_of(scenario.load())
    assert (found.address, found.repository) == ("", "")
    assert found.changed == str(plain_pages.last_change())

    def settings(path: Path) -> dict[str, Any]:
        more = {
            "repository": {"url": "https://github.com/a/b/"},
            "html": {"baseurl": "https://e.org"},
        }
        return {**read(path), **more} if path.name == "_config.yml" else read(path)

    monkeypatch.setattr(publish, "_yaml", settings)
    found = publish.site_of(scenario.load())
    assert (found.address, found.repository) == ("https://e.org/", "https://github.com/a/b")


def test_every_page_of_the_book_is_furnished(book: Path) -> None:
    assert (book / "404.html").is_file()
    for path in sorted([*(book / "chapters").glob("*.html"), *(book / "pages").glob("*.html")]):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        told = meta(page)
        assert len(told.get("description", "")) >= 40, path.name
        assert told["og:title"], path.name
        assert len(page.select("link[rel=icon]")) == 1, path.name
        assert len(page.select("footer time[datetime]")) == 1, path.name
        assert len(page.select(".cell_output img:not(.figure-dark)")) == len(
            page.select(".figure-links:has([aria-describedby])")
        ), path.name
        for head in page.select("article th"):
            assert head.get("scope") in ("col", "row"), path.name
        for image in page.select(".cell_output img"):
            assert int(str(image["width"])) > int(str(image["height"])) / 4 > 0, path.name
        named = [str(t["id"]) for t in page.select("[id]")]
        assert len(named) == len(set(named)), path.name


def test_each_source_is_shipped_once(book: Path) -> None:
    names = [p.name for p in book.rglob("*") if p.suffix in (".ipynb", ".md")]
    assert len(names) == len(set(names))
    assert len(names) >= len(scenario.load().chapters)


def test_each_chapter_has_its_numbers_beside_the_pages(book: Path) -> None:
    whole = (book / "numbers.csv").read_text(encoding="utf-8").splitlines()
    parts = [p.read_text(encoding="utf-8").splitlines() for p in (book / "numbers").glob("*.csv")]
    assert {p[0] for p in parts} == {whole[0]}
    assert sorted(line for p in parts for line in p[1:]) == sorted(whole[1:])
