r"""Near places: whether a model leaves them over alike, and intervals that allow for it.

Beside other errors, never in their place: with a few dozen counties Conley's are too small.

Spatial correlation principal components, after Müller and Watson: the mean of a variable known at places
:math:`s_i` is put over the size of its :math:`q` most spatial movements, and the critical value is such that
no correlation :math:`e^{-c |s_i - s_j|}` at least as local as the one assumed at worst rejects more often
than it should. A coefficient is the mean of the terms that add up to it.

References
----------
Müller and Watson 2022, doi:10.3982/ECTA19465; 2023, doi:10.1080/07350015.2022.2116025.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import gammaln

from sevenpercent.errors import InputError
from sevenpercent.stats import spatial
from sevenpercent.stats.regression import Array, project, t_quantile
from sevenpercent.stats.sensitivity.county import DESIGN, Probed
from sevenpercent.stats.spatial import morans_i, neighbour_weights

WORST = 0.03
"""Average correlation of two places that is allowed for at most; weaker correlation is too."""

MOST, LEVEL = 10, 0.05
"""Most movements that are looked at, and the level of the test."""

FEWEST = MOST + 2
"""Places below which there are no such components."""

STEPS = 40
"""Strengths of correlation between the worst and hardly any at which a test is checked."""

NODES = np.polynomial.legendre.leggauss(120)


class Interval(NamedTuple):
    """A mean, its error and its 95 % interval."""

    estimate: float
    se: float
    lo: float
    hi: float


@dataclass(frozen=True)
class Components:
    """What places alone decide: the movements that are looked at and their critical value.

    `movements` (places x q): orthogonal, of mean zero and mean square one; `critical`: the t value
    beyond which a mean is told from zero.
    """

    movements: Array
    critical: float

    @classmethod
    def of(cls, distance: Array, worst: float = WORST) -> Components:
        """Find them for places that lie so far apart (places x places, any unit).

        Raises InputError: places that are too few, or all of them at one point.
        """
        n = len(distance)
        if n < FEWEST or not (distance > 0).any():
            raise InputError("Too few places for spatial components", value=n)
        scaled = distance / distance.max()
        strengths = _strengths(scaled, worst)
        centre = np.eye(n) - 1 / n
        _, vectors = np.linalg.eigh(centre @ np.exp(-strengths[0] * scaled) @ centre)
        movements = np.sqrt(n) * vectors[:, ::-1][:, :MOST]
        whole = np.column_stack([np.ones(n), movements]) / np.sqrt(n)
        spreads = [whole.T @ np.exp(-c * scaled) @ whole for c in strengths]
        best = (np.inf, 1, 0.0)
        for q in range(1, MOST + 1):
            critical = _critical(spreads, q)
            half = np.exp(gammaln((q + 1) / 2) - gammaln(q / 2)) / np.sqrt(q)
            best = min(best, (critical * half, q, critical))
        return cls(movements[:, : best[1]], best[2])

    def interval(self, terms: Array) -> Interval:
        """Interval of the mean of `terms`, one a place."""
        n, estimate = len(terms), float(terms.mean())
        found = self.movements.T @ (terms - estimate) / np.sqrt(n)
        se = float(np.sqrt((found**2).mean() / n))
        half = self.critical * se
        return Interval(estimate, se, estimate - half, estimate + half)


def terms(x: Array, y: Array) -> Array:
    r"""What each place adds to the first coefficient; their mean is the coefficient.

    :math:`\hat\beta + n\, \tilde d_i \hat e_i / \sum_j \tilde d_j^2`, with :math:`\tilde d` what the other
    columns leave of the first.
    """
    others = x[:, 1:]
    left = x[:, 0] - others @ np.linalg.lstsq(others, x[:, 0], rcond=None)[0]
    b, *_ = np.linalg.lstsq(x, y, rcond=None)
    out: Array = b[0] + len(y) * left * (y - x @ b) / (left @ left)
    return out


def exceeds(spread: Array, critical: float) -> float:
    r"""Chance that the t value is beyond `critical`, where the mean and its movements vary so together.

    It is the chance that a normal square outweighs a sum of :math:`q` others,
    :math:`\frac1\pi \int_0^1 x^{(q-1)/2} / \sqrt{(1-x) \prod_i (x + a_i)}\, dx` with :math:`a_i` minus each
    negative eigenvalue of the form over its positive one.

    References
    ----------
    Bakirov and Székely 2005, Journal of Mathematical Sciences 139, 6497-6505.
    """
    q = len(spread) - 1
    form = np.r_[1.0, np.full(q, -(critical**2) / q)]
    root = np.linalg.cholesky(spread)
    values = np.linalg.eigvalsh(root.T @ (form[:, None] * root))
    rest = -values[:-1] / values[-1]
    angle, weight = (NODES[0] + 1) * np.pi / 4, NODES[1] * np.pi / 4
    at = np.sin(angle) ** 2  # takes the pole at 1 away
    inside = 2 * np.sin(angle) * at ** ((q - 1) / 2) / np.sqrt(np.prod(at[:, None] + rest, axis=1))
    return float(weight @ inside / np.pi)


def _strengths(scaled: Array, worst: float) -> Array:
    n = len(scaled)

    def average(log_c: float) -> float:
        return float((np.exp(-np.exp(log_c) * scaled).sum() - n) / (n * (n - 1)))

    first, last = (brentq(lambda z, p=p: average(z) - p, -15, 15) for p in (worst, worst / 1000))
    return np.exp(np.linspace(float(first), float(last), STEPS))


def _critical(spreads: list[Array], q: int) -> float:
    own = [spread[: q + 1, : q + 1] for spread in spreads]

    def most(critical: float) -> float:
        return max(exceeds(spread, critical) for spread in own) - LEVEL

    return float(brentq(most, 0.5, 1e4, xtol=1e-10))


def by_definition(p: Probed, points: pd.DataFrame) -> pd.DataFrame:
    """The county comparison with such intervals, by definition; those of too few counties are left out.

    Returns ``definition, q, critical, estimate, se, lo, hi, n``; points, **negative** = the harmed
    party did worse where electronic.
    """
    rows = []
    for definition in p.probed:
        model = p.arrays(definition, DESIGN)
        if model.n < FEWEST:
            continue
        found = Components.of(spatial.distances_km(*spatial.coordinates(model.fips, points)))
        x = np.column_stack([model.regressors, np.ones(model.n)])
        made = found.interval(terms(x, 100 * model.y))
        rows.append([definition, found.movements.shape[1], found.critical, *made, model.n])
    columns = ["definition", "q", "critical", "estimate", "se", "lo", "hi", "n"]
    return pd.DataFrame(rows, columns=columns)


def standard_error(x: Array, residuals: Array, distance: Array, range_km: float) -> float:
    r"""Conley's standard error of the first coefficient, with weights that fall to zero at `range_km`.

    .. math:: (X'X)^{-1} \Big( \sum_{ij} \max(0, 1 - d_{ij}/r)\, x_i e_i e_j x_j' \Big) (X'X)^{-1}

    `x` (units x columns): the treatment first, a constant among the others; `distance` (units x
    units): kilometres; `range_km`: at which places no longer err together; 0: none do (HC0).
    Not a number where the weighted sum is negative.

    References
    ----------
    Conley 1999, doi:10.1016/S0304-4076(98)00084-0.
    """
    near = np.eye(len(x)) if range_km <= 0 else np.clip(1 - distance / range_km, 0, None)
    scores = x * residuals[:, None]
    bread = np.linalg.inv(x.T @ x)
    variance = (bread @ (scores.T @ near @ scores) @ bread)[0, 0]
    return float(np.sqrt(variance)) if variance > 0 else float("nan")


def by_distance(p: Probed, points: pd.DataFrame, ranges: Sequence[float]) -> pd.DataFrame:
    """The county comparison with these errors, by definition and range.

    `points`: where counties lie: ``fips, lat, lon``; `ranges`: kilometres. Returns ``definition,
    km, estimate, se, lo, hi, n``; points, **negative** = the harmed party did worse where
    electronic. Raises InputError: a county without a point.
    """
    rows = []
    for definition in p.probed:
        model = p.arrays(definition, DESIGN)
        distance = spatial.distances_km(*spatial.coordinates(model.fips, points))
        x = np.column_stack([model.regressors, np.ones(model.n)])
        y = 100 * model.y
        estimate, *_ = np.linalg.lstsq(x, y, rcond=None)
        residuals = y - x @ estimate
        half = float(t_quantile(0.975, len(x) - x.shape[1]))
        for km in ranges:
            se, b = standard_error(x, residuals, distance, km), float(estimate[0])
            rows.append([definition, km, b, se, b - half * se, b + half * se, len(x)])
    columns = ["definition", "km", "estimate", "se", "lo", "hi", "n"]
    return pd.DataFrame(rows, columns=columns)


def clustering(
    y: Array, regressors: Array, weights: Array, draws: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Moran's I of the residuals of a regression, against independent normal errors.

    The null is simulated: normal errors go through the same regression, so the test is exact for
    them whatever the design (Cliff and Ord 1981 give the moments). `regressors` (n x k) have no
    constant, k may be 0; `weights` (n x n) are those of :func:`.spatial.neighbour_weights`. Returns
    the index, **positive** = neighbours are left over alike, and the share of `draws` simulated maps
    that are at least as clustered.
    """
    noise = rng.standard_normal((draws, len(y)))
    left = project(regressors).residual(np.column_stack([y, noise.T]))
    index = morans_i(left.T, weights)
    return float(index[0]), float((1 + (index[1:] >= index[0]).sum()) / (1 + draws))


def alike(p: Probed, neighbours: pd.DataFrame, draws: int, seed: int) -> pd.DataFrame:
    """How alike neighbours are in what each model of the comparison leaves over.

    Returns ``definition, controls, moran, p, n``.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for definition, name in product(p.probed, p.sets):
        model = p.arrays(definition, name)
        weights = neighbour_weights(model.fips, neighbours)
        found = clustering(model.y, model.regressors, weights, draws, rng)
        rows.append([definition, name, *found, model.n])
    return pd.DataFrame(rows, columns=["definition", "controls", "moran", "p", "n"])
