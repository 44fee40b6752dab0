"""How a notebook opens its study, alone, inside a build, or without a kernel."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
from IPython import get_ipython

from sevenpercent.data import tables
from sevenpercent.data.tables import Load
from sevenpercent.model import scenario
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.study import cells, kept, magics
from sevenpercent.study.study import OPEN, SESSION, Study, Upstream


def open_study(chapter: str, scenario_name: str, out: str = "", **parameters: object) -> Study:
    """Open a chapter; its parameters are checked before anything is computed.

    Raises InputError: unknown scenario, parameter or value, or a chapter that this book has no data
    for.

    `chapter`: its name, as in the scenario's ``chapters``; `scenario_name`: name or path of the
    scenario; `out`: folder of the running build; empty when the notebook runs alone; `parameters`:
    the notebook's own; an empty value means "as declared".
    """
    session = SESSION.get()
    if session is not None:
        study = Study(chapter, session.scenario, session.load, session.upstream, None)
        session.study = study
        return study
    s = scenario.load(scenario_name, scenario.parameters(chapter, parameters))
    scenario.require_chapter(s, chapter)
    load = tables.loader(s.tables.folder)
    folder = Path(out) if out else None
    study = Study(chapter, s, load, _upstream(s, load, folder), folder)
    OPEN[:] = [study]
    if (shell := get_ipython()) is not None:  # once a cell, however many numbers it publishes
        study.waits = True
        shell.events.register("post_run_cell", study.write)
    # A frame is printed the same whatever window, or none, the notebook runs in.
    pd.set_option("display.width", 100, "display.max_columns", 12, "display.max_colwidth", 40)
    magics.register()
    return study


def _upstream(s: Scenario, load: Load, out: Path | None) -> Upstream:
    """Numbers of other chapters: of the running build, kept from before, or computed here."""

    @cache
    def find(name: str) -> Results:
        if out is not None and (path := out / kept.UPSTREAM / f"{name}.json").is_file():
            return Results.from_json(path)
        found = kept.read(s, name)
        if found is None:
            found = cells.run(name, s, load, find).results
            kept.write(s, name, found)
        return found

    return find
