"""Numbers of the first page: one line per step from the raw gap to what is left of it."""

from __future__ import annotations

import pandas as pd

from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results, Value
from sevenpercent.model.scenario import Scenario

COLUMNS = ["key", "step", "estimate", "lo", "hi"]
NEEDS = (
    "gap",
    "controls",
    "electoral",
    "claims",
    "designs",
    "replications",
    "multiverse",
    "methods",
)


def compute(scenario: Scenario, tables: Tables, upstream: Results) -> Findings:
    """Pick the steps of the story and the specification that hurts the short answer most.

    Returns
    -------
    Findings
        ``index.step.<name>``: copies of results with their keys in ``label``; ``index.hurts``:
        the change that stays most negative with the declared controls held constant. Frames
        ``steps``: key, step, estimate, lo, hi; ``verdicts``: the headline claims.
    """
    place, reading = scenario.focus.lower(), scenario.treatment.primary
    wanted = {
        "raw": f"gap.{place}.{reading}.level_two_party.mean",
        "chance": f"gap.{place}.{reading}.chance.level_two_party.spatial",
        "change": f"controls.{place}.{reading}.{scenario.outcome.primary}.none.none."
        + scenario.focus_errors,
        "held": f"controls.{place}.{reading}.{scenario.outcome.primary}.{scenario.held}.none."
        + scenario.focus_errors,
    }
    steps = {name: (key, upstream[key]) for name, key in wanted.items() if key in upstream}
    hurts = _hurts(scenario, upstream)
    if hurts is not None:
        steps["hurts"] = hurts
    if "designs.p4.estimate" in upstream:
        steps["paper"] = ("designs.p4.estimate", upstream["designs.p4.estimate"])
    results = Results()
    rows = []
    for name, (key, value) in steps.items():
        results.add(
            f"index.step.{name}",
            value.value,
            se=value.se,
            lo=value.lo,
            hi=value.hi,
            n=value.n,
            unit=value.unit,
            label=key,
            tables=value.tables,
        )
        rows.append(
            {"key": key, "step": name, "estimate": value.value, "lo": value.lo, "hi": value.hi}
        )
    verdicts = [
        {
            "id": name,
            "claim": upstream[f"claims.{name}.final"].label,
            "final": upstream[f"claims.{name}.final"].value,
        }
        for name in scenario.headline
        if f"claims.{name}.final" in upstream
    ]
    frames = {"steps": pd.DataFrame(rows, columns=COLUMNS), "verdicts": pd.DataFrame(verdicts)}
    return Findings(results, frames)


def _hurts(scenario: Scenario, upstream: Results) -> tuple[str, Value] | None:
    """The reading whose difference stays most negative, unweighted, controls held constant.

    Only readings of which the interval excludes zero; none of them gives None.
    """
    place = scenario.focus.lower()
    found = []
    for reading in scenario.treatment.readings:
        key = (
            f"controls.{place}.{reading}.{scenario.outcome.primary}.{scenario.held}.none."
            f"{scenario.focus_errors}"
        )
        if key in upstream:
            value = upstream[key]
            if isinstance(value.value, float) and value.hi is not None and value.hi < 0:
                found.append((value.value, key, value))
    if not found:
        return None
    _, key, value = min(found)
    return key, value
