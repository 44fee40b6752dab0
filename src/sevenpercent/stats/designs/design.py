"""What a design of a verdict is: its places, its fit, its unit, its words, its part in the verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.data.tables import Load
from sevenpercent.errors import demand
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.terms import OUTCOMES
from sevenpercent.stats import missing, regression
from sevenpercent.stats.compare import HUNDRED
from sevenpercent.stats.designs.sizes import EACH, Stakes, harm, of_each
from sevenpercent.stats.regression import Array, Estimate, Prepared, Wild

Harm = Mapping[str, tuple[float, float]]
"""Size -> votes that it stands for, and the harm in a design's unit; both positive."""


@dataclass(frozen=True)
class Design(ABC):
    """One way to look for harm. A new one is a module like :mod:`.precinct` and its line in ``ALL``.

    `key`, `name`: ``p1`` in keys of results, ``county comparison`` in words and tables. `unit`: what
    one unit of its effect is, and `method`: what it compares: templates of words (``spec`` is what
    the scenario declares of it, ``fitted`` its row of :func:`sevenpercent.stats.designs.fit_all`).
    `sources`: keys of the scenario's ``tables``. `role`: ``counts``: has a vote on sizes of harm;
    ``paper``: the recounted paper, which all votes are held against. `by_county`: whether its places
    are counties, all or some: the scenario's definitions are of counties, and earlier elections are
    known of them. Others compare places within counties.
    """

    key: str
    name: str
    unit: str
    method: str
    sources: tuple[str, ...]
    role: Literal["counts", "paper"] = field(default="counts", kw_only=True)
    by_county: bool = field(default=False, kw_only=True)

    def tables(self, s: Scenario) -> list[str]:
        """Tables that it rests on."""
        return [name for source in self.sources if (name := getattr(s.tables, source))]

    @abstractmethod
    def spec(self, s: Scenario) -> Any:
        """What the scenario declares of it; None where the book does not have it."""

    @abstractmethod
    def variants(self, s: Scenario) -> Mapping[str, tuple[str, Any]]:
        """Neighbours of what is declared, by name: their label, and what they are instead."""

    @abstractmethod
    def frame(self, s: Scenario, load: Load) -> pd.DataFrame:
        """One row a place."""

    def rows(self, frames: Mapping[str, pd.DataFrame], spec: Any) -> pd.DataFrame | None:
        """Which of the book's frames a specification is fitted to; None where it is not there."""
        return frames.get(self.key)

    def neighbouring(self, s: Scenario, load: Load) -> dict[str, pd.DataFrame]:
        """Other frames that its neighbours are fitted to, by the keys that :meth:`rows` knows."""
        return {}

    @abstractmethod
    def fit(self, frame: pd.DataFrame, spec: Any) -> Any:
        """Estimate in the design's unit, with its error and interval. **Negative** = harm."""

    @abstractmethod
    def harm(self, s: Scenario, frame: pd.DataFrame, spec: Any, at: Stakes) -> Harm:
        """Each declared size in the unit of the fit."""

    def measured_in(self, spec: Any) -> str:
        """Unit of the estimate: ``points`` or ``log points``."""
        return "points"


@dataclass(frozen=True)
class Comparison(Design):
    """A design that compares places by a regression of an outcome on the treatment.

    `section`: key of the scenario's ``designs`` that declares it. `places`: ``(scenario, load)`` to
    its frame. `outcomes`: those that it knows (:data:`.terms.OUTCOMES`). `weights`, `effects`: name in the scenario -> column
    of the frame, or None. `cluster`: column of the clusters, for clustered errors. `patterns`:
    where the harm may lie that it is asked about.
    """

    section: str
    places: Callable[[Scenario, Load], pd.DataFrame]
    outcomes: Collection[str]
    weights: Mapping[str, str | None]
    effects: Mapping[str, str | None]
    cluster: str
    patterns: ClassVar[tuple[str, ...]] = ("spread", "fifth")

    def spec(self, s: Scenario) -> Any:
        """What the scenario declares of it."""
        return getattr(s.designs, self.section, None)

    def variants(self, s: Scenario) -> dict[str, tuple[str, Any]]:
        """Neighbours that the scenario declares: what each changes, the rest being the same."""
        base = self.spec(s)
        return {
            name: (near.label, vary(base, **near.model_dump(exclude={"label"}, exclude_none=True)))
            for name, near in base.neighbours.items()
        }

    def frame(self, s: Scenario, load: Load) -> pd.DataFrame:
        """One row a place."""
        return self.places(s, load)

    def model(self, spec: Any) -> dict[str, Any]:
        """Arguments of :func:`sevenpercent.stats.regression.fit`."""
        for part in ("outcome", "weights", "effects"):
            known = getattr(self, "outcomes" if part == "outcome" else part)
            problem, where = (
                f"the {self.name} knows no such {part}",
                f"designs.{self.section}.{part}",
            )
            demand(getattr(spec, part), known, problem, column=where)
        return {
            "outcome": OUTCOMES.get(spec.outcome, spec.outcome),
            "treatment": spec.treatment,
            "controls": list(spec.controls),
            "weights": self.weights[spec.weights],
            "errors": spec.errors,
            "effects": self.effects[spec.effects],
            "cluster": self.cluster if spec.errors.startswith("cr") else None,
        }

    def fit(self, frame: pd.DataFrame, spec: Any) -> Estimate:
        """Estimate in points (or log points). **Negative** = lower where electronic."""
        return regression.fit(frame, **self.model(spec)).scaled(HUNDRED)

    def wild(self, frame: pd.DataFrame, spec: Any) -> Wild:
        """The same with a restricted wild cluster bootstrap instead of its own errors; in points."""
        own = {**self.model(spec), "cluster": self.cluster}
        del own["errors"]
        return regression.wild(frame, **own).scaled(HUNDRED)

    def coded(self, column: pd.Series[float]) -> Array:
        """A definition of "electronic" as the comparison uses it."""
        return np.asarray(column, dtype=float)

    def ready(self, frame: pd.DataFrame, spec: Any) -> Prepared:
        """The places of a specification; raises InputError where it cannot be fitted."""
        return regression.prepare(frame, **self.model(spec))

    def dealt(self, frame: pd.DataFrame, spec: Any, machines: Array) -> tuple[Array, Array, Array]:
        """Estimates, errors and degrees of freedom with other maps of machines (places x maps).

        In points; a map that cannot be fitted is left out.
        """
        p = self.ready(frame, spec)
        y = HUNDRED * p.outcome[:, None]
        fits = regression.regress(p.projection, y, np.ascontiguousarray(machines), spec.errors)
        exists: NDArray[np.bool_] = (fits.why == 0) & (fits.se[0] > 0)
        return fits.estimate[0, exists], fits.se[0, exists], fits.df[exists]

    def unit_of(self, spec: Any) -> missing.Unit:
        """Unit of the outcome, as sizes of harm are converted to it."""
        return missing.unit_of(spec.outcome)

    def harm(self, s: Scenario, frame: pd.DataFrame, spec: Any, at: Stakes) -> Harm:
        """Each declared size in the unit of the outcome, over the electronic places."""
        assert s.designs is not None
        own, unit = missing.electronic_place(frame, spec.treatment), self.unit_of(spec)
        out = harm(s.designs.sizes, s.claim, at, own, unit)
        for name, size in s.designs.sizes.items():
            if name in out and size.amount == EACH:
                asked = frame, spec.treatment, unit, self.weights[spec.weights]
                out[name] = out[name][0], of_each(s.claim, size, *asked)
        return out

    def measured_in(self, spec: Any) -> str:
        """Unit of the estimate."""
        return "log points" if self.unit_of(spec) == "log" else "points"


def vary(spec: Any, **changes: Any) -> Any:
    """What a scenario declares of a design, with some of it otherwise."""
    return spec.model_copy(update=changes)
