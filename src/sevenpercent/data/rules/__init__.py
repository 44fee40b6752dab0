"""Data rules: one registry that finds what is wrong in a table, and what was done about it."""

from sevenpercent.data.rules.base import COLUMNS, Finding
from sevenpercent.data.rules.registry import RULES, Rule, findings
from sevenpercent.data.rules.report import (
    ACTIONS,
    Disposition,
    Report,
    check_data,
    described,
    examine,
    explain,
    read_dispositions,
)

__all__ = [
    "ACTIONS", "COLUMNS", "RULES", "Disposition", "Finding", "Report", "Rule", "check_data",
    "described", "examine", "explain", "findings", "read_dispositions",
]  # fmt: skip
