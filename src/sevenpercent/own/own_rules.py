"""The registry's rules asked about a book's own tables."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import pandas as pd

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.data.readers import votes
from sevenpercent.data.rules.base import COUNTS, PARTIES, SEVERITIES, SPACERS, Finding, to_frame
from sevenpercent.data.rules.case import PRINTED
from sevenpercent.data.rules.places import clean_code
from sevenpercent.data.rules.registry import RULES, find
from sevenpercent.data.rules.report import Report, counted, explain
from sevenpercent.data.rules.votes import TOTAL_NAMES
from sevenpercent.errors import InputError
from sevenpercent.model import frames
from sevenpercent.model.places import county_frame
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.words import verb
from sevenpercent.own import covariates, findings, make
from sevenpercent.own.findings import said

ASKED = (
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


def examine(chosen: Scenario) -> Report:
    """Ask the rules about the files of a book with tables of its own.

    Every finding is open. Its ``summary`` has one row per rule that was asked: ``rule, question,
    found, errors, warnings, notes``.
    """
    every = {
        (f.rule, f.source, f.row, f.column, f.key): f
        for f in [*make.readings_kept(chosen), *findings_of(chosen)]
    }
    found = explain(to_frame(every.values()), [])
    asked = [r for r in RULES if r.id in {*ASKED, *found["rule"]}]
    summary = counted(found, asked, found["severity"] + "s", *(f"{s}s" for s in SEVERITIES))
    return Report(found, summary, stale=[])


def findings_of(chosen: Scenario) -> list[Finding]:
    """What the rules find in a book's own tables, beside those of ``data/``.

    `chosen`: with ``tables.folder``, whose tables have been written.
    """
    folder = paths.ROOT / str(chosen.tables.folder)
    own = {name: tables.load(name, folder) for name in tables.describe(folder)}
    case = {name: tables.load(name) for name in make.REFERENCE}
    printed = own.get(PRINTED)
    out: list[Finding] = []
    if printed is not None:
        printed, spaced = separated(printed)
        out += spaced
        states = set(printed["state"]) | {"US"}
        base = case["county_votes"]
        if chosen.office:  # those of data/ are for President, and the names of counties anybody's
            printed = printed.fillna(dict.fromkeys(("fips_printed", "state", "county"), ""))
            named = map(make.reference().by_name, printed["state"], printed["county"])
            code = [p or n for p, n in zip(printed["fips_printed"], named, strict=True)]
            printed = printed.assign(fips_printed=code)
            base = base.head(0)
        # Counties of other states are no business of this file.
        case["county_votes"] = base[base["state"].isin(states)]
        mine = set(printed["source"])
        asked = [r for r in ASKED if r not in ("certified_totals", *WRITING)]
        written = find({**case, PRINTED: printed}, only=list(WRITING))
        # How a number is written is one question; what it says is another, asked of the number.
        read = find({**case, PRINTED: votes.numbered(printed)}, only=asked)
        rows = [f for f in [*written, *read] if f.table == PRINTED and f.source in mine]
        rows = [_left_out(f, printed) for f in rows if _concerns(f, printed)]
        names = {s: g.columns for s, g in make.source_ids(chosen.inputs).items()}
        rows = [f for f in rows if _of_the_book(f, chosen, printed)]
        out += [replace(f, column=_as_theirs(f, names.get(f.source, {}))) for f in rows]
        out += exchanged(printed, base, chosen)
        out += copied(printed, base, chosen)
        out += not_theirs(printed, own["county_votes"], chosen)
        with suppress(InputError):  # it cannot be joined, which is told elsewhere
            here = county_frame(chosen, tables.loader(chosen.tables.folder), chosen.focus)
            out += winner_unknown(here, chosen) or margin_named(here, chosen)
        out += suspicious(printed)
    if "certified_totals" in own:
        both = {n: own[n] for n in ("county_votes", "certified_totals")}
        out += find({**case, **both}, only=["certified_totals"])
    rest = {n: f for n, f in own.items() if n in ("county_equipment", "county_demographics")}
    if rest:
        points = {n: case[n] for n in ("county_points", "states")}
        read = find({**points, **rest}, only=["fips_valid", "share_range", "text_encoding"])
        out += [f for f in read if f.table in rest]
    return out + covariates.dated(chosen) + covariates.named(chosen)


def suspicious(printed: pd.DataFrame) -> list[Finding]:
    """Names that hold markup, formulas or control characters, or are far too long.

    They are shown as the letters they are; the finding says that somebody should look.
    """
    out = []
    for column in ("county", "state", "fips_printed"):
        texts = printed[column].fillna("").astype(str)
        odd = {text: found for text in texts.unique() if (found := findings.suspect(text))}
        for place, text in zip(printed.to_dict("records"), texts, strict=True):
            if text not in odd:
                continue
            told = {
                "source": place["source"],
                "row": place["row"],
                "column": column.removesuffix("_printed"),
            }
            told |= {"key": text[:40], "value": text[:60] + ("..." if len(text) > 60 else "")}
            out += [said("odd_name", what=what, **told) for what in odd[text]]
    return out


def exchanged(printed: pd.DataFrame, base: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """States in which the parties are exchanged throughout: shares run against the last election.

    A single exchanged county stands out among its neighbours; where all are exchanged, none does.
    """
    dem, rep = (votes.number(printed[n]) for n in PARTIES)
    own = printed.assign(share=dem / (dem + rep))
    before = base[(base["year"] == chosen.prior_year) & base["best"]].set_index("fips")
    both = (before["dem"] + before["rep"]).astype(float)
    share = before["dem"].astype(float) / both.where(both > 0)
    code = own["fips_printed"].map(clean_code)
    codes = make.reference().coded(code, own["state"], own["county"])
    own["before"] = pd.Series(codes, index=own.index).map(share)
    out = []
    for (source, state), rows in own[own["year"] == chosen.year].groupby(["source", "state"]):
        pairs = rows[["share", "before"]].dropna()
        if len(pairs) < FEWEST or pairs.nunique().min() < FEWEST:
            continue
        alike = float(pairs["share"].corr(pairs["before"]))
        if alike < AGAINST:
            told = {**rows.iloc[0][["row", "dem", "rep"]], "year": chosen.year, "alike": alike}
            told |= {"source": source, "state": state, "prior": chosen.prior_year}
            out.append(said("exchanged", **told))
    return out


def copied(printed: pd.DataFrame, base: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """States whose counties have the very votes of another year: a file of that year, or a copy."""
    key = ["fips", "dem", "rep"]
    own = votes.numbered(printed).assign(fips=printed["fips_printed"].map(clean_code))
    every = pd.concat([base[base["best"]].astype(dict.fromkeys(PARTIES, float)), own])
    other = every.loc[(every["year"] != chosen.year) & (every["fips"] != ""), [*key, "year"]]
    other = other.drop_duplicates()
    out = []
    for (source, state), rows in own[own["year"] == chosen.year].groupby(["source", "state"]):
        same = rows[key].merge(other.dropna(), on=key)["year"].value_counts()
        if len(same) and same.iloc[0] >= max(FEWEST, ALIKE * len(rows)):
            told = {**rows.iloc[0][["row", "dem", "rep"]], "year": chosen.year, "of": len(rows)}
            told |= {"same": same.iloc[0], "other": same.index[0]}
            out.append(said("copied", source=source, state=state, **told))
    return out


def not_theirs(printed: pd.DataFrame, table: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """Files of votes without a line of the book, and counties whose votes come from ``data/``."""
    years = {chosen.year, chosen.prior_year, *chosen.prior_years}
    out = []
    asked = printed["state"].isin(chosen.states) | chosen.nation
    for source, rows in printed.groupby("source"):
        if not (asked & printed["year"].isin(years)).loc[rows.index].any():
            held = (rows["state"] + " " + rows["year"].astype(str)).unique()
            what = f"{', '.join(chosen.states)} in {chosen.year} or {chosen.prior_year}"
            out.append(
                said("no_line_of_the_book", source=source, key=what, value=", ".join(held[:4]))
            )
    mine = set(printed["source"])
    for state in chosen.states:
        rows = table[(table["year"] == chosen.year) & (table["state"] == state)]
        lent = rows[~rows["source"].isin(mine)]
        if len(lent):
            told = {"lent": len(lent), "of": len(rows), "first": lent["county"].iloc[0]}
            out.append(said("lent", source=min(mine), state=state, year=chosen.year, **told))
    return out


def winner_unknown(frame: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """Votes that do not say who won the place of the claim (:func:`sevenpercent.model.frames.lead`).

    `frame`: its counties, as :func:`sevenpercent.model.places.county_frame` gives them.
    """
    why = frames.unknown_winner(frame)
    if not why:
        return []
    harmed, favoured, total = (int(frame[name].sum()) for name in ("harmed", "favoured", "total"))
    others = {"votes": f"{harmed:,}, {favoured:,}", "other": total - harmed - favoured}
    lacking = {"cast": int(frame["absent"].max()), "by": abs(harmed - favoured)}
    told = others if why == "others_lead" else lacking
    return [said(why, key=f"{chosen.focus} {chosen.year}", **told)]


FAR = 0.25
"""Of a margin, how far the one that a claim names may be from it without a word: early counts differ."""


def margin_named(frame: pd.DataFrame, chosen: Scenario) -> list[Finding]:
    """A margin that the claim names where its harmed side won, or that is far from that of these votes.

    `frame`: as in :func:`winner_unknown`.
    """
    named, by = chosen.claim.margin, frames.lead(frame) or 0
    if not named or abs(named - by) <= FAR * abs(by):
        return []
    sides = chosen.parties
    kind, winner = ("won_after_all", sides.harmed) if by < 0 else ("another_margin", sides.favoured)
    told = {"winner": winner.candidate, "by": abs(by), "margin": named}
    return [said(kind, key=f"{chosen.focus} {chosen.year}", **told)]


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
            told = {"column": name, "value": str(first[name]).strip(), "many": spaced.sum()}
            notes.append(said("separated", source=source, row=first["row"], **told))
    return out, notes


def _left_out(f: Finding, printed: pd.DataFrame) -> Finding:
    """A total that says so by its name spoils nothing; a few counties of a state are no other units."""
    if _whole_state(f):
        state, _, year = f.key.partition(" ")
        lines = printed[(printed["state"] == state) & (printed["year"].astype(str) == year)]
        codes = lines["fips_printed"].map(clean_code)
        if few := int(codes.isin(tables.load("county_points")["fips"]).sum()):
            only = verb(few, "county of {} has", "counties of {} have").format(state)
            said = f"Only {few} {only} a line in {year}"
            fix = "Give a file with all of them."
            return replace(f, value=str(few), message=said, severity="warning", fix=fix)
    named = _line_of(f, printed)["county"].map(lambda n: bool(TOTAL_NAMES.match(str(n)))).any()
    if f.rule not in ("total_row_among_data", "fips_valid") or not named:
        return f
    said = f"{f.message}; it was left out"
    return replace(f, severity="note", message=said, fix="Nothing needs to be done.")


def _whole_state(f: Finding) -> bool:
    return f.rule == "missing_places" and f.value.startswith("none of")


def _line_of(f: Finding, printed: pd.DataFrame) -> pd.DataFrame:
    """The line that a finding is about, if there is one."""
    return printed[printed["source"].eq(f.source) & printed["row"].eq(f.row or -1)]


def _as_theirs(f: Finding, names: Mapping[str, str]) -> str:
    """Columns as the file itself calls them."""
    ours = [n.removesuffix("_printed") for n in f.column.split(", ")]
    return ", ".join(names.get(n, n) for n in ours)


def _concerns(f: Finding, printed: pd.DataFrame) -> bool:
    """Whether a missing state is one that the file was meant to cover."""
    return not _whole_state(f) or f.key.split(" ")[0] in set(printed["state"])


def _of_the_book(f: Finding, chosen: Scenario, printed: pd.DataFrame) -> bool:
    """Whether a finding is about places and years that the book compares, or may be."""
    if chosen.nation or (f.rule, f.severity) == ("fips_valid", "error"):
        return True
    line = _line_of(f, printed)
    if len(line):
        state, year = line["state"].iloc[0], line["year"].iloc[0]
    else:
        place, _, rest = f.key.partition(" ")
        known = tables.load("states").set_index("fips")["state"]
        state = place if place in set(known) else known.get(place[:2], "")
        year = int(rest) if rest.isdigit() else chosen.year
    years = {chosen.year, chosen.prior_year, *chosen.prior_years}
    return state in {*chosen.states, ""} and year in years
