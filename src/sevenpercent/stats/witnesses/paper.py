"""What the recounted paper says: changes on the ballots of a claim, beyond those on other paper.

Half margins are original minus recount, **negative** = the first count had given the harmed party
less than the paper did; per 100 ballots. Sizes of harm are positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import recount
from sevenpercent.stats.designs.design import Load
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity.score import Drawn
from sevenpercent.stats.witnesses.plants import Where

Answer = Literal["shown", "ruled out", "partly looked", "undecided", "no paper"]
ANSWERS: tuple[Answer, ...] = ("shown", "ruled out", "partly looked", "undecided", "no paper")

CARRIES = 50.0
"""Votes per 100 ballots beyond which ballots that nobody compared could not carry a claim."""


@dataclass(frozen=True)
class Recounted:
    r"""Ballots compared with their paper, by county (all arrays of one length).

    With :math:`y` the half margins, :math:`B` all ballots and :math:`N` those that the claim names,
    in the units that have such ballots, and :math:`r` the half margins per ballot of the units that
    have none, the change beyond that on other paper is :math:`(y - r B) / N`.

    Attributes
    ----------
    changed, ballots, named : array
        Half margins, all ballots, and named ballots, of units that have named ballots.
    other_changed, other : array
        Half margins and ballots of the units that have none.
    all_named, unseen : float
        Ballots that the claim names, and those of them that nobody compared with paper.
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

        Raises
        ------
        InputError
            Paper of fewer than two counties was compared.
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

    @property
    def found(self) -> Drawn:
        """The change on named ballots beyond that on others, as a single draw."""
        return self._fit(self.changed[:, None], self.other_changed[:, None])

    def drawn(self, signs: Array, harm: Array | float) -> Drawn:
        """The same with errors whose sign is drawn by county, and harm per 100 named ballots there.

        Parameters
        ----------
        signs : array, counties x draws
        harm : array, counties x draws, or float
            Half margins taken from 100 named ballots (positive).
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
            out: Array = 100 * (changed - _over(other, rest) * ballots) / named
            return out

        parts = [self.ballots[:, None], self.named[:, None], self.other[:, None]]
        whole = [part.sum(axis=0) for part in parts]
        y, z = changed.sum(axis=0), other.sum(axis=0)
        estimate = beyond(y, z, *whole)
        less = [all_ - part for all_, part in zip(whole, parts, strict=True)]
        spread = beyond(y - changed, z - other, *less) - estimate
        clusters = int((self.named > 0).sum())
        return Drawn(estimate, np.sqrt((spread**2).sum(axis=0)), float(clusters - 1))


def _over(part: Array, whole: Array) -> Array:
    out: Array = part / np.where(
        whole > 0, whole, np.inf
    )  # without other paper the rate is taken as 0
    return out


class Said(NamedTuple):
    """What the paper says about one size.

    Attributes
    ----------
    answer : str
    amount : float
        The size per 100 ballots that the claim names.
    needed : float or None
        What ballots that nobody compared would have to hold, in votes per 100 of them.
    """

    answer: Answer
    amount: float
    needed: float | None


def units(s: Scenario, load: Load, where: Where, counties: pd.DataFrame) -> pd.DataFrame | None:
    """Reporting units with the ballots that a claim names; None without a recount.

    Where it names the machines' own ballots, all were compared: they are recounted from their paper
    record. Where it names every ballot of electronic counties, scanned ballots were compared where
    the units were planned to be counted by hand.
    """
    if not s.tables.units or s.designs is None:
        return None
    municipalities = load(str(s.tables.municipalities)) if s.tables.municipalities else None
    rows = recount.changes(
        load(str(s.tables.units)),
        municipalities,
        harmed=s.parties.harmed.party,
        favoured=s.parties.favoured.party,
    )
    machine = rows["ballots_dre"].fillna(0.0).where(rows["owns_dre"], 0.0)
    ballots = rows[["votes"]].assign(m=machine).max(axis=1)
    named, compared = machine, pd.Series(True, index=rows.index)
    if where == "places":
        d = counties.set_index("fips")[s.designs.counties.treatment]
        named = rows["fips"].map(d).fillna(0.0) * ballots
        compared = (rows["method"] == s.designs.hand_method) | (machine >= ballots)
    return rows.assign(ballots=ballots, named=named, compared=compared)


def answers(d: Drawn, amount: float, at_least: bool, r: Recounted) -> NDArray[np.int64]:
    """What the paper says, draw by draw, by place in :data:`ANSWERS`.

    *At least so much* is shown when the near end of the 95 % interval reaches it, *about so much*
    when the interval is harmful and reaches it. An interval short of it rules it out, unless
    ballots that nobody compared could carry it all.
    """
    half = d.quantile(0.975) * d.se
    near, far = -(d.estimate + half), -(d.estimate - half)
    shown = (near > 0) & (near >= amount) if at_least else (near > 0) & (far >= amount)
    out = far < amount
    out_word = 2 if could_carry(amount, r) else 1
    return np.select([shown, out], [0, out_word], 3).astype(np.int64)


def could_carry(amount: float, r: Recounted) -> bool:
    """Whether ballots that nobody compared could hold all of it."""
    return r.unseen > 0 and amount * r.all_named / r.unseen <= CARRIES


def said(r: Recounted | None, amount: float, at_least: bool) -> Said:
    """What the recount says about harm of so many half margins per 100 named ballots."""
    if r is None:
        return Said("no paper", amount, None)
    word = ANSWERS[int(answers(r.found, amount, at_least, r)[0])]
    return Said(word, amount, amount * r.all_named / r.unseen if word == "partly looked" else None)
