"""Findings of one cause in one line, and whether a book may be built with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from sevenpercent.data.rules.base import PARTIES, SEVERITIES, Finding
from sevenpercent.data.rules.votes import SLIPPED
from sevenpercent.errors import InputError
from sevenpercent.model.scenario import Scenario

ALIKE = 10
"""More findings of one kind in one file than this are one pattern."""

NAMED = 3
"""Errors that are named where a book is not built."""

COUNTED = (
    "party_swap", "parts_exceed_total", "out_of_line", "rows_do_not_add", "sources_disagree",
    "repeated_total",
)  # fmt: skip
"""Rules about the numbers of a line, the better explanation of a wrong one first."""

WRITTEN = "fractional_or_negative"
"""The rule about how numbers are written: each cell of it is a cause of its own."""


def of_a_line(found: Iterable[Finding]) -> list[Finding]:
    """One finding for the wrong numbers of a line: the best explanation, with the worst severity."""
    out: list[Finding] = []
    lines: dict[tuple[object, ...], list[Finding]] = {}
    for f in found:
        if f.rule in (*COUNTED, WRITTEN) and f.row is not None:
            lines.setdefault((f.table, f.source, f.row, f.key), []).append(f)
        else:
            out.append(f)
    for same in lines.values():
        if written := [f for f in same if f.rule == WRITTEN]:
            out += written
            continue
        # A digit too many spoils one party's votes; an exchange of parties spoils both.
        off = {f.column for f in same if f.rule == "out_of_line" and f.column in PARTIES}
        first = min(same, key=partial(_rank, one=len(off) == 1))
        worst = min((f.severity for f in same), key=SEVERITIES.index)
        others = sorted({f.rule for f in same} - {first.rule})
        message = first.message + (f" (so too: {', '.join(others)})" if others else "")
        out.append(replace(first, severity=worst, message=message))
    return out


def _rank(f: Finding, one: bool) -> tuple[bool, int, bool, str]:
    # A total short of its parts says more than that it is far from what was expected.
    slipped = one and f.fix == SLIPPED and f.column != "total"
    return (not slipped, COUNTED.index(f.rule), f.column == "total", f.column)


def of_a_kind(found: Iterable[Finding]) -> list[Finding]:
    """Many findings of one rule about one column of a file as one, the first, with their number."""
    kinds: dict[tuple[str, ...], list[Finding]] = {}
    for f in found:
        kinds.setdefault((f.severity, f.rule, f.source, f.column), []).append(f)
    out = []
    for same in kinds.values():
        first, more = same[0], len(same) - 1
        if len(same) > ALIKE:
            message = f"{first.message}; and {more:,} more lines of this kind"
            out.append(replace(first, message=message))
        else:
            out += same
    return out


def admitted(chosen: Scenario, found: Iterable[Finding], despite: bool) -> Scenario:
    """The scenario as it may be built: with the errors of its data written in it, or not at all.

    Raises InputError: there are errors: the first three, and the command that shows all.

    `despite`: build although there are errors; pages that rest on them say so.
    """
    errors = of_a_kind(f for f in found if f.severity == "error")
    if not errors:
        return chosen
    if not despite:
        many = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        first = "\n".join(f"  {f.shown()}" for f in errors[:NAMED])
        raise InputError(
            f"{chosen.id} is not built, its data have {many}. "
            f"{'The first three' if len(errors) > NAMED else 'Named'}:\n{first}\n"
            f"All of them: sevenpercent check {chosen.id}",
            fix="Mend them, or add --despite-errors for a book that says so on its pages.",
        )
    told_of: dict[str, list[str]] = {}
    for f in errors:
        told_of.setdefault(f.table.removesuffix("_printed"), []).append(f.shown())
    return chosen.model_copy(update={"despite": told_of})
