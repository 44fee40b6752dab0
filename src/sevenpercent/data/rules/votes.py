"""Rules about counts of votes: sums, totals, whole numbers, and places out of line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.rules.base import (
    COUNTS,
    MOST,
    PARTIES,
    PARTS,
    SPACERS,
    Finding,
    code_column,
    count,
    joined,
    report,
)
from sevenpercent.data.rules.case import Baseline, Case, Floats, agreed, middle

SWAP_LEAST = 0.08
"""Least deviation of the two-party share (0..1) from what its own other years and its neighbours'
change predict. Exchanging the parties moves a share s by 2s-1, so a swap in a place nearer to
50 % than 46/54 is smaller than ordinary change and cannot be seen in one place's votes."""

SWAP_COLLAPSE = 1 / 3
"""Exchanging the parties must shrink the deviation at least to this fraction: after a true swap
only ordinary change is left, and a true shift does not mirror itself around one half."""

SWAP_SCALES = 4.0
"""... and the deviation must be this many robust standard deviations of its state's places."""

SIZE_FACTOR = 2.0
"""A count that is this many times its prediction (or this fraction) is out of line: turnout and
party votes of a county never doubled against its neighbours' within two terms but by error."""

SIZE_SCALES = 6.0
"""... and it must lie this many robust standard deviations off among its state's places."""

EXCHANGE_LEAST = 0.3
"""Least deviation in log size of both places before an exchange of their codes is tried: below a
third, places of like size, an exchange cannot be told from ordinary change."""

EXCHANGE_COLLAPSE = 0.25
"""Exchanging the two codes must shrink the summed deviation at least to this fraction."""

REPEATS = 3
"""Equal counts of both parties and the total in this many places cannot be chance."""

REPEAT_VOTES = 1000
"""Two places with this many votes or more that agree in every count are copies: the chance that
two independent places do is below one in a hundred thousand."""

SLIPPED = "Look for a digit too many or too few; the number expected is about what it should be."
"""What to do about a count that is ten, a hundred or a thousand times its prediction, or a part."""

NEAR_TEN = 0.15
"""How far the decimal logarithm of such a multiple may be from a whole number."""

TOTAL_NAMES = re.compile(
    r"^\W*((grand|office|state|statewide|county|overall|sub)[ -]*totals?|totals?|sum|all counties"
    r"|all places|statewide|state ?wide)\b[\W]*$",
    re.IGNORECASE,
)
"""Names that say that a row is a total."""


# --- whole numbers ---------------------------------------------------------------------------


def not_counts(
    frame: pd.DataFrame, columns: Sequence[str], table: str, keys: pd.Series
) -> list[Finding]:
    """Values in columns of counts that are not whole numbers of zero or more."""
    found = []
    for column in columns:
        if column not in frame:
            continue
        values = frame[column]
        if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
            faults = {v: f for v in values.dropna().unique() if (f := text_fault(str(v)))}
            bad = [(n, str(v), *faults[v]) for n, v in enumerate(values) if v in faults]
        else:
            number = values.to_numpy(dtype=float, na_value=np.nan)
            with np.errstate(invalid="ignore"):
                wrong = (number < 0) | np.isinf(number) | (np.isfinite(number) & (number % 1 != 0))
            bad = [
                (int(n), count(number[n]), *_number_fault(number[n])) for n in np.flatnonzero(wrong)
            ]
        where = pd.DataFrame({"key": keys.to_numpy(), "source": "", "row": None})
        where = where.assign(**{n: frame[n].to_numpy() for n in ("source", "row") if n in frame})
        found += report(
            [{**where.iloc[n], "is": v, "said": said, "fix": fix} for n, v, said, fix in bad],
            "fractional_or_negative", "error", table, each=f"{column} not a count", column=column,
            value="{is}", message="{said}", fix="{fix}",
        )  # fmt: skip
    return found


def text_fault(text: str) -> tuple[str, str] | None:
    """What is wrong with a printed count, and what to do about it; None when nothing is."""
    plain = text.strip()
    if re.fullmatch(rf"\d{{1,3}}([.{SPACERS}]\d{{3}})+", plain):
        digits = re.sub(r"\D", "", plain)
        return ("The number carries thousands separators", f"Write {digits}.")
    try:
        if not plain.isascii() or "_" in plain:  # what Python alone reads as a number
            raise ValueError
        value = float(plain)
        if abs(value) >= MOST:
            return ("No place has so many votes", "Correct it from the source.")
        return _number_fault(value) if value % 1 or value < 0 else None
    except ValueError:
        return ("This is not a number", "Write a whole number, or leave the cell empty.")


def _number_fault(value: float) -> tuple[str, str]:
    if value < 0:
        fix = "If it is a code for 'unknown', leave the cell empty."
        return "A count of votes is negative", fix
    return ("A count of votes is not a whole number", "Correct it from the source.")


def fractional_or_negative(case: Case) -> list[Finding]:
    """Is every count a whole number of zero or more?"""
    found = []
    for name, votes in case.votes.items():
        found += not_counts(case.tables[name], COUNTS, name, votes["key"])
    counted = re.compile(r"(dem|rep|other|total|ballots|voters|registrants|sen)(_|$)")
    for name, key in (
        ("state_votes", ["state", "year"]),
        ("wi_units", ["unit"]),
        ("wi_municipalities", ["fips", "hindi"]),
    ):
        frame = case.table(name, *key)
        keys = pd.Series(joined(frame, key))
        found += not_counts(frame, list(filter(counted.match, frame.columns)), name, keys)
    return found


# --- parts and totals ------------------------------------------------------------------------


def _with_sum(votes: pd.DataFrame) -> pd.DataFrame:
    named = votes["county"] + ", " + votes["state"]
    summed = votes.assign(
        place=named.where(votes["county"].ne(""), votes["state"]),
        sum=votes[list(PARTS)].fillna(0).sum(axis=1),
        total=votes["said"],
    )
    # A negative count is the business of another rule; its sum says nothing.
    return summed[votes[list(COUNTS)].min(axis=1).ge(0) & votes["said"].notna()]


def parts_exceed_total(case: Case) -> list[Finding]:
    """Are parts no more than their whole?"""
    found = []
    for name, votes in case.votes.items():
        rows = _with_sum(votes)
        found += report(
            rows[rows["sum"] > rows["total"]], "parts_exceed_total", "error", name,
            column="total", value="{total:n}", expected="{sum:n}",
            message="{place}: the candidates' votes add to {sum:n}, more than the total of {total:n}",
            fix="Correct the part or the total from the source.",
        )  # fmt: skip
    return found


def rows_do_not_add(case: Case) -> list[Finding]:
    """Do the parts of each row add to its total?"""
    found = []
    for name, votes in case.votes.items():
        rows = _with_sum(votes.dropna(subset=list(PARTS)))
        found += report(
            rows.assign(fewer=rows["total"] - rows["sum"])[rows["sum"] < rows["total"]],
            "rows_do_not_add", "warning", name, each="{source} short of total",
            column="total", value="{total:n}", expected="{sum:n}",
            message="{place}: the candidates' votes add to {sum:n}, {fewer:n} fewer than the total",
            fix="Find the missing votes in the source, or take the sum as the total.",
        )  # fmt: skip
    return found


# --- totals among the data -------------------------------------------------------------------


def total_rows(rows: pd.DataFrame, group: Sequence[str]) -> pd.Series:
    """Which rows are the sum of the other rows of their group, in both parties, or named a total."""
    votes = rows[list(PARTIES)]
    named = rows["county"].map(lambda text: bool(TOTAL_NAMES.match(str(text)))).astype(bool)
    grouped = rows.groupby(list(group), sort=False, dropna=False)
    equal = votes.mul(2).eq(grouped[list(PARTIES)].transform("sum")) & votes.gt(0)
    # Fewer than three rows say nothing.
    return named | (equal.all(axis=1) & (grouped["dem"].transform("size") >= 3))


def total_row_among_data(case: Case) -> list[Finding]:
    """Is no row the total of the others?"""
    found = []
    for name, votes in case.votes.items():
        rows = votes[votes["dem"].notna()]
        survey = ["source"] if name == "county_votes_printed" else []
        for group in ([*survey, "vintage", "year", "state"], [*survey, "vintage", "year"]):
            mask = total_rows(rows, group)
            place = rows["county"].where(rows["county"].ne(""), rows["printed"])
            found += report(
                rows.assign(place=place)[mask], "total_row_among_data", "error", name,
                column="total", value="{total:n}",
                message="{place}, {state}: the row is the total of the others",
                fix="Leave the row out: its votes are counted twice.",
            )  # fmt: skip
    return found


def repeated_total(case: Case) -> list[Finding]:
    """Is no total repeated for several places?"""
    found = []
    for name, votes in case.votes.items():
        rows = votes[votes["total"].gt(0)]
        group = ["source", "year", "vintage", "state", "dem", "rep", "total"]
        again = rows[rows.duplicated(group, keep=False)]
        for _, same in again.groupby(group, sort=True):
            places = same["key"].nunique()
            if places < 2 or (places < REPEATS and float(same["total"].iloc[0]) < REPEAT_VOTES):
                continue
            names = ", ".join(sorted(set(same["county"].astype(str)))[:3])
            names += ", ..." if places > 3 else ""
            keys = ", ".join(sorted(same["key"])[:2])
            found += report(
                same.head(1).assign(places=places, names=names, keys=keys),
                "repeated_total", "error", name, key="{state} {year}: {places} places",
                column="dem, rep, total", value="{dem:n}, {rep:n}, {total:n}",
                message="{places} places of {state} print the same counts ({names}; keys {keys})",
                fix="One total was repeated for each place: use a source that counts places.",
            )  # fmt: skip
    return found


# --- a place against its own other years and its neighbours ----------------------------------


def _surveys(case: Case) -> Iterator[tuple[str, pd.DataFrame, int]]:
    """Each table's best rows, of one printed source at a time, with each of their years."""
    if case.reference.empty:
        return
    for table, votes in case.votes.items():
        rows = votes[votes["best"] & votes["code"].ne("")]
        printed = table == "county_votes_printed"
        for _, own in rows.groupby("source", sort=True) if printed else [("", rows)]:
            for year in sorted(set(own["year"])):
                yield table, own, int(year)


def party_swap(case: Case) -> list[Finding]:
    """Does no place become ordinary only when the two parties are exchanged?

    Such a place is named: its sides were probably mixed up.
    """
    found = []
    for name, rows, year in _surveys(case):
        base = case.baseline
        pairs = base.predictions(rows, year, "share")
        if not pairs:
            continue
        hits = []
        for now, expected in pairs:
            off = np.abs(now - expected)
            swapped = np.abs(1 - now - expected)
            least = np.maximum(SWAP_LEAST, SWAP_SCALES * base.scale(now - expected))
            hits.append((off >= least) & (swapped <= SWAP_COLLAPSE * off))
        expected = middle(pairs)
        fits = _exchanged_counts_fit(base, rows, year)
        for i in agreed(hits, pairs):
            if fits[i]:  # else another fault of one of the two counts
                own = _own_row(case, rows, base.codes[i], year).assign(meant=float(expected[i]))
                found += report(
                    own.assign(other=1 - own["share"]), "party_swap", "error", name,
                    column="dem, rep", value="{dem:n}, {rep:n}", expected="{rep:n}, {dem:n}",
                    message="{place} {year}: the two-party share of {share:.1%} is far from the "
                    "{meant:.1%} that its other years and its neighbours suggest; with the "
                    "parties exchanged it is {other:.1%}",
                    fix="Exchange the two parties' votes, after a look at another source.",
                )  # fmt: skip
    return found


def _own_row(case: Case, rows: pd.DataFrame, code: str, year: int) -> pd.DataFrame:
    """The first row of a place in a year, with the name of the ``place``."""
    own = rows[(rows["code"] == code) & (rows["year"] == year)].head(1)
    return own.assign(place=case.places.label(code))


def _exchanged_counts_fit(base: Baseline, rows: pd.DataFrame, year: int) -> NDArray[np.bool_]:
    """Places where each party's count, given to the other, is near what is expected of that one."""
    fits = np.ones(len(base.codes), dtype=bool)
    sides = {n: base.predictions(rows, year, n, logs=True) for n in ("dem", "rep")}
    if not all(sides.values()):
        return fits
    for name, other in (("dem", "rep"), ("rep", "dem")):
        off = np.abs(sides[name][0][0] - middle(sides[other]))
        fits &= ~(off > np.log(SIZE_FACTOR))  # what is not known speaks against nothing
    return fits


def out_of_line(case: Case) -> list[Finding]:
    """Is every count near what the place's other years and its neighbours suggest?"""
    return [
        f
        for table, rows, year in _surveys(case)
        for column in ("dem", "rep", "total")
        for f in _far(case, table, rows, year, column)
    ]


def _far(case: Case, table: str, rows: pd.DataFrame, year: int, column: str) -> list[Finding]:
    base = case.baseline
    pairs = base.predictions(rows, year, column, logs=True)
    if not pairs:
        return []
    hits = []
    for now, expected in pairs:
        least = np.maximum(np.log(SIZE_FACTOR), SIZE_SCALES * base.scale(now - expected))
        hits.append(np.abs(now - expected) >= least)
    expected = middle(pairs)
    found = []
    for i in agreed(hits, pairs):
        code = base.codes[i]
        own = _own_row(case, rows, code, year)
        printed, guess = float(own[column].iloc[0]), round(float(np.exp(expected[i])))
        tens = abs(np.log10(max(printed, 1) / max(guess, 1)))
        slipped = round(tens) >= 1 and abs(tens - round(tens)) <= NEAR_TEN
        found += report(
            own.assign(times=printed / max(guess, 1)), "out_of_line", "warning", table,
            column=column, value=count(printed), expected=f"about {guess:,}",
            message="{place} {year}: " + column + " is {times:.2g} times what its other years and "
            "its neighbours suggest",
            fix=SLIPPED
            if slipped
            else "Compare with another source: a slipped digit, a wrong code or a total row.",
        )  # fmt: skip
    return found


def exchanged_pairs(case: Case) -> list[Finding]:
    """Two places of one state whose sizes fit each other's past but not their own."""
    found = []
    for name, rows, year in _surveys(case):
        base = case.baseline
        no_limit = np.full(len(base.codes), np.inf)
        pairs = base.predictions(rows, year, "total", logs=True)
        if not pairs:
            continue
        now = pairs[0][0]
        expected = middle(pairs)
        steady = np.nanmin([np.abs(now - e) for _, e in pairs] + [no_limit], axis=0)
        for a, b in _exchanges(base.states, now, expected, steady):
            for i, j in ((a, b), (b, a)):
                code, other = base.codes[i], base.codes[j]
                own = _own_row(case, rows, code, year).assign(there=case.places.label(other))
                found += report(
                    own, "permuted_codes", "error", name, column=code_column(name),
                    value="{printed}", expected=other,
                    message="The votes under the code of {place} fit {there}, and the other way "
                    "round",
                    fix=f"Use {other}, after a look at the printed name.",
                )  # fmt: skip
    return found


def _exchanges(
    state: NDArray[np.object_], now: Floats, expected: Floats, steady: Floats
) -> list[tuple[int, int]]:
    with np.errstate(invalid="ignore"):
        odd = np.flatnonzero((np.abs(now - expected) >= EXCHANGE_LEAST) & (steady > 0.1))
    found, used = [], set[int]()
    for position, a in enumerate(odd):
        for b in odd[position + 1 :]:
            if state[a] != state[b] or a in used or b in used:
                continue
            before = abs(now[a] - expected[a]) + abs(now[b] - expected[b])
            after = abs(now[a] - expected[b]) + abs(now[b] - expected[a])
            if after <= EXCHANGE_COLLAPSE * before:
                found.append((int(a), int(b)))
                used |= {int(a), int(b)}
    return found
