"""Machines dealt out anew, votes left as they are: what estimates chance gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sevenpercent.stats.regression import Array, project, regress


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


def randomization(y: Array, controls: Array, treatments: Array, drawn: Array) -> Randomization:
    """Estimate and t value of every reading, as observed and in each draw.

    Parameters
    ----------
    y : array, n
        Outcome.
    controls : array, n x p
        Without a constant; p may be 0.
    treatments : array, n x readings
        As observed.
    drawn : array, draws x n x readings
        As :func:`sevenpercent.stats.spatial.redraw` or :func:`sevenpercent.stats.spatial.shuffle` gives them.

    Notes
    -----
    The statistic is the HC2 t value with the same controls in every draw (studentised statistics
    stay near their level when variances differ: Chung and Romano 2013, doi:10.1214/13-AOS1090). A
    draw that the controls determine counts as 0 and 0: no estimate, no evidence.
    """
    everything = np.concatenate([treatments[None], drawn])
    fits = regress(
        project(controls),
        y[:, None],
        everything.transpose(1, 0, 2).reshape(len(y), -1),
        "hc2",
    )
    exists = (fits.why == 0) & (fits.se[0] > 0)
    estimate = np.nan_to_num(fits.estimate[0]).reshape(len(everything), -1)
    t = np.zeros(len(exists))
    t[exists] = fits.estimate[0, exists] / fits.se[0, exists]
    t = t.reshape(estimate.shape)
    return Randomization(estimate[0], t[0], estimate[1:], t[1:])


def _slack(t: Array) -> Array:
    """A hair above: draws equal to what was seen count, whatever rounding did to them."""
    out: Array = t + 1e-9 * np.maximum(1.0, np.abs(t))
    return out


def _share(hit: NDArray[np.bool_]) -> Array:
    out: Array = (1 + hit.sum(axis=0)) / (1 + len(hit))
    return out
