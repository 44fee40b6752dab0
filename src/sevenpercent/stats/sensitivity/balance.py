"""Electronic and paper counties made alike by weights, and how few counties then carry the answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats import compare
from sevenpercent.stats.regression import Array, fit, t_quantile
from sevenpercent.stats.sensitivity.county import DESIGN, Arrays, Probed, is_binary

CARRIED = ["needed", "electronic_n", "paper_n", "top", "top_share"]
"""What tells how many counties carry a balanced comparison."""

TOLERANCE = 1e-9
STEPS = 200
SEPARATED = 1e-4
"""Chances of machines that all lie this near 0 or 1 leave no overlap."""


class NoOverlap(InputError):  # noqa: N818 - says what is wrong, as users read it
    """No weights can make the two kinds of counties alike."""


def overlap_weights(d: Array, z: Array) -> Array:
    """Weights of the places where either kind of machine could have stood.

    With p the chance of machines by a logit (maximum likelihood), electronic places get 1 - p
    and paper places p; the means of all covariates are then exactly equal. Each side sums to 1.

    Raises NoOverlap: the covariates tell the two kinds apart without error.

    References
    ----------
    Li, Morgan and Zaslavsky 2018, doi:10.1080/01621459.2016.1260466.
    """
    x = np.column_stack([np.ones(len(d)), (z - z.mean(axis=0)) / z.std(axis=0)])
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -700, 700)))
        slope = x.T @ (d - p)
        if np.abs(d - p).max() < SEPARATED:
            break
        if np.abs(slope).max() < TOLERANCE * len(d):
            w = np.where(d == 1, 1 - p, p)
            w /= np.where(d == 1, w[d == 1].sum(), w[d == 0].sum())
            return w
        curvature = (x * (p * (1 - p))[:, None]).T @ x
        if np.linalg.cond(curvature) > 1 / TOLERANCE:
            break
        step = np.linalg.solve(curvature, slope)
        beta += step / max(1.0, np.linalg.norm(step) / 2)  # from a flat start, it would overshoot
    raise NoOverlap("The covariates tell electronic from paper counties without error")


def balanced(rows: Arrays) -> dict[str, Any]:
    r"""Difference of means after weighting, **negative** = lower where electronic.

    `rows` hold a yes-or-no treatment and the covariates to be balanced. Returns ``estimate`` in the unit of the outcome; ``se, lo, hi`` by the jackknife over
    counties with weights found anew each time, None when a county, ``needed``, cannot be left out;
    ``electronic_n`` and ``paper_n``, effective counties on each side, :math:`(\sum w)^2 / \sum w^2`;
    ``top``, the county with the largest share of its side's weight, and that share, ``top_share``.

    Raises NoOverlap: there are no such weights; InputError: a treatment that is not yes or no.
    """
    if not is_binary(rows.d):
        raise InputError("Balancing needs a treatment that is yes or no")
    w = overlap_weights(rows.d, rows.z)
    top, e = int(w.argmax()), rows.d == 1
    found: dict[str, Any] = {
        "estimate": _difference(rows.d, rows.y, w),
        "electronic_n": float(1 / (w[e] ** 2).sum()),
        "paper_n": float(1 / (w[~e] ** 2).sum()),
        "top": rows.names[top],
        "top_share": float(w[top]),
    }
    left_out = []
    for i in range(rows.n):
        keep = np.arange(rows.n) != i
        try:
            fewer = overlap_weights(rows.d[keep], rows.z[keep])
        except NoOverlap:
            return found | {"needed": rows.names[i], "se": None, "lo": None, "hi": None}
        left_out.append(_difference(rows.d[keep], rows.y[keep], fewer))
    moved = np.array(left_out) - np.mean(left_out)
    se = float(np.sqrt((rows.n - 1) / rows.n * (moved**2).sum()))
    weighted = pd.DataFrame({"y": rows.y, "d": rows.d, "w": w})[w > 1e-12]
    half = t_quantile(0.975, fit(weighted, "y", "d", weights="w").df) * se
    ends = {"lo": found["estimate"] - half, "hi": found["estimate"] + half}
    return found | {"needed": "", "se": se, **ends}


def _difference(d: Array, y: Array, w: Array) -> float:
    return float((w * y)[d == 1].sum() - (w * y)[d == 0].sum())


def weighed(p: Probed, names: Iterable[str]) -> pd.DataFrame:
    """The comparison with its control sets balanced by overlap weights.

    Returns ``controls``; ``why`` where there are no such weights, else ``estimate, se, lo,
    hi`` in points (no interval where a county, ``needed``, cannot be left out), ``electronic_n,
    paper_n, top, top_share`` as in :func:`balanced`. Empty for a definition that is a share.
    """
    rows, ends = [], ["estimate", "se", "lo", "hi"]
    for name in names if is_binary(p.frame[p.lead].to_numpy()) else ():
        try:
            found = balanced(p.arrays(p.lead, name))
            known = {k: compare.HUNDRED * found[k] for k in ends if found[k] is not None}
            rows.append({"controls": name, "why": "", **found, **known})
        except NoOverlap as reason:
            rows.append({"controls": name, "why": reason.problem})
    return pd.DataFrame(rows).reindex(columns=["controls", "why", *ends, *CARRIED])


def left_out(p: Probed) -> pd.DataFrame:
    """The probed definitions without each county in turn (HC2, Bell-McCaffrey), in points.

    Returns one row a definition and county, from the lowest estimate to the highest: ``definition,
    without`` (its name), ``estimate, se, lo, hi, n``. **Negative** = lower where electronic. A
    county without which there is no estimate, or one with no error, is left out.
    """
    rows = []
    for definition in p.probed:
        model = [p.column, definition, *p.sets[DESIGN]]
        whole = p.frame[p.frame[model].notna().all(axis=1)]
        for name, keep in zip(whole["county"], ~np.eye(len(whole), dtype=bool), strict=True):
            try:
                e = compare.fit(whole[keep], p.column, definition, p.sets[DESIGN])
            except InputError:
                continue
            rows.append([definition, name, e.estimate, e.se, e.lo, e.hi, e.n])
    columns = ["definition", "without", "estimate", "se", "lo", "hi", "n"]
    found = pd.DataFrame(rows, columns=columns)
    found["definition"] = pd.Categorical(found["definition"], p.probed)
    found = found.sort_values(["definition", "estimate", "without"], ignore_index=True)
    return found.astype({"definition": str})


def ends(left: pd.DataFrame) -> pd.DataFrame:
    """The lowest and the highest of each definition, of what :func:`left_out` gives.

    With ``end`` (``lowest``, ``highest``) and ``part`` (``leave_out.<definition>.one.<end>``).
    """
    every = left.groupby("definition", sort=False)
    both = pd.concat([every.head(1).assign(end="lowest"), every.tail(1).assign(end="highest")])
    return both.assign(part="leave_out." + both["definition"] + ".one." + both["end"]).sort_index()


def rows(left: pd.DataFrame) -> pd.DataFrame:
    """The same as numbers to publish, and how many intervals lie below zero."""
    both = ends(left)
    said = "the " + both["end"] + " estimate on " + both["definition"] + " without one county: "
    both = both.assign(unit="points", label=said + "without " + both["without"])
    every = left.assign(value=left["hi"] < 0).groupby("definition", sort=False)
    below = every["value"].agg(value="sum", n="size").reset_index()
    below["part"] = "leave_out." + below["definition"] + ".one.negative"
    below = below.assign(unit="sets", label="ways to leave one out, with an interval below zero")
    named = ["part", "value", "se", "lo", "hi", "n", "unit", "label"]
    out = pd.concat([both.rename(columns={"estimate": "value"}), below.astype({"value": object})])
    return out.reindex(columns=named)
