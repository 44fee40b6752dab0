"""A small invented country for the tests of the data rules: two states, 32 counties, five years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.data.rules.base import to_frame
from sevenpercent.data.rules.registry import find

NAMES = [
    "Alder",
    "Ash",
    "Aspen",
    "Birch",
    "Cedar",
    "Cherry",
    "Cypress",
    "Elm",
    "Fir",
    "Hazel",
    "Holly",
    "Juniper",
    "Larch",
    "Linden",
    "Maple",
    "Oak",
    "Pine",
    "Poplar",
    "Rowan",
    "Spruce",
    "Sycamore",
    "Walnut",
    "Willow",
    "Yew",
    "Beech",
    "Hemlock",
    "Hickory",
    "Laurel",
    "Myrtle",
    "Olive",
    "Teak",
    "Thorn",
]
STATES = {"70": "QA", "71": "QB"}
YEARS = (2000, 2004, 2008, 2012, 2016)
SIDE = 4


def findings(*tables: Any, **asked: Any) -> pd.DataFrame:
    """What the rules find in tables, as a frame."""
    return to_frame(find(*tables, **asked))


def codes() -> list[str]:
    return [f"{prefix}{2 * i + 1:03d}" for prefix in STATES for i in range(SIDE * SIDE)]


def votes() -> pd.DataFrame:
    """Two printed sources that agree in every count."""
    random = np.random.default_rng(7)
    rows = []
    for n, code in enumerate(codes()):
        share = random.uniform(0.25, 0.75)
        size = random.uniform(8_000, 60_000)
        for year in YEARS:
            total = round(size * (1 + 0.02 * (year - 2000) / 4) * random.uniform(0.97, 1.03))
            other = round(total * 0.02)
            swing = 0.02 * np.sin(year)
            dem = round((total - other) * (share + swing + random.normal(0, 0.008)))
            rows.append(
                (code, STATES[code[:2]], NAMES[n], year, dem, total - other - dem, other, total)
            )
    columns = ["fips_printed", "state", "county", "year", "dem", "rep", "other", "total"]
    one = pd.DataFrame(rows, columns=columns)
    both = pd.concat([one.assign(source="first"), one.assign(source="second")], ignore_index=True)
    both["row"] = both.groupby("source").cumcount() + 2
    for column in ("dem", "rep", "other", "total"):
        both[column] = both[column].astype("float64")
    return both


def final() -> pd.DataFrame:
    """The table of the analyses, made from the first source."""
    one = votes()
    one = one[one["source"] == "first"].rename(columns={"fips_printed": "fips"})
    made = one.drop(columns="row").assign(vintage="certified", best=True)
    for column in ("dem", "rep", "other", "total"):
        made[column] = made[column].astype("Int64")
    return made.reset_index(drop=True)


def neighbours() -> pd.DataFrame:
    pairs = []
    for prefix in STATES:
        grid = [c for c in codes() if c.startswith(prefix)]
        for i, code in enumerate(grid):
            row, column = divmod(i, SIDE)
            for down, right in ((0, 1), (1, 0), (1, 1), (0, -1), (-1, 0), (-1, -1)):
                r, c = row + down, column + right
                if 0 <= r < SIDE and 0 <= c < SIDE:
                    pairs.append((code, grid[r * SIDE + c]))
    return pd.DataFrame(pairs, columns=["fips", "neighbour"])


def world(printed: pd.DataFrame | None = None) -> dict[str, pd.DataFrame]:
    """All tables of the country; ``printed`` replaces its votes as printed."""
    return {
        "county_votes_printed": votes() if printed is None else printed,
        "county_points": pd.DataFrame({"fips": codes(), "lat": 0.0, "lon": 0.0}),
        "county_neighbours": neighbours(),
        "states": pd.DataFrame({"state": list(STATES.values()), "fips": list(STATES)}),
    }


def at(frame: pd.DataFrame, code: str, year: int, source: str = "first") -> int:
    """Index label of one printed row."""
    mask = frame["fips_printed"].eq(code) & frame["year"].eq(year) & frame["source"].eq(source)
    return int(frame.index[mask][0])
