"""What each county comparison could have seen, and what it rules out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Literal

import pandas as pd

from sevenpercent.model.scenario import Size
from sevenpercent.model.terms import OUTCOMES
from sevenpercent.model.words import in_points
from sevenpercent.stats import compare, decisions
from sevenpercent.stats import regression as controls
from sevenpercent.stats.sensitivity.county import Probed


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
    within = None if p.spec.effects == "none" else p.spec.effects
    for definition, (name, chosen) in product(p.definitions, p.sets.items()):
        of = {f"size.{size}": harm for size, harm in sizes[definition].items()}
        for weighting in weights if name != "none" else ():
            how: dict[str, Any] = {"weights": weighting, "errors": p.spec.errors, "effects": within}
            e = compare.fit(p.frame, p.column, definition, chosen, **how)
            row: dict[str, Any] = {"definition": definition, "controls": name, "weights": weighting}
            row |= {k: getattr(e, k) for k in ("estimate", "se", "lo", "hi", "n")}
            row["mde"] = float(decisions.minimum_detectable(e.se, e.df))
            row["bound"] = float(decisions.most_harm(e.estimate, e.se, e.df))
            rows.append(row | of)
    return pd.DataFrame(rows)


def seen(power: pd.DataFrame, sizes: Iterable[str]) -> pd.DataFrame:
    """How many comparisons could have seen each size, and how many of these rule it out.

    Ruled out is a size by the one-sided bound at 5 %. Returns ``size, n, sees, excludes``;
    ``smaller`` and ``harmful``: those whose whole 95 % interval is harmful, of the ones that rule
    the size out, and of the others that could have seen it.
    """
    rows = []
    for size in sizes:
        sees = power["mde"] <= power[f"size.{size}"]
        excludes = (power["bound"] < power[f"size.{size}"]) & sees
        harmful = power["hi"] < 0
        each = sees, excludes, excludes & harmful, sees & ~excludes & harmful
        rows.append([size, len(power), *(int(x.sum()) for x in each)])
    return pd.DataFrame(rows, columns=["size", "n", "sees", "excludes", "smaller", "harmful"])


def worst(power: pd.DataFrame, by: Literal["t", "estimate"]) -> pd.Series:
    """The comparison that speaks most for harm: by its t value, or by its estimate."""
    found = power["estimate"] / power["se"] if by == "t" else power["estimate"]
    return power.iloc[int(found.to_numpy().argmin())]


def size_words(
    declared: Mapping[str, Size], known: Collection[str], percent: float
) -> dict[str, str]:
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


def exposure(frame: pd.DataFrame, reading: str, dose: str, covariates: Sequence[str] = ()) -> float:
    r"""DRE share of ballots that a county reading stands for.

    An error of :math:`\delta` points on every DRE ballot moves the share of county i by
    :math:`\delta\, s_i`, with :math:`s_i` the DRE share of its ballots; the county estimate of the
    reading then moves by :math:`\delta` times the coefficient of :math:`s` on that reading, with
    the same controls.

    Returns that coefficient (0 to 1 in practice; exactly 1 when the reading is the share itself).
    """
    if reading == dose:
        return 1.0
    return controls.fit(frame, dose, reading, covariates).estimate


def needed(p: Probed, dose: str | None, models: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Points on every DRE ballot that would make the gaps seen, if nothing else were wrong.

    The same number is the percentage of DRE ballots that would have to be switched from one party
    to the other; beyond 100 there are not enough of them.

    `dose`: definition that is the share of ballots; without it there is nothing to say; `models`:
    outcome and control set. Returns ``outcome, controls, gap`` (points), ``exposed``, ``estimate,
    lo, hi`` (points on every DRE ballot), ``n``; **negative** = at the harmed party's expense.
    """
    rows = []
    for outcome, name in models if dose in p.probed else ():
        e = compare.fit(p.frame, OUTCOMES[outcome], p.lead, p.sets[name], errors=p.spec.errors)
        try:
            exposed = exposure(p.frame, p.lead, str(dose), p.sets[name])
        except controls.NoVariation:
            continue
        ends = (x / exposed for x in (e.estimate, e.lo, e.hi))
        rows.append([outcome, name, e.estimate, exposed, *ends, e.n])
    columns = ["outcome", "controls", "gap", "exposed", "estimate", "lo", "hi", "n"]
    return pd.DataFrame(rows, columns=columns)
