"""State tables: electoral votes with codes and votes, and the winners of every election."""

from __future__ import annotations

import pandas as pd

from sevenpercent.data.readers import facts, medsl, places
from sevenpercent.data.recipe import Made, Options, RawFiles


def states(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build states with electoral votes (`facts.table`) and their two-digit codes."""
    frame = facts.table(raw, made, options)
    gazetteer = places.read_gazetteer(raw.by_id(options["gazetteer"]))
    codes = dict(zip(gazetteer.state, gazetteer.fips.str[:2], strict=True))
    return frame.assign(
        fips=frame.state.map(codes), total=frame[["dem", "rep", "other"]].sum(axis=1)
    )


def votes(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the votes of every state and year, and which part of the vote was largest.

    Where a certified total is known it stands in place of the file's; ``certified`` lists the
    vintages that count as such, the last official one first. A winner who is neither party's candidate would be one of ``other``: the largest single
    candidate decides, not the sum of the others.
    """
    path = raw.by_id(options["file"])
    frame = _certified(
        medsl.read_state(path, options["parties"]), made["certified_totals"], options["certified"]
    )
    largest = medsl.read_state_candidates(path).groupby(["year", "state"]).votes.max()
    top = frame.set_index(["year", "state"])
    most = top[["dem", "rep"]].max(axis=1)
    winner = top[["dem", "rep"]].idxmax(axis=1).where(most >= largest.reindex(top.index), "other")
    return top.assign(winner=winner).reset_index()


def _certified(frame: pd.DataFrame, certified: pd.DataFrame, vintages: list[str]) -> pd.DataFrame:
    order = {vintage: rank for rank, vintage in enumerate(vintages)}
    known = certified.assign(rank=certified.vintage.map(order)).dropna(subset="rank")
    known = known.sort_values("rank").drop_duplicates(["place", "year"])
    known = known.set_index(["place", "year"])[["dem", "rep", "total"]].astype("float64")
    printed = frame.set_index(["state", "year"]).astype("float64")
    known = known.reindex(printed.index)
    for part in ("dem", "rep"):
        # A vote more for one of the two candidates is one more in the total.
        change = (known[part] - printed[part]).fillna(0)
        printed[part] += change
        printed["total"] += change
    printed["total"] = known["total"].fillna(printed["total"])
    printed["other"] = printed["total"] - printed["dem"] - printed["rep"]
    return printed.reset_index()


def candidates(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the votes of every candidate by state and year."""
    return medsl.read_state_candidates(raw.by_id(options["file"]))
