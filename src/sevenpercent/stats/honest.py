"""Elections in which every vote is counted as it was cast, drawn from the leanings of an earlier one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sevenpercent.stats.forensics import Counts, Floats, groups_of, measured, observed

SPREAD = 0.005
r"""Of a unit's share around what is expected: its variance is :math:`p(1-p)(1/n + \text{SPREAD})`;
at one half the second part is 3.5 points, about what neighbours differ by."""

DRAWS, SEED = 200, 20161128
"""Elections drawn, and where their random numbers start."""


def honest(
    size: Floats,
    expected: Mapping[str, Floats],
    draws: int,
    seed: int,
    spread: float = SPREAD,
    whole: str = "total",
) -> dict[str, Counts]:
    """Draw elections in which every vote is counted as it was cast.

    Returns side, and `whole`, to counts of shape (draws, units). Each side's count is binomial
    given a share that is beta distributed around the expected one; later sides share what is left.

    Parameters
    ----------
    size : array of float
        Votes expected in each unit; how many come is Poisson.
    expected : mapping of str to array of float
        Side to its expected share in each unit (0 to 1); shares of one unit sum to at most 1.
    draws, seed : int
        Elections, and where their random numbers start.
    whole : str
        Name of the count that the sides are parts of.
    """
    rng = np.random.default_rng(seed)
    total = rng.poisson(size, (draws, len(size)))
    out: dict[str, Counts] = {whole: total}
    left, rest = total, np.ones(len(size))
    for side, share in expected.items():
        p = np.divide(share, rest, out=np.zeros(len(size)), where=rest > 0).clip(1e-6, 1 - 1e-6)
        concentration = 1 / spread - 1
        drawn = rng.beta(p * concentration, (1 - p) * concentration, (draws, len(size)))
        out[side] = rng.binomial(left, drawn)
        left, rest = left - out[side], rest - share
    return out


def swung(share: Floats, size: Floats, target: float) -> Floats:
    """Shares moved alike on the scale of log odds until they add to `target` of all votes.

    Examples
    --------
    >>> swung(np.array([0.4, 0.6]), np.array([10.0, 10.0]), 0.5).round(3).tolist()
    [0.4, 0.6]
    """
    odds = np.log(share.clip(1e-6, 1 - 1e-6) / (1 - share.clip(1e-6, 1 - 1e-6)))
    lo, hi = -10.0, 10.0
    for _ in range(60):
        middle = (lo + hi) / 2
        high = (size / (1 + np.exp(-odds - middle))).sum() > target * size.sum()
        lo, hi = (lo, middle) if high else (middle, hi)
    return np.asarray(1 / (1 + np.exp(-odds - lo)))


def elections(
    now: pd.DataFrame,
    before: pd.DataFrame,
    draws: int = DRAWS,
    seed: int = SEED,
    spread: float = SPREAD,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """All tests on an election, on an earlier one, and on drawn ones in which nothing is altered.

    The drawn ones have the units and the leanings of the earlier election, moved alike until the
    sides' totals are those of the election under test, and the turnout of its counties: no
    unit's count of the election under test goes into them.

    `now`, `before`: as :func:`counted` gives them; `draws`, `seed`, `spread`: as in :func:`honest`.
    Returns ``now``, ``before`` and the drawn ones, as :func:`measured` gives them.
    """
    votes = _votes(before, now, draws, seed, spread)
    sums = now.groupby("fips")[["total", "electorate"]].transform("sum").astype(float)
    turnout = (sums["total"] / sums["electorate"].clip(lower=1)).clip(upper=1).to_numpy()
    people = honest(
        now["electorate"].to_numpy(float), {"total": turnout}, draws, seed + 1, spread, "electorate"
    )
    whole = votes.pop("total")
    drawn = [
        measured(votes, whole, groups_of(before)),
        measured({"total": people["total"]}, people["electorate"], groups_of(now)),
    ]
    return observed(now), observed(before), pd.concat(drawn, ignore_index=True)


def harmed(
    now: pd.DataFrame, before: pd.DataFrame, points: float, draws: int = DRAWS, seed: int = SEED
) -> pd.DataFrame:
    """The tests where machines stand, in elections that moved votes there.

    `now`, `before`: as in :func:`elections`; `points`: share of all votes, in percent, that
    machines took from the harmed side in every unit of group ``machines`` and gave to the other; 0:
    none; `draws`, `seed`: as in :func:`honest`; the same seed draws the same voters. Returned as
    :func:`measured` gives it, of both sides in group ``machines``.
    """
    votes = _votes(before[before["group"] == "machines"], now, draws, seed)
    whole = votes.pop("total")
    taken = np.minimum(np.round(points / 100 * whole).astype(np.int64), votes["harmed"])
    moved = {"harmed": votes["harmed"] - taken, "favoured": votes["favoured"] + taken}
    return measured(moved, whole, {"machines": np.ones(whole.shape[1], dtype=bool)})


def _votes(
    before: pd.DataFrame, now: pd.DataFrame, draws: int, seed: int, spread: float = SPREAD
) -> dict[str, Counts]:
    """Votes in the units of an earlier election, moved alike to the totals of another one."""
    size = before["total"].to_numpy(float)
    same = now[now["group"].isin(before["group"].unique())]
    expected = {
        side: swung(
            before[side].to_numpy(float) / np.maximum(size, 1),
            size,
            same[side].sum() / same["total"].sum(),
        )
        for side in ("harmed", "favoured")
    }
    return honest(size * same["total"].sum() / size.sum(), expected, draws, seed, spread)
