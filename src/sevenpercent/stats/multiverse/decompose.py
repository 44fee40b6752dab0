"""Which choice moves the estimate: variance over the grid, choice by choice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sevenpercent.errors import InputError
from sevenpercent.model.frames import require
from sevenpercent.stats.regression.projection import Array, Index


def moved_by(specs: pd.DataFrame, choices: Sequence[str]) -> pd.DataFrame:
    r"""Share of the variance of the estimates that each choice accounts for.

    `specs`: one row per specification, every combination of choices at most once; those
    without an ``estimate`` are left out. Raises InputError: missing column, or estimates that
    do not differ.

    Returns
    -------
    DataFrame
        One row per choice with more than one option, the most moving first: ``choice``;
        ``alone`` :math:`= \operatorname{Var}(E[v \mid c]) / \operatorname{Var}(v)`;
        ``total`` :math:`= E[\operatorname{Var}(v \mid \text{all other choices})] /
        \operatorname{Var}(v)`, which counts what it does together with others, so that totals add
        up to more than 1; ``lowest``, ``highest``: the options with the lowest and highest mean;
        ``span``: how far these means are apart (in the unit of the estimates).

    References
    ----------
    Sobol' 2001, doi:10.1016/S0378-4754(00)00270-6.
    """
    require(specs, [*choices, "estimate"])
    known = specs[specs["estimate"].notna()]
    v = known["estimate"].to_numpy(float)
    whole = float(v.var()) if len(v) else 0.0
    if whole == 0:
        raise InputError("The estimates do not differ, so nothing moves them", column="estimate")
    codes = {c: pd.factorize(known[c])[0] for c in choices}
    varying = [c for c in choices if codes[c].max() > 0]
    rows = []
    for choice in varying:
        means = known.groupby(choice, observed=True)["estimate"].mean()
        alone = float(_group_means(v, codes[choice]).var())
        others = _combined([codes[c] for c in varying if c != choice], len(v))
        rows.append(
            {
                "choice": choice,
                "alone": alone / whole,
                "total": float(((v - _group_means(v, others)) ** 2).mean()) / whole,
                "lowest": means.idxmin(),
                "highest": means.idxmax(),
                "span": float(means.max() - means.min()),
            }
        )
    return pd.DataFrame(rows).sort_values(
        ["total", "choice"], ascending=[False, True], ignore_index=True
    )


def _combined(codes: list[Index], n: int) -> Index:
    out = np.zeros(n, dtype=np.intp)
    for code in codes:
        out = pd.factorize(out * (int(code.max()) + 1) + code)[0]
    return out


def _group_means(v: Array, codes: Index) -> Array:
    means: Array = np.bincount(codes, v) / np.bincount(codes)
    return means[codes]
