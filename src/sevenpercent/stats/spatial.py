"""Treatments drawn anew on the same map: who would have which machines by demographics and chance.

Shuffling counties as if they were cards breaks the clusters in which machines are bought, and
makes chance look smaller than it is. Here a draw keeps three things: how machines follow
demographics (a logit), how they cluster (a Gaussian field on the map, its range matched to the
clustering seen), and how many places have them (or the list of shares).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError, nearest

Array = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088
LOGISTIC_SD = float(np.pi / np.sqrt(3))
"""Standard deviation of the noise behind a logit, which the field replaces."""
RIDGE = 1e-2
"""Penalty on standardised logit slopes: keeps them finite where covariates split a small map."""
KERNELS = ("exponential", "matern32", "matern52")
JITTER = 1e-9
"""Added to variances: places at nearly one point make the matrix singular to rounding."""


@dataclass(frozen=True)
class Redraw:
    """Treatments drawn anew.

    Attributes
    ----------
    treatments : array, draws x units x readings
        Each draw of each reading holds the same values as the reading itself, elsewhere.
    range_km : float
        Range of the field: places this far apart correlate by 1/e (exponential kernel). 0 = no
        clustering beyond the covariates.
    moran_observed, moran_drawn : float
        Moran's I of the first reading, and its mean over the draws.
    """

    treatments: Array
    range_km: float
    moran_observed: float
    moran_drawn: float


def neighbour_weights(fips: Sequence[str], neighbours: pd.DataFrame) -> Array:
    """Matrix of neighbours, each row summing to 1 (or 0 for a place without any).

    `fips`: places, in the order of rows and columns; `neighbours`: table ``county_neighbours``
    (``fips``, ``neighbour``, each pair both ways).
    """
    place = {name: i for i, name in enumerate(fips)}
    if len(place) < len(fips):
        raise InputError("A county stands twice among the places", column="fips")
    inside = neighbours[neighbours["fips"].isin(place) & neighbours["neighbour"].isin(place)]
    out = np.zeros((len(fips), len(fips)))
    out[inside["fips"].map(place).to_numpy(int), inside["neighbour"].map(place).to_numpy(int)] = 1.0
    sums = out.sum(axis=1, keepdims=True)
    weights: Array = np.divide(out, sums, out=np.zeros_like(out), where=sums > 0)
    return weights


def morans_i(values: Array, weights: Array) -> Array:
    r"""Moran's I of each row of `values`: how alike neighbours are.

    .. math:: I = \frac{n}{\sum_{ij} w_{ij}}
              \frac{\sum_{ij} w_{ij} (x_i - \bar x)(x_j - \bar x)}{\sum_i (x_i - \bar x)^2}

    `values` (... x n): one map in each row; `weights` (n x n): as :func:`neighbour_weights` gives
    them. Returns (...) **Positive** = neighbours are alike, -1/(n - 1) expected without any
    pattern, null for a map without variation. Moran 1950, doi:10.1093/biomet/37.1-2.17.
    """
    centred = values - values.mean(axis=-1, keepdims=True)
    top = ((centred @ weights.T) * centred).sum(axis=-1)
    bottom = (centred**2).sum(axis=-1)
    scale = values.shape[-1] / weights.sum()
    index: Array = scale * np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom > 0)
    return index


def coordinates(fips: Sequence[str] | pd.Series[str], points: pd.DataFrame) -> tuple[Array, Array]:
    """Latitude and longitude of counties.

    Raises InputError: a county has no point on the map.
    """
    where = points.set_index("fips").reindex(list(fips))
    if where["lat"].isna().any():
        nowhere = where.index[int(where["lat"].isna().argmax())]
        raise InputError("A county has no point on the map", column="fips", value=nowhere)
    return where["lat"].to_numpy(float), where["lon"].to_numpy(float)


def distances_km(lat: Array, lon: Array) -> Array:
    """Great-circle distances between all places (degrees in, n x n kilometres out)."""
    phi, lam = np.radians(lat), np.radians(lon)
    half = (
        np.sin((phi[:, None] - phi[None, :]) / 2) ** 2
        + np.cos(phi)[:, None]
        * np.cos(phi)[None, :]
        * np.sin((lam[:, None] - lam[None, :]) / 2) ** 2
    )
    out: Array = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return out


def correlation(distance: Array, range_km: float, kernel: str = "exponential") -> Array:
    """Correlation of a Gaussian field over `distance`; a range of 0 gives independent places."""
    if kernel not in KERNELS:
        raise InputError("Unknown kernel", value=kernel, fix=nearest(kernel, KERNELS))
    if range_km <= 0:
        return np.eye(len(distance))
    x = distance / range_km
    out: Array
    if kernel == "exponential":
        out = np.exp(-x)
    elif kernel == "matern32":
        out = (1 + np.sqrt(3) * x) * np.exp(-np.sqrt(3) * x)
    else:
        out = (1 + np.sqrt(5) * x + 5 * x**2 / 3) * np.exp(-np.sqrt(5) * x)
    return out


def propensity_index(treatment: Array, covariates: Array) -> Array:
    """Linear predictor of a logit of `treatment` on `covariates` (n x p), centred.

    Slopes of standardised covariates are held finite by a small ridge. `treatment` may be a share
    between 0 and 1. **Positive** = more likely electronic than the average place.
    """
    spread = covariates.std(axis=0)
    x = (covariates[:, spread > 0] - covariates[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    x = np.column_stack([np.ones(len(treatment)), x])
    penalty = np.diag([0.0] + [RIDGE * len(treatment)] * (x.shape[1] - 1))
    beta = np.zeros(x.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-(x @ beta)))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + penalty
        step = np.linalg.solve(curvature, x.T @ (treatment - p) - penalty @ beta)
        beta += step
        if np.abs(step).max() < 1e-12:
            break
    return x[:, 1:] @ beta[1:]


def redraw(
    treatments: Array,
    covariates: Array,
    lat: Array,
    lon: Array,
    weights: Array,
    draws: int,
    rng: np.random.Generator,
    *,
    range_km: float | None = None,
    kernel: str = "exponential",
) -> Redraw:
    """Draw treatments anew from demographics and a spatial field, with no effect on any vote.

    In a draw, places are ranked by the index of :func:`propensity_index` plus a Gaussian field on
    the map, and the values of the treatment are dealt out in that order: as many electronic
    places as there are, or the same list of shares. All readings of one draw share the field, so
    they move together.

    Raises InputError: unknown values, a treatment without variation, or an unknown kernel.

    Parameters
    ----------
    treatments : array, n or n x readings
        Treatment of each place in each reading, nothing unknown. The first reading is the one
        whose Moran's I sets the range.
    covariates : array, n x p
        What the choice of machines may depend on; p may be 0.
    lat, lon : array, n
        Degrees.
    weights : array, n x n
        Neighbours, as :func:`neighbour_weights` gives them.
    rng : numpy.random.Generator
        The same seed gives the same draws.
    range_km : float, optional
        Range of the field; when None it is matched so that draws cluster as the treatment does.
    kernel : str
        ``exponential``, ``matern32`` or ``matern52``.
    """
    readings = treatments[:, None] if treatments.ndim == 1 else treatments
    if np.isnan(readings).any() or np.isnan(covariates).any() or np.isnan(lat + lon).any():
        raise InputError("A value is unknown", fix="Leave out the places without it.")
    if (np.ptp(readings, axis=0) == 0).any():
        raise InputError("The treatment does not vary, so there is nothing to draw")
    index = np.column_stack([propensity_index(column, covariates) for column in readings.T])
    distance = distances_km(lat, lon)
    ordered = np.sort(readings, axis=0)
    observed = float(morans_i(readings[:, 0], weights))
    if range_km is None:
        range_km = _matched_range(
            observed, index[:, 0], ordered[:, 0], distance, weights, kernel, rng
        )
    out = _drawn(index, ordered, distance, range_km, kernel, draws, rng)
    return Redraw(out, range_km, observed, float(morans_i(out[:, :, 0], weights).mean()))


def reassign(
    treatments: Array,
    covariates: Array,
    distance: Array | None,
    range_km: float,
    draws: int,
    rng: np.random.Generator,
) -> Array:
    """Draws of :func:`redraw` alone, at a given range (draws x units x readings).

    Without a `distance` (n x n kilometres) places are drawn apart from each other.
    """
    index = np.column_stack([propensity_index(column, covariates) for column in treatments.T])
    ordered = np.sort(treatments, axis=0)
    return _drawn(index, ordered, distance, range_km, "exponential", draws, rng)


def _drawn(
    index: Array,
    ordered: Array,
    distance: Array | None,
    range_km: float,
    kernel: str,
    draws: int,
    rng: np.random.Generator,
) -> Array:
    field = rng.standard_normal((draws, len(index)))
    if distance is not None:
        field = _spread(field, distance, range_km, kernel)
    field *= LOGISTIC_SD
    return np.stack([_deal(index[:, j] + field, ordered[:, j]) for j in range(index.shape[1])], -1)


def shuffle(treatments: Array, draws: int, rng: np.random.Generator) -> Array:
    """Treatments dealt out like cards: the naive draw, which ignores demographics and the map.

    Returns draws x units x readings; all readings of a place stay together.
    """
    readings = treatments[:, None] if treatments.ndim == 1 else treatments
    order = np.argsort(rng.random((draws, len(readings))), axis=1)
    dealt: Array = readings[order]
    return dealt


def _deal(latent: Array, ordered: Array) -> Array:
    """Give the place that ranks k-th in a row of `latent` the k-th of the `ordered` values."""
    values, first = np.unique(ordered, return_index=True)
    if len(values) == 2:
        # Two values need a threshold, not a ranking, which is several times faster.
        cut = np.partition(latent, first[1], axis=1)[:, first[1]]
        return values[(latent >= cut[:, None]).astype(np.intp)].astype(np.float64)
    rank = np.argsort(np.argsort(latent, axis=1), axis=1)
    return ordered[rank].astype(np.float64)


def _spread(noise: Array, distance: Array, range_km: float, kernel: str) -> Array:
    """Independent noise (draws x n) made a field on the map."""
    if range_km <= 0 and kernel in KERNELS:
        return noise * float(np.sqrt(1 + JITTER))
    covariance = correlation(distance, range_km, kernel)
    covariance[np.diag_indices_from(covariance)] += JITTER
    out: Array = noise @ np.linalg.cholesky(covariance).T
    return out


def _matched_range(
    observed: float,
    index: Array,
    ordered: Array,
    distance: Array,
    weights: Array,
    kernel: str,
    rng: np.random.Generator,
) -> float:
    """Range at which the mean Moran's I of draws meets `observed`.

    The same noise is used at every range, so the curve is smooth enough to interpolate, and rises
    with the range, so that halving finds where it meets. A map less clustered than independent
    draws gives 0, one more clustered than any gives the widest range.
    """
    noise = rng.standard_normal((1000 if len(index) <= 500 else 200, len(index))) * LOGISTIC_SD
    pairs = distance[distance > 0]
    grid = [0.0, *np.geomspace(np.quantile(pairs, 0.001), pairs.max(), 14)]

    @cache
    def drawn(at: int) -> float:
        field = _spread(noise, distance, grid[at], kernel)
        return float(morans_i(_deal(index + field, ordered), weights).mean())

    if drawn(0) >= observed:
        return 0.0
    met = bisect_left(range(len(grid)), observed, lo=1, key=drawn)
    if met == len(grid):
        return float(grid[-1])
    part = (observed - drawn(met - 1)) / (drawn(met) - drawn(met - 1))
    return float(grid[met - 1] + part * (grid[met] - grid[met - 1]))
