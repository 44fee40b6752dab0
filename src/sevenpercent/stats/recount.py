"""What a recount changed, reporting unit by reporting unit, and what it says about machines.

A recount compares the first tally with the paper trail; it does not know what voters meant.
Changes are **recount minus original** in votes; ``half_margin`` alone is original minus recount,
so that it has the sign of every other effect: **negative** = the machines had given the harmed
party less than the paper did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats import decisions
from sevenpercent.stats.municipal import PLACE
from sevenpercent.stats.ratio import PerBallot, per_ballot

Verdict = Literal["excluded", "shown", "not excluded"]

WRITTEN_IN = ("write_in", "scattering")
"""Parties of table ``unit_votes`` that stand for names written on the ballot: registered or not.
They are read by eye, and a recount mostly moves votes between the two."""

NEEDED = ("absolute_change", "ballots_total", "ballots_dre", "recount_method_planned")

EDGES = (0, 1, 2, 5, 10, 20, 50, 100)
"""Lower edges of the classes of :func:`distribution`, in votes."""

EQUIPMENT = ("dre_only", "dre_scanner", "scanner", "hand", "unknown")
"""What a municipality owned for voting at the polls: DREs without or with a scanner, a scanner, or
neither (paper counted by hand); ``unknown`` where no list names it."""

DOSES = (0.0, 0.2, 0.5, 0.8, 1.0)
"""Upper edges of the classes of the DRE share of a unit's ballots."""

DOSE_CLASSES = (*("none" if x == 0 else f"to_{100 * x:.0f}" for x in DOSES), "unknown")
"""Names of those classes; ``unknown`` holds units without any ballots too."""


def changes(
    units: pd.DataFrame,
    municipalities: pd.DataFrame | None = None,
    *,
    harmed: str = "dem",
    favoured: str = "rep",
) -> pd.DataFrame:
    """One row per reporting unit: what it had, how it voted, and what the recount changed.

    Parameters
    ----------
    units : pandas.DataFrame
        Table of reporting units: ``unit, fips, municipality, name``, ``<party>_original``,
        ``<party>_recount``, ``total_original``, ``total_recount``, ``absolute_change``,
        ``ballots_total``, ``ballots_dre``, ``recount_method_planned``.
    municipalities : pandas.DataFrame, optional
        Table of municipalities, for the equipment each one owned.
    harmed, favoured : str
        Parties.

    Returns
    -------
    pandas.DataFrame
        Sorted by ``unit``. ``votes`` (original); ``harmed, favoured`` (original votes);
        ``harmed_change, favoured_change, total_change`` (recount minus original); ``margin_change``
        (**positive** = the favoured party's lead grew); ``absolute`` (sum over all candidates of
        the changes without their signs); ``half_margin`` (votes; **negative** = the machines had
        given the harmed party less than the recount did; a switched vote is 1, a deleted one
        half); ``ballots_dre`` and ``dose`` (DRE share of ballots; null where unknown);
        ``dose_class`` (see :data:`DOSE_CLASSES`); ``method`` (planned); ``equipment`` (see :data:`EQUIPMENT`);
        ``owns_dre`` (true also where no list says).

    Raises
    ------
    InputError
        Missing column.
    """
    sides = {"harmed": harmed, "favoured": favoured, "total": "total"}
    counts = [f"{p}_{c}" for p in sides.values() for c in ("original", "recount")]
    require(
        units,
        ["unit", *PLACE, "name", *counts, *NEEDED],
    )
    units = units.sort_values("unit", ignore_index=True)
    out = units[["unit", *PLACE, "name"]].copy()
    out["votes"] = _floats(units, "total_original")
    for side in ("harmed", "favoured"):
        out[side] = _floats(units, f"{sides[side]}_original")
    for side, column in sides.items():
        out[f"{side}_change"] = _floats(units, f"{column}_recount") - _floats(
            units, f"{column}_original"
        )
    out["margin_change"] = out["favoured_change"] - out["harmed_change"]
    out["half_margin"] = out["margin_change"] / 2
    out["absolute"] = _floats(units, "absolute_change")
    out["ballots_dre"] = _floats(units, "ballots_dre")
    ballots = _floats(units, "ballots_total")
    out["dose"] = (out["ballots_dre"] / ballots.where(ballots > 0)).clip(upper=1)
    out["dose_class"] = _classes(out["dose"])
    out["method"] = units["recount_method_planned"].astype(str)
    out["equipment"] = _equipment(out, municipalities)
    out["owns_dre"] = out["equipment"].isin(["dre_only", "dre_scanner", "unknown"])
    return out


def summary(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Changes summed by group, with what a net figure hides.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :func:`changes` gives it.
    by : str
        Column of the groups.

    Returns
    -------
    pandas.DataFrame
        One row per group in order of the group: ``units``, ``votes``, ``ballots_dre``,
        ``harmed_change, favoured_change, margin_change`` (net), ``absolute``,
        ``per_100k`` (absolute changes per 100,000 votes), ``unchanged`` (share of units in which
        no candidate's count changed), ``median, p90, p99, largest`` (of ``absolute`` by unit).
    """
    require(frame, [by])
    rows = []
    for name, own in frame.groupby(by, observed=True, sort=True):
        absolute = own["absolute"]
        rows.append(
            {
                by: str(name),
                "units": len(own),
                "votes": own["votes"].sum(),
                "ballots_dre": own["ballots_dre"].sum(),
                **{
                    c: own[c].sum()
                    for c in ("harmed_change", "favoured_change", "margin_change", "absolute")
                },
                "per_100k": 1e5 * absolute.sum() / own["votes"].sum(),
                "unchanged": float((absolute == 0).mean()),
                "median": absolute.median(),
                "p90": absolute.quantile(0.90),
                "p99": absolute.quantile(0.99),
                "largest": absolute.max(),
            }
        )
    return pd.DataFrame(rows)


def distribution(frame: pd.DataFrame, edges: Sequence[int] = EDGES) -> pd.DataFrame:
    """Units, and votes changed in them, by how much changed in a unit: many small, few large.

    Returns
    -------
    pandas.DataFrame
        One row per class from ``lo`` to ``hi`` votes (null: no upper end): ``units``, ``votes``
        (changed, without signs) and both as shares of all, ``unit_share`` and ``vote_share``.
    """
    absolute = frame["absolute"].to_numpy(float)
    uppers = [*(e - 1 for e in edges[1:]), None]
    rows = []
    for lo, hi in zip(edges, uppers, strict=True):
        own = absolute[(absolute >= lo) & (absolute <= (np.inf if hi is None else hi))]
        rows.append({"lo": lo, "hi": hi, "units": len(own), "votes": own.sum()})
    out = pd.DataFrame(rows).astype({"hi": "Int64"})
    out["unit_share"] = out["units"] / max(len(absolute), 1)
    out["vote_share"] = out["votes"] / max(absolute.sum(), 1)
    return out


def concentration(frame: pd.DataFrame, share: float) -> float:
    """Share of all changed votes that stand in the units with the largest changes.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :func:`changes` gives it.
    share : float
        Share of the units, 0 to 1; at least one unit.
    """
    ordered = np.sort(frame["absolute"].to_numpy(float))[::-1]
    count = max(1, round(share * len(ordered)))
    return float(ordered[:count].sum() / max(ordered.sum(), 1))


def largest(frame: pd.DataFrame, column: str = "margin_change", count: int = 1) -> pd.DataFrame:
    """Units with the largest values of a column, whatever the sign, the largest first."""
    require(frame, [column])
    order = frame[column].abs().sort_values(ascending=False, kind="stable").index[:count]
    return frame.loc[order]


def on_machines(frame: pd.DataFrame) -> pd.DataFrame:
    """Units with DRE ballots in municipalities that own a DRE; elsewhere the form is in error."""
    return frame[(frame["ballots_dre"] > 0) & frame["owns_dre"]]


@dataclass(frozen=True)
class Signs:
    """In how many units the recount moved the margin which way.

    Attributes
    ----------
    harmed, favoured, neither : int
        Units in which the margin moved towards that side, or not at all.
    """

    harmed: int
    favoured: int
    neither: int


def signs(frame: pd.DataFrame) -> Signs:
    """Count units by the direction in which the margin moved; no size can sway a count."""
    moved = np.sign(frame["half_margin"].to_numpy(float))
    return Signs(int((moved < 0).sum()), int((moved > 0).sum()), int((moved == 0).sum()))


def winsorized(frame: pd.DataFrame, tail: float = 0.01) -> pd.DataFrame:
    """The same units with ``half_margin`` pulled in to its quantiles at `tail` and 1 - `tail`.

    The quantiles are of ``half_margin`` per DRE ballot, so that a large unit is not pulled in for
    its size. An estimate that changes much hangs on a few units.

    Raises
    ------
    InputError
        `tail` is not between 0 and one half, or a unit has no DRE ballots.
    """
    if not 0 <= tail < 0.5:
        raise InputError("A tail is a share below one half", value=tail)
    if not (frame["ballots_dre"] > 0).all():
        raise InputError("A unit has no DRE ballots", column="ballots_dre")
    rate = frame["half_margin"] / frame["ballots_dre"]
    lo, hi = float(rate.quantile(tail)), float(rate.quantile(1 - tail))
    return frame.assign(half_margin=rate.clip(lo, hi) * frame["ballots_dre"])


def per_dre_ballot(frame: pd.DataFrame, cluster: str = "county") -> PerBallot:
    """Change of half the margin per 100 DRE ballots, clustered; see :func:`on_machines`.

    **Negative** = the machines had given the harmed party less than the recount did.

    Parameters
    ----------
    frame : pandas.DataFrame
        Units that all have DRE ballots.
    cluster : str
        ``county`` or ``municipality``.
    """
    return per_ballot(_clustered(frame, cluster), "half_margin", "ballots_dre", "cluster")


def error_rate(frame: pd.DataFrame, cluster: str = "county") -> PerBallot:
    """Changes without their signs per 100,000 votes, clustered; no interval goes below none."""
    known = _clustered(frame[frame["votes"] > 0], cluster)
    per_100 = per_ballot(known, "absolute", "votes", "cluster")
    return replace(
        per_100,
        estimate=1000 * per_100.estimate,
        se=1000 * per_100.se,
        lo=max(0.0, 1000 * per_100.lo),
        hi=1000 * per_100.hi,
    )


def verdict(estimate: PerBallot, size: float) -> Verdict:
    """What the recounted paper says about harm of one size.

    Parameters
    ----------
    estimate : PerBallot
        As :func:`per_dre_ballot` gives it.
    size : float
        Harm in the same unit (positive).

    Returns
    -------
    str
        ``excluded``: a one-sided test at 5 % excludes harm of that size. ``shown``: the 95 %
        interval lies below zero and the estimate reaches the size. ``not excluded``: neither.
    """
    e = decisions.answer("paper", estimate.estimate, estimate.se, estimate.df, size)
    return "excluded" if e.excludes else "shown" if e.shows else "not excluded"


def named_absolute(votes: pd.DataFrame, written_in: Sequence[str] = WRITTEN_IN) -> float:
    """Sum of changes without their signs over candidates who were printed on the ballot.

    Parameters
    ----------
    votes : pandas.DataFrame
        Table ``unit_votes``: ``unit, party, original, recount``, one row per candidate.
    written_in : sequence of str
        Parties that stand for written names.
    """
    require(votes, ["unit", "party", "original", "recount"])
    own = votes[~votes["party"].isin(list(written_in))]
    return float((own["recount"] - own["original"]).abs().sum())


def _clustered(frame: pd.DataFrame, cluster: str) -> pd.DataFrame:
    if cluster == "county":
        return frame.assign(cluster=frame["fips"])
    return frame.assign(cluster=frame["fips"] + "|" + frame["municipality"])


def _classes(dose: pd.Series[float]) -> pd.Series[Any]:
    places = np.searchsorted(DOSES, dose.fillna(0), side="left")
    words = pd.Series([DOSE_CLASSES[i] for i in places], index=dose.index)
    words[dose.isna()] = "unknown"
    return words.astype(pd.CategoricalDtype(list(DOSE_CLASSES), ordered=True))


def _equipment(frame: pd.DataFrame, municipalities: pd.DataFrame | None) -> pd.Series[str]:
    unknown = pd.Series("unknown", index=frame.index)
    if municipalities is None:
        return unknown
    require(municipalities, [*PLACE, "any_dre", "scanner"])
    listed = municipalities.set_index(PLACE)
    dre, scanner = listed["any_dre"].astype("boolean"), listed["scanner"].notna()
    words = pd.Series(
        np.select(
            [dre & ~scanner, dre & scanner, scanner],
            ["dre_only", "dre_scanner", "scanner"],
            default="hand",
        ),
        index=listed.index,
    ).where(dre.notna(), "unknown")
    if words.index.has_duplicates:
        raise InputError(
            "A municipality stands twice", value=words.index[words.index.duplicated()][0]
        )
    found = words.reindex(pd.MultiIndex.from_frame(frame[PLACE])).to_numpy()
    return pd.Series(found, index=frame.index).fillna("unknown")


def _floats(table: pd.DataFrame, column: str) -> pd.Series[float]:
    return table[column].astype("float64")
