r"""The raw gap between electronic and paper counties, in every reading, and what it is in votes.

Everywhere a **negative** gap means that the harmed party did worse where voting was electronic.
Gaps are in *points* (100 times a share) or, of logarithms, in *log points* (100 times a logarithm;
near percent while small).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.frames import require
from sevenpercent.stats import spatial
from sevenpercent.stats.regression import (
    Errors,
    NoVariation,
    bell_mccaffrey_df,
    fit,
    t_quantile,
    two_sided_p,
)

Array = NDArray[np.float64]
How = Literal["switched", "deleted"]
Unit = Literal["two_party", "share_all", "log", "percent_lost", "percent_counted"]


@dataclass(frozen=True)
class Outcome:
    """One outcome: the column of the frame, and how it is pooled over counties.

    Attributes
    ----------
    column : str
        Column of the frame that holds it county by county.
    part, whole : str
        Pooled, it is the sum of `part` over the sum of `whole` (``two``: both parties' votes,
        ``one``: the number of counties).
    change : bool
        Whether the same of the prior election is subtracted.
    log : bool
        Whether the logarithm of the pooled ratio is taken.
    unit : str
        ``points`` or ``log points``.
    size : str
        The unit in which :func:`missing_votes` reads it.
    """

    column: str
    part: str
    whole: str
    change: bool = False
    log: bool = False
    unit: str = "points"
    size: Unit = "two_party"


OUTCOMES: dict[str, Outcome] = {
    "level_two_party": Outcome("two_party", "harmed", "two"),
    "level_share_all": Outcome("share_all", "harmed", "total", size="share_all"),
    "change_two_party": Outcome("change_two_party", "harmed", "two", change=True),
    "change_share_all": Outcome(
        "change_share_all", "harmed", "total", change=True, size="share_all"
    ),
    "log_votes": Outcome("log_votes", "harmed", "one", log=True, unit="log points", size="log"),
    "log_ratio": Outcome(
        "log_ratio_change", "harmed", "harmed_prior", log=True, unit="log points", size="log"
    ),
}
"""The outcomes a raw gap can be of, by name."""

AGGREGATIONS: dict[str, str] = {
    "mean": "every county counts the same",
    "votes": "counties weighted by their votes",
    "population": "counties weighted by their population",
    "pooled": "all electronic counties together against all paper counties together",
}
"""How counties are brought together, by name."""


@dataclass(frozen=True)
class RawGap:
    """One reading of the gap, before anything is held constant.

    Attributes
    ----------
    reading, outcome, aggregation, unit : str
        What it is a gap of, and its unit (``points`` or ``log points``).
    estimate : float
        Electronic minus paper; for a share of ballots, the slope from none to all of them.
        **Negative** = the harmed party did worse where voting was electronic.
    se, df, lo, hi, p : float
        Standard error, degrees of freedom, 95 % interval and two-sided p value.
    n, n_electronic, n_paper : int
        Counties used; those with any electronic voting in this reading, and the others.
    electronic, paper : float
        The outcome itself where voting was electronic (all of it, for a share) and where it was
        not, in `unit`; their difference is the estimate.
    votes_switched, votes_deleted : float
        Votes in the electronic places that would make up the gap; **positive** = the harmed party
        is short of them.
    """

    reading: str
    outcome: str
    aggregation: str
    unit: str
    estimate: float
    se: float
    df: float
    lo: float
    hi: float
    p: float
    n: int
    n_electronic: int
    n_paper: int
    electronic: float
    paper: float
    votes_switched: float
    votes_deleted: float


def raw_gap(
    frame: pd.DataFrame,
    treatment: str,
    outcome: str = "change_two_party",
    aggregation: str = "mean",
    threshold: float | None = None,
    cluster: str | None = None,
) -> RawGap:
    r"""One reading of the gap.

    Means and weighted means are regressions on the treatment alone, with HC2 errors and
    Bell-McCaffrey degrees of freedom (for two groups, the error of Welch). A pooled gap is

    .. math:: \frac{\sum_e h_i}{\sum_e t_i} - \frac{\sum_p h_i}{\sum_p t_i}

    (for a share of ballots, the slope of :math:`h/t` weighted by :math:`t`), less the same of the
    prior election for a change, or a difference of logarithms; its error is the jackknife over
    counties :math:`\sum_i (\hat g_{(i)} - \hat g)^2`, its degrees of freedom those of the weighted
    regression.

    Parameters
    ----------
    frame : pandas.DataFrame
        As :func:`sevenpercent.model.frames.county_frame` gives it.
    treatment : str
        Column: 1 electronic and 0 paper, or a share between 0 and 1.
    outcome : str
        Name in :data:`OUTCOMES`.
    aggregation : str
        Name in :data:`AGGREGATIONS`.
    threshold : float, optional
        Count a county as electronic when its share is at least this.
    cluster : str, optional
        Column of places that are alike, such as ``state`` for the whole country: errors are then
        the jackknife over these (CR3), with one degree of freedom less than there are.

    Raises
    ------
    NoVariation
        All counties, or all but one, are on one side.
    InputError
        Unknown name or column.

    See Also
    --------
    missing_votes : from a gap to votes.
    """
    target = _outcome(outcome)
    if aggregation not in AGGREGATIONS:
        raise InputError(
            "Unknown aggregation", value=aggregation, fix=nearest(aggregation, AGGREGATIONS)
        )
    reading = treatment
    if threshold is not None:
        reading = f"{treatment} at least {threshold:g}"
        frame = frame.assign(**{reading: thresholded(frame, treatment, threshold)})
    rows = _complete(frame, reading, target, aggregation)
    d = rows[reading].to_numpy(float)
    _two_sides(d, reading)
    parts = _parts(rows, target, aggregation)
    low, slope, estimate = (float(v[0]) for v in _gaps(d[None, :], parts, target, aggregation))
    if aggregation == "pooled":
        groups = np.arange(len(d)) if cluster is None else pd.factorize(rows[cluster])[0]
        left_out = _left_out(d, parts, target, groups)
        se = float(np.sqrt(((left_out - estimate) ** 2).sum()))
        root = np.sqrt(parts[0][1])
        design = np.column_stack([d, np.ones(len(d))]) * root[:, None]
        df = float(groups.max()) if cluster else bell_mccaffrey_df(design, np.eye(2)[0])
    else:
        weights = {"votes": "total", "population": "population"}.get(aggregation)
        kind: Errors = "hc2_bm" if cluster is None else "cr3"
        model = fit(rows, target.column, reading, weights=weights, errors=kind, cluster=cluster)
        se, df = model.se, model.df
    half = t_quantile(0.975, df) * se
    place = electronic_place(rows, reading)
    return RawGap(
        reading=reading,
        outcome=outcome,
        aggregation=aggregation,
        unit=target.unit,
        estimate=100 * estimate,
        se=100 * se,
        df=df,
        lo=100 * (estimate - half),
        hi=100 * (estimate + half),
        # Where every county is alike there is nothing that chance could have made.
        p=two_sided_p(estimate / se, df) if se > 0 else float(estimate == 0),
        n=len(d),
        n_electronic=int((d > 0).sum()),
        n_paper=int((d == 0).sum()),
        electronic=100 * (low + slope),
        paper=100 * low,
        votes_switched=missing_votes(100 * estimate, target.size, place, "switched"),
        votes_deleted=missing_votes(100 * estimate, target.size, place, "deleted"),
    )


def raw_gaps(
    frame: pd.DataFrame,
    readings: Iterable[str],
    outcomes: Iterable[str] = tuple(OUTCOMES),
    aggregations: Iterable[str] = tuple(AGGREGATIONS),
    cluster: str | None = None,
) -> pd.DataFrame:
    """Every reading of the gap, none of them declared the method; arguments as in :func:`raw_gap`.

    Returns
    -------
    pandas.DataFrame
        One row per reading, outcome and aggregation, with the fields of :class:`RawGap` and
        ``why``: empty, or why it cannot be computed here (the numbers are then null).
    """
    rows: list[dict[str, object]] = []
    outcomes, aggregations = list(outcomes), list(aggregations)
    for reading in readings:
        for outcome in outcomes:
            for aggregation in aggregations:
                try:
                    gap = raw_gap(frame, reading, outcome, aggregation, cluster=cluster)
                    found = asdict(gap)
                except NoVariation as reason:
                    found = {
                        "reading": reading,
                        "outcome": outcome,
                        "aggregation": aggregation,
                        "unit": _outcome(outcome).unit,
                        "n": int(frame[reading].notna().sum()),
                        "n_electronic": int((frame[reading] > 0).sum()),
                        "n_paper": int((frame[reading] == 0).sum()),
                        "why": reason.problem,
                    }
                rows.append({"why": "", **found})
    columns = [*RawGap.__dataclass_fields__, "why"]
    return pd.DataFrame(rows).reindex(columns=columns)


def thresholded(frame: pd.DataFrame, treatment: str, threshold: float) -> pd.Series[float]:
    """1 where the share is at least `threshold`, 0 where it is less, null where it is unknown."""
    require(frame, [treatment])
    share = frame[treatment].astype(float)
    return (share >= threshold).astype(float).where(share.notna())


# ---------------------------------------------------------------------------------------------
# Points, percent and votes
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """Votes of the places in question, as counted.

    Attributes
    ----------
    harmed, favoured, total : float
        Votes for either party, and for all candidates.
    """

    harmed: float
    favoured: float
    total: float


def electronic_place(frame: pd.DataFrame, treatment: str) -> Place:
    """Votes of the electronic counties together; with a share, each county's share of them."""
    require(frame, [treatment])
    rows = frame[["harmed", "favoured", "total"]].mul(frame[treatment].astype(float), axis=0)
    sums = rows.sum()
    return Place(float(sums["harmed"]), float(sums["favoured"]), float(sums["total"]))


def missing_votes(gap: float, unit: Unit, place: Place, how: How) -> float:
    r"""Votes of the harmed party that a gap of this size stands for.

    With :math:`h, f, t` the votes as counted, :math:`x` the answer and :math:`g` the gap,
    counted minus true:

    - ``two_party`` (points): switched :math:`x = -g (h + f)`; deleted
      :math:`x = -g (h + f) / (1 - h/(h+f) + g)`
    - ``share_all`` (points): the same with all votes :math:`t` for :math:`h + f`
    - ``log`` (log points): :math:`x = h (e^{-g} - 1)`
    - ``percent_lost`` (percent of the votes there should have been): :math:`x = -g h / (1 + g)`
    - ``percent_counted`` (percent of the votes that were counted): :math:`x = -g h`

    Parameters
    ----------
    gap : float
        **Negative** = the harmed party is short.
    unit : str
        What the gap is measured in.
    place : Place
        Where it is.
    how : str
        ``switched`` to the opponent, or ``deleted`` (never counted for anyone).

    Returns
    -------
    float
        Votes; **positive** = the harmed party is short of them.

    Raises
    ------
    InputError
        Unknown unit or way, or a gap that no number of votes can make.

    See Also
    --------
    sizes : the way back.
    """
    _known_way(how)
    g = gap / 100
    if unit in ("two_party", "share_all"):
        whole = place.total if unit == "share_all" else place.harmed + place.favoured
        if how == "switched":
            return -g * whole
        rest = 1 - place.harmed / whole + g
        if rest <= 0:
            raise InputError("No number of deleted votes makes a gap of this size", value=gap)
        return -g * whole / rest
    if unit == "log":
        return float(place.harmed * np.expm1(-g))
    if unit == "percent_lost":
        if g <= -1:
            raise InputError("No more than all votes can be lost", value=gap)
        return -g * place.harmed / (1 + g)
    if unit == "percent_counted":
        return -g * place.harmed
    units = ("two_party", "share_all", "log", "percent_lost", "percent_counted")
    raise InputError("Unknown unit of a gap", value=unit, fix=nearest(unit, units))


def sizes(votes: float, place: Place, how: How) -> dict[Unit, float]:
    """What `votes` missing in `place` would be in each unit of :func:`missing_votes`, its inverse.

    `votes` positive (the harmed party is short of them) gives **negative** sizes.

    Raises
    ------
    InputError
        Unknown way, or more votes than are there to be switched back.
    """
    _known_way(how)
    moved = votes if how == "switched" else 0.0
    if moved > place.favoured or place.harmed + votes <= 0:
        raise InputError("More votes than there are in these places", value=votes)
    h, f, t = place.harmed + votes, place.favoured - moved, place.total + votes - moved
    return {
        "two_party": 100 * (place.harmed / (place.harmed + place.favoured) - h / (h + f)),
        "share_all": 100 * (place.harmed / place.total - h / t),
        "log": 100 * float(np.log(place.harmed / h)),
        "percent_lost": 100 * (place.harmed / h - 1),
        "percent_counted": -100 * votes / place.harmed,
    }


def percent_from_log(log_points: float) -> float:
    """Percent from log points: :math:`100 (e^{g/100} - 1)`, the same sign."""
    return float(100 * np.expm1(log_points / 100))


# ---------------------------------------------------------------------------------------------
# What chance and demographics alone would give
# ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chance:
    """Gaps that appear when machines have no effect at all.

    Attributes
    ----------
    observed : float
        The raw gap, in points or log points. **Negative** = worse where electronic.
    drawn : array
        The gap of each draw by demographics and map.
    shuffled : array
        The gap of each naive draw, counties shuffled like cards.
    range_km, moran_observed, moran_drawn : float
        See :class:`sevenpercent.stats.spatial.Redraw`.
    n : int
        Counties.
    """

    observed: float
    drawn: Array
    shuffled: Array
    range_km: float
    moran_observed: float
    moran_drawn: float
    n: int

    @property
    def expected(self) -> float:
        """Mean gap of the draws: what demographics alone would give."""
        return float(self.drawn.mean())

    def interval(self, level: float = 0.95, naive: bool = False) -> tuple[float, float]:
        """Central interval that holds `level` of the draws."""
        values = self.shuffled if naive else self.drawn
        lo, hi = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        return float(lo), float(hi)

    def p_lower(self, naive: bool = False) -> float:
        """Share of draws at least as negative as the gap seen, which counts as one of them."""
        values = self.shuffled if naive else self.drawn
        tolerance = 1e-9 * max(1.0, abs(self.observed))
        return float((1 + (values <= self.observed + tolerance).sum()) / (1 + len(values)))


def raw_gap_by_chance(
    frame: pd.DataFrame,
    treatment: str,
    outcome: str,
    covariates: Sequence[str],
    points: pd.DataFrame,
    neighbours: pd.DataFrame,
    *,
    draws: int,
    rng: np.random.Generator,
    aggregation: str = "mean",
    range_km: float | None = None,
) -> Chance:
    """Raw gap when machines are dealt out anew by demographics, map and chance, votes untouched.

    Parameters
    ----------
    frame, treatment, outcome, aggregation
        As in :func:`raw_gap`.
    covariates : sequence of str
        Columns that the choice of machines may follow; none of them an outcome of this election.
    points, neighbours : pandas.DataFrame
        Tables ``county_points`` and ``county_neighbours``.
    draws : int
        Number of draws, the same for the naive shuffle.
    rng : numpy.random.Generator
        Source of chance; the same seed gives the same draws.
    range_km : float, optional
        Range of the spatial field; matched to the treatment when None.

    Raises
    ------
    NoVariation, InputError
        As in :func:`raw_gap`; a county without a point.

    See Also
    --------
    sevenpercent.stats.spatial.redraw : how a draw is made.
    """
    target = _outcome(outcome)
    require(frame, covariates)
    rows = _complete(frame, treatment, target, aggregation)
    rows = rows[rows[list(covariates)].notna().all(axis=1)]
    d = rows[treatment].to_numpy(float)
    _two_sides(d, treatment)
    where = points.set_index("fips").reindex(rows["fips"])
    if where["lat"].isna().any():
        raise InputError(
            "A county has no point on the map",
            column="fips",
            value=where.index[int(where["lat"].isna().argmax())],
        )
    weights = spatial.neighbour_weights(list(rows["fips"]), neighbours)
    drawn = spatial.redraw(
        d,
        rows[list(covariates)].to_numpy(float).reshape(len(d), -1),
        where["lat"].to_numpy(float),
        where["lon"].to_numpy(float),
        weights,
        draws,
        rng,
        range_km=range_km,
    )
    shuffled = spatial.shuffle(d, draws, rng)
    parts = _parts(rows, target, aggregation)

    def gaps(treatments: Array) -> Array:
        return 100 * _gaps(treatments, parts, target, aggregation)[2]

    return Chance(
        observed=float(gaps(d[None, :])[0]),
        drawn=gaps(drawn.treatments[:, :, 0]),
        shuffled=gaps(shuffled[:, :, 0]),
        range_km=drawn.range_km,
        moran_observed=drawn.moran_observed,
        moran_drawn=drawn.moran_drawn,
        n=len(d),
    )


# ---------------------------------------------------------------------------------------------
# How electronic the electronic places were
# ---------------------------------------------------------------------------------------------

METHODS = ("ballots_paper", "ballots_scan", "ballots_dre", "ballots_automark")


def ballots_by_method(units: pd.DataFrame, electronic: pd.Series[float] | str) -> pd.DataFrame:
    """Ballots by method of voting, in electronic places and elsewhere.

    Parameters
    ----------
    units : pandas.DataFrame
        Table ``wi_units`` or ``wi_municipalities``, or any with ``fips``, ``ballots_total`` and
        the columns of :data:`METHODS`.
    electronic : Series or str
        Treatment of each county (indexed by FIPS code), or a column of `units`. Places with a
        value above zero are electronic; unknown ones count in ``all`` only.

    Returns
    -------
    pandas.DataFrame
        Rows ``electronic``, ``paper``, ``all``; columns ``places``, ``unknown`` (places without a
        figure, which add nothing), ``ballots_total``, one column per method, and ``dre_share``:
        DRE ballots as a share of ballots (0 to 1).

    Raises
    ------
    InputError
        Missing column.
    """
    require(units, ["fips", "ballots_total", *METHODS])
    if isinstance(electronic, str):
        require(units, [electronic])
        treated = units[electronic].astype(float)
    else:
        treated = units["fips"].map(electronic.astype(float))
    counted = units[["ballots_total", *METHODS]].astype(float)
    unknown = counted["ballots_total"].isna() | counted["ballots_dre"].isna()
    sides = {
        "electronic": treated > 0,
        "paper": treated == 0,
        "all": pd.Series(True, index=units.index),
    }
    out = pd.DataFrame(
        {
            side: {
                "places": int(mask.sum()),
                "unknown": int((mask & unknown).sum()),
                **counted[mask & ~unknown].sum(),
            }
            for side, mask in sides.items()
        }
    ).T
    total = out["ballots_total"]
    out["dre_share"] = out["ballots_dre"] / total.where(total > 0)
    return out


def _outcome(name: str) -> Outcome:
    if name not in OUTCOMES:
        raise InputError("Unknown outcome", value=name, fix=nearest(name, OUTCOMES))
    return OUTCOMES[name]


def _known_way(how: str) -> None:
    if how not in ("switched", "deleted"):
        raise InputError(
            "Unknown way to lose votes", value=how, fix=nearest(how, ("switched", "deleted"))
        )


def _two_sides(d: Array, reading: str) -> None:
    if len(d) == 0 or np.ptp(d) == 0:
        why = "is the same in every county"
    elif min((d > d.min()).sum(), (d < d.max()).sum()) < 2:
        why = "sets a single county apart"
    else:
        return
    raise NoVariation(f"This claim cannot be tested here: {reading!r} {why}", column=reading)


def _complete(frame: pd.DataFrame, reading: str, target: Outcome, aggregation: str) -> pd.DataFrame:
    needed = [reading, target.column, "harmed", "favoured", "total"]
    if target.change:
        needed += ["harmed_prior", "favoured_prior", "total_prior"]
    if aggregation == "population":
        needed.append("population")
    require(frame, needed)
    return frame[frame[needed].notna().all(axis=1)]


def _parts(rows: pd.DataFrame, target: Outcome, aggregation: str) -> list[tuple[Array, Array]]:
    """Numerator and denominator of each election whose ratios the gap compares."""
    if aggregation != "pooled":
        weights = {"votes": "total", "population": "population"}
        weight = rows[weights[aggregation]].to_numpy(float) if aggregation in weights else None
        whole = np.ones(len(rows)) if weight is None else weight
        return [(rows[target.column].to_numpy(float) * whole, whole)]

    def column(name: str, suffix: str) -> Array:
        if name == "one":
            return np.ones(len(rows))
        if name == "two":
            return column("harmed", suffix) + column("favoured", suffix)
        return cast(Array, rows[f"{name}{suffix}"].to_numpy(float))

    suffixes = ("", "_prior") if target.change else ("",)
    return [(column(target.part, s), column(target.whole, s)) for s in suffixes]


def _line(d: Array, part: Array, whole: Array) -> tuple[Array, Array]:
    """Intercept and slope of part/whole on each row of `d`, weighted by whole."""
    s0, s1, s2 = whole.sum(), d @ whole, (d**2) @ whole
    n0, n1 = part.sum(), d @ part
    slope = (s0 * n1 - s1 * n0) / (s0 * s2 - s1**2)
    return (n0 - slope * s1) / s0, slope


def _gaps(
    d: Array, parts: list[tuple[Array, Array]], target: Outcome, aggregation: str
) -> tuple[Array, Array, Array]:
    """Paper level, electronic minus paper, and the gap, of each row of `d`."""
    low, slope = _line(d, *parts[0])
    if len(parts) == 2:
        low_prior, slope_prior = _line(d, *parts[1])
        low, slope = low - low_prior, slope - slope_prior
    if target.log and aggregation == "pooled":
        return np.log(low), np.log1p(slope / low), np.log1p(slope / low)
    return low, slope, slope


def _left_out(
    d: Array, parts: list[tuple[Array, Array]], target: Outcome, groups: NDArray[np.intp]
) -> Array:
    """The pooled gap without each group of counties in turn."""
    out = np.empty(int(groups.max()) + 1)
    for i in range(len(out)):
        keep = groups != i
        fewer = [(part[keep], whole[keep]) for part, whole in parts]
        out[i] = _gaps(d[None, keep], fewer, target, "pooled")[2][0]
    return out
