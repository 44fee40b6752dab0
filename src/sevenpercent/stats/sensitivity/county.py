"""The county comparison that is probed: its places, what it adjusts for, its like in other states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.frames import alike, require
from sevenpercent.model.scenario import Claim, CountyDesign, Designs, Size
from sevenpercent.model.terms import OUTCOMES
from sevenpercent.stats import missing
from sevenpercent.stats.designs.sizes import harm as in_units
from sevenpercent.stats.designs.sizes import stakes
from sevenpercent.stats.regression import Array, NoVariation


@dataclass(frozen=True)
class Arrays:
    """Complete rows of one model.

    `y`, `d` (n): outcome and treatment; `z` (n x p): controls, without a constant.
    """

    fips: list[str]
    names: list[str]
    y: Array
    d: Array
    z: Array

    @property
    def n(self) -> int:
        """Counties."""
        return len(self.y)

    @property
    def regressors(self) -> Array:
        """Treatment and controls."""
        return np.column_stack([self.d, self.z])


def arrays(
    frame: pd.DataFrame, outcome: str, treatment: str, controls: Sequence[str] = ()
) -> Arrays:
    """Rows of `frame` with every value of the model.

    Raises NoVariation: the treatment is the same in all of them; InputError: unknown column, or
    fewer rows than the model needs.
    """
    columns = [outcome, treatment, *controls]
    require(frame, columns)
    rows = frame[frame[columns].notna().all(axis=1)]
    if len(rows) <= len(columns) + 1:
        raise InputError(f"Too few units: {len(rows)} for {len(columns)} coefficients")
    if rows[treatment].nunique() < 2:
        raise NoVariation("The treatment does not vary", column=treatment)
    return Arrays(
        fips=[str(x) for x in rows["fips"]],
        names=[str(x) for x in rows["county"]],
        y=rows[outcome].to_numpy(float),
        d=rows[treatment].to_numpy(float),
        z=rows[list(controls)].to_numpy(float).reshape(len(rows), -1),
    )


def is_binary(d: Array) -> bool:
    """Whether a treatment is yes or no rather than a share."""
    return bool(np.isin(d, (0.0, 1.0)).all())


DESIGN = "design"
"""Name of the set that the county comparison itself adjusts for."""

PRIOR = "two_party_prior"
"""The control that means another election in each kind of comparison."""

Sets = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Probed:
    """The county comparison of one state.

    `sets`: name -> covariates; see :func:`control_sets`; `definitions`:
    those that vary and are known for every county, the comparison's own first, and of those that
    name the same counties the first; `probed`: the
    comparison's own, and the share of ballots where there is one.
    """

    frame: pd.DataFrame
    spec: CountyDesign
    sets: Sets
    definitions: list[str]
    probed: list[str]

    @property
    def lead(self) -> str:
        """Definition of the comparison."""
        return self.spec.treatment

    @property
    def column(self) -> str:
        """Column of the outcome."""
        return OUTCOMES[self.spec.outcome]

    def arrays(self, definition: str, name: str) -> Arrays:
        """Rows of one model: the outcome on a definition and a control set."""
        return arrays(self.frame, self.column, definition, self.sets[name])


def control_sets(spec: CountyDesign, held: str, columns: Sequence[str]) -> dict[str, list[str]]:
    """``none``, the set `held` of the book, the comparison's own, and both with the prior share."""
    sets = {"none": [], held: list(columns), DESIGN: [str(c) for c in spec.controls]}
    prior = {f"{n}_prior": [*sets[n], PRIOR] for n in (held, DESIGN) if PRIOR not in sets[n]}
    return sets | prior


def models(
    frames: Mapping[str, pd.DataFrame],
    varying: Mapping[str, Sequence[str]],
    declared: Designs | None,
    *,
    focus: str,
    leading: str,
    held: tuple[str, Sequence[str]],
    dose: str | None,
) -> dict[str, Probed]:
    """The county comparison of each state that has one; the others take the leading definition.

    `frames`, `varying`: state -> one row a county, and the definitions that vary there. `focus`,
    `leading`: state of the claim, and the definition that leads in the others. `held`: name and
    covariates of the set that answers the claim. `dose`: definition that is the share of ballots.

    Raises InputError: the scenario declares no designs; NoVariation: the definition is unknown or
    the same in all counties of `focus`.
    """
    if declared is None:
        problem = "This chapter probes the county design, and the scenario declares none"
        fix = "Declare designs.counties, or leave the chapter out."
        raise InputError(problem, column="designs", fix=fix)
    own = declared.counties
    out = {}
    for place, frame in frames.items():
        spec = own if place == focus else own.model_copy(update={"treatment": leading})
        known = [d for d in varying[place] if frame[d].notna().all()]
        if spec.treatment in known:
            _, *others = alike(frame, dict.fromkeys([spec.treatment, *known]))
            probed = [spec.treatment, *([dose] if dose in others else [])]
            sets = control_sets(spec, *held)
            out[place] = Probed(frame, spec, sets, [spec.treatment, *others], probed)
    if focus not in out:
        problem = "This claim cannot be tested here: no county comparison in the focus state"
        raise NoVariation(problem, column=own.treatment, value=focus)
    return out


def harms(
    p: Probed, sizes: Mapping[str, Size], claim: Claim, electronic: str
) -> dict[str, dict[str, float]]:
    """Each declared size of harm in points of each definition (positive).

    `sizes`: name -> size. One counted in ballots, by municipality, is left out; so is a decisive
    one where the harmed side won. `electronic`: definition of the counties that a claimed
    percentage is of.
    """
    at, unit = stakes(p.frame, electronic, None), missing.unit_of(p.spec.outcome)
    out = {}
    for definition in p.definitions:
        own = missing.electronic_place(p.frame, definition)
        harm = in_units(sizes, claim, at, own, unit)
        out[definition] = {name: amount for name, (_, amount) in harm.items()}
    return out
