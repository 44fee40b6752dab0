"""What every new book begins with: ``data/new_book.yml``, and names of places as its sentences have them."""

from __future__ import annotations

from typing import Any

from sevenpercent import paths, strict
from sevenpercent.data import tables
from sevenpercent.model.scenario import NATION

FILE = "new_book.yml"
"""In ``data/``: what the scenario of a new book begins with, and its tables of precincts."""


def start() -> dict[str, Any]:
    """What a new book begins with."""
    return strict.read_yaml(paths.DATA / FILE)


def place_name(code: str) -> str:
    """A state, or the nation, as a sentence names it."""
    names = tables.load("states").set_index("state")["name"]
    return "the United States" if code == NATION else str(names[code])
