"""How often a test or an interval is right over many draws, with what so many draws can tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from sevenpercent.stats import decisions
from sevenpercent.stats.regression import Array

Z95 = 1.959963984540054
"""Of the 95 % interval of a share of draws."""


def rate(hits: NDArray[np.bool_], name: str) -> dict[str, float]:
    """Share of draws in which something happened, under `name`.

    Its 95 % interval (Wilson 1927, doi:10.2307/2276774) is under that name with ``_lo`` and ``_hi``.
    """
    n, p = len(hits), float(hits.mean())
    centre = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 / (1 + Z95**2 / n) * np.sqrt(p * (1 - p) / n + Z95**2 / (4 * n**2))
    lo, hi = max(0.0, float(centre - half)), min(1.0, float(centre + half))
    return {name: p, f"{name}_lo": lo, f"{name}_hi": hi}


@dataclass(frozen=True)
class Drawn:
    """Estimates of one design over draws, **negative** = harm, in points."""

    estimate: Array
    se: Array
    df: Array | float

    @classmethod
    def of(cls, parts: tuple[Array, Array], df: float) -> Drawn:
        """From estimates and the terms of their variances (see ``linear``)."""
        estimate, terms = parts
        return cls(estimate, np.sqrt(np.einsum("jd,jd->d", terms, terms)), df)

    def quantile(self, probability: float) -> Array:
        """Of the t distribution behind tests and intervals."""
        return np.asarray(stdtrit(self.df, probability), dtype=np.float64)

    @property
    def rejects(self) -> NDArray[np.bool_]:
        """Whether the two-sided 5 % test says "not zero"."""
        return np.abs(self.estimate) > self.quantile(0.975) * self.se

    @property
    def harm(self) -> NDArray[np.bool_]:
        """Whether the one-sided 5 % test says "harm"."""
        return self.estimate < -self.quantile(0.95) * self.se

    @property
    def gain(self) -> NDArray[np.bool_]:
        """Whether the one-sided 5 % test says "the opposite of harm"."""
        return self.estimate > self.quantile(0.95) * self.se

    @property
    def found(self) -> NDArray[np.bool_]:
        """Whether the two-sided 5 % test finds harm."""
        return self.rejects & (self.estimate < 0)

    def covers(self, truth: Array | float) -> NDArray[np.bool_]:
        """Whether the 95 % interval holds the truth."""
        return np.abs(self.estimate - truth) <= self.quantile(0.975) * self.se

    def excludes(self, size: Array | float) -> NDArray[np.bool_]:
        """Whether the one-sided 95 % bound excludes harm of that size (positive)."""
        return np.asarray(decisions.excludes(self.estimate, self.se, self.df, size))
