"""Places with electronic voting beside places without it, adjusted or not, in every declared way.

Everywhere a **negative** estimate means that the harmed party did worse where voting was electronic;
estimates are in *points* (100 times a share) or, of logarithms, in *log points*.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model import numbers
from sevenpercent.model.frames import WEIGHTS, alike
from sevenpercent.model.scenario import NATION, Model
from sevenpercent.model.terms import OUTCOMES
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.stats.regression import Errors, Estimate, wild
from sevenpercent.stats.regression import fit as regress

Fate = Literal["remains", "gone", "open"]

FATES: tuple[Fate, ...] = ("remains", "gone", "open")
"""What can become of a raw difference; see :func:`fate`."""

HUNDRED = 100.0

CHOICE = ["place", "definition", "outcome", "controls", "weights", "errors"]
"""Columns that say how a comparison was made."""

NATIONAL = ("level_two_party", "change_two_party")
"""Outcomes that are compared over the nation."""

_SAME = ["place", "definition", "outcome", "weights"]


class Ways(NamedTuple):
    """How many comparisons ended in which way."""

    n: int
    remains: int
    gone: int
    open: int


def fit(
    counties: pd.DataFrame,
    outcome: str,
    definition: str,
    adjust: Sequence[str] = (),
    *,
    weights: str = "none",
    errors: Errors = "hc2_bm",
    effects: str | None = None,
    sample: str | None = None,
) -> Estimate:
    """How much an outcome differs where voting is electronic, between places otherwise alike.

    Returned in points. **Negative** = lower where electronic.

    `counties`: one row a county. `adjust`: columns that the comparison adjusts for. `weights`:
    ``none``, ``votes``, ``votes_prior`` or ``population``. `errors`: kind of standard errors;
    ``cr1`` and ``cr3`` are clustered by state. `effects`: ``state``: only counties of one state are
    compared with each other. `sample`: counties that count, as an expression on columns.
    """
    cluster = "state" if errors.startswith("cr") else None
    how = {"weights": WEIGHTS[weights], "effects": effects, "cluster": cluster}
    found = regress(counties, outcome, definition, adjust, errors=errors, sample=sample, **how)
    return found.scaled(HUNDRED)


def every(
    counties: pd.DataFrame,
    place: str,
    words: Vocabulary,
    *,
    definitions: Iterable[str],
    outcomes: Iterable[str],
    controls: Mapping[str, Sequence[str]],
    weights: Iterable[str],
    errors: Errors,
) -> pd.DataFrame:
    """Each definition with each outcome, control set and weighting; counties of one state compared.

    `counties`: one row a county of `place`; `place`: postal code; for ``US`` each state keeps its
    own level; `words`: gives outcomes their columns, units and labels. Returns one row a fit:
    place, definition, outcome, controls, weights, errors, estimate, se, lo, hi, n, unit and label.
    """
    effects = "state" if place == NATION else None
    rows = []
    for chosen in product(definitions, outcomes, controls, weights):
        choice = dict(zip(CHOICE, (place, *chosen, errors), strict=True))
        rows.append(row(counties, words, choice, controls[choice["controls"]], effects))
    return pd.DataFrame(rows)


def fit_model(m: Model, counties: pd.DataFrame, controls: Mapping[str, Sequence[str]]) -> Estimate:
    """Estimate one declared model on the frame of its place."""
    outcome, how = OUTCOMES[m.outcome], {"weights": m.weights, "errors": m.errors, **_within(m)}
    return fit(counties, outcome, m.reading, controls[m.controls], **how)


def _within(m: Model) -> dict[str, Any]:
    """Which counties a model compares, as :func:`fit` takes it."""
    return {
        "effects": None if m.effects == "none" else m.effects,
        "sample": f"population >= {m.population_floor}" if m.population_floor else None,
    }


def wilds(
    declared: Iterable[Model],
    counties: Mapping[str, pd.DataFrame],
    controls: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """The declared regressions whose errors are clustered, by a wild bootstrap beside them.

    Returns ``id, outcome, who, controls``; ``estimate, lo, hi`` by the regression's own errors;
    ``wild_p, wild_lo, wild_hi`` (:func:`~sevenpercent.stats.regression.wild`), ``n``, ``clusters``
    and ``effective_clusters``. Points, **negative** = lower where electronic.
    """
    rows = []
    for m in (m for m in declared if m.errors.startswith("cr")):
        frame = counties[m.place]
        e = fit_model(m, frame, controls)
        own = frame[frame["population"] >= m.population_floor] if m.population_floor else frame
        model = own, OUTCOMES[m.outcome], m.reading, controls[m.controls], WEIGHTS[m.weights]
        found = wild(*model, _within(m)["effects"], cluster="state").scaled(HUNDRED)
        kept = ("estimate", "lo", "hi", "n", "clusters", "effective_clusters")
        told = {k: getattr(m, k) for k in ("id", "outcome", "who", "controls")}
        rows.append(told | {k: getattr(e, k) for k in kept} | found.numbers)
    return pd.DataFrame(rows)


def models(
    declared: Iterable[Model],
    counties: Mapping[str, pd.DataFrame],
    words: Vocabulary,
    controls: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """The published regressions that a scenario names, and their neighbours.

    `counties`: place to its frame; `controls`: control set to its columns. Returned as
    :func:`every`, with ``id``, ``who`` and ``says``.
    """
    made = []
    for m in declared:
        chosen = (m.place, m.reading, m.outcome, m.controls, m.weights, m.errors)
        choice = dict(zip(CHOICE, chosen, strict=True))
        fitted = row(counties[m.place], words, choice, controls[m.controls], **_within(m))
        made.append({"id": m.id, "who": m.who, "says": m.says, **fitted})
    columns = ["id", "who", "says", *_SAME, "controls", "errors", "estimate", "lo", "hi", "n"]
    return pd.DataFrame(made) if made else pd.DataFrame(columns=columns)


FOUND = ["estimate", "se", "df", "lo", "hi", "p", "n"]
"""What a row has of its fit."""


def row(
    counties: pd.DataFrame,
    words: Vocabulary,
    choice: Mapping[str, Any],
    columns: Sequence[str],
    effects: str | None = None,
    sample: str | None = None,
) -> dict[str, Any]:
    """One fit as a row: what was chosen (:data:`CHOICE`, by names), what came out."""
    measure, definition = words.outcome(choice["outcome"]), choice["definition"]
    how = {name: choice[name] for name in ("weights", "errors")}
    e = fit(counties, measure.column, definition, columns, effects=effects, sample=sample, **how)
    adjusted = words.covariates(columns)
    said = [f"{measure.short}, {words.definition(definition).label}"]
    said += [f"adjusting for {adjusted}" if adjusted else "not adjusted"]
    said += [words.weights(choice["weights"]), words.errors(choice["errors"])]
    if effects:
        said.append("within states")
    return {
        **choice,
        "effects": effects or "none",
        **{name: getattr(e, name) for name in FOUND},
        "unit": measure.unit,
        "label": "; ".join(said),
    }


def fate(raw: float, lo: float, hi: float, wide: float) -> Fate:
    """What became of a raw difference in a comparison that adjusts.

    `raw`: before adjusting; `lo`, `hi`: 95 % interval after it, in the same unit; `wide`: an
    interval wider than this cannot tell anything that matters. Returns ``remains`` when the
    interval leaves out zero; ``open`` when it holds zero and also the raw difference, or is too
    wide; ``gone`` when it holds zero and neither.

    Examples
    --------
    >>> fate(-6, -3, -1, wide=7), fate(-6, -2, 1, wide=7), fate(-6, -6.5, 0.2, wide=7)
    ('remains', 'gone', 'open')
    """
    if not lo <= 0 <= hi:
        return "remains"
    return "open" if lo <= raw <= hi or hi - lo > wide else "gone"


def fates(grid: pd.DataFrame, held: str, wide: float) -> pd.DataFrame:
    """What becomes of each raw difference once a control set is adjusted for.

    `grid`: as :func:`every` gives it, for one place or several; `held`: the control set; `wide`: as
    in :func:`fate`. Returns one row a place, definition, outcome (logarithms left out) and
    weighting: ``before``, ``after``, ``lo``, ``hi``, ``n`` and ``fate``.
    """
    columns = [*_SAME, "before", "after", "lo", "hi", "n", "fate"]
    shares = grid[~grid["outcome"].str.contains("log")] if len(grid) else grid
    if shares.empty:
        return pd.DataFrame(columns=columns)
    keep = shares.set_index(_SAME)
    before = keep.loc[keep["controls"] == "none", "estimate"].rename("before")
    after = keep[keep["controls"] == held].rename(columns={"estimate": "after"})
    if after.empty:
        raise InputError("no comparison adjusts for this", column="held", value=held)
    out = after[["after", "lo", "hi", "n"]].join(before).reset_index()
    ends = zip(out["before"], out["lo"], out["hi"], strict=True)
    out["fate"] = [fate(raw, lo, hi, wide) for raw, lo, hi in ends]
    return out[columns]


def reported(grid: pd.DataFrame, held: str, definition: str, outcome: str) -> pd.DataFrame:
    """The comparisons of one place that are published: those that a table shows.

    `grid`: as :func:`every` gives it. What was counted without a control set is told beside the one
    that is `held`; the leading `definition` by every control set; of logarithms the leading `outcome`.
    """
    told = grid["outcome"].isin([*BY_LINE, outcome]) & grid["controls"].isin(["none", held])
    return grid[told | every_set(grid, definition)]


BY_LINE = ("change_two_party", "level_two_party")
"""Outcomes whose fate is told line by line."""


def every_set(grid: pd.DataFrame, definition: str) -> pd.Series:
    """Which comparisons show the leading definition by everything that is adjusted for."""
    lead = (grid["definition"] == definition) & (grid["weights"] == "none")
    return lead & grid["outcome"].isin(BY_LINE)


def once(
    fates: pd.DataFrame,
    counties: Mapping[str, pd.DataFrame],
    meanings: Mapping[str, Iterable[str]],
) -> pd.DataFrame:
    """The fates of the machines in question, of definitions that name the same counties once.

    `counties`: place -> one row a county; `meanings`: place -> definitions of these machines.
    """
    first = {place: set(alike(counties[place], names)) for place, names in meanings.items()}
    kept = [d in first[p] for p, d in zip(fates["place"], fates["definition"], strict=True)]
    return fates[np.array(kept, dtype=bool)]


def ways(fates: pd.DataFrame, place: str) -> Ways:
    """Count the fates of one place."""
    own = fates.loc[fates["place"] == place, "fate"]
    return Ways(len(own), *(int((own == name).sum()) for name in FATES))


def by_definition(fates: pd.DataFrame, place: str) -> bool:
    """Whether a difference remains by one definition of the machines and by no way of another."""
    own = fates[fates["place"] == place]
    left = (own["fate"] == "remains").groupby(own["definition"]).any()
    return bool(left.any() and not left.all())


def tally(fates: pd.DataFrame, place: str) -> pd.DataFrame:
    """The same as rows: place, part, value, n, unit, label."""
    found = ways(fates, place)
    words = {
        "remains": "can still be distinguished from no difference",
        "gone": "cannot be distinguished from none, by an interval that leaves out the raw difference",
        "open": "cannot be distinguished from none, nor from the raw difference or the claim",
    }
    said = "definitions x outcomes x weightings whose adjusted difference"
    made = pd.DataFrame(
        numbers.row(f"fate.{name}", getattr(found, name), "specifications", f"{said} {words[name]}")
        for name in FATES
    )
    return made.assign(place=place, n=found.n)


def lowest(fates: pd.DataFrame, place: str, words: Vocabulary) -> pd.DataFrame:
    """The lowest adjusted difference of one place as a row, with the choices that give it as its label; none of none."""
    own = fates[(fates["place"] == place) & fates["after"].notna()]
    if own.empty:
        return pd.DataFrame(columns=["place", "part", "value", "lo", "hi", "n", "unit", "label"])
    least = own.sort_values("after", kind="stable").iloc[0].to_dict()
    said = [words.outcome(least["outcome"]).words, words.weights(least["weights"])]
    if own["definition"].nunique() > 1:
        said.insert(0, words.definition(least["definition"]).label)
    ends = {name: least[name] for name in ("lo", "hi", "n")}
    label = ", ".join(said)
    return pd.DataFrame(
        [numbers.row("fate.lowest", least["after"], "points", label, place=place, **ends)]
    )


def listed(models: pd.DataFrame, place: str, readings: Collection[str]) -> pd.DataFrame:
    """Models of a place that adjust for something, of some definitions."""
    own = _adjusted(models, [place])
    return own[own["definition"].isin(list(readings))]


def adjusted(models: pd.DataFrame, places: Iterable[str]) -> int:
    """How many models of some places adjust for something."""
    return len(_adjusted(models, places))


def distinguishable(fits: pd.DataFrame, places: Iterable[str] | None = None) -> int:
    """How many fits have an interval that leaves out zero; of `places`, of those that adjust."""
    own = fits if places is None else _adjusted(fits, places)
    return int(((own["hi"] < 0) | (own["lo"] > 0)).sum())


def _adjusted(models: pd.DataFrame, places: Iterable[str]) -> pd.DataFrame:
    return models[models["place"].isin(list(places)) & (models["controls"] != "none")]


def expected(
    counties: pd.DataFrame, outcome: str, controls: Sequence[str], effects: str | None = None
) -> pd.Series[float]:
    """Fitted values of a regression of `outcome` on `controls` alone, each county counting once.

    Returned in the outcome's unit, on the index of `counties`; missing where a covariate or the
    outcome is, and where fewer counties than terms are known.

    `counties`: one row a county. `outcome`: column, in its own unit. `controls`: columns of
    covariates. `effects`: column whose values have a level of their own.
    """
    levels = pd.get_dummies(counties[effects] if effects else pd.Series(1, counties.index))
    x = np.column_stack([levels.to_numpy(float), counties[list(controls)].to_numpy(float)])
    y = counties[outcome].to_numpy(float)
    known = np.isfinite(x).all(axis=1) & np.isfinite(y)
    fitted = np.full(len(y), np.nan)
    if known.sum() > x.shape[1]:
        found = np.linalg.lstsq(x[known], y[known], rcond=None)[0]
        fitted[known] = x[known] @ found
    return pd.Series(fitted, counties.index)
