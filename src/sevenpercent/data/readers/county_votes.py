"""County votes: every source as printed, the best value for each county and year, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sevenpercent.data.inputs import Input
from sevenpercent.data.readers import files, places, votes
from sevenpercent.data.readers.states import read_state
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.data.rules.base import COUNTS
from sevenpercent.errors import InputError

PARTS = ["dem", "rep", "other"]


def printed(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the table of every county-level source as printed, before any correction.

    Each entry of ``read`` is a `sevenpercent.data.inputs.Input`, with the id of its file; what the
    file is called in our tables stands under ``source``.

    Returns ``source``, ``row`` (line of the published file), ``fips_printed``, ``state``,
    ``county``, ``year``, ``dem``, ``rep``, ``other``, ``total``; null where a file prints nothing.
    """
    names = files.read_table(raw.by_id(options["state_names"]), ["state", "state_name"])
    postal = dict(zip(names.state_name.str.lower(), names.state, strict=True))
    tables = []
    for entry in options["read"]:
        path = raw.by_id(entry["file"])
        given = Input(holds="votes", **entry)
        rows = votes.read(path, given, entry["source"], postal).rows
        for name in COUNTS:
            cells = rows.set_index("row")[name].fillna("").rename(given.columns.get(name, name))
            rows[name] = files.numbers(cells, path).to_numpy()
        tables.append(rows)
    frame = pd.concat(tables, ignore_index=True)
    return frame.assign(fips_printed=frame.fips_printed.replace(["", "NA"], pd.NA))


def best(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Build the votes of each county and year in every vintage, one of them marked best.

    Layers are laid one over the other: a layer that replaces takes away what earlier ones gave for
    its states and years (or its counties only). Votes are never made up: a missing part is the printed total less the
    other parts, and the total always is the sum of the parts.

    Raises InputError when a layer leaves out counties of what it replaces, or parts exceed a total.
    """
    gazetteer = places.read_gazetteer(raw.by_id(options["gazetteer"]))
    table = made["county_votes_printed"]
    stack = pd.DataFrame()
    for layer in options["layers"]:
        rows = _layer(table, gazetteer, layer, options)
        if layer.get("replaces", False):
            claimed = stack.state.isin(layer["states"]) & stack.year.isin(layer["years"])
            if "counties" in layer:
                claimed &= stack.fips.isin(layer["counties"])
            real = stack[claimed & ~stack.fips.str.endswith("000")]
            there = set(zip(rows.fips, rows.year, strict=True))
            lost = set(zip(real.fips, real.year, strict=True)) - there
            if lost:
                what = "A layer leaves out counties that it replaces"
                raise InputError(what, file=layer["source"], value=sorted(lost)[:5])
            stack = stack[~claimed]
        stack = pd.concat([stack, rows], ignore_index=True)
    order = {vintage: rank for rank, vintage in enumerate(options["best_first"])}
    rank = stack.vintage.map(order)
    stack["best"] = rank == rank.groupby([stack.fips, stack.year]).transform("min")
    names = dict(zip(gazetteer.fips, gazetteer.county, strict=True))
    stack["county"] = stack.fips.map(names).fillna(stack.county)
    columns = ["fips", "state", "county", "year", "vintage", "best", *PARTS, "total", "source"]
    return stack[columns]


def _layer(
    table: pd.DataFrame,
    gazetteer: pd.DataFrame,
    layer: Mapping[str, Any],
    options: Mapping[str, Any],
) -> pd.DataFrame:
    rows = table[(table.source == layer["source"]) & table.year.isin(layer["years"])]
    if "states" in layer:
        rows = rows[rows.state.isin(layer["states"])]
    # A place without a result carries a negative number in some sources.
    rows = rows.assign(**{part: rows[part].where(rows[part] >= 0) for part in [*PARTS, "total"]})
    rows = rows[rows.dem.notna() & rows.rep.notna()]
    rest = rows.total - rows.dem - rows.rep
    rows = rows.assign(other=rows.other.fillna(rest).fillna(0))
    named = rows.set_index("row").county
    files.refuse(rows.other < 0, named, layer["source"], "Parts exceed the total")
    if layer.get("by_name", False):
        fips = places.codes_by_name(rows, gazetteer, options["aliases"], layer["source"])
    else:
        fips = canonical(rows, options)
    rows = rows.assign(fips=fips, total=rows[PARTS].sum(axis=1)).dropna(subset="fips")
    if "counties" in layer:
        rows = rows[rows.fips.isin(layer["counties"])]
    folded = rows.groupby(["fips", "state", "year"], as_index=False).agg(
        {**dict.fromkeys([*PARTS, "total"], "sum"), "county": "first"}
    )
    voted: pd.DataFrame = folded[folded.total > 0]
    return voted.assign(vintage=layer["vintage"], source=layer["source"])


def canonical(rows: pd.DataFrame, options: Mapping[str, Any]) -> pd.Series[Any]:
    """Give the code under which each printed row stands in our tables.

    Codes are padded to five digits; ``recode`` folds or renames codes, ``prefixes`` moves a range
    that would collide with codes of real counties, and ``statewide`` gives rows without a code
    (votes that belong to no county) the state's code ending in 000, or none at all where their
    votes stand elsewhere.
    """
    codes = rows.fips_printed.str.zfill(5)
    for old, new in options["prefixes"].items():
        codes = codes.where(~codes.str.startswith(old), new + codes.str.slice(len(old)))
    codes = codes.replace(options["recode"])
    place = rows.state + "/" + rows.county
    unknown = codes.isna() & ~place.isin(list(options["statewide"]))
    if unknown.any():
        wrong = rows[unknown].iloc[0]
        raise InputError(
            "A place has no code", file=wrong.source, row=wrong.row, value=wrong.county
        )
    return codes.fillna(place.map(options["statewide"]))


def corrections(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """List every cell in which our votes differ from what a default source prints.

    County votes (best) are compared with each source of ``defaults``, state votes with the file
    that they come from.

    The first entry of ``explain`` that fits a difference (by states, years, codes, columns and the
    printed source, as far as it names them) gives the data rule that exposes it, the reason and the
    source of the correction.

    Raises InputError when a difference has no explanation.
    """
    votes = made["county_votes"]
    votes = votes[votes.best]
    table = made["county_votes_printed"]
    cells = []
    for source in options["defaults"]:
        rows = table[(table.source == source) & table.year.isin(options["years"])]
        printed_rows = rows.assign(
            printed_fips=rows.fips_printed.str.zfill(5).fillna(rows.county),
            fips=canonical(rows, options),
        )
        cells += [_moved(printed_rows), _changed(_beside(printed_rows, votes))]
    states = read_state(raw.by_id(options["state_file"]), options["parties"])
    both = states.merge(made["state_votes"], on=["state", "year"], suffixes=("_printed", ""))
    totals = _changed(both.assign(source_printed=options["state_file"], row=0))
    cells = [*(c.assign(table="county_votes") for c in cells), totals.assign(table="state_votes")]
    frame = pd.concat(cells, ignore_index=True)
    explained = [_explain(cell, options["explain"]) for cell in frame.to_dict(orient="records")]
    frame = frame.join(pd.DataFrame(explained))
    frame["key"] = frame.fips.fillna(frame.state) + "/" + frame.year.astype("str")
    return frame[["table", "key", *CELL, "rule", "reason", "source"]]


CELL = ["printed_in", "row", "fips", "state", "county", "year", "column", "printed", "corrected"]
"""What is said of a cell that differs."""


def _moved(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with votes that stand under another code, or nowhere, in our table."""
    voted = rows[PARTS].sum(axis=1) > 0
    moved = rows[voted & (rows.printed_fips != rows.fips.fillna(""))]
    return moved.assign(
        printed_in=moved.source,
        fips=moved.printed_fips,
        column="fips",
        printed=moved.printed_fips,
        corrected=moved.fips.fillna("none"),
    )[CELL]


def _beside(rows: pd.DataFrame, votes: pd.DataFrame) -> pd.DataFrame:
    """Rows under their own code beside ours, each count as printed and as it is with us."""
    stay = rows[rows.fips.notna()].sort_values("printed_fips")
    stay = stay.assign(moved=stay.printed_fips != stay.fips)
    # Of rows folded into one county, the county's own row is the one that is corrected.
    stay = stay.sort_values("moved", kind="stable").drop_duplicates(["fips", "year"])
    return stay.merge(votes, on=["fips", "year"], suffixes=("_printed", ""))


def _changed(both: pd.DataFrame) -> pd.DataFrame:
    """Cells whose number differs from ours."""
    cells = []
    for part in [*PARTS, "total"]:
        before = both[f"{part}_printed"]
        changed = both[before.notna() & (before != both[part].astype("float64"))]
        printed, ours = (n.map("{:.0f}".format) for n in (before[changed.index], changed[part]))
        told = changed.assign(printed_in=changed.source_printed, column=part)
        cells.append(told.assign(printed=printed, corrected=ours))
    return pd.concat(cells, ignore_index=True).reindex(columns=CELL)


def _explain(cell: Mapping[Any, Any], entries: list[dict[str, Any]]) -> dict[str, str]:
    narrow = {"tables": "table", "states": "state", "years": "year", "codes": "fips"}
    narrow |= {"printed_in": "printed_in", "columns": "column"}
    for entry in entries:
        if all(cell[name] in entry[test] for test, name in narrow.items() if test in entry):
            return {name: entry[name] for name in ("rule", "reason", "source")}
    what = "A difference from the printed source has no explanation in the recipe"
    file, row, column = (cell[name] for name in ("printed_in", "row", "column"))
    place = f"{cell['county']}, {cell['state']} {cell['year']}"
    value = f"{place}: {cell['printed']} -> {cell['corrected']}"
    raise InputError(what, file=file, row=row, column=column, value=value)
