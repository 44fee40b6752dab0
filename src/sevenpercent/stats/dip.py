"""The dip: how far a distribution is from every distribution with a single hump."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


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
