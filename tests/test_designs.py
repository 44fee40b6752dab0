"""Primary designs: against a second implementation, and with harm planted in copies of the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, get_args

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from scipy import stats

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.data.tables import Load
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results, Value
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show.verdicts import cells_list
from sevenpercent.stats import decisions, designs, missing, witnesses
from sevenpercent.stats.designs import county, municipality, sizes
from sevenpercent.stats.ratio import per_ballot
from sevenpercent.study import cells

Array = NDArray[np.float64]
SAME: Any = {"rel": 1e-9, "abs": 1e-9}
SIZE = "thirty_thousand"
TOWNS: dict[str, Any] = {
    "treatment": "dose",
    "outcome": "change_two_party",
    "controls": ["college", "white", "income", "age", "log_votes_prior_all", "log_density", "town"],
    "effects": "county",
    "errors": "cr3",
}

# --- sizes, power, bounds ------------------------------------------------------------------------


def test_minimum_detectable_effect_is_found_with_the_power_it_names() -> None:
    rng = np.random.default_rng(1)
    df, n = 12.0, 200_000
    harm = decisions.minimum_detectable(1.0, df)
    t = (rng.standard_normal(n) - harm) / np.sqrt(rng.chisquare(df, n) / df)
    assert (t < -stats.t.ppf(0.975, df)).mean() == pytest.approx(0.80, abs=0.02)


def test_minimum_detectable_effect_approaches_the_normal_one() -> None:
    assert decisions.minimum_detectable(1.0, 1e9) == pytest.approx(1.959964 + 0.841621, abs=1e-5)


def test_bound_is_the_end_of_the_one_sided_interval() -> None:
    assert decisions.most_harm(-1.0, 0.5, 30) == pytest.approx(1 + stats.t.ppf(0.95, 30) * 0.5)
    assert decisions.most_harm(2.0, 0.5, 30) < 0


def test_every_size_comes_back_as_the_votes_it_stands_for() -> None:
    place = missing.Place(harmed=40_000, favoured=60_000, total=105_000)
    whole = scenario.load()
    assert whole.designs is not None
    asked = whole.designs.sizes, whole.claim
    votes = sizes.votes(*asked, sizes.Stakes(place, place, 1001), place)
    assert votes["seven_points"] == pytest.approx(7000)
    assert votes["seven_percent_deleted"] == pytest.approx(2800)
    assert votes["seven_percent_of_ballots_switched"] == pytest.approx(2800)
    assert votes[SIZE] == 30_000
    assert votes["decisive"] == 501
    assert votes["decisive_deleted"] == 1002
    won = sizes.votes(*asked, sizes.Stakes(place, None, 0), place)
    assert not {"decisive", "seven_percent_of_ballots_switched"} & set(won)
    assert sizes.in_unit(7000, "two_party", place, "switched") == pytest.approx(7)
    for how in get_args(missing.How):
        # Votes that were added to the other party took none away from this one.
        units = get_args(missing.Unit)[: 2 if how == "added" else None]
        for unit in units:
            harm = sizes.in_unit(2000, unit, place, how)
            assert harm > 0
            assert missing.missing_votes(-harm, unit, place, how) == pytest.approx(2000)


def test_per_ballot_needs_clusters_and_ballots() -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0], "b": [10.0, 0.0], "g": ["x", "y"]})
    with pytest.raises(InputError, match="no ballots"):
        per_ballot(rows, "a", "b", "g")
    with pytest.raises(InputError, match="two clusters"):
        per_ballot(rows.assign(b=1.0, g="x"), "a", "b", "g")


# --- a second implementation in plain NumPy ------------------------------------------------------


@cache
def book() -> scenario.Scenario:
    """The default book with its primary designs alone, in the state of the claim."""
    whole = scenario.load()
    assert whole.designs is not None
    assert whole.designs.municipalities is not None
    assert whole.designs.same_ballots is not None
    bare = {
        name: getattr(whole.designs, name).model_copy(update={"neighbours": {}})
        for name in ("counties", "municipalities", "same_ballots")
    }
    alone = whole.designs.model_copy(update=bare)
    return whole.model_copy(update={"designs": alone, "states": [whole.focus]})


def computed(
    s: scenario.Scenario, load: Callable[[str], pd.DataFrame], chapter: str = "designs"
) -> Results:
    return cells.run(chapter, s, load, lambda name: Results()).results


@pytest.fixture(scope="module")
def found() -> Results:
    return computed(book(), tables.load)


def column(rows: list[dict[str, object]], name: str) -> Array:
    return np.array([np.nan if r[name] is None else float(r[name]) for r in rows])  # type: ignore[arg-type]


def read(name: str) -> list[dict[str, object]]:
    out: list[dict[str, object]] = pq.read_table(paths.DATA / f"{name}.parquet").to_pylist()
    return out


def slope(x: Array, y: Array) -> float:
    return float(np.linalg.lstsq(x, y, rcond=None)[0][0])


def grouped() -> list[list[dict[str, object]]]:
    """Rows of each whole municipality: cities and villages by name, carved ones with their parent."""
    groups: list[tuple[set[object], list[dict[str, object]]]] = []
    for r in read("wi_municipalities"):
        keys: set[object] = {(r["fips"], r["municipality_2012"] or r["municipality"])}
        if r["kind"] != "town":
            keys.add(r["municipality"])
        rows, rest = [r], []
        for known, own in groups:
            if known & keys:
                keys |= known
                rows = own + rows
            else:
                rest.append((known, own))
        groups = [*rest, (keys, rows)]
    return [rows for _, rows in groups]


def by_hand(outcome: str) -> tuple[float, float, int, int]:
    """The town or same-ballot comparison with a dummy for each county, refitted without each county in turn."""
    table = []
    for group in grouped():
        voters: dict[object, float] = {}
        for r in group:
            voters[r["fips"]] = voters.get(r["fips"], 0) + float(r["total_2016"])  # type: ignore[arg-type]
            known = [r[f"ballots_{m}"] for m in ("paper", "scan", "dre", "automark")]
            if r["ballots_total"] is None:
                r["cast"] = None
            else:
                methods = np.nansum([np.nan if k is None else float(k) for k in known])  # type: ignore[arg-type]
                r["cast"] = max(float(r["ballots_total"]), methods, float(r["total_2016"]))  # type: ignore[arg-type]
        fips = max(voters, key=lambda f: voters[f])
        home = [r for r in group if r["fips"] == fips]
        head = next((r for r in home if r["municipality_2012"] == r["municipality"]), home[0])
        if len(group) == 1:
            row = dict(group[0])
        else:
            row = dict(head)
            counts = ("dem_2012", "rep_2012", "total_2012", "dem_2016", "rep_2016", "sen_dem")
            for name in (*counts, "sen_rep", "population", "land_km2_printed"):
                row[name] = np.nansum(column(group, name))
            for name, by in (
                ("dose", "cast"),
                ("college", "population"),
                ("white", "population"),
                ("income", "population"),
                ("age", "population"),
            ):
                value, weight = column(group, name), column(group, by)
                ok = ~np.isnan(value) & ~np.isnan(weight)
                row[name] = (value[ok] * weight[ok]).sum() / weight[ok].sum()
        row["fips"] = fips
        table.append(row)
    with np.errstate(divide="ignore", invalid="ignore"):
        d12, r12, d16, r16 = (
            column(table, c) for c in ("dem_2012", "rep_2012", "dem_2016", "rep_2016")
        )
        sd, sr = column(table, "sen_dem"), column(table, "sen_rep")
        other = d12 / (d12 + r12) if outcome == "change" else sd / (sd + sr)
        y = 100 * (d16 / (d16 + r16) - other)
        y[(d16 + r16 == 0) | (d12 + r12 == 0)] = np.nan
        density = np.log(column(table, "population") / column(table, "land_km2_printed"))
        votes = np.log(column(table, "total_2012"))
    town = np.array([float(r["kind"] == "town") for r in table])
    x = np.column_stack(
        [
            column(table, "dose"),
            *(column(table, c) for c in ("college", "white", "income", "age")),
            votes,
            density,
            town,
        ]
    )
    fips = np.array([str(r["fips"]) for r in table])
    ok = np.isfinite(x).all(axis=1) & np.isfinite(y)
    x, y, fips = x[ok], y[ok], fips[ok]
    many = np.array([(fips == f).sum() > 1 for f in fips])
    x, y, fips = x[many], y[many], fips[many]
    x = (x - x.mean(axis=0)) / np.where(np.arange(x.shape[1]) == 0, 1.0, x.std(axis=0))

    def fit(keep: NDArray[np.bool_]) -> float:
        dummies = np.column_stack(
            [(fips[keep] == f).astype(float) for f in sorted(set(fips[keep]))]
        )
        return slope(np.column_stack([x[keep], dummies]), y[keep])

    estimate = fit(np.ones(len(y), dtype=bool))
    left_out = [fit(fips != f) for f in sorted(set(fips))]
    return (
        estimate,
        float(np.sqrt(sum((b - estimate) ** 2 for b in left_out))),
        len(y),
        len(left_out),
    )


@pytest.mark.parametrize(("key", "outcome"), [("p2", "change"), ("p3", "ballots")])
def test_municipal_designs_by_a_second_implementation(
    found: Results, key: str, outcome: str
) -> None:
    estimate, se, n, clusters = by_hand(outcome)
    value = found[f"designs.{key}.estimate"]
    assert value.n == n
    assert value.value == pytest.approx(estimate, **SAME)
    assert value.se == pytest.approx(se, **SAME)
    half = stats.t.ppf(0.975, clusters - 1) * se
    assert (value.lo, value.hi) == pytest.approx((estimate - half, estimate + half), **SAME)
    power = stats.t.ppf(0.975, clusters - 1) + stats.t.ppf(0.80, clusters - 1)
    assert found[f"designs.{key}.mde"].value == pytest.approx(power * se, **SAME)


def test_county_design_by_a_second_implementation(found: Results) -> None:
    votes = {}
    for r in sorted(read("county_votes"), key=lambda r: bool(r["vintage"] == "canvass")):
        if r["state"] == "WI" and (r["best"] or r["vintage"] == "canvass"):
            votes[(r["fips"], r["year"])] = float(r["dem"]) / (float(r["dem"]) + float(r["rep"]))  # type: ignore[arg-type]
    machines = {
        r["fips"]: float(r["value"])  # type: ignore[arg-type]
        for r in read("county_equipment")
        if r["reading"] == "any_dre_wec" and r["year"] == 2016 and r["version"] == "corrected"
    }
    people = {str(r["fips"]): r for r in read("county_demographics") if r["state"] == "WI"}
    order = sorted(people)
    y = np.array([100 * (votes[(f, 2016)] - votes[(f, 2012)]) for f in order])
    x = np.column_stack(
        [
            [machines[f] for f in order],
            *(column([people[f] for f in order], c) for c in ("college", "white_nh")),
            np.log(column([people[f] for f in order], "density")),
            np.ones(len(order)),
        ]
    )
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    residual = y - hat @ y
    row = (bread @ x.T)[0]
    se = float(np.sqrt((row**2 * residual**2 / (1 - np.diag(hat))).sum()))
    g = (np.eye(len(y)) - hat) * (row / np.sqrt(1 - np.diag(hat)))
    df = float(np.trace(g.T @ g) ** 2 / np.trace(g.T @ g @ g.T @ g))
    value = found["designs.p1.estimate"]
    assert value.n == len(order)
    assert value.value == pytest.approx(float(row @ y), **SAME)
    assert value.se == pytest.approx(se, **SAME)
    assert found["designs.p1.df"].value == pytest.approx(df, **SAME)
    bound = stats.t.ppf(0.95, df) * se - float(row @ y)
    assert found["designs.p1.bound"].value == pytest.approx(bound, **SAME)


def test_paper_by_a_second_implementation(found: Results) -> None:
    owners = {(r["fips"], r["municipality"]) for r in read("wi_municipalities") if r["any_dre"]}
    sums: dict[object, list[float]] = {}
    for r in read("wi_units"):
        if (r["fips"], r["municipality"]) not in owners or not r["ballots_dre"]:
            continue
        counts = [float(r[f"{p}_{c}"]) for p in ("dem", "rep") for c in ("original", "recount")]  # type: ignore[arg-type]
        net = ((counts[0] - counts[2]) - (counts[1] - counts[3])) / 2
        cell = sums.setdefault(r["fips"], [0.0, 0.0])
        cell[0] += net
        cell[1] += float(r["ballots_dre"])  # type: ignore[arg-type]
    net, ballots = (sum(c[i] for c in sums.values()) for i in (0, 1))
    estimate = 100 * net / ballots
    without = [100 * (net - a) / (ballots - b) for a, b in sums.values()]
    se = float(np.sqrt(sum((w - estimate) ** 2 for w in without)))
    value = found["designs.p4.estimate"]
    assert value.value == pytest.approx(estimate, **SAME)
    assert value.se == pytest.approx(se, **SAME)
    assert found["designs.p4.ballots"].value == ballots
    half = stats.t.ppf(0.975, len(sums) - 1) * se
    assert (value.lo, value.hi) == pytest.approx((estimate - half, estimate + half), **SAME)


# --- planted harm --------------------------------------------------------------------------------


def planted(share: float, how: missing.How, recount: bool = False) -> Callable[[str], pd.DataFrame]:
    """Tables in which `share` of the harmed party's DRE ballots were switched or deleted.

    In every reporting unit of a municipality that owns a DRE, in the counts by unit,
    municipality and county alike. With `recount` the recounted paper was changed as well.
    """
    units = tables.load("wi_units")
    places = tables.load("wi_municipalities")
    votes = tables.load("county_votes")
    owners = places.loc[places["any_dre"], ["fips", "municipality"]].assign(owner=1.0)
    owner = units.merge(owners, how="left")["owner"].fillna(0).to_numpy()
    on_dre = (units["ballots_dre"] / units["ballots_total"]).astype(float).clip(upper=1).fillna(0)
    lost = (share * owner * on_dre * units["dem_original"]).round().astype(int)
    gained = lost if how == "switched" else 0 * lost
    for count in ["original", *(["recount"] if recount else [])]:
        units[f"dem_{count}"] -= lost
        units[f"rep_{count}"] += gained
    by_place = units[["fips", "municipality"]].assign(lost=lost, gained=gained)
    sums = by_place.groupby(["fips", "municipality"])[["lost", "gained"]].sum()
    keyed = places.set_index(["fips", "municipality"]).index
    places["dem_2016"] -= sums["lost"].reindex(keyed, fill_value=0).to_numpy()
    places["rep_2016"] += sums["gained"].reindex(keyed, fill_value=0).to_numpy()
    county = by_place.groupby("fips")[["lost", "gained"]].sum()
    now = (votes["year"] == 2016) & (votes["vintage"] == "canvass") & (votes["state"] == "WI")
    fips = votes.loc[now, "fips"]
    votes.loc[now, "dem"] -= county["lost"].reindex(fips, fill_value=0).to_numpy()
    votes.loc[now, "rep"] += county["gained"].reindex(fips, fill_value=0).to_numpy()
    changed: Mapping[str, pd.DataFrame] = {
        "wi_units": units,
        "wi_municipalities": places,
        "county_votes": votes,
    }
    return lambda name: changed[name] if name in changed else tables.load(name)


def verdict(data: Callable[[str], pd.DataFrame], size: str = SIZE) -> tuple[object, object]:
    out = computed(book(), data)
    return out[f"designs.verdict.{size}"].value, out[f"designs.witness.wi.{size}.paper"].value


def test_as_counted_the_claimed_votes_are_excluded(found: Results) -> None:
    assert found[f"designs.verdict.{SIZE}"].value == "does not hold"
    assert found["designs.verdict.seven_points"].value == "ruled out as far as counts can tell"


@pytest.mark.parametrize(
    ("share", "how"), [(0.4, "switched"), pytest.param(0.6, "deleted", marks=pytest.mark.slow)]
)
def test_planted_harm_turns_the_verdict(share: float, how: missing.How) -> None:
    assert verdict(planted(share, how)) == ("holds", "shown")


def test_paper_that_agrees_with_the_machines_takes_planted_harm_back() -> None:
    word = verdict(planted(0.4, "switched", recount=True))
    assert word == ("depends on the definition", "ruled out")


@pytest.mark.slow
def test_harm_far_below_the_size_is_not_taken_for_it() -> None:
    assert verdict(planted(0.02, "switched"))[0] == "does not hold"


@pytest.mark.slow
def test_planted_harm_is_estimated_where_it_was_planted(found: Results) -> None:
    out = computed(book(), planted(0.1, "switched"))
    for key in ("p2", "p3"):
        moved = _number(out[f"designs.{key}.estimate"]) - _number(found[f"designs.{key}.estimate"])
        # A tenth of a share near 40 % moves it by about four points per DRE ballot.
        assert -5.5 < moved < -2.5
    paper = _number(out["designs.p4.estimate"]) - _number(found["designs.p4.estimate"])
    assert -5.0 < paper < -3.0


def _number(value: Value) -> float:
    assert isinstance(value.value, float)
    return value.value


# --- what the findings hold ----------------------------------------------------------------------


def test_every_key_that_claims_need_is_there(found: Results) -> None:
    for design in ("p1", "p2", "p3", "p4"):
        for part in ("estimate", "df", "mde", "bound"):
            assert f"designs.{design}.{part}" in found
        for size in ("seven_points", SIZE, "decisive"):
            assert _number(found[f"designs.{design}.size.{size}"]) > 0
    assert {"designs.p1.placebo.2000", "designs.p1.placebo.2004"} <= set(found)


def test_a_book_without_municipal_tables_has_the_county_design_alone() -> None:
    s = book()
    assert s.designs is not None
    bare = s.designs.model_copy(update={"municipalities": None, "same_ballots": None})
    no_tables = s.tables.model_copy(update={"municipalities": None, "units": None})
    alone = s.model_copy(update={"designs": bare, "tables": no_tables})
    out = computed(alone, tables.load)
    assert "designs.p1.estimate" in out
    assert not any(k.startswith(("designs.p2", "designs.p3", "designs.p4")) for k in out)
    assert out["designs.verdict.seven_points"].value == "ruled out as far as counts can tell"
    assert out["designs.witness.wi.seven_points.paper"].value == "no paper"
    assert "p1" in designs.of(alone)
    assert not {"p2", "p3", "p4"} & set(designs.of(alone))


def test_a_book_without_designs_has_none() -> None:
    with pytest.raises(InputError, match="declares no designs"):
        computed(book().model_copy(update={"designs": None}), tables.load)


def test_models_of_machines_add_up_to_the_design(found: Results) -> None:
    whole = _number(found["designs.p4.ballots"])
    found = computed(book(), tables.load, "municipalities")
    each = [k for k in found if k.startswith("municipalities.machine.") and k.endswith(".ballots")]
    assert len(each) > 1
    assert sum(_number(found[k]) for k in each) == whole
    lo, hi = (_number(found[f"municipalities.bound.{end}"]) for end in ("lo", "hi"))
    assert 0 < lo < hi < 100
    assert _number(computed(book(), tables.load, "same_ballots")["same_ballots.state"]) != 0


def test_a_section_of_no_design_is_refused() -> None:
    s = book()
    assert s.designs is not None
    wrong = type(s.designs).model_validate({**s.designs.model_dump(), "precints": TOWNS})
    with pytest.raises(InputError, match="Did you mean 'precincts'"):
        designs.of(s.model_copy(update={"designs": wrong}))


def test_one_more_design_is_a_module_and_an_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Towns again, under a key that only the scenario and the registry know, with a column of their own."""

    def own_places(s: scenario.Scenario, load: Load) -> pd.DataFrame:
        return municipality.places(s, load).assign(own_column=1.0)

    more = replace(
        municipality.DESIGN,
        key="again",
        name="towns again",
        section="towns",
        method="Towns are compared again.",
        places=own_places,
    )
    monkeypatch.setitem(designs.ALL, "again", more)
    s = book()
    assert s.designs is not None
    before = list(designs.of(s))
    towns = type(s.designs).model_validate({**s.designs.model_dump(), "towns": TOWNS})
    s = s.model_copy(update={"designs": towns})
    frames = designs.frames(s, tables.load)
    assert "own_column" in frames["again"]
    assert frames["p3"] is frames["p2"], "designs with the same places share their frame"
    fits = designs.fit_all(s, frames, neighbours=False)
    assert list(fits["design"]) == [*before, "again"]
    same = fits.set_index("design")["estimate"]
    assert same["again"] == same["p2"]
    heard = witnesses.call(s, tables.load, frames, draws=100).heard()
    assert set(heard.loc[heard["design"] == "again", "says"]) >= {"", "rules out"}
    values = {"s": s, "words": Vocabulary(s), "electronic": "electronic", "machines": "machines"}
    assert "Towns are compared again." in designs.methods(s, fits, values)
    assert any(u.endswith(": points per DRE ballot") for u in designs.units(s, values))


@pytest.mark.parametrize("by_county", [True, False])
def test_a_design_of_some_counties_speaks_where_earlier_elections_measure_chance(
    monkeypatch: pytest.MonkeyPatch, by_county: bool
) -> None:
    """Too few small counties have no machines for chance to be measured on them alone."""

    def small(s: scenario.Scenario, load: Load) -> pd.DataFrame:
        every = county.DESIGN.frame(s, load)
        return every[every["total_prior"] < 50_000]

    more = replace(county.DESIGN, key="small", section="small", places=small, by_county=by_county)
    monkeypatch.setitem(designs.ALL, "small", more)
    s = book()
    assert s.designs is not None
    told = s.designs.counties.model_dump(exclude={"neighbours", "placebos"})
    own = type(s.designs).model_validate({**s.designs.model_dump(), "small": told})
    s = s.model_copy(update={"designs": own})
    frames = {k: f for k, f in designs.frames(s, tables.load).items() if k in ("p1", "small")}
    assert "small" not in designs.on_counties(frames["p1"]), "another state's counties are not its"
    heard = witnesses.call(s, tables.load, frames, draws=50).heard()
    asked = heard[(heard["design"] == "small") & (heard["size"] == "seven_points")]
    shown = cells_list(asked.assign(label=""), {"seven_points": ""})
    if by_county:
        assert "rules out" in set(asked["says"])
    else:
        assert set(shown["found in"]) == {"not tried"}
        assert set(shown["says"]) == {"may not speak"}


def test_of_neighbours_the_estimates_in_the_same_unit_are_published() -> None:
    fit = {"design": "p1", "title": "t", "estimate": -1.0, "se": 0.5, "lo": -2.0, "hi": 0.0, "n": 70,
           "unit": "points", "tables": ("votes",), "bound": 2.0, "mde": 1.2, "df": 60.0,
           "clusters": np.nan, "effective_clusters": np.nan, "ballots": np.nan}  # fmt: skip
    own, same = {"variant": "", "key": "d"}, {"variant": "alike", "key": "d.alike"}
    other = {"variant": "log", "key": "d.log", "unit": "percent"}
    asked = {"size": "decisive", "amount": 3.0, "label": "harm", "missing": 1.0}
    found = designs.numbers(
        pd.DataFrame([fit | own, fit | same, fit | other]),
        pd.DataFrame([asked | own, asked | same]),
    ).set_index("key")["value"]
    assert found.to_dict() == {
        "d.estimate": -1.0,
        "d.bound": 2.0,
        "d.mde": 1.2,
        "d.df": 60.0,
        "d.alike.estimate": -1.0,
        "d.size.decisive": 3.0,
    }
