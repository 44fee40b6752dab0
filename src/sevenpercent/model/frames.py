"""Analysis frames: one row per county, joined from votes, equipment and demographics."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError, demand

BEST = "best"
"""Vintage name that asks for the best source of each county and year."""

KEY = ["fips", "state", "county"]

WEIGHTS: dict[str, str | None] = {
    "none": None,
    "votes": "total",
    "votes_prior": "total_prior",
    "population": "population",
}
"""Frame column behind each name of a weighting."""


def alike(frame: pd.DataFrame, definitions: Iterable[str]) -> dict[str, list[str]]:
    """Definitions that are identical on these places: the first of each, with all of them.

    Examples
    --------
    >>> places = pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, 1.0], "c": [1.0, 1.0]})
    >>> alike(places, ["a", "b", "c"])
    {'a': ['a', 'b'], 'c': ['c']}
    """
    made: dict[str, list[str]] = {}
    for name in definitions:
        twin = next((first for first in made if frame[first].equals(frame[name])), name)
        made.setdefault(twin, []).append(name)
    return made


def require(table: pd.DataFrame, names: Iterable[str]) -> None:
    """Check that `table` has the columns `names`.

    Raises InputError: naming the first column that is missing and the nearest one there is.
    """
    for name in names:
        if name not in table.columns:
            demand(name, map(str, table.columns), "Unknown column", told="column")


def county_votes_of(votes: pd.DataFrame, year: int, vintage: str = BEST) -> pd.DataFrame:
    """One row of votes per county for one election.

    Returns columns of ``county_votes``, one row per ``fips``, sorted by it. Raises InputError:
    unknown year or vintage, or a county with no or several best counts.

    `votes`: table ``county_votes``; `year`: year of the election; `vintage`: which count is wanted
    (``canvass``, ``recount``, ...). A county without it gives its best count, which is what
    ``best`` asks for everywhere.
    """
    require(votes, [*KEY, "year", "vintage", "best", "total"])
    chosen = _of_year(votes, year, "county votes")
    known = {BEST, *votes["vintage"].unique()}
    demand(vintage, known, "Unknown vintage", column="vintage")
    wanted = chosen[chosen["vintage"] == vintage]
    # As objects: among strings of Arrow, what stands in a long list is sought ten times as slowly.
    fips = chosen["fips"].astype(object)
    rest = chosen[chosen["best"].astype(bool) & ~fips.isin(wanted["fips"].astype(object))]
    out = pd.concat([wanted, rest]).sort_values("fips", ignore_index=True)
    _one_row_each(out, f"county votes of {year}")
    missing = chosen.loc[~fips.isin(out["fips"].astype(object)), "fips"]
    if len(missing):
        raise InputError(
            f"A county has no count marked as best in {year}", column="fips", value=missing.min()
        )
    return out


def treatments(equipment: pd.DataFrame, year: int, version: str = "corrected") -> pd.DataFrame:
    """One column per reading of "electronic", one row per county.

    Returns index ``fips``; float columns named by reading: 1 electronic and 0 paper, or a share
    between 0 and 1; null where the source does not cover the county. Raises InputError: unknown
    year or version, or a county that stands twice in one reading.

    `equipment`: table ``county_equipment``; `year`: year of the equipment; `version`: ``corrected``
    or ``printed``; the other one is taken where a reading of a county exists in that one only.
    """
    require(equipment, ["fips", "year", "reading", "version", "value"])
    chosen = _of_year(equipment, year, "equipment")
    known = chosen["version"].unique()
    demand(version, known, "Unknown version of the equipment", column="version")
    own = chosen[chosen["version"] == version]
    key = ["fips", "reading"]
    there = pd.MultiIndex.from_frame(own[key])
    own = pd.concat([own, chosen[~pd.MultiIndex.from_frame(chosen[key]).isin(there)]])
    twice = own[own.duplicated(key)]
    if not twice.empty:
        problem = f"Reading {twice['reading'].iloc[0]!r} has two values for one county"
        raise InputError(problem, column="fips", value=twice["fips"].iloc[0])
    wide = own.pivot(index="fips", columns="reading", values="value").astype(float)  # noqa: PD010
    wide.columns.name = None
    return wide


def county_frame(
    votes: pd.DataFrame,
    equipment: pd.DataFrame,
    demographics: pd.DataFrame,
    *,
    year: int,
    prior_year: int,
    harmed: str = "dem",
    favoured: str = "rep",
    vintage: str = "canvass",
    states: Iterable[str] | None = None,
    version: str = "corrected",
    equipment_year: int | None = None,
) -> pd.DataFrame:
    r"""Join votes, equipment and demographics to one row per county.

    Raises InputError: unknown year, vintage, version, party column or state; a county that stands
    twice.

    `votes`, `equipment`, `demographics`: tables ``county_votes``, ``county_equipment`` and
    ``county_demographics``. `harmed`, `favoured`: vote columns of the party said to be harmed and of
    its opponent. `vintage`: count to use where it exists, in both years; see :func:`county_votes_of`.
    `states`: postal codes to keep; all when None. `version`: equipment as ``corrected`` or as
    ``printed``. `equipment_year`: year of the equipment; `year` when None. Another year asks the
    placebo question, what the same map of machines shows in another election.

    Returned sorted by ``fips``, with every county that has votes in `year`; what is unknown is null:

    - ``fips, state, county``
    - ``harmed, favoured, total`` and the same with ``_prior``: votes
    - ``two_party`` :math:`= h / (h + f)` and ``share_all`` :math:`= h / t`, ``_prior`` for the
      earlier election and ``change_`` for :math:`now - before`: shares; a **negative** change
      means that the harmed party lost share
    - ``log_votes``, ``log_votes_prior`` :math:`= \ln h`;
      ``log_ratio_change`` :math:`= \ln(h / h_{prior})`, **negative** when it lost votes;
      ``log_share`` :math:`= \ln(h / t)`
    - ``turnout_change``: votes for all, now minus before
    - every numeric column of the demographics, and ``log_density``, ``log_population``
    - ``absent``: votes of the earlier election in counties that have none in `year`, the same in
      each row; see :func:`lead`
    - one column per reading of "electronic"
    """
    parties = [c for c in ("dem", "rep", "other") if c in votes.columns]
    for party in (harmed, favoured):
        demand(party, parties, "The votes have no such party", told="column")
    now = _sides(county_votes_of(votes, year, vintage), harmed, favoured, states)
    before = _sides(county_votes_of(votes, prior_year, vintage), harmed, favoured, None)
    absent = _absent(now, before, whole=states is None)
    before = before.drop(columns=["state", "county"]).set_index("fips").add_suffix("_prior")
    require(demographics, ["fips"])
    _one_row_each(demographics, "the demographics")
    traits = demographics.set_index("fips").select_dtypes(["number", "bool", "boolean"])
    readings = treatments(equipment, year if equipment_year is None else equipment_year, version)
    taken = {*now.columns, *before.columns, *traits.columns, "absent"}
    if clash := sorted(taken & set(readings.columns)):
        raise InputError("A reading has the name of another column", column=clash[0])
    frame = now.set_index("fips").join(before).assign(absent=absent)
    with_shares(frame, ("", "_prior"))
    frame["turnout_change"] = frame["total"] - frame["total_prior"]
    frame = frame.join(traits.astype(float))
    for name in ("density", "population"):
        if name in frame:
            frame[f"log_{name}"] = log(frame[name])
    return frame.join(readings).reset_index()


def _absent(now: pd.DataFrame, before: pd.DataFrame, *, whole: bool) -> float:
    """Votes that counties cast before and that have none now, in all of the country where it is `whole`."""
    missing = ~before["state"].isin(now["state"])
    if whole and missing.any():
        return float(before["total"].sum())  # nobody knows who won
    old = before[~missing]
    there = old["fips"].isin(now["fips"])
    # Where all of a state's codes are others, they were redrawn.
    kept = there.groupby(old["state"]).transform("any")
    return float(old.loc[~there & kept, "total"].sum())


def lead(counties: pd.DataFrame) -> int | None:
    """Votes by which the favoured side leads; negative where the harmed one does.

    None where these votes do not say who won: counties that have none could have turned it, or more
    votes are for others than for either side.

    Examples
    --------
    >>> counties = pd.DataFrame({"harmed": [40.0], "favoured": [50.0], "total": [95.0], "absent": [5.0]})
    >>> lead(counties), lead(counties.assign(absent=20.0)), lead(counties.assign(total=150.0))
    (10, None, None)
    """
    harmed, favoured, _ = _sums(counties)
    return None if unknown_winner(counties) else int(favoured - harmed)


def unknown_winner(counties: pd.DataFrame) -> str:
    """Why these votes do not say who won: ``others_lead``, ``not_all_of_it``; empty where they do."""
    harmed, favoured, total = _sums(counties)
    missing = float(counties["absent"].max()) if "absent" in counties and len(counties) else 0.0
    if total - harmed - favoured > max(harmed, favoured):
        return "others_lead"
    return "not_all_of_it" if missing > abs(favoured - harmed) else ""


def _sums(counties: pd.DataFrame) -> list[float]:
    return [float(np.nansum(counties[name])) for name in ("harmed", "favoured", "total")]


def with_shares(frame: pd.DataFrame, suffixes: Iterable[str]) -> None:
    """Add shares and logarithms of the votes of each election, and the changes since the earlier one."""
    for suffix in suffixes:
        h, f, t = (frame[f"{name}{suffix}"] for name in ("harmed", "favoured", "total"))
        frame[f"two_party{suffix}"] = ratio(h, h + f)
        frame[f"share_all{suffix}"] = ratio(h, t)
        frame[f"log_votes{suffix}"] = log(h)
    frame["log_share"] = log(frame["share_all"])
    frame["change_two_party"] = frame["two_party"] - frame["two_party_prior"]
    frame["change_share_all"] = frame["share_all"] - frame["share_all_prior"]
    frame["log_ratio_change"] = frame["log_votes"] - frame["log_votes_prior"]


def _sides(
    table: pd.DataFrame, harmed: str, favoured: str, states: Iterable[str] | None
) -> pd.DataFrame:
    if states is not None:
        wanted = list(states)
        for state in wanted:
            demand(state, table["state"].unique(), "No county votes for this state", column="state")
        table = table[table["state"].isin(wanted)]
    out = table[KEY].copy()
    for name, column in (("harmed", harmed), ("favoured", favoured), ("total", "total")):
        out[name] = table[column].astype(float)
    return out


def _of_year(table: pd.DataFrame, year: int, what: str) -> pd.DataFrame:
    chosen = table[table["year"] == year]
    if chosen.empty:
        years = ", ".join(str(y) for y in sorted(table["year"].unique()))
        raise InputError(
            f"No {what} for this year", column="year", value=year, fix=f"Years: {years}."
        )
    return chosen


def _one_row_each(table: pd.DataFrame, what: str) -> None:
    twice = table["fips"][table["fips"].duplicated()]
    if not twice.empty:
        raise InputError(f"A county stands twice in {what}", column="fips", value=twice.iloc[0])


def ratio(part: pd.Series[float], whole: pd.Series[float]) -> pd.Series[float]:
    """A part of a whole; null where there is none."""
    return part / whole.where(whole > 0)


def log(values: pd.Series[float]) -> pd.Series[float]:
    """Logarithms; null where there is none."""
    return values.where(values > 0).transform(np.log)
