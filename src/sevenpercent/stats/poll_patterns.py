"""What errors of polls go with, over states: means, lines along a share, and where polls were wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats import regression
from sevenpercent.stats.polls import Mean

EDUCATION = "noncollege_white"
"""Whites without a degree as a share of the people: what errors are set against beside machines.

The product of two shares of a county, non-Hispanic whites and those without a degree among whites
aged 25 and over, since their product is in no table; then the mean over people.
"""

Verdict = Literal["untested", "unclear", "opposite", "everywhere", "there"]


def across(errors: pd.Series[float]) -> Mean | None:
    """Mean over states with Student's t over them, who differ more than their polls; None for none.

    A single state has no interval.
    """
    n = len(errors)
    if not n:
        return None
    mean = float(errors.mean())
    se = float(errors.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    half = regression.t_quantile(0.975, n - 1) * se if n > 1 else np.nan
    return Mean(mean, se, mean - half, mean + half, n)


def verdict(claimed: pd.DataFrame, elsewhere: Mean | None) -> Verdict:
    """Where the polls overstated the harmed party beyond chance.

    Parameters
    ----------
    claimed : DataFrame
        States of the claim that have enough polls.
    elsewhere : Mean or None
        Of the other states.

    Returns
    -------
    str
        ``untested`` where no state of the claim has enough polls; ``opposite`` where they
        understated it in each of them; ``unclear`` where some interval there holds zero; else
        ``everywhere`` when the mean of the others has an interval above zero, ``there`` if not.
    """
    if claimed.empty:
        return "untested"
    if (claimed["hi"] < 0).all():
        return "opposite"
    if not (claimed["lo"] > 0).all():
        return "unclear"
    return "everywhere" if elsewhere is not None and elsewhere.lo > 0 else "there"


def beside(
    now: pd.DataFrame, demographics: pd.DataFrame, machines: pd.DataFrame, share: str
) -> pd.DataFrame:
    """State errors beside the state's people and machines, means over people.

    Parameters
    ----------
    now : DataFrame
        As :func:`compared` gives it.
    demographics : DataFrame
        One row a county.
    machines : DataFrame
        Definitions of "electronic" by county, indexed by ``fips``.
    share : str
        The definition that is wanted.

    Returns
    -------
    DataFrame
        With columns :data:`EDUCATION` and `share`, fractions; null where no county is known.
    """
    counties = demographics.merge(
        machines.reindex(columns=[share]), left_on="fips", right_index=True, how="left"
    )
    counties[EDUCATION] = counties["white_nh"] * counties["white_noncollege"]
    return now.merge(
        state_means(counties, [EDUCATION, share], "population"), on="state", how="left"
    )


def slope(
    states: pd.DataFrame, share: str, adjust: Sequence[str] = ()
) -> regression.Estimate | None:
    """How much larger the error is in a state with a share of one than in a state with none.

    Unweighted over states, HC2 with Bell and McCaffrey's degrees of freedom, in points; None where
    the states are too few or too alike to tell.
    """
    try:
        found = regression.fit(states, "error", share, adjust)
    except InputError:
        return None
    return found if np.isfinite(found.lo) else None


def clear(found: regression.Estimate | Mean | None) -> bool:
    """Whether an interval leaves out zero."""
    return found is not None and (found.lo > 0 or found.hi < 0)


@dataclass(frozen=True)
class Line:
    """Straight line through states' errors: where it starts, how it rises, how far they lie off."""

    constant: float
    slope: float
    spread: float
    n: int


def line(states: pd.DataFrame, share: str) -> Line | None:
    """Line of errors along a share; None for fewer than four states or where they are all alike."""
    own = states[states[share].notna()]
    found = slope(own, share) if len(own) > 3 else None
    if found is None:
        return None
    constant = found.coefficients["constant"]
    off = own["error"] - constant - found.estimate * own[share]
    spread = float(np.sqrt((off**2).sum() / (len(own) - 2)))
    return Line(constant, found.estimate, spread, len(own))


def state_means(counties: pd.DataFrame, columns: Sequence[str], weight: str) -> pd.DataFrame:
    """Weighted mean over a state's counties of each column, unknown counties left out.

    Parameters
    ----------
    counties : pandas.DataFrame
        One row per county with ``state``.
    columns : sequence of str
        What to average.
    weight : str
        Column of weights, such as population.

    Returns
    -------
    pandas.DataFrame
        One row per ``state``; null where no county is known.
    """
    heavy = counties[weight].astype(float)
    out = {}
    for column in columns:
        values = counties[column].astype(float)
        known = heavy.where(values.notna())
        sums = pd.DataFrame({"top": values * known, "bottom": known}).groupby(counties["state"])
        both = sums.sum(min_count=1)
        out[column] = both["top"] / both["bottom"]
    return pd.DataFrame(out).rename_axis("state").reset_index()
