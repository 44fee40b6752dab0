"""The verdict rule of the book, asked about every draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from sevenpercent.claims.catalogue import RULES
from sevenpercent.claims.designs import Design
from sevenpercent.claims.words import Word
from sevenpercent.model.results import Value
from sevenpercent.stats.regression import Array
from sevenpercent.stats.validity.score import Drawn

PAPER = "paper"


def words(
    drawn: Mapping[str, Drawn],
    sizes: Mapping[str, Array | float],
    paper: tuple[Drawn, Array | float] | None,
) -> Counter[Word]:
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
    Counter of Word
        Placebos, which can only keep the rule from saying that a claim holds, are left out.
    """
    asked: list[Any] = [  # the rule's own answers, over arrays
        Design(name, d.estimate, d.se, d.df, d.detectable, np.broadcast_to(sizes[name], d.se.shape))  # type: ignore[arg-type]
        for name, d in drawn.items()
    ]
    answers = [np.asarray(x) for d in asked for x in (d.votes, d.excludes, d.shows)]
    lowest = None
    if paper is not None:
        found, size = paper
        lowest = found.estimate - found.quantile(0.975) * found.se
        answers.append(-lowest < size)
    code = np.zeros(len(answers[0]), dtype=np.int64)
    for answer in answers:
        code = 2 * code + answer
    out: Counter[Word] = Counter()
    _, first, many = np.unique(code, return_index=True, return_counts=True)
    for i, count in zip(first.tolist(), many.tolist(), strict=True):
        out[_ask(asked, i, None if paper is None or lowest is None else (lowest, paper[1]))] += (
            count
        )
    return out


def _ask(asked: list[Any], i: int, paper: tuple[Array, Array | float] | None) -> Word:
    roles: dict[str, dict[str, Value]] = {
        "estimates": {d.label: Value(float(d.estimate[i]), se=float(d.se[i])) for d in asked},
        "df": {d.label: Value(float(d.df)) for d in asked},
        "mde": {d.label: Value(float(d.mde[i])) for d in asked},
        "size": {d.label: Value(float(d.size[i])) for d in asked},
    }
    if paper is not None:
        lowest, size = paper
        roles["paper"] = {PAPER: Value(0.0, lo=float(lowest[i]))}
        at = np.broadcast_to(size, lowest.shape)[i]
        roles["paper_size"] = {PAPER: Value(float(at))}
    return RULES["primary_designs"].decide(roles, {}, "parts").word
