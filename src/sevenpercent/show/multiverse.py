"""Tables of a grid of specifications as readers see them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import number, percent, signed, upper, votes
from sevenpercent.show.table import Cells, Record, by_row, estimated, of_rows
from sevenpercent.stats.multiverse import summary

STATISTICS = {
    "median": "median, points",
    "share_below": "share with interval below 0",
    "median_t": "median t",
}


def counts_table(counts: pd.DataFrame, where: Mapping[str, str]) -> pd.DataFrame:
    """How many regressions each grid has, and on which side of zero they lie.

    `counts`: as :func:`sevenpercent.stats.multiverse.summary.counts` gives them; `where`: place ->
    the places in words.
    """
    wide = {p: own.set_index("part")["value"] for p, own in counts.groupby("place", sort=False)}
    return of_rows(
        {
            "": upper(where[str(place)]),
            "declared": votes(n["declared"]),
            "doubles": votes(n["double"]),
            "none": votes(n["missing"]),
            "regressions": votes(n["cells"]),
            "in effect": number(n["effective"], 1),
            "below 0": percent(n["negative"], 0),
            "interval below": percent(n["below"], 0),
            "above": percent(n["above"], 0),
            "median": signed(n["median"]),
        }
        for place, n in wide.items()
    )


def moved_table(
    moved: pd.DataFrame, options: pd.DataFrame, where: Mapping[str, str], words: Vocabulary
) -> pd.DataFrame:
    """The choices that move the estimates of each grid most."""
    labels = _labels(options)
    return of_rows(
        {
            "": upper(where[m["place"]]),
            "choice": words.choice(m["choice"]),
            "moves": percent(m["total"], 0),
            "lowest with": _option(labels, m["place"], m["choice"], m["lowest"]),
            "highest with": _option(labels, m["place"], m["choice"], m["highest"]),
            "apart": number(m["span"], 1),
        }
        for m in summary.most_moved(moved).to_dict("records")
    )


@by_row
def tests_table(t: Record, where: Mapping[str, str]) -> Cells:
    """What the joint tests found, as :func:`sevenpercent.stats.multiverse.summary.tests` gives it."""
    return {
        "": upper(where[t["place"]]),
        "statistic": STATISTICS[t["statistic"]],
        "seen": _shown(t["observed"], t["unit"]),
        "no effect": _shown(t["drawn"], t["unit"]),
        "p": number(t["p"], 4),
        "p, naive": number(t["naive_p"], 4),
    }


def harmful_table(
    harmful: pd.DataFrame, options: pd.DataFrame, where: Mapping[str, str]
) -> pd.DataFrame:
    """Specifications with an interval below zero, by the choice that moves each grid most."""
    labels = _labels(options)
    return of_rows(
        {
            "where": upper(where[h["place"]]),
            "": _option(labels, h["place"], h["choice"], h["option"]),
            "interval below": f"{votes(h['below'])} of {votes(h['n'])}",
            "their median": signed(h["median"]),
            "lowest": signed(h["lowest"]),
        }
        for h in harmful.to_dict("records")
    )


@by_row
def models_table(m: Record, where: Mapping[str, str]) -> Cells:
    """The analyses of the time, and whether the grid has them."""
    return {
        "who": m["who"],
        "where": where[m["place"]],
        **estimated(m),
        "in the grid": "yes" if m["spec"] else f"no: {m['why']}",
    }


def _labels(options: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    keys = options[["place", "choice", "option"]].itertuples(index=False, name=None)
    return dict(zip(keys, options["label"], strict=True))


def _option(labels: Mapping[tuple[str, str, str], str], place: str, choice: str, value: str) -> str:
    if choice.startswith("with_"):
        return "adjusted for" if value == "True" else "not adjusted for"
    return labels.get((place, choice, value), value)


def _shown(value: float, unit: str) -> str:
    return percent(value, 0) if unit == "share" else signed(value, 2)
