"""What was done about each finding: read, checked and matched from ``dispositions.yml``."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sevenpercent import strict
from sevenpercent.data.rules.base import Row
from sevenpercent.data.rules.registry import RULES
from sevenpercent.errors import InputError, demand

ACTIONS = ("corrected", "kept", "excluded")
"""corrected: the tables hold another value; kept: the value stands, with a reason; excluded: the
row is in no analysis."""


class Disposition(BaseModel):
    """One entry of ``dispositions.yml``.

    Attributes
    ----------
    rule, table, source : str
        What the entry is about; ``source`` may be a pattern (``*``).
    keys : list of str
        Patterns of the findings' keys. ``*`` stands for anything.
    column : str
        Pattern of the column.
    most : int, optional
        The entry explains at most this many findings; more are a new fault, and then none is
        explained. Required where a key pattern holds a ``*``.
    action : str
        One of `ACTIONS`.
    why : str
        The reason, in one or two sentences.
    cites : str
        The source that shows it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str
    table: str
    source: str = "*"
    keys: list[str] = Field(min_length=1)
    column: str = "*"
    most: int | None = None
    action: Literal["corrected", "kept", "excluded"]
    why: str = Field(min_length=10)
    cites: str = Field(min_length=3)

    def covers(self, finding: Row) -> bool:
        """Whether the entry speaks of a finding."""
        return (
            self.rule == finding["rule"]
            and self.table == finding["table"]
            and fnmatchcase(str(finding["source"]), self.source)
            and fnmatchcase(str(finding["column"]), self.column)
            and any(fnmatchcase(str(finding["key"]), key) for key in self.keys)
        )


def read_dispositions(path: Path) -> list[Disposition]:
    """Entries of a file of dispositions.

    Raises InputError when the file is no YAML list of entries, an entry is incomplete or names no
    rule.
    """
    if not path.is_file():
        return []
    entries = strict.read_any(path) or []
    if not isinstance(entries, list):
        raise InputError("The file must hold a list of entries", file=path)
    made = []
    known = [rule.id for rule in RULES]
    for number, entry in enumerate(entries, start=1):
        try:
            one = Disposition.model_validate(entry)
        except ValidationError as error:
            first = error.errors()[0]
            raise InputError(
                f"Entry {number} is not complete: {first['msg']}",
                file=path,
                column=".".join(str(part) for part in first["loc"]),
            ) from error
        demand(one.rule, known, f"Entry {number} names no rule", file=path, column="rule")
        if one.most is None and any("*" in key for key in one.keys):
            raise InputError(
                f"Entry {number} has a pattern among its keys and must say how many findings it "
                "explains at most",
                file=path,
                column="most",
            )
        made.append(one)
    return made


def explain(found: pd.DataFrame, entries: Sequence[Disposition]) -> pd.DataFrame:
    """Findings with the entry that explains each.

    Returns ``found`` with ``action`` (``open`` where nothing explains the finding), ``why`` and
    ``cites``.

    `found`: as returned by `registry.findings`; `entries`: the first one that covers a finding
    explains it.
    """
    chosen = [
        next((i for i, e in enumerate(entries) if e.covers(finding)), None)
        for finding in found.to_dict("records")
    ]
    uses = pd.Series(chosen, dtype="object").value_counts()
    spent = {
        i for i, e in enumerate(entries) if e.most is not None and int(uses.get(i, 0)) > e.most
    }
    kept = [entries[i] if i is not None and i not in spent else None for i in chosen]
    return found.assign(
        action=[e.action if e else "open" for e in kept],
        why=[e.why if e else "" for e in kept],
        cites=[e.cites if e else "" for e in kept],
    )


def unused(found: pd.DataFrame, entries: Sequence[Disposition]) -> list[Disposition]:
    """Entries that explain no finding any more: stale, to be deleted."""
    rows = found.to_dict("records")
    return [e for e in entries if not any(e.covers(row) for row in rows)]
