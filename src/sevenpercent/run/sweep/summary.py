"""What the page of a sweep compares: one result of each cell, or what many draws of it add up to."""

from __future__ import annotations

import pandas as pd

from sevenpercent.run.sweep.grid import Grid, matches
from sevenpercent.run.sweep.table import varied


def compared(grid: Grid, results: pd.DataFrame) -> pd.DataFrame:
    """The result that the grid shows, of each cell that has it.

    `results`: as :func:`sevenpercent.run.sweep.table.tables` makes it. Returns at most one of its
    rows per cell, the first of the pattern ``grid.shown``; where that is empty or nothing is of it,
    the first with an interval.
    """
    numbers = results[results["value"].notna() & (results["text"] == "")]
    known = {key: matches(key, [grid.shown]) for key in numbers["key"].unique()}
    found = numbers[numbers["key"].map(known).astype(bool)] if grid.shown else numbers.iloc[:0]
    if found.empty and grid.show is None:
        found = numbers[numbers["lo"].notna() & numbers["hi"].notna()]
    return found.drop_duplicates("cell").reset_index(drop=True)


def recovered(grid: Grid, shown: pd.DataFrame) -> pd.DataFrame:
    """What simulated cells found, over all draws of each planted size.

    `grid`: with ``simulate``; `shown`: as :func:`compared` makes it. Returns one row per combination
    of what varies and planted size: ``cells``, ``mean`` and ``sd`` of the estimates, ``low`` and
    ``high`` (95 % of them lie between), ``se`` (mean of the standard errors), ``covered`` (share of
    95 % intervals that hold the planted size; null where the result is not in points, as what is
    planted), ``below`` (share that lie below zero as a whole), all but the counts and shares in the
    unit of the result.
    """
    by = varied(grid)
    rows = []
    for names, own in shown.groupby(by, sort=False, dropna=False):
        points = (own["unit"] == "points").all()
        inside = (own["lo"] <= own["planted"]) & (own["hi"] >= own["planted"])
        rows.append(
            {
                **dict(zip(by, names, strict=True)),
                "cells": len(own),
                "mean": own["value"].mean(),
                "sd": own["value"].std(),
                "low": own["value"].quantile(0.025),
                "high": own["value"].quantile(0.975),
                "se": own["se"].mean(),
                "covered": inside.mean() if points else None,
                "below": (own["hi"] < 0).mean(),
            }
        )
    columns = [*by, "cells", "mean", "sd", "low", "high", "se", "covered", "below"]
    return pd.DataFrame(rows, columns=columns)
