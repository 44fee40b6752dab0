"""Every setting tells the truth: each one at a second value runs, changes something, and is named."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from settings_world import FIRST, OTHERS, WATCH, WHOLE, Field, few, install, loader, value

from sevenpercent.errors import InputError
from sevenpercent.model import places, scenario
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario, chapters
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.study import cells, kept, keys, magics
from sevenpercent.study.text import COUNTED

PARAMETERS = {name: chapters.read(name).parameters for name in chapters.names()}

MANY = {"data", "methods", "multiverse", "sensitivity", "rerun"}
"""Chapters of many draws or rules, and one about the book itself: not tried with every key."""

SLOW = {*MANY, "replications"}
"""Chapters that are only run in the slow tests."""

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
    return scenario.load(name, few(name))


@pytest.fixture(scope="module", autouse=True)
def answers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        install(patch)
        yield


@cache
def second(name: str) -> dict[str, object]:
    """The same for one book; definitions and states are its own."""
    s = book(name)
    frame = places.county_frame(s, loader(s.tables.folder), s.focus)
    varying = [r for r in places.readings(s, frame, s.focus) if r != s.treatment.primary]
    out = {k: v for k, v in SECOND.items() if value(s, k) is not None}
    if "race_education_prior" not in s.controls:
        out["held"] = next(c for c in s.controls if c not in ("none", s.held))
    if s.outcome.primary == out["outcome.primary"]:
        out["outcome.primary"] = "change_two_party"
    if varying:
        wanted = "dre_ge30" if "dre_ge30" in varying else varying[-1]
        out |= {"treatment.primary": wanted, "designs.counties.treatment": wanted}
    if loader(s.tables.folder)(s.tables.equipment)["version"].nunique() < 2:
        out.pop("treatment.version", None)  # another is refused, with the one that there is
    if len(s.flips) > 1:
        out["flips"] = s.flips[:-1]
    if len(s.states) > 2:
        out["states"] = [x for x in s.states if x != s.states[-1]]
    return out


def changed(name: str, settings: dict[str, object]) -> Scenario:
    made = scenario.load(name, {**few(name), **settings})
    return made.model_copy(
        update={"changed": [k for k in made.changed if k not in few(name) or k in settings]}
    )


def neutral(name: str) -> Scenario:
    """The book as declared, in the words that stand where a setting was changed."""
    return book(name).model_copy(update={"changed": ["held"]})


@dataclass(frozen=True)
class Ran:
    """What a chapter left: numbers, words, and the settings that it looked at."""

    results: Results
    text: str
    looked: frozenset[Field]

    def looked_at(self, s: Scenario, key: str) -> bool:
        """Whether the run read a setting. One that it did not read cannot have changed it."""
        *above, last = key.split(".")
        kind = type(value(s, ".".join(above))) if above else type(s)
        return bool({(kind, last), (kind, "__dict__"), WHOLE} & self.looked)


LEFT_OUT = re.compile(r"\*A paragraph of this book is left out here: .*?\.\*")


def ran(name: str, chapter: str, keys: tuple[str, ...], *, thorough: bool = False) -> Ran:
    """A chapter with some keys at their second value; those that it cites have them too.

    Chapters of many draws are only run when `thorough`: else those that cite them are given the
    numbers of the book that was built.
    """
    return _ran(name, chapter, keys, thorough)


@cache  # of a function whose arguments are always written alike, so that nothing runs twice
def _ran(name: str, chapter: str, keys: tuple[str, ...], thorough: bool) -> Ran:
    s = changed(name, {k: second(name)[k] for k in keys}) if keys else neutral(name)

    def upstream(above: str, keys: tuple[str, ...] = keys) -> Results:
        if above in SLOW and not thorough:
            return kept.read(scenario.load(name), above) or Results()
        own = keys if touched(name, above, keys, thorough=thorough) else ()
        return ran(name, above, own, thorough=thorough).results

    if keys and chapter in s.chapters:
        declared = ran(name, chapter, (), thorough=thorough)
        above = chapters.needs(chapter, book(name))
        if not any(declared.looked_at(book(name), k) for k in keys) and all(
            dict(upstream(n)) == dict(upstream(n, ())) for n in above
        ):
            return declared  # it reads none of them, and what it cites is the same
    with WATCH.one() as looked:
        found = cells.run(chapter, s, loader(s.tables.folder), upstream, magics.spoken)
    text = LEFT_OUT.sub("", "\n\n".join(found.said))
    return Ran(found.results, text, frozenset(looked))


@cache
def touched(name: str, chapter: str, keys: tuple[str, ...], *, thorough: bool = False) -> bool:
    """Whether the chapter as declared, or one that it cites, reads any of the keys."""
    declared = ran(name, chapter, (), thorough=thorough)
    if any(declared.looked_at(book(name), k) for k in keys):
        return True
    above = [n for n in chapters.needs(chapter, book(name)) if thorough or n not in SLOW]
    return any(touched(name, n, keys, thorough=thorough) for n in above)


def cases(names: list[str]) -> list[tuple[str, str, str]]:
    """Book, chapter and key: each declared parameter of each chapter, and keys that many read.

    Those that cite others, the ledger and the first page, are asked about every key.
    """
    out = []
    for name in names:
        values = second(name)
        wide = [k for k in values if k.split(".")[0] in WIDE]
        told = [k for k in values if not COUNTED.search(k)]
        for chapter in sorted(book(name).chapters, key=rank):
            own = [k for k in PARAMETERS[chapter].values() if k in values]
            out += [(name, chapter, k) for k in own]
            if chapter in CITING:
                out += [(name, chapter, k) for k in told]
            elif "held" in keys.reads(chapter, name).keys:
                out += [(name, chapter, k) for k in wide if k not in own]
    return out


CITING = ("claims", "index")


def rank(chapter: str) -> int:
    """Those that cite others last, when what they cite has run."""
    return CITING.index(chapter) + 1 if chapter in CITING else 0


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


def check(name: str, chapter: str, *keys: str, thorough: bool = False) -> None:
    s = accepted(name, {k: second(name)[k] for k in keys})
    if s is None:
        return
    if chapter not in s.chapters:
        assert s.left_out[chapter]
        return
    if not touched(name, chapter, keys, thorough=thorough):
        assert not set(keys) & set(PARAMETERS[chapter].values())
        return
    found = ran(name, chapter, keys, thorough=thorough)
    before = ran(name, chapter, (), thorough=thorough)
    numbers, then = dict(found.results), dict(before.results)
    moved = any(numbers[k] != then[k] for k in numbers.keys() & then.keys())
    for key in keys:
        if key in PARAMETERS[chapter].values():
            assert numbers != then or (found.text != before.text and not COUNTED.search(key)), key
        elif moved and len(keys) == 1 and key != "states":  # without one, its rows are gone
            assert found.text != before.text or spoken(s, key) in found.text, (key, spoken(s, key))
    assert "{{" not in found.text
    assert not re.search(r"\bNone\b(?! of| comes|;)", found.text)
    assert "nan" not in found.text.lower().split()
    named(name, chapter, s, found.text)


def spoken(s: Scenario, key: str) -> str:
    """What a sentence calls the value of a setting."""
    words = Vocabulary(s)
    given = value(s, key)
    named = {
        "outcome.primary": lambda: str(words.outcome(given)),
        "held": lambda: str(words.controls(given)),
        "errors": lambda: words.errors(given),
        "weights": lambda: words.weights(given[0]),
        "treatment.primary": lambda: words.definition(given).words,
        "treatment.version": lambda: str(given),
        "states": lambda: " and ".join(given),
    }
    return named[key]() if key in named else f"{given:,}" if isinstance(given, int) else str(given)


def named(name: str, chapter: str, s: Scenario, text: str) -> None:
    """Where a chapter's answer names what it adjusts for or compares, it names the setting used."""
    then, now = Vocabulary(book(name)), Vocabulary(s)
    if chapter == "controls":
        answer = next(p for p in text.split("\n\n\n") if p)
        assert str(now.outcome(s.outcome.primary)) in answer
        assert now.definition(s.treatment.primary).words in answer
        if s.held != book(name).held:
            said = " ".join(answer.split())  # a comma, or "the difference is", comes next
            assert re.search(rf"alike in {re.escape(str(now.controls(s.held)))}(,| the)", said)
            assert f"alike in {then.controls(book(name).held)}," not in text
    if chapter == "gap":
        assert str(now.outcome(s.outcome.primary)) in text
        assert now.definition(s.treatment.primary).words in text
    if s.outcome.primary.startswith("level") and chapter == "controls":
        assert "the change since" not in text.split("\n\n")[0]


TWICE = {
    ("claims", "designs.municipalities.treatment"),
    ("claims", "designs.same_ballots.treatment"),
    ("claims", "treatment.version"),
    ("designs", "claim.margin"),
    ("designs", "claim.votes"),
    ("designs", "treatment.version"),
    ("index", "designs.municipalities.treatment"),
    ("index", "designs.same_ballots.treatment"),
    ("polls", "treatment.version"),
    ("recount", "claim.votes"),
    ("recount", "treatment.version"),
}
"""Long ones that go a way which others go too: the same key in another chapter, its kin in this one."""


def marked(case: tuple[str, str, str]) -> Any:
    marks = [pytest.mark.slow] if case[1:] in TWICE else []
    return pytest.param(*case, marks=marks, id="-".join(case[1:]))


FAST = [marked(c) for c in cases([FIRST]) if c[1] not in SLOW]


@pytest.mark.parametrize(("name", "chapter", "key"), FAST)
def test_a_second_value_runs_and_is_named(name: str, chapter: str, key: str) -> None:
    check(name, chapter, key)


REST = [
    c
    for c in cases([FIRST, *OTHERS])
    if c[1] not in MANY or c[2] in PARAMETERS[c[1]].values() or c[2] in HEAVY
]


def whole(name: str, *case: str) -> Any:
    """A case of `make test-all`, whose processes have a group of books each."""
    group = pytest.mark.xdist_group("first" if name == FIRST else "others")
    return pytest.param(name, *case, marks=[pytest.mark.slow, group], id="-".join((name, *case)))


@pytest.mark.parametrize(("name", "chapter", "key"), [whole(*c) for c in REST])
def test_every_setting_of_every_book(name: str, chapter: str, key: str) -> None:
    check(name, chapter, key, thorough=True)


PAIRS = {FIRST: 100, "dominion-2020": 50, "texas-2024": 30, "florida-2004": 20}


def pairs(name: str) -> list[tuple[str, str, str, str]]:
    """Chapters that cite no other, each with two of the book's settings, at random."""
    both = list(combinations(sorted(second(name)), 2))
    light = [c for c in book(name).chapters if c not in MANY and not chapters.needs(c, book(name))]
    every = [(name, c, *p) for c in light for p in both]
    return random.Random(2016).sample(every, PAIRS[name])


@pytest.mark.parametrize(
    ("name", "chapter", "a", "b"), [whole(*pair) for name in PAIRS for pair in pairs(name)]
)
def test_pairs_of_settings(name: str, chapter: str, a: str, b: str) -> None:
    check(name, chapter, a, b, thorough=True)


def exchanged(name: str) -> dict[str, object]:
    """The sides of a book the other way round, with a claim of its own in points."""
    sides = scenario.load(name).parties
    harmed, favoured = sides.favoured.model_dump(), sides.harmed.model_dump()
    claim = {"percent": 3.0, "unit": "points", "state": "WI", "reported": "2016", "who": "A Blog"}
    sizes = {"claimed": {"amount": "points", "how": "switched"}}
    return {
        "parties": {"harmed": harmed, "favoured": favoured},
        "claim": claim,
        "designs.sizes": sizes,
    }


@pytest.mark.parametrize(
    ("name", "chapter", "settings", "says", "not_"),
    [
        (
            FIRST,
            "polls",
            exchanged(FIRST),
            "Polls overstated Trump in 6 of 28 states, Pennsylvania, Michigan and Wisconsin not among",
            "in twelve by more",
        ),
        (FIRST, "recount", exchanged(FIRST), "+246 for Trump", "246 for Clinton"),
        (
            FIRST,
            "gap",
            {"claim.state": "PA"},
            "No table of this book says which ballots of Pennsylvania",
            "Another office shows a gap",
        ),
        (
            FIRST,
            "electoral",
            {"flips": ["WI"]},
            "Neither of the two ways that Wisconsin can go",
            "",
        ),
        (FIRST, "electoral", {"flips": []}, "No state is in question", "combinations of"),
        (
            FIRST,
            "municipalities",
            {"designs.municipalities.treatment": "own"},
            "points lower in municipalities that own a DRE than in the others",
            "equipment owned, used or not",
        ),
        (FIRST, "gap", {"claim.percent": 1}, "1 percent fewer votes", "7 percent fewer"),
        (
            FIRST,
            "gap",
            {"outcome.primary": "change_share_all"},
            "In Clinton's share of all votes itself it is",
            "(logarithm) is",
        ),
        (
            "dominion-2020",
            "controls",
            {"held": "race_education_density"},
            "than in the others in the same state.",
            "",
        ),
        (
            "florida-2004",
            "gap",
            {"held": "none"},
            "By the one definition of “touch-screen”, the raw gap is +1.7 points",
            "from +1.7 to +1.7",
        ),
        (
            FIRST,
            "gap",
            {"claim.votes": 20_000},
            "Going back, 20,000 missing votes",
            "as many as 30,000",
        ),
        (
            "florida-2004",
            "controls",
            {"held": "race_education_prior", "outcome.primary": "level_share_all"},
            "none of them shows a difference that can be distinguished from zero",
            "in none of them",
        ),
        (
            "florida-2004",
            "replications",
            {"held": "none"},
            "The one figure that is listed cannot be computed",
            "can we compute",
        ),
        (
            FIRST,
            "electoral",
            {"flips": ["FL", "NC"]},
            "It takes both: Florida and North Carolina",
            "all two",
        ),
        (
            FIRST,
            "gap",
            {"treatment.primary": "dre_share_registration"},
            "the share of registered voters in places that use DREs is 100 %",
            "where all ballots",
        ),
        (
            FIRST,
            "claims",
            exchanged(FIRST),
            "No claim can be judged with these settings",
            "claims holds",
        ),
        (
            FIRST,
            "gap",
            {"treatment.vintage": "recount"},
            "Votes are the recount where",
            "recount count",
        ),
        (
            "dominion-2020",
            "controls",
            {"errors_nation": "hc2_bm"},
            "and a wild bootstrap that flips",
            "two ways to a 95 % interval: robust",
        ),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in (
                (
                    FIRST,
                    "sensitivity",
                    {"designs.counties.outcome": "log_ratio"},
                    "in log points, had a hidden cause",
                    "in points, had",
                ),
                (
                    FIRST,
                    "designs",
                    {"designs.counties.weights": "votes"},
                    "density, places weighted by the votes cast",
                    "every place counting the same",
                ),
                (
                    FIRST,
                    "designs",
                    {"sensitivity.dose": None},
                    "these ballots alone could not be planted",
                    "",
                ),
                (FIRST, "controls", {"held": "nonwhite_college"}, "Alike in density too", ""),
                (
                    FIRST,
                    "municipalities",
                    {"designs.municipalities.effects": "none"},
                    "Between similar towns in Wisconsin",
                    "similar towns of one county in Wisconsin",
                ),
                (
                    FIRST,
                    "sensitivity",
                    {"sensitivity.dose": None},
                    "against the others, is",
                    "The difference in counties",
                ),
                (
                    FIRST,
                    "designs",
                    {"designs.municipalities": None, "designs.same_ballots": None},
                    "the recounted paper",
                    "",
                ),
                (
                    "texas-2024",
                    "designs",
                    {"designs.counties.outcome": "log_ratio"},
                    "log points in direct-recording counties",
                    "",
                ),
                (
                    "texas-2024",
                    "designs",
                    {"designs.sizes": {"any": {"amount": "any", "how": "switched"}}},
                    "any harm at all",
                    "",
                ),
                ("dominion-2020", "designs", {"designs.counties.errors": "cr1"}, "(CR1)", "CR3"),
            )
        ),
    ],
)
def test_sentences_follow_the_setting(
    name: str, chapter: str, settings: dict[str, object], says: str, not_: str
) -> None:
    s = changed(name, settings)
    found = cells.run(chapter, s, loader(s.tables.folder), lambda _: Results(), magics.spoken)
    text = " ".join(" ".join(found.said).split())
    assert says in text
    assert not not_ or not_ not in text


def test_every_parameter_of_every_chapter_has_a_second_value() -> None:
    wanted = {key for own in PARAMETERS.values() for key in own.values()} - {"multiverse.spec"}
    assert wanted <= {*SECOND, *second(FIRST)}
