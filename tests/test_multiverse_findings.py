"""The declared grid on the committed tables: names, primary designs, and one by statsmodels."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from second.alone import of_grid

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.places import county_frame
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import compare, regression
from sevenpercent.stats.multiverse import declared, summary
from sevenpercent.stats.multiverse.grid import Grid, plan, specifications
from sevenpercent.study import cells, open_study
from sevenpercent.study.study import session

SMALL = {
    "multiverse.joint.draws": "99",
    "multiverse.more": "[log_density, two_party_prior]",
    "multiverse.municipalities": "null",
}


COUNTED = ("declared", "double", "missing", "cells")


@pytest.fixture(scope="module")
def ran() -> cells.Executed:
    return run(scenario.load(overrides=SMALL))


def run(s: Scenario) -> cells.Executed:
    return cells.run("multiverse", s, tables.loader(s.tables.folder), lambda _: Results())


def towns(s: Scenario) -> Grid:
    with session(s, tables.load, lambda _: Results()):
        study = open_study("multiverse", s.id)
    found = declared.municipal_grid(
        s.multiverse, study.municipalities(), s.focus, "Somewhere", study.words, s.errors_nation
    )
    return found[0]


def test_every_specification_has_a_name_a_sentence_and_a_command(ran: cells.Executed) -> None:
    specs = ran.variables["specs"]
    assert specs["id"].is_unique
    assert specs["sentence"].str.endswith(".").all()
    told = specs["command"].str.split(" -p spec ")
    assert (told.str[1] == specs["id"]).all()
    exists = specs["why"] == ""
    assert specs.loc[exists, ["estimate", "se", "lo", "hi"]].notna().all(axis=None)
    assert specs.loc[~exists, "estimate"].isna().all()


def test_counts_in_the_results_are_those_of_the_file(ran: cells.Executed) -> None:
    specs, r = ran.variables["specs"], ran.results
    for place, own in specs.groupby("place"):
        one = own[own["shown"]]
        count = {k: int(float(r[f"multiverse.{place}.{k}"].value or 0)) for k in COUNTED}
        assert count["declared"] - count["double"] - count["missing"] == count["cells"]
        assert count["cells"] == (one["why"] == "").sum() == ran.variables["seen"][place].n
        estimates = one.loc[one["why"] == "", ["estimate", "lo"]].round(9)
        assert not estimates.duplicated().any(), "none is another's double"
        assert one["errors"].nunique() == 1
        assert r[f"multiverse.{place}.missing"].value == int((one["why"] != "").sum())
        assert 1 <= float(r[f"multiverse.{place}.effective"].value or 0) < len(one)


def test_definitions_that_name_the_same_counties_count_once(ran: cells.Executed) -> None:
    specs = ran.variables["specs"].query("place == 'wi'")
    assert ran.variables["grids"]["wi"].doubles == {"any_dre_wec": "any_dre_vv"}
    assert "any_dre_wec" not in set(specs["treatment"])
    assert ran.results["multiverse.primary.p1"].label.startswith("wi.any_dre_vv."), "it is another"
    assert float(ran.results["multiverse.wi.double"].value or 0) > 0


def test_logarithms_are_told_as_points_of_the_share(ran: cells.Executed) -> None:
    grid = ran.variables["grids"]["wi"]
    share = grid.frame["two_party"].mean()
    logs = ran.variables["specs"].query("place == 'wi' and outcome == 'log_ratio' and why == ''")
    one = logs.iloc[0]
    e = regression.fit(
        grid.frame[grid.samples[one["sample"]][1]],
        "log_ratio_change",
        one["treatment"],
        one["controls"].split("-"),
        errors=one["errors"],
        weights=grid.weights[one["weights"]],
    )
    assert one["estimate"] == pytest.approx(100 * e.estimate * share * (1 - share), rel=1e-9)
    assert one["unit"] == "points"


def test_the_primary_design_is_marked_and_equals_statsmodels(ran: cells.Executed) -> None:
    r, one = ran.results, ran.variables["one"]
    assert r["multiverse.spec.id"].value == r["multiverse.primary.p1"].label
    engine, alone = r["multiverse.spec.engine"], of_grid(ran.variables["grids"][one["place"]], one)
    assert engine.value == pytest.approx(alone.estimate, rel=1e-9)
    for name in ("se", "lo", "hi"):
        assert getattr(engine, name) == pytest.approx(getattr(alone, name), rel=1e-9)


def test_the_models_of_the_time_agree_with_the_controls_chapter(ran: cells.Executed) -> None:
    s = scenario.load()
    specs = ran.variables["specs"].set_index("id")
    placed = ran.variables["models"].query("spec != ''")
    assert len(placed) > 3
    models = {m.id: m for m in s.models}
    frames = {p: county_frame(s, tables.load, p) for p in [*s.states, "US"]}
    for row in placed.itertuples():
        model = models[str(row.id)]
        e = compare.fit_model(model, frames[model.place], s.controls)
        assert specs.loc[str(row.spec), "estimate"] == pytest.approx(e.estimate, rel=1e-9)
        assert specs.loc[str(row.spec), "se"] == pytest.approx(e.se, rel=1e-9)
    assert (ran.variables["models"].query("spec == ''")["why"] != "").all()


def test_no_covariate_or_weight_comes_from_the_election_itself(ran: cells.Executed) -> None:
    own = {"two_party", "share_all", "log_votes", "harmed", "favoured", "total", "turnout_change"}
    for grid in (ran.variables["grids"]["wi"], towns(scenario.load())):
        held = {c for group in (*grid.race, *grid.education, grid.more) for c in group}
        assert not held & own
        assert not {w for w in grid.weights.values() if w} & own


def test_municipal_specifications_equal_statsmodels() -> None:
    s = scenario.load(overrides={"multiverse.municipalities.more": "[income, town]"})
    grid = towns(s)
    specs = specifications(plan(grid))
    chosen = specs.iloc[np.random.default_rng(0).choice(len(specs), 12, replace=False)]
    for _, row in chosen.iterrows():
        one = of_grid(grid, row)
        assert row["estimate"] == pytest.approx(one.estimate, rel=1e-8)
        assert row["se"] == pytest.approx(one.se, rel=1e-8)


def test_an_unknown_specification_is_refused_with_the_nearest(ran: cells.Executed) -> None:
    specs = ran.variables["specs"]
    known = str(specs["id"].iloc[0])
    with pytest.raises(InputError, match="unknown specification") as refused:
        summary.chosen(specs, known + "x", {})
    assert known in str(refused.value)


def test_a_book_without_a_grid_says_so() -> None:
    s = scenario.load(overrides={"multiverse": "null"})
    with pytest.raises(InputError, match="declares no grid"):
        run(s)


@pytest.mark.slow
def test_the_command_line_reproduces_one(tmp_path: Path, ran: cells.Executed) -> None:
    specs = ran.variables["specs"]
    row = specs[(specs["place"] == "wi") & (specs["why"] == "")].iloc[123]
    target = tmp_path / "one.ipynb"
    own = {k: v for k, v in SMALL.items() if not k.endswith("municipalities")}
    own["multiverse.municipalities.more"] = "[town]"
    settings = [f"spec={row['id']}", *(f"{k}={v}" for k, v in own.items())]
    command = [
        sys.executable,
        "-m",
        "sevenpercent.cli.main",
        "run",
        "multiverse",
        "--out",
        str(target),
    ]
    subprocess.run([*command, *(x for s in settings for x in ("--set", s))], check=True)
    cells = nbformat.read(target, 4).cells
    text = "".join(
        str(o.get("data", {}).get("text/markdown", "")) for c in cells for o in c.get("outputs", [])
    )
    assert str(row["id"]) in text
    assert f"{abs(row['estimate']):.6f}" in text


def test_options_say_every_choice_that_a_specification_takes(ran: cells.Executed) -> None:
    options, specs = ran.variables["options"], ran.variables["specs"]
    own = options[options["place"] == "wi"]
    assert not own.duplicated(["choice", "option"]).any()
    assert set(own.loc[own["choice"] == "treatment", "option"]) == set(
        specs.loc[specs["place"] == "wi", "treatment"]
    )
    assert own["label"].str.len().max() < 40


def test_harmful_counts_intervals_below_zero(ran: cells.Executed) -> None:
    specs = ran.variables["specs"]
    found = summary.harmful(specs, ran.variables["moved"])
    points = summary.estimated(specs)
    assert found["below"].sum() == (points["hi"] < 0).sum()
    assert (found["lowest"] <= found["median"]).all()
    for signs in ran.variables["seen"].values():
        assert signs.below <= signs.negative <= signs.n


def test_a_book_about_one_state_has_no_grid_of_the_nation() -> None:
    own = {"multiverse.joint.draws": "99", "multiverse.more": "[log_density]"}
    found = run(scenario.load("texas-2024", own)).variables
    assert set(found["specs"]["place"]) == {"tx"}
    assert set(found["options"]["place"]) == {"tx"}
