"""The estimate without one county, or without two: whether it hangs on a few places."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.stats.sensitivity.arrays import Array, Arrays

SINGULAR = 1e-10
"""Diagonal of a triangular factor, relative to its largest, below which nothing is left."""


def leave_out(rows: Arrays, size: int = 1) -> pd.DataFrame:
    """Fit again without every set of `size` counties (HC2, Bell-McCaffrey).

    Parameters
    ----------
    rows : Arrays
        The model.
    size : int
        Counties left out at a time, 1 or 2.

    Returns
    -------
    DataFrame
        One row per set, from the lowest estimate to the highest: ``without`` (their names),
        ``estimate, se, df, lo, hi`` in the unit of the outcome. **Negative** = lower where
        electronic. Null where the treatment no longer varies beyond the controls; the error alone
        is null where one county determines a coefficient.

    Raises
    ------
    InputError
        Another size, or too few counties.
    """
    if size not in (1, 2):
        raise InputError("One county is left out, or two", value=size)
    if rows.n - size <= rows.design.shape[1]:
        raise InputError(f"Too few units: {rows.n} less {size}")
    sets = np.array(list(combinations(range(rows.n), size)))
    keep = np.ones((len(sets), rows.n), dtype=bool)
    keep[np.arange(len(sets))[:, None], sets] = False
    order = np.nonzero(keep)[1].reshape(len(sets), rows.n - size)
    estimate, se, df = _fits(rows.design[order], rows.y[order])
    from scipy.special import stdtrit

    half = stdtrit(df, 0.975) * se
    out = pd.DataFrame(
        {
            "without": [" and ".join(rows.names[i] for i in chosen) for chosen in sets],
            "estimate": estimate,
            "se": se,
            "df": df,
            "lo": estimate - half,
            "hi": estimate + half,
        }
    )
    return out.sort_values(["estimate", "without"], ignore_index=True)


def _fits(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """First coefficient, its HC2 error and Bell-McCaffrey df, of a stack of regressions."""
    q, r = np.linalg.qr(x)
    diagonal = np.abs(np.diagonal(r, axis1=1, axis2=2))
    whole: NDArray[np.bool_] = diagonal.min(axis=1) > SINGULAR * diagonal.max(axis=1)
    out = np.full((3, len(x)), np.nan)
    q, r, y = q[whole], r[whole], y[whole]
    first = np.zeros((len(r), r.shape[2], 1))
    first[:, 0] = 1.0
    a = (q @ np.linalg.solve(np.swapaxes(r, 1, 2), first))[..., 0]
    fitted = (q @ (np.swapaxes(q, 1, 2) @ y[..., None]))[..., 0]
    free = 1 - (q**2).sum(axis=2)
    # A unit that alone determines a coefficient has no HC2 error: null, the estimate stays.
    g = a**2 / np.where(free > SINGULAR, free, np.nan)
    trace = (a**2).sum(axis=1)
    inner = np.swapaxes(q, 1, 2) @ (q * g[..., None])
    square = (g**2 * (1 - 2 * (1 - free))).sum(axis=1) + (inner**2).sum(axis=(1, 2))
    out[0, whole] = (a * y).sum(axis=1)
    out[1, whole] = np.sqrt(((y - fitted) ** 2 * g).sum(axis=1))
    out[2, whole] = trace**2 / square
    return out[0], out[1], out[2]
