"""Two witnesses on harm that a claim names: what the counts say, and what the recounted paper says.

Modules: ``innocent`` (each comparison and definition in elections without harm, errors widened until
few of them are blamed), ``plants`` (the harm, planted), ``counts`` (who may speak, and what is said),
``paper`` (the recount). One verdict is made of both in :mod:`sevenpercent.claims.witnesses`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError
from sevenpercent.model import places
from sevenpercent.model.frames import lead as lead_of
from sevenpercent.model.scenario import NATION, Scenario, Size
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.stats import designs
from sevenpercent.stats.designs import county, sizes
from sevenpercent.stats.designs.sizes import per_ballot
from sevenpercent.stats.validity.paper import Recounted
from sevenpercent.stats.validity.score import Drawn
from sevenpercent.stats.witnesses import counts, innocent, paper, plants
from sevenpercent.stats.witnesses.counts import against
from sevenpercent.stats.witnesses.innocent import Method
from sevenpercent.stats.witnesses.plants import Plant, Where

__all__ = ["Witnesses", "against", "answers", "call", "elsewhere", "everywhere", "numbers"]


@dataclass(frozen=True)
class Witnesses:
    """Who may speak in one state, before anyone has looked at its outcome.

    `counties`: one row a county; `cells`: as :func:`.counts.cells` gives them, all sizes of the
    scenario; `share`: column of counties with the machines' share of ballots; `recounts`: the
    recount, for claims about all ballots of places and about the machines' own; None where there
    was none.
    """

    s: Scenario
    load: Load
    counties: pd.DataFrame
    methods: list[Method]
    cells: pd.DataFrame
    share: str | None
    recounts: dict[Where, Recounted | None]

    def heard(self) -> pd.DataFrame:
        """What each cell says of the election in question (:func:`.counts.heard`), with a ``label``."""
        said = {}
        for m in self.methods:
            e = m.design.fit(m.frame, m.spec)
            said[m.key] = Drawn(np.array([e.estimate]), np.array([e.se]), float(e.df))
        lead = [m for m in self.methods if m.design.by_county]
        same = _placebos(self.s, lead, self.load)
        made = counts.heard(self.cells, said, {k: d for k, d in same.items() if len(d.se)})
        return made.assign(label=[label_of(self.s, name) for name in made["definition"]])

    def on_paper(self, plant: Plant, r: Recounted) -> float:
        """A harm in half margins per 100 ballots that the claim names (positive)."""
        lead = next(m for m in self.methods if m.design.by_county)
        spread = replace(plant, pattern="spread", definition=None)
        missing = float(plants.struck(spread, self.s, lead, self.counties).sum())
        return per_ballot(missing, r.all_named, plant.declared.how)

    def recounted(self, size: str) -> paper.Said:
        """What the paper says about a size; a claim open between patterns has one total."""
        plant = plants.plants(self.s, size, self.share)[0]
        r = self.recounts[plant.on_paper]
        said = paper.said(r, self.on_paper(plant, r) if r else 0.0, plant.at_least)
        if said.needed and plant.declared.how == "deleted":  # a vote is half a margin's half
            return said._replace(needed=2 * said.needed)
        return said


def call(
    s: Scenario, load: Load, frames: designs.Frames, *, draws: int = innocent.DRAWS
) -> Witnesses:
    """Find out who may speak about each size of harm.

    `load`: table by name; `frames`: frame of each design; of the county design alone for a state
    beside the focus; `draws`: reassignments of the machines.
    """
    assert s.designs is not None
    counties = frames[county.DESIGN.key]
    dose = s.sensitivity.dose
    lead = lead_of(counties)
    share = dose if dose in counties and (counties[dose] > 0).any() else None
    every = [
        p
        for name, size in s.designs.sizes.items()
        if not settled(s, counties, size) and (size.amount != "decisive" or lead is not None)
        for p in plants.plants(s, name, share)
    ]
    found = innocent.methods(s, frames, load, {p.pattern for p in every}, draws)
    table = counts.cells(s, found, every, counties)
    recounts: dict[Where, Recounted | None] = {"places": None, "ballots": None}
    if designs.paper.DESIGN.key in frames:
        for where in recounts:
            units = paper.units(s, load, where, counties)
            with suppress(InputError):  # too little of it was compared
                recounts[where] = None if units is None else Recounted.of(units)
    return Witnesses(s, load, counties, found, table, share, recounts)


def elsewhere(s: Scenario, load: Load) -> dict[str, Witnesses]:
    """The same in the other states of the claim: counties alone, and no paper."""
    out = {}
    for state, (frame, spec) in county.elsewhere(s, load).items():
        assert s.designs is not None
        own = s.designs.model_copy(update={"counties": spec})
        there = s.model_copy(update={"designs": own})
        out[state] = call(there, load, designs.on_counties(frame))
    return out


def settled(s: Scenario, counties: pd.DataFrame, size: Size) -> dict[str, str]:
    """What settles harm of a size before any comparison; empty where nothing does.

    ``won``: the harmed candidate, who won, so that nothing changed the winner; ``there``: the votes
    for the other side where the machines are, by the widest definition, where they are fewer than
    would have had to be switched.
    """
    lead = lead_of(counties)
    if size.amount != "decisive" or s.focus == NATION or lead is None:
        return {}
    if lead < 0:
        return {"won": s.parties.harmed.candidate}
    asked = s.designs.counties.treatment if s.designs else s.treatment.primary
    names = [d for d in s.treatment.meanings(asked) if d in counties]
    by_each = counties[names].fillna(1.0).mul(counties["favoured"], axis=0).sum()
    there = float(by_each.max()) if names else np.inf
    if size.how == "switched" and there < sizes.decisive(lead, size.how):
        return {"there": f"{there:,.0f} votes for {s.parties.favoured.candidate}"}
    return {}


def answers(w: Witnesses, heard: pd.DataFrame, place: str) -> pd.DataFrame:
    """What both witnesses say about each size of harm in one state.

    Returns ``place, size, label``; ``counts`` (answer) and the numbers of :class:`.counts.Heard`
    (``flips`` joined by semicolons); ``paper`` (answer), ``amount`` (the size per 100 ballots that
    it names) and ``needed`` (see :class:`.paper.Said`); ``won`` and ``there`` (see :func:`settled`).
    """
    assert w.s.designs is not None
    rows: list[dict[str, object]] = []
    for name, size in w.s.designs.sizes.items():
        own, known = heard[heard["size"] == name], settled(w.s, w.counties, size)
        if own.empty:  # it is settled, or no table says which ballots these are
            row = {**_nothing(w.s, place, name), **known}
            if "there" in known:
                seen = w.recounted(name)
                row |= {"counts": "ruled out", "paper": seen.answer, "needed": seen.needed}
            rows.append(row)
            continue
        said, seen = counts.together(own), w.recounted(name)
        flips = "; ".join(_way(w.s, said.by, x) for x in said.flips)
        n = {name: getattr(said, name) for name in counts.NUMBERS}
        told = {"counts": said.answer, **n, "flips": flips, "paper": seen.answer}
        told |= {"amount": seen.amount, "needed": seen.needed}
        rows.append({**_nothing(w.s, place, name), **told})
    return pd.DataFrame(rows, columns=COLUMNS)


def everywhere(s: Scenario, called: Mapping[str, Witnesses]) -> pd.DataFrame:
    """:func:`answers` in the other states of the claim."""
    found = [
        answers(w, w.heard(), state) if (w := called.get(state)) else untestable(s, state)
        for state in s.states
        if state != s.focus
    ]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def untestable(s: Scenario, place: str) -> pd.DataFrame:
    """The same for a state in which no comparison is possible."""
    assert s.designs is not None
    rows = [_nothing(s, place, name) for name in s.designs.sizes]
    return pd.DataFrame(rows, columns=COLUMNS)


def _nothing(s: Scenario, place: str, size: str) -> dict[str, object]:
    assert s.designs is not None
    numbers = {**dict.fromkeys(counts.NUMBERS, 0), "mute": 1}
    return {"place": place, "size": size, "label": sizes.label(s, s.designs.sizes[size]),
            "counts": "cannot tell", **numbers, "flips": "", "paper": "no paper", "amount": 0.0,
            "needed": None, "won": "", "there": ""}  # fmt: skip


def label_of(s: Scenario, definition: str) -> str:
    """A definition in words."""
    known = s.treatment.readings.get(definition)
    return known.label if known else str(Vocabulary(s).definition(definition).words)


def _way(s: Scenario, by: str, name: str) -> str:
    """A definition, a pattern or a design in words."""
    if by == "design":
        return str(designs.ALL[name].name)
    return PATTERNS[name] if by == "pattern" else label_of(s, name)


PATTERNS = {
    "spread": "harm that is everywhere alike",
    "fifth": "harm that is all in a fifth of the counties",
}
"""Patterns of harm in words."""

COLUMNS = ["place", "size", "label", "counts", "speak", "rule_out", "smaller", "show", "silent"]
COLUMNS += ["kinds", "untried", "mute", "astray", "even", "flips", "paper", "amount", "needed"]
COLUMNS += ["won", "there"]

UNITS = {
    "speak": ("comparisons", "could have seen it, and may speak"),
    "rule_out": ("comparisons", "rule it out"),
    "smaller": ("comparisons", "rule it out, but see a smaller effect"),
    "show": ("comparisons", "show it"),
    "kinds": ("designs", "that these comparisons are of"),
    "silent": ("comparisons", "could not have seen it"),
    "untried": ("comparisons", "could not be tried, in too few places"),
    "mute": ("variants", "ways to do it that no comparison could have seen"),
    "astray": ("variants", "ways that all could clear where the leading definition is meant"),
    "even": ("variants", "ways, spread over all places, that no comparison could have seen"),
    "flips": ("", "definitions, or ways to do it, that say otherwise"),
    "paper": ("", "what the recounted paper says"),
    "needed": ("votes per 100 ballots", "what ballots that nobody compared would have to hold"),
    "won": ("", "the harmed candidate, who won"),
    "there": ("", "votes for the other side where the machines are, too few to be switched"),
}
"""Unit and label of what is published of :func:`answers`."""

SELDOM = ("smaller", "show", "kinds", "untried", "mute", "astray", "even")
"""Counts that are published where they are not zero."""


def numbers(answers: pd.DataFrame, when: str = "") -> pd.DataFrame:
    """The same as rows to publish: ``designs.witness.<place>.<size>.<part>``; of :data:`SELDOM`, what is not zero."""
    rows = []
    for a in answers.to_dict("records"):
        stem = f"designs.witness.{str(a['place']).lower()}.{a['size']}{when and '.' + when}"
        for part, (unit, label) in UNITS.items():
            if pd.isna(a[part]) or a[part] == "" or (part in SELDOM and not a[part]):
                continue
            rows.append([f"{stem}.{part}", a[part], unit, f"{label}: {a['label']}"])
    return pd.DataFrame(rows, columns=["key", "value", "unit", "label"], dtype=object)


def _placebos(s: Scenario, methods: list[Method], load: Load) -> dict[str, Drawn]:
    """The county comparison with earlier elections in place of this one, by each definition."""
    if not methods:
        return {}
    place = innocent.state_of(methods[0].frame)
    pairs = county.pairs(methods[0].spec.placebos, s.prior_year)
    frames = [places.election(s, load, place, year, before) for _, year, before in pairs]
    out = {}
    for m in methods:
        fits, machines = [], m.frame[["fips", m.definition]]
        for frame in frames:
            own = frame.drop(columns=m.definition, errors="ignore").merge(machines, on="fips")
            with suppress(InputError):
                fits.append(m.design.fit(own, m.spec))
        parts = ([getattr(e, name) for e in fits] for name in ("estimate", "se", "df"))
        out[m.key] = Drawn(*(np.array(part, dtype=float) for part in parts))
    return out
