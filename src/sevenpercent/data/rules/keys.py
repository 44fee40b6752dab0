"""Rules about keys: unique, complete, and matched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import pandas as pd

from sevenpercent.data.rules.base import COVERED, Finding, fold, plain, report, spot
from sevenpercent.data.rules.case import PRINTED, Case
from sevenpercent.data.rules.places import RENAMED
from sevenpercent.data.rules.votes import TOTAL_NAMES

SHOWN = 12
"""Rows of one key that a message names at most."""

# --- unique ----------------------------------------------------------------------------------


def duplicated(
    frame: pd.DataFrame, key: Sequence[str], table: str, each: str = ""
) -> list[Finding]:
    """Keys that stand on more than one row of ``frame``."""
    if frame.empty or not set(key) <= set(frame.columns):
        return []
    again = frame[frame.duplicated(list(key), keep=False)]
    found = []
    for values, group in again.groupby(list(key), sort=True, dropna=False):
        lines = [int(r) for r in group["row"] if pd.notna(r)] if "row" in group else []
        told = ", ".join(map(str, lines[:SHOWN])) + (", ..." if len(lines) > SHOWN else "")
        source = group["source"].iloc[0] if "source" in group else ""
        where = {"source": source, "where": f" (rows {told})" if lines else ""}
        where |= {"row": lines[-1] if lines else None, "many": len(group)}
        found.append({"key": " ".join(map(str, values)), **where})
    return report(
        found, "keys_unique", "error", table, each=each, column=", ".join(key),
        value="{many} rows", expected="1 row", message="The key stands on {many} rows{where}",
        fix="Delete the repeated row, or correct the key of the one that is wrong.",
    )  # fmt: skip


def keys_unique(case: Case) -> list[Finding]:
    """Does every place and year stand there exactly once?"""
    found = []
    for name, key in case.keys.items():
        if name in case.tables and name != "county_votes_printed":
            found += duplicated(case.tables[name], key, name, "repeated keys")
    votes = case.votes.get("county_votes_printed")
    if votes is not None:
        # A place under its old and its new code is the business of the rule about codes.
        unknown, called = votes["own"].eq(""), votes["county"].fillna("").astype(str)
        # FULTON is Fulton; a total may stand there in several ways.
        alike = called.map(fold).where(~called.map(lambda n: bool(TOTAL_NAMES.match(n))), called)
        called = called.groupby([votes["state"], alike]).transform("first")
        own = votes["own"].where(~unknown, votes["state"] + " " + called)
        named = votes.assign(place=own + " " + votes["year"].astype(str))
        for source, rows in named.groupby("source", sort=True):
            found += duplicated(
                rows, ("place",), "county_votes_printed", f"{plain(str(source))} repeated keys"
            )
    elif "county_votes" in case.votes and "county_votes" not in case.keys:
        found += duplicated(case.votes["county_votes"], ("key", "vintage"), "county_votes")
    return found


# --- complete --------------------------------------------------------------------------------


def absent(
    present: set[str], expected: set[str], state_of: dict[str, str]
) -> tuple[list[str], list[str]]:
    """States missing as a whole, and single codes missing from states that are covered."""
    states: dict[str, set[str]] = {}
    for code in expected:
        states.setdefault(state_of.get(code, code[:2]), set()).add(code)
    whole, single = [], []
    for state, codes in sorted(states.items()):
        missing = codes - present
        if len(codes - missing) < COVERED * len(codes):
            whole.append(state)
        else:
            single += sorted(missing)
    return whole, single


def missing_places(case: Case) -> list[Finding]:
    """Is every place there, with votes and with demographics?"""
    found: list[Finding] = []
    known = case.places
    for name, votes in case.votes.items():
        rows = votes[votes["best"]]
        for (source, year), group in _surveys(name, rows):
            empty = group[~group["total"].gt(0) & ~group["two_party"].gt(0)]
            named = [spot(r) for r in empty.to_dict("records")]
            found += report(
                empty.assign(place=named), "missing_places", "warning", name,
                each="{source} {year} rows without votes", column="total", value="{total:n}",
                message="{place}: the row carries no votes",
                fix="Leave the row out, or fill it from another source.",
            )  # fmt: skip
            covered = set(group["state"])
            expected = {c for c in known.listed if known.state.get(c) in covered}
            expected -= set(RENAMED)
            if len(covered) > len(set(known.state.values())) / 2:
                expected = set(known.listed)
            whole, single = absent(set(group["code"]), expected, known.state)
            told = {"source": source, "year": int(year)}
            other = "prints other units than its counties"
            found += report(
                [
                    {**told, "state": s, "what": other, "severity": "note"}
                    if s in covered
                    else {**told, "state": s, "what": "is missing as a whole", "severity": "warning"}
                    for s in whole
                ],
                "missing_places", "{severity}", name, key="{state} {year}", column="fips",
                value="none of its counties", message="{state} {what} in {year}",
                fix="Take the state from another source, or say that it is left out.",
            )  # fmt: skip
            found += report(
                [{**told, "code": c, "place": known.label(c)} for c in single],
                "missing_places", "warning", name, key="{code} {year}", column="fips",
                value="no row", expected="{code}", message="{place} has no row in {year}",
                fix="Add the place from another source, or say why it is not there.",
            )  # fmt: skip
    return found + _without_demographics(case)


def _surveys(name: str, rows: pd.DataFrame) -> list[tuple[tuple[str, int], pd.DataFrame]]:
    """Rows by source and year; the table of the analyses is one survey a year."""
    plain = rows if name == "county_votes_printed" else rows.assign(source="")
    groups = plain.groupby(["source", "year"], sort=True)
    return [((str(source), int(str(year))), group) for (source, year), group in groups]


def _without_demographics(case: Case) -> list[Finding]:
    people = case.tables.get("county_demographics")
    if people is None:
        return []
    # Land area comes from another list, so it does not count as a description of the people.
    asked = [c for c in ("white_nh", "college", "income", "population") if c in people]
    known = set(people["fips"].astype(str)[people[asked].notna().any(axis=1)])
    code = case.reference["code"]
    voters = set(code[code.isin(case.places.listed)]) if case.places.listed else set(code)
    lost = [(code, case.places.label(code)) for code in sorted(voters - known)]
    return report(
        [{"key": code, "place": place, "prefix": code[:2]} for code, place in lost],
        "missing_places", "warning", "county_demographics", each="{prefix} without demographics",
        column=", ".join(asked), value="none", message="{place} has votes but no demographics",
        fix="It drops out of every model with demographic controls; say so.",
    )  # fmt: skip


# --- matched ---------------------------------------------------------------------------------


def unmatched(
    left: pd.Series, right: Iterable[Any], table: str, other: str, column: str, **told: str
) -> list[Finding]:
    """Values of ``left`` that ``right`` does not hold, each with the nearest that it does."""
    valid = sorted({str(v) for v in right if pd.notna(v)})
    folded = {fold(v): v for v in valid}
    rows = []
    for value in sorted(set(left.dropna().astype(str)) - set(valid)):
        close = get_close_matches(fold(value), list(folded), n=1, cutoff=0.6)
        near = folded[close[0]] if close else ""
        fix = f"Did you mean {near!r}?" if near else "Add it there or correct the key."
        rows.append({"key": value, "near": near, "other": other, "fix": fix})
    return report(
        rows, "unmatched_keys", "warning", table, column=column, value="{key}", expected="{near}",
        message="{key!r} is not in {other}", fix="{fix}", **told,
    )  # fmt: skip


LINKS = (
    ("county_equipment", "fips", "county_votes"),
    ("county_demographics", "fips", "county_votes"),
    ("county_votes", "state", "states"),
    ("state_votes", "state", "states"),
    ("house_delegations", "state", "states"),
    ("wi_units", "hindi", "wi_municipalities"),
    ("wi_unit_votes", "unit", "wi_units"),
    ("wi_unit_senate", "unit", "wi_units"),
    ("wi_municipalities", "fips", "county_votes"),
    ("wi_units", "fips", "county_votes"),
)
"""Table, column, and the table whose column of the same name must hold every value."""


def unmatched_keys(case: Case) -> list[Finding]:
    """Does every key find its partner in the table it is joined to?"""
    found: list[Finding] = []
    for table, column, other in LINKS:
        if column in (right := case.tables.get(other, pd.DataFrame())):
            # A table may cover more places than voted there (a tiny county, a territory).
            left, each = case.table(table, column)[column], f"{column} not in {other}"
            found += unmatched(left, right[column], table, other, column, each=each)
    for source, rows in case.printed:
        alone = rows[rows["code"].eq("") & rows["printed"].eq("")]
        for state, group in alone.groupby("state", sort=True):
            names = [n for c, n in case.places.name.items() if case.places.state.get(c) == state]
            other = f"the counties of {state}"
            found += unmatched(
                group["county"], names, PRINTED, other, "county", source=plain(source)
            )
    return found + _without_ballots(case)


def _without_ballots(case: Case) -> list[Finding]:
    """Reporting units with votes that the list of ballots by method does not hold."""
    units = case.table("wi_units", "unit", "ballots_total", "voters", "total_original")
    alone = units[units["ballots_total"].isna() & units["voters"].isna()]
    alone = alone[alone["total_original"].notna()]
    grave = {True: "warning", False: "note"}
    return report(
        alone.assign(key=alone["unit"], severity=alone["total_original"].gt(0).map(grave)),
        "unmatched_keys", "{severity}", "wi_units", column="ballots_total", value="none",
        expected="counted votes: {total_original:n}",
        message="{name} ({county}) is not in the list of ballots by method",
        fix="Its ballots by method stay unknown; never count them as 0.",
    )  # fmt: skip
