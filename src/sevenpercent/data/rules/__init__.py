"""Data rules: one registry that finds what is wrong in a table, and what was done about it."""

from sevenpercent.data.rules.report import examine

__all__ = ["examine"]
