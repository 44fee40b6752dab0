"""Votes and machines by precinct, for books in which precincts are units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sevenpercent.data.inputs import PLACE, Input
from sevenpercent.data.readers import candidates, formats, lines, votes
from sevenpercent.data.recipe import Recipe
from sevenpercent.data.rules.base import COUNTS, PARTS
from sevenpercent.data.rules.places import Places, clean_code
from sevenpercent.errors import InputError
from sevenpercent.own.new_book import start
from sevenpercent.stats.designs.precinct import OTHER, PRESIDENT


def recipes() -> dict[str, Recipe]:
    """Descriptions of the tables; they are written for a book of one's own alone."""
    listed = start()["precinct_tables"]
    return {name: Recipe.model_validate(body) for name, body in listed.items()}


@dataclass(frozen=True)
class Survey:
    """What a file of votes holds, found without looking at any vote.

    `precincts`: whether its lines are of precincts (or towns, wards); `beside`: another office on
    the same ballots, in a sentence's words; empty when there is none.
    """

    precincts: bool
    years: tuple[int, ...] = ()
    beside: str = ""


def survey(path: Path, given: Input) -> Survey:
    """Look at the columns, years and offices of a file of votes, and at none of its counts."""
    if formats.form_of(given, path).lines == "workbook":
        return Survey(False)
    with formats.opened(given, path) as (file, columns, form):
        if "precinct" not in columns or "votes" not in columns:
            return Survey(False)
        constants = votes.constants_of(given, form, formats.from_name(path, form))
        year = lines.field_of(columns, constants, "year")
        found = file.con.execute(f"SELECT DISTINCT {year} FROM lines").fetchall()
        years = sorted({int(float(y)) for (y,) in found if str(y).replace(".0", "").isdigit()})
        beside = ""
        if "office" in columns and not given.office:
            names = [
                str(o) for (o,) in file.con.execute(
                    f"SELECT DISTINCT {lines.field_of(columns, {}, 'office')} FROM lines"
                ).fetchall()
            ]  # fmt: skip
            known = formats.known().words.beside.items()
            hits = (b for b, p in known if any(re.search(p, n, re.IGNORECASE) for n in names))
            beside = next(hits, "")
    return Survey(True, tuple(years), beside)


def read(
    path: Path,
    given: Input,
    source: str,
    postal: Mapping[str, str],
    known: Places,
) -> pd.DataFrame:
    """Votes of every precinct of a file, in the columns of ``precinct_votes``.

    Lines are added up in DuckDB by the same rules as those of counties (modes, totals, candidates
    of several parties); what is odd about them is told there.

    Raises InputError when no county of the file is known.

    `path, given, source, postal`: as for :func:`sevenpercent.data.readers.votes.read`; `known`:
    counties by code and by name.
    """
    out = []
    with formats.opened(given, path) as (file, columns, form):
        constants = votes.constants_of(given, form, formats.from_name(path, form))
        offices = {PRESIDENT: candidates.office_of(given, file, columns)}
        beside = survey(path, given).beside
        if beside:
            offices[OTHER] = (formats.known().words.beside[beside], "primary|state senat|special")
        for office, patterns in offices.items():
            if candidates.cells(file, columns, constants, source, *patterns) is None:
                continue
            sums = candidates.sums_by_county(file)
            sums["part"] = candidates.parts(sums, given, file, named=office == PRESIDENT)
            whose = sums[["state", "year", "party", "candidate", "part"]].drop_duplicates()
            file.con.register("whose", whose)
            shares = ", ".join(f"sum(c.votes) FILTER (WHERE w.part = '{p}') AS {p}" for p in PARTS)
            frame = file.con.execute(
                f"SELECT c.fips AS printed, c.state, c.county, c.precinct, c.year, {shares}, "
                "sum(c.votes) AS total FROM cells c JOIN whose w ON c.state = w.state "
                "AND c.year = w.year AND c.party = w.party AND c.candidate = w.candidate "
                "GROUP BY ALL"
            ).df()
            file.con.unregister("whose")
            out.append(frame.assign(office=office))
    every = pd.concat(out, ignore_index=True)
    every["state"] = [
        votes.postal_of(s, postal) or given.state or "" for s in every["state"].fillna("")
    ]
    every["fips"] = known.coded(every["printed"].map(clean_code), every["state"], every["county"])
    every["year"] = pd.to_numeric(every["year"]).astype("Int64")
    named = every[every["fips"].isin(known.name) & (every["precinct"].fillna("") != "")]
    if named.empty:
        raise InputError("no precinct of the file stands in a known county", file=path)
    place = [*PLACE, "year", "office"]
    sums = named.groupby(place, as_index=False)[list(COUNTS)].sum()
    first = sums.drop_duplicates(["fips", "precinct", "year", "office"])
    return first.astype(dict.fromkeys(COUNTS, "Int64"))


def varies_within(machines: pd.DataFrame, reading: str) -> bool:
    """Whether some counties have precincts with and without such machines, two at least."""
    own = machines[machines["reading"] == reading].groupby("fips")["value"]
    return int((own.max() > own.min()).sum()) >= 2
