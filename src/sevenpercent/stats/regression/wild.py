r"""The wild cluster bootstrap: a test and an interval that need few clusters.

Outcomes are made anew under the hypothesis :math:`\tau = \tau_0`: each cluster keeps its residuals
of the regression without the treatment, all times one random sign. How often the t value made so is as far from zero as the observed one is the p value; the
interval holds every :math:`\tau_0` that is not rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sevenpercent.stats.regression.model import prepare
from sevenpercent.stats.regression.projection import Array

TIE = 1e-9
"""t values closer than this share are equal: the draw of all ones gives the observed one."""

LEVEL = 0.05
FAR = 1e6
"""Standard errors from the estimate beyond which nothing is looked for."""

NUMBERS = {
    "wild_p": ("probability", "p value of the wild cluster bootstrap"),
    "wild_lo": ("points", "lower end of its 95 % interval"),
    "wild_hi": ("points", "upper end of its 95 % interval"),
}
"""Unit and label of what is published of it."""


@dataclass(frozen=True)
class Wild:
    """What a wild cluster bootstrap says of one coefficient.

    `p`: two-sided p value of "no difference"; `lo`, `hi`: 95 % interval, in the unit of the
    outcome; infinite where no value is rejected; `draws`: draws of the clusters' weights; `every`:
    whether the draws are all sign vectors that there are, so that nothing is left to chance.
    """

    p: float
    lo: float
    hi: float
    draws: int
    clusters: int
    every: bool

    @property
    def numbers(self) -> dict[str, float]:
        """The same by the names of :data:`NUMBERS`."""
        return {name: getattr(self, name.removeprefix("wild_")) for name in NUMBERS}

    def scaled(self, factor: float) -> Wild:
        """The same in another unit: ``scaled(100)`` gives points from shares."""
        lo, hi = sorted((self.lo * factor, self.hi * factor))
        return replace(self, lo=lo, hi=hi)


def wild(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    weights: str | None = None,
    effects: str | None = None,
    *,
    cluster: str,
    draws: int = 9999,
    seed: int = 0,
) -> Wild:
    r"""Restricted wild cluster bootstrap of a coefficient, studentized by CR1.

    Columns as in :func:`~.single.fit`. Where there are no more sign vectors than draws, each is
    used once. The interval comes from the same draws at every :math:`\tau_0`: both the estimate and
    the terms of its variance are linear in the outcome, so that their products with each draw
    serve all hypotheses.

    `draws`: vectors of signs, if fewer than there are. `seed`: of their random numbers.

    References
    ----------
    Cameron, Gelbach and Miller 2008, doi:10.1162/rest.90.3.414. Roodman, Nielsen, MacKinnon and
    Webb 2019, doi:10.1177/1536867X19830877.
    """
    how = {"weights": weights, "effects": effects, "cluster": cluster}
    model = prepare(frame, outcome, treatment, controls, errors="cr1", **how)
    p, d = model.projection, model.left
    assert p.chunks is not None
    y = p.residual(model.outcome[:, None])[:, 0]
    starts = p.chunks.units
    signs, every = vectors(len(starts), draws, seed)
    draws = signs.shape[1]
    size = float(d @ d)
    basis = np.add.reduceat(p.basis * d[:, None], starts, axis=0)  # clusters x controls
    own = np.add.reduceat(d * d, starts)

    def made(left: Array) -> tuple[Array, Array]:
        """Estimate times `size`, and the clusters' scores, of residuals times each draw."""
        a = np.add.reduceat(d * left, starts)
        b = np.add.reduceat(p.basis * left[:, None], starts, axis=0)
        estimate = a @ signs
        scores = a[:, None] * signs - basis @ (b.T @ signs) - np.outer(own / size, estimate)
        return estimate, scores

    (ny, sy), (nd, sd) = made(y), made(d)
    yy, yd, dd = (s.sum(axis=0) for s in (sy * sy, sy * sd, sd * sd))
    estimate = float(d @ y / size)
    scores = np.add.reduceat(d * (y - estimate * d), starts)
    observed = float(scores @ scores)
    exact = 0 if every else 1

    def p_value(at: float) -> float:
        made_t = (ny - at * nd) ** 2 * observed
        own_t = (size * (estimate - at)) ** 2 * (yy - 2 * at * yd + at**2 * dd)
        far = int((made_t >= own_t * (1 - TIE)).sum())
        return float((far + exact) / (draws + exact))

    step = np.sqrt(observed) / size
    lo, hi = (_end(p_value, estimate, side * step) for side in (-1.0, 1.0))
    return Wild(p_value(0.0), float(lo), float(hi), draws, len(starts), every)


def vectors(clusters: int, draws: int, seed: int) -> tuple[Array, bool]:
    """Signs of the clusters in each draw (clusters x draws), and whether they are all that there are.

    Examples
    --------
    >>> vectors(2, 99, 0)[0]
    array([[-1.,  1., -1.,  1.],
           [-1., -1.,  1.,  1.]])
    """
    if 2**clusters <= draws:
        bits = (np.arange(2**clusters) >> np.arange(clusters)[:, None]) & 1
        return (2 * bits - 1).astype(np.float64), True
    rng = np.random.default_rng(seed)
    return np.array([-1.0, 1.0])[rng.integers(2, size=(clusters, draws))], False


def _end(p_value: Callable[[float], float], estimate: float, step: float) -> float:
    """Where the p value falls below 5 %, going from the estimate in the direction of `step`."""
    inside, far = 0.0, 1.0
    while p_value(estimate + far * step) >= LEVEL:
        inside, far = far, 2 * far
        if far > FAR:
            return float(np.copysign(np.inf, step))
    while far - inside > 1e-12 * far:
        middle = (inside + far) / 2
        inside, far = (
            (middle, far) if p_value(estimate + middle * step) >= LEVEL else (inside, middle)
        )
    return estimate + (inside + far) / 2 * step
