"""Figures of a run of benchmarks: what one is, and what the run was made on."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from sevenpercent.workers import machine

COMPARED = ("numpy", "pandas", "duckdb", "statsmodels", "pyfixest", "jupyter-book")  # fmt: skip


def figure(
    name: str, label: str, value: float | None, unit: str = "", **goal: Any
) -> dict[str, Any]:
    """One figure; `goal` gives ``least`` or ``most``, and ``tried`` where it is known to be missed."""
    return {"name": name, "label": label, "value": value, "unit": unit, **goal}


def head(names: Iterable[str] = COMPARED) -> dict[str, Any]:
    """Day, machine, load and versions of a run."""
    installed = {
        d.metadata["Name"].lower().replace("_", "-"): d.version for d in metadata.distributions()
    }
    found = {name: installed.get(name.replace("_", "-"), "") for name in names}
    return {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "load": round(os.getloadavg()[0], 2),
        "versions": {"python": platform.python_version(), **found},
    }


def peak_megabytes(who: int = resource.RUSAGE_SELF) -> float:
    """Largest memory that this process, or one that it waited for, held at a time."""
    size = resource.getrusage(who).ru_maxrss
    return size / (2**20 if platform.system() == "Darwin" else 2**10)
