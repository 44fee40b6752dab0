"""Votes and machines by precinct, for books in which precincts are units."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
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

    `years`: elections of the office in question; `precincts`: whether its lines are of precincts (or
    towns, wards); `beside`: another office on the same ballots, in a sentence's words; empty when
    there is none; `wide`: lines of precincts with a column for each side, which are read by county.
    """

    years: frozenset[int]
    precincts: bool = False
    beside: str = ""
    wide: bool = False


def survey(given: Input) -> Survey:
    """Look at the columns, years and offices of a file of votes, and at none of its counts."""
    form = formats.form_of(given, given.path)
    said = votes.constants_of(given, form, formats.from_name(given.path, form))["year"]
    if form.lines in ("workbook", "years"):
        return Survey(frozenset({int(said)} if said.isdigit() else ()))
    with formats.opened(given, given.path) as (file, columns, _):
        where = "true"
        if given.office and "office" in columns:
            pattern = candidates.office_of(given, file, columns)[0].replace("'", "''")
            where = f"regexp_matches({candidates.contest(columns)}, '(?i){pattern}')"
        year = lines.field_of(columns, {"year": said}, "year")
        found = file.con.execute(f"SELECT DISTINCT {year} FROM lines WHERE {where}").fetchall()
        years = {int(y[:4]) for (y,) in found if re.fullmatch(r"(19|20)\d\d(\.0)?", str(y))}
        wide = "precinct" in columns and not _listed(columns)
        return Survey(frozenset(years), _listed(columns), _beside(file, columns, given), wide)


def _listed(columns: Collection[str]) -> bool:
    return {"precinct", "votes"} <= set(columns)


def _beside(file: lines.Lines, columns: Mapping[str, str], given: Input) -> str:
    """Another office on the ballots of a file by precinct."""
    if not _listed(columns) or "office" not in columns or given.office:
        return ""
    office = lines.field_of(columns, {}, "office")
    names = [str(o) for (o,) in file.con.execute(f"SELECT DISTINCT {office} FROM lines").fetchall()]
    known = formats.layouts().words.beside.items()
    hits = (b for b, p in known if any(re.search(p, n, re.IGNORECASE) for n in names))
    return next(hits, "")


def read(
    path: Path, given: Input, source: str, postal: Mapping[str, str], known: Places
) -> pd.DataFrame | None:
    """Votes of every precinct of a file, in the columns of ``precinct_votes``; None where it has none.

    Lines are added up in DuckDB by the same rules as those of counties (modes, totals, candidates
    of several parties); what is odd about them is told there.

    Raises InputError when no county of the file is known.

    `path, given, source, postal`: as for :func:`sevenpercent.data.readers.votes.read`; `known`:
    counties by code and by name.
    """
    out = []
    if formats.form_of(given, path).lines == "workbook":
        return None
    with formats.opened(given, path) as (file, columns, form):
        if not _listed(columns):
            return None
        constants = votes.constants_of(given, form, formats.from_name(path, form))
        offices = {PRESIDENT: candidates.office_of(given, file, columns)}
        if beside := _beside(file, columns, given):
            offices[OTHER] = (formats.layouts().words.beside[beside], "primary|state senat|special")
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
