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


def across(states: pd.DataFrame) -> Mean | None:
    """Mean over states with Student's t over them, who differ more than their polls; None for none.

    A single state has no interval, and states that happen to agree one as wide as their samples
    make it.

    `states`: ``error, se_sampling``, as :func:`sevenpercent.stats.polls.compared` gives them.
    """
    errors, n = states["error"], len(states)
    if not n:
        return None
    mean = float(errors.mean())
    least = float(np.sqrt((states["se_sampling"] ** 2).sum()) / n)
    if n == 1:
        return Mean(mean, np.nan, np.nan, np.nan, n)
    return Mean.of(mean, max(float(errors.std(ddof=1) / np.sqrt(n)), least), n - 1, n)


def verdict(claimed: pd.DataFrame, elsewhere: Mean | None) -> Verdict:
    """Where the polls overstated the harmed party beyond chance.

    `claimed`: states of the claim that have enough polls; `elsewhere`: of the other states. Returns
    ``untested`` where no state of the claim has enough polls; ``opposite`` where they understated
    it in each of them; ``unclear`` where some interval there holds zero; else ``everywhere`` when
    the mean of the others has an interval above zero, ``there`` if not.
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

    Returned with columns :data:`EDUCATION` and `share`, fractions; null where no county is known.

    `now`: as :func:`compared` gives it. `demographics`: one row a county. `machines`: definitions
    of "electronic" by county, indexed by ``fips``. `share`: the definition that is wanted.
    """
    counties = demographics.join(machines.reindex(columns=[share]), on="fips")
    counties[EDUCATION] = counties["white_nh"] * counties["white_noncollege"]
    means = state_means(counties, [EDUCATION, share], "population")
    return now.merge(means, on="state", how="left")


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


@dataclass(frozen=True)
class Shared:
    """One error that the polls of all states share, and what is left of single states beyond it.

    `national`: the shared error, in points, from the states that are not asked about. `apart`:
    standard deviation of states' own errors around it, beyond what pollsters and samples give.
    `own`: one row a state asked about: ``state``, ``excess`` (its error less the shared one) with
    ``se``, ``lo``, ``hi`` (how far such a state's polls may lie off by themselves), ``n`` (states
    behind the shared error).
    """

    national: Mean
    apart: float
    own: pd.DataFrame


def shared(others: pd.DataFrame, asked: pd.DataFrame) -> Shared | None:
    r"""Split errors into one that all states share and one of each state's own.

    Errors of states come together: pollsters misjudge the same people everywhere. With
    :math:`e_s = N + u_s + \varepsilon_s`, the standard error of :math:`\varepsilon_s` known and
    :math:`u_s` varying by :math:`\tau` (Paule and Mandel: :math:`\tau^2` such that
    :math:`\sum_s w_s (e_s - \hat N)^2 = n - 1`, :math:`w_s = 1 / (\tau^2 + \mathrm{se}_s^2)`), what is
    left of a state is :math:`e_s - \hat N`, and its standard error holds :math:`\tau` too, as of a
    state that is predicted: :math:`\tau^2 + \mathrm{se}_s^2 + \mathrm{se}_{\hat N}^2`, t with n - 2
    degrees of freedom.

    `others`: states that are not asked about: ``error, se``, as
    :func:`sevenpercent.stats.polls.compared` gives them; `asked`: the others' like, with ``state``.
    None with fewer than three other states.

    References
    ----------
    Paule and Mandel 1982, doi:10.6028/jres.087.022. Higgins, Thompson and Spiegelhalter 2009 (the
    interval of one that is predicted), doi:10.1111/j.1467-985X.2008.00552.x. Shirani-Mehr,
    Rothschild, Goel and Gelman 2018 (shared errors of polls), doi:10.1080/01621459.2018.1448823.
    """
    n = len(others)
    if n < 3:
        return None
    e, v = others["error"].to_numpy(float), others["se"].to_numpy(float) ** 2

    def spread(between: float) -> tuple[float, float, float]:
        w = 1 / (between + v)
        mean = float(w @ e / w.sum())
        return float(w @ (e - mean) ** 2), mean, float(w.sum() ** -0.5)

    lo, hi = 0.0, float(n * ((e - e.mean()) ** 2).sum() + v.max())
    while spread(0.0)[0] > n - 1 and hi - lo > 1e-12 * hi:  # falls as the variance grows
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if spread(middle)[0] > n - 1 else (lo, middle)
    _, mean, se = spread(lo)
    own = asked[["state"]].assign(excess=asked["error"] - mean, n=n)
    own["se"] = np.sqrt(lo + asked["se"] ** 2 + se**2)
    far = regression.t_quantile(0.975, n - 2) * own["se"]
    own = own.assign(lo=own["excess"] - far, hi=own["excess"] + far)
    return Shared(Mean.of(mean, se, n - 1, n), float(np.sqrt(lo)), own)


def state_means(counties: pd.DataFrame, columns: Sequence[str], weight: str) -> pd.DataFrame:
    """Weighted mean over a state's counties of each column, unknown counties left out.

    `counties`: one row per county with ``state``; `columns`: what to average; `weight`: column of
    weights, such as population. Returns one row per ``state``; null where no county is known.
    """
    heavy = counties[weight].astype(float)
    out = {}
    for column in columns:
        values = counties[column].astype(float)
        known = heavy.where(values.notna())
        top, bottom = (
            x.groupby(counties["state"]).sum(min_count=1) for x in (values * known, known)
        )
        out[column] = top / bottom
    return pd.DataFrame(out).rename_axis("state").reset_index()
