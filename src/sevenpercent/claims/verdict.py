"""From one claim and the results to its verdict, on the day of the report and in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sevenpercent.claims.facts import slug
from sevenpercent.claims.ledger import RULES, Claim, Ledger, RoleKeys
from sevenpercent.claims.rules import Outcome
from sevenpercent.claims.words import Word
from sevenpercent.errors import InputError, demand
from sevenpercent.model import words as prose
from sevenpercent.model.results import Results, Value
from sevenpercent.model.scenario import Scenario


@dataclass(frozen=True)
class Verdict:
    """What is said about a claim.

    `then`, `final`: as of the day of the report, and in the final count; `because`: the labels that
    decide the final word, or that would flip it; `counts`, `paper`: what each witness says of harm;
    empty where the claim is about something else; `evidence`: one sentence with its numbers;
    `missing`: result keys that have not been computed.
    """

    then: Word
    final: Word
    because: str
    counts: str
    paper: str
    evidence: str
    missing: tuple[str, ...] = ()


def verdict(claim: Claim, results: Mapping[str, Value], s: Scenario | None = None) -> Verdict:
    """Decide a claim; pure.

    `claim`: what was said and which rule decides it; `results`: result key to value; other keys
    than the claim's inputs are not looked at; `s`: the scenario of the run. Returns "Not yet tested" where an input is absent, or where the run has
    changed a key that the claim's words rest on; also where it does not hold in the final count, and
    the numbers of its day are absent. When it held on the day and does not in the final
    count, the final word is "held then, not in the final count". Raises InputError: naming the
    claim, when an input or the evidence sentence does not fit.
    """
    if s is not None and (other := claim.written_for(s)):
        why = f"Not yet tested: this claim was written for other settings ({', '.join(other)})."
        waits = Word.NOT_YET_TESTED
        return Verdict(waits, waits, "", "", "", why)
    inputs = claim.inputs
    if s is not None and s.designs is not None and not s.changed:
        for size in inputs.harm or ():
            problem = f"claim {claim.id!r}: there is no such size of harm"
            demand(size, s.designs.sizes, problem, column="harm")
    both, day_of = inputs.both, inputs.then
    if inputs.harm:
        both, day_of = inputs.asked(results), inputs.asked(results, ".then")
        day_of = day_of if all(k in results for k in _keys(day_of, {})) else None
    wanted = inputs.keys if both is None else _keys(both, inputs.context)
    missing = tuple(k for k in wanted if k not in results)
    in_the_end = (inputs.final if both is None else both) or {}
    on_the_day = both if day_of is None else day_of
    try:
        final = _decide(claim, in_the_end, results)
        then = Outcome(Word.CANNOT_BE_TESTED, "nothing of that day could decide it")
        if on_the_day is not None:
            then = _decide(claim, on_the_day, results)
        if final.word is Word.DOES_NOT_HOLD and inputs.then and then.word is Word.NOT_YET_TESTED:
            final = then  # it may have held on its day
        evidence = _evidence(claim, results, then, final)
    except InputError as e:
        raise InputError(
            f"claim {claim.id!r}: {e.problem}", column=e.column, value=e.value, fix=e.fix
        ) from None
    word = final.word
    if then.word in (Word.HOLDS, Word.HOLDS_COUNTS) and word is Word.DOES_NOT_HOLD:
        word = Word.HELD_THEN
    told = final.because, final.counts, final.paper
    return Verdict(then.word, word, *told, evidence, missing)


def _keys(roles: RoleKeys, context: Mapping[str, str]) -> dict[str, None]:
    """Keys of the roles and of what a sentence cites besides, each once."""
    return dict.fromkeys(key for of in [*roles.values(), context] for key in of.values())


def _decide(claim: Claim, keys: RoleKeys, results: Mapping[str, Value]) -> Outcome:
    absent = [k for role in keys.values() for k in role.values() if k not in results]
    if absent:
        return Outcome(
            Word.NOT_YET_TESTED, "no chapter that this page draws on has computed what decides it"
        )
    if any(of and all(results[k].value is None for k in of.values()) for of in keys.values()):
        return Outcome(Word.NOT_YET_TESTED, "these settings do not give a number that it needs")
    roles = {role: {k: results[key] for k, key in of.items()} for role, of in keys.items()}
    return RULES[claim.rule].decide(roles, claim.thresholds, claim.over)


def _evidence(claim: Claim, results: Mapping[str, Value], then: Outcome, final: Outcome) -> str:
    if final.word is Word.NOT_YET_TESTED:
        return f"Not yet tested: {final.because}."
    if any(k not in results for k in claim.cited):
        return "Some numbers of its evidence are not in this book."
    if any(results[k].value is None for k in claim.cited):
        return "With these settings a number that the evidence needs is not known."
    cited = Results({k: results[k] for k in claim.cited})
    text = prose.render(
        " ".join(claim.evidence.split()),
        cited,
        day=prose.day,
        because=final.because,
        because_then=then.because,
    )
    return text[:1].upper() + text[1:]


TOLD = (
    "id", "report", "who", "paraphrase", "kind", "as_of", "check", "would_change", "contradicts",
)  # fmt: skip
"""What stands of a claim beside its verdict."""


def judge(ledger: Ledger, known: Mapping[str, Value], s: Scenario | None = None) -> pd.DataFrame:
    """Decide every claim.

    `known`: result key to value; a claim that rests on others is "not yet tested"; `s`: the scenario
    of the run: a claim whose words rest on a key that it changed is so too. Returns one row
    a claim, in the order of the file: what the ledger says of it, ``then`` and ``final`` (words of
    a verdict), ``because``, ``counts`` and ``paper`` (a line of each witness), ``evidence``,
    ``waits_for`` (keys).
    """
    rows = []
    for claim in ledger:
        found = verdict(claim, known, s=s)
        row = {name: getattr(claim, name) for name in TOLD}
        row["said_on"] = claim.said_on.isoformat() if claim.said_on else ""
        row |= {f: getattr(found, f) for f in ("then", "final", "counts", "paper", "evidence")}
        row["because"] = "" if found.final is Word.NOT_YET_TESTED else found.because
        rows.append(row | {"waits_for": "; ".join(found.missing)})
    return pd.DataFrame(rows)


def tally(judged: pd.DataFrame) -> pd.DataFrame:
    """Claims by final verdict, best first, without verdicts that none has: word, n, one, many."""
    counts = [(word, int((judged["final"] == word).sum())) for word in Word]
    return pd.DataFrame(
        [(word, n, *word.verbs) for word, n in counts if n], columns=["word", "n", "one", "many"]
    )


def published(judged: pd.DataFrame) -> pd.DataFrame:
    """The verdicts as rows of numbers.

    Returns ``claims.<id>.final``; ``claims.<id>.then`` where that was another word;
    ``claims.count.<word>``.
    """
    rows: list[list[Any]] = []
    for c in judged.to_dict("records"):
        for when in ("then", "final") if c["then"] != c["final"] else ("final",):
            key = f"claims.{c['id']}.{when}"
            rows.append([key, str(c[when]), None, "verdict", c["paraphrase"]])
    for t in tally(judged).to_dict("records"):
        label = f"claims of which the final verdict is: {t['word']}"
        rows.append([f"claims.count.{slug(t['word'])}", t["n"], len(judged), "claims", label])
    return pd.DataFrame(rows, columns=["key", "value", "n", "unit", "label"], dtype=object)
