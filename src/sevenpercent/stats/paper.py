"""What the recounted paper says about machines, and about harm of the sizes that matter.

An estimate is half the change of the margin per 100 DRE ballots, original minus recount:
**negative** = the machines had given the harmed party less than the paper did. Sizes of harm are
**positive**. A switched vote moves half the margin by one, a deleted one by one half.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Size
from sevenpercent.stats import decisions
from sevenpercent.stats.designs import sizes
from sevenpercent.stats.ratio import PerBallot, per_ballot
from sevenpercent.stats.recount import clustered, largest

Verdict = Literal["excluded", "shown", "not excluded"]

PER_BALLOT = "half margins per 100 DRE ballots"

MOSTLY, TAIL = 0.5, 0.01
"""DRE share of ballots from which a unit votes mostly on DREs; share of units whose changes are
pulled in at either end, in the robust estimate."""

SAMPLE = ["estimate", "se", "df", "lo", "hi", "n", "clusters", "effective_clusters", "ballots"]
"""What an estimate per ballot has."""

SIZES: Mapping[str, Size] = {
    "claimed_votes": Size(amount="votes", how="deleted"),
    "decisive": Size(amount="decisive", how="switched"),
}
"""Sizes of harm in a book that declares none of its own."""


def winsorized(frame: pd.DataFrame, tail: float = TAIL) -> pd.DataFrame:
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


def samples(on: pd.DataFrame, cluster: str) -> dict[str, tuple[pd.DataFrame, str]]:
    """All units with DRE ballots, parts of them, and the same with the other kind of cluster.

    Parameters
    ----------
    on : pandas.DataFrame
        As :func:`on_machines` gives it.
    cluster : str
        ``county`` or ``municipality``.

    Returns
    -------
    dict
        Name to units and their cluster; only samples that lie in two counties or more.
    """
    if on["fips"].nunique() < 2:
        return {}
    other = "municipality" if cluster == "county" else "county"
    made = {
        "all": (on, cluster),
        **{m: (on[on["method"] == m], cluster) for m in sorted(on["method"].unique())},
        "mostly": (on[on["dose"] >= MOSTLY], cluster),
        "winsorized": (winsorized(on, TAIL), cluster),
        "without_largest": (on.drop(largest(on).index), cluster),
        f"by_{other}": (on, other),
    }
    return {name: one for name, one in made.items() if one[0]["fips"].nunique() > 1}


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
    return per_ballot(clustered(frame, cluster), "half_margin", "ballots_dre", "cluster")


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


def claimed(votes: int | None, margin: int) -> dict[str, float]:
    """Votes behind :data:`SIZES`, in a book that declares no sizes.

    Parameters
    ----------
    votes : int or None
        The claimed votes.
    margin : int
        By which the favoured party leads; below zero nothing had to be taken from the other.
    """
    out = {} if votes is None else {"claimed_votes": float(votes)}
    return out | ({"decisive": sizes.decisive(margin, "switched")} if margin >= 0 else {})


def harms(
    missing: Mapping[str, float],
    asked: Mapping[str, Size],
    found: PerBallot,
    hand: PerBallot | None,
    labels: Mapping[str, str],
) -> pd.DataFrame:
    """What the paper says about each size of harm, all of it done on DREs.

    Parameters
    ----------
    missing : mapping
        Size to the votes that it stands for.
    asked : mapping
        Size to what it is.
    found, hand : PerBallot
        Estimates from all units, and from those planned to be counted by hand alone.
    labels : mapping
        Size to words.

    Returns
    -------
    pandas.DataFrame
        ``size, amount, how, label, votes``; ``harm`` (half margins per 100 DRE ballots,
        **positive**); ``verdict`` and, with `hand`, ``hand`` (see :func:`verdict`).
    """
    rows = []
    for name, votes in missing.items():
        size = asked[name]
        harm = sizes.per_ballot(votes, found.ballots, size.how)
        row: dict[str, object] = {
            "size": name,
            "amount": size.amount,
            "how": size.how,
            "label": labels[name],
        }
        row |= {"votes": votes, "harm": harm, "verdict": verdict(found, harm)}
        rows.append(row | ({} if hand is None else {"hand": verdict(hand, harm)}))
    return pd.DataFrame(rows)


def verdict_rows(harms: pd.DataFrame) -> pd.DataFrame:
    """Rows to publish of :func:`harms`: ``size.<size>``, ``verdict.<size>``, ``verdict.<size>.hand``."""
    rows = []
    for h in harms.to_dict("records"):
        label = f"{h['label']}: {h['votes']:,.0f} votes, all on DREs (positive)"
        rows.append({"part": f"size.{h['size']}", "value": h["harm"], "unit": PER_BALLOT})
        rows[-1]["label"] = label
        says = "what the recounted paper says about harm of that size"
        rows.append({"part": f"verdict.{h['size']}", "value": h["verdict"], "label": says})
        if "hand" in h:
            says += ", units planned to be counted by hand"
            rows.append({"part": f"verdict.{h['size']}.hand", "value": h["hand"], "label": says})
    return pd.DataFrame(rows)


def room(found: PerBallot) -> pd.DataFrame:
    """Most harm that the paper leaves possible (one-sided, 5 %): per ballot, and in votes."""
    bound = float(decisions.most_harm(found.estimate, found.se, found.df))
    label = "most harm that the recounted paper leaves possible (one-sided 5 %), positive"
    rows = [
        ("bound", bound, PER_BALLOT),
        ("bound.switched", bound * found.ballots / 100, "votes"),
        ("bound.deleted", 2 * bound * found.ballots / 100, "votes"),
    ]
    return pd.DataFrame(rows, columns=["part", "value", "unit"]).assign(label=label, n=found.n)
