"""Numbers of the sensitivity chapter: the county design under every probe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sevenpercent.errors import InputError
from sevenpercent.findings import designs
from sevenpercent.model.places import Tables, county_frame, readings
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import CountyDesign, Covariate, Scenario
from sevenpercent.stats import gap, spatial
from sevenpercent.stats.regression import NoVariation, fit
from sevenpercent.stats.sensitivity import (
    arrays,
    balance,
    hidden,
    leave_out,
    per_ballot,
    placebo,
    randomization,
    residuals,
)

Array = NDArray[np.float64]

HUNDRED = 100.0
DESIGN = "design"
"""Name of the control set of the county design itself."""
PRIOR: Covariate = "two_party_prior"
SHUFFLED = "shuffled"
MATCHED = "matched"
TIMES = (1.0, 2.0, 3.0)
"""How many times as strong as an observed covariate a hidden one is imagined to be."""
SIDES = {1: "one", 2: "two"}


@dataclass(frozen=True)
class Probe:
    """One state's frame and design, and where its numbers go.

    Attributes
    ----------
    sets : dict
        Name to controls: ``none``, the set that is held constant, the design's own, and both of
        these with the prior share.
    readings, probed : list of str
        Every reading that varies and is known for every county, the lead first; and the lead
        with the dose.
    sizes : dict
        Reading -> size -> harm in points of that reading (positive).
    """

    scenario: Scenario
    tables: Tables
    results: Results
    place: str
    frame: pd.DataFrame
    spec: CountyDesign
    sets: dict[str, list[Covariate]]
    readings: list[str]
    probed: list[str]
    sizes: dict[str, dict[str, float]]

    @property
    def lead(self) -> str:
        """Reading of the design."""
        return self.spec.treatment

    @property
    def column(self) -> str:
        """Column of the outcome."""
        return gap.OUTCOMES[self.spec.outcome].column

    @property
    def used(self) -> list[str]:
        """Tables behind every number here."""
        t = self.scenario.tables
        return [t.votes, t.equipment, t.demographics]

    def add(
        self,
        key: str,
        value: object,
        label: str,
        unit: str,
        n: int | None = None,
        **more: float | None,
    ) -> None:
        """Set one key of this place; `n` is the number of counties when it is not given."""
        self.results.add(
            f"sensitivity.{self.place.lower()}.{key}",
            value,
            n=len(self.frame) if n is None else n,
            unit=unit,
            label=label,
            tables=self.used,
            **more,
        )

    def arrays(self, reading: str, name: str) -> arrays.Arrays:
        """Rows of one model: change in share on a reading and a control set."""
        return arrays.arrays(self.frame, self.column, reading, self.sets[name])


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Probe the county design of the focus state, and the same in the other states of the claim.

    Returns
    -------
    Findings
        Under ``sensitivity.<place>.``: ``placebo.<reading>.<level|since|step>.<year>.<set>``;
        ``leave_out.<reading>.<one|two>.<lowest|highest>``; ``balance.<set>.<method>``;
        ``hidden.<reading>.<zero|size>``; ``moran.<reading>.<set>``;
        ``randomization.<outcome>.<set>.<range>.<reading>`` (mean of the draws, and ``.p``) and
        ``….joint``; ``power.<reading>.<set>.<weights>`` (smallest harm found); ``per_ballot.…``;
        ``hurts``. Estimates are in points, **negative** = the harmed party did worse where
        electronic; sizes and smallest harms are positive. Frames of the same names.

    Raises
    ------
    InputError
        The scenario declares no designs.
    NoVariation
        The design's reading is unknown or the same in all counties of the focus state.
    """
    if scenario.designs is None:
        raise InputError(
            "This chapter probes the county design, and the scenario declares none",
            column="designs",
            fix="Declare designs.counties, or leave the chapter out.",
        )
    results = Results()
    drawn: dict[str, Array] = {}
    probes: list[tuple[str, Callable[[Probe], pd.DataFrame]]] = [
        ("placebo", _placebo),
        ("leave_out", _leave_out),
        ("balance", _balance),
        ("hidden", _hidden),
        ("moran", _moran),
        ("randomization", partial(_randomization, shown=drawn)),
        ("power", _power),
        ("per_ballot", _per_ballot),
    ]
    found: dict[str, list[pd.DataFrame]] = {name: [] for name, _ in probes}
    for place in scenario.states:
        probe = _probe(scenario, tables, place, results)
        if probe is None and place == scenario.focus:
            raise NoVariation(
                "This claim cannot be tested here: no county comparison in the focus state",
                column=scenario.designs.counties.treatment,
                value=place,
            )
        if probe is None:
            continue
        for name, make in probes:
            found[name].append(make(probe).assign(place=place))
    frames = {name: pd.concat(rows, ignore_index=True) for name, rows in found.items() if rows}
    if drawn:
        frames["drawn"] = pd.DataFrame(drawn)
    return Findings(results, frames)


def _probe(scenario: Scenario, tables: Tables, place: str, results: Results) -> Probe | None:
    assert scenario.designs is not None
    frame = county_frame(scenario, tables, place)
    spec = scenario.designs.counties
    if place != scenario.focus:
        spec = spec.model_copy(update={"treatment": scenario.treatment.primary})
    varying = [r for r in readings(scenario, frame, place) if frame[r].notna().all()]
    if spec.treatment not in varying:
        return None
    others = [r for r in varying if r != spec.treatment]
    dose = scenario.sensitivity.dose
    own = list(spec.controls)
    held = list(scenario.controls[scenario.held])
    sets: dict[str, list[Covariate]] = {"none": [], scenario.held: held, DESIGN: own}
    for name in (scenario.held, DESIGN):
        if PRIOR not in sets[name]:
            sets[f"{name}_prior"] = [*sets[name], PRIOR]
    probed = [spec.treatment, *([dose] if dose in others else [])]
    return Probe(
        scenario=scenario,
        tables=tables,
        results=results,
        place=place,
        frame=frame,
        spec=spec,
        sets=sets,
        readings=[spec.treatment, *others],
        probed=probed,
        sizes=_sizes(scenario, tables, place, spec, varying),
    )


def _sizes(
    scenario: Scenario, tables: Tables, place: str, spec: CountyDesign, varying: list[str]
) -> dict[str, dict[str, float]]:
    places = designs.Places.of(scenario, tables, place)
    return {
        reading: designs.by_county(
            places, "", "", spec.model_copy(update={"treatment": reading})
        ).sizes
        for reading in varying
    }


# ---------------------------------------------------------------------------------------------
# Other years on the same map
# ---------------------------------------------------------------------------------------------


def _placebo(p: Probe) -> pd.DataFrame:
    s = p.scenario
    # One state's rows only: every election is joined anew, and the nation would take seconds.
    equipment, traits = (
        table[table["state"] == p.place]
        for table in (p.tables(s.tables.equipment), p.tables(s.tables.demographics))
    )
    machines = placebo.Map(
        p.tables(s.tables.votes),
        equipment,
        traits,
        year=s.year,
        state=p.place,
        harmed=s.parties.harmed.party,
        favoured=s.parties.favoured.party,
        vintage=s.treatment.vintage,
        version=s.treatment.version,
    )
    years = machines.years([*s.prior_years, s.year, *s.sensitivity.again])
    study = placebo.event_study(
        machines, years, s.prior_year, p.probed, p.sets, p.spec.placebos, p.spec.errors
    )
    for row in study.to_dict("records"):
        p.add(
            f"placebo.{row['reading']}.{row['kind']}.{row['year']}.{row['controls']}",
            row["estimate"],
            f"two-party share of {row['year']}"
            + ("" if row["kind"] == "level" else f" minus {row['before']}")
            + f" on the {s.year} map of {row['reading']}, controls {row['controls']}",
            "points",
            se=row["se"],
            lo=row["lo"],
            hi=row["hi"],
            n=row["n"],
        )
    return study


# ---------------------------------------------------------------------------------------------
# Single counties, balance, the unseen
# ---------------------------------------------------------------------------------------------


def _leave_out(p: Probe) -> pd.DataFrame:
    rows = []
    for reading in p.probed:
        model = p.arrays(reading, DESIGN)
        for size, words in SIDES.items():
            out = leave_out.leave_out(model, size)
            out[["estimate", "se", "lo", "hi"]] *= HUNDRED
            known = out[out["estimate"].notna()]
            for end, row in (("lowest", known.iloc[0]), ("highest", known.iloc[-1])):
                p.add(
                    f"leave_out.{reading}.{words}.{end}",
                    row["estimate"],
                    f"the {end} estimate on {reading} without {words} of the counties: "
                    f"without {row['without']}",
                    "points",
                    se=row["se"],
                    lo=row["lo"],
                    hi=row["hi"],
                    n=model.n - size,
                )
                p.add(
                    f"leave_out.{reading}.{words}.{end}.without",
                    row["without"],
                    "counties left out there",
                    "",
                )
            p.add(
                f"leave_out.{reading}.{words}.negative",
                int((known["hi"] < 0).sum()),
                f"of all ways to leave {words} out, those with an interval below zero on {reading}",
                "sets",
                n=len(known),
            )
            rows.append(out.assign(reading=reading, size=size))
    return pd.concat(rows, ignore_index=True)


def _balance(p: Probe) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for name in (p.scenario.held, DESIGN) if arrays.is_binary(p.frame[p.lead].to_numpy()) else ():
        model = p.arrays(p.lead, name)
        for method in balance.METHODS:
            row: dict[str, object] = {"controls": name, "method": method}
            try:
                b = balance.balanced(model, [str(c) for c in p.sets[name]], method)
            except balance.NoOverlap as reason:
                rows.append({**row, "why": reason.problem})
                continue
            points = {
                k: None if v is None else HUNDRED * v
                for k, v in {"se": b.se, "lo": b.lo, "hi": b.hi}.items()
            }
            where = f"balance.{name}.{method}"
            p.add(
                where,
                HUNDRED * b.estimate,
                f"change on {p.lead}, {name} balanced by {method} weights",
                "points",
                se=points["se"],
                lo=points["lo"],
                hi=points["hi"],
            )
            for part, value, unit in (
                ("electronic_n", b.electronic_n, "counties"),
                ("paper_n", b.paper_n, "counties"),
                ("top_share", b.top_share, "share"),
                ("top", b.top, ""),
            ):
                p.add(f"{where}.{part}", value, f"{method} weights: {part}", unit)
            rows.append(
                {
                    **row,
                    "why": "",
                    "estimate": HUNDRED * b.estimate,
                    **points,
                    "needed": b.needed,
                    "electronic_n": b.electronic_n,
                    "paper_n": b.paper_n,
                    "top": b.top,
                    "top_share": b.top_share,
                }
            )
    columns = ["estimate", "se", "lo", "hi", "needed", "electronic_n", "paper_n", "top"]
    return pd.DataFrame(rows).reindex(columns=["controls", "method", "why", *columns, "top_share"])


def _hidden(p: Probe) -> pd.DataFrame:
    rows = []
    for reading in p.probed:
        h = hidden.hidden(p.frame, p.column, reading, p.sets[DESIGN], p.sets[DESIGN], TIMES)
        where = f"hidden.{reading}"
        p.add(
            where,
            h.estimate,
            f"change on {reading}, controls {DESIGN}, classical errors",
            "points",
            se=h.se,
        )
        p.add(f"{where}.df", h.df, "degrees of freedom", "degrees of freedom")
        for name, target in {
            "zero": 0.0,
            **{size: -harm for size, harm in p.sizes[reading].items()},
        }.items():
            for level, words in ((None, ""), (0.05, ".not_rejected")):
                p.add(
                    f"{where}.{name}{words}",
                    h.robustness(target, level),
                    "share of what is left of treatment and outcome that a hidden confounder must "
                    f"explain for {target:.2f} points" + (" not to be rejected" if words else ""),
                    "share",
                )
        for row in h.benchmarks.dropna().to_dict("records"):
            for end in ("lowered", "raised"):
                p.add(
                    f"{where}.benchmark.{row['covariate']}.{row['times']:g}.{end}",
                    row[end],
                    f"estimate {end} by a confounder at most {row['times']:g} times as strong as "
                    f"{row['covariate']}",
                    "points",
                )
        rows.append(h.benchmarks.assign(reading=reading))
    return pd.concat(rows, ignore_index=True)


# ---------------------------------------------------------------------------------------------
# The map
# ---------------------------------------------------------------------------------------------


def _moran(p: Probe) -> pd.DataFrame:
    neighbours = p.tables(p.scenario.tables.neighbours)
    rng = np.random.default_rng(p.scenario.redraw.seed)
    rows = []
    for reading in p.probed:
        for name in p.sets:
            model = p.arrays(reading, name)
            weights = spatial.neighbour_weights(model.fips, neighbours)
            c = residuals.clustering(
                model.y, model.regressors, weights, p.scenario.sensitivity.draws, rng
            )
            where = f"moran.{reading}.{name}"
            p.add(
                where, c.moran, f"Moran's I of residuals, {reading}, controls {name}", "", n=model.n
            )
            p.add(f"{where}.p", c.p, "share of maps without clustering at least as high", "share")
            rows.append(
                {
                    "reading": reading,
                    "controls": name,
                    "moran": c.moran,
                    "expected": c.expected,
                    "p": c.p,
                }
            )
    return pd.DataFrame(rows)


def _randomization(p: Probe, shown: dict[str, Array]) -> pd.DataFrame:
    """Every reading in every draw, against demographics and map, and against blind shuffles.

    `shown` receives the estimates of the draws that a figure shows.
    """
    s = p.scenario
    needed = list(dict.fromkeys([*s.redraw.propensity, *p.sets[DESIGN], *p.sets[s.held], p.column]))
    rows = p.frame[p.frame[needed].notna().all(axis=1)]
    treated = rows[p.readings].to_numpy(float)
    levels = {"level_two_party": ["none"], p.spec.outcome: ["none", s.held, DESIGN]}
    out = []
    for kind, drawn in _draws(p, rows, treated).items():
        for outcome, names in levels.items():
            y = HUNDRED * rows[gap.OUTCOMES[outcome].column].to_numpy(float)
            for name in names:
                held = rows[p.sets[name]].to_numpy(float)
                found = randomization.randomization(y, held, treated, drawn)
                where = f"randomization.{outcome}.{name}.{kind}"
                joint = found.p_joint
                p.add(
                    f"{where}.joint",
                    joint,
                    "chance that the most negative of all readings is this rare without effect",
                    "share",
                    n=drawn.shape[0],
                )
                for j, reading in enumerate(p.readings):
                    if kind in (MATCHED, SHUFFLED) and reading in p.probed:
                        shown[f"{p.place}.{outcome}.{name}.{reading}.{kind}"] = found.drawn[:, j]
                    lo, hi = np.quantile(found.drawn[:, j], [0.025, 0.975])
                    p.add(
                        f"{where}.{reading}",
                        found.drawn[:, j].mean(),
                        f"mean estimate of {outcome} on {reading}, controls {name}, machines dealt "
                        f"out anew without effect ({kind}); the interval holds 95 % of draws",
                        "points",
                        se=found.drawn[:, j].std(),
                        lo=lo,
                        hi=hi,
                        n=len(rows),
                    )
                    p.add(
                        f"{where}.{reading}.p",
                        found.p_lower[j],
                        "share of draws with a t value at least as negative",
                        "share",
                        n=drawn.shape[0],
                    )
                    out.append(
                        {
                            "outcome": outcome,
                            "controls": name,
                            "range": kind,
                            "reading": reading,
                            "observed": found.estimate[j],
                            "expected": found.drawn[:, j].mean(),
                            "lo": lo,
                            "hi": hi,
                            "p": found.p_lower[j],
                            "joint": joint,
                        }
                    )
    return pd.DataFrame(out)


def _draws(p: Probe, rows: pd.DataFrame, treated: Array) -> Mapping[str, Array]:
    s = p.scenario
    where = p.tables(s.tables.points).set_index("fips").reindex(rows["fips"])
    weights = spatial.neighbour_weights(list(rows["fips"]), p.tables(s.tables.neighbours))
    covariates = rows[s.redraw.propensity].to_numpy(float).reshape(len(rows), -1)
    draws = s.sensitivity.draws
    out = {}
    ranges = {MATCHED: None, **{f"km{km:g}": km for km in s.sensitivity.ranges_km}}
    for kind, km in ranges.items():
        drawn = spatial.redraw(
            treated,
            covariates,
            where["lat"].to_numpy(float),
            where["lon"].to_numpy(float),
            weights,
            draws,
            np.random.default_rng(s.redraw.seed),
            range_km=km,
        )
        out[kind] = drawn.treatments
        p.add(f"randomization.{kind}.km", drawn.range_km, "range of the field", "km")
        p.add(
            f"randomization.{kind}.moran",
            drawn.moran_drawn,
            f"mean Moran's I of the machines drawn (seen: {drawn.moran_observed:.3f})",
            "",
        )
    out[SHUFFLED] = spatial.shuffle(treated, draws, np.random.default_rng(s.redraw.seed))
    return out


# ---------------------------------------------------------------------------------------------
# What could have been seen, and how large an error must be
# ---------------------------------------------------------------------------------------------


def _power(p: Probe) -> pd.DataFrame:
    """Smallest harm found by each county design: reading x controls x weights."""
    places = designs.Places.of(p.scenario, p.tables, p.place)
    rows = []
    for reading in p.readings:
        for name, chosen in p.sets.items():
            if name == "none":
                continue
            for weights in p.scenario.weights:
                spec = p.spec.model_copy(
                    update={"treatment": reading, "controls": chosen, "weights": weights}
                )
                f = designs.by_county(places, "", "", spec)
                e = f.estimate
                where = f"power.{reading}.{name}.{weights}"
                p.add(
                    where,
                    f.mde,
                    f"smallest harm found with 80 % power at 5 %, {reading}, controls {name}, "
                    f"weights {weights}",
                    "points",
                    n=e.n,
                )
                rows.append(
                    {
                        "reading": reading,
                        "controls": name,
                        "weights": weights,
                        "estimate": e.estimate,
                        "se": e.se,
                        "lo": e.lo,
                        "hi": e.hi,
                        "mde": f.mde,
                        "bound": f.bound,
                        **{f"size.{size}": harm for size, harm in f.sizes.items()},
                    }
                )
    out = pd.DataFrame(rows)
    for size, own in p.sizes[p.lead].items():
        p.add(f"power.size.{size}", own, f"{size} in points of {p.lead}", "points")
        sees = out["mde"] <= out[f"size.{size}"]
        p.add(
            f"power.sees.{size}",
            int(sees.sum()),
            f"county designs (reading x controls x weights) that could have seen {size}",
            "designs",
            n=len(out),
        )
        p.add(
            f"power.excludes.{size}",
            int((out["bound"] < out[f"size.{size}"])[sees].sum()),
            f"of these, the ones that exclude {size} (one-sided 5 %)",
            "designs",
            n=int(sees.sum()),
        )
    worst = out.iloc[int((out["estimate"] / out["se"]).to_numpy().argmin())]
    p.add(
        "hurts",
        worst["estimate"],
        f"the county design most against no effect: {worst['reading']}, controls "
        f"{worst['controls']}, weights {worst['weights']}",
        "points",
        se=worst["se"],
        lo=worst["lo"],
        hi=worst["hi"],
    )
    for part in ("reading", "controls", "weights"):
        p.add(f"hurts.{part}", worst[part], f"its {part}", "")
    return out


def _per_ballot(p: Probe) -> pd.DataFrame:
    """Points on every DRE ballot that would make the gaps seen, if nothing else were wrong."""
    dose = p.scenario.sensitivity.dose
    columns = ["outcome", "controls", "gap", "exposed", "needed", "lo", "hi"]
    if dose is None or dose not in p.probed:
        return pd.DataFrame(columns=columns)
    two = (p.frame["harmed"] + p.frame["favoured"]) * p.frame[dose]
    p.add("per_ballot.ballots", two.sum(), "votes for either party on DREs, by share", "votes")
    for size, harm in p.sizes[dose].items():
        p.add(f"per_ballot.size.{size}", harm, f"points per DRE ballot that make {size}", "points")
    rows = []
    models = [("level_two_party", "none"), *((p.spec.outcome, n) for n in ("none", DESIGN))]
    for outcome, name in models:
        column = gap.OUTCOMES[outcome].column
        e = fit(p.frame, column, p.lead, p.sets[name], errors=p.spec.errors).scaled(HUNDRED)
        try:
            exposed = per_ballot.exposure(p.frame, p.lead, dose, p.sets[name])
        except NoVariation:
            continue
        lo, value, hi = (per_ballot.error_needed(x, exposed) for x in (e.lo, e.estimate, e.hi))
        p.add(
            f"per_ballot.{outcome}.{name}",
            value,
            f"points per DRE ballot that would make the gap of {outcome} on {p.lead}, "
            f"controls {name}",
            "points",
            lo=lo,
            hi=hi,
            n=e.n,
        )
        p.add(
            f"per_ballot.{outcome}.{name}.exposed",
            exposed,
            f"DRE share of ballots that {p.lead} stands for, controls {name}",
            "share",
        )
        rows.append([outcome, name, e.estimate, exposed, value, lo, hi])
    return pd.DataFrame(rows, columns=columns)
