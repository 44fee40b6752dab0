"""The numbers of the book once more, in plain NumPy from the Parquet files.

Written from the definitions alone, with the most literal formula everywhere (full hat matrices,
loops over counties, refits without each cluster): slow, and meant to be checked by eye.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import optimize, stats

Array = NDArray[np.float64]
County = dict[str, Any]

DATA = Path(__file__).parents[2] / "data"
NAN = float("nan")


def rows(name: str) -> list[dict[str, Any]]:
    """A table as a list of records."""
    found: list[dict[str, Any]] = pq.read_table(DATA / f"{name}.parquet").to_pylist()
    return found


def counties(
    year: int, prior: int, vintage: str, version: str, ours: str, theirs: str
) -> list[County]:
    """One record per county: outcomes, covariates, readings (other versions with a suffix)."""
    best: dict[tuple[str, int], dict[str, Any]] = {}
    named: dict[tuple[str, int], dict[str, Any]] = {}
    for row in rows("county_votes"):
        place = (row["fips"], row["year"])
        if row["best"]:
            best[place] = row
        if row["vintage"] == vintage:
            named[place] = row
    votes = {**best, **named}
    traits = {row["fips"]: row for row in rows("county_demographics")}
    machines: dict[str, dict[str, float]] = {}
    for row in rows("county_equipment"):
        if row["year"] == year:
            name = row["reading"] + ("" if row["version"] == version else f"_{row['version']}")
            value = NAN if row["value"] is None else float(row["value"])
            machines.setdefault(row["fips"], {})[name] = value
    out = []
    for (fips, when), now in sorted(votes.items(), key=lambda item: item[0]):
        if when != year:
            continue
        before = votes.get((fips, prior))
        h, f, t = now[ours], now[theirs], now["total"]
        h0, f0, t0 = (before[ours], before[theirs], before["total"]) if before else (0, 0, 0)
        trait = {k: NAN if v is None else v for k, v in traits.get(fips, {}).items()}
        county: County = {**trait, **machines.get(fips, {})}
        county.update(fips=fips, state=now["state"], h=h, f=f, t=t, h0=h0, f0=f0, t0=t0)
        county["level_two_party"] = h / (h + f) if h + f else NAN
        county["level_share_all"] = h / t if t else NAN
        county["two_party_prior"] = h0 / (h0 + f0) if h0 + f0 else NAN
        county["change_two_party"] = county["level_two_party"] - county["two_party_prior"]
        county["change_share_all"] = county["level_share_all"] - (h0 / t0 if t0 else NAN)
        county["log_votes"] = math.log(h) if h else NAN
        county["log_ratio"] = math.log(h / h0) if h and h0 else NAN
        for name in ("population", "density"):
            value = county.get(name, NAN)
            county[f"log_{name}"] = math.log(value) if value > 0 else NAN
        out.append(county)
    return out


def complete(places: Sequence[County], names: Sequence[str]) -> list[County]:
    """Places in which every one of `names` is known."""
    return [p for p in places if not any(math.isnan(p.get(name, NAN)) for name in names)]


def column(places: Sequence[County], name: str) -> Array:
    """One number per place."""
    return np.array([float(p[name]) for p in places])


# Regressions -----------------------------------------------------------------------------------


def solve(x: Array, y: Array, w: Array) -> Array:
    """Weighted least squares by the normal equations."""
    return np.asarray(np.linalg.inv(x.T @ (w[:, None] * x)) @ x.T @ (w * y))


def ols(
    y: Array, x: Array, w: Array, errors: str, cluster: Sequence[str] | None = None
) -> tuple[float, float, float]:
    """Estimate, error and degrees of freedom of the first column of `x`."""
    n, k = x.shape
    root = np.sqrt(w / w.mean())
    big, target = x * root[:, None], y * root
    bread = np.linalg.inv(big.T @ big)
    hat = big @ bread @ big.T
    beta = bread @ big.T @ target
    e = target - big @ beta
    a = big @ bread[0]
    h = np.diag(hat)
    df = float(n - k)
    if errors == "classical":
        variance = bread[0, 0] * (e @ e) / (n - k)
    elif errors == "hc1":
        variance = (a**2 * e**2).sum() * n / (n - k)
    elif errors in ("hc2", "hc2_bm"):
        variance = (a**2 * e**2 / (1 - h)).sum()
    elif errors == "hc3":
        variance = (a**2 * e**2 / (1 - h) ** 2).sum()
    else:
        assert cluster is not None
        names = sorted(set(cluster))
        df = float(len(names) - 1)
        of = np.array(cluster)
        member = [of == name for name in names]
        if errors == "cr1":
            scores = [(a[m] @ e[m]) ** 2 for m in member]
            variance = sum(scores) * len(names) / (len(names) - 1) * (n - 1) / (n - k)
        else:
            left = [solve(x[~m], y[~m], w[~m])[0] for m in member]
            variance = sum((b - beta[0]) ** 2 for b in left)
    if errors == "hc2_bm":
        g = (np.eye(n) - hat) * (a / np.sqrt(1 - h))[None, :]
        inner = g.T @ g
        df = np.trace(inner) ** 2 / np.trace(inner @ inner)
    return float(beta[0]), math.sqrt(variance), float(df)


def within_states(y: Array, x: Array, w: Array, state: Sequence[str]) -> tuple[float, float, float]:
    """State constants and CR3 by state: refits from sums within states, one state left out."""
    k = x.shape[1]
    grams, moments, of = [], [], np.array(state)
    for name in sorted(set(state)):
        own = of == name
        if own.sum() < 2:
            continue
        share = w[own] / w[own].sum()
        dx, dy = x[own] - share @ x[own], y[own] - share @ y[own]
        grams.append(dx.T @ (w[own][:, None] * dx))
        moments.append(dx.T @ (w[own] * dy))
    gram, moment = sum(grams, np.zeros((k, k))), sum(moments, np.zeros(k))
    beta = np.linalg.solve(gram, moment)[0]
    left = [np.linalg.solve(gram - g, moment - m)[0] for g, m in zip(grams, moments, strict=True)]
    return float(beta), math.sqrt(sum((b - beta) ** 2 for b in left)), float(len(grams) - 1)


def interval(estimate: float, se: float, df: float) -> tuple[float, float]:
    """95 % interval by Student's t."""
    half = float(stats.t.ppf(0.975, df)) * se
    return estimate - half, estimate + half


WEIGHT = {"none": None, "votes": "t", "population": "population"}


def model(
    places: Sequence[County],
    reading: str,
    outcome: str,
    controls: Sequence[str],
    weights: str,
    errors: str,
    effects: bool = False,
) -> tuple[int, float, float, float]:
    """Number of places, estimate (points), error and degrees of freedom of one specification."""
    weight = WEIGHT[weights]
    used = complete(places, [outcome, reading, *controls, *([weight] if weight else [])])
    if effects:
        count: dict[str, int] = {}
        for p in used:
            count[p["state"]] = count.get(p["state"], 0) + 1
        used = [p for p in used if count[p["state"]] > 1]
    w = column(used, weight) if weight else np.ones(len(used))
    x = np.column_stack([column(used, name) for name in (reading, *controls)])
    y = column(used, outcome)
    if effects:
        assert errors == "cr3"
        estimate, se, df = within_states(y, x, w, [p["state"] for p in used])
    else:
        cluster = [p["state"] for p in used]
        constant = np.column_stack([x, np.ones(len(used))])
        estimate, se, df = ols(y, constant, w, errors, cluster)
    return len(used), 100 * estimate, 100 * se, df


# Gaps ------------------------------------------------------------------------------------------


def pooled(places: Sequence[County], reading: str, outcome: str) -> float:
    """Gap in points when all ballots are thrown together; a share of ballots gives a slope."""

    def fitted(part: str, whole: str) -> tuple[float, float]:
        top = {"two": "h", "two0": "h0"}.get(part, part)
        if whole == "two":
            below = column(places, "h") + column(places, "f")
        elif whole == "two0":
            below = column(places, "h0") + column(places, "f0")
        elif whole == "one":
            below = np.ones(len(places))
        else:
            below = column(places, whole)
        d = column(places, reading)
        if set(d) <= {0.0, 1.0}:
            none = column(places, top)[d == 0].sum() / below[d == 0].sum()
            return none, column(places, top)[d == 1].sum() / below[d == 1].sum()
        x = np.column_stack([d, np.ones(len(d))])
        slope, none = solve(x, column(places, top) / below, below)
        return none, none + slope

    if outcome == "log_votes":
        none, every = fitted("h", "one")
        return 100 * math.log(every / none)
    if outcome == "log_ratio":
        none, every = fitted("h", "h0")
        return 100 * math.log(every / none)
    now, before = ("two", "two0") if outcome.endswith("two_party") else ("t", "t0")
    none, every = fitted("h", now)
    gap = every - none
    if outcome.startswith("change"):
        none, every = fitted("h0", before)
        gap -= every - none
    return 100 * gap


def pooled_error(places: Sequence[County], reading: str, outcome: str) -> tuple[float, float]:
    """Jackknife error of :func:`pooled`, and its degrees of freedom."""
    full = pooled(places, reading, outcome)
    squares = 0.0
    for i in range(len(places)):
        squares += (pooled([*places[:i], *places[i + 1 :]], reading, outcome) - full) ** 2
    whole = {"log_votes": np.ones(len(places)), "log_ratio": column(places, "h0")}.get(outcome)
    if whole is None:
        two = column(places, "h") + column(places, "f")
        whole = two if outcome.endswith("two_party") else column(places, "t")
    x = np.column_stack([column(places, reading), np.ones(len(places))])
    df = ols(np.zeros(len(places)), x, whole, "hc2_bm")[2]
    return math.sqrt(squares), df


def restored(votes: float, h: float, f: float, t: float, how: str) -> tuple[float, float, float]:
    """Counts with the missing votes put back."""
    if how == "switched":
        return h + votes, f - votes, t
    return h + votes, f, t + votes


def size(unit: str, votes: float, h: float, f: float, t: float, how: str) -> float:
    """What missing votes are in a unit; negative when the party is short of them."""
    h1, f1, t1 = restored(votes, h, f, t, how)
    return (
        100
        * {
            "two_party": h / (h + f) - h1 / (h1 + f1),
            "share_all": h / t - h1 / t1,
            "log": math.log(h / h1),
            "percent_lost": (h - h1) / h1,
            "percent_counted": (h - h1) / h,
        }[unit]
    )


def votes_of(unit: str, gap: float, h: float, f: float, t: float, how: str) -> float:
    """Votes that make a gap, by search."""
    top = 0.99 * f if how == "switched" else 1000 * h
    found = optimize.brentq(
        lambda v: size(unit, v, h, f, t, how) - gap, 0, top, xtol=1e-9, rtol=1e-14
    )
    return float(found)


# Electors --------------------------------------------------------------------------------------


def combinations(
    contested: Sequence[str], cast: bool, ours: str, theirs: str
) -> dict[frozenset[str], tuple[int, int, int]]:
    """Votes of both sides and of nobody, by the set of states that change sides."""
    states = rows("states")
    out = {}
    for flips in product((False, True), repeat=len(contested)):
        changed = frozenset(s for s, flip in zip(contested, flips, strict=True) if flip)
        us = them = total = 0
        for row in states:
            total += row["ev"]
            if row["state"] in changed:
                if row[f"ev_{ours}"] == 0:
                    us += row["ev"]
                else:
                    them += row["ev"]
            else:
                tail = "_cast" if cast else ""
                us += row[f"ev_{ours}{tail}"]
                them += row[f"ev_{theirs}{tail}"]
        out[changed] = (us, them, total - us - them)
    return out
