"""The numbers of a book as tidy rows: what each is of, its value and interval; keys derive from rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from sevenpercent.errors import InputError, NotThereError, demand
from sevenpercent.model.results import Results, real, rounded

PARTS = (
    "analysis", "place", "definition", "outcome", "controls", "weights", "errors", "part",
)  # fmt: skip
"""Columns that say what a number is of; joined by points, without the empty ones, they are its key."""

VALUES = ("value", "se", "lo", "hi", "n", "unit", "label", "tables")


def row(part: str, value: Any, unit: str = "", label: str = "", **more: Any) -> dict[str, Any]:
    """One number for :func:`rows`; `more`: its interval, ``n``, ``place`` and the like."""
    return {**more, "part": part, "value": value, "unit": unit, "label": label}


def rows(frame: pd.DataFrame | Iterable[Mapping[str, Any]], **common: Any) -> pd.DataFrame:
    """Tidy rows of a frame of estimates.

    Returns ``key`` (a name of its own, for numbers that are known by it: ``designs.p1.estimate``),
    :data:`PARTS` (text, empty where they do not apply) and :data:`VALUES`.

    `frame`: some of :data:`PARTS`; ``estimate`` or ``value``; ``se``, ``lo``, ``hi`` (in the unit
    of the value), ``n``, ``unit``, ``label``. Other columns are left out; `common`: columns that
    are the same in each row, where the frame does not have them.
    """
    given = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(list(frame))
    out = []
    for own in given.to_dict("records"):
        record: dict[Any, Any] = {"value": own.get("estimate"), **common, **own}
        tidy: dict[str, Any] = {name: record.get(name) for name in ("key", *PARTS, *VALUES)}
        tidy |= {name: _text(tidy[name]) for name in ("key", *PARTS, "unit", "label")}
        tidy |= {"place": tidy["place"].lower(), "tables": tuple(record.get("tables") or ())}
        out.append(tidy)
    return pd.DataFrame(out, columns=["key", *PARTS, *VALUES], dtype=object)


def key(row: Mapping[Any, Any]) -> str:
    """Key of a row in ``results.json``: its own where it has one, else its parts.

    Examples
    --------
    >>> key({"analysis": "gap", "place": "wi", "part": "counties"})
    'gap.wi.counties'
    """
    return str(row.get("key") or "") or ".".join(str(row[name]) for name in PARTS if row.get(name))


def results(tidy: pd.DataFrame) -> Results:
    """Rows by key.

    Raises InputError: when two rows have the same key: one fact, one place.
    """
    out = Results()
    for record in tidy.to_dict("records"):
        out.add(key(record), **{name: record[name] for name in VALUES})
    return out


def spread(frame: pd.DataFrame, told: Mapping[str, tuple[str, str]]) -> pd.DataFrame:
    """Rows to publish from a frame with several numbers in each row.

    `frame`: each row's own :data:`PARTS`; of a number in column ``x`` also ``x_se``, ``x_lo``,
    ``x_hi`` and ``x_n`` (else ``n``) where there are such columns. A column that the frame lacks is
    left out; `told`: column of a number to its unit and label; it is the last piece of the row's
    ``part``.

    Examples
    --------
    >>> sizes = pd.DataFrame([{"place": "WI", "part": "polling", "drawn": 12.0, "drawn_n": 3}])
    >>> spread(sizes, {"drawn": ("ballots", "drawn")})[["part", "value", "n"]].values.tolist()
    [['polling.drawn', 12.0, 3]]
    """
    out = []
    for record in frame.to_dict("records"):
        named = {name: record[name] for name in PARTS if name in record}
        for column in (c for c in told if c in record):
            part = ".".join(x for x in (_text(named.get("part")), column) if x)
            ends = {end: record.get(f"{column}_{end}") for end in ("se", "lo", "hi", "n")}
            ends["n"] = record.get("n") if ends["n"] is None else ends["n"]
            unit, label = told[column]
            told_row = {"part": part, "value": record[column], **ends, "unit": unit, "label": label}
            out.append({**named, **told_row})
    return pd.DataFrame(out)


def table(tidy: pd.DataFrame) -> pd.DataFrame:
    """Rows as they are downloaded: ``key`` first, numbers rounded, words in a column of their own.

    ``value`` is a float, empty where the value is a word, which then stands in ``word``.
    """
    out = []
    for record in tidy.to_dict("records"):
        value = rounded(record["value"])
        word = str(value).lower() if isinstance(value, bool) else value
        word = word if isinstance(word, str) else None
        told = {name: record[name] for name in (*PARTS, "unit", "label")}
        told |= {name: real(record[name]) for name in ("se", "lo", "hi")}
        told |= {"key": key(record), "value": real(value) if word is None else None, "word": word}
        told["n"] = None if rounded(record["n"]) is None else int(float(record["n"]))
        out.append({**told, "tables": "; ".join(record["tables"])})
    made = pd.DataFrame(out, columns=["key", *PARTS, "value", "word", *VALUES[1:]])
    floats = dict.fromkeys(("value", "se", "lo", "hi"), "float64")
    return made.astype({**floats, "n": "Int64"})


def pick(frame: pd.DataFrame, **which: Any) -> Any:
    """The one row of a frame that has these values, its columns as attributes.

    Raises InputError: when there is none, or more than one.

    Examples
    --------
    >>> pick(pd.DataFrame({"place": ["WI", "PA"], "estimate": [-9.9, 1.0]}), place="WI").estimate
    -9.9
    """
    found = frame
    for column, value in which.items():
        demand(column, frame.columns, "no such column", told="column")
        found = found[found[column] == value]
    if len(found) != 1:
        asked = ", ".join(f"{k} {v!r}" for k, v in which.items())
        kind = InputError if len(found) else NotThereError
        raise kind(f"{len(found)} rows have {asked}", fix="Exactly one was expected.")
    columns = [str(c) for c in found.columns]
    made = NamedTuple("Row", [(c, Any) for c in columns if c.isidentifier()])  # type: ignore[misc]
    record = found.iloc[0]
    values = (record[c] for c in columns if c.isidentifier())
    return made(*(x.item() if hasattr(x, "item") else x for x in values))


def dumps(tidy: pd.DataFrame) -> str:
    """Rows as text that :func:`loads` reads, numbers rounded as in ``results.json``."""
    body = [
        {k: list(v) if k == "tables" else rounded(v) for k, v in r.items()}
        for r in tidy.to_dict("records")
    ]
    return json.dumps(body, indent=0, ensure_ascii=False, allow_nan=False) + "\n"


def loads(text: str) -> pd.DataFrame:
    """Rows that :func:`dumps` wrote."""
    return rows(json.loads(text))


def _text(value: Any) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)
