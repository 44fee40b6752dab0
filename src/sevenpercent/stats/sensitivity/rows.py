"""What of the probes is published: rows of ``part``, ``value``, interval, ``n``, unit and label."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from sevenpercent.model.numbers import row
from sevenpercent.stats.sensitivity.hidden import Hidden

Rows = list[dict[str, Any]]
BOUNDS = ("se", "lo", "hi")
ENDS = (*BOUNDS, "n")
BREAKS = {"hide": "to hide it", "make": "to make it", "inside": "until the 95 % interval holds it"}
SEEN = {
    "sees": "county comparisons that could have seen",
    "excludes": "of these, those that rule out",
    "smaller": "of those that rule it out, those that find harm smaller than",
    "harmful": "of the others, those that find harm, and so do not rule out",
}
CARRIED = {"electronic_n": "counties", "paper_n": "counties", "top_share": "share", "top": ""}


def placebos(years: pd.DataFrame) -> Rows:
    """Estimates of other years on the same map."""
    out: Rows = []
    for e in years.drop_duplicates().to_dict("records"):
        part = f"placebo.{e['reading']}.{e['kind']}.{e['year']}.{e['controls']}"
        less = "" if e["kind"] == "level" else f" minus {e['before']}"
        label = f"two-party share of {e['year']}{less} on the map of {e['reading']}"
        ends, label = {k: e[k] for k in ENDS}, f"{label}, controls {e['controls']}"
        out.append(row(part, e["estimate"], "points", label, **ends))
    return out


def breaks(found: pd.DataFrame) -> Rows:
    """The largest break of a clean year, and how many times it each size of harm needs."""
    out: Rows = []
    for b in found.to_dict("records"):
        part = f"break.{b['reading']}"
        said = f"largest clean break, {b['year']} against {b['before']}"
        if b["size"] == "zero":
            out.append(row(part, b["largest"], "points", said, n=b["n"]))
        for name, what in BREAKS.items():
            if pd.notna(b[name]):
                label = f"times the {said}: {what}"
                out.append(row(f"{part}.{b['size']}.{name}", b[name], "times", label))
    return out


def balance(weighed: pd.DataFrame, unit: str) -> Rows:
    """Comparisons balanced by weights, with ``place``, and what carries them."""
    out: Rows = []
    for w in weighed[weighed["why"] == ""].to_dict("records"):
        label, place = f"{w['controls']} balanced by overlap weights", w["place"]
        part, ends = f"balance.{w['controls']}.overlap", {k: w[k] for k in BOUNDS}
        out.append(row(part, w["estimate"], unit, label, place=place, **ends))
        out += [row(f"{part}.{k}", w[k], of, label, place=place) for k, of in CARRIED.items()]
    return out


def hidden(
    found: Mapping[str, Hidden], strengths: pd.DataFrame, asked: Collection[str], unit: str
) -> Rows:
    """Classical estimates, how strong a hidden cause must be, and causes as strong as known ones."""
    out: Rows = []
    for definition, h in found.items():
        label, part = f"change on {definition}, classical errors", f"hidden.{definition}"
        out.append(row(part, h.estimate, unit, label, se=h.se))
        for b in h.benchmarks.dropna().to_dict("records"):
            name = f"{part}.benchmark.{b['covariate']}.{b['times']:g}.lowered"
            label = f"estimate lowered by a cause at most as strong as {b['covariate']}"
            out.append(row(name, b["lowered"], unit, label))
    for s in strengths[strengths["size"].isin(["zero", *asked])].to_dict("records"):
        part = f"hidden.{s['definition']}.{s['size']}"
        label = f"share of the rest that a hidden cause must explain, for {s['size']}"
        out.append(row(part, s["value"], "share", label))
        part, label = f"{part}.not_rejected", f"{label} not to be rejected"
        out.append(row(part, s["not_rejected"], "share", label))
    return out


def alike(found: pd.DataFrame) -> Rows:
    """How alike neighbours are in residuals."""
    out: Rows = []
    for c in found.to_dict("records"):
        part = f"moran.{c['definition']}.{c['controls']}"
        label = f"Moran's I of residuals, {c['definition']}, controls {c['controls']}"
        out.append(row(part, c["moran"], label=label, n=c["n"]))
        label = "share of maps without clustering at least as high"
        out.append(row(f"{part}.p", c["p"], "share", label))
    return out


def chances(found: pd.DataFrame, probed: Collection[str], model: tuple[str, str]) -> Rows:
    """How rare estimates are; of one model, the comparison's own, also the rarest of all definitions."""
    out: Rows = []
    for c in found.to_dict("records"):
        own, first = (c["outcome"], c["controls"]) == model, c["definition"] == next(iter(probed))
        where = f"randomization.{c['outcome']}.{c['controls']}.{c['way']}"
        if c["definition"] in probed:
            label = "share of draws with a t value at least as negative"
            out.append(row(f"{where}.{c['definition']}.p", c["p"], "share", label, n=c["draws"]))
        if own and first:
            label = "chance that the most negative of all definitions is this rare without effect"
            out.append(row(f"{where}.joint", c["joint"], "share", label, n=c["draws"]))
    return out


def power(seen: pd.DataFrame, sizes: Mapping[str, Mapping[str, float]], unit: str) -> Rows:
    """How many comparisons of each ``place`` see and rule out each size, and the size itself."""
    out: Rows = []
    for s in seen.to_dict("records"):
        size, place = s["size"], s["place"]
        label, harm = f"{size} in {unit}", sizes[place][size]
        out.append(row(f"power.size.{size}", harm, unit, label, place=place))
        for name, said in SEEN.items():
            part, n = f"power.{name}.{size}", s["n" if name == "sees" else "sees"]
            out.append(row(part, s[name], "designs", f"{said} {size}", n=n, place=place))
    return out


def per_ballot(needed: pd.DataFrame, sizes: Mapping[str, float], ballots: int) -> Rows:
    """How wrong electronic ballots would have to be, and the sizes of harm on them."""
    if not ballots:
        return []
    label = "votes for either party on DREs, by share"
    out = [row("per_ballot.ballots", ballots, "votes", label)]
    for size, harm in sizes.items():
        label = f"points per DRE ballot that make {size}"
        out.append(row(f"per_ballot.size.{size}", harm, "points", label))
    for e in needed.to_dict("records"):
        label = f"points per DRE ballot that make the gap of {e['outcome']}"
        part, ends = f"per_ballot.{e['outcome']}.{e['controls']}", {k: e[k] for k in ENDS[1:]}
        out.append(row(part, e["estimate"], "points", label, **ends))
    return out
