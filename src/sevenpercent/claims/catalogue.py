"""Every decision rule by name."""

from __future__ import annotations

from sevenpercent.claims import rules, witnesses
from sevenpercent.claims.rules import Rule

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        rules.equals_as_reported,
        rules.at_least,
        rules.at_most,
        rules.more_than,
        rules.less_than,
        rules.rules_out,
        rules.same_date,
        rules.after,
        rules.not_after,
        rules.mentions,
        rules.vanishes,
        rules.positive_beyond_chance,
        rules.needs_all,
        rules.opinion,
        witnesses.two_witnesses,
    )
}
