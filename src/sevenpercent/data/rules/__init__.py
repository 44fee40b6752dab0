"""Data rules: one registry that finds what is wrong in a table, and what was done about it."""

from sevenpercent.data.rules.base import COLUMNS, Finding
from sevenpercent.data.rules.dispositions import ACTIONS, Disposition, explain, read_dispositions
from sevenpercent.data.rules.registry import RULES, Rule, findings
from sevenpercent.data.rules.report import Report, check_data, described, examine

__all__ = [
    "ACTIONS", "COLUMNS", "RULES", "Disposition", "Finding", "Report", "Rule", "check_data",
    "described", "examine", "explain", "findings", "read_dispositions",
]  # fmt: skip
