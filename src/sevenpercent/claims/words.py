"""The words a verdict may use, and no others."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """What is said about a claim; each says exactly as much as the evidence does."""

    HOLDS = "holds"
    HELD_THEN = "held then, not in the final count"
    HOLDS_COUNTS = "holds as far as counts can tell"
    DEPENDS = "depends on the definition"
    OUT_COUNTS = "ruled out as far as counts can tell"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_BE_TESTED = "cannot be tested"
    NOT_CHECKABLE = "not a checkable statement"
    NOT_YET_TESTED = "not yet tested"

    @property
    def sign(self) -> str:
        """A mark to stand before the word."""
        return _SIGNS[self]

    @property
    def answer(self) -> str:
        """The word as an answer to "did machines change the winner?"."""
        return _ANSWERS[self]

    @property
    def verbs(self) -> tuple[str, str]:
        """The word as a verb, for one claim and for several."""
        return _VERBS[self]


_SIGNS = {
    Word.HOLDS: "✔",
    Word.HELD_THEN: "◐",
    Word.HOLDS_COUNTS: "✔",
    Word.DEPENDS: "◑",
    Word.OUT_COUNTS: "✘",
    Word.DOES_NOT_HOLD: "✘",
    Word.CANNOT_BE_TESTED: "∅",
    Word.NOT_CHECKABLE: "…",
    Word.NOT_YET_TESTED: "…",
}

_ANSWERS = {
    Word.HOLDS: "The recounted paper says yes",
    Word.HELD_THEN: "It seemed so then, and does not in the final count",
    Word.HOLDS_COUNTS: "The counts say yes, but no paper confirms it",
    Word.DEPENDS: "It depends on what is compared",
    Word.OUT_COUNTS: "The counts say no, but no paper confirms it",
    Word.DOES_NOT_HOLD: "The recounted paper says no",
    Word.CANNOT_BE_TESTED: "The evidence cannot tell",
    Word.NOT_CHECKABLE: "That is not a checkable statement",
    Word.NOT_YET_TESTED: "That is not yet tested",
}

_VERBS = {
    Word.HOLDS: ("holds", "hold"),
    Word.HELD_THEN: ("held then but not in the final count",) * 2,
    Word.HOLDS_COUNTS: ("holds as far as counts can tell", "hold as far as counts can tell"),
    Word.OUT_COUNTS: (
        "is ruled out as far as counts can tell",
        "are ruled out as far as counts can tell",
    ),
    Word.DEPENDS: ("depends on the definition", "depend on the definition"),
    Word.DOES_NOT_HOLD: ("does not hold", "do not hold"),
    Word.CANNOT_BE_TESTED: ("cannot be tested",) * 2,
    Word.NOT_CHECKABLE: ("is not a checkable statement", "are not checkable statements"),
    Word.NOT_YET_TESTED: ("is not yet tested", "are not yet tested"),
}
