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

    `options`: ``source``; ``encoding`` (UTF-8 when absent); ``columns``, for each column of the
    table ``from``, the column of the file, and ``kind``, ``string``, ``integer`` or ``number``;
    ``before`` keeps the part of a string before that text.
    """
    return _read(raw, options)[1].reset_index(drop=True)


def counties_with_machines(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Rebuild a county table from the several files that an analysis joined.

    Returns ``fips``, the columns, and two codings: ``electronic``, the county stands in the
    equipment list with such a machine, and ``electronic_short``, the same read from codes as a
    program prints them that writes numbers in their shortest form (see :func:`printed_short`).

    `options`: ``base``: ``source``, ``code`` (column of the FIPS code), ``columns`` as for
    :func:`columns`. ``joins``: list of ``source``, ``columns`` and either ``code``, a FIPS column,
    or ``name``, a column that equals state and county name joined by a space. ``machines``:
    ``source``, ``code`` (ten digits: FIPS, then place), ``type`` and ``contains``, what a type that
    is electronic contains.
    """
    table, out = _read(raw, options["base"])
    out.insert(0, "fips", table["fips"])
    for join in options["joins"]:
        other, taken = _read(raw, join)
        key, place = "fips", out["fips"]
        if "name" in join:
            key, place = join["name"], out["state"] + " " + out["county"]
        taken = taken.set_index(other[key])
        taken = taken[~taken.index.duplicated()]
        for name in taken.columns:
            out[name] = place.map(taken[name])
    machines = options["machines"]
    listed, _ = _read(raw, machines, counties=False)
    electronic = listed[machines["type"]].str.contains(machines["contains"], regex=False)
    codes = listed.loc[electronic, machines["code"]]
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


def _read(
    raw: RawFiles, options: Mapping[str, Any], counties: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A released file with ``fips``, where its codes are of `counties`; the columns asked for."""
    path, wanted = raw.by_id(options["source"]), options.get("columns", {})
    needed = [c["from"] for c in wanted.values()]
    needed += [options[name] for name in ("code", "name", "type") if name in options]
    table = files.read_table(path, needed, encoding=options.get("encoding", "utf-8"))
    if "code" in options and counties:
        codes = table[options["code"]]
        files.refuse(~codes.str.fullmatch(r"\d{1,5}"), codes, path, "Not a county code")
        table["fips"] = codes.str.zfill(5)
    return table, pd.DataFrame({n: _cells(table[c["from"]], c, path) for n, c in wanted.items()})


def _cells(column: pd.Series[Any], wanted: Mapping[str, str], path: Path) -> pd.Series[Any]:
    kind = wanted["kind"]
    demand(kind, KINDS, "Unknown kind of column")
    if kind == "string":
        text = column.mask(column.isin(["", "NA"]))
        return text.str.split(wanted["before"]).str[0] if "before" in wanted else text
    values = files.numbers(column, path)
    values = values.mask(np.isinf(values))
    return values.round().astype("Int64") if kind == "integer" else values
