"""What one book is about: a strict model of a scenario file, checked before anything runs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest

DEFAULT = "midwest-2016"
"""The scenario that is built when none is named."""

NATION = "US"
"""Stands for the whole country where a state could be named."""

Postal = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Covariate = Literal[
    "population",
    "log_population",
    "white_nh",
    "black",
    "hispanic",
    "nonwhite",
    "college",
    "white_noncollege",
    "income",
    "age_65_over",
    "age_under_30",
    "unemployment",
    "rural",
    "density",
    "log_density",
    "two_party_prior",
]
Outcome = Literal[
    "level_two_party",
    "level_share_all",
    "change_two_party",
    "change_share_all",
    "log_votes",
    "log_ratio",
]
MunicipalCovariate = Literal[
    "population",
    "log_population",
    "white",
    "black",
    "hispanic",
    "college",
    "income",
    "age",
    "log_density",
    "log_votes_prior_all",
    "town",
    "two_party_prior",
]
MunicipalOutcome = Literal[
    "change_two_party",
    "change_share_all",
    "log_ratio",
    "same_ballots",
    "same_ballots_share_all",
    "same_ballots_log",
]
Weights = Literal["none", "votes", "population"]
Errors = Literal["classical", "hc1", "hc2", "hc2_bm", "hc3", "cr1", "cr3"]
Effects = Literal["none", "state"]


class Strict(BaseModel):
    """A part of a scenario in which an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
    municipalities: str | None = None
    precincts: str | None = None
    precinct_equipment: str | None = None
    polls: str | None = "polls"
    timeline: str | None = "fact_timeline"
    certified: str | None = "certified_totals"
    folder: str | None = None
    """Folder below the root of the project with tables of this book's own; a table that is not
    there is taken from ``data/``."""


class Reading(Strict):
    """One meaning of "electronic": its label and how it reads in a sentence."""

    label: str
    describes: str


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

    @model_validator(mode="after")
    def _known(self) -> Treatment:
        for name in (self.primary, *self.national):
            if name not in self.readings:
                raise ValueError(f"reading {name!r} has no entry. {nearest(name, self.readings)}")
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


class Claim(Strict):
    """The figures of the claim as it was reported."""

    percent: float = Field(gt=0)
    """The size that was claimed, in the unit that follows."""
    unit: Literal["percent", "points"] = "percent"
    votes: int | None = Field(None, gt=0)
    margin: int | None = Field(None, gt=0)
    state: Postal
    """The state that the claim puts numbers on; ``US`` for the whole country."""
    reported: str
    who: str = ""
    """Who makes the claim; empty: nobody, the size was set for the book."""


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


class Input(Strict):
    """A file that a book's own tables are read from."""

    file: str
    """Path, absolute or below the root of the project."""
    holds: Literal["votes", "equipment", "demographics", "certified"]
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


class Redraw(Strict):
    """How treatment is reassigned when the gap that chance gives is computed."""

    draws: int = Field(ge=99, le=1_000_000)
    seed: int = Field(ge=0)
    propensity: list[Covariate]


class Polls(Strict):
    """Which polls are compared with the result."""

    window: int = Field(default=21, ge=1, le=21)
    """Days before the election."""
    minimum: int = Field(default=5, ge=2)
    """Polls that a state must have."""


class Size(Strict):
    """A size of harm that matters; see :func:`sevenpercent.stats.designs.votes_behind`."""

    amount: Literal["points", "percent", "percent_ballots", "votes", "decisive"]
    how: Literal["switched", "deleted"]


class CountyVariant(Strict):
    """A neighbour of the county design: what it changes in it, the rest being the same."""

    label: str
    treatment: Identifier | None = None
    outcome: Outcome | None = None
    controls: list[Covariate] | None = None
    weights: Weights | None = None
    effects: Effects | None = None
    errors: Errors | None = None


class CountyDesign(Strict):
    """Regression over the counties of the focus that a verdict rests on."""

    treatment: Identifier
    outcome: Literal["change_two_party", "change_share_all", "log_ratio"]
    controls: list[Covariate]
    weights: Weights = "none"
    effects: Effects = "none"
    errors: Errors = "hc2_bm"
    placebos: list[int] = []
    """Earlier elections in which nobody there voted on such machines."""
    neighbours: dict[Identifier, CountyVariant] = {}


class MunicipalVariant(Strict):
    """A neighbour of a municipal design: what it changes in it."""

    label: str
    treatment: Literal["dose", "own"] | None = None
    outcome: MunicipalOutcome | None = None
    controls: list[MunicipalCovariate] | None = None
    weights: Literal["none", "votes"] | None = None
    effects: Literal["county", "none"] | None = None


class MunicipalDesign(Strict):
    """Regression over municipalities that a verdict rests on, errors clustered by county."""

    treatment: Literal["dose", "own"]
    outcome: MunicipalOutcome
    controls: list[MunicipalCovariate]
    weights: Literal["none", "votes"] = "none"
    effects: Literal["county", "none"] = "county"
    errors: Literal["cr1", "cr3"] = "cr3"
    neighbours: dict[Identifier, MunicipalVariant] = {}


PrecinctOutcome = Literal["change_two_party", "same_ballots"]
PrecinctCovariate = Literal["two_party_prior", "log_votes_prior"]


class PrecinctVariant(Strict):
    """A neighbour of the precinct design: what it changes in it."""

    label: str
    outcome: PrecinctOutcome | None = None
    controls: list[PrecinctCovariate] | None = None
    weights: Literal["none", "votes"] | None = None
    effects: Literal["county", "none"] | None = None
    errors: Literal["cr1", "cr3"] | None = None


class PrecinctDesign(Strict):
    """Regression over precincts that a verdict rests on, errors clustered by county."""

    treatment: Identifier
    """Reading that the list of machines gives precinct by precinct."""
    outcome: PrecinctOutcome
    controls: list[PrecinctCovariate] = []
    weights: Literal["none", "votes"] = "none"
    effects: Literal["county", "none"] = "county"
    errors: Literal["cr1", "cr3"] = "cr3"
    neighbours: dict[Identifier, PrecinctVariant] = {}


class Designs(Strict):
    """What verdicts on effects rest on: sizes that matter, and designs that look for them."""

    sizes: dict[Identifier, Size] = Field(min_length=1)
    counties: CountyDesign
    municipalities: MunicipalDesign | None = None
    same_ballots: MunicipalDesign | None = None
    precincts: PrecinctDesign | None = None
    other_office: str = ""
    """Office on the same ballots, as a sentence names it."""
    hand_method: str = "hand"
    """How the table of reporting units names a recount planned by hand."""


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
    cost_fact: Identifier | None = None
    """Row of ``fact_timeline`` that holds what the recount of the focus state cost, in dollars."""


class Sensitivity(Strict):
    """How the county design is probed."""

    dose: Identifier | None = None
    """Reading that is the share of ballots cast on machines; None: no table has it."""
    again: list[int] = []
    """Later elections in which the same map of machines is looked at again."""
    ranges_km: list[Annotated[float, Field(ge=0)]] = [25, 60, 120]
    """Ranges of the spatial field, beside the one matched to the machines."""
    draws: int = Field(default=1999, ge=99, le=1_000_000)


class Validity(Strict):
    """How the designs and the verdict rule are put to the test, and what counts as failing it."""

    draws: int = Field(default=10_000, ge=200, le=1_000_000)
    """Draws of each design's own test."""
    draws_rule: int = Field(default=2000, ge=200, le=1_000_000)
    """Draws in which the verdict rule is asked, and of maps of more than a thousand places."""
    seed: int = Field(default=20161108, ge=0)
    ranges_km: list[Annotated[float, Field(ge=0)]] = Field(default=[25, 60, 120], min_length=1)
    """Ranges of the spatial field by which machines are dealt out anew."""
    shares: list[Annotated[float, Field(gt=0, lt=1)]] = Field(
        default=[0.02, 0.05, 0.10], min_length=1
    )
    """Shares of the electronic ballots that are spoilt, each by switching and by deleting."""
    concentrated: float = Field(default=0.2, gt=0, lt=1)
    """Share of the electronic places that carry it all when it is not spread over all of them."""
    most_size: float = Field(default=0.075, ge=0.05, lt=1)
    """A 5 % test that rejects what is true more often than this fails."""
    least_coverage: float = Field(default=0.925, gt=0, le=0.95)
    """A 95 % interval that holds the truth less often than this fails."""
    most_wrong: float = Field(default=0.05, gt=0, lt=1)
    """A rule that gives a wrong verdict more often than this fails."""

    @model_validator(mode="after")
    def _fewer(self) -> Validity:
        if self.draws_rule > self.draws:
            raise ValueError(f"draws_rule {self.draws_rule} is more than draws {self.draws}")
        return self


GridWeights = Literal["none", "votes_prior", "population"]
Statistic = Literal["median", "share_below", "median_t"]


class Sample(Strict):
    """Places that count in a specification: those whose covariate lies within bounds."""

    label: str
    """How a sentence names them, after "counties" (``of 50,000 people or more``)."""
    column: Literal["population", "density", "rural"] | None = None
    at_least: float | None = None
    below: float | None = None


class MunicipalGrid(Strict):
    """Specifications by municipality, errors clustered by county."""

    treatments: list[Literal["dose", "own"]] = Field(min_length=1)
    outcomes: list[MunicipalOutcome] = Field(min_length=1)
    race: list[list[MunicipalCovariate]] = Field(min_length=1)
    education: list[list[MunicipalCovariate]] = Field(min_length=1)
    more: list[MunicipalCovariate]
    weights: list[Literal["none", "votes_prior"]] = Field(min_length=1)
    effects: list[Literal["county", "none"]] = Field(min_length=1)
    errors: list[Literal["cr1", "cr3"]] = Field(min_length=1)


class Joint(Strict):
    """The test of all specifications together."""

    draws: int = Field(default=9999, ge=99, le=1_000_000)
    seed: int = Field(default=20161122, ge=0)
    statistics: list[Statistic] = Field(
        default=["median", "share_below", "median_t"], min_length=1, max_length=3
    )
    """Median estimate, share of specifications whose interval lies below zero, median t."""


class Multiverse(Strict):
    """Every admissible specification: each outcome with each option of every other choice.

    Every control set holds race and education and any part of ``more``; a level counts only
    together with the share of the earlier election. No covariate or weight comes from the
    election itself.
    """

    outcomes: list[
        Literal[
            "change_two_party",
            "change_share_all",
            "log_ratio",
            "level_two_party",
            "level_share_all",
        ]
    ] = Field(min_length=1)
    race: list[list[Covariate]] = Field(min_length=1)
    education: list[list[Covariate]] = Field(min_length=1)
    more: list[Covariate]
    weights: list[GridWeights] = Field(min_length=1)
    samples: dict[Identifier, Sample] = Field(min_length=1)
    errors: list[Errors] = Field(min_length=1)
    errors_nation: list[Literal["cr1", "cr3"]] = Field(min_length=1)
    municipalities: MunicipalGrid | None = None
    joint: Joint = Joint()
    spec: str | None = None
    """Specification that is looked at alone; None: the primary design."""


class Scenario(Strict):
    """A whole book: question, places, sides, data, analyses and chapters."""

    id: Identifier
    title: str
    subtitle: str
    year: int = Field(ge=1976, le=2100)
    prior_year: int
    prior_years: list[int]
    states: list[Postal] = Field(min_length=1)
    flips: list[Postal]
    parties: Parties
    tables: Tables = Tables()
    treatment: Treatment
    outcome: Outcomes
    controls: dict[Identifier, list[Covariate]]
    held: Identifier
    """The control set that answers the claim: what "held constant" means in this book."""
    weights: list[Weights]
    errors: Errors
    errors_nation: Errors = "cr3"
    models: list[Model] = []
    claim: Claim
    designs: Designs | None = None
    redraw: Redraw
    sensitivity: Sensitivity = Sensitivity()
    validity: Validity = Validity()
    recount: Recount = Recount()
    multiverse: Multiverse | None = None
    audit: Audit = Audit()
    chapters: list[Identifier] = Field(min_length=1)
    polls: Polls = Polls()
    claims: str | None = None
    headline: list[Identifier] = []
    """Claims whose verdicts stand on the first page."""
    credits: Credits = Credits()
    nation: bool = True
    """Whether the tables cover enough of the country to set the nation beside the states."""
    inputs: list[Input] = []
    """Files that this book's own tables are read from."""
    declared: str = ""
    """Checksum of the designs, sizes and controls as they were declared before the votes were
    read (see :attr:`declaration`); empty: they were fixed after the data had been seen."""
    changed: list[str] = []
    """Keys that were set otherwise than the scenario's file says; found when it is loaded."""
    left_out: dict[Identifier, str] = {}
    """Chapters that this book cannot have, and why; found when the scenario is loaded."""

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        if self.prior_year >= self.year:
            raise ValueError(f"prior_year {self.prior_year} is not before year {self.year}")
        if self.claim.state not in self.places:
            raise ValueError(
                f"claim.state {self.claim.state!r} is not in states. "
                + nearest(self.claim.state, self.places)
            )
        if self.held not in self.controls:
            raise ValueError(f"held {self.held!r} is unknown. {nearest(self.held, self.controls)}")
        if self.controls.get("none") != []:
            raise ValueError("controls must have an empty set 'none'")
        seen: set[str] = set()
        for model in self.models:
            if model.id in seen:
                raise ValueError(f"models: id {model.id!r} stands twice")
            seen.add(model.id)
            if model.reading not in self.treatment.readings:
                raise ValueError(
                    f"models.{model.id}.reading {model.reading!r} is unknown. "
                    + nearest(model.reading, self.treatment.readings)
                )
            if model.controls not in self.controls:
                raise ValueError(
                    f"models.{model.id}.controls {model.controls!r} is unknown. "
                    + nearest(model.controls, self.controls)
                )
            if model.place not in self.places:
                raise ValueError(
                    f"models.{model.id}.place {model.place!r} is unknown. "
                    + nearest(model.place, self.places)
                )
        dose = self.sensitivity.dose
        if dose is not None and dose not in self.treatment.readings:
            raise ValueError(
                f"sensitivity.dose {dose!r} is unknown. {nearest(dose, self.treatment.readings)}"
            )
        return self

    @model_validator(mode="after")
    def _designed(self) -> Scenario:
        if self.designs is None:
            return self
        for name, size in self.designs.sizes.items():
            if size.amount == "votes" and self.claim.votes is None:
                raise ValueError(f"designs.sizes.{name}: the claim states no votes")
        variants = self.designs.counties.neighbours.items()
        treatments = {"treatment": self.designs.counties.treatment}
        treatments |= {f"neighbours.{k}.treatment": v.treatment for k, v in variants if v.treatment}
        for where, name in treatments.items():
            if name not in self.treatment.readings:
                raise ValueError(
                    f"designs.counties.{where} {name!r} is unknown. "
                    + nearest(name, self.treatment.readings)
                )
        late = [y for y in self.designs.counties.placebos if y >= self.prior_year]
        if late:
            raise ValueError(
                f"designs.counties.placebos: {late[0]} is not before prior_year {self.prior_year}"
            )
        by_municipality = self.designs.municipalities or self.designs.same_ballots
        if by_municipality and self.tables.municipalities is None:
            raise ValueError("designs by municipality need tables.municipalities")
        by_precinct = self.tables.precincts and self.tables.precinct_equipment
        if self.designs.precincts and not by_precinct:
            raise ValueError(
                "designs by precinct need tables.precincts and tables.precinct_equipment"
            )
        return self

    @property
    def focus(self) -> str:
        """Postal code of the state that the claim puts numbers on; ``US`` for the country."""
        return self.claim.state

    @property
    def places(self) -> list[str]:
        """The states of the claim and, where the tables cover it, the nation."""
        return [*self.states, NATION] if self.nation else list(self.states)

    @property
    def declaration(self) -> str:
        """Checksum of everything that decides a verdict and can be chosen."""
        chosen = self.model_dump(mode="json", include=DECLARED)
        return hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()

    @property
    def listed(self) -> int | None:
        """Year of the list of machines, where it is not that of the election."""
        years = {i.year for i in self.inputs if i.holds == "equipment" and i.year}
        return max(years) if years and years != {self.year} else None

    def errors_of(self, place: str) -> Errors:
        """Kind of standard error that is declared for a place."""
        return self.errors_nation if place == NATION else self.errors

    @property
    def focus_errors(self) -> Errors:
        """Kind of standard error that is declared for the place of the claim."""
        return self.errors_of(self.focus)

    def as_yaml(self) -> str:
        """The whole scenario, defaults included, in a fixed order."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


DECLARED = {
    "year",
    "prior_year",
    "states",
    "parties",
    "treatment",
    "outcome",
    "controls",
    "held",
    "weights",
    "errors",
    "errors_nation",
    "claim",
    "designs",
    "redraw",
    "sensitivity",
}
"""Keys that :attr:`Scenario.declaration` covers."""

PARAMETERS: dict[str, dict[str, str]] = {
    "index": {},
    "claims": {},
    "data": {},
    "gap": {"reading": "treatment.primary", "outcome": "outcome.primary", "draws": "redraw.draws"},
    "controls": {
        "reading": "treatment.primary",
        "outcome": "outcome.primary",
        "held": "held",
        "errors": "errors",
    },
    "electoral": {"flips": "flips"},
    "designs": {"reading": "designs.counties.treatment"},
    "municipalities": {"treatment": "designs.municipalities.treatment"},
    "same_ballots": {"treatment": "designs.same_ballots.treatment"},
    "sensitivity": {"reading": "designs.counties.treatment", "draws": "sensitivity.draws"},
    "methods": {"draws": "validity.draws"},
    "multiverse": {"spec": "multiverse.spec", "draws": "multiverse.joint.draws"},
    "polls": {"window": "polls.window", "minimum": "polls.minimum"},
    "calendar": {},
    "replications": {"version": "treatment.version"},
    "recount": {"cluster": "recount.cluster"},
    "audit": {"risks": "audit.risks", "draws": "audit.draws"},
    "rerun": {},
}
"""For each chapter, its papermill parameters and the scenario key that each one sets."""

REQUIRES: dict[str, dict[str, str]] = {
    "electoral": {"tables.delegations": "there is no table of its electors and delegations"},
    "municipalities": {"designs.municipalities": "there is no table of municipalities"},
    "same_ballots": {"designs.same_ballots": "no table of municipalities has another office"},
    "designs": {"designs": "the scenario declares no designs"},
    "sensitivity": {"designs": "the scenario declares no designs"},
    "multiverse": {"multiverse": "the scenario declares no grid of specifications"},
    "methods": {"designs": "the scenario declares no designs"},
    "recount": {"tables.units": "there is no table of recounted units"},
    "audit": {"tables.units": "there is no table of units with ballots by method"},
    "polls": {"tables.polls": "there is no table of its polls"},
    "calendar": {"calendar.yml": "nobody has listed its events"},
    "replications": {"published.yml": "nobody has listed figures published about it"},
    "claims": {"claims": "nobody has listed its claims"},
}
"""For each chapter, what a book must have for it: keys of the scenario that must not be null,
files of the scenario's folder that must exist; and what is said where they are missing."""


COMPARING = ("gap", "controls", "designs", "sensitivity", "multiverse", "methods", "claims")
"""Chapters that set places with the machines beside places without them."""

FEWEST = 2
"""Places that must be on either side of a comparison."""

LEFT = 3
"""Degrees of freedom that a comparison of counties must leave."""


def untestable(scenario: Scenario) -> str:
    """Why the claim cannot be tested in its place; empty when it can."""
    equipment = tables.loader(scenario.tables.folder)(scenario.tables.equipment)
    own = equipment[
        (equipment["year"] == scenario.year)
        & (equipment["version"] == scenario.treatment.version)
        & (equipment["reading"] == scenario.treatment.primary)
    ]
    if scenario.focus != NATION:
        own = own[own["state"] == scenario.focus]
    values = own["value"].dropna()
    if values.empty:
        return "no list says which counties there have the machines"
    if scenario.tables.folder and (why := _incomparable(scenario, set(own["fips"]))):
        return why
    held = 0 if scenario.designs is None else len(scenario.designs.counties.controls)
    if scenario.focus != NATION and len(values) < held + 2 + LEFT:
        return f"its {len(values)} counties are too few to hold {held} things constant"
    if min((values > values.min()).sum(), (values < values.max()).sum()) >= FEWEST:
        return ""
    if values.min() != values.max():
        return f"fewer than {FEWEST} counties there differ in having the machines"
    return f"{'no county' if values.max() <= 0 else 'every county'} there has the machines"


def _incomparable(scenario: Scenario, listed: set[str]) -> str:
    """Why places with machines in the list cannot be compared with one another; or empty."""
    load = tables.loader(scenario.tables.folder)
    votes = load(scenario.tables.votes)
    if scenario.focus != NATION:
        votes = votes[votes["state"] == scenario.focus]
    now, before = (
        set(votes.loc[votes["year"] == y, "fips"]) for y in (scenario.year, scenario.prior_year)
    )
    if not now & listed:
        return "the votes and the list of machines are not of the same places"
    if len(now & before & listed) < 2 * FEWEST:
        return f"the votes of {scenario.prior_year} are not of the same places"
    people = load(scenario.tables.demographics)
    known = people.dropna(subset=[n for n in scenario.controls[scenario.held] if n in people])
    if len(now & before & listed & set(known["fips"])) < 2 * FEWEST:
        return "there are no census figures for those places"
    return ""


def lacking(scenario: Scenario) -> dict[str, str]:
    """Chapters of a scenario that it has no data for, each with the reason."""
    why_not = untestable(scenario)
    out = {c: why_not for c in scenario.chapters if why_not and c in COMPARING}
    for chapter in scenario.chapters:
        for need, why in REQUIRES.get(chapter, {}).items():
            if need.endswith(".yml"):
                there = (paths.SCENARIOS / scenario.id / need).is_file()
            else:
                value: Any = scenario
                for part in need.split("."):
                    value = getattr(value, part, None)
                there = value is not None
            if not there:
                out[chapter] = why
    return out


class _Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error instead of a silent overwrite."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in keys:
                raise InputError(
                    "a key stands twice",
                    row=key_node.start_mark.line + 1,
                    value=key,
                    fix="Keep one of them.",
                )
            keys.add(key)
        return super().construct_mapping(node, deep)


def find(name: str | Path) -> Path:
    """Path of a scenario given by name or by file.

    Raises
    ------
    InputError
        When there is none, with the nearest name.
    """
    return find_in(paths.SCENARIOS, name, "scenario")


def find_in(folder: Path, name: str | Path, what: str) -> Path:
    """Path of a YAML file given by its name in a folder, or by its path.

    Parameters
    ----------
    folder : Path
        Where names are looked for.
    name : str or Path
        Something that ends in ``.yml`` or ``.yaml`` is a path.
    what : str
        The kind of file, as a sentence names it.

    Raises
    ------
    InputError
        When there is none, with the nearest name.
    """
    path = Path(name)
    if path.suffix in {".yml", ".yaml"}:
        if path.is_file():
            return path
        raise InputError(f"no such {what} file", file=path, fix="Check the path.")
    path = folder / f"{name}.yml"
    if not path.is_file():
        known = [p.stem for p in folder.glob("*.yml")]
        raise InputError(f"unknown {what}", value=str(name), fix=nearest(str(name), known))
    return path


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping; one message with file and line when it is not one."""
    try:
        body = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.MarkedYAMLError as e:
        line = e.problem_mark.line + 1 if e.problem_mark else None
        raise InputError(
            f"not valid YAML: {e.problem}", file=path, row=line, fix="Mend that line."
        ) from None
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", file=path, fix="Save it as UTF-8.") from None
    except InputError as e:
        raise InputError(e.problem, file=path, row=e.row, value=e.value, fix=e.fix) from None
    if not isinstance(body, dict):
        raise InputError(
            "must be a mapping of keys to values", file=path, fix="See scenarios/ for examples."
        )
    return body


def load(name: str | Path = DEFAULT, overrides: Mapping[str, object] | None = None) -> Scenario:
    """Read and check a scenario.

    Parameters
    ----------
    name : str or Path
        Name under ``scenarios/`` or a path to a YAML file.
    overrides : mapping, optional
        Dotted key to new value, as ``--set`` gives them; text is read as YAML.

    Raises
    ------
    InputError
        Unknown key, wrong type, unknown name: one message for the first fault.
    """
    path = find(name)
    body = read_yaml(path)
    changed = list(body.get("changed") or [])
    for key, value in (overrides or {}).items():
        new, old = _parsed(key, value), _at(body, key)
        put(body, key, new)
        if new != old:
            changed.append(key)
    if changed:
        body["changed"] = list(dict.fromkeys(changed))
    return check(body, path)


def _at(body: Mapping[str, Any], dotted: str) -> object:
    here: Any = body
    for part in dotted.split("."):
        here = here.get(part) if isinstance(here, Mapping) else None
    return here


def model(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario` whose parts fit each other, tables not looked at."""
    try:
        return Scenario.model_validate(body)
    except ValidationError as e:
        raise explained(e, file) from None


def check(body: Mapping[str, Any], file: Path | None = None) -> Scenario:
    """Turn a mapping into a :class:`Scenario`, or say what is wrong with it."""
    scenario = model(body, file)
    at_hand = tables.loader(scenario.tables.folder)
    known = set(at_hand(scenario.tables.states)["state"])
    for key in ("states", "flips"):
        for state in getattr(scenario, key):
            if state not in known:
                raise InputError(
                    "unknown state", file=file, column=key, value=state, fix=nearest(state, known)
                )
    years = {int(y) for y in at_hand(scenario.tables.votes)["year"].unique()}
    for key in ("year", "prior_year", "prior_years"):
        value = getattr(scenario, key)
        for year in value if isinstance(value, list) else [value]:
            if year not in years:
                raise InputError(
                    "no county votes for this year",
                    file=file,
                    column=key,
                    value=year,
                    fix=f"Years at hand: {', '.join(str(y) for y in sorted(years))}.",
                )
    for chapter in scenario.chapters:
        if chapter not in PARAMETERS:
            raise InputError(
                "unknown chapter",
                file=file,
                column="chapters",
                value=chapter,
                fix=nearest(chapter, PARAMETERS),
            )
    out = lacking(scenario)
    kept = [c for c in scenario.chapters if c not in out]
    return scenario.model_copy(update={"chapters": kept, "left_out": {**scenario.left_out, **out}})


def parameters(chapter: str, given: Mapping[str, object]) -> dict[str, object]:
    """Scenario overrides for a chapter's papermill parameters; empty ones are left as declared.

    Raises
    ------
    InputError
        Unknown chapter or parameter, with the nearest name.
    """
    if chapter not in PARAMETERS:
        raise InputError("unknown chapter", value=chapter, fix=nearest(chapter, PARAMETERS))
    known = PARAMETERS[chapter]
    out: dict[str, object] = {}
    for name, value in given.items():
        if name not in known:
            raise InputError(
                f"unknown parameter of chapter {chapter!r}", value=name, fix=nearest(name, known)
            )
        if value not in ("", None):
            out[known[name]] = value
    return out


def put(body: dict[str, Any], dotted: str, value: object) -> None:
    """Set one key of a scenario's mapping.

    Parameters
    ----------
    body : dict
        As :func:`read_yaml` gives it; changed in place.
    dotted : str
        Key, its parts joined by points: ``treatment.primary``.
    value : object
        What a YAML file would hold there.

    Raises
    ------
    InputError
        The key is not one of a scenario's; the nearest is named.
    """
    *parents, last = dotted.split(".")
    here: Any = body
    model: Any = Scenario
    named = False  # whether the next part is a name of the user's own, such as that of a size
    for i, part in enumerate([*parents, last]):
        fields = None if named else getattr(model, "model_fields", None)
        if fields is not None and part not in fields:
            raise InputError(
                "unknown scenario key",
                value=".".join([*parents, last][: i + 1]),
                fix=nearest(part, fields),
            )
        if fields is not None:
            annotation = fields[part].annotation
            model, named = _model_of(annotation), _is_mapping(annotation)
        else:
            model, named = (model if named else None), False
        if part != last or i < len(parents):
            if not isinstance(here.get(part, {}), dict):
                raise InputError(
                    "scenario key has no parts", value=dotted, fix=f"Set {part!r} as a whole."
                )
            here = here.setdefault(part, {})
    here[last] = value


def _parsed(dotted: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return yaml.load(value, Loader=_Loader)
    except yaml.YAMLError:
        raise InputError(
            "value is not valid YAML", column=dotted, value=value, fix="Quote it."
        ) from None


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(
        get_origin(part) is dict for part in get_args(annotation)
    )


def _model_of(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((_model_of(a) for a in get_args(annotation) if isinstance(a, type)), None)


def explained(
    error: ValidationError,
    file: Path | None,
    root: type[BaseModel] = Scenario,
    what: str = "scenario",
    line: Callable[[Sequence[object]], int | None] = lambda place: None,
) -> InputError:
    """Turn what the model of a file refuses into one message about the first fault.

    Parameters
    ----------
    error : ValidationError
    file : Path, optional
    root : class
        The model that refused.
    what : str
        The kind of file, as a sentence names it.
    line : callable
        Line of the file for a sequence of keys and positions, where it is known.
    """
    first = error.errors()[0]
    where = ".".join(str(p) for p in first["loc"])
    row = line(first["loc"])
    value: object = first.get("input")
    if first["type"] == "extra_forbidden":
        model: Any = root
        for part in first["loc"][:-1]:
            fields = getattr(model, "model_fields", {})
            model = _model_of(fields[part].annotation) if part in fields else None
        known = getattr(model, "model_fields", {}) or {}
        return InputError(
            f"unknown {what} key",
            file=file,
            row=row,
            value=where,
            fix=nearest(str(first["loc"][-1]), known),
        )
    if first["type"] == "missing":
        return InputError(f"a {what} key is missing", file=file, value=where, fix="Add it.")
    if first["type"] == "literal_error":
        valid = [
            v.strip(" '") for v in str(first["ctx"]["expected"]).replace(" or ", ", ").split(",")
        ]
        return InputError(
            "unknown name",
            file=file,
            row=row,
            column=where,
            value=value,
            fix=nearest(str(value), valid),
        )
    problem, *advice = re.split(
        r"\. (?=Did you|Valid names)", str(first["msg"]).removeprefix("Value error, ")
    )
    if isinstance(value, (dict, list)):
        value = None
    return InputError(
        problem.rstrip("."),
        file=file,
        row=row,
        column=where or None,
        value=value,
        fix=" ".join(advice),
    )
