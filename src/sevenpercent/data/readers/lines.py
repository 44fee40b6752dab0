"""Turn one line per candidate into one row per place with the parts of the vote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd


def part_of(party: pd.Series[Any], parties: Mapping[str, Sequence[str]]) -> pd.Series[Any]:
    """Give the part (``dem``, ``rep`` …) of each party name; names not listed are ``other``."""
    names = {name: part for part, listed in parties.items() for name in listed}
    return party.map(names).fillna("other")


def spread(lines: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """Add up ``votes`` of `lines` by `key` and ``part``, one column a part.

    A part is null where no line of it holds a number. ``row`` is the smallest, and ``total`` (where
    there is one) the first of the place's lines.
    """
    keys = list(key)
    votes = lines.groupby([*keys, "part"]).votes.sum(min_count=1)
    how = {name: how for name, how in (("row", "min"), ("total", "first")) if name in lines}
    return votes.unstack("part").join(lines.groupby(keys).agg(how)).reset_index()  # noqa: PD010
