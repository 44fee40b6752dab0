"""The statements of a new book: what was claimed, in the form that the ledger of claims decides."""

from __future__ import annotations

import math
import re

import yaml

from sevenpercent.escape import template
from sevenpercent.model.scenario import NATION, Scenario
from sevenpercent.model.scenario.settings import OF_SIZE
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.own.new_book import place_name

HEADLINE = ("less-there", "machines-cost")
"""Statements of every new book."""


def text(chosen: Scenario, reported: str = "") -> str:
    """The file of claims as YAML.

    `chosen`: with designs; its claim is put as two statements: that the harmed side had less where
    the machines are, and that the machines are the reason; `reported`: day of the claim as
    ``YYYY-MM-DD``; anything else is no day.
    """
    # What nobody said was said on no day.
    dated = bool(chosen.claim.who) and re.fullmatch(r"\d{4}-\d\d-\d\d", reported)
    said = {"said_on": reported} if dated else {}
    who = chosen.claim.who or "nobody; the size was set for this exercise"
    title = (
        f"The claim of {chosen.claim.who}" if chosen.claim.who else "An exercise: no one's claim"
    )
    common = {"report": ["claim"], "who": who, **said, "kind": "statistic"}
    asked = ["treatment.primary"] if chosen.treatment.several else []
    follows = [*OF_SIZE, *asked]
    put = [{"id": HEADLINE[0], **common, **_less(chosen), "follows": follows}]
    if chosen.designs is not None:
        follows = ["designs.counties.treatment", *asked] if asked else []
        put.append({"id": HEADLINE[1], **common, **_cost(chosen), "follows": follows})
    body = {"reports": [{"id": "claim", "title": title, **said}], "claims": put}
    dumped = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=110)
    head = "# Statements put to the counts. inputs: role -> label -> result key. Negative: it did worse there.\n"
    # A day in quotation marks would be a text to YAML and no date.
    return head + re.sub(r"said_on: '([\d-]+)'", r"said_on: \1", dumped)


def _less(s: Scenario) -> dict[str, object]:
    """The harmed side had at least that much less: in every reading, in level and in change."""
    place, claim, size = s.focus.lower(), s.claim, s.claim.percent or 0.0
    readings = s.treatment.national if s.focus == NATION else list(s.treatment.readings)
    varying = {m.reading for m in s.models if m.place == s.focus}  # the others have no difference
    readings = [r for r in readings if r in varying] or readings
    if s.treatment.several:  # other machines are no other meanings of what is claimed
        readings = [s.treatment.primary]
    where = f"in counties of {place_name(s.focus)} with {s.treatment.electronic}"
    if claim.unit == "votes":
        return _short(s, where)
    said, sign = f"{Vocabulary(s).asserted} {where}", -1
    if claim.unit == "percent":
        said += " than elsewhere, " + (
            "as shares of all votes" if s.prior_office else "by what the last election gave"
        )
        outcomes = {"log_ratio": f"votes compared with {s.prior_year}, log points"}
        if s.prior_office:
            outcomes = {"level_log_share": f"share of all votes in {s.year}, log points"}
        limit = 100 * math.log(1 + size / 100 if claim.gain else 1 - min(size, 99) / 100)
    else:
        share = "share_all" if claim.unit == "points_all" else "two_party"
        outcomes = {
            f"level_{share}": f"share in {s.year}",
            f"change_{share}": f"change since {s.prior_year}",
        }
        outcomes = {n: w for n, w in outcomes.items() if n in s.outcome.shown}
        limit = -size
    if claim.gain and claim.unit != "points":
        outcomes = {f"favoured_{name}": words for name, words in outcomes.items()}
        limit, sign = abs(limit), 1
    measured = {
        f"{words} ({s.treatment.readings[r].label})": f"gap.{place}.{r}.{outcome}.mean"
        for outcome, words in outcomes.items()
        for r in readings
    }
    harmed = s.parties.harmed.candidate
    # The leading reading alone, each in the words of its outcome.
    lead = s.treatment.primary if s.treatment.primary in readings else readings[0]
    told = {words: f"gap.{place}.{lead}.{outcome}.mean" for outcome, words in outcomes.items()}
    return {
        "paraphrase": f"{said}.",
        "as_of": f"the county counts of {s.year} used here",
        "check": "Whether the plain difference, as counted, is at least that large"
        + ("." if len(readings) == 1 else f" {Vocabulary(s).by('every')}."),
        "rule": "at_most" if sign < 0 else "at_least",
        "inputs": {"both": {"measured": measured}},
        "thresholds": {"limit": round(limit, 6)},
        "evidence": f"As counted, in {'log points' if claim.unit == 'percent' else 'points'}: "
        + "; ".join(f"{words} {{{{ r['{key}'] | signed(2) }}}}" for words, key in told.items())
        + ("" if sign > 0 else f" (negative: {template(harmed)} did worse there)")
        + ". At least that much: {{ because }}.",
        "would_change": "Other counts of the votes, or another list of machines.",
        "contradicts": [],
    }


def _short(s: Scenario, where: str) -> dict[str, object]:
    """So many votes: what the plain difference and the county comparison stand for, in votes."""
    assert s.designs is not None
    ends = {n: z for n, z in s.designs.sizes.items() if z.amount in ("votes", "votes_most")}
    first = next(iter(ends))
    moved = s.claim.of_votes(ends[first].amount, ends[first].how)
    stem = f"designs.p1.votes.{ends[first].how}"
    sides = s.parties
    gained = f"{sides.harmed.candidate} gained less"
    if s.claim.gain:
        gained = f"{sides.favoured.candidate} gained more"
    return {
        "paraphrase": f"Since {s.prior_year}, {gained} {where} than elsewhere, by {s.claim.votes:,} votes or more.",
        "as_of": f"the county counts of {s.year} used here",
        "check": "Whether the differences, each turned into the votes that it stands for in these counties, are at "
        f"least {moved:,.0f} votes {ends[first].how}.",
        "rule": "at_least",
        "inputs": {
            "both": {"measured": {"as counted": f"{stem}.raw", "between similar counties": stem}}
        },
        "thresholds": {"limit": moved},
        "evidence": f"The change since {s.prior_year} as counted stands for {{{{ r['{stem}.raw'] | signed(0) }}}} votes "
        f"{ends[first].how}, between similar counties for {{{{ r['{stem}'] | signed(0) }}}} "
        f"({{{{ r['{stem}'].lo | signed(0) }}}} to {{{{ r['{stem}'].hi | signed(0) }}}}); positive: "
        f"{template(gained)} there. At least so many: {{{{ because }}}}.",
        "would_change": "Other counts of the votes, or another list of machines.",
        "contradicts": [],
    }


def _cost(s: Scenario) -> dict[str, object]:
    """The machines are the reason: the declared design is asked about harm of that size."""
    assert s.designs is not None
    sizes = s.leading if s.claim.margin is None else list(s.designs.sizes)[:1]
    every = "in every definition that was declared before the votes were read, "
    every = "" if s.treatment.several else every
    p1, beside = "designs.p1", ""
    context = {part: f"{p1}.{part}" for part in ("estimate", "mde", "bound")}
    if s.claim.unit == "votes":
        found = f"{p1}.votes.{s.designs.sizes[sizes[0]].how}"
        context["votes"] = found
        counted = s.claim.counted == "lead" and found.endswith("switched")
        each = ", each of which moves the lead by two" if counted else ""
        beside = (
            f" In votes, {{{{ r['{found}'] | signed(0) }}}} ({{{{ r['{found}'].lo | signed(0) }}}} to "
            f"{{{{ r['{found}'].hi | signed(0) }}}}){each}, where the claim names {template(Vocabulary(s).claim)}."
        )
    if s.designs.precincts:
        context["precincts"] = "designs.p5.estimate"
        beside += (
            " Among precincts of the same county it is {{ r['designs.p5.estimate'] | signed(2) }} "
            "({{ r['designs.p5.estimate'].lo | signed(2) }} to {{ r['designs.p5.estimate'].hi | signed(2) }})."
        )
    return {
        "paraphrase": f"The {s.treatment.electronic}, and not the places they stand in, may have "
        f"{Vocabulary(s).deed[2]} where they are used.",
        "as_of": f"the county counts of {s.year} used here",
        "check": f"What the counts say about harm of that size, {every}"
        "and whether paper was counted.",
        "rule": "two_witnesses",
        "inputs": {"harm": sizes, "place": s.focus, "context": context},
        "evidence": f"In the county comparison that this book declares, the difference is {{{{ r['{p1}.estimate'] | signed(2) }}}} points "
        f"({{{{ r['{p1}.estimate'].lo | signed(2) }}}} to {{{{ r['{p1}.estimate'].hi | signed(2) }}}}); by its own margin of error, "
        f"which the verdict may widen, it would have found {{{{ v('{p1}.mde') | number(2) }}}} points four times in five, and {{{{ v('{p1}.bound') | room }}}}.{beside}",
        "would_change": "A hand count of paper in these counties, which this book does not have, or an interval "
        "that says otherwise.",
        "contradicts": [],
    }
