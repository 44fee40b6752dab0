"""Rules about text: read with the right character set, facts said by who published them first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import pandas as pd

from sevenpercent.data.rules.base import Finding, Row, joined, report
from sevenpercent.data.rules.case import Case

_MISREAD = re.compile("[\ufeff\ufffd\u0080-\u009f]|Ã[\u0080-\u00bf]|â€|Â[\u00a0-\u00bf]")


def text_encoding(case: Case) -> list[Finding]:
    """Was the text read with the right character set?"""
    found: list[Finding] = []
    for name, frame in sorted(case.tables.items()):
        for column in frame.columns:
            if _MISREAD.search(str(column)):
                found += _misread(name, [{"key": "header", "text": column}], str(column), "")
            values = frame[column]
            if not (values.dtype == object or isinstance(values.dtype, pd.StringDtype)):
                continue
            plain = not len(values) or not hasattr(values.iloc[0], "shape")
            texts = values.dropna().unique() if plain else ()
            bad = {v for v in texts if isinstance(v, str) and _MISREAD.search(v)}
            if not bad:
                continue
            where = [c for c in ("fips", "fips_printed", "year") if c in frame]
            hits = []
            for r in frame[values.isin(bad)].to_dict("records"):
                key = " ".join(str(r[c]) for c in where) or str(r[column])
                hits.append({**r, "key": key, "text": r[column]})
            found += _misread(name, hits, str(column), f"{column} misread")
    return found


def _misread(table: str, rows: Sequence[Row], column: str, each: str) -> list[Finding]:
    return report(
        rows, "text_encoding", "error", table, each, column=column, value="{text}",
        message="The text was read with the wrong character set",
        fix="Read the file as UTF-8 (with utf-8-sig for a byte-order mark), else as Windows-1252.",
    )  # fmt: skip


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
    """Does every fact name who published it first, or say that nobody is known?"""
    found: list[Finding] = []
    for name, table in case.tables.items():
        if "source_kind" in table and "source" in table:
            columns = list(case.keys.get(name, ())) or [str(table.columns[0])]
            rows = table.assign(key=joined(table, columns)).drop(columns="row", errors="ignore")
            found += report(
                rows[rows["source_kind"].eq(SECONDARY)], "first_publisher", "warning", name,
                each=f"{name} without first publisher", column="source", value="{source}",
                message="{key}: the source is not the first publisher, agency or court",
                fix="Find who published it first, or say why it stands as it is.",
            ) + _wrong(rows, name)  # fmt: skip
        elif name.startswith("fact_"):
            found += report(
                [{"key": name}], "first_publisher", "error", name, column="source_kind",
                message="{key}: the table does not say what kind its sources are",
                fix="Give the table the columns source and source_kind.",
            )  # fmt: skip
    return found


def _wrong(rows: pd.DataFrame, name: str) -> list[Finding]:
    urls = rows["url"] if "url" in rows else rows["source"]
    odd = []
    for r, url in zip(rows.to_dict("records"), urls, strict=True):
        kind, host = r["source_kind"], "" if pd.isna(url) else urlsplit(str(url)).netloc.lower()
        copied = kind in FIRST_HAND and f".{host}".endswith(tuple(f".{h}" for h in COPIES))
        told = {"key": r["key"], "column": "source", "value": url, "meant": ""}
        if kind not in (*FIRST_HAND, SECONDARY):
            told |= {"column": "source_kind", "value": kind}
            told |= {"what": "the kind of source is unknown"}
            odd.append({**told, "meant": ", ".join((*FIRST_HAND, SECONDARY))})
        elif copied or pd.isna(r["source"]):
            what = f"{host} is no first publisher" if copied else "there is no source"
            odd.append({**told, "what": what})
    return report(
        odd, "first_publisher", "error", name, column="{column}", value="{value}",
        expected="{meant}", message="{key}: {what}",
        fix="Name the first publisher, agency or court, or mark the fact as secondary.",
    )  # fmt: skip
