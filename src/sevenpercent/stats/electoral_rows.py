"""Electoral arithmetic as rows to publish: part (the key), value, unit, label."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.stats.electoral import FlipSet, HouseVote, Tally, Target, outcomes


def tallies(counts: Mapping[str, Tally], names: Mapping[str, str]) -> pd.DataFrame:
    """Electoral votes by stage as rows: part, value, unit, label.

    `counts`: stage to its tally, in the order of :data:`STAGES`; `names`: ``harmed``, ``favoured``
    and ``nobody`` to what they are called in a key.
    """
    rows = []
    for stage, count in counts.items():
        reported = stage == "reported"
        where, rest = (stage, "unassigned") if reported else (f"final.{stage}", "other")
        for side in ("harmed", "favoured"):
            label = f"of the {side} party, {stage}"
            rows.append((f"{where}.{names[side]}", getattr(count, side), label))
        rows.append((f"{where}.{rest}", count.rest, f"of neither, {stage}"))
    rows += [("majority", count.majority, "that elect"), ("total", count.total, "in all")]
    made = pd.DataFrame(rows, columns=["part", "value", "label"])
    return made.assign(label="electoral votes " + made["label"], unit="electoral votes")


def combinations(ways: pd.DataFrame, names: Mapping[str, str], tail: str = "") -> pd.DataFrame:
    """Combinations as rows; `tail` ends each key (``.cast``); with one, nobody is named as winner."""
    rows = []
    for way in ways.to_dict("records"):
        where = "flip." + (str(way["changed"]).lower().replace("+", "_") or "nothing") + tail
        label = "harmed party, these changed"
        rows.append((f"{where}.{names['harmed']}", way["harmed"], "electoral votes", label))
        if not tail:
            rows.append((f"{where}.outcome", names[way["outcome"]], "", "who has a majority"))
    found = outcomes(ways)._asdict()
    rows += [
        (f"outcomes.{names[w]}{tail}", found[w], "combinations", f"in which {w} has a majority")
        for w in names
    ]
    rows.append((f"outcomes.all{tail}", found["n"], "combinations", "combinations"))
    return pd.DataFrame(rows, columns=["part", "value", "unit", "label"], dtype=object)


def house(vote: HouseVote, names: Mapping[str, str]) -> pd.DataFrame:
    """The vote of the House as rows."""
    found: dict[str, object] = {names[s]: getattr(vote, s) for s in ("harmed", "favoured")}
    found |= {"divided": vote.divided, "needed": vote.needed, "winner": names[vote.winner]}
    rows = [(f"house.{k}", v, f"House vote by state delegations: {k}") for k, v in found.items()]
    return pd.DataFrame(rows, columns=["part", "value", "label"]).assign(unit="delegations")


def margins(found: pd.DataFrame) -> pd.DataFrame:
    """Margins as rows, with the votes to switch of the final count."""
    rows = []
    for m in found.to_dict("records"):
        where, count = f"{m['state'].lower()}.{m['vintage']}", f"{m['vintage']} count"
        leads = f"margin, {count}; positive: the favoured party leads"
        rows.append((f"margin.{where}", m["margin"], "votes", leads))
        if m["vintage"] in ("final", "election_night"):  # those that claims speak of
            share = f"margin_share.{where}"
            rows.append((share, m["percent"], "points", f"of all votes, {count}"))
        if m["vintage"] == "final":
            rows.append((f"switched.{m['state'].lower()}", m["switched"], "votes", "to flip it"))
    return pd.DataFrame(rows, columns=["part", "value", "unit", "label"], dtype=object)


def smallest(found: Mapping[Target, FlipSet | None]) -> pd.DataFrame:
    """The cheapest sets of states as rows; what no set meets is left out."""
    rows: list[tuple[str, object, str, str]] = []
    for target, sets in found.items():
        if sets is not None:
            where, label = f"smallest.{target}", f"fewest switched votes to {target}"
            rows.append((f"{where}.states", " + ".join(sets.states), "", label))
            rows.append((f"{where}.switched", sets.switched, "votes", label))
    return pd.DataFrame(rows, columns=["part", "value", "unit", "label"], dtype=object)
