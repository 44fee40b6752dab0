"""Run one chapter alone, as Jupyter's "Run All" or a plain papermill would."""

from __future__ import annotations

import os
from pathlib import Path

from sevenpercent import paths
from sevenpercent.errors import ChapterError, InputError
from sevenpercent.folders import scratch, writable
from sevenpercent.model.scenario import Scenario, chapters
from sevenpercent.run import execute
from sevenpercent.workers import Pool, stoppable


def run_alone(scenario: Scenario, chapter: str, target: Path) -> None:
    """Execute a chapter for a scenario and write its notebook to `target`.

    Raises InputError when there is no such chapter; ChapterError when the chapter fails.
    """
    source = chapters.source(chapter)
    os.environ.update(execute.environment(paths.ROOT))
    target = target.resolve()
    if target.is_dir():
        raise InputError(
            "a folder cannot be a notebook", file=target, fix="Name a file: --out FILE."
        )
    writable(target.parent)
    with scratch() as folder:
        resolved = folder / "scenario.yml"
        resolved.write_text(scenario.as_yaml(), encoding="utf-8")
        parameters = {"scenario": str(resolved)}
        job = execute.Job(chapter, source, target, paths.CHAPTERS, parameters)
        with stoppable(), Pool(1, fresh=True) as pool:  # one chapter imports what it needs itself
            pool.submit(chapter, execute.run, job)
            [(_, outcome)] = pool.ended()
        if failure := execute.failure(job, outcome):
            raise ChapterError(failure)
