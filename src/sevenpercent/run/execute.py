"""Run one notebook through papermill, in a build or alone, and say what failed in it."""

from __future__ import annotations

import os
import re
import subprocess
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from sevenpercent import paths
from sevenpercent.errors import ChapterError, InputError, RefusedError, of_system, unforeseen
from sevenpercent.folders import scratch, writable
from sevenpercent.model.scenario import Scenario, chapters
from sevenpercent.run import notebooks
from sevenpercent.workers import SECONDS, Lost, Pool, stoppable

WARM = "sevenpercent.run.warm"
"""What every chapter's process has imported when it starts."""

EPOCH = "1480000000"
"""Time stamp of builds outside a repository: any fixed number serves."""

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def environment(root: Path) -> dict[str, str]:
    """Variables under which every chapter and the site builder give the same bytes each time.

    One thread and one code path in linear algebra, because the last digits of a sum depend on
    both; a fixed hash seed; the commit's time instead of the clock; no styles, start-up files or
    settings of whoever is at work, whose home may be missing or read-only.
    """
    stamp = _committed(root) if (root / ".git").exists() else ""
    made = find_spec("matplotlib")
    plain = Path(str(made and made.origin)).with_name("mpl-data") / "matplotlibrc"
    home = os.path.expanduser("~")  # noqa: PTH111 - there may be none
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {
        **dict.fromkeys(threads, "1"),
        "OPENBLAS_CORETYPE": "Haswell",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": stamp or EPOCH,
        "SEVENPERCENT_ROOT": str(root),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "MATPLOTLIBRC": str(plain),
        "IPYTHONDIR": str(root / "_build" / "ipython"),
        **({} if os.access(home, os.W_OK) else {"MPLCONFIGDIR": str(root / "_build" / "fonts")}),
    }


def _committed(root: Path) -> str:
    """Time of the last commit, as seconds; empty where there is no git or it knows of none."""
    asked = ["git", "-C", str(root), "log", "-1", "--format=%ct"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
    return said if said.isdigit() else ""


@dataclass(frozen=True)
class Job:
    """One chapter to run: where it stands, where it goes, and what is injected."""

    name: str
    source: Path
    target: Path
    cwd: Path
    parameters: Mapping[str, object] = field(default_factory=dict)
    seconds: float = SECONDS
    """Time that each of its cells has."""

    @property
    def working(self) -> Path:
        """File that holds the source of the cell at work."""
        return self.target.with_suffix(".working")


def run(job: Job) -> ChapterError | None:
    """Execute a chapter in this process and write its cleaned notebook.

    Returns None when it went well; else an error whose message has chapter, cell and cause. It is
    returned, not raised, because it crosses from one process to another.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from papermill import execute_notebook
        from papermill.exceptions import PapermillExecutionError

        from sevenpercent.run import engine
    try:
        executed = execute_notebook(
            notebooks.read_chapter(job.source),
            None,
            parameters=dict(job.parameters) or None,
            engine_name=engine.NAME,
            kernel_name="python3",
            cwd=str(job.cwd),
            progress_bar=False,
            execution_timeout=job.seconds,
            working=job.working,
        )
        notebooks.write(notebooks.clean(executed, job.name), job.target)
    except PapermillExecutionError as e:
        return failed(job, e.source, e.ename, e.evalue)
    except ChapterError as e:
        return e
    except OSError as e:
        return lost(job, of_system(e))
    except Exception as e:
        return lost(job, unforeseen(type(e).__name__, e))
    finally:
        job.working.unlink(missing_ok=True)
    return None


def run_alone(scenario: Scenario, chapter: str, target: Path) -> None:
    """Execute a chapter for a scenario and write its notebook to `target`.

    Raises InputError when there is no such chapter; ChapterError when the chapter fails.
    """
    source = chapters.source(chapter)
    os.environ.update(environment(paths.ROOT))
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
        job = Job(chapter, source, target, paths.CHAPTERS, parameters)
        with stoppable(), Pool(1, fresh=True) as pool:  # one chapter imports what it needs itself
            pool.submit(chapter, run, job)
            [(_, outcome)] = pool.ended()
        if wrong := failure(job, outcome):
            raise wrong


def failure(job: Job, outcome: ChapterError | Lost | None) -> ChapterError | None:
    """What :func:`run` gave back in another process, or that the process was lost."""
    return lost(job, outcome.why) if isinstance(outcome, Lost) else outcome


def lost(job: Job, why: str) -> ChapterError:
    """An error of one line about a chapter whose run ended with no word from the cell at work."""
    try:
        source = job.working.read_text(encoding="utf-8")
    except OSError:
        source = ""
    return failed(job, source, "ChapterError", why)


def failed(job: Job, source: str, ename: str, evalue: str) -> ChapterError:
    """An error of one line about a cell that failed, named by its source: chapter, cell and cause."""
    cells = notebooks.read_chapter(job.source).cells
    number = next((i for i, c in enumerate(cells, start=1) if c.source == source), None)
    lines = [line for line in source.splitlines() if line.strip()]
    where = f", cell {number}" if number else ""
    first = f" ({lines[0].strip()})" if lines else ""
    cause = COLOUR.sub("", evalue).strip()
    # Errors made for the reader speak for themselves; of any other the kind is said.
    if ename not in ("InputError", "ChapterError"):
        cause = unforeseen(ename, cause)
    kind = RefusedError if ename == "InputError" else ChapterError
    return kind(f"chapter {job.name}{where}{first}: {cause}")
