"""Reading a nation's precincts: our reader beside DuckDB, asked directly, and pandas.

A file of two million lines is written in MEDSL's layout of precinct returns. Each way runs in a
process of its own and gives votes by county for President; all must agree to the vote.

- ours: the bytes looked at once, lines of the contest taken by Arrow, added up by DuckDB
- duckdb: the same checks, as one would write them for this layout alone
- pandas: only the columns that are needed, repeated texts as categories; nothing is checked
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from measured import figure, peak_megabytes

ROWS = 2_000_000
CHUNK = 1 << 20
TRIED = (
    "Pieces of the file are cut at their delimiters and searched for the contest, two at a time; Arrow "
    "reads the contest's lines alone. What is left is DuckDB's grouping by place, candidate and precinct."
)
COLUMNS = ["state_po", "county_fips", "county_name", "precinct", "office", "candidate", "party_simplified",
           "mode", "votes", "year"]  # fmt: skip
PARTIES = (("DEMOCRAT", "ASH"), ("REPUBLICAN", "BIRCH"), ("OTHER", "CEDAR"))
OFFICES = ("US PRESIDENT", "US SENATE", "US HOUSE", "STATE HOUSE")


def write(path: Path, rows: int) -> None:
    """Write precinct returns of invented places in the published layout, block by block."""
    rng = np.random.default_rng(1)
    cell = len(PARTIES) * len(OFFICES)
    precincts = max(1, rows // cell)
    block = 20_000
    head = [*COLUMNS, *(f"column_{i}" for i in range(12))]
    with path.open("w", encoding="latin-1", newline="\n") as out:
        out.write(",".join(head) + "\n")
        for first in range(0, precincts, block):
            ids = np.arange(first, min(first + block, precincts))
            county = 13001 + 2 * (ids % 159)
            votes = rng.integers(0, 900, size=(len(ids), cell))
            lines = []
            for at, number in enumerate(ids):
                for i, office in enumerate(OFFICES):
                    for j, (party, name) in enumerate(PARTIES):
                        count = votes[at, i * len(PARTIES) + j]
                        lines.append(
                            f"GA,{county[at]},COUNTY {county[at]},P{number},{office},{name},{party},"
                            f"TOTAL,{count},2020" + ",some text" * 12
                        )
            out.write("\n".join(lines) + "\n")


def ours(path: Path) -> pd.DataFrame:
    """Our reader."""
    from sevenpercent.data.readers import votes
    from sevenpercent.model.scenario import Input

    read = votes.read(
        path, Input(file=str(path), holds="votes", format="medsl_precinct"), "file", {}
    )
    table = read.rows.set_index("fips_printed")[["dem", "rep", "other"]]
    out: pd.DataFrame = table.replace("", "0").astype(float).sort_index()
    return out


def tight(path: Path) -> pd.DataFrame:
    """``pandas.read_csv`` with the columns that are needed and small types."""
    wanted = ["county_fips", "office", "party_simplified", "votes"]
    kinds = dict.fromkeys(wanted[:3], "category")
    raw = pd.read_csv(path, encoding="latin-1", usecols=wanted, dtype=kinds)
    raw = raw[raw["office"].astype(str).str.contains("PRESIDENT")]
    part = raw["party_simplified"].astype(str).map({"DEMOCRAT": "dem", "REPUBLICAN": "rep"})
    sums = raw.assign(part=part.fillna("other")).groupby(["county_fips", "part"], observed=True)
    votes = sums["votes"].sum().reset_index()
    return votes.pivot_table("votes", index="county_fips", columns="part")


CHECKED = """
WITH printed AS (
    SELECT county_fips, county_name, precinct, candidate, party_simplified, votes, mode = 'TOTAL' AS whole
    FROM read_csv({path}, header=true, auto_detect=false, delim=',', quote='"', columns={columns})
    WHERE regexp_matches(office, '(?i)^(us )?president')
    AND NOT regexp_matches(candidate, '(?i)^(under ?votes?|over ?votes?|blank.*|total.*)$')
), counted AS (
    SELECT * EXCLUDE votes, CASE WHEN regexp_matches(votes, '^[0-9]{{1,9}}$') THEN votes::BIGINT
    ELSE error('no whole number: ' || votes) END AS votes FROM printed
), cells AS (
    SELECT * EXCLUDE (votes, whole), coalesce(sum(votes) FILTER (whole), sum(votes)) AS votes
    FROM counted GROUP BY ALL
), sums AS (
    SELECT county_name, party_simplified, sum(votes) AS all_votes FROM cells GROUP BY ALL
), places AS (
    SELECT * FROM cells c WHERE NOT regexp_matches(precinct, '(?i)^total')
    AND NOT EXISTS (SELECT 1 FROM sums s WHERE lower(s.county_name) = lower(c.precinct)
    AND s.party_simplified = c.party_simplified AND s.all_votes = c.votes)
)
SELECT county_fips, CASE party_simplified WHEN 'DEMOCRAT' THEN 'dem' WHEN 'REPUBLICAN' THEN 'rep'
ELSE 'other' END AS part, sum(votes) AS votes FROM places GROUP BY ALL
"""
"""The checks of our reader, as they would be written for this layout: as many cells in every line
as in the header, whole numbers, a total that stands beside its parts, totals of a county."""


def duck(path: Path) -> pd.DataFrame:
    """DuckDB, asked directly, with the same checks."""
    import duckdb

    with path.open(encoding="utf-8") as stream:
        while stream.read(CHUNK):
            pass
    con = duckdb.connect()
    con.execute("SET memory_limit='384MB'; SET threads=2")
    columns = dict.fromkeys([*COLUMNS, *(f"column_{i}" for i in range(12))], "VARCHAR")
    sums = con.execute(CHECKED.format(path=repr(str(path)), columns=columns)).df()
    return sums.pivot_table(index="county_fips", columns="part", values="votes")


def measured(way: str, path: Path) -> dict[str, float]:
    """Run one way in this process; seconds, peak memory in MB and a checksum.

    A small file comes first, so that the time is that of reading and not that of imports.
    """
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / path.name
        write(small, 1_200)
        RUN[way](small)
    start = time.perf_counter()
    table = RUN[way](path)
    return {
        "seconds": time.perf_counter() - start,
        "memory": peak_megabytes(),
        "counties": len(table),
        **{n: float(table[n].sum()) for n in ("dem", "rep", "other")},
    }


RUN = {"ours": ours, "duckdb": duck, "pandas": tight}


def figures() -> list[dict[str, Any]]:
    """Seconds and memory of every way, each in a process of its own; all must agree to the vote."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "2020-ga-precinct.csv"
        write(path, ROWS)
        found = {}
        for way in RUN:
            command = [sys.executable, __file__, way, str(path)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[way] = json.loads(done.stdout)
    if len({tuple(r[n] for n in ("counties", "dem", "rep", "other")) for r in found.values()}) != 1:
        raise SystemExit(f"the ways differ: {found}")
    seconds = {way: figures["seconds"] for way, figures in found.items()}
    what = f"{ROWS / 1e6:g} million rows of precincts to votes by county"
    return [
        figure(
            "times", f"{what}: time over that of DuckDB, asked directly, with the same checks",
            seconds["ours"] / seconds["duckdb"], "times", most=1, tried=TRIED,
        ),
        figure(
            "unchecked", f"{what}: time over that of pandas, columns and types told, no check",
            seconds["ours"] / seconds["pandas"], "times",
        ),
        figure("memory", f"{what}: peak memory", found["ours"]["memory"], "MB", most=600),
        *(
            figure(f"{way}_{of}", f"{what}: {way}", found[way][of], unit)
            for way in RUN
            for of, unit in (("seconds", "seconds"), ("memory", "MB"))
            if (way, of) != ("ours", "memory")
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], Path(sys.argv[2]))))
