"""The story of a book in a few estimates: from the raw gap to what is left of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from sevenpercent.model import numbers
from sevenpercent.model.results import Value
from sevenpercent.model.scenario import Scenario
from sevenpercent.stats import designs
from sevenpercent.stats.compare import fate
from sevenpercent.stats.designs.design import Comparison
from sevenpercent.stats.designs.sizes import SETTLED

COLUMNS = ["step", "definition", "outcome", "key", "estimate", "se", "lo", "hi", "n", "unit"]

LEVEL = "level_two_party"

AMOUNTS = ("claimed", "lead", "net", "gross")
"""What is told in votes; see :func:`in_votes`."""

PAPER = "designs.p4.estimate"
"""Machine count minus recounted paper."""


def steps(known: Mapping[str, Value], definitions: Iterable[str], **lead: str) -> pd.DataFrame:
    """Estimates of other chapters that the first page tells, one a row.

    `known`: numbers of the other chapters by key; a step that is not there is left out;
    `definitions`: every declared definition of "electronic"; `**lead`: ``place``, ``definition``,
    ``outcome``, ``controls`` and ``errors`` that lead in the book.

    Returns ``step``: ``raw`` (level as counted), ``demographics`` and ``chance`` (the same with no
    fault in any machine, machines reassigned by demographics alone and by the earlier vote too),
    ``start`` and ``level`` (the level as the chapter on controls has it, as counted and adjusted), ``change`` (the leading outcome as counted), ``held``
    (adjusted), ``hurts`` (adjusted, by the definition for which it is most negative and its
    interval below zero) and ``paper``. **Negative** = the harmed party did worse where electronic.
    """
    lead = {**lead, "place": lead["place"].lower()}
    own = lead["definition"]
    gap = numbers.key({"analysis": "gap", "place": lead["place"], "definition": own})
    bare = {"controls": "none"}
    found = [
        ("raw", own, LEVEL, f"{gap}.{LEVEL}.mean"),
        ("demographics", own, LEVEL, f"{gap}.demographics.{LEVEL}.spatial"),
        ("chance", own, LEVEL, f"{gap}.chance.{LEVEL}.spatial"),
        ("start", own, LEVEL, _compared(own, {**lead, "outcome": LEVEL, **bare})),
        ("level", own, LEVEL, _compared(own, {**lead, "outcome": LEVEL})),
        ("change", own, lead["outcome"], _compared(own, lead | bare)),
        ("held", own, lead["outcome"], _compared(own, lead)),
    ]
    keys = {name: _compared(name, lead) for name in definitions}
    there = [(known[key], name, key) for name, key in keys.items() if key in known]
    against = [(v.value, name, key) for v, name, key in there if v.hi is not None and v.hi < 0]
    if against:
        _, name, key = min(against)
        found.append(("hurts", name, lead["outcome"], key))
    found.append(("paper", "", "", PAPER))
    rows = [
        [*step, v.value, v.se, v.lo, v.hi, v.n, v.unit]
        for step in found
        if (v := known.get(step[-1])) is not None
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _compared(definition: str, lead: Mapping[str, str]) -> str:
    """Key of an unweighted comparison of counties."""
    return numbers.key(
        {**lead, "analysis": "controls", "definition": definition, "weights": "none"}
    )


def in_votes(known: Mapping[str, Value], place: str, claimed: int | None) -> pd.DataFrame:
    """What is in question, each as a number of votes (not negative); what is not known is left out.

    `known`: numbers of the other chapters by key; `place`: state of the claim; `claimed`: votes
    that were said to be missing. Returns ``row`` (``claimed``, ``lead``, ``net`` and ``gross``
    change of the recount), ``votes``.
    """
    here = f"recount.{place.lower()}"
    keys = {
        "lead": [f"{here}.margin.recount", f"electoral.margin.{place.lower()}.final"],
        "net": [f"{here}.net_change"],
        "gross": [f"{here}.absolute_change"],
    }
    found = [("claimed", float(claimed))] if claimed else []
    for row, wanted in keys.items():
        values = [known[k].value for k in wanted if k in known]
        if values and isinstance(values[0], (int, float)):
            found.append((row, abs(float(values[0]))))
    return pd.DataFrame(found, columns=["row", "votes"])


def beside_claim(
    known: Mapping[str, Value], s: Scenario, points: Mapping[str, float]
) -> pd.DataFrame:
    """The county comparison beside what was claimed, in the claim's own unit.

    `known`: numbers of the other chapters by key; `points`: the claimed size in points of the
    two-party share (:func:`.designs.sizes.by_way`). Returns one row, or one for each way that claimed votes may have been moved:
    ``label, estimate, lo, hi`` and ``claimed``, in points (**negative** = harm) or, where the claim
    names votes, in votes (**positive** = harm), of the lead where it counts these; empty where
    nothing was compared.
    """
    found = [(label, "designs.p1.estimate", -x) for label, x in points.items()]
    if s.claim.unit == "votes" and s.designs is not None:
        asked = s.designs.sizes
        own = [n for n, z in asked.items() if z.amount in ("votes", "votes_most")]
        led = [n for n in s.leading if n in own]  # else the lower end of a range, which comes first
        found = [
            (f"if {how}", f"designs.p1.votes.{how}", s.claim.of_votes(z.amount, how))
            for how, z in {asked[n].how: asked[n] for n in led or own[::-1]}.items()
        ]
    twice = {"if switched"} if s.claim.counted == "lead" else set()  # one moves the lead by two
    rows = [
        (label, *((1 + (label in twice)) * float(x or 0) for x in (v.value, v.lo, v.hi, claimed)))
        for label, key, claimed in found
        if (v := known.get(key)) is not None and v.value is not None
    ]
    return pd.DataFrame(rows, columns=["label", "estimate", "lo", "hi", "claimed"])


def falls_short(known: Mapping[str, Value], sizes: Iterable[str]) -> bool:
    """Whether the county comparison, by its own margin of error, rules out each of these sizes of harm."""
    bound, asked = number(known, "designs.p1.bound"), _asked(known, sizes)
    return bound is not None and bool(asked) and bound < min(asked)


def goes_beyond(known: Mapping[str, Value], sizes: Iterable[str]) -> bool:
    """Whether the county comparison's own interval lies wholly beyond each of these sizes of harm."""
    found, asked = known.get("designs.p1.estimate"), _asked(known, sizes)
    return found is not None and found.hi is not None and bool(asked) and -found.hi > max(asked)


def _asked(known: Mapping[str, Value], sizes: Iterable[str]) -> list[float]:
    """Sizes of harm in the county comparison's unit (positive)."""
    keys = [f"designs.p1.size.{name}" for name in sizes]
    return [float(number(known, key)) for key in keys if key in known]


def also_decides(
    known: Mapping[str, Value], s: Scenario, shown: Iterable[str]
) -> tuple[float, float] | None:
    """Harm that the county comparison finds and the least that changes the winner, where the first is larger.

    Both in its own unit (positive). None where nothing is `shown`, or where neither the least size
    that is, nor what is found, would have changed the winner.
    """
    sizes = s.designs.sizes if s.designs else {}
    deciding = [name for name, size in sizes.items() if size.amount == "decisive"]
    least = [min(_asked(known, names), default=0.0) for names in (shown, deciding)]
    harm = -float(number(known, "designs.p1.estimate") or 0.0)
    return (harm, least[1]) if min(least[0], harm) > least[1] > 0 else None


def explained(raw: Any, after: Any, wide: float) -> bool:
    """Whether adjusting leaves nothing that can be distinguished from zero, and rules out as much as was there before.

    `raw`, `after`: rows of :func:`steps`; `wide`: as in :func:`sevenpercent.stats.compare.fate`.
    """
    return fate(raw.estimate, after.lo, after.hi, wide) == "gone"


def spread_only(s: Scenario, asked: Iterable[str]) -> bool:
    """Whether harm of these sizes is tried as the same everywhere, and not all of it in a few places too."""
    known = s.designs.sizes if s.designs else {}
    return all(known[name].amount in SETTLED for name in asked)


class OnClaimsSide(NamedTuple):
    """Of several comparisons: how many have an interval below zero, of how many, and the lowest."""

    below: int
    n: int
    lowest: Value | None


def on_claims_side(known: Mapping[str, Value], s: Scenario) -> OnClaimsSide:
    """What the regressions find that a book lists one by one, of the place of its claim."""
    ours, in_logs = s.treatment.meanings(), s.outcome.primary.startswith("log")
    own = [
        m.id
        for m in s.models
        if (m.place == s.focus and s.controls[m.controls] and m.reading in ours)
        and m.outcome.startswith("log") == in_logs  # one unit for all
    ]
    return _on_claims_side(known, [f"controls.model.{name}" for name in own])


def declared_on_claims_side(known: Mapping[str, Value], s: Scenario) -> OnClaimsSide:
    """What the designs and their declared neighbours find, of the machines in question, where the counts are asked."""
    keys: list[str] = []
    other = set(s.treatment.readings)
    if s.designs:
        other -= set(s.treatment.meanings(s.designs.counties.treatment))
    for key, design in (designs.of(s) if s.designs else {}).items():
        if isinstance(design, Comparison) and design.role == "counts":
            near = design.spec(s).neighbours.items()
            own = [f".neighbour.{name}" for name, spec in near if spec.treatment not in other]
            keys += [f"designs.{key}{part}.estimate" for part in ("", *own)]
    units = Counter(known[key].unit for key in keys if key in known).most_common(1)  # one for all
    return _on_claims_side(
        known, [k for k in keys if units and k in known and known[k].unit == units[0][0]]
    )


def _on_claims_side(known: Mapping[str, Value], keys: Iterable[str]) -> OnClaimsSide:
    found = [(v, v.hi) for v in map(known.get, keys) if v and v.hi is not None]
    below = [v for v, hi in found if hi < 0]
    lowest = min(below, key=lambda v: float(str(v.value)), default=None)
    return OnClaimsSide(len(below), len(found), lowest)


def number(known: Mapping[str, Value], key: str) -> Any:
    """The number under a key; None where there is none."""
    return known[key].value if key in known else None


def chances(known: Mapping[str, Value], grids: Iterable[str]) -> pd.DataFrame:
    """How often chance alone gives as much as all regressions of a grid together.

    Returns one row a grid that the book has: ``place`` and ``p``, the p value of each statistic,
    the mildest first.
    """
    rows = []
    for place in grids:
        stem = f"multiverse.{place.lower()}.joint."
        found = [
            float(value.value)
            for key, value in known.items()
            if key.startswith(stem)
            and key.endswith(".p")
            and not key.endswith(".naive.p")
            and isinstance(value.value, float)
        ]
        if found:
            rows.append((place.lower(), sorted(found, reverse=True)))
    return pd.DataFrame(rows, columns=["place", "p"])


def headline(known: Mapping[str, Value], ids: Iterable[str]) -> pd.DataFrame:
    """Verdicts of the claims that stand on the first page: id, claim, final."""
    keys = {name: f"claims.{name}.final" for name in ids}
    return pd.DataFrame(
        [(n, known[k].label, known[k].value) for n, k in keys.items() if k in known],
        columns=["id", "claim", "final"],
    )
