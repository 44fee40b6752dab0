"""Tables of electoral votes and of margins, as readers see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from sevenpercent.escape import Markdown
from sevenpercent.model.results import Value
from sevenpercent.model.scenario import Parties, Scenario
from sevenpercent.model.words import number, votes
from sevenpercent.show.explorer import Explorer, outlines
from sevenpercent.show.figures.college import GRID, winners
from sevenpercent.show.table import Record, known, of_rows

VINTAGES = {"election_night": "election night", "canvass": "canvass", "final": "final"}
"""Counts that have a column of margins."""

_COUNTED = ("changed", "harmed", "favoured", "rest", "outcome")


def ways_table(ways: pd.DataFrame, cast: pd.DataFrame, parties: Parties) -> pd.DataFrame:
    """Every combination, as pledged and with defections, each row with an address of its own.

    `ways, cast`: as :func:`sevenpercent.stats.electoral.combinations` gives them, in the same
    order.
    """
    named = winners(parties)
    own = [c for c in ways.columns if c not in _COUNTED]

    def majority(way: Record) -> str:
        unsettled = way["outcome"] == "nobody" and any(way[state] == "open" for state in own)
        return "nobody yet" if unsettled else named[way["outcome"]]

    return of_rows(
        {
            "changed": _changed(pledged, own),
            "as pledged": f"{pledged['harmed']} to {pledged['favoured']}",
            "majority": majority(pledged),
            "with defections": f"{voted['harmed']} to {voted['favoured']}",
            "majority ": majority(voted),
        }
        for pledged, voted in zip(ways.to_dict("records"), cast.to_dict("records"), strict=True)
    )


def _changed(way: Record, states: Sequence[str]) -> Markdown:
    changed = way["changed"].split("+") if way["changed"] else []
    uncalled = [state for state in states if way[state] == "open"]
    flipped = [state for state in changed if state not in uncalled]
    parts = " + ".join(flipped), " + ".join(uncalled) + " not called" * bool(uncalled)
    words = "; ".join(filter(None, parts))
    place = "-".join(["way", *flipped, *(f"{state}-open" for state in uncalled)]).lower()
    place = place if changed else "way-none"
    return Markdown(f'<span id="{place}"></span>{words or "none"} <a href="#{place}">#</a>')


def unassigned(states: pd.DataFrame, flips: Sequence[str], **sides: str) -> list[str]:
    """Those of the states that nobody had been given yet when the claim appeared."""
    reported = states[[f"ev_{party}_reported" for party in sides.values()]].sum(axis=1)
    return states.loc[(reported < states["ev"]) & states["state"].isin(flips), "state"].tolist()


def changed_winner(numbers: Mapping[str, Value], s: Scenario) -> dict[str, str]:
    """Verdict, by state in question, on whether machines changed the winner there.

    `numbers`: those of the chapter on designs; what is not among them has no verdict.
    """
    sizes = s.designs.sizes if s.designs is not None else {}
    size = next((name for name, z in sizes.items() if z.amount == "decisive"), "")
    keys = {c: f"designs.verdict.{'' if c == s.focus else c.lower() + '.'}{size}" for c in s.flips}
    return {code: str(numbers[key].value) for code, key in keys.items() if key in numbers}


def calculator(
    states: pd.DataFrame,
    flips: Sequence[str],
    evidence: Mapping[str, str],
    shapes: pd.DataFrame,
    *,
    harmed: str,
    favoured: str,
) -> Explorer:
    """Data of the calculator.

    `flips`: postal codes of the states in question, which come first; `evidence`: postal code to the
    verdict on a changed winner there; what is not in it has none; `shapes`: table ``outlines``.
    """
    uncalled = unassigned(states, flips, harmed=harmed, favoured=favoured)
    paths = outlines(shapes, "state", 0.25)
    columns = ["ev", f"ev_{harmed}", f"ev_{favoured}", f"ev_{harmed}_cast", f"ev_{favoured}_cast"]
    rows = []
    first = states.set_index("state").reindex([*flips, *sorted(set(states["state"]) - set(flips))])
    for code, row in first.iterrows():
        margin = int(row[favoured] - row[harmed])
        told = {"code": code, "name": row["name"], "votes": [int(row[c]) for c in columns]}
        told |= {"tile": GRID[str(code)], "path": paths.get(row["fips"], "")}
        told |= {"margin": votes(abs(margin)), "lead": int(margin > 0)}
        told |= {"switched": votes(abs(margin) // 2 + 1), "evidence": evidence.get(str(code), "")}
        rows.append({**told, "open": code in uncalled, "asked": code in flips})
    return Explorer("electors", {"states": rows})


def margins_table(margins: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Margins by count, empty where that count does not exist, and votes to flip each state.

    `margins`: as :func:`sevenpercent.stats.electoral.margins` gives it; `names`: postal code to the
    name of the state.
    """
    if margins.empty:
        return margins
    wide = margins.pivot_table("margin", "state", "vintage", sort=False)
    wide = wide.reindex(columns=list(VINTAGES))
    final = margins[margins["vintage"] == "final"].set_index("state")
    return pd.DataFrame(
        {
            "state": names[state],
            **{w: known(wide.loc[state, v], votes) for v, w in VINTAGES.items()},
            "% of votes": number(final["percent"][state], 2),
            "switched votes to flip": votes(int(final["switched"][state])),
        }
        for state in final.index
    )
