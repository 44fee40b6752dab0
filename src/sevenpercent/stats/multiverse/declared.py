"""Grids as a scenario declares them: what each choice offers, and where known designs stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.frames import WEIGHTS, alike
from sevenpercent.model.scenario import NATION, Designs, Errors, Model, Multiverse, Sample
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import upper
from sevenpercent.stats import compare, designs
from sevenpercent.stats.compare import HUNDRED
from sevenpercent.stats.designs import county, municipality
from sevenpercent.stats.designs.design import Comparison
from sevenpercent.stats.designs.tail import Tail
from sevenpercent.stats.multiverse.grid import Grid, Target, control_sets, identifiers

MUNICIPAL = "_municipalities"
"""What follows the state in the name of the grid over municipalities."""

WEIGHTED = "places weighted by "


def county_grid(
    declared: Multiverse | None,
    frame: pd.DataFrame,
    place: str,
    where: str,
    words: Vocabulary,
    definitions: Iterable[str],
    main: Errors,
) -> Grid:
    """Grid over the counties of a state, or of the nation with state effects and clusters.

    Raises InputError: the scenario declares no grid.

    `frame`: one row a county. `place`, `where`: postal code or ``US``, and its name. `definitions`:
    those that vary there. `main`: kind of standard errors that the figures show.
    """
    if declared is None:
        raise InputError("the scenario declares no grid", column="multiverse", fix="Add one.")
    national = place == NATION
    apart = alike(frame, definitions)
    return Grid(
        place=place.lower(),
        where=f"counties of {where}{words.sample}",
        frame=frame,
        treatments={d: words.definition(d).against for d in apart},
        doubles={other: d for d, same in apart.items() for other in same[1:]},
        samples={name: (s.label, sample_mask(frame, s)) for name, s in declared.samples.items()},
        effects={"state": "state"} if national else {"none": None},
        errors=declared.errors_nation if national else declared.errors,
        cluster="state" if national else None,
        main=main,
        **_shared(declared, frame, words),
    )


def municipal_grid(
    declared: Multiverse | None,
    frame: pd.DataFrame | None,
    state: str,
    where: str,
    words: Vocabulary,
    main: Errors,
) -> list[Grid]:
    """Grid over the municipalities of a state; none where none is declared, or no table has them."""
    own = declared.municipalities if declared is not None else None
    if own is None or frame is None:
        return []
    return [
        Grid(
            place=f"{state.lower()}{MUNICIPAL}",
            where=f"municipalities of {where}",
            frame=frame,
            treatments={d: words.definition(d).against for d in own.treatments},
            samples={"all": ("of every size", np.ones(len(frame), dtype=bool))},
            effects={e: None if e == "none" else e for e in own.effects},
            errors=own.errors,
            cluster="county",
            main=main,
            **_shared(own, frame, words),
        )
    ]


def _shared(
    declared: Multiverse | scenario.MunicipalGrid, frame: pd.DataFrame, words: Vocabulary
) -> dict[str, Any]:
    race, education = ([tuple(c) for c in s] for s in (declared.race, declared.education))
    columns = {c for covariates in (*race, *education, declared.more) for c in covariates}
    targets = {}
    for name in declared.outcomes:
        o = words.outcome(name)
        log = o.unit == "log points"
        said = f"{o.words}, as points of the share" if log else o.words
        # A unit of the logarithm of the votes, in points of the share s: 100 s (1 - s), at its mean.
        share = float(frame["two_party"].mean()) if log else 0.0
        scale = HUNDRED * share * (1 - share) if log else HUNDRED
        targets[name] = Target(o.column, said, name.startswith("level"), scale, share=not log)
    return {
        "outcomes": targets,
        "race": race,
        "education": education,
        "more": declared.more,
        "weights": {w: WEIGHTS[w] for w in declared.weights},
        "words": {c: words.measures([c]) for c in columns}
        | {w: words.weights(w).removeprefix(WEIGHTED) for w in declared.weights},
    }


def sample_mask(frame: pd.DataFrame, sample: Sample) -> NDArray[np.bool_]:
    """Places that belong to a declared sample."""
    if sample.column is None:
        return np.ones(len(frame), dtype=bool)
    values = frame[sample.column].to_numpy(float)
    keep: NDArray[np.bool_] = np.isfinite(values)
    if sample.at_least is not None:
        keep &= values >= sample.at_least
    if sample.below is not None:
        keep &= values < sample.below
    return keep


def options(grid: Grid, words: Vocabulary) -> pd.DataFrame:
    """What every choice of a grid offers: ``place, heading, choice, option, label``, in order."""
    rows = [
        (upper(words.means), "treatment", t, words.definition(t).label) for t in grid.treatments
    ]
    rows += [("Outcome", "outcome", o, words.outcome(o).brief) for o in grid.outcomes]
    for heading, sets in (("Race", grid.race), ("Education", grid.education)):
        if len(sets) > 1:
            rows += [(heading, heading.lower(), "-".join(c), words.brief(c)) for c in sets]
    rows += [("Also adjusted for", f"with_{c}", "True", words.brief([c])) for c in grid.more]
    if len(grid.weights) > 1:
        said = [(w, words.weights(w).removeprefix(WEIGHTED)) for w in grid.weights]
        rows += [("Weights", "weights", w, label) for w, label in said]
    if len(grid.samples) > 1:
        rows += [("Places", "sample", s, label) for s, (label, _) in grid.samples.items()]
    if len(grid.effects) > 1:
        rows += [
            ("Compared", "effects", e, "across the state" if e == "none" else f"within each {e}")
            for e in grid.effects
        ]
    out = pd.DataFrame(rows, columns=["heading", "choice", "option", "label"])
    return out.assign(place=grid.place)


def find(
    grid: Grid,
    *,
    treatment: str,
    outcome: str,
    controls: Sequence[str],
    weights: str,
    errors: str,
    sample: str = "all",
    effects: str | None = None,
) -> str:
    """Identifier of a specification; empty where the grid does not have it."""
    wanted = set(controls)
    treatment = grid.doubles.get(treatment, treatment)
    named = next((c for c in control_sets(grid) if set(c.columns) == wanted), None)
    row = {"treatment": treatment, "outcome": outcome, "weights": weights, "sample": sample}
    row |= {"effects": effects or next(iter(grid.effects)), "errors": errors}
    known = (grid.treatments, grid.outcomes, grid.weights, grid.samples, grid.effects, grid.errors)
    if named is None or any(v not in of for v, of in zip(row.values(), known, strict=True)):
        return ""
    if grid.outcomes[outcome].level and grid.prior not in named.more:
        return ""
    return str(identifiers(grid, pd.DataFrame([{**row, "controls": named.name}])).iloc[0])


def within(grid: Grid, effects: str) -> str | None:
    """What places are compared within; None in a grid of one state, where it says nothing of states."""
    return None if effects == "state" and "state" not in grid.effects else effects


def standing(
    declared: Designs | None, grids: Mapping[str, Grid], focus: str
) -> Iterator[tuple[Comparison, str, Any]]:
    """The designs that a grid has the places of: the design, name of the grid, what is declared."""
    where = {
        county.DESIGN.places: focus.lower(),
        municipality.DESIGN.places: focus.lower() + MUNICIPAL,
    }
    for design in designs.ALL.values():
        # Lower tails are of the same places, but no regression.
        if isinstance(design, Comparison) and not isinstance(design, Tail):
            place, spec = where.get(design.places, ""), getattr(declared, design.section, None)
            if place in grids and spec is not None:
                yield design, place, spec


def primaries(declared: Designs | None, grids: Mapping[str, Grid], focus: str) -> dict[str, str]:
    """Identifier of each primary design that stands in the grids, by its key."""
    found = {}
    for design, place, spec in standing(declared, grids, focus):
        parts = ("treatment", "outcome", "controls", "weights", "errors")
        effects = within(grids[place], spec.effects)
        found[design.key] = find(
            grids[place], effects=effects, **{part: getattr(spec, part) for part in parts}
        )
    return {key: name for key, name in found.items() if name}


def models(
    declared: Iterable[Model],
    grids: Mapping[str, Grid],
    controls: Mapping[str, Sequence[str]],
    samples: Mapping[str, Sample],
) -> pd.DataFrame:
    """The published regressions that adjust for something, and where they stand in the grid.

    Returns ``id, who, says, place``; ``estimate, lo, hi`` in points, **negative** = the harmed
    party did worse where electronic; ``spec``, and ``why`` where the grid does not have it.
    """
    rows = []
    for m in declared:
        grid = grids.get(m.place.lower())
        if grid is None or not controls[m.controls]:
            continue
        e = compare.fit_model(m, grid.frame, controls)
        spec, why = _placed(m, grid, controls[m.controls], samples)
        rows.append([m.id, m.who, m.says, grid.place, e.estimate, e.lo, e.hi, spec, why])
    columns = ["id", "who", "says", "place", "estimate", "lo", "hi", "spec", "why"]
    return pd.DataFrame(rows, columns=columns)


def _placed(
    model: Model, grid: Grid, columns: Sequence[str], samples: Mapping[str, Sample]
) -> tuple[str, str]:
    if model.outcome.startswith("level") and grid.prior not in columns:
        return "", "a level without the earlier share"
    if model.weights == "votes":
        return "", "weighted by votes of the election itself"
    floors = {s.at_least or 0: name for name, s in samples.items() if s.below is None}
    same = {part: getattr(model, part) for part in ("outcome", "weights", "errors")}
    same |= {"treatment": model.reading, "sample": floors.get(model.population_floor, "")}
    found = find(grid, controls=columns, effects=within(grid, model.effects), **same)
    if not found and model.effects not in grid.effects and "none" not in grid.effects:
        return "", "states compared too"
    return found, "" if found else "not among the declared options"
