"""What must hold of every finished page: links that lead somewhere, nothing fetched, figures told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from sevenpercent.run.notebooks import FILE_NAME

_SOURCED = ("img", "script", "iframe", "source", "video", "audio", "embed", "input")
_FETCHED = {**dict.fromkeys(_SOURCED, "src"), "link": "href", "object": "data"}
"""Tags that ask for a file, and the attribute that names it."""

_CSS_URL = re.compile(r"""(?:@import\s+(?:url\()?|url\(\s*)['"]?([^'")\s]+)""")


@dataclass(frozen=True)
class Seen:
    """What one page holds that must be compared with the rest of its book.

    `anchors`: places that a link can lead to; `links`: where its links lead; `addresses`: what it
    asks for while it is shown; `styles`: what its styles ask the network for; `own`: faults that
    can be told from the page alone.
    """

    anchors: list[str]
    links: list[str]
    addresses: list[str]
    styles: list[str]
    own: list[str]


def look(path: Path) -> Seen:
    """Read one page."""
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    tags = page.find_all(True)  # once: a search of its own for each question takes half the time
    links = [t for t in tags if t.name == "a"]
    anchors = {str(t["id"]) for t in tags if "id" in t.attrs}
    anchors |= {str(t["name"]) for t in links if "name" in t.attrs}
    leading = [str(t["href"]) for t in links if "href" in t.attrs]
    asking = [t for t in tags if _FETCHED.get(t.name) in t.attrs]
    asking = [t for t in asking if "canonical" not in t.get_attribute_list("rel")]  # only a name
    styles = [a for s in page.find_all("style") for a in _CSS_URL.findall(s.string or "")]
    styles = [a for a in styles if a.startswith(("http:", "https:", "//"))]
    own = [*_runs(page.select("article *, head base")), *_figures(page), *_left_over(page)]
    return Seen(sorted(anchors), leading, [str(t[_FETCHED[t.name]]) for t in asking], styles, own)


def faults(html: Path, seen: Mapping[Path, Seen] | None = None) -> list[str]:
    """Return every fault in the pages under a folder, one line each; an empty list when sound.

    `seen`: pages that have been read already.
    """
    known = {path.resolve(): found for path, found in (seen or {}).items()}
    html = html.resolve()
    pages = {path: known.get(path) or look(path) for path in sorted(html.rglob("*.html"))}
    anchors = {path: set(page.anchors) for path, page in pages.items()}
    out: list[str] = []
    for path, page in pages.items():
        where = path.relative_to(html).as_posix()
        out += [f"{where}: {f}" for f in _links(path, page, anchors)]
        out += [f"{where}: {f}" for f in _requests(path, page.addresses)]
        out += [f"{where}: a style asks the network for {address}" for address in page.styles]
        out += [f"{where}: {f}" for f in page.own]
    for sheet in sorted(html.rglob("*.css")):
        where = sheet.relative_to(html).as_posix()
        addresses = _CSS_URL.findall(sheet.read_text(encoding="utf-8"))
        out += [f"{where}: {f}" for f in _requests(sheet, addresses)]
    return out


def _links(path: Path, page: Seen, anchors: Mapping[Path, set[str]]) -> list[str]:
    out = []
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme in ("http", "https", "mailto"):
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        if target not in anchors:
            if not target.is_file():
                out.append(f"dead link {link}")
        elif parts.fragment and unquote(parts.fragment) not in anchors[target]:
            out.append(f"link to a place that is not there: {link}")
    return out


def _requests(path: Path, addresses: Iterable[str]) -> list[str]:
    """What a page, or a sheet of styles, asks for that does not lie beside it."""
    out = []
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme == "data":
            continue
        if parts.scheme or parts.netloc:
            out.append(f"asks the network for {address}")
        elif parts.path and not (path.parent / unquote(parts.path)).is_file():
            out.append(f"asks for a file that is not there: {address}")
    return out


def _runs(tags: Iterable[Tag]) -> list[str]:
    """What may run, or take a reader elsewhere, without a file of the book's own."""
    out = []
    for tag in tags:
        if tag.name in ("iframe", "object", "embed", "base") or (
            tag.name == "script" and "src" not in tag.attrs and "json" not in str(tag.get("type"))
        ):
            out.append(f"{tag.name} in a page; take it out")
        for name, value in tag.attrs.items():
            told = re.sub(r"[\s\x00-\x1f]", "", str(value)).lower()
            if name.startswith("on") or told.startswith(
                ("javascript:", "data:text/html", "vbscript:")
            ):
                out.append(f"{name} of {tag.name} may run something; take it out")
            elif name in ("action", "formaction") and urlsplit(str(value)).netloc:
                out.append(f"a form asks the network for {value}")
            elif (
                name == "http-equiv"
                and urlsplit(str(tag.get("content")).partition("url=")[2]).netloc
            ):
                out.append(f"a page leads to {tag.get('content')}")
    return out


def _figures(page: BeautifulSoup) -> list[str]:
    out = []
    for image in page.find_all("img"):
        alt = str(image.get("alt") or "").strip()
        name = Path(urlsplit(str(image.get("src") or "")).path).name
        if not alt:
            out.append(f"no alt text: {name}")
        elif FILE_NAME.match(alt) or alt == name:
            out.append(f"alt text is a file name: {alt}")
    return out


def _left_over(page: BeautifulSoup) -> list[str]:
    out: list[str] = []
    article = page.select_one("article")
    if article is None:
        return out
    if article.select_one(".math"):
        out.append("a formula, but no formula renderer is shipped; write it in words")
    for code in article.select("pre"):
        code.extract()
    text = article.get_text(" ")
    out += [
        f"markup shown as text: {m[0]}" for m in re.finditer(r"\{(?:cite|glue|ref)[^}]*\}`", text)
    ]
    return out
