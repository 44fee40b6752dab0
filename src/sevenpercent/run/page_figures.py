"""Figures of a page: drawn for light and dark, their numbers as a table, links to take them away."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from sevenpercent.model import words
from sevenpercent.run import furniture
from sevenpercent.run.furniture import add
from sevenpercent.show import style

MOST_ROWS = 80
"""Rows of a figure's numbers that its page shows; longer tables are only in the file."""

_CALL = re.compile(r"(?:\w+\.)*(\w+)\(")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def copy(folders: Iterable[Path], images: Path) -> None:
    """Put the drawings and numbers that chapters left beside their pictures, light and dark."""
    images.mkdir(exist_ok=True)  # a book without pictures may still have tables to fetch
    for folder in folders:
        for path in sorted(folder.glob("*.*")):
            alone = path.suffix == ".csv" and not path.with_suffix(".svg").is_file()
            if not alone and not (images / f"{path.stem}.png").is_file():
                continue
            shutil.copyfile(path, images / path.name)
            if path.suffix == ".svg":
                dark = style.dark(path.read_text(encoding="utf-8"))
                (images / f"{path.stem}-dark.svg").write_text(dark, encoding="utf-8")


def dress(page: BeautifulSoup, html: Path, name: str) -> None:
    """Give each figure of a page its drawings, its size, its links and the table of its numbers.

    `html`: folder of the book's pages; `name`: the page below it without its ending, as
    ``chapters/gap``.
    """
    chapter, up, used = name.rpartition("/")[2], furniture.up(name), set[str]()
    for image in page.select("article .cell_output img"):
        cell = image.find_parent("div", class_="cell")
        if cell is None:
            continue
        code = cell.find("details", recursive=False)
        place, source = _place(code, used), str(image["src"])
        image["id"] = place
        held = {k: source.removesuffix(".png") + f".{k}" for k in ("csv", "svg")}
        there = {k: v for k, v in held.items() if (html / v.removeprefix(up)).is_file()}
        _size(image, html / source.removeprefix(up))
        row = page.new_tag("p", attrs={"class": "figure-links"})
        for words_, kind, where in (
            ("Data", "csv", there.get("csv") or f"{up}numbers/{chapter}.csv"),
            ("SVG", "svg", there.get("svg", "")),
            ("PNG", "png", source),
        ):
            if where and (kind == "png" or (html / where.removeprefix(up)).is_file()):
                _link(page, row, words_, where, f"{chapter}-{place}.{kind}", place)
        inside = code.find("div") if isinstance(code, Tag) else None
        if isinstance(inside, Tag):  # inside what is folded, so that a browser opens it
            inside["id"] = f"{place}-code"
            _link(page, row, "Code", f"#{place}-code", "", place)
        _link(page, row, "Link", f"#{place}", "", place)
        image.insert_after(row)
        if "csv" in there:
            row.insert_after(numbers(page, html / there["csv"].removeprefix(up)))
        if "svg" in there:
            _two(page, image, there["svg"])


def _link(page: BeautifulSoup, row: Tag, said: str, href: str, file: str, place: str) -> None:
    # Many links of one name on a page: each says which figure it belongs to.
    kept = {"download": file} if file else {}
    add(page, row, "a", said, **{"href": href, "aria-describedby": place, **kept})


def _two(page: BeautifulSoup, image: Tag, svg: str) -> None:
    """Show the drawing in place of the picture, one for each set of colours."""
    dark = page.new_tag("img", attrs={k: str(v) for k, v in image.attrs.items() if k != "id"})
    image["src"], image["class"] = svg, "figure-light"
    dark["src"], dark["class"] = svg.removesuffix(".svg") + "-dark.svg", "figure-dark"
    dark["loading"], dark["decoding"] = "lazy", "async"
    image.insert_after(dark)


def numbers(page: BeautifulSoup, path: Path) -> Tag:
    """Folded table of the numbers of a figure."""
    lines = path.read_text(encoding="utf-8").splitlines()
    told = [line[2:] for line in lines if line.startswith("# ")]
    head, *rows = csv.reader(line for line in lines if not line.startswith("# "))
    folded = page.new_tag("details", attrs={"class": "figure-numbers"})
    add(page, folded, "summary", "The numbers as a table")
    if len(rows) > MOST_ROWS:
        many = f"{words.votes(len(rows))} rows: all of them are in the file under “Data”."
        add(page, folded, "p", many)
        return folded
    table = add(page, folded, "table")
    unit = next((line for line in told if line.startswith("Unit: ")), "")
    add(page, table, "caption", unit or told[0])
    for part, kind, lines_ in (("thead", "th", [head]), ("tbody", "td", rows)):
        body = add(page, table, part)
        for line in lines_:
            _add_row(page, body, line, kind)
    return folded


def _add_row(page: BeautifulSoup, body: Tag, line: list[str], kind: str) -> None:
    row = add(page, body, "tr")
    for text in line:
        right = {"class": "text-right"} if kind == "td" and _NUMBER.fullmatch(text) else {}
        add(page, row, kind, shown(text), **right)


def shown(text: str) -> str:
    """A value of a CSV as a reader wants it: three figures, a real minus sign, no bare years.

    Examples
    --------
    >>> shown("-0.123456"), shown("22748.0"), shown("22748.4"), shown("2016"), shown("'-x")
    ('−0.123', '22,748', '22,748', '2016', '-x')
    """
    if not _NUMBER.fullmatch(text):
        return text.removeprefix("'")
    value = float(text)
    if value == int(value) and abs(value) < 10_000:
        told = f"{value:.0f}"
    elif abs(value) >= 100:
        told = f"{value:,.0f}"
    else:
        told = f"{value:.3g}" if abs(value) >= 0.001 else "0.000"
    return told.replace("-", words.MINUS)


def _size(image: Tag, path: Path) -> None:
    """Say how large a picture is before it is there, so that nothing below it moves."""
    head = path.read_bytes()[:24] if path.is_file() else b""
    if head[12:16] == b"IHDR":
        image["width"] = str(int.from_bytes(head[16:20], "big"))
        image["height"] = str(int.from_bytes(head[20:24], "big"))


def _place(code: Tag | None, used: set[str]) -> str:
    """Name of a figure's place, from the function that draws it: it outlives new cells and titles."""
    source = code.find("pre") if isinstance(code, Tag) else None
    call = _CALL.search(source.get_text()) if isinstance(source, Tag) else None
    said = call[1].removeprefix("of_").replace("_", "-") if call else "drawn"
    place, number = f"figure-{said}", 1
    while place in used:
        number += 1
        place = f"figure-{said}-{number}"
    used.add(place)
    return place
