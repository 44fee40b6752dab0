"""Tables of polls, one row a poll: two published files, each with places and parties of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError

PARTIES = {"dem": "DEM", "rep": "REP"}
SPONSORS = {"": "", "D": "dem", "R": "rep", "DEM": "dem", "REP": "rep"}

RACE_COLUMNS = [
    "question_id", "year", "location", "type_simple", "pollster", "pollster_rating_id",
    "methodology", "partisan", "polldate", "electiondate", "samplesize",
    *(f"cand{i}_{name}" for i in (1, 2) for name in ("party", "pct", "actual")),
]  # fmt: skip

POPULATIONS = ("Likely Voters", "Registered Voters", "Adults")
"""Whole samples, the one nearest to the electorate first; any other value is a sub-sample."""

AFFILIATIONS = {"": "", "NA": "", "None": "", "Other": "", "Dem": "dem", "Rep": "rep"}
NATION = "--"

CAMPAIGN_COLUMNS = [
    "state", "pollster", "start.date", "end.date", "number.of.observations", "population", "mode",
    "affiliation", "question.iteration",
]  # fmt: skip


def final_weeks(path: Path, race: str, years: list[int]) -> pd.DataFrame:
    """Read the polls of one kind of race in the last three weeks before elections (FiveThirtyEight).

    The file prints the result of each race beside every poll. Places are postal abbreviations,
    ``US`` for the nation, and codes with a digit for districts that choose one elector; these are
    left out.

    Returns one row per poll: ``year, state, poll, pollster, family, mode, population, sponsor,
    ended, days, sample`` and, as fractions of those asked and of all votes, ``dem_share,
    rep_share, dem_result, rep_result``. ``ended`` is the middle of the interviews, the one date
    that the file prints; ``days`` counts from it to the election. Raises InputError: no poll of
    that kind and those years, a poll that is not between the two parties, or a date or sponsor
    that cannot be read.

    `path`: ``raw-polls.csv``; `race`: value of ``type_simple``; `years`: elections to keep.
    """
    raw = files.read_table(path, RACE_COLUMNS)
    raw = raw[(raw.type_simple == race) & raw.year.isin([str(year) for year in years])]
    raw = raw[raw.location.str.fullmatch("[A-Z]{2}")]
    if raw.empty:
        raise InputError("No such poll", file=path, column="type_simple", value=race)
    sides = raw.partisan.str.split(",")
    known = sides.map(lambda found: set(found) <= set(SPONSORS))
    files.refuse(~known, raw.partisan, path, "Unknown sponsor")
    out = _polls(
        path,
        year=raw.year.astype("int64"),
        state=raw.location,
        poll=raw.question_id,
        pollster=raw.pollster,
        family=raw.pollster_rating_id,
        mode=raw.methodology,
        population="",
        sponsor=sides.map(lambda found: ",".join(sorted(SPONSORS[side] for side in found))),
        ended=files.dates(raw.polldate, path, "%m/%d/%Y"),
        election=files.dates(raw.electiondate, path, "%m/%d/%Y"),
        sample=raw.samplesize,
    )
    out["sample"] = out["sample"].round()
    for ours, theirs in PARTIES.items():
        for name, column in (("share", "pct"), ("result", "actual")):
            out[f"{ours}_{name}"] = _of_party(raw, theirs, column, path)
    return out.reset_index(drop=True)


def _polls(
    path: Path, ended: pd.Series[Any], election: Any, sample: pd.Series[Any], **cells: object
) -> pd.DataFrame:
    """What both files say of a poll, in our columns."""
    days, ended = (election - ended).dt.days, ended.dt.strftime("%Y-%m-%d")
    return pd.DataFrame(cells).assign(ended=ended, days=days, sample=files.numbers(sample, path))


def _of_party(raw: pd.DataFrame, party: str, column: str, path: Path) -> pd.Series[Any]:
    first, second = raw.cand1_party == party, raw.cand2_party == party
    both = raw.cand1_party + ", " + raw.cand2_party
    problem = "The poll is not between the two parties"
    files.refuse(first == second, both.rename("cand1_party"), path, problem)
    values = raw[f"cand2_{column}"].mask(first, raw[f"cand1_{column}"]).rename(column)
    return files.numbers(values, path) / 100


def campaign(
    path: Path, election: str, candidates: Mapping[str, str], others: list[str]
) -> pd.DataFrame:
    """Read the polls of one campaign, as The Economist released them with its forecasting model.

    The file has a row for every question version of a poll and for every party sub-sample, and no
    results.

    Returns one row per poll: ``year, state`` (``US`` for the nation)``, poll`` (the file's row
    number)``, pollster, family`` (the pollster without sponsors in brackets)``, mode, population,
    sponsor, ended`` (last day of interviews)``, days`` from then to the election, ``sample`` and,
    as fractions of those asked, ``dem_share, rep_share``. Raises InputError: a missing column, or a
    cell that is no number, date or known affiliation.

    `path`: ``all_polls.csv``; `election`: day of the election, ``YYYY-MM-DD``; `candidates`: the
    file's column for ``dem`` and for ``rep``; `others`: columns of further candidates. Of a poll's
    question versions the one that names most of them is kept, because the ballot named them too;
    then the first.
    """
    raw = files.read_table(path, [*CAMPAIGN_COLUMNS, *candidates.values(), *others])
    raw = raw[raw.population.isin(POPULATIONS)]
    named = pd.DataFrame({c: files.numbers(raw[c], path).notna() for c in others}, index=raw.index)
    raw = raw.assign(
        rank=raw.population.map({name: i for i, name in enumerate(POPULATIONS)}),
        unnamed=-named.sum(axis=1),
        version=files.numbers(raw["question.iteration"], path),
    )
    raw = raw.sort_values(["rank", "unnamed", "version"], kind="stable")
    raw = raw.drop_duplicates(["state", "pollster", "start.date", "end.date"]).sort_index()
    known = raw.affiliation.isin(list(AFFILIATIONS))
    files.refuse(~known, raw.affiliation, path, "Unknown affiliation")
    out = _polls(
        path,
        year=pd.Timestamp(election).year,
        state=raw.state.replace(NATION, "US"),
        poll=raw.iloc[:, 0],
        pollster=raw.pollster,
        family=raw.pollster.str.replace(r"\s*\([^)]*\)", "", regex=True),
        mode=raw["mode"],
        population=raw.population,
        sponsor=raw.affiliation.map(AFFILIATIONS),
        ended=files.dates(raw["end.date"], path, "%Y-%m-%d"),
        election=pd.Timestamp(election),
        sample=raw["number.of.observations"],
    )
    for party in PARTIES:
        out[f"{party}_share"] = files.numbers(raw[candidates[party]], path) / 100
    return out.reset_index(drop=True)


def build(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build a table of polls; options ``source`` and what the reader of its file asks for."""
    asked = {name: value for name, value in options.items() if name != "source"}
    read = final_weeks if "race" in asked else campaign
    return read(raw.by_id(options["source"]), **asked)
