"""Tables of electoral votes and of margins, as readers see them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.model.scenario import Parties
from sevenpercent.model.words import number, votes
from sevenpercent.show.figures.college import winners

VINTAGES = {"election_night": "election night", "canvass": "canvass", "final": "final"}
"""Counts that have a column of margins."""


def ways_table(ways: pd.DataFrame, cast: pd.DataFrame, parties: Parties) -> pd.DataFrame:
    """Every combination, as pledged and with defections.

    Parameters
    ----------
    ways, cast : DataFrame
        As :func:`sevenpercent.stats.electoral.combinations` gives them, in any order.
    """
    named = winners(parties)
    cast = cast.set_index("changed").loc[ways["changed"]]
    out: dict[str, list[str]] = {
        "changed": ways["changed"].str.replace("+", " + ").replace("", "none").tolist()
    }
    for votes_, majority, made in (
        ("as pledged", "majority", ways),
        ("with defections", "majority ", cast),
    ):
        pairs = zip(made["harmed"], made["favoured"], strict=True)
        out[votes_] = [f"{ours} to {theirs}" for ours, theirs in pairs]
        out[majority] = [named[o] for o in made["outcome"]]
    return pd.DataFrame(out)


def margins_table(margins: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Margins by count, empty where that count does not exist, and votes to flip each state.

    Parameters
    ----------
    margins : DataFrame
        As :func:`sevenpercent.stats.electoral.margins` gives it.
    names : mapping
        Postal code to the name of the state.
    """
    if margins.empty:
        return margins
    wide = margins.pivot_table("margin", "state", "vintage", sort=False).reindex(
        columns=list(VINTAGES)
    )
    final = margins[margins["vintage"] == "final"].set_index("state")
    return pd.DataFrame(
        {
            "state": names[state],
            **{w: "" if (x := wide.loc[state, v]) != x else votes(x) for v, w in VINTAGES.items()},
            "% of votes": number(final["percent"][state], 2),
            "switched votes to flip": votes(int(final["switched"][state])),
        }
        for state in final.index
    )
