"""The theme's icons as small drawings in the page, instead of a script of 1.5 MB."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from bs4 import BeautifulSoup

SCRIPT = "_static/scripts/fontawesome.js"
_STYLES = {"fa-solid", "fas", "fa", "far", "fab", "fa-regular", "fa-brands"}


@lru_cache(maxsize=4)
def drawings(script: Path) -> dict[str, tuple[int, int, str]]:
    """Width, height and path of each icon in the theme's script.

    The script lists brands, then outlined, then solid icons; the theme uses the solid ones, and
    the last of a name is the one that stays.
    """
    pattern = re.compile(r'[,{]"?([a-z0-9-]+)"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]')
    text = script.read_text(encoding="utf-8")
    return {m[1]: (int(m[2]), int(m[3]), m[4]) for m in pattern.finditer(text)}


def draw(page: BeautifulSoup, known: dict[str, tuple[int, int, str]]) -> None:
    """Replace every icon placeholder of a page by its drawing, hidden from screen readers."""
    for place in page.find_all(["i", "span"], class_=list(_STYLES)):
        classes = place.get_attribute_list("class")
        names = [str(c).removeprefix("fa-") for c in classes if str(c).startswith("fa-")]
        name = next((n for n in names if n in known), None)
        if name is None:
            continue
        width, height, path = known[name]
        keep = {k: str(v) for k, v in place.attrs.items() if k.startswith("data-")}
        kept = [str(c) for c in classes if c not in _STYLES]
        keep |= {"class": " ".join(["svg-inline--fa", *kept]), "aria-hidden": "true"}
        keep |= {"focusable": "false", "viewBox": f"0 0 {width} {height}"}
        svg = page.new_tag("svg", attrs=keep)
        svg.append(page.new_tag("path", attrs={"fill": "currentColor", "d": path}))
        place.replace_with(svg)
