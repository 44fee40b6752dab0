"""What the recounted paper says about machines, and about harm of the sizes that matter.

An estimate is half the change of the margin per 100 DRE ballots, original minus recount:
**negative** = the machines had given the harmed party less than the paper did. Sizes of harm are
**positive**. A switched vote moves half the margin by one, a deleted one by one half.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.numbers import row
from sevenpercent.model.scenario import Size
from sevenpercent.stats import decisions
from sevenpercent.stats.designs import sizes
from sevenpercent.stats.ratio import PerBallot, per_ballot
from sevenpercent.stats.recount import clustered, largest, on_machines
from sevenpercent.stats.validity.paper import Recounted

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

    Raises InputError: `tail` is not between 0 and one half, or a unit has no DRE ballots.
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

    `on`: as :func:`on_machines` gives it; `cluster`: ``county`` or ``municipality``. Returns name
    to units and their cluster; only samples that lie in two counties or more.
    """
    if on["fips"].nunique() < 2:
        return {}
    other = "municipality" if cluster == "county" else "county"
    own = {"all": on, **{m: on[on["method"] == m] for m in sorted(on["method"].unique())}}
    own |= {"mostly": on[on["dose"] >= MOSTLY], "winsorized": winsorized(on, TAIL)}
    own |= {"without_largest": on.drop(largest(on).index)}
    made = {name: (units, cluster) for name, units in own.items()} | {f"by_{other}": (on, other)}
    return {name: one for name, one in made.items() if one[0]["fips"].nunique() > 1}


def per_dre_ballot(frame: pd.DataFrame, cluster: str = "county") -> PerBallot:
    """Change of half the margin per 100 DRE ballots, clustered; see :func:`on_machines`.

    **Negative** = the machines had given the harmed party less than the recount did.

    """
    return per_ballot(clustered(frame, cluster), "half_margin", "ballots_dre", "cluster")


def verdict(estimate: PerBallot, size: float) -> Verdict:
    """What the recounted paper says about harm of one size.

    `size`: harm in the unit of the estimate (positive). Returns ``excluded``: a one-sided test at 5 % excludes harm of that size. ``shown``: the 95 %
    interval lies below zero and the estimate reaches the size. ``not excluded``: neither.
    """
    asked = estimate.estimate, estimate.se, estimate.df, size
    if decisions.excludes(*asked):
        return "excluded"
    return "shown" if decisions.shows(*asked) else "not excluded"


def claimed(votes: int | None, margin: int) -> dict[str, float]:
    """Votes behind :data:`SIZES`, in a book that declares no sizes.

    `margin`: by which the favoured party leads; below zero nothing had to be taken from the other.
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

    Returns ``size, amount, how, label, votes``; ``harm`` (half margins per 100 DRE ballots,
    **positive**); ``verdict`` and, with `hand`, ``hand`` (see :func:`verdict`).

    `missing`: size to the votes that it stands for. `asked`: size to what it is. `found`, `hand`:
    estimates from all units, and from those planned to be counted by hand alone. `labels`: size to
    words.
    """
    rows = []
    for name, votes in missing.items():
        size = asked[name]
        harm = sizes.per_ballot(votes, found.ballots, size.how)
        says = [verdict(estimate, harm) for estimate in (found, hand) if estimate is not None]
        rows.append([name, size.amount, size.how, labels[name], votes, harm, *says])
    columns = ["size", "amount", "how", "label", "votes", "harm", "verdict"]
    return pd.DataFrame(rows, columns=columns if hand is None else [*columns, "hand"])


def verdict_rows(harms: pd.DataFrame) -> pd.DataFrame:
    """Rows to publish of :func:`harms`: ``size.<size>``, ``verdict.<size>``, ``verdict.<size>.hand``."""
    rows = []
    for h in harms.to_dict("records"):
        label = f"{h['label']}: {h['votes']:,.0f} votes, all on DREs (positive)"
        rows.append(row(f"size.{h['size']}", h["harm"], PER_BALLOT, label))
        says = "what the recounted paper says about harm of that size"
        rows.append(row(f"verdict.{h['size']}", h["verdict"], label=says))
        if "hand" in h:
            says += ", units planned to be counted by hand"
            rows.append(row(f"verdict.{h['size']}.hand", h["hand"], label=says))
    return pd.DataFrame(rows)


def room(found: PerBallot) -> pd.DataFrame:
    """Most harm that the paper leaves possible (one-sided, 5 %): per ballot, and in votes."""
    bound = _bound(found)
    label = "most harm that the recounted paper leaves possible (one-sided 5 %), positive"
    rows = [
        ("bound", bound, PER_BALLOT),
        ("bound.switched", bound * found.ballots / 100, "votes"),
        ("bound.deleted", 2 * bound * found.ballots / 100, "votes"),
    ]
    return pd.DataFrame(rows, columns=["part", "value", "unit"]).assign(label=label, n=found.n)


ROOMS = {
    "by_county": "{units} may err together (t)",
    "resampled": "{units} drawn again with replacement",
    "beyond_paper": "beyond the errors on ballots that were paper from the start",
    "hand": "rate of the planned hand counts, on all DRE ballots",
    "one_way": "every correction towards the harmed side, none towards the other",
}
"""Ways to allow for errors of counting in the most harm that the paper leaves possible; the units are
those in which errors may go together."""

NUMBERS = {
    "bound": (PER_BALLOT, "most harm that the paper leaves possible (one-sided 5 %), positive"),
    "switched": ("votes", "the same, switched votes on all DRE ballots"),
}
"""Unit and label of the numbers of :func:`rooms`."""

RESAMPLES, SEED = 9999, 20161201

PLURAL = {"county": "counties", "municipality": "municipalities"}


def rooms(units: pd.DataFrame, cluster: str, hand: str | None) -> pd.DataFrame:
    """Most harm that the paper leaves possible, errors of counting treated in several ways.

    `units`: as :func:`sevenpercent.stats.recount.changes` gives them; `cluster`: ``county`` or
    ``municipality``; `hand`: the method that is a count by hand.

    Returns ``way`` (a key of :data:`ROOMS`), ``label``; ``estimate`` and ``bound`` (one-sided 5 %,
    **positive** = harm; never below none) in half margins per 100 DRE ballots; ``switched`` and
    ``deleted``, the bound in votes on all DRE ballots; ``clusters``. A way that has fewer than two
    clusters is left out.
    """
    on = on_machines(units)
    if on["fips"].nunique() < 2:
        return pd.DataFrame(columns=["way"])
    every = per_dre_ballot(on, cluster)
    found = [
        ("by_county", every.estimate, _bound(every), every.clusters),
        ("resampled", every.estimate, _resampled(clustered(on, cluster)), every.clusters),
    ]
    paper = clustered(units, cluster)
    rest = paper[~paper.index.isin(on.index) & paper["votes"].gt(0)]
    if rest["cluster"].nunique() > 1:
        beyond = beyond_paper(paper)
        found.append(("beyond_paper", beyond.estimate, _bound(beyond), beyond.clusters))
    own = on[on["method"] == hand]
    if own["fips"].nunique() > 1:
        counted = per_dre_ballot(own, cluster)
        found.append(("hand", counted.estimate, _bound(counted), counted.clusters))
    added, taken = on["harmed_change"].clip(lower=0), -on["favoured_change"].clip(upper=0)
    undone = float(np.maximum(added, taken).sum())  # a switched vote is added once and taken once
    rate = 100 * undone / every.ballots
    found.append(("one_way", -rate, rate, every.clusters))
    made = pd.DataFrame(found, columns=["way", "estimate", "bound", "clusters"])
    bound = made["bound"].clip(lower=0.0)
    votes = bound * every.ballots / 100
    label = made["way"].map(ROOMS).str.replace("{units}", PLURAL[cluster])
    return made.assign(label=label, bound=bound, switched=votes, deleted=2 * votes)


def beyond_paper(units: pd.DataFrame) -> PerBallot:
    r"""Change per DRE ballot beyond the change per ballot that was paper from the start.

    With :math:`p` the change of half the margin per ballot where no DRE was used,

    .. math:: \hat\theta = 100 \left(\frac{H - p P}{D} - p\right),

    :math:`H`, :math:`P` and :math:`D` being the change, the paper ballots and the DRE ballots of
    units that used DREs; jackknife over clusters, as in :func:`sevenpercent.stats.ratio.per_ballot`.

    `units`: all recounted units, with their ``cluster``. Raises InputError: units without DRE
    ballots lie in fewer than two clusters.
    """
    on = units.index.isin(on_machines(units).index)
    dre = units["ballots_dre"].where(on, 0.0).fillna(0.0)
    changed, paper = units["half_margin"], (units["votes"] - dre).clip(lower=0)
    parts = [changed.where(on, 0.0), dre, paper.where(on, 0.0)]
    parts += [changed.where(~on, 0.0), units["votes"].where(~on, 0.0)]
    sums = [part.groupby(units["cluster"]).sum().to_numpy(float) for part in parts]
    h, d, p, rest, others = sums
    if (others > 0).sum() < 2:
        raise InputError("Paper in one cluster has no error of its own", column="cluster")
    r = Recounted(h, d + p, d, rest, others, float(d.sum()), 0.0).found
    return PerBallot.of(float(r.estimate[0]), float(r.se[0]), d, len(units))


def unseen(units: pd.DataFrame, hand: str, bound: float, decisive: float) -> pd.DataFrame:
    """What DRE ballots outside planned hand counts would have to hold, had nobody seen their paper.

    Returns ``part, value, unit, label``: ``unseen.ballots``, ``unseen.switched`` (votes still
    missing when the counted ones held all that the paper leaves possible) and ``unseen.share`` (of
    the ballots).

    `units`: as :func:`sevenpercent.stats.recount.changes` gives them. `hand`: the method that is a
    count by hand. `bound`: most harm per 100 DRE ballots where they were counted by hand
    (**positive**). `decisive`: switched votes that would have changed the winner.
    """
    on = on_machines(units)
    outside = float(on.loc[on["method"] != hand, "ballots_dre"].sum())
    counted = float(on.loc[on["method"] == hand, "ballots_dre"].sum())
    missing = max(decisive - max(bound, 0.0) * counted / 100, 0.0)
    rows: list[tuple[str, float, str, str]] = [
        ("unseen.ballots", outside, "ballots", "DRE ballots outside planned hand counts"),
        ("unseen.switched", missing, "votes", "of them to be switched to change the winner"),
    ]
    if outside > 0:
        rows.append(("unseen.share", missing / outside, "share", "the same as a share of them"))
    return pd.DataFrame(rows, columns=["part", "value", "unit", "label"])


def _bound(found: PerBallot) -> float:
    return float(decisions.most_harm(found.estimate, found.se, found.df))


def _resampled(on: pd.DataFrame) -> float:
    sums = on.groupby("cluster")[["half_margin", "ballots_dre"]].sum().to_numpy(float)
    rng = np.random.default_rng(SEED)
    times = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), RESAMPLES)
    drawn = times @ sums
    return -float(np.quantile(100 * drawn[:, 0] / drawn[:, 1], decisions.LEVEL))
