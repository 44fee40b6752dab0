"""Two witnesses on harm that a claim names: what the counts say, and what the recounted paper says.

Modules: ``innocent`` (each comparison and definition in elections without harm, errors widened until
few of them are blamed), ``plants`` (the harm, planted), ``counts`` (who may speak, and what is said),
``paper`` (the recount). One verdict is made of both in :mod:`sevenpercent.claims.witnesses`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model import places
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import designs
from sevenpercent.stats.designs import county
from sevenpercent.stats.designs.design import Load
from sevenpercent.stats.designs.sizes import per_ballot
from sevenpercent.stats.validity.score import Drawn
from sevenpercent.stats.witnesses import counts, innocent, paper, plants
from sevenpercent.stats.witnesses.innocent import Method
from sevenpercent.stats.witnesses.paper import Recounted
from sevenpercent.stats.witnesses.plants import Plant, Where

__all__ = ["Witnesses", "call", "elsewhere"]


@dataclass(frozen=True)
class Witnesses:
    """Who may speak in one state, before anyone has looked at its outcome.

    Attributes
    ----------
    s : Scenario
    load : callable
    counties : DataFrame
        One row a county.
    methods : list of Method
    cells : DataFrame
        As :func:`.counts.cells` gives them, all sizes of the scenario.
    share : str or None
        Column of counties with the machines' share of ballots.
    recounts : dict
        The recount, for claims about all ballots of places and about the machines' own; None
        where there was none.
    """

    s: Scenario
    load: Load
    counties: pd.DataFrame
    methods: list[Method]
    cells: pd.DataFrame
    share: str | None
    recounts: dict[Where, Recounted | None]

    def heard(self) -> pd.DataFrame:
        """What each cell says of the election in question; see :func:`.counts.heard`."""
        said, same = {}, {}
        for m in self.methods:
            said[m.key] = _single(m)
            if m.design.key == county.DESIGN.key:
                same[m.key] = _placebos(self.s, m, self.load)
        return counts.heard(self.cells, said, {k: d for k, d in same.items() if len(d.se)})

    def on_paper(self, plant: Plant, r: Recounted) -> float:
        """A harm in half margins per 100 ballots that the claim names (positive)."""
        if plant.declared.amount in plants.LITERAL:
            return plant.times * self.s.claim.percent  # so many points of these very ballots
        lead = next(m for m in self.methods if m.design.key == county.DESIGN.key)
        spread = replace(plant, pattern="spread", definition=None)
        missing = float(plants.struck(spread, self.s, lead, self.counties).sum())
        return per_ballot(missing, r.all_named, plant.declared.how)

    def recounted(self, size: str) -> paper.Said:
        """What the paper says about a size; a claim open between patterns has one total."""
        plant = plants.plants(self.s, size, self.share)[0]
        r = self.recounts[plant.where]
        return paper.said(r, self.on_paper(plant, r) if r else 0.0, plant.at_least)


def call(
    s: Scenario,
    load: Load,
    frames: designs.Frames,
    *,
    sizes: Sequence[str] | None = None,
    draws: int = innocent.DRAWS,
) -> Witnesses:
    """Find out who may speak about each size of harm.

    Parameters
    ----------
    s : Scenario
    load : callable
        Table by name.
    frames : mapping
        Frame of each design; of the county design alone for a state beside the focus.
    sizes : sequence of str, optional
        All that the scenario declares by default.
    draws : int
        Reassignments of the machines.
    """
    assert s.designs is not None
    counties = frames["p1"]
    found = innocent.methods(s, frames, load, draws)
    share = plants.share_of_ballots(s, counties)
    every = [p for size in sizes or s.designs.sizes for p in plants.plants(s, size, share)]
    table = counts.cells(s, found, every, counties)
    recounts: dict[Where, Recounted | None] = {"places": None, "ballots": None}
    if "p4" in frames:
        for where in recounts:
            units = paper.units(s, load, where, counties)
            recounts[where] = None if units is None else _recounted(units)
    return Witnesses(s, load, counties, found, table, share, recounts)


def elsewhere(s: Scenario, load: Load, **how: object) -> dict[str, Witnesses]:
    """The same in the other states of the claim: counties alone, and no paper."""
    out = {}
    for state, (frame, spec) in county.elsewhere(s, load).items():
        assert s.designs is not None
        own = s.designs.model_copy(update={"counties": spec})
        there = s.model_copy(update={"designs": own})
        out[state] = call(there, load, {"p1": frame}, **how)  # type: ignore[arg-type]
    return out


def _single(m: Method) -> Drawn:
    e = m.design.fit(m.frame, m.spec)
    return Drawn(np.array([e.estimate]), np.array([e.se]), float(e.df))


def _placebos(s: Scenario, m: Method, load: Load) -> Drawn:
    """The same definition with earlier elections in place of this one."""
    place = innocent.state_of(m.frame)
    fits = []
    for _, year, before in county.pairs(m.spec.placebos, s.prior_year):
        frame = places.election(s, load, place, year, before)
        lacks = m.definition not in frame  # a list as printed, beside the corrected one
        own = frame.merge(m.frame[["fips", m.definition]], on="fips") if lacks else frame
        try:
            fits.append(m.design.fit(own, m.spec))
        except InputError:
            continue
    parts = ([getattr(e, name) for e in fits] for name in ("estimate", "se", "df"))
    return Drawn(*(np.array(part, dtype=float) for part in parts))


def _recounted(units: pd.DataFrame) -> Recounted | None:
    try:
        return Recounted.of(units)
    except InputError:
        return None
