"""The ledger of claims as readers see it."""

from __future__ import annotations

import pandas as pd

from sevenpercent.claims.verdict import day
from sevenpercent.claims.words import Word
from sevenpercent.escape import Markdown
from sevenpercent.model.words import upper

KINDS = {
    "arithmetic": "arithmetic",
    "fact": "a fact",
    "statistic": "a statistic",
    "law": "a point of law",
    "forecast": "a forecast",
    "opinion": "an opinion",
}
"""Kinds of claims, for the middle of a sentence."""


def entries(judged: pd.DataFrame) -> list[dict[str, str]]:
    """Claims as they are printed, as :func:`sevenpercent.claims.judge` gives them.

    Returns
    -------
    list of dict
        For each claim ``anchor``, ``paraphrase``, ``verdict`` (with its sign and, where it was
        another, the word of the day), ``evidence`` (both witnesses first, where they were asked), ``said`` (by whom and when, what kind of
        claim), ``check``, ``change`` (what would change the verdict).
    """
    return [
        {
            "anchor": Markdown(c["id"]),  # letters, digits, hyphens and underscores only
            "paraphrase": c["paraphrase"],
            "verdict": f"{Word(c['final']).sign} {c['final']}"
            + (f" (on the day: {c['then']})" if c["then"] != c["final"] else ""),
            "evidence": " ".join(x for x in (c["counts"], c["paper"], c["evidence"]) if x),
            "said": f"Said by {c['who']}"
            + (f", {day(c['said_on'])}" if c["said_on"] else "")
            + f"; {KINDS[c['kind']]}, as of: {c['as_of']}.",
            "check": c["check"],
            "change": c["would_change"]
            + (f" Stands against: {', '.join(c['contradicts'])}." if c["contradicts"] else ""),
        }
        for c in judged.to_dict("records")
    ]


def contradictions(judged: pd.DataFrame) -> pd.DataFrame:
    """Pairs of claims that stand against one another, each with its verdict."""
    said = {c["id"]: f"{c['paraphrase']} ({c['final']})" for c in judged.to_dict("records")}
    pairs = {
        tuple(sorted((c["id"], other)))
        for c in judged.to_dict("records")
        for other in c["contradicts"]
    }
    return pd.DataFrame(
        [(said[a], said[b]) for a, b in sorted(pairs)], columns=["one statement", "another"]
    )


def verdicts(headline: pd.DataFrame) -> pd.DataFrame:
    """Claims of the first page with their verdicts: ``claim``, ``final``."""
    bold = [Markdown(f"**{upper(word)}**") for word in headline["final"]]
    made = pd.DataFrame({"claim": headline["claim"], "verdict": bold})
    made.attrs["markup"] = ["verdict"]
    return made
