"""What surrounds a page: its head for search engines and cards, its foot."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import date
from html import escape
from pathlib import Path
from urllib.parse import quote

from bs4 import BeautifulSoup, Tag

from sevenpercent.run.templates import filled

ICON = "_static/favicon.svg"
NUMBERS = {"numbers.csv": "text/csv", "numbers.parquet": "application/vnd.apache.parquet"}
LONGEST = 200
"""Characters of a description, about what a search engine shows."""


@dataclass(frozen=True)
class Home:
    """The first page of a book: its file as ``chapters/index``, its part and name in the menu."""

    file: str
    caption: str = ""
    title: str = ""


@dataclass(frozen=True)
class Site:
    """What all pages of a book have in common.

    `home`: the page that a visitor of the folder is taken to; `changed`: day of the last change as
    ``2026-11-26``; empty where it is not known; `address`: where the book is published, ending in a
    slash; empty: no canonical links, no sitemap; `repository`, `branch`: where its source is
    published; empty: no links to it; `terms`: term to its place in the glossary and its explanation;
    `votes`: day as of which the votes were counted, like `changed`; `authors`: who made the book;
    empty for one from files of somebody's own.
    """

    home: Home
    title: str = ""
    changed: str = ""
    address: str = ""
    repository: str = ""
    branch: str = "main"
    terms: dict[str, tuple[str, str]] = field(default_factory=dict)
    votes: str = ""
    authors: str = ""


def dress(page: BeautifulSoup, html: Path, name: str, site: Site) -> None:
    """Give one page its head and its foot.

    `html`: folder of the book's pages; `name`: the page below it without its ending, as
    ``chapters/gap``.
    """
    _write_head(page, html, name, up(name), site)
    _write_foot(page, name, site)
    if name == site.home.file:
        _write_about(page, html, up(name), site)


def _write_head(page: BeautifulSoup, html: Path, name: str, up: str, site: Site) -> None:
    head, heading = page.head, page.select_one("article h1")
    if head is None or heading is None:
        return
    title = _words(heading).removesuffix("#").strip()
    told = description(page)
    figure = page.select_one("article img")
    named = {"og:type": "article", "og:site_name": site.title, "og:title": title}
    cards = {"twitter:card": "summary_large_image" if figure else "summary", "twitter:title": title}
    if told:
        _meta(page, head, "name", {"description": told})
        named["og:description"] = cards["twitter:description"] = told
    if figure is not None:
        png = page.select_one('.figure-links a[download$=".png"]')
        picture = str(png["href"] if png is not None else figure["src"])
        if site.address:
            picture = site.address + picture.removeprefix(up)
        named |= {"og:image": picture, "og:image:alt": str(figure.get("alt", ""))}
        cards["twitter:image"] = picture
    if site.address:
        named["og:url"] = f"{site.address}{name}.html"
        for old in head.find_all("link", rel="canonical"):
            old.decompose()
        add(page, head, "link", rel="canonical", href=named["og:url"])
    if site.changed:
        named["article:modified_time"] = site.changed
    _meta(page, head, "property", named)
    _meta(page, head, "name", cards)
    if (html / ICON).is_file():
        add(page, head, "link", rel="icon", type="image/svg+xml", href=f"{up}{ICON}")
    if name in (site.home.file, "chapters/data") and (data := dataset(html, up, told, site)):
        _state(page, head, data)
    if found := reviews(page, f"{site.address or up}{name}.html", site):
        _state(page, head, found)


def _state(page: BeautifulSoup, head: Tag, data: object) -> None:
    script = add(page, head, "script", type="application/ld+json")
    # No text of a book can end the script that holds it.
    script.string = json.dumps(data, ensure_ascii=False, indent=1).replace("<", "\\u003c")


def reviews(page: BeautifulSoup, address: str, site: Site) -> list[dict[str, object]]:
    """Verdicts on a third party's claims as schema.org knows them; empty where there are none."""
    script = page.select_one("#ledger script")
    data = json.loads(str(script.string))["data"] if script is not None else {}
    if not data.get("reviews"):
        return []
    return [
        {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "url": f"{address}#{claim['id']}",
            "claimReviewed": claim["text"],
            **({"datePublished": site.changed} if site.changed else {}),
            "author": {"@type": "Organization", "name": site.title},
            "itemReviewed": {
                "@type": "Claim",
                "author": {"@type": "Organization", "name": who},
                **({"datePublished": day} if day else {}),
            },
            "reviewRating": {"@type": "Rating", "alternateName": verdict},
        }
        for claim in data["claims"]
        for verdict, who, day in [claim["said"]]
    ]


def description(page: BeautifulSoup) -> str:
    """First sentences of a page, as many as a search engine shows; whole sentences if it can be."""
    for paragraph in page.select("article p:not(.kicker)"):
        if paragraph.find_parent(["details", "table", "aside", "figure", "nav"]) is not None:
            continue
        said = _words(paragraph)
        if len(said) < 40:
            continue
        if len(said) <= LONGEST:
            return said
        cut = [m.end() for m in re.finditer(r"[.!?](?=\s)", said[: LONGEST + 1])]
        return said[: cut[-1]] if cut else said[: said.rfind(" ", 0, LONGEST)] + " …"
    return ""


def dataset(html: Path, up: str, told: str, site: Site) -> dict[str, object]:
    """The numbers of a book as schema.org knows them; empty where none lie beside its pages."""
    held = [(name, kind) for name, kind in NUMBERS.items() if (html / name).is_file()]
    if not held:
        return {}
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "name": f"All numbers of “{site.title}”",
        "description": told or site.title,
        "license": "https://spdx.org/licenses/MIT.html",
        "isAccessibleForFree": True,
        **({"dateModified": site.changed} if site.changed else {}),
        **({"url": f"{site.address}{site.home.file}.html"} if site.address else {}),
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": kind,
                "contentUrl": f"{site.address or up}{name}",
            }
            for name, kind in held
        ],
    }


def _write_foot(page: BeautifulSoup, name: str, site: Site) -> None:
    foot = page.select_one(".bd-footer-content__inner")
    if not isinstance(foot, Tag):
        return
    for who in foot.select(".component-author"):
        who.string = who.get_text(" ", strip=True).replace("By The ", "By the ")
    line = page.new_tag("p", attrs={"class": "page-links"})
    if site.changed:
        line.append("Last change of the book: ")
        add(page, line, "time", site.changed, datetime=site.changed)
    if site.repository and "/" in name:
        source, title = f"{site.branch}/{name}.md", quote(f"Mistake in {name}")
        for words, where in (
            ("Source", f"blob/{source}"),
            ("Edit", f"edit/{source}"),
            ("Report a mistake", f"issues/new?title={title}"),
        ):
            line.append(" · ")
            add(page, line, "a", words, href=f"{site.repository}/{where}")
    if line.contents:
        add(page, foot, "div", **{"class": "footer-item"}).append(line)


def _write_about(page: BeautifulSoup, html: Path, up: str, site: Site) -> None:
    """Say on the first page how old the book is, whose, and how to take it away."""
    heading = page.select_one("article #about-this-book > h2")
    if heading is None:
        return
    line, licence = page.new_tag("p", attrs={"class": "about"}), f"{up}pages/licence.html"
    changed = site.changed if site.authors else ""  # the day is that of this project's books
    for words, day in (("Votes as of", site.votes), ("Last change of the book:", changed)):
        if day:
            line.append(f"{words} ")
            told = date.fromisoformat(day)
            add(page, line, "time", f"{told.day} {told:%B %Y}", datetime=day)
            line.append(". ")
    if site.authors:
        who = re.sub("^The ", "the ", site.authors)
        line.append(f"By {who}. ")
    add(page, line, "a", "Licence", href=f"{licence}#code-and-text")
    add(page, line, "a", "How to cite", href=f"{licence}#cite-this-book")
    add(page, line, "a", "What changed", href=f"{up}pages/changes.html")
    for name in NUMBERS:
        if (html / name).is_file():
            add(page, line, "a", f"Download {name}", href=f"{up}{name}", download="")
    for link in line.find_all("a")[1:]:
        link.insert_before(" · ")
    heading.insert_after(line)


def write_files(html: Path, site: Site) -> None:
    """Write the page for addresses that lead nowhere and, where the address is known, a sitemap."""
    (html / "404.html").write_text(lost(site), encoding="utf-8")
    if site.address:
        pages = [p.relative_to(html).as_posix() for p in sorted(html.glob("*/*.html"))]
        day = f"<lastmod>{site.changed}</lastmod>" if site.changed else ""
        entries = "".join(
            f"<url><loc>{escape(site.address + page)}</loc>{day}</url>\n"
            for page in pages
            if not page.startswith("_")
        )
        (html / "sitemap.xml").write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n',
            encoding="utf-8",
        )


def lost(site: Site) -> str:
    """Page that a server shows, in whatever folder, for an address that leads nowhere."""
    first = f"{site.home.file}.html"
    return filled("lost", title=site.title, address=site.address, first=first)


def _meta(page: BeautifulSoup, head: Tag, kind: str, named: dict[str, str]) -> None:
    for name, content in named.items():
        for old in head.find_all("meta", attrs={kind: name}):
            old.decompose()
        add(page, head, "meta", **{kind: name, "content": content})


def up(name: str) -> str:
    """Way from a page, as ``chapters/gap``, to the folder of all."""
    return "../" * name.count("/")


def add(page: BeautifulSoup, home: Tag, kind: str, words: str = "", /, **attributes: str) -> Tag:
    """Put a new tag, with its words, at the end of another."""
    tag = page.new_tag(kind, attrs=attributes)
    if words:
        tag.string = words
    home.append(tag)
    return tag


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text().split())
