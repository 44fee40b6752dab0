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

DESIGNS = ("p1", "p2", "p3")
"""The regressions among the designs; the recount is none."""


@cache
def frames() -> dict[str, pd.DataFrame]:
    """One row a county or municipality, of each design."""
    return designs.frames(scenario.load(), tables.load)


def models() -> dict[str, dict[str, Any]]:
    """Arguments of :func:`sevenpercent.stats.regression.fit`, and ``design``, by name."""
    s = scenario.load()
    out = {}
    for key in DESIGNS:
        design = designs.of(s)[key]
        named = {"": design.spec(s)} | {n: spec for n, (_, spec) in design.variants(s).items()}
        for name, spec in named.items():
            whole = design.model(spec) | {"design": key}  # type: ignore[attr-defined]
            out[f"{key}.{name}".rstrip(".")] = whole
    return out


def write(folder: Path) -> None:
    """Frames as CSV, with the columns that models use, and the models as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    used: dict[str, set[str]] = {key: set() for key in DESIGNS}
    for model in models().values():
        columns = [
            model[name] for name in ("outcome", "treatment", "weights", "effects", "cluster")
        ]
        used[model["design"]] |= {*filter(None, columns), *model["controls"]}
    for key, names in used.items():
        frames()[key][sorted(names)].to_csv(folder / f"{key}.csv", index=False)
    (folder / "models.json").write_text(json.dumps(models(), indent=1))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
