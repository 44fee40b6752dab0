"""The words a verdict may use, and no others."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """What is said about a claim; each says exactly as much as the evidence does.

    `sign`: a mark to stand before the word; `answer`: the word as an answer to "did machines change
    the winner?"; `verbs`: the word as a verb, for one claim and for several.
    """

    sign: str
    answer: str
    verbs: tuple[str, str]

    def __new__(
        cls, word: str, sign: str = "", answer: str = "", one: str = "", many: str = ""
    ) -> Word:
        """A word with its sign, its answer and its verbs; `many` is `one` where it is empty."""
        made = str.__new__(cls, word)
        made._value_ = word
        made.sign, made.answer, made.verbs = sign, answer, (one, many or one)
        return made

    HOLDS = "holds", "✔", "The recounted paper says yes", "holds", "hold"
    HELD_THEN = (
        "held then, not in the final count", "◐",
        "It seemed so then, and does not in the final count",
        "held then but not in the final count",
    )  # fmt: skip
    HOLDS_COUNTS = (
        "holds as far as counts can tell", "✔", "The counts say yes",
        "holds as far as counts can tell", "hold as far as counts can tell",
    )  # fmt: skip
    DEPENDS = (
        "depends on the definition", "◑", "It depends on what is compared",
        "depends on the definition", "depend on the definition",
    )  # fmt: skip
    OUT_COUNTS = (
        "ruled out as far as counts can tell", "✘", "The counts say no",
        "is ruled out as far as counts can tell", "are ruled out as far as counts can tell",
    )  # fmt: skip
    DOES_NOT_HOLD = (
        "does not hold", "✘", "The recounted paper says no", "does not hold", "do not hold",
    )  # fmt: skip
    CANNOT_BE_TESTED = "cannot be tested", "∅", "The evidence cannot tell", "cannot be tested"
    NOT_CHECKABLE = (
        "not a checkable statement", "…", "That is not a checkable statement",
        "is not a checkable statement", "are not checkable statements",
    )  # fmt: skip
    NOT_YET_TESTED = (
        "not yet tested", "…", "That is not yet tested", "is not yet tested", "are not yet tested",
    )  # fmt: skip
