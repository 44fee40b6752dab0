"""Tables of states, and of counties' people: files of the MIT Election Data and Science Lab, and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import facts, files, places
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError


def read_context_demographics(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read demographic columns of the election-context file as floats.

    Returns ``fips`` (five digits) and the asked columns in the file's units.

    `path`: ``election-context-2018.csv``; `columns`: our name to the file's name.
    """
    raw = files.read_table(path, ["fips", *columns.values()])
    frame = pd.DataFrame({"fips": raw.fips.str.zfill(5)})
    for name, column in columns.items():
        frame[name] = files.numbers(raw[column], path)
    return frame.reset_index(drop=True)


def read_state(path: Path, parties: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Read the state returns: one line per state, year, candidate and party line.

    A candidate's votes on all lines count: in some states several parties nominate one candidate.
    The candidate of a party is the one with most votes on its lines.

    Returns ``year``, ``state`` (postal), ``dem``, ``rep``, ``other``, ``total``. Raises InputError
    when a state has no line of a party.
    """
    needed = ["year", "state_po", "candidate", "party", "candidatevotes"]
    raw = files.read_table(path, needed)
    whose = {name: part for part, listed in parties.items() for name in listed}
    lines = raw.assign(
        year=raw.year.astype("int64"),
        part=raw.party.map(whose),
        votes=files.numbers(raw.candidatevotes, path).fillna(0),
        # Spelled "Last, First" and "First, Last" in the same file.
        candidate=raw.candidate.map(lambda name: " ".join(sorted(name.replace(",", " ").split()))),
    )
    rows = []
    for (year, state), group in lines.groupby(["year", "state_po"]):
        record: dict[str, Any] = {"year": year, "state": state, "total": group.votes.sum()}
        for part in parties:
            nominated = group[group.part == part]
            if nominated.empty:
                raise InputError(
                    f"No line of the party {part!r}", file=path, value=f"{state} {year}"
                )
            candidate = nominated.groupby("candidate").votes.sum().idxmax()
            record[part] = group.votes[group.candidate == candidate].sum()
        record["other"] = record["total"] - sum(record[part] for part in parties)
        rows.append(record)
    return pd.DataFrame(rows)


def read_state_candidates(path: Path) -> pd.DataFrame:
    """Read the state returns by candidate, all party lines added up.

    Returns ``year``, ``state`` (postal), ``candidate`` (last name first, as printed; "not named"
    for lines without a name), ``votes``.
    """
    raw = files.read_table(path, ["year", "state_po", "candidate", "candidatevotes"])
    lines = pd.DataFrame(
        {
            "year": raw.year.astype("int64"),
            "state": raw.state_po,
            "candidate": raw.candidate.replace(["", "NA"], "not named"),
            "votes": files.numbers(raw.candidatevotes, path).fillna(0),
        }
    )
    return lines.groupby(["year", "state", "candidate"])[["votes"]].sum().reset_index()


def states(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build states with electoral votes (`facts.table`) and their two-digit codes."""
    frame = facts.table(raw, made, options)
    gazetteer = places.read_gazetteer(raw.by_id(options["gazetteer"]))
    codes = dict(zip(gazetteer.state, gazetteer.fips.str[:2], strict=True))
    return frame.assign(
        fips=frame.state.map(codes), total=frame[["dem", "rep", "other"]].sum(axis=1)
    )


def votes(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the votes of every state and year, and which part of the vote was largest.

    Where a certified total is known it stands in place of the file's; ``certified`` lists the
    vintages that count as such, the last official one first. A winner who is neither party's candidate would be one of ``other``: the largest single
    candidate decides, not the sum of the others.
    """
    path = raw.by_id(options["file"])
    frame = _certified(
        read_state(path, options["parties"]), made["certified_totals"], options["certified"]
    )
    largest = read_state_candidates(path).groupby(["year", "state"]).votes.max()
    top = frame.set_index(["year", "state"])
    most = top[["dem", "rep"]].max(axis=1)
    winner = top[["dem", "rep"]].idxmax(axis=1).where(most >= largest.reindex(top.index), "other")
    return top.assign(winner=winner).reset_index()


def _certified(frame: pd.DataFrame, certified: pd.DataFrame, vintages: list[str]) -> pd.DataFrame:
    order = {vintage: rank for rank, vintage in enumerate(vintages)}
    known = certified.assign(rank=certified.vintage.map(order)).dropna(subset="rank")
    known = known.sort_values("rank").drop_duplicates(["place", "year"])
    known = known.set_index(["place", "year"])[["dem", "rep", "total"]].astype("float64")
    printed = frame.set_index(["state", "year"]).astype("float64")
    known = known.reindex(printed.index)
    for part in ("dem", "rep"):
        # A vote more for one of the two candidates is one more in the total.
        change = (known[part] - printed[part]).fillna(0)
        printed[part] += change
        printed["total"] += change
    printed["total"] = known["total"].fillna(printed["total"])
    printed["other"] = printed["total"] - printed["dem"] - printed["rep"]
    return printed.reset_index()


def candidates(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the votes of every candidate by state and year."""
    return read_state_candidates(raw.by_id(options["file"]))


def counties(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build county demographics.

    ``copy`` names columns taken as they are, ``percent`` those turned into shares, and
    ``complement`` those whose share is one less the printed percentage. Counties in ``drop`` are
    parts of another county whose row covers them; ``recode`` renames codes.

    Returns one row per county of the file, with ``land_km2`` and ``density`` (people per km2); null
    where the file gives nothing.
    """
    gazetteer = places.read_gazetteer(raw.by_id(options["gazetteer"]))
    columns = {**options["copy"], **options["percent"], **options["complement"]}
    frame = read_context_demographics(raw.by_id(options["context"]), columns)
    frame = frame[~frame.fips.isin(options["drop"])]
    frame["fips"] = frame.fips.replace(options["recode"])
    for name in options["percent"]:
        frame[name] = frame[name] / 100
    for name in options["complement"]:
        frame[name] = 1 - frame[name] / 100
    named = gazetteer[["fips", "state", "county", "land_km2"]]
    frame = frame.merge(named, on="fips", how="left", validate="one_to_one")
    return frame.assign(density=frame.population / frame.land_km2)
