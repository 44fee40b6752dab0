"""P2: municipalities of the same county, by the share of ballots cast on machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError
from sevenpercent.model import frames
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import municipal, regression
from sevenpercent.stats.compare import HUNDRED
from sevenpercent.stats.designs.design import Comparison, vary
from sevenpercent.stats.regression import Estimate, Wild

PARTS = "parts"
"""Key of the frame with one row for each county's part of a municipality."""


def places(s: Scenario, load: Load, *, whole: bool = True) -> pd.DataFrame:
    """One row a municipality, or a part of one: :func:`sevenpercent.stats.municipal.municipal_frame`."""
    return municipal.municipal_frame(
        load(str(s.tables.municipalities)),
        year=s.year,
        prior_year=s.prior_year,
        **s.parties.sides,
        whole=whole,
    )


@dataclass(frozen=True)
class Municipal(Comparison):
    """A comparison of municipalities, whose neighbours may have other units, samples and estimators."""

    def rows(self, frames: Mapping[str, pd.DataFrame], spec: Any) -> pd.DataFrame | None:
        """Municipalities, or their parts."""
        return frames.get(PARTS if _of(spec, "unit") == "part" else self.key)

    def neighbouring(self, s: Scenario, load: Load) -> dict[str, pd.DataFrame]:
        """Parts of municipalities, where a neighbour has them for units."""
        asked = any(_of(spec, "unit") == "part" for _, spec in self.variants(s).values())
        return {PARTS: places(s, load, whole=False)} if asked else {}

    def fit(self, frame: pd.DataFrame, spec: Any) -> Estimate:
        """Estimate in points (or log points). **Negative** = lower where electronic."""
        frame = sample(frame, spec)
        if _of(spec, "estimator") != "huber":
            return super().fit(frame, spec)
        if spec.weights != "none":
            raise InputError("Huber's regression takes no weights", value=spec.weights)
        own = self.model(spec)
        names = ("outcome", "treatment", "controls", "effects")
        fitted = regression.huber(frame, **{n: own[n] for n in names}, cluster=self.cluster)
        return fitted.scaled(HUNDRED)


def sample(frame: pd.DataFrame, spec: Any) -> pd.DataFrame:
    """Places with as many votes in both elections as a specification asks for."""
    least = _of(spec, "least_votes") or 0
    return frame[frame[["total", "total_prior"]].min(axis=1) >= least]


def _of(spec: Any, name: str) -> Any:
    """What a specification says; None where a section of its own kind has no such choice."""
    return getattr(spec, name, None)


def without_each(towns: pd.DataFrame, spec: Any, design: Comparison | None = None) -> pd.DataFrame:
    """The design without each municipality in turn, the most influential first.

    Returns units used: ``municipality, county, total_prior, total, dose, two_party_prior,
    two_party, two_party_other`` as in `towns`; ``without`` (estimate without it) and ``moves`` (the
    estimate minus that), both in points.
    """
    own = (design or DESIGN).model(spec)
    names = ("outcome", "treatment", "controls", "weights", "effects")
    without = HUNDRED * regression.without_each(towns, **{n: own[n] for n in names})
    estimate = (design or DESIGN).fit(towns, spec).estimate
    shown = ["municipality", "county", "total_prior", "total", "dose"]
    shown += ["two_party_prior", "two_party", "two_party_other"]
    out = towns.loc[without.index, shown].assign(without=without, moves=estimate - without)
    return out.iloc[(-out["moves"].abs()).argsort(kind="stable")]


def by_machine(towns: pd.DataFrame, spec: Any, design: Comparison | None = None) -> pd.DataFrame:
    """The design with one dose for each model of machine: each against paper, the others held constant.

    `towns`: one row a municipality; `design`: another design by municipality. Returns one row a
    model, the commonest first: ``model``; ``estimate, se, lo, hi, n`` in points per ballot cast on
    it, **negative** = the harmed party did worse there; ``places`` that own it, ``used`` (places
    with ballots on it), ``ballots``, ``effective_clusters``.
    """
    wide, models = municipal.machines(towns)
    rows = []
    for column, model in models.items():
        others = [c for c in models if c != column]
        own_spec = vary(spec, treatment=column, controls=[*spec.controls, *others])
        e = (design or DESIGN).fit(wide, own_spec)
        own = towns[towns["machine"] == model]
        counted = len(own), int((own["dose"] > 0).sum()), own["ballots_dre"].sum()
        ends = e.estimate, e.se, e.lo, e.hi, e.n
        rows.append([model, *ends, *counted, e.effective_clusters])
    columns = ["model", "estimate", "se", "lo", "hi", "n"]
    columns += ["places", "used", "ballots", "effective_clusters"]
    return pd.DataFrame(rows, columns=columns)


def firm(each: pd.DataFrame, wild: Wild) -> pd.DataFrame:
    """One row with what :func:`without_each` and a wild bootstrap say of an estimate, to publish."""
    ends = {"lowest": each["without"].min(), "highest": each["without"].max()}
    moved = each["moves"].abs().max()
    return pd.DataFrame([{"part": "firm", **ends, "moved": moved, "n": len(each), **wild.numbers}])


FIRM = {
    "lowest": ("points", "lowest estimate without one municipality"),
    "highest": ("points", "highest estimate without one municipality"),
    "moved": ("points", "most that one municipality moves the estimate"),
    **regression.WILD,
}
"""Unit and label of what is published of :func:`firm`."""

MODELS = {"ballots": ("ballots", "ballots cast on that model")}
"""Unit and label of what is published beside each model's estimate."""


def named(models: pd.DataFrame) -> list[str]:
    """Part of a key for each model, in their order: ``machine.1``."""
    return [f"machine.{i}" for i in range(1, len(models) + 1)]


DESIGN = Municipal(
    "p2",
    "town comparison",
    unit="""? spec.treatment == "dose"
{{ words.outcome(spec.outcome).unit }} per DRE ballot

?else
{{ words.outcome(spec.outcome).unit }} where a DRE is owned""",
    method="""? spec.effects == "county"
The town comparison sets municipalities of one county side by side: {{ words.definition(spec.treatment).against }}, with
{{ words.errors(spec.errors, "county") }}.

?else
The town comparison sets municipalities side by side: {{ words.definition(spec.treatment).against }}, with
{{ words.errors(spec.errors, "county") }}.""",
    sources=("municipalities",),
    section="municipalities",
    places=places,
    outcomes=municipal.OUTCOMES,
    weights=frames.WEIGHTS,
    effects={"none": None, "county": "fips"},
    cluster="fips",
)

fit = DESIGN.fit
