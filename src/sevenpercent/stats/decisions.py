"""What an estimate can say about harm of one size: see it, rule it out, show it, or cannot tell.

**Signs.** An *estimate* is negative where the harmed party did worse where voting was electronic. A
*size* of harm, a minimum detectable effect and a bound are **positive** amounts of harm. All of one
question is in one unit, that of the design that is asked. Every function takes numbers or arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.special import stdtrit

POWER, LEVEL = 0.80, 0.05
"""Power that a minimum detectable effect is for, and error rate of every single test."""

Verdict = Literal["holds", "does not hold", "depends on the definition", "cannot be tested"]


class Answer(NamedTuple):
    """What one design says about harm of one size; see :func:`sees`, :func:`excludes`, :func:`shows`."""

    label: str
    sees: bool
    excludes: bool
    shows: bool


class Decision(NamedTuple):
    """A verdict and the reason for it (names what decides)."""

    verdict: Verdict
    because: str


def minimum_detectable(se: Any, df: Any, power: float = POWER, level: float = LEVEL) -> Any:
    r"""Smallest harm that is found with probability `power`, **positive**.

    .. math:: (t_{1 - \alpha/2,\,\nu} + t_{\text{power},\,\nu}) \cdot \mathrm{se}

    Parameters
    ----------
    se, df : float or array
        Standard error, in the design's unit, and degrees of freedom.
    power, level : float
        Probability of finding it, and level of the two-sided test.

    References
    ----------
    Bloom 1995, doi:10.1177/0193841X9501900504.

    Examples
    --------
    >>> round(float(minimum_detectable(0.5, 30)), 2)
    1.45
    """
    return (stdtrit(df, 1 - level / 2) + stdtrit(df, power)) * se


def most_harm(estimate: Any, se: Any, df: Any, level: float = LEVEL) -> Any:
    """Largest harm that a one-sided test at `level` does not rule out (an equivalence bound).

    **Positive** = harm of that size is still possible; negative when even no harm is ruled out.

    Parameters
    ----------
    estimate, se, df : float or array
        Estimate (**negative** = harm), standard error, degrees of freedom.
    level : float
        Of the one-sided test.

    Examples
    --------
    >>> round(float(most_harm(-1.0, 0.5, 30)), 2)
    1.85
    """
    return stdtrit(df, 1 - level) * se - estimate


def sees(se: Any, df: Any, size: Any) -> Any:
    """Whether harm of this (positive) size would have been found with 80 % power at 5 %.

    Examples
    --------
    >>> bool(sees(0.5, 30, size=2.0)), bool(sees(0.5, 30, size=1.0))
    (True, False)
    """
    return minimum_detectable(se, df) <= size


def excludes(estimate: Any, se: Any, df: Any, size: Any) -> Any:
    """Whether harm of this (positive) size is ruled out, one-sided at 5 %.

    Examples
    --------
    >>> bool(excludes(-1.0, 0.5, 30, size=2.0)), bool(excludes(-1.0, 0.5, 30, size=1.5))
    (True, False)
    """
    return most_harm(estimate, se, df) < size


def shows(estimate: Any, se: Any, df: Any, size: Any) -> Any:
    """Whether the 95 % interval lies on the harmful side and the estimate reaches the (positive) size.

    Examples
    --------
    >>> bool(shows(-2.0, 0.5, 30, size=2.0)), bool(shows(-2.0, 1.5, 30, size=2.0))
    (True, False)
    """
    harmful = estimate + stdtrit(df, 1 - LEVEL / 2) * se < 0
    return harmful & (estimate <= -np.asarray(size))


def answer(label: str, estimate: float, se: float, df: float, size: float) -> Answer:
    """All that one design says about harm of one (positive) size."""
    return Answer(
        label,
        bool(sees(se, df, size)),
        bool(excludes(estimate, se, df, size)),
        bool(shows(estimate, se, df, size)),
    )


def decide(
    answers: Sequence[Answer], paper_excludes: bool | None, placebos: Sequence[str] = ()
) -> Decision:
    """Join what several designs and the recounted paper say about harm of one size.

    Only a design that sees the size has a vote.

    - **does not hold**: every vote rules the size out, and so does the paper.
    - **holds**: every vote shows it, no placebo shows the same, and the paper does not rule it out.
    - **depends on the definition**: votes disagree, or the paper or a placebo says otherwise.
    - **cannot be tested**: no paper was counted, no design sees the size, or no vote decides.

    It never says that there was no effect.

    Parameters
    ----------
    answers : sequence of Answer
        One for each design, all about one size.
    paper_excludes : bool or None
        Whether the recounted paper rules the size out; None: none was counted.
    placebos : sequence of str
        Names of the comparisons that are negative beyond chance where nothing can have happened.

    Examples
    --------
    >>> counties = answer("P1", -1.0, 0.5, 30, size=7)
    >>> decide([counties], paper_excludes=True)
    Decision(verdict='does not hold', because='excluded by P1 and by the paper')
    >>> decide([counties], paper_excludes=None).verdict
    'cannot be tested'
    """
    votes = [a for a in answers if a.sees]
    ruling = [a.label for a in votes if a.excludes]
    showing = [a.label for a in votes if a.shows]
    rest = [a.label for a in votes if a.label not in ruling and a.label not in showing]
    if not answers:
        return Decision("cannot be tested", "there is no variation in treatment to estimate from")
    if not votes:
        return Decision("cannot be tested", "no design could have seen an effect of this size")
    if paper_excludes is None:
        if len(ruling) == len(votes):
            why = "no evidence of an effect of this size, and no paper to check it against"
        else:
            why = "no paper to check the designs against"
        return Decision("cannot be tested", why)
    if len(ruling) == len(votes):
        if paper_excludes:
            return Decision("does not hold", f"excluded by {_names(ruling)} and by the paper")
        return Decision(
            "depends on the definition", f"excluded by {_names(ruling)}, not by the paper"
        )
    if len(showing) == len(votes):
        against = []
        if placebos:
            against.append(f"{_names(placebos)} shows the same with no machine to blame")
        if paper_excludes:
            against.append("the paper excludes it")
        if not against:
            return Decision("holds", f"shown by {_names(showing)}")
        why = f"shown by {_names(showing)}, but {' and '.join(against)}"
        return Decision("depends on the definition", why)
    if ruling or showing:
        parts = [("excluded by", ruling), ("shown by", showing), ("left open by", rest)]
        why = ", ".join(f"{word} {_names(labels)}" for word, labels in parts if labels)
        return Decision("depends on the definition", why)
    return Decision("cannot be tested", f"neither excluded nor shown by {_names(rest)}")


def _names(labels: Sequence[str]) -> str:
    *head, last = labels
    return f"{', '.join(head)} and {last}" if head else last
