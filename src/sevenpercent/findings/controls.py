"""Numbers of the controls chapter: every reading, outcome, control set and weighting."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sevenpercent.model import frames
from sevenpercent.model.places import NATION, Tables, county_frame, readings
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Model, Scenario
from sevenpercent.stats import regression as controls
from sevenpercent.stats.gap import OUTCOMES

HUNDRED = 100.0
"""Shares and logarithms are published in points."""

FATES = ("remains", "gone", "open")
"""What can become of a raw difference; see :func:`fates`."""

_SAME = ["reading", "outcome", "weights"]

NATIONAL_OUTCOMES = ("level_two_party", "change_two_party")


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Fit the declared models and the grid around them.

    Returns
    -------
    Findings
        ``controls.<place>.<reading>.<outcome>.<controls>.<weights>.<errors>`` for every
        combination and ``controls.model.<id>`` for each declared model; points, **negative** =
        the harmed party did worse where voting was electronic. Frames ``models`` and ``grid``.
    """
    places = scenario.places
    whole = {p: county_frame(scenario, tables, p) for p in places}
    results = Results()
    used = [scenario.tables.votes, scenario.tables.equipment, scenario.tables.demographics]
    rows = []
    for place, frame in whole.items():
        varying = readings(scenario, frame, place)
        results.add(
            f"controls.{place.lower()}.readings",
            len(varying),
            unit="readings",
            label="readings of electronic voting that vary between the counties",
            tables=used,
        )
        for reading in varying:
            results.add(
                f"controls.{place.lower()}.{reading}.counties",
                int((frame[reading] > 0).sum()),
                n=int(frame[reading].notna().sum()),
                unit="counties",
                label="counties with any electronic voting in this reading",
                tables=used[1:2],
            )
        for model in _grid(scenario, place, varying):
            key = (
                f"controls.{place.lower()}.{model.reading}.{model.outcome}."
                f"{model.controls}.{model.weights}.{model.errors}"
            )
            rows.append(_row(key, model, frame, results, scenario, used))
    grid = pd.DataFrame(rows)
    fate = fates(grid, scenario)
    for place in places:
        own = fate[fate["place"] == place]
        for word in FATES:
            results.add(
                f"controls.{place.lower()}.fate.{word}",
                int((own["fate"] == word).sum()),
                n=len(own),
                unit="specifications",
                label=f"readings x outcomes x weights of which the raw gap is {word} "
                f"with {scenario.held} held constant",
                tables=used,
            )
    declared = [
        _row(f"controls.model.{m.id}", m, whole[m.place], results, scenario, used)
        for m in scenario.models
    ]
    frames_ = {"grid": grid, "models": pd.DataFrame(declared), "fate": fate}
    return Findings(results, frames_)


def fates(grid: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """What becomes of each raw difference once the declared controls are held constant.

    Parameters
    ----------
    grid : DataFrame
        As :func:`compute` makes it: one row per reading, outcome, control set and weights.

    Returns
    -------
    DataFrame
        One row per place, reading, outcome of change or level, and weights, with ``before``,
        ``after``, ``lo``, ``hi`` (points) and ``fate``: ``remains`` when the interval excludes
        zero, ``open`` when it holds zero and cannot tell it from the raw difference (which it holds
        too) or from the claim (it is wider than the claimed percentage in points), ``gone`` when
        it holds zero and can.
    """
    if grid.empty:
        return pd.DataFrame(columns=["place", *_SAME, "before", "after", "lo", "hi", "fate"])
    keep = grid[~grid["outcome"].str.startswith("log")].set_index(["place", *_SAME])
    before = keep[keep["controls"] == "none"]["estimate"].rename("before")
    after = keep[keep["controls"] == scenario.held].rename(columns={"estimate": "after"})
    out = after[["after", "lo", "hi", "n"]].join(before).reset_index()
    zero = (out["lo"] <= 0) & (out["hi"] >= 0)
    raw = (out["lo"] <= out["before"]) & (out["hi"] >= out["before"])
    wide = out["hi"] - out["lo"] > scenario.claim.percent
    out["fate"] = np.select([~zero, raw | wide], ["remains", "open"], "gone")
    return out


def _grid(scenario: Scenario, place: str, varying: list[str]) -> list[Model]:
    national = place == NATION
    outcomes = scenario.outcome.shown
    if national:
        outcomes = [o for o in outcomes if o in NATIONAL_OUTCOMES]
    return [
        Model(
            id="grid",
            who="",
            says="",
            place=place,
            reading=reading,
            outcome=outcome,
            controls=name,
            weights=weights,
            effects="state" if national else "none",
            errors=scenario.errors_of(place),
        )
        for reading in varying
        for outcome in outcomes
        for name in scenario.controls
        for weights in scenario.weights
    ]


def fit(model: Model, frame: pd.DataFrame, scenario: Scenario) -> controls.Estimate:
    """Estimate one declared model on the frame of its place, in points."""
    return controls.fit(
        frame,
        OUTCOMES[model.outcome].column,
        model.reading,
        scenario.controls[model.controls],
        weights=frames.WEIGHTS[model.weights],
        errors=model.errors,
        effects="state" if model.effects == "state" else None,
        cluster="state" if model.errors.startswith("cr") else None,
        sample=f"population >= {model.population_floor}" if model.population_floor else None,
    ).scaled(HUNDRED)


def _row(
    key: str,
    model: Model,
    frame: pd.DataFrame,
    results: Results,
    scenario: Scenario,
    used: list[str],
) -> dict[str, object]:
    e = fit(model, frame, scenario)
    results.add(
        key,
        e.estimate,
        se=e.se,
        lo=e.lo,
        hi=e.hi,
        n=e.n,
        unit=OUTCOMES[model.outcome].unit,
        label=f"{model.outcome} on {model.reading}, controls {model.controls}, "
        f"weights {model.weights}, errors {model.errors}"
        + (f", {model.effects} effects" if model.effects != "none" else ""),
        tables=used,
    )
    return {
        "key": key,
        "id": model.id,
        "who": model.who,
        "says": model.says,
        "place": model.place,
        "reading": model.reading,
        "outcome": model.outcome,
        "controls": model.controls,
        "weights": model.weights,
        "population_floor": model.population_floor,
        "effects": model.effects,
        "errors": model.errors,
        "estimate": e.estimate,
        "se": e.se,
        "df": e.df,
        "lo": e.lo,
        "hi": e.hi,
        "p": e.p,
        "n": e.n,
        "n_treated": e.n_treated,
        "effective_n": e.effective_n,
        "leverage_max": e.leverage_max,
        "leverage_at": e.leverage_at,
    }
