"""Analysts' own released files, kept as they released them: only columns needed, renamed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.data.readers import files
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import demand

KINDS = ("string", "integer", "number")


def columns(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Take named columns of one released file.

    Returns one row per row of the file. Empty, ``NA`` and infinite cells are null. Raises
    InputError: missing column, a cell that is no number, an unknown kind.

    `raw`: the published files of the recipe; `made`: not used: a released file stands alone;
    `options`: ``source``; ``encoding`` (UTF-8 when absent); ``columns``, for each column of the
    table ``from``, the column of the file, and ``kind``, ``string``, ``integer`` or ``number``;
    ``before`` keeps the part of a string before that text.
    """
    path = raw.by_id(options["source"])
    table = _read(path, options)
    return _take(table, options["columns"], path).reset_index(drop=True)


def counties_with_machines(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Rebuild a county table from the several files that an analysis joined.

    Returns ``fips``, the columns, and two codings: ``electronic``, the county stands in the
    equipment list with such a machine, and ``electronic_short``, the same read from codes as a
    program prints them that writes numbers in their shortest form (see :func:`printed_short`).

    Parameters
    ----------
    raw : RawFiles
        The published files of the recipe.
    made : mapping
        Not used.
    options : mapping
        ``base``: ``source``, ``code`` (column of the FIPS code), ``columns`` as for
        :func:`columns`. ``joins``: list of ``source``, ``columns`` and either ``code``, a FIPS
        column, or ``name``, a column that equals state and county name joined by a space.
        ``machines``: ``source``, ``code`` (ten digits: FIPS, then place), ``type`` and
        ``contains``, what a type that is electronic contains.
    """
    base = options["base"]
    path = raw.by_id(base["source"])
    table = _read(path, base)
    out = _take(table, base["columns"], path)
    out.insert(0, "fips", _fips(table[base["code"]], path))
    for join in options["joins"]:
        path = raw.by_id(join["source"])
        other = _read(path, join)
        taken = _take(other, join["columns"], path)
        if "code" in join:
            key, place = _fips(other[join["code"]], path), out["fips"]
        else:
            key, place = other[join["name"]], out["state"] + " " + out["county"]
        taken.index = pd.Index(key)
        if taken.index.has_duplicates:
            taken = taken[~taken.index.duplicated()]
        for name in taken.columns:
            out[name] = place.map(taken[name])
    machines = options["machines"]
    path = raw.by_id(machines["source"])
    listed = _read(path, machines)
    codes = listed.loc[
        listed[machines["type"]].str.contains(machines["contains"], regex=False), machines["code"]
    ]
    out["electronic"] = out["fips"].isin(set(codes.str.zfill(10).str[:5]))
    kept = codes[~codes.map(lambda code: printed_short(int(code)))]
    out["electronic_short"] = out["fips"].isin(set(kept.str.zfill(10).str[:5]))
    return out.reset_index(drop=True)


def printed_short(number: int) -> bool:
    """Whether the shortest print of a whole number is scientific notation.

    Programs that print whichever of ``2451000000`` and ``2.451e+09`` has fewer characters turn a
    code that ends in zeros into something whose first five characters are no code any more.
    """
    plain = str(number)
    digits = len(plain.rstrip("0"))
    scientific = (digits + 1 if digits > 1 else 1) + len("e+00")
    return len(plain) > scientific


def _read(path: Path, options: Mapping[str, Any]) -> pd.DataFrame:
    needed = [c["from"] for c in options.get("columns", {}).values()]
    needed += [options[name] for name in ("code", "name", "type") if name in options]
    return files.read_table(path, needed, encoding=options.get("encoding", "utf-8"))


def _take(table: pd.DataFrame, wanted: Mapping[str, Mapping[str, str]], path: Path) -> pd.DataFrame:
    return pd.DataFrame({name: _cells(table[c["from"]], c, path) for name, c in wanted.items()})


def _cells(column: pd.Series[Any], wanted: Mapping[str, str], path: Path) -> pd.Series[Any]:
    kind = wanted["kind"]
    demand(kind, KINDS, "Unknown kind of column")
    if kind == "string":
        text = column.mask(column.isin(["", "NA"]))
        return text.str.split(wanted["before"]).str[0] if "before" in wanted else text
    values = files.numbers(column, path)
    values = values.mask(np.isinf(values))
    return values.round().astype("Int64") if kind == "integer" else values


def _fips(codes: pd.Series[Any], path: Path) -> pd.Series[Any]:
    files.refuse(~codes.str.fullmatch(r"\d{1,5}"), codes, path, "Not a county code")
    return codes.str.zfill(5)
