"""The comparison without one county: whether it hangs on a single place."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.stats.regression import fit
from sevenpercent.stats.sensitivity.county import DESIGN, HUNDRED, Probed


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
                e = fit(whole[keep], p.column, definition, p.sets[DESIGN]).scaled(HUNDRED)
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
