"""The page of a sweep: what was asked, what came out, one figure, and every message."""

from __future__ import annotations

import base64
import io
from collections import Counter
from collections.abc import Sequence

import pandas as pd

from sevenpercent.model import words as prose
from sevenpercent.run.sweep.grid import Grid, matches
from sevenpercent.run.sweep.table import varied
from sevenpercent.run.templates import filled

ROWS = 500
"""Cells that the page lists; all stand in the tables."""

NAMES = 6
"""Cells that are named beside a message."""

WORDS = {"ok": "computed", "cannot": "cannot be asked of these data", "failed": "failed"}

Table = dict[str, object]


def page(grid: Grid, cells: pd.DataFrame, results: pd.DataFrame) -> str:
    """The page: HTML that needs no other file and no network.

    `cells`, `results`: as :func:`sevenpercent.run.sweep.table.tables` makes them.
    """
    shown = compared(grid, results)
    by = varied(grid)
    simulated = grid.simulate is not None
    found = recovered(grid, shown) if simulated else pd.DataFrame()
    tables = [_sizes(found, by)] if simulated and not found.empty else []
    if not simulated:
        tables.append(_cells(cells, shown, by))
    if (messages := _messages(cells))["rows"]:
        tables.append(messages)
    picture, alt = _picture(shown, found, by)
    return filled(
        "sweep",
        title=grid.title or f"Sweep {grid.id}",
        told=told(Counter(cells["status"])),
        heading=" and ".join(sorted(set(shown["key"]))[:2]),
        explained=_explained(shown, simulated),
        picture=picture,
        alt=alt,
        tables=tables,
    )


def told(counts: Counter[str]) -> str:
    """How the cells ended, in a sentence."""
    parts = [f"{counts[s]:,} {word}" for s, word in WORDS.items() if counts[s]]
    return f"{counts.total():,} cells: {', '.join(parts)}."


def _explained(shown: pd.DataFrame, simulated: bool) -> str:
    if shown.empty:
        return ""
    text = f"{shown['label'].iloc[0]}, in {shown['unit'].iloc[0]}. "
    text += "Negative: the party said to be harmed did worse where the machines are. "
    if simulated:
        text += (
            "The data are simulated: machines are assigned by lot among the counties of each "
            "state, and harm of the planted size is done where they fall."
        )
    elif shown["unit"].nunique() > 1:
        text += "Cells in another unit stand in the table alone. "
    return text


def _picture(shown: pd.DataFrame, found: pd.DataFrame, by: Sequence[str]) -> tuple[str, str]:
    if shown.empty:
        return "", ""
    from sevenpercent.show.figures import sweep

    unit = str(shown["unit"].iloc[0])
    own = shown[shown["unit"] == unit].reset_index(drop=True)
    if not found.empty:
        same = found[found["mean"].notna()]
        labels = [_label(row, [n for n in by if n != "planted"]) for row in same.to_dict("records")]
        figure = sweep.by_size(same, labels, unit, "this sweep, simulated")
        alt = "Mean estimate for each planted size: " + "; ".join(
            f"{prose.signed(p)} planted, {prose.signed(m)} found"
            for p, m in zip(same["planted"], same["mean"], strict=True)
        )
    else:
        names = [_label(row, by) for row in own.to_dict("records")]
        figure = sweep.by_cell(own, names, by, "this sweep")
        value = own["value"]
        alt = (
            f"{len(own)} estimates with their intervals, from {prose.signed(value.min())} to "
            f"{prose.signed(value.max())} {unit}, middle one {prose.signed(value.median())}; "
            f"{(own['hi'] < 0).sum()} lie wholly below zero, {(own['lo'] > 0).sum()} above"
        )
    raw = io.BytesIO()
    figure.savefig(raw, format="png", bbox_inches="tight", pad_inches=0.06, facecolor="white")
    return base64.b64encode(raw.getvalue()).decode(), alt + "."


def _label(row: dict[str, object] | dict[object, object], by: Sequence[str]) -> str:
    given = {str(k): v for k, v in row.items()}
    return ", ".join(str(given[name]) for name in by) or str(given.get("name", ""))


def _cells(cells: pd.DataFrame, shown: pd.DataFrame, by: Sequence[str]) -> Table:
    values = shown.set_index("cell")
    rows = []
    for cell in cells.head(ROWS).to_dict("records"):
        row = [str(cell[name]) if pd.notna(cell[name]) else "" for name in by]
        if cell["cell"] in values.index:
            v = values.loc[cell["cell"]]
            row += [prose.signed(v["value"], 2), _interval(v["lo"], v["hi"])]
            row += ["" if pd.isna(v["n"]) else f"{v['n']:,}"]
        else:
            row += ["", "", ""]
        rows.append([*row, WORDS[cell["status"]]])
    head = [(name, False) for name in by]
    head += [("estimate", True), ("95 % interval", True), ("places", True), ("", False)]
    more = f"; the first {ROWS} of {len(cells):,}" if len(cells) > ROWS else ""
    return {"caption": f"Every cell{more}", "head": head, "rows": rows}


def _sizes(found: pd.DataFrame, by: Sequence[str]) -> Table:
    rows = []
    for row in found.head(ROWS).to_dict("records"):
        names = [prose.signed(row[n]) if n == "planted" else str(row[n]) for n in by]
        numbers = [prose.signed(row["mean"], 2), prose.number(row["sd"], 2)]
        numbers += [prose.number(row["se"], 2)] if pd.notna(row["se"]) else [""]
        held = f"{100 * row['covered']:.1f} %" if pd.notna(row["covered"]) else ""
        shares = [held, f"{100 * row['below']:.1f} %"]
        rows.append([*names, f"{row['cells']:,}", *numbers, *shares])
    head = [(name, name == "planted") for name in by]
    titles = ["cells", "mean estimate", "their spread", "mean standard error"]
    titles += ["intervals that hold the planted size", "intervals below zero"]
    head += [(title, True) for title in titles]
    return {"caption": "Planted and found", "head": head, "rows": rows}


def _messages(cells: pd.DataFrame) -> Table:
    rows = []
    other = cells[cells["status"] != "ok"]
    for (status, message), own in other.groupby(["status", "message"], sort=False):
        names = "; ".join(own["name"].head(NAMES))
        more = f" and {len(own) - NAMES} more" if len(own) > NAMES else ""
        rows.append([WORDS[str(status)], f"{len(own):,}", message, names + more])
    head = [("", False), ("cells", True), ("why", False), ("which", False)]
    return {"caption": "Cells without results", "head": head, "rows": rows[:ROWS]}


def _interval(lo: float, hi: float) -> str:
    return "" if pd.isna(lo) or pd.isna(hi) else f"{prose.signed(lo, 2)} to {prose.signed(hi, 2)}"


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
        value, row = own["value"], dict(zip(by, names, strict=True))
        row |= {"cells": len(own), "mean": value.mean(), "sd": value.std()}
        row |= {"low": value.quantile(0.025), "high": value.quantile(0.975)}
        row |= {"se": own["se"].mean(), "covered": inside.mean() if points else None}
        rows.append({**row, "below": (own["hi"] < 0).mean()})
    return pd.DataFrame(rows)
