"""Numbers of the same-ballots chapter: one office against another on the same ballots."""

from __future__ import annotations

import pandas as pd

from sevenpercent.findings.designs import HUNDRED, Places
from sevenpercent.findings.municipalities import by_machine, fit
from sevenpercent.model import frames
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import regression as controls

NEEDS = ("designs",)


def compute(scenario: Scenario, tables: Tables, upstream: Results | None = None) -> Findings:
    """Compare the harmed party's candidate with the party's other one, where DREs were used.

    Returns
    -------
    Findings
        ``same_ballots.state`` (this office minus the other, whole state), ``same_ballots.raw``
        (per DRE ballot, nothing held constant), ``same_ballots.marked`` (votes for this office
        compared with the other, log points; **negative** = fewer where electronic),
        ``same_ballots.machine.<n>.estimate``. Points, **negative** = the candidate ran further
        behind the party's other one where voting was electronic. Frame ``machines``.
    """
    results = Results()
    if scenario.designs is None or scenario.designs.same_ballots is None:
        return Findings(results)
    frame = Places.of(scenario, tables).municipalities
    assert frame is not None  # checked when the scenario was read
    used = [str(scenario.tables.municipalities)]
    spec = scenario.designs.same_ballots
    _state(results, frame, used)
    raw = fit(frame, spec, spec.treatment, [], None)
    marked = controls.fit(
        frame,
        "marked",
        spec.treatment,
        spec.controls,
        weights=frames.WEIGHTS[spec.weights],
        errors=spec.errors,
        effects="fips" if spec.effects == "county" else None,
        cluster="fips",
    ).scaled(HUNDRED)
    for name, e, unit, label in (
        (
            "raw",
            raw,
            "points",
            "this office minus the other, per DRE ballot, nothing held constant",
        ),
        ("marked", marked, "log points", "votes for this office over the other, per DRE ballot"),
    ):
        results.add(
            f"same_ballots.{name}",
            e.estimate,
            se=e.se,
            lo=e.lo,
            hi=e.hi,
            n=e.n,
            unit=unit,
            label=label,
            tables=used,
        )
    machines = by_machine(results, "same_ballots", frame, spec, used)
    return Findings(results, {"machines": machines})


def _state(results: Results, frame: pd.DataFrame, used: list[str]) -> None:
    sums = frame[["harmed", "favoured", "harmed_other", "favoured_other"]].sum()
    this = sums["harmed"] / (sums["harmed"] + sums["favoured"])
    other = sums["harmed_other"] / (sums["harmed_other"] + sums["favoured_other"])
    results.add(
        "same_ballots.state",
        HUNDRED * (this - other),
        n=len(frame),
        unit="points",
        label="two-party share, this office minus the other, whole state",
        tables=used,
    )
