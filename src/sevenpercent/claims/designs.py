"""The verdict rule of the primary designs: is an effect of one size excluded, shown or left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy.special import stdtrit

from sevenpercent.claims.rule import Outcome, Over, Roles, Threshold, real, rule
from sevenpercent.claims.words import Word
from sevenpercent.errors import InputError
from sevenpercent.model.results import Value

LEVEL = 0.05
"""Error rate of every single test in the rule."""


@dataclass(frozen=True)
class Design:
    """One design and one size, all in that design's own unit.

    Attributes
    ----------
    estimate, se, df : float
        Negative estimate: the harmed side did worse where voting was electronic.
    mde : float
        Smallest harm that the design finds with 80 % power at 5 % (positive).
    size : float
        The harm that is asked about (positive).
    """

    label: str
    estimate: float
    se: float
    df: float
    mde: float
    size: float

    @property
    def votes(self) -> bool:
        """Whether the design could have seen harm of this size."""
        return self.mde <= self.size

    @property
    def excludes(self) -> bool:
        """Whether its one-sided 95 % bound lies above harm of this size (an equivalence test)."""
        return self.estimate - float(stdtrit(self.df, 1 - LEVEL)) * self.se > -self.size

    @property
    def negative(self) -> bool:
        """Whether its two-sided 95 % interval lies below zero."""
        return self.estimate + float(stdtrit(self.df, 1 - LEVEL / 2)) * self.se < 0

    @property
    def shows(self) -> bool:
        """Whether it is negative beyond chance and its estimate reaches the size."""
        return self.negative & (self.estimate <= -self.size)


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

    - **does not hold**: every voting design excludes harm of that size (one-sided 5 %), and what
      the paper allows, at most, is smaller than the size.
    - **holds**: every voting design is negative beyond chance and reaches the size, no placebo
      is negative beyond chance, and the paper allows harm of that size.
    - **depends on the definition**: voting designs disagree, or the paper or a placebo says
      otherwise than they do.
    - **cannot be tested**: no paper was counted, no design could have seen the size, or no voting
      design decides.

    It never says that there was no effect.

    Raises
    ------
    InputError
        A design lacks its standard error, or roles do not name the same designs.
    """
    designs = _designs(roles)
    if not designs:
        return Outcome(Word.CANNOT_BE_TESTED, "there is no variation in treatment to estimate from")
    voting = [d for d in designs if d.votes]
    if not voting:
        return Outcome(Word.CANNOT_BE_TESTED, "no design could have seen an effect of this size")
    most = _most_harm(roles)
    if most is None:
        if all(d.excludes for d in voting):
            reason = "no evidence of an effect of this size, and no paper to check it against"
        else:
            reason = "no paper to check the designs against"
        return Outcome(Word.CANNOT_BE_TESTED, reason)
    paper_excludes = most < real(_single(roles, "paper_size").value, "paper_size")
    excluding = [d.label for d in voting if d.excludes]
    showing = [d.label for d in voting if d.shows]
    others = [d.label for d in voting if d.label not in excluding and d.label not in showing]
    if len(excluding) == len(voting):
        if paper_excludes:
            return Outcome(Word.DOES_NOT_HOLD, f"excluded by {_names(excluding)} and by the paper")
        return Outcome(Word.DEPENDS, f"excluded by {_names(excluding)}, not by the paper")
    if len(showing) == len(voting):
        same = [k for k, v in roles.get("placebo", {}).items() if v.hi is not None and v.hi < 0]
        against = [f"{_names(same)} shows the same with no machine to blame"] if same else []
        against += ["the paper excludes it"] if paper_excludes else []
        if not against:
            return Outcome(Word.HOLDS, f"shown by {_names(showing)}")
        return Outcome(Word.DEPENDS, f"shown by {_names(showing)}, but {' and '.join(against)}")
    if excluding or showing:
        parts = [("excluded by", excluding), ("shown by", showing), ("left open by", others)]
        return Outcome(Word.DEPENDS, ", ".join(f"{w} {_names(ls)}" for w, ls in parts if ls))
    return Outcome(Word.CANNOT_BE_TESTED, f"neither excluded nor shown by {_names(others)}")


def _designs(roles: Roles) -> list[Design]:
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
        out.append(Design(label, real(x.value, label), x.se, **numbers))
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


def _names(labels: list[str]) -> str:
    *head, last = labels
    return f"{', '.join(head)} and {last}" if head else last
