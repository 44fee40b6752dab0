"""Columns of a frame made ready for a regression: which units are used, and what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats.regression.projection import (
    ROUNDING,
    Array,
    Degenerate,
    Projection,
    in_groups,
    project,
)
from sevenpercent.stats.regression.variance import Errors, known_kind


class NoVariation(InputError):  # noqa: N818 - says what is wrong, as users read it
    """The treatment does not vary in the sample beyond the controls: nothing can be tested."""


@dataclass(frozen=True)
class Prepared:
    """One model on one frame.

    `rows`: the frame; `projection`: its ``rows`` are positions in the frame of the units used;
    `left` (used): what the controls leave of the treatment, times the root of the weight.
    """

    rows: pd.DataFrame
    outcome: Array
    treatment: Array
    controls: Array
    projection: Projection
    left: Array

    def label(self, i: int) -> str:
        """Name of the i-th unit of the projection: its county, FIPS code or row label."""
        row = self.projection.rows[i]
        name = next((name for name in ("county", "fips") if name in self.rows), None)
        return str(self.rows.index[row] if name is None else self.rows[name].iloc[row])


def prepare(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    *,
    weights: str | None = None,
    effects: str | None = None,
    cluster: str | None = None,
    errors: Errors = "hc2_bm",
) -> Prepared:
    """Leave out units with an unknown value, and take the controls out of the treatment.

    Arguments as in :func:`~.single.fit`; effects are absorbed unless `errors` are ``hc2_bm``.

    Raises NoVariation: the treatment does not vary in the sample, or the controls determine it;
    InputError: unknown column, a column that is not finite numbers, weights that are not positive,
    controls that determine one another, too few units or clusters.
    """
    known_kind(errors)
    numeric = [outcome, treatment, *controls, *([weights] if weights else [])]
    grouping = [name for name in (effects, cluster) if name is not None]
    require(frame, [*numeric, *grouping])
    if treatment in controls or outcome in (treatment, *controls):
        raise InputError(
            "A column stands twice in the model",
            value=treatment if treatment in controls else outcome,
        )
    values = {name: _numbers(frame, name) for name in numeric}
    groups = {name: codes(frame, name) for name in grouping}
    known = np.asarray(~np.isnan(list(values.values())).any(axis=0))
    for code in groups.values():
        known &= code >= 0
    if effects is not None:
        known = in_groups(groups[effects], known)
    if not known.any():
        raise InputError(
            "No unit has all values of the model", column=", ".join([*numeric, *grouping])
        )
    d = values[treatment]
    if np.ptp(d[known]) == 0:
        why = f"{treatment!r} is {d[known][0]:g} in every unit"
        raise NoVariation(f"This claim cannot be tested here: {why}", column=treatment)
    if weights and (values[weights][known] <= 0).any():
        worst = int(np.where(known, values[weights], np.inf).argmin())
        row, value = frame.index[worst], float(values[weights][worst])
        raise InputError("Weights must be positive", row=row, column=weights, value=value)
    x = np.column_stack([np.empty((len(frame), 0)), *(values[name] for name in controls)])
    weight = values[weights] if weights else None
    within, apart = (groups[name] if name else None for name in (effects, cluster))
    try:
        p = project(x, weight, within, apart, known, absorb=errors != "hc2_bm")
    except Degenerate as refusal:
        if refusal.which is None:
            raise
        problem = "The other controls or the effects determine this control"
        raise InputError(problem, column=controls[refusal.which], fix="Leave it out.") from None
    left = p.residual(d[:, None])[:, 0]
    own = p.scaled(d[:, None])[:, 0]
    if left @ left <= ROUNDING * ((own - own.mean()) ** 2).sum():
        why = f"the controls determine {treatment!r}"
        raise NoVariation(f"This claim cannot be tested here: {why}", column=treatment)
    return Prepared(frame, values[outcome], d, x, p, left)


def codes(frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """Number of each unit's group, -1 where unknown."""
    return pd.factorize(frame[column])[0].astype(np.int64)


def _numbers(rows: pd.DataFrame, name: str) -> Array:
    try:
        out: Array = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError("The column does not hold numbers", column=name) from error
    if np.isinf(out).any():
        problem = "The column holds an infinite value"
        raise InputError(problem, row=rows.index[int(np.isinf(out).argmax())], column=name)
    return out
