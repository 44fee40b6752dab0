"""Time the engine beside specification_curve, pyfixest, statsmodels and the bare products of matrices.

Run with ``python benchmarks/multiverse.py``; it prints the table and writes
``benchmarks/multiverse.json``. Counties, votes and covariates are Wisconsin's; treatments are its
counties shuffled. Each line says what it times, because they do not all do the same:

- the engine: weighted least squares with HC1 errors of every outcome on every treatment;
- products of matrices: those of the engine, of the same shapes, type and threads, and nothing else;
- statsmodels: ``WLS(...).fit(cov_type="HC1")`` on arrays that stand ready;
- pyfixest: one weighted ``feols`` a specification, set-up included;
- specification_curve: without weights and with classical errors, which is all it has.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.data import tables
from sevenpercent.data.benchmarks import machine
from sevenpercent.model import scenario
from sevenpercent.model.places import county_frame
from sevenpercent.stats.regression import Array, Projection, project, regress
from sevenpercent.workers import processors

TARGET = Path(__file__).with_suffix(".json")
CONTROLS = ["college", "white_nh", "log_density"]
OUTCOMES = ["change_two_party", "change_share_all", "log_ratio_change", "two_party"]
COLUMNS = 100_000
ENOUGH = 100_000_000


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
        wall, cpu = timed(lambda y=y: regress(p, y, d))  # type: ignore[misc]
        width = 6_000_000 // (8 * (3 * p.n + 5 * m + p.basis.shape[1]))
        bare = timed(products(p, y, d, width))[1]
        done = COLUMNS // width * width / COLUMNS
        rows.append(
            {
                "outcomes": m,
                "per_core_second": m * COLUMNS / cpu,
                "per_wall_second": m * COLUMNS / wall,
                "products_per_core_second": m * COLUMNS * done / bare,
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


def hundred_million(frame: pd.DataFrame) -> dict[str, float]:
    """Many control sets, eight outcomes, all processors, until 10^8 regressions are done."""
    d, y = treatments(frame, COLUMNS), outcomes(frame, 8)
    x = frame[CONTROLS].to_numpy(float)
    weights = frame["total_prior"].to_numpy(float)
    rounds = -(-ENOUGH // (COLUMNS * 8))
    wall, cpu = time.perf_counter(), time.process_time()
    for i in range(rounds):
        p = project(x[:, : i % 4], weights if i % 2 else None)
        regress(p, y, d, threads=processors())
    return {
        "regressions": float(rounds * COLUMNS * 8),
        "seconds": time.perf_counter() - wall,
        "processor_seconds": time.process_time() - cpu,
        "threads": float(processors()),
    }


def scaling() -> dict[str, list[dict[str, float]]]:
    """Processor seconds as redraws and units grow."""
    rng = np.random.default_rng(0)
    redraws, units = [], []
    x, y = rng.standard_normal((72, 3)), rng.standard_normal((72, 8))
    for columns in (25_000, 50_000, 100_000, 200_000):
        d = rng.random((72, columns))
        p = project(x)
        cpu = timed(lambda p=p, d=d: regress(p, y, d))[1]  # type: ignore[misc]
        redraws.append({"redraws": columns, "nanoseconds": 1e9 * cpu / columns / 8})
    for n in (72, 1_000, 10_000, 50_000, 200_000):
        columns = max(64, 4_000_000 // n)
        x, some = rng.standard_normal((n, 3)), rng.standard_normal((n, 8))
        d = rng.random((n, columns))
        p = project(x)
        cpu = timed(lambda p=p, d=d, some=some: regress(p, some, d))[1]  # type: ignore[misc]
        units.append({"units": n, "nanoseconds_a_unit": 1e9 * cpu / columns / 8 / n})
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


def specification_curve_rate(frame: pd.DataFrame) -> float | None:
    """Unweighted regressions a second with classical errors; None where it is not installed."""
    try:
        package = import_module("specification_curve")
    except ImportError:
        return None
    d = treatments(frame, 4)
    names = [f"d{i}" for i in range(4)]
    data = frame[[*CONTROLS, *OUTCOMES, "income", "age_65_over"]].reset_index(drop=True)
    data = data.assign(**dict(zip(names, d.T, strict=True)))
    more = [*CONTROLS, "income", "age_65_over"]

    def run() -> int:
        curve = package.SpecificationCurve(
            data, y_endog=OUTCOMES, x_exog=names, controls=more, always_include=[]
        )
        curve.fit()
        return len(curve.df_r)

    wall, cpu = time.perf_counter(), time.process_time()
    many = run()
    spent = time.process_time() - cpu
    print(f"specification_curve: {many} specifications, {time.perf_counter() - wall:.1f} s")
    return many / spent


def versions() -> dict[str, str]:
    """Versions of everything that is compared; empty where it is not installed."""
    out = {"python": platform.python_version()}
    for name in ("numpy", "statsmodels", "pyfixest", "specification_curve"):
        try:
            out[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            out[name] = ""
    return out


def main() -> None:
    """Print the table and write it."""
    frame = wisconsin()
    rates = engine(frame)
    body: dict[str, Any] = {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        "load_before": os.getloadavg()[0],
        "places": len(frame),
        "engine": rates,
        "errors": kinds(frame),
        "hundred_million": hundred_million(frame),
        "scaling": scaling(),
    }
    unit = 1e3 if sys.platform != "darwin" else 1e6
    body["peak_megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    ours = next(row for row in rates if row["outcomes"] == 8)["per_core_second"]
    others = {
        "statsmodels": statsmodels_rate(frame),
        "pyfixest": pyfixest_rate(frame),
        "specification_curve": specification_curve_rate(frame),
    }
    body["others"] = {
        name: {"per_core_second": rate, "times": ours / rate} if rate else None
        for name, rate in others.items()
    }
    TARGET.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    for row in rates:
        print(
            f"engine, {row['outcomes']:2d} outcomes: {row['per_core_second'] / 1e6:6.1f} million a "
            f"core and second, {row['times_products']:.2f} times the bare products"
        )
    for kind, rate in body["errors"].items():
        print(f"errors {kind:10s} {rate / 1e6:6.1f} million a core and second")
    long = body["hundred_million"]
    print(
        f"{long['regressions']:.0f} regressions: {long['seconds']:.1f} s on {long['threads']:.0f}"
    )
    for name, found in body["others"].items():
        told = (
            f"{found['per_core_second']:,.1f} a second, ratio {found['times']:,.0f}"
            if found
            else "not available"
        )
        print(f"{name:20s} {told}")
    print(f"peak memory of the engine: {body['peak_megabytes']:.0f} MB")
    print(json.dumps(body["scaling"]))


if __name__ == "__main__":
    main()
