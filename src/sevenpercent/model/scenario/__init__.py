"""What one book is about: a strict model of a scenario file, checked before anything runs."""

from sevenpercent.data.inputs import Identifier, Input, Postal
from sevenpercent.model.scenario.chapters import parameters, require_chapter, untestable
from sevenpercent.model.scenario.designing import (
    CountyDesign,
    Designs,
    Joint,
    Multiverse,
    MunicipalGrid,
    Sample,
    Size,
    Validity,
)
from sevenpercent.model.scenario.loading import check, find, find_in, load, model, possible
from sevenpercent.model.scenario.parts import (
    NATION,
    NATION_WIDE,
    Claim,
    Credits,
    Errors,
    Model,
    Parties,
    Recount,
    Said,
    Tables,
)
from sevenpercent.model.scenario.settings import (
    OF_ELECTION,
    OF_SIZE,
    apply,
    moved,
    touched,
    without_local,
)
from sevenpercent.model.scenario.whole import DECLARED, DEFAULT, NAMED, Scenario, put
from sevenpercent.strict import Strict

__all__ = [
    "DECLARED", "DEFAULT", "NAMED", "NATION", "NATION_WIDE", "OF_ELECTION", "OF_SIZE", "Claim", "CountyDesign",
    "Credits", "Designs", "Errors", "Identifier", "Input", "Joint", "Model", "Multiverse",
    "MunicipalGrid", "Parties", "Postal", "Recount", "Said", "Sample",
    "Scenario", "Size", "Strict", "Tables", "Validity", "apply", "check", "find", "find_in", "load", "model",
    "moved", "parameters", "possible", "put", "require_chapter", "touched", "untestable", "without_local",
]  # fmt: skip
