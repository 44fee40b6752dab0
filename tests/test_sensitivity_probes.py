"""Placebo years, residual clusters and the error per ballot on invented counties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sevenpercent.errors import InputError
from sevenpercent.model import frames
from sevenpercent.stats import regression as controls
from sevenpercent.stats.sensitivity import county, placebo, power
from sevenpercent.stats.sensitivity.near import clustering

YEARS = [2000, 2004, 2008, 2012, 2016, 2020]


def votes(harm: dict[int, float], n: int = 60) -> pd.DataFrame:
    """Counties whose share moves by chance, and by `harm` where they are electronic."""
    rng = np.random.default_rng(0)
    fips = [f"55{i:03d}" for i in range(n)]
    electronic = (np.arange(n) % 2).astype(float)
    rows: list[dict[str, Any]] = []
    for year in YEARS:
        share = 0.5 + 0.01 * rng.normal(size=n) + harm.get(year, 0.0) * electronic
        for i in range(n):
            dem = round(100_000 * share[i])
            rows.append(
                {
                    "fips": fips[i],
                    "state": "WI",
                    "county": f"c{i}",
                    "year": year,
                    "vintage": "certified",
                    "best": True,
                    "dem": dem,
                    "rep": 100_000 - dem,
                    "other": 0,
                    "total": 100_000,
                }
            )
    college = dict(zip(fips, rng.random(n), strict=True))
    made = pd.DataFrame(rows)
    return made.assign(college=made["fips"].map(college), any=np.tile(electronic, len(YEARS)))


def tables(harm: dict[int, float]) -> Callable[[int, int], pd.DataFrame]:
    """The analysis frame of a year, compared with another."""
    known = votes(harm)
    traits = known[["fips", "state", "college"]].drop_duplicates()
    machines = known[["fips", "state", "any"]].drop_duplicates().rename(columns={"any": "value"})
    machines = machines.assign(year=2016, reading="any", version="corrected")

    def election(year: int, before: int) -> pd.DataFrame:
        return frames.county_frame(
            known,
            machines,
            traits,
            year=year,
            prior_year=before,
            vintage="best",
            equipment_year=2016,
        )

    return election


def study(harm: dict[int, float]) -> pd.DataFrame:
    sets = {"none": [], "held": ["college"], "held_prior": ["college", county.PRIOR]}
    out = placebo.event_study(tables(harm), 2016, YEARS, 2012, ["any"], sets, clean=[2000, 2004])
    return out.set_index(["kind", "year", "controls"])


def held(out: pd.DataFrame, column: str = "estimate") -> dict[tuple[str, int], float]:
    """Values with controls, by kind and year."""
    own = out.reset_index().query("controls == 'held'")
    keys = zip(own["kind"], own["year"].astype(int), strict=True)
    return dict(zip(keys, own[column].astype(float), strict=True))


def test_harm_of_one_year_shows_in_that_year_alone() -> None:
    out = study({2016: -0.05})
    estimate, high = held(out), held(out, "hi")
    for kind in ("level", "since", "step"):
        assert estimate[kind, 2016] == pytest.approx(-5, abs=1)
        assert high[kind, 2016] < -3
    assert abs(estimate["step", 2004]) < 1
    assert estimate["step", 2020] == pytest.approx(5, abs=1)


def test_places_that_always_differed_show_no_change() -> None:
    estimate = held(study(dict.fromkeys(YEARS, -0.05)))
    assert estimate["level", 2000] == pytest.approx(-5, abs=1)
    for year in YEARS[1:]:
        assert abs(estimate["step", year]) < 1


def test_roles_and_rows() -> None:
    out = study({})
    assert ("since", 2012, "none") not in out.index
    assert ("level", 2016, "held_prior") not in out.index
    assert ("step", 2016, "held_prior") in out.index
    roles = {year: out.loc[("level", year, "none"), "role"] for year in YEARS}
    assert list(roles.values()) == ["clean", "clean", "there", "there", "asked", "again"]
    assert out.loc[("step", 2004, "none"), "role"] == "clean"
    assert out.loc[("step", 2016, "none"), "before"] == 2012
    assert out.loc[("since", 2000, "none"), "before"] == 2012
    assert placebo.years(votes({}), "WI", [1999, 2016, 2000]) == [2000, 2016]


def test_a_step_from_a_year_with_machines_is_not_clean() -> None:
    out = placebo.event_study(tables({}), 2016, YEARS, 2012, ["any"], {"none": []}, clean=[2004])
    step = out[(out["kind"] == "step") & (out["year"] == 2004)]
    assert list(step["role"]) == ["there"]


def test_an_event_study_needs_its_base() -> None:
    with pytest.raises(InputError, match="base among them"):
        placebo.event_study(tables({}), 2016, [2000, 2004], 2012, ["any"], {"none": []})


def test_residuals_of_a_map_that_is_smooth_are_clustered() -> None:
    row, column = np.divmod(np.arange(100), 10)
    near = (np.abs(row[:, None] - row) + np.abs(column[:, None] - column)) == 1
    weights = near / near.sum(axis=1, keepdims=True)
    rng = np.random.default_rng(0)
    noise = rng.normal(size=100)
    nothing = np.ones((100, 0))
    moran, p = clustering(row + 0.1 * noise, nothing, weights, 499, rng)
    assert moran > 0.8
    assert p == pytest.approx(1 / 500)
    _, p = clustering(row + 0.1 * noise, row[:, None].astype(float), weights, 499, rng)
    assert p > 0.05


def test_an_error_on_electronic_ballots_makes_exactly_that_gap() -> None:
    rng = np.random.default_rng(0)
    n = 50
    electronic = (np.arange(n) % 2).astype(float)
    dose = electronic * rng.uniform(0.1, 0.6, n)
    x = rng.normal(size=n)
    frame = pd.DataFrame({"any": electronic, "dose": dose, "x": x})
    frame["true"] = 0.5 + 0.1 * x + 0.01 * rng.normal(size=n)
    frame["counted"] = frame["true"] - 0.12 * dose
    moved = (
        controls.fit(frame, "counted", "any", ["x"]).estimate
        - controls.fit(frame, "true", "any", ["x"]).estimate
    )
    exposed = power.exposure(frame, "any", "dose", ["x"])
    assert 100 * moved / exposed == pytest.approx(-12)
    assert power.exposure(frame, "dose", "dose") == 1
