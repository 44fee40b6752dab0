"""How one published file is to be read: what it holds, its layout, and what it does not say itself."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from sevenpercent import paths
from sevenpercent.strict import Strict

Postal = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]

COUNTY = ("fips", "state", "county")
PLACE = (*COUNTY, "precinct")
"""Our names of the columns that say where a line is from."""

OWN = "own_"
"""What the names of columns begin with that only the file of a book's own has."""

OwnColumn = Annotated[str, Field(pattern=rf"^{OWN}[A-Za-z0-9_]{{1,60}}$")]

Holds = Literal["votes", "equipment", "demographics", "certified"]
"""Kinds of files."""


class Input(Strict):
    """A file that tables are read from."""

    file: str
    """Path, absolute or below the root of the project."""
    holds: Holds
    format: Identifier
    """Name in ``data/formats.yml``, or ``columns`` for a file read by its column map."""
    columns: dict[str, str] = {}
    """Our name of a column to that of the file."""
    source: str = ""
    """Where the file was published: an address, or who sent it."""
    office: str = ""
    """Office whose lines are read, by a text in its name; empty: President."""
    year: int | None = None
    """Election of the votes, or year of the list of machines, where the file does not say it."""
    state: Postal | None = None
    candidates: dict[str, str] = {}
    """Candidates by name, for files whose lines do not say the party."""
    machines: dict[str, dict[str, str]] = {}
    """Readings made from a list of equipment: text that its ``make`` or ``type`` contains, and the
    ``label`` that a sentence gives such machines."""

    @property
    def path(self) -> Path:
        """Where the file lies; a relative path is below the root of the project."""
        path = Path(self.file)
        with suppress(RuntimeError):  # there is no such user
            path = path.expanduser()
        return path if path.is_absolute() else paths.ROOT / path

    @property
    def census(self) -> bool:
        """Whether it has census figures, and not only columns of one's own."""
        rest = [c for c in self.columns if c not in COUNTY]
        own = bool(rest) and all(c.startswith(OWN) for c in rest)
        return self.holds == "demographics" and not (own and self.format == "columns")
