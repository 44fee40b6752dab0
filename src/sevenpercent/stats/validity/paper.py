"""The recount, drawn again: changes on the ballots of a claim, beyond those on other paper.

Half margins are original minus recount, **negative** = the first count had given the harmed party
less than the paper did; per 100 ballots. Sizes of harm are positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity.score import Drawn


@dataclass(frozen=True)
class Recounted:
    r"""Ballots compared with their paper, by county (all arrays of one length).

    With :math:`y` the half margins, :math:`B` all ballots and :math:`N` those that the claim names,
    in the units that have such ballots, and :math:`r` the half margins per ballot of the units that
    have none, the change beyond that on other paper is :math:`(y - r B) / N`.

    `changed`, `ballots`, `named`: half margins, all ballots, and named ballots, of units that have
    named ballots; `other_changed`, `other`: half margins and ballots of the units that have none;
    `all_named`, `unseen`: ballots that the claim names, and those of them that nobody compared with
    paper.
    """

    changed: Array
    ballots: Array
    named: Array
    other_changed: Array
    other: Array
    all_named: float
    unseen: float

    @classmethod
    def of(cls, units: pd.DataFrame) -> Recounted:
        """From units with ``fips``, ``ballots``, ``named``, ``compared`` and ``half_margin``.

        Raises InputError: paper of fewer than two counties was compared.
        """
        own = units[units["compared"] & (units["ballots"] > 0)]
        on = own["named"] > 0
        sums = [
            part.groupby("fips")[["half_margin", "ballots", "named"]].sum()
            for part in (own[on], own[~on])
        ]
        if len(sums[0]) < 2:
            raise InputError("Paper of at least two counties is needed", column="fips")
        places = sorted({*sums[0].index, *sums[1].index})
        x, o = (part.reindex(places).fillna(0.0).to_numpy(float).T for part in sums)
        every = float(units["named"].sum())
        return cls(x[0], x[1], x[2], o[0], o[1], every, every - float(x[2].sum()))

    @classmethod
    def on_machines(cls, units: pd.DataFrame, counties: pd.Series[str]) -> Recounted:
        """From :func:`sevenpercent.stats.recount.on_machines`, in the order of `counties`; no other paper.

        Raises InputError: paper of fewer than two counties was compared.
        """
        sums = units.groupby("fips")[["half_margin", "ballots_dre"]].sum()
        y, b = sums.reindex(list(counties)).fillna(0.0).to_numpy(float).T
        if (b > 0).sum() < 2:
            raise InputError("Paper of at least two counties is needed", column="ballots_dre")
        return cls(y, b, b, np.zeros_like(y), np.zeros_like(b), float(b.sum()), 0.0)

    @property
    def found(self) -> Drawn:
        """The change on named ballots beyond that on others, as a single draw."""
        return self._fit(self.changed[:, None], self.other_changed[:, None])

    def drawn(self, signs: Array, harm: Array | float) -> Drawn:
        """The same with errors whose sign is drawn by county, and harm per 100 named ballots there.

        `harm` (counties x draws, or float): half margins taken from 100 named ballots (positive).
        """
        rate = _over(self.other_changed.sum(), self.other.sum())
        own = float(self.found.estimate[0]) / 100
        left = self.changed - rate * self.ballots - own * self.named
        rest = self.other_changed - rate * self.other
        taken = np.asarray(harm, float) / 100 * self.named[:, None]
        return self._fit(left[:, None] * signs - taken, rest[:, None] * signs)

    def _fit(self, changed: Array, other: Array) -> Drawn:
        def beyond(
            changed: Array, other: Array, ballots: Array, named: Array, rest: Array
        ) -> Array:
            return 100 * (changed - _over(other, rest) * ballots) / named

        parts = [self.ballots[:, None], self.named[:, None], self.other[:, None]]
        whole = [part.sum(axis=0) for part in parts]
        y, z = changed.sum(axis=0), other.sum(axis=0)
        estimate = beyond(y, z, *whole)
        less = [all_ - part for all_, part in zip(whole, parts, strict=True)]
        spread = beyond(y - changed, z - other, *less) - estimate
        clusters = int((self.named > 0).sum())
        return Drawn(estimate, np.sqrt((spread**2).sum(axis=0)), float(clusters - 1))


def _over(part: Array, whole: Array) -> Array:
    # Without other paper the rate is taken as 0.
    return part / np.where(whole > 0, whole, np.inf)
