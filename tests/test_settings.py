"""Every setting tells the truth: each one at a second value runs, changes something, and is named."""

from __future__ import annotations

import random
import re
from functools import cache
from itertools import combinations
from typing import Any

import pytest

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import places, scenario
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import PARAMETERS, Scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.study import cells, header, keys, magics

FIRST, *OTHERS = "midwest-2016", "dominion-2020", "texas-2024", "florida-2004"

FEW: dict[str, object] = {
    "redraw.draws": 99,
    "sensitivity.draws": 99,
    "audit.draws": 100,
    "validity.draws": 200,
    "validity.draws_rule": 200,
    "multiverse.joint.draws": 99,
}
"""Few draws: what is asked here is whether sentences hold together, not how exact the draws are."""

SLOW = {"data", "methods", "multiverse", "sensitivity", "rerun"}
"""Chapters that are only run in the slow test."""

SECOND: dict[str, object] = {
    "outcome.primary": "level_two_party",
    "held": "race_education_prior",
    "errors": "hc3",
    "weights": ["none"],
    "claim.percent": 3,
    "claim.votes": 20_000,
    "claim.margin": 20_000,
    "polls.window": 7,
    "polls.minimum": 8,
    "treatment.version": "printed",
    "recount.cluster": "municipality",
    "audit.risks": [0.1],
    "designs.municipalities.treatment": "own",
    "designs.same_ballots.treatment": "own",
    "redraw.draws": 199,
    "sensitivity.draws": 199,
    "audit.draws": 200,
    "validity.draws": 400,
    "multiverse.joint.draws": 199,
}
"""A second value of each key that a notebook's parameter sets or a user would change."""


@cache
def book(name: str) -> Scenario:
    few = {k: v for k, v in FEW.items() if k.split(".")[0] != "multiverse" or name == FIRST}
    return scenario.load(name, few)


def second(name: str) -> dict[str, object]:
    """The same for one book; definitions and states are its own."""
    s = book(name)
    frame = places.county_frame(s, tables.loader(s.tables.folder), s.focus)
    varying = [r for r in places.readings(s, frame, s.focus) if r != s.treatment.primary]
    out = {k: v for k, v in SECOND.items() if _there(s, k)}
    if "race_education_prior" not in s.controls:
        out["held"] = next(c for c in s.controls if c not in ("none", s.held))
    if s.outcome.primary == out["outcome.primary"]:
        out["outcome.primary"] = "change_two_party"
    if varying:
        wanted = "dre_ge30" if "dre_ge30" in varying else varying[-1]
        out |= {"treatment.primary": wanted, "designs.counties.treatment": wanted}
    if len(s.flips) > 1:
        out["flips"] = s.flips[:-1]
    if len(s.states) > 2:
        out["states"] = [x for x in s.states if x != s.states[-1]]
    return out


def _there(s: Scenario, key: str) -> bool:
    here: Any = s
    for part in key.split("."):
        here = getattr(here, part, None)
    return here is not None


def changed(name: str, settings: dict[str, object]) -> Scenario:
    few = {k: v for k, v in FEW.items() if k.split(".")[0] != "multiverse" or name == FIRST}
    made = scenario.load(name, {**few, **settings})
    return made.model_copy(
        update={"changed": [k for k in made.changed if k not in FEW or k in settings]}
    )


@cache
def _load(folder: str | None) -> Any:
    return cache(tables.loader(folder))


def read(chapter: str, s: Scenario) -> cells.Executed:
    """A chapter with its words; chapters above it are computed as it asks for them."""
    load = tables.loader(s.tables.folder)
    done: dict[str, Results] = {}

    def upstream(name: str) -> Results:
        if name not in done:
            done[name] = cells.run(name, s, load, upstream).results
        return done[name]

    return cells.run(chapter, s, load, upstream, magics.spoken)


@cache
def as_declared(name: str, chapter: str) -> cells.Executed:
    return read(chapter, book(name))


def touched(name: str, key: str) -> list[str]:
    """Chapters whose own outcome a key can change, and that do not rest on others' numbers."""
    root = key.split(".")[0]
    own = book(name)
    return [
        c for c in own.chapters if root in keys.reads(c, own.id).keys and not header.needs(c, own)
    ]


def cases(names: list[str]) -> list[tuple[str, str, str]]:
    """Book, chapter and key: each declared parameter of each chapter, and keys that many read."""
    out = []
    for name in names:
        values = second(name)
        wide = [k for k in values if k.split(".")[0] in WIDE]
        for chapter in book(name).chapters:
            own = [k for k in PARAMETERS[chapter].values() if k in values]
            out += [(name, chapter, k) for k in own]
            if chapter in touched(name, "held"):
                out += [(name, chapter, k) for k in wide if k not in own]
    return out


HEAVY = ("treatment.primary", "held")
"""The two that a chapter of many draws is tried with, beside its own parameters."""

WIDE = ("treatment", "outcome", "held", "errors", "weights", "claim", "states")


def accepted(name: str, settings: dict[str, object]) -> Scenario | None:
    """The scenario so set; None where it is refused before anything runs, which takes one line."""
    message = ""
    try:
        return changed(name, settings)
    except InputError as e:
        message = str(e)
    assert message
    assert "\n" not in message
    return None


def check(name: str, chapter: str, settings: dict[str, object]) -> None:
    s = accepted(name, settings)
    if s is None:
        return
    if chapter not in s.chapters:
        assert s.left_out[chapter]
        return
    found, before = read(chapter, s), as_declared(name, chapter)
    text, was = "\n\n".join(found.said), "\n\n".join(before.said)
    for key in settings:
        if key in PARAMETERS[chapter].values():
            numbers = {k: v.value for k, v in found.results.items()}
            assert text != was or numbers != {k: v.value for k, v in before.results.items()}, key
    assert "{{" not in text
    assert not re.search(r"\bNone\b(?! of)", text)
    assert "nan" not in text.lower().split()
    named(name, chapter, s, text)


def named(name: str, chapter: str, s: Scenario, text: str) -> None:
    """Where a chapter's answer names what it adjusts for or compares, it names the setting used."""
    then, now = Vocabulary(book(name)), Vocabulary(s)
    if chapter == "controls":
        answer = next(p for p in text.split("\n\n\n") if p)
        assert str(now.outcome(s.outcome.primary)) in answer
        assert now.definition(s.treatment.primary).words in answer
        if s.held != book(name).held:
            assert f"alike in {now.controls(s.held)}," in answer
            assert f"alike in {then.controls(book(name).held)}," not in text
    if chapter == "gap":
        assert str(now.outcome(s.outcome.primary)) in text
        assert now.definition(s.treatment.primary).words in text
    if s.outcome.primary.startswith("level") and chapter == "controls":
        assert "the change since" not in text.split("\n\n")[0]


FAST = [c for c in cases([FIRST]) if c[1] not in SLOW]


@pytest.mark.parametrize(("name", "chapter", "key"), FAST, ids=["-".join(c[1:]) for c in FAST])
def test_a_second_value_runs_and_is_named(name: str, chapter: str, key: str) -> None:
    check(name, chapter, {key: second(name)[key]})


REST = [
    c
    for c in cases([FIRST, *OTHERS])
    if c not in FAST
    and (c[1] not in SLOW or c[2] in PARAMETERS[c[1]].values() or c[2] in HEAVY)
    and (c[0] == FIRST or c[1] not in SLOW)
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(("name", "chapter", "key"), REST, ids=["-".join(c) for c in REST])
def test_every_setting_of_every_book(name: str, chapter: str, key: str) -> None:
    check(name, chapter, {key: second(name)[key]})


@pytest.mark.exhaustive
@pytest.mark.parametrize("part", range(4))
def test_pairs_of_settings(part: int) -> None:
    values = second(FIRST)
    pairs = list(combinations(sorted(values), 2))
    light = [c for c in book(FIRST).chapters if c not in SLOW and not header.needs(c, book(FIRST))]
    chosen = random.Random(part).sample([(c, *p) for c in light for p in pairs], 50)
    for chapter, a, b in chosen:
        check(FIRST, chapter, {a: values[a], b: values[b]})


def test_every_parameter_of_every_chapter_has_a_second_value() -> None:
    wanted = {key for own in PARAMETERS.values() for key in own.values()} - {"multiverse.spec"}
    assert wanted <= {*SECOND, *second(FIRST)}


def test_every_chapter_is_known() -> None:
    assert {p.stem for p in paths.CHAPTERS.glob("*.md")} == set(PARAMETERS)
