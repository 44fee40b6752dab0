"""What each county comparison could have seen, and what it rules out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import pandas as pd

from sevenpercent.model.frames import WEIGHTS
from sevenpercent.model.scenario import Size
from sevenpercent.model.words import in_points
from sevenpercent.stats import decisions
from sevenpercent.stats.regression import fit
from sevenpercent.stats.sensitivity.county import HUNDRED, Probed


def power(
    p: Probed, weights: Iterable[str], sizes: Mapping[str, Mapping[str, float]]
) -> pd.DataFrame:
    """Fit the comparison by every definition, control set and weighting.

    `sizes`: definition -> size -> harm in points of that definition (positive). Returns
    ``definition, controls, weights``; ``estimate, se, lo, hi`` in points, **negative** = worse
    where electronic; ``n``; ``mde`` (smallest harm found with 80 % power at 5 %), ``bound`` (most
    harm not ruled out, one-sided at 5 %), ``size.<size>``: all positive harm.
    """
    rows = []
    for definition in p.definitions:
        for name, chosen in p.sets.items():
            for weighting in weights if name != "none" else ():
                e = fit(
                    p.frame,
                    p.column,
                    definition,
                    chosen,
                    weights=WEIGHTS[weighting],
                    errors=p.spec.errors,
                    effects=None if p.spec.effects == "none" else p.spec.effects,
                    cluster="state" if p.spec.errors.startswith("cr") else None,
                ).scaled(HUNDRED)
                rows.append(
                    {
                        "definition": definition,
                        "controls": name,
                        "weights": weighting,
                        **{k: getattr(e, k) for k in ("estimate", "se", "lo", "hi", "n")},
                        "mde": float(decisions.minimum_detectable(e.se, e.df)),
                        "bound": float(decisions.most_harm(e.estimate, e.se, e.df)),
                        **{f"size.{size}": harm for size, harm in sizes[definition].items()},
                    }
                )
    return pd.DataFrame(rows)


def seen(power: pd.DataFrame, sizes: Iterable[str]) -> pd.DataFrame:
    """How many comparisons could have seen each size, and how many of these rule it out.

    Returns ``size, n, sees, excludes``.
    """
    rows = []
    for size in sizes:
        sees = power["mde"] <= power[f"size.{size}"]
        excludes = (power["bound"] < power[f"size.{size}"]) & sees
        rows.append([size, len(power), int(sees.sum()), int(excludes.sum())])
    return pd.DataFrame(rows, columns=["size", "n", "sees", "excludes"])


def worst(power: pd.DataFrame) -> pd.Series:
    """The comparison that speaks most for harm: the lowest t value."""
    return power.iloc[int((power["estimate"] / power["se"]).to_numpy().argmin())]


def asked(declared: Mapping[str, Size], known: Collection[str], percent: float) -> dict[str, str]:
    """The sizes that are put to the comparisons, in words: the claimed points, and a decisive one.

    `declared`: name -> size, as the scenario declares them; `known`: those that the state has:
    where the harmed side won, no size is decisive; `percent`: the claimed points.
    """
    words = {"points": in_points(percent), "decisive": "the decisive size"}
    return {
        name: words[size.amount]
        for name, size in declared.items()
        if size.how == "switched" and size.amount in words and name in known
    }
