"""Numbers of the multiverse chapter: all admissible specifications, and the test of them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError, nearest
from sevenpercent.model.places import MEANS, NATION, Tables, county_frame, readings
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Model, Multiverse, MunicipalDesign, Sample, Scenario
from sevenpercent.stats import compare, gap, municipal, spatial
from sevenpercent.stats import regression as controls
from sevenpercent.stats.multiverse import estimators
from sevenpercent.stats.multiverse.decompose import distinct, moved_by
from sevenpercent.stats.multiverse.grid import (
    HUNDRED,
    Grid,
    Plan,
    Target,
    command,
    control_sets,
    identifiers,
    plan,
    specifications,
)
from sevenpercent.stats.multiverse.joint import Joint, by_flips, by_redraws, redrawn, scores

MUNICIPAL = "municipalities"
"""What follows the state in the name of the grid over municipalities."""

MUNICIPAL_MEANS = {
    **MEANS,
    "same_ballots": "share of the two-party vote minus that of the other office on the same ballots",
    "same_ballots_share_all": "share of all votes minus that of the other office on the same ballots",
    "same_ballots_log": "votes compared with the other office on the same ballots (logarithm)",
}

WORDS = {
    "white_nh": "the non-Hispanic white share",
    "white": "the white share",
    "black": "the black share",
    "hispanic": "the Hispanic share",
    "nonwhite": "the non-white share",
    "college": "college degrees",
    "log_density": "density",
    "log_population": "population",
    "age_65_over": "age (65 and over)",
    "age_under_30": "age (under 30)",
    "age": "age (median)",
    "log_votes_prior_all": "the number of votes in the earlier election",
    "two_party_prior": "the earlier share of the vote",
    "town": "whether it is a town",
    "votes_prior": "votes in the earlier election",
    "population": "population",
}
"""Covariates and weights as a sentence names them; the others go by their own name."""


def county_grid(scenario: Scenario, tables: Tables, place: str) -> Grid:
    """Grid over the counties of a state, or of the nation with state effects and clusters."""
    declared = _declared(scenario)
    frame = county_frame(scenario, tables, place)
    national = place == NATION
    names = dict(zip(tables("states")["state"], tables("states")["name"], strict=True))
    where = "counties of " + str(names.get(place, "the nation"))
    return Grid(
        place=place.lower(),
        where=where,
        frame=frame,
        treatments={
            r: scenario.treatment.readings[r].describes + _against(frame, r)
            for r in readings(scenario, frame, place)
        },
        outcomes={
            name: Target(
                gap.OUTCOMES[name].column,
                MEANS[name],
                gap.OUTCOMES[name].unit,
                level=name.startswith("level"),
            )
            for name in declared.outcomes
        },
        race=[tuple(c) for c in declared.race],
        education=[tuple(c) for c in declared.education],
        more=declared.more,
        weights={w: _WEIGHTS[w] for w in declared.weights},
        samples={name: (s.label, sample_mask(frame, s)) for name, s in declared.samples.items()},
        effects={"state": "state"} if national else {"none": None},
        errors=declared.errors_nation if national else declared.errors,
        cluster="state" if national else None,
        words=WORDS,
    )


def municipal_grid(scenario: Scenario, tables: Tables) -> Grid | None:
    """Grid over the municipalities of the focus state; None where none is declared."""
    declared = _declared(scenario).municipalities
    if declared is None or scenario.tables.municipalities is None:
        return None
    frame = municipal.municipal_frame(
        tables(scenario.tables.municipalities),
        year=scenario.year,
        prior_year=scenario.prior_year,
        harmed=scenario.parties.harmed.party,
        favoured=scenario.parties.favoured.party,
    )
    names = dict(zip(tables("states")["state"], tables("states")["name"], strict=True))
    means = {
        "dose": "from no ballot on a DRE to all of them",
        "own": "places that own a DRE against the others",
    }
    return Grid(
        place=f"{scenario.focus.lower()}_{MUNICIPAL}",
        where=f"municipalities of {names[scenario.focus]}",
        frame=frame,
        treatments={t: means[t] for t in declared.treatments},
        outcomes={
            name: Target(
                municipal.OUTCOMES[name][0],
                MUNICIPAL_MEANS[name],
                "log points" if municipal.OUTCOMES[name][1] == "log" else "points",
            )
            for name in declared.outcomes
        },
        race=[tuple(c) for c in declared.race],
        education=[tuple(c) for c in declared.education],
        more=declared.more,
        weights={w: _WEIGHTS[w] for w in declared.weights},
        samples={"all": ("of every size", np.ones(len(frame), dtype=bool))},
        effects={e: None if e == "none" else e for e in declared.effects},
        errors=declared.errors,
        cluster="county",
        words=WORDS,
    )


_WEIGHTS: dict[str, str | None] = {
    "none": None,
    "votes_prior": "total_prior",
    "population": "population",
}


def sample_mask(frame: pd.DataFrame, sample: Sample) -> NDArray[np.bool_]:
    """Places that belong to a declared sample."""
    keep = np.ones(len(frame), dtype=bool)
    if sample.column is not None:
        values = frame[sample.column].to_numpy(float)
        keep &= np.isfinite(values)
        if sample.at_least is not None:
            keep &= values >= sample.at_least
        if sample.below is not None:
            keep &= values < sample.below
    return keep


def _against(frame: pd.DataFrame, reading: str) -> str:
    share = not frame[reading].dropna().isin([0.0, 1.0]).all()
    return ", from none to all" if share else ", against the others"


def _declared(scenario: Scenario) -> Multiverse:
    if scenario.multiverse is None:
        raise InputError("the scenario declares no grid", column="multiverse", fix="Add one.")
    return scenario.multiverse


STATISTICS = {
    "median": ("median estimate", "points"),
    "share_below": ("share of specifications whose interval lies below zero", "share"),
    "median_t": ("median t value", "t"),
}

NAIVE_DRAWS = 1999
"""Draws of the naive test, which only stands beside."""


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Run the declared grid, test it as a whole, and say which choice moves it.

    Returns
    -------
    Findings
        ``multiverse.<place>.…`` for each state in which treatment varies, ``us`` and
        ``<focus>_municipalities``: ``specifications``, ``cells`` (without regard to errors),
        ``missing`` (marked as without an estimate), ``distinct``, ``effective``, ``negative``,
        ``below`` and ``above`` (shares), ``median``, ``lowest``, ``highest`` (points; **negative**
        = the harmed party did worse where electronic), ``joint.<statistic>`` with ``.p``,
        ``.naive`` and ``.naive.p``, ``moved.<choice>``, ``by.<option>`` (median of a reading or an
        outcome). ``multiverse.primary.<design>``,
        ``multiverse.spec``, ``multiverse.other.<design>.<estimator>``. Frames ``specs`` (every
        specification), ``options`` (what each choice offers, in words), ``moved``, ``joint``,
        ``models``, ``others``.
    """
    results = Results()
    grids = [county_grid(scenario, tables, p) for p in scenario.places]
    towns = municipal_grid(scenario, tables)
    grids = [g for g in [*grids, *([towns] if towns else [])] if g.treatments]
    if not grids:
        raise InputError("no reading of electronic voting varies anywhere", column="treatment")
    used = [scenario.tables.votes, scenario.tables.equipment, scenario.tables.demographics]
    specs, moved, joint = [], [], []
    by_place: dict[str, Grid] = {}
    for grid in grids:
        ready = plan(grid)
        found = specifications(ready)
        if (found["why"] != "").all():
            continue  # too few places for any regression
        by_place[grid.place] = grid
        found["command"] = [command(i, scenario.id) for i in found["id"]]
        where = f"multiverse.{grid.place}"
        read = [scenario.tables.municipalities or ""] if grid is towns else used
        both = _joint(ready, scenario, tables)
        _summary(results, where, shown(found, grid, scenario), found, both[0].effective, read)
        moved.append(_moved(results, where, grid, shown(found, grid, scenario), read))
        joint.append(_tested(results, where, both, read).assign(place=grid.place))
        specs.append(found)
    if not specs:
        raise InputError("no regression of the grid can be run: there are too few places")
    every = pd.concat(specs, ignore_index=True)
    primary = primaries(scenario, by_place)
    _primary(results, every, primary)
    _one(results, every, by_place, scenario, primary)
    return Findings(
        results,
        {
            "specs": every,
            "moved": pd.concat(moved, ignore_index=True),
            "joint": pd.concat(joint, ignore_index=True),
            "models": _models(scenario, tables, by_place, every),
            "others": _others(results, scenario, by_place, primary),
            "options": pd.concat(
                [options(g, scenario) for g in by_place.values()], ignore_index=True
            ),
        },
    )


def shown(specs: pd.DataFrame, grid: Grid, scenario: Scenario) -> pd.DataFrame:
    """The specifications with one kind of errors each: the place's declared one, or the last."""
    wanted = scenario.errors_nation if grid.cluster else scenario.errors
    return specs[specs["errors"] == (wanted if wanted in grid.errors else grid.errors[-1])]


def choices(specs: pd.DataFrame) -> list[str]:
    """The choices that can move an estimate."""
    added = [str(c) for c in specs.columns if str(c).startswith("with_") and specs[c].notna().any()]
    return ["treatment", "outcome", "race", "education", *added, "weights", "sample", "effects"]


SHORT = {
    "level_two_party": "level, two-party share",
    "level_share_all": "level, share of all votes",
    "change_two_party": "change, two-party share",
    "change_share_all": "change, share of all votes",
    "log_ratio": "change, number of votes",
    "same_ballots": "same ballots, two-party share",
    "same_ballots_share_all": "same ballots, share of all",
    "same_ballots_log": "same ballots, number of votes",
}
"""The outcomes where there is little room."""


def options(grid: Grid, scenario: Scenario) -> pd.DataFrame:
    """What every choice of a grid offers: ``place, heading, choice, option, label``, in order."""
    own = {"dose": "DRE share of ballots", "own": "a DRE owned, used or not"}
    rows = [
        ("“Electronic” means", "treatment", t, own.get(t) or scenario.treatment.readings[t].label)
        for t in grid.treatments
    ]
    rows += [("Outcome", "outcome", o, SHORT[o]) for o in grid.outcomes]
    for heading, choice, sets in (
        ("Race", "race", grid.race),
        ("Education", "education", grid.education),
    ):
        if len(sets) > 1:
            rows += [(heading, choice, "-".join(c), _short(c)) for c in sets]
    rows += [("Also held constant", f"with_{c}", "True", _short((c,))) for c in grid.more]
    words = {"none": "none", "votes_prior": f"votes in {scenario.prior_year}"}
    if len(grid.weights) > 1:
        rows += [("Weights", "weights", w, words.get(w, w)) for w in grid.weights]
    if len(grid.samples) > 1:
        rows += [("Places", "sample", s, words) for s, (words, _) in grid.samples.items()]
    if len(grid.effects) > 1:
        rows += [
            ("Compared", "effects", e, "across the state" if e == "none" else f"within each {e}")
            for e in grid.effects
        ]
    out = pd.DataFrame(rows, columns=["heading", "choice", "option", "label"])
    return out.assign(place=grid.place)


def _short(covariates: Sequence[str]) -> str:
    words = [
        WORDS.get(c, c)
        .removeprefix("the ")
        .removesuffix(" share")
        .replace("votes in the earlier election", "earlier votes")
        for c in covariates
    ]
    return " and ".join(words)


def primaries(scenario: Scenario, grids: Mapping[str, Grid]) -> dict[str, str]:
    """Identifier of each primary design that is in the grid."""
    out: dict[str, str] = {}
    designs = scenario.designs
    if designs is None:
        return out
    counties = designs.counties
    name = scenario.focus.lower()
    if name in grids:
        found = _identify(
            grids[name],
            treatment=counties.treatment,
            outcome=counties.outcome,
            controls=counties.controls,
            weights=counties.weights,
            errors=counties.errors,
        )
        out |= {"p1": found} if found else {}
    towns = grids.get(f"{name}_{MUNICIPAL}")
    for key, design in (("p2", designs.municipalities), ("p3", designs.same_ballots)):
        if towns is not None and design is not None:
            found = _identify(
                towns,
                treatment=design.treatment,
                outcome=design.outcome,
                controls=design.controls,
                weights=design.weights,
                effects=design.effects,
                errors=design.errors,
            )
            out |= {key: found} if found else {}
    return out


def _identify(
    grid: Grid,
    *,
    treatment: str,
    outcome: str,
    controls: Sequence[str],
    weights: str,
    errors: str,
    sample: str = "all",
    effects: str | None = None,
) -> str | None:
    """Identifier of a specification, or None where the grid does not have it."""
    wanted = set(controls)
    named = next((c for c in control_sets(grid) if set(c.columns) == wanted), None)
    options = (
        (treatment, grid.treatments),
        (outcome, grid.outcomes),
        (weights, grid.weights),
        (sample, grid.samples),
        (errors, grid.errors),
    )
    if named is None or any(value not in known for value, known in options):
        return None
    if grid.outcomes[outcome].level and grid.prior not in named.more:
        return None
    row = {
        "treatment": treatment,
        "outcome": outcome,
        "controls": named.name,
        "weights": weights,
        "sample": sample,
        "effects": effects or next(iter(grid.effects)),
        "errors": errors,
    }
    return str(identifiers(grid, pd.DataFrame([row])).iloc[0])


def _joint(ready: Plan, scenario: Scenario, tables: Tables) -> tuple[Joint, Joint]:
    """The joint test that respects map or clusters, and the naive one."""
    declared = _declared(scenario).joint
    grid = ready.grid
    rng = np.random.default_rng(declared.seed)
    naive = min(declared.draws, NAIVE_DRAWS)
    if grid.cluster is not None:
        groups = pd.factorize(grid.frame[grid.cluster])[0].astype(np.int64)
        alone = np.arange(len(groups))
        found = scores(ready)
        return (
            by_flips(found, groups, declared.draws, declared.statistics, rng),
            by_flips(found, alone, naive, declared.statistics, rng),
        )
    needed = [*grid.treatments, *scenario.redraw.propensity]
    known = np.isfinite(grid.frame[needed].to_numpy(float)).all(axis=1)
    if not known.all():
        samples = {k: (words, mask[known]) for k, (words, mask) in grid.samples.items()}
        frame = grid.frame[known].reset_index(drop=True)
        ready = plan(replace(grid, frame=frame, samples=samples))
    frame = ready.grid.frame
    points = tables(scenario.tables.points).set_index("fips").reindex(frame["fips"])
    drawn, _ = redrawn(
        ready.treatments,
        frame[scenario.redraw.propensity].to_numpy(float),
        points["lat"].to_numpy(float),
        points["lon"].to_numpy(float),
        spatial.neighbour_weights(list(frame["fips"]), tables(scenario.tables.neighbours)),
        declared.draws,
        declared.seed,
    )
    spread = by_redraws(ready, drawn, declared.statistics)
    shuffled = spatial.shuffle(ready.treatments, naive, rng)
    return spread, by_redraws(ready, shuffled, declared.statistics)


def _tested(
    results: Results, where: str, both: tuple[Joint, Joint], used: list[str]
) -> pd.DataFrame:
    rows = []
    for suffix, test in (("", both[0]), (".naive", both[1])):
        for name, drawn in test.drawn.items():
            words, unit = STATISTICS[name]
            lo, hi = np.quantile(drawn, [0.025, 0.975])
            key = f"{where}.joint.{name}{suffix}"
            results.add(
                key if suffix else f"{key}.observed",
                float(drawn.mean()) if suffix else test.observed[name],
                lo=lo if suffix else None,
                hi=hi if suffix else None,
                n=len(drawn),
                unit=unit,
                label=words + (" of naive draws, mean and 95 % of them" if suffix else ""),
                tables=used,
            )
            if not suffix:
                results.add(
                    f"{key}.drawn",
                    float(drawn.mean()),
                    lo=lo,
                    hi=hi,
                    n=len(drawn),
                    unit=unit,
                    label=words + " without any effect, mean and 95 % of the draws",
                    tables=used,
                )
            results.add(
                f"{key}.p",
                test.p(name),
                n=len(drawn),
                unit="share",
                label="share of draws at least as harmful as the data",
                tables=used,
            )
            rows.append(pd.DataFrame({"statistic": name, "naive": bool(suffix), "value": drawn}))
    return pd.concat(rows, ignore_index=True)


def _summary(
    results: Results,
    where: str,
    one: pd.DataFrame,
    found: pd.DataFrame,
    effective: float,
    used: list[str],
) -> None:
    """Counts over the grid; shares are over one kind of errors, so that none counts twice."""
    known = one[one["why"] == ""]
    points = known[known["unit"] == "points"]
    numbers: dict[str, tuple[object, str, str]] = {
        "specifications": (len(found), "specifications", "admissible specifications"),
        "cells": (len(one), "specifications", "the same without regard to the kind of errors"),
        "missing": (int((one["why"] != "").sum()), "specifications", "of these, without estimate"),
        "distinct": (distinct(known), "specifications", "different estimates"),
        "effective": (effective, "specifications", "independent ones that vary as much"),
        "negative": ((known["estimate"] < 0).mean(), "share", "estimates below zero"),
        "below": ((known["hi"] < 0).mean(), "share", "intervals below zero"),
        "above": ((known["lo"] > 0).mean(), "share", "intervals above zero"),
        "median": (points["estimate"].median(), "points", "median estimate"),
        "lowest": (points["estimate"].min(), "points", "lowest estimate"),
        "highest": (points["estimate"].max(), "points", "highest estimate"),
    }
    for name, (value, unit, label) in numbers.items():
        results.add(f"{where}.{name}", value, n=len(known), unit=unit, label=label, tables=used)


def _moved(
    results: Results, where: str, grid: Grid, one: pd.DataFrame, used: list[str]
) -> pd.DataFrame:
    points = one[(one["why"] == "") & (one["unit"] == "points")]
    out = moved_by(points, choices(one)).assign(place=grid.place)
    for row in out.to_dict("records"):
        results.add(
            f"{where}.moved.{row['choice']}",
            row["total"],
            n=len(points),
            unit="share",
            label=f"variance of the estimate that {row['choice']} takes part in",
            tables=used,
        )
    for choice in ("treatment", "outcome"):
        for option, own in points.groupby(choice, sort=False):
            results.add(
                f"{where}.by.{option}",
                own["estimate"].median(),
                lo=own["estimate"].min(),
                hi=own["estimate"].max(),
                n=len(own),
                unit="points",
                label=f"median estimate with {choice} {option}; lowest and highest beside",
                tables=used,
            )
            results.add(
                f"{where}.by.{option}.below",
                (own["hi"] < 0).mean(),
                n=len(own),
                unit="share",
                label=f"intervals below zero with {choice} {option}",
                tables=used,
            )
    return out.astype({"lowest": str, "highest": str})


def _primary(results: Results, specs: pd.DataFrame, primary: Mapping[str, str]) -> None:
    for key, spec in primary.items():
        row = specs[specs["id"] == spec].iloc[0]
        alike = specs[
            (specs["place"] == row["place"])
            & (specs["errors"] == row["errors"])
            & (specs["unit"] == row["unit"])
            & (specs["why"] == "")
        ]
        results.add(
            f"multiverse.primary.{key}",
            row["estimate"],
            se=row["se"],
            lo=row["lo"],
            hi=row["hi"],
            n=row["n"],
            unit=row["unit"],
            label=spec,
        )
        results.add(
            f"multiverse.primary.{key}.lower",
            float((alike["estimate"] < row["estimate"]).mean()),
            n=len(alike),
            unit="share",
            label="specifications of the same place with a lower estimate",
        )


def _one(
    results: Results,
    specs: pd.DataFrame,
    grids: Mapping[str, Grid],
    scenario: Scenario,
    primary: Mapping[str, str],
) -> None:
    """One specification by the engine and by statsmodels."""
    wanted = _declared(scenario).spec or next(iter(primary.values()), str(specs["id"].iloc[0]))
    rows = specs[specs["id"] == wanted]
    if rows.empty:
        raise InputError("unknown specification", value=wanted, fix=nearest(wanted, specs["id"]))
    row = rows.iloc[0]
    grid = grids[str(row["place"])]
    names = ("estimate", "se", "lo", "hi")
    numbers: dict[str, dict[str, object]] = {"engine": {name: row[name] for name in names}}
    if not row["why"]:
        e = by_statsmodels(grid, row)
        numbers["statsmodels"] = {name: getattr(e, name) for name in names}
    for source, value in numbers.items():
        results.add(
            f"multiverse.spec.{source}",
            value["estimate"],
            se=value["se"],
            lo=value["lo"],
            hi=value["hi"],
            n=row["n"],
            unit=row["unit"],
            label=str(row["sentence"]),
        )
    results.add("multiverse.spec.id", wanted, label=str(row["why"] or "identifier"))


def by_statsmodels(grid: Grid, spec: pd.Series) -> estimators.Other:
    """Fit one specification alone, in points; the engine plays no part."""
    return estimators.by_statsmodels(
        grid.frame[grid.samples[spec["sample"]][1]],
        grid.outcomes[spec["outcome"]].column,
        spec["treatment"],
        spec["controls"].split("-"),
        weights=grid.weights[spec["weights"]],
        errors=spec["errors"],
        effects=grid.effects[spec["effects"]],
        cluster=grid.cluster if spec["errors"].startswith("cr") else None,
    )


def _models(
    scenario: Scenario, tables: Tables, grids: Mapping[str, Grid], specs: pd.DataFrame
) -> pd.DataFrame:
    """The analyses of the time: their estimate, and their place in the grid or why they have none."""
    rows = []
    for model in scenario.models:
        grid = grids.get(model.place.lower())
        if grid is None or not scenario.controls[model.controls]:
            continue
        e = compare.fit_model(model, grid.frame, scenario.controls)
        found, why = _placed(model, grid, scenario)
        rows.append(
            {
                "id": model.id,
                "who": model.who,
                "says": model.says,
                "place": grid.place,
                "estimate": e.estimate,
                "lo": e.lo,
                "hi": e.hi,
                "spec": found,
                "why": why,
            }
        )
    return pd.DataFrame(
        rows, columns=["id", "who", "says", "place", "estimate", "lo", "hi", "spec", "why"]
    )


def _placed(model: Model, grid: Grid, scenario: Scenario) -> tuple[str, str]:
    held = scenario.controls[model.controls]
    if model.outcome.startswith("level") and grid.prior not in held:
        return "", "a level without the earlier share"
    if model.weights == "votes":
        return "", "weighted by votes of the election itself"
    samples = _declared(scenario).samples
    sample = next(
        (
            name
            for name, s in samples.items()
            if s.below is None and (s.at_least or 0) == model.population_floor
        ),
        "",
    )
    found = _identify(
        grid,
        treatment=model.reading,
        outcome=model.outcome,
        controls=held,
        weights=model.weights,
        sample=sample,
        errors=model.errors,
    )
    return (found, "") if found else ("", "not among the declared options")


def _least(
    grid: Grid, column: str, treatment: str, held: Sequence[str], scenario: Scenario
) -> estimators.Other:
    effects = next(iter(grid.effects.values()))
    kind = scenario.errors_nation if grid.cluster else scenario.errors
    e = controls.fit(
        grid.frame,
        column,
        treatment,
        held,
        errors=kind,
        effects=effects,
        cluster=grid.cluster if kind.startswith("cr") else None,
    ).scaled(HUNDRED)
    return estimators.Other(e.estimate, e.se, e.lo, e.hi, e.n)


def _others(
    results: Results, scenario: Scenario, grids: Mapping[str, Grid], primary: Mapping[str, str]
) -> pd.DataFrame:
    """Primary designs by other estimators than least squares."""
    designs = scenario.designs
    rows: list[dict[str, object]] = []
    if designs is None:
        return pd.DataFrame(columns=["design", "estimator", "estimate", "lo", "hi", "n"])
    focus = scenario.focus.lower()
    county = designs.counties
    tasks: list[tuple[str, Grid, str, str, Sequence[str], str | None]] = []
    for key, place, reading in (
        ("p1", focus, county.treatment),
        ("nation", NATION.lower(), next(iter(scenario.treatment.national), "")),
    ):
        taken = any(place == task[1].place and reading == task[2] for task in tasks)
        if not taken and place in grids and reading in grids[place].treatments:
            grid = grids[place]
            column = gap.OUTCOMES[county.outcome].column
            tasks.append((key, grid, reading, column, county.controls, grid.cluster))
    towns = grids.get(f"{focus}_{MUNICIPAL}")
    design: MunicipalDesign | None
    for key, design in (("p2", designs.municipalities), ("p3", designs.same_ballots)):
        if towns is not None and design is not None:
            column = municipal.OUTCOMES[design.outcome][0]
            tasks.append((key, towns, design.treatment, column, design.controls, "county"))
    for key, grid, treatment, column, held, group in tasks:
        found = {"median": estimators.median(grid.frame, column, treatment, held, group)}
        if key not in primary:
            found = {"least": _least(grid, column, treatment, held, scenario), **found}
        if column == "change_two_party":
            found["logit"] = estimators.logit_on_votes(
                grid.frame, treatment, held, effects=group, cluster=group
            )
        if group is not None:
            found["mixed"] = estimators.mixed(grid.frame, column, treatment, held, group)
        for name, e in found.items():
            results.add(
                f"multiverse.other.{key}.{name}",
                e.estimate,
                se=e.se,
                lo=e.lo,
                hi=e.hi,
                n=e.n,
                unit="points",
                label=f"{column} on {treatment} by {name}",
            )
            rows.append({"design": key, "estimator": name, **vars(e)})
    return pd.DataFrame(rows)
