"""The days after an election as readers see them: events, margins, rules, money, electors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import pandas as pd

from sevenpercent.escape import Markdown, link
from sevenpercent.model.scenario import NATION
from sevenpercent.model.words import number, votes


def source(url: str) -> Markdown:
    """Short link to a source, or its name when it is no address."""
    return link(urlsplit(url).netloc.removeprefix("www.") or url, url)


def days_table(days: pd.DataFrame) -> pd.DataFrame:
    """Events as :func:`sevenpercent.claims.events.timeline` gives them."""
    return _linked(
        {
            "Day": f"{row['weekday'][:3]} {row['date']}",
            "Where": "–" if row["place"] == NATION else row["place"],
            "What": row["text"],
            "Source": source(row["source"]),
        }
        for row in days.to_dict("records")
    )


def margins_table(margins: pd.DataFrame, rules: pd.DataFrame) -> pd.DataFrame:
    """Margins as reported and as certified, beside the threshold in votes where one is known."""
    needed = dict(zip(rules["state"], rules["needed"], strict=True))
    tally = margins["tally"].notna().any()
    return pd.DataFrame(
        {
            "State": row["state"],
            "reported": _reported(row),
            **({"later": _votes(row["tally"])} if tally else {}),
            "certified": f"{votes(row['votes'])} ({number(row['percent'], 2)} %)",
            "threshold": _votes(needed.get(row["state"])),
        }
        for row in margins.to_dict("records")
    )


def rules_table(rules: pd.DataFrame) -> pd.DataFrame:
    """Rules as :func:`sevenpercent.claims.events.against_rules` gives them."""
    return _linked(
        {
            "State": row["state"],
            "Rule": row["rule"],
            "as of": row["as_described"][:4],
            "Source": source(row["source"]),
        }
        for row in rules.to_dict("records")
    )


def money_table(money: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table ``fact_money``."""
    return _linked(
        {
            "Day": row["date"],
            "What": row["what"] + ("" if pd.isna(row["as_of"]) else f" ({row['as_of']})"),
            "Dollars": votes(row["usd"]),
            "Source": source(row["source"]),
        }
        for row in money.to_dict("records")
    )


def electors_table(deserters: pd.DataFrame, candidates: Mapping[str, str]) -> pd.DataFrame:
    """Electors as :func:`sevenpercent.claims.events.deserters` gives them; candidates by party."""
    return pd.DataFrame(
        {
            "State": deserters["name"],
            "pledged to": deserters["party"].map(candidates),
            "electors": deserters["pledged"],
            "voted otherwise": deserters["otherwise"],
            "for": deserters["voted_for"],
        }
    )


def _linked(rows: Any) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    frame.attrs["markup"] = ["Source"]
    return frame


def _votes(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else votes(value)


def _reported(row: Mapping[Any, Any]) -> str:
    said = []
    if pd.notna(row["reported_percent"]):
        said.append(f"{number(row['reported_percent'], 1)} %")
    if pd.notna(row["reported_votes"]):
        said.append(votes(row["reported_votes"]))
    return ", ".join(said) or "–"
