"""What a recount may be asked for, by when and at which margin: the days after an election.

A scenario's ``calendar.yml`` says which looked-up facts stand on the timeline, which claims of its
ledger state margins, and which ones are set side by side. Dates, sums and rules themselves stand
in the tables of facts.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import jinja2
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sevenpercent.errors import InputError, nearest
from sevenpercent.model import words as prose
from sevenpercent.model.scenario import Identifier, Postal, read_yaml

Kind = Literal["vote", "report", "deadline", "request", "count", "court", "electors"]
Text = Annotated[str, Field(min_length=1)]

UNITS = {"votes": 0.0, "percent of votes": 0.01}
"""How a threshold is printed, and what one unit is as a share of all votes (0: votes)."""


class Strict(BaseModel):
    """A part of a calendar in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Event(Strict):
    """One line of the timeline.

    Attributes
    ----------
    fact : str
        Id of a row of ``fact_timeline``, which gives date and source.
    place : str
        State, or ``US``.
    kind : str
        Mark and colour.
    label : str
        A few words for the figure.
    """

    fact: Identifier
    place: Postal
    kind: Kind
    label: Text


class Margin(Strict):
    """Margin of one state as reports gave it: claims of the ledger with a value each."""

    state: Postal
    percent: Identifier | None = None
    votes: Identifier | None = None


class Tally(Strict):
    """Margins as the press gave them at a later date, for the table of margins.

    Attributes
    ----------
    label : str
        The day, for the head of a column.
    facts : str
        Result key without the state's postal code at its end.
    """

    label: Text
    facts: Text


class Dispute(Strict):
    """Statements set side by side, and what the record says, as a template over results."""

    question: Text
    claims: list[Identifier] = Field(min_length=1)
    record: Text

    @field_validator("record")
    @classmethod
    def _well_formed(cls, text: str) -> str:
        try:
            prose.environment().parse(text)
        except jinja2.TemplateError as e:
            raise ValueError(f"record is not a well-formed sentence: {e}") from None
        return text


class Sum(Strict):
    """A figure made of others: results added, and results taken away."""

    id: Identifier
    label: Text
    plus: list[Text] = Field(min_length=1)
    minus: list[Text] = []


class Electors(Strict):
    """States of the electors who are known by name.

    Attributes
    ----------
    announced : list of str
        Of those who said beforehand that they would vote against their state's winner.
    stopped : list of str
        Of those whose vote was not accepted.
    """

    announced: list[Postal]
    stopped: list[Postal]


class Calendar(Strict):
    """Everything that one scenario says about the days after its election."""

    election: date
    reported: date
    events: list[Event] = Field(min_length=1)
    margins: list[Margin] = []
    tally: Tally | None = None
    sums: list[Sum] = []
    electors: Electors | None = None
    disputes: list[Dispute] = []


def load(path: Path) -> Calendar:
    """Read and check a calendar.

    Raises
    ------
    InputError
        Naming file and key of the first fault.
    """
    if not path.is_file():
        raise InputError(
            "the scenario has no calendar", file=path, fix="Write one, or leave the chapter out."
        )
    try:
        return Calendar.model_validate(read_yaml(path))
    except ValidationError as e:
        first = e.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["type"] == "literal_error":
            listed = str(first["ctx"]["expected"]).replace(" or ", ", ")
            valid = [name.strip(" '") for name in listed.split(",")]
            raise InputError(
                "unknown name",
                file=path,
                column=where,
                value=first["input"],
                fix=nearest(str(first["input"]), valid),
            ) from None
        text = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        raise InputError(text, file=path, column=where) from None


def day(text: str) -> date:
    """Date of a fact, ``YYYY-MM-DD``.

    Raises
    ------
    InputError
        When only a month or a year is known: such a fact has no place on a timeline of days.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError("not a day", value=text, fix="Give YYYY-MM-DD.") from None


def weekday(when: date) -> str:
    """English name of the day of the week."""
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return names[when.weekday()]


def threshold_votes(value: float, unit: str, total: int) -> float:
    """Threshold in votes, when it is printed in votes or in percent of all votes.

    Parameters
    ----------
    value : float
        As printed.
    unit : str
        ``votes`` or ``percent of votes``.
    total : int
        All votes cast for the office.
    """
    if unit not in UNITS:
        raise InputError("unknown unit of a threshold", value=unit, fix=nearest(unit, UNITS))
    return value * UNITS[unit] * total if UNITS[unit] else value


def electors_to_block(pledged: int, total: int) -> int:
    """Electors who must desert a winner until nobody has a majority of all electors.

    Zero when the candidate has no majority to lose.
    """
    return max(0, pledged - total // 2)
