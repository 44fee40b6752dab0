"""Electoral votes as areas: a tile per state sized by its votes' row, and a bar to the majority."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from sevenpercent.model.scenario import Parties
from sevenpercent.model.words import and_list
from sevenpercent.show import style
from sevenpercent.show.figures import frame, maps
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


@dataclass(frozen=True)
class Bar:
    """One way in which the electors could have come out."""

    label: str
    dem: int
    rep: int
    other: int = 0
    unassigned: int = 0
    note: str = ""


def bars(rows: Sequence[Bar], *, majority: int, **head: str) -> Figure:
    """Stacked bars of electoral votes with the line of the half; numbers at the bars."""
    step = 0.44
    body = len(rows) * step + 0.68
    with style.applied():
        figure, (axes,) = frame.canvas(head, body)
        total = max(r.dem + r.rep + r.other + r.unassigned for r in rows)
        axes.set_xlim(0, total)
        axes.set_ylim(-(body - 0.46), 0)
        for i, row in enumerate(rows):
            y = -(i + 1) * step - 0.12
            axes.text(0, y + 0.16, row.label, va="bottom")
            if row.note:
                frame.say(axes, total, y + 0.16, row.note, "right bottom", bold=True)
            at = 0.0
            for votes, colour, hatch in (
                (row.dem, style.DEM, ""),
                (row.unassigned, style.FILL, ""),
                (row.other, style.NOBODY, "////"),
                (row.rep, style.REP, ""),
            ):
                frame.box(axes, (at, y - 0.03), (votes, 0.17), colour, hatch=hatch or None, lw=0.6)
                if votes >= 20:
                    look: dict[str, Any] = {
                        "bold": True,
                        "color": style.INK if colour == style.FILL else "white",
                    }
                    frame.say(axes, at + votes / 2, y + 0.05, str(votes), "middle center", **look)
                at += votes
        axes.axvline(total / 2, color=style.INK, lw=0.9, ls=(0, (4, 3)))
        frame.say(axes, total / 2, -0.02, f"\u00a0{majority} elect", "top", color=style.MUTED)
        axes.set_xticks([0, total / 2, total])
        axes.set_xticklabels(["0", "half", str(total)])
        frame.inside(axes)
        frame.without_rows(axes)
    return figure


def tiles(
    winners: Mapping[str, str], votes: Mapping[str, int], marked: Sequence[str], **head: str
) -> Figure:
    """Tile map: one square a state, its electoral votes written in it; marked states framed.

    Parameters
    ----------
    winners : mapping
        Postal code to ``dem``, ``rep`` or ``none``.
    votes : mapping
        Postal code to electoral votes.
    marked : sequence of str
        States in question; they get a heavy frame and a hatch.
    """
    colour = {"dem": style.DEM, "rep": style.REP, "none": style.FILL}
    with style.applied():
        figure, (axes,) = frame.canvas(head, 2.62, labels=0.0)
        for code, (x, y) in GRID.items():
            if code not in winners:
                continue
            edge: dict[str, Any] = {"edgecolor": "white", "lw": 0.4, "zorder": 2}
            if code in marked:
                edge = {"edgecolor": style.INK, "lw": 2.2, "zorder": 3}
            frame.box(axes, (x + 0.04, y + 0.04), (0.92, 0.92), colour[winners[code]], **edge)
            ink = style.INK if winners[code] == "none" else "white"
            frame.say(
                axes, x + 0.5, y + 0.36, code, "middle center", bold=True, color=ink, zorder=4
            )
            frame.say(
                axes, x + 0.5, y + 0.70, str(votes[code]), "middle center", color=ink, zorder=4
            )
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
    named = winners(parties)

    def bar(label: str, count: Tally, unassigned: bool = False) -> Bar:
        votes = {parties.harmed.party: count.harmed, parties.favoured.party: count.favoured}
        rest = {"unassigned" if unassigned else "other": count.rest}
        return Bar(label, votes["dem"], votes["rep"], **rest, note=named[count.outcome])

    rows = [
        bar("as reported", counts["reported"], unassigned=True),
        *(
            bar(
                f"{' and '.join(w['changed'].split('+'))} changed"
                if w["changed"]
                else "as pledged",
                Tally(w["harmed"], w["favoured"], w["rest"]),
            )
            for w in ways.to_dict("records")
        ),
        bar("as the electors voted", counts["cast"]),
    ]
    says = "; ".join(f"{r.label}: {r.dem} to {r.rep}, {r.note}" for r in rows)
    data = table_of(
        rows, label="what", dem="Democratic", rep="Republican", other="others",
        unassigned="not assigned", note="majority",
    )  # fmt: skip
    drawn = partial(bars, rows, majority=counts["cast"].majority)
    return Picture(drawn, says, data, "electoral votes", SOURCE)


def _won(states: pd.DataFrame) -> dict[str, str]:
    leads = (states["ev_dem"] > states["ev_rep"]).map({True: "dem", False: "rep"})
    return dict(zip(states["state"], leads, strict=True))


def of_tiles(states: pd.DataFrame, marked: Sequence[str]) -> Picture:
    """A square a state, by who won most of its electors; `marked` are framed."""
    votes = dict(zip(states["state"], states["ev"].astype(int), strict=True))
    split = states.loc[states[["ev_dem", "ev_rep"]].min(axis=1) > 0, "state"]
    says = "States that divided their electors, coloured by most: "
    says += and_list(split) if len(split) else "none"
    drawn = partial(tiles, _won(states), votes, marked)
    return Picture(drawn, says, _electors(states), "electoral votes", SOURCE)


def _electors(states: pd.DataFrame) -> pd.DataFrame:
    return table_of(states, state="state", ev="electors", ev_dem="Democratic", ev_rep="Republican")


def of_areas(outlines: pd.DataFrame, states: pd.DataFrame, marked: Sequence[str]) -> Picture:
    """The same on a map; `marked` are hatched."""
    won, named = _won(states), {"dem": "Democratic", "rep": "Republican"}
    values = {
        fips: named[won[code]] + (", in question" if code in marked else "")
        for fips, code in zip(states["fips"], states["state"], strict=True)
    }
    key = {
        named[party] + more: (colour, hatch)
        for more, hatch in (("", ""), (", in question", "////"))
        for party, colour in (("dem", style.DEM), ("rep", style.REP))
    }
    drawn = partial(maps.choropleth, outlines, level="state", values=values, key=key, height=2.7)
    source = "Census Bureau (outlines); " + SOURCE
    return Picture(drawn, "", _electors(states), "electoral votes", source)
