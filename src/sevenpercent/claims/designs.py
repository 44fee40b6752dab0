"""The verdict rule of the primary designs: is an effect of one size excluded, shown or left open."""

from __future__ import annotations

from collections.abc import Mapping

from sevenpercent.claims.rule import Outcome, Over, Roles, Threshold, real, rule
from sevenpercent.claims.words import Word
from sevenpercent.errors import InputError
from sevenpercent.model.results import Value
from sevenpercent.stats import decisions


@rule(roles="estimates df mde size", may_roles="paper paper_size placebo")
def primary_designs(roles: Roles, limits: Mapping[str, Threshold], over: Over) -> Outcome:
    """Ask several designs and the recounted paper whether machines did harm of one size.

    Negative estimates are harm; sizes and minimum detectable effects are positive amounts of
    harm; each design brings its own unit, so that nothing is ever compared across units. Labels
    name the designs and are the same in ``estimates`` (with standard errors), ``df``, ``mde`` and
    ``size``. A design votes only if its minimum detectable effect (80 % power, 5 %) is no larger
    than the size. ``paper`` is original count minus recount (negative: the paper gave the harmed
    side more than the machines had), with its interval; ``paper_size`` the size in that unit;
    ``placebo`` estimates where nothing can have happened.

    The rest is :func:`sevenpercent.stats.decisions.decide`, a design having a vote when its minimum
    detectable effect is no larger than the size.

    Raises
    ------
    InputError
        A design lacks its standard error, or roles do not name the same designs.
    """
    most = _most_harm(roles)
    excludes = None
    if most is not None:
        excludes = most < real(_single(roles, "paper_size").value, "paper_size")
    same = [k for k, v in roles.get("placebo", {}).items() if v.hi is not None and v.hi < 0]
    said = decisions.decide(_answers(roles), excludes, same)
    return Outcome(Word(said.verdict), said.because)


def _answers(roles: Roles) -> list[decisions.Answer]:
    out = []
    for label, x in roles["estimates"].items():
        if x.value is None:
            continue
        if x.se is None:
            raise InputError("a design has no standard error", value=label)
        numbers = {}
        for role in ("df", "mde", "size"):
            if label not in roles[role]:
                raise InputError(f"a design has no {role}", value=label)
            numbers[role] = real(roles[role][label].value, f"{role} of {label}")
        df, size = numbers["df"], numbers["size"]
        said = decisions.answer(label, real(x.value, label), x.se, df, size)
        out.append(said._replace(sees=numbers["mde"] <= size))
    return out


def _most_harm(roles: Roles) -> float | None:
    """Most harm that the recounted paper allows, as a positive amount; None without paper."""
    if not roles.get("paper"):
        return None
    paper = _single(roles, "paper")
    return None if paper.value is None or paper.lo is None else -paper.lo


def _single(roles: Roles, role: str) -> Value:
    values = list(roles.get(role, {}).values())
    if len(values) != 1:
        raise InputError("a rule needs exactly one result here", column=role, value=len(values))
    return values[0]
