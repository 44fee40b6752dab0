"""One verdict from two witnesses: what the counts say, and what the recounted paper says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sevenpercent.claims.rules import Outcome, Over, Roles, Threshold, real, rule
from sevenpercent.claims.words import Word
from sevenpercent.model.results import Value
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.words import and_list, lower, size, upper, verb
from sevenpercent.model.words import count as count_of
from sevenpercent.model.words import word as in_words
from sevenpercent.stats.witnesses import SELDOM, counts, paper

AS_COUNTS = {
    "ruled out": Word.OUT_COUNTS,
    "shown": Word.HOLDS_COUNTS,
    "depends on the definition": Word.DEPENDS,
    "cannot tell": Word.CANNOT_BE_TESTED,
}
"""The verdict where the paper does not decide."""

ROLES = (*(n for n in counts.NUMBERS if n not in SELDOM), "paper")
MAY = (*SELDOM, "flips", "needed", "won", "there")
"""What is published of both witnesses for one size of harm: the roles of the rule, and those that
may be missing."""


def join(said: counts.Answer, recounted: paper.Answer, any_shows: bool) -> Word:
    """The verdict on harm of one size in one state.

    `said`, `recounted`: answers of the counts and of the paper; `any_shows`: whether any cell of
    the counts that may speak shows it.

    Examples
    --------
    >>> join("ruled out", "ruled out", False).value
    'does not hold'
    >>> join("ruled out", "no paper", False).value
    'ruled out as far as counts can tell'
    """
    if recounted == "shown":
        return Word.HOLDS
    if recounted == "ruled out":
        return Word.DEPENDS if any_shows else Word.DOES_NOT_HOLD
    return AS_COUNTS[said]


@rule(roles=" ".join(ROLES), may_roles=" ".join(MAY))
def two_witnesses(roles: Roles, limits: Mapping[str, Threshold], over: Over) -> Outcome:
    """Join what the counts and the paper say about harm; labels are the sizes that a claim leaves open.

    Each size is judged by itself; a claim that is open between sizes gets the weakest verdict, with
    the lines of the size that gave it. Roles are what chapter designs publishes of both
    (:func:`sevenpercent.stats.witnesses.numbers`).
    """
    found = []
    for name in roles["paper"]:
        told = {part: of[name].value for part, of in roles.items() if name in of}
        n = {part: int(real(told[part], part)) for part in counts.NUMBERS if part in told}
        needed = real(told["needed"], "needed") if "needed" in told else None
        said = next(a for a in paper.ANSWERS if a == told["paper"])
        texts = {part: str(told.get(part, "")) for part in ("flips", "won", "there")}
        n = dict.fromkeys(SELDOM, 0) | n
        label = roles["paper"][name].label.rpartition(": ")[2]  # what the size is called
        found.append((label, _outcome(n, said, needed, **texts)))
    return each_told(weakest([o for _, o in found]), found)


def each_told(last: Outcome, found: Sequence[tuple[str, Outcome]]) -> Outcome:
    """A verdict with the line of each size that gave it, where these rest on other things.

    Where some sizes say yes and others no, with the line of every one.
    """
    if last.word is Word.DEPENDS and all(label and o.word is not last.word for label, o in found):
        halves = [f"{upper(label)}: {o.counts.removeprefix('Counts: ')}" for label, o in found]
        return last._replace(counts=f"Counts: divided. {' '.join(halves)}")
    same = [(label, o) for label, o in found if o.word is last.word and o.answer == last.answer]
    if len({o.rests for _, o in same}) < 2 or not all(label for label, _ in same):
        return last
    bare = [lower(re.sub(r"^Counts: [a-z ]+[.;] ", "", o.counts)) for _, o in same]
    lines = [f"{upper(label)}: {line}" for (label, _), line in zip(same, bare, strict=True)]
    return last._replace(counts=f"Counts: {last.answer}. {' '.join(lines)}")


WEAKEST = (Word.CANNOT_BE_TESTED, Word.DEPENDS, Word.OUT_COUNTS, Word.HOLDS_COUNTS)
"""Verdicts from the weakest on; those not named are the strongest."""

LEAST_SAID: Mapping[str, int] = {"cannot tell": 0, "depends on the definition": 1}
"""Of one verdict, the answers of the counts that say least, from the least on."""


def weakest(found: Sequence[Outcome]) -> Outcome:
    """The weakest of several verdicts; it depends, where some say yes and others no."""

    def rank(o: Outcome) -> tuple[int, int, bool]:
        word = WEAKEST.index(o.word) if o.word in WEAKEST else len(WEAKEST)
        return word, LEAST_SAID.get(o.answer, len(LEAST_SAID)), o.rests == "nothing"

    last = min(found, key=rank)
    yes = {Word.HOLDS, Word.HOLDS_COUNTS} & {o.word for o in found}
    no = {Word.DOES_NOT_HOLD, Word.OUT_COUNTS} & {o.word for o in found}
    if yes and no and last.word is not Word.CANNOT_BE_TESTED:
        return last._replace(word=Word.DEPENDS)
    return last


def outcome_of(known: Mapping[str, Value], place: str, sizes: Sequence[str]) -> Outcome | None:
    """What both witnesses say of harm in one state, from published numbers; None where they are missing."""
    stem = f"designs.witness.{place.lower()}."
    roles = {
        part: {z: known[f"{stem}{z}.{part}"] for z in sizes if f"{stem}{z}.{part}" in known}
        for part in (*ROLES, *MAY)
    }
    return two_witnesses.decide(roles, {}, "parts") if roles["speak"] else None


def asked_first(known: Mapping[str, Value], s: Scenario) -> list[str]:
    """Sizes of harm that a page leads with: :attr:`.Scenario.leading`, but those that are claimed where they are shown.

    The shipped settings of a book lead with what it declares.
    """
    said = outcome_of(known, s.focus, s.stated) if s.inputs or s.changed else None
    return s.stated if said and said.word.startswith("holds") else s.leading


def _outcome(
    n: Mapping[str, int],
    recounted: paper.Answer,
    needed: float | None,
    *,
    flips: str,
    won: str,
    there: str,
) -> Outcome:
    if won:  # whoever won cannot have lost to the machines, whatever they did
        lines = f"Counts: {won} won.", "Paper: not needed for this."
        return Outcome(Word.DOES_NOT_HOLD, lines[0], *lines)
    if there:
        told = f"Counts: ruled out. Only {there} were counted where the machines are, fewer than would have had to be switched."
        lines = told, paper_line(recounted, needed)
        word = join("ruled out", recounted, False)
        return Outcome(word, " ".join(lines), *lines, "ruled out", "votes", recounted)
    n = {**n, "mute": n["mute"] + n["astray"]}  # either way nobody would be sure to see it
    out, show, speak = (np.array([n[name]]) for name in ("rule_out", "show", "speak"))
    said = counts.ANSWERS[int(counts.joined(out, show, speak, n["mute"])[0])]
    lines = counts_line(n, said, flips), paper_line(recounted, needed)
    word = join(said, recounted, n["show"] > 0)
    return Outcome(word, " ".join(lines), *lines, said, _rests(n), recounted)


def _rests(n: Mapping[str, int]) -> str:
    if n["speak"]:
        return "partly seen" if n["mute"] else ""
    if not n["silent"]:
        return "nothing"
    return "untried" if n["untried"] == n["silent"] else "unseen"


def ways(known: Mapping[str, Value], place: str, sizes: Sequence[str]) -> list[tuple[str, Outcome]]:
    """Of several sizes that a claim leaves open, each in words with what is said of it; none where all say the same."""
    each = [(name, outcome_of(known, place, [name])) for name in sizes]
    told = [(str(known[f"designs.verdict.{name}"].label), o) for name, o in each if o is not None]
    return told if len({o.word for _, o in told}) > 1 else []


def counts_line(n: Mapping[str, int], word: counts.Answer, flips: str) -> str:
    """What the counts say, with the number of comparisons behind it."""
    asked = n["speak"] + n["silent"]
    if not asked:
        return "Counts: cannot tell; no comparison of this book can be asked about it."
    if not n["speak"]:
        if _rests(n) == "untried":
            return (
                "Counts: cannot tell; too few places lack the machines to know what chance gives."
            )
        none = (
            f"in none of {asked} trials is a comparison" if asked > 1 else "the comparison is not"
        )
        return f"Counts: cannot tell; {none} sensitive enough to see it."
    open_ = n["speak"] - n["rule_out"] - n["show"]
    found = [
        (count, verb(count, one, many))
        for count, one, many in (
            (n["rule_out"], "rules it out", "rule it out"),
            (n["show"], "shows it", "show it"),
            (open_, "cannot tell", "cannot tell"),
        )
        if count
    ]
    if n["speak"] == 1:
        able = f"The one comparison that is sensitive enough {found[0][1]}"
    elif len(found) == 1:
        whole = "Both" if n["speak"] == 2 else f"All {n['speak']}"
        able = f"{whole} comparisons that are sensitive enough {found[0][1]}"
    else:
        parts = and_list(f"{in_words(count)} {does}" for count, does in found)
        able = f"Of {n['speak']} comparisons that are sensitive enough, {parts}"
    said = ["Counts: divided." if n["rule_out"] and n["show"] else f"Counts: {word}."]
    if n["astray"] and n["astray"] == n["mute"]:
        pattern = {0: ", all of it in a fifth of them", n["mute"]: ", spread evenly"}
        way = pattern.get(n["even"], "")
        said.append(
            f"If the harm was in the counties of the main definition{way}, no comparison would be sure to notice."
        )
    elif n["mute"]:
        where = {0: "was all in a fifth of the counties", n["mute"]: "was spread evenly"}
        if done := where.get(n["even"]):
            said.append(f"If the harm {done}, no comparison would see it reliably.")
        else:
            said.append("There are ways of doing it that no comparison would see reliably.")
    if n["mute"]:
        able = f"Otherwise, {lower(able)}"
    said.append(f"{able}.")
    if n["kinds"]:
        kinds = count_of(n["kinds"], "kind")
        said.append(f"They are of {kinds}, counted once for each definition and way of doing it.")
    if n["smaller"]:
        them = f"{upper(in_words(n['smaller']))} of them {verb(n['smaller'], 'sees', 'see')}"
        if n["smaller"] == n["speak"]:
            them = {1: "It sees", 2: "Both see"}.get(n["smaller"], "All of them see")
        said.append(f"{them} a smaller effect.")
    if flips:
        said.append(f"What flips it: {flips}.")
    if n["silent"] and not n["mute"]:
        more = upper(in_words(n["silent"]))
        said.append(f"{more} more {verb(n['silent'], 'is', 'are')} not sensitive enough.")
    return " ".join(said)


def paper_line(word: paper.Answer, needed: float | None) -> str:
    """What the recounted paper says."""
    told = {
        "shown": "shows it",
        "ruled out": "rules it out, if the paper was right and all of it was read",
        "partly looked": "was compared in part; to hide in the rest, the harm would have to be "
        f"{size(needed or 0.0)} votes in every 100 of the ballots in units that were not wholly compared",
        "undecided": "undecided",
        "no paper": "no recount that we could compare",
    }
    return f"Paper: {told[word]}."


def verdicts(answers: pd.DataFrame) -> pd.DataFrame:
    """Each size of harm with its verdict, and a line of each witness.

    `answers`: as :func:`sevenpercent.stats.witnesses.answers` gives them. Returned with ``verdict``,
    ``counts_line`` and ``paper_line``.
    """
    made = []
    for a in answers.to_dict("records"):
        needed = None if pd.isna(a["needed"]) else float(a["needed"])
        n = {part: int(a[part]) for part in counts.NUMBERS}
        texts = {part: str(a[part]) for part in ("flips", "won", "there")}
        made.append(_outcome(n, a["paper"], needed, **texts))
    return answers.assign(
        verdict=[str(o.word) for o in made],
        counts_line=[o.counts for o in made],
        paper_line=[o.paper for o in made],
    )


def published(verdicts: pd.DataFrame, focus: str) -> pd.DataFrame:
    """The words for one place as rows of numbers: ``designs.verdict.<size>``."""
    own = verdicts[verdicts["place"] == focus]
    made = pd.DataFrame({"key": "designs.verdict." + own["size"], "value": own["verdict"]})
    return made.assign(unit="verdict", label=own["label"])
