"""``check data``: run every rule on a folder of tables and say what is open."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import Field, field_validator, model_validator

from sevenpercent import paths, strict
from sevenpercent.data import tables
from sevenpercent.data.rules.base import COLUMNS, Finding, Row, line, to_frame
from sevenpercent.data.rules.registry import RULES, Rule, applicable, find
from sevenpercent.data.rules.shares import SHARES
from sevenpercent.errors import InputError, nearest
from sevenpercent.strict import Strict

ACTIONS = ("corrected", "kept", "excluded")
"""corrected: the tables hold another value; kept: the value stands, with a reason; excluded: the
row is in no analysis."""


class Disposition(Strict):
    """One entry of ``dispositions.yml``.

    `source`, `keys` and `column` are patterns (``*`` stands for anything); `most`: the entry
    explains at most this many findings, more are a new fault, and then none is explained; required
    where a pattern of a key holds a ``*``; `action`: one of `ACTIONS`; `why`: the reason, in one or
    two sentences; `cites`: the source that shows it.
    """

    rule: str
    table: str
    source: str = "*"
    keys: list[str] = Field(min_length=1)
    column: str = "*"
    most: int | None = None
    action: Literal["corrected", "kept", "excluded"]
    why: str = Field(min_length=10)
    cites: str = Field(min_length=3)

    @field_validator("rule")
    @classmethod
    def _a_rule(cls, rule: str) -> str:
        if rule not in (known := [r.id for r in RULES]):
            raise ValueError(f"This is no rule. {nearest(rule, known)}")
        return rule

    @model_validator(mode="after")
    def _bounded(self) -> Disposition:
        if self.most is None and any("*" in key for key in self.keys):
            raise ValueError(
                "A pattern among the keys must say how many findings it explains at most"
            )
        return self

    def covers(self, finding: Row) -> bool:
        """Whether the entry speaks of a finding."""
        return (
            self.rule == finding["rule"]
            and self.table == finding["table"]
            and fnmatchcase(str(finding["source"]), self.source)
            and fnmatchcase(str(finding["column"]), self.column)
            and any(fnmatchcase(str(finding["key"]), key) for key in self.keys)
        )


class Dispositions(Strict):
    """Entries of ``dispositions.yml``, by their number."""

    entry: dict[int, Disposition]


def read_dispositions(path: Path) -> list[Disposition]:
    """Entries of a file of dispositions.

    Raises InputError when the file is no YAML list of entries, an entry is incomplete or names no
    rule.
    """
    entries = (strict.read_any(path) or []) if path.is_file() else []
    if not isinstance(entries, list):
        raise InputError("The file must hold a list of entries", file=path)
    body = {"entry": dict(enumerate(entries, start=1))}
    return list(strict.validated(Dispositions, body, path, "disposition").entry.values())


def explain(found: pd.DataFrame, entries: Sequence[Disposition]) -> pd.DataFrame:
    """Findings with the entry that explains each.

    Returns ``found`` with ``action`` (``open`` where nothing explains the finding), ``why`` and
    ``cites``.

    `found`: a frame of findings; `entries`: the first one that covers a finding
    explains it.
    """
    chosen = [
        next((i for i, e in enumerate(entries) if e.covers(finding)), None)
        for finding in found.to_dict("records")
    ]
    uses = pd.Series(chosen, dtype="object").value_counts()
    spent = {
        i for i, e in enumerate(entries) if e.most is not None and int(uses.get(i, 0)) > e.most
    }
    kept = [entries[i] if i is not None and i not in spent else None for i in chosen]
    return found.assign(
        action=[e.action if e else "open" for e in kept],
        why=[e.why if e else "" for e in kept],
        cites=[e.cites if e else "" for e in kept],
    )


def unused(found: pd.DataFrame, entries: Sequence[Disposition]) -> list[Disposition]:
    """Entries that explain no finding any more: stale, to be deleted."""
    rows = found.to_dict("records")
    return [e for e in entries if not any(e.covers(row) for row in rows)]


PRINTED = frozenset({"county_votes_printed", "equipment_records"})
"""Tables kept as their publishers printed them; errors in them are expected and explained."""

COUNTED = (*ACTIONS, "noted", "open")
"""What can become of a finding, as the summary counts it."""

SHOWN = 40
"""Open findings printed at most; the rest is counted."""


@dataclass(frozen=True)
class Report:
    """Outcome of one run of the rules.

    `found`: every finding with ``action``, ``why`` and ``cites``; `summary`: one row per rule:
    ``rule, question, checked (tables), found, corrected, kept, excluded, open``; `stale`: entries
    of ``dispositions.yml`` that explain nothing any more.
    """

    found: pd.DataFrame
    summary: pd.DataFrame
    stale: list[Disposition]

    @property
    def open(self) -> pd.DataFrame:
        """Findings without an explanation; notes need none."""
        return self.found[self.found["action"].eq("open") & self.found["severity"].ne("note")]

    @property
    def exit_code(self) -> int:
        """0 when nothing is open, else 1."""
        return int(len(self.open) > 0)


def examine(data: Path = paths.DATA) -> Report:
    """Run every rule on the tables of a folder.

    `data`: folder with ``datapackage.json``, its Parquet files and ``dispositions.yml``. Raises
    InputError when a table or the file of dispositions is unreadable.
    """
    package = tables.describe(data)
    loaded = {name: tables.load(name, data) for name in sorted(package)}
    keys, shares = described(package)
    entries = read_dispositions(data / "dispositions.yml")
    found = explain(to_frame(find(loaded, keys, shares=shares)), entries)
    settled = found["severity"].eq("note") & found["action"].eq("open")
    summary = counted(found, RULES, found["action"].where(~settled, "noted"), *COUNTED)
    summary.insert(2, "checked", [applicable(rule, loaded) for rule in RULES])
    return Report(found, summary, unused(found, entries))


def described(
    package: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Primary keys, and columns that hold shares, of every table that has a description.

    A column holds shares when its unit says so, or when it has no unit and a share's usual name.

    `package`: resources of ``datapackage.json`` by name (see `tables.describe`).
    """
    keys, shares = {}, {}
    for name, resource in package.items():
        schema = resource.get("schema", {})
        if key := schema.get("primaryKey"):
            keys[name] = list(key)
        units = {f["name"]: f.get("unit") for f in schema.get("fields", [])}
        shares[name] = [n for n, u in units.items() if u == "share" or (not u and n in SHARES)]
    return keys, shares


def counted(
    found: pd.DataFrame, asked: Iterable[Rule], by: pd.Series[str], *kinds: str
) -> pd.DataFrame:
    """One row per rule: ``rule, question, found``, and how many of its findings are of each kind.

    `by`: kind of each finding.
    """
    rows = pd.DataFrame([(rule.id, rule.question) for rule in asked], columns=["rule", "question"])
    many = pd.crosstab(found["rule"], by).reindex(index=rows["rule"], columns=kinds, fill_value=0)
    every = found["rule"].value_counts().reindex(rows["rule"], fill_value=0)
    return rows.assign(found=every.to_list(), **{k: many[k].to_list() for k in kinds})


def check_data(data: Path = paths.DATA, json: bool = False) -> int:
    """Check the tables of a folder and print what the rules found.

    Returns 0 when every finding is explained, 1 when one is open, 2 when a table is unreadable.

    `data`: folder of tables; `json`: print one JSON document in place of the readable table.
    """
    try:
        report = examine(data)
    except InputError as error:
        if json:
            print(jsonlib.dumps({"error": str(error), "exit_code": error.exit_code}))
        else:
            print(error, file=sys.stderr)
        return error.exit_code
    if json:
        print(_as_json(report))
    else:
        print("\n".join(_lines(report, data)))
    return report.exit_code


def _as_json(report: Report) -> str:
    found = report.found.astype(object).where(report.found.notna(), None)
    rules, findings = (frame.to_dict("records") for frame in (report.summary, found))
    body: dict[str, Any] = {"rules": rules, "findings": findings}
    body |= {"open": len(report.open), "exit_code": report.exit_code}
    return jsonlib.dumps(body, indent=1, ensure_ascii=False)


def _lines(report: Report, data: Path) -> list[str]:
    columns = ["found", *COUNTED]
    lines = [f"{'rule':<24}" + "".join(f"{c:>10}" for c in columns)]
    for r in report.summary.to_dict("records"):
        numbers = "".join(f"{r[c]:>10}" for c in columns)
        lines.append(f"{r['rule']:<24}{numbers if r['checked'] else '   no table to check'}")
    sums = report.summary[columns].sum()
    lines += ["-" * len(lines[0]), f"{'all':<24}" + "".join(f"{sums[c]:>10}" for c in columns)]
    if report.exit_code == 0:
        lines.append("Every finding is explained (data/dispositions.yml).")
    else:
        lines += ["", f"Open: {len(report.open)}"]
        for r in report.open[list(COLUMNS)].head(SHOWN).to_dict("records"):
            one = Finding(**{str(n): v for n, v in r.items()} | {"row": line(r["row"])})
            lines.append(one.shown(f"{data.name}/{one.table}.parquet"))
        if len(report.open) > SHOWN:
            lines.append(f"... and {len(report.open) - SHOWN} more (--json lists them all)")
    lines += [f"Explains nothing any more: {e.rule} {e.table} {e.keys}" for e in report.stale]
    return lines
