"""Repairs to the finished pages: what readers of small screens and screen readers need."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from sevenpercent.errors import ChapterError
from sevenpercent.run import (
    check,
    furniture,
    glossary,
    icons,
    light,
    page_figures,
    page_tables,
    search,
)
from sevenpercent.run.furniture import Home, Site
from sevenpercent.run.reuse import Finished, Left
from sevenpercent.run.templates import filled
from sevenpercent.workers import Lost, Pool

DROPPED_FOLDERS = ("_static/locales", "_static/vendor/fontawesome")
DROPPED_FILES = (".buildinfo", "genindex.html")
OPTIONAL: dict[str, Callable[[set[str]], bool]] = {
    "design-tabs|sphinx-design": lambda held: any("sd-" in name for name in held),
    "togglebutton": lambda held: (
        "toggle" in held or ({"admonition", "dropdown"} <= held and "hide" not in held)
    ),
}
"""Files of the theme's extensions, and the classes of one tag that a page must hold to need them."""
OWN = re.compile("bootstrap|-theme\\.js|clipboard|copybutton|fontawesome|thebe")
"""Scripts of the theme in whose place ``assets/site.js`` stands, and styles that go with them."""
LEFTOVERS = (
    "#ethical-ad-placement, #jb-print-docs-body, .pst-async-banner-revealer, #pst-back-to-top, "
    '.sbt-scroll-pixel-helper, #pst-scroll-pixel-helper, meta[name^="docsearch"]'
)
"""Parts of the theme that serve nobody here."""
SEARCH_ONLY = re.compile(
    r"(searchtools|language_data|searchindex|documentation_options|doctools|sphinx_highlight)\.js"
    r"|DOCUMENTATION_OPTIONS|searchInput"
)
_ICON_FONT = re.compile(r"@font-face\s*\{[^}]*fontawesome[^}]*\}")

Asked = tuple[Path, Path, str | None, Site, Finished | None]
"""A page, the folder of all, the key to show, what all have in common, and where it is kept."""


def finish(
    html: Path, keys: Mapping[str, str], site: Site, pool: Pool, left: Left | None = None
) -> list[str]:
    """Repair all pages under `html`, drop what no page uses, write the entry page.

    Returns every fault that is left, as :func:`sevenpercent.run.check.faults` words them.

    `html`: folder that Jupyter Book wrote; `keys`: for each chapter, the short key of its inputs,
    shown at its foot; `site`: what all pages have in common; `pool`: processes among which the
    pages are shared out; `left`: of the last build: pages made from the same inputs are taken from
    there.
    """
    site = replace(site, terms=glossary.read(html))
    seen: dict[Path, check.Seen] = {}
    for path in sorted(html.rglob("*.html"), key=lambda path: -path.stat().st_size):
        if path.parent == html and path.name in ("index.html", "genindex.html"):
            continue
        if "_static" in path.parts:
            continue
        key = keys.get(path.stem) if path.parent.name == "chapters" else None
        last = left.page(path, html, key, site) if left else None
        if last and (found := last.read(path, html)):
            seen[path] = found
        else:
            pool.submit(str(path), _finish, (path, html, key, site, last))
    while pool.running:
        for name, found in pool.ended():
            if isinstance(found, Lost):
                raise ChapterError(f"page {Path(name).relative_to(html)}: {found.why}")
            seen[Path(name)] = found
    entry = filled("entry", first=site.home.file, icon=furniture.ICON)
    (html / "index.html").write_text(entry, encoding="utf-8")
    _drop_files(html)
    search.mend(html)
    light.trim(html)
    furniture.write_files(html, site)
    return check.faults(html, seen)


def _finish(asked: Asked) -> check.Seen:
    """Repair one page, and see what stands in it then."""
    path, html, key, site, last = asked
    drawings = icons.drawings(html / icons.SCRIPT) if (html / icons.SCRIPT).is_file() else {}
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    name = path.relative_to(html).with_suffix("").as_posix()
    up = furniture.up(name)
    page_figures.dress(page, html, name)
    repair(page, search=path.name == "search.html" and path.parent == html)
    _place_home(page, site.home)
    furniture.dress(page, html, name, site)
    if path != html / glossary.GLOSSARY:
        glossary.link(page, site.terms, up)
    icons.draw(page, drawings)
    _add_explorers(page, up)
    _move_scripts(page, html, up)
    if key:
        _show_key(page, key)
    path.write_text(str(page), encoding="utf-8")
    seen = check.look(path)
    if last:
        last.write(path, html, seen)
    return seen


def _drop_files(html: Path) -> None:
    for name in DROPPED_FOLDERS:
        shutil.rmtree(html / name, ignore_errors=True)
    for sheet in (html / "_static").rglob("*.css"):  # the icon font is not shipped
        style = sheet.read_text(encoding="utf-8")
        sheet.write_text(_ICON_FONT.sub("", style), encoding="utf-8")
    for name in DROPPED_FILES:
        (html / name).unlink(missing_ok=True)
    static = html / "_static"
    written = [p for p in html.rglob("*.html") if static not in p.parents]
    held = "".join(p.read_text(encoding="utf-8") for p in (*written, *static.rglob("*.css")))
    for path in [*static.rglob("*.*"), *(html / "_images").rglob("*.*")]:
        if path.is_file() and (path.suffix == ".map" or path.name not in held):
            path.unlink()


def repair(page: BeautifulSoup, *, search: bool = False) -> None:
    """Make one page whole: no stray scripts, every part named, tables that scroll in their box."""
    _drop_scripts(page, search=search)
    _drop_leftovers(page)
    _drop_empty_sections(page)
    _raise_kicker(page)
    _for_keys_and_voices(page)
    _name_regions(page)
    for entry in page.select('[role="list"] > .citation'):
        entry["role"] = "listitem"  # Sphinx gives it a role that ARIA has withdrawn
    page_tables.repair(page)
    _set_images(page)
    _move_code(page)
    _gather_code(page)
    _fold_method(page)


def _drop_scripts(page: BeautifulSoup, *, search: bool) -> None:
    for script in page.find_all("script"):
        source, text = str(script.get("src") or ""), script.string or ""
        inline = not source and script.get("type") in (None, "text/x-thebe-config")
        of_search = SEARCH_ONLY.search(source or text) if source or inline else None
        if OWN.search(source) or (of_search and not search) or (inline and not of_search):
            script.decompose()
    for sheet in page.find_all("link", href=re.compile(f"{OWN.pattern}|genindex")):
        sheet.decompose()
    classes = [_classes(tag) for tag in page.find_all(class_=True)]
    for files, needed in OPTIONAL.items():
        if not any(map(needed, classes)):
            named = re.compile(files)
            for tag in [*page.find_all("script", src=named), *page.find_all("link", href=named)]:
                tag.decompose()


def _add_explorers(page: BeautifulSoup, up: str) -> None:
    """Load, on pages that have parts to turn, their scripts and their style."""
    parts = page.select("[data-explore]")
    kinds = dict.fromkeys(str(tag["data-explore"]) for tag in parts)
    if not kinds or page.head is None:
        return
    for part in page.select("[data-file]"):
        words = json.loads(str(part.script.string))["words"] if part.script else {}
        line = page.new_tag("p", attrs={"class": "figure-links"})
        file = f"{up}_images/{part['data-file']}"
        furniture.add(page, line, "a", words.get("file", "CSV"), href=file, download="")
        part.insert_after(line)
    sheet = f"{up}_static/explore.css"
    furniture.add(page, page.head, "link", rel="stylesheet", href=sheet)
    for file in ("explore", *(f"explore-{kind}" for kind in kinds)):
        furniture.add(page, page.head, "script", src=f"{up}_static/{file}.js", defer="")


def _move_scripts(page: BeautifulSoup, html: Path, up: str) -> None:
    """Make the theme's scripts files, so that a server may forbid those that stand in a page."""
    for script in page.find_all("script", src=False, type=False):
        text = str(script.string or "").strip() + "\n"
        file = f"_static/inline-{hashlib.sha256(text.encode()).hexdigest()[:12]}.js"
        (html / file).write_text(text, encoding="utf-8")
        script.clear()
        script["src"] = up + file
    for button in page.find_all(onclick="window.print()"):
        del button["onclick"]
        button["data-print"] = ""


def _drop_leftovers(page: BeautifulSoup) -> None:
    # Three of them in the theme's head; one is enough and a doubled one is invalid.
    for tag in [*page.select(LEFTOVERS), *page.find_all("meta", attrs={"name": "viewport"})[1:]]:
        tag.decompose()


def _drop_empty_sections(page: BeautifulSoup) -> None:
    """Leave out headings under which this book has nothing to say, with their links."""
    for section in reversed(page.select("article section[id]")):
        heading = section.find(re.compile(r"^h[2-6]$"), recursive=False)
        if heading is None:
            continue
        left = [
            tag
            for tag in section.find_all(True, recursive=False)
            if tag is not heading and not _only_code(tag)
            if tag.name != "span" or tag.get_text(strip=True)
        ]
        if left:
            continue
        for link in page.find_all("a", href=f"#{section['id']}"):
            item = link.find_parent("li")
            if item is not None:
                item.decompose()
        section.decompose()


def _raise_kicker(page: BeautifulSoup) -> None:
    """Put the question, as a small line, above the heading that answers it."""
    kicker, heading = page.select_one("article p.kicker"), page.select_one("article h1")
    if kicker is not None and heading is not None:
        heading.insert_before(kicker.extract())


def _only_code(tag: Tag) -> bool:
    """Whether a part of a page is a cell that shows its code and nothing else."""
    shown = tag.select_one(".cell_output")
    if "cell" not in _classes(tag):
        return False
    return shown is None or not (shown.get_text(strip=True) or shown.select_one("img, .explore"))


def _for_keys_and_voices(page: BeautifulSoup) -> None:
    # A label that differs from the visible words cannot be spoken to the button; where words
    # are visible they are the name.
    for tag in page.find_all(True):
        held = _classes(tag)
        if tag.name in ("button", "a", "summary"):
            if tag.get("aria-label") and tag.get_text(strip=True):
                del tag["aria-label"]
            elif not tag.get("aria-label") and not tag.get_text(strip=True) and tag.get("title"):
                tag["aria-label"] = tag["title"]
        if tag.name == "pre":  # it scrolls where it is wide, and a keyboard has to reach it
            tag["tabindex"] = "0"
        # The theme's tooltips stay open where there is no mouse; a title is shown by the browser.
        if tag.get("data-bs-toggle") == "tooltip":
            del tag["data-bs-toggle"]
        if tag.name == "a" and "headerlink" in held:
            tag["aria-label"] = "Link to this heading"
            tag["tabindex"] = "-1"
            tag["aria-hidden"] = "true"
        if "search-button__kbd-shortcut" in held:
            tag["aria-hidden"] = "true"


def _classes(tag: Tag) -> set[str]:
    return set(map(str, tag.get_attribute_list("class")))


def _name_regions(page: BeautifulSoup) -> None:
    skip = page.select_one("#pst-skip-link")
    if skip is not None:
        skip.name = "nav"
        skip["aria-label"] = "Skip"
    for sidebar, said in (("primary", "Book"), ("secondary", "On this page")):
        for region in page.select(f"#pst-{sidebar}-sidebar"):
            region["role"], region["aria-label"] = "region", said
    for empty in page.select("footer.bd-footer, header.bd-header"):
        if not empty.get_text(strip=True):
            empty.decompose()


def _place_home(page: BeautifulSoup, home: Home) -> None:
    """Put the first page of the book into its part of the menu, under its short name."""
    top = page.select_one("ul.bd-sidenav__home-link")
    link = top.find("a") if top is not None else None
    if top is None or not isinstance(link, Tag) or not home.title:
        return
    link.string = home.title
    caption = page.select_one("nav.bd-links p.caption")
    if caption is None or caption.get_text(strip=True) != home.caption:
        caption = page.new_tag(
            "p", attrs={"class": "caption", "role": "heading", "aria-level": "2"}
        )
        caption.string = home.caption
        top.insert_before(caption)
        return
    held = caption.find_next_sibling("ul")
    if isinstance(held, Tag):
        if "current" in _classes(top):
            held["class"] = "current " + " ".join(map(str, held.get_attribute_list("class")))
        for item in reversed(top.find_all("li", recursive=False)):
            held.insert(0, item.extract())
        top.decompose()


def _set_images(page: BeautifulSoup) -> None:
    for number, image in enumerate(page.select("article img:not(.figure-dark)")):
        if number:
            image["decoding"] = "async"
            image["loading"] = "lazy"


def _move_code(page: BeautifulSoup) -> None:
    """Put folded code below what it made: a reader came for the answer."""
    for cell in page.select("article div.cell"):
        code = cell.select_one(":scope > details.above-input")
        shown = cell.select_one(":scope > div.cell_output")
        if code is not None and shown is not None:
            shown.insert_after(code.extract())


def _gather_code(page: BeautifulSoup) -> None:
    """Fold steps of an analysis that follow one another into one part that opens."""
    for style in page.select("article style[scoped]"):
        style.decompose()
    for cell in page.select("article .tag_hide-cell + div.cell.tag_hide-cell"):
        before = cell.find_previous_sibling()
        home = before.select_one(":scope > details") if isinstance(before, Tag) else None
        folded = cell.select_one(":scope > details")
        if home is not None and folded is not None:
            for part in folded.find_all("div", recursive=False):
                home.append(part.extract())
            cell.decompose()
    # A cell whose figure or table this book does not have shows nothing, not even its code.
    for cell in page.select("article div.cell.tag_hide-input:not(:has(> div.cell_output))"):
        cell.decompose()


def _fold_method(page: BeautifulSoup) -> None:
    """Fold how a chapter was computed: who reads a newspaper need not read it."""
    heading = page.select_one("article section#how > h2")
    if heading is not None:
        folded = page.new_tag("details", attrs={"class": "method"})
        furniture.add(page, folded, "summary", "Show the method")
        for part in list(heading.next_siblings):
            folded.append(part.extract())
        heading.insert_after(folded)


def _show_key(page: BeautifulSoup, key: str) -> None:
    place = page.select_one(".bd-footer-content__inner")
    if not isinstance(place, Tag):
        return
    item = furniture.add(page, place, "div", **{"class": "footer-item"})
    line = furniture.add(page, item, "p", "Made from inputs ", **{"class": "inputs-key"})
    furniture.add(page, line, "code", key)
    line.append(". To check it: ")
    furniture.add(page, line, "code", "sevenpercent verify")
