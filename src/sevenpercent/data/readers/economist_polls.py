"""The polls of one campaign, as The Economist released them with its forecasting model.

The file has a row for every question version of a poll and for every party sub-sample, and no
results. One row per poll is kept here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.recipe import Made, Options, RawFiles

POPULATIONS = ("Likely Voters", "Registered Voters", "Adults")
"""Whole samples, the one nearest to the electorate first; any other value is a sub-sample."""

SPONSORS = {"": "", "NA": "", "None": "", "Other": "", "Dem": "dem", "Rep": "rep"}
NATION = "--"

_COLUMNS = [
    "state", "pollster", "start.date", "end.date", "number.of.observations", "population", "mode",
    "affiliation", "question.iteration",
]  # fmt: skip


def read(
    path: Path, election: str, candidates: Mapping[str, str], others: list[str]
) -> pd.DataFrame:
    """Read one row per poll.

    Returns ``year, state`` (``US`` for the nation)``, poll`` (the file's row number)``, pollster,
    family`` (the pollster without sponsors in brackets)``, mode, population, sponsor, ended`` (last
    day of interviews)``, days`` from then to the election, ``sample`` and, as fractions of those
    asked, ``dem_share, rep_share``. Raises InputError: a missing column, or a cell that is no
    number, date or known affiliation.

    `path`: ``all_polls.csv``; `election`: day of the election, ``YYYY-MM-DD``; `candidates`: the
    file's column for ``dem`` and for ``rep``; `others`: columns of further candidates. Of a poll's
    question versions the one that names most of them is kept, because the ballot named them too;
    then the first.
    """
    raw = files.read_table(path, [*_COLUMNS, *candidates.values(), *others])
    raw = raw[raw.population.isin(POPULATIONS)]
    named = pd.DataFrame({c: files.numbers(raw[c], path).notna() for c in others}, index=raw.index)
    raw = raw.assign(
        rank=raw.population.map({name: i for i, name in enumerate(POPULATIONS)}),
        unnamed=-named.sum(axis=1),
        version=files.numbers(raw["question.iteration"], path),
    )
    raw = raw.sort_values(["rank", "unnamed", "version"], kind="stable")
    raw = raw.drop_duplicates(["state", "pollster", "start.date", "end.date"]).sort_index()
    ended = files.dates(raw["end.date"], path, "%Y-%m-%d")
    files.refuse(
        ~raw.affiliation.isin(list(SPONSORS)), raw.affiliation, path, "Unknown affiliation"
    )
    day = pd.Timestamp(election)
    out = pd.DataFrame(
        {
            "year": day.year,
            "state": raw.state.replace(NATION, "US"),
            "poll": raw.iloc[:, 0],
            "pollster": raw.pollster,
            "family": raw.pollster.str.replace(r"\s*\([^)]*\)", "", regex=True),
            "mode": raw["mode"],
            "population": raw.population,
            "sponsor": raw.affiliation.map(SPONSORS),
            "ended": ended.dt.strftime("%Y-%m-%d"),
            "days": (day - ended).dt.days,
            "sample": files.numbers(raw["number.of.observations"], path),
        }
    )
    for party in ("dem", "rep"):
        out[f"{party}_share"] = files.numbers(raw[candidates[party]], path) / 100
    return out.reset_index(drop=True)


def build(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build a table of polls; options ``source``, ``election``, ``candidates`` and ``others``."""
    return read(
        raw.by_id(options["source"]), options["election"], options["candidates"], options["others"]
    )
