"""What a decision rule is, what it needs, and how answers for several labels are joined."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Literal, NamedTuple

from sevenpercent.claims.words import Word
from sevenpercent.errors import InputError
from sevenpercent.model.results import Value

Threshold = float | str | dict[str, float | str]
"""One value for every label, or one per label."""

Roles = Mapping[str, Mapping[str, Value]]
"""Role in the rule -> label in words -> result."""

Over = Literal["readings", "parts"]
"""How several labels are joined: as readings of one thing, or as parts that must all be true."""


class Outcome(NamedTuple):
    """A word and the reason for it (names what decides, or what would flip it).

    Where two witnesses speak, what the ``counts`` and the ``paper`` say, a sentence each.
    """

    word: Word
    because: str
    counts: str = ""
    paper: str = ""


Decide = Callable[[Roles, Mapping[str, Threshold], Over], Outcome]
Test = Callable[[str, Value, Roles, Mapping[str, Threshold]], bool | None]


@dataclass(frozen=True)
class Rule:
    """A decision rule and its needs.

    `name`: as ``claims.yml`` names it; `explains`: what it decides, in plain words; `decide`:
    ``(roles, thresholds, over) -> Outcome``, pure; `roles`, `may_roles`: roles that inputs must,
    and may, have; `thresholds`, `may_thresholds`: the same for thresholds.
    """

    name: str
    explains: str
    decide: Decide
    roles: frozenset[str]
    may_roles: frozenset[str] = frozenset()
    thresholds: frozenset[str] = frozenset()
    may_thresholds: frozenset[str] = frozenset()


def rule(
    *, roles: str = "", may_roles: str = "", thresholds: str = "", may_thresholds: str = ""
) -> Callable[[Decide], Rule]:
    """Make a rule of a function that decides a claim as a whole; names are parted by spaces."""

    def make(decide: Decide) -> Rule:
        needs = (frozenset(n.split()) for n in (roles, may_roles, thresholds, may_thresholds))
        return Rule(decide.__name__, inspect.getdoc(decide) or "", decide, *needs)

    return make


def per_value(*, roles: str = "", **needs: str) -> Callable[[Test], Rule]:
    """Make a rule of a test of one ``measured`` value; the answers are then joined.

    The test gives True, False, or None where the value cannot say. Needs as :func:`rule` has them.
    """

    def make(test: Test) -> Rule:
        @wraps(test)
        def decide(given: Roles, limits: Mapping[str, Threshold], over: Over) -> Outcome:
            answers = {k: test(k, v, given, limits) for k, v in given["measured"].items()}
            return joined(answers, over)

        return rule(roles=f"measured {roles}", **needs)(decide)

    return make


def joined(answers: Mapping[str, bool | None], over: Over) -> Outcome:
    """Join the answers for several labels into one word.

    Parameters
    ----------
    answers : mapping
        Label -> true, false, or None where that label cannot say.
    over : {"readings", "parts"}
        As *readings* of one thing: all true holds, all false does not hold, both is "depends on
        the definition"; labels that cannot say are left out. As *parts* of one statement: one false
        part is enough for "does not hold", else one that cannot say for "cannot be tested".
    """
    yes = [k for k, a in answers.items() if a is True]
    no = [k for k, a in answers.items() if a is False]
    mute = [k for k, a in answers.items() if a is None]
    said = [
        f"{word} for {', '.join(labels)}"
        for word, labels in (("true", yes), ("not true", no), ("cannot say", mute))
        if labels
    ]
    because = "; ".join(said)
    if over == "parts":
        if no:
            return Outcome(Word.DOES_NOT_HOLD, because)
        return Outcome(Word.CANNOT_BE_TESTED if mute or not yes else Word.HOLDS, because)
    if yes and no:
        return Outcome(Word.DEPENDS, because)
    if yes:
        return Outcome(Word.HOLDS, because)
    return Outcome(Word.DOES_NOT_HOLD if no else Word.CANNOT_BE_TESTED, because)


def limit_of(name: str, label: str, limits: Mapping[str, Threshold]) -> float | str:
    """The threshold `name` that applies to `label`.

    Raises InputError: when thresholds stand per label and `label` has none.
    """
    limit = limits[name]
    if not isinstance(limit, dict):
        return limit
    if label not in limit:
        raise InputError(f"threshold {name!r} has no entry for this label", value=label)
    return limit[label]


def real(value: object, what: str) -> float:
    """`value` as a number.

    Raises InputError: when it is text: a rule about numbers was given words.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"a rule needs a number for {what!r}", value=value)
    return float(value)
