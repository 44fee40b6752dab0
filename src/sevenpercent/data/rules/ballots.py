"""Rules about parts that make a whole: ballots by method, votes in units, electoral votes, seats."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sevenpercent.data.rules.base import Finding, report, roll_up
from sevenpercent.data.rules.case import Case

METHODS = ("ballots_paper", "ballots_scan", "ballots_dre", "ballots_automark")
"""Ballots by the way they were cast, as clerks report them."""

SPARE_SHARE = 0.1
"""A method's ballots may exceed the ballots, voters and votes of the unit by this share (late
registrations, ballots counted with a neighbour) ..."""

SPARE_BALLOTS = 20
"""... and this number, before they are called implausible."""

DOUBLED = 1.5
"""Methods that add to this many times the unit's ballots were entered twice."""

FEW_MARKED = 0.2
"""Share of ballots marked on an accessible marking device above which the entry is doubted: the
device serves voters with disabilities, and one in five adults has one at most."""

FEW_MARKED_BALLOTS = 100
"""... in units where that many ballots or more carry the entry."""

FAR_VOTES = 0.2
"""Ballots and counted votes may differ by this share (blank votes, units reported together) ..."""

FAR_VOTES_LEAST = 50
"""... and by this number."""


def _units(case: Case) -> pd.DataFrame:
    counts = [*METHODS, "ballots_total", "voters", "total_original"]
    names = ["unit", "name", "county"]
    made = case.table("wi_units", *names, *counts)[[*names, *counts]]
    made = made.astype(dict.fromkeys(counts, "float64"))
    made["sum"] = made[list(METHODS)].sum(axis=1, min_count=1)
    made["size"] = made[["ballots_total", "voters", "total_original"]].max(axis=1)
    return made[made["sum"].notna() & (made["sum"].gt(0) | made["size"].gt(0))]


def _doubt(
    rows: pd.DataFrame, rule: str, severity: str, column: str, expected: str, message: str
) -> list[Finding]:
    return report(
        rows, rule, severity, "wi_units", key="{unit}", column=column, value=f"{{{column}:n}}",
        expected=expected, message="{name} ({county}): " + message,
        fix="Do not use the unit's ballots by method, or correct them with the clerk.",
    )  # fmt: skip


def methods_do_not_add(case: Case) -> list[Finding]:
    """Reporting units whose ballots by method do not add to their ballots."""
    units = _units(case)
    off = units[units["sum"].ne(units["ballots_total"])]
    told = "the methods add to {sum:n}"
    return _doubt(off, "rows_do_not_add", "warning", "ballots_total", "{sum:n}", told)


def implausible_ballots(case: Case) -> list[Finding]:
    """Can each unit's ballots by method be, given its ballots, voters and votes?"""
    units = _units(case)
    size, votes = units["size"], units["total_original"]
    most = size * (1 + SPARE_SHARE) + SPARE_BALLOTS
    rule, found = "implausible_ballots", list[Finding]()
    message = "more ballots of one kind than ballots, voters or votes"
    for column in METHODS:
        much = units[units[column].gt(most)]
        found += _doubt(much, rule, "error", column, "at most {size:n}", message)
    double = units["sum"].ge(DOUBLED * size) & units["sum"].gt(SPARE_BALLOTS)
    twice = double & units[list(METHODS)].max(axis=1).le(most)
    # Ballots entered twice stand in the second largest of the methods.
    second = units[list(METHODS)].apply(lambda r: sorted((r[m], m) for m in METHODS)[-2][1], axis=1)
    message = "the same ballots were entered under two methods"
    for i in units.index[twice]:
        told = "{size:n} in all methods together"
        found += _doubt(units.loc[[i]], rule, "error", str(second[i]), told, message)
    marked = units["ballots_automark"]
    many = marked.ge(FEW_MARKED_BALLOTS) & marked.gt(FEW_MARKED * size)
    message = "a device for few voters is said to have marked many of the ballots"
    found += _doubt(units[many & ~twice], rule, "warning", "ballots_automark", "a few", message)
    gap = (units["ballots_total"] - votes).abs()
    far = gap.ge(FAR_VOTES_LEAST) & gap.gt(FAR_VOTES * np.maximum(votes, units["ballots_total"]))
    message = "ballots and counted votes are far apart"
    told = "about {total_original:n}"
    return found + _doubt(units[far], rule, "warning", "ballots_total", told, message)


# --- levels ----------------------------------------------------------------------------------

LEVELS = (
    ("wi_units", "first_posting", "first_posting", None),
    ("wi_units", "original", "canvass", None),
    ("wi_units", "recount", "recount", None),
    ("wi_municipalities", "2016", "canvass", 2016),
    ("wi_municipalities", "recount", "recount", None),
    ("wi_municipalities", "2012", "certified", 2012),
)
"""Table of places below the county, suffix of its counts, and vintage and year of the county votes
that they must add to (None: the one year with that vintage)."""


def levels_agree(case: Case) -> list[Finding]:
    """Do reporting units and municipalities add to their county?"""
    final = case.final
    found: list[Finding] = []
    for table, suffix, vintage, only in LEVELS:
        columns = {p: f"{p}_{suffix}" for p in ("dem", "rep", "total")}
        units = case.table(table, "fips", *columns.values())
        sums = units.groupby("fips")[list(columns.values())].sum().astype("float64")
        county = final[final["vintage"].eq(vintage) & final["code"].isin(sums.index)]
        for year, rows in county.groupby("year"):
            if only is not None and year != only:
                continue
            both = rows.set_index("code").join(sums, how="inner")
            both["place"] = [case.places.label(str(code)) for code in both.index]
            both = both.rename_axis("code").reset_index()
            for party, column in columns.items():
                differ = both[both[party].ne(both[column])]
                found += report(
                    differ.assign(ours=differ[column], theirs=differ[party])
                    .drop(columns=["source", "row"]),
                    "levels_agree", "error", table, key=f"{{code}} {year} {vintage}",
                    column=column, value="{ours:n}", expected="{theirs:n}",
                    message="{place}: its parts add to {ours:n}, the county has {theirs:n}",
                    fix="Find the unit that differs.",
                )  # fmt: skip
    return roll_up(found, "counties that differ")


def candidates_add(case: Case) -> list[Finding]:
    """Reporting units whose votes differ from those of their candidates, one by one or in all."""
    counts, groups = ["original", "recount"], ("total", "dem", "rep")
    votes = case.table("wi_unit_votes", "unit", "party", *counts)
    units = case.table("wi_units", "unit", *(f"{g}_{c}" for g in groups for c in counts))
    found: list[Finding] = []
    for group in groups:
        rows = votes if group == "total" else votes[votes["party"].eq(group)]
        sums = rows.groupby("unit")[counts].sum().astype("float64")
        both = units.set_index("unit").join(sums, how="inner")
        for count_of in counts:
            column = f"{group}_{count_of}"
            differs = both[column].astype("float64").ne(both[count_of])
            odd = both[differs].rename_axis("key").reset_index()
            found += report(
                odd.assign(ours=odd[column], theirs=odd[count_of]),
                "rows_do_not_add", "error", "wi_units", column=column, value="{ours:n}",
                expected="{theirs:n}",
                message="{name} ({county}): the candidates have {theirs:n} votes",
                fix="Correct the candidate or the unit from the canvass.",
            )  # fmt: skip
    return roll_up(found, "units that differ from their candidates")


ELECTORS = 538
"""Electoral votes of all states and the District of Columbia (435 + 100 + 3)."""

SPLITS = (
    ("ev_dem", "ev_rep"),
    ("ev_dem_cast", "ev_rep_cast", "ev_other_cast"),
    ("ev_dem_reported", "ev_rep_reported", "ev_unassigned_reported"),
)
"""Columns that divide a state's electoral votes: as pledged, as cast, as reported at the time."""


def electors_add(case: Case) -> list[Finding]:
    """Do electoral votes, House seats and states' votes add up?"""
    return [*_states(case.table("states", "state", "ev")), *_delegations(case), *_votes(case)]


def _states(states: pd.DataFrame) -> list[Finding]:
    if states.empty:
        return []
    own = states.assign(meant=states["ev"], key=states["state"])
    parts = [
        own.assign(split=" + ".join(split), sum=own[list(split)].astype("float64").sum(axis=1))
        for split in SPLITS
        if set(split) <= set(states.columns)
    ]
    nation = {"key": "US", "split": "ev", "sum": own["ev"].astype("float64").sum()}
    every = pd.concat([*parts, pd.DataFrame([{**nation, "meant": ELECTORS}])])
    return report(
        every[every["sum"].ne(every["meant"])], "electors_add", "error", "states", source="",
        column="{split}", value="{sum:n}", expected="{meant:n}",
        message="{key}: {split} make {sum:n} electoral votes, not {meant:n}",
        fix="Correct the electoral votes of the state.",
    )  # fmt: skip


def _delegations(case: Case) -> list[Finding]:
    seats = case.table("house_delegations", "state", "dem", "rep", "majority")
    lead = (seats["dem"].astype(float) - seats["rep"].astype(float)).map(np.sign).fillna(0)
    own = seats.assign(meant=lead.map({1.0: "dem", -1.0: "rep", 0.0: "tie"}), key=seats["state"])
    return report(
        own[own["majority"].astype(str).str.lower().str[:3].ne(own["meant"])],
        "electors_add", "error", "house_delegations", source="", column="majority",
        value="{majority}", expected="{meant}", fix="Correct the majority or the seats.",
        message="{state}: {dem:n} Democrats and {rep:n} Republicans have another majority",
    )  # fmt: skip


def _votes(case: Case) -> list[Finding]:
    """States whose votes are not those of the state returns of the same year."""
    columns = ["dem", "rep", "total"]
    states = case.table("states", "state", *columns)
    returns = case.table("state_votes", "state", "year", *columns)
    both = states[["state", *columns]].merge(returns, on="state", suffixes=("", "_returns"))
    equal = both["dem"].eq(both["dem_returns"]) & both["rep"].eq(both["rep_returns"])
    # The table does not say its year: it is the one in which most states agree.
    agree = equal.groupby(both["year"]).mean()
    if agree.empty or agree.max() < 0.5:
        return []
    year = max(set(both["year"]), key=lambda y: float(agree[y]))
    found = []
    same = both[both["year"].eq(year)]
    for c in columns:
        found += report(
            same[same[c].ne(same[f"{c}_returns"])], "electors_add", "error", "states", source="",
            key="{state} {year}", column=c, value=f"{{{c}:n}}", expected=f"{{{c}_returns:n}}",
            message="{state}: the votes are not those of the state returns",
            fix="Correct the table that differs from the state's own count.",
        )  # fmt: skip
    return found
