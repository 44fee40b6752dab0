"""Rules that compare sources: by county, with state and certified totals, with what our table has."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.rules.base import (
    COUNTS,
    PARTIES,
    PARTS,
    Finding,
    Row,
    count,
    plain,
    report,
    roll_up,
)
from sevenpercent.data.rules.case import PRINTED, Case

DIFFERS = 0.01
"""Two sources differ materially when a party's votes differ by this share of the place's votes:
late counts and corrections after the canvass stay below one percent of a county."""

DIFFERS_VOTES = 10
"""... and by this many votes; in a tiny county one vote may be one percent."""

ROUND = 1000
"""A difference that is a whole multiple of this is a slip of the pen: by chance, one in a thousand
is."""

SAME = 0.002
"""Counts closer than this share of the votes are taken for the same count."""

SAME_VINTAGE = 0.9
"""A source carries a vintage when this share of a state's places agrees with it in every vote."""

OTHERWISE = 0.9
"""Share of a source's places that differ in a year from which on its counts are others altogether."""

MOVED = 0.5
"""Share of such places from which on, if they are like other places, the codes were moved."""

WIDE = 0.1
"""When more than this share of a source's places differs, the source as a whole is another count
and is reported once, not place by place."""

EARLY_STATES = 0.4
"""A source is an early count when, in this share of its states, it falls short of the best totals
by more than `EARLY_SHORT`: errors hit places, an early count hits states that count late."""

EARLY_SHORT = 0.005
"""Shortfall of a state's total (share) that no certified table shows."""

NOTABLE = 0.001
"""State totals that differ by less than this share of the votes are noted, not warned about."""


def _peers(case: Case, source: str) -> pd.DataFrame:
    """Rows of other tables and sources to hold a source against: one or more per place and year."""
    final = case.votes.get("county_votes")
    if final is not None:
        return final[final["code"].ne("")]
    printed = case.votes[PRINTED]
    # Against its siblings a source is compared with their middle, so that one faulty sibling
    # among several cannot accuse it.
    rest = printed[printed["source"].ne(source) & printed["code"].ne("") & printed["total"].gt(0)]
    made = rest.groupby(["code", "year"], as_index=False)[list(COUNTS)].median()
    return made.assign(vintage="")


def _joined(case: Case) -> dict[str, pd.DataFrame]:
    """Rows of each printed source beside those that they are compared with."""
    return case.once("joined", lambda: {s: _join(case, s, rows) for s, rows in case.printed})


def _join(case: Case, source: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Each row beside the nearest vintage of its place and year, with the differences."""
    peers = _peers(case, source)[["code", "year", "vintage", *COUNTS]]
    plain = rows[rows["code"].ne("") & rows["two_party"].ge(0)]
    both = plain.merge(peers, on=["code", "year"], suffixes=("", "_ref"))
    both = both[both["dem_ref"].notna() & both["rep_ref"].notna()]
    for party in PARTIES:
        both[f"off_{party}"] = both[party] - both[f"{party}_ref"]
    both["size"] = both[["total", "total_ref"]].max(axis=1).clip(lower=1)
    both["off"] = both[["off_dem", "off_rep"]].abs().max(axis=1)
    order = both.sort_values(["code", "year", "off"], kind="stable")
    # A code printed twice in one source is compared row by row.
    return order.drop_duplicates(["code", "year", "row", "key", "county"])


def sources_disagree(case: Case) -> list[Finding]:
    """Do independent sources print the same votes?"""
    found: list[Finding] = []
    for source, both in _joined(case).items():
        elsewhere = {f.key for f in _of_other_places(case)[source]}
        both = both[~both["key"].isin(elsewhere)]
        slipped = _slips(both)
        far = both["off"].gt(DIFFERS * both["size"]) & both["off"].ge(DIFFERS_VOTES)
        slipped &= ~_widely(far & ~slipped, both["year"])
        found += [_disagreement(case, r, slip=True) for r in both[slipped].to_dict("records")]
        rest = both[far & ~slipped]
        wide = _widely(far & ~slipped, both["year"])
        of_a_state = (rest["state"] + " ").mask(wide[rest.index], "")
        kind = of_a_state + rest["year"].astype(str) + " places that differ"
        for what, rows in rest.groupby(kind, sort=True):
            hits = [_disagreement(case, r) for r in rows.to_dict("records")]
            found += roll_up(hits, str(what))
    return found + state_totals(case)


def _widely(far: pd.Series, year: pd.Series) -> pd.Series:
    """Where a source differs in many places of a year: of these some look like a slip by chance."""
    return far.groupby(year).transform("mean") > WIDE


def _slips(both: pd.DataFrame) -> pd.Series:
    """One party agrees and the other is off by whole thousands: a digit was mistyped."""
    slipped = pd.Series(False, index=both.index)
    for party, other in (PARTIES, PARTIES[::-1]):
        off = both[f"off_{party}"]
        whole = off.abs().ge(ROUND) & (off % ROUND).eq(0)
        slipped |= whole & both[f"off_{other}"].abs().le(SAME * both["size"])
    return slipped


def _disagreement(case: Case, r: Row, slip: bool = False) -> Finding:
    dem, rep = ((float(r[p]), float(r[f"{p}_ref"])) for p in PARTIES)
    place = f"{case.places.label(str(r['code']))} {r['year']}"
    if dem == rep[::-1] and dem[0] != dem[1]:  # not fewer votes, but those of the other party
        (found,) = report(
            [r], "sources_disagree", "warning", PRINTED, column=", ".join(PARTIES),
            value="{dem:n}, {rep:n}", expected="{dem_ref:n}, {rep_ref:n}", fix="Exchange them.",
            message=f"{plain(place)}: the votes of the two parties are exchanged, beside another source",
        )  # fmt: skip
        return found
    party = max(PARTIES, key=lambda p: abs(float(r[f"off_{p}"])))
    off = float(r[f"off_{party}"])
    what = f"{plain(place)}: {party} is {count(abs(off))} {'more' if off > 0 else 'fewer'} than elsewhere"
    (found,) = report(
        [r], "sources_disagree", "error" if slip else "warning", PRINTED, column=party,
        value=f"{{{party}:n}}", expected=f"{{{party}_ref:n}}", fix="Take the official count.",
        message=what + (", a round number: a mistyped digit" if slip else ""),
    )  # fmt: skip
    return found


def _of_other_places(case: Case) -> dict[str, list[Finding]]:
    """Rows of each printed source that carry the votes of another place of their state."""
    joined = _joined(case).items()
    return case.once("elsewhere", lambda: {s: _elsewhere(case, s, both) for s, both in joined})


Votes = tuple[NDArray[np.object_], NDArray[np.float64], NDArray[np.float64]]


def _votes_by_state(case: Case, source: str) -> dict[tuple[str, int], Votes]:
    """Codes, two-party votes and tolerances of the places to compare with, by state and year."""
    shared = "county_votes" in case.votes

    def make() -> dict[tuple[str, int], Votes]:
        peers = _peers(case, source)
        states = [case.places.state.get(c, "") for c in peers["code"]]
        codes = peers["code"].to_numpy(dtype=object)
        votes = peers[list(PARTIES)].to_numpy(dtype=float)
        near = SAME * peers["total"].clip(lower=1).to_numpy(dtype=float)
        places: dict[tuple[str, int], list[int]] = {}
        for n, where in enumerate(zip(states, peers["year"].astype(int), strict=True)):
            places.setdefault(where, []).append(n)
        return {where: (codes[at], votes[at], near[at]) for where, at in places.items()}

    return case.once(("by state", "" if shared else source), make)


def _elsewhere(case: Case, source: str, both: pd.DataFrame) -> list[Finding]:
    odd = both[both["off"].gt(2 * DIFFERS * both["size"])]
    if odd.empty:
        return []
    index = _votes_by_state(case, source)
    found: list[Finding] = []
    like: list[tuple[dict[Any, Any], str, bool]] = []
    row: dict[Any, Any]
    for row in odd.to_dict("records"):
        if (str(row["state"]), int(row["year"])) not in index:
            continue
        codes, votes, near = index[str(row["state"]), int(row["year"])]
        off = np.abs(votes - [float(row["dem"]), float(row["rep"])]).max(axis=1)
        match = np.flatnonzero((off <= near) & (codes != row["code"]))
        if match.size:
            best = match[off[match].argmin()]
            like.append((row, str(codes[best]), bool(off[best] == 0)))
    # Where a source differs nearly everywhere, and most rows are like no other place's, some are by chance.
    years = odd["year"].value_counts()
    differs = years / both["year"].value_counts() > OTHERWISE
    moved = pd.Series([r["year"] for r, *_ in like], dtype=object).value_counts() / years > MOVED
    for r, other, same in like:
        if differs[r["year"]] and not moved.get(r["year"], False) and not same:
            continue
        here, there = (case.places.label(str(code)) for code in (r["code"], other))
        found += report(
            [r], "permuted_codes", "error", PRINTED, column="fips_printed", value="{printed}",
            message=f"The votes under the code of {plain(here)} are those of {plain(there)}",
            expected=other, fix=f"Use {other}.",
        )  # fmt: skip
    return found


def votes_of_other_places(case: Case) -> list[Finding]:
    """Rows of every source that carry another place's votes."""
    return [f for hits in _of_other_places(case).values() for f in hits]


def exchanged_parties(case: Case) -> list[Finding]:
    """Rows in which one party's votes are another source's votes for the other party."""
    found = []
    for both in _joined(case).values():
        crossed = [both["dem"] - both["rep_ref"], both["rep"] - both["dem_ref"]]
        far = both["off"].gt(DIFFERS * both["size"])
        apart = pd.concat(crossed, axis=1).abs().max(axis=1)
        hit = apart.le(SAME * both["size"]) & far
        own = both[hit & (~_widely(far & ~hit, both["year"]) | apart.eq(0))]
        found += report(
            own.assign(place=own["code"].map(case.places.label)),
            "party_swap", "error", PRINTED, column="dem, rep",
            value="{dem:n}, {rep:n}", expected="{dem_ref:n}, {rep_ref:n}",
            message="{place} {year}: the parties' votes are exchanged against another source",
            fix="Exchange the two parties' votes.",
        )  # fmt: skip
    return found


# --- state totals ----------------------------------------------------------------------------


def state_totals(case: Case) -> list[Finding]:
    """States whose counties do not add to the state's own published count."""
    states = case.table("state_votes", "state", "year", *COUNTS)
    official = states.set_index(["state", "year"])[list(COUNTS)].astype("float64")
    surveys = [(PRINTED, source, rows) for source, rows in case.printed]
    surveys.append(("county_votes", "", case.final[case.final["best"]]))
    found: list[Finding] = []
    for name, source, rows in surveys:
        counted = rows[list(COUNTS)].where(rows[list(COUNTS)] >= 0)
        sums = counted.groupby([rows["state"], rows["year"]]).sum(min_count=1)
        both = sums.join(official.add_suffix("_ref"), how="inner").reset_index()
        for year, group in both.groupby("year", sort=True):
            hits = [_state_gap(r) for r in group.assign(source=source).to_dict("records")]
            found += report(
                [r for r in hits if r["off"]], "sources_disagree", "{severity}", name,
                each=f"{year} states that differ", key="{state} {year}",
                column="{party}", value="{ours:n}", expected="{theirs:n}",
                message="{state} {year}: the places add to {off:n} {more} {party} votes than the "
                "state's own count ({off_dem:+,.0f} dem, {off_rep:+,.0f} rep)",
                fix="Find the places that differ, or state difference and reason.",
            )  # fmt: skip
    return found


def _state_gap(r: Row) -> dict[str, Any]:
    """A state's sums beside its own count, with the party that is farthest ``off``."""
    off = {p: float(r[p]) - float(r[f"{p}_ref"]) for p in PARTIES}
    party = max(PARTIES, key=lambda p: abs(off[p]))
    share = abs(off[party]) / max(float(r["total_ref"]), 1.0)
    told = {**r, **{f"off_{p}": off[p] for p in PARTIES}, "party": party, "off": abs(off[party])}
    told |= {"ours": r[party], "theirs": r[f"{party}_ref"]}
    told |= {"more": "more" if off[party] > 0 else "fewer"}
    return told | {"severity": "warning" if share >= NOTABLE else "note"}


def certified_totals(case: Case) -> list[Finding]:
    """Do the places add to the certified totals?"""
    votes, found = case.final, []
    for r in case.table("certified_totals", "place", "year").to_dict("records"):
        rows = votes[votes["year"] == int(r["year"])]
        if r["place"] != "US":
            rows = rows[rows["state"] == r["place"]]
        vintage = str(r.get("vintage") or "")
        same = rows[rows["vintage"] == vintage]
        # A certified total of a vintage that only some places carry is compared with the best
        # row of each place.
        whole = len(same) and same["code"].nunique() == rows["code"].nunique()
        rows = same if whole else rows[rows["best"]]
        if rows.empty:
            continue
        for column in ("dem", "rep", "total"):
            if column not in r or pd.isna(r[column]):
                continue
            ours, theirs = float(rows[column].sum()), float(r[column])
            if ours != theirs:
                told: dict[Any, Any] = {"vintage": vintage, "column": column, "ours": ours}
                told |= {"theirs": theirs, "off": ours - theirs, "source": r.get("source") or ""}
                told["key"] = f"{r['place']} {r['year']} {vintage}".strip()
                found.append({**r, **told, "row": None})
    return report(
        [{**r, "severity": "warning" if r["place"] == "US" else "error"} for r in found],
        "certified_totals", "{severity}", "county_votes", column="{column}", value="{ours:n}",
        expected="{theirs:n}",
        message="{place} {year} ({vintage}): {column} adds to {ours:n}, certified is {theirs:n} "
        "({off:+,.0f})",
        fix="Find the place that differs, or publish difference and reason.",
    )  # fmt: skip


# --- vintage ---------------------------------------------------------------------------------


def earlier_vintage(case: Case) -> list[Finding]:
    """Is every source's count the final one?"""
    final, found = case.final, list[Finding]()
    best, early = final[final["best"]], final[~final["best"] & final["code"].ne("")]
    for source, rows in case.printed:
        # A source that supplies a vintage itself carries that one by declaration.
        supplied = early.loc[early["source"].eq(source), ["state", "year"]].drop_duplicates()
        declared = set(supplied.itertuples(index=False, name=None))
        plain = rows[rows["code"].ne("")]
        fits: dict[tuple[Any, Any], dict[Any, Any]] = {}
        for (state, year, vintage), group in early.groupby(["state", "year", "vintage"], sort=True):
            if (state, year) in declared:
                continue
            mine = plain[(plain["state"] == state) & (plain["year"] == year)]
            both = mine.merge(group, on="code", suffixes=("", "_ref"))
            both = both.merge(best[best["year"] == year], on="code", suffixes=("", "_best"))
            if len(both) < 3:
                continue
            same = ((both["dem"] == both["dem_ref"]) & (both["rep"] == both["rep_ref"])).mean()
            now = ((both["dem"] == both["dem_best"]) & (both["rep"] == both["rep_best"])).mean()
            if same < SAME_VINTAGE or now >= same:
                continue
            if same > fits.get((state, year), {"same": 0})["same"]:
                told: dict[Any, Any] = {"state": state, "year": year, "vintage": vintage}
                told |= {"source": source, "same": same, "which": str(vintage).replace("_", " ")}
                told |= mine[["dem", "rep"]].sum().to_dict()
                fits[state, year] = told | both[["dem_best", "rep_best"]].sum().to_dict()
        found += report(
            fits.values(), "earlier_vintage", "warning", PRINTED, key="{state} {year} {vintage}",
            column="dem, rep", value="{dem:n}, {rep:n}", expected="{dem_best:n}, {rep_best:n}",
            message="{state} {year}: the votes are those of an earlier count ({which}), not of the "
            "certified result",
            fix="Say which count is used, or take the certified one.",
        )  # fmt: skip
        found += _early(source, plain, best)
    return found


def _early(source: str, rows: pd.DataFrame, best: pd.DataFrame) -> list[Finding]:
    found = []
    for year, group in rows.groupby("year", sort=True):
        both = group.merge(
            best[best["year"] == year][["code", "total"]], on="code", suffixes=("", "_ref")
        )
        sums = both.groupby("state")[["total", "total_ref"]].sum()
        sums = sums[sums["total_ref"] > 0]
        if len(sums) < 5:
            continue
        short = sums["total"] < (1 - EARLY_SHORT) * sums["total_ref"]
        if short.mean() >= EARLY_STATES:
            told = {"year": year, "source": source, "short": short.sum(), "of": len(sums)}
            found.append(told | sums.sum().to_dict())
    return report(
        found, "earlier_vintage", "warning", PRINTED, key="{year} early count", column="total",
        value="{total:n}", expected="{total_ref:n}",
        message="{year}: in {short} of {of} states the votes fall short of the final count by more "
        "than half a percent: an early, unofficial count",
        fix="Do not use it where a final count exists.",
    )  # fmt: skip


def unexplained_change(case: Case) -> list[Finding]:
    """Does every cell equal its source, or does a recorded correction say why not?"""
    final, printed = case.final, case.votes.get(PRINTED)
    if printed is None:
        return []
    noted = _noted(case.tables.get("corrections"))
    named = pd.Series(
        list(map(case.places.by_name, printed["state"], printed["county"])), index=printed.index
    )
    # A source with wrong codes is read by its names, so either may lead to the printed cell.
    by_code = printed[printed["code"].ne("")]
    by_name = printed.assign(code=named)[named.ne("") & named.ne(printed["code"])]
    candidates = pd.concat([by_code, by_name])[["source", "code", "year", "row", "said", *PARTS]]
    mine = final[final["code"].ne("")].reset_index(drop=True)
    mine["number"] = mine.index
    both = mine.merge(candidates, on=["source", "code", "year"], suffixes=("", "_ref"))
    both["said_ref"] = both["said_ref"].fillna(both[[f"{c}_ref" for c in PARTS]].sum(axis=1))
    both = both.rename(columns={"said_ref": "total_ref"})
    found = []
    for column in COUNTS:
        differs = both[f"{column}_ref"].notna() & both[column].ne(both[f"{column}_ref"])
        equal = set(both.loc[~differs, "number"])
        odd = both[differs & ~both["number"].isin(equal)].drop_duplicates("number")
        for r in odd.to_dict("records"):
            where = (str(r["code"]), str(r["year"]), column)
            meant = noted.get(where, set[float]()) if r["best"] else set()
            if float(r[column]) not in meant:
                expected = min(meant) if meant else float(r[f"{column}_ref"])
                told: dict[Any, Any] = {"place": case.places.label(where[0]), "row": r["row_ref"]}
                told |= {"is": r[column], "column": column, "meant": expected}
                found.append(r | told)
    return report(
        found, "unexplained_change", "error", "county_votes", column="{column}", value="{is:n}",
        expected="{meant:n}",
        message="{place} {year} ({vintage}): {column} differs from its source, and no correction "
        "says so",
        fix="Restore the source's value, or record the correction with its reason.",
    )  # fmt: skip


def _noted(corrections: pd.DataFrame | None) -> dict[tuple[str, str, str], set[float]]:
    """Corrected values by code, year and column of every recorded correction of votes."""
    noted: dict[tuple[str, str, str], set[float]] = {}
    if corrections is None:
        return noted
    for r in corrections[corrections["table"] == "county_votes"].to_dict("records"):
        code, year = (re.search(p, str(r["key"])) for p in (r"\b\d{5}\b", r"\b(19|20)\d{2}\b"))
        if code and year:
            where = (code.group(), year.group(), str(r["column"]))
            noted.setdefault(where, set()).add(float(r["corrected"]))
    return noted
