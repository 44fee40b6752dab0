"""The grid: what is admissible, what it is called, and the numbers behind each name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from second.alone import of_grid

from sevenpercent.data import tables
from sevenpercent.errors import InputError
from sevenpercent.model import scenario
from sevenpercent.model.places import county_frame
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.stats.multiverse.declared import county_grid
from sevenpercent.stats.multiverse.grid import (
    Grid,
    Target,
    command,
    control_sets,
    estimates,
    plan,
    specifications,
)
from sevenpercent.stats.multiverse.summary import moved_by

N = 60


def frame(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    out = pd.DataFrame(
        {name: rng.standard_normal(N) for name in ("white", "black", "college", "income")}
    )
    out["two_party_prior"] = rng.uniform(0.2, 0.8, N)
    out["change"] = 0.05 * rng.standard_normal(N) + 0.02 * out["income"]
    out["level"] = out["two_party_prior"] + out["change"]
    out["any"] = (rng.random(N) < 0.5).astype(float)
    out["dose"] = rng.random(N) * out["any"]
    out["dose_known"] = out["dose"].where(np.arange(N) > 3)
    out["votes"] = rng.integers(100, 100_000, N).astype(float)
    out["state"] = np.arange(N) % 8
    return out


def grid(data: pd.DataFrame, **changes: Any) -> Grid:
    parts: dict[str, object] = {
        "place": "xx",
        "where": "counties of Somewhere",
        "frame": data,
        "treatments": {"any": "any machine", "dose": "share", "dose_known": "share, known"},
        "outcomes": {
            "change": Target("change", "change in share"),
            "level": Target("level", "level of the share", level=True),
        },
        "race": [("white",), ("black",)],
        "education": [("college",)],
        "more": ["income", "two_party_prior"],
        "weights": {"none": None, "votes": "votes"},
        "samples": {
            "all": ("of every size", np.ones(N, dtype=bool)),
            "large": ("of size", data["votes"].to_numpy() > 30_000),
        },
        "effects": {"none": None},
        "errors": ["hc1", "hc3"],
        "cluster": None,
        "words": {"white": "the white share"},
    }
    return Grid(**{**parts, **changes})


def test_every_control_set_holds_race_and_education() -> None:
    sets = list(control_sets(grid(frame())))
    assert len(sets) == 2 * 1 * 4
    assert all("college" in s.columns and {"white", "black"} & set(s.columns) for s in sets)
    assert len({s.name for s in sets}) == len(sets)


def test_levels_stand_only_beside_the_earlier_share() -> None:
    cells = plan(grid(frame())).cells
    levels = cells[cells["outcome"] == "level"]
    assert levels["with_two_party_prior"].all()
    per_choice = 3 * 2 * 2  # treatments, weights, samples
    assert len(cells) == (8 + 4) * per_choice
    assert len(levels) == 4 * per_choice


def test_identifiers_are_unique_and_sentences_tell_the_choices() -> None:
    specs = specifications(plan(grid(frame())))
    assert specs["id"].is_unique
    row = specs.set_index("id").loc["xx.any.change.white-college-income.votes.large.hc3"]
    for part in ("change in share", "any machine", "counties of Somewhere of size", "HC3"):
        assert part in row["sentence"]
    assert "the white share, college and income" in row["sentence"]
    told = command("xx.any", "some-book")
    assert told.startswith("papermill chapters/multiverse.ipynb")
    assert told.endswith("-p scenario some-book -p spec xx.any")


@given(st.integers(0, 10**6))
@settings(max_examples=8, deadline=None)
def test_each_specification_is_what_statsmodels_gives_alone(seed: int) -> None:
    own = grid(frame(seed), errors=["hc1", "hc2_bm"])
    specs = specifications(plan(own))
    rng = np.random.default_rng(seed)
    for i in rng.choice(len(specs), 12, replace=False):
        row = specs.iloc[i]
        one = of_grid(own, row)
        found = (row["estimate"], row["se"], row["lo"], row["hi"], row["n"])
        assert found == pytest.approx((one.estimate, one.se, one.lo, one.hi, one.n), rel=1e-9)


def test_clusters_and_effects_too() -> None:
    own = grid(frame(), effects={"none": None, "state": "state"}, errors=["cr1", "cr3"])
    own = Grid(**{**vars(own), "cluster": "state"})
    specs = specifications(plan(own))
    assert specs["id"].str.contains(".state.").any()
    for i in range(0, len(specs), 37):
        row = specs.iloc[i]
        one = of_grid(own, row)
        assert row["se"] == pytest.approx(one.se, rel=1e-9)


def test_places_with_unknown_values_are_left_out_of_their_own_cells_only() -> None:
    specs = specifications(plan(grid(frame())))
    whole = specs[specs["sample"] == "all"]
    assert set(whole.loc[whole["treatment"] == "dose", "n"]) == {N}
    assert set(whole.loc[whole["treatment"] == "dose_known", "n"]) == {N - 4}


def test_what_has_no_estimate_stays_with_its_reason() -> None:
    data = frame()
    data["constant"] = 1.0
    data["double"] = 2 * data["white"] + 1
    own = grid(data, treatments={"any": "any", "constant": "no"}, more=["double"])
    specs = specifications(plan(own))
    flat = specs[specs["treatment"] == "constant"]
    assert flat["estimate"].isna().all()
    assert (flat["why"] != "").all()
    collinear = specs[(specs["race"] == "white") & specs["with_double"]]
    assert collinear["why"].str.contains("determine a control").all()
    rest = specs[(specs["treatment"] == "any") & ~(specs.index.isin(collinear.index))]
    assert (rest["why"] == "").all()
    assert rest["estimate"].notna().all()


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(InputError, match="income"):
        plan(grid(frame(), more=["incomes"]))


def test_estimates_are_points_and_negative_means_lower() -> None:
    data = frame()
    data["change"] = -0.03 * data["any"] + 0.001 * data["income"]
    own = grid(data, treatments={"any": "any"}, outcomes={"change": Target("change", "c")})
    found = estimates(plan(own), "hc1")["estimate"]
    held = plan(own).cells["with_income"].to_numpy()
    np.testing.assert_allclose(found[held], -3, atol=1e-9)


def test_the_choice_that_moves_is_found() -> None:
    specs = pd.DataFrame(
        [
            {"a": a, "b": b, "c": c, "estimate": 2.0 * (a == "x") + 0.5 * (b == "u"), "n": 9}
            for a in "xyz"
            for b in "uv"
            for c in "pq"
        ]
    )
    moved = moved_by(specs, ["a", "b", "c"]).set_index("choice")
    whole = specs["estimate"].var(ddof=0)
    assert moved.loc["a", "alone"] == pytest.approx((8 / 9) / whole)
    assert moved.loc["a", "total"] == pytest.approx(moved.loc["a", "alone"])
    assert moved.loc["c", "total"] == 0
    assert (moved.loc["a", "highest"], moved.loc["a", "span"]) == ("x", 2.0)
    assert moved["alone"].sum() == pytest.approx(1)


def test_choices_that_only_move_together_show_in_the_total() -> None:
    specs = pd.DataFrame(
        [{"a": a, "b": b, "estimate": float(a != b)} for a in (0, 1) for b in (0, 1)]
    )
    moved = moved_by(specs, ["a", "b"])
    assert list(moved["alone"]) == [0, 0]
    assert list(moved["total"]) == [1, 1]
    with pytest.raises(InputError, match="do not differ"):
        moved_by(specs.assign(estimate=1.0), ["a", "b"])


def test_the_nation_is_compared_within_states_and_a_state_as_a_whole() -> None:
    s = scenario.load()
    counties = county_frame(s, tables.load, s.focus)
    own, nation = (
        county_grid(s.multiverse, counties, p, p, Vocabulary(s), [s.treatment.primary], "hc3")
        for p in (s.focus, "US")
    )
    assert (own.effects, own.cluster) == ({"none": None}, None)
    assert (nation.effects, nation.cluster) == ({"state": "state"}, "state")
