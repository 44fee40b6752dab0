r"""Spatial correlation principal components: an interval that allows for correlation among near places.

After Müller and Watson: the mean of a variable known at places :math:`s_i` is put over the size of its
:math:`q` most spatial movements, and the critical value is such that no correlation
:math:`e^{-c |s_i - s_j|}` at least as local as the one assumed at worst rejects more often than it should.
A coefficient is the mean of the terms that add up to it. Beside other errors, never in their place.

References
----------
Müller and Watson 2022, doi:10.3982/ECTA19465; 2023, doi:10.1080/07350015.2022.2116025.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln

from sevenpercent.errors import InputError
from sevenpercent.stats import spatial
from sevenpercent.stats.sensitivity.county import DESIGN, Probed

Array = NDArray[np.float64]

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
    out: Array = np.exp(np.linspace(float(first), float(last), STEPS))
    return out


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
