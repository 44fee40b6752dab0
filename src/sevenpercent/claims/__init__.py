"""The ledger of claims: who said what, which rule decides it, and the verdict it gets.

A claim is data (a YAML entry), a rule is code (a small pure function that knows no election), and
a verdict is computed from both and from the results of the other chapters, never written down.
"""

from sevenpercent.claims.ledger import RULES, Claim, Inputs, Ledger, Report, load
from sevenpercent.claims.verdict import Verdict, judge, published, tally, verdict
from sevenpercent.claims.words import Word

__all__ = [
    "RULES", "Claim", "Inputs", "Ledger", "Report", "Verdict", "Word", "judge", "load",
    "published", "tally", "verdict",
]  # fmt: skip
