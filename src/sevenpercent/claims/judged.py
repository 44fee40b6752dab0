"""Every claim of a ledger with its verdict, as tidy frames."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sevenpercent.claims.facts import slug
from sevenpercent.claims.ledger import Ledger
from sevenpercent.claims.verdict import verdict
from sevenpercent.claims.words import Word
from sevenpercent.model.results import Value


def judge(ledger: Ledger, known: Mapping[str, Value]) -> pd.DataFrame:
    """Decide every claim.

    `known`: result key to value; a claim that rests on others is "not yet tested". Returns one row
    a claim, in the order of the file: what the ledger says of it, ``then`` and ``final`` (words of
    a verdict), ``because``, ``counts`` and ``paper`` (a line of each witness), ``evidence``,
    ``waits_for`` (keys).
    """
    rows = []
    for claim in ledger:
        found = verdict(claim, known)
        rows.append(
            {
                "id": claim.id,
                "report": list(claim.report),
                "who": claim.who,
                "said_on": claim.said_on.isoformat() if claim.said_on else "",
                "paraphrase": claim.paraphrase,
                "kind": claim.kind,
                "as_of": claim.as_of,
                "check": claim.check,
                "then": found.then,
                "final": found.final,
                "because": found.because if found.decided else "",
                "counts": found.counts,
                "paper": found.paper,
                "evidence": found.evidence,
                "would_change": found.would_change,
                "contradicts": list(claim.contradicts),
                "waits_for": "; ".join(found.missing),
            }
        )
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
    rows = [
        {
            "key": f"claims.{c['id']}.{when}",
            "value": str(word),
            "unit": "verdict",
            "label": c["paraphrase"],
        }
        for c in judged.to_dict("records")
        for when, word in (("then", c["then"]), ("final", c["final"]))
        if when == "final" or word != c["final"]
    ]
    rows += [
        {
            "key": f"claims.count.{slug(t['word'])}",
            "value": t["n"],
            "n": len(judged),
            "unit": "claims",
            "label": f"claims of which the final verdict is: {t['word']}",
        }
        for t in tally(judged).to_dict("records")
    ]
    return pd.DataFrame(rows, dtype=object)
