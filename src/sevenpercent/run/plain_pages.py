"""Pages of a book that are not chapters: words, changes, licence. Nothing is computed for them.

They stand in ``pages/`` as plain Markdown. What lies between ``<!-- begin NAME -->`` and
``<!-- end NAME -->`` is what plain Jupyter Book shows there; a book shows what is made here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from sevenpercent import escape, paths
from sevenpercent.model.scenario import Scenario

CHANGELOG, CITATION, LICENCE = "docs/CHANGELOG.md", "CITATION.cff", "LICENSE"
SHIPPED = "pages/shipped.json"
FILES = (CHANGELOG, CITATION, LICENCE, "data/datapackage.json")
"""What these pages are made from, below the root of the project."""

MOVED = "changed after results were known"
"""Words that mark a change that moved an answer."""

_PLACE = re.compile(r"<!-- begin (\w+) -->.*?<!-- end \1 -->", re.DOTALL)
_DAY = re.compile(r"^## (.+)$", re.MULTILINE)


def write(scenario: Scenario, target: Path) -> None:
    """Write the pages of ``pages/`` into the source of a book; no page without its files."""
    for path in sorted((paths.ROOT / "pages").glob("*.md")):
        text = _PLACE.sub(lambda found: _made(found[1], scenario), path.read_text("utf-8"))
        target.mkdir(parents=True, exist_ok=True)
        (target / path.name).write_text(text, encoding="utf-8")


def _made(name: str, scenario: Scenario) -> str:
    if name == "changes":
        return changes(_read(CHANGELOG))
    if name == "citation":
        return citation(yaml.safe_load(_read(CITATION)) or {}, scenario.title)
    if name == "licence":
        return f"```text\n{_read(LICENCE).strip()}\n```"
    if name == "shipped":
        return shipped(json.loads(_read(SHIPPED) or "[]"))
    return sources(json.loads(_read("data/datapackage.json") or "{}"))


def changed(changelog: str) -> date | None:
    r"""Day of the last change, None where the list of changes names none.

    Examples
    --------
    >>> changed("# Changes\n\n## 3 May 2027\n\n- One.\n")
    datetime.date(2027, 5, 3)
    """
    days = [day for words in _DAY.findall(changelog) if (day := _day(words))]
    return max(days, default=None)


def last_change() -> date | None:
    """Day of the last change of this project."""
    return changed(_read(CHANGELOG))


def changes(changelog: str) -> str:
    """The list of changes as a page, changes that moved an answer first.

    `changelog`: Markdown: a heading for each day, below it one item for each change.
    """
    parts = _DAY.split(changelog)[1:]
    days = list(zip(parts[::2], parts[1::2], strict=True))
    moved = [(day, item) for day, body in days for item in _items(body) if _moved(item)]
    out = [f"The last change was made on {days[0][0]}."] if days else []
    if moved:
        out.append("## Changes that moved an answer")
        out += [f"- *{day}.* {item}" for day, item in moved]
    for day, body in days:
        rest = [f"- {item}" for item in _items(body) if not _moved(item)]
        out += [f"## {day}", *rest] if rest else []
    # Braces of templates are shown, never filled in.
    lines = [f"\n{line}\n" if line.startswith("## ") else line for line in out]
    return "\n".join(lines).replace("{{", "{\u2060{")


def citation(cff: Mapping[str, Any], title: str) -> str:
    """How to cite a book: in a list of references, as BibTeX, and as CSL.

    `cff`: ``CITATION.cff``; `title`: title of the book.
    """
    authors = [_author(a) for a in cff.get("authors", [])]
    released = str(cff.get("date-released", ""))
    year, version = released[:4], str(cff.get("version", ""))
    address = str(cff.get("url") or cff.get("repository-code") or "")
    names = " & ".join(authors)
    apa = f"{names}. ({year}). *{escape.markdown(title)}* (version {version})."
    fields = {"author": " and ".join(f"{{{a}}}" for a in authors), "title": f"{{{title}}}"}
    fields |= {"year": year, "note": f"Version {version}", "url": address}
    bibtex = "".join(f"  {k:<7}= {{{v}}},\n" for k, v in fields.items() if v)
    csl: dict[str, Any] = {"id": f"sevenpercent{year}", "type": "book", "title": title}
    csl["author"] = [{"literal": a} for a in authors]
    csl["issued"] = {"date-parts": [[int(part) for part in released.split("-") if part]]}
    csl |= {"version": version, **({"URL": address} if address else {})}
    shown = json.dumps(csl, indent=1, ensure_ascii=False)
    whole = [
        " ".join(filter(None, [apa, address])),
        f"BibTeX:\n\n```text\n@misc{{sevenpercent{year},\n{bibtex}}}\n```",
        f"CSL (for Zotero, pandoc and others):\n\n```json\n{shown}\n```",
    ]
    return "\n\n".join(whole)


def authors() -> str:
    """Who made the project, by ``CITATION.cff``."""
    return " and ".join(map(_author, (yaml.safe_load(_read(CITATION)) or {}).get("authors", [])))


def sources(package: Mapping[str, Any]) -> str:
    """Table of published files with their publishers and licences, each file once."""
    seen: dict[str, Mapping[str, str]] = {}
    for resource in package.get("resources", []):
        for source in resource.get("sources", []):
            seen.setdefault(source["title"], source)
    rows = []
    for _, s in sorted(seen.items()):
        told = [escape.markdown(s.get(k, "")) for k in ("agency", "licence")]
        rows.append([escape.link(s["title"], s.get("path", "")), *told])
    head = ["| data | publisher | licence as stated |", "| :-- | :-- | :-- |"]
    caption = ["", "*Files that others published, and their licences.*"]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows), *caption])


def shipped(listed: Sequence[Mapping[str, Any]]) -> str:
    """Table of what others wrote and the pages carry: maker, version, licence and files."""
    rows = [
        f"| {escape.link(e['name'], e['address'])} | {e['version']} | {e['licence']} "
        f"| {len(e['files']) or 'colours of code'} |"
        for e in listed
    ]
    head = ["| maker | version | licence | files |", "| :-- | :-- | :-- | --: |"]
    return "\n".join([*head, *rows, "", "*Scripts and styles that others wrote.*"])


def _author(entry: Mapping[str, str]) -> str:
    whole = " ".join(filter(None, [entry.get("given-names"), entry.get("family-names")]))
    return entry.get("name") or whole


def _items(body: str) -> list[str]:
    found = re.split(r"^- ", body, flags=re.MULTILINE)[1:]
    return [item.rstrip() for item in found]


def _moved(item: str) -> bool:
    """Whether an item says so; its words may stand on two lines."""
    return MOVED in " ".join(item.split())


def _day(words: str) -> date | None:
    try:
        return datetime.strptime(words.strip(), "%d %B %Y").date()
    except ValueError:
        return None


def _read(name: str) -> str:
    path = paths.ROOT / name
    return path.read_text(encoding="utf-8") if path.is_file() else ""
