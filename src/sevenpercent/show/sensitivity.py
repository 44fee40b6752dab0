"""Tables of the probes of the county comparison as readers see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.model.words import number, percent, signed, tally, upper, verb, word
from sevenpercent.show.table import Cells, Record, by_row, estimated, known, span

Sets = Mapping[str, Sequence[str]]


def rare(p: float) -> str:
    """A chance in percent; below a thousandth it only says so."""
    return percent(p) if p >= 0.001 else "< 0.1 %"


def model(outcome: str, controls: Sequence[str], words: Vocabulary) -> str:
    """A model where there is little room: ``change, two-party share; race and education``."""
    return f"{words.outcome(outcome).brief}; {words.covariates(controls) or 'not adjusted'}"


@by_row
def weighed_table(w: Record, sets: Sets, places: Mapping[str, str], words: Vocabulary) -> Cells:
    """Comparisons balanced by weights, with ``place``, and the counties that carry them."""
    head = {"": f"{places[w['place']]}: {words.covariates(sets[w['controls']])}"}
    machined, rest = words.sides
    if w["why"]:
        none = dict.fromkeys(("estimate", "95 %", machined, rest), "–")
        return {**head, **none, "heaviest": "no such weights"}
    return {
        **head,
        "estimate": signed(w["estimate"]),
        "95 %": span(w["lo"], w["hi"], signed, unknown="–"),
        machined: number(w["electronic_n"]),
        rest: number(w["paper_n"], 1),
        "heaviest": f"{w['top']} {percent(w['top_share'], 0)}",
    }


def found_of(sees: float, excludes: float, smaller: float, harmful: float) -> str:
    """What the comparisons find that could have seen a size of harm.

    Arguments as :func:`sevenpercent.stats.sensitivity.power.seen` counts them.

    Examples
    --------
    >>> found_of(9, 4, 0, 4)
    "four rule it out, four find a difference in the claim's direction that may be as large and one cannot tell"
    >>> found_of(2, 2, 1, 0)
    "all rule it out. One of those that rule it out finds a smaller difference in the claim's direction"
    """
    way = "difference in the claim's direction"
    counted = [
        (excludes, "rules it out", "rule it out"),
        (harmful, f"finds a {way} that may be as large", f"find a {way} that may be as large"),
        (sees - excludes - harmful, "cannot tell", "cannot tell"),
    ]
    told = "all rule it out" if sees == excludes > 1 else tally(counted)
    less = f"{upper(word(smaller))} of those that rule it out {verb(smaller, 'finds', 'find')} a smaller {way}"
    if excludes == 1:
        less = f"The one that rules it out finds a smaller {way}"
    return f"{told}. {less}" if smaller else told


def strengths_table(
    strengths: pd.DataFrame, asked: Mapping[str, str], words: Vocabulary
) -> pd.DataFrame:
    """How strong a hidden cause must be, for the difference and for each size that is asked about."""
    said = {"zero": "to make or unmake the difference"}
    said |= {size: f"to hide {label}" for size, label in asked.items()}
    rows = []
    for h in strengths[strengths["size"].isin(list(said))].to_dict("records"):
        name = f"{words.definition(h['definition']).label}: {said[h['size']]}"
        found = {"estimate": percent(h["value"], 0), "5 % test": percent(h["not_rejected"], 0)}
        rows.append({"": name, **found})
    return pd.DataFrame(rows)


def breaks_table(breaks: pd.DataFrame, asked: Mapping[str, str], words: Vocabulary) -> pd.DataFrame:
    """How many times the largest clean break it takes to hide harm, or to make it, by size."""
    said = {"zero": "the difference that was seen", **asked}
    return pd.DataFrame(
        {
            "": f"{words.definition(b['reading']).label}: {said[b['size']]}",
            "largest break": f"{number(b['largest'], 1)} ({b['year']} against {b['before']})",
            "to hide it": known(b["hide"], lambda x: f"{number(x, 1)} times", unknown="–"),
            "to make it": f"{number(b['make'], 1)} times",
            "interval includes it from": f"{number(b['inside'], 1)} times",
        }
        for b in breaks.to_dict("records")
        if b["size"] in said
    )


@by_row
def alike_table(w: Record, sets: Sets, words: Vocabulary) -> Cells:
    """How alike neighbours are in what each model leaves over."""
    return {
        "adjusting for": words.covariates(sets[w["controls"]]) or "nothing",
        **_by(w, words),
        "Moran's I": signed(w["moran"], 2),
        "by chance": rare(w["p"]),
    }


def _by(row: Record, words: Vocabulary) -> Cells:
    return {words.means.removesuffix(" means"): words.definition(row["definition"]).label}


@by_row
def conley_table(e: Record, words: Vocabulary) -> Cells:
    """The county comparison with errors that near places share, by range."""
    return {
        **_by(e, words),
        "near": f"{e['km']:g} km",
        **estimated(e, 2),
    }


@by_row
def scpc_table(e: Record, words: Vocabulary) -> Cells:
    """The county comparison by spatial correlation principal components."""
    return {
        **_by(e, words),
        "components": e["q"],
        "critical value": f"{e['critical']:.2f}",
        **estimated(e, 2),
    }


def chances_table(
    chances: pd.DataFrame, definitions: Iterable[str], sets: Sets, words: Vocabulary
) -> pd.DataFrame:
    """How often chance gives as much, by each way of reassigning the machines."""
    ways = {way: way.replace("km", "") + " km" for way in chances["way"].unique()}
    ways |= {"matched": "matched", "shuffled": "blind shuffle"}
    rows = []
    for definition in definitions:
        label = words.definition(definition).label
        mine = chances[chances["definition"] == definition]
        for (outcome, name), part in mine.groupby(["outcome", "controls"], sort=False):
            row = {"": f"{label}: {model(str(outcome), sets[str(name)], words)}"}
            found = part.set_index("way")["p"].to_dict()
            rows.append(row | {ways[way]: rare(p) for way, p in found.items()})
    return pd.DataFrame(rows)


def power_table(
    power: pd.DataFrame, asked: Mapping[str, str], places: Mapping[str, str], words: Vocabulary
) -> pd.DataFrame:
    """Smallest harm that the comparisons of each place and weighting could have seen."""
    rows = []
    for (place, weights), own in power.groupby(["place", "weights"], sort=False):
        row = {"": f"{places[str(place)]}, weights: {words.brief_weights(str(weights))}"}
        row["smallest harm seen"] = span(own["mde"].min(), own["mde"].max(), number, 1)
        for size, label in asked.items():
            row[label] = f"{int((own['mde'] <= own[f'size.{size}']).sum())} of {len(own)}"
        rows.append(row)
    return pd.DataFrame(rows)


@by_row
def needed_table(n: Record, sets: Sets, words: Vocabulary) -> Cells:
    """How wrong every electronic ballot would have to be to make each difference."""
    return {
        "to make …": model(n["outcome"], sets[n["controls"]], words),
        "points": signed(n["gap"]),
        **estimated(n, head="per electronic ballot"),
    }
