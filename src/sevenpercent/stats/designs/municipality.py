"""P2: municipalities of the same county, by the share of ballots cast on machines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sevenpercent.model import frames
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import municipal
from sevenpercent.stats.designs.design import Comparison, Load, vary


def places(s: Scenario, load: Load) -> pd.DataFrame:
    """One row a municipality; see :func:`sevenpercent.stats.municipal.municipal_frame`."""
    return municipal.municipal_frame(
        load(str(s.tables.municipalities)),
        year=s.year,
        prior_year=s.prior_year,
        harmed=s.parties.harmed.party,
        favoured=s.parties.favoured.party,
    )


def by_machine(towns: pd.DataFrame, spec: Any, design: Comparison | None = None) -> pd.DataFrame:
    """The design with one dose for each model of machine: each against paper, the others held constant.

    Parameters
    ----------
    towns : DataFrame
        One row a municipality.
    spec : MunicipalDesign
        As the scenario declares it.
    design : Comparison, optional
        Another design by municipality.

    Returns
    -------
    DataFrame
        One row a model, the commonest first: ``model``; ``estimate, se, lo, hi, n`` in points per
        ballot cast on it, **negative** = the harmed party did worse there; ``places`` that own it,
        ``used`` (places with ballots on it), ``ballots``, ``effective_clusters``.
    """
    wide, models = municipal.machines(towns)
    rows = []
    for column, model in models.items():
        others = [c for c in models if c != column]
        e = (design or DESIGN).fit(
            wide, vary(spec, treatment=column, controls=[*spec.controls, *others])
        )
        own = towns[towns["machine"] == model]
        rows.append(
            {
                "model": model,
                **{name: getattr(e, name) for name in ("estimate", "se", "lo", "hi", "n")},
                "places": len(own),
                "used": int((own["dose"] > 0).sum()),
                "ballots": own["ballots_dre"].sum(),
                "effective_clusters": e.effective_clusters,
            }
        )
    return pd.DataFrame(rows)


MODELS = {
    "used": ("municipalities", "with ballots on that model"),
    "ballots": ("ballots", "ballots cast on that model"),
    "effective_clusters": ("clusters", "counties that carry its estimate"),
}
"""Unit and label of what is published beside each model's estimate."""


def named(models: pd.DataFrame) -> list[str]:
    """Part of a key for each model, in their order: ``machine.1``."""
    return [f"machine.{i}" for i in range(1, len(models) + 1)]


DESIGN = Comparison(
    "p2",
    "P2 municipalities",
    unit="""? spec.treatment == "dose"
points per DRE ballot

?else
points where a DRE is owned""",
    method="""? spec.effects == "county"
P2 compares municipalities of the same county by {{ words.definition(spec.treatment).words }}, with
{{ words.errors(spec.errors, "county") }}.

?else
P2 compares municipalities by {{ words.definition(spec.treatment).words }}, with
{{ words.errors(spec.errors, "county") }}.""",
    sources=("municipalities",),
    section="municipalities",
    places=places,
    outcomes=municipal.OUTCOMES,
    weights=frames.WEIGHTS,
    effects={"none": None, "county": "fips"},
    cluster="fips",
)

fit = DESIGN.fit
