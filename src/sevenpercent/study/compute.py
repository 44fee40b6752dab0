"""What one chapter finds out, with the results of the chapters it draws on: no notebook, no files."""

from __future__ import annotations

import pandas as pd

from sevenpercent.model.results import Findings
from sevenpercent.model.scenario import Scenario
from sevenpercent.study import cells
from sevenpercent.study.study import Load, Upstream


def compute(name: str, s: Scenario, load: Load, upstream: Upstream) -> Findings:
    """Numbers of one chapter, and the frames that its cells leave.

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
    done = cells.run(name, s, load, upstream)
    frames = {k: v for k, v in done.variables.items() if isinstance(v, pd.DataFrame)}
    return Findings(done.results, frames)
