"""The scenario of a new book as it is first written: what was told, and the choices it begins with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from sevenpercent.data.readers import formats
from sevenpercent.escape import printable
from sevenpercent.model import places
from sevenpercent.model.scenario import NATION, Credits, Input, chapters
from sevenpercent.model.words import upper
from sevenpercent.own import answers, claims, equipment, offices, precincts, sized
from sevenpercent.own.new_book import place_name, start
from sevenpercent.own.request import Request

LABEL = 60
"""Longest rule that serves as the label of a reading."""

OTHER = {"dem": "rep", "rep": "dem"}
PARTY = {"dem": ("Democrats", "Democratic"), "rep": ("Republicans", "Republican")}


def body(
    told: Request, inputs: list[Input], states: list[str], equipped: pd.DataFrame
) -> dict[str, Any]:
    """The scenario as YAML gives it: ``data/new_book.yml``, filled in from what was told.

    `inputs`: files that were given; `states`: places that are compared county by county;
    `equipped`: machines by county (table ``county_equipment``).
    """
    names = order(told, equipped)
    national = told.focus == NATION
    asked = {n: m for i in inputs for n, m in i.machines.items()}
    labels = {n: labelled(m) for n, m in asked.items()}
    if len(names) == 1:  # a single definition needs no name of its own
        labels = {names[0]: told.electronic}
    labels |= {n: m["label"] for n, m in asked.items() if "label" in m}
    apart = [n for n in names[1:] if n in asked or _elsewhere(n, names[0], equipped)]
    if apart:  # other machines, each in its own words
        labels |= {n: _named(n) for n in [names[0], *apart] if n not in labels}
    readings = {n: _reading(n, equipped, labels.get(n, "")) for n in names}
    for n in apart:
        readings[n] |= machine(n, readings[n]["label"], asked.get(n, {}).get("make", ""))
    if apart and told.electronic == Request.electronic:
        own = machine(names[0], readings[names[0]]["label"], "")
        told = replace(told, electronic=own["electronic"])
        if told.adjective == Request.adjective:
            told = replace(told, adjective=own["adjective"])
    shown = [told.focus, *(s for s in states if s != told.focus)]
    begun = start()
    office = offices.name(told.office)
    out: dict[str, Any] = begun["scenario"]
    title = told.title or f"Did the {told.electronic} change the vote for {office}?"
    title = title.replace(" for ?", "?")
    beside = "" if office and office in title else office  # one line says it once
    out |= {
        "id": told.name,
        "title": title,
        "subtitle": ", ".join(
            p for p in (upper(place_name(told.focus)), beside, str(told.year)) if p
        ),
        "year": told.year,
        "prior_year": told.prior_year,
        "prior_years": [told.prior_year],
        "states": states,
        "parties": {
            "harmed": _party(told, told.harmed),
            "favoured": _party(told, OTHER[told.harmed]),
        },
        "inputs": [i.model_dump(exclude_defaults=True) for i in inputs],
        "claim": _claim(told),
        "treatment": {
            "primary": names[0],
            "electronic": told.electronic,
            "paper": told.paper,
            "adjective": told.adjective,
            "contrast": told.contrast,
            "vintage": "certified",
            "national": [n for n in names[:4] if _contrast(n, equipped, NATION)] or names[:1],
            "readings": readings,
        },
        "credits": {
            "votes": _credit(inputs, "votes") or "state canvasses and MEDSL",
            "machines": _credit(inputs, "equipment") or "Verified Voting",
            "people": _credit(inputs, "demographics") or Credits().people,
        },
        "models": [
            _model(place, n, controls, readings[n]["label"])
            for place in shown
            for n in names[:3]
            for controls in ("none", "race_education")
            if _contrast(n, equipped, place)
        ],
        "claims": f"scenarios/{told.name}/claims.yml",
        "headline": list(claims.HEADLINE),
        # A project may have fewer chapters than this library has words for.
        "without": [name for name in out["without"] if name in chapters.names()],
    }
    if office:
        out["office"] = office
    out["tables"]["folder"] = f"data/{told.name}"
    if any(i.holds == "certified" for i in inputs):
        out["tables"]["certified"] = "certified_totals"
    counties = begun["county_design"] | {"treatment": names[0]}
    counties |= {"effects": "state", "errors": "cr3"} if national else {"errors": "hc2_bm"}
    if not national:
        del counties["effects"]
    others = [n for n in names[1:] if n not in apart and _contrast(n, equipped, told.focus)]
    counties["neighbours"] |= _neighbours({n: readings[n]["label"] for n in others}, national)
    out["designs"] = {"sizes": _sizes(told), "counties": counties}
    if told.unit == "points_all":
        out["outcome"]["shown"].append("level_share_all")
    for part in (out["validity"], out["redraw"], out["multiverse"]["joint"]):
        part["seed"] = told.year
    if national:
        out["redraw"]["draws"] = 999
    return out


def order(told: Request, equipped: pd.DataFrame) -> list[str]:
    """Readings of the machines, the one that leads first: the one asked for first, if it can."""
    here = equipped if told.focus == NATION else equipped[equipped["state"] == told.focus]
    first = next(iter(answers.readings(told.machines)), "")
    names = [r for r in equipped["reading"].unique() if r != "vvpat"]

    def rank(name: str) -> tuple[int, bool]:
        """Enough counties on both sides first; without any contrast last."""
        values = here.loc[here["reading"] == name, "value"].dropna()
        fewer = min((values > 0).sum(), (values == 0).sum())
        return int(fewer < chapters.FEWEST) + int(fewer == 0), name != first

    return sorted(names, key=rank)


def _party(told: Request, party: str) -> dict[str, str]:
    plural, adjective = PARTY[party]
    before = formats.layouts().words.nominees.get(told.prior_year, {}) if not told.office else {}
    return {
        "party": party,
        "name": plural,
        "adjective": adjective,
        "candidate": getattr(told, party),
        "prior_candidate": getattr(told, f"prior_{party}")
        or before.get(party, f"the {adjective} candidate"),
    }


def _claim(told: Request) -> dict[str, object]:
    votes = sized.votes(told.claimed_votes)
    claim: dict[str, object] = {"who": told.who, "reported": told.reported or str(told.year)}
    claim |= {"percent": told.claimed, "unit": told.unit if told.claimed else "votes"}
    claim |= {"state": told.focus, **dict(zip(("votes", "votes_most"), votes, strict=False))}
    claim |= {"counted": told.counted, "side": "favoured" if told.gain else None}
    claim["margin"] = told.margin
    return {name: value for name, value in claim.items() if value or name == "who"}


def _sizes(told: Request) -> dict[str, dict[str, str]]:
    """Sizes of harm that are asked about: their amounts, and how the votes are lost."""
    asked: list[tuple[str, str, str]] = []
    lost = "added" if told.gain else "deleted"
    if told.claimed:
        asked = [("claimed", told.unit, "switched")]
    if told.claimed and told.unit == "percent":
        asked = [(f"claimed_percent_{w}", "percent_each", w) for w in (lost, "switched")]
    ends = zip(("votes", "votes_most"), sized.votes(told.claimed_votes), strict=False)
    ways = sized.ways(told.how) or [lost]
    asked += [
        (f"claimed_{end}", end, ways[min(i, len(ways) - 1)]) for i, (end, _) in enumerate(ends)
    ]
    if told.focus != NATION:
        asked.append(("decisive", "decisive", "switched"))
    return {name: {"amount": amount, "how": how} for name, amount, how in asked}


def _model(place: str, reading: str, controls: str, label: str) -> dict[str, str]:
    bare = controls == "none"
    return {
        "id": f"{place.lower()}-{reading}{'' if bare else '-held'}".replace("_", "-"),
        "who": "As counted" if bare else "Race and education",
        "says": f"{label}, adjusting for {'nothing' if bare else 'race and education'}",
        "place": place,
        "reading": reading,
        "outcome": "change_two_party",
        "controls": controls,
        **({"effects": "state", "errors": "cr3"} if place == NATION else {}),
    }


def declare_precincts(
    body: dict[str, Any],
    told: Request,
    surveys: Sequence[precincts.Survey],
    machines: pd.DataFrame | None,
) -> None:
    """Add the design by precinct where files and machines allow it, before any vote is read.

    It compares precincts of the same county, so machines must differ within counties. The
    outcome is the change since the earlier election where the files have it by precinct, else
    the office in question less another one on the same ballots.
    """
    primary = body["treatment"]["primary"]
    if machines is None or not precincts.varies_within(machines, primary):
        return
    years = {y for s in surveys if s.precincts for y in s.years}
    beside = next((s.beside for s in surveys if told.year in s.years and s.beside), "")
    if told.prior_year in years:
        outcome, held = "change_two_party", ["two_party_prior"]
    elif beside:
        outcome, held = "same_ballots", []
    else:
        return
    body["tables"] |= {"precincts": "precinct_votes", "precinct_equipment": "precinct_equipment"}
    if beside:
        body["designs"]["other_office"] = beside
    design = start()["precinct_design"] | {"treatment": primary, "outcome": outcome}
    rest = {name: design["neighbours"].pop(name) for name in ("nothing_held", "same_ballots")}
    if outcome == "change_two_party":
        design["neighbours"]["nothing_held"] = rest["nothing_held"]
        if beside:
            against = {"label": f"against the vote for {beside}"}
            design["neighbours"]["same_ballots"] = against | rest["same_ballots"]
    body["designs"]["precincts"] = design | {"controls": held}


def _elsewhere(reading: str, lead: str, equipped: pd.DataFrame) -> bool:
    """Whether a reading is of other machines: meanings of one word lie within each other, or nearly so."""
    wide = equipped.drop_duplicates(["fips", "reading"]).set_index(["fips", "reading"])["value"]
    own, first = (wide.xs(name, level="reading").dropna() for name in (reading, lead))
    both = own.index.intersection(first.index)
    if all(part.between(0, 1, "neither").any() for part in (own, first)):  # shares of ballots
        return bool((own[both] + first[both] <= 1.0001).all() and own[both].corr(first[both]) < 0)
    there, lead_there = set(own[own > 0].index), set(first[first > 0].index)
    return len(there & lead_there) < min(len(there), len(lead_there)) / 2


def _named(name: str) -> str:
    words = name.replace("_", " ")
    return words if words.endswith(("machines", "equipment", "scanners")) else f"{words} machines"


def labelled(asked: Mapping[str, str]) -> str:
    """What a sentence calls the machines of a reading that was asked for."""
    return asked.get("label") or f"{next(iter(asked.values())).split('|')[0].strip()} machines"


def machine(name: str, label: str, make: str) -> dict[str, str]:
    """Words of a reading that is another machine than the one that leads."""
    bare = label.removesuffix(" machines")
    named = make if make and "|" not in make else name.replace("_", " ")
    adjective = bare if bare != label else named
    paper = {"paper": Request.paper, "adjective": adjective, "contrast": Request.contrast}
    return {"electronic": label, **paper}


def _contrast(reading: str, equipped: pd.DataFrame, place: str) -> bool:
    own = equipped[equipped["reading"] == reading]
    own = own if place == NATION else own[own["state"] == place]
    return places.varies(own["value"].dropna())


def _neighbours(others: Mapping[str, str], national: bool) -> dict[str, dict[str, str]]:
    """Neighbours of the county design that depend on the book; `others`: readings and their labels."""
    if national:
        out = {"no_effects": {"label": "states compared too", "effects": "none"}}
    else:
        out = {"hc3": {"label": "other errors (HC3)", "errors": "hc3"}}
    for name in list(others)[:3]:
        out[f"as_{name}"] = {"label": others[name], "treatment": name}
    return out


def _reading(name: str, equipped: pd.DataFrame, label: str) -> dict[str, str]:
    rule = str(equipped.loc[equipped["reading"] == name, "rule"].iloc[0]).partition(";")[0]
    if not label and rule.startswith("polling places"):
        return {"label": name.replace("_", " "), "describes": f"counties whose {rule}"}
    if rule == equipment.OF_PRECINCTS:
        words = label or name.replace("_", " ")
        return {"label": words, "describes": f"the share of a county's precincts with {words}"}
    plain = rule if len(rule) < LABEL and rule != "as printed" else name.replace("_", " ")
    label = label or plain
    share = (equipped.loc[equipped["reading"] == name, "kind"] == "share").all()
    if not share:
        return {"label": label, "describes": f"counties with {label}"}
    # That they are shares, the sentence says itself.
    plain = re.sub(rf"\b({equipment.SHARE})( of)?\b", "", label, flags=re.IGNORECASE)
    plain = plain.strip() or label
    of = f"the {label}" if label.startswith("share") else f"the share of a county's vote on {plain}"
    return {"label": label, "describes": of}


def _credit(inputs: Sequence[Input], holds: str) -> str:
    """Publishers of the files of a kind; a file that nobody says is published is named by its name."""
    names = []
    for given in inputs:
        if given.holds == holds:
            # Its layout alone says nothing: anybody can write one.
            known = given.format != formats.BY_COLUMNS and "://" in given.source
            publisher = formats.by_id(given.format).publisher if known else ""
            who = "" if "://" in given.source else given.source
            named = publisher or who or Path(given.file).name
            names.append(
                f"{named} of {given.year}" if holds == "demographics" and given.year else named
            )
    return ", ".join(dict.fromkeys(names))


def text(body: Mapping[str, Any]) -> str:
    """The scenario as YAML with a comment above each part."""
    values = {"{name}": str(body["id"]), "{adjective}": printable(body["treatment"]["adjective"])}
    comments = start()["comments"]
    parts = []
    for key, value in body.items():
        comment = comments.get(key, "")
        for name, said in values.items():
            comment = comment.replace(name, said)
        block = yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, width=110)
        block = _models(value) if key == "models" else block
        parts.append((f"# {comment}\n" if comment else "") + block)
    return "".join(parts)


def _models(models: list[dict[str, str]]) -> str:
    lines = [
        "  - " + yaml.safe_dump(m, default_flow_style=True, sort_keys=False, width=10_000).strip()
        for m in models
    ]
    return "models:\n" + "\n".join(lines) + "\n" if lines else "models: []\n"
