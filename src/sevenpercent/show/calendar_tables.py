"""The days after an election as readers see them: events, margins, rules, money, electors."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import pandas as pd

from sevenpercent.escape import Markdown, link
from sevenpercent.model.scenario import NATION
from sevenpercent.model.words import number, votes
from sevenpercent.show.table import Cells, Record, by_row, known, of_rows


def source(url: str) -> Markdown:
    """Short link to a source, or its name when it is no address."""
    return link(urlsplit(url).netloc.removeprefix("www.") or url, url)


@by_row
def days_table(row: Record) -> Cells:
    """Events as :func:`sevenpercent.claims.events.timeline` gives them."""
    return {
        "Day": f"{row['weekday'][:3]} {row['date']}",
        "Where": "–" if row["place"] == NATION else row["place"],
        "What": row["text"],
        "Source": source(row["source"]),
    }


def margins_table(margins: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Margins as reported and as certified, beside the threshold in votes where one is known."""
    needed = dict(zip(rules["state"], rules["needed"], strict=True))
    tally = margins["tally"].notna().any()
    return of_rows(
        {
            "State": row["state"],
            "reported": _reported(row),
            **({"later": known(row["tally"], votes, unknown="–")} if tally else {}),
            "certified": f"{votes(row['votes'])} ({number(row['percent'], 2)} %)",
            "threshold": known(needed.get(row["state"]), votes, unknown="–"),
        }
        for row in margins.to_dict("records")
    )


@by_row
def rules_table(row: Record) -> Cells:
    """Rules as :func:`sevenpercent.claims.events.against_rules` gives them."""
    return {
        "State": row["state"],
        "Rule": row["rule"],
        "as of": row["as_described"][:4],
        "Source": source(row["source"]),
    }


@by_row
def money_table(row: Record) -> Cells:
    """Rows of the table ``fact_money``."""
    return {
        "Day": row["date"],
        "What": row["what"] + ("" if pd.isna(row["as_of"]) else f" ({row['as_of']})"),
        "Dollars": votes(row["usd"]),
        "Source": source(row["source"]),
    }


def electors_table(deserters: pd.DataFrame, candidates: Mapping[str, str]) -> pd.DataFrame:
    """Electors as :func:`sevenpercent.claims.events.deserters` gives them; candidates by party."""
    heads = {"name": "State", "party": "pledged to", "pledged": "electors"}
    heads |= {"otherwise": "voted otherwise", "voted_for": "for"}
    shown = deserters.assign(party=deserters["party"].map(candidates))
    return shown[list(heads)].rename(columns=heads)


def _reported(row: Record) -> str:
    share = known(row["reported_percent"], lambda x: f"{number(x, 1)} %")
    return ", ".join(filter(None, [share, known(row["reported_votes"], votes)])) or "–"
