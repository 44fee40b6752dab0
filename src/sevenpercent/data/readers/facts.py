"""Small tables: looked-up facts with their sources, and rows that a recipe states itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError


def table(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build a table from a file of facts.

    ``columns`` maps our names to the file's, ``numbers`` names those that hold numbers (a trailing
    percent sign makes a share), ``constants`` are columns with one value, and ``less`` makes a
    column as the first of the listed columns less the others. ``mend`` lists cells of the file
    that are wrong or not meant for readers: key and row, column, printed, corrected, why.
    ``first`` names the first publisher, agency or court of every row: for each printed ``source`` (of
    the row ``row`` alone, where it is given) a ``source`` of ours, or the printed one where there
    is none, and its ``kind`` (see the data rule ``first_publisher``), which becomes ``source_kind``.

    Returns the columns asked for, in the file's order, with the line of the file as ``row`` where
    the recipe asks for it.
    """
    path = raw.by_id(options["file"])
    printed = files.read_table(path, options["columns"].values())
    frame = pd.DataFrame({ours: printed[theirs] for ours, theirs in options["columns"].items()})
    for name in options.get("numbers", []):
        share = frame[name].str.endswith("%")
        values = files.numbers(frame[name].str.removesuffix("%"), path)
        frame[name] = values.where(~share, values / 100)
    for name, value in options.get("constants", {}).items():
        frame[name] = value
    for name, (first, *others) in options.get("less", {}).items():
        frame[name] = frame[first] - frame[others].sum(axis=1)
    for mend in options.get("mend", []):
        here = frame[mend["column"]].eq(mend["printed"]) & frame[mend["key"]].eq(mend["row"])
        if not here.any():
            what = "a correction of the recipe fits no row"
            fix = "Take it out, or quote the cell as the file prints it."
            raise InputError(what, file=path, column=mend["column"], value=mend["printed"], fix=fix)
        frame.loc[here, mend["column"]] = mend["corrected"]
    if "first" in options:
        frame["source_kind"] = _first(frame, options["first"], path)
    if options.get("row", False):
        frame["row"] = frame.index
    return frame.replace("", pd.NA)


def _first(frame: pd.DataFrame, known: list[dict[str, Any]], path: Path) -> list[str]:
    """Put the first publisher in place of the printed source; give the kind of each."""
    by_place = {(k["printed"], k.get("row", "")): k for k in known}
    kinds = []
    for row, printed in zip(frame.index, frame["source"], strict=True):
        found = by_place.get((printed, frame.loc[row].iloc[0])) or by_place.get((printed, ""))
        if found is None:
            what = "The recipe does not say who first published this"
            fix = "Give it an entry under `first`, of kind secondary where nobody is known."
            raise InputError(what, file=path, row=int(row), column="source", value=printed, fix=fix)
        frame.loc[row, "source"] = found.get("source", printed)
        kinds.append(found["kind"])
    return kinds


def given(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build a table from rows that stand in the recipe: ``columns`` and ``rows``."""
    return pd.DataFrame(options["rows"], columns=options["columns"])
