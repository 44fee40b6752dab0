"""The same regression without each of its units in turn, and without a refit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sevenpercent.stats.regression.model import prepare
from sevenpercent.stats.regression.projection import ROUNDING


def without_each(
    frame: pd.DataFrame,
    outcome: str,
    treatment: str,
    controls: Sequence[str] = (),
    weights: str | None = None,
    effects: str | None = None,
) -> pd.Series[float]:
    r"""Estimate without each unit of the sample in turn, and without a refit.

    .. math:: \hat\tau_{(i)} = \hat\tau - \frac{\tilde d_i \hat e_i}{(1 - h_i)\,\tilde d'\tilde d}

    with the notation of :mod:`.variance`, :math:`h_i` being the leverage from treatment, controls
    and effects.

    `frame`: one row a unit; other columns as in :func:`~.single.fit`. Returns index of `frame`,
    units used only, in the unit of the outcome. Null where a unit alone determines a coefficient.
    """
    model = prepare(
        frame, outcome, treatment, controls, weights=weights, effects=effects, errors="hc1"
    )
    p, d = model.projection, model.left
    y = p.residual(model.outcome[:, None])[:, 0]
    size = d @ d
    estimate = d @ y / size
    free = 1 - p.leverage() - d**2 / size
    free[free < ROUNDING] = np.nan
    out = pd.Series(estimate - d * (y - estimate * d) / (free * size), index=frame.index[p.rows])
    return out.iloc[np.argsort(p.rows)]
