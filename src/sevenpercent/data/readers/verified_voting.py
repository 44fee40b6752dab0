"""Verified Voting's equipment exports, whatever their year: one tidy row per listed machine.

The exports differ in line ends, title rows, trailing commas, column names and flags; the reader
finds the header by its columns and reads each by meaning.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data.readers import files, formats
from sevenpercent.data.readers.lines import letters
from sevenpercent.data.recipe import Made, Options, RawFiles
from sevenpercent.errors import InputError, nearest

_KINDS = ("County", "Parish", "Borough", "City", "Town", "Township", "Village", "State", "District",
          "Territory", "Plantation", "Municipality")  # fmt: skip
_TRUE, _FALSE = {"yes", "true", "y", "1", "x"}, {"no", "false", "n", "0"}
_HEADER_WITHIN = 10

TERRITORIES = ("60", "66", "69", "72", "78")
"""Codes of American Samoa, Guam, the Northern Marianas, Puerto Rico and the Virgin Islands: they choose no
electors, and are left out."""

COLUMNS = [
    "source", "row", "fips", "place_code", "state", "county", "division", "type", "make", "model",
    "vvpat", "polling_place", "accessible", "standard", "early", "absentee", "registration",
    "precincts", "year",
]  # fmt: skip


def read(path: Path, source: str, year: int, postal: Mapping[str, str]) -> pd.DataFrame:
    """Read one export.

    Returns ``COLUMNS``. ``row`` is the line of the file; ``fips`` the first five digits of the
    ten-digit ``place_code``; flags are nullable booleans and null where the export has no such
    column; ``vvpat`` is the printed word (``N/A`` is a value). Raises InputError: no header, a
    missing column, a code, flag or count that cannot be read; names the row.

    `path`: the export as downloaded: comma, semicolon or tab separated, with any line ends, with or
    without a title above the header; `source`: short id kept in every row; `year`: year of the
    election whose equipment it lists; `postal`: two-digit FIPS code of each state to its postal
    code.
    """
    printed = _table(path)
    header = list(printed.columns)
    printed.columns = pd.RangeIndex(len(header))
    columns = _find(header, path)

    def text(name: str) -> pd.Series[str]:
        if name not in columns:
            return pd.Series(None, index=printed.index, dtype="str")
        return printed[columns[name]].str.strip().rename(header[columns[name]])

    out = pd.DataFrame(
        {"source": source, "row": printed.index, "place_code": _codes(text("code"), path)},
        index=printed.index,
    )
    out["fips"] = out["place_code"].str[:5]
    out["state"] = out["fips"].str[:2].map(postal)
    abroad = out["state"].isna() & out["fips"].str[:2].isin(TERRITORIES)
    files.refuse(
        out["state"].isna() & ~abroad, out["place_code"].rename("FIPS code"), path,
        "No state has this code", "Check the code, and the states that the recipe names (postal).",
    )  # fmt: skip
    jurisdiction = text("jurisdiction").str.replace(rf"\s+({'|'.join(_KINDS)})$", "", regex=True)
    county = text("county")
    out["county"] = county.where(county.fillna("") != "", jurisdiction)
    division = text("division") if "division" in columns else text("jurisdiction")
    below = ~out["place_code"].str.endswith("00000") & (division.fillna("") != "")
    out["division"] = division.where(below)
    for name in ("type", "make", "model", "vvpat"):
        column = text(name)
        out[name] = column.where(column != "")
    for name, known in _form().flags.items():
        uses = [at for at, printed_name in enumerate(header) if letters(printed_name) in known]
        out[name] = _flag([printed[at].rename(header[at]) for at in uses], out.index, path)
    for name in ("registration", "precincts"):
        out[name] = files.counts(text(name), path)
    out["year"] = year
    return out.loc[~abroad, COLUMNS].reset_index(drop=True)


def build(raw: RawFiles, made: Made, options: Options) -> pd.DataFrame:
    """Table ``equipment_records``: every export of the option ``exports`` (id, year), one below another."""
    parts = [
        read(raw.by_id(export["source"]), export["source"], export["year"], options["postal"])
        for export in options["exports"]
    ]
    return pd.concat(parts, ignore_index=True)


def is_statewide(codes: pd.Series[str]) -> pd.Series[bool]:
    """Whether a ten-digit place code stands for a whole state, whose counties are listed as well."""
    return codes.str[2:] == "00000000"


def _form() -> formats.Format:
    return formats.by_id("verified_voting")


def _table(path: Path) -> pd.DataFrame:
    """The cells below the header, which has a code among its first lines, by line of the file."""
    content, codes = files.decode(path), _form().export["code"]
    for delimiter in (",", ";", "\t"):
        reader = csv.reader(io.StringIO(content), delimiter=delimiter)
        for cells in reader:
            names = {letters(cell) for cell in cells}
            if len(cells) > 1 and not names.isdisjoint(codes):
                return _below(cells, reader, path)
            if reader.line_num >= _HEADER_WITHIN:
                break
    what = "This is not an equipment export: no header with a FIPS code"
    raise InputError(what, file=path, row=1, value=content.partition("\n")[0][:60])


def _below(header: list[str], reader: Any, path: Path) -> pd.DataFrame:
    rows: dict[int, list[str]] = {}
    width = len(header)
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < width or any(cell.strip() for cell in cells[width:]):
            what = f"A row has {len(cells)} fields, the header has {width}"
            fix = "Restore the file as downloaded."
            raise InputError(what, file=path, row=reader.line_num, fix=fix)
        rows[reader.line_num] = cells[:width]
    if not rows:
        raise InputError("The export has a header but no rows", file=path)
    return pd.DataFrame(list(rows.values()), columns=header, index=list(rows), dtype=str)


def _find(header: Sequence[str], path: Path) -> dict[str, int]:
    names = [letters(name) for name in header]
    found = {
        field: next(names.index(name) for name in known if name in names)
        for field, known in (_form().export | _form().flags).items()
        if not set(names).isdisjoint(known)
    }
    for fields, problem, title in (
        (["type"], "The export lacks a column", "Equipment Type"),
        (["make"], "The export lacks a column", "Make"),
        (["model"], "The export lacks a column", "Model"),
        (["jurisdiction", "county"], "The export names neither county nor jurisdiction", "County"),
        (["polling_place"], "The export does not say which machines stand in polling places", "Polling Place"),
    ):  # fmt: skip
        if not any(field in found for field in fields):
            raise InputError(problem, file=path, column=title, fix=nearest(title, header))
    return found


def _codes(printed: pd.Series[str], path: Path) -> pd.Series[str]:
    text = printed.str.replace(r"\.0$", "", regex=True)
    code = text.where(text.str.len() > 5, text.str.zfill(5) + "00000").str.zfill(10)
    bad = ~code.str.fullmatch(r"\d{10}") | (text == "")
    fix = "A spreadsheet may have shortened it; use the file as downloaded."
    named = printed.rename("FIPS code")
    files.refuse(bad, named, path, "A FIPS code has five or ten digits", fix)
    return code


def _flag(uses: list[pd.Series[str]], index: pd.Index, path: Path) -> pd.Series[bool]:
    """Whether any of the columns says yes; null where none does and one is empty, or none is."""
    out = pd.Series(pd.NA, index=index, dtype="boolean")
    for column in uses:
        word = column.str.strip().str.lower()
        known = word.isin(_TRUE | _FALSE | {""})
        files.refuse(~known, column, path, "A flag is neither yes nor no")
        value = word.isin(_TRUE).astype("boolean")
        # Where only the ticked uses are written, an empty cell means no; else it means unknown.
        if word.isin(_FALSE).any():
            value = value.mask(word == "")
        out = value if out.isna().all() else out | value
    return out
