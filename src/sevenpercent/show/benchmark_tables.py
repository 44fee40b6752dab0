"""What benchmarks measured, as readers see it."""

from __future__ import annotations

import pandas as pd

from sevenpercent.data.benchmarks import Measured
from sevenpercent.escape import markdown
from sevenpercent.model.words import number


def speed_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Every figure with its unit and its goal; those that miss theirs are marked."""
    made = pd.DataFrame(
        {
            "what": ("**missed:** " if r["met"] is False else "") + markdown(r["label"]),
            "measured": number(r["value"], 0 if abs(r["value"]) >= 100 else 2),
            "unit": r["unit"],
            "goal": r["asked"],
        }
        for r in rows.to_dict("records")
    )
    made.attrs["markup"] = ["what"]
    return made


def described(run: Measured) -> str:
    """On what a run was made, with which versions, and when."""
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"{run.machine}, load {run.load:.1f} before; {versions}; {run.measured}"
