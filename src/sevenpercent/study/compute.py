"""What one chapter finds out, with the results of the chapters it draws on: no notebook, no files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

import pandas as pd

from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.study import cells, header


def needs(name: str, s: Scenario) -> Sequence[str]:
    """Chapters whose results a chapter reads, as far as this book has them."""
    if cells.is_open(name):
        return header.needs(name, s)
    module = import_module(f"sevenpercent.findings.{name}")
    return [n for n in getattr(module, "NEEDS", ()) if n in s.chapters]


def compute(
    name: str,
    s: Scenario,
    load: Callable[[str], pd.DataFrame],
    upstream: Callable[[str], Results],
) -> Findings:
    """Compute the findings of one chapter.

    Parameters
    ----------
    name : str
        Chapter.
    s : Scenario
        What the book is about.
    load : callable
        Table by name.
    upstream : callable
        Results of another chapter by name, asked for those that this one reads.
    """
    if cells.is_open(name):
        done = cells.run(name, s, load, upstream)
        frames = {k: v for k, v in done.variables.items() if isinstance(v, pd.DataFrame)}
        return Findings(done.results, frames)
    module = import_module(f"sevenpercent.findings.{name}")
    if hasattr(module, "NEEDS"):  # of which this book may have none
        above = Results().merged(*(upstream(n) for n in needs(name, s)))
        found: Findings = module.compute(s, load, above)
    else:
        found = module.compute(s, load)
    return found
