"""Numbers of the claims chapter: looked-up facts under their keys, and every claim's verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from sevenpercent import claims, paths
from sevenpercent.model.places import NATION, Tables, county_frame
from sevenpercent.model.results import Findings, Results, Scalar
from sevenpercent.model.scenario import Scenario

NEEDS = (
    "gap",
    "controls",
    "electoral",
    "municipalities",
    "same_ballots",
    "designs",
    "sensitivity",
    "recount",
    "polls",
    "calendar",
)
"""Chapters whose results can decide a claim; a book need not have them all."""

PARTIES = ("dem", "rep")


def compute(scenario: Scenario, tables: Tables, upstream: Results | None = None) -> Findings:
    """Look up the facts and decide every claim of the scenario.

    Parameters
    ----------
    scenario : Scenario
        A scenario without ``claims`` gives no results.
    tables : callable
        Table name -> frame.
    upstream : Results, optional
        Results of the chapters in :data:`NEEDS`, as far as the book has them; a claim that rests
        on others is "not yet tested".

    Returns
    -------
    Findings
        ``facts.…`` (dates as ISO text), ``claims.<id>.then`` and ``claims.<id>.final`` (the words
        of a verdict), ``claims.count.<word>`` (claims by final word). Frame ``ledger``: one row
        per claim, in the order of the file.
    """
    if scenario.claims is None:
        return Findings(Results())
    ledger = claims.load(paths.ROOT / scenario.claims)
    results = facts(scenario, tables)
    known = results.merged(upstream or Results())
    titles = {r.id: r.title for r in ledger.reports}
    rows = []
    for claim in ledger:
        found = claims.verdict(claim, known)
        for when, word in (("then", found.then), ("final", found.final)):
            results.add(
                f"claims.{claim.id}.{when}", str(word), unit="verdict", label=claim.paraphrase
            )
        rows.append(
            {
                "id": claim.id,
                "reports": "; ".join(titles[r] for r in claim.report),
                "who": claim.who,
                "said_on": claim.said_on.isoformat() if claim.said_on else "",
                "paraphrase": claim.paraphrase,
                "kind": claim.kind,
                "as_of": claim.as_of,
                "check": claim.check,
                "rule": claim.rule,
                "rule_says": claims.RULES[claim.rule].explains.splitlines()[0],
                "then": str(found.then),
                "final": str(found.final),
                "because": found.because if found.decided else "",
                "evidence": found.evidence,
                "would_change": found.would_change,
                "contradicts": "; ".join(claim.contradicts),
                "decided": found.decided,
                "waits_for": "; ".join(found.missing),
            }
        )
    frame = pd.DataFrame(rows)
    for word in claims.Word:
        results.add(
            f"claims.count.{slug(word)}",
            int((frame["final"] == str(word)).sum()),
            n=len(frame),
            unit="claims",
            label=f"claims of which the final verdict is: {word}",
        )
    return Findings(results, {"ledger": frame})


def facts(scenario: Scenario, tables: Tables) -> Results:
    """Looked-up facts, and plain counts over tables, under ``facts.…``.

    Returns
    -------
    Results
        ``facts.<id>.date|fact|value`` for the timeline (several values: one per state of the row,
        else numbered); ``facts.money.<what>.<date>.<as of>`` in dollars;
        ``facts.electors.<what>`` with ``.note``; ``facts.thresholds.<state>`` with ``.unit``;
        ``facts.count.<source>.<state>.<margin>`` of every printed count;
        electoral votes, votes, past winners, counties by equipment, candidates' shares.
    """
    results = Results()
    if scenario.tables.timeline is not None:
        _timeline(results, tables(scenario.tables.timeline))
        _money(results, tables("fact_money"))
        _electors(results, tables("fact_electors"))
        _thresholds(results, tables("fact_thresholds"))
    if scenario.tables.delegations is not None:
        _states(results, scenario, tables(scenario.tables.states))
    _history(results, scenario, tables("state_votes"))
    _candidates(results, scenario, tables("state_candidates"))
    _counties(results, scenario, tables)
    _paper_trail(results, scenario, tables("equipment_records"))
    _counts(results, scenario, tables("county_votes_printed"))
    return results


def slug(text: object) -> str:
    """Words joined by underscores, lower case: a part of a result key.

    Examples
    --------
    >>> slug("raised (more than)")
    'raised_more_than'
    """
    return re.sub(r"[^a-z0-9-]+", "_", str(text).lower()).strip("_")


def _timeline(results: Results, table: pd.DataFrame) -> None:
    used = ["fact_timeline"]
    for row in table.to_dict("records"):
        key = f"facts.{row['id']}"
        results.add(f"{key}.date", row["date"], unit="date", label=row["fact"], tables=used)
        results.add(f"{key}.fact", row["fact"], unit="text", label=row["fact"], tables=used)
        if pd.isna(row["value"]):
            continue
        values = [_number(part) for part in str(row["value"]).split(";")]
        places = str(row["state"]).lower().split("/")
        if len(values) == 1:
            names = ["value"]
        elif len(values) == len(places):
            names = places
        else:
            names = [str(i + 1) for i in range(len(values))]
        for name, value in zip(names, values, strict=True):
            results.add(f"{key}.{name}", value, label=row["fact"], tables=used)


def _money(results: Results, table: pd.DataFrame) -> None:
    for row in table.to_dict("records"):
        parts = ["facts.money", slug(row["what"]), row["date"]]
        if not pd.isna(row["as_of"]):
            parts.append(slug(row["as_of"]))
        results.add(
            ".".join(parts), row["usd"], unit="dollars", label=row["what"], tables=["fact_money"]
        )


def _electors(results: Results, table: pd.DataFrame) -> None:
    used = ["fact_electors"]
    for row in table.to_dict("records"):
        key = f"facts.electors.{slug(row['what'])}"
        results.add(key, row["count"], unit="electors", label=row["what"], tables=used)
        results.add(f"{key}.note", row["note"], unit="text", label=row["what"], tables=used)


def _thresholds(results: Results, table: pd.DataFrame) -> None:
    for row in table.to_dict("records"):
        key = f"facts.thresholds.{row['state'].lower()}"
        results.add(
            key, row["value"], unit=row["unit"], label=row["rule"], tables=["fact_thresholds"]
        )


def _states(results: Results, scenario: Scenario, table: pd.DataFrame) -> None:
    used = [scenario.tables.states]
    here = table.set_index("state").loc[scenario.states]
    for state, row in here.iterrows():
        where = str(state).lower()
        results.add(
            f"facts.ev.{where}", row["ev"], unit="electoral votes", label=row["name"], tables=used
        )
    results.add(
        "facts.votes.states",
        here["total"].sum(),
        n=len(here),
        unit="votes",
        label="votes of the scenario's states together",
        tables=used,
    )
    for party in PARTIES:
        withheld = table[f"ev_{party}"] - table[f"ev_{party}_cast"]
        results.add(
            f"facts.defections.{party}",
            withheld.sum(),
            unit="electors",
            label=f"electors pledged to the candidate of {party} whose votes went elsewhere",
            tables=used,
        )


def _history(results: Results, scenario: Scenario, table: pd.DataFrame) -> None:
    used = ["state_votes"]
    so_far = table[table["year"] <= scenario.year]
    spans = {"before": so_far[so_far["year"] < scenario.year], "so_far": so_far}
    for state in scenario.states:
        for party in PARTIES:
            for span, years in spans.items():
                own = years[years["state"] == state]
                results.add(
                    f"facts.elections_won.{party}.{state.lower()}.{span}",
                    (own["winner"] == party).mean(),
                    n=len(own),
                    unit="share",
                    label=f"share of presidential elections that {party} won, "
                    f"{own['year'].min()} to {own['year'].max()}",
                    tables=used,
                )


def _candidates(results: Results, scenario: Scenario, table: pd.DataFrame) -> None:
    """Share of all votes of every candidate: names spelled both ways round are one."""
    own = table[table["year"] == scenario.year]
    own = own.assign(key=own["candidate"].map(_name))
    places = {NATION: own, **{s: own[own["state"] == s] for s in scenario.states}}
    for place, rows in places.items():
        votes = rows.groupby("key")["votes"].sum()
        for key, count in votes.items():
            results.add(
                f"facts.candidate_share.{key}.{place.lower()}",
                count / votes.sum(),
                unit="share",
                label=f"share of all votes of {key}",
                tables=["state_candidates"],
            )


def _counties(results: Results, scenario: Scenario, tables: Tables) -> None:
    reading = scenario.treatment.primary
    used = [scenario.tables.votes, scenario.tables.equipment]
    nation = county_frame(scenario, tables, NATION)
    counts: Mapping[str, str] = {"electronic": "with", "paper": "without"}
    for state in scenario.states:
        own = nation.loc[nation["state"] == state, reading].dropna()
        for name, word in counts.items():
            results.add(
                f"facts.{name}_counties.{state.lower()}",
                ((own > 0) == (name == "electronic")).sum(),
                n=len(own),
                unit="counties",
                label=f"counties {word} electronic voting, {reading}",
                tables=used,
            )
    known = nation[nation[reading].notna()]
    sums = known.groupby("state")[["harmed", "favoured"]].sum()
    share = 100 * sums["harmed"] / (sums["harmed"] + sums["favoured"])
    electronic = (known[reading] > 0).groupby(known["state"]).mean()
    for name, having in (("any", electronic > 0), ("most", electronic > 0.5)):
        results.add(
            f"facts.between_states.{name}",
            share[having].mean() - share[~having].mean(),
            n=len(share),
            unit="points",
            label=f"mean two-party share of states where {name} counties vote electronically, "
            "minus the others",
            tables=used,
        )


def _paper_trail(results: Results, scenario: Scenario, table: pd.DataFrame) -> None:
    used = table[
        (table["year"] == scenario.year)
        & table["polling_place"].fillna(False)
        & table["vvpat"].isin(["Yes", "No"])
    ]
    for state in scenario.states:
        own = used.loc[used["state"] == state, "vvpat"]
        results.add(
            f"facts.paper_trail.{state.lower()}",
            (own == "Yes").mean() if len(own) else None,
            n=len(own),
            unit="share",
            label="share of the listed electronic machines that have a paper trail",
            tables=["equipment_records"],
        )


def _counts(results: Results, scenario: Scenario, table: pd.DataFrame) -> None:
    """Margins of each state in every source as printed: what was known when."""
    parties = scenario.parties
    harmed, favoured = parties.harmed.party, parties.favoured.party
    own = table[(table["year"] == scenario.year) & table["state"].isin(scenario.states)]
    for name in (harmed, favoured, "total"):
        # Files of one's own are kept as text; what is no number there is no count.
        own = own.assign(**{name: pd.to_numeric(own[name], errors="coerce").astype("Float64")})
    sums = own.groupby(["source", "state"])[[harmed, favoured, "total"]].sum(min_count=1)
    for row in sums.reset_index().to_dict("records"):
        if pd.isna(row[harmed]) or pd.isna(row[favoured]):
            continue
        margin = row[favoured] - row[harmed]
        of = {"margin": 1, "margin_two_party": (row[favoured] + row[harmed]) / 100}
        if pd.notna(row["total"]) and row["total"] > 0:
            of["margin_share"] = row["total"] / 100
        for name, whole in of.items():
            results.add(
                f"facts.count.{row['source']}.{row['state'].lower()}.{name}",
                margin / whole,
                unit="votes" if name == "margin" else "points",
                label=f"{name} in {row['source']}; positive: the favoured party leads",
                tables=["county_votes_printed"],
            )


def _name(printed: str) -> str:
    return "_".join(sorted(slug(printed).split("_")))


def _number(text: str) -> Scalar:
    text = text.strip()
    try:
        return float(text.removesuffix("%"))
    except ValueError:
        return text
