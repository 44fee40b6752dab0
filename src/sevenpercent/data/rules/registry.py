"""What a data rule is, and their one registry: for committed tables, user data, injected faults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sevenpercent.data.rules import ballots, codes, equipment, keys, shares, sources, text, votes
from sevenpercent.data.rules.base import Finding, ordered
from sevenpercent.data.rules.case import VOTE_TABLES, Case

Check = Callable[[Case], list[Finding]]
"""Pure function from the tables at hand to its findings; a table that is missing is not checked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One data rule.

    `id`: stable name, used in dispositions and corrections; `question`: what it asks, in one plain
    sentence; `check`: finds what is wrong; `reads`: tables of which at least one must be present,
    else the rule is reported as not run.
    """

    id: str
    question: str
    check: Check
    reads: tuple[str, ...]

    @classmethod
    def of(cls, *checks: Check, reads: tuple[str, ...] = ()) -> Rule:
        """Rule by its first check, whose docstring asks its question.

        A fault that two checks see is reported once.
        """
        question = str(inspect.getdoc(checks[0])).partition("\n")[0]

        def check(case: Case) -> list[Finding]:
            found: dict[tuple[object, ...], Finding] = {}
            for f in (f for one in checks for f in one(case)):
                found.setdefault((f.table, f.source, f.key, f.row, f.column), f)
            return list(found.values())

        return cls(checks[0].__name__, question, check if checks[1:] else checks[0], reads)


RULES = (
    Rule.of(keys.keys_unique),
    Rule.of(codes.fips_valid, reads=(*VOTE_TABLES, "county_demographics", "county_equipment")),
    Rule.of(keys.missing_places, reads=VOTE_TABLES),
    Rule.of(keys.unmatched_keys),
    Rule.of(codes.permuted_codes, sources.votes_of_other_places, votes.exchanged_pairs,
            reads=VOTE_TABLES),
    Rule.of(text.text_encoding),
    Rule.of(votes.fractional_or_negative,
            reads=(*VOTE_TABLES, "state_votes", "wi_units", "wi_municipalities")),
    Rule.of(shares.share_range),
    Rule.of(votes.parts_exceed_total, shares.shares_exceed_whole,
            reads=(*VOTE_TABLES, "county_demographics")),
    Rule.of(votes.rows_do_not_add, ballots.methods_do_not_add, ballots.candidates_add,
            reads=(*VOTE_TABLES, "wi_units")),
    Rule.of(votes.total_row_among_data, reads=VOTE_TABLES),
    Rule.of(votes.repeated_total, reads=VOTE_TABLES),
    Rule.of(votes.party_swap, sources.exchanged_parties, reads=VOTE_TABLES),
    Rule.of(votes.out_of_line, reads=VOTE_TABLES),
    Rule.of(sources.sources_disagree, reads=VOTE_TABLES),
    Rule.of(sources.earlier_vintage, reads=("county_votes",)),
    Rule.of(sources.certified_totals, reads=("certified_totals",)),
    Rule.of(ballots.levels_agree, reads=("wi_units", "wi_municipalities")),
    Rule.of(ballots.electors_add, reads=("states", "house_delegations")),
    Rule.of(sources.unexplained_change, reads=("county_votes",)),
    Rule.of(equipment.impossible_equipment,
            reads=("equipment_records", "wi_units", "county_equipment")),
    Rule.of(ballots.implausible_ballots, reads=("wi_units",)),
    Rule.of(equipment.no_variation, reads=("county_equipment",)),
    Rule.of(equipment.too_few_units, reads=("county_equipment",)),
    Rule.of(text.first_publisher),
)  # fmt: skip
"""Every data rule, in the order in which they are reported."""


FOLLOWS_FROM_CODES = frozenset({"party_swap", "out_of_line"})
"""Rules whose findings at a place with a wrong code only repeat that its code is wrong."""


def applicable(rule: Rule, tables: Mapping[str, pd.DataFrame]) -> bool:
    """Whether a rule has something to read."""
    return not rule.reads or any(name in tables for name in rule.reads)


def find(
    tables: Mapping[str, pd.DataFrame],
    keys: Mapping[str, Sequence[str]] | None = None,
    only: Sequence[str] | None = None,
    shares: Mapping[str, Sequence[str]] | None = None,
) -> list[Finding]:
    """Run the rules on the tables at hand; errors first, then in a stable order.

    `tables`: tables by name, with the columns of the committed tables. A user's votes go in as
    ``county_votes_printed`` with a ``source`` of their own. None is changed; `keys`: primary key of
    each table; `only`: ids of the rules to run; all when absent; `shares`: columns of each table
    that hold shares (0..1).
    """
    case = Case(tables, keys, shares)
    chosen = [r for r in RULES if (only is None or r.id in only) and applicable(r, case.tables)]
    found = {rule.id: rule.check(case) for rule in chosen}
    misplaced = {(f.table, f.source, f.key) for f in found.get("permuted_codes", [])}
    for rule_id in FOLLOWS_FROM_CODES & set(found):
        found[rule_id] = [f for f in found[rule_id] if (f.table, f.source, f.key) not in misplaced]
    return ordered(f for hits in found.values() for f in hits)
