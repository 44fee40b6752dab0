"""Rules about codes of places: valid, of the state they say, and of the county that is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import pandas as pd

from sevenpercent.data.rules.base import COVERED, Finding, bare, code_column, report, spot
from sevenpercent.data.rules.case import Case
from sevenpercent.data.rules.places import RENAMED, Places, clean_code

_LOST_ZERO = re.compile(r"^\d{1,4}$")
_DECIMALS = re.compile(r"^\d{1,5}\.0+$")
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?[eE]\+?\d+$")

Fault = tuple[str, str, str, str]
"""Kind, severity, message, fix."""


def code_fault(printed: str, state: str, known: Places) -> Fault | None:
    """What is wrong with one printed code; None when it is right."""
    code = clean_code(printed)
    prefix = known.state.get(code)
    if printed.strip() in {"", "NA", "nan", "None", "<NA>"}:
        said = "The row has no county code"
        fix = (
            "Give it its code, or leave it out of county analyses and keep it in the state's total."
        )
        return "missing", "warning", said, fix
    if _SCIENTIFIC.match(printed):
        said = "A spreadsheet wrote the code as a number in scientific notation"
        return "scientific notation", "error", said, "Read the column as text."
    if not code:
        fix = "Correct the code from the county's name."
        return "not a code", "error", "This is not a five-digit county code", fix
    if code in RENAMED:
        now = RENAMED[code]
        return "replaced code", "note", f"The code was replaced by {now}", f"Use {now}."
    if code.endswith("000") and known.prefixes.get(code[:2]) == state:
        said = "These votes belong to the state, not to one of its counties"
        return "no county", "note", said, "Count them in the state's total only."
    if code.endswith("000"):
        fix = "Move the row to the county it belongs to."
        return "not a county", "error", "A code ending in 000 is a state, not a county", fix
    if known.listed and code not in known.listed:
        said = "The code is not in the Census Bureau's list of counties"
        return "not in the list", "error", said, _nearest_code(code, known)
    if prefix and state and prefix != state:
        said = f"The code belongs to {known.label(code)}, the row says {state}"
        return "other state", "error", said, "Correct the code or the state."
    fix = f"Write {code}; read the column as text."
    if _LOST_ZERO.match(printed):
        return "lost leading zero", "error", "The code lost its leading zero", fix
    if _DECIMALS.match(printed):
        return "decimal number", "error", "The code was read as a decimal number", fix
    return None


def _nearest_code(code: str, known: Places) -> str:
    inside = [c for c in known.listed if c[:2] == code[:2]]
    close = get_close_matches(code, inside, n=1, cutoff=0.75)
    if not close:
        return "Correct the code."
    named = known.label(close[0])
    return f"Did you mean {close[0]}{'' if named == close[0] else f' ({named})'}?"


def fips_valid(case: Case) -> list[Finding]:
    """Is every county code a real one, complete, and of the state it stands with?"""
    found = []
    for name, votes in case.votes.items():
        rows = votes if name == "county_votes_printed" else votes[votes["best"]]
        if name == "county_votes_printed":
            # A source that prints names only has no code to be wrong.
            rows = rows[rows.groupby("source")["printed"].transform("max").ne("")]
        found += _faulty_codes(name, rows, case.places)
    for name in ("county_demographics", "county_equipment"):
        frame = case.table(name, "fips", "state")
        plain = frame[["fips", "state"]].astype(object).fillna("")
        plain = plain.rename(columns={"fips": "printed"})
        plain = plain.assign(county=frame.get("county", ""), source="", row=None)
        plain["key"] = plain["printed"].astype(str)
        found += _faulty_codes(name, plain.drop_duplicates("key"), case.places)
    return found


def _faulty_codes(table: str, rows: pd.DataFrame, known: Places) -> list[Finding]:
    pairs = rows[["printed", "state"]].drop_duplicates()
    faults = {
        (printed, state): fault
        for printed, state in zip(pairs["printed"], pairs["state"], strict=True)
        if (fault := code_fault(str(printed), str(state), known)) is not None
    }
    if not faults:
        return []
    sizes = Counter(zip(rows["source"], rows["state"], strict=True))
    faulty = [pair in faults for pair in zip(rows["printed"], rows["state"], strict=True)]
    rows = rows[faulty]
    whole = _other_units(rows, sizes, faults, known)
    odd = []
    for r in rows.to_dict("records"):
        if (str(r["source"]), str(r["state"])) in whole:
            continue
        kind, severity, said, fix = faults[r["printed"], r["state"]]
        by_name = known.by_name(str(r["state"]), r["county"])
        if kind in UNKNOWN and by_name in known.listed:
            fix = f"Use {by_name}, the code of {known.label(by_name)}."
        told: dict[Any, str] = {"kind": kind, "severity": severity, "said": said, "fix": fix}
        told |= {"place": spot(r, "printed"), "meant": by_name if by_name != r["printed"] else ""}
        odd.append(r | told)
    found = report(
        odd, "fips_valid", "{severity}", table, each="{source} {kind}", column=code_column(table),
        value="{printed}", expected="{meant}", message="{place}: {said}", fix="{fix}",
    )  # fmt: skip
    return found + report(
        whole.values(), "fips_valid", "note", table, key="{key}", column=code_column(table),
        value="{printed}",
        message="{state} stands there by other units than counties ({size} rows)",
        fix="Count them in the state's total; compare no single one with a county.",
    )  # fmt: skip


UNKNOWN = ("not in the list", "not a code")
"""Faults of a code that is no county's: single slips, or another kind of unit throughout."""


def _other_units(
    rows: pd.DataFrame,
    sizes: Mapping[tuple[str, str], int],
    faults: Mapping[tuple[str, str], Fault],
    known: Places,
) -> dict[tuple[str, str], dict[Any, Any]]:
    """States that a source prints by other units than counties, with the first row of each."""
    alien = [
        faults[p, s][0] in UNKNOWN
        # A row with the name of a county is that county, whatever its code.
        and known.by_name(s, n) not in known.listed
        for p, s, n in zip(rows["printed"], rows["state"], rows["county"], strict=True)
    ]
    found = {}
    for _, odd in rows[alien].groupby(["source", "state"], sort=True):
        first, size = odd.iloc[0], len(odd)
        place = (str(first["source"]), str(first["state"]))
        if size >= max(3, COVERED * sizes[place]):
            key = f"{' '.join(place)}: {size} rows".strip()
            found[place] = {**first.to_dict(), "size": size, "key": key}
    return found


def permuted_codes(case: Case) -> list[Finding]:
    """Does every row's code belong to the place that it names and whose votes it carries?"""
    found = []
    known = case.places
    for name, votes in case.votes.items():
        rows = votes[votes["code"].ne("") & votes["county"].ne("") & votes["printed"].ne("")]
        named = rows[["code", "state", "county"]].drop_duplicates()
        each = zip(named["code"], named["state"], named["county"], strict=True)
        named["meant"] = [_other_place(code, state, county, known) for code, state, county in each]
        odd = rows.merge(named[named["meant"].ne("")])
        found += report(
            odd.assign(place=odd["code"].map(known.label)), "permuted_codes", "error", name,
            column=code_column(name), value="{printed}", expected="{meant}", fix="Use {meant}.",
            message="The row names {county}, {state}, but the code is that of {place}",
        )  # fmt: skip
    return found


def _other_place(code: str, state: str, name: str, known: Places) -> str:
    """Another code of the state that has this name; empty for none."""
    own = known.name.get(code)
    if own is None or bare(own) == bare(name):
        return ""
    meant = known.by_name(state, name, city=True)
    return "" if meant == code else meant
