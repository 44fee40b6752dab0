"""What a book publishes is what somebody reads: numbers that are cited, said, tabulated or drawn."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from settings_world import FIRST, OTHERS, few, loader

from sevenpercent import paths
from sevenpercent.model import scenario, words
from sevenpercent.model.results import Results, Value
from sevenpercent.model.scenario import Scenario
from sevenpercent.run.build import execute_chapters
from sevenpercent.show.explorer import Explorer
from sevenpercent.show.picture import Picture
from sevenpercent.study import cells, magics
from sevenpercent.study.study import Study

MOST = 2000
"""Numbers of the default book; the page of downloads is for people."""

UNREAD: dict[str, str] = {
    r"sensitivity\.wi\.hidden\..*\.benchmark\..*\.lowered": "drawn for the definition that leads",
    r"sensitivity\.(wi\.per_ballot|pa\.power)\.size\..*": "sizes that no sentence asks about there",
    r"recount\.wi\.(unseen|outside|dre_ballots)\..*": "parts of a share that the page says",
    r"recount\.wi\.digits\.now\..*\.honest_.*": "groups that no sentence is about",
    r"audit\.wi\.cost\.break_even\..*\.risk10": "the page says it for the strictest risk",
    r"electoral\.margin_share\.wi\.election_night": "the table has the final count's",
    r"designs\.p3\.neighbour\.own\.estimate": "left out where another definition is drawn",
    r"designs\.p1\.(effective_)?clusters": "of errors by state; the page says that they are",
    r"designs\.p1\.votes\..*\.raw": "beside the adjusted one, for a claim of votes to cite",
    r"designs\.witness\..*\.paper": "words that a verdict rests on; the page has them in a sentence",
    r"polls\.us\.noncollege_white\.error\.none\..*": "the page says it for ten in a hundred people",
    r"facts\..*\.(\d|note)": "a source's sentence has several numbers; each fact is published whole",
    r"calendar\.threshold\...\.times": "the page says it of the states where it is far",
}
"""Published numbers, as patterns, that nobody cites and no page shows, and why they are published."""


@pytest.mark.usefixtures("book")
def test_a_book_publishes_no_more_than_people_read() -> None:
    _, results = execute_chapters(scenario.load())
    assert len(results) <= MOST


@dataclass
class Seen:
    """What the pages of a book take of its numbers while they are made."""

    numbers: set[float] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    text: str = ""

    def walk(self, found: Any) -> None:
        """Note each number in what is drawn, tabulated, or given to a script."""
        if isinstance(found, pd.DataFrame):
            for name in found:
                self.walk(found[name].tolist())
        elif isinstance(found, Picture | Explorer):
            self.walk(found.data)
        elif isinstance(found, Mapping):
            self.walk([*found.values()])
        elif isinstance(found, list | tuple):
            for one in found:
                self.walk(one)
        elif isinstance(found, int | float) and not isinstance(found, bool) and found == found:
            self.numbers.add(abs(float(found)))

    def shows(self, key: str, value: Value) -> bool:
        """Whether a number was looked up by its key, formatted, drawn, or said as a word."""
        x = value.value
        if key in self.keys or x is None or isinstance(x, bool):
            return True  # a dash, or yes and no, stand in a table as what they mean
        if isinstance(x, str):
            return x.lower() in self.text or not re.fullmatch(r"[\w ]+ [\w ]+", x)
        if isinstance(x, int) and re.search(rf"(?<![\d,.]){x:,}(?![\d,.]*\d)", self.text):
            return True
        return any(self._near(abs(float(x)) * times) for times in (1, 100))

    def _near(self, x: float) -> bool:
        known = self.sorted
        i = bisect.bisect(known, x)
        return any(abs(y - x) <= 1e-9 * max(x, 1e-12) for y in known[max(i - 1, 0) : i + 1])

    @property
    def sorted(self) -> list[float]:
        if len(self._sorted) != len(self.numbers):
            self._sorted = sorted(self.numbers)
        return self._sorted

    _sorted: list[float] = field(default_factory=list)


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Seen]:
    """What is formatted for a sentence or a table, drawn, or looked up by its key meanwhile."""
    seen, number, evaluate = Seen(), words._number, magics._evaluate
    get, merged = Results.__getitem__, Results.merged
    pause = [False]

    def numbered(x: object) -> float:
        found = number(x)
        seen.walk(found)
        return found

    def evaluated(line: str, values: dict[str, Any]) -> Any:
        made = evaluate(line, values)
        seen.walk(made)
        return made

    def looked(self: Results, key: str) -> Value:
        if not pause[0]:
            seen.keys.add(key)
        return get(self, key)

    def asked(self: Results, key: object) -> bool:
        there = dict.__contains__(self, key)
        if there and not pause[0]:
            seen.keys.add(str(key))
        return there

    def got(self: Results, key: str, other: Value | None = None) -> Value | None:
        # Not .get, as the linter would have it: this is what stands in its place.
        return self[key] if key in self else other  # noqa: SIM401

    def joined(self: Results, *others: Mapping[str, Value]) -> Results:
        pause[0] = True
        try:
            return merged(self, *others)
        finally:
            pause[0] = False

    with monkeypatch.context() as patch:
        patch.setattr(words, "_number", numbered)
        patch.setattr(magics, "_evaluate", evaluated)
        patch.setattr(Results, "__getitem__", looked)
        patch.setattr(Results, "merged", joined)
        # A dictionary asks itself past its own look-up.
        patch.setattr(Results, "__contains__", asked)
        patch.setattr(Results, "get", got)
        yield seen


def shown(s: Scenario, monkeypatch: pytest.MonkeyPatch) -> tuple[Results, Seen]:
    """All numbers of a book, and what its pages take of them."""
    done: dict[str, Results] = {}
    said: list[str] = []

    def say(study: Study, source: str, variables: dict[str, Any]) -> str:
        text = magics.spoken(study, source, variables)
        said.append(text.lower())
        return text

    def run(chapter: str) -> Results:
        if chapter not in done:
            found = cells.run(chapter, s, loader(s.tables.folder), run, say)
            done[chapter] = found.results
        return done[chapter]

    with watched(monkeypatch) as seen:
        for chapter in s.chapters:
            run(chapter)
    seen.text = "\n".join(said)
    return Results().merged(*done.values()), seen


@pytest.mark.slow
@pytest.mark.parametrize("name", [FIRST, *OTHERS])
def test_each_number_is_cited_tabulated_or_drawn(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = scenario.load(name, few(name))
    s = s.model_copy(update={"changed": []})  # in the words that the book has for its own settings
    results, seen = shown(s, monkeypatch)
    files = [Path(f"{paths.SCENARIOS / name}.yml"), *(paths.SCENARIOS / name).rglob("*.*")]
    cited = "\n".join(p.read_text(encoding="utf-8") for p in files)
    unread = [k for k in results if k not in cited and not seen.shows(k, results[k])]
    assert not [k for k in unread if not any(re.fullmatch(p, k) for p in UNREAD)]
