"""The verdict rule of the book, asked about every draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np

from sevenpercent.stats.decisions import Answer, Verdict, decide, shows
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity.score import Drawn


def words(
    drawn: Mapping[str, Drawn],
    sizes: Mapping[str, Array | float],
    paper: tuple[Drawn, Array | float] | None,
) -> Counter[Verdict]:
    """What the rule says about harm of one size, in how many draws.

    The rule sees estimates through a few answers only (could a design have seen the size, does it
    exclude it, does it show it, does the paper allow it), so it is called on one draw of each
    combination of answers that occurs.

    Parameters
    ----------
    drawn : mapping
        Design -> its estimates in the draws.
    sizes : mapping
        Design -> size that is asked about, in its own unit (positive).
    paper : pair of Drawn and size, or None
        What the recount shows, and the size in its unit; None: no paper was counted.

    Returns
    -------
    Counter
        Placebos, which can only keep the rule from saying that a claim holds, are left out.
    """
    answers = []
    for name, d in drawn.items():
        said = shows(d.estimate, d.se, d.df, sizes[name])
        answers += [d.detectable <= sizes[name], d.excludes(sizes[name]), said]
    if paper is not None:
        found, size = paper
        answers.append(found.quantile(0.975) * found.se - found.estimate < size)
    table = np.column_stack(np.broadcast_arrays(*answers))
    kinds, many = np.unique(table, axis=0, return_counts=True)
    out: Counter[Verdict] = Counter()
    for kind, count in zip(kinds.tolist(), many.tolist(), strict=True):
        own = [Answer(name, *kind[3 * i : 3 * i + 3]) for i, name in enumerate(drawn)]
        out[decide(own, None if paper is None else kind[-1]).verdict] += count
    return out
