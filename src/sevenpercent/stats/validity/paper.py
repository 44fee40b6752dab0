"""The recount, drawn again: what paper shows when machines did nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity.score import Drawn


@dataclass(frozen=True)
class Paper:
    """Recounted units, county by county.

    Attributes
    ----------
    changed : array, counties
        Half margins that the recount changed, less what the average ballot changed.
    ballots : array, counties
        Recounted electronic ballots; 0 where none were recounted.
    """

    changed: Array
    ballots: Array

    @classmethod
    def of(cls, units: pd.DataFrame, counties: pd.Series[str]) -> Paper:
        """From :func:`sevenpercent.stats.municipal.recounted_units`, in the order of `counties`."""
        sums = units.groupby("fips")[["half_margin", "ballots_dre"]].sum()
        sums = sums.reindex(list(counties)).fillna(0.0)
        changed, ballots = sums["half_margin"].to_numpy(), sums["ballots_dre"].to_numpy()
        if (ballots > 0).sum() < 2:
            raise InputError("Paper of at least two counties is needed", column="ballots_dre")
        return cls(changed - ballots * changed.sum() / ballots.sum(), ballots)

    def drawn(self, signs: Array) -> Drawn:
        """Estimates per 100 ballots as :func:`sevenpercent.stats.designs.per_ballot` makes them.

        Parameters
        ----------
        signs : array, counties x draws
            Signs of what the recount changed by error alone.
        """
        own = self.ballots > 0
        b = self.ballots[own][:, None]
        a = (signs * self.changed[:, None])[own]
        total, whole = a.sum(axis=0), float(b.sum())
        estimate = 100 * total / whole
        left_out = 100 * (total - a) / (whole - b)
        se = np.sqrt(((left_out - estimate) ** 2).sum(axis=0))
        return Drawn(estimate, se, float(own.sum() - 1))
