"""What the recounted paper says; units and signs as in :mod:`sevenpercent.stats.validity.paper`."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.tables import Load
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats.designs.paper import changes
from sevenpercent.stats.validity.paper import Recounted
from sevenpercent.stats.validity.score import Drawn
from sevenpercent.stats.witnesses.plants import Where

Answer = Literal["shown", "ruled out", "partly looked", "undecided", "no paper"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)

CARRIES = 50.0
"""Votes per 100 ballots beyond which ballots that nobody compared could not carry a claim."""


class Said(NamedTuple):
    """What the paper says about one size.

    `amount`: the size per 100 ballots that the claim names; `needed`: what ballots that nobody
    compared would have to hold, in votes per 100 of them.
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
    rows = changes(s, load)
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
    # Ballots that nobody compared could hold all of it.
    carried = r.unseen > 0 and amount * r.all_named / r.unseen <= CARRIES
    out_word = 2 if carried else 1
    return np.select([shown, out], [0, out_word], 3).astype(np.int64)


def said(r: Recounted | None, amount: float, at_least: bool) -> Said:
    """What the recount says about harm of so many half margins per 100 named ballots."""
    if r is None:
        return Said("no paper", amount, None)
    word = ANSWERS[int(answers(r.found, amount, at_least, r)[0])]
    return Said(word, amount, amount * r.all_named / r.unseen if word == "partly looked" else None)
