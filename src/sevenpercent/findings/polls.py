"""Numbers of the polls chapter: how wrong the last polls were, where, and along what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model import frames
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import polls
from sevenpercent.stats import regression as controls
from sevenpercent.stats.polls import NATION, Rule

POLLS, CAMPAIGN = "polls", "polls_campaign"
"""Tables of polls: the last weeks of several elections with results, and one whole campaign."""

EDUCATION = "noncollege_white"
"""Whites without a degree as a share of the people: what errors are set against beside machines.

The product of two shares of a county, non-Hispanic whites and those without a degree among whites
aged 25 and over, since their product is in no table; then the mean over people.
"""

ERRORS: controls.Errors = "hc2_bm"
MORE = 2
"""How many times the declared minimum the strictest sample asks for."""


def compute(scenario: Scenario, tables: Tables, rule: Rule | None = None) -> Findings:
    """Compute errors of the last polls in every state and election.

    Parameters
    ----------
    scenario, tables
        As for every chapter.
    rule : Rule, optional
        Which polls count; the defaults of :class:`~sevenpercent.stats.polls.Rule` when None.

    Returns
    -------
    Findings
        ``polls.<state>.error`` in points, **positive** = the polls overstated the harmed party,
        with errors clustered on pollsters; ``polls.rank.<state>`` among ``polls.rank.states``,
        1 = overstated most; ``polls.<state>.<year>.error`` for other elections;
        ``polls.us.<x>.error.<controls>.none.<errors>``: slope of state errors on a state's share.
    """
    rule = rule or Rule(window=scenario.polls.window, minimum=scenario.polls.minimum)
    results = Results()
    harmed, favoured = scenario.parties.harmed.party, scenario.parties.favoured.party
    printed = tables(POLLS)
    if scenario.year not in set(printed["year"]):
        years = ", ".join(str(y) for y in sorted(printed["year"].unique()))
        raise InputError(
            "No polls of this election", column="year", value=scenario.year, fix=f"Years: {years}."
        )
    asked = polls.with_errors(printed, harmed, favoured)
    places = polls.by_place(asked, rule)
    now = polls.compared(places, scenario.year)
    if len(now) < 2:
        raise InputError(
            "Fewer than two states have enough polls",
            column="minimum",
            value=rule.minimum,
            fix="Lower it, or widen the window.",
        )
    for name, value, unit in (("window", rule.window, "days"), ("minimum", rule.minimum, "polls")):
        results.add(f"polls.{name}", value, unit=unit, label=f"{name} of the polls that count")
    _states(results, places, now, scenario)
    _nation(results, places, now, scenario)
    cycles = _cycles(results, places, scenario)
    joined = _joined(now, scenario, tables)
    lines = _lines(results, joined, scenario)
    machines = _machines(scenario, tables)
    results.add("polls.machines", machines, label="reading of electronic voting set beside errors")
    samples = _samples(results, asked, scenario, tables, rule)
    found = {
        "places": places,
        "states": joined,
        "cycles": cycles,
        "lines": lines,
        "samples": samples,
    }
    return Findings(results, found)


def _states(results: Results, places: pd.DataFrame, now: pd.DataFrame, scenario: Scenario) -> None:
    own = places[places["year"] == scenario.year].set_index("state")
    results.add(
        "polls.rank.states",
        len(now),
        unit="states",
        label="states with enough polls",
        tables=[POLLS],
    )
    for state in scenario.states:
        if state not in own.index:
            continue
        row, key = own.loc[state], f"polls.{state.lower()}"
        results.add(
            f"{key}.error",
            row["error"],
            se=row["se"],
            lo=row["lo"],
            hi=row["hi"],
            n=row["n"],
            unit="points",
            label="mean of the last polls minus result; positive = harmed party overstated",
            tables=[POLLS],
        )
        results.add(
            f"{key}.result_minus_polls",
            -row["error"],
            se=row["se"],
            lo=-row["hi"],
            hi=-row["lo"],
            n=row["n"],
            unit="points",
            label="the same with the other sign; negative = harmed party behind its polls",
            tables=[POLLS],
        )
        for name, label in (
            ("margin", "mean margin of the harmed party in the last polls"),
            ("result", "margin of the harmed party in the votes"),
            ("se_sampling", "standard error from drawing the samples alone"),
        ):
            results.add(
                f"{key}.{name}", row[name], n=row["n"], unit="points", label=label, tables=[POLLS]
            )
        results.add(
            f"{key}.pollsters",
            row["pollsters"],
            unit="pollsters",
            label="pollsters",
            tables=[POLLS],
        )
        if row["enough"]:
            results.add(
                f"polls.rank.{state.lower()}",
                row["rank"],
                n=len(now),
                unit="rank",
                label="rank among states with enough polls; 1 = harmed party overstated most",
                tables=[POLLS],
            )
            results.add(
                f"{key}.alike",
                polls.alike(now, state),
                n=len(now) - 1,
                unit="states",
                label="other states whose error is not told apart from this state's",
                tables=[POLLS],
            )


def _nation(results: Results, places: pd.DataFrame, now: pd.DataFrame, scenario: Scenario) -> None:
    claimed = now["state"].isin(scenario.states)
    if claimed.any():
        for name, all_so, side in (
            ("wrong_there", (now.loc[claimed, "lo"] > 0).all(), "above"),
            ("wrong_the_other_way", (now.loc[claimed, "hi"] < 0).all(), "below"),
        ):
            results.add(
                f"polls.{name}",
                bool(all_so),
                n=int(claimed.sum()),
                label=f"every state of the claim has an interval {side} zero",
                tables=[POLLS],
            )
    over = int((now["error"] > 0).sum())
    results.add(
        "polls.us.overstated",
        over,
        n=len(now),
        unit="states",
        label="states where the polls overstated the harmed party",
        tables=[POLLS],
    )
    _add_mean(results, "polls.us.error", now["error"], "mean of the states' errors")
    if claimed.any() and (~claimed).sum() > 1:
        _add_mean(
            results,
            "polls.us.others.error",
            now.loc[~claimed, "error"],
            "mean error of the states outside the claim",
        )
        results.add(
            "polls.wrong_elsewhere",
            bool((results["polls.us.others.error"].lo or 0.0) > 0),
            n=int((~claimed).sum()),
            label="the mean error of the states outside the claim has an interval above zero",
            tables=[POLLS],
        )
        results.add(
            "polls.us.larger",
            int((now.loc[~claimed, "error"] > now.loc[claimed, "error"].max()).sum()),
            n=int((~claimed).sum()),
            unit="states",
            label="states outside the claim with a larger error than any state of it",
            tables=[POLLS],
        )
    if claimed.sum() > 1 and (~claimed).sum() > 1:
        gap = controls.fit(now.assign(claimed=claimed.astype(float)), "error", "claimed")
        results.add(
            "polls.us.difference",
            gap.estimate,
            se=gap.se,
            lo=gap.lo,
            hi=gap.hi,
            n=gap.n,
            unit="points",
            label="mean error of the states of the claim minus that of the others",
            tables=[POLLS],
        )
    nation = places[(places["year"] == scenario.year) & (places["state"] == NATION)]
    for row in nation.to_dict("records"):
        results.add(
            "polls.us.national.error",
            row["error"],
            se=row["se"],
            lo=row["lo"],
            hi=row["hi"],
            n=row["n"],
            unit="points",
            label="error of the polls of the whole nation",
            tables=[POLLS],
        )


def _add_mean(results: Results, key: str, errors: pd.Series[float], label: str) -> None:
    """Mean over states with a t interval: the states differ more than their polls' errors."""
    n, mean = len(errors), float(errors.mean())
    se = float(errors.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    half = controls.t_quantile(0.975, n - 1) * se if n > 1 else np.nan
    results.add(
        key,
        mean,
        se=se,
        lo=mean - half,
        hi=mean + half,
        n=n,
        unit="points",
        label=label,
        tables=[POLLS],
    )


def _cycles(results: Results, places: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """One row per election: the states of the claim, all states with enough polls, the nation."""
    rows = []
    for year in sorted(places["year"].unique()):
        own = places[places["year"] == year].set_index("state")
        with_enough = polls.compared(places, int(year))
        if with_enough.empty:
            continue
        row: dict[str, object] = {
            "year": int(year),
            "states": len(with_enough),
            "mean": float(with_enough["error"].mean()),
            "lowest": float(with_enough["error"].quantile(0.1)),
            "highest": float(with_enough["error"].quantile(0.9)),
            "nation": float(own.loc[NATION, "error"]) if NATION in own.index else None,
        }
        for state in scenario.states:
            enough = state in own.index and bool(own.loc[state, "enough"])
            row[state] = float(own.loc[state, "error"]) if enough else None
            if enough:
                results.add(
                    f"polls.{state.lower()}.{year}.error",
                    own.loc[state, "error"],
                    se=own.loc[state, "se"],
                    lo=own.loc[state, "lo"],
                    hi=own.loc[state, "hi"],
                    n=own.loc[state, "n"],
                    unit="points",
                    label=f"error of the last polls of {year}",
                    tables=[POLLS],
                )
        results.add(
            f"polls.us.{year}.error",
            row["mean"],
            n=len(with_enough),
            unit="points",
            label=f"mean of the states' errors in {year}",
            tables=[POLLS],
        )
        rows.append(row)
    return pd.DataFrame(rows)


def _joined(now: pd.DataFrame, scenario: Scenario, tables: Tables) -> pd.DataFrame:
    """States with enough polls beside their people and machines, weighted by population."""
    demographics = tables(scenario.tables.demographics)
    machines = frames.treatments(
        tables(scenario.tables.equipment), scenario.year, scenario.treatment.version
    )
    counties = demographics.merge(machines, left_on="fips", right_index=True, how="left")
    counties[EDUCATION] = counties["white_nh"] * counties["white_noncollege"]
    wanted = [EDUCATION, *(r for r in scenario.treatment.national if r in counties)]
    means = polls.state_means(counties, wanted, "population")
    out = now.merge(means, on="state", how="left")
    out["claimed"] = out["state"].isin(scenario.states)
    return out


def _machines(scenario: Scenario, tables: Tables) -> str:
    """The national reading that is a share, else the first: means of it are means over voters."""
    equipment = tables(scenario.tables.equipment)
    shares = set(equipment.loc[equipment["kind"] == "share", "reading"])
    national = scenario.treatment.national
    return next((r for r in national if r in shares), national[0])


def _lines(results: Results, joined: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """Slopes of state errors on education and on machines, alone and together."""
    used = [POLLS, scenario.tables.demographics, scenario.tables.equipment]
    rows = []
    readings = [r for r in scenario.treatment.national if r in joined]
    for name, held in [(EDUCATION, []), *((r, h) for r in readings for h in ([], [EDUCATION]))]:
        try:
            slope = controls.fit(joined, "error", name, held, errors=ERRORS)
        except controls.NoVariation:
            continue
        rows.append(
            {
                "share": name,
                "held": ",".join(held),
                "estimate": slope.estimate,
                "constant": slope.coefficients["constant"],
                "se": slope.se,
                "lo": slope.lo,
                "hi": slope.hi,
                "n": slope.n,
            }
        )
        results.add(
            f"polls.us.{name}.error.{'_'.join(held) or 'none'}.none.{ERRORS}",
            slope.estimate,
            se=slope.se,
            lo=slope.lo,
            hi=slope.hi,
            n=slope.n,
            unit="points",
            label=f"error of a state with {name} 1 minus one with 0",
            tables=used,
        )
    for reading in readings:
        none = joined[joined[reading] == 0]
        if len(none):
            _add_mean(
                results,
                f"polls.us.{reading}.without.error",
                none["error"],
                f"mean error of states where {reading} is 0",
            )
    _expected(results, joined, scenario, used)
    return pd.DataFrame(rows)


def _expected(results: Results, joined: pd.DataFrame, scenario: Scenario, used: list[str]) -> None:
    """Where the line through the other states, by education, puts the states of the claim."""
    others = joined[~joined["claimed"] & joined[EDUCATION].notna()]
    if len(others) < 4:
        return
    line = controls.fit(others, "error", EDUCATION, errors=ERRORS)
    constant = line.coefficients["constant"]
    left = others["error"] - constant - line.estimate * others[EDUCATION]
    results.add(
        "polls.us.education.spread",
        float(np.sqrt((left**2).sum() / (len(others) - 2))),
        n=len(others),
        unit="points",
        label="how far the other states lie from their own line (standard deviation)",
        tables=used,
    )
    for row in joined[joined["claimed"] & joined[EDUCATION].notna()].to_dict("records"):
        key = f"polls.{row['state'].lower()}"
        expected = constant + line.estimate * row[EDUCATION]
        for name, value, label in (
            ("expected", expected, "error on the line that the other states' education gives"),
            ("beyond", row["error"] - expected, "error beyond that line"),
        ):
            results.add(
                f"{key}.{name}", value, n=len(others), unit="points", label=label, tables=used
            )


def _samples(
    results: Results, asked: pd.DataFrame, scenario: Scenario, tables: Tables, rule: Rule
) -> pd.DataFrame:
    """The same states under other choices of polls, and in the second file of polls."""
    choices = {
        "declared": (rule, asked),
        "more": (replace(rule, minimum=MORE * rule.minimum), asked),
        "week": (replace(rule, window=min(7, rule.window)), asked),
        "latest": (replace(rule, latest=True), asked),
        "nonpartisan": (replace(rule, partisan=False), asked),
    }
    campaign = tables(CAMPAIGN)
    if scenario.year in set(campaign["year"]):
        second = polls.with_errors(
            polls.joined_results(campaign[campaign["sample"].notna()], asked),
            scenario.parties.harmed.party,
            scenario.parties.favoured.party,
        )
        choices["second"] = (rule, second)
    rows = []
    for name, (other, source) in choices.items():
        now = polls.compared(polls.by_place(source, other), scenario.year)
        for state in scenario.states:
            own = now[now["state"] == state]
            if own.empty:
                continue
            first = own.iloc[0]
            rows.append(
                {
                    "sample": name,
                    "state": state,
                    "error": first["error"],
                    "lo": first["lo"],
                    "hi": first["hi"],
                    "n": int(first["n"]),
                    "rank": int(first["rank"]),
                    "states": len(now),
                    "mean": float(now["error"].mean()),
                }
            )
            if name != "declared":
                used = [CAMPAIGN if name == "second" else POLLS]
                results.add(
                    f"polls.{state.lower()}.{name}.rank",
                    int(first["rank"]),
                    n=len(now),
                    unit="rank",
                    label=f"rank with another choice of polls: {name}",
                    tables=used,
                )
                results.add(
                    f"polls.{state.lower()}.{name}.error",
                    first["error"],
                    se=first["se"],
                    lo=first["lo"],
                    hi=first["hi"],
                    n=first["n"],
                    unit="points",
                    label=f"error with another choice of polls: {name}",
                    tables=used,
                )
    columns = ["sample", "state", "error", "lo", "hi", "n", "rank", "states", "mean"]
    return pd.DataFrame(rows, columns=columns)
