"""Chapters and library know no election: its names stand in scenarios and recipes alone."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.model import scenario

PEOPLE = (
    "Clinton",
    "Trump",
    "Obama",
    "Romney",
    "Biden",
    "Harris",
    "Stein",
    "Gary Johnson",
    "Nate Silver",
    "Silver",
    "Cohn",
    "Halderman",
    "Bonifaz",
    "Sanders",
)
REPORTS = ("New York Magazine", "Guardian", "Dominion Voting")
FORMATS = ("sources/", "recipe")
"""Files that may name a publisher: they read what it published."""


@cache
def words() -> list[str]:
    """Candidates of every scenario, and the people and reports of both elections."""
    found = {*PEOPLE, *REPORTS}
    for path in paths.SCENARIOS.glob("*.yml"):
        parties = scenario.load(path).parties
        for side in (parties.harmed, parties.favoured):
            found |= {side.candidate, side.prior_candidate}
    return sorted(found)


def files() -> list[Path]:
    return [*(paths.ROOT / "chapters").glob("*.md"), *(paths.ROOT / "src").rglob("*.py")]


def named(text: str, names: list[str]) -> list[str]:
    return [n for n in names if re.search(rf"\b{re.escape(n)}\b", text, re.IGNORECASE)]


@pytest.mark.parametrize("path", files(), ids=lambda p: p.relative_to(paths.ROOT).as_posix())
def test_no_election_is_named(path: Path) -> None:
    names = words()
    if any(part in path.as_posix() for part in FORMATS):
        names = [n for n in names if n not in REPORTS]
    # "Harris" is also a polling firm and a county; the code may not hold either.
    assert named(path.read_text(encoding="utf-8"), names) == []


def test_the_search_finds_a_name() -> None:
    assert named("shares of Clinton, and of CLINTON'S", words()) == ["Clinton"]
    assert named("a clintonian silverware", words()) == []
