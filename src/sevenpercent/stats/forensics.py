"""Tests of digits and of humps in counts by reporting unit, and how often an honest election fails.

Such tests ask whether counts look as counts "should": second digits as in Benford's law, last digits
evenly spread, shares with a single hump. A count that nobody touched need not look so; hence
elections are drawn in which every vote is counted as it was cast, from the leanings of an earlier one.

Counts come as arrays of shape (draws, units); an observed election is one draw.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.model.frames import require
from sevenpercent.stats.validity.score import Z95

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

BENFORD_SECOND = float(
    sum(d * np.log10(1 + 1 / (10 * first + d)) for first in range(1, 10) for d in range(10))
)
"""Mean of the second digit under Benford's law, 4.187."""

TESTS = {"second": BENFORD_SECOND, "last": 4.5, "round": 0.2, "round_percent": 0.2, "dip": 0.0}
"""What an untouched count is said to show: the mean second and the mean last digit, the share of
counts that end in 0 or 5, the share of whole percentages that do, and no distance from one hump."""

LEAST = 10
"""Counts below this have no second digit and are left out of every test of digits."""

BINS = 50
"""Classes of a share in the test for humps."""

DIP_LIMIT = 0.461
r""":math:`\sqrt n` times the dip that 5 % of samples from the flattest distribution exceed, in
:data:`BINS` classes; the test suite draws it again."""

GROUPS = {"dre_only": "machines", "scanner": "paper", "hand": "paper"}
"""What a town owned (see :func:`sevenpercent.stats.recount.owned`) to the group of its units;
where both kinds stand side by side, a unit is in neither."""


def counted(
    units: pd.DataFrame,
    equipment: pd.Series[str],
    *,
    harmed: str,
    favoured: str,
    total: str,
    electorate: str | None = None,
) -> pd.DataFrame:
    """What the tests need of each reporting unit.

    Returns ``fips, harmed, favoured, total, electorate`` (0 where unknown) and ``group``:
    ``machines`` where the town owns DREs and no scanner, ``paper`` where it owns no DRE, else
    empty.

    `equipment`: as :func:`sevenpercent.stats.recount.owned` gives it. `harmed`, `favoured`,
    `total`, `electorate`: columns of `units`; without the last there is no turnout.
    """
    names = {"harmed": harmed, "favoured": favoured, "total": total}
    require(units, ["fips", *names.values(), *([electorate] if electorate else [])])
    out = pd.DataFrame({k: units[v].fillna(0).astype("int64") for k, v in names.items()})
    out["electorate"] = units[electorate].fillna(0).astype("int64") if electorate else 0
    out["fips"], out["group"] = units["fips"], equipment.map(GROUPS).fillna("").to_numpy()
    return out


def original(sides: Mapping[str, str]) -> dict[str, str]:
    """Columns of the first count, for :func:`counted`, in a table of recounted units."""
    return {name: f"{party}_original" for name, party in {**sides, "total": "total"}.items()}


def measured(
    counts: Mapping[str, Counts], whole: Counts, groups: Mapping[str, NDArray[np.bool_]]
) -> pd.DataFrame:
    """Every test on every group of units and every draw.

    `counts`: what was counted, of shape (draws, units); `whole`: what shares are taken of, of the
    same shape; where it is 0 the unit has no share; `groups`: group to the units in it. Returns
    ``of, group, test, draw, value, se, n, expected, flagged``: a test of digits flags when its 95 %
    interval leaves out what is expected, the dip when it exceeds its 5 % limit. Tests that have no
    unit are left out.
    """
    rows = []
    for of, count in counts.items():
        share = np.divide(count, whole, out=np.full(count.shape, np.nan), where=whole > 0)
        share[share > 1] = np.nan
        digits = _digits(count)
        percent = np.where(np.isfinite(share), np.round(100 * share), -1).astype(int) % 5 == 0
        digits["round_percent"] = np.where(np.isfinite(share) & (count >= LEAST), percent, np.nan)
        for test, values in digits.items():
            rows.append(_means(values, groups).assign(of=of, test=test))
        rows.append(_dips(share, groups).assign(of=of, test="dip"))
    out = pd.concat(rows, ignore_index=True)
    out = out[out["n"] > 0].reset_index(drop=True)
    out["expected"] = out["test"].map(TESTS)
    far = (out["value"] - out["expected"]).abs() > Z95 * out["se"]
    limit = out["value"] * np.sqrt(out["n"]) > DIP_LIMIT
    out["flagged"] = np.where(out["test"] == "dip", limit, far)
    return out


def compared(observed: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Observed tests beside those of elections in which nothing was altered.

    `observed`, `drawn`: as :func:`measured` gives them; `observed` has one draw. Returns one row
    per ``of, group, test``: ``value, n, expected, flagged``; of honest elections ``honest_lo,
    honest_hi`` (their middle 95 %) and ``honest_flagged`` (share that the test flags); ``unusual``:
    whether the value lies outside that middle (of the dip: above it).
    """
    key = ["of", "group", "test"]
    by = drawn.groupby(key, sort=False)
    ends = {"honest_lo": by["value"].quantile(0.025), "honest_hi": by["value"].quantile(0.975)}
    found = pd.DataFrame({**ends, "honest_flagged": by["flagged"].mean()})
    out = observed.drop(columns=["draw", "se"]).merge(found.reset_index(), on=key, how="left")
    low = (out["value"] < out["honest_lo"]) & out["test"].ne("dip")
    out["unusual"] = low | (out["value"] > out["honest_hi"])
    return out


def tally(found: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """How many tests flag, in what was counted and in honest elections.

    Returns one row per ``group``, and one of them ``together``: ``tests``; ``flagged`` (in what was
    counted); of honest elections, in the same tests, ``honest_mean``, ``honest_any`` (share with at
    least one flag) and ``honest_as_many`` (share with at least as many as were found).
    """
    key = ["group", "of", "test"]
    same = drawn.merge(found[key], on=key)
    rows = []
    for group in [*dict.fromkeys(found["group"]), "together"]:
        own = found if group == "together" else found[found["group"] == group]
        honest = same if group == "together" else same[same["group"] == group]
        each, count = honest.groupby("draw")["flagged"].sum(), int(own["flagged"].sum())
        shares = each.mean(), (each > 0).mean(), (each >= count).mean()
        rows.append([group, len(own), count, *map(float, shares)])
    columns = ["group", "tests", "flagged", "honest_mean", "honest_any", "honest_as_many"]
    return pd.DataFrame(rows, columns=columns)


def _digits(count: Counts) -> dict[str, Floats]:
    table = np.arange(max(int(count.max()), LEAST) + 1)
    second = table.copy()
    while (second >= 100).any():
        second = np.where(second >= 100, second // 10, second)
    told = {"second": second % 10 * 1.0, "last": table % 10 * 1.0, "round": (table % 5 == 0) * 1.0}
    for values in told.values():
        values[:LEAST] = np.nan
    return {test: values[count] for test, values in told.items()}


def rows(tallies: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows to publish: the tallies of flags, ``now`` and ``before`` to what :func:`tally` gives."""
    told = {
        "flagged": ("tests", "of them flag what was counted"),
        "honest_mean": ("tests", "flag an honest election, on average"),
        "honest_any": ("share", "of honest elections are flagged by at least one"),
    }
    made = []
    for name, tally in tallies.items():
        for column, (unit, label) in told.items():
            if name != "now" and column != "flagged":
                continue  # the page says of this election alone what honest ones would show
            part = f"digits.{name}." + tally["group"] + f".{column}"
            own = pd.DataFrame({"part": part, "value": tally[column], "unit": unit, "label": label})
            made.append(own)
    return pd.concat(made, ignore_index=True)


def groups_of(frame: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """All units, and those of each group that there are, as masks."""
    own = {g: frame["group"].eq(g).to_numpy() for g in dict.fromkeys(GROUPS.values())}
    return {"all": np.ones(len(frame), dtype=bool)} | {g: m for g, m in own.items() if m.any()}


def observed(frame: pd.DataFrame) -> pd.DataFrame:
    """All tests on one election; `frame` as :func:`counted` gives it."""
    columns = ("harmed", "favoured", "total", "electorate")
    harmed, favoured, total, electorate = (frame[c].to_numpy(np.int64)[None] for c in columns)
    votes = measured({"harmed": harmed, "favoured": favoured}, total, groups_of(frame))
    came = measured({"total": total}, electorate, groups_of(frame))
    return pd.concat([votes, came], ignore_index=True)


def _means(values: Floats, groups: Mapping[str, NDArray[np.bool_]]) -> pd.DataFrame:
    inside = np.column_stack(list(groups.values())).astype(float)
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    n = known.astype(float) @ inside
    mean = filled @ inside / np.maximum(n, 1)
    square = np.maximum(filled**2 @ inside - n * mean**2, 0)
    se = np.sqrt(square / np.maximum(n - 1, 1) / np.maximum(n, 1))
    return _long(groups, value=mean, se=se, n=n)


def _dips(share: Floats, groups: Mapping[str, NDArray[np.bool_]]) -> pd.DataFrame:
    edges = np.linspace(0, 1, BINS + 1)
    n, value = (np.zeros((len(share), len(groups))) for _ in range(2))
    for column, mask in enumerate(groups.values()):
        for draw, values in enumerate(share[:, mask]):
            count = np.histogram(values, edges)[0]
            n[draw, column] = count.sum()
            at = np.concatenate([[0.0], count.cumsum() / max(count.sum(), 1)])
            value[draw, column] = dip(edges, at, at)
    return _long(groups, value=value, se=np.full_like(value, np.nan), n=n)


def _long(groups: Mapping[str, NDArray[np.bool_]], **columns: Floats) -> pd.DataFrame:
    draws = len(next(iter(columns.values())))
    flat = {name: values.T.ravel() for name, values in columns.items()}
    key = {"group": np.repeat(list(groups), draws), "draw": np.tile(range(draws), len(groups))}
    return pd.DataFrame({**key, **flat})


def dip(x: Floats, below: Floats, at: Floats) -> float:
    """Least distance of a distribution from every distribution with a single hump.

    `x`: increasing places; `below`, `at`: distribution function just below and at each place; equal
    where it has no jump there.

    References
    ----------
    Hartigan and Hartigan 1985, doi:10.1214/aos/1176346577.

    Examples
    --------
    >>> x = np.array([0.0, 1.0])  # half of the values at either end
    >>> dip(x, np.array([0.0, 0.5]), np.array([0.5, 1.0]))
    0.25
    """
    first, last = 0, len(x) - 1
    worst = float((at - below).max())
    while first < last:
        inside = slice(first, last + 1)
        lower = first + _hull(x[inside], below[inside], 1)
        upper = first + _hull(x[inside], at[inside], -1)
        under = np.interp(x, x[lower], below[lower])
        over = np.interp(x, x[upper], at[upper])
        gaps = over[lower] - below[lower], at[upper] - under[upper]
        if max(gaps[0].max(), gaps[1].max()) <= worst:
            break
        if gaps[0].max() >= gaps[1].max():
            left = int(lower[gaps[0].argmax()])
            right = int(upper[upper >= left][0])
        else:
            right = int(upper[gaps[1].argmax()])
            left = int(lower[lower <= right][-1])
        if (left, right) == (first, last):
            break
        convex = (at - under)[first : left + 1].max()
        concave = (over - below)[right : last + 1].max()
        worst = max(worst, float(convex), float(concave))
        first, last = left, right
    return worst / 2


def _hull(x: Floats, y: Floats, side: int) -> NDArray[np.int64]:
    """Corners of the convex hull below (`side` 1) or above (-1) the points."""
    corners: list[int] = []
    xs, ys = x.tolist(), (side * y).tolist()
    for i in range(len(xs)):
        while len(corners) > 1:
            a, b = corners[-2], corners[-1]
            if (ys[b] - ys[a]) * (xs[i] - xs[a]) < (ys[i] - ys[a]) * (xs[b] - xs[a]):
                break
            corners.pop()
        corners.append(i)
    return np.array(corners)


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

    `size`: votes expected in each unit; how many come is Poisson. `expected`: side to its expected
    share in each unit (0 to 1); shares of one unit sum to at most 1. `draws`, `seed`: elections,
    and where their random numbers start. `whole`: name of the count that the sides are parts of.
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
    expected, total = {}, same["total"].sum()
    for side in ("harmed", "favoured"):
        share = before[side].to_numpy(float) / np.maximum(size, 1)
        expected[side] = swung(share, size, same[side].sum() / total)
    return honest(size * total / size.sum(), expected, draws, seed, spread)
