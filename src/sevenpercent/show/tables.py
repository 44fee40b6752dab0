"""Frames of results as readers see them: words for names, numbers with their signs."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

import pandas as pd

from sevenpercent.model.terms import AMOUNTS
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import ends, in_hundred, percent, signed, upper, votes
from sevenpercent.stats.chance import Chance

FATE = {"remains": "remains", "gone": "gone", "open": "cannot tell"}


def fates_table(fates: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """What became of each raw difference of one outcome, as :func:`compare.fates` gives them."""
    return pd.DataFrame(
        {
            words.listed: words.definition(f["definition"]).label,
            "weights": words.brief_weights(f["weights"]),
            "raw": signed(f["before"]),
            "adjusted": signed(f["after"]),
            "from": ends(f["lo"], f["hi"])[0],
            "to": ends(f["lo"], f["hi"])[1],
            "result": FATE[f["fate"]],
        }
        for f in fates.to_dict("records")
    )


def wilds_table(wilds: pd.DataFrame) -> pd.DataFrame:
    """Errors clustered two ways, as :func:`compare.wilds` gives them."""
    return pd.DataFrame(
        {
            "comparison": w["who"],
            "points": signed(w["estimate"], 2),
            "jackknife": f"{signed(w['lo'], 2)} to {signed(w['hi'], 2)}",
            "wild bootstrap": f"{signed(w['wild_lo'], 2)} to {signed(w['wild_hi'], 2)}",
            "chance": percent(w["wild_p"]),
            "states": f"{w['effective_clusters']:.0f} of {w['clusters']:.0f}",
        }
        for w in wilds.to_dict("records")
    )


def gaps_table(gaps: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """Raw gaps of one aggregation, as :func:`gap.raw_gaps` gives them: definitions by outcomes."""
    wide = gaps.pivot_table("estimate", "definition", "outcome", sort=False)
    out = wide.map(lambda x: "" if x != x else signed(x))
    out.insert(0, words.means, [words.definition(d).label for d in wide.index])
    return out.rename(columns=lambda c: words.outcome(c).short if c in wide else c)


def elsewhere_table(
    gaps: pd.DataFrame, words: Vocabulary, named: Callable[[str], str]
) -> pd.DataFrame:
    """Raw gaps of other places, a row for each definition; `named` gives a place's name."""
    if gaps.empty:
        return gaps
    wide = gaps.pivot_table("estimate", ["place", "definition"], "outcome", sort=False)
    out = wide.map(lambda x: "" if x != x else signed(x))
    out.insert(0, "place", [upper(named(str(place))) for place, _ in wide.index])
    out.insert(1, words.listed, [words.definition(str(d)).label for _, d in wide.index])
    return out.rename(columns=lambda c: words.outcome(c).short if c in wide else c)


def least_table(votes_of: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """The fewest votes that a claimed percentage may stand for, by definition."""
    return pd.DataFrame(
        {
            words.means: words.definition(v["definition"]).label,
            "votes": votes(v["value"]),
        }
        for v in votes_of.to_dict("records")
    )


def sets_table(grid: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """One definition by what is adjusted for, as :func:`compare.every` gives it; those that come to the same stand once."""
    return pd.DataFrame(
        {
            "outcome": upper(words.outcome(e["outcome"]).short),
            "adjusting for": words.controls(e["controls"]).words or "nothing",
            "difference": signed(e["estimate"]),
            "from": ends(e["lo"], e["hi"])[0],
            "to": ends(e["lo"], e["hi"])[1],
        }
        for e in grid.to_dict("records")
    ).drop_duplicates(ignore_index=True)


def scan_table(near: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """Ways of counting that come near a claim, as :func:`scan.scan` gives them."""
    return pd.DataFrame(
        {
            words.listed: words.definition(w["definition"]).label,
            "counted": words.outcome(w["outcome"]).short
            + (", given the earlier votes" if w["controls"] == "prior" else ""),
            "weighted": _weighed(w, words),
            "size": f"{signed(w['estimate'])} {w['unit']}",
            "votes": votes(w["votes"]),
        }
        for w in near.to_dict("records")
    )


def _weighed(way: dict[Hashable, Any], words: Vocabulary) -> str:
    if way["controls"] == "prior":
        return words.weights(way["weights"]).removeprefix("places weighted ")
    return "every county counting the same" if way["part"] == "mean" else "all ballots together"


def chance_table(nulls: Mapping[str, Mapping[str, Chance]], words: Vocabulary) -> pd.DataFrame:
    """What reassigned machines leave, by what the counties are alike in and by outcome."""
    return pd.DataFrame(
        {
            "gap in": words.outcome(outcome).short,
            "counties alike in": name,
            "observed": signed(found.observed),
            "expected": signed(found.expected),
            "from": signed(found.interval()[0]),
            "to": signed(found.interval()[1]),
            "chance": in_hundred(found.p_lower()),
        }
        for outcome in next(iter(nulls.values()))
        for name, by_outcome in nulls.items()
        for found in [by_outcome[outcome]]
    )


def claim_table(claimed: pd.DataFrame, size: float) -> pd.DataFrame:
    """What a claimed size stands for, as :func:`gap.claimed_votes` gives it: votes by unit and way."""
    wide = claimed.pivot_table("value", "amount", "how", sort=False)
    return pd.DataFrame(
        {
            f"{size:g} as …": AMOUNTS[unit],
            **{f"votes, if {how}": votes(wide.loc[unit, how]) for how in sorted(wide.columns)},
        }
        for unit in wide.index
    )


def estimates_table(estimates: pd.DataFrame, head: str, digits: int = 1) -> pd.DataFrame:
    """Estimates with their 95 % intervals, in points: ``part`` (in words), ``value``, ``lo``, ``hi``."""
    columns = {"points": "value", "from": "lo", "to": "hi"}
    numbers = {c: [signed(x, digits) for x in estimates[of]] for c, of in columns.items()}
    return pd.DataFrame({head: list(estimates["part"]), **numbers})
