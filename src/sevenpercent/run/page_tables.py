"""Tables of a finished page: captions, headers, a box that scrolls, cards on a phone."""

from __future__ import annotations

from bs4 import BeautifulSoup, Tag

NARROW = 3
"""Columns that fit side by side on a phone; tables with more become cards there."""

LETTERS = 30
"""Letters that fit side by side on a phone: the longest words of all columns together."""

WIDE = 7
"""Columns above which a table is set closer."""

SHORT = 15
"""Letters up to which a cell with a number stands in one line: a date, a share, an interval."""

LONG = 15
"""Rows above which a table scrolls in a box of its own."""


def repair(page: BeautifulSoup) -> None:
    """Repair every table of an article; doing so twice changes nothing."""
    told: set[str] = set()
    for number, table in enumerate(page.select("article table"), start=1):
        if any("table-box" in str(parent.get("class", "")) for parent in table.parents):
            continue
        attributes = {"class": "table-box", "tabindex": "0", "role": "region"}
        box = table.wrap(page.new_tag("div", attrs=attributes))
        _name_heads(table)
        caption = _take_caption(page, table, box)
        if caption is None:
            box["aria-label"] = f"Table {number}"
        elif (words := caption.get_text(" ", strip=True)) in told:
            box["aria-label"] = f"Table {number}: {words}"  # two regions of a page share no name
        else:
            told.add(words)
            caption["id"] = f"table-{number}"
            box["aria-labelledby"] = f"table-{number}"
        _fit(page, table, box)


def _name_heads(table: Tag) -> None:
    """Say of each head cell what it is the head of; an empty one tells nothing and is none."""
    for head in table.select("th"):
        if not head.get_text(strip=True) and not head.find("img"):
            head.name = "td"
            head.attrs.pop("scope", None)
        else:
            head["scope"] = "col" if head.find_parent("thead") is not None else "row"


def _take_caption(page: BeautifulSoup, table: Tag, box: Tag) -> Tag | None:
    """Make the line in italics below a table its caption."""
    outer = box.find_parent("div", class_="pst-scrollable-table-container") or box
    line = outer.find_next_sibling()
    if not isinstance(line, Tag) or line.name != "p":
        return None
    held = [part for part in line.contents if isinstance(part, Tag) or str(part).strip()]
    if len(held) != 1 or not isinstance(held[0], Tag) or held[0].name != "em":
        return None
    caption = page.new_tag("caption")
    for part in list(held[0].contents):
        caption.append(part.extract())
    line.decompose()
    table.insert(0, caption)
    return caption


def _fit(page: BeautifulSoup, table: Tag, box: Tag) -> None:
    """Mark tables that become cards on a phone, and those that are too long to scroll past."""
    names = [cell.get_text(" ", strip=True) for cell in table.select("thead tr:last-child > *")]
    rows = table.select("tbody > tr")
    columns = zip(*(row.find_all(["td", "th"], recursive=False) for row in rows), strict=False)
    words = (" ".join(cell.get_text(" ") for cell in column).split() for column in columns)
    cards = len(names) > NARROW or sum(max(map(len, w), default=0) for w in words) > LETTERS
    kinds = ["table-box", "cards" if cards else "narrow"]
    if len(names) > WIDE:
        kinds.append("dense")
    for cell in table.select("td:not(.text-right)"):
        text = cell.get_text(" ", strip=True)
        if len(text) <= SHORT and any(letter.isdigit() for letter in text):
            cell["class"] = " ".join([*map(str, cell.get_attribute_list("class")), "short"])
    if cards:
        for row in rows:
            for name, cell in zip(names, row.find_all(["td", "th"], recursive=False), strict=False):
                if name:
                    cell["data-label"] = name
                if not cell.get_text(strip=True) and not cell.find(["img", "svg"]):
                    cell.clear()  # a card has no line for what is not there
    if len(rows) > LONG:
        kinds.append("long")
        note = page.new_tag("p", attrs={"class": "table-note"})
        note.string = f"{len(rows)} rows; the table scrolls."
        box.insert_after(note)
    box["class"] = " ".join(kinds)
