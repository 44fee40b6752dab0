"""The page above all books: one link for each book that was built."""

from __future__ import annotations

import json
import os
from html import escape
from pathlib import Path

STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem;"
    "color:#222;background:#fff}a{color:#0b5394}li{margin:1rem 0}"
)


def told_by(record: Path) -> dict[str, str] | None:
    """What a book says of itself; None where that cannot be read, and the book has to be built."""
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def write(folder: Path, title: str) -> Path:
    """Write ``index.html`` into a folder of books.

    Parameters
    ----------
    folder : Path
        Its subfolders with ``current/book.json`` and ``html/`` are books.
    title : str
        Heading of the page.

    Returns
    -------
    Path
        The page; it is replaced in one step.
    """
    lines = []
    for record in sorted(folder.glob("*/current/book.json")):
        name = record.parent.parent.name
        if not (folder / name / "html" / "index.html").is_file():
            continue
        told = told_by(record)
        if told is None:
            continue
        lines.append(
            f'<li><a href="{escape(name)}/html/index.html">{escape(told.get("title", name))}</a>'
            f"<br/>{escape(told.get('subtitle', ''))}</li>"
        )
    page = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main><h1>{escape(title)}</h1>\n<ul>\n" + "\n".join(lines) + "\n</ul></main></body>"
        "</html>\n"
    )
    target = folder / "index.html"
    new = folder / f".index-{os.getpid()}.html"
    new.write_text(page, encoding="utf-8")
    new.replace(target)
    return target
