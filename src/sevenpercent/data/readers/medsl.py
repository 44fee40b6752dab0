"""Files of the MIT Election Data and Science Lab: county, election context, state president."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files
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
