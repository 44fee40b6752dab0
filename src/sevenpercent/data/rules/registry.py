"""What a data rule is, and their one registry: for committed tables, user data, injected faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sevenpercent.data.rules import (
    ballots,
    codes,
    corrections,
    electors,
    equipment,
    keys,
    provenance,
    shares,
    sources,
    text,
    votes,
)
from sevenpercent.data.rules.base import Finding, to_frame
from sevenpercent.data.rules.case import VOTE_TABLES, Case

VOTES = "county votes: code, state, county, year, dem, rep, other, total"


@dataclass(frozen=True, slots=True)
class Rule:
    """One data rule.

    Parameters
    ----------
    id : str
        Stable name, used in dispositions and corrections.
    question : str
        What it asks, in one plain sentence.
    needs : str
        The tables and columns it reads, in words.
    check : callable
        Pure function from the tables at hand (a `Case`) to its findings; a table that is missing
        is not checked.
    reads : tuple of str
        Tables of which at least one must be present, else the rule is reported as not run.
    """

    id: str
    question: str
    needs: str
    check: Callable[[Case], list[Finding]]
    reads: tuple[str, ...]


def _all(*checks: Callable[[Case], list[Finding]]) -> Callable[[Case], list[Finding]]:
    """Several checks that answer one question; a fault that two of them see is reported once."""

    def check(case: Case) -> list[Finding]:
        found: dict[tuple[object, ...], Finding] = {}
        for one in checks:
            for f in one(case):
                found.setdefault((f.table, f.source, f.key, f.row, f.column), f)
        return list(found.values())

    return check


RULES: tuple[Rule, ...] = (
    Rule(
        "keys_unique",
        "Does every place and year stand there exactly once?",
        "any table with its primary key; " + VOTES,
        keys.keys_unique,
        (),
    ),
    Rule(
        "fips_valid",
        "Is every county code a real one, complete, and of the state it stands with?",
        "codes and states; the Census Bureau's list of counties (county_points)",
        codes.fips_valid,
        (*VOTE_TABLES, "county_demographics", "county_equipment"),
    ),
    Rule(
        "missing_places",
        "Is every place there, with votes and with demographics?",
        VOTES + "; county_points, states; county_demographics",
        keys.missing_places,
        VOTE_TABLES,
    ),
    Rule(
        "unmatched_keys",
        "Does every key find its partner in the table it is joined to?",
        "the tables to be joined",
        keys.unmatched_keys,
        (),
    ),
    Rule(
        "permuted_codes",
        "Does every row's code belong to the place that it names and whose votes it carries?",
        VOTES + "; names, a second source or other years",
        _all(codes.permuted_codes, sources.votes_of_other_places, votes.exchanged_pairs),
        VOTE_TABLES,
    ),
    Rule(
        "text_encoding",
        "Was the text read with the right character set?",
        "any text column",
        text.text_encoding,
        (),
    ),
    Rule(
        "fractional_or_negative",
        "Is every count a whole number of zero or more?",
        "any column of counts",
        votes.fractional_or_negative,
        (*VOTE_TABLES, "state_votes", "wi_units", "wi_municipalities"),
    ),
    Rule(
        "share_range",
        "Does every share lie between 0 and 1?",
        "any column of shares",
        shares.share_range,
        (),
    ),
    Rule(
        "parts_exceed_total",
        "Are parts no more than their whole?",
        VOTES + "; shares of one population",
        _all(votes.parts_exceed_total, shares.shares_exceed_whole),
        (*VOTE_TABLES, "county_demographics"),
    ),
    Rule(
        "rows_do_not_add",
        "Do the parts of each row add to its total?",
        VOTES + "; ballots by method; votes by candidate",
        _all(votes.rows_do_not_add, ballots.methods_do_not_add, ballots.candidates_add),
        (*VOTE_TABLES, "wi_units"),
    ),
    Rule(
        "total_row_among_data",
        "Is no row the total of the others?",
        VOTES,
        votes.total_row_among_data,
        VOTE_TABLES,
    ),
    Rule(
        "repeated_total",
        "Is no total repeated for several places?",
        VOTES,
        votes.repeated_total,
        VOTE_TABLES,
    ),
    Rule(
        "party_swap",
        "Does no place become ordinary only when the two parties are exchanged?",
        VOTES + " of two years; county_neighbours or a second source",
        _all(votes.party_swap, sources.exchanged_parties),
        VOTE_TABLES,
    ),
    Rule(
        "out_of_line",
        "Is every count near what the place's other years and its neighbours suggest?",
        VOTES + " of two years; county_neighbours",
        votes.out_of_line,
        VOTE_TABLES,
    ),
    Rule(
        "sources_disagree",
        "Do independent sources print the same votes?",
        VOTES + " from two sources; state_votes",
        sources.sources_disagree,
        VOTE_TABLES,
    ),
    Rule(
        "earlier_vintage",
        "Is every source's count the final one?",
        "county_votes with vintages; a printed source",
        sources.earlier_vintage,
        ("county_votes",),
    ),
    Rule(
        "certified_totals",
        "Do the places add to the certified totals?",
        "county_votes; certified_totals",
        sources.certified_totals,
        ("certified_totals",),
    ),
    Rule(
        "levels_agree",
        "Do reporting units and municipalities add to their county?",
        "wi_units, wi_municipalities; county_votes",
        ballots.levels_agree,
        ("wi_units", "wi_municipalities"),
    ),
    Rule(
        "electors_add",
        "Do electoral votes, House seats and states' votes add up?",
        "states with electoral votes; state_votes; house_delegations",
        electors.electors_add,
        ("states", "house_delegations"),
    ),
    Rule(
        "unexplained_change",
        "Does every cell equal its source, or does a recorded correction say why not?",
        "county_votes; county_votes_printed; corrections",
        corrections.unexplained_change,
        ("county_votes",),
    ),
    Rule(
        "impossible_equipment",
        "Did every place own the machines that it is listed with, or counted ballots on?",
        "equipment_records, wi_municipalities, wi_units, county_equipment",
        equipment.impossible_equipment,
        ("equipment_records", "wi_units", "county_equipment"),
    ),
    Rule(
        "implausible_ballots",
        "Can each unit's ballots by method be, given its ballots, voters and votes?",
        "wi_units with ballots by method",
        ballots.implausible_ballots,
        ("wi_units",),
    ),
    Rule(
        "no_variation",
        "Does the treatment vary within the state?",
        "county_equipment",
        equipment.no_variation,
        ("county_equipment",),
    ),
    Rule(
        "too_few_units",
        "Are there enough places on either side of the treatment?",
        "county_equipment",
        equipment.too_few_units,
        ("county_equipment",),
    ),
    Rule(
        "first_publisher",
        "Does every fact name who published it first, or say that nobody is known?",
        "tables of facts with source and source_kind",
        provenance.first_publisher,
        (),
    ),
)
"""Every data rule, in the order in which they are reported."""


FOLLOWS_FROM_CODES = frozenset({"party_swap", "out_of_line"})
"""Rules whose findings at a place with a wrong code only repeat that its code is wrong."""


def applicable(rule: Rule, tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether a rule has something to read."""
    return not rule.reads or any(name in tables for name in rule.reads)


def findings(
    tables: Mapping[str, pd.DataFrame],
    keys: Mapping[str, Sequence[str]] | None = None,
    only: Sequence[str] | None = None,
    shares: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Run the rules on the tables at hand.

    Returns one row per finding: ``rule, severity (error|warning|note), table, source, row, key,
    column, value, expected, message, fix``; errors first, then in a stable order.

    Parameters
    ----------
    tables : mapping of str to pandas.DataFrame
        Tables by name, with the columns of the committed tables. A user's votes go in as
        ``county_votes_printed`` with a ``source`` of their own. None is changed.
    keys : mapping of str to sequence of str, optional
        Primary key of each table.
    only : sequence of str, optional
        Ids of the rules to run; all when absent.
    shares : mapping of str to sequence of str, optional
        Columns of each table that hold shares (0..1).
    """
    case = Case(tables, keys, shares)
    chosen = [r for r in RULES if (only is None or r.id in only) and applicable(r, case.tables)]
    found = {rule.id: rule.check(case) for rule in chosen}
    misplaced = {(f.table, f.source, f.key) for f in found.get("permuted_codes", [])}
    for rule_id in FOLLOWS_FROM_CODES & set(found):
        found[rule_id] = [f for f in found[rule_id] if (f.table, f.source, f.key) not in misplaced]
    return to_frame(f for hits in found.values() for f in hits)
