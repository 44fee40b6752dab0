"""Rules about keys: unique, valid, complete, matched, and belonging to the place they name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches

import pandas as pd

from sevenpercent.data.rules.base import Finding, Row, bare, count, fold, line, roll_up
from sevenpercent.data.rules.case import Case
from sevenpercent.data.rules.places import RENAMED, Places, clean_code

COVERED = 0.5
"""A source is taken to cover a state when it prints at least this share of its counties; below
that the state as a whole is missing (or other units stand in it) rather than single places."""

SPELLING = 0.75
"""Similarity of two folded names (0..1) above which they are spellings of one name."""

_LOST_ZERO = re.compile(r"^\d{1,4}$")
_DECIMALS = re.compile(r"^\d{1,5}\.0+$")
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?[eE]\+?\d+$")
_MISREAD = re.compile("[\ufeff\ufffd\u0080-\u009f]|Ã[\u0080-\u00bf]|â€|Â[\u00a0-\u00bf]")


# --- unique ----------------------------------------------------------------------------------


def duplicated(
    frame: pd.DataFrame, key: Sequence[str], table: str, row: str = "row"
) -> list[Finding]:
    """Keys that stand on more than one row of ``frame``."""
    if frame.empty or not set(key) <= set(frame.columns):
        return []
    again = frame[frame.duplicated(list(key), keep=False)]
    found = []
    for values, group in again.groupby(list(key), sort=True, dropna=False):
        lines = [int(r) for r in group[row] if pd.notna(r)] if row in group else []
        where = f" (rows {', '.join(map(str, lines))})" if lines else ""
        found.append(
            Finding(
                "keys_unique",
                "error",
                table,
                key=" ".join(str(v) for v in values),
                source=str(group["source"].iloc[0]) if "source" in group else "",
                row=lines[-1] if lines else None,
                column=", ".join(key),
                value=f"{len(group)} rows",
                expected="1 row",
                message=f"The key stands on {len(group)} rows{where}",
                fix="Delete the repeated row, or correct the key of the one that is wrong.",
            )
        )
    return found


def keys_unique(case: Case) -> list[Finding]:
    """Repeated keys in every table whose key is known, and in the printed votes."""
    found = []
    for name, key in case.keys.items():
        if name in case.tables and name != "county_votes_printed":
            found += roll_up(duplicated(case.tables[name], key, name), "repeated keys")
    votes = case.votes.get("county_votes_printed")
    if votes is not None:
        # A place under its old and its new code is the business of the rule about codes.
        unknown = votes["own"].eq("")
        own = votes["own"].where(~unknown, votes["state"] + " " + votes["county"])
        named = votes.assign(place=own + " " + votes["year"].astype(str))
        for source, rows in named.groupby("source", sort=True):
            hits = duplicated(rows, ("place",), "county_votes_printed")
            found += roll_up(hits, f"{source} repeated keys")
    elif "county_votes" in case.votes and "county_votes" not in case.keys:
        found += duplicated(case.votes["county_votes"], ("key", "vintage"), "county_votes")
    return found


# --- valid codes -----------------------------------------------------------------------------


def code_fault(printed: str, state: str, known: Places) -> tuple[str, str, str, str] | None:
    """What is wrong with one printed code: kind, severity, message, fix; None when it is right."""
    if printed.strip() in {"", "NA", "nan", "None", "<NA>"}:
        return (
            "missing",
            "warning",
            "The row has no county code",
            "Give it its code, or leave "
            "it out of county analyses and keep it in the state's total.",
        )
    code = clean_code(printed)
    if _SCIENTIFIC.match(printed):
        return (
            "scientific notation",
            "error",
            "A spreadsheet wrote the code as a number in scientific notation",
            "Read the column as text.",
        )
    if not code:
        return (
            "not a code",
            "error",
            "This is not a five-digit county code",
            "Correct the code from the county's name.",
        )
    if code in RENAMED:
        return (
            "replaced code",
            "note",
            f"The code was replaced by {RENAMED[code]}",
            f"Use {RENAMED[code]}.",
        )
    if code.endswith("000") and known.prefixes.get(code[:2]) == state:
        return (
            "no county",
            "note",
            "These votes belong to the state, not to one of its counties",
            "Count them in the state's total only.",
        )
    if code.endswith("000"):
        return (
            "not a county",
            "error",
            "A code ending in 000 is a state, not a county",
            "Move the row to the county it belongs to.",
        )
    if known.listed and code not in known.listed:
        return (
            "not in the list",
            "error",
            "The code is not in the Census Bureau's list of counties",
            _nearest_code(code, known),
        )
    prefix = known.state.get(code)
    if prefix and state and prefix != state:
        return (
            "other state",
            "error",
            f"The code belongs to {known.label(code)}, the row says {state}",
            "Correct the code or the state.",
        )
    if _LOST_ZERO.match(printed):
        return (
            "lost leading zero",
            "error",
            "The code lost its leading zero",
            f"Write {code}; read the column as text.",
        )
    if _DECIMALS.match(printed):
        return (
            "decimal number",
            "error",
            "The code was read as a decimal number",
            f"Write {code}; read the column as text.",
        )
    return None


def _nearest_code(code: str, known: Places) -> str:
    inside = [c for c in known.listed if c[:2] == code[:2]]
    close = get_close_matches(code, inside, n=1, cutoff=0.75)
    return f"Did you mean {close[0]} ({known.label(close[0])})?" if close else "Correct the code."


def fips_valid(case: Case) -> list[Finding]:
    """Codes that are missing, malformed, unknown or of another state."""
    found = []
    for name, votes in case.votes.items():
        rows = votes if name == "county_votes_printed" else votes[votes["best"]]
        if name == "county_votes_printed":
            # A source that prints names only has no code to be wrong.
            rows = rows[rows.groupby("source")["printed"].transform("max").ne("")]
        found += _faulty_codes(name, rows, case.places)
    for name in ("county_demographics", "county_equipment"):
        frame = case.tables.get(name)
        if frame is not None:
            plain = pd.DataFrame(
                {
                    "printed": frame["fips"].astype(object).where(frame["fips"].notna(), ""),
                    "state": frame["state"].astype(object).where(frame["state"].notna(), ""),
                    "county": frame.get("county", ""),
                    "source": "",
                    "row": None,
                }
            )
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
    lookup = known.codes
    groups: dict[str, list[Finding]] = {}
    sizes = Counter(zip(rows["source"], rows["state"], strict=True))
    faulty = [pair in faults for pair in zip(rows["printed"], rows["state"], strict=True)]
    rows = rows[faulty]
    whole = _other_units(rows, sizes, faults, known, lookup)
    for r in rows.itertuples():
        if (str(r.source), str(r.state)) in whole:
            continue
        kind, severity, message, fix = faults[str(r.printed), str(r.state)]
        by_name = lookup.get((str(r.state), fold(r.county)))
        place = f"{r.county}, {r.state}" if str(r.county) else str(r.state)
        group = f"{r.source} {kind}"
        groups.setdefault(group, []).append(
            Finding(
                "fips_valid",
                severity,
                table,
                key=str(r.key),
                source=str(r.source),
                row=line(r.row),
                column="fips_printed" if table == "county_votes_printed" else "fips",
                value=str(r.printed),
                expected=by_name if by_name and by_name != r.printed else "",
                message=f"{place}: {message}",
                fix=fix,
            )
        )
    found = [f for group, hits in groups.items() for f in roll_up(hits, group.strip())]
    for (source, state), (row, value, size) in sorted(whole.items()):
        found.append(
            Finding(
                "fips_valid",
                "note",
                table,
                key=f"{source} {state}: {size} rows".strip(),
                source=source,
                row=row,
                column="fips_printed" if table == "county_votes_printed" else "fips",
                value=value,
                message=f"{state} stands there by other units than counties ({size} rows)",
                fix="Count them in the state's total; compare no single one with a county.",
            )
        )
    return found


UNKNOWN = ("not in the list", "not a code")
"""Faults of a code that is no county's: single slips, or another kind of unit throughout."""


def _other_units(
    rows: pd.DataFrame,
    sizes: Mapping[tuple[str, str], int],
    faults: Mapping[tuple[str, str], tuple[str, str, str, str]],
    known: Places,
    lookup: Mapping[tuple[str, str], str],
) -> dict[tuple[str, str], tuple[int | None, str, int]]:
    """States that a source prints by other units than counties, with the first row of each."""
    alien = [
        faults[p, s][0] in UNKNOWN
        # A row with the name of a county is that county, whatever its code.
        and lookup.get((s, fold(n)), "") not in known.listed
        for p, s, n in zip(rows["printed"], rows["state"], rows["county"], strict=True)
    ]
    found = {}
    for _, odd in rows[alien].groupby(["source", "state"], sort=True):
        first = odd.iloc[0]
        place = (str(first["source"]), str(first["state"]))
        if len(odd) >= max(3, COVERED * sizes[place]):
            found[place] = (line(first["row"]), str(first["printed"]), len(odd))
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
    """Places without a row, rows without any vote, and places without demographics."""
    found: list[Finding] = []
    known = case.places
    for name, votes in case.votes.items():
        rows = votes[votes["best"]]
        for (source, year), group in _surveys(name, rows):
            empty = group[~group["total"].gt(0) & ~group["two_party"].gt(0)]
            found += roll_up(
                [_empty_row(name, r) for r in empty.to_dict("records")],
                f"{source} {year} rows without votes".strip(),
            )
            covered = set(group["state"])
            expected = {c for c in known.listed if known.state.get(c) in covered}
            expected -= set(RENAMED)
            if len(covered) > len(set(known.state.values())) / 2:
                expected = set(known.listed)
            whole, single = absent(set(group["code"]), expected, known.state)
            other = {s for s in whole if s in covered}
            for state in whole:
                found.append(_no_state(name, source, int(year), state, state in other))
            found += [_no_place(name, source, int(year), c, known) for c in single]
    return found + _without_demographics(case)


def _surveys(name: str, rows: pd.DataFrame) -> list[tuple[tuple[str, int], pd.DataFrame]]:
    """Rows by source and year; the table of the analyses is one survey a year."""
    plain = rows if name == "county_votes_printed" else rows.assign(source="")
    return [
        ((str(group["source"].iloc[0]), int(group["year"].iloc[0])), group)
        for _, group in plain.groupby(["source", "year"], sort=True)
    ]


def _empty_row(table: str, r: Row) -> Finding:
    return Finding(
        "missing_places",
        "warning",
        table,
        key=str(r["key"]),
        source=str(r["source"]) if table == "county_votes_printed" else "",
        row=line(r["row"]),
        column="total",
        value=count(float(r["total"])),
        message=f"{r['county']}, {r['state']}: the row carries no votes",
        fix="Leave the row out, or fill it from another source.",
    )


def _no_state(table: str, source: str, year: int, state: str, other_units: bool) -> Finding:
    what = "prints other units than its counties" if other_units else "is missing as a whole"
    return Finding(
        "missing_places",
        "note" if other_units else "warning",
        table,
        key=f"{state} {year}",
        source=source,
        column="fips",
        value="none of its counties",
        message=f"{state} {what} in {year}",
        fix="Take the state from another source, or say that it is left out.",
    )


def _no_place(table: str, source: str, year: int, code: str, known: Places) -> Finding:
    return Finding(
        "missing_places",
        "warning",
        table,
        key=f"{code} {year}",
        source=source,
        column="fips",
        value="no row",
        expected=code,
        message=f"{known.label(code)} has no row in {year}",
        fix="Add the place from another source, or say why it is not there.",
    )


def _without_demographics(case: Case) -> list[Finding]:
    people = case.tables.get("county_demographics")
    if people is None or case.reference.empty:
        return []
    measures = [c for c in people.columns if c not in {"fips", "state", "county"}]
    census = people.set_index(people["fips"].astype(str))[measures]
    # Land area comes from another list, so it does not count as a description of the people.
    asked = [c for c in ("white_nh", "college", "income", "population") if c in measures]
    known = set(census.index[census[asked].notna().any(axis=1)])
    code = case.reference["code"]
    voters = set(code[code.isin(case.places.listed)]) if case.places.listed else set(code)
    found = []
    for place in sorted(voters - known):
        found.append(
            Finding(
                "missing_places",
                "warning",
                "county_demographics",
                key=place,
                column=", ".join(asked),
                value="none",
                message=f"{case.places.label(place)} has votes but no demographics",
                fix="It drops out of every model with demographic controls; say so.",
            )
        )
    by_state: dict[str, list[Finding]] = {}
    for f in found:
        by_state.setdefault(f.key[:2], []).append(f)
    return [
        f
        for prefix, group in sorted(by_state.items())
        for f in roll_up(group, f"{prefix} without demographics")
    ]


# --- matched ---------------------------------------------------------------------------------


def unmatched(
    left: pd.Series, right: pd.Series, table: str, other: str, column: str
) -> list[Finding]:
    """Values of ``left`` that ``right`` does not hold, each with the nearest that it does."""
    valid = sorted(set(right.dropna().astype(str)))
    folded = {fold(v): v for v in valid}
    found = []
    for value in sorted(set(left.dropna().astype(str)) - set(valid)):
        close = get_close_matches(fold(value), list(folded), n=1, cutoff=0.6)
        near = folded[close[0]] if close else ""
        found.append(
            Finding(
                "unmatched_keys",
                "warning",
                table,
                key=value,
                column=column,
                value=value,
                expected=near,
                message=f"{value!r} is not in {other}",
                fix=f"Did you mean {near!r}?" if near else "Add it there or correct the key.",
            )
        )
    return found


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
    """Keys that find no partner in the table they are joined to."""
    found: list[Finding] = []
    for table, column, other in LINKS:
        left, right = case.tables.get(table), case.tables.get(other)
        if left is None or right is None or column not in left or column not in right:
            continue
        hits = unmatched(left[column], right[column], table, other, column)
        # A table may cover more places than voted there (a tiny county, a territory).
        found += roll_up(hits, f"{column} not in {other}")
    votes = case.votes.get("county_votes_printed")
    if votes is not None:
        alone = votes[votes["code"].eq("") & votes["printed"].eq("")]
        names = {
            s: [n for c, n in case.places.name.items() if case.places.state.get(c) == s]
            for s in set(alone["state"])
        }
        for (source, state), group in alone.groupby(["source", "state"], sort=True):
            hits = unmatched(
                group["county"],
                pd.Series(names[str(state)], dtype=object),
                "county_votes_printed",
                f"the counties of {state}",
                "county",
            )
            found += [replace(f, source=str(source)) for f in hits]
    units = case.tables.get("wi_units")
    if units is not None and {"ballots_total", "voters"} <= set(units.columns):
        found += _without_ballots(units)
    return found


def _without_ballots(units: pd.DataFrame) -> list[Finding]:
    """Reporting units with votes that the list of ballots by method does not hold."""
    alone = units[units["ballots_total"].isna() & units["voters"].isna()]
    return [
        Finding(
            "unmatched_keys",
            "warning" if r["total_original"] > 0 else "note",
            "wi_units",
            key=str(r["unit"]),
            column="ballots_total",
            value="none",
            expected=f"counted votes: {count(float(r['total_original']))}",
            message=f"{r['name']} ({r['county']}) is not in the list of ballots by method",
            fix="Its ballots by method stay unknown; never count them as 0.",
        )
        for r in alone.to_dict("records")
        if pd.notna(r["total_original"])
    ]


# --- permuted --------------------------------------------------------------------------------


def permuted_codes(case: Case) -> list[Finding]:
    """Rows whose printed name is that of another code of the same state."""
    found = []
    known = case.places
    lookup = known.codes
    for name, votes in case.votes.items():
        rows = votes[votes["code"].ne("") & votes["county"].ne("") & votes["printed"].ne("")]
        pairs = rows[["code", "state", "county"]].drop_duplicates()
        wrong = {
            (c, s, n): other
            for c, s, n in pairs.itertuples(index=False)
            if (other := _other_place(c, s, n, known, lookup)) is not None
        }
        if not wrong:
            continue
        triples = zip(rows["code"], rows["state"], rows["county"], strict=True)
        for r in rows[[triple in wrong for triple in triples]].itertuples():
            other = wrong[str(r.code), str(r.state), str(r.county)]
            found.append(
                Finding(
                    "permuted_codes",
                    "error",
                    name,
                    key=str(r.key),
                    source=str(r.source),
                    row=line(r.row),
                    column="fips_printed" if name == "county_votes_printed" else "fips",
                    value=str(r.printed),
                    expected=other,
                    message=f"The row names {r.county}, {r.state}, but the code is that of "
                    f"{known.label(str(r.code))}",
                    fix=f"Use {other}.",
                )
            )
    return found


def _other_place(
    code: str, state: str, name: str, known: Places, lookup: dict[tuple[str, str], str]
) -> str | None:
    own = known.name.get(code)
    if own is None or bare(own) == bare(name):
        return None
    meant = lookup.get((state, fold(name))) or lookup.get((state, bare(name)))
    if meant is None or meant == code:
        return None
    return meant


# --- text ------------------------------------------------------------------------------------


def text_encoding(case: Case) -> list[Finding]:
    """Text that was decoded with the wrong character set, or that kept a byte-order mark."""
    found = []
    for name, frame in sorted(case.tables.items()):
        for column in frame.columns:
            if _MISREAD.search(str(column)):
                found.append(_misread(name, None, "header", str(column), str(column), ""))
            values = frame[column]
            if not (values.dtype == object or isinstance(values.dtype, pd.StringDtype)):
                continue
            texts = (
                {v for v in values.dropna().unique() if isinstance(v, str)}
                if (not len(values) or not hasattr(values.iloc[0], "shape"))
                else set()
            )
            bad = {v for v in texts if _MISREAD.search(v)}
            if not bad:
                continue
            hits = []
            for row in frame[values.isin(bad)].to_dict("records"):
                hits.append(
                    _misread(
                        name,
                        line(row["row"]) if "row" in row else None,
                        " ".join(str(row[c]) for c in ("fips", "fips_printed", "year") if c in row),
                        str(column),
                        str(row[column]),
                        str(row["source"]) if "source" in row else "",
                    )
                )
            found += roll_up(hits, f"{column} misread")
    return found


def _misread(
    table: str, row: int | None, key: str, column: str, value: str, source: str
) -> Finding:
    return Finding(
        "text_encoding",
        "error",
        table,
        key=key or value,
        source=source,
        row=row,
        column=column,
        value=value,
        message="The text was read with the wrong character set",
        fix="Read the file as UTF-8 (with utf-8-sig for a byte-order mark), else as Windows-1252.",
    )
