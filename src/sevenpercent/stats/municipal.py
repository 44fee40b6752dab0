"""Municipalities: analysis frame, machines one by one, bounds by logic alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.frames import log, ratio, require, with_shares
from sevenpercent.stats.whole import PLACE, TRAITS, add_up, together

TELLING = 20.0
"""Points: a bound no wider than this says something about a municipality."""

RARE = 0.05
"""Share of ballots below which machines that are owned count as hardly used."""

METHODS = ("paper", "scan", "dre", "automark")

OUTCOMES = (
    "change_two_party", "change_share_all", "log_ratio", "same_ballots", "same_ballots_share_all",
    "same_ballots_log",
)  # fmt: skip
"""Outcomes that :func:`municipal_frame` has."""


def municipal_frame(
    table: pd.DataFrame,
    *,
    year: int,
    prior_year: int,
    harmed: str = "dem",
    favoured: str = "rep",
    other: str = "sen",
    whole: bool = True,
) -> pd.DataFrame:
    r"""One row per municipality with votes in both elections.

    The parts of a municipality that lies in several counties are put together, in the county with
    most of its voters (:func:`sevenpercent.stats.whole.together` says how parts are known).
    Municipalities carved out of one another between the elections have no votes of their own in
    the earlier one, so they are put together again too.

    Raises InputError: missing column, a place that stands twice, or no place with votes.

    `table`: table of municipalities: votes as ``<party>_<year>``, of the other office on the same
    ballots as ``<other>_<party>``, ballots by method, equipment, census figures. `whole`: whether
    parts in several counties are one municipality; False: one row a part.

    Returned sorted by ``fips`` and ``municipality``; unknown is null:

    - ``fips, county, municipality, kind``; ``parts``: rows of the table behind it, in so many
      ``counties``
    - ``harmed, favoured, total``, the same with ``_prior`` (earlier election) and ``_other`` (other
      office): votes
    - ``two_party``, ``share_all``, ``log_votes`` (and ``_prior``, ``_other``), and their changes
      (now minus earlier), as :func:`sevenpercent.model.frames.county_frame` defines them
    - ``same_ballots``, ``same_ballots_share_all``, ``same_ballots_log``: this office minus the
      other; **negative** = the harmed party's candidate ran behind the party's other one
    - ``marked``: log of the votes for this office over those for the other; **negative** = fewer
      ballots with a vote for this office
    - ``own`` (1 where the municipality owns a DRE), ``dose`` (DRE share of ballots, 0 to 1),
      ``machine`` (model of the DRE), ``ballots``, ``ballots_dre`` (cast on a DRE that it owns)
    - census figures (income in thousands), ``town`` (1 or 0), ``log_votes_prior_all`` (log of all
      earlier votes), ``log_density`` and ``log_population``
    """
    sides = {"harmed": harmed, "favoured": favoured, "total": "total"}
    columns = {name: f"{party}_{year}" for name, party in sides.items()}
    columns |= {f"{name}_prior": f"{party}_{prior_year}" for name, party in sides.items()}
    columns |= {f"{name}_other": f"{other}_{party}" for name, party in sides.items()}
    earlier = f"municipality_{prior_year}"
    by_method = [f"ballots_{m}" for m in METHODS]
    equipment = ["dre_model", "any_dre", "dose", "ballots_total", *by_method]
    traits = ["population", *TRAITS, "land_km2_printed"]
    require(table, [*PLACE, "county", "kind", earlier, *columns.values(), *equipment, *traits])
    twice = table[table.duplicated(PLACE)]
    if not twice.empty:
        where = " / ".join(str(twice.iloc[0][c]) for c in PLACE)
        raise InputError("A municipality stands twice", column="municipality", value=where)
    rows = table[[*PLACE, "county", "kind"]].copy()
    rows["own_row"] = table[earlier].eq(table["municipality"])
    known = table[[*columns.values(), "ballots_total", *by_method, "dose", *traits]].astype(float)
    rows[list(columns)] = known[list(columns.values())]
    rows["own"] = table["any_dre"].astype(float)
    rows["machine"] = table["dre_model"].astype(object).where(table["any_dre"].astype(bool), None)
    methods = known[by_method].sum(axis=1, min_count=1)
    counted = pd.concat([known["ballots_total"], methods], axis=1)
    # Clerks' totals can fall short of the methods or of the votes; a ballot seen is a ballot.
    rows["ballots"] = counted.max(axis=1).where(counted.notna().all(axis=1))
    rows["ballots"] = rows[["ballots", "total"]].max(axis=1).where(rows["ballots"].notna())
    rows["ballots_dre"] = known["ballots_dre"].where(table["any_dre"].astype(bool), 0.0)
    rows[["dose", *traits]] = known[["dose", *traits]]
    frame = add_up(rows, together(table, prior_year, whole=whole))
    voted = (frame["harmed"] + frame["favoured"] > 0) & (
        frame["harmed_prior"] + frame["favoured_prior"] > 0
    )
    frame = frame[voted].reset_index(drop=True)
    if frame.empty:
        raise InputError("No municipality has votes in both elections", column=columns["harmed"])
    return _derived(frame)


def machines(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """One column of dose for each model of DRE, which add up to ``dose``.

    Returns the frame with ``dose_1``, ``dose_2`` ..., the commonest model first; and column -> model.
    """
    require(frame, ["machine", "dose"])
    models = {f"dose_{i}": str(m) for i, m in enumerate(frame["machine"].value_counts().index, 1)}
    columns = {
        column: frame["dose"].where(frame["machine"].eq(model) | frame["dose"].isna(), 0.0)
        for column, model in models.items()
    }
    return frame.assign(**columns), models


def ballot_bounds(frame: pd.DataFrame) -> pd.DataFrame:
    r"""What logic alone says about the votes on DRE ballots, municipality by municipality.

    Of :math:`B` ballots :math:`D` were cast on DREs and :math:`H` bear a vote for the harmed
    party. Then its votes on DRE ballots lie between

    .. math:: \max(0, H - (B - D)) \quad\text{and}\quad \min(H, D)

    and so for the other party, and both extremes can be true at once. Nothing is assumed: not
    that paper and DRE voters are alike, nor that places are.

    `frame`: as :func:`municipal_frame` gives it.

    Returned on the index of `frame`, places with DRE ballots only: ``ballots, ballots_dre, harmed,
    favoured`` and ``harmed_lo, harmed_hi, favoured_lo, favoured_hi`` (votes on DRE ballots). The
    harmed party's two-party share on them is lowest with ``harmed_lo`` and ``favoured_hi``, also
    when summed over places.

    References
    ----------
    Duncan and Davis 1953, doi:10.2307/2088122.
    """
    require(frame, ["ballots", "ballots_dre", "harmed", "favoured"])
    known = frame[frame["ballots"].notna() & (frame["ballots_dre"] > 0)]
    out = known[["ballots", "ballots_dre", "harmed", "favoured"]].copy()
    paper = out["ballots"] - out["ballots_dre"]
    for side in ("harmed", "favoured"):
        out[f"{side}_lo"] = (out[side] - paper).clip(lower=0)
        out[f"{side}_hi"] = np.minimum(out[side], out["ballots_dre"])
    return out


USE = {
    "places": ("municipalities", "with votes in both elections"),
    "owners": ("municipalities", "own a DRE"),
    "hardly": ("municipalities", f"own a DRE and cast less than {RARE:.0%} of their ballots on it"),
    "median": ("share", "median DRE share of ballots where a DRE is owned"),
}
"""Unit and label of what is published of :class:`Use`."""

LOGIC = {
    "lo": ("percent", "harmed party's two-party share on DRE ballots, at least, by logic alone"),
    "hi": ("percent", "harmed party's two-party share on DRE ballots, at most, by logic alone"),
    "telling": ("municipalities", f"of which the bounds are no more than {TELLING:g} points apart"),
    "telling_ballots": ("share", "share of the DRE ballots in those municipalities"),
}
"""The same of :class:`Logic`."""


class Use(NamedTuple):
    """How municipalities use the machines that they own (:data:`USE`).

    `known`: owners whose ballots by method are known; `ballots`: cast on DREs that the municipality
    owns.
    """

    places: int
    owners: int
    known: int
    hardly: int
    median: float
    ballots: float


def use(towns: pd.DataFrame) -> Use:
    """Whether machines that are owned are used."""
    owned = towns["own"] > 0
    dose = towns.loc[owned & towns["dose"].notna(), "dose"]
    hardly, ballots = int((dose < RARE).sum()), float(towns["ballots_dre"].sum())
    return Use(len(towns), int(owned.sum()), len(dose), hardly, float(dose.median()), ballots)


class Logic(NamedTuple):
    """Shares on DRE ballots by logic alone (:data:`LOGIC`), in `n` municipalities with such ballots."""

    lo: float
    hi: float
    n: int
    telling: int
    telling_ballots: float


def logic(towns: pd.DataFrame) -> Logic:
    """Bounds of :func:`ballot_bounds`, added up and counted."""
    b = ballot_bounds(towns)
    low, high = (b["harmed_lo"], b["favoured_hi"]), (b["harmed_hi"], b["favoured_lo"])
    own = [100 * h / (h + f) for h, f in (low, high)]
    lo, hi = (float(100 * h.sum() / (h.sum() + f.sum())) for h, f in (low, high))
    telling = own[1] - own[0] <= TELLING
    ballots = b["ballots_dre"]
    return Logic(lo, hi, len(b), int(telling.sum()), float(ballots[telling].sum() / ballots.sum()))


def _derived(frame: pd.DataFrame) -> pd.DataFrame:
    with_shares(frame, ("", "_prior", "_other"))
    frame["same_ballots"] = frame["two_party"] - frame["two_party_other"]
    frame["same_ballots_share_all"] = frame["share_all"] - frame["share_all_other"]
    frame["same_ballots_log"] = frame["log_votes"] - frame["log_votes_other"]
    frame["marked"] = log(frame["total"]) - log(frame["total_other"])
    # Thousands: columns of like size keep the jackknife exact to ten digits.
    frame["income"] = frame["income"] / 1000
    frame["town"] = frame["kind"].eq("town").astype(float)
    frame["log_votes_prior_all"] = log(frame["total_prior"])
    frame["log_population"] = log(frame["population"])
    frame["log_density"] = log(ratio(frame["population"], frame["land_km2_printed"]))
    return frame
