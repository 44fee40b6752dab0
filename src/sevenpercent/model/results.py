"""The numbers of a book: one flat mapping from key to value."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent.errors import InputError, NotThereError, nearest

Scalar = float | int | str | bool | None

SCHEMA = 1
DIGITS = 12
"""Significant digits that are kept: more would differ between processors."""


def rounded(value: object) -> Scalar:
    """Plain Python scalar with twelve significant digits; NaN becomes None."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, (bool, str)):
        return value
    if hasattr(value, "item"):
        value = value.item()
        if isinstance(value, (bool, str)):
            return value
    if isinstance(value, int):
        return value
    number = float(value)  # type: ignore[arg-type]
    if math.isnan(number):
        return None
    number = float(f"{number:.{DIGITS}g}")
    return 0.0 if number == 0 else number


@dataclass(frozen=True)
class Value:
    """One published number.

    `value`: None where it cannot be computed; `se`, and the 95 % interval from `lo` to `hi`, in the
    unit of it; `n`: places or ballots that it rests on; `unit`: ``points``, ``share``, ``votes``,
    ``electoral votes``, ``percent`` ...; `label`: what it is, in words; `tables`: where it comes from.
    """

    value: Scalar
    se: float | None = None
    lo: float | None = None
    hi: float | None = None
    n: int | None = None
    unit: str = ""
    label: str = ""
    tables: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Fields as JSON types, numbers rounded."""
        numbers = {name: rounded(getattr(self, name)) for name in ("value", "se", "lo", "hi", "n")}
        return numbers | {"unit": self.unit, "label": self.label, "tables": list(self.tables)}


class Results(dict[str, Value]):
    """Ordered mapping from result key to :class:`Value`; a key is set once."""

    def __missing__(self, key: str) -> Value:
        raise NotThereError("unknown result", value=key, fix=nearest(key, self))

    def add(
        self,
        key: str,
        value: object,
        *,
        se: object = None,
        lo: object = None,
        hi: object = None,
        n: object = None,
        unit: str = "",
        label: str = "",
        tables: Sequence[str] = (),
    ) -> None:
        """Set one key; numbers are rounded at once, so that text and file agree.

        Raises InputError: when the key is set already: one fact, one place.
        """
        if key in self:
            raise InputError("result key set twice", value=key, fix="Give each number its own key.")
        many = rounded(n)
        number = int(many) if isinstance(many, (int, float)) else None
        found = rounded(value), real(se), real(lo), real(hi), number
        self[key] = Value(*found, unit, label, tuple(tables))

    def merged(self, *others: Mapping[str, Value]) -> Results:
        """New mapping with the keys of both; the same key must not differ."""
        out = Results(self)
        for other in others:
            for key in other:
                if key in out and out[key] != other[key]:
                    raise InputError("two chapters give different values", value=key)
                out[key] = other[key]
        return out

    def to_json(self, scenario: str) -> str:
        """The text of ``results.json``: keys sorted, one schema number, a final newline."""
        body = {
            "schema": SCHEMA,
            "scenario": scenario,
            "values": {k: self[k].as_dict() for k in sorted(self)},
        }
        return json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, path: Path) -> Results:
        """Read what :meth:`to_json` wrote.

        Raises InputError: when the file is missing, is no JSON or has another schema.
        """
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            if body["schema"] != SCHEMA:
                problem = "results of another version"
                fix = "Build the book again."
                raise InputError(problem, file=path, value=body["schema"], fix=fix)
            values = {
                k: Value(**{**v, "tables": tuple(v["tables"])}) for k, v in body["values"].items()
            }
            if odd := [k for k, v in values.items() if isinstance(v.value, (list, dict))]:
                raise TypeError(f"{odd[0]} is no single value")
        except FileNotFoundError:
            raise InputError("no such file", file=path, fix="Build the book first.") from None
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as e:
            raise InputError(
                f"not a results file: {e}", file=path, fix="Build the book again."
            ) from None
        return cls(values)


def real(value: object) -> float | None:
    """A number as it is kept; None for what is missing, or no number."""
    number = rounded(value)
    return None if number is None or isinstance(number, str) else float(number)
