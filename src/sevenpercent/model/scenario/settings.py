"""Keys that a run sets otherwise than a scenario's file, and what follows from them."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, get_args

from sevenpercent.model.scenario.designing import Designs
from sevenpercent.model.scenario.parts import NATION, Claim, Unit
from sevenpercent.model.scenario.whole import put

LOCAL = {
    "tables": ("units", "unit_votes", "units_before", "municipalities"),
    "designs": ("municipalities", "same_ballots"),
    "multiverse": ("municipalities",),
    "audit": ("cost_fact",),
}
"""Keys about below-county data of one state and one election; no other has a use for them."""

MOVING = ("claim.state", "year", "prior_year")
"""Keys that take a book away from them."""

OF_BEFORE = {
    "tables": ("units_before",),
    "designs": ("municipalities", "same_ballots"),
    "multiverse": ("municipalities",),
}
"""Those of them that rest on the election before; a recount does not."""

OF_CLAIM = ("votes_most", "percent_each")
"""Amounts of a size that say what the claim says, beside the units that it may be in."""

OF_ELECTION = ("parties", "year", "prior_year")
"""Keys that say which election it is, and who stood: what others said or published is about one."""

_SAID = ("percent", "votes", "votes_most", "unit", "counted", "side")
OF_SIZE = tuple(f"claim.{key}" for key in _SAID)
"""Keys that say how much the book's claim says."""


def without_local(body: dict[str, Any], local: Mapping[str, Iterable[str]] = LOCAL) -> None:
    """Drop tables below the county and what rests on them, in place.

    Designs that are no field of the model go too: they may name machines and places of one election.
    """
    for name in _further(body):
        del body["designs"][name]
    for part, keys in local.items():
        if body[part] is not None:
            body[part] |= dict.fromkeys(keys)


def _further(body: Mapping[str, Any]) -> list[str]:
    """Sections of designs that are no field of the model."""
    return [name for name in body["designs"] or () if name not in Designs.model_fields]


def apply(body: dict[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Set keys of a whole scenario, in place, and let what rests on them follow.

    `body`: a scenario's mapping with its defaults filled in; `settings`: dotted key -> value. Where
    the claim moves to another state, so do the designs (:func:`moved`); where the election is
    another one, tables below the county are left out. Published models about other candidates, other
    years, or places that the book no longer has are left out. A claim about another place, size, side
    or election is no one's, and the margin that was reported is of one place and election. What is
    named in `settings` stays as it is named.

    Returns the keys whose values are others now. Raises InputError: the key is not one of a
    scenario's.
    """
    stood, local = _said_of(body), _locals(body)
    led, unit = [_at(body, key) for key in LEADING], body["claim"]["unit"]
    new = [key for key, value in settings.items() if value != _at(body, key)]
    before, state = _places(body), settings.get("claim.state")
    if isinstance(state, str) and state != body["claim"]["state"]:
        moved(body, state)
    if settings.get("year", body["year"]) != body["year"]:
        without_local(body)
    if settings.get("prior_year", body["prior_year"]) != body["prior_year"]:
        without_local(body, OF_BEFORE)
    _other_years(body, settings)
    for key, value in settings.items():
        put(body, key, value)
    new += _same_machines(body, led, settings)
    sized = body["designs"] is None or touched(["designs.sizes"], settings)
    if _at(body, "claim.unit") != unit and not sized:
        _in_unit(body["claim"], body["designs"])
    if "designs.counties.treatment" in new and not touched([NEAR], settings):
        design = body["designs"]["counties"]
        near = design["neighbours"].items()
        design["neighbours"] = {n: v for n, v in near if v["treatment"] != design["treatment"]}
    for key, of in {
        "who": ["parties", "year", *OF_SIZE, "claim.state"],
        "margin": ["parties", "year", "claim.side", "claim.state"],
    }.items():
        if touched(of, new) and not {"claim", f"claim.{key}"} & {*settings}:
            body["claim"][key] = Claim.model_fields[key].default
    now = dict(zip(stood, _said_of(body), strict=True))
    for key in {"title", "subtitle"} - {*settings}:
        body[key] = re.sub(r"\w+", lambda word: now.get(word[0], word[0]), body[key])
    gone, other = before - _places(body), touched(OF_ELECTION, new)
    if "models" not in settings:
        body["models"] = [m for m in body["models"] if m["place"] not in gone and not other]
    body["behind"] = sorted({*body["behind"], *local} - {*_locals(body)})
    return new


NEAR = "designs.counties.neighbours"
"""Key of the county design's neighbours; one that becomes the design itself is none."""

LEADING = "treatment.primary", "designs.counties.treatment"
"""Keys that say which machines the pages, and the verdicts, are about."""


def _same_machines(
    body: dict[str, Any], before: Sequence[object], named: Container[str]
) -> list[str]:
    """Let the other of :data:`LEADING` follow where one names other machines now, and say which did."""
    now, of = [_at(body, key) for key in LEADING], _at(body, "treatment.readings")
    changed = [i for i in (0, 1) if now[i] != before[i]]
    named_of = of if isinstance(of, Mapping) else {}
    read = [r for n in now if isinstance(n, str) and isinstance(r := named_of.get(n), Mapping)]
    if len(changed) != 1 or len(read) != 2:
        return []  # what is no reading is refused elsewhere
    name, other = now[changed[0]], LEADING[1 - changed[0]]
    words = ("electronic", "adjective")
    said = [[r.get(w) or _at(body, f"treatment.{w}") for w in words] for r in read]
    if said[0] == said[1] or other in named:
        return []
    put(body, other, name)
    return [other]


def _in_unit(claim: Mapping[str, Any], designs: dict[str, Any]) -> None:
    """Let the sizes of harm have one in the claim's unit, in place of those in others."""
    unit, sizes = claim.get("unit", Claim.model_fields["unit"].default), designs["sizes"]
    own = {n: z for n, z in sizes.items() if z["amount"] in (*OF_CLAIM, *get_args(Unit))}
    if not own or any(z["amount"].removesuffix("_each") == unit for z in own.values()):
        return
    first = next(iter(own))
    made = {first: own[first] | {"amount": unit}}
    if unit.startswith("points"):  # a share moves as if votes had been switched
        made[first] |= {"how": "switched"}
    if unit == "percent":  # which does not say whether the votes were switched, so there are two
        made[first] |= {"how": "added" if claim.get("side") else "deleted"}
        made[f"{first}_switched"] = made[first] | {"how": "switched"}
    designs["sizes"] = made | {name: z for name, z in sizes.items() if name not in own}


def _locals(body: Mapping[str, Any]) -> list[str]:
    """Keys about below-county data that a scenario has."""
    every = [f"{part}.{key}" for part, keys in LOCAL.items() for key in keys]
    every += [f"designs.{name}" for name in _further(body)]
    return [key for key in every if _at(body, key) is not None]


def _said_of(body: Mapping[str, Any]) -> list[str]:
    """What a title may say of the election: its year and who stood."""
    return [str(body["year"]), *(side["candidate"] for side in body["parties"].values())]


def _other_years(body: dict[str, Any], settings: Mapping[str, Any]) -> None:
    """Let other years bring their candidates, as far as they are known, and drop years on the wrong side of them."""
    stood = {body["year"]: "candidate", body["prior_year"]: "prior_candidate"}
    now = {"candidate": "year", "prior_candidate": "prior_year"}
    years = {key: settings.get(key, body[key]) for key in now.values()}
    same = years == {key: body[key] for key in years}
    if same or not all(isinstance(y, int) for y in years.values()):
        return
    for side in body["parties"].values():
        known = {year: side[role] for year, role in stood.items()}
        nobody = f"the {side['adjective']} candidate"
        side |= {role: known.get(years[key], nobody) for role, key in now.items()}
    _relabel(body, {str(body[key]): str(year) for key, year in years.items()})
    again, designs = body["sensitivity"]["again"], body["designs"]
    body["sensitivity"]["again"] = [y for y in again if y > years["year"]]
    if designs is not None:
        own = designs["counties"]
        own["placebos"] = [y for y in own["placebos"] if y < years["prior_year"]]


def _relabel(part: object, years: Mapping[str, str]) -> None:
    """Let labels name the years that are set now, in place."""
    if isinstance(part, list):
        for one in part:
            _relabel(one, years)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "label" and isinstance(value, str):
                part[key] = re.sub(r"\d{4}", lambda year: years.get(year[0], year[0]), value)
            else:
                _relabel(value, years)


def moved(body: dict[str, Any], state: str) -> None:
    """Let the claim put its numbers on another state, or on the country, in place.

    The county design uses the leading reading there, because its own may be one that a single
    state's records tell, and no year without machines, which is known of the first state alone.
    What rests on tables of the first state is left out.
    """
    before = body["claim"]["state"]
    body["claim"]["state"] = state
    without_local(body)
    if body["designs"] is None:
        return
    if state == NATION:  # electors decide there, not the votes of the whole country
        sizes = body["designs"]["sizes"]
        body["designs"]["sizes"] = {n: z for n, z in sizes.items() if z["amount"] != "decisive"}
    design = body["designs"]["counties"]
    design["treatment"] = body["treatment"]["primary"]
    design["placebos"] = []  # years before any machine stood in the first state
    own = ["treatment"]
    if NATION in (before, state):
        # Between a state and the nation the errors change, and what they are clustered by.
        nation = state == NATION
        errors = body["errors_nation" if nation else "errors"]
        design |= {"effects": "state" if nation else "none", "errors": errors}
        own += ["effects", "errors"]
    near = design["neighbours"].items()
    design["neighbours"] = {n: v for n, v in near if not any(v[key] for key in own)}


def touched(follows: Iterable[str], changed: Iterable[str]) -> list[str]:
    """Changed keys that words which follow some keys may not hold for.

    A part follows its whole, and a whole each of its parts.

    >>> touched(["claim.percent", "parties"], ["held", "claim", "parties.harmed"])
    ['claim', 'parties.harmed']
    """
    every = [f"{key}." for key in follows]
    return [
        c for c in changed if any(f"{c}.".startswith(f) or f.startswith(f"{c}.") for f in every)
    ]


def _places(body: Mapping[str, Any]) -> set[str]:
    states = body["states"] if isinstance(body["states"], list) else []
    return {str(s) for s in states} | ({NATION} if body["nation"] else set())


def _at(body: Any, dotted: str) -> object:
    for part in dotted.split("."):
        body = body.get(part) if isinstance(body, Mapping) else None
    return body
