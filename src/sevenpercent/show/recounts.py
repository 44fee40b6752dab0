"""Tables of what a recount changed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise, product

import pandas as pd

from sevenpercent.escape import link
from sevenpercent.model.words import number, percent, signed, votes
from sevenpercent.show.table import Cells, Record, by_row, known, of_rows, span
from sevenpercent.stats.recount import DOSES

SAMPLES = {
    "all": "all units with DRE ballots",
    "hand": "planned: counted by hand",
    "mixed": "planned: partly by hand",
    "scanner": "planned: scanners again",
    "mostly": "DREs cast half of the ballots or more",
    "winsorized": "extreme hundredths pulled in",
    "without_largest": "without the largest correction",
    "by_municipality": "all, clustered by municipality",
    "by_county": "all, clustered by county",
}
METHODS = {"hand": "by hand", "mixed": "partly by hand", "scanner": "scanners again"}
OWNED = {"dre_only": "DRE, no scanner", "dre_scanner": "DRE and scanner"}
GROUPS = {
    "equipment": {**OWNED, "scanner": "scanner", "hand": "neither"},
    "dose": {f"to_{100 * b:.0f}": f"{100 * a:.0f} to {100 * b:.0f} %" for a, b in pairwise(DOSES)},
    "method": METHODS,
}
SAYS = {"excluded": "rules it out", "shown": "shows it", "not excluded": "cannot tell"}
DIGITS = {
    "second": "second digit, mean",
    "last": "last digit, mean",
    "round": "counts ending in 0 or 5",
    "round_percent": "whole percentages ending in 0 or 5",
    "dip": "distance from a single hump",
}
DIGITS_SHOWN = {"second": 2, "last": 2, "round": 3, "round_percent": 3, "dip": 4}
SECONDARY = {"secondary": " (not the first publisher)"}
HEADS = {"equipment": "owned", "dose": "DRE share", "method": "planned"}


def unit_name(name: str) -> str:
    """A unit's name as it is written, not shouted.

    Examples
    --------
    >>> unit_name("CITY OF MILWAUKEE WARD 34")
    'City of Milwaukee Ward 34'
    """
    return name.title().replace(" Of ", " of ")


@by_row
def harms_table(r: Record) -> Cells:
    """Sizes of harm and what the paper says, as :func:`paper.harms` gives them."""
    return {
        "harm, all on DREs": r["label"],
        "votes": votes(r["votes"]),
        "per 100": number(r["harm"], 1),
        "all units": SAYS[r["verdict"]],
        "hand counts": SAYS.get(str(r.get("hand")), ""),
    }


def groups_table(groups: pd.DataFrame, by: str) -> pd.DataFrame:
    """One grouping of :func:`recount.by_group`."""
    own = groups[(groups["by"] == by) & (groups["votes"] > 0)]
    return of_rows(
        {
            HEADS[by]: GROUPS[by].get(r["group"], r["group"]),
            "units": number(r["units"]),
            "net": signed(r["margin_change"], 0),
            "all": votes(r["absolute"]),
            "per 100,000": number(r["per_100k"]),
            "95 %": span(r["per_100k_lo"], r["per_100k_hi"], number),
            "same": percent(r["unchanged"], 0),
        }
        for r in own.to_dict("records")
    )


def methods_table(total: pd.Series[float]) -> pd.DataFrame:
    """DRE ballots by planned method; `total` holds the parts of :func:`recount.ballots`."""
    rows = []
    for method, words in METHODS.items():
        if (part := f"dre_ballots.{method}") in total:
            share = percent(total.get(f"{part}.share", 0.0), 0)
            rows.append({"planned": words, "DRE ballots": votes(total[part]), "share": share})
    return pd.DataFrame(rows)


@by_row
def samples_table(r: Record) -> Cells:
    """Changes per DRE ballot and what carries them, a sample a row."""
    return {
        "units": SAMPLES.get(r["sample"], r["sample"]),
        "estimate": signed(r["estimate"], 3),
        "95 %": span(r["lo"], r["hi"], signed, 2),
        "clusters": number(r["clusters"]),
        "effective": number(r["effective_clusters"], 0),
    }


@by_row
def rates_table(r: Record) -> Cells:
    """How often statewide recounts are held, and what they change."""
    return {
        "years": known(r["period"], lambda years: years.replace("-", " to ")),
        "elections": number(r["elections"]),
        "recounts": number(r["recounts"]),
        "reversed": number(r["reversals"]),
        "mean shift": known(r["mean_shift_share"], percent, 3),
    }


@by_row
def known_table(r: Record) -> Cells:
    """Recounts whose margins are known."""
    return {
        "recount": f"{r['state']} {r['year']}, {r['office']}",
        "margin before": votes(r["initial_margin"]),
        "after": votes(r["final_margin"]),
        "shift": votes(r["shift"]),
        "reversed": known(r["reversed"], lambda yes: "yes" if yes else "no"),
    }


@by_row
def rooms_table(r: Record) -> Cells:
    """Most harm that the paper leaves possible, as :func:`paper.rooms` gives it."""
    return {
        "errors of counting": r["label"],
        "per 100": number(r["bound"], 3),
        "switched": votes(r["switched"]),
        "deleted": votes(r["deleted"]),
    }


def digits_table(
    now: pd.DataFrame, before: pd.DataFrame, sides: dict[str, str], years: tuple[int, int]
) -> pd.DataFrame:
    """Tests of digits and humps; a dagger where one flags.

    `now, before`: as :func:`forensics.compared` gives them; `sides`: ``harmed``, ``favoured`` and
    ``total`` to words; `years`: of `now` and of `before`.
    """
    cells = {
        (year, r["of"], r["test"], r["group"]): r
        for year, frame in zip(years, (now, before), strict=True)
        for r in frame.to_dict("records")
    }
    this, earlier = years
    columns = {f"{this}": (this, "all"), "touch-screens": (this, "machines")}
    columns |= {"paper": (this, "paper"), f"{earlier}": (earlier, "all")}
    rows = []
    for (of, who), (test, words) in product(sides.items(), DIGITS.items()):
        if (every := cells.get((this, of, test, "all"))) is None:
            continue
        row, digits = {"test": f"{who}: {words}"}, DIGITS_SHOWN[test]
        for head, (year, group) in columns.items():
            found = cells.get((year, of, test, group))
            told = number(found["value"], digits) + " †" * bool(found["flagged"]) if found else ""
            row[head] = told
        row["said to be"] = "none" if test == "dip" else number(every["expected"], digits)
        row["honest"] = span(every["honest_lo"], every["honest_hi"], number, digits)
        rows.append({**row, "flags honest": percent(every["honest_flagged"], 0)})
    return pd.DataFrame(rows)


def evidence_table(evidence: pd.DataFrame) -> pd.DataFrame:
    """Looked-up facts with their sources, as table ``fact_evidence`` has them."""
    if evidence.empty:
        return evidence
    return of_rows(
        {
            "what is known": r["says"],
            "people": known(r["n"], number),
            "source": link(r["source"] + SECONDARY.get(r["source_kind"], ""), str(r["url"])),
            "to keep in mind": r["care"],
        }
        for r in evidence.sort_values(["topic", "fact"]).to_dict("records")
    )


POSSIBLE = {True: "possible", False: "not possible"}


def sizes_table(sizes: pd.DataFrame, kind: str, names: Mapping[str, str]) -> pd.DataFrame:
    """Ballots of one kind of audit, a state a row, three columns a risk limit.

    `sizes`: as :func:`sevenpercent.stats.audit.sizes` gives it, with ``place`` and
    ``diluted_margin``; `kind`: ``polling`` or ``comparison``; `names`: names of the places.
    """
    rows = []
    for place, own in sizes[sizes["kind"] == kind].groupby("place", sort=False):
        row = {"state": names[str(place)], "margin": percent(own["diluted_margin"].iloc[0], 2)}
        for r in own.sort_values("risk", ascending=False).to_dict("records"):
            limit = f"{100 * r['risk']:g} %"
            row |= {limit: votes(r["formula"]), f"{limit}, newer": votes(r["newer"])}
            row |= {f"{limit}, simulated": votes(r["simulated"])}
        rows.append(row)
    return pd.DataFrame(rows)


@by_row
def paper_table(r: Record, names: Mapping[str, str]) -> Cells:
    """Where machines kept no paper, as :func:`sevenpercent.stats.audit.paper_kept` gives it."""
    return {
        "state": names[r["place"]],
        "some machines kept no paper": known(r["no_paper"], percent, 0, unknown="not known"),
        "nothing but such machines": known(r["no_paper_only"], percent, 0, unknown="not known"),
        "audit": POSSIBLE.get(r["possible"], "not known"),
    }
