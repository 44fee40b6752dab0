"""A whole scenario, its parts fitting each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Annotated, Any, get_args, get_origin

import yaml
from pydantic import AfterValidator, Field, model_validator

from sevenpercent import strict
from sevenpercent.data.inputs import OWN, Identifier, Input, OwnColumn, Postal
from sevenpercent.errors import InputError, nearest
from sevenpercent.model.scenario.designing import Designs, Multiverse, Sensitivity, Validity
from sevenpercent.model.scenario.parts import (
    NATION,
    Audit,
    Below,
    Claim,
    Covariate,
    Credits,
    Errors,
    Model,
    Outcomes,
    OwnCovariate,
    Parties,
    Polls,
    Recount,
    Redraw,
    Said,
    Tables,
    Treatment,
    Weights,
)
from sevenpercent.strict import Strict

DEFAULT = "midwest-2016"
"""The scenario that is built when none is named."""


def _with_none(weights: list[str]) -> list[str]:
    return weights if "none" in weights else ["none", *weights]


class Scenario(Strict):
    """A whole book: question, places, sides, data, analyses and chapters."""

    id: Identifier
    title: str
    subtitle: str
    year: int = Field(ge=1976, le=2100)
    prior_year: int
    prior_years: list[int]
    states: list[Postal] = Field(min_length=1)
    flips: list[Postal] = Field(max_length=8)
    parties: Parties
    tables: Tables = Tables()
    treatment: Treatment
    outcome: Outcomes
    controls: dict[Identifier, list[Covariate]]
    covariates: dict[OwnColumn, OwnCovariate] = {}
    """Columns of this book's own files that may be adjusted for; ``inputs`` say which they are."""
    held: Identifier
    """The control set that answers the claim: what "held constant" means in this book."""
    weights: Annotated[list[Weights], Field(min_length=1), AfterValidator(_with_none)]
    """What county comparisons are weighted by; that which answers the question counts each place
    once, so ``none`` is always among them."""
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
    chapters: list[Identifier] = []
    """Where none is named, every chapter of the project but those in ``without``."""
    without: list[Identifier] = []
    polls: Polls = Polls()
    claims: Below | None = None
    headline: list[Identifier] = []
    """Claims whose verdicts stand on the first page."""
    credits: Credits = Credits()
    office: str = ""
    """Office that the votes are for, as a sentence names it; empty: President."""
    prior_office: str = ""
    """Office of the votes of the election before, where it is another one: no change is taken."""
    nation: bool = True
    """Whether the tables cover enough of the country to set the nation beside the states."""
    inputs: list[Input] = []
    """Files that this book's own tables are read from."""
    declared: str = ""
    """Checksum of the designs, sizes and controls as they were declared before the votes were
    read (see :attr:`declaration`); empty: they were fixed after the data had been seen."""
    changed: list[str] = []
    """Keys that were set otherwise than the scenario's file says; found when it is loaded."""
    behind: list[str] = []
    """Keys about below-county data that this leaves behind, with the place and years of the file."""
    despite: dict[str, list[str]] = {}
    """Errors in the book's own data, by table, with which it is built all the same; found when it
    is built."""
    left_out: dict[Identifier, str] = {}
    """Chapters that this book cannot have, and why; found when the scenario is loaded."""

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        if self.prior_year >= self.year:
            raise ValueError(f"prior_year {self.prior_year} is not before year {self.year}")
        lists: dict[str, list[Any]] = {"states": self.states, "flips": self.flips}
        lists |= {"weights": self.weights, "audit.risks": self.audit.risks}
        for name, values in lists.items():
            for value in (v for v in values if values.count(v) > 1):
                raise ValueError(f"{name}: {value} stands twice; name each once")
        state, readings = self.claim.state, self.treatment.readings
        strict.one_of(state, self.places, f"claim.state {state!r} is not in states")
        if self.focus == NATION and self.treatment.primary not in self.treatment.national:
            raise ValueError(
                f"treatment.primary {self.treatment.primary!r} is not among treatment.national, the readings "
                f"by which the country is compared; add it, or choose one of {self.treatment.national}"
            )
        strict.one_of(self.held, self.controls, f"held {self.held!r} is unknown")
        if self.controls.get("none") != []:
            raise ValueError("controls must have an empty set 'none'")
        for name in (n for n in self.adjusted if n.startswith(OWN)):
            problem = f"{name!r} is adjusted for, and covariates say nothing of it"
            strict.one_of(name, self.covariates, problem)
        known: dict[str, Collection[str]] = {
            "reading": readings, "controls": self.controls, "place": self.places
        }  # fmt: skip
        seen: set[str] = set()
        for model in self.models:
            if model.id in seen:
                raise ValueError(f"models: id {model.id!r} stands twice")
            seen.add(model.id)
            for key, valid in known.items():
                name = getattr(model, key)
                strict.one_of(name, valid, f"models.{model.id}.{key} {name!r} is unknown")
        if (dose := self.sensitivity.dose) is not None:
            strict.one_of(dose, readings, f"sensitivity.dose {dose!r} is unknown")
        return self

    @model_validator(mode="after")
    def _designed(self) -> Scenario:
        kinds: dict[str, str] = {"errors": self.errors}
        if self.designs is not None and self.focus != NATION:
            county = self.designs.counties
            kinds["designs.counties.errors"] = county.errors
            for name, variant in county.neighbours.items():
                kinds[f"designs.counties.neighbours.{name}.errors"] = variant.errors or ""
        for where, kind in kinds.items():
            if kind.startswith("cr"):
                raise ValueError(
                    f"{where}: {kind} is clustered by state, and this is for comparisons within "
                    "one state; choose hc1, hc2, hc2_bm or hc3 (errors_nation takes cr1 and cr3)"
                )
        if self.designs is None:
            return self
        for name, size in self.designs.sizes.items():
            if size.amount == "decisive" and self.focus == NATION:
                raise ValueError(
                    f"designs.sizes.{name}: amount decisive is for one state; electors decide for the "
                    "country, not the votes of all of it. Leave this size out"
                )
            if size.amount in NAMED and getattr(self.claim, NAMED[size.amount]) is None:
                raise ValueError(
                    f"designs.sizes.{name}: amount {size.amount} needs claim.{NAMED[size.amount]}; "
                    "add it, or name another amount"
                )
            if self.claim.gain and size.how == "deleted" and size.amount.startswith(IN_VOTES):
                raise ValueError(
                    f"designs.sizes.{name}: deleted votes are no gain, and claim.side speaks of "
                    "one; set how to added or switched"
                )
            if not self.claim.gain and size.how == "added" and size.amount.startswith(IN_VOTES):
                raise ValueError(
                    f"designs.sizes.{name}: added votes are no loss of the harmed side, and claim.side "
                    "speaks of no gain; set how to deleted or switched, or claim.side to favoured"
                )
            if size.how == "added" and self.designs.counties.outcome.startswith("log"):
                raise ValueError(
                    f"designs.sizes.{name}: votes added to one side do not change the other's number of votes, "
                    f"which is what designs.counties.outcome {self.designs.counties.outcome} compares"
                )
        variants = self.designs.counties.neighbours.items()
        treatments = {"treatment": self.designs.counties.treatment}
        treatments |= {f"neighbours.{k}.treatment": v.treatment for k, v in variants if v.treatment}
        for where, name in treatments.items():
            problem = f"designs.counties.{where} {name!r} is unknown"
            strict.one_of(name, self.treatment.readings, problem)
        if early := [y for y in self.sensitivity.again if y <= self.year]:
            raise ValueError(f"sensitivity.again: {early[0]} is not after year {self.year}")
        late = [y for y in self.designs.counties.placebos if y >= self.prior_year]
        if late:
            raise ValueError(
                f"designs.counties.placebos: {late[0]} is not before prior_year {self.prior_year}"
            )
        ballots = self.designs.same_ballots
        if ballots is not None and not ballots.outcome.startswith("same_ballots"):
            raise ValueError(
                f"designs.same_ballots.outcome: {ballots.outcome} compares no two offices; choose "
                "same_ballots, same_ballots_share_all or same_ballots_log"
            )
        towns = self.designs.municipalities
        for name, own in towns.neighbours.items() if towns is not None else ():
            weights = own.weights or (towns and towns.weights)
            if own.estimator == "huber" and weights != "none":
                raise ValueError(
                    f"designs.municipalities.neighbours.{name}: Huber's regression takes no weights; set its "
                    "own weights to none, or leave it out"
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
    def adjusted(self) -> set[str]:
        """Everything that some comparison of counties adjusts for."""
        sets = [*self.controls.values(), self.redraw.propensity]
        if self.designs is not None:
            county = self.designs.counties
            sets += [county.controls, *(v.controls or [] for v in county.neighbours.values())]
        if self.multiverse is not None:
            sets += [*self.multiverse.race, *self.multiverse.education, self.multiverse.more]
        return {name for some in sets for name in some}

    @property
    def focus(self) -> str:
        """Postal code of the state that the claim puts numbers on; ``US`` for the country."""
        return self.claim.state

    @property
    def leading(self) -> list[str]:
        """Sizes of harm that the first page leads with.

        The decisive one, where the claim names the margin that it may have decided; else those of
        the claim itself, all that it leaves open.
        """
        known = {} if self.designs is None else self.designs.sizes
        decisive = [name for name, size in known.items() if size.amount == "decisive"]
        if decisive and (self.claim.margin is not None or len(decisive) == len(known)):
            return decisive[:1]
        return self.stated

    @property
    def stated(self) -> list[str]:
        """Sizes of harm that say what the claim itself says, all that it leaves open."""
        known = {} if self.designs is None else self.designs.sizes
        own = [name for name, size in known.items() if size.amount != "decisive"]
        if each := [name for name in own if known[name].amount == "percent_each"]:
            return each
        if self.claim.unit == "percent":
            # Percent are no points, and the claim does not say whether the votes were switched.
            return [name for name in own if known[name].amount == "percent"] or own[:1]
        if self.claim.unit != "votes":
            return own[:1]
        ends = [name for name in own if known[name].amount in ("votes", "votes_most")]
        ways = {known[name].how for name in ends}
        # Of a range of votes lost in one way, the lower end is what the claim says at least.
        return (ends if len(ways) > 1 else ends[:1]) or own[:1]

    @property
    def asks_any(self) -> bool:
        """Whether the sizes that lead are no size of the claim, but any harm at all."""
        known = {} if self.designs is None else self.designs.sizes
        return {known[name].amount for name in self.leading} == {"any"}

    @property
    def places(self) -> list[str]:
        """The states of the claim and, where the tables cover it, the nation."""
        return [*self.states, NATION] if self.nation else list(self.states)

    @property
    def declaration(self) -> str:
        """Checksum of everything that decides a verdict and can be chosen."""
        chosen = self.model_dump(mode="json", include=DECLARED)
        if not self.covariates:
            del chosen["covariates"]
        for reading in chosen["treatment"]["readings"].values():
            for name in get_args(Said):  # words decide nothing
                del reading[name]
        for name in LATER:  # keys that scenarios did not have when some were declared
            if chosen["claim"][name] is None:
                del chosen["claim"][name]
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


LATER = ("votes_most", "counted", "side")
"""Keys of the claim that are left out of :attr:`Scenario.declaration` where they say nothing."""

NAMED = dict.fromkeys(("points", "points_all", "points_ballots"), "percent")
NAMED |= dict.fromkeys(("percent", "percent_each", "percent_ballots"), "percent")
NAMED |= {"votes": "votes", "votes_most": "votes_most"}
"""Amount of a size of harm -> the key of the claim that it takes its number from."""

IN_VOTES = ("percent", "votes")
"""How amounts begin that are votes, which only one of the two sides can lose or be given."""

DECLARED = {
    "year", "prior_year", "states", "parties", "treatment", "outcome", "controls", "covariates", "held",
    "weights", "errors", "errors_nation", "claim", "designs", "redraw", "sensitivity",
}  # fmt: skip
"""Keys that :attr:`Scenario.declaration` covers."""


def put(body: dict[str, Any], dotted: str, value: object) -> None:
    """Set one key of a scenario's mapping.

    `body`: as :func:`sevenpercent.strict.read_yaml` gives it; changed in place; `dotted`: key, its
    parts joined by points: ``treatment.primary``; `value`: what a YAML file would hold there.
    Raises InputError: the key is not one of a scenario's; the nearest is named.
    """
    *parents, last = dotted.split(".")
    here: Any = body
    model: Any = Scenario
    named = False  # whether the next part is a name of the user's own, such as that of a size
    for i, part in enumerate([*parents, last]):
        fields = None if named else getattr(model, "model_fields", None)
        if fields is None:
            model, named = (model if named else None), False
        elif part in fields or (part in here and strict.below(model, part)):
            named = part in fields and _is_mapping(fields[part].annotation)
            model = strict.below(model, part)
        else:
            raise InputError(
                "unknown scenario key",
                value=".".join([*parents, last][: i + 1]),
                fix=nearest(part, fields),
            )
        if part != last or i < len(parents):
            if not isinstance(here.get(part, {}), dict):
                raise InputError(
                    "scenario key has no parts", value=dotted, fix=f"Set {part!r} as a whole."
                )
            here = here.setdefault(part, {})
    here[last] = value


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(
        get_origin(part) is dict for part in get_args(annotation)
    )
