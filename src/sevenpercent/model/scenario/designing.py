"""Parts of a scenario that decide verdicts: designs, sizes, probes, grids."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from sevenpercent.data.inputs import OWN, Identifier
from sevenpercent.model.scenario.parts import (
    Covariate,
    Effects,
    Errors,
    MunicipalCovariate,
    MunicipalOutcome,
    Outcome,
    Weights,
)
from sevenpercent.model.terms import COVARIATES
from sevenpercent.strict import Strict


class Size(Strict):
    """A size of harm that matters; see :mod:`sevenpercent.stats.designs.sizes`."""

    amount: Literal[
        "points", "points_all", "points_ballots", "percent", "percent_each", "percent_ballots",
        "votes", "votes_most", "decisive", "any",
    ]  # fmt: skip
    how: Literal["switched", "deleted", "added"]


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


MunicipalWeights = Literal["none", "votes", "votes_prior"]


class MunicipalVariant(Strict):
    """A neighbour of a municipal design: what it changes in it."""

    label: str
    treatment: Literal["dose", "own"] | None = None
    outcome: MunicipalOutcome | None = None
    controls: list[MunicipalCovariate] | None = None
    weights: MunicipalWeights | None = None
    effects: Literal["county", "none"] | None = None
    unit: Literal["municipality", "part"] | None = None
    """``part``: each county's part of a municipality stands for itself."""
    least_votes: Annotated[int, Field(ge=0)] | None = None
    """Municipalities with fewer votes in either election are left out."""
    estimator: Literal["least_squares", "huber"] | None = None


class MunicipalDesign(Strict):
    """Regression over municipalities that a verdict rests on, errors clustered by county.

    Its unit is the whole municipality, of every size, and it is fitted by least squares; a
    neighbour may change these.
    """

    treatment: Literal["dose", "own"]
    outcome: MunicipalOutcome
    controls: list[MunicipalCovariate] = Field(min_length=1)
    weights: MunicipalWeights = "none"
    effects: Literal["county", "none"] = "county"
    errors: Literal["cr1", "cr3"] = "cr3"
    unit: Literal["municipality"] = "municipality"
    least_votes: Literal[0] = 0
    estimator: Literal["least_squares"] = "least_squares"
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


class Variant(Strict):
    """A neighbour of a design: what it changes in it."""

    label: str
    treatment: Identifier | None = None
    outcome: Identifier | None = None
    controls: list[Identifier] | None = None
    weights: Identifier | None = None
    effects: Identifier | None = None
    errors: Errors | None = None


class Design(Strict):
    """Regression over places of any other kind, read by the design's module in ``stats/designs``."""

    treatment: Identifier
    outcome: Identifier
    controls: list[Identifier] = []
    weights: Identifier = "none"
    effects: Identifier = "none"
    errors: Errors = "hc2_bm"
    neighbours: dict[Identifier, Variant] = {}


class Designs(Strict):
    """What verdicts on effects rest on: sizes that matter, and designs that look for them.

    A section of any other name belongs to the design of that section (:class:`Design`).
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Design] = Field(init=False)

    sizes: dict[Identifier, Size] = Field(min_length=1)
    counties: CountyDesign
    municipalities: MunicipalDesign | None = None
    same_ballots: MunicipalDesign | None = None
    precincts: PrecinctDesign | None = None
    other_office: str = ""
    """Office on the same ballots, as a sentence names it."""
    hand_method: str = "hand"
    """How the table of reporting units names a recount planned by hand."""


class Sensitivity(Strict):
    """How the county design is probed."""

    dose: Identifier | None = None
    """Reading that is the share of ballots cast on machines; None: no table has it."""
    again: list[int] = []
    """Later elections in which the same map of machines is looked at again."""
    ranges_km: list[Annotated[float, Field(gt=0)]] = [25, 60, 120]
    """Ranges of the spatial field, beside the one matched to the machines."""
    draws: int = Field(default=1999, ge=99, le=1_000_000)


class Validity(Strict):
    """How the designs are put to the test, and what counts as failing it."""

    draws: int = Field(default=10_000, ge=200, le=1_000_000)
    """Draws of each design's own test."""
    draws_rule: int = Field(default=2000, ge=200, le=1_000_000)
    """Draws of harm of the book's own sizes, and on maps of more than a thousand places."""
    seed: int = Field(default=20161108, ge=0)
    ranges_km: list[Annotated[float, Field(gt=0)]] = Field(default=[25, 60, 120], min_length=1)
    """Ranges of the spatial field by which machines are dealt out anew."""
    shares: list[Annotated[float, Field(gt=0, lt=1)]] = Field(
        default=[0.02, 0.05, 0.10], min_length=1
    )
    """Shares of the electronic ballots that are spoilt, each by switching and by deleting."""
    concentrated: float = Field(default=0.2, gt=0, le=0.5)
    """Share of the electronic places that carry it all when it is not spread over all of them: a
    few of them, as the pages say."""
    most_size: float = Field(default=0.075, ge=0.05, le=0.1)
    """A 5 % test that rejects what is true more often than this fails; up to twice as often, for
    the pages call what passes about as exact as it says."""
    least_coverage: float = Field(default=0.925, ge=0.9, le=0.95)
    """A 95 % interval that holds the truth less often than this fails."""

    @model_validator(mode="after")
    def _fewer(self) -> Validity:
        if self.draws_rule > self.draws:
            raise ValueError(f"draws_rule {self.draws_rule} is more than draws {self.draws}")
        return self


GridOutcome = Literal[
    "change_two_party", "change_share_all", "log_ratio", "level_two_party", "level_share_all"
]
GridWeights = Literal["none", "votes_prior", "population"]
Statistic = Literal["median", "share_below", "median_t"]


class Sample(Strict):
    """Places that count in a specification: those whose covariate lies within bounds."""

    label: str
    """How a sentence names them, after "counties" (``of 50,000 people or more``)."""
    column: Literal["population", "density", "rural"] | None = None
    at_least: float | None = None
    below: float | None = None


def _some_share(outcomes: list[str]) -> list[str]:
    if all("log" in name for name in outcomes):
        raise ValueError(
            "no outcome is a share, and what is told of all specifications together is told of shares; "
            "add one, such as change_two_party"
        )
    return outcomes


def _admits_a_share(grid: Any) -> Any:
    """Some admissible specification compares a share: a level is one only beside the earlier share."""
    shares = [name for name in grid.outcomes if "log" not in name]
    if all(name.startswith("level") for name in shares) and "two_party_prior" not in grid.more:
        raise ValueError(
            "no specification compares a share: a level is compared only beside the earlier share; "
            "add two_party_prior to more, or a change to outcomes"
        )
    return grid


def _about(family: str) -> AfterValidator:
    """Every option of a grid adjusts for something of this family, which the pages say of all of them."""

    def fits(options: list[list[str]]) -> list[list[str]]:
        for names in options:
            if not any(n.startswith(OWN) or family in COVARIATES[n].about for n in names):
                lacks = f"does not adjust for {family}, as every specification has to"
                raise ValueError(f"{names} {lacks}")
        return options

    return AfterValidator(fits)


class MunicipalGrid(Strict):
    """Specifications by municipality, errors clustered by county."""

    treatments: list[Literal["dose", "own"]] = Field(min_length=1)
    outcomes: Annotated[list[MunicipalOutcome], Field(min_length=1), AfterValidator(_some_share)]
    race: Annotated[list[list[MunicipalCovariate]], Field(min_length=1), _about("race")]
    education: Annotated[list[list[MunicipalCovariate]], Field(min_length=1), _about("education")]
    more: list[MunicipalCovariate]
    weights: list[Literal["none", "votes_prior"]] = Field(min_length=1)
    effects: list[Literal["county", "none"]] = Field(min_length=1)
    errors: list[Literal["cr1", "cr3"]] = Field(min_length=1)

    _share = model_validator(mode="after")(_admits_a_share)


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

    outcomes: Annotated[list[GridOutcome], Field(min_length=1), AfterValidator(_some_share)]
    race: Annotated[list[list[Covariate]], Field(min_length=1), _about("race")]
    education: Annotated[list[list[Covariate]], Field(min_length=1), _about("education")]
    more: list[Covariate]
    weights: list[GridWeights] = Field(min_length=1)
    samples: dict[Identifier, Sample] = Field(min_length=1)
    errors: list[Errors] = Field(min_length=1)
    errors_nation: list[Literal["cr1", "cr3"]] = Field(min_length=1)
    municipalities: MunicipalGrid | None = None
    joint: Joint = Joint()
    spec: str | None = None
    """Specification that is looked at alone; None: the primary design."""

    _share = model_validator(mode="after")(_admits_a_share)
