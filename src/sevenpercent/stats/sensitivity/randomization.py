"""Machines dealt out anew, votes left as they are: what estimates chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sevenpercent.stats.sensitivity.arrays import Array


@dataclass(frozen=True)
class Randomization:
    """Estimates with and without an effect, for several readings that move together.

    Attributes
    ----------
    estimate, t : array, readings
        As observed: coefficient in the unit of the outcome and its HC2 t value, the statistic.
        **Negative** = lower where electronic.
    drawn, drawn_t : array, draws x readings
        The same with machines dealt out anew.
    """

    estimate: Array
    t: Array
    drawn: Array
    drawn_t: Array

    @property
    def p_lower(self) -> Array:
        """Of each reading, the share of draws at least as negative, the one seen among them."""
        return _share(self.drawn_t <= _slack(self.t))

    @property
    def p_upper(self) -> Array:
        """Of each reading, the share of draws at least as positive."""
        return _share(self.drawn_t >= self.t - (_slack(self.t) - self.t))

    @property
    def p_two_sided(self) -> Array:
        """Twice the smaller of both, at most 1."""
        out: Array = np.minimum(1.0, 2 * np.minimum(self.p_lower, self.p_upper))
        return out

    @property
    def p_joint(self) -> float:
        """Chance that the most negative of all readings is as rare as the one seen.

        Each draw is judged by its rarest reading, so trying many readings costs what it should
        (Westfall and Young 1993).
        """
        all_t = np.vstack([self.t, self.drawn_t])
        ranks = np.empty_like(all_t)
        for j, column in enumerate(all_t.T):
            ranks[:, j] = np.searchsorted(np.sort(column), column, side="right")
        rarest = ranks.min(axis=1)
        return float((rarest <= rarest[0]).mean())


def randomization(y: Array, others: Array, treatments: Array, drawn: Array) -> Randomization:
    """Estimate and t value of every reading, as observed and in each draw.

    Parameters
    ----------
    y : array, n
        Outcome.
    others : array, n x p
        Controls and a constant.
    treatments : array, n x readings
        As observed.
    drawn : array, draws x n x readings
        As :func:`sevenpercent.stats.spatial.redraw` or :func:`sevenpercent.stats.spatial.shuffle` gives them.

    Notes
    -----
    The statistic is the HC2 t value with the same controls in every draw (studentised statistics
    stay near their level when variances differ: Chung and Romano 2013, doi:10.1214/13-AOS1090).
    """
    estimate, t = coefficients(y, others, treatments.T)
    many, many_t = np.empty(drawn.shape[::2]), np.empty(drawn.shape[::2])
    for j in range(drawn.shape[2]):
        many[:, j], many_t[:, j] = coefficients(y, others, drawn[:, :, j])
    return Randomization(estimate, t, many, many_t)


def coefficients(y: Array, others: Array, treatments: Array) -> tuple[Array, Array]:
    """Coefficient and HC2 t value of each row of `treatments`, given the other regressors.

    A row that the other regressors determine gives 0 and 0: no estimate, no evidence.
    """
    q, _ = np.linalg.qr(others)
    left = treatments - (treatments @ q) @ q.T
    rest = y - q @ (q.T @ y)
    size = (left**2).sum(axis=1)
    spread = ((treatments - treatments.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    free: NDArray[np.bool_] = size > 1e-10 * np.where(spread > 0, spread, 1)
    safe = np.where(free, size, 1.0)
    estimate = np.where(free, left @ rest / safe, 0.0)
    error = rest - estimate[:, None] * left
    error *= error
    left *= left
    leverage = (q**2).sum(axis=1) + left / safe[:, None]
    error *= left
    error /= np.maximum(1 - leverage, 1e-12)
    se = np.sqrt(error.sum(axis=1)) / safe
    t = np.divide(estimate, se, out=np.zeros_like(estimate), where=free & (se > 0))
    return estimate, t


def _slack(t: Array) -> Array:
    """A hair above: draws equal to what was seen count, whatever rounding did to them."""
    out: Array = t + 1e-9 * np.maximum(1.0, np.abs(t))
    return out


def _share(hit: NDArray[np.bool_]) -> Array:
    out: Array = (1 + hit.sum(axis=0)) / (1 + len(hit))
    return out
