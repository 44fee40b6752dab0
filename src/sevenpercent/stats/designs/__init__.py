"""The designs that verdicts rest on, each in a module of its own; what they say together.

An estimate is **negative** where the harmed party did worse where voting was electronic; sizes of
harm, minimum detectable effects and bounds are **positive** amounts of harm, in the design's unit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pandas as pd

from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError, nearest
from sevenpercent.escape import Markdown
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.terms import PRINTED
from sevenpercent.model.words import and_list, fill, upper
from sevenpercent.stats import decisions
from sevenpercent.stats.designs import county, municipality, paper, precinct, same_ballots, sizes
from sevenpercent.stats.designs import tail as tails
from sevenpercent.stats.designs.design import Comparison, Design
from sevenpercent.stats.designs.sizes import Stakes
from sevenpercent.stats.ratio import PerBallot
from sevenpercent.stats.regression import Estimate

__all__ = [
    "ALL", "Design", "elsewhere", "fit_all", "frames", "numbers", "of", "on_counties", "put", "row", "stakes",
]  # fmt: skip

ALL: dict[str, Design] = {
    module.DESIGN.key: module.DESIGN
    for module in (county, municipality, same_ballots, paper, precinct, tails)
}
"""Every design that there is, by its key."""

Frames = Mapping[str, pd.DataFrame]

FIT = ["estimate", "se", "df", "lo", "hi", "n", "clusters", "effective_clusters"]
"""What every fit has, estimates in points."""


TOWNS = (municipality.DESIGN.key, same_ballots.DESIGN.key, "towns")
"""Keys of frames with one row a municipality; the last where no design compares them."""

COLUMNS = ["design", "variant", "key", "label", "title", "unit", *FIT]
COLUMNS += ["ballots", "mde", "bound", "tables"]
"""Columns of :func:`fit_all`."""

PUT = ["design", "variant", "key", "title", "size", "how", "label"]
PUT += ["missing", "amount", "sees", "excludes", "shows"]
"""Columns of :func:`put`."""


def of(s: Scenario) -> dict[str, Design]:
    """The designs that a book has, by their keys."""
    if s.designs is None:
        raise InputError("The scenario declares no designs", column="designs")
    known = {design.section for design in ALL.values() if isinstance(design, Comparison)}
    for name in s.designs.model_extra or {}:
        if name not in known:
            raise InputError("No such design", column=f"designs.{name}", fix=nearest(name, known))
    return {key: design for key, design in ALL.items() if design.spec(s) is not None}


def frames(s: Scenario, load: Load) -> dict[str, pd.DataFrame]:
    """One row a place of each design of a book: counties, municipalities, reporting units ...

    Neighbours that have other places (parts of municipalities) bring their own frames.
    """
    made: dict[Any, pd.DataFrame] = {}
    out = {}
    for key, design in of(s).items():
        places = getattr(design, "places", key)  # towns and same ballots have theirs in common
        if places not in made:
            made[places] = design.frame(s, load)
        out[key] = made[places]
        out |= {name: own for name, own in design.neighbouring(s, load).items() if name not in out}
    towns = load(s.tables.municipalities) if s.tables.municipalities else ()
    if f"municipality_{s.prior_year}" in towns and not set(TOWNS) & set(out):
        out[TOWNS[-1]] = municipality.places(s, load)  # whose ballots sizes are measured against
    return out


def on_counties(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Counties as the frame of each design that compares all of them; one that compares some has its own."""
    every = county.DESIGN.places
    return {key: frame for key, d in ALL.items() if getattr(d, "places", None) is every}


def stakes(s: Scenario, frames: Frames) -> Stakes:
    """What sizes of harm are measured against in the state of the claim."""
    spec = county.DESIGN.spec(s)
    towns = next((frames[key] for key in TOWNS if key in frames), None)
    if towns is None and (units := frames.get(paper.DESIGN.key)) is not None:
        towns = units.rename(columns={"votes": "total"}).dropna(subset=["dose"])
    return sizes.stakes(frames[county.DESIGN.key], spec.treatment, towns)


def fit_all(s: Scenario, frames: Frames, *, neighbours: bool = True) -> pd.DataFrame:
    """Fit each design that has a frame, and its declared neighbours whose places are there.

    `frames`: frame of each design, as :func:`frames` gives them; `neighbours`: whether the
    neighbours too. Returns one row a fit, see :func:`row`; ``variant`` is empty for the design
    itself.
    """
    rows = [
        row(s, design, variant, label, spec, design.fit(frame, spec))
        for design, variant, label, spec, frame in _specs(s, frames)
        if neighbours or not variant
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def row(
    s: Scenario,
    design: Design,
    variant: str,
    label: str,
    spec: Any,
    fitted: Estimate | PerBallot | tails.Gap,
) -> dict[str, Any]:
    """One fit by :data:`COLUMNS`: what it is, what came out of it.

    ``mde``: smallest harm found with 80 % power at 5 %; ``bound``: most harm that is not ruled out,
    one-sided at 5 %.
    """
    e = fitted
    return {
        "design": design.key,
        "variant": variant,
        "key": f"designs.{design.key}" + (f".neighbour.{variant}" if variant else ""),
        "label": label,
        "title": f"{design.name}, {label}" if variant else label,
        "unit": design.measured_in(spec),
        **{name: getattr(e, name) for name in FIT},
        "ballots": getattr(e, "ballots", None),
        "mde": float(decisions.minimum_detectable(e.se, e.df)),
        "bound": float(decisions.most_harm(e.estimate, e.se, e.df)),
        "tables": tuple(design.tables(s)),
    }


def elsewhere(s: Scenario, load: Load) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The county design in the other states of the claim: fits, and the sizes put to them.

    As :func:`fit_all` and :func:`put` give them, with ``place``; a state in which no two counties
    stand on either side has no row.
    """
    fits, out = [], []
    for state, (frame, spec) in county.elsewhere(s, load).items():
        own = row(s, county.DESIGN, "", state, spec, county.fit(frame, spec))
        fits.append(own | {"place": state, "key": f"designs.{state.lower()}"})
        harm = county.DESIGN.harm(s, frame, spec, sizes.stakes(frame, spec.treatment, None))
        out += [{"place": state, **said} for said in sizes_put(s, fits[-1], harm)]
    asked = pd.DataFrame(out, columns=["place", *PUT])
    return pd.DataFrame(fits, columns=["place", *COLUMNS]), asked


def put(s: Scenario, frames: Frames, fits: pd.DataFrame) -> pd.DataFrame:
    """Put each declared size of harm to each fit, in the fit's own unit.

    Returns one row a fit and size: ``design, variant, key, title, size, how, label``; ``missing``
    (votes that the size stands for) and ``amount`` (harm in the fit's unit, both **positive**);
    ``sees``, ``excludes``, ``shows`` (see :mod:`sevenpercent.stats.decisions`).
    """
    at = stakes(s, frames)
    wanted = {(design.key, name): (spec, own) for design, name, _, spec, own in _specs(s, frames)}
    out: list[dict[str, Any]] = []
    for fitted in fits.to_dict("records"):
        design = ALL[fitted["design"]]
        spec, frame = wanted[design.key, fitted["variant"]]
        out += sizes_put(s, fitted, design.harm(s, frame, spec, at))
    return pd.DataFrame(out, columns=PUT)


def sizes_put(
    s: Scenario, fitted: Mapping[Any, Any], harm: Mapping[str, tuple[float, float]]
) -> Iterator[dict[str, Any]]:
    """Rows of :func:`put` for one fit."""
    assert s.designs is not None
    estimate, se, df = (fitted[part] for part in ("estimate", "se", "df"))
    of = {part: fitted[part] for part in ("design", "variant", "key", "title")}
    for name, (missing, amount) in harm.items():
        yield {
            **of,
            "size": name,
            "how": s.designs.sizes[name].how,
            "label": sizes.label(s, s.designs.sizes[name]),
            "missing": missing,
            "amount": amount,
            "sees": bool(decisions.sees(se, df, amount)),
            "excludes": bool(decisions.excludes(estimate, se, df, amount)),
            "shows": bool(decisions.shows(estimate, se, df, amount)),
        }


def methods(s: Scenario, fits: pd.DataFrame, values: Mapping[str, Any]) -> Markdown:
    """What each design of a book compares, in its own words; `values` are what they may name."""
    own = fits[fits["variant"] == ""].set_index("design")
    said = (
        fill(design.method, {**values, "spec": design.spec(s), "fitted": own.loc[key]})
        for key, design in of(s).items()
        if key in own.index  # too few places for one: it compares nothing
    )
    return Markdown(" ".join(word for text in said for word in text.split()))


def unit(s: Scenario, key: str, values: Mapping[str, Any]) -> str:
    """What one unit of a design's effect is: ``points per DRE ballot``."""
    return fill(ALL[key].unit, {**values, "spec": ALL[key].spec(s)}, page=False)


def units(s: Scenario, values: Mapping[str, Any], there: Collection[str] = ALL) -> list[str]:
    """Units of the effects of designs that are `there`: ``County comparison: points in ...``."""
    same: dict[str, list[str]] = {}
    for key in (k for k in of(s) if k in there):
        same.setdefault(unit(s, key, values), []).append(ALL[key].name)
    return [f"{upper(and_list(names))}: {own}" for own, names in same.items()]


REST: dict[str, dict[str, str]] = {
    "bound": {"label": "largest harm not ruled out, one-sided at 5 %"},
    "mde": {"label": "smallest harm found with 80 % power at 5 %"},
    "df": {"unit": "degrees of freedom", "label": "degrees of freedom"},
    "clusters": {"unit": "clusters", "label": "clusters"},
    "effective_clusters": {"unit": "clusters", "label": "clusters that carry the estimate"},
    "ballots": {"unit": "ballots", "label": "ballots cast on the machines there"},
}
"""What is published of a design beside its estimate, in the design's own unit unless said."""


def numbers(fits: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """What of fits and sizes is published: all that a verdict rests on, of neighbours less.

    Returns ``key, value, se, lo, hi, n, unit, label, tables``.
    """
    rows: list[dict[str, Any]] = []
    units = fits[fits["variant"] == ""].set_index("design")["unit"].to_dict()
    for e in fits.to_dict("records"):
        if e["unit"] != units[e["design"]]:
            continue  # a neighbour in another unit is named where it shows harm
        common = {name: e[name] for name in ("n", "tables", "unit")}
        ends = {name: e[name] for name in ("se", "lo", "hi")}
        lead = {"key": f"{e['key']}.estimate", "value": e["estimate"], "label": e["title"]}
        rows.append({**common, **ends, **lead})
        rows += [
            {**common, "key": f"{e['key']}.{name}", "value": e[name], **told}
            for name, told in REST.items()
            if not e["variant"] and pd.notna(e[name])
        ]
    found = fits.set_index("key")
    for a in asked[asked["variant"] == ""].to_dict("records"):
        common = {name: found.loc[a["key"], name] for name in ("n", "unit", "tables")}
        label = f"harm in this design's unit: {a['label']}"
        key = f"{a['key']}.size.{a['size']}"
        rows.append({**common, "key": key, "value": a["amount"], "label": label})
    return pd.DataFrame(rows)


def _specs(s: Scenario, frames: Frames) -> Iterator[tuple[Design, str, str, Any, pd.DataFrame]]:
    """Each design of a book and its neighbours: design, variant, label, specification, frame."""
    every = [design for key, design in of(s).items() if key in frames]
    for design in every:
        frame = design.rows(frames, design.spec(s))
        if frame is not None:
            yield design, "", design.name, design.spec(s), frame
    for design in every:
        for variant, (label, spec) in design.variants(s).items():
            printed = str(getattr(spec, "treatment", "")).endswith(PRINTED)
            # Where every list is as printed, or a setting made it so, the design is that neighbour.
            if (printed and s.treatment.version == "printed") or spec == design.spec(s):
                continue
            frame = design.rows(frames, spec)
            if frame is not None:
                yield design, variant, label, spec, frame
