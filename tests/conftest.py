"""What all tests share: the environment of a build, and the built book."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sevenpercent import paths, scenario
from sevenpercent.book import execute

# Before the first kernel starts: notebooks re-executed here must see what a build sees.
for _name, _value in execute.environment(paths.ROOT).items():
    if _name not in ("MPLBACKEND", "SEVENPERCENT_ROOT"):
        os.environ.setdefault(_name, _value)


@pytest.fixture(scope="session")
def book() -> Path:
    """Folder of the default scenario's pages, built first when any of its inputs changed."""
    from sevenpercent.book.build import build

    return build(scenario.load()).html
