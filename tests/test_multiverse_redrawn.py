"""Regressions on draws are those of the engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtrit

from sevenpercent.errors import InputError
from sevenpercent.stats.multiverse.grid import Grid, Plan, Target, fit_job, plan
from sevenpercent.stats.multiverse.redrawn import together
from sevenpercent.stats.regression import Array

N, DRAWS = 40, 12


def ready(effects: bool = False) -> Plan:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({c: rng.standard_normal(N) for c in ("white", "college", "income")})
    frame["any"] = (rng.random(N) < 0.5).astype(float)
    frame["share"] = rng.random(N)
    frame["change"] = 0.02 * rng.standard_normal(N) + 0.01 * frame["any"]
    frame["close"] = 0.05 * frame["any"] + 0.02 * frame["white"] + 1e-6 * rng.standard_normal(N)
    frame["size"], frame["region"] = rng.uniform(1, 9, N), np.arange(N) % 5
    return plan(
        Grid(
            place="xx",
            where="places",
            frame=frame,
            treatments={"any": "any", "share": "share"},
            outcomes={name: Target(name, name) for name in ("change", "close")},
            race=[("white",)],
            education=[("college",)],
            more=["income"],
            weights={"none": None, "size": "size"},
            samples={"all": ("all", np.ones(N, bool)), "some": ("some", np.arange(N) < 25)},
            effects={"region": "region"} if effects else {"none": None},
            errors=["hc1"],
            cluster=None,
            words={},
        )
    )


def redrawn(found: Plan) -> Array:
    """Units x treatments x draws: the data, shuffles, and one draw that varies nowhere."""
    rng = np.random.default_rng(4)
    drawn = np.stack([rng.permutation(found.treatments) for _ in range(DRAWS)], axis=2)
    drawn[:, :, 0], drawn[:, 0, 1] = found.treatments, 1.0
    return drawn


def computed(found: Plan, drawn: Array) -> tuple[Array, Array]:
    estimate, t = (np.full((len(found.cells), DRAWS), np.nan) for _ in range(2))
    for jobs in together(found):
        jobs.fill(drawn, estimate, t)
    return estimate, t


@pytest.mark.parametrize("effects", [False, True])
def test_each_is_what_the_engine_gives_for_the_drawn_treatment(effects: bool) -> None:
    found = ready(effects)
    drawn = redrawn(found)
    estimate, t = computed(found, drawn)
    critical = np.full(len(found.cells), np.nan)
    for jobs in together(found):
        jobs.critical(critical)
    assert np.isnan(estimate[:, 1]).sum() == len(found.cells) // 2
    for job in found.jobs:
        for draw in range(DRAWS):
            alone = fit_job(found, job, "hc1", drawn[:, :, draw])
            assert estimate[job.cells, draw] == pytest.approx(alone.estimate, rel=1e-9, nan_ok=True)
            assert t[job.cells, draw] == pytest.approx(
                alone.estimate / alone.se, rel=1e-7, nan_ok=True
            )
        known = ~np.isnan(alone.df)
        assert critical[job.cells][:, known] == pytest.approx(
            np.tile(stdtrit(alone.df[known], 0.975), (len(job.outcomes), 1))
        )


def test_a_treatment_that_is_unknown_somewhere_is_refused() -> None:
    found = ready()
    drawn = redrawn(found)
    drawn[3, 0, 5] = np.nan
    with pytest.raises(InputError, match="unknown"):
        computed(found, drawn)
