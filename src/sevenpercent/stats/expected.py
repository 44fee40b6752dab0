"""What a county's people and place lead one to expect of its vote, its machines left aside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def expected(
    counties: pd.DataFrame, outcome: str, controls: Sequence[str], effects: str | None = None
) -> pd.Series[float]:
    """Fitted values of a regression of `outcome` on `controls` alone, each county counting once.

    Returned in the outcome's unit, on the index of `counties`; missing where a covariate or the
    outcome is, and where fewer counties than terms are known.

    Parameters
    ----------
    counties : DataFrame
        One row a county.
    outcome : str
        Column, in its own unit.
    controls : sequence of str
        Columns of covariates.
    effects : str, optional
        Column whose values have a level of their own.
    """
    levels = pd.get_dummies(counties[effects] if effects else pd.Series(1, counties.index))
    x = np.column_stack([levels.to_numpy(float), counties[list(controls)].to_numpy(float)])
    y = counties[outcome].to_numpy(float)
    known = np.isfinite(x).all(axis=1) & np.isfinite(y)
    fitted = np.full(len(y), np.nan)
    if known.sum() > x.shape[1]:
        found = np.linalg.lstsq(x[known], y[known], rcond=None)[0]
        fitted[known] = x[known] @ found
    return pd.Series(fitted, counties.index)
