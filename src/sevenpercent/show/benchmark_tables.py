"""What benchmarks measured, as readers see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from sevenpercent.data.benchmarks import Run, rates
from sevenpercent.escape import Markdown, markdown
from sevenpercent.model.words import number
from sevenpercent.show.table import table

MARKS = {True: "", False: "**missed:** ", None: "open: "}


def amount(x: float | None) -> str:
    """A measured number with as many digits as mean something."""
    if x is None or x != x:
        return "not measured"
    return number(x, 0 if abs(x) >= 100 else 2)


def goals_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Every goal of every benchmark, what was asked and what was measured."""
    made = pd.DataFrame(
        {"goal": MARKS[g.met] + markdown(g.label), "asked": g.asked, "got": amount(g.measured)}
        for run in runs
        for g in run.goals
    )
    made.attrs["markup"] = ["goal"]
    return made


def peers_table(runs: Sequence[Run]) -> pd.DataFrame:
    """Regressions a second and core, of the engine and of what it is compared with."""
    return pd.DataFrame(
        {
            "": r["what"],
            "per second": amount(r["per_core_second"]),
            "times": "" if r["times"] != r["times"] else number(r["times"], 0 if r["times"] >= 10 else 2),
        }
        for run in runs
        for r in rates(run).to_dict("records")
    )  # fmt: skip


def described(run: Run) -> str:
    """Where a benchmark stands, on what it ran, and when."""
    return f"benchmarks/{run.name}.json: {run.machine}; {run.versions}; {run.measured}"


def sources(runs: Sequence[Run]) -> str:
    """The benchmarks that have goals, as :func:`described` names them."""
    return "; ".join(described(run) for run in runs if run.goals)


def measured(runs: Sequence[Run]) -> Iterator[Markdown]:
    """Tables of the benchmarks that have neither goals nor peers."""
    for run in runs:
        for own in [] if run.goals or len(rates(run)) else run.tables:
            told = own.rename(columns=lambda c: c.replace("_", " "))
            told = told.map(lambda x: x.replace("_", " ") if isinstance(x, str) else amount(x))
            yield Markdown(f"{table(told)}\n\n*{markdown(described(run))}.*")
