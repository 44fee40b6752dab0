"""Frames of results as readers see them: words for names, numbers with their signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import pandas as pd

from sevenpercent.model.terms import AMOUNTS
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import ends, in_hundred, percent, signed, upper, votes
from sevenpercent.show.table import Cells, Record, by_row, known, of_rows, span
from sevenpercent.stats.chance import Chance

FATE = {"remains": "a difference", "gone": "gone", "open": "cannot tell"}


@by_row
def fates_table(f: Record, words: Vocabulary) -> Cells:
    """What became of each raw difference of one outcome, as :func:`compare.fates` gives them."""
    return {
        words.listed: words.definition(f["definition"]).label,
        "weights": words.brief_weights(f["weights"]),
        "raw": signed(f["before"]),
        "adjusted": signed(f["after"]),
        "from": ends(f["lo"], f["hi"])[0],
        "to": ends(f["lo"], f["hi"])[1],
        "result": FATE[f["fate"]],
    }


@by_row
def wilds_table(w: Record) -> Cells:
    """Errors clustered two ways, as :func:`compare.wilds` gives them."""
    return {
        "comparison": w["who"],
        "points": signed(w["estimate"], 2),
        "jackknife": span(w["lo"], w["hi"], signed, 2),
        "wild bootstrap": span(w["wild_lo"], w["wild_hi"], signed, 2),
        "chance": percent(w["wild_p"]),
        "states": f"{w['effective_clusters']:.0f} of {w['clusters']:.0f}",
    }


def gaps_table(gaps: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """Raw gaps of one aggregation, as :func:`gap.raw_gaps` gives them: definitions by outcomes."""
    out = _by_outcome(gaps, ["definition"], words)
    out.insert(0, words.means, [words.definition(str(d)).label for d in out.index])
    return out


def elsewhere_table(
    gaps: pd.DataFrame, words: Vocabulary, named: Callable[[str], str]
) -> pd.DataFrame:
    """Raw gaps of other places, a row for each definition; `named` gives a place's name."""
    if gaps.empty:
        return gaps
    out = _by_outcome(gaps, ["place", "definition"], words)
    out.insert(0, "place", [upper(named(str(place))) for place, _ in out.index])
    out.insert(1, words.listed, [words.definition(str(d)).label for _, d in out.index])
    return out


def _by_outcome(gaps: pd.DataFrame, rows: list[str], words: Vocabulary) -> pd.DataFrame:
    wide = gaps.pivot_table("estimate", rows, "outcome", sort=False)
    told = wide.map(lambda x: known(x, signed))
    return told.rename(columns=lambda outcome: words.outcome(outcome).short)


@by_row
def least_table(v: Record, words: Vocabulary) -> Cells:
    """The fewest votes that a claimed percentage may stand for, by definition."""
    return {words.means: words.definition(v["definition"]).label, "votes": votes(v["value"])}


def sets_table(grid: pd.DataFrame, words: Vocabulary) -> pd.DataFrame:
    """One definition by what is adjusted for, as :func:`compare.every` gives it; those that come to the same stand once."""
    return of_rows(
        {
            "outcome": upper(words.outcome(e["outcome"]).short),
            "adjusting for": words.controls(e["controls"]).words or "nothing",
            "difference": signed(e["estimate"]),
            "from": ends(e["lo"], e["hi"])[0],
            "to": ends(e["lo"], e["hi"])[1],
        }
        for e in grid.to_dict("records")
    ).drop_duplicates(ignore_index=True)


@by_row
def scan_table(w: Record, words: Vocabulary) -> Cells:
    """Ways of counting that come near a claim, as :func:`scan.scan` gives them."""
    return {
        words.listed: words.definition(w["definition"]).label,
        "counted": words.outcome(w["outcome"]).short
        + (", given the earlier votes" if w["controls"] == "prior" else ""),
        "weighted": _weighed(w, words),
        "size": f"{signed(w['estimate'])} {w['unit']}",
        "votes": votes(w["votes"]),
    }


def _weighed(way: Record, words: Vocabulary) -> str:
    if way["controls"] == "prior":
        return words.weights(way["weights"]).removeprefix("places weighted ")
    return "every county counting the same" if way["part"] == "mean" else "all ballots together"


def chance_table(nulls: Mapping[str, Mapping[str, Chance]], words: Vocabulary) -> pd.DataFrame:
    """What reassigned machines leave, by what the counties are alike in and by outcome."""
    rows = []
    for outcome, name in product(next(iter(nulls.values())), nulls):
        found = nulls[name][outcome]
        numbers = found.observed, found.expected, *found.interval()
        row = {"gap in": words.outcome(outcome).short, "counties alike in": name}
        row |= dict(zip(("observed", "expected", "from", "to"), map(signed, numbers), strict=True))
        rows.append({**row, "chance": in_hundred(found.p_lower())})
    return of_rows(rows)


def claim_table(claimed: pd.DataFrame, size: float) -> pd.DataFrame:
    """What a claimed size stands for, as :func:`gap.claimed_votes` gives it: votes by unit and way."""
    wide = claimed.pivot_table("value", "amount", "how", sort=False)
    return of_rows(
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
