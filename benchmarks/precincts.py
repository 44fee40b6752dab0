"""Time and peak memory of reading a nation's precincts: DuckDB beside pandas.

Run with ``python benchmarks/precincts.py [FILE] [--rows N]``. Without a file one is written with N
lines (2,000,000) in MEDSL's layout of precinct returns. Each way runs in a process of its own and
gives votes by county for President; all must agree to the vote. What was measured on the invented
file stands in ``benchmarks/precincts.json``.

- ours: decoded to UTF-8 in Python, added up by DuckDB with 384 MB
- pandas plain: ``read_csv``, then ``groupby``
- pandas with ``usecols`` and dtypes: the columns that are needed, repeated texts as categories
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from sevenpercent.data.benchmarks import machine

TARGET = Path(__file__).with_suffix(".json")
WAYS = ("ours", "pandas plain", "pandas usecols and dtypes")
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


def plain(path: Path, **how: object) -> pd.DataFrame:
    """``pandas.read_csv`` as it comes, or with what it is told."""
    raw = pd.read_csv(path, encoding="latin-1", **how)  # type: ignore[call-overload]
    raw = raw[raw["office"].astype(str).str.contains("PRESIDENT")]
    part = (
        raw["party_simplified"]
        .astype(str)
        .str.lower()
        .map({"democrat": "dem", "republican": "rep"})
    )
    raw = raw.assign(part=part.fillna("other"), votes=pd.to_numeric(raw["votes"]))
    fips = raw["county_fips"].astype(str).str.replace(".0", "", regex=False).str[:5]
    sums = raw.groupby([fips, "part"], observed=True)["votes"].sum().reset_index()
    out: pd.DataFrame = sums.pivot_table(index="county_fips", columns="part", values="votes")
    return out


def tight(path: Path) -> pd.DataFrame:
    """``read_csv`` with the columns that are needed and small types."""
    wanted = ["county_fips", "office", "party_simplified", "votes"]
    kinds = dict.fromkeys(wanted[:3], "category")
    return plain(path, usecols=wanted, dtype=kinds)


def measured(way: str, path: Path) -> dict[str, float]:
    """Run one way in this process; seconds, peak memory in MB and a checksum."""
    start = time.perf_counter()
    run = {"ours": ours, "pandas plain": plain, "pandas usecols and dtypes": tight}[way]
    table = run(path)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": seconds,
        "peak_mb": peak,
        "counties": len(table),
        **{n: float(table[n].sum()) for n in ("dem", "rep", "other")},
    }


def record(path: Path, rows: int, found: dict[str, dict[str, float]]) -> None:
    """Write what was measured, and on what, beside this file."""
    body = {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            "duckdb": version("duckdb"),
            "pandas": version("pandas"),
        },
        "load_before": os.getloadavg()[0],
        "rows": rows,
        "file_mb": path.stat().st_size / 1e6,
        "ways": {way: {k: r[k] for k in ("seconds", "peak_mb")} for way, r in found.items()},
    }
    TARGET.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Time every way and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(measured(given.way, given.file)))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = given.file
        if path is None:
            path = Path(folder) / "2020-ga-precinct.csv"
            write(path, given.rows)
        print(f"{path.name}: {path.stat().st_size / 1e6:,.0f} MB")
        found = {}
        for way in WAYS:
            done = subprocess.run(
                [sys.executable, __file__, str(path), "--way", way],
                capture_output=True,
                text=True,
                check=True,
            )
            found[way] = json.loads(done.stdout)
            r = found[way]
            print(f"{way:<28}{r['seconds']:>8.1f} s{r['peak_mb']:>10,.0f} MB")
        sums = {tuple(r[n] for n in ("counties", "dem", "rep", "other")) for r in found.values()}
        if given.file is None:
            record(path, given.rows, found)
        print("all agree to the vote" if len(sums) == 1 else f"they differ: {found}")
        sys.exit(len(sums) != 1)


if __name__ == "__main__":
    main()
