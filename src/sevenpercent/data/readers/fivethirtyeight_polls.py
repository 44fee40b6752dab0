"""The file of polls in the last three weeks before elections that FiveThirtyEight published.

It prints the result of each race beside every poll. Places are postal abbreviations, ``US`` for
the nation, and codes with a digit for districts that choose one elector of their own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError

PARTIES = {"dem": "DEM", "rep": "REP"}
SPONSORS = {"": "", "D": "dem", "R": "rep", "DEM": "dem", "REP": "rep"}

_COLUMNS = [
    "question_id",
    "year",
    "location",
    "type_simple",
    "pollster",
    "pollster_rating_id",
    "methodology",
    "partisan",
    "polldate",
    "electiondate",
    "samplesize",
    *(f"cand{i}_{name}" for i in (1, 2) for name in ("party", "pct", "actual")),
]


def read(path: Path, race: str, years: list[int]) -> pd.DataFrame:
    """Read the polls of one kind of race.

    Returns one row per poll, districts left out: ``year, state, poll, pollster, family, mode,
    population, sponsor, ended, days, sample`` and, as fractions of those asked and of all votes,
    ``dem_share, rep_share, dem_result, rep_result``. ``ended`` is the middle of the interviews, the
    one date that the file prints; ``days`` counts from it to the election. Raises InputError: no
    poll of that kind and those years, a poll that is not between the two parties, or a date or
    sponsor that cannot be read.

    `path`: ``raw-polls.csv``; `race`: value of ``type_simple``; `years`: elections to keep.
    """
    raw = files.read_table(path, _COLUMNS)
    raw = raw[(raw.type_simple == race) & raw.year.isin([str(year) for year in years])]
    raw = raw[raw.location.str.fullmatch("[A-Z]{2}")]
    if raw.empty:
        raise InputError("No such poll", file=path, column="type_simple", value=race)
    middle, election = (
        files.dates(raw[name], path, "%m/%d/%Y") for name in ("polldate", "electiondate")
    )
    out = pd.DataFrame(
        {
            "year": raw.year.astype("int64"),
            "state": raw.location,
            "poll": raw.question_id,
            "pollster": raw.pollster,
            "family": raw.pollster_rating_id,
            "mode": raw.methodology,
            "population": "",
            "sponsor": _sponsors(raw.partisan, path),
            "ended": middle.dt.strftime("%Y-%m-%d"),
            "days": (election - middle).dt.days,
            "sample": files.numbers(raw.samplesize, path).round(),
        }
    )
    for ours, theirs in PARTIES.items():
        for name, column in (("share", "pct"), ("result", "actual")):
            out[f"{ours}_{name}"] = _of_party(raw, theirs, column, path)
    return out.reset_index(drop=True)


def build(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build a table of polls; options ``source``, ``race`` and ``years``."""
    return read(raw.by_id(options["source"]), options["race"], options["years"])


def _of_party(raw: pd.DataFrame, party: str, column: str, path: Path) -> pd.Series[Any]:
    first, second = raw.cand1_party == party, raw.cand2_party == party
    both = raw.cand1_party + ", " + raw.cand2_party
    problem = "The poll is not between the two parties"
    files.refuse(first == second, both.rename("cand1_party"), path, problem)
    values = raw[f"cand2_{column}"].mask(first, raw[f"cand1_{column}"]).rename(column)
    return files.numbers(values, path) / 100


def _sponsors(column: pd.Series[str], path: Path) -> pd.Series[str]:
    sides = column.str.split(",")
    known = sides.map(lambda found: set(found) <= set(SPONSORS))
    files.refuse(~known, column, path, "Unknown sponsor")
    return sides.map(lambda found: ",".join(sorted(SPONSORS[side] for side in found)))
