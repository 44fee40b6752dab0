"""The errors a user sees: one clear message, an exit status, never a traceback."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from sevenpercent.escape import printable


class SevenPercentError(Exception):
    """Base of every error that is reported to the user as one message."""

    exit_code = 1
    """Exit status of the command line."""


LONGEST = 400
"""Letters of a value that a message shows."""


class InputError(SevenPercentError):
    """Something handed to the program (file, scenario, option) is wrong.

    `problem`: what is wrong, in plain words; `file`, `row`, `column`, `value`: where it stands,
    `row` being the line of the file as an editor shows it (the header is line 1); `fix`: what the
    user can do about it.
    """

    exit_code = 2

    def __init__(
        self,
        problem: str,
        *,
        file: object = None,
        row: object = None,
        column: object = None,
        value: object = None,
        fix: str | None = None,
    ) -> None:
        self.problem, self.file, self.row = problem, file, row
        self.column, self.value, self.fix = column, value, fix
        super().__init__(str(self))

    def __str__(self) -> str:
        named = {"row": self.row, "column": self.column, "value": self.value}
        place = ", ".join(
            f"{k} {shortened(v)}" if k != "row" else f"row {v}"
            for k, v in named.items()
            if v is not None
        )
        head = f"{printable(self.file)[:LONGEST]}: " if self.file is not None else ""
        tail = f" ({place})" if place else ""
        todo = f" {self.fix}" if self.fix else ""
        return f"{head}{self.problem}{tail}.{todo}"


class NotThereError(InputError):
    """A number or a row that a sentence names does not exist in this book."""


def shortened(value: object) -> str:
    """A value as a message shows it."""
    shown = repr(value)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}... ({len(shown):,} letters)"


class ChapterError(SevenPercentError):
    """A chapter failed while it ran; names chapter, cell and cause."""


class RefusedError(ChapterError):
    """A chapter failed because of what it was given: a table or a setting."""

    exit_code = InputError.exit_code


def unforeseen(kind: str, text: object = "") -> str:
    """What went wrong where nobody foresaw it, in words: never the name of a class alone.

    Examples
    --------
    >>> unforeseen("ZeroDivisionError", "division by zero"), unforeseen("KeyError")
    ('division by zero (zero division error)', 'key error')
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
    said = str(text).strip()
    return f"{said} ({words})" if said else words


_SYSTEM = {
    errno.ENOSPC: ("the disk is full", "Free some space; what was finished is kept."),
    errno.EDQUOT: ("the disk is full for this user", "Free some space; what was finished is kept."),
    errno.EROFS: (
        "the disk can only be read",
        "Work where it can be written, or use --out FOLDER.",
    ),
    errno.EACCES: ("permission is missing", "Change who may read or write there, or use another."),
    errno.EPERM: ("permission is missing", "Change who may read or write there, or use another."),
    errno.EMFILE: ("too many files are open", "Raise the limit (ulimit -n), or use fewer --jobs."),
}
"""What the system's errors mean to a reader, and what to do."""


def of_system(error: OSError) -> str:
    """One message about an error of the system: file, what is wrong, what to do."""
    what, fix = _SYSTEM.get(error.errno or 0, (error.strerror or str(error), ""))
    file = printable(error.filename2 or error.filename or "")[:LONGEST]
    return " ".join(filter(None, [f"{file}:" if file else "", f"{what}.", fix]))


SHOWN = 24
"""Valid names that a message lists at most."""


def nearest(word: str, valid: Iterable[str]) -> str:
    """Sentence that offers the nearest valid name, or all of them when none is near."""
    names = sorted(set(valid))
    if not names:
        return "There is none."
    close = get_close_matches(word.lower(), [n.lower() for n in names], n=1, cutoff=0.6)
    if close:
        return f"Did you mean {next(n for n in names if n.lower() == close[0])!r}?"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "Valid names: " + ", ".join(names[:SHOWN]) + more + "."


def demand(
    name: str, valid: Iterable[str], problem: str, *, told: str = "value", **where: object
) -> None:
    """Refuse a name that is not a valid one, and offer the nearest.

    `told`: whether the message names it as ``value`` or as ``column``; `where`: file, row, value or
    column, as :class:`InputError` takes them.
    """
    if name not in (names := [one for one in valid if isinstance(one, str)]):
        place: dict[str, Any] = {**where, told: name}
        raise InputError(problem, fix=nearest(name, names), **place)
