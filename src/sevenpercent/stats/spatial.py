"""Treatments drawn anew on the same map: who would have which machines by demographics and chance.

Shuffling counties as if they were cards breaks the clusters in which machines are bought, and
makes chance look smaller than it is. Here a draw keeps three things: how machines follow
demographics (a logit), how they cluster (a Gaussian field on the map, its range matched to the
clustering seen), and how many places have them (or the list of shares).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError

Array = NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088
LOGISTIC_SD = float(np.pi / np.sqrt(3))
"""Standard deviation of the noise behind a logit, which the field replaces."""
RIDGE = 1e-2
"""Penalty on standardised logit slopes: keeps them finite where covariates split a small map."""
JITTER = 1e-9
"""Added to variances: places at nearly one point make the matrix singular to rounding."""


class Redraw(NamedTuple):
    """Treatments drawn anew (draws x units x readings), each draw of a reading dealing out its values.

    `range_km` is the range of the field: places this far apart correlate by 1/e. 0 = no clustering
    beyond the covariates.
    """

    treatments: Array
    range_km: float


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
    pattern, null for a map without variation, zero where nobody has a neighbour. Moran 1950,
    doi:10.1093/biomet/37.1-2.17.
    """
    centred = values - values.mean(axis=-1, keepdims=True)
    top = ((centred @ weights.T) * centred).sum(axis=-1)
    bottom = (centred**2).sum(axis=-1)
    scale = values.shape[-1] / (weights.sum() or np.inf)
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


def layout(
    fips: pd.Series[str], points: pd.DataFrame, neighbours: pd.DataFrame
) -> tuple[Array, Array, Array]:
    """Latitude, longitude and neighbours of counties, as :func:`redraw` takes them."""
    return *coordinates(fips, points), neighbour_weights(list(fips), neighbours)


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


def correlation(distance: Array, range_km: float) -> Array:
    """Correlation of a Gaussian field over `distance`, exponential; 0: independent places."""
    return np.eye(len(distance)) if range_km <= 0 else np.exp(-distance / range_km)


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
) -> Redraw:
    """Draw treatments anew from demographics and a spatial field, with no effect on any vote.

    In a draw, places are ranked by the index of :func:`propensity_index` plus a Gaussian field on
    the map, and the values of the treatment are dealt out in that order: as many electronic
    places as there are, or the same list of shares. All readings of one draw share the field, so
    they move together.

    Raises InputError: unknown values, or a treatment without variation.

    `treatments` (n or n x readings): treatment of each place in each reading, nothing unknown. The
    first reading is the one whose Moran's I sets the range. `covariates` (n x p): what the choice
    of machines may depend on; p may be 0. `lat`, `lon` (n): degrees. `weights` (n x n): neighbours,
    as :func:`neighbour_weights` gives them. `rng`: the same seed gives the same draws. `range_km`:
    range of the field; when None it is matched so that draws cluster as the treatment does.
    """
    readings = treatments[:, None] if treatments.ndim == 1 else treatments
    if np.isnan(readings).any() or np.isnan(covariates).any() or np.isnan(lat + lon).any():
        raise InputError("A value is unknown", fix="Leave out the places without it.")
    if (np.ptp(readings, axis=0) == 0).any():
        raise InputError("The treatment does not vary, so there is nothing to draw")
    distance = distances_km(lat, lon)
    if range_km is None:
        range_km = _matched_range(readings[:, 0], covariates, distance, weights, rng)
    return Redraw(reassign(readings, covariates, distance, range_km, draws, rng), range_km)


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
    field = rng.standard_normal((draws, len(treatments)))
    if distance is not None:
        field = _spread(field, distance, range_km)
    field *= LOGISTIC_SD
    dealt = [_deal(propensity_index(d, covariates) + field, np.sort(d)) for d in treatments.T]
    return np.stack(dealt, -1)


def shuffle(treatments: Array, draws: int, rng: np.random.Generator) -> Array:
    """Treatments dealt out like cards: the naive draw, which ignores demographics and the map.

    Returns draws x units x readings; all readings of a place stay together.
    """
    readings = treatments[:, None] if treatments.ndim == 1 else treatments
    order = np.argsort(rng.random((draws, len(readings))), axis=1)
    return readings[order]


def _deal(latent: Array, ordered: Array) -> Array:
    """Give the place that ranks k-th in a row of `latent` the k-th of the `ordered` values."""
    values, first = np.unique(ordered, return_index=True)
    if len(values) == 2:
        # Two values need a threshold, not a ranking, which is several times faster.
        cut = np.partition(latent, first[1], axis=1)[:, first[1]]
        return values[(latent >= cut[:, None]).astype(np.intp)].astype(np.float64)
    rank = np.argsort(np.argsort(latent, axis=1), axis=1)
    return ordered[rank].astype(np.float64)


def _spread(noise: Array, distance: Array, range_km: float) -> Array:
    """Independent noise (draws x n) made a field on the map."""
    if range_km <= 0:
        return noise * float(np.sqrt(1 + JITTER))
    covariance = correlation(distance, range_km)
    covariance[np.diag_indices_from(covariance)] += JITTER
    return noise @ np.linalg.cholesky(covariance).T


def _matched_range(
    treatment: Array, covariates: Array, distance: Array, weights: Array, rng: np.random.Generator
) -> float:
    """Range at which draws cluster as the treatment does: 0 where it does less than independent ones."""
    observed = float(morans_i(treatment, weights))
    index, ordered = propensity_index(treatment, covariates), np.sort(treatment)
    # The same noise at every range: the curve is smooth enough to interpolate, and rises.
    noise = rng.standard_normal((1000 if len(index) <= 500 else 200, len(index))) * LOGISTIC_SD
    pairs = distance[distance > 0]
    grid = [0.0, *np.geomspace(np.quantile(pairs, 0.001), pairs.max(), 14)]

    @cache
    def drawn(at: int) -> float:
        field = _spread(noise, distance, grid[at])
        return float(morans_i(_deal(index + field, ordered), weights).mean())

    if drawn(0) >= observed:
        return 0.0
    met = bisect_left(range(len(grid)), observed, lo=1, key=drawn)
    if met == len(grid):
        return float(grid[-1])
    part = (observed - drawn(met - 1)) / (drawn(met) - drawn(met - 1))
    return float(grid[met - 1] + part * (grid[met] - grid[met - 1]))
