"""What a decision rule is, and those for facts, sums and intervals, which know no claim."""

from __future__ import annotations

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

    Where two witnesses speak: what the ``counts`` and the ``paper`` say, a sentence each; the counts'
    ``answer`` in a word; and why the counts rest on no comparison, or not on all (``rests``):
    ``nothing`` (none can be asked), ``untried`` (too few places lack the machines), ``unseen`` (none
    is sensitive enough), ``partly seen`` (for one way of doing it none is), ``votes`` (too few).
    ``recounted``: the paper's answer in a word.
    """

    word: Word
    because: str
    counts: str = ""
    paper: str = ""
    answer: str = ""
    rests: str = ""
    recounted: str = ""

    @property
    def doubt(self) -> str:
        """Why the counts alone decide: what the paper does not say."""
        if self.recounted in ("", "no paper"):
            return "no paper at hand confirms it"
        return "the paper that was compared does not decide it"

    @property
    def spoken(self) -> str:
        """The word as an answer to "did machines change the winner?", with that doubt where the counts decide."""
        alone = self.word in (Word.HOLDS_COUNTS, Word.OUT_COUNTS)
        return f"{self.word.answer}, but {self.doubt}" if alone else self.word.answer


Decide = Callable[[Roles, Mapping[str, Threshold], Over], Outcome]
Test = Callable[[str, Value, Roles, Mapping[str, Threshold]], bool | None]


@dataclass(frozen=True)
class Rule:
    """A decision rule and its needs.

    `name`: as ``claims.yml`` names it; `decide`: ``(roles, thresholds, over) -> Outcome``, pure;
    `roles`, `may_roles`: roles that inputs must, and may, have; `thresholds`, `may_thresholds`: the
    same for thresholds.
    """

    name: str
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
        return Rule(decide.__name__, decide, *needs)

    return make


def per_value(*, roles: str = "", **needs: str) -> Callable[[Test], Rule]:
    """Make a rule of a test of one ``measured`` value; the answers are then joined.

    The test gives True, False, or None where it cannot say. Needs as :func:`rule` has them.
    """

    def make(test: Test) -> Rule:
        @wraps(test)
        def decide(given: Roles, limits: Mapping[str, Threshold], over: Over) -> Outcome:
            measured = given["measured"].items()
            return joined({label: test(label, x, given, limits) for label, x in measured}, over)

        return rule(roles=f"measured {roles}", **needs)(decide)

    return make


def joined(answers: Mapping[str, bool | None], over: Over) -> Outcome:
    """Join the answers for several labels into one word.

    `answers`: label -> true, false, or None where that label cannot say; `over`: as *readings* of
    one thing: all true holds, all false does not hold, both is "depends on the definition"; labels
    that cannot say are left out. As *parts* of one statement: one false part is enough for "does
    not hold", else one that cannot say for "cannot be tested".
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


ROUNDOFF = 1e-9
"""Slack for comparisons of decimal fractions that binary numbers cannot hold exactly."""


@per_value(thresholds="value within")
def equals_as_reported(
    label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]
) -> bool | None:
    """The figure that was printed is the measured one, rounded as it was printed.

    ``value`` is the printed figure with its sign, ``within`` half of its last printed digit (a
    positive number): 27,000 within 500. True when they are no further apart than that.
    """
    if x.value is None:
        return None
    gap = real(x.value, label) - real(limit_of("value", label, limits), "value")
    return abs(gap) <= real(limit_of("within", label, limits), "within") + ROUNDOFF


@per_value(may_roles="limit", may_thresholds="limit")
def at_least(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """Each measured value is no smaller than the limit (signed: -3 is smaller than -2).

    The limit is a threshold, or another result in the role ``limit`` under the same label or
    alone there.
    """
    bound = _bound(label, roles, limits)
    return None if x.value is None or bound is None else real(x.value, label) >= bound - ROUNDOFF


@per_value(may_roles="limit", may_thresholds="limit")
def at_most(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """Each measured value is no larger than the limit (signed: -3 is no larger than -2)."""
    bound = _bound(label, roles, limits)
    return None if x.value is None or bound is None else real(x.value, label) <= bound + ROUNDOFF


@per_value(may_roles="limit", may_thresholds="limit")
def more_than(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """Each measured value is truly larger than the limit."""
    bound = _bound(label, roles, limits)
    return None if x.value is None or bound is None else real(x.value, label) > bound + ROUNDOFF


@per_value(may_roles="limit", may_thresholds="limit")
def less_than(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """Each measured value is truly smaller than the limit."""
    bound = _bound(label, roles, limits)
    return None if x.value is None or bound is None else real(x.value, label) < bound - ROUNDOFF


@per_value(thresholds="limit")
def rules_out(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """The whole 95 % interval is larger than the limit (signed: -1.4 rules out -1.5).

    False where all of it is smaller; None where it holds the limit.
    """
    bound = real(limit_of("limit", label, limits), "limit")
    if x.lo is None or x.hi is None:
        return None
    return True if x.lo > bound else False if x.hi < bound else None


@per_value(thresholds="value")
def same_date(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """The recorded date is the claimed one; both are written ``YYYY-MM-DD``."""
    return None if x.value is None else str(x.value) == str(limit_of("value", label, limits))


@per_value(thresholds="day")
def after(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """The recorded date lies after the given day; a bare year counts as its first day."""
    return None if x.value is None else str(x.value) > str(limit_of("day", label, limits))


@per_value(thresholds="day")
def not_after(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """The recorded date is the given day or an earlier one."""
    return None if x.value is None else str(x.value) <= str(limit_of("day", label, limits))


@per_value(thresholds="word")
def mentions(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """The recorded fact names the word, in upper or lower case."""
    if x.value is None:
        return None
    return str(limit_of("word", label, limits)).lower() in str(x.value).lower()


@per_value(roles="before")
def vanishes(label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]) -> bool | None:
    """A difference is gone: its 95 % interval holds zero and excludes what there was before.

    The role ``before`` holds the raw difference under the same label. False when the interval
    excludes zero on either side. None when it holds zero *and* the raw difference: a wide
    interval shows nothing, it does not show that something vanished.
    """
    if label not in roles["before"]:
        raise InputError("a rule needs the difference before", column="before", value=label)
    before = roles["before"][label].value
    if x.lo is None or x.hi is None or before is None:
        return None
    if x.lo > 0 or x.hi < 0:
        return False
    return None if x.lo <= real(before, label) <= x.hi else True


@per_value()
def positive_beyond_chance(
    label: str, x: Value, roles: Roles, limits: Mapping[str, Threshold]
) -> bool | None:
    """The whole 95 % interval lies above zero (positive is what the claim asserts).

    An interval that holds zero cannot say; only one wholly below zero says no.
    """
    if x.lo is None or x.hi is None:
        return None
    return True if x.lo > 0 else False if x.hi < 0 else None


@rule(roles="together one_missing majority")
def needs_all(roles: Roles, limits: Mapping[str, Threshold], over: Over) -> Outcome:
    """A set of steps is enough, and with any one of them missing it is not.

    ``together`` holds totals with every step taken, ``one_missing`` totals with one step left
    out, ``majority`` the total that wins. Holds when every ``together`` reaches the majority and
    no ``one_missing`` does.
    """
    majority = next(iter(roles["majority"].values())).value
    totals = {**roles["together"], **roles["one_missing"]}
    if majority is None or any(v.value is None for v in totals.values()):
        return Outcome(Word.CANNOT_BE_TESTED, "a total is not known")
    bound = real(majority, "majority")
    weak = [k for k, v in roles["together"].items() if real(v.value, k) < bound]
    strong = [k for k, v in roles["one_missing"].items() if real(v.value, k) >= bound]
    said = [f"not enough: {', '.join(weak)}"] if weak else []
    said += [f"enough already: {', '.join(strong)}"] if strong else []
    if said:
        return Outcome(Word.DOES_NOT_HOLD, "; ".join(said))
    return Outcome(Word.HOLDS, "every step is needed, and together they are enough")


@rule()
def opinion(roles: Roles, limits: Mapping[str, Threshold], over: Over) -> Outcome:
    """Nothing that could be measured decides the statement: it weighs or advises."""
    return Outcome(Word.NOT_CHECKABLE, "no measurement decides it")


def _bound(label: str, roles: Roles, limits: Mapping[str, Threshold]) -> float | None:
    if "limit" not in roles:
        if "limit" not in limits:
            raise InputError("a rule needs a limit: a threshold or a role", value=label)
        return real(limit_of("limit", label, limits), "limit")
    bounds = roles["limit"]
    bound = bounds[label] if label in bounds else next(iter(bounds.values()))
    return None if bound.value is None else real(bound.value, "limit")
