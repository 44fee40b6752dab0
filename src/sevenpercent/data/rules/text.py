"""The rule about text: read with the right character set."""

from __future__ import annotations

import re

import pandas as pd

from sevenpercent.data.rules.base import Finding, line, roll_up
from sevenpercent.data.rules.case import Case

_MISREAD = re.compile("[\ufeff\ufffd\u0080-\u009f]|Ã[\u0080-\u00bf]|â€|Â[\u00a0-\u00bf]")


def text_encoding(case: Case) -> list[Finding]:
    """Text that was decoded with the wrong character set, or that kept a byte-order mark."""
    found = []
    for name, frame in sorted(case.tables.items()):
        for column in frame.columns:
            if _MISREAD.search(str(column)):
                found.append(_misread(name, None, "header", str(column), str(column), ""))
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
            hits = []
            for row in frame[values.isin(bad)].to_dict("records"):
                hits.append(
                    _misread(
                        name,
                        line(row["row"]) if "row" in row else None,
                        " ".join(str(row[c]) for c in ("fips", "fips_printed", "year") if c in row),
                        str(column),
                        str(row[column]),
                        str(row["source"]) if "source" in row else "",
                    )
                )
            found += roll_up(hits, f"{column} misread")
    return found


def _misread(
    table: str, row: int | None, key: str, column: str, value: str, source: str
) -> Finding:
    return Finding(
        "text_encoding",
        "error",
        table,
        key=key or value,
        source=source,
        row=row,
        column=column,
        value=value,
        message="The text was read with the wrong character set",
        fix="Read the file as UTF-8 (with utf-8-sig for a byte-order mark), else as Windows-1252.",
    )
