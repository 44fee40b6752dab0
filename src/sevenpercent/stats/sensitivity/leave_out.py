"""The estimate without one county, or without two: whether it hangs on a few places."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats.regression import project, without
from sevenpercent.stats.sensitivity.arrays import Arrays
from sevenpercent.stats.sensitivity.county import DESIGN, HUNDRED, Probed

SIDES = {1: "one", 2: "two"}


def leave_out(rows: Arrays, size: int = 1) -> pd.DataFrame:
    """Fit again without every set of `size` counties (HC2, Bell-McCaffrey).

    `rows`: the model; `size`: counties left out at a time, 1 or 2. Raises InputError: another size,
    or too few counties.

    Returns
    -------
    DataFrame
        One row per set, from the lowest estimate to the highest: ``without`` (their names),
        ``estimate, se, df, lo, hi`` in the unit of the outcome. **Negative** = lower where
        electronic. Null where the treatment no longer varies beyond the controls; the error alone
        is null where one county determines a coefficient.
    """
    if size not in (1, 2):
        raise InputError("One county is left out, or two", value=size)
    if rows.n - size <= rows.regressors.shape[1] + 1:
        raise InputError(f"Too few units: {rows.n} less {size}")
    sets = np.array(list(combinations(range(rows.n), size)))
    estimate, se, df = without(project(rows.z), rows.d, rows.y, sets)
    from scipy.special import stdtrit

    half = stdtrit(df, 0.975) * se
    out = pd.DataFrame(
        {
            "without": [" and ".join(rows.names[i] for i in chosen) for chosen in sets],
            "estimate": estimate,
            "se": se,
            "df": df,
            "lo": estimate - half,
            "hi": estimate + half,
        }
    )
    return out.sort_values(["estimate", "without"], ignore_index=True)


def left_out(p: Probed) -> pd.DataFrame:
    """The probed definitions without every county and every pair of them, in points.

    Returned as :func:`leave_out`, sets without an estimate left out, with ``definition`` and
    ``size``.
    """
    made = []
    for definition in p.probed:
        model = p.arrays(definition, DESIGN)
        for size in (1, 2):
            out = leave_out(model, size).assign(definition=definition, size=size, n=model.n - size)
            out[["estimate", "se", "lo", "hi"]] *= HUNDRED
            made.append(out[out["estimate"].notna()])
    return pd.concat(made, ignore_index=True)


def ends(left: pd.DataFrame) -> pd.DataFrame:
    """The lowest and highest estimate of each definition and size, and how many lie below zero.

    Returns rows to publish: ``part``
    (``leave_out.<definition>.<one|two>.<lowest|highest|negative>``), ``value``, ``se, lo, hi``,
    ``n``, ``unit``, ``label``.
    """
    rows: list[dict[str, object]] = []
    for (definition, words), own in left.groupby(
        ["definition", left["size"].map(SIDES)], sort=False
    ):
        part = f"leave_out.{definition}.{words}"
        for end, row in (("lowest", own.iloc[0]), ("highest", own.iloc[-1])):
            label = f"the {end} estimate on {definition} without {words} of the counties: "
            rows.append(
                {
                    "part": f"{part}.{end}",
                    "value": row["estimate"],
                    **{k: row[k] for k in ("se", "lo", "hi", "n")},
                    "unit": "points",
                    "label": label + f"without {row['without']}",
                }
            )
        rows.append(
            {
                "part": f"{part}.negative",
                "value": int((own["hi"] < 0).sum()),
                "n": len(own),
                "unit": "sets",
                "label": f"of all ways to leave {words} out, those with an interval below zero",
            }
        )
    return pd.DataFrame(rows, dtype=object)
