"""Narrow a scenario to one place, one election, one reading: what belongs to others is left out."""

from __future__ import annotations

import copy
from typing import Any

from sevenpercent.data import tables
from sevenpercent.errors import InputError, nearest
from sevenpercent.model.scenario import NATION, moved, without_local


def narrowed(
    body: dict[str, Any], state: str | None, year: int | None, reading: str | None
) -> dict[str, Any]:
    """Make the mapping of a narrower scenario.

    `body`: a whole scenario as a mapping, defaults filled in; not changed; `state`: the only state,
    on which the claim is then made to put its numbers. ``US``: the nation, beside the states that
    the scenario has. Elsewhere than in the scenario's own state the county design uses the leading
    reading; `year`: the election; the one before it in the table of votes becomes the one it is
    compared with; `reading`: the only one, also that of the county design.

    Returned without models, neighbours and placebo elections that do not fit any more; elsewhere
    than in the scenario's own state and year, without tables below the county and the designs that
    need them. Raises InputError: no such reading, or no earlier election to compare with.
    """
    out = copy.deepcopy(body)
    if (year or body["year"]) != body["year"]:
        without_local(out)
    if state is not None:
        _at(out, state)
    if year is not None and year != body["year"]:
        _in(out, year)
    if reading is not None:
        _read(out, reading)
    return out


def _at(body: dict[str, Any], state: str) -> None:
    if state != body["claim"]["state"]:
        moved(body, state)
    body["nation"] = state == NATION
    if state != NATION:
        body["states"] = [state]
        body["flips"] = [f for f in body["flips"] if f == state]
        body["models"] = [m for m in body["models"] if m["place"] == state]


def _in(body: dict[str, Any], year: int) -> None:
    folder = body["tables"]["folder"]
    votes = tables.loader(folder)(body["tables"]["votes"])
    earlier = sorted({int(y) for y in votes["year"].unique() if y < year})
    if not earlier:
        raise InputError("no earlier election to compare with", column="year", value=year)
    body["year"], body["prior_year"] = year, earlier[-1]
    body["prior_years"] = [y for y in body["prior_years"] if y < year] or earlier
    both = set.intersection(
        *(set(votes.loc[votes["year"] == y, "vintage"]) for y in (year, earlier[-1]))
    )
    if body["treatment"]["vintage"] not in both and "certified" in both:
        body["treatment"]["vintage"] = "certified"
    body["sensitivity"]["again"] = [y for y in body["sensitivity"]["again"] if y > year]
    if body["designs"] is not None:
        design = body["designs"]["counties"]
        design["placebos"] = [y for y in design["placebos"] if y < earlier[-1]]


def _read(body: dict[str, Any], reading: str) -> None:
    treatment = body["treatment"]
    if reading not in treatment["readings"]:
        what = f"scenario {body['id']} has no such reading"
        raise InputError(what, value=reading, fix=nearest(reading, treatment["readings"]))
    treatment["readings"] = {reading: treatment["readings"][reading]}
    treatment |= {"primary": reading, "national": [reading]}
    body["models"] = [m for m in body["models"] if m["reading"] == reading]
    if body["sensitivity"]["dose"] != reading:
        body["sensitivity"]["dose"] = None
    if body["designs"] is not None:
        design = body["designs"]["counties"]
        design["treatment"] = reading
        near = design["neighbours"].items()
        design["neighbours"] = {n: v for n, v in near if v["treatment"] in (None, reading)}
