"""State tables: electoral votes with codes and votes, and the winners of every election."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sevenpercent.sources import facts, medsl, places
from sevenpercent.sources.recipe import RawFiles


def states(
    raw: RawFiles, made: Mapping[str, pd.DataFrame], options: Mapping[str, Any]
) -> pd.DataFrame:
    """Build states with electoral votes (`facts.table`) and their two-digit codes."""
    frame = facts.table(raw, made, options)
    gazetteer = places.read_gazetteer(raw.by_id(options["gazetteer"]))
    codes = dict(zip(gazetteer.state, gazetteer.fips.str[:2], strict=True))
    return frame.assign(
        fips=frame.state.map(codes), total=frame[["dem", "rep", "other"]].sum(axis=1)
    )


def votes(
    raw: RawFiles, made: Mapping[str, pd.DataFrame], options: Mapping[str, Any]
) -> pd.DataFrame:
    """Build the votes of every state and year, and which part of the vote was largest.

    A winner who is neither party's candidate would be one of ``other``: the largest single
    candidate decides, not the sum of the others.
    """
    path = raw.by_id(options["file"])
    frame = medsl.read_state(path, options["parties"])
    largest = medsl.read_state_candidates(path).groupby(["year", "state"]).votes.max()
    top = frame.set_index(["year", "state"])
    most = top[["dem", "rep"]].max(axis=1)
    winner = top[["dem", "rep"]].idxmax(axis=1).where(most >= largest.reindex(top.index), "other")
    return top.assign(winner=winner).reset_index()


def candidates(
    raw: RawFiles, made: Mapping[str, pd.DataFrame], options: Mapping[str, Any]
) -> pd.DataFrame:
    """Build the votes of every candidate by state and year."""
    return medsl.read_state_candidates(raw.by_id(options["file"]))
