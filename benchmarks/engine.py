"""The engine of regressions beside pyfixest, statsmodels and its bare products.

Counties, votes and covariates are Wisconsin's; treatments are its
counties shuffled. Each line says what it times, because they do not all do the same:

- the engine: weighted least squares with HC1 errors of every outcome on every treatment;
- products of matrices: those of the engine, of the same shapes, type and threads, and nothing else;
- statsmodels: ``WLS(...).fit(cov_type="HC1")`` on arrays that stand ready;
- pyfixest: one weighted ``feols`` a specification, set-up included.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from measured import figure, peak_megabytes

from sevenpercent.data import tables
from sevenpercent.model import scenario
from sevenpercent.model.places import county_frame
from sevenpercent.stats.regression import Array, Projection, project, regress
from sevenpercent.workers import processors

CONTROLS = ["college", "white_nh", "log_density"]
OUTCOMES = ["change_two_party", "change_share_all", "log_ratio_change", "two_party"]
COLUMNS = 100_000
ENOUGH = 100_000_000
GOAL = 10_000_000


def timed(work: Callable[[], Any], least: float = 1.0) -> tuple[float, float]:
    """Least wall and least processor seconds of several runs, `least` seconds of them in all."""
    best_wall, best_cpu, spent = np.inf, np.inf, 0.0
    work()
    while spent < least:
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        one = time.perf_counter() - wall, time.process_time() - cpu
        best_wall, best_cpu = min(best_wall, one[0]), min(best_cpu, one[1])
        spent += one[0]
    return best_wall, best_cpu


def wisconsin() -> pd.DataFrame:
    """Counties of the default scenario's state, complete."""
    frame = county_frame(scenario.load(), tables.load, scenario.load().focus)
    return frame.dropna(subset=[*CONTROLS, *OUTCOMES, "total_prior"])


def outcomes(frame: pd.DataFrame, many: int) -> Array:
    """So many outcomes: the declared ones, then mixtures of them."""
    base = frame[OUTCOMES].to_numpy(float)
    mix = np.random.default_rng(1).standard_normal((base.shape[1], max(0, many - base.shape[1])))
    return np.column_stack([base, base @ mix])[:, :many]


def treatments(frame: pd.DataFrame, many: int, seed: int = 0) -> Array:
    """A yes-or-no reading, shuffled so many times."""
    order = np.argsort(np.random.default_rng(seed).random((len(frame), many)), axis=0)
    return frame["any_dre_vv"].to_numpy(float)[order]


def products(p: Projection, y: Array, d: Array, width: int) -> Callable[[], None]:
    """The engine's products of matrices for these shapes, block by block."""
    basis_t, y_t = np.ascontiguousarray(p.basis.T), np.ascontiguousarray(p.residual(y).T)
    inside = np.empty((p.basis.shape[1], width))
    long, square = np.empty((p.n, width)), np.ones((p.n, width))
    out = np.empty((y_t.shape[0], width))
    ones = np.ones(p.n)
    blocks = [d[:, a : a + width] for a in range(0, d.shape[1] - width + 1, width)]

    def run() -> None:
        for block in blocks:
            np.matmul(basis_t, block, out=inside)
            np.matmul(p.basis, inside, out=long)
            for _ in range(3):
                np.matmul(y_t, square, out=out)
            np.matmul(ones, square)
            np.matmul(ones, square)

    return run


def engine(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rates of the engine and of the bare products, by number of outcomes."""
    rows = []
    weights = frame["total_prior"].to_numpy(float)
    p = project(frame[CONTROLS].to_numpy(float), weights)
    d = treatments(frame, COLUMNS)
    for m in (3, 4, 8, 16):
        y = outcomes(frame, m)
        cpu = timed(lambda y=y: regress(p, y, d))[1]  # type: ignore[misc]
        width = 6_000_000 // (8 * (3 * p.n + 5 * m + p.basis.shape[1]))
        bare = timed(products(p, y, d, width))[1]
        done = COLUMNS // width * width / COLUMNS
        rows.append(
            {
                "outcomes": m,
                "per_core_second": m * COLUMNS / cpu,
                "times_products": cpu * done / bare,
            }
        )
    return rows


def kinds(frame: pd.DataFrame) -> dict[str, float]:
    """Regressions a second and core with each kind of errors, eight outcomes."""
    codes = np.arange(len(frame)) // 4
    out = {}
    d, y = treatments(frame, 20_000), outcomes(frame, 8)
    for kind in ("classical", "hc1", "hc2", "hc2_bm", "hc3", "cr1", "cr3"):
        clusters = codes if kind.startswith("cr") else None
        p = project(frame[CONTROLS].to_numpy(float), None, None, clusters)
        cpu = timed(lambda p=p, kind=kind: regress(p, y, d, kind))[1]  # type: ignore[misc]
        out[kind] = 8 * 20_000 / cpu
    return out


def hundred_million(frame: pd.DataFrame) -> float:
    """Seconds for many control sets, eight outcomes, all processors, until 10^8 regressions are done."""
    d, y = treatments(frame, COLUMNS), outcomes(frame, 8)
    x = frame[CONTROLS].to_numpy(float)
    weights = frame["total_prior"].to_numpy(float)
    start = time.perf_counter()
    for i in range(-(-ENOUGH // (COLUMNS * 8))):
        p = project(x[:, : i % 4], weights if i % 2 else None)
        regress(p, y, d, threads=processors())
    return time.perf_counter() - start


def scaling() -> dict[str, list[float]]:
    """Processor seconds a redraw, and a unit, as there are more of them."""
    rng = np.random.default_rng(0)
    redraws, units = [], []
    x, y = rng.standard_normal((72, 3)), rng.standard_normal((72, 8))
    for columns in (25_000, 50_000, 100_000, 200_000):
        d = rng.random((72, columns))
        p = project(x)
        cpu = timed(lambda p=p, d=d: regress(p, y, d))[1]  # type: ignore[misc]
        redraws.append(cpu / columns)
    for n in (72, 1_000, 10_000, 50_000, 200_000):
        columns = max(64, 4_000_000 // n)
        x, some = rng.standard_normal((n, 3)), rng.standard_normal((n, 8))
        d = rng.random((n, columns))
        p = project(x)
        cpu = timed(lambda p=p, d=d, some=some: regress(p, some, d))[1]  # type: ignore[misc]
        units.append(cpu / columns / n)
    return {"redraws": redraws, "units": units}


def statsmodels_rate(frame: pd.DataFrame) -> float:
    """Weighted HC1 regressions a second on arrays."""
    import statsmodels.api as sm

    x = np.column_stack([np.ones(len(frame)), frame[CONTROLS].to_numpy(float)])
    d, y = treatments(frame, 400), outcomes(frame, 1)[:, 0]
    weights = frame["total_prior"].to_numpy(float)

    def run() -> None:
        for column in d.T:
            sm.WLS(y, np.column_stack([column, x]), weights=weights).fit(cov_type="HC1").bse  # noqa: B018

    return 400 / timed(run)[1]


def pyfixest_rate(frame: pd.DataFrame) -> float:
    """Weighted HC1 regressions a second, one ``feols`` each."""
    import pyfixest

    d = treatments(frame, 60)
    data = frame[[*CONTROLS, *OUTCOMES, "total_prior"]].reset_index(drop=True)
    formula = f"{OUTCOMES[0]} ~ d + " + " + ".join(CONTROLS)

    def run() -> None:
        for column in d.T:
            pyfixest.feols(formula, data.assign(d=column), vcov="HC1", weights="total_prior").se()

    return 60 / timed(run)[1]


def figures() -> list[dict[str, Any]]:
    """Rates of the engine, of its peers, and how its cost grows."""
    frame = wisconsin()
    rates = {row["outcomes"]: row for row in engine(frame)}
    errors, long, grown = kinds(frame), hundred_million(frame), scaling()
    memory = peak_megabytes()  # before the peers are loaded
    peers = {
        "statsmodels": (statsmodels_rate(frame), "WLS with HC1 on arrays", {}),
        "pyfixest": (
            pyfixest_rate(frame), "one weighted feols each, set-up included", {"least": 50_000},
        ),
    }  # fmt: skip
    each = "regressions a second and core"
    fewest = min(rates.values(), key=lambda row: row["per_core_second"])
    worst = max(row["times_products"] for row in rates.values())
    many = next((n for n, row in rates.items() if row["per_core_second"] >= GOAL), None)
    enough = f"With {many} outcomes or more at a time the goal is met." if many else ""
    out = [
        figure(
            "weighted_hc1", f"weighted HC1 {each}, fewest over 3 to 16 outcomes", fewest["per_core_second"],
            "a second", least=GOAL, tried=(
                "What is done once for a treatment, whatever the number of outcomes (taking the controls "
                f"out, squaring), is most of the work when outcomes are few. {enough}"
            ),
        ),
        figure("hundred_million", "100,000,000 regressions, all processors", long, "seconds", most=15),
        figure("products", "time over that of its bare matrix products, at worst", worst, "times", most=3),
        figure("memory", "peak memory", memory, "MB", most=1000),
    ]  # fmt: skip
    for name, what in (("redraws", "redraw, 25,000 to 200,000"), ("units", "unit, 72 to 200,000")):
        spread = max(grown[name]) / min(grown[name])
        label = f"cost of one {what} of them, dearest over cheapest (1: linear)"
        out.append(figure(f"linear_{name}", label, spread, "ratio", most=1.5))
    ours = rates[8]["per_core_second"]
    for name, (rate, how, goal) in peers.items():
        times = ours / rate if rate else None
        out.append(figure(name, f"times as many as {name} ({how})", times, "times", **goal))
    for many, row in rates.items():
        out.append(
            figure(
                f"outcomes_{many}",
                f"weighted HC1 {each}, {many} outcomes",
                row["per_core_second"],
                "a second",
            )
        )
    for kind, rate in errors.items():
        out.append(figure(f"errors_{kind}", f"{kind} {each}, 8 outcomes", rate, "a second"))
    return out
