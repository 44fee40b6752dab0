"""Lines of votes that are left out, or look as if something were missing: what is said of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

import pandas as pd

from sevenpercent.data.rules import Finding
from sevenpercent.data.rules.base import Row, fold
from sevenpercent.data.rules.places import Places

NOBODY = 200
"""Votes of a county from which on none at all for one of two parties is told."""


def nobody(
    printed: pd.DataFrame, counts: Mapping[str, pd.Series[float]], skipped: pd.Series[bool]
) -> list[Finding]:
    """Counties in which nobody voted for one party, and many for the other."""
    out = []
    for name, other in (("dem", "rep"), ("rep", "dem")):
        none = counts[name].eq(0) & counts[other].ge(NOBODY) & ~skipped
        if none.mean() > FEW:  # so it is all over: the contest was not between the two
            continue
        out += [
            replace(
                without_votes(r, name),
                value="0",
                message=f"{r['county']}, {r['state']} has no vote at all for {name}, and "
                f"{r[other]} for {other}",
                fix="Leave the cell empty if the number is not known.",
            )
            for r in printed[none.to_numpy()].to_dict("records")
        ]
    return out


FEW = 0.5
"""Share of counties without a vote for a party above which it had no candidate."""


def without_votes(printed: Row, column: str) -> Finding:
    """A line in which the votes of a party are empty."""
    return Finding(
        "missing_places",
        "warning",
        "county_votes_printed",
        key=f"{printed['fips_printed'] or printed['county']} {printed['year']}",
        source=str(printed["source"]),
        row=int(printed["row"]),
        column=column,
        value="",
        expected="a whole number",
        message=f"{printed['county']}, {printed['state']} has no votes for {column}; the line is left out",
        fix="Write the number, or 0 if there were none.",
    )


def unmatched(printed: Row, known: Places) -> Finding:
    """A line that names no county, with the nearest names."""
    state, name = str(printed["state"]), str(printed["county"])
    names = [n for c, n in known.name.items() if known.state.get(c) == state and c in known.listed]
    shapes = {fold(n): n for n in names}
    close = get_close_matches(fold(name), shapes, n=2, cutoff=0.5)
    near = " or ".join(f"{shapes[c]!r}" for c in close)
    return Finding(
        "unmatched_keys",
        "error",
        "county_votes_printed",
        key=f"{state} {name} {printed['year']}".strip(),
        source=str(printed["source"]),
        row=int(printed["row"]),
        column="county",
        value=name or str(printed["fips_printed"]),
        expected="a county of " + state if state else "a county and its state",
        message=f"No county{' of ' + state if state else ''} has this name or code",
        fix=f"Did you mean {near}?" if near else "Correct the name, or give the county's code.",
    )
