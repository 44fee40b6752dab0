"""Chapters run with settings changed, and what one run finds out kept for all others that ask the same."""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import pandas as pd
import pytest
from pydantic import BaseModel

from sevenpercent.claims import planting
from sevenpercent.data import against, rules, tables
from sevenpercent.model import places, scenario
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import counties
from sevenpercent.stats import (
    ballots,
    chance,
    compare,
    designs,
    forensics,
    gap,
    paper,
    polls,
    refit,
    regression,
    scan,
    witnesses,
)
from sevenpercent.stats.designs import design
from sevenpercent.stats.multiverse import grid, joint
from sevenpercent.stats.sensitivity import near, placebo
from sevenpercent.stats.witnesses import counts, innocent, plants
from sevenpercent.stats.witnesses.innocent import Method

FIRST, *OTHERS = "midwest-2016", "dominion-2020", "texas-2024", "florida-2004"

FEW: dict[str, object] = {
    "redraw.draws": 99,
    "sensitivity.draws": 99,
    "audit.draws": 100,
    "validity.draws": 200,
    "validity.draws_rule": 200,
    "multiverse.joint.draws": 99,
}
"""Few draws: what is asked here is whether sentences hold together, not how exact the draws are."""

DRAWS = 40
"""The same for draws that no scenario sets: innocent elections, planted ones, fifths of counties."""


@cache
def few(name: str) -> dict[str, object]:
    """Those of a book, and of what its specifications may adjust for two covariates."""
    grid = scenario.load(name).multiverse
    found = {k: v for k, v in FEW.items() if grid or k.split(".")[0] != "multiverse"}
    return found | ({"multiverse.more": grid.more[:2]} if grid else {})


@cache
def loader(folder: str | None) -> places.Tables:
    """One for all runs: the same tables are joined to the same frames once."""
    return tables.loader(folder)


def value(s: Scenario, key: str) -> Any:
    """What a scenario has under a key; None where it has nothing there."""
    here: Any = s
    for part in key.split("."):
        here = getattr(here, part, None)
    return here


# What a run looked at

Field = tuple[type, str]
WHOLE: Field = (BaseModel, "__dict__")
"""Stands for all fields, of a scenario that is written down."""


@dataclass
class Watch:
    """The settings that are being looked at, for each run or question that is open."""

    open: list[set[Field]] = field(default_factory=list)
    paused: bool = False

    def saw(self, *fields: Field) -> None:
        if self.open and not self.paused:
            self.open[-1].update(fields)

    @contextmanager
    def one(self) -> Iterator[set[Field]]:
        """The fields that are read meanwhile; all of an object that is read as a whole."""
        self.open.append(set())
        try:
            yield self.open[-1]
        finally:
            looked = self.open.pop()
            self.saw(*looked)

    @contextmanager
    def pause(self) -> Iterator[None]:
        before, self.paused = self.paused, True
        try:
            yield
        finally:
            self.paused = before


WATCH = Watch()


def watch(patch: pytest.MonkeyPatch) -> None:
    """Let settings say that they are read."""
    own, copy, dump = BaseModel.__getattribute__, BaseModel.model_copy, BaseModel.model_dump

    def get(self: BaseModel, name: str) -> Any:
        if name == "__dict__" or name in type(self).model_fields:
            WATCH.saw((type(self), name))
        return own(self, name)

    def copied(self: BaseModel, **how: Any) -> Any:
        with WATCH.pause():
            return copy(self, **how)

    def dumped(self: BaseModel, **how: Any) -> Any:
        WATCH.saw(WHOLE)
        return dump(self, **how)

    patch.setattr(BaseModel, "__getattribute__", get, raising=False)
    patch.setattr(BaseModel, "model_copy", copied)
    patch.setattr(BaseModel, "model_dump", dumped)


# What was asked before

Settings = dict[tuple[str, ...], tuple[Field, Any]]


def flat(model: BaseModel, at: tuple[str, ...] = ()) -> Settings:
    """Every setting by its path, with the field that one reads it from."""
    out: Settings = {}
    for name, own in {**model.__dict__, **(model.__pydantic_extra__ or {})}.items():
        inside = own if isinstance(own, dict) else {"": own}
        for key, part in inside.items():
            way = (*at, name, str(key))
            deep = isinstance(part, BaseModel)
            out[way] = (type(model), name), type(part) if deep else part
            out |= flat(part, way) if deep else {}
    return out


def moved(a: Settings, b: Settings) -> set[Field]:
    """The fields in which two scenarios differ."""
    return {
        (a.get(k) or b[k])[0]
        for k in a.keys() | b.keys()
        if k not in a or k not in b or a[k] != b[k]
    }


NAMED = {id(design): key for key, design in designs.ALL.items()}


class Question(pickle.Pickler):
    """Writes down what a function is asked; scenarios are put aside, not written."""

    def __init__(self, to: io.BytesIO, short: bool) -> None:
        super().__init__(to, protocol=5)
        self.settings: list[Scenario] = []
        self.short = short

    def reducer_override(self, o: Any) -> Any:
        """A method without what it found out about itself."""
        if not isinstance(o, Method):
            return NotImplemented
        return type(o), tuple(getattr(o, f.name) for f in fields(o))

    def persistent_id(self, o: Any) -> Any:
        """Stand-ins for scenarios and for functions that know something."""
        if isinstance(o, Scenario):
            self.settings.append(o)
            return "scenario"
        if isinstance(o, Vocabulary):
            return "words", o._s
        if id(o) in NAMED:
            return "design", NAMED[id(o)]
        if (
            isinstance(o, Method) and self.short
        ):  # what it keeps from one question to the next is no part
            if "asked" not in o.__dict__:
                text, _ = written(o)
                o.__dict__["asked"] = hashlib.sha256(text).digest()
            return o.__dict__["asked"]
        o = getattr(o, "__wrapped__", o) if callable(o) else o
        if isinstance(o, FunctionType) and "<locals>" in o.__qualname__:
            return o.__qualname__, [c.cell_contents for c in o.__closure__ or ()]
        return None


class Answer(pickle.Unpickler):
    """Reads what was written down; no answer holds a scenario."""

    def persistent_load(self, pid: Any) -> Any:
        return designs.ALL[pid[1]]


def written(what: Any, *, short: bool = False) -> tuple[bytes, list[Scenario]]:
    """Anything as bytes, and the scenarios in it."""
    question = Question(text := io.BytesIO(), short)
    question.dump(what)
    return text.getvalue(), question.settings


@dataclass
class Known:
    """One answer, the settings that it was found with, and those that were looked at for it."""

    looked: set[Field]
    settings: list[Settings]
    answer: bytes

    def holds(self, now: list[Settings]) -> bool:
        differ = set().union(*(moved(a, b) for a, b in zip(self.settings, now, strict=True)))
        return (
            not differ
            or not ({(kind, "__dict__") for kind, _ in differ} | differ | {WHOLE}) & self.looked
        )


def remembered(answer: Callable[..., Any]) -> Callable[..., Any]:
    """The same function; asked again with equal arguments, and the same settings as far as it read any.

    Answers are copies.
    """
    known: dict[bytes, list[Known]] = {}

    def again(*asked: Any, **how: Any) -> Any:
        with WATCH.pause():
            text, settings = written((asked, how), short=True)
            key = hashlib.sha256(text).digest()
            now = [flat(s) for s in settings]
            for one in known.get(key, ()):
                if one.holds(now):
                    break
            else:
                one = None
        if one is None:
            with WATCH.one() as looked:
                found = answer(*asked, **how)
            with WATCH.pause():
                one = Known(set(looked), now, written(found)[0])
            known.setdefault(key, []).append(one)
        WATCH.saw(*one.looked)
        return Answer(io.BytesIO(one.answer)).load()

    return again


ALIKE: dict[ModuleType | type, tuple[str, ...]] = {
    against: ("disagreements",),
    ballots: ("by_method",),
    chance: ("by_chance",),
    compare: ("every", "models", "wilds"),
    counts: ("cells",),
    design.Comparison: ("fit",),
    designs: ("frames",),
    counties: ("towns",),
    forensics: ("elections", "harmed"),
    gap: ("raw_gaps",),
    grid: ("plan",),
    innocent: ("_of_design",),
    joint: ("both_tests",),
    near: ("by_definition",),
    paper: ("rooms",),
    planting: ("_said",),
    placebo: ("event_study",),
    polls: ("samples", "by_place"),
    refit: ("mixed",),
    regression: ("huber",),
    rules: ("examine",),
    scan: ("raw_votes",),
    witnesses: ("_placebos",),
}
"""Dear functions, which most settings ask the same: one answer for each question."""


def install(patch: pytest.MonkeyPatch) -> None:
    """Let runs share what they find out, and draw little."""
    watch(patch)
    several = innocent._of_design
    patch.setattr(innocent, "_of_design", lambda *asked: list(several(*asked)))
    for owner, names in ALIKE.items():
        for name in names:
            patch.setattr(owner, name, remembered(getattr(owner, name)))
    once = counts.cells
    patch.setattr(
        counts,
        "cells",
        lambda s, methods, plants, counties: pd.concat(
            [once(s, methods, [plant], counties) for plant in plants], ignore_index=True
        ),
    )
    patch.setattr(witnesses.call, "__kwdefaults__", {"draws": DRAWS})
    patch.setattr(planting.table, "__defaults__", (DRAWS,))
    patch.setattr(plants, "HITS", DRAWS // 4)
