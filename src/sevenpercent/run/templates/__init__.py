"""Pages that are written whole: the templates beside this module."""

from __future__ import annotations

from html import escape
from pathlib import Path

import jinja2


def filled(name: str, *, escaped: bool = False, **values: object) -> str:
    """A page with the values in it; `escaped`: whether they are escaped here, and not before."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=escaped,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["html"] = escape
    return made.get_template(f"{name}.html").render(**values)
