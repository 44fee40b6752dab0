"""Pages that are written whole: the templates beside this module."""

from __future__ import annotations

from pathlib import Path

import jinja2


def filled(name: str, **values: object) -> str:
    """A page with the values in it, which are escaped; a template says what of them is markup."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return made.get_template(f"{name}.html").render(**values)
