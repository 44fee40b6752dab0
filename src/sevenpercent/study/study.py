"""What a notebook opens: a scenario with its tables, its words, and the numbers that it publishes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data import tables
from sevenpercent.data.tables import Load
from sevenpercent.model import frames, numbers, places, words
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import NATION, Scenario, chapters
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show.figures.forest import Mark
from sevenpercent.stats.compare import NATIONAL
from sevenpercent.stats.designs import municipality, sizes
from sevenpercent.study import text

Upstream = Callable[[str], Results]


@dataclass
class Session:
    """Where a chapter runs when it is not a notebook: what it is given, and the study that it opens."""

    scenario: Scenario
    load: Load
    upstream: Upstream
    study: Study | None = None


SESSION: ContextVar[Session | None] = ContextVar("session", default=None)
OPEN: list[Study] = []
"""The study that the running notebook opened last."""


class Study:
    """One chapter at work.

    `s`: what the book is about, the notebook's parameters applied; `words`: words for its settings;
    `rows`: the numbers published so far, `results` the same by key; `upstream`: numbers of another
    chapter of this book by its name.
    """

    waits = False
    """Whether somebody else says when what was published is written."""

    def __init__(
        self, chapter: str, scenario: Scenario, load: Load, upstream: Upstream, out: Path | None
    ) -> None:
        self.chapter, self.s, self.load = chapter, scenario, load
        self.words = Vocabulary(scenario, lambda: self._shares)
        self.rows = numbers.rows([])
        self.results = Results()
        self.upstream, self._out = upstream, out
        self._unwritten = False
        self.text = text.Text.of(scenario, chapter)
        self._told: list[words.Told] = []

    @cached_property
    def _shares(self) -> set[str]:
        equipment = self.load(self.s.tables.equipment)
        return set(equipment.loc[equipment["kind"] == "share", "reading"])

    @property
    def focus(self) -> str:
        """Place that the claim puts numbers on."""
        return self.s.focus

    def counties(self, place: str | None = None) -> pd.DataFrame:
        """One row a county of a place, of the focus when none is named: votes, machines, people.

        Columns as :func:`sevenpercent.model.frames.county_frame` gives them.
        """
        return places.county_frame(self.s, self.load, place or self.focus)

    def municipalities(self, *, whole: bool = True) -> pd.DataFrame | None:
        """One row a municipality of the focus; None where the book has no table of them.

        With `whole` False one row for each county's part of a municipality. Columns as :func:`sevenpercent.stats.municipal.municipal_frame` gives them.
        """
        if self.s.tables.municipalities is None:
            return None
        return municipality.places(self.s, self.load, whole=whole)

    @cached_property
    def lead(self) -> int | None:
        """Votes by which the favoured side leads in the focus; None where these votes do not say who won."""
        return frames.lead(self.counties())

    @property
    def borrowed(self) -> int:
        """Counties of the focus whose votes stand in no file of a book of one's own, and are the project's."""
        files = tuple(i.path.name for i in self.s.inputs if i.holds == "votes")
        rows = self.load(self.s.tables.votes).query("year == @self.s.year")
        rows = rows if self.s.focus == NATION else rows[rows["state"] == self.s.focus]
        own = rows["source"].astype(str).map(lambda name: name.startswith(files))
        ours, every = (set(part["fips"]) for part in (rows[own], rows))
        return len(every - ours) if ours else 0

    def definitions(self, frame: pd.DataFrame, place: str | None = None) -> list[str]:
        """Definitions of "electronic" that vary between the counties of a frame."""
        return places.readings(self.s, frame, place or self.focus)

    def meanings(self, frame: pd.DataFrame, place: str, of: str = "") -> list[str]:
        """Those of them that are the machines of one, `of`; of the leading one where none is named."""
        ours = self.s.treatment.meanings(of)
        return [d for d in self.definitions(frame, place) if d in ours]

    def varied(self, frame: pd.DataFrame) -> str:
        """What combinations vary in the focus, before others: ``definition,``; empty where one tells the places apart."""
        apart = frames.alike(frame, self.meanings(frame, self.focus))
        return "definition, " if len(apart) > 1 else ""

    def choices(self, frame: pd.DataFrame, place: str) -> dict[str, Any]:
        """The choices that the scenario declares for comparisons of a place's counties."""
        s = self.s
        shown = dict.fromkeys([*s.outcome.shown, s.outcome.primary])
        outcomes = [o for o in shown if place != NATION or o in NATIONAL]
        chosen = {"definitions": self.definitions(frame, place), "outcomes": outcomes}
        held = {"controls": s.controls, "weights": s.weights, "errors": s.errors_of(place)}
        return chosen | held

    @property
    def compared(self) -> list[str]:
        """Tables that a comparison of counties rests on."""
        t = self.s.tables
        return [t.votes, t.equipment, t.demographics]

    @property
    def axis(self) -> str:
        """What an axis of differences in points measures, with the meaning of its sign."""
        return self.axis_in("points")

    def axis_in(self, unit: str) -> str:
        """The same in another unit, as ``log points``."""
        s = self.s
        return f"{unit}; negative = {s.parties.harmed.candidate} lower {self.words.where}"

    @property
    def claimed(self) -> list[Mark]:
        """The size that was claimed, as a mark on such an axis; none where it cannot be converted."""
        return self.claimed_in("points")

    def claimed_in(self, unit: str) -> list[Mark]:
        """The same on an axis in another unit, where the claim has a size in it."""
        if unit != "points":
            return []
        out = []
        for way, size in self.ways.items():
            said = f"{size:g}"
            if self.s.claim.unit in ("votes", "points_all"):  # converted: the mark says from what
                said = f"{size:.1f} ({self.words.claim})"
            elif len(self.ways) > 1:
                said = f"{size:.1f} ({self.words.claim}, {way})"
            out += [Mark(-size, f"{self.s.claim.said}: {said}")] if size == size else []
        return out

    @cached_property
    def points(self) -> float:
        """The claimed size in points of the two-party share (:func:`.designs.sizes.in_points`)."""
        return sizes.in_points(self.s, self.counties(), self.s.treatment.primary)

    @cached_property
    def ways(self) -> dict[str, float]:
        """The same for each way that the claim leaves open (:func:`.designs.sizes.by_way`)."""
        return sizes.by_way(self.s, self.counties(), self.s.treatment.primary)

    @cached_property
    def census(self) -> tuple[int, int] | None:
        """First and last year of the census figures; None where their file does not say it."""
        said = [i.year for i in self.s.inputs if i.census and i.year]
        if said:
            return max(said), max(said)
        return tables.years(self.s.tables.demographics, self.s.tables.folder)

    def place(self, code: str) -> str:
        """Name of a state for a sentence; ``US`` is the nation."""
        return self._names.get(code, "the nation")

    @cached_property
    def _names(self) -> dict[str, str]:
        states = self.load(self.s.tables.states)
        return dict(zip(states["state"], states["name"], strict=True))

    def publish(self, frame: pd.DataFrame | Iterable[Mapping[str, Any]], **common: Any) -> None:
        """Publish numbers: rows of a frame, each with what it is of; see :func:`numbers.rows`.

        `common`: columns that are the same in each row (``tables``, ``unit``, ``label`` ...);
        ``analysis`` is the chapter when not given.
        """
        made = numbers.rows(frame, **{"analysis": self.chapter, **common})
        self.rows = pd.concat([self.rows, made], ignore_index=True)
        self.results = self.results.merged(numbers.results(made))
        self._unwritten = self._out is not None
        if not self.waits:
            self.write()

    def keep(self, **frames: pd.DataFrame) -> None:
        """Keep whole frames beside the numbers of a running build, for those who download them."""
        if self._out is not None:
            folder = self._out / "results"
            folder.mkdir(parents=True, exist_ok=True)
            for name, frame in frames.items():
                path = folder / f"{self.chapter}.{name}.parquet"
                frame.to_parquet(path, compression="zstd", index=False)

    @property
    def figures(self) -> Path | None:
        """Folder of the drawings and numbers of this chapter's figures; None outside of a build."""
        return None if self._out is None else self._out / "figures"

    def write(self, *ended: object) -> None:
        """Write what was published, where it is not written yet: after each cell, or at once."""
        if self._out is None or not self._unwritten:
            return
        self._unwritten = False
        folder = self._out / "results"
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in (
            (f"{self.chapter}.json", self.results.to_json(self.s.id)),
            (f"{self.chapter}.rows.json", numbers.dumps(self.rows)),
        ):
            (folder / name).write_text(body, encoding="utf-8", newline="\n")

    def told(self, filled: words.Told) -> None:
        """Keep what one cell of words was filled with, for :meth:`.Text.again`."""
        if self._out is not None:
            self._told.append(filled)
            body = json.dumps([asdict(one) for one in self._told], ensure_ascii=False)
            (self._out / text.TOLD).write_text(body, encoding="utf-8", newline="\n")

    @cached_property
    def cited(self) -> Results:
        """Numbers of the chapters that this one names under ``needs``, as far as the book has them."""
        needed = chapters.needs(self.chapter, self.s)
        return Results().merged(*(self.upstream(name) for name in needed))

    @property
    def values(self) -> dict[str, Any]:
        """What every sentence can name beside the variables of its notebook."""
        s = self.s
        return {
            "s": s,
            "study": self,
            "place": self.place,
            "here": self.place(self.focus),
            "harmed": s.parties.harmed.candidate,
            "favoured": s.parties.favoured.candidate,
            "machines": s.treatment.said("electronic"),
            "electronic": s.treatment.said("adjective"),
            "others": s.treatment.said("contrast"),
            "words": self.words,
        }


def current() -> Study:
    """Return the study that this notebook opened last."""
    return OPEN[-1]


@contextmanager
def session(scenario: Scenario, load: Load, upstream: Upstream) -> Iterator[Session]:
    """Let :func:`open_study` hand out what is given here instead of looking for files."""
    made = Session(scenario, load, upstream)
    token = SESSION.set(made)
    try:
        yield made
    finally:
        SESSION.reset(token)
