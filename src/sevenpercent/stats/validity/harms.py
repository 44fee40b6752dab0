"""Harm that is planted and asked about: how many votes, and what they are in each design's unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sevenpercent.model.scenario import Claim, Size
from sevenpercent.stats import missing
from sevenpercent.stats.designs.sizes import EACH, excess, in_unit
from sevenpercent.stats.validity.trial import Trial


@dataclass(frozen=True)
class Harm:
    """A harm that is planted and asked about.

    `name`, `label`: ``switched_5`` or the name of a declared size, and in words; `how`:
    ``switched``, ``deleted`` or ``added``; `votes`: votes that the harmed party is short of; None:
    `points` in each design's own places or, where they are not zero, `each` there: votes missing
    for each vote that was counted for `side`; `sizes`: design -> this harm in its unit, as the book
    converts it (positive); `share`: share of the electronic ballots, where it was declared as one.
    """

    name: str
    label: str
    how: missing.How
    votes: float | None
    sizes: Mapping[str, float]
    points: float = 0.0
    share: float | None = None
    each: float = 0.0
    side: str = "harmed"


def of_shares(shares: Sequence[float], trials: Sequence[Trial], total: float) -> Iterator[Harm]:
    """Shares of the electronic ballots, each switched and deleted.

    `shares`: 0 to 1; `total`: votes for either party on electronic ballots.
    """
    for share in shares:
        votes = share * total
        for how in missing.HOWS:
            sizes = {t.name: in_unit(votes, t.unit, t.place, how) for t in trials}
            name = f"{how}_{100 * share:g}".replace(".", "_")
            label = f"{100 * share:g} % of electronic ballots, {how}"
            yield Harm(name, label, how, votes, sizes, share=share)


def of_book(
    asked: pd.DataFrame,
    declared: Mapping[str, Size],
    trials: Sequence[Trial],
    points: float,
    claim: Claim,
) -> Iterator[Harm]:
    """The sizes that the book asks about, where every design on trial can be asked.

    `asked`: as :func:`sevenpercent.stats.designs.put` gives them; `declared`: name -> size, as the
    scenario declares them; `points`: the claimed difference, for a size that is literally so many
    points; such a size is left out where a design has another unit; `claim`: of which a percentage is
    of each place's votes.
    """
    wanted = {t.name for t in trials}
    for name, own in asked[asked["design"].isin(wanted)].groupby("size", sort=False):
        if set(own["design"]) != wanted:
            continue
        first = own[own["design"] == trials[0].name].iloc[0]
        sizes = dict(zip(own["design"], own["amount"].astype(float), strict=True))
        if declared[str(name)].amount == EACH:
            percent, gain = claim.percent or 0.0, claim.gain
            part = (excess(percent, 1.0), "favoured") if gain else (percent / 100, "harmed")
            yield Harm(str(name), first["label"], first["how"], None, sizes, 0.0, None, *part)
            continue
        harm = Harm(str(name), first["label"], first["how"], float(first["missing"]), sizes)
        if declared[harm.name].amount != "points":
            yield harm
        elif all(t.unit == "two_party" for t in trials):
            yield Harm(harm.name, harm.label, harm.how, None, sizes, points=points)
