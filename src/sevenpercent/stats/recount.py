"""What a recount changed, reporting unit by reporting unit, and what it says about machines.

A recount compares the first tally with the paper trail; it does not know what voters meant.
Changes are **recount minus original** in votes; ``half_margin`` alone is original minus recount,
so that it has the sign of every other effect: **negative** = the machines had given the harmed
party less than the paper did.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats.ratio import PerBallot, per_ballot
from sevenpercent.stats.whole import PLACE

WRITTEN_IN = ("write_in", "scattering")
"""Parties of table ``unit_votes`` that stand for names written on the ballot: registered or not.
They are read by eye, and a recount mostly moves votes between the two."""

NEEDED = ("absolute_change", "ballots_total", "ballots_dre")

DOSES = (0.0, 0.2, 0.5, 0.8, 1.0)
"""Upper edges of the classes of the DRE share of a unit's ballots."""

DOSE_CLASSES = (*("none" if x == 0 else f"to_{100 * x:.0f}" for x in DOSES), "unknown")
"""Names of those classes; ``unknown`` holds units without any ballots too."""

TOP = 0.01
"""Share of units that is called one in a hundred."""

GROUPS = {"equipment": "equipment", "dose": "dose_class", "method": "method"}
"""Names of the groupings in result keys, and their columns."""

NUMBERS = {
    "per_100k": ("votes per 100,000", "changes without their signs per 100,000 votes"),
    "margin_change": ("votes", "net change of the margin; positive: favoured gained"),
    "elections": ("elections", "statewide general elections"),
    "recounts": ("recounts", "recounts of statewide elections"),
    "reversals": ("recounts", "of them changed the winner"),
    "mean_shift_share": ("share", "mean change of the margin per vote"),
}
"""Unit and label of the numbers in the frames of this module."""


def changes(
    units: pd.DataFrame,
    municipalities: pd.DataFrame | None = None,
    *,
    harmed: str = "dem",
    favoured: str = "rep",
) -> pd.DataFrame:
    """One row per reporting unit: what it had, how it voted, and what the recount changed.

    `units`: table of reporting units; `municipalities`: table of municipalities, for the equipment
    each one owned.

    Returned sorted by ``unit``: ``votes`` (original); ``harmed, favoured`` (original votes);
    ``harmed_change, favoured_change, total_change`` (recount minus original); ``margin_change``
    (**positive** = the favoured party's lead grew); ``absolute`` (sum over all candidates of the
    changes without their signs); ``half_margin`` (votes; **negative** = the machines had given the
    harmed party less than the recount did; a switched vote is 1, a deleted one half);
    ``ballots_dre`` and ``dose`` (DRE share of ballots; null where unknown); ``dose_class`` (see
    :data:`DOSE_CLASSES`); ``method`` (planned); ``equipment`` (see :func:`owned`); ``owns_dre``
    (true also where no list says).
    """
    sides = {"harmed": harmed, "favoured": favoured, "total": "total"}
    counts = [f"{p}_{c}" for p in sides.values() for c in ("original", "recount")]
    require(units, ["unit", *PLACE, "name", *counts, *NEEDED, "recount_method_planned"])
    units = units.sort_values("unit", ignore_index=True)
    known = units[[*counts, *NEEDED]].astype(float)
    out = units[["unit", *PLACE, "name"]].copy()
    out["votes"] = known["total_original"]
    for side in ("harmed", "favoured"):
        out[side] = known[f"{sides[side]}_original"]
    for side, column in sides.items():
        out[f"{side}_change"] = known[f"{column}_recount"] - known[f"{column}_original"]
    out["margin_change"] = out["favoured_change"] - out["harmed_change"]
    out["half_margin"] = out["margin_change"] / 2
    out["absolute"], out["ballots_dre"] = known["absolute_change"], known["ballots_dre"]
    ballots = known["ballots_total"]
    out["dose"] = (out["ballots_dre"] / ballots.where(ballots > 0)).clip(upper=1)
    classes = pd.cut(out["dose"], [-np.inf, *DOSES], labels=list(DOSE_CLASSES[:-1]))
    out["dose_class"] = classes.cat.add_categories(DOSE_CLASSES[-1]).fillna(DOSE_CLASSES[-1])
    out["method"] = units["recount_method_planned"].astype(str)
    out["equipment"] = owned(out, municipalities)
    out["owns_dre"] = out["equipment"].isin(["dre_only", "dre_scanner", "unknown"])
    return out


def totals(
    frame: pd.DataFrame, *, first: int | None = None, printed: float | None = None
) -> pd.DataFrame:
    """What the recount changed in all units together.

    `frame`: as :func:`changes` gives it; `first`: margin in the first posting, which others start
    from; `printed`: as :func:`named_absolute` gives it. Returns ``part, value, n, unit, label``.
    Margins are **positive** where the favoured party leads, changes of it where its lead grew.
    """
    margin = int((frame["favoured"] - frame["harmed"]).sum())
    net = int(frame["margin_change"].sum())
    absolute, votes = float(frame["absolute"].sum()), float(frame["votes"].sum())
    big = largest(frame).iloc[0]
    moved = signs(on_machines(frame))
    rows: list[tuple[str, Any, str, str]] = [
        ("units", len(frame), "units", "reporting units, each counted twice"),
        ("net.harmed", int(frame["harmed_change"].sum()), "votes", "the harmed party's gain"),
        ("net.favoured", int(frame["favoured_change"].sum()), "votes", "the favoured party's gain"),
        (
            "net.margin",
            net,
            "votes",
            "change of the margin; positive: the favoured party's lead grew",
        ),
        ("net_change", abs(net), "votes", "votes by which the margin moved, whichever way"),
        (
            "absolute_change",
            int(absolute),
            "votes",
            "changes of all candidates without their signs",
        ),
        ("margin.original", margin, "votes", "margin before; positive: the favoured party leads"),
        ("margin.recount", margin + net, "votes", "margin after the recount"),
        ("largest", int(big["margin_change"]), "votes", "largest change of the margin in one unit"),
        ("largest.name", big["name"], "", "that unit"),
        (
            "largest.favoured",
            int(big["favoured_change"]),
            "votes",
            "the favoured party's gain there",
        ),
        ("largest.favoured_before", int(big["favoured"]), "votes", "its votes there before"),
        ("net_without_largest", int(net - big["margin_change"]), "votes", "net change elsewhere"),
        ("error_rate", absolute / votes, "share", "changes without their signs per vote"),
        ("shift_share", abs(net) / votes, "share", "change of the margin per vote"),
        ("unchanged", (frame["absolute"] == 0).mean(), "share", "units in which nothing changed"),
        ("top_percent", concentration(frame, TOP), "share", "share of all changes in 1 % of units"),
    ]
    for side in ("harmed", "favoured", "neither"):
        label = f"units with DRE ballots in which the margin moved towards: {side}"
        rows.append((f"signs.machines.{side}", moved[side], "units", label))
    if first is not None:
        rows.append(("margin.first_posting", first, "votes", "margin in the first posting"))
        since = margin + net - first
        rows.append(("from_first_posting", since, "votes", "change of the margin since then"))
    if printed is not None:
        label = "changes per vote of candidates printed on the ballot"
        rows.append(("error_rate_named", printed / votes, "share", label))
    made = pd.DataFrame(rows, columns=["part", "value", "unit", "label"], dtype=object)
    made["n"] = made["unit"].map(lambda unit: len(frame) if unit else None)
    made.loc[made["part"].str.startswith("signs."), "n"] = len(on_machines(frame))
    made.loc[made["part"] == "top_percent", "n"] = max(1, round(TOP * len(frame)))
    return made


def first_posting(units: pd.DataFrame, *, harmed: str, favoured: str) -> int | None:
    """Margin of the favoured party in the first posting, where the table of units has it."""
    names = [f"{party}_first_posting" for party in (favoured, harmed)]
    if not set(names) <= set(units.columns):
        return None
    return int(units[names[0]].sum() - units[names[1]].sum())


def by_group(frame: pd.DataFrame, cluster: str = "county") -> pd.DataFrame:
    """Changes by equipment, by DRE share of the ballots and by method of the recount.

    Returned as :func:`summary`, with ``by`` (a key of :data:`GROUPS`).
    """
    made = [summary(frame, of, cluster).assign(by=name) for name, of in GROUPS.items()]
    return pd.concat(made, ignore_index=True)


def summary(frame: pd.DataFrame, by: str, cluster: str = "county") -> pd.DataFrame:
    """Changes summed by group, with what a net figure hides.

    `frame`: as :func:`changes` gives it; `by`: column of the groups; `cluster`: as in
    :func:`error_rate`.

    Returns one row per ``group`` in order: ``units``, ``votes``, ``margin_change`` (net),
    ``absolute``, ``per_100k`` (absolute changes per 100,000 votes) with ``per_100k_se, _lo, _hi``
    (null with fewer than two counties), ``unchanged`` (share of units in which no candidate's count
    changed).
    """
    require(frame, [by])
    rows, ends = [], {end: f"per_100k_{end}" for end in ("se", "lo", "hi")}
    for name, own in frame.groupby(by, observed=True, sort=True):
        votes, absolute = own["votes"].sum(), own["absolute"].sum()
        known = own.loc[own["votes"] > 0, "fips"].nunique() > 1
        rate = error_rate(own, cluster) if known else None
        row = {"group": str(name), "units": len(own), "votes": votes}
        row |= {"margin_change": own["margin_change"].sum(), "absolute": absolute}
        row |= {"per_100k": 1e5 * absolute / votes}
        row |= {column: getattr(rate, end, None) for end, column in ends.items()}
        rows.append({**row, "unchanged": float((own["absolute"] == 0).mean())})
    return pd.DataFrame(rows).astype(dict.fromkeys(ends.values(), float))


def ballots(frame: pd.DataFrame, hand: str | None) -> pd.DataFrame:
    """DRE ballots by planned method of the recount, and those that nobody planned to hand count.

    `frame`: as :func:`changes` gives it; `hand`: the method that is a count by hand; None: none is.
    Returns ``part, value, n, unit, label``.
    """
    by = frame.groupby("method")["ballots_dre"].sum()
    every = float(frame["ballots_dre"].sum())
    outside = every - float(by.get(hand, 0))
    astray = every - float(on_machines(frame)["ballots_dre"].sum())
    parts = {
        **{str(m): (float(b), f"of them where {m} was planned") for m, b in by.items()},
        "outside": (outside, "of them outside planned hand counts"),
        "not_owned": (astray, "of them in municipalities that own no DRE: errors of entry"),
    }
    unknown = int(frame["ballots_dre"].isna().sum())
    rows: list[tuple[str, float, str, str]] = [
        ("dre_ballots", int(every), "ballots", "ballots cast on DREs"),
        ("unknown_equipment", unknown, "units", "units without a form on how ballots were cast"),
    ]
    for name, (value, label) in parts.items():
        rows.append((f"dre_ballots.{name}", int(value), "ballots", label))
        if every > 0:
            rows.append((f"dre_ballots.{name}.share", value / every, "share", label))
    margin = float((frame["favoured"] - frame["harmed"]).sum())
    if outside > 0 and margin >= 0:
        label = "switched votes that would have decided, per DRE ballot outside planned hand counts"
        rows.append(("outside.decisive", (margin // 2 + 1) / outside, "share", label))
    made = pd.DataFrame(rows, columns=["part", "value", "unit", "label"], dtype=object)
    return made.assign(n=made["unit"].map(lambda unit: None if unit == "share" else len(frame)))


def concentration(frame: pd.DataFrame, share: float) -> float:
    """Share of all changed votes that stand in the units with the largest changes.

    `share` of the units: 0 to 1; at least one unit.
    """
    changed = frame["absolute"]
    count = max(1, round(share * len(changed)))
    return float(changed.nlargest(count).sum() / max(changed.sum(skipna=False), 1))


def largest(frame: pd.DataFrame, count: int = 1) -> pd.DataFrame:
    """Units with the largest changes of the margin, whatever the sign, the largest first."""
    return frame.loc[frame["margin_change"].abs().nlargest(count).index]


def on_machines(frame: pd.DataFrame) -> pd.DataFrame:
    """Units with DRE ballots in municipalities that own a DRE; elsewhere the form is in error."""
    return frame[(frame["ballots_dre"] > 0) & frame["owns_dre"]]


def signs(frame: pd.DataFrame) -> dict[str, int]:
    """Units by the side towards which the margin moved, or ``neither``; no size can sway a count."""
    moved = np.sign(frame["half_margin"])
    sides = {"harmed": -1, "favoured": 1, "neither": 0}
    return {side: int((moved == sign).sum()) for side, sign in sides.items()}


def error_rate(frame: pd.DataFrame, cluster: str = "county") -> PerBallot:
    """Changes without their signs per 100,000 votes, clustered; no interval goes below none."""
    known = clustered(frame[frame["votes"] > 0], cluster)
    rate = per_ballot(known, "absolute", "votes", "cluster")
    estimate, se, lo, hi = (1000 * x for x in (rate.estimate, rate.se, rate.lo, rate.hi))
    return replace(rate, estimate=estimate, se=se, lo=max(0.0, lo), hi=hi)


def named_absolute(votes: pd.DataFrame) -> float:
    """Sum of changes without their signs over candidates who were printed on the ballot.

    `votes`: table ``unit_votes``: ``unit, party, original, recount``, one row per candidate.
    """
    require(votes, ["unit", "party", "original", "recount"])
    own = votes[~votes["party"].isin(list(WRITTEN_IN))]
    return float((own["recount"] - own["original"]).abs().sum())


def clustered(frame: pd.DataFrame, cluster: str) -> pd.DataFrame:
    """Units with the ``cluster`` that each belongs to: its ``county`` or its ``municipality``."""
    if cluster == "county":
        return frame.assign(cluster=frame["fips"])
    return frame.assign(cluster=frame["fips"] + "|" + frame["municipality"])


def owned(
    frame: pd.DataFrame, municipalities: pd.DataFrame | None, name: str = "municipality"
) -> pd.Series[str]:
    """What the town of each unit owned: ``dre_only``, ``dre_scanner``, ``scanner``, ``hand`` or ``unknown``.

    `frame`: units with ``fips`` and ``municipality``; `municipalities`: table of municipalities;
    None: nothing is known; `name`: column with the name that the units go by, such as that of an
    earlier year; where two towns of today share it, the first counts. Raises InputError: missing
    column, or a municipality that stands twice under its own name.
    """
    unknown = pd.Series("unknown", index=frame.index)
    if municipalities is None:
        return unknown
    require(municipalities, [*PLACE, "any_dre", "scanner", name])
    if name != "municipality":
        named = municipalities.dropna(subset=[name])
        municipalities = named.assign(municipality=named[name]).drop_duplicates(PLACE)
    listed = municipalities.set_index(PLACE)
    dre, scanner = listed["any_dre"].astype("boolean"), listed["scanner"].notna()
    kinds = {"dre_only": dre & ~scanner, "dre_scanner": dre & scanner, "scanner": scanner}
    chosen = np.select([*kinds.values()], [*kinds], default="hand")
    words = pd.Series(chosen, index=listed.index).where(dre.notna(), "unknown")
    if words.index.has_duplicates:
        raise InputError(
            "A municipality stands twice", value=words.index[words.index.duplicated()][0]
        )
    found = words.reindex(pd.MultiIndex.from_frame(frame[PLACE])).to_numpy()
    return pd.Series(found, index=frame.index).fillna("unknown")
