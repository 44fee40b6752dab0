"""Tables of states, and of counties' people: files of the MIT Election Data and Science Lab, and facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from sevenpercent.data.readers import facts, files, places
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError


def read_context_demographics(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read columns of the election-context file (our name: its name) as floats, in its units.

    Returns ``fips`` (five digits) and the asked columns.
    """
    raw = files.read_table(path, ["fips", *columns.values()])
    read = {name: files.numbers(raw[column], path) for name, column in columns.items()}
    return pd.DataFrame({"fips": raw.fips.str.zfill(5), **read}).reset_index(drop=True)


def read_state(path: Path, parties: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Read the state returns: one line per state, year, candidate and party line.

    A candidate's votes on all lines count: in some states several parties nominate one candidate.
    The candidate of a party is the one with most votes on its lines.

    Returns ``year``, ``state`` (postal), ``dem``, ``rep``, ``other``, ``total``. Raises InputError
    when a state has no line of a party.
    """
    lines = _returns(path, ["year", "state_po", "candidate", "party", "candidatevotes"])
    whose = {name: part for part, listed in parties.items() for name in listed}
    lines["part"] = lines.party.map(whose)
    # Spelled "Last, First" and "First, Last" in the same file.
    words = lines.candidate.str.replace(",", " ").str.split()
    lines["candidate"] = words.map(lambda name: " ".join(sorted(name)))
    place = ["year", "state"]

    out = lines.groupby(place)[["votes"]].sum().set_axis(["total"], axis=1)
    by_name = lines.groupby([*place, "candidate"]).votes.sum()
    for part in parties:
        nominated = lines[lines.part == part].groupby([*place, "candidate"]).votes.sum()
        first = nominated.groupby(place).idxmax().reindex(out.index)
        if first.isna().any():
            year, state = first.index[first.isna()][0]
            raise InputError(f"No line of the party {part!r}", file=path, value=f"{state} {year}")
        out[part] = by_name[first.tolist()].to_numpy()
    return out.assign(other=out.total - out[list(parties)].sum(axis=1)).reset_index()


def _returns(path: Path, needed: Sequence[str]) -> pd.DataFrame:
    """Lines of the state returns, with year, state and votes as ours."""
    raw = files.read_table(path, needed)
    votes = files.numbers(raw.candidatevotes, path).fillna(0)
    return raw.assign(year=raw.year.astype("int64"), state=raw.state_po, votes=votes)


def read_state_candidates(path: Path) -> pd.DataFrame:
    """Read the state returns by candidate, all party lines added up.

    Returns ``year``, ``state`` (postal), ``candidate`` (last name first, as printed; "not named"
    for lines without a name), ``votes``.
    """
    lines = _returns(path, ["year", "state_po", "candidate", "candidatevotes"])
    lines["candidate"] = lines.candidate.replace(["", "NA"], "not named")
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
    place, sides = ["year", "state"], ["dem", "rep"]
    printed = read_state(path, options["parties"]).set_index(place).astype("float64")
    order = {vintage: rank for rank, vintage in enumerate(options["certified"])}
    certified = made["certified_totals"].rename(columns={"place": "state"})
    known = certified.assign(rank=certified.vintage.map(order)).dropna(subset="rank")
    known = known.sort_values("rank").drop_duplicates(place).set_index(place)
    known = known[[*sides, "total"]].astype("float64").reindex(printed.index)
    # A vote more for one of the two candidates is one more in the total.
    change = (known[sides] - printed[sides]).fillna(0)
    top = printed.assign(**(printed[sides] + change))
    top["total"] = known["total"].fillna(printed["total"] + change.sum(axis=1))
    top["other"] = top["total"] - top["dem"] - top["rep"]
    largest = read_state_candidates(path).groupby(place).votes.max()
    most = top[sides].max(axis=1)
    winner = top[sides].idxmax(axis=1).where(most >= largest.reindex(top.index), "other")
    return top.assign(winner=winner).reset_index()


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

    frame = frame.assign(
        fips=frame.fips.replace(options["recode"]),
        **{name: frame[name] / 100 for name in options["percent"]},
        **{name: 1 - frame[name] / 100 for name in options["complement"]},
    )
    named = gazetteer[["fips", "state", "county", "land_km2"]]
    frame = frame.merge(named, on="fips", how="left", validate="one_to_one")
    return frame.assign(density=frame.population / frame.land_km2)
