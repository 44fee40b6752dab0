"""Rows of a county model as arrays: what all probes of one estimate share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats.regression import NoVariation

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Arrays:
    """Complete rows of one model.

    `fips`, `names`: counties, in the order of the rows; `y`, `d` (n): outcome and treatment; `z` (n
    x p): controls, without a constant.
    """

    fips: list[str]
    names: list[str]
    y: Array
    d: Array
    z: Array

    @property
    def n(self) -> int:
        """Counties."""
        return len(self.y)

    @property
    def regressors(self) -> Array:
        """Treatment and controls."""
        return np.column_stack([self.d, self.z])


def arrays(
    frame: pd.DataFrame, outcome: str, treatment: str, controls: Sequence[str] = ()
) -> Arrays:
    """Rows of `frame` with every value of the model.

    Raises
    ------
    NoVariation
        The treatment is the same in all of them.
    InputError
        Unknown column, or fewer rows than the model needs.
    """
    columns = [outcome, treatment, *controls]
    require(frame, columns)
    rows = frame[frame[columns].notna().all(axis=1)]
    if len(rows) <= len(columns) + 1:
        raise InputError(f"Too few units: {len(rows)} for {len(columns)} coefficients")
    if rows[treatment].nunique() < 2:
        raise NoVariation("The treatment does not vary", column=treatment)
    return Arrays(
        fips=[str(x) for x in rows["fips"]],
        names=[str(x) for x in rows["county"]],
        y=rows[outcome].to_numpy(float),
        d=rows[treatment].to_numpy(float),
        z=rows[list(controls)].to_numpy(float).reshape(len(rows), -1),
    )


def is_binary(d: Array) -> bool:
    """Whether a treatment is yes or no rather than a share."""
    return bool(np.isin(d, (0.0, 1.0)).all())
