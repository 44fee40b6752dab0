"""What of the probes is published: rows of ``part``, ``value``, interval, ``n``, unit and label."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from sevenpercent.stats.sensitivity.hidden import Hidden

Rows = list[dict[str, Any]]
ENDS = ("se", "lo", "hi", "n")


def placebos(years: pd.DataFrame) -> Rows:
    """Estimates of other years on the same map."""
    return [
        {
            "part": f"placebo.{e['reading']}.{e['kind']}.{e['year']}.{e['controls']}",
            "value": e["estimate"],
            **{k: e[k] for k in ENDS},
            "unit": "points",
            "label": f"two-party share of {e['year']}"
            + ("" if e["kind"] == "level" else f" minus {e['before']}")
            + f" on the map of {e['reading']}, controls {e['controls']}",
        }
        for e in years.drop_duplicates().to_dict("records")
    ]


def breaks(found: pd.DataFrame) -> Rows:
    """The largest break of a clean year, and how many times it each size of harm needs."""
    out: Rows = []
    for b in found.to_dict("records"):
        part, said = (
            f"break.{b['reading']}",
            f"largest clean break, {b['year']} against {b['before']}",
        )
        if b["size"] == "zero":
            own = {"part": part, "value": b["largest"], "n": b["n"], "unit": "points"}
            out.append({**own, "label": said})
        for name, what in (
            ("hide", "to hide it"),
            ("make", "to make it"),
            ("inside", "until the 95 % interval holds it"),
        ):
            if pd.notna(b[name]):
                own = {"part": f"{part}.{b['size']}.{name}", "value": b[name], "unit": "times"}
                out.append({**own, "label": f"times the {said}: {what}"})
    return out


def balance(weighed: pd.DataFrame) -> Rows:
    """Comparisons balanced by weights, with ``place``, and what carries them."""
    out: Rows = []
    for w in weighed[weighed["why"] == ""].to_dict("records"):
        common = {
            "place": w["place"],
            "label": f"{w['controls']} balanced by overlap weights",
        }
        part = f"balance.{w['controls']}.overlap"
        ends = {k: w[k] for k in ("se", "lo", "hi")}
        out.append({**common, "part": part, "value": w["estimate"], **ends, "unit": "points"})
        for name, unit in (
            ("electronic_n", "counties"),
            ("paper_n", "counties"),
            ("top_share", "share"),
            ("top", ""),
        ):
            out.append({**common, "part": f"{part}.{name}", "value": w[name], "unit": unit})
    return out


def hidden(found: Mapping[str, Hidden], strengths: pd.DataFrame, asked: Collection[str]) -> Rows:
    """Classical estimates, how strong a hidden cause must be, and causes as strong as known ones."""
    out: Rows = []
    for definition, h in found.items():
        label = f"change on {definition}, classical errors"
        part = f"hidden.{definition}"
        out.append(
            {"part": part, "value": h.estimate, "se": h.se, "unit": "points", "label": label}
        )
        for b in h.benchmarks.dropna().to_dict("records"):
            name = f"{part}.benchmark.{b['covariate']}.{b['times']:g}.lowered"
            label = f"estimate lowered by a cause at most as strong as {b['covariate']}"
            out.append({"part": name, "value": b["lowered"], "unit": "points", "label": label})
    for s in strengths[strengths["size"].isin(["zero", *asked])].to_dict("records"):
        part = f"hidden.{s['definition']}.{s['size']}"
        label = f"share of the rest that a hidden cause must explain, for {s['size']}"
        for end, value in (("", s["value"]), (".not_rejected", s["not_rejected"])):
            own = label + (" not to be rejected" if end else "")
            out.append({"part": part + end, "value": value, "unit": "share", "label": own})
    return out


def alike(found: pd.DataFrame) -> Rows:
    """How alike neighbours are in residuals."""
    out: Rows = []
    for c in found.to_dict("records"):
        part = f"moran.{c['definition']}.{c['controls']}"
        label = f"Moran's I of residuals, {c['definition']}, controls {c['controls']}"
        out.append({"part": part, "value": c["moran"], "n": c["n"], "label": label})
        label = "share of maps without clustering at least as high"
        out.append({"part": f"{part}.p", "value": c["p"], "unit": "share", "label": label})
    return out


def chances(found: pd.DataFrame, probed: Collection[str], model: tuple[str, str]) -> Rows:
    """How rare estimates are; of one model, the comparison's own, also the rarest of all definitions."""
    out: Rows = []
    for c in found.to_dict("records"):
        own, first = (c["outcome"], c["controls"]) == model, c["definition"] == next(iter(probed))
        where = f"randomization.{c['outcome']}.{c['controls']}.{c['way']}"
        common = {"n": c["draws"], "unit": "share"}
        if c["definition"] in probed:
            label = "share of draws with a t value at least as negative"
            part = f"{where}.{c['definition']}.p"
            out.append({**common, "part": part, "value": c["p"], "label": label})
        if own and first:
            label = "chance that the most negative of all definitions is this rare without effect"
            out.append({**common, "part": f"{where}.joint", "value": c["joint"], "label": label})
    return out


def power(seen: pd.DataFrame, sizes: Mapping[str, Mapping[str, float]]) -> Rows:
    """How many comparisons of each ``place`` see and rule out each size, and the size itself."""
    out: Rows = []
    for s in seen.to_dict("records"):
        own = {"place": s["place"], "unit": "designs"}
        sees = own | {"part": f"power.sees.{s['size']}", "value": s["sees"], "n": s["n"]}
        sees["label"] = f"county comparisons that could have seen {s['size']}"
        rest = own | {"part": f"power.excludes.{s['size']}", "value": s["excludes"], "n": s["sees"]}
        rest["label"] = f"of these, those that rule out {s['size']}"
        size = {"part": f"power.size.{s['size']}", "value": sizes[s["place"]][s["size"]]}
        size |= {"place": s["place"], "unit": "points", "label": f"{s['size']} in points"}
        out += [size, sees, rest]
    return out


def per_ballot(needed: pd.DataFrame, sizes: Mapping[str, float], ballots: int) -> Rows:
    """How wrong electronic ballots would have to be, and the sizes of harm on them."""
    if not ballots:
        return []
    label = "votes for either party on DREs, by share"
    out: Rows = [{"part": "per_ballot.ballots", "value": ballots, "unit": "votes", "label": label}]
    for size, harm in sizes.items():
        label = f"points per DRE ballot that make {size}"
        part = f"per_ballot.size.{size}"
        out.append({"part": part, "value": harm, "unit": "points", "label": label})
    for e in needed.to_dict("records"):
        label = f"points per DRE ballot that make the gap of {e['outcome']}"
        part = f"per_ballot.{e['outcome']}.{e['controls']}"
        ends = {k: e[k] for k in ("lo", "hi", "n")}
        out.append({"part": part, "value": e["estimate"], **ends, "unit": "points", "label": label})
    return out
