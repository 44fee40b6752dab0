"""The registry's rules asked about a book's own tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple

import pandas as pd

from sevenpercent import paths
from sevenpercent.data import rules, tables
from sevenpercent.data.rules import Finding, findings
from sevenpercent.data.rules.base import COUNTS, SPACERS, fold
from sevenpercent.data.rules.places import Places, clean_code, places
from sevenpercent.data.rules.votes import TOTAL_NAMES
from sevenpercent.model.scenario import Scenario
from sevenpercent.own import covariates, left_out, make

RULES = (
    "keys_unique", "fips_valid", "missing_places", "permuted_codes", "text_encoding",
    "fractional_or_negative", "share_range", "parts_exceed_total", "rows_do_not_add",
    "total_row_among_data", "repeated_total", "party_swap", "out_of_line", "sources_disagree",
    "certified_totals",
)  # fmt: skip
"""Rules of the registry that are asked about files of one's own."""

WRITING = ("fractional_or_negative",)
"""Rules about how numbers are written."""

SEPARATED = rf"\d{{1,3}}([{SPACERS}]\d{{3}})+"
"""A whole number with separators between thousands."""

FEWEST, AGAINST = 8, -0.5
"""Counties of a state from which on a correlation below this says that parties are exchanged."""

ALIKE = 0.9
"""Share of a state's counties with the votes of another year from which on they are a copy."""

FACTS = list(Finding.__dataclass_fields__)


class Examined(NamedTuple):
    """What the rules found in a book's own files.

    Attributes
    ----------
    summary : DataFrame
        One row per rule that was asked: ``rule, question, found, errors, warnings, notes``.
    found : DataFrame
        One row per finding, errors first: the fields of :class:`sevenpercent.data.rules.Finding`.
    """

    summary: pd.DataFrame
    found: pd.DataFrame


def examine(chosen: Scenario) -> Examined:
    """Ask the rules about the files of a book with tables of its own."""
    every = {
        (f.rule, f.source, f.row, f.column, f.key): f
        for f in [*make.readings_kept(chosen), *findings_of(chosen)]
    }
    found = pd.DataFrame([asdict(f) for f in every.values()], columns=FACTS)
    rank = found["severity"].map({"error": 0, "warning": 1, "note": 2})
    found = found.iloc[rank.argsort(kind="stable")].reset_index(drop=True)
    asked = {*RULES, *found["rule"]}
    rows = []
    for rule in (r for r in rules.RULES if r.id in asked):
        mine = found.loc[found["rule"] == rule.id, "severity"]
        counts = {f"{s}s": int((mine == s).sum()) for s in ("error", "warning", "note")}
        rows.append({"rule": rule.id, "question": rule.question, "found": len(mine), **counts})
    return Examined(pd.DataFrame(rows), found)


def findings_of(chosen: Scenario) -> list[Finding]:
    """What the rules find in a book's own tables, beside those of ``data/``.

    Parameters
    ----------
    chosen : Scenario
        With ``tables.folder``, whose tables have been written.
    """
    folder = paths.ROOT / str(chosen.tables.folder)
    own = {name: tables.load(name, folder) for name in tables.describe(folder)}
    case = {name: tables.load(name) for name in make.REFERENCE}
    printed = own.get("county_votes_printed")
    out: list[Finding] = []
    if printed is not None:
        printed, spaced = separated(printed)
        out += spaced
        states = set(printed["state"]) | {"US"}
        base = case["county_votes"]
        if chosen.office:  # those of data/ are for President, and the names of counties anybody's
            printed = coded(printed, places(case))
            base = base.head(0)
        # Counties of other states are no business of this file.
        case["county_votes"] = base[base["state"].isin(states)]
        mine = set(printed["source"])
        asked = [r for r in RULES if r not in ("certified_totals", *WRITING)]
        written = findings({**case, "county_votes_printed": printed}, only=list(WRITING))
        # How a number is written is one question; what it says is another, asked of the number.
        read = findings({**case, "county_votes_printed": plain(printed)}, only=asked)
        frame = pd.concat([written, read], ignore_index=True)
        frame = frame[frame["table"].eq("county_votes_printed") & frame["source"].isin(mine)]
        rows = [_left_out(r, printed) for r in frame.to_dict("records") if _concerns(r, printed)]
        names = {s: g.columns for s, g in make.source_ids(chosen).items()}
        of_it = [r for r in rows if _of_the_book(r, chosen, printed)]
        out += [_one({**r, "column": _as_theirs(r, names.get(r["source"], {}))}) for r in of_it]
        out += exchanged(printed, base, chosen)
        out += copied(printed, base, chosen)
        out += not_theirs(printed, own["county_votes"], chosen)
        out += suspicious(printed)
    if "certified_totals" in own:
        frame = findings(
            {
                **case,
                "county_votes": own["county_votes"],
                **{"certified_totals": own["certified_totals"]},
            },
            only=["certified_totals"],
        )
        out += [_one(r) for r in frame.to_dict("records")]
    rest = {n: f for n, f in own.items() if n in ("county_equipment", "county_demographics")}
    if rest:
        points = {n: case[n] for n in ("county_points", "states")}
        frame = findings({**points, **rest}, only=["fips_valid", "share_range", "text_encoding"])
        out += [_one(r) for r in frame.to_dict("records") if r["table"] in rest]
    return out + covariates.dated(chosen) + covariates.named(chosen)


def suspicious(printed: pd.DataFrame) -> list[Finding]:
    """Names that hold markup, formulas or control characters, or are far too long.

    They are shown as the letters they are; the finding says that somebody should look.
    """
    out = []
    for column in ("county", "state", "fips_printed"):
        texts = printed[column].fillna("").astype(str)
        for at, text in zip(texts.index, texts, strict=True):
            for what in left_out.suspect(text):
                out.append(
                    Finding(
                        "text_encoding",
                        "warning",
                        "county_votes_printed",
                        key=text[:40],
                        source=str(printed.loc[at, "source"]),
                        row=int(printed.loc[at, "row"]),
                        column=column.removesuffix("_printed"),
                        value=text[:60] + ("..." if len(text) > 60 else ""),
                        message=f"The name {what}",
                        fix=left_out.LOOK,
                    )
                )
    return out


def exchanged(printed: pd.DataFrame, base: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """States in which the parties are exchanged throughout: shares run against the last election.

    A single exchanged county stands out among its neighbours; where all are exchanged, none does.
    """
    votes = plain(printed)
    counts = {n: pd.to_numeric(votes[n], errors="coerce").astype(float) for n in ("dem", "rep")}
    own = votes.assign(
        share=counts["dem"] / (counts["dem"] + counts["rep"]),
        fips=votes["fips_printed"].map(clean_code),
    )
    before = base[(base["year"] == chosen.prior_year) & base["best"]].set_index("fips")
    both = (before["dem"] + before["rep"]).astype(float)
    own["before"] = own["fips"].map(before["dem"].astype(float) / both.where(both > 0))
    if own["before"].isna().any():
        known = {(s, fold(c)): f for f, s, c in before[["state", "county"]].itertuples()}
        codes = [known.get((s, fold(c)), "") for s, c in zip(own.state, own.county, strict=True)]
        share = (before["dem"].astype(float) / both.where(both > 0)).to_dict()
        found = pd.Series([share.get(c) for c in codes], index=own.index, dtype=float)
        own["before"] = own["before"].fillna(found)
    out = []
    for (source, state), rows in own[own["year"] == chosen.year].groupby(["source", "state"]):
        pairs = rows[["share", "before"]].dropna()
        if len(pairs) < FEWEST or pairs.nunique().min() < FEWEST:
            continue
        alike = float(pairs["share"].corr(pairs["before"]))
        if alike < AGAINST:
            first = rows.iloc[0]
            out.append(
                Finding(
                    "party_swap",
                    "error",
                    "county_votes_printed",
                    key=f"{state} {chosen.year}",
                    source=str(source),
                    row=int(first["row"]),
                    column="dem, rep",
                    value=f"{first['dem']}, {first['rep']}",
                    expected=f"{first['rep']}, {first['dem']}",
                    message=f"The counties of {state} run against their own shares of "
                    f"{chosen.prior_year} (correlation {alike:.2f}): the parties' columns are exchanged",
                    fix="Exchange the two columns.",
                )
            )
    return out


def copied(printed: pd.DataFrame, base: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """States whose counties have the very votes of another year: a file of that year, or a copy."""
    key = ["fips", "dem", "rep"]
    votes = plain(printed).assign(fips=printed["fips_printed"].map(clean_code))
    every = pd.concat([base[base["best"]], votes])[[*key, "year"]]
    for name in ("dem", "rep"):
        every[name] = pd.to_numeric(every[name], errors="coerce").astype(float)
        votes[name] = pd.to_numeric(votes[name], errors="coerce").astype(float)
    other = every[(every["year"] != chosen.year) & (every["fips"] != "")].drop_duplicates()
    out = []
    for (source, state), rows in votes[votes["year"] == chosen.year].groupby(["source", "state"]):
        same = rows[key].merge(other.dropna(), on=key)["year"].value_counts()
        if len(same) and same.iloc[0] >= max(FEWEST, ALIKE * len(rows)):
            dem, rep, row = (rows[name].iloc[0] for name in ("dem", "rep", "row"))
            out.append(
                Finding(
                    "repeated_total", "error", "county_votes_printed", key=f"{state} {chosen.year}",
                    source=str(source), row=int(row), column="dem, rep",
                    value=f"{dem:,.0f}, {rep:,.0f}",
                    message=f"{same.iloc[0]} of {len(rows)} counties of {state} have the very votes of "
                    f"{same.index[0]}",
                    fix=f"Give the votes of {chosen.year}, or say another --year.",
                )
            )  # fmt: skip
    return out


def not_theirs(printed: pd.DataFrame, votes: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """Files of votes without a line of the book, and counties whose votes come from ``data/``."""
    years = {chosen.year, chosen.prior_year, *chosen.prior_years}
    out = []

    def add(severity: str, source: object, key: str, value: str, message: str, fix: str) -> None:
        out.append(
            Finding(
                "missing_places", severity, "county_votes_printed", key=key, source=str(source),
                column="county", value=value, message=message, fix=fix,
            )
        )  # fmt: skip

    asked = printed["state"].isin(chosen.states) | chosen.nation
    for source, rows in printed.groupby("source"):
        if not (asked & printed["year"].isin(years)).loc[rows.index].any():
            held = (rows["state"] + " " + rows["year"].astype(str)).unique()
            what = f"{', '.join(chosen.states)} in {chosen.year} or {chosen.prior_year}"
            add("error", source, what, ", ".join(held[:4]), f"No line of the file is of {what}",
                "Give a file of this election, or leave this one out.")  # fmt: skip
    mine = set(printed["source"])
    for state in chosen.states:
        rows = votes[(votes["year"] == chosen.year) & (votes["state"] == state)]
        lent = rows[~rows["source"].isin(mine)]
        if len(lent):
            few = f"{len(lent)} of {len(rows)}"
            add("warning", min(mine), f"{state} {chosen.year}", few,
                f"{few} counties of {state} have no votes of {chosen.year} in your files "
                f"(first: {lent['county'].iloc[0]}); those of data/ are taken",
                "Give a file that has them, if yours should count.")  # fmt: skip
    return out


def separated(printed: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Columns that write every large number with separators, as plain numbers, with a note for each.

    Where some have them and others not, the number with them may be a slip: the rules name it.
    """
    out, notes = printed.copy(), []
    for source, rows in printed.groupby("source"):
        for name in COUNTS:
            text = rows[name].fillna("").astype(str).str.strip()
            spaced = text.str.fullmatch(SEPARATED)
            if not spaced.any() or text.str.fullmatch(r"\d{4,}").any():
                continue
            out.loc[rows.index, name] = text.str.replace(r"\D", "", regex=True).where(spaced, text)
            first = rows[spaced].iloc[0]
            notes.append(
                Finding(
                    "fractional_or_negative",
                    "note",
                    "county_votes_printed",
                    key=f"{name}: {spaced.sum():,} numbers",
                    source=str(source),
                    row=int(first["row"]),
                    column=name,
                    value=str(first[name]).strip(),
                    message="The numbers carry thousands separators, here and in the whole column; "
                    "they are read without them",
                    fix="Nothing needs to be done.",
                )
            )
    return out, notes


def coded(printed: pd.DataFrame, known: Places) -> pd.DataFrame:
    """Printed votes with the code of each county that is only named."""
    found = [
        code or known.codes.get((s, fold(c)), "")
        for code, s, c in printed[["fips_printed", "state", "county"]]
        .fillna("")
        .itertuples(index=False)
    ]
    return printed.assign(fips_printed=found)


def _left_out(finding: dict[Any, Any], printed: pd.DataFrame) -> dict[Any, Any]:
    """A total that says so by its name is not read: it spoils nothing.

    And a file that has a few counties of a state does not print other units.
    """
    if finding["rule"] == "missing_places" and str(finding["value"]).startswith("none of"):
        state, _, year = str(finding["key"]).partition(" ")
        lines = printed[(printed["state"] == state) & (printed["year"].astype(str) == year)]
        codes = lines["fips_printed"].map(clean_code)
        if few := int(codes.isin(tables.load("county_points")["fips"]).sum()):
            told = {
                "value": few,
                "message": f"Only {few} counties of {state} have a line in {year}",
            }
            return finding | told | {"severity": "warning", "fix": "Give a file with all of them."}
    if finding["rule"] != "total_row_among_data" or finding["row"] is None:
        return finding
    line = printed[printed["source"].eq(finding["source"]) & printed["row"].eq(finding["row"])]
    if not line["county"].map(lambda n: bool(TOTAL_NAMES.match(str(n)))).any():
        return finding
    told = {"message": f"{finding['message']}; it was left out", "fix": "Nothing needs to be done."}
    return finding | {"severity": "note"} | told


def plain(printed: pd.DataFrame) -> pd.DataFrame:
    """Printed votes without thousands separators."""
    out = printed.copy()
    for name in COUNTS:
        text = out[name].fillna("").astype(str)
        spaced = text.str.fullmatch(r"\d{1,3}([, ']\d{3})+")
        out[name] = out[name].where(~spaced, text.str.replace(r"[, ']", "", regex=True))
    return out


def _as_theirs(finding: dict[Any, Any], names: Mapping[str, str]) -> str:
    """Columns as the file itself calls them."""
    ours = [n.removesuffix("_printed") for n in str(finding["column"]).split(", ")]
    return ", ".join(names.get(n, n) for n in ours)


def _concerns(finding: dict[Any, Any], printed: pd.DataFrame) -> bool:
    """Whether a missing state is one that the file was meant to cover."""
    if finding["rule"] != "missing_places" or not str(finding["value"]).startswith("none of"):
        return True
    return str(finding["key"]).split(" ")[0] in set(printed["state"])


def _of_the_book(finding: dict[Any, Any], chosen: Scenario, printed: pd.DataFrame) -> bool:
    """Whether a finding is about places and years that the book compares, or may be."""
    if chosen.nation or (finding["rule"], finding["severity"]) == ("fips_valid", "error"):
        return True
    line = printed[
        printed["source"].eq(finding["source"]) & printed["row"].eq(finding["row"] or -1)
    ]
    if len(line):
        state, year = line["state"].iloc[0], line["year"].iloc[0]
    else:
        place, _, rest = str(finding["key"]).partition(" ")
        known = tables.load("states").set_index("fips")["state"]
        state = place if place in set(known) else known.get(place[:2], "")
        year = int(rest) if rest.isdigit() else chosen.year
    years = {chosen.year, chosen.prior_year, *chosen.prior_years}
    return state in {*chosen.states, ""} and year in years


def _one(row: dict[Any, Any]) -> Finding:
    row = {k: row[k] for k in FACTS}
    row["row"] = None if pd.isna(row["row"]) else int(row["row"])
    return Finding(**row)
