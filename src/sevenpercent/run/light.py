"""Style sheets without the rules that no page of a book can use.

A rule stays unless every one of its selectors asks for a class or an id that stands in no page and in
no script of the book; what only a script can bring into being is thereby kept, also where it puts a name
together ("side-" and a word).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_HELD = re.compile(r'\b(?:class|id)="([^"]*)"')
_NAME = re.compile(r"[\w-]+")
_ASKED = re.compile(r"[.#]((?:\\.|[\w-])+)")
_APART = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)|\[[^\]]*\]")
_NESTED = ("@media", "@supports", "@layer", "@container")


def trim(html: Path) -> None:
    """Trim every style sheet of a book to what its pages and scripts name."""
    names = used(html)
    for sheet in sorted((html / "_static").rglob("*.css")):
        sheet.write_text(trimmed(sheet.read_text(encoding="utf-8"), names), encoding="utf-8")


def used(html: Path) -> set[str]:
    """Classes and ids that stand in the pages, and every word of the scripts."""
    names: set[str] = set()
    for path in html.rglob("*.html"):
        for held in set(_HELD.findall(path.read_text(encoding="utf-8"))):
            names.update(held.split())
    for path in html.rglob("*.js"):
        if path.name != "searchindex.js":
            names.update(_NAME.findall(path.read_text(encoding="utf-8")))
    return names


def trimmed(style: str, names: set[str]) -> str:
    """A style sheet without rules for what is not in `names`.

    Examples
    --------
    >>> trimmed("a{b:c} .x, .y > p{d:e} @media print{.x{f:g}} .z:not(.x){h:i}", {"y", "z"})
    'a{b:c}.y > p{d:e}.z:not(.x){h:i}'
    >>> trimmed(".side-dem{b:c} .edge{d:e}", {"side-"})
    '.side-dem{b:c}'
    """
    begun = tuple(n for n in names if n.endswith("-") and len(n) > 2)
    out = []
    for head, body in _rules(_COMMENT.sub("", style)):
        if body is None:
            out.append(f"{head};")
        elif head.startswith(_NESTED):
            if inner := trimmed(body, names):
                out.append(f"{head}{{{inner}}}")
        elif head.startswith("@"):
            out.append(f"{head}{{{body}}}")
        elif kept := [s for s in _selectors(head) if _met(_asked(s) - names, begun)]:
            out.append(f"{','.join(kept)}{{{body}}}")
    return "".join(out)


def _met(missing: set[str], begun: tuple[str, ...]) -> bool:
    """Whether a script that begins a name with one of `begun` can make all that is missing."""
    return all(name.startswith(begun) for name in missing)


def _asked(selector: str) -> set[str]:
    """Classes and ids without which a selector finds nothing."""
    return {n.replace("\\", "") for n in _ASKED.findall(_APART.sub("", selector))}


def _selectors(head: str) -> list[str]:
    """The selectors of a rule: parts between commas that stand in no brackets."""
    out, depth, start = [], 0, 0
    for at, letter in enumerate(head):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and not depth:
            out.append(head[start:at].strip())
            start = at + 1
    return [*out, head[start:].strip()]


def _rules(style: str) -> Iterator[tuple[str, str | None]]:
    """Head and body of each rule; a body of None where a statement ends without one."""
    depth, start, opened, quote = 0, 0, 0, ""
    for at, letter in enumerate(style):
        if quote:
            quote = "" if letter == quote and style[at - 1] != "\\" else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif letter == "}":
            depth -= 1
            if not depth:
                yield style[start:opened].strip(), style[opened + 1 : at].strip()
                start = at + 1
        elif letter == ";" and not depth:
            yield style[start:at].strip(), None
            start = at + 1
