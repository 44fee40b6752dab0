"""One test of all specifications together, against what they show without any effect.

Specifications share data, so their p values cannot be added up. In a draw every treatment moves at
once, all specifications are run again, and three statistics, fixed beforehand, sum them up:

- ``median``: the median estimate of those of shares (not of numbers of votes),
- ``share_below``: the share of specifications whose 95 % interval lies below zero,
- ``median_t``: the median t value.

Estimates are **negative** where the harmed party did worse where voting was electronic.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtrit

from sevenpercent.model.scenario import Joint as Declared
from sevenpercent.stats import spatial
from sevenpercent.stats.multiverse.grid import Plan, fit_job, plan
from sevenpercent.stats.multiverse.redrawn import Shared, together
from sevenpercent.stats.regression import Array, codes
from sevenpercent.workers import processors

BLOCK_BYTES = 24_000_000
"""Estimates and t values that one thread holds at a time; flips depend on it, as a seed would."""

REFIT_BYTES = 12_000_000
"""The same for redraws, whose treatments should stay in the cache."""

NAIVE_DRAWS = 1999
"""Draws of the naive test, which only stands beside."""

KEPT = 500
"""Draws from which the correlation of specifications is measured."""

A = TypeVar("A")
B = TypeVar("B")
Statistics = dict[str, Array]


@dataclass(frozen=True)
class Joint:
    r"""Outcome of a joint test.

    By statistic, its value in the data (`observed`) and in each draw without an effect (`drawn`).
    `effective`: independent specifications that would vary as these do together:
    :math:`S^2 / \sum_{st} r_{st}^2` over the correlations of their t values across draws; null for
    flips of units one by one.
    """

    observed: dict[str, float]
    drawn: Statistics
    effective: float

    def p(self, statistic: str) -> float:
        """Share of draws, the data among them, at least as harmful as the data."""
        drawn, seen = self.drawn[statistic], self.observed[statistic]
        worse = drawn >= seen if statistic == "share_below" else drawn <= seen
        return float((1 + worse.sum()) / (1 + len(drawn)))


def by_redraws(
    ready: Plan, drawn: Array, statistics: Sequence[str], threads: int | None = None
) -> Joint:
    """Joint test by treatments drawn anew; votes stay as they are.

    Errors behind t values and intervals are of HC1. Draws and data go through the same, so that
    errors which are too small cost power, not validity.

    `ready`: of places in which every treatment is known. `drawn` (draws x units x treatments): as
    :func:`sevenpercent.stats.spatial.redraw` or :func:`sevenpercent.stats.spatial.shuffle` gives
    them, treatments in the grid's order. `statistics`: which of the three. `threads`: blocks of
    draws at a time; all processors when None.

    References
    ----------
    Simonsohn, Simmons and Nelson 2020, doi:10.1038/s41562-020-0912-z.
    """
    cells, shared = len(ready.cells), together(ready)
    critical = np.full(cells, np.nan)
    for jobs in shared:
        jobs.critical(critical)
    real = _refit(shared, cells, ready.treatments[None])
    exists = np.isfinite(real[1][:, 0])
    shares = _of_shares(ready)[exists]
    seen = _summed((real[0][exists], real[1][exists], critical[exists]), shares, statistics)
    observed = {name: float(values[0]) for name, values in seen.items()}
    size = max(1, REFIT_BYTES // (16 * max(1, cells)))
    blocks = [slice(at, at + size) for at in range(0, len(drawn), size)]

    def one(block: slice) -> tuple[Statistics, Array | None]:
        estimate, t = (x[exists] for x in _refit(shared, cells, drawn[block]))
        kept = t if block.start < KEPT else None
        return _summed((estimate, t, critical[exists]), shares, statistics), kept

    done = _all(one, blocks, threads)
    t = np.concatenate([kept for _, kept in done if kept is not None], axis=1)
    summed = {name: np.concatenate([part[name] for part, _ in done]) for name in statistics}
    return Joint(observed, summed, _effective(t))


@dataclass(frozen=True)
class Scores:
    """What every unit adds to every cell.

    `products` (cells x units): treatment times outcome, both after the controls; 0 for units that a
    cell does not use, null for a cell without an estimate; `size` (cells): what a sum of products
    is divided by to be an estimate; `shares` (cells): whether it is of a share.
    """

    products: Array
    size: Array
    shares: NDArray[np.bool_]


def scores(ready: Plan) -> Scores:
    """Products of every cell of a plan that has an estimate."""
    products = np.zeros((len(ready.cells), len(ready.grid.frame)))
    size = np.full(len(ready.cells), np.nan)
    for job in ready.jobs:
        if job.projection is None:
            continue
        p = job.projection
        d = p.residual(ready.treatments[:, job.treatments])
        y = p.residual(ready.outcomes[:, job.outcomes])
        own = (y.T[:, None, :] * d.T[None, :, :]).reshape(-1, p.n)
        products[np.ix_(job.cells.ravel(), p.rows)] = own
        sizes = (d**2).sum(axis=0)
        sizes[fit_job(ready, job, "classical").why > 0] = np.nan
        size[job.cells.ravel()] = np.tile(sizes, y.shape[1])
    shares, exists = _of_shares(ready), np.isfinite(size)
    if exists.all():
        return Scores(products, size, shares)
    return Scores(products[exists], size[exists], shares[exists])


def by_flips(
    found: Scores,
    clusters: NDArray[np.int64],
    draws: int,
    statistics: Sequence[str],
    rng: np.random.Generator,
    threads: int | None = None,
) -> Joint:
    r"""Joint test by turning the sign of all that a cluster adds to the scores, at random.

    Without an effect, the sums :math:`A_{sg} = \sum_{i \in g} \tilde d_i \tilde y_i` of
    specification s are as likely of either sign, cluster by cluster, whatever the dependence
    within. A draw flips whole clusters, the same in all specifications:
    :math:`z_s = \sum_g \epsilon_g A_{sg} / (\sum_g A_{sg}^2)^{1/2}`.

    `found`: as :func:`scores` gives them. `clusters` (units): what is flipped together. Units one
    by one give the naive test.

    References
    ----------
    Hemerik, Goeman and Finos 2020, doi:10.1111/rssb.12369.
    """
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.append(True, np.diff(clusters[order]) > 0))
    alone = len(starts) == len(clusters)
    sums = found.products if alone else _by_cluster(found.products, order, starts)
    length = np.sqrt(np.einsum("si,si->s", sums, sums))
    critical = np.full(len(sums), stdtrit(sums.shape[1] - 1, 0.975))

    def summed(flips: Array) -> Statistics:
        total = sums @ flips
        fitted = (total / found.size[:, None], total / length[:, None], critical)
        return _summed(fitted, found.shares, statistics)

    observed = summed(np.ones((sums.shape[1], 1)))
    step = max(1, int(BLOCK_BYTES // (24 * len(sums))))
    seeds = rng.spawn(-(-draws // step))

    def one(block: int) -> Statistics:
        many = min(step, draws - block * step)
        signs = seeds[block].integers(0, 2, size=(sums.shape[1], many), dtype=np.int8)
        return summed(2 * signs.astype(np.float64) - 1)

    done = _all(one, range(len(seeds)), threads)
    seen = {name: float(observed[name][0]) for name in statistics}
    drawn = {name: np.concatenate([part[name] for part in done]) for name in statistics}
    return Joint(seen, drawn, float("nan") if alone else _alike(sums / length[:, None]))


def _by_cluster(products: Array, order: NDArray[np.intp], starts: NDArray[np.intp]) -> Array:
    """Sums of products by cluster, some cells at a time: all at once would need them twice."""
    step = max(1, BLOCK_BYTES // (8 * len(order)))
    parts = [
        np.add.reduceat(products[at : at + step, order], starts, axis=1)
        for at in range(0, len(products), step)
    ]
    return np.concatenate(parts)


def _all(work: Callable[[A], B], items: Sequence[A], threads: int | None) -> list[B]:
    with ThreadPoolExecutor(threads or processors()) as pool:
        return list(pool.map(work, items))


def _of_shares(ready: Plan) -> NDArray[np.bool_]:
    of = {name: target.share for name, target in ready.grid.outcomes.items()}
    return ready.cells["outcome"].map(of).to_numpy(bool)


def _refit(shared: list[Shared], cells: int, drawn: Array) -> tuple[Array, Array]:
    """Estimates and t values, cells x draws."""
    estimate = np.full((cells, len(drawn)), np.nan)
    t = np.full_like(estimate, np.nan)
    columns = np.ascontiguousarray(drawn.transpose(1, 2, 0))
    for jobs in shared:
        jobs.fill(columns, estimate, t)
    return estimate, t


def _summed(
    fitted: tuple[Array, Array, Array], shares: NDArray[np.bool_], statistics: Sequence[str]
) -> Statistics:
    estimate, t, critical = fitted
    out: Statistics = {}
    for name in statistics:
        if name == "share_below":
            exists = np.isfinite(t).sum(axis=0)
            out[name] = (t < -critical[:, None]).sum(axis=0) / np.maximum(exists, 1)
        else:
            out[name] = _median(t if name == "median_t" else estimate[shares])
    return out


def _median(values: Array) -> Array:
    """Median of each column over what exists."""
    by_draw = np.ascontiguousarray(values.T)
    gaps = np.isnan(by_draw).any(axis=1)
    out = np.empty(len(by_draw))
    whole = by_draw if not gaps.any() else by_draw[~gaps]
    out[~gaps] = np.median(whole, axis=1, overwrite_input=True)
    if gaps.any():
        out[gaps] = np.nanmedian(by_draw[gaps], axis=1)
    return out


def _alike(unit: Array) -> float:
    """Effective number of rows of length 1: their number squared over all squared products."""
    narrow = unit.shape[1] < len(unit)
    gram = unit.T @ unit if narrow else unit @ unit.T
    return float(len(unit) ** 2 / (gram**2).sum())


ALIKE = 1e-12
"""Variation of t values over draws that is none but for rounding."""


def _effective(t: Array) -> float:
    """Effective number of specifications from t values (cells x draws)."""
    t = t[np.isfinite(t).all(axis=1)][:, :KEPT]
    t = t - t.mean(axis=1, keepdims=True)
    t = t[(t**2).sum(axis=1) > ALIKE]  # in few counties every draw may be the same
    if not len(t):
        return 1.0
    t = t / np.sqrt((t**2).sum(axis=1, keepdims=True))
    draws = t.shape[1]
    alike = 1 / _alike(t)
    # Correlations measured on few draws are never quite zero; their mean square is 1/(draws - 1).
    return float(1 / max((alike * (draws - 1) - 1) / (draws - 2), 1 / len(t)))


def both_tests(
    ready: Plan,
    declared: Declared,
    propensity: Sequence[str],
    points: pd.DataFrame,
    neighbours: pd.DataFrame,
) -> tuple[Joint, Joint]:
    """The joint test that respects the map or the clusters, and the naive one.

    `declared`: draws, seed and statistics; `propensity`: covariates along which treatments are
    drawn anew, where errors are not clustered; `points`, `neighbours`: tables of where counties lie
    and which of them touch. Returns the test by redraws along the map, or by flips of whole clusters; and
    that of shuffled or single places.
    """
    grid = ready.grid
    rng = np.random.default_rng(declared.seed)
    naive = min(declared.draws, NAIVE_DRAWS)
    asked = declared.statistics
    if grid.cluster is not None:
        groups, found = codes(grid.frame, grid.cluster), scores(ready)
        test = by_flips(found, groups, declared.draws, asked, rng)
        return test, by_flips(found, np.arange(len(groups)), naive, asked, rng)
    needed = [*grid.treatments, *propensity]
    known = np.isfinite(grid.frame[needed].to_numpy(float)).all(axis=1)
    if not known.all():
        samples = {k: (words, mask[known]) for k, (words, mask) in grid.samples.items()}
        frame = grid.frame[known].reset_index(drop=True)
        ready = plan(replace(grid, frame=frame, samples=samples))
    frame = ready.grid.frame
    given = frame[list(propensity)].to_numpy(float)
    where = spatial.layout(frame["fips"], points, neighbours)
    drawn = redrawn(ready.treatments, given, *where, declared.draws, declared.seed)
    shuffled = spatial.shuffle(ready.treatments, naive, rng)
    return by_redraws(ready, drawn, asked), by_redraws(ready, shuffled, asked)


def redrawn(
    treatments: Array,
    covariates: Array,
    lat: Array,
    lon: Array,
    neighbours: Array,
    draws: int,
    seed: int,
) -> Array:
    """Treatments drawn anew, each as clustered as it is, all moved by the same chance.

    Each reading has a range of its own, matched to its own clustering: machines at all may stand
    anywhere while places that vote on them alone lie together. The chance behind the fields is the
    same number by number, so that readings which name nearly the same places still do.

    Arguments as :func:`sevenpercent.stats.spatial.redraw` has them. Returns draws x units x
    treatments.
    """
    parts = []
    for column in treatments.T:
        given = column, covariates, lat, lon, neighbours
        matched = spatial.redraw(*given, 1, np.random.default_rng(seed)).range_km
        chance = np.random.default_rng(seed + 1)
        drawn = spatial.redraw(*given, draws, chance, range_km=matched)
        parts.append(drawn.treatments[:, :, 0])
    return np.stack(parts, axis=2)
