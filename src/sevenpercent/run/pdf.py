"""The whole book as one PDF, printed by a Chromium of this machine and linked only where it was made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from posixpath import dirname, join, normpath

from bs4 import BeautifulSoup, Tag

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.model.scenario import DEFAULT
from sevenpercent.run import furniture, verify

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
FILE, PRINTED = "book.pdf", "book-printed.html"
SECONDS = 600

LEFT_OUT = (
    "script, button, form, .headerlink, .claim-place, .explore, .explore-controls, details.hide, "
    ".figure-dark, .figure-numbers, .figure-links, .table-note, .table-filter, details.method > summary"
)
"""What is of no use on paper: a table or a figure beside each part that turns says the same."""

STYLE = (
    "@page{size:A4;margin:18mm 16mm 20mm;@bottom-center{content:counter(page)}}"
    "body{padding:0}.printed{break-before:page}.printed:first-of-type{break-before:avoid}"
    ".bd-article{max-width:none!important;padding:0!important}"
    ".table-box:not(.long){break-inside:avoid}.claim{font-size:.85rem}.claim h3{font-size:1rem}"
)


def make(html: Path) -> Path:
    """Print the pages of a built book into one file beside them, and link it from each.

    The PDF is no part of what two builds have in common byte by byte.

    Raises InputError: there is no book or no Chromium, or it printed nothing.
    """
    if not (html / "index.html").is_file():
        raise InputError("no book is built here", file=paths.shown(html), fix="Build it first.")
    program = next((p for n in (*NAMES, MAC) if (p := shutil.which(n))), None)
    if program is None:
        raise InputError("no Chromium is on this machine", fix="Debian: apt-get install chromium")
    html = html.resolve()
    source, made = html / PRINTED, html / FILE
    source.write_text(whole(html), encoding="utf-8")
    try:
        with tempfile.TemporaryDirectory() as profile:
            root = ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
            options = ["--headless", "--disable-gpu", "--no-pdf-header-footer", *root]
            options += [f"--user-data-dir={profile}", f"--print-to-pdf={made}", source.as_uri()]
            done = subprocess.run(
                [program, *options], capture_output=True, timeout=SECONDS, check=False
            )
    except subprocess.TimeoutExpired:
        raise InputError("Chromium did not end", value=f"{SECONDS} seconds") from None
    finally:
        source.unlink()
    if done.returncode or not made.is_file():
        raise InputError(
            "Chromium printed nothing", value=done.stderr.decode(errors="replace")[-200:]
        )
    for name, page in pages(html):
        foot = page.select_one(".page-links")
        if foot is not None and not foot.find("a", string="PDF of the book"):
            foot.append(" · ")
            furniture.add(page, foot, "a", "PDF of the book", href=f"{furniture.up(name)}{FILE}")
            (html / name).write_text(str(page), encoding="utf-8")
    verify.pages_again(html)
    return made


def whole(html: Path) -> str:
    """All pages of a book as one, in the order of its menu, with links that lead within it."""
    held = dict(pages(html))
    first, *_ = held.values()
    page = BeautifulSoup('<!DOCTYPE html><html lang="en" data-theme="light"></html>', "html.parser")
    root = page.select_one("html")
    assert root is not None
    head, body = furniture.add(page, root, "head"), furniture.add(page, root, "body")
    furniture.add(page, head, "meta", charset="utf-8")
    title = first.select_one(".logo__title")
    furniture.add(page, head, "title", title.get_text(strip=True) if title else "")
    for sheet in first.find_all("link", rel="stylesheet"):
        href = normpath(join("chapters", str(sheet["href"]).split("?")[0]))
        furniture.add(page, head, "link", rel="stylesheet", href=href)
    furniture.add(page, head, "style", STYLE)
    cover = furniture.add(page, body, "section", **{"class": "printed bd-article bd-content"})
    furniture.add(page, cover, "h1", title.get_text(strip=True) if title else "")
    listed = furniture.add(page, cover, "ol")
    for name, one in held.items():
        article = one.select_one("article")
        if article is None:
            continue
        said = article.find("h1")
        item = furniture.add(page, listed, "li")
        words = said.get_text().removesuffix("#").strip() if isinstance(said, Tag) else name
        furniture.add(page, item, "a", words, href=f"#{place(name)}")
        part = furniture.add(
            page, body, "section", **{"class": "printed bd-content", "id": place(name)}
        )
        part.append(printed(article, name, set(held)))
    return str(page)


def pages(html: Path) -> Iterator[tuple[str, BeautifulSoup]]:
    """Name and contents of each page in the order of the menu."""
    found = re.search(r'url=([^"]+)"', (html / "index.html").read_text(encoding="utf-8"))
    first = found[1] if found else "index.html"
    page = BeautifulSoup((html / first).read_text(encoding="utf-8"), "html.parser")
    links = [str(a["href"]).partition("#")[0] for a in page.select("nav.bd-links a.internal[href]")]
    for name in dict.fromkeys(
        normpath(join(dirname(first), link)) if link else first for link in links
    ):
        yield name, BeautifulSoup((html / name).read_text(encoding="utf-8"), "html.parser")


def printed(article: Tag, name: str, known: set[str]) -> Tag:
    """The article of one page as it stands among all others."""
    for tag in article.select(LEFT_OUT):
        tag.decompose()
    for tag in article.find_all(True):
        for attribute in ("aria-labelledby", "aria-describedby", "loading", "decoding", "tabindex"):
            tag.attrs.pop(attribute, None)
        if tag.get("id"):
            tag["id"] = place(name, str(tag["id"]))
        if tag.name == "details":
            tag["open"] = ""
        if tag.name == "img":
            tag["src"] = normpath(join(dirname(name), str(tag["src"])))
        link = str(tag.get("href", ""))
        if tag.name != "a" or ":" in link:
            continue
        path, _, part = link.partition("#")
        target = normpath(join(dirname(name), path)) if path else name
        if target in known:
            tag["href"] = f"#{place(target, part)}"
        else:
            del tag["href"]  # a file beside the pages
    return article


def place(name: str, part: str = "") -> str:
    """Where a page, or a part of it, stands in the whole."""
    return f"{name.removesuffix('.html').replace('/', '-')}{'--' if part else ''}{part}"


if __name__ == "__main__":
    try:
        print(paths.shown(make(paths.BUILD / (sys.argv[1:] or [DEFAULT])[0] / "html")))
    except InputError as e:
        print(e, file=sys.stderr)
        sys.exit(e.exit_code)
