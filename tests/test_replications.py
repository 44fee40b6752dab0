from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from sevenpercent import paths
from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.show.figures.bars import of_figures
from sevenpercent.show.replication_tables import all_table, figures_table, printed
from sevenpercent.stats import published, replications
from sevenpercent.stats import regression as controls
from sevenpercent.stats.published import Ask, Counties
from sevenpercent.stats.replications import Runner
from sevenpercent.study import cells

# What the comparison gave when it was made: from the released file (else our tables), and from our
# tables where both exist. A change here is a change in data or method that has to be explained.
KNOWN: dict[str, tuple[str, ...]] = {
    "claim.percent": ("no data",),
    "claim.votes": ("no data",),
    "claim.margin": ("exact", "exact"),
    "claim.margin.exact": ("exact", "exact"),
    "miller.counties": ("exact", "exact"),
    "miller.1.paper": ("exact", "close"),
    "miller.1.paper.se": ("exact", "close"),
    "miller.1.constant": ("exact", "close"),
    "miller.1.constant.se": ("exact", "exact"),
    "miller.1.r2": ("exact", "close"),
    "miller.2.paper": ("exact", "differs"),
    "miller.2.paper.se": ("exact", "differs"),
    "miller.2.r2": ("exact", "differs"),
    "miller.3.paper": ("exact", "close"),
    "miller.3.paper.se": ("exact", "differs"),
    "miller.3.black": ("exact", "differs"),
    "miller.3.black.se": ("exact", "differs"),
    "miller.script.paper": ("close",),
    "miller.script.r2": ("close",),
    "radford.a.coef": ("exact", "differs"),
    "radford.a.p": ("close", "differs"),
    "radford.a.n": ("exact", "close"),
    "radford.b.coef": ("exact", "differs"),
    "radford.b.p": ("exact", "differs"),
    "radford.b.n": ("exact", "close"),
    "radford.b.p.all": ("differs",),
    "radford.lost": ("no published number",),
    "radford.wi.coef": ("exact", "close"),
    "radford.wi.se": ("exact", "close"),
    "radford.wi.t": ("exact", "differs"),
    "radford.states.survivors": ("exact", "exact"),
    "radford.states.groups": ("no published number", "no published number"),
    "fte.wi": ("differs",),
    "fte.wi.p": ("differs",),
    "fte.tx": ("close",),
    "fte.tx.p": ("exact",),
    "fte.wi.weighted": ("exact",),
    "fte.tx.weighted": ("exact",),
    "fte.null": ("no data",),
    "fte.null.ours": ("no published number",),
    "fte.groups": ("no published number",),
    "fte.large.people": ("exact",),
    "fte.large.p": ("exact",),
    "silver.wi.before": ("exact",),
    "silver.wi.after": ("exact",),
    "silver.pa.after": ("exact",),
    "silver.mi": ("exact",),
    "cohn.wi.after": ("no published number",),
    "case.towns.slope": ("close", "differs"),
    "case.towns.se": ("close", "differs"),
    "case.towns.n": ("differs", "differs"),
    "case.towns.county": ("no published number", "no published number"),
    "case.placebo.slope": ("close",),
    "case.placebo.se": ("differs",),
    "case.units.slope": ("no data",),
    "case.units.se": ("no data",),
    "case.units.n": ("no data",),
    "case.ballots": ("exact",),
    "case.votes": ("exact",),
    "grosso.constant": ("exact", "close"),
    "grosso.slope": ("exact", "close"),
    "grosso.f": ("exact", "differs"),
    "grosso.n": ("exact", "close"),
    "grosso.residual": ("differs", "differs"),
    "grosso.edge": ("no published number", "no published number"),
    "grosso.edge.county": ("no published number", "no published number"),
    "recount.rep": ("exact",),
    "recount.dem": ("exact",),
    "recount.net": ("exact",),
    "recount.ward": ("exact",),
    "recount.absolute": ("exact",),
    "recount.rate": ("exact",),
    "recount.rate.named": ("exact",),
    "recount.rate.2011": ("no data",),
    "fairvote.shift.wi": ("exact",),
    "fairvote.reversals": ("exact",),
    "fairvote.largest": ("exact",),
    "fairvote.mean": ("no data",),
    "michigan.partial": ("no data",),
    "dominion.effect": ("differs",),
    "dominion.effect.state": ("no published number",),
    "cardmoretti.bush": ("no data",),
    "hout.votes": ("no data",),
    "cooley.swing": ("no published number",),
    "radford.wi.printed": ("close",),
    "fte.wi.printed": ("differs",),
    "fte.wi.printed.p": ("differs",),
}


@pytest.fixture(scope="module")
def found() -> cells.Executed:
    return cells.run("replications", scenario.load(), tables.load, lambda name: Results())


def test_every_figure_is_known(found: cells.Executed) -> None:
    assert list(dict.fromkeys(found.variables["figures"]["id"])) == list(KNOWN)


@pytest.mark.parametrize("figure", list(KNOWN))
def test_published_figure(found: cells.Executed, figure: str) -> None:
    rows = found.variables["figures"]
    rows = rows[rows["id"] == figure]
    assert tuple(rows["status"]) == KNOWN[figure]
    for row in rows.to_dict("records"):
        # The rule again, written without the library: rounding ours to the printed digits.
        if row["relation"] == "equal" and row["status"] in ("exact", "close", "differs"):
            agrees = np.isclose(round(row["ours"], row["digits"]), row["published"], atol=1e-9)
            assert agrees == (row["status"] == "exact")
            far = abs(row["ours"] - row["published"]) > row["close"]
            assert far == (row["status"] == "differs") or row["status"] == "exact"
        if row["relation"] != "equal":
            above = row["ours"] > row["published"]
            assert above == ((row["relation"] == "above") == (row["status"] == "exact"))


def test_counts_add_up_and_leave_out_what_was_added_afterwards(found: cells.Executed) -> None:
    r, rows = found.results, found.variables["figures"]
    by_status = [f"replications.count.{s.replace(' ', '_')}" for s in replications.STATUSES]
    apart = [f"replications.count.{kind}" for kind in ("statements", "tallies")]
    counted = sum(int(r[key].value or 0) for key in by_status + apart)
    assert counted == r["replications.count.all"].value
    assert counted == len(KNOWN) - rows[rows["after"]]["id"].nunique()
    assert r["replications.count.compared"].value == sum(
        int(r[key].value or 0) for key in by_status[:3]
    )


def test_sums_and_statements_are_no_reproductions(found: cells.Executed) -> None:
    rows = found.variables["figures"].drop_duplicates("id").set_index("id")
    kinds = rows["kind"]
    assert kinds["recount.dem"] == kinds["fairvote.largest"] == kinds["case.votes"] == "tally"
    assert kinds["fte.wi.weighted"] == kinds["radford.states.survivors"] == "statement"
    assert kinds["miller.1.paper"] == kinds["radford.wi.se"] == "model"
    r = found.results
    models = rows[(kinds == "model") & ~rows["after"] & (rows["status"] == "exact")]
    assert r["replications.count.exact"].value == len(models)


def test_on_our_own_tables_few_come_out_exactly(found: cells.Executed) -> None:
    own = {k: found.results[f"replications.own.{k}"].value for k in ("exact", "close", "differs")}
    assert own == {"exact": 5, "close": 12, "differs": 16}
    assert found.results["replications.own.compared"].value == 33
    rows = found.variables["figures"]
    both = rows[rows["id"].duplicated(keep=False) & ~rows["after"] & rows["published"].notna()]
    assert both["id"].nunique() == 33


def test_the_first_line_is_a_regression_that_controls_repeats(found: cells.Executed) -> None:
    frame = tables.load("replications_wi_counties").astype({"paper": float})
    frame["loss"] = (
        frame["dem_2012"] / frame["total_2012"] - frame["dem_2016"] / frame["total_2016"]
    )
    again = controls.fit(frame, "loss", "paper", errors="classical")
    assert found.results["replications.miller.1.paper.ours"].value == pytest.approx(again.estimate)
    assert found.results["replications.miller.1.paper.se.ours"].value == pytest.approx(again.se)


def test_bonferroni_multiplies_by_the_number_of_states(found: cells.Executed) -> None:
    each = found.variables["each"]
    size = each.groupby("model")["group"].transform("size")
    assert np.allclose(each["p_bonferroni"], np.minimum(1, each["p"] * size))


# --- the library on planted data -------------------------------------------------------------


@cache
def planted() -> pd.DataFrame:
    """Outcome = 2 + 0.5 d + 3 x exactly within group a; group b has d = -1; noise is small."""
    rng = np.random.default_rng(7)
    n = 400
    d, x = rng.integers(0, 2, n).astype(float), rng.normal(size=n)
    group = np.where(np.arange(n) < n // 2, "a", "b")
    place = np.arange(n) % 20
    y = 2 + np.where(group == "a", 0.5, -1.0) * d + 3 * x + rng.normal(0, 0.1, n)
    return pd.DataFrame(
        {"y": y, "d": d, "x": x, "group": group, "place": place, "w": 1 + place % 3, "s": y + place}
    )


def run(models: dict[str, Any], ask: dict[str, Any], table: pd.DataFrame | None = None) -> Any:
    body = {"models": models, "figures": [{**FIGURE, "released": {"model": "m", **ask}}]}
    declaration = published.check(body)
    runner = Runner(declaration, lambda name: planted() if table is None else table, _no_counties)
    released = declaration.figures[0].released
    assert released is not None
    return runner.value(released)


FIGURE = {"id": "f", "who": "A", "source": "a", "what": "b", "published": 1.0}
OLS = {"kind": "ols", "table": "t", "outcome": "y", "terms": ["d", "x"]}


def _no_counties(wanted: Counties) -> pd.DataFrame:
    raise AssertionError(f"no county frame was asked for: {wanted}")


def test_sample_columns_and_terms_give_the_planted_effect() -> None:
    model = {**OLS, "sample": "group == 'a'", "columns": {"half": "d / 2"}, "terms": ["half", "x"]}
    assert run({"m": model}, {"quantity": "coef", "term": "half"}) == pytest.approx(1.0, abs=0.06)
    assert run({"m": model}, {"quantity": "coef", "term": "x"}) == pytest.approx(3, abs=0.02)
    assert run({"m": model}, {"quantity": "coef", "term": "constant"}) == pytest.approx(2, abs=0.05)
    assert run({"m": model}, {"quantity": "n"}) == 200


def test_each_gives_one_fit_per_group_and_counts_them() -> None:
    model = {**OLS, "each": "group"}
    for group, effect in (("a", 0.5), ("b", -1.0)):
        ask = {"quantity": "coef", "term": "d", "group": group, "times": 100}
        assert run({"m": model}, ask) == pytest.approx(100 * effect, abs=4)
    for quantity, count in (("groups", 2), ("significant", 2), ("survivors", 2)):
        assert run({"m": model}, {"quantity": quantity, "term": "d"}) == count
    assert run({"m": model}, {"quantity": "not_significant", "term": "d"}) == 0


def test_groups_without_variation_are_left_out() -> None:
    table = planted().assign(d=lambda t: t["d"].where(t["group"] == "a", 1.0))
    assert run({"m": {**OLS, "each": "group"}}, {"quantity": "groups", "term": "d"}, table) == 1


@pytest.mark.parametrize("cluster", [None, "place"])
def test_errors_agree_with_the_other_implementation(cluster: str | None) -> None:
    model = {**OLS, "weights": "w", "cluster": cluster}
    again = controls.fit(
        planted(),
        "y",
        "d",
        ["x"],
        weights="w",
        errors="cr1" if cluster else "classical",
        cluster=cluster,
    )
    assert run({"m": model}, {"quantity": "se", "term": "d"}) == pytest.approx(again.se)
    assert run({"m": model}, {"quantity": "p", "term": "d"}) == pytest.approx(again.p)


def test_effects_take_out_what_is_constant_in_a_place() -> None:
    model = {**OLS, "outcome": "s", "sample": "group == 'a'", "effects": "place"}
    assert run({"m": model}, {"quantity": "coef", "term": "d"}) == pytest.approx(0.5, abs=0.06)
    without = {k: v for k, v in model.items() if k != "effects"}
    loose = run({"m": without}, {"quantity": "se", "term": "d"})
    assert loose > 5 * run({"m": model}, {"quantity": "se", "term": "d"})


def test_f_of_one_term_is_its_t_squared() -> None:
    model = {**OLS, "terms": ["x"]}
    t = run({"m": model}, {"quantity": "t", "term": "x"})
    assert run({"m": model}, {"quantity": "f"}) == pytest.approx(t**2)


def test_residual_gap_is_actual_minus_fitted() -> None:
    model = {**OLS, "sample": "group == 'a'", "terms": ["x"]}
    gap = run({"m": model}, {"quantity": "residual_gap", "term": "d"})
    assert gap == pytest.approx(0.5, abs=0.06)


def test_mixed_model_finds_the_effect_and_its_error_whatever_the_units() -> None:
    model = {**OLS, "kind": "mixed", "outcome": "s", "sample": "group == 'a'", "group": "place"}
    small = {**model, "columns": {"s": "s / 1000", "x": "1000 * x"}}
    for m, scale in ((model, 1.0), (small, 1000.0)):
        coef = run({"m": m}, {"quantity": "coef", "term": "d", "times": scale})
        assert coef == pytest.approx(0.5, abs=0.06)
    fixed = {**OLS, "outcome": "s", "sample": "group == 'a'", "effects": "place"}
    error = run({"m": fixed}, {"quantity": "se", "term": "d"})
    # With places as far apart as here, a random constant is all but a fixed one.
    assert run({"m": model}, {"quantity": "se", "term": "d"}) == pytest.approx(error, rel=0.01)


def test_standardised_columns_have_the_declared_spread() -> None:
    table = planted()
    model = {**OLS, "standardise": {"columns": ["x"], "deviations": 2}}
    raw = run({"m": OLS}, {"quantity": "coef", "term": "x"})
    scaled = run({"m": model}, {"quantity": "coef", "term": "x"})
    assert scaled == pytest.approx(raw * 2 * table["x"].std())


def test_totals_ratios_and_the_largest_rows() -> None:
    table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [10.0, 10.0, 20.0]})
    total = {"kind": "total", "table": "t", "of": "a"}
    assert run({"m": total}, {"quantity": "value"}, table) == 6
    assert run({"m": {**total, "per": "b"}}, {"quantity": "value", "times": 100}, table) == 15
    assert run({"m": {**total, "how": "max"}}, {"quantity": "value"}, table) == 3
    largest = {**total, "largest": {"by": "a", "n": 2}}
    assert run({"m": largest}, {"quantity": "value"}, table) == 5
    formula = {
        "kind": "formula",
        "expression": "2 * p * v",
        "inputs": {"p": {"published": "f"}, "v": {"model": "total", "quantity": "value"}},
    }
    assert run({"total": total, "m": formula}, {"quantity": "value"}, table) == 12


def test_like_takes_over_what_is_not_said() -> None:
    models = {"base": OLS, "m": {"like": "base", "sample": "group == 'b'"}}
    assert run(models, {"quantity": "coef", "term": "d"}) == pytest.approx(-1, abs=0.06)


def test_infinite_values_count_as_unknown() -> None:
    model = {**OLS, "columns": {"root": "log(d)"}, "terms": ["x"], "weights": None}
    assert run({"m": model}, {"quantity": "n"}) == 400
    used = {**model, "columns": {"x": "x + 0 * log(d)"}}
    assert run({"m": used}, {"quantity": "n"}) == int(planted()["d"].sum())


@pytest.mark.parametrize(
    ("published", "ours", "digits", "close", "relation", "expected"),
    [
        (0.050, 0.0495, 3, 0.01, "equal", "exact"),
        (0.050, 0.0494, 3, 0.01, "equal", "close"),
        (0.050, 0.0394, 3, 0.01, "equal", "differs"),
        (0.050, -0.050, 3, 0.01, "equal", "differs"),
        (27000, 27257, -3, 0, "equal", "exact"),
        (27000, 27501, -3, 0, "equal", "differs"),
        (0.05, 0.06, 2, 0, "above", "exact"),
        (0.05, 0.04, 2, 0, "above", "differs"),
        (0.05, 0.04, 2, 0, "below", "exact"),
        (None, 1.0, 2, 0, "equal", "no published number"),
        (1.0, None, 2, 0, "equal", "no data"),
        (1.0, float("nan"), 2, 0, "equal", "no data"),
    ],
)
def test_status(
    published: float | None,
    ours: float | None,
    digits: int,
    close: float,
    relation: str,
    expected: str,
) -> None:
    assert replications.status(published, ours, digits, close, relation) == expected


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda b: b["models"].update(m={**OLS, "outcom": "y"}), "models.m"),
        (lambda b: b["figures"].append(FIGURE), "stands twice"),
        (lambda b: b["figures"][0].update(released={"model": "n", "quantity": "n"}), "names: m"),
        (lambda b: b["models"].update(m={"like": "z"}), "like"),
        (
            lambda b: b["models"].update(
                m={"kind": "formula", "expression": "a", "inputs": {"a": {"published": "g"}}}
            ),
            "names: f",
        ),
    ],
)
def test_a_wrong_declaration_is_one_message(
    change: Callable[[dict[str, Any]], object], named: str
) -> None:
    body: dict[str, Any] = {"models": {"m": dict(OLS)}, "figures": [dict(FIGURE)]}
    published.check(body)
    change(body)
    with pytest.raises(InputError, match=named):
        published.check(body)


@pytest.mark.parametrize(
    ("model", "ask", "named"),
    [
        ({**OLS, "terms": ["dd"]}, {"quantity": "n"}, "'d'"),
        ({**OLS, "sample": "grup == 'a'"}, {"quantity": "n"}, "grup"),
        ({**OLS, "sample": "d > 5"}, {"quantity": "n"}, "empty"),
        ({**OLS, "columns": {"e": "2 * d"}, "terms": ["d", "e"]}, {"quantity": "n"}, "determine"),
        (OLS, {"quantity": "coef", "term": "z"}, "constant"),
        (OLS, {"quantity": "value"}, "no such quantity"),
        (OLS, {"quantity": "groups"}, "each value"),
        ({**OLS, "each": "group"}, {"quantity": "coef", "term": "d", "group": "c"}, "'a'|a, b"),
        ({**OLS, "sample": "x > 2.5"}, {"quantity": "n"}, "Too few|empty"),
    ],
)
def test_a_model_that_cannot_be_run_is_one_message(
    model: dict[str, Any], ask: dict[str, Any], named: str
) -> None:
    with pytest.raises(InputError, match=named):
        run({"m": model}, ask)


def test_a_scenario_without_the_list_says_so() -> None:
    with pytest.raises(InputError, match="lists no published figures"):
        published.load(paths.SCENARIOS / "none-such" / "published.yml")


def declared() -> published.Declaration:
    return published.load(paths.SCENARIOS / scenario.DEFAULT / "published.yml")


def test_planted_votes_change_what_becomes_of_a_figure() -> None:
    def tampered(name: str) -> pd.DataFrame:
        table = tables.load(name)
        if name == "replications_wi_counties":
            table["dem_2016"] += 100 * table["paper"]
        return table

    wanted = [f for f in declared().figures if f.id in ("miller.1.paper", "claim.margin.exact")]
    kept = declared().model_copy(
        update={"figures": [f.model_copy(update={"tables": None}) for f in wanted]}
    )
    rows = replications.compare(kept, Runner(kept, tampered, _no_counties)).set_index("id")
    assert rows.loc["claim.margin.exact", "status"] == "differs"
    assert rows.loc["claim.margin.exact", "ours"] == 27257 - 100 * 22
    counts = replications.counts(rows)
    assert (counts.compared, counts.tallies, counts.tallies_exact) == (1, 1, 0)


def test_another_list_of_machines_changes_the_frame_that_is_asked_for() -> None:
    s, load = scenario.load(), tables.load
    frames = {
        version: replications.counties(s, load, Counties(version=version))
        for version in ("printed", "corrected")
    }
    now = replications.counties(s, load, Counties())
    assert now["any_dre_vv"].equals(frames["corrected"]["any_dre_vv"])
    assert not now["any_dre_vv"].equals(frames["printed"]["any_dre_vv"])


def test_tables_tell_every_figure_and_figures_everyone_with_one(found: cells.Executed) -> None:
    rows, counted = found.variables["figures"], found.variables["counted"]
    shown = figures_table(counted[counted["status"] == "differs"], "status")
    assert list(shown) == ["figure", "published", "ours"]
    assert shown.attrs["markup"] == ["figure"]
    assert shown["figure"].str.contains("FiveThirtyEight").any()
    whole = all_table(rows[~rows["after"]])
    assert (whole["author"] != "").sum() == whole["author"][whole["author"] != ""].nunique()
    picture = of_figures(counted)
    assert picture is not None
    assert "S. V. Miller: " in picture.says
    assert of_figures(counted.head(0)) is None


def test_figures_print_with_their_own_digits() -> None:
    row: dict[str, object] = {"published": -0.05, "ours": -0.0496, "digits": 3, "relation": "equal"}
    assert printed(row, "published") == "−0.050"
    assert printed(row, "ours") == "−0.050"
    bound: dict[str, object] = {"published": 0.0, "ours": 3.035, "digits": 0, "relation": "below"}
    assert printed(bound, "published") == "< 0"
    assert printed(bound, "ours") == "3.04"
    assert printed({**row, "ours": float("nan")}, "ours") == "–"


def test_used_names_every_table_behind_a_number() -> None:
    runner = Runner(declared(), tables.load, _no_counties)
    assert runner.used(Ask(model="case-votes", quantity="value")) == ("wi_units",)
    assert runner.used(Ask(model="people-share", quantity="value")) == (published.COUNTIES,)


def test_bars_of_figures_are_as_long_as_the_counts() -> None:
    of = {"A": ["exact"] * 3 + ["differs"], "B": ["close"] * 2}
    frame = pd.DataFrame({"who": w, "status": x} for w, own in of.items() for x in own)
    picture: Any = of_figures(frame)
    figure = picture.draw(title="t", subtitle="s", source="u")
    bars = [p for p in figure.axes[0].patches if isinstance(p, Rectangle)]
    assert [round(b.get_width()) for b in bars] == [3, 1, 2]
    assert [round(b.get_x()) for b in bars] == [0, 3, 0]
    shown = {t.get_text() for t in figure.axes[0].texts}
    assert {"A", "B", "exact", "close", "differs"} <= shown
    plt.close(figure)
