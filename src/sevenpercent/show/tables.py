"""Frames of results as readers see them: words for names, numbers with their signs."""

from __future__ import annotations

import pandas as pd

from sevenpercent.model.vocabulary import AMOUNTS, Vocabulary
from sevenpercent.model.words import signed, votes

FATE = {"remains": "remains", "gone": "gone", "open": "cannot tell"}


def fates_table(fates: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """What became of each raw difference of one outcome, as :func:`compare.fates` gives them."""
    return pd.DataFrame(
        {
            "definition": words.definition(f["definition"]).label,
            "weights": f["weights"],
            "raw": signed(f["before"]),
            "adjusted": signed(f["after"]),
            "from": signed(f["lo"]),
            "to": signed(f["hi"]),
            "": FATE[f["fate"]],
        }
        for f in fates.to_dict("records")
    )


def gaps_table(gaps: pd.DataFrame, words: Vocabulary, adjective: str) -> pd.DataFrame:
    """Raw gaps of one aggregation, as :func:`gap.raw_gaps` gives them: definitions by outcomes."""
    wide = gaps.pivot_table("estimate", "definition", "outcome", sort=False)
    out = wide.map(lambda x: "" if x != x else signed(x))
    out.insert(0, f"“{adjective}” means", [words.definition(d).label for d in wide.index])
    return out.rename(columns=lambda c: words.outcome(c).short if c in wide else c)


def claim_table(claimed: pd.DataFrame, size: float) -> pd.DataFrame:
    """What a claimed size stands for, as :func:`gap.claimed_votes` gives it: votes by unit and way."""
    wide = claimed.pivot_table("value", "amount", "how", sort=False)
    return pd.DataFrame(
        {
            f"{size:g} as …": AMOUNTS[unit],
            "votes, if deleted": votes(wide.loc[unit, "deleted"]),
            "votes, if switched": votes(wide.loc[unit, "switched"]),
        }
        for unit in wide.index
    )


def estimates_table(estimates: pd.DataFrame, head: str, digits: int = 1) -> pd.DataFrame:
    """Estimates with their 95 % intervals, in points: ``part`` (in words), ``value``, ``lo``, ``hi``."""
    columns = {"points": "value", "from": "lo", "to": "hi"}
    numbers = {c: [signed(x, digits) for x in estimates[of]] for c, of in columns.items()}
    return pd.DataFrame({head: list(estimates["part"]), **numbers})
