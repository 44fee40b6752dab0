"""The tables under examination, and what several rules derive from them, predictions among it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.rules.base import robust_scale
from sevenpercent.data.rules.places import Places, places, reference, tidy_votes

NEAR_YEARS = 8
"""Other elections of the same place that serve as its baseline: two presidential terms either
way. Farther back, realignment makes a place a poor witness for itself."""

NEIGHBOURS_LEAST = 3
"""Fewer known neighbours than this have no robust median: one faulty neighbour of two spoils it.
The state's places stand in for them."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Baseline:
    """Predictions for every place from the reference votes.

    `reference`: best known votes: ``code, year, dem, rep, total, share``; `known`: gives states and
    neighbours. Where a list of counties is at hand only its codes are predicted: districts are
    redrawn and have no past.
    """

    def __init__(self, reference: pd.DataFrame, known: Places) -> None:
        codes = sorted(c for c in set(reference["code"]) if not known.listed or c in known.listed)
        self.codes: list[str] = codes
        self.position = {code: i for i, code in enumerate(codes)}
        self._index = pd.Index(codes, dtype=object)
        states = [known.state.get(c, c[:2]) for c in codes]
        self.states = np.array(states, dtype=object)
        self._inside = [np.flatnonzero(self.states == s) for s in sorted(set(states))]
        near = [
            [self.position[n] for n in known.neighbours.get(c, ()) if n in self.position]
            for c in codes
        ]
        self._near = np.full((len(near), max((len(n) for n in near), default=0) + 1), -1)
        for i, row in enumerate(near):
            self._near[i, : len(row)] = row
        self._years = sorted(int(y) for y in set(reference["year"]))
        self._then = {
            (year, name): self.column(reference, year, name)
            for year in self._years
            for name in ("dem", "rep", "total", "share")
        }

    def column(self, rows: pd.DataFrame, year: int, name: str) -> Floats:
        """Values of one year in the order of ``codes``; missing where there is no row."""
        values = np.full(len(self.codes), np.nan)
        chosen = rows["year"].to_numpy() == year
        at = self._index.get_indexer(rows["code"].to_numpy(dtype=object)[chosen])
        # The first row of a place counts, so later ones are written before it.
        values[at[::-1][at[::-1] >= 0]] = rows[name].to_numpy(dtype=float)[chosen][::-1][
            at[::-1] >= 0
        ]
        return values

    def others(self, change: Floats) -> Floats:
        """Median change of each place's neighbours, of its state where too few are known."""
        out = np.full(change.size, np.nan)
        for inside in self._inside:
            seen = change[inside]
            seen = seen[np.isfinite(seen)]
            if seen.size:
                out[inside] = np.median(seen)
        rows = np.flatnonzero(np.isfinite(change))
        around = np.sort(np.append(change, np.nan)[self._near[rows]], axis=1)
        known = np.isfinite(around).sum(axis=1)
        enough = known >= NEIGHBOURS_LEAST
        around, known, rows = around[enough], known[enough], rows[enough]
        each = np.arange(rows.size)
        out[rows] = (around[each, (known - 1) // 2] + around[each, known // 2]) / 2
        return out

    def scale(self, deviation: Floats) -> Floats:
        """Robust standard deviation of the deviations of each place's state."""
        out = np.full(deviation.size, np.nan)
        for inside in self._inside:
            out[inside] = robust_scale(deviation[inside])
        return out

    def predictions(
        self, rows: pd.DataFrame, year: int, name: str, logs: bool = False
    ) -> list[tuple[Floats, Floats]]:
        """Observed and predicted values for ``year``: one pair per other election in reach."""
        now = _log(self.column(rows, year, name)) if logs else self.column(rows, year, name)
        pairs = []
        for base in self._years:
            if base == year or abs(base - year) > NEAR_YEARS:
                continue
            then = _log(self._then[base, name]) if logs else self._then[base, name]
            change = now - then
            if np.isfinite(change).sum() >= NEIGHBOURS_LEAST:
                pairs.append((now, then + self.others(change)))
        return pairs


def _log(values: Floats) -> Floats:
    out = np.full(values.size, np.nan)
    np.log(values, out=out, where=values > 0)
    return out


def agreed(hits: list[Flags], pairs: list[tuple[Floats, Floats]]) -> list[int]:
    """Places that every known baseline year flags, with at least one known."""
    hit, seen = np.array(hits), np.isfinite([now - expected for now, expected in pairs])
    return [int(i) for i in np.flatnonzero((hit | ~seen).all(axis=0) & seen.any(axis=0))]


def middle(pairs: list[tuple[Floats, Floats]]) -> Floats:
    """Median prediction over the baseline years; missing where there is none."""
    stacked = np.array([expected for _, expected in pairs])
    out = np.full(stacked.shape[1], np.nan)
    some = np.isfinite(stacked).any(axis=0)
    out[some] = np.nanmedian(stacked[:, some], axis=0)
    return out


T = TypeVar("T")

PRINTED = "county_votes_printed"
"""Votes as their publishers printed them, source by source."""

VOTE_TABLES = (PRINTED, "county_votes")
"""Tables of county votes that the rules read: as printed, and as the analyses use them."""


class Case:
    """Tables, their keys, and the shapes derived from them.

    `tables`: never changed; `keys`: primary key of each table, for the rule that asks whether keys
    are unique; `shares`: columns of each table that hold shares (0..1); where a table is not named,
    columns with the usual names of shares are taken for such.
    """

    def __init__(
        self,
        tables: Mapping[str, pd.DataFrame],
        keys: Mapping[str, Sequence[str]] | None = None,
        shares: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.tables = dict(tables)
        self.keys = {name: tuple(key) for name, key in (keys or {}).items()}
        self.shares = {name: list(columns) for name, columns in (shares or {}).items()}
        self._made: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, computed the first time ``key`` is asked for."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def table(self, name: str, *columns: str) -> pd.DataFrame:
        """A table that has these columns; an empty one where there is none, or where it lacks one of them."""
        empty = pd.DataFrame(columns=list(columns), dtype=object)
        frame = self.tables.get(name, empty)
        return frame if {*columns} <= {*frame.columns} else empty

    @cached_property
    def places(self) -> Places:
        """Reference list of places."""
        return places(self.tables)

    @cached_property
    def votes(self) -> dict[str, pd.DataFrame]:
        """Every table of county votes at hand, tidied, by name."""
        held = [name for name in VOTE_TABLES if name in self.tables]
        return {name: tidy_votes(self.tables[name], self.places) for name in held}

    @cached_property
    def final(self) -> pd.DataFrame:
        """The county votes that the analyses use, tidied; empty where they are not at hand."""
        none = self.table("", "fips", "state", "county", "year")
        return self.votes.get("county_votes", tidy_votes(none, self.places))

    @cached_property
    def printed(self) -> list[tuple[str, pd.DataFrame]]:
        """Each source of printed votes with its rows."""
        rows = self.votes.get(PRINTED)
        return [] if rows is None else [(str(s), own) for s, own in rows.groupby("source")]

    @cached_property
    def reference(self) -> pd.DataFrame:
        """Best known votes per place and year (see `places.reference`)."""
        return reference(self.votes)

    @cached_property
    def baseline(self) -> Baseline:
        """Predictions from the reference votes."""
        return Baseline(self.reference, self.places)
