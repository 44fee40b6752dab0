"""What ``sevenpercent new`` is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Request:
    """What ``sevenpercent new`` was told; empty values are asked for or get a default.

    Fields are the command's options of the same names, whose help says what each means.
    """

    name: str
    year: int = 0
    prior_year: int = 0
    states: list[str] = field(default_factory=list)
    focus: str = ""
    harmed: str = "dem"
    dem: str = ""
    rep: str = ""
    prior_dem: str = ""
    prior_rep: str = ""
    title: str = ""
    who: str = ""
    reported: str = ""
    claimed: float = 0.0
    unit: str = "points"
    claimed_votes: str = ""
    how: str = ""
    counted: str = ""
    model: str = ""
    nearest: str = ""
    gain: bool = False
    margin: int = 0
    electronic: str = "electronic voting machines"
    paper: str = "other ways to vote"
    adjective: str = "electronic"
    contrast: str = "other"
    machines: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """Files of which nobody said what they hold: any of it, or several things together."""
    controls: str = ""
    census_year: int = 0
    votes: list[Path] = field(default_factory=list)
    equipment: list[Path] = field(default_factory=list)
    demographics: list[Path] = field(default_factory=list)
    certified: list[Path] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    """File (as given, or its name) to where it was published."""
    office: str = ""
    forced: dict[str, str] = field(default_factory=dict)
    """File (as given) to the name of its format."""
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    """File (as given; empty for every file) to its column map."""
    ask: Callable[[str], str] | None = None
    """Asks the user for what is missing or in doubt; None when nobody can answer."""
    show: Callable[[str], None] = lambda line: None
    """Shows what columns are taken for."""

    @property
    def every(self) -> list[Path]:
        """Every file that was given."""
        return [*self.files, *self.votes, *self.equipment, *self.demographics, *self.certified]
