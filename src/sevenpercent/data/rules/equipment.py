"""Rules about voting equipment: machines that a place did not have, and treatments without a contrast."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from sevenpercent.data.rules.base import Finding, Row, count, fold, report
from sevenpercent.data.rules.case import Case

FEWEST_UNITS = 5
"""Fewer places than this on either side give no standard error worth the name: each of them
decides the comparison."""

LEAST_PLACES = 3
"""A state of one or two places cannot vary in a way that could be studied."""

IMPLIED = (
    ("dre_only", "any_dre_vv"),
    ("dre_ge50", "dre_ge30"),
    ("dre_ge30", "dre_ge20"),
    ("dre_ge20", "any_dre_wec"),
)
"""Readings of which the first cannot be yes where the second is no."""

_KINDS = re.compile(r"\b(city|town|village)\b", re.IGNORECASE)


def is_dre(types: pd.Series[str]) -> pd.Series[bool]:
    """Whether a type of equipment records votes directly (touch screen, dial, push button, hybrid)."""
    return types.fillna("").str.contains(r"\bDRE\b", regex=True)


def municipality(name: object) -> tuple[str, str]:
    """Kind and folded name of a municipality printed either way round.

    Examples
    --------
    >>> municipality("TOWN OF ADAMS - 01002"), municipality("Adams Town")
    (('town', 'adams'), ('town', 'adams'))
    """
    text = re.sub(r"\s+-\s+.*$", "", str(name))
    start = re.match(r"\s*(city|town|village) of\b", text, re.IGNORECASE)
    if start:
        return start.group(1).lower(), fold(text[start.end() :])
    kinds = list(_KINDS.finditer(text))
    if not kinds:
        return "", fold(text)
    last = kinds[-1]
    return last.group().lower(), fold(text[: last.start()] + text[last.end() :])


def owners(case: Case) -> pd.DataFrame:
    """Which municipalities own a DRE by the second list, and how many ballots they cast on one.

    Columns ``fips``, ``kind_name`` (see `municipality`), ``place_code`` (ten digits, ``""`` when
    unknown), ``any_dre``, ``ballots_dre``; empty when there is no second list.
    """
    columns = ["fips", "kind_name", "place_code", "any_dre", "ballots_dre"]
    places = case.table("wi_municipalities", "any_dre", "municipality", "fips")
    made = pd.DataFrame(index=places.index)
    made["fips"] = places["fips"].astype(str)
    made["kind_name"] = [municipality(name) for name in places["municipality"]]
    codes = places["place_code"] if "place_code" in places else pd.Series("", index=places.index)
    made["place_code"] = codes.astype(object).where(codes.notna(), "").astype(str)
    made["any_dre"] = places["any_dre"].fillna(False).astype(bool)
    cast = places["ballots_dre"] if "ballots_dre" in places else pd.Series(0, index=places.index)
    made["ballots_dre"] = cast.astype("float64").fillna(0)
    return made[columns]


def impossible_equipment(case: Case) -> list[Finding]:
    """Did every place own the machines that it is listed with, or counted ballots on?"""
    return [*_listed(case), *_ballots(case), *_readings(case), *_unlisted(case)]


def _listed(case: Case) -> list[Finding]:
    """Rows of the equipment lists that a second list and the ballots cast contradict."""
    records, second = case.table("equipment_records", "type", "fips"), owners(case)
    used = second.assign(used=second["any_dre"] | second["ballots_dre"].gt(0))
    counties = used.groupby("fips")["used"].max().to_dict()
    places = used[used["place_code"].ne("")].groupby("place_code")["used"].max().to_dict()
    rows = records[is_dre(records["type"]) & records["fips"].isin(set(counties))]
    # The second list is of one election; a later export may know machines bought since.
    if "year" in rows:
        rows = rows[rows["year"].eq(rows["year"].min())]
    odd: dict[str, list[Row]] = {}
    for r in rows.to_dict("records"):
        code, place = str(r["fips"]), str(r["place_code"])
        if places.get(place, counties[code]):
            continue
        # Where only a municipality is contradicted the county's other ones may well own a DRE.
        named = {"county": case.places.label(code), "town": r.get("division") or "place"}
        group = {"group": place if counties[code] else code}
        odd.setdefault(str(r["source"]), []).append({**r, **named, **group})
    return [
        f
        for listed in odd.values()
        for f in report(
            listed, "impossible_equipment", "error", "equipment_records", each="{group} DRE rows",
            key="{place_code}", column="type", value="{type} ({make} {model})", expected="no DRE",
            message="{town} ({place_code}) in {county} is listed with a DRE; the other list "
            "shows none and no ballot was cast on one",
            fix="Drop the row, or correct its equipment.",
        )
    ]  # fmt: skip


def _ballots(case: Case) -> list[Finding]:
    """Reporting units that count ballots on machines their municipality does not own."""
    units, second = case.table("wi_units", "fips", "municipality", "ballots_dre"), owners(case)
    owns = second.groupby(["fips", "kind_name"])["any_dre"].max().to_dict()
    cast = units[units["ballots_dre"].fillna(0) > 0]
    places = zip(cast["fips"], cast["municipality"].map(municipality), strict=True)
    wrong = np.array([not owns.get(place, True) for place in places], dtype=bool)
    found = []
    for code, rows in cast[wrong].groupby("fips"):
        hits = report(
            rows, "impossible_equipment", "error", "wi_units", key="{unit}",
            each=f"{code} units with DRE ballots but no DRE",
            column="ballots_dre", value="{ballots_dre:n}", expected="0",
            message="{name} ({county}): ballots on DREs in a municipality that owns no DRE",
            fix="The clerk used the wrong column: do not count them as cast on DREs.",
        )  # fmt: skip
        if len(hits) < len(rows):
            hits = [replace(hits[0], value=f"{count(rows['ballots_dre'].sum())} ballots")]
        found += hits
    return found


def _readings(case: Case) -> list[Finding]:
    """Counties whose readings contradict each other."""
    frame = case.table("county_equipment", "version", "year", "fips", "reading", "value")
    pairs: list[tuple[str, tuple[str, ...]]] = [(a, (b,)) for a, b in IMPLIED]
    pairs.append(("any_dre_vv", ("any_dre_wec", "dre_share_ballots")))
    found: list[Finding] = []
    for (version, year), rows in frame.groupby(["version", "year"], sort=True):
        wide = rows.pivot_table(index="fips", columns="reading", values="value", aggfunc="first")
        for first, rest in pairs:
            if not {first, *rest} <= set(wide):
                continue
            odd = wide.index[wide[first].eq(1) & wide[list(rest)].eq(0).all(axis=1)]
            found += report(
                [{"code": code, "place": case.places.label(str(code))} for code in odd],
                # What the list says stays as printed on purpose; corrected values must agree.
                "impossible_equipment", "error" if version == "corrected" else "warning",
                "county_equipment", key=f"{{code}} {year} {version}", column=first, value="1",
                expected="0", message=f"{{place}}: {first} says yes, {' and '.join(rest)} no",
                fix="Correct the reading from the second list.",
            )  # fmt: skip
    return found


def _unlisted(case: Case) -> list[Finding]:
    """Counties whose printed reading "any DRE" is not that of the rows of its own list."""
    records = case.table("equipment_records", "source", "fips", "type", "polling_place")
    frame = case.table("county_equipment", "source", "fips", "reading", "version", "value")
    machine = is_dre(records["type"]) & records["polling_place"].fillna(False).astype(bool)
    listed = set(zip(records.loc[machine, "source"], records.loc[machine, "fips"], strict=True))
    sources = set(records["source"])
    said = frame[frame["reading"].eq("any_dre_vv") & frame["version"].eq("printed")]
    said = said[said["source"].isin(sources) & said["value"].notna()]
    pairs = zip(said["source"], said["fips"], strict=True)
    said = said.assign(
        has=[pair in listed for pair in pairs], place=said["fips"].map(case.places.label)
    )
    odd = said[said["value"].astype(bool).ne(said["has"])]
    return report(
        odd.assign(meant=odd["has"].astype(int), had=odd["has"].map({True: "has", False: "has no"})),
        "impossible_equipment", "error", "county_equipment", key="{fips} {year} printed",
        each="readings that differ from their list",
        column="any_dre_vv", value="{value:n}", expected="{meant}",
        message="{place}: the list it is taken from {had} DRE at a polling place there",
        fix="Derive the reading from the list again.",
    )  # fmt: skip


def _contrasts(case: Case) -> list[tuple[str, str, pd.DataFrame]]:
    frame = case.table("county_equipment", "state", "version", "year", "reading", "kind", "value")
    used = frame[frame["version"].eq("corrected") & frame["value"].notna()]
    made = []
    for (reading, year), rows in used.groupby(["reading", "year"], sort=True):
        kind = "share" if rows["kind"].eq("share").all() else "binary"
        by_state = rows.groupby("state")["value"].agg(["size", "nunique", "sum"])
        made.append((f"{reading} {year}", kind, by_state[by_state["size"] >= LEAST_PLACES]))
    return made


def no_variation(case: Case) -> list[Finding]:
    """Does the treatment vary within the state?"""
    flat = {key: rows.index[rows["nunique"] == 1] for key, _, rows in _contrasts(case)}
    return _no_contrast("no_variation", flat, "the same everywhere in")


def too_few_units(case: Case) -> list[Finding]:
    """Are there enough places on either side of the treatment?"""
    few = {}
    for key, kind, by_state in _contrasts(case):
        if kind == "binary":
            smaller = by_state["sum"].clip(upper=by_state["size"] - by_state["sum"])
            few[key] = by_state.index[(smaller > 0) & (smaller < FEWEST_UNITS)]
    return _no_contrast("too_few_units", few, "fewer than five on one side in")


def _no_contrast(rule: str, states: Mapping[str, pd.Index], what: str) -> list[Finding]:
    return report(
        [{"key": k, "states": ", ".join(s), "of": len(s)} for k, s in states.items() if len(s)],
        rule, "note", "county_equipment", column="value", value="{states}",
        message=f"{{key}}: {what} {{of}} states",
        fix="Leave them out of comparisons within a state: the claim cannot be tested there.",
    )  # fmt: skip
