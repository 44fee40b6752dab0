"""The rule about text: read with the right character set."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from sevenpercent.data.rules.base import Finding, Row, report, roll_up
from sevenpercent.data.rules.case import Case

_MISREAD = re.compile("[\ufeff\ufffd\u0080-\u009f]|Ã[\u0080-\u00bf]|â€|Â[\u00a0-\u00bf]")


def text_encoding(case: Case) -> list[Finding]:
    """Text that was decoded with the wrong character set, or that kept a byte-order mark."""
    found: list[Finding] = []
    for name, frame in sorted(case.tables.items()):
        for column in frame.columns:
            if _MISREAD.search(str(column)):
                found += _misread(name, [{"key": "header", "text": column}], str(column))
            values = frame[column]
            if not (values.dtype == object or isinstance(values.dtype, pd.StringDtype)):
                continue
            texts = (
                {v for v in values.dropna().unique() if isinstance(v, str)}
                if (not len(values) or not hasattr(values.iloc[0], "shape"))
                else set()
            )
            bad = {v for v in texts if _MISREAD.search(v)}
            if not bad:
                continue
            where = [c for c in ("fips", "fips_printed", "year") if c in frame]
            hits = []
            for r in frame[values.isin(bad)].to_dict("records"):
                key = " ".join(str(r[c]) for c in where) or str(r[column])
                hits.append({**r, "key": key, "text": r[column]})
            found += roll_up(_misread(name, hits, str(column)), f"{column} misread")
    return found


def _misread(table: str, rows: Sequence[Row], column: str) -> list[Finding]:
    return report(
        rows, "text_encoding", "error", table, column=column, value="{text}",
        message="The text was read with the wrong character set",
        fix="Read the file as UTF-8 (with utf-8-sig for a byte-order mark), else as Windows-1252.",
    )  # fmt: skip
