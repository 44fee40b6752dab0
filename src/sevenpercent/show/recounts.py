"""Tables of what a recount changed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from sevenpercent.escape import link
from sevenpercent.model.words import number, percent, signed, votes
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
GROUPS = {
    "equipment": {
        "dre_only": "DRE, no scanner",
        "dre_scanner": "DRE and scanner",
        "scanner": "scanner",
        "hand": "neither",
    },
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


def harms_table(harms: pd.DataFrame) -> pd.DataFrame:
    """Sizes of harm and what the paper says, as :func:`paper.harms` gives them."""
    return pd.DataFrame(
        {
            "harm, all on DREs": r["label"],
            "votes": votes(r["votes"]),
            "per 100": number(r["harm"], 1),
            "all units": SAYS[r["verdict"]],
            "hand counts": SAYS.get(str(r.get("hand")), ""),
        }
        for r in harms.to_dict("records")
    )


def groups_table(groups: pd.DataFrame, by: str) -> pd.DataFrame:
    """One grouping of :func:`recount.by_group`."""
    rows = groups[(groups["by"] == by) & (groups["votes"] > 0)]
    ends = zip(rows["per_100k_lo"], rows["per_100k_hi"], strict=True)
    return pd.DataFrame(
        {
            HEADS[by]: [GROUPS[by].get(g, g) for g in rows["group"]],
            "units": rows["units"].map(number),
            "net": rows["margin_change"].map(lambda x: signed(x, 0)),
            "all": rows["absolute"].map(votes),
            "per 100,000": rows["per_100k"].map(number),
            "95 %": ["" if a != a else f"{number(a)} to {number(b)}" for a, b in ends],
            "same": rows["unchanged"].map(lambda x: percent(x, 0)),
        }
    )


def methods_table(total: pd.Series[float]) -> pd.DataFrame:
    """DRE ballots by planned method; `total` holds the parts of :func:`recount.ballots`."""
    return pd.DataFrame(
        {
            "planned": words,
            "DRE ballots": votes(total[f"dre_ballots.{method}"]),
            "share": percent(total.get(f"dre_ballots.{method}.share", 0.0), 0),
        }
        for method, words in METHODS.items()
        if f"dre_ballots.{method}" in total
    )


def samples_table(machines: pd.DataFrame) -> pd.DataFrame:
    """Changes per DRE ballot and what carries them, a sample a row."""
    return pd.DataFrame(
        {
            "units": SAMPLES.get(r["sample"], r["sample"]),
            "estimate": signed(r["estimate"], 3),
            "95 %": f"{signed(r['lo'], 2)} to {signed(r['hi'], 2)}",
            "clusters": number(r["clusters"]),
            "effective": number(r["effective_clusters"], 0),
        }
        for r in machines.to_dict("records")
    )


def rates_table(rates: pd.DataFrame) -> pd.DataFrame:
    """How often statewide recounts are held, and what they change."""
    shift = ["" if x != x else percent(x, 3) for x in rates["mean_shift_share"]]
    return pd.DataFrame(
        {
            "years": rates["period"].str.replace("-", " to "),
            "elections": rates["elections"].map(number),
            "recounts": rates["recounts"].map(number),
            "reversed": rates["reversals"].map(number),
            "mean shift": shift,
        }
    )


def known_table(known: pd.DataFrame) -> pd.DataFrame:
    """Recounts whose margins are known."""
    return pd.DataFrame(
        {
            "recount": [f"{r.state} {r.year}, {r.office}" for r in known.itertuples()],
            "margin before": known["initial_margin"].map(votes),
            "after": known["final_margin"].map(votes),
            "shift": known["shift"].map(votes),
            "reversed": ["yes" if x else "no" for x in known["reversed"]],
        }
    )


def rooms_table(rooms: pd.DataFrame) -> pd.DataFrame:
    """Most harm that the paper leaves possible, as :func:`paper.rooms` gives it."""
    return pd.DataFrame(
        {
            "errors of counting": r["label"],
            "per 100": number(r["bound"], 3),
            "switched": votes(r["switched"]),
            "deleted": votes(r["deleted"]),
        }
        for r in rooms.to_dict("records")
    )


def digits_table(
    now: pd.DataFrame, before: pd.DataFrame, sides: dict[str, str], years: tuple[int, int]
) -> pd.DataFrame:
    """Tests of digits and humps; a dagger where one flags.

    `now, before`: as :func:`forensics.compared` gives them; `sides`: ``harmed``, ``favoured`` and
    ``total`` to words; `years`: of `now` and of `before`.
    """
    cells = {
        (name, r["of"], r["test"], r["group"]): r
        for name, frame in (("now", now), ("before", before))
        for r in frame.to_dict("records")
    }
    rows = []
    for of, who in sides.items():
        for test, words in DIGITS.items():
            found = {
                head: cells.get((name, of, test, group))
                for head, name, group in (
                    (f"{years[0]}", "now", "all"),
                    ("touch-screens", "now", "machines"),
                    ("paper", "now", "paper"),
                    (f"{years[1]}", "before", "all"),
                )
            }
            every = cells.get(("now", of, test, "all"))
            if every is None:
                continue
            shown = DIGITS_SHOWN[test]
            ends = [number(every[end], shown) for end in ("honest_lo", "honest_hi")]
            told = "none" if test == "dip" else number(every["expected"], shown)
            rows.append(
                {"test": f"{who}: {words}"}
                | {head: _digit(r, shown) for head, r in found.items()}
                | {
                    "said to be": told,
                    "honest": f"{ends[0]} to {ends[1]}",
                    "flags honest": percent(every["honest_flagged"], 0),
                }
            )
    return pd.DataFrame(rows)


def _digit(row: dict[Any, Any] | None, digits: int) -> str:
    if row is None:
        return ""
    return number(row["value"], digits) + (" †" if row["flagged"] else "")


def evidence_table(evidence: pd.DataFrame) -> pd.DataFrame:
    """Looked-up facts with their sources, as table ``fact_evidence`` has them."""
    if evidence.empty:
        return evidence
    made = pd.DataFrame(
        {
            "what is known": r["says"],
            "people": "" if pd.isna(r["n"]) else number(r["n"]),
            "source": link(r["source"] + SECONDARY.get(r["source_kind"], ""), str(r["url"])),
            "to keep in mind": r["care"],
        }
        for r in evidence.sort_values(["topic", "fact"]).to_dict("records")
    )
    made.attrs["markup"] = ["source"]
    return made


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


def paper_table(paper: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Where machines kept no paper, as :func:`sevenpercent.stats.audit.paper_kept` gives it."""
    return pd.DataFrame(
        {
            "state": names[r["place"]],
            "some machines kept no paper": _share(r["no_paper"]),
            "nothing but such machines": _share(r["no_paper_only"]),
            "audit": POSSIBLE.get(r["possible"], "not known"),
        }
        for r in paper.to_dict("records")
    )


def _share(x: float | None) -> str:
    return "not known" if x is None or x != x else percent(x, 0)
