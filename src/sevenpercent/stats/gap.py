r"""The raw gap between electronic and other counties, by every definition, and what a claim would be.

Everywhere a **negative** gap means that the harmed party did worse where voting was electronic.
Gaps are in *points* (100 times a share) or, of logarithms, in *log points* (100 times a logarithm;
near percent while small).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Literal, NamedTuple, cast

import numpy as np
import pandas as pd

from sevenpercent.errors import demand
from sevenpercent.model import frames, places, terms
from sevenpercent.model.frames import require
from sevenpercent.model.numbers import row
from sevenpercent.model.scenario import Claim
from sevenpercent.stats import missing
from sevenpercent.stats.missing import HOWS, How, Unit, electronic_place, missing_votes, sizes
from sevenpercent.stats.regression import Array, NoVariation, fit, t_quantile


@dataclass(frozen=True)
class Outcome:
    """One outcome: the column of the frame, and how it is pooled over counties.

    `column`: column of the frame that holds it county by county. `whole`: pooled, it is the sum of
    the harmed party's votes over the sum of this (``two``: both parties' votes, ``one``: the number
    of counties). `change`: whether the same of the prior election is subtracted. `size`: the unit in
    which :func:`.missing.missing_votes` reads it; of ``log`` the logarithm of the pooled ratio is taken.
    """

    column: str
    whole: str
    change: bool
    size: Unit

    @property
    def log(self) -> bool:
        """Whether it is a logarithm."""
        return self.size == "log"

    @property
    def unit(self) -> str:
        """``points`` or ``log points``."""
        return "log points" if self.log else "points"


_WHOLES = {
    "level_two_party": "two", "level_share_all": "total", "change_two_party": "two",
    "change_share_all": "total", "log_votes": "one", "log_ratio": "harmed_prior",
    "level_log_share": "total",
}  # fmt: skip
OUTCOMES: dict[str, Outcome] = {
    name: Outcome(terms.OUTCOMES[name], whole, name.startswith("change"), missing.unit_of(name))
    for name, whole in _WHOLES.items()
}
"""The outcomes a raw gap can be of, by name."""

AGGREGATIONS: dict[str, str] = {
    "mean": "every county counts the same",
    "pooled": "all ballots together",
}
"""How counties are brought together, by name."""

CLAIMED: dict[str, Unit] = {
    "points_two_party": "two_party",
    "points_all": "share_all",
    "log_points": "log",
    "percent_of_counted": "percent_counted",
    "percent_of_true": "percent_lost",
}
"""What a bare "percent fewer votes" may be a percent of."""

MEANT: dict[str, list[str]] = {
    "percent": list(CLAIMED),
    "points": ["points_two_party", "points_all"],
    "points_all": ["points_all"],
    "votes": [],
}
"""Unit of a claim -> what it may be a number of, in :data:`CLAIMED`; votes are votes."""


def meant(claim: Claim) -> list[str]:
    """What a claimed number may be a number of; percent of the other side's votes say no gain."""
    return MEANT["points" if claim.gain and claim.unit == "percent" else claim.unit]


@dataclass(frozen=True)
class RawGap:
    """One gap, before anything is adjusted for.

    `definition`, `outcome`, `part`, `unit`: what it is a gap of, its aggregation, and its unit
    (``points`` or ``log points``). `estimate`: electronic minus paper; for a share of ballots, the
    slope from none to all of them. **Negative** = the harmed party did worse where voting was
    electronic. `se`, `df`, `lo`, `hi`: standard error, degrees of freedom and 95 % interval. `n`:
    counties used.
    """

    definition: str
    outcome: str
    part: str
    unit: str
    estimate: float
    se: float
    df: float
    lo: float
    hi: float
    n: int


def raw_gap(
    frame: pd.DataFrame,
    definition: str,
    outcome: str = "change_two_party",
    aggregation: str = "mean",
    cluster: str | None = None,
) -> RawGap:
    r"""One raw gap.

    Means are regressions on the treatment alone, with HC2 errors and Bell-McCaffrey degrees of
    freedom (for two groups, the error of Welch). A pooled gap is

    .. math:: \frac{\sum_e h_i}{\sum_e t_i} - \frac{\sum_p h_i}{\sum_p t_i}

    (for a share of ballots, the slope of :math:`h/t` weighted by :math:`t`), less the same of the
    prior election for a change, or a difference of logarithms; its error is the jackknife over
    counties :math:`\sum_i (\hat g_{(i)} - \hat g)^2`, its degrees of freedom those of the weighted
    regression.

    `frame`: as :func:`sevenpercent.model.frames.county_frame` gives it. `definition`: column: 1
    electronic and 0 paper, or a share between 0 and 1. `outcome`, `aggregation`: names in
    :data:`OUTCOMES` and :data:`AGGREGATIONS`. `cluster`: column of places that are alike, such as
    ``state`` for the whole country: errors are then the jackknife over these (CR3), with one degree
    of freedom less than there are.

    Raises NoVariation: all counties, or all but one, are on one side; InputError: unknown name or
    column.
    """
    demand(aggregation, AGGREGATIONS, "Unknown aggregation")
    target = outcome_of(outcome)
    rows = complete(frame, definition, [outcome])
    d = rows[definition].to_numpy(float)
    two_sides(d, definition)
    if aggregation == "pooled":
        parts = _parts(rows, target)
        estimate = _pooled(d, parts, target)
        groups = np.arange(len(d)) if cluster is None else pd.factorize(rows[cluster])[0]
        kept = [groups != i for i in range(int(groups.max()) + 1)]
        fewer = [(d[k], [(part[k], whole[k]) for part, whole in parts]) for k in kept]
        left_out = np.array([_pooled(*own, target) for own in fewer])
        se = float(np.sqrt(((left_out - estimate) ** 2).sum()))
        df = float(groups.max())
        if cluster is None:
            weighted = rows.assign(whole=parts[0][1])
            df = fit(weighted, "harmed", definition, weights="whole").df
    else:
        kind: Literal["hc2_bm", "cr3"] = "hc2_bm" if cluster is None else "cr3"
        model = fit(rows, target.column, definition, errors=kind, cluster=cluster)
        estimate = float(slopes(d[None, :], rows[target.column].to_numpy(float))[0])
        se, df = model.se, model.df
    half = t_quantile(0.975, df) * se
    found = 100 * estimate, 100 * se, df, 100 * (estimate - half), 100 * (estimate + half), len(d)
    return RawGap(definition, outcome, aggregation, target.unit, *found)


def raw_gaps(
    frame: pd.DataFrame,
    place: str,
    definitions: Iterable[str],
    outcomes: Iterable[str] = tuple(OUTCOMES),
    *,
    cluster: str | None = None,
) -> pd.DataFrame:
    """Every definition with every outcome and aggregation, none of them declared the method.

    Returns one row a gap with the columns of :class:`RawGap`, `place` and ``label``; what cannot be
    computed here is left out.
    """
    rows = []
    for definition, outcome, aggregation in product(definitions, outcomes, AGGREGATIONS):
        try:
            found = raw_gap(frame, definition, outcome, aggregation, cluster)
        except NoVariation:
            continue
        label = f"raw gap, {outcome} on {definition}, {aggregation}"
        if np.isfinite(found.estimate):
            rows.append({"place": place, **asdict(found), "label": label})
    return pd.DataFrame(rows, columns=["place", *RawGap.__dataclass_fields__, "label"])


class Moved(NamedTuple):
    """How claimed votes may have been moved, and in words: ``votes`` that are ``so``."""

    ways: tuple[How, How]
    switched: str
    votes: str
    so: str
    one: str


GAINED = Moved(
    ("added", "switched"), "switched from the opponent", "too many", "added, cast by nobody",
    "an added",
)  # fmt: skip
LOST = Moved(
    ("switched", "deleted"), "switched to the opponent", "missing", "never counted", "a deleted"
)


def moved(claim: Claim) -> Moved:
    """What a claim of a gain, or of a loss, leaves open."""
    return GAINED if claim.gain else LOST


def of_favoured(
    frame: pd.DataFrame, claim: Claim, shown: Sequence[str]
) -> tuple[pd.DataFrame, list[str]]:
    """Counties with the sides exchanged, and the outcomes that a claimed gain speaks of.

    A gain of points of the two-party share is the other side's loss and needs no exchange.
    """
    other = {"harmed": "favoured", "favoured": "harmed"}
    other |= {f"{a}_prior": f"{b}_prior" for a, b in other.items()}
    turned = frame.assign(**{a: frame[b] for a, b in other.items()})
    frames.with_shares(turned, ("", "_prior"))
    asked = {
        "points_all": ["level_share_all", "change_share_all"],
        "percent": ["log_ratio", "level_log_share"],
    }
    of_it = [o for o in asked.get(claim.unit, []) if o in shown]
    return turned, of_it if claim.gain else []


class Spread(NamedTuple):
    """How far raw gaps in points lie apart, and how many are near what was claimed."""

    n: int
    near: int
    lowest: float
    highest: float


def spread(gaps: pd.DataFrame, percent: float) -> Spread:
    """Range of the gaps in points, and how many of them lie within a point of ``-percent``."""
    shares = gaps.loc[gaps["unit"] == "points", "estimate"]
    near = int(((shares + percent).abs() <= 1).sum())
    return Spread(len(shares), near, float(shares.min()), float(shares.max()))


def spread_rows(found: Spread, place: str) -> pd.DataFrame:
    """The same as rows: place, part, value, n, unit, label."""
    rows = [
        row("near_claim", found.near, "gaps", "raw gaps within one point of the claim"),
        row("lowest", found.lowest, "points", "the lowest raw gap of a share"),
        row("highest", found.highest, "points", "the highest raw gap of a share"),
    ]
    return pd.DataFrame(rows, dtype=object).assign(place=place, n=found.n)


def claimed_votes(
    frame: pd.DataFrame,
    place: str,
    definition: str,
    percent: float,
    units: Iterable[str],
    ways: Iterable[How] = HOWS,
) -> pd.DataFrame:
    """Votes that a claimed percentage stands for where voting is electronic.

    Returns rows for :meth:`Study.publish`, with ``amount`` (the unit) and ``how`` (``switched`` or
    ``deleted``); first, as ``harmed_votes``, the votes that the harmed party had there.

    `frame`: counties of `place`. `definition`: column of `frame`. `percent`: the size that was
    claimed; positive = the harmed party is short. `units`: what it may be a percent of: names in
    :data:`CLAIMED`. `ways`: how the votes may have been moved.
    """
    known = frame[frame[definition].notna()]
    there = electronic_place(known, definition)
    had = "votes of the harmed party where voting was electronic"
    rows = [row("harmed_votes", there.harmed, "votes", had)]
    for unit, how in product(units, ways):
        label = f"votes that {percent:g} as {unit} stands for, if {how}"
        value = missing_votes(-percent, CLAIMED[unit], there, how)
        rows.append(row(f"votes.{unit}.{how}", value, "votes", label, amount=unit, how=how))
    return pd.DataFrame(rows).assign(place=place, definition=definition, n=len(known))


def claimed_sizes(
    frame: pd.DataFrame, place: str, definition: str, votes: int | None
) -> pd.DataFrame:
    """What a claimed number of missing votes would be in each unit, the way back.

    Returns rows as :func:`claimed_votes` gives them, **negative** = the harmed party is short; none
    where no number of votes was claimed.
    """
    known = frame[frame[definition].notna()]
    there = electronic_place(known, definition)
    rows = []
    for how in HOWS if votes else ():
        found = sizes(float(votes or 0), there, how)
        for unit in ("two_party", "percent_counted"):
            label = f"what {votes} missing votes would be as {unit}, if {how}"
            own = row(f"size.{unit}.{how}", found[unit], "points", label, amount=unit, how=how)
            rows.append(own)
    return pd.DataFrame(rows).assign(place=place, definition=definition, n=len(known))


def outcome_of(name: str) -> Outcome:
    """An outcome by its name."""
    demand(name, OUTCOMES, "Unknown outcome")
    return OUTCOMES[name]


def two_sides(d: Array, definition: str) -> None:
    """Refuse a treatment that has not two places or more on either side."""
    if len(d) == 0 or np.ptp(d) == 0:
        why = "is the same in every county"
    elif not places.varies(d):
        why = "sets a single county apart"
    else:
        return
    raise NoVariation(f"This claim cannot be tested here: {definition!r} {why}", column=definition)


def complete(frame: pd.DataFrame, definition: str, outcomes: Iterable[str]) -> pd.DataFrame:
    """Rows of a frame in which nothing is unknown that a gap of these outcomes needs."""
    targets, sides = [outcome_of(name) for name in outcomes], ["harmed", "favoured", "total"]
    needed = [definition, *(t.column for t in targets), *sides]
    if any(t.change for t in targets):
        needed += [f"{side}_prior" for side in sides]
    require(frame, needed)
    return frame[frame[needed].notna().all(axis=1)]


def slopes(d: Array, y: Array) -> Array:
    """Slope of `y` on each row of `d`: for zeros and ones, the difference of means."""
    return _line(d, y, np.ones(len(y)))[1]


def _parts(rows: pd.DataFrame, target: Outcome) -> list[tuple[Array, Array]]:
    """Numerator and denominator of each election whose pooled ratios a gap compares."""

    def column(name: str, suffix: str) -> Array:
        if name == "one":
            return np.ones(len(rows))
        if name == "two":
            return column("harmed", suffix) + column("favoured", suffix)
        return cast(Array, rows[f"{name}{suffix}"].to_numpy(float))

    suffixes = ("", "_prior") if target.change else ("",)
    return [(column("harmed", s), column(target.whole, s)) for s in suffixes]


def _line(d: Array, part: Array, whole: Array) -> tuple[Array, Array]:
    """Intercept and slope of part/whole on each row of `d`, weighted by whole."""
    s0, s1, s2 = whole.sum(), d @ whole, (d**2) @ whole
    n0, n1 = part.sum(), d @ part
    slope = (s0 * n1 - s1 * n0) / (s0 * s2 - s1**2)
    return (n0 - slope * s1) / s0, slope


def _pooled(d: Array, parts: list[tuple[Array, Array]], target: Outcome) -> float:
    low, slope = _line(d[None, :], *parts[0])
    if len(parts) == 2:
        slope = slope - _line(d[None, :], *parts[1])[1]
    if not target.log:
        return float(slope[0])
    # A line fitted to a share may fall below zero at its end, where there is no logarithm.
    return float(np.log1p(slope / low)[0]) if slope[0] > -low[0] else np.nan
