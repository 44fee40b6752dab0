"""One verdict from two witnesses: what the counts say, and what the paper says."""

from __future__ import annotations

from sevenpercent.claims.words import Word
from sevenpercent.stats.witnesses import counts, paper

AS_COUNTS = {
    "ruled out": Word.OUT_COUNTS,
    "shown": Word.HOLDS_COUNTS,
    "depends on the definition": Word.DEPENDS,
    "cannot tell": Word.CANNOT_BE_TESTED,
}
"""The verdict where the paper does not decide."""


def join(said: counts.Answer, recounted: paper.Answer, any_shows: bool) -> Word:
    """The verdict on harm of one size in one state.

    Parameters
    ----------
    said, recounted : str
        Answers of the counts and of the paper.
    any_shows : bool
        Whether any cell of the counts that may speak shows it.

    Examples
    --------
    >>> join("ruled out", "ruled out", False).value
    'does not hold'
    >>> join("ruled out", "no paper", False).value
    'ruled out as far as counts can tell'
    """
    if recounted == "shown":
        return Word.HOLDS
    if recounted == "ruled out":
        return Word.DEPENDS if any_shows else Word.DOES_NOT_HOLD
    return AS_COUNTS[said]
