"""The words a verdict may use, and no others."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """What is said about a claim; each says exactly as much as the evidence does."""

    HOLDS = "holds"
    HELD_THEN = "held then, not in the final count"
    DEPENDS = "depends on the reading"
    DOES_NOT_HOLD = "does not hold"
    CANNOT_BE_TESTED = "cannot be tested"
    NOT_CHECKABLE = "not a checkable statement"
    NOT_YET_TESTED = "not yet tested"
