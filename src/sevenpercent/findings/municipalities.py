"""Numbers of the municipalities chapter: machine by machine, and what logic alone says."""

from __future__ import annotations

import pandas as pd

from sevenpercent.findings.designs import HUNDRED, Places
from sevenpercent.model import frames
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import MunicipalDesign, Scenario
from sevenpercent.stats import municipal
from sevenpercent.stats import regression as controls

NEEDS = ("designs",)

TELLING = 20.0
"""Points: a bound no wider than this says something about a municipality."""

RARE = 0.05
"""Share of ballots below which machines that are owned count as hardly used."""


def compute(scenario: Scenario, tables: Tables, upstream: Results | None = None) -> Findings:
    """Describe the municipalities, fit each model of machine, and bound votes on DRE ballots.

    Returns
    -------
    Findings
        ``municipalities.places``, ``.owners``, ``.hardly_used``, ``.ballots_dre``;
        ``municipalities.raw`` (nothing held constant) and ``municipalities.within`` (county
        effects alone); ``municipalities.machine.<n>.estimate`` with ``.places`` and ``.ballots``;
        ``municipalities.bound.lo``, ``.hi`` and ``.telling``. Points per DRE ballot, **negative** =
        the harmed party did worse on DREs. Frames ``machines``, ``bounds``, ``doses``.
    """
    results = Results()
    if scenario.designs is None or scenario.designs.municipalities is None:
        return Findings(results)
    places = Places.of(scenario, tables)
    frame = places.municipalities
    assert frame is not None  # checked when the scenario was read
    used = [str(scenario.tables.municipalities)]
    _describe(results, frame, used)
    spec = scenario.designs.municipalities
    for name, effects in (("raw", None), ("within", "fips")):
        e = fit(frame, spec, spec.treatment, [], effects)
        results.add(
            f"municipalities.{name}",
            e.estimate,
            se=e.se,
            lo=e.lo,
            hi=e.hi,
            n=e.n,
            unit="points",
            label="per DRE ballot, nothing held constant"
            if effects is None
            else "per DRE ballot, within counties, nothing else held constant",
            tables=used,
        )
    machines = by_machine(results, "municipalities", frame, spec, used)
    bounds = _bounds(results, scenario, frame, used)
    doses = frame.loc[frame["own"] > 0, ["fips", "municipality", "machine", "dose", "ballots"]]
    return Findings(results, {"machines": machines, "bounds": bounds, "doses": doses})


def fit(
    frame: pd.DataFrame,
    spec: MunicipalDesign,
    treatment: str,
    held: list[str],
    effects: str | None,
) -> controls.Estimate:
    """The design's regression with another treatment, controls or effects, in points."""
    return controls.fit(
        frame,
        municipal.OUTCOMES[spec.outcome][0],
        treatment,
        held,
        weights=frames.WEIGHTS[spec.weights],
        errors=spec.errors,
        effects=effects,
        cluster="fips",
    ).scaled(HUNDRED)


def by_machine(
    results: Results,
    chapter: str,
    frame: pd.DataFrame,
    spec: MunicipalDesign,
    used: list[str],
) -> pd.DataFrame:
    """The design with one dose per model of DRE: each against paper, the others held constant.

    Returns
    -------
    DataFrame
        One row per model, the commonest first.
    """
    wide, models = municipal.machines(frame)
    effects = "fips" if spec.effects == "county" else None
    rows = []
    for column, model in models.items():
        others = [c for c in models if c != column]
        e = fit(wide, spec, column, [*spec.controls, *others], effects)
        key = f"{chapter}.machine.{column.removeprefix('dose_')}"
        own = frame[frame["machine"] == model]
        results.add(
            f"{key}.estimate",
            e.estimate,
            se=e.se,
            lo=e.lo,
            hi=e.hi,
            n=e.n,
            unit="points",
            label=f"per ballot cast on a {model}",
            tables=used,
        )
        for name, value, unit in (
            ("name", model, "text"),
            ("places", len(own), "municipalities"),
            ("used", int((own["dose"] > 0).sum()), "municipalities"),
            ("ballots", own["ballots_dre"].sum(), "ballots"),
            ("effective_clusters", e.effective_clusters, "clusters"),
        ):
            results.add(f"{key}.{name}", value, unit=unit, label=f"{model}: {name}", tables=used)
        rows.append(
            {
                "model": model,
                "estimate": e.estimate,
                "lo": e.lo,
                "hi": e.hi,
                "places": len(own),
                "used": int((own["dose"] > 0).sum()),
                "ballots": own["ballots_dre"].sum(),
                "effective_clusters": e.effective_clusters,
            }
        )
    return pd.DataFrame(rows)


def _describe(results: Results, frame: pd.DataFrame, used: list[str]) -> None:
    owners = frame[(frame["own"] > 0) & frame["dose"].notna()]
    numbers: dict[str, tuple[object, int, str, str]] = {
        "places": (len(frame), len(frame), "municipalities", "with votes in both elections"),
        "owners": (int((frame["own"] > 0).sum()), len(frame), "municipalities", "own a DRE"),
        "hardly_used": (
            int((owners["dose"] < RARE).sum()),
            len(owners),
            "municipalities",
            f"own a DRE and cast less than {RARE:.0%} of their ballots on it",
        ),
        "median_dose": (
            float(owners["dose"].median()),
            len(owners),
            "share",
            "median DRE share of ballots where a DRE is owned",
        ),
        "ballots_dre": (
            frame["ballots_dre"].sum(),
            len(frame),
            "ballots",
            "ballots cast on DREs that the municipality owns",
        ),
    }
    for name, (value, n, unit, label) in numbers.items():
        results.add(f"municipalities.{name}", value, n=n, unit=unit, label=label, tables=used)


def _bounds(
    results: Results, scenario: Scenario, frame: pd.DataFrame, used: list[str]
) -> pd.DataFrame:
    bounds = municipal.ballot_bounds(frame)
    lowest = bounds["harmed_lo"], bounds["favoured_hi"]
    highest = bounds["harmed_hi"], bounds["favoured_lo"]
    for name, (h, f) in (("lo", lowest), ("hi", highest)):
        bounds[name] = HUNDRED * h / (h + f)
        results.add(
            f"municipalities.bound.{name}",
            HUNDRED * h.sum() / (h.sum() + f.sum()),
            n=len(bounds),
            unit="percent",
            label=f"{scenario.parties.harmed.name}' share of the two-party vote on DRE ballots, "
            f"{'at least' if name == 'lo' else 'at most'}, by logic alone",
            tables=used,
        )
    telling = bounds["hi"] - bounds["lo"] <= TELLING
    results.add(
        "municipalities.bound.telling",
        int(telling.sum()),
        n=len(bounds),
        unit="municipalities",
        label=f"municipalities whose bounds are no more than {TELLING:g} points apart",
        tables=used,
    )
    results.add(
        "municipalities.bound.telling_ballots",
        bounds.loc[telling, "ballots_dre"].sum() / bounds["ballots_dre"].sum(),
        n=len(bounds),
        unit="share",
        label="share of the DRE ballots in those municipalities",
        tables=used,
    )
    return bounds.join(frame[["fips", "county", "municipality"]])
