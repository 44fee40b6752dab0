"""Rules about where looked-up facts come from: the first publisher, the agency, the court."""

from __future__ import annotations

from urllib.parse import urlsplit

import pandas as pd

from sevenpercent.data.rules.base import Finding, roll_up
from sevenpercent.data.rules.case import Case

FIRST_HAND = ("official", "published", "press", "party")
"""Kinds of source that say a thing first: an agency, court or law; a study or article that found
it; a newspaper's own report; a party to the matter, on itself."""

SECONDARY = "secondary"
"""The first publisher is not known, or no copy of it could be read."""

COPIES = (
    "wikipedia.org", "blogspot.com", "wordpress.com", "medium.com", "freerepublic.com",
    "democraticunderground.com", "reddit.com", "thevotingnews.com", "hotair.com", "heavy.com",
    "alternet.org", "legalinsurrection.com", "vlex.com", "casetext.com", "scribd.com",
)  # fmt: skip
"""Hosts of encyclopedias, forums, blogs, collections of other people's news and copies of rulings:
never the first publisher."""


def first_publisher(case: Case) -> list[Finding]:
    """Facts without a first-hand source, and sources that are not what they are said to be."""
    found: list[Finding] = []
    for name, table in case.tables.items():
        if "source_kind" in table and "source" in table:
            found += roll_up(_secondary(case, name, table), f"{name} without first publisher")
            found += _wrong(case, name, table)
        elif name.startswith("fact_"):
            found.append(
                Finding(
                    "first_publisher",
                    "error",
                    name,
                    key=name,
                    column="source_kind",
                    message=f"{name}: the table does not say what kind its sources are",
                    fix="Give the table the columns source and source_kind.",
                )
            )
    return found


def _keys(case: Case, name: str, table: pd.DataFrame) -> list[str]:
    columns = list(case.keys.get(name, ())) or [str(table.columns[0])]
    return [" ".join(str(x) for x in row) for row in table[columns].itertuples(index=False)]


def _secondary(case: Case, name: str, table: pd.DataFrame) -> list[Finding]:
    return [
        Finding(
            "first_publisher",
            "warning",
            name,
            key=key,
            source=str(source),
            column="source",
            value=str(source),
            message=f"{key}: the source is not the first publisher, agency or court",
            fix="Find who published it first, or say why it stands as it is.",
        )
        for key, source, kind in zip(
            _keys(case, name, table), table["source"], table["source_kind"], strict=True
        )
        if kind == SECONDARY
    ]


def _wrong(case: Case, name: str, table: pd.DataFrame) -> list[Finding]:
    urls = table["url"] if "url" in table else table["source"]
    found = []
    for key, source, url, kind in zip(
        _keys(case, name, table), table["source"], urls, table["source_kind"], strict=True
    ):
        host = "" if pd.isna(url) else urlsplit(str(url)).netloc.lower()
        copied = kind in FIRST_HAND and any(
            host == h or host.endswith(f".{h}") for h in COPIES if host
        )
        unknown = kind not in (*FIRST_HAND, SECONDARY)
        if copied or unknown or pd.isna(source):
            what = (
                f"{host} is no first publisher"
                if copied
                else "the kind of source is unknown"
                if unknown
                else "there is no source"
            )
            found.append(
                Finding(
                    "first_publisher",
                    "error",
                    name,
                    key=key,
                    column="source_kind" if unknown else "source",
                    value=str(kind if unknown else url),
                    expected=", ".join((*FIRST_HAND, SECONDARY)) if unknown else "",
                    message=f"{key}: {what}",
                    fix="Name the first publisher, agency or court, or mark the fact as secondary.",
                )
            )
    return found
