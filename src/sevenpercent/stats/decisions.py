"""What an estimate can say about harm of one size: see it, rule it out, show it, or cannot tell.

**Signs.** An *estimate* is negative where the harmed party did worse where voting was electronic. A
*size* of harm, a minimum detectable effect and a bound are **positive** amounts of harm. All of one
question is in one unit, that of the design that is asked. Every function takes numbers or arrays.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import stdtrit

POWER, LEVEL = 0.80, 0.05
"""Power that a minimum detectable effect is for, and error rate of every single test."""


def minimum_detectable(se: Any, df: Any) -> Any:
    r"""Smallest harm that is found with probability 80 %, **positive**.

    .. math:: (t_{1 - \alpha/2,\,\nu} + t_{\text{power},\,\nu}) \cdot \mathrm{se}

    `se` is in the unit of the design; the test is two-sided at 5 %.

    References
    ----------
    Bloom 1995, doi:10.1177/0193841X9501900504.

    Examples
    --------
    >>> round(float(minimum_detectable(0.5, 30)), 2)
    1.45
    """
    return (stdtrit(df, 1 - LEVEL / 2) + stdtrit(df, POWER)) * se


def most_harm(estimate: Any, se: Any, df: Any) -> Any:
    """Largest harm that a one-sided test at 5 % does not rule out (an equivalence bound).

    **Positive** = harm of that size is still possible; negative when even no harm is ruled out.

    Examples
    --------
    >>> round(float(most_harm(-1.0, 0.5, 30)), 2)
    1.85
    """
    return stdtrit(df, 1 - LEVEL) * se - estimate


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
