"""Every path of the project, named once."""

from __future__ import annotations

import os
from pathlib import Path

from sevenpercent.escape import printable

ROOT = Path(os.environ.get("SEVENPERCENT_ROOT") or Path(__file__).resolve().parents[2])
DATA = ROOT / "data"
RECIPES = DATA / "recipe"
CHAPTERS = ROOT / "chapters"
SCENARIOS = ROOT / "scenarios"
SWEEPS = ROOT / "sweeps"
BENCHMARKS = ROOT / "benchmarks"
BUILD = ROOT / "_build"
TOUR = ROOT / "docs" / "tour.json"
"""What the commands answered when they last made another book."""
RAW = Path(os.environ.get("SEVENPERCENT_RAW") or ROOT.parent / "shared" / "raw")
"""Published files as released; only developers have them (``make data``)."""
FACTS = RAW.parent / "facts"


def shown(path: Path) -> str:
    """A path for a message: below the working folder where it lies there."""
    try:
        return printable(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return printable(path)
