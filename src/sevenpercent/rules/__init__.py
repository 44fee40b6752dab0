"""Data rules: one registry that finds what is wrong in a table, and what was done about it."""

from sevenpercent.rules.base import COLUMNS, Finding, Rule
from sevenpercent.rules.dispositions import ACTIONS, Disposition, explain, read_dispositions
from sevenpercent.rules.registry import RULES, findings
from sevenpercent.rules.report import Report, check_data, described, examine

__all__ = [
    "ACTIONS",
    "COLUMNS",
    "RULES",
    "Disposition",
    "Finding",
    "Report",
    "Rule",
    "check_data",
    "described",
    "examine",
    "explain",
    "findings",
    "read_dispositions",
]
