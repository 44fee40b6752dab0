"""What the committed benchmarks measured, beside the goals that were set."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sevenpercent import paths
from sevenpercent.errors import InputError, nearest
from sevenpercent.workers import processors

GOALS = "goals.json"
"""File that holds the goals of all benchmarks, by their name."""

EIGHT = 8
"""Outcomes at a time for which the engine is compared with its peers."""

REDUCED = ("value", "least", "most", "spread")


@dataclass(frozen=True)
class Goal:
    """One goal and what was measured.

    Attributes
    ----------
    name, label : str
    measured : float or None
        None where the benchmark could not measure it.
    least, most : float or None
        The goal: no less, or no more, than this.
    unit : str
    tried : str
        What was tried and what the profile shows, where the goal is missed.
    """

    name: str
    label: str
    measured: float | None
    least: float | None
    most: float | None
    unit: str
    tried: str

    @property
    def met(self) -> bool | None:
        """Whether it is met; None where nothing was measured."""
        if self.measured is None:
            return None
        above = self.least is None or self.measured >= self.least
        return above and (self.most is None or self.measured <= self.most)

    @property
    def asked(self) -> str:
        """The goal: ``≥ 10,000``."""
        sign, limit = ("≥", self.least) if self.least is not None else ("≤", self.most)
        return f"{sign} {limit:,.0f}" if limit and limit >= 100 else f"{sign} {limit:g}"


@dataclass(frozen=True)
class Run:
    """One benchmark's file.

    Attributes
    ----------
    name : str
        The file's name without its ending.
    body : dict
        Everything in it.
    goals : list of Goal
    """

    name: str
    body: dict[str, Any]
    goals: list[Goal] = field(default_factory=list)

    @property
    def machine(self) -> str:
        """What it ran on, or that nobody wrote it down."""
        said = self.body.get("machine")
        if not isinstance(said, Mapping):
            return "a machine that was not recorded"
        cores = f", {said['cores']} cores" if "cores" in said else ""
        return (
            f"{said.get('processor', 'unnamed processor')}{cores}, {said.get('system', '')}".strip(
                ", "
            )
        )

    @property
    def versions(self) -> str:
        """Versions of what was compared."""
        said = self.body.get("versions")
        if not isinstance(said, Mapping):
            return "versions not recorded"
        return ", ".join(f"{name} {v or '(not installed)'}" for name, v in said.items())

    @property
    def measured(self) -> str:
        """Day of the measurement."""
        return str(self.body.get("measured") or "day not recorded")

    @property
    def tables(self) -> list[pd.DataFrame]:
        """What was measured, for benchmarks without a table of their own.

        Single numbers stand in a table of two columns, records of the same kind (a list of them, or
        a mapping of names to them) in one with a line each.
        """
        rest = {
            k: v
            for k, v in self.body.items()
            if k not in ("machine", "versions", "measured", "goals")
        }
        single: list[tuple[str, float]] = []
        out = []
        for name, value in rest.items():
            records = _records(value)
            if records is None:
                single += list(_flat(value, name))
            else:
                out.append(pd.DataFrame(records))
        first = pd.DataFrame(single, columns=["", "measured"])
        return [first, *out] if single else out


def machine() -> dict[str, Any]:
    """Processor, how many of them may be used, and system: what a benchmark says it ran on."""
    model = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        model = lines[0].split(":")[1].strip() if lines else model
    return {"processor": model, "cores": processors(), "system": platform.system()}


def read(folder: Path = paths.BENCHMARKS) -> list[Run]:
    """Read every benchmark that has been committed, in the order of their names.

    Raises
    ------
    InputError
        A file that is no JSON object, or a goal that names nothing in it.
    """
    found = {p.stem: _object(p) for p in sorted(folder.glob("*.json")) if p.name != GOALS}
    path = folder / GOALS
    declared = _object(path) if path.is_file() else {}
    return [
        Run(name, body, list(_goals(body, body.get("goals", declared.get(name, [])), folder, name)))
        for name, body in found.items()
    ]


def goals(runs: Iterable[Run]) -> pd.DataFrame:
    """Goals of all benchmarks.

    Returns
    -------
    pandas.DataFrame
        ``part`` (``speed.<benchmark>.<goal>``), ``label``, ``asked``, ``value`` (measured; null where
        nothing was), ``unit``, ``met`` (null likewise), ``tried`` (where it is missed).
    """
    columns = ["part", "label", "asked", "value", "unit", "met", "tried"]
    rows = [
        (f"speed.{r.name}.{g.name}", g.label, g.asked, g.measured, g.unit, g.met, g.tried)
        for r in runs
        for g in r.goals
    ]
    return pd.DataFrame(rows, columns=columns, dtype=object)


def rates(run: Run) -> pd.DataFrame:
    """Regressions a second of the engine and its peers, side by side, where a file has them.

    Returns
    -------
    pandas.DataFrame
        ``what``, ``per_core_second`` and, for what it is compared with, ``times``: how many times
        as many the engine does with eight outcomes at a time. No rows where a file has no engine.

    Raises
    ------
    InputError
        An engine without its rates.
    """
    engine = run.body.get("engine")
    columns = ["what", "per_core_second", "times"]
    if not isinstance(engine, list) or not engine:
        return pd.DataFrame(columns=columns)
    try:
        lead = next((e for e in engine if e["outcomes"] == EIGHT), engine[-1])
        own = float(lead["per_core_second"])
        rows: list[tuple[str, float | None]] = [
            (f"engine, {e['outcomes']} outcomes", float(e["per_core_second"])) for e in engine
        ]
        bare = float(lead["products_per_core_second"])
        others: list[tuple[str, float | None]] = [
            (f"bare matrix products, {lead['outcomes']} outcomes", bare)
        ]
        others += [
            (name, float(other["per_core_second"]) if other else None)
            for name, other in run.body.get("others", {}).items()
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as e:
        raise InputError(
            f"the benchmark lacks an entry: {e}",
            file=f"{run.name}.json",
            fix="Run the benchmark again.",
        ) from None
    return pd.DataFrame(
        [(name, rate, None) for name, rate in rows]
        + [(name, rate, own / rate if rate else None) for name, rate in others],
        columns=columns,
    )


def _goals(body: dict[str, Any], listed: Any, folder: Path, name: str) -> Iterator[Goal]:
    if not isinstance(listed, list):
        raise InputError("goals must be a list", file=folder / GOALS, column=name)
    for entry in listed:
        if not isinstance(entry, dict) or not {"name", "label", "at"} <= set(entry):
            raise InputError(
                "a goal needs a name, a label and a place", file=folder / GOALS, column=name
            )
        if ("least" in entry) == ("most" in entry):
            raise InputError(
                "a goal needs either 'least' or 'most'", file=folder / GOALS, value=entry["name"]
            )
        yield Goal(
            name=str(entry["name"]),
            label=str(entry["label"]),
            measured=_measured(body, entry, folder / f"{name}.json"),
            least=entry.get("least"),
            most=entry.get("most"),
            unit=str(entry.get("unit", "")),
            tried=str(entry.get("tried", "")),
        )


def _measured(body: dict[str, Any], entry: dict[str, Any], file: Path) -> float | None:
    how = entry.get("of", "value")
    if how not in REDUCED:
        raise InputError("unknown way to sum up", file=file, value=how, fix=nearest(how, REDUCED))
    values = list(_at(body, str(entry["at"]).split("."), entry["at"], file))
    known = [float(v) for v in values if v is not None]
    if not known:
        return None
    if how == "spread":
        return max(known) / min(known)
    return {"least": min(known), "most": max(known)}.get(str(how), known[0])


def _at(value: Any, path: list[str], whole: str, file: Path) -> Iterator[float | None]:
    """Numbers at a path; ``*`` stands for every entry of a list."""
    if value is None or not path:
        if value is not None and not isinstance(value, (int, float)):
            raise InputError("the goal names something that is no number", file=file, column=whole)
        yield value
    elif path[0] == "*":
        for part in value if isinstance(value, list) else []:
            yield from _at(part, path[1:], whole, file)
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:], whole, file)
    else:
        known = list(value) if isinstance(value, dict) else []
        raise InputError(
            "the benchmark has no such entry", file=file, column=whole, value=path[0],
            fix=nearest(path[0], known) if known else "Run the benchmark again.",
        )  # fmt: skip


def _records(value: Any) -> list[dict[str, Any]] | None:
    """Lines of a table, where a value is a list of mappings or a mapping of names to mappings."""
    if isinstance(value, dict):
        if not value or not all(isinstance(v, dict) for v in value.values()):
            return None
        return [{"": name, **part} for name, part in value.items()]
    if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
        return None
    return value


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, bool):
        return
    if isinstance(value, (int, float)):
        yield path, float(value)
        return
    parts: Any = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        parts = enumerate(value)
    for name, part in parts:
        yield from _flat(part, f"{path}, {name}" if path else str(name))


def _object(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as e:
        raise InputError(
            f"not valid JSON: {e}", file=path, fix="Run the benchmark again."
        ) from None
    if not isinstance(body, dict):
        raise InputError("must be a JSON object", file=path, fix="Run the benchmark again.")
    return body
