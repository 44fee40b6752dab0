"""The estimate without one county, or without two: whether it hangs on a few places."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats.regression import project, without
from sevenpercent.stats.sensitivity.arrays import Arrays


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
    if rows.n - size <= rows.regressors.shape[1] + 1:
        raise InputError(f"Too few units: {rows.n} less {size}")
    sets = np.array(list(combinations(range(rows.n), size)))
    estimate, se, df = without(project(rows.z), rows.d, rows.y, sets)
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
