"""Write the frames and models that R fits into a folder: ``python -m tests.r FOLDER``."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.stats import designs
from sevenpercent.stats.designs import municipality
from sevenpercent.stats.regression import vectors

CLUSTERS, DRAWS, SEED = 71, 499, 1
"""Of the wild bootstrap: counties of the towns used, draws, seed of their signs."""

DESIGNS = ("p1", "p2", "p3")
"""The regressions among the designs; the recount is none."""


@cache
def frames() -> dict[str, pd.DataFrame]:
    """One row a county or municipality, of each design."""
    return designs.frames(scenario.load(), tables.load)


def models() -> dict[str, dict[str, Any]]:
    """Arguments of :func:`sevenpercent.stats.regression.fit` by name, of least squares alone."""
    return {name: design.model(spec) for name, (design, spec) in declared().items()}


@cache
def declared() -> dict[str, tuple[Any, Any]]:
    """Each design and its neighbours: the design, and what the scenario says of it."""
    s = scenario.load()
    out = {}
    for key in DESIGNS:
        design = designs.of(s)[key]
        named = {"": design.spec(s)} | {n: spec for n, (_, spec) in design.variants(s).items()}
        for name, spec in named.items():
            if getattr(spec, "estimator", "least_squares") == "least_squares":
                out[f"{key}.{name}".rstrip(".")] = (design, spec)
    return out


def frame(name: str) -> pd.DataFrame:
    """Places that a model is fitted to."""
    design, spec = declared()[name]
    rows: pd.DataFrame = design.rows(frames(), spec)
    return rows if design.key == "p1" else municipality.sample(rows, spec)


def write(folder: Path) -> None:
    """Frames as CSV, with the columns that models use, and the models as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in models().items():
        columns = [model[c] for c in ("outcome", "treatment", "weights", "effects", "cluster")]
        used = {*filter(None, columns), *model["controls"]}
        frame(name)[sorted(used)].to_csv(folder / f"{name}.csv", index=False)
    drawn, _ = vectors(CLUSTERS, DRAWS, SEED)
    pd.DataFrame(drawn).to_csv(folder / "signs.csv", index=False, header=False)
    (folder / "models.json").write_text(json.dumps(models(), indent=1))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
