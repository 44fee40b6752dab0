"""The tidy tables of a sweep, the same bytes whatever computed the cells and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent import escape
from sevenpercent.data import tables as tables_of
from sevenpercent.run.sweep.cell import Outcome
from sevenpercent.run.sweep.grid import Grid, as_text
from sevenpercent.run.sweep.run import Cell

FIXED = ("cell", "name", "scenario", "place", "year", "reading")
NUMBERS = ("value", "se", "lo", "hi")


def tables(grid: Grid, ended: Iterable[tuple[Cell, Outcome]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put cells and results side by side; `ended`: each cell once, in the order of the grid.

    Returns
    -------
    cells : DataFrame
        One row per cell: ``cell`` (its number), ``name``, ``scenario``, ``place`` (the state that
        the claim is put on), ``year``, ``reading``, one column per key that the grid varies,
        ``planted`` (points) and ``seed`` where data are simulated, ``status`` (``ok``, ``cannot``,
        ``failed``), ``message``, ``results`` (how many are kept).
    results : DataFrame
        The same but for ``results``, one row per cell and result: ``key``, ``value`` (number; a
        truth is 0 or 1), ``text`` (a value in words), ``se``, ``lo``, ``hi``, ``n``, ``unit``,
        ``label``. A cell without results has one row with an empty ``key``.
    """
    rows: list[dict[str, Any]] = []
    keys: list[dict[str, Any]] = []
    of: list[int] = []
    for one, outcome in ended:
        values = outcome.values or {}
        row = {**_settings(grid, one), "status": outcome.status, "message": outcome.message}
        rows.append({**row, "results": len(values)})
        for key, value in (values or {"": {}}).items():
            keys.append(_result(key, value))
            of.append(len(rows) - 1)
    cells = _typed(pd.DataFrame(rows), grid)
    settings = cells.drop(columns="results").iloc[of].reset_index(drop=True)
    return cells, settings.join(_typed(pd.DataFrame(keys), grid))


def varied(grid: Grid) -> list[str]:
    """Columns that tell the cells of a grid apart."""
    many = dict(
        zip(FIXED[2:], (grid.scenarios, grid.states, grid.years, grid.readings), strict=True)
    )
    many |= {key: values for key, values in grid.vary.items() if key not in FIXED}
    names = [name for name, values in many.items() if isinstance(values, str) or len(values) > 1]
    return names + (["planted"] if grid.simulate is not None else [])


def write(folder: Path, cells: pd.DataFrame, results: pd.DataFrame, page: str) -> None:
    """Write tables and page, and only when all are written put them in place of the last.

    In the CSV no cell is a spreadsheet's formula.
    """
    text = results.select_dtypes(exclude="number").columns
    shown = results.assign(**{name: results[name].map(escape.spreadsheet) for name in text})
    with tables_of.replacing(folder) as new:
        cells.to_parquet(new("cells.parquet"), compression="zstd", index=False)
        results.to_parquet(new("results.parquet"), compression="zstd", index=False)
        shown.to_csv(new("results.csv"), index=False, lineterminator="\n")
        new("index.html").write_text(page, encoding="utf-8", newline="\n")


def _settings(grid: Grid, one: Cell) -> dict[str, Any]:
    choice = one.choice
    fixed = one.number, choice.name, choice.scenario, one.place, one.year, one.reading
    out: dict[str, Any] = dict(zip(FIXED, fixed, strict=True))
    for key, value in choice.settings:
        if key not in FIXED:  # as it is where all its values are numbers of one kind, else as text
            out[key] = value if _number_type(grid.vary[key]) else as_text(value)
    if grid.simulate is not None:
        out |= {"planted": choice.planted, "seed": choice.seed}
    return out


def _number_type(values: Sequence[object]) -> str | None:
    if all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        return "Int64"
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return "float64"
    return None


def _result(key: str, value: dict[str, Any] | Any) -> dict[str, Any]:
    found = value.get("value")
    words = isinstance(found, (str, bool))
    return {
        "key": key,
        "value": float(found) if found is not None and not isinstance(found, str) else None,
        "text": (str(found).lower() if isinstance(found, bool) else str(found)) if words else "",
        **{name: value.get(name) for name in ("se", "lo", "hi", "n")},
        **{name: value.get(name, "") for name in ("unit", "label")},
    }


def _typed(frame: pd.DataFrame, grid: Grid) -> pd.DataFrame:
    kinds = dict.fromkeys((*NUMBERS, "planted"), "float64")
    kinds |= dict.fromkeys(("cell", "year", "seed", "n", "results"), "Int64")
    kinds |= {key: _number_type(values) or "str" for key, values in grid.vary.items()}
    return frame.astype({c: kinds.get(c, "str") for c in frame.columns})
