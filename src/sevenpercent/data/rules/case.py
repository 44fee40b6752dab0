"""The tables under examination, with what several rules derive from them computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd

from sevenpercent.data.rules.baseline import Baseline
from sevenpercent.data.rules.places import Places, places, reference, tidy_votes

T = TypeVar("T")

PRINTED = "county_votes_printed"
"""Votes as their publishers printed them, source by source."""

VOTE_TABLES = (PRINTED, "county_votes")
"""Tables of county votes that the rules read: as printed, and as the analyses use them."""


class Case:
    """Tables, their keys, and the shapes derived from them.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Never changed.
    keys : mapping of str to sequence of str, optional
        Primary key of each table, for the rule that asks whether keys are unique.
    shares : mapping of str to sequence of str, optional
        Columns of each table that hold shares (0..1); where a table is not named, columns with
        the usual names of shares are taken for such.
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

    @cached_property
    def places(self) -> Places:
        """Reference list of places."""
        return places(self.tables)

    @cached_property
    def votes(self) -> dict[str, pd.DataFrame]:
        """Every table of county votes at hand, tidied, by name."""
        return {
            name: tidy_votes(self.tables[name], self.places)
            for name in VOTE_TABLES
            if name in self.tables
        }

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
