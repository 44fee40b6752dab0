"""One design on trial: its sums, its outcome, and errors drawn for elections without harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import missing, spatial
from sevenpercent.stats.compare import HUNDRED
from sevenpercent.stats.designs import county, municipality, same_ballots
from sevenpercent.stats.regression import Array, Linear, linear, prepare, regress
from sevenpercent.stats.validity import field
from sevenpercent.stats.validity.planted import shift
from sevenpercent.stats.validity.score import Drawn

TRIED = (county.DESIGN, municipality.DESIGN, same_ballots.DESIGN)
"""Designs that can be tried: harm is known for each place of theirs."""


@dataclass(frozen=True)
class Trial:
    """A design, ready for thousands of outcomes.

    `name`: ``p1`` and so on; `frame`: places, those not used included; `model`: arguments of
    :func:`sevenpercent.stats.regression.fit`; `unit`: of its outcome; `y`, `d` (places): outcome in
    points and treatment, as they were.
    """

    name: str
    frame: pd.DataFrame
    model: Mapping[str, Any]
    unit: missing.Unit
    design: Linear
    y: Array
    d: Array

    @classmethod
    def of(cls, name: str, frame: pd.DataFrame, unit: missing.Unit, **model: Any) -> Trial:
        """Prepare a design on its places."""
        y, d = (frame[model[part]].to_numpy(float) for part in ("outcome", "treatment"))
        return cls(name, frame, model, unit, linear(frame, **model), HUNDRED * y, d)

    @property
    def used(self) -> NDArray[np.intp]:
        """Rows of the frame that the design uses."""
        return self.design.projection.rows

    @property
    def place(self) -> missing.Place:
        """Votes counted where voting was electronic, in this design's sense."""
        return missing.electronic_place(self.frame, self.model["treatment"])

    def shifts(self, votes: Array, how: missing.How, at: NDArray[np.intp]) -> Array:
        """What missing votes (rows `at` x draws) did to the outcomes there, in points."""
        counted = self.frame.iloc[at]
        h, f, t = (counted[c].to_numpy(float) for c in ("harmed", "favoured", "total"))
        return shift(h, f, t, votes, how, self.unit)

    def truth(self, shifts: Array, at: NDArray[np.intp]) -> Array:
        r"""Effect of a harm on this design's scale: :math:`\sum w_i \delta_i / \sum w_i d_i`.

        Over places with the machines: the average shift of the outcome per unit of treatment,
        each place counting as it does in the regression. **Negative** = harm.
        """
        weight = np.zeros(len(self.d))
        root = self.design.projection.root
        weight[self.used] = 1.0 if root is None else root**2
        weight[~(self.d > 0)] = 0.0
        whole = float((weight * np.nan_to_num(self.d)).sum())
        return weight[at] @ shifts / whole


def of_designs(s: Scenario, frames: Mapping[str, pd.DataFrame]) -> list[Trial]:
    """The designs of a book that can be tried, the county design first.

    `frames`: frame of each design, as :func:`sevenpercent.stats.designs.frames` gives them.
    """
    return [
        Trial.of(d.key, frames[d.key], d.unit_of(spec), **d.model(spec))
        for d, spec in ((d, d.spec(s)) for d in TRIED if d.key in frames)
    ]


def on_the_map(
    trial: Trial, points: pd.DataFrame, draws: int, rng: np.random.Generator
) -> tuple[field.Field, tuple[Array, Array]]:
    """Errors of a county design that cluster on the map as its residuals do.

    Returns their range, nugget and size, places of different states being unrelated; and estimates
    and variance terms of outcomes drawn without any effect.
    """
    rows = trial.frame.iloc[trial.used]
    distance = spatial.distances_km(*spatial.coordinates(rows["fips"], points))
    states = rows["state"].to_numpy()
    blocks = [np.flatnonzero(states == state) for state in pd.unique(rows["state"])]
    x = np.column_stack([trial.d[trial.used], _means(trial)])
    found = field.fit_field(trial.y[trial.used], x, distance, blocks)
    lower = np.zeros((len(trial.frame), len(rows)))
    lower[trial.used] = field.root(found, distance, blocks)
    estimate, terms = trial.design.parts(lower)
    chance = rng.standard_normal((len(rows), draws))
    return found, (estimate @ chance, terms @ chance)


def by_signs(trial: Trial, clusters: NDArray[np.int64], signs: Array) -> tuple[Array, Array]:
    """Estimates and variance terms of outcomes whose errors change sign by cluster."""
    columns = field.residuals_by_cluster(trial.design, trial.y, clusters, len(signs))
    estimate, terms = trial.design.parts(columns)
    return estimate @ signs, terms @ signs


def dealt_anew(
    trial: Trial,
    covariates: list[str],
    points: pd.DataFrame,
    neighbours: pd.DataFrame,
    draws: int,
    range_km: float,
    rng: np.random.Generator,
) -> Drawn:
    """Estimates with the outcomes as they were and machines reassigned at random on the map.

    Returned without the draws in which the controls determine the treatment.
    """
    m = trial.model
    rows = trial.frame.iloc[np.sort(trial.used)]
    rows = rows[rows[covariates].notna().all(axis=1)].reset_index(drop=True)
    d, given = rows[m["treatment"]].to_numpy(float), rows[covariates].to_numpy(float)
    where = spatial.layout(rows["fips"], points, neighbours)
    drawn = spatial.redraw(d, given, *where, draws, rng, range_km=range_km)
    y = HUNDRED * rows[[m["outcome"]]].to_numpy(float)
    dealt = np.ascontiguousarray(drawn.treatments[:, :, 0].T)
    fits = regress(prepare(rows, **m).projection, y, dealt, m.get("errors", "hc2_bm"))
    exists = fits.why == 0
    return Drawn(fits.estimate[0, exists], fits.se[0, exists], fits.df[exists])


def _means(trial: Trial) -> Array:
    """Columns that span what the controls and constants can explain, used places only."""
    rows = trial.frame.iloc[trial.used]
    controls = rows[trial.model["controls"]].to_numpy(float)
    spread = np.maximum(controls.std(axis=0), 1e-300)
    constants, effects = np.ones((len(rows), 1)), trial.model.get("effects")
    if effects is not None:
        constants = pd.get_dummies(rows[effects]).to_numpy(float)
    return np.column_stack([constants, (controls - controls.mean(axis=0)) / spread])
