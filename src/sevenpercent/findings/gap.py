"""Numbers of the gap chapter: every raw reading, what it is in votes, and what chance gives."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sevenpercent.model.places import NATION, Tables, county_frame, readings
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import gap

AGGREGATIONS = ("mean", "pooled")
"""Every county alike, or all electronic ballots against all others."""

HOWS: tuple[gap.How, ...] = ("switched", "deleted")

CLAIMED_UNITS: dict[str, gap.Unit] = {
    "points_two_party": "two_party",
    "points_all": "share_all",
    "log_points": "log",
    "percent_of_counted": "percent_counted",
    "percent_of_true": "percent_lost",
}
"""What a bare "percent fewer votes" may be a percent of."""


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Compute all raw gaps of all places, conversions to votes, and gaps by chance.

    Returns
    -------
    Findings
        ``gap.<place>.<reading>.<outcome>.<mean|pooled>`` with 95 % intervals, **negative** = the
        harmed party did worse where electronic; ``gap.<place>.<reading>.votes.<unit>.<how>``:
        votes that the claimed percentage stands for, and ``gap.<place>.<reading>.size.<unit>``:
        what the claimed votes would be in that unit; ``gap.<place>.<reading>.chance.…``: the raw
        gap without any effect; ``gap.<place>.ballots.…``: ballots by method.
    """
    results = Results()
    used = [scenario.tables.votes, scenario.tables.equipment]
    every = []
    for place in scenario.places:
        frame = county_frame(scenario, tables, place)
        varying = readings(scenario, frame, place)
        results.add(
            f"gap.{place.lower()}.readings",
            len(varying),
            unit="readings",
            label="readings of electronic voting that vary between the counties",
            tables=used,
        )
        raw = gap.raw_gaps(
            frame,
            varying,
            scenario.outcome.shown,
            AGGREGATIONS,
            cluster="state" if place == NATION else None,
        )
        every.append(raw.assign(place=place))
        for row in raw[raw["why"] == ""].to_dict("records"):
            results.add(
                f"gap.{place.lower()}.{row['reading']}.{row['outcome']}.{row['aggregation']}",
                row["estimate"],
                se=row["se"],
                lo=row["lo"],
                hi=row["hi"],
                n=row["n"],
                unit=row["unit"],
                label=f"raw gap, {row['outcome']} on {row['reading']}, {row['aggregation']}",
                tables=used,
            )
        for reading in varying:
            where = f"gap.{place.lower()}.{reading}"
            known = frame[frame[reading].notna()]
            results.add(
                f"{where}.counties",
                int((known[reading] > 0).sum()),
                n=len(known),
                unit="counties",
                label="counties with any electronic voting in this reading",
                tables=used,
            )
            if place == scenario.focus:
                _votes(results, where, known, reading, scenario, used)
    frame = county_frame(scenario, tables, scenario.focus)
    chance = _chance(results, frame, scenario, tables)
    _closest(results, every[scenario.places.index(scenario.focus)], scenario)
    found = {"gaps": pd.concat(every, ignore_index=True), "chance": chance}
    if scenario.tables.units is not None:
        found["ballots"] = _ballots(results, frame, scenario, tables)
    return Findings(results, found)


def _votes(
    results: Results,
    where: str,
    frame: pd.DataFrame,
    reading: str,
    scenario: Scenario,
    used: list[str],
) -> None:
    place = gap.electronic_place(frame, reading)
    results.add(
        f"{where}.harmed_votes",
        place.harmed,
        n=len(frame),
        unit="votes",
        label="votes of the harmed party where voting was electronic",
        tables=used,
    )
    for name, unit in CLAIMED_UNITS.items():
        for how in HOWS:
            results.add(
                f"{where}.votes.{name}.{how}",
                gap.missing_votes(-scenario.claim.percent, unit, place, how),
                n=len(frame),
                unit="votes",
                label=f"votes that {scenario.claim.percent:g} as {name} stands for, if {how}",
                tables=used,
            )
    if scenario.claim.votes is None:
        return
    for how in HOWS:
        for unit, size in gap.sizes(scenario.claim.votes, place, how).items():
            results.add(
                f"{where}.size.{unit}.{how}",
                size,
                n=len(frame),
                unit="log points" if unit == "log" else "points",
                label=f"what {scenario.claim.votes} missing votes would be as {unit}, if {how}",
                tables=used,
            )


def _chance(
    results: Results, frame: pd.DataFrame, scenario: Scenario, tables: Tables
) -> pd.DataFrame:
    """Gaps without any effect, for the level and the change, on the leading reading."""
    columns = {}
    reading = scenario.treatment.primary
    used = [scenario.tables.votes, scenario.tables.equipment, scenario.tables.demographics]
    if frame[reading].nunique() < 2:
        return pd.DataFrame()
    for outcome in ("level_two_party", "change_two_party"):
        found = gap.raw_gap_by_chance(
            frame,
            reading,
            outcome,
            scenario.redraw.propensity,
            tables(scenario.tables.points),
            tables(scenario.tables.neighbours),
            draws=scenario.redraw.draws,
            rng=np.random.default_rng(scenario.redraw.seed),
        )
        where = f"gap.{scenario.focus.lower()}.{reading}.chance.{outcome}"
        for naive, kind in ((False, "spatial"), (True, "shuffled")):
            drawn = found.shuffled if naive else found.drawn
            lo, hi = found.interval(naive=naive)
            results.add(
                f"{where}.{kind}",
                float(drawn.mean()),
                se=float(drawn.std()),
                lo=lo,
                hi=hi,
                n=found.n,
                unit="points",
                label=f"mean raw gap when machines have no effect, {kind} draws; "
                "the interval holds 95 % of the draws",
                tables=used,
            )
            results.add(
                f"{where}.{kind}.p",
                found.p_lower(naive=naive),
                n=len(drawn),
                unit="share",
                label="share of draws at least as negative as the observed gap",
                tables=used,
            )
            columns[f"{outcome}.{kind}"] = drawn
        results.add(
            f"{where}.range_km",
            found.range_km,
            unit="km",
            label="range of the spatial field, matched to the clustering of the machines",
            tables=used,
        )
    return pd.DataFrame(columns)


def _closest(results: Results, raw: pd.DataFrame, scenario: Scenario) -> None:
    """How many raw readings of a share come within a point of the claim; none is the method."""
    shown = raw[(raw["why"] == "") & (raw["unit"] == "points")]
    near = (shown["estimate"] + scenario.claim.percent).abs() <= 1
    where = f"gap.{scenario.focus.lower()}"
    results.add(
        f"{where}.near_claim",
        int(near.sum()),
        n=len(shown),
        unit="readings",
        label=f"raw readings within one point of -{scenario.claim.percent:g}",
        tables=[scenario.tables.votes, scenario.tables.equipment],
    )
    for name, pick in (("lowest", shown["estimate"].min()), ("highest", shown["estimate"].max())):
        results.add(
            f"{where}.{name}",
            pick,
            n=len(shown),
            unit="points",
            label=f"the {name} raw reading",
            tables=[scenario.tables.votes, scenario.tables.equipment],
        )


def _ballots(
    results: Results, frame: pd.DataFrame, scenario: Scenario, tables: Tables
) -> pd.DataFrame:
    assert scenario.tables.units is not None
    treated = frame.set_index("fips")[scenario.treatment.primary]
    out = gap.ballots_by_method(tables(scenario.tables.units), treated)
    where = f"gap.{scenario.focus.lower()}.ballots"
    for side, row in out.iterrows():
        for name in ("dre_share", "ballots_dre", "ballots_total"):
            results.add(
                f"{where}.{side}.{name}",
                row[name],
                n=int(row["places"] - row["unknown"]),
                unit="share" if name == "dre_share" else "ballots",
                label=f"{name} in {side} counties",
                tables=[scenario.tables.units, scenario.tables.equipment],
            )
    if scenario.claim.votes is None:
        return out.reset_index(names="side")
    results.add(
        f"{where}.claimed_share",
        scenario.claim.votes / float(out["ballots_dre"]["all"]),
        n=int(out["places"]["all"]),
        unit="share",
        label="claimed votes as a share of all ballots cast on DREs",
        tables=[scenario.tables.units],
    )
    return out.reset_index(names="side")
