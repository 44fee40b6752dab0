"""Numbers of the electoral chapter: tallies, every combination of states, votes to flip."""

from __future__ import annotations

import pandas as pd

from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import electoral

FAITHLESS = ("none", "cast")
"""Electors as pledged, or as those who were there cast their votes."""


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Compute the electoral arithmetic of the scenario.

    Returns
    -------
    Findings
        ``electoral.reported.…``, ``electoral.final.<pledged|cast>.…``: electoral votes;
        ``electoral.flip.<states>.…`` (and ``….cast.…``): with those states given to the other
        side; ``electoral.margin.<state>.<vintage>``: votes, **positive** = the favoured party
        leads; ``electoral.switched.<state>``: votes to flip it.
    """
    results = Results()
    names, houses = scenario.tables.states, scenario.tables.delegations
    if houses is None:
        return Findings(results)
    states, delegations = tables(names), tables(houses)
    harmed, favoured = scenario.parties.harmed.party, scenario.parties.favoured.party
    sides = {"harmed": harmed, "favoured": favoured, "nobody": "nobody"}

    def votes(key: str, value: object, label: str, unit: str = "electoral votes") -> None:
        results.add(key, value, unit=unit, label=label, tables=[names])

    for stage, where, rest in (
        ("reported", "electoral.reported", "unassigned"),
        ("pledged", "electoral.final.pledged", "other"),
        ("cast", "electoral.final.cast", "other"),
    ):
        count = electoral.tally(states, stage, harmed=harmed, favoured=favoured)
        votes(f"{where}.{harmed}", count.harmed, f"electoral votes of the harmed party, {stage}")
        votes(f"{where}.{favoured}", count.favoured, f"of the favoured party, {stage}")
        votes(f"{where}.{rest}", count.rest, f"of neither, {stage}")
        votes(f"{where}.short", count.shortfall("harmed"), f"harmed party's shortfall, {stage}")
        votes(f"{where}.outcome", sides[count.outcome], f"who has a majority, {stage}", "")
    votes("electoral.majority", count.majority, "electoral votes that elect")
    votes("electoral.total", count.total, "all electoral votes")

    frames = {}
    for faithless in FAITHLESS:
        table = electoral.combinations(
            states,
            scenario.flips,
            faithless="cast" if faithless == "cast" else "none",
            delegations=delegations,
            harmed=harmed,
            favoured=favoured,
        )
        frames[f"combinations_{faithless}"] = table
        tail = ".cast" if faithless == "cast" else ""
        for row in table.to_dict("records"):
            changed = str(row["changed"]).lower().replace("+", "_") or "nothing"
            where = f"electoral.flip.{changed}{tail}"
            votes(f"{where}.{harmed}", row["harmed"], "harmed party, with these states changed")
            votes(f"{where}.{favoured}", row["favoured"], "favoured party, with these changed")
            votes(f"{where}.outcome", sides[row["outcome"]], "who has a majority", "")
            votes(f"{where}.president", sides[row["president"]], "who becomes President", "")
        for side, party in sides.items():
            votes(
                f"electoral.outcomes.{party}{tail}",
                int((table["outcome"] == side).sum()),
                f"combinations in which {side} has a majority",
                "combinations",
            )
        votes(f"electoral.outcomes.all{tail}", len(table), "combinations", "combinations")

    house = electoral.house_vote(delegations, harmed, favoured)
    for key, value in (
        (harmed, house.harmed),
        (favoured, house.favoured),
        ("divided", house.divided),
        ("needed", house.needed),
        ("winner", sides[house.winner]),
    ):
        results.add(
            f"electoral.house.{key}",
            value,
            unit="" if key == "winner" else "delegations",
            label=f"House vote by state delegations: {key}",
            tables=[houses],
        )
    frames["flips"] = _margins(results, scenario, tables, states)
    _smallest(results, scenario, states)
    return Findings(results, frames)


def _margins(
    results: Results, scenario: Scenario, tables: Tables, states: pd.DataFrame
) -> pd.DataFrame:
    """Margins by state and vintage, votes to flip, and the popular vote."""
    harmed, favoured = scenario.parties.harmed.party, scenario.parties.favoured.party
    table = electoral.state_flips(states, harmed=harmed, favoured=favoured)
    final = {row["state"]: row for row in table.to_dict("records")}
    used = [scenario.tables.states]
    for state in scenario.flips:
        row = final[state]
        for name in ("margin", "switched", "added"):
            results.add(
                f"electoral.{name}.{state.lower()}" + (".final" if name == "margin" else ""),
                int(row[name]),
                unit="votes",
                label=f"{name}, final count",
                tables=used,
            )
        results.add(
            f"electoral.margin_share.{state.lower()}.final",
            100 * row["margin_share"],
            unit="points",
            label="margin as a share of all votes, final count",
            tables=used,
        )
    votes = tables(scenario.tables.votes)
    own = votes[(votes["year"] == scenario.year) & votes["state"].isin(scenario.flips)]
    sums = own.groupby(["state", "vintage"], as_index=False).agg(
        harmed=(harmed, "sum"),
        favoured=(favoured, "sum"),
        total=("total", "sum"),
        counties=("fips", "nunique"),
    )
    whole = own.groupby("state")["fips"].nunique()
    for row in sums.to_dict("records"):
        if row["counties"] < whole[row["state"]]:
            continue  # a count that covers part of a state has no state margin
        vintage = row["vintage"]
        margin = int(row["favoured"] - row["harmed"])
        where = f"{str(row['state']).lower()}.{vintage}"
        results.add(
            f"electoral.margin.{where}",
            margin,
            unit="votes",
            label=f"margin, {vintage}; positive: the favoured party leads",
            tables=[scenario.tables.votes],
        )
        results.add(
            f"electoral.margin_share.{where}",
            100 * margin / int(row["total"]),
            unit="points",
            label=f"margin as a share of all votes counted, {vintage}",
            tables=[scenario.tables.votes],
        )
    results.add(
        "electoral.lead.popular",
        int(states[harmed].sum() - states[favoured].sum()),
        unit="votes",
        label="national popular vote, harmed party minus favoured party",
        tables=used,
    )
    return table


def _smallest(results: Results, scenario: Scenario, states: pd.DataFrame) -> None:
    harmed, favoured = scenario.parties.harmed.party, scenario.parties.favoured.party
    targets: tuple[electoral.Target, ...] = ("win", "deny")
    for target in targets:
        found = electoral.smallest_flips(states, target, harmed=harmed, favoured=favoured)
        if found is None:
            continue
        for name, value, unit in (
            ("states", " + ".join(found.states), ""),
            ("ev", found.ev, "electoral votes"),
            ("switched", found.switched, "votes"),
        ):
            results.add(
                f"electoral.smallest.{target}.{name}",
                value,
                unit=unit,
                label=f"fewest switched votes to {target}",
                tables=[scenario.tables.states],
            )
