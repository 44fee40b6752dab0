"""The planting table: elections with a known truth, and whether the rule finds it.

Rows, acceptable words and shares were fixed before the rule was asked about any real election.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.claims.witnesses import join
from sevenpercent.claims.words import Word
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import in_points
from sevenpercent.stats.designs import sizes
from sevenpercent.stats.validity.field import signs
from sevenpercent.stats.witnesses import Witnesses, counts, paper, plants
from sevenpercent.stats.witnesses.plants import Pattern, Plant

DRAWS = 200
LEAST, MOST = 0.80, 0.05
"""Share of draws with an acceptable word, at least, and with an opposite one, at most."""

Trail = Literal["seen", "blind", "none"]
"""Paper that shows what was done, paper as wrong as the first count, or none."""

TRUE = frozenset({Word.HOLDS, Word.HOLDS_COUNTS})
FALSE = frozenset({Word.DOES_NOT_HOLD, Word.OUT_COUNTS})
OPEN = frozenset({Word.DEPENDS, Word.CANNOT_BE_TESTED})


@dataclass(frozen=True)
class Row:
    """One row: what was done, what is asked, and which words are acceptable.

    `done`: amount and way of the size that is planted, and the multiple of it (negative = a gain);
    `asked`: the same of the size that is asked about; `office`: whether only this office is struck.
    """

    label: str
    done: tuple[str, str, float]
    asked: tuple[str, str]
    pattern: Pattern
    office: bool
    paper: Trail
    accept: frozenset[Word]
    opposite: frozenset[Word]


OFFICES = {True: "this office alone", False: "the whole party"}
PATTERNS: dict[Pattern, str] = {"spread": "everywhere", "fifth": "in a fifth of the counties"}


def rows(s: Scenario, trail: Trail) -> Iterator[Row]:
    """The rows of a book, for one kind of paper."""
    percent, places = s.claim.percent, Vocabulary(s).with_any
    sure = {Word.HOLDS} if trail == "seen" else {Word.HOLDS_COUNTS, Word.DEPENDS}
    plain = frozenset(sure), FALSE
    for amount, where in (LITERAL if percent else {}).items():
        for office, who in OFFICES.items():
            label = f"{in_points(percent or 0.0)} on {where.format(places)}, {who}"
            size = (amount, "switched")
            yield Row(label, (*size, 1.0), size, "spread", office, trail, *plain)
    for amount, how, told in named(s):
        yield Row(told, (amount, how, 1.0), (amount, how), "spread", True, trail, *plain)
    for how in ("switched", "deleted"):
        for pattern, where in PATTERNS.items():
            for office, who in OFFICES.items():
                label, just = f"just enough to decide, {how} {where}, {who}", ("decisive", how)
                yield Row(label, (*just, 1.0), just, pattern, office, trail, TRUE | OPEN, FALSE)
    if trail == "seen":
        just = "decisive", "switched"
        yield Row("twice enough to decide", (*just, 2.0), just, "spread", True, trail, *plain)
    if trail == "blind":
        return
    clear = FALSE | ({Word.CANNOT_BE_TESTED} if trail == "none" else set())
    if percent is None:
        for label, multiple in (("nothing", 0.0), ("as many votes for the other side", -1.0)):
            for amount, how, told in named(s):
                said, size = f"{label}; asked about {told}", (amount, how)
                yield Row(said, (*size, multiple), size, "spread", True, trail, clear, TRUE)
        return
    for label, points in (("nothing", 0.0), ("2 points for the other side", -2.0)):
        for amount, how in ASKED:
            done = "points" if amount in OF_ALL else "points_ballots", "switched"
            if s.claim.unit == "points_all":
                done = "points_all", "switched"
            said = f"{label}; asked about {ASKED[amount, how].format(places)}"
            multiple = points / percent
            yield Row(said, (*done, multiple), (amount, how), "spread", True, trail, clear, TRUE)


OF_ALL = ("points", "points_all")
LITERAL = {
    "points": "every ballot of {}",
    "points_all": "every ballot of {}, of all votes",
    "points_ballots": "the machines' ballots",
}
ASKED = {(amount, "switched"): where for amount, where in LITERAL.items()}
ASKED |= {("decisive", how): f"enough to decide, {how}" for how in ("switched", "deleted")}


def named(s: Scenario) -> Iterator[tuple[str, str, str]]:
    """Sizes that are a number of votes, where the claim names votes alone: amount, way and words."""
    if s.claim.unit == "votes" and s.designs is not None:
        for size in s.designs.sizes.values():
            if size.amount in ("votes", "votes_most"):
                yield str(size.amount), str(size.how), sizes.label(s, size)


COLUMNS = ["label", "paper", "accept", "accepted", "opposite", "words", "passes"]
"""Columns of :func:`table`."""


def table(w: Witnesses, draws: int = DRAWS) -> pd.DataFrame:
    """Plant each row and ask the rule.

    Returns ``label, paper``, ``accept`` (words), ``accepted`` and ``opposite`` (shares of draws),
    ``words`` (how many draws gave which) and ``passes``.
    """
    assert w.s.designs is not None
    trails: list[Trail] = ["seen", "blind"] if any(w.recounts.values()) else ["none"]
    known = {(str(z.amount), str(z.how)): name for name, z in w.s.designs.sizes.items()}
    out = []
    for row in (row for trail in trails for row in rows(w.s, trail)):
        name, done = known.get(row.asked), known.get(row.done[:2])
        if done is None and row.done[0] == "points_ballots":
            done = known.get(("points", "switched"))
        if name is None or done is None or not (w.cells["size"] == name).any():
            continue
        said = _said(w, row, name, done, draws)
        if not said:  # not even the largest fifth of the counties has as many votes
            continue
        accept = row.accept
        if row.paper != "seen" and counts.mute(w.cells[w.cells["size"] == name]):
            accept = accept | {Word.CANNOT_BE_TESTED}  # of some variant nobody may speak
        asked = accept, row.opposite
        accepted, opposite = (sum(said[word] for word in words) / draws for words in asked)
        passes = accepted >= LEAST and opposite <= MOST
        told = row.label, row.paper, sorted(accept), accepted, opposite
        out.append([*told, dict(said.most_common()), passes])
    return pd.DataFrame(out, columns=COLUMNS)


def published(planted: pd.DataFrame) -> pd.DataFrame:
    """How many rows of :func:`table` fail, and how often the worst of all gives the opposite word.

    Both are rows of numbers, ``designs.planted.*``; none where no row fails.
    """
    fails, n, stem = int((~planted["passes"].astype(bool)).sum()), len(planted), "designs.planted"
    rows = [
        [f"{stem}.fails", fails, n, "rows"],
        [f"{stem}.opposite", planted["opposite"].max(), n, "share of draws"],
    ]
    return pd.DataFrame(rows if fails else [], columns=["key", "value", "n", "unit"])


def _said(w: Witnesses, row: Row, size: str, done: str, draws: int) -> Counter[Word]:
    """What the rule says, in how many draws; nothing where it cannot be planted."""
    s, cells = w.s, w.cells[w.cells["size"] == size]
    assert s.designs is not None
    lead, (asked, *_) = s.designs.counties.treatment, plants.plants(s, size, w.share)
    plant = Plant(done, s.designs.sizes[done], asked.where, row.pattern, lead, w.share,
                  row.office, row.done[2])  # fmt: skip
    able = cells[cells["able"].astype(bool)]
    rng = np.random.default_rng([s.validity.seed, 7])
    at = {key: rng.integers(0, 1 << 31, draws) for key in dict.fromkeys(w.cells["design"])}
    drawn = {}
    for m in w.methods:
        if m.null is not None and m.key in set(able["method"]):
            shifts = plants.shifts(plant, s, m, w.counties)
            if not shifts.shape[1]:
                return Counter()
            drawn[m.key] = m.spoilt(m.respond(shifts), at[m.design.key] % len(m.null.se))
    asks = zip(able["method"], able["widened"], able["amount"], strict=True)
    each = [counts.says(drawn[method], wide, amount) for method, wide, amount in asks]
    stack = np.array(each).reshape(len(each), draws)
    out, show = np.isin(stack, (0, 1)).sum(axis=0), (stack == 2).sum(axis=0)
    heard = counts.joined(out, show, np.full(draws, len(able)), counts.mute(cells))
    papers = _paper(w, row, asked, plant, draws)
    return Counter(
        join(counts.ANSWERS[int(a)], paper.ANSWERS[int(p)], bool(n > 0))
        for a, p, n in zip(heard, papers, show, strict=True)
    )


def _paper(w: Witnesses, row: Row, asked: Plant, done: Plant, draws: int) -> NDArray[np.int64]:
    """What the paper says in each draw, by place in ``paper.ANSWERS``."""
    r = w.recounts[asked.on_paper]
    if row.paper == "none" or r is None:
        return np.full(draws, paper.ANSWERS.index("no paper"), dtype=np.int64)
    amount = w.on_paper(asked, r)
    harm = done.times * w.on_paper(replace(done, times=1.0), r) if row.paper == "seen" else 0.0
    rng = np.random.default_rng([w.s.validity.seed, 8])
    taken = np.full((len(r.named), draws), harm)
    if done.pattern == "fifth":
        hit = plants.a_fifth(r.named > 0, draws, rng)
        taken = taken * hit * (r.named.sum() / (r.named[:, None] * hit).sum(axis=0))
    d = r.drawn(signs(rng, len(r.named), draws), taken)
    return paper.answers(d, amount, asked.at_least, r)
