"""Rules about shares: between 0 and 1, and never more than the whole they are part of."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.rules.base import Finding, count, numbers, report
from sevenpercent.data.rules.case import Case

SHARES = frozenset({
    "white_nh", "black", "hispanic", "nonwhite", "college", "white_noncollege", "age_65_over",
    "age_under_30", "unemployment", "rural", "dose", "share", "dem_share", "rep_share",
})  # fmt: skip
"""Columns that hold shares (0..1) in whatever table they stand."""

SPARE = 0.005
"""Sums of rounded shares may exceed their whole by this much: half a point, five shares each
rounded to a tenth of a point."""

WHOLES = (
    ("county_demographics", ("white_nh", "black"), None),
    ("county_demographics", ("white_nh", "hispanic"), None),
    ("county_demographics", ("age_65_over", "age_under_30"), None),
    ("county_demographics", ("black",), "nonwhite"),
)
"""Table, shares of one population that exclude each other (or are part of the whole named last)."""


def _values(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    return numbers(frame[column]).to_numpy(dtype=float)


def _key(frame: pd.DataFrame, position: int) -> str:
    row = frame.iloc[position]
    named = [c for c in ("unit", "fips", "hindi", "state", "year", "reading") if c in frame]
    return " ".join(str(row[c]) for c in named[:4]) or f"row {position + 1}"


def out_of_range(frame: pd.DataFrame, columns: list[str], table: str) -> list[Finding]:
    """Values of ``columns`` below 0 or above 1, with a hint when they look like percent."""
    found = []
    for column in columns:
        values = _values(frame, column)
        bad = np.flatnonzero((values < 0) | (values > 1))
        # A column most of whose values exceed 1 was filled in percent; a single one is a slip.
        whole = bad.size > 0.5 * max(int(np.isfinite(values).sum()), 1)
        odd = []
        for n in bad:
            told = {"expected": "0 to 1", "more": "", "fix": "Correct it from the source."}
            if 1 < values[n] <= 100:
                share = values[n] / 100
                told = {"expected": count(share), "fix": f"Write {share:.6g}."}
                told["more"] = ", this looks like percent"
            source = frame["source"].iloc[n] if "source" in frame else ""
            odd.append({"key": _key(frame, int(n)), "source": source, "is": values[n], **told})
        found += report(
            odd, "share_range", "error", table, column=column, value="{is:n}", expected="{expected}",
            each=f"{column} in percent" if whole else f"{column} out of range", fix="{fix}",
            message=f"{column} is a share and must lie between 0 and 1{{more}}",
        )  # fmt: skip
    return found


def share_range(case: Case) -> list[Finding]:
    """Does every share lie between 0 and 1?

    Values of equipment outside their kind (yes or no, or a share) are named too.
    """
    found: list[Finding] = []
    for name, frame in sorted(case.tables.items()):
        usual = [str(c) for c in frame.columns if c in SHARES or str(c).endswith("_share")]
        columns = [c for c in case.shares.get(name, usual) if c in frame]
        found += out_of_range(frame, columns, name)
    equipment = case.table("county_equipment", "kind", "value")
    found += out_of_range(equipment[equipment["kind"].eq("share")], ["value"], "county_equipment")
    binary = equipment[equipment["kind"].eq("binary")]
    values = _values(binary, "value")
    odd = np.flatnonzero(np.isfinite(values) & (values != 0) & (values != 1))
    return found + report(
        [{"key": _key(binary, int(n)), "value": values[n]} for n in odd],
        "share_range", "error", "county_equipment", column="value", value="{value:n}",
        expected="0 or 1", message="A yes-or-no reading must be 0 or 1",
        fix="Correct it from the source.",
    )  # fmt: skip


def shares_exceed_whole(case: Case) -> list[Finding]:
    """Shares of one population that add to more than the whole."""
    found = []
    for table, parts, whole in WHOLES:
        frame = case.table(table, *parts, *([whole] if whole else []))
        summed = np.sum([_values(frame, p) for p in parts], axis=0)
        limit = _values(frame, whole) if whole else np.ones(len(frame))
        over = np.flatnonzero(summed > limit + SPARE)
        found += report(
            [{"key": _key(frame, int(n)), "sum": summed[n], "limit": limit[n]} for n in over],
            "parts_exceed_total", "error", table, column=" + ".join(parts),
            each=f"{' + '.join(parts)} over {whole or '1'}",
            value="{sum:.4f}", expected="at most {limit:.4f}",
            message=f"{' and '.join(parts)} are more than {whole or 'everybody'}",
            fix="One of the shares is wrong, or is a share of another population.",
        )  # fmt: skip
    return found + _other_population(case)


def _other_population(case: Case) -> list[Finding]:
    """White people without a degree cannot outnumber white people, nor people without a degree."""
    needed = ("white_noncollege", "white_nh", "hispanic", "college")
    frame = case.table("county_demographics", *needed)
    share, white, hispanic, college = (_values(frame, name) for name in needed)
    # Hispanic people may count as white too, so only what exceeds both together is impossible.
    over = np.flatnonzero((share > white + hispanic + SPARE) | (share > 1 - college + SPARE))
    return report(
        [{"n": over.size, "first": _key(frame, int(n)), "is": share[n]} for n in over[:1]],
        "parts_exceed_total", "note", "county_demographics", key="white_noncollege: {n} places",
        column="white_noncollege", value="{is:.4f}", expected="a share of white people",
        message="in {n} places (first {first}) it exceeds the share of white people or of people "
        "without a degree: it is a share of white people, not of all",
        fix="Do not add it to shares of all people.",
    )  # fmt: skip
