"""Numbers of the designs that verdicts rest on: counties, municipalities, same ballots, paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel

from sevenpercent.claims.catalogue import RULES
from sevenpercent.claims.designs import Design
from sevenpercent.model import frames
from sevenpercent.model.places import NATION, Tables, county_frame, readings, states_of
from sevenpercent.model.results import Findings, Results, Value
from sevenpercent.model.scenario import (
    CountyDesign,
    Designs,
    MunicipalDesign,
    PrecinctDesign,
    Scenario,
    Size,
)
from sevenpercent.model.words import and_list
from sevenpercent.stats import designs, gap, municipal, precincts
from sevenpercent.stats import regression as controls

HUNDRED = 100.0
NAMES = {
    "p1": "P1 counties",
    "p2": "P2 municipalities",
    "p3": "P3 same ballots",
    "p4": "P4 paper",
    "p5": "P5 precincts",
}
HELD = {
    "college": "college degrees",
    "white_nh": "the non-Hispanic white share",
    "white": "the white share",
    "black": "the black share",
    "hispanic": "the Hispanic share",
    "nonwhite": "the non-white share",
    "log_density": "density",
    "log_population": "population",
    "log_votes_prior_all": "the number of votes in the earlier election",
    "two_party_prior": "the earlier share of the vote",
    "income": "income",
    "age": "age",
    "town": "whether it is a town",
}
"""Covariates as a sentence names them; the others go by their own name."""

STATISTICAL = ("p1", "p2", "p3", "p5")

Spec = TypeVar("Spec", bound=BaseModel)


@dataclass(frozen=True)
class Fitted:
    """One specification: its estimate in points, and each size of harm in its own unit.

    Attributes
    ----------
    key : str
        Result key without the last part (``designs.p1``, ``designs.p1.neighbour.hc3``).
    design, label, unit : str
        Which design (``p1`` ...), what distinguishes it, and its unit.
    estimate : Estimate or PerBallot
        **Negative** = the harmed party did worse where voting was electronic.
    sizes, votes : dict
        Size -> harm in the design's unit, and the votes it stands for.
    used : tuple of str
        Tables.
    """

    key: str
    design: str
    label: str
    unit: str
    estimate: controls.Estimate | designs.PerBallot
    sizes: dict[str, float]
    votes: dict[str, float]
    used: tuple[str, ...]

    @property
    def mde(self) -> float:
        """Smallest harm it finds with 80 % power at 5 %."""
        return designs.minimum_detectable(self.estimate.se, self.estimate.df)

    @property
    def bound(self) -> float:
        """Most harm that it does not exclude, one-sided at 5 %."""
        e = self.estimate
        return designs.most_harm(e.estimate, e.se, e.df)

    def asked(self, size: str) -> Design:
        """The question whether there is harm of this size, as the verdict rule puts it."""
        e = self.estimate
        return Design(self.label, e.estimate, e.se, e.df, self.mde, self.sizes[size])


@dataclass(frozen=True)
class Places:
    """Frames of one state that the designs are fitted to.

    Attributes
    ----------
    counties : DataFrame
    municipalities, units, precincts : DataFrame or None
        None where the book has no such table.
    margin : int
        Votes by which the favoured party leads in the state; 0 when it does not.
    electronic : str
        Reading that says which counties are electronic when a size is a percentage of votes there.
    """

    scenario: Scenario
    counties: pd.DataFrame
    municipalities: pd.DataFrame | None
    units: pd.DataFrame | None
    margin: int
    electronic: str
    precincts: pd.DataFrame | None = None

    @classmethod
    def of(cls, scenario: Scenario, tables: Tables, state: str | None = None) -> Places:
        """Frames of the focus; of another state of the claim, its counties only."""
        counties = county_frame(scenario, tables, state or scenario.focus)
        lead = counties["favoured"].sum() - counties["harmed"].sum()
        sides = scenario.parties.harmed.party, scenario.parties.favoured.party
        harmed, favoured = sides
        municipalities = units = None
        if state is None and scenario.tables.municipalities is not None:
            table = tables(scenario.tables.municipalities)
            municipalities = municipal.municipal_frame(
                table,
                year=scenario.year,
                prior_year=scenario.prior_year,
                harmed=harmed,
                favoured=favoured,
            )
            if scenario.tables.units is not None:
                units = municipal.recounted_units(
                    tables(scenario.tables.units), table, harmed=harmed, favoured=favoured
                )
        reading = declared(scenario).counties.treatment
        if state is not None:
            reading = scenario.treatment.primary
        by_precinct = None
        if state is None and scenario.tables.precincts is not None:
            by_precinct = precincts.precinct_frame(
                tables(scenario.tables.precincts),
                tables(str(scenario.tables.precinct_equipment)),
                year=scenario.year,
                prior_year=scenario.prior_year,
                harmed=harmed,
                favoured=favoured,
            )
        lead = max(0, int(lead))
        return cls(scenario, counties, municipalities, units, lead, reading, by_precinct)


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Fit every primary design and its neighbours, and ask the verdict rule about every size.

    Returns
    -------
    Findings
        ``designs.<p1|p2|p3|p4>.estimate`` (with interval), ``.df``, ``.mde``, ``.bound``,
        ``.size.<size>``, ``.missing.<size>`` (votes), ``.votes.<size>`` and ``.excludes.<size>``
        (true or false); the same under ``designs.<p>.neighbour.<name>`` and, for the other states
        of the claim, ``designs.<state>``; ``designs.p1.placebo.<year>``;
        ``designs.verdict.<size>`` with ``.because``; ``designs.hurts.<size>``. Estimates are in
        points, **negative** = the harmed party did worse where voting was electronic; sizes,
        ``mde`` and ``bound`` are positive amounts of harm. Frames ``fits``, ``sizes``,
        ``verdicts``. A scenario without designs gives nothing.
    """
    results = Results()
    if scenario.designs is None:
        return Findings(results)
    places = Places.of(scenario, tables)
    primary = dict(primaries(places))
    near = [n for name in primary for n in neighbours(places, name)]
    far = list(other_states(scenario, tables))
    every = [*primary.values(), *near, *far]
    for fitted in every:
        publish(results, fitted)
    placebos = _placebos(results, scenario, tables)
    verdicts = _verdicts(results, scenario, primary, placebos, [*primary.values(), *near])
    _verdicts_elsewhere(results, scenario, far)
    return Findings(
        results,
        {
            "fits": pd.DataFrame([_fit_row(f) for f in every]),
            "sizes": pd.DataFrame([row for f in every for row in _size_rows(f)]),
            "verdicts": verdicts,
        },
    )


def primaries(places: Places) -> Iterator[tuple[str, Fitted]]:
    """The primary designs that the scenario's tables allow, by name."""
    d = declared(places.scenario)
    yield "p1", by_county(places, "designs.p1", NAMES["p1"], d.counties)
    for name, spec in (("p2", d.municipalities), ("p3", d.same_ballots)):
        if spec is not None:
            yield name, by_municipality(places, name, f"designs.{name}", NAMES[name], spec)
    if places.units is not None:
        yield "p4", on_paper(places, "designs.p4", NAMES["p4"], None)
    if d.precincts is not None:
        yield "p5", by_precinct(places, "designs.p5", NAMES["p5"], d.precincts)


def neighbours(places: Places, name: str) -> Iterator[Fitted]:
    """The declared neighbours of one primary design."""
    d = declared(places.scenario)
    if name == "p1":
        for near, change in d.counties.neighbours.items():
            spec = _changed(d.counties, change)
            yield by_county(places, f"designs.p1.neighbour.{near}", change.label, spec)
    elif name == "p4":
        key = f"designs.p4.neighbour.{d.hand_method}"
        yield on_paper(places, key, "planned hand counts only", d.hand_method)
    elif name == "p5":
        assert d.precincts is not None  # the primary design would be missing too
        for near, other in d.precincts.neighbours.items():
            own = _changed(d.precincts, other)
            yield by_precinct(places, f"designs.p5.neighbour.{near}", other.label, own)
    else:
        base = d.municipalities if name == "p2" else d.same_ballots
        assert base is not None  # the primary design would be missing too
        for near, variant in base.neighbours.items():
            key = f"designs.{name}.neighbour.{near}"
            changed = _changed(base, variant)
            yield by_municipality(places, name, key, variant.label, changed)


def other_states(scenario: Scenario, tables: Tables) -> Iterator[Fitted]:
    """The county design in the other states of the claim, with the leading reading.

    A state without variation in it is left out.
    """
    leading = {"treatment": scenario.treatment.primary}
    if scenario.focus == NATION:
        leading |= {"errors": scenario.errors, "effects": "none"}
    spec = declared(scenario).counties.model_copy(update=leading)
    for state in scenario.states:
        if state == scenario.focus:
            continue
        places = Places.of(scenario, tables, state)
        if spec.treatment in readings(scenario, places.counties, state):
            yield by_county(places, f"designs.{state.lower()}", state, spec)


def by_county(places: Places, key: str, label: str, spec: CountyDesign) -> Fitted:
    """One regression over counties, in points."""
    outcome = gap.OUTCOMES[spec.outcome]
    estimate = controls.fit(
        places.counties,
        outcome.column,
        spec.treatment,
        spec.controls,
        weights=frames.WEIGHTS[spec.weights],
        errors=spec.errors,
        **groups(spec),
    ).scaled(HUNDRED)
    place = gap.electronic_place(places.counties, spec.treatment)
    tables = places.scenario.tables
    used = (tables.votes, tables.equipment, tables.demographics)
    return _fitted(places, key, "p1", label, estimate, outcome.size, place, used)


def groups(spec: CountyDesign) -> dict[str, str | None]:
    """Columns of the effects and the clusters of a county design."""
    return {
        "effects": "state" if spec.effects == "state" else None,
        "cluster": "state" if spec.errors.startswith("cr") else None,
    }


def by_municipality(
    places: Places, design: str, key: str, label: str, spec: MunicipalDesign
) -> Fitted:
    """One regression over municipalities, in points."""
    frame = places.municipalities
    assert frame is not None  # the scenario has the table when it declares the design
    column, unit = municipal.OUTCOMES[spec.outcome]
    estimate = controls.fit(
        frame,
        column,
        spec.treatment,
        spec.controls,
        weights=frames.WEIGHTS[spec.weights],
        errors=spec.errors,
        effects="fips" if spec.effects == "county" else None,
        cluster="fips",
    ).scaled(HUNDRED)
    place = gap.electronic_place(frame, spec.treatment)
    used = (str(places.scenario.tables.municipalities),)
    return _fitted(places, key, design, label, estimate, unit, place, used)


def by_precinct(places: Places, key: str, label: str, spec: PrecinctDesign) -> Fitted:
    """One regression over precincts, in points; errors clustered by county."""
    frame = places.precincts
    assert frame is not None  # the scenario has the table when it declares the design
    column, unit = precincts.OUTCOMES[spec.outcome]
    estimate = controls.fit(
        frame,
        column,
        spec.treatment,
        spec.controls,
        weights="total" if spec.weights == "votes" else None,
        errors=spec.errors,
        effects="fips" if spec.effects == "county" else None,
        cluster="fips",
    ).scaled(HUNDRED)
    place = gap.electronic_place(frame[frame[spec.treatment].notna()], spec.treatment)
    t = places.scenario.tables
    used = (str(t.precincts), str(t.precinct_equipment))
    return _fitted(places, key, "p5", label, estimate, unit, place, used)


def on_paper(places: Places, key: str, label: str, method: str | None) -> Fitted:
    """What the recount changed in units with DRE ballots, per DRE ballot.

    Sizes are spread over all DRE ballots of the state, also where only units of one planned
    `method` are looked at.
    """
    units, frame = places.units, places.municipalities
    assert units is not None
    assert frame is not None
    chosen = units if method is None else units[units["method"] == method]
    estimate = designs.per_ballot(chosen, "half_margin", "ballots_dre", "fips")
    sizes, votes = harms_on_paper(places)
    used = (str(places.scenario.tables.units), str(places.scenario.tables.municipalities))
    return Fitted(key, "p4", label, "points", estimate, sizes, votes, used)


def harms(
    places: Places, unit: gap.Unit, place: gap.Place
) -> tuple[dict[str, float], dict[str, float]]:
    """Each declared size in the unit of a design over `place`, and the votes it stands for."""
    votes = _votes(places, place)
    sizes = {}
    for name, n in votes.items():
        size = declared(places.scenario).sizes[name]
        if size.amount == "points" and unit == "two_party":
            sizes[name] = places.scenario.claim.percent
        else:
            sizes[name] = designs.harm(n, unit, place, size.how)
    return sizes, votes


def harms_on_paper(places: Places) -> tuple[dict[str, float], dict[str, float]]:
    """The same per 100 recounted ballots, spread over all DRE ballots of the state."""
    units, frame = places.units, places.municipalities
    assert units is not None
    assert frame is not None
    votes = _votes(places, gap.electronic_place(frame, "dose"))
    ballots = float(units["ballots_dre"].sum())
    sizes = {
        name: designs.harm_per_ballot(n, ballots, declared(places.scenario).sizes[name].how)
        for name, n in votes.items()
    }
    return sizes, votes


def publish(results: Results, f: Fitted) -> None:
    """Set the keys of one specification."""
    e = f.estimate
    results.add(
        f"{f.key}.estimate",
        e.estimate,
        se=e.se,
        lo=e.lo,
        hi=e.hi,
        n=e.n,
        unit=f.unit,
        label=f"{NAMES[f.design]}: {f.label}" if f.label != NAMES[f.design] else f.label,
        tables=f.used,
    )
    numbers: dict[str, tuple[object, str, str]] = {
        "df": (e.df, "degrees of freedom", "degrees of freedom"),
        "mde": (f.mde, f.unit, "smallest harm found with 80 % power at 5 %"),
        "bound": (f.bound, f.unit, "largest harm not excluded, one-sided at 5 %"),
    }
    if e.clusters is not None:
        numbers["clusters"] = (e.clusters, "clusters", "clusters")
        numbers["effective_clusters"] = (
            e.effective_clusters,
            "clusters",
            "clusters that carry the estimate",
        )
    if isinstance(e, controls.Estimate):
        numbers["effective_n"] = (e.effective_n, "places", "places that carry the estimate")
    else:
        numbers["ballots"] = (e.ballots, "ballots", "ballots cast on the machines there")
    for name, size in f.sizes.items():
        asked = f.asked(name)
        numbers[f"size.{name}"] = (size, f.unit, f"harm of size {name} in this design's unit")
        numbers[f"missing.{name}"] = (f.votes[name], "votes", f"votes that {name} stands for")
        numbers[f"votes.{name}"] = (asked.votes, "", f"could have seen harm of size {name}")
        numbers[f"excludes.{name}"] = (asked.excludes, "", f"excludes harm of size {name}")
    for name, (value, unit, label) in numbers.items():
        results.add(f"{f.key}.{name}", value, n=e.n, unit=unit, label=label, tables=f.used)


def declared(scenario: Scenario) -> Designs:
    """The scenario's designs; the callers have seen to it that there are some."""
    assert scenario.designs is not None
    return scenario.designs


def held_constant(names: Sequence[str]) -> str:
    """Covariates for a sentence: ``college degrees, the white share and density``."""
    return and_list([HELD.get(name, name.replace("_", " ")) for name in names])


def size_label(scenario: Scenario, size: Size) -> str:
    """A size of harm in words."""
    return {
        "points": f"{scenario.claim.percent:g} points of the share",
        "percent": f"{scenario.claim.percent:g} % of the votes in "
        f"{scenario.treatment.adjective} counties, {size.how}",
        "percent_ballots": f"{scenario.claim.percent:g} % of the votes on DRE ballots, {size.how}",
        "votes": f"{scenario.claim.votes or 0:,} votes, {size.how}",
        "decisive": f"enough to change the winner, {size.how}",
    }[size.amount]


def _changed(base: Spec, variant: BaseModel) -> Spec:
    changes = {name: value for name, value in variant if name != "label" and value is not None}
    return base.model_copy(update=changes)


def _fitted(
    places: Places,
    key: str,
    design: str,
    label: str,
    estimate: controls.Estimate,
    unit: gap.Unit,
    place: gap.Place,
    used: tuple[str, ...],
) -> Fitted:
    sizes, votes = harms(places, unit, place)
    words = "log points" if unit == "log" else "points"
    return Fitted(key, design, label, words, estimate, sizes, votes, used)


def _votes(places: Places, own: gap.Place) -> dict[str, float]:
    """Votes that each size stands for: the same in every design, but for the literal points.

    Those are points where voting was electronic in the design's own sense. Where the harmed side
    won, no size changes the winner, and there is no decisive one.
    """
    claim, d = places.scenario.claim, declared(places.scenario)
    of = {"points": own, "percent": gap.electronic_place(places.counties, places.electronic)}
    if places.municipalities is not None:
        of["percent_ballots"] = gap.electronic_place(places.municipalities, "dose")
    return {
        name: designs.votes_behind(
            size.amount,
            size.how,
            of.get(size.amount, own),
            percent=claim.percent,
            votes=claim.votes or 0,
            margin=places.margin,
        )
        for name, size in d.sizes.items()
        if (size.amount != "percent_ballots" or size.amount in of)
        and (size.amount != "decisive" or places.margin > 0)
    }


def _placebos(results: Results, scenario: Scenario, tables: Tables) -> dict[str, Value]:
    """The county design with earlier elections in place of this one, on the same map.

    Each is compared with the same prior election as the design itself, so that whatever was odd
    about that one shows here too; and with the one before it, where both are free of machines.
    """
    d = declared(scenario).counties
    years = sorted(d.placebos)
    pairs = [(str(y), y, scenario.prior_year) for y in years]
    pairs += [(f"{a}_to_{b}", b, a) for a, b in pairwise(years)]
    used = [scenario.tables.votes, scenario.tables.equipment, scenario.tables.demographics]
    out = {}
    for name, year, base in pairs:
        frame = frames.county_frame(
            tables(scenario.tables.votes),
            tables(scenario.tables.equipment),
            tables(scenario.tables.demographics),
            year=year,
            prior_year=base,
            harmed=scenario.parties.harmed.party,
            favoured=scenario.parties.favoured.party,
            vintage=scenario.treatment.vintage,
            states=states_of(scenario.focus),
            version=scenario.treatment.version,
            equipment_year=scenario.year,
        )
        e = controls.fit(
            frame,
            gap.OUTCOMES[d.outcome].column,
            d.treatment,
            d.controls,
            weights=frames.WEIGHTS[d.weights],
            errors=d.errors,
            **groups(d),
        ).scaled(HUNDRED)
        key = f"designs.p1.placebo.{name}"
        results.add(
            key,
            e.estimate,
            se=e.se,
            lo=e.lo,
            hi=e.hi,
            n=e.n,
            unit="points",
            label=f"{NAMES['p1']}, votes of {year} compared with {base}, machines of {scenario.year}",
            tables=used,
        )
        out[name.replace("_", " ")] = results[key]
    return out


def _verdicts(
    results: Results,
    scenario: Scenario,
    primary: Mapping[str, Fitted],
    placebos: Mapping[str, Value],
    every: list[Fitted],
) -> pd.DataFrame:
    """Ask the verdict rule about every size; name the specification that hurts the answer most."""
    statistical = [primary[name] for name in STATISTICAL if name in primary]
    rows = []
    for name, size in declared(scenario).sizes.items():
        if name not in primary["p1"].sizes:
            continue
        word, because = _ask(statistical, name, placebos, primary.get("p4"))
        capable = [f for f in every if f.design != "p4" and f.mde <= f.sizes[name]]
        worst = max(capable, key=lambda f: f.bound / f.sizes[name], default=None)
        row: dict[str, object] = {
            "size": name,
            "label": size_label(scenario, size),
            "verdict": word,
            "because": because,
            "hurts": "" if worst is None else worst.key,
            "hurts_label": "" if worst is None else _title(worst),
            "hurts_ratio": None if worst is None else worst.bound / worst.sizes[name],
        }
        row["excluding"] = sum(f.bound < f.sizes[name] for f in capable)
        row["capable"] = len(capable)
        row["against"] = [_title(f) for f in capable if f.bound >= f.sizes[name]]
        rows.append(row)
        used = sorted({t for f in every for t in f.used})
        key = f"designs.verdict.{name}"
        results.add(key, word, unit="verdict", label=str(row["label"]), tables=used)
        results.add(f"{key}.because", because, unit="text", label=str(row["label"]), tables=used)
        results.add(
            f"designs.excluding.{name}",
            row["excluding"],
            n=len(capable),
            unit="specifications",
            label="designs and neighbours that exclude it, of those that could have seen it",
            tables=used,
        )
        results.add(
            f"designs.hurts.{name}",
            row["hurts_ratio"],
            unit="ratio",
            label=f"largest bound as a share of the size: {row['hurts_label']}",
            tables=used,
        )
    return pd.DataFrame(rows)


def _verdicts_elsewhere(results: Results, scenario: Scenario, far: list[Fitted]) -> None:
    """The rule in the other states of the claim, where there is one design and no paper."""
    found = {f.key.removeprefix("designs."): f for f in far}
    for state in (s.lower() for s in scenario.states if s != scenario.focus):
        own = [found[state]] if state in found else []
        for name, size in declared(scenario).sizes.items():
            if own and name not in own[0].sizes:
                continue
            word, because = _ask(own, name, {}, None)
            key = f"designs.verdict.{state}.{name}"
            label = f"{size_label(scenario, size)}, {state.upper()}"
            results.add(key, word, unit="verdict", label=label)
            results.add(f"{key}.because", because, unit="text", label=label)


def _ask(
    fits: list[Fitted], size: str, placebos: Mapping[str, Value], paper: Fitted | None
) -> tuple[str, str]:
    roles: dict[str, dict[str, Value]] = {
        "estimates": {f.label: _value(f) for f in fits},
        "df": {f.label: Value(f.estimate.df) for f in fits},
        "mde": {f.label: Value(f.mde) for f in fits},
        "size": {f.label: Value(f.sizes[size]) for f in fits},
        "placebo": dict(placebos),
    }
    if paper is not None:
        roles["paper"] = {paper.label: _value(paper)}
        roles["paper_size"] = {paper.label: Value(paper.sizes[size])}
    outcome = RULES["primary_designs"].decide(roles, {}, "parts")
    return str(outcome.word), outcome.because


def _value(f: Fitted) -> Value:
    e = f.estimate
    return Value(e.estimate, se=e.se, lo=e.lo, hi=e.hi)


def _title(f: Fitted) -> str:
    name = NAMES[f.design]
    return f.label if f.label == name else f"{name}, {f.label}"


def _fit_row(f: Fitted) -> dict[str, object]:
    e = f.estimate
    return {
        "key": f.key,
        "design": f.design,
        "label": f.label,
        "title": _title(f),
        "unit": f.unit,
        "estimate": e.estimate,
        "se": e.se,
        "df": e.df,
        "lo": e.lo,
        "hi": e.hi,
        "n": e.n,
        "mde": f.mde,
        "bound": f.bound,
        "clusters": e.clusters,
        "effective_clusters": e.effective_clusters,
    }


def _size_rows(f: Fitted) -> Iterator[dict[str, object]]:
    for name, size in f.sizes.items():
        asked = f.asked(name)
        yield {
            "key": f.key,
            "design": f.design,
            "label": f.label,
            "size": name,
            "amount": size,
            "missing": f.votes[name],
            "votes": asked.votes,
            "excludes": asked.excludes,
            "shows": asked.shows,
        }
