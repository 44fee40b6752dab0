"""Parts of a scenario: sides, tables, definitions, outcomes, the claim."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from sevenpercent import strict
from sevenpercent.data.inputs import OWN, Identifier, Postal
from sevenpercent.strict import Strict


def _below(path: str) -> str:
    if not path or PurePath(path).is_absolute() or ".." in PurePath(path).parts or "\0" in path:
        raise ValueError("must be a path below the project, without '..'")
    return path


Below = Annotated[str, AfterValidator(_below)]
"""A path below the root of the project, where files are written too."""

NATION = "US"
"""Stands for the whole country where a state could be named."""

NATION_WIDE = 25
"""States with votes and machines from which on the nation is set beside the states."""


COVARIATES = (
    "population", "log_population", "white_nh", "black", "hispanic", "nonwhite", "college",
    "white_noncollege", "income", "age_65_over", "age_under_30", "unemployment", "rural",
    "density", "log_density", "two_party_prior",
)  # fmt: skip


def _covariate(name: str) -> str:
    if not name.startswith(OWN):
        strict.one_of(name, COVARIATES, "unknown name")
    return name


Covariate = Annotated[str, AfterValidator(_covariate)]
"""What a comparison adjusts for: a census figure, an earlier vote, or ``own_NAME``, one of
``Scenario.covariates``."""


class OwnCovariate(Strict):
    """A column of a book's own file: how a sentence names it, its unit, and its last year."""

    words: str = Field(min_length=1, max_length=80)
    unit: str = Field(default="", max_length=20)
    year: int | None = Field(default=None, ge=1776, le=2100)


Outcome = Literal[
    "level_two_party", "level_share_all", "change_two_party", "change_share_all", "log_votes",
    "log_ratio", "level_log_share",
]  # fmt: skip

MunicipalCovariate = Literal[
    "population", "log_population", "white", "black", "hispanic", "college", "income", "age",
    "log_density", "log_votes_prior_all", "town", "two_party_prior",
]  # fmt: skip

MunicipalOutcome = Literal[
    "change_two_party", "change_share_all", "log_ratio", "same_ballots", "same_ballots_share_all",
    "same_ballots_log",
]  # fmt: skip

Weights = Literal["none", "votes", "votes_prior", "population"]
Errors = Literal["classical", "hc1", "hc2", "hc2_bm", "hc3", "cr1", "cr3"]
Effects = Literal["none", "state"]


class Party(Strict):
    """One side of the claim."""

    party: Literal["dem", "rep"]
    name: str
    adjective: str
    candidate: str
    prior_candidate: str


class Parties(Strict):
    """The side said to be harmed, and the other."""

    harmed: Party
    favoured: Party

    @model_validator(mode="after")
    def _differ(self) -> Parties:
        if self.harmed.party == self.favoured.party:
            raise ValueError("harmed and favoured must be different parties")
        return self

    @property
    def sides(self) -> dict[str, Any]:
        """Columns of votes by side."""
        return {"harmed": self.harmed.party, "favoured": self.favoured.party}


class Tables(Strict):
    """Names of the tables in ``data/`` that the chapters read."""

    votes: str = "county_votes"
    equipment: str = "county_equipment"
    demographics: str = "county_demographics"
    points: str = "county_points"
    neighbours: str = "county_neighbours"
    states: str = "states"
    delegations: str | None = "house_delegations"
    """State delegations of the House; None: no table says who the electors of that year were."""
    units: str | None = None
    unit_votes: str | None = None
    units_before: str | None = None
    """Votes by reporting unit in the election before: ``dem, rep, total``."""
    evidence: str | None = None
    """Looked-up findings about paper and machines, as ``fact_evidence`` has them."""
    municipalities: str | None = None
    precincts: str | None = None
    precinct_equipment: str | None = None
    polls: str | None = "polls"
    timeline: str | None = "fact_timeline"
    certified: str | None = "certified_totals"
    folder: Below | None = None
    """Folder below the root of the project with tables of this book's own; a table that is not
    there is taken from ``data/``."""


Said = Literal["electronic", "paper", "adjective", "contrast"]


class Reading(Strict):
    """One meaning of "electronic": its label and how it reads in a sentence.

    A reading that is another machine, and not another meaning of the same word, brings its own words
    for the machines, for what the others use, and for both kinds of places.
    """

    label: str
    describes: str
    electronic: str = ""
    paper: str = ""
    adjective: str = ""
    contrast: str = ""


class Treatment(Strict):
    """Which readings of "electronic" are shown, and which one leads."""

    primary: Identifier
    readings: dict[Identifier, Reading]
    national: list[Identifier]
    electronic: str
    paper: str
    adjective: str = "electronic"
    """Places with such machines, in a word before "counties"."""
    contrast: str = "paper"
    """The same for the places they are compared with."""
    measured: str = ""
    """What a share of ballots counts; empty: ballots on such machines."""
    vintage: Literal["canvass", "recount", "election_night", "first_posting", "certified"]
    version: Literal["printed", "corrected"] = "corrected"

    def said(self, what: Said, reading: str = "") -> str:
        """Words of a reading, of the one that leads where none is named; the scenario's, if it has none."""
        own = self.readings.get(reading or self.primary)
        return (getattr(own, what) if own else "") or str(getattr(self, what))

    @property
    def several(self) -> bool:
        """Whether the readings are different machines, and not meanings of one word."""
        return any(reading.adjective for reading in self.readings.values())

    def alike(self, one: str, other: str) -> bool:
        """Whether two readings are meanings of one word, and not different machines."""
        words: tuple[Said, ...] = ("electronic", "adjective")
        return all(self.said(what, one) == self.said(what, other) for what in words)

    def meanings(self, of: str = "") -> list[str]:
        """Readings that are of the same machines as one, `of`; as the leading one where none is named."""
        return [name for name in self.readings if self.alike(name, of or self.primary)]

    @model_validator(mode="after")
    def _known(self) -> Treatment:
        for name in (self.primary, *self.national):
            strict.one_of(name, self.readings, f"reading {name!r} has no entry")
        return self


class Outcomes(Strict):
    """Which outcomes are shown, and which one leads."""

    primary: Outcome
    shown: list[Outcome]


class Model(Strict):
    """One published or neighbouring regression of the controls chapter."""

    id: Identifier
    who: str
    says: str
    place: str
    reading: Identifier
    outcome: Outcome
    controls: Identifier
    weights: Weights = "none"
    population_floor: int = 0
    effects: Effects = "none"
    errors: Errors = "hc2_bm"


Unit = Literal["percent", "points", "points_all", "votes"]
"""Units that a claim may be stated in."""


class Claim(Strict):
    """The figures of the claim as it was reported."""

    percent: float | None = Field(default=None, gt=0)
    """The size that was claimed, in the unit that follows; None where votes alone were."""
    unit: Unit = "percent"
    """``points`` of the two-party share, ``points_all`` of all votes, ``percent`` of the side's own
    votes, or ``votes`` alone."""
    votes: int | None = Field(None, gt=0)
    votes_most: int | None = Field(default=None, gt=0)
    """Upper end, where a range of votes was claimed."""
    counted: Literal["lead"] | None = None
    """``lead``: the votes are those by which the lead moved, so that a switched one counts twice;
    None: each vote once."""
    side: Literal["favoured"] | None = None
    """``favoured``: the claim speaks of a gain of that side; None: of a loss of the harmed one."""
    margin: int | None = Field(None, gt=0)
    state: Postal
    """The state that the claim puts numbers on; ``US`` for the whole country."""
    reported: str
    who: str = ""
    """Who makes the claim; empty: nobody, the size was set for the book."""

    @field_validator("reported", mode="before")
    @classmethod
    def _as_text(cls, day: object) -> object:
        """YAML reads a day that is not quoted as a date."""
        return str(day) if isinstance(day, date | int) else day

    @property
    def said(self) -> str:
        """What was done with the size: ``claimed``, or ``supposed`` where it is no one's claim."""
        return "claimed" if self.who else "supposed"

    @model_validator(mode="after")
    def _sized(self) -> Claim:
        if self.unit == "votes" and self.percent is not None:
            raise ValueError(
                f"percent {self.percent:g} has no meaning beside unit votes; leave percent out, or "
                "set unit to points, points_all or percent"
            )
        if (self.percent or 0) >= 100 and not self.gain:
            all_ = "is all that there was, or more; name less than 100"
            raise ValueError(f"percent {self.percent:g} {all_}")
        if self.unit == "votes" and self.votes is None:
            raise ValueError("unit votes needs the number of votes; add votes, as in votes: 130000")
        if self.unit != "votes" and self.percent is None:
            raise ValueError(
                f"unit {self.unit} needs a size; add percent, as in percent: 2, or set unit to votes"
            )
        if self.votes_most is not None and self.votes_most <= (self.votes or 0):
            raise ValueError(
                f"votes_most {self.votes_most} is not above votes {self.votes or 0}; "
                "write the lower end first"
            )
        return self

    @property
    def gain(self) -> bool:
        """Whether the claim speaks of what the favoured side won, not of what the other lost."""
        return self.side == "favoured"

    def lead(self, amount: str, how: str) -> float:
        """Votes by which a number of votes that the claim names moves the lead; else zero."""
        if self.unit != "votes" or amount not in ("votes", "votes_most"):
            return 0.0
        return self.of_votes(amount, how) * (2 if how == "switched" else 1)

    def of_votes(self, amount: str, how: str) -> float:
        """Votes that are moved, for a number of them that the claim names.

        `how`: where the claim counts the lead, a switched vote moves it by two, any other by one.
        """
        said = float((self.votes_most if amount == "votes_most" else self.votes) or 0)
        return said / 2 if self.counted == "lead" and how == "switched" else said


class Credits(Strict):
    """Whom the figures name as the sources of what they show."""

    votes: str = "state canvasses and MEDSL"
    machines: str = "Verified Voting and state lists"
    people: str = "Census Bureau"

    @property
    def counted(self) -> str:
        """Sources of votes and machines."""
        return f"{self.votes} (votes), {self.machines} (machines)"

    @property
    def held(self) -> str:
        """The same with those of the census figures."""
        return f"{self.counted}, {self.people} (demographics)"


class Redraw(Strict):
    """How treatment is reassigned when the gap that chance gives is computed."""

    draws: int = Field(ge=99, le=1_000_000)
    seed: int = Field(ge=0)
    propensity: list[Covariate]

    @model_validator(mode="after")
    def _alike_in_something(self) -> Redraw:
        if not self.demographics:
            raise ValueError(
                "propensity names no covariate that is not an earlier vote, so counties would be alike in "
                "nothing; add one, such as college"
            )
        return self

    @property
    def demographics(self) -> list[str]:
        """The covariates without those that are an earlier vote."""
        return [c for c in self.propensity if not c.endswith("_prior")]

    @property
    def votes(self) -> list[str]:
        """The covariates that are an earlier vote."""
        return [c for c in self.propensity if c.endswith("_prior")]


class Polls(Strict):
    """Which polls are compared with the result."""

    window: int = Field(default=21, ge=1, le=21)
    """Days before the election."""
    minimum: int = Field(default=5, ge=2)
    """Polls that a state must have."""


class Recount(Strict):
    """What counts as one draw when the changes of a recount are given an interval."""

    cluster: Literal["municipality", "county"] = "county"


class Audit(Strict):
    """Risk limits and simulation of the audits that were not held."""

    risks: list[Annotated[float, Field(gt=0, lt=1)]] = Field(default=[0.05, 0.10], min_length=1)
    inflation: float = Field(default=1.03905, gt=1)
    """Stark's gamma: how much a comparison audit widens its bound on error."""
    draws: int = Field(default=2000, ge=100, le=1_000_000)
    seed: int = Field(default=20161108, ge=0)
    records: Literal["polling", "comparison"] = "polling"
    """The audit that the state's records could have supported: paper alone, or one of each ballot."""
    cost_fact: Identifier | None = None
    """Row of ``fact_timeline`` that holds what the recount of the focus state cost, in dollars."""
