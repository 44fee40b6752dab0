"""Electoral votes: a tile for each state, and a bar to the majority for each way of counting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sevenpercent.model.scenario import Parties
from sevenpercent.model.words import and_list
from sevenpercent.show import style
from sevenpercent.show.figures import frame
from sevenpercent.show.figures.bars import Bar, Part, bars
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.stats.electoral import Tally

SOURCE = "National Archives and state canvasses (electors and votes), via MEDSL"

GRID: Mapping[str, tuple[int, int]] = {
    code: (column, row)
    for row, line in enumerate(
        [
            "AK .. .. .. .. .. .. .. .. .. ME",
            ".. .. .. .. .. .. .. .. .. VT NH",
            "WA ID MT ND MN IL WI MI NY RI MA",
            "OR NV WY SD IA IN OH PA NJ CT ..",
            "CA UT CO NE MO KY WV VA MD DE ..",
            ".. AZ NM KS AR TN NC SC DC .. ..",
            ".. .. .. OK LA MS AL GA .. .. ..",
            "HI .. .. TX .. .. .. .. FL .. ..",
        ]
    )
    for column, code in enumerate(line.split())
    if code != ".."
}
"""A tile for each state, placed roughly where the state lies."""


def tiles(
    winners: Mapping[str, str], votes: Mapping[str, int], marked: Sequence[str], **head: str
) -> Figure:
    """Tile map: one square a state, its electoral votes written in it; marked states framed.

    `winners`: postal code to ``dem``, ``rep`` or ``none``; `votes`: postal code to electoral votes;
    `marked`: states in question; they get a heavy frame and a hatch.
    """
    colour = {"dem": style.DEM, "rep": style.REP, "none": style.FILL}
    with style.applied():
        figure, (axes,) = frame.canvas(head, 2.62, labels=0.0)
        for code, (x, y) in GRID.items():
            if code not in winners:
                continue
            edge, wide, above = (style.INK, 2.2, 3) if code in marked else ("white", 0.4, 2)
            square, fill = ((x + 0.04, y + 0.04), (0.92, 0.92)), colour[winners[code]]
            frame.box(axes, *square, fill, edgecolor=edge, lw=wide, zorder=above)
            ink = style.INK if winners[code] == "none" else "white"
            for down, told, bold in ((0.36, code, True), (0.70, str(votes[code]), False)):
                look: dict[str, Any] = {"bold": bold, "color": ink, "zorder": 4}
                frame.say(axes, x + 0.5, y + down, told, "middle center", **look)
        axes.set_xlim(0, 11)
        axes.set_ylim(8, 0)
        axes.set_aspect("equal")
        axes.axis("off")
    return figure


def winners(parties: Parties) -> dict[str, str]:
    """Who has a majority, in words, by outcome of a count."""
    ours, theirs = parties.harmed.candidate, parties.favoured.candidate
    return {"harmed": ours, "favoured": theirs, "nobody": "nobody: the House"}


def of_ways(counts: Mapping[str, Tally], ways: pd.DataFrame, parties: Parties) -> Picture:
    """Electoral votes as reported, in every combination, and as the electors cast them.

    `counts`: ``reported`` and ``cast`` to their tallies; `ways`: as
    :func:`sevenpercent.stats.electoral.combinations` gives it.
    """
    named, rows, numbers, cast = winners(parties), [], [], counts["cast"]
    told = [("as reported", counts["reported"], "not assigned")]
    for w in ways.to_dict("records"):
        label = f"{' and '.join(w['changed'].split('+'))} changed" if w["changed"] else "as pledged"
        told.append((label, Tally(w["harmed"], w["favoured"], w["rest"]), "others"))
    for label, count, rest in (*told, ("as the electors voted", cast, "others")):
        of = {parties.harmed.party: count.harmed, parties.favoured.party: count.favoured}
        between = (style.FILL, None) if rest == "not assigned" else (style.NOBODY, "////")
        looks = (style.DEM, None), between, (style.REP, None)
        parts = [
            Part(n, colour, hatch, str(n) if n >= 20 else "")
            for n, (colour, hatch) in zip((of["dem"], count.rest, of["rep"]), looks, strict=True)
        ]
        note = named[count.outcome]
        rows.append(Bar(label, parts, note=note))
        row = {"what": label, "Democratic": of["dem"], "Republican": of["rep"]}
        numbers.append({**row, "others": 0, "not assigned": 0, rest: count.rest, "majority": note})
    says = "; ".join(
        f"{r['what']}: {r['Democratic']} to {r['Republican']}, {r['majority']}" for r in numbers
    )
    total = cast.harmed + cast.favoured + cast.rest
    ticks = {0: "0", total / 2: "half", total: str(total)}
    drawn = partial(bars, rows, ticks=ticks, middle=f"{cast.majority} needed")
    return Picture(drawn, says, table_of(numbers), "electoral votes", SOURCE)


def of_tiles(states: pd.DataFrame, marked: Sequence[str]) -> Picture:
    """A square a state, by who won most of its electors; `marked` are framed."""
    votes = dict(zip(states["state"], states["ev"].astype(int), strict=True))
    split = states.loc[states[["ev_dem", "ev_rep"]].min(axis=1) > 0, "state"]
    says = "States that divided their electors, coloured by most: "
    says += and_list(split) if len(split) else "none"
    leads = (states["ev_dem"] > states["ev_rep"]).map({True: "dem", False: "rep"})
    drawn = partial(tiles, dict(zip(states["state"], leads, strict=True)), votes, marked)
    names = {"state": "state", "ev": "electors", "ev_dem": "Democratic", "ev_rep": "Republican"}
    return Picture(drawn, says, table_of(states, **names), "electoral votes", SOURCE)
