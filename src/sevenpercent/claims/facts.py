"""Looked-up facts, and plain counts over tables, as rows of numbers under ``facts.…``.

Each function takes tables and gives rows with ``key``, ``value``, ``unit``, ``label`` and
``tables``, where they apply ``n``, ready to be published (:func:`sevenpercent.model.numbers.rows`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from itertools import product
from typing import Any, ParamSpec

import pandas as pd

from sevenpercent.model.results import Scalar
from sevenpercent.model.scenario import NATION, Parties

Row = dict[str, Any]

Given = ParamSpec("Given")

PARTIES = ("dem", "rep")

COLUMNS = ["key", "value", "n", "unit", "label", "tables"]


def _framed(facts: Callable[Given, Iterator[Row]]) -> Callable[Given, pd.DataFrame]:
    """Make of a function that gives facts one after the other one that gives their frame."""

    @wraps(facts)
    def made(*args: Given.args, **more: Given.kwargs) -> pd.DataFrame:
        return pd.DataFrame(list(facts(*args, **more)), columns=COLUMNS, dtype=object)

    return made


def slug(text: object) -> str:
    """Words joined by underscores, lower case: a part of a result key.

    Examples
    --------
    >>> slug("raised (more than)")
    'raised_more_than'
    """
    return re.sub(r"[^a-z0-9-]+", "_", str(text).lower()).strip("_")


@_framed
def recorded(load: Callable[[str], pd.DataFrame]) -> Iterator[Row]:
    """Facts that somebody looked up: what happened when, money, electors, thresholds.

    ``facts.<id>.date`` (ISO text), ``facts.<id>.fact`` (text) and ``facts.<id>.value``; several
    values stand under the states of the line, else under their numbers.
    ``facts.money.<what>.<date>.<as of>`` in dollars; ``facts.electors.<what>`` with ``.note``;
    ``facts.thresholds.<state>``.
    """
    for r in load("fact_timeline").to_dict("records"):
        yield from _happened(r)
    for r in load("fact_money").to_dict("records"):
        as_of = [] if pd.isna(r["as_of"]) else [slug(r["as_of"])]
        key = ".".join(["facts.money", slug(r["what"]), r["date"], *as_of])
        yield _row(key, r["usd"], "dollars", r["what"], ["fact_money"])
    for r in load("fact_electors").to_dict("records"):
        key, used = f"facts.electors.{slug(r['what'])}", ["fact_electors"]
        yield _row(key, r["count"], "electors", r["what"], used)
        yield _row(f"{key}.note", r["note"], "text", r["what"], used)
    for r in load("fact_thresholds").to_dict("records"):
        key = f"facts.thresholds.{r['state'].lower()}"
        yield _row(key, r["value"], r["unit"], r["rule"], ["fact_thresholds"])


@_framed
def electors(states: pd.DataFrame, chosen: Sequence[str], used: Sequence[str]) -> Iterator[Row]:
    """Electoral votes and votes of some states, and the electors who voted otherwise than pledged.

    `states`: one row a state of the whole country; `used`: tables that it comes from.
    """
    here = states.set_index("state").loc[list(chosen)]
    for state, r in here.iterrows():
        yield _row(f"facts.ev.{str(state).lower()}", r["ev"], "electoral votes", r["name"], used)
    label = "votes of the scenario's states together"
    yield _row("facts.votes.states", here["total"].sum(), "votes", label, used, len(here))
    for party in PARTIES:
        withheld = (states[f"ev_{party}"] - states[f"ev_{party}_cast"]).sum()
        label = f"electors pledged to the candidate of {party} whose votes went elsewhere"
        yield _row(f"facts.defections.{party}", withheld, "electors", label, used)


@_framed
def winners(votes: pd.DataFrame, chosen: Iterable[str], year: int) -> Iterator[Row]:
    """Share of presidential elections that each party won, before a year and with it.

    `votes`: the ``state_votes`` table.
    """
    so_far = votes[votes["year"] <= year]
    spans = {"before": so_far[so_far["year"] < year], "so_far": so_far}
    for state, party, (span, years) in product(chosen, PARTIES, spans.items()):
        own = years[years["state"] == state]
        key = f"facts.elections_won.{party}.{state.lower()}.{span}"
        when = f"{own['year'].min()} to {own['year'].max()}"
        label = f"share of presidential elections that {party} won, {when}"
        share = (own["winner"] == party).mean()
        yield _row(key, share, "share", label, ["state_votes"], len(own))


@_framed
def candidates(votes: pd.DataFrame, chosen: Iterable[str], year: int) -> Iterator[Row]:
    """Share of all votes of every candidate, in some states and the nation.

    Names spelled both ways round (``Ash, Ann``) are one.

    `votes`: the ``state_candidates`` table.
    """
    own = votes[votes["year"] == year]
    own = own.assign(who=["_".join(sorted(slug(n).split("_"))) for n in own["candidate"]])
    for place, here in {NATION: own, **{s: own[own["state"] == s] for s in chosen}}.items():
        sums = here.groupby("who")["votes"].sum()
        for who, count in sums.items():
            key = f"facts.candidate_share.{who}.{place.lower()}"
            label = f"share of all votes of {who}"
            yield _row(key, count / sums.sum(), "share", label, ["state_candidates"])


@_framed
def machines(
    nation: pd.DataFrame, definition: str, chosen: Iterable[str], used: Sequence[str]
) -> Iterator[Row]:
    """Counties with and without the machines, and how states that have them voted.

    Returns ``facts.electronic_counties.<state>``, ``facts.paper_counties.<state>``;
    ``facts.between_states.<any|most>``: mean two-party share of states where any (most) counties
    vote electronically minus the others, points, **negative** = harmed party lower.

    `nation`: one row a county of the whole country, of which those of the `chosen` states are
    counted; `definition`: its column that says which have the machines; `used`: tables behind it.
    """
    counted: Mapping[str, str] = {"electronic": "with", "paper": "without"}
    for state in chosen:
        own = nation.loc[nation["state"] == state, definition].dropna()
        for name, word in counted.items():
            n = ((own > 0) == (name == "electronic")).sum()
            key = f"facts.{name}_counties.{state.lower()}"
            label = f"counties {word} electronic voting, {definition}"
            yield _row(key, n, "counties", label, used, len(own))
    known = nation[nation[definition].notna()]
    sums = known.groupby("state")[["harmed", "favoured"]].sum()
    share = 100 * sums["harmed"] / (sums["harmed"] + sums["favoured"])
    electronic = (known[definition] > 0).groupby(known["state"]).mean()
    for name, having in (("any", electronic > 0), ("most", electronic > 0.5)):
        gap = share[having].mean() - share[~having].mean()
        having_them = f"states where {name} counties vote electronically"
        label = f"mean two-party share of {having_them}, minus the others"
        yield _row(f"facts.between_states.{name}", gap, "points", label, used, len(share))


@_framed
def paper_trail(records: pd.DataFrame, chosen: Iterable[str], year: int) -> Iterator[Row]:
    """Share of the listed electronic machines that print a paper trail, by state.

    `records`: the ``equipment_records`` table.
    """
    known = records["polling_place"].fillna(False) & records["vvpat"].isin(["Yes", "No"])
    listed = records[(records["year"] == year) & known]
    for state in chosen:
        own = listed.loc[listed["state"] == state, "vvpat"]
        value = (own == "Yes").mean() if len(own) else None
        key = f"facts.paper_trail.{state.lower()}"
        label = "share of the listed electronic machines that have a paper trail"
        yield _row(key, value, "share", label, ["equipment_records"], len(own))


@_framed
def printed(
    votes: pd.DataFrame, chosen: Iterable[str], year: int, parties: Parties
) -> Iterator[Row]:
    """Margin of each state in every source as printed: what was known when.

    `votes`: the ``county_votes_printed`` table; files of one's own are kept as text in it, and what
    is no number there is no count; `parties`: **Positive** margins: the favoured party leads.
    Returns ``facts.count.<source>.<state>.<margin|margin_two_party|margin_share>``: votes, points
    of the two parties' votes, points of all votes.
    """
    harmed, favoured = parties.harmed.party, parties.favoured.party
    own = votes[(votes["year"] == year) & votes["state"].isin(list(chosen))]
    for name in (harmed, favoured, "total"):
        own = own.assign(**{name: pd.to_numeric(own[name], errors="coerce").astype("Float64")})
    sums = own.groupby(["source", "state"])[[harmed, favoured, "total"]].sum(min_count=1)
    for r in sums.reset_index().to_dict("records"):
        if pd.isna(r[harmed]) or pd.isna(r[favoured]):
            continue
        of = {"margin": 1, "margin_two_party": (r[favoured] + r[harmed]) / 100}
        if pd.notna(r["total"]) and r["total"] > 0:
            of["margin_share"] = r["total"] / 100
        for name, whole in of.items():
            key = f"facts.count.{r['source']}.{r['state'].lower()}.{name}"
            label = f"{name} in {r['source']}; positive: the favoured party leads"
            unit = "votes" if name == "margin" else "points"
            value = (r[favoured] - r[harmed]) / whole
            yield _row(key, value, unit, label, ["county_votes_printed"])


def _happened(r: Mapping[Any, Any]) -> Iterator[Row]:
    """One line of the timeline: its day, its words, its values."""
    key, label, used = f"facts.{r['id']}", r["fact"], ["fact_timeline"]
    yield _row(f"{key}.date", r["date"], "date", label, used)
    yield _row(f"{key}.fact", label, "text", label, used)
    if pd.isna(r["value"]):
        return
    values = [_number(part) for part in str(r["value"]).split(";")]
    names = str(r["state"]).lower().split("/")
    if len(values) == 1:
        names = ["value"]
    elif len(values) != len(names):
        names = [str(i + 1) for i in range(len(values))]
    for name, value in zip(names, values, strict=True):
        yield _row(f"{key}.{name}", value, "", label, used)


def _row(
    key: str, value: object, unit: str, label: str, tables: Sequence[str], n: int | None = None
) -> Row:
    return {
        "key": key, "value": value, "n": n, "unit": unit, "label": label, "tables": tuple(tables)
    }  # fmt: skip


def _number(text: str) -> Scalar:
    text = text.strip()
    try:
        return float(text.removesuffix("%"))
    except ValueError:
        return text
