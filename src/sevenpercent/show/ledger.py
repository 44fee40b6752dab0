"""The ledger of claims as readers see it."""

from __future__ import annotations

import html
from collections.abc import Sequence

import pandas as pd

from sevenpercent.claims.facts import slug
from sevenpercent.claims.ledger import Moved, Report
from sevenpercent.claims.words import Word
from sevenpercent.escape import Markdown, link, markdown, printable
from sevenpercent.model.words import day, upper
from sevenpercent.show.explorer import Explorer
from sevenpercent.show.table import Cells, Record, by_row

KINDS = {
    "arithmetic": "arithmetic", "fact": "a fact", "statistic": "a statistic",
    "law": "a point of law", "forecast": "a forecast", "opinion": "an opinion",
}  # fmt: skip
"""Kinds of claims, for the middle of a sentence."""


def entries(
    judged: pd.DataFrame,
    reports: Sequence[Report] = (),
    history: Sequence[Moved] = (),
    reported: bool = True,
) -> list[dict[str, str]]:
    """Claims as they are printed, as :func:`sevenpercent.claims.judge` gives them.

    `history`: the record of earlier verdicts. Returns for each claim ``anchor``, ``heading``
    (HTML), ``verdict`` (with its sign), ``evidence`` (both witnesses first, where they were asked),
    ``said`` (HTML: by whom and when, what kind of claim), ``then`` (verdicts, on the day where somebody `reported` it, and now),
    ``reports`` (with links), ``check``, ``change`` (what would change the verdict, and which claims
    stand against it), ``history`` (verdicts by day; one that this run alone has says so).
    """
    told = {r.id: _report(r) for r in reports}
    return [
        {
            "anchor": Markdown(c["id"]),  # letters, digits, hyphens and underscores only
            "heading": _html(c["paraphrase"]),
            "verdict": f"{Word(c['final']).sign} {c['final']}",
            "evidence": " ".join(x for x in (c["counts"], c["paper"], c["evidence"]) if x),
            "said": _html(
                f"Said by {c['who']}"
                + (f", {day(c['said_on'])}" if c["said_on"] else "")
                + f"; {KINDS[c['kind']]}, as of: {c['as_of']}."
            ),
            "then": f"Verdict on the day of the report: {c['then']}. " * reported
            + f"In the final count: {c['final']}.",
            "reports": Markdown("; ".join(told.get(r, r) for r in c["report"])),
            "check": c["check"],
            "change": Markdown(markdown(c["would_change"]) + _against(c["contradicts"])),
            "history": _recorded(c["id"], c["final"], history),
        }
        for c in judged.to_dict("records")
    ]


def _recorded(claim: str, final: str, history: Sequence[Moved]) -> str:
    own = [(m.day, m.verdicts[claim], m.why) for m in history if claim in m.verdicts]
    told = [f"{day(when)}: {word} ({why})" for when, word, why in own]
    if not own:
        return f"none is on record before this run, which says: {final}."
    this = "" if own[-1][1] == final else f" This run alone says: {final}."
    return "; ".join(told) + "." + this


def _html(text: str) -> Markdown:
    # A brace is written so that no reader of templates can meet one.
    return Markdown(html.escape(printable(text), quote=False).replace("{", "&#123;"))


def _report(report: Report) -> Markdown:
    first = " (no address is known to us)" if report.said_on else ""
    if report.address:
        first = f" ({link(report.first or 'the report', report.address)})"
    dated = f", {day(report.said_on)}" if report.said_on else ""
    return Markdown(markdown(report.title) + first + dated)


def _against(others: Sequence[str]) -> str:
    links = ", ".join(f'<a href="#{other}">{other}</a>' for other in others)
    return f" Stands against: {links}." if links else ""


def filters(judged: pd.DataFrame, reports: Sequence[Report], *, reviews: bool) -> Explorer:
    """Data of the ledger's filters; and, where a third party is assessed, of its reviews.

    `judged`: as :func:`sevenpercent.claims.judge` gives it; `reviews`: whether the claims are a
    third party's.
    """
    columns = {"report": {r.id: r.title for r in reports}}
    columns["verdict"] = {w: w for w in Word if (judged["final"] == w).any()}
    columns["kind"] = {k: words for k, words in KINDS.items() if (judged["kind"] == k).any()}
    held = judged.rename(columns={"final": "verdict"})
    choices = {
        name: [
            [slug(key), words, int(sum(key in _listed(held_by) for held_by in held[name]))]
            for key, words in named.items()
        ]
        for name, named in columns.items()
    }
    claims = [
        {
            "id": c["id"],
            **{name: [slug(x) for x in _listed(c[name])] for name in columns},
            "text": c["paraphrase"],
            "said": [c["verdict"], c["who"], c["said_on"]],
        }
        for c in held.to_dict("records")
    ]
    return Explorer("ledger", {"choices": choices, "claims": claims, "reviews": reviews})


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def contradictions(judged: pd.DataFrame) -> pd.DataFrame:
    """Pairs of claims that stand against one another, each with its verdict."""
    said = {c["id"]: f"{c['paraphrase']} ({c['final']})" for c in judged.to_dict("records")}
    each = zip(judged["id"], judged["contradicts"], strict=True)
    pairs = {tuple(sorted((name, other))) for name, others in each for other in others}
    rows = [(said[a], said[b]) for a, b in sorted(pairs)]
    return pd.DataFrame(rows, columns=["one statement", "another"])


@by_row
def verdicts(c: Record) -> Cells:
    """Claims of the first page with their verdicts: ``claim``, ``final``."""
    return {"claim": c["claim"], "verdict": Markdown(f"**{upper(c['final'])}**")}
