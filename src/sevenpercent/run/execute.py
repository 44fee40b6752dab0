"""Run one notebook through papermill in a process of its own, and say what failed in it."""

from __future__ import annotations

import re
import subprocess
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sevenpercent.errors import ChapterError
from sevenpercent.run import notebooks

CELL_SECONDS = 900
"""A cell that takes longer is stopped: something in it hangs."""

EPOCH = "1480000000"
"""Time stamp of builds outside a repository: any fixed number serves."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def environment(root: Path) -> dict[str, str]:
    """Variables under which every kernel and the site builder give the same bytes each time.

    One thread and one code path in linear algebra, because the last digits of a sum depend on
    both; a fixed hash seed; the commit's time instead of the clock.
    """
    run = subprocess.run(
        ["git", "-C", str(root), "log", "-1", "--format=%ct"],
        capture_output=True,
        text=True,
        check=False,
    )
    inside = run.returncode == 0 and (root / ".git").exists() and run.stdout.strip().isdigit()
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {
        **dict.fromkeys(threads, "1"),
        "OPENBLAS_CORETYPE": "Haswell",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": run.stdout.strip() if inside else EPOCH,
        "SEVENPERCENT_ROOT": str(root),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


@dataclass(frozen=True)
class Job:
    """One chapter to run: where it stands, where it goes, and what is injected."""

    name: str
    source: Path
    target: Path
    cwd: Path
    parameters: Mapping[str, object] = field(default_factory=dict)


def run(job: Job) -> str | None:
    """Execute a chapter and write its cleaned notebook.

    Returns
    -------
    str or None
        None when it went well; else one message with chapter, cell and cause. A message is
        returned instead of an exception because it crosses from one process to another.
    """
    notebook = notebooks.read_chapter(job.source)
    raw = job.target.with_suffix(".raw.ipynb")
    prepared = job.target.with_suffix(".prepared.ipynb")
    notebooks.write(notebook, prepared)
    try:
        failure = _papermill(job, prepared, raw)
        if failure is None:
            notebooks.write(notebooks.clean(notebooks.read(raw), job.name), job.target)
    except ChapterError as e:
        failure = str(e)
    finally:
        for path in (raw, prepared):
            path.unlink(missing_ok=True)
    return failure


def _papermill(job: Job, prepared: Path, raw: Path) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from papermill import execute_notebook
        from papermill.exceptions import PapermillExecutionError

        for last in (False, True):
            try:
                execute_notebook(
                    str(prepared),
                    str(raw),
                    parameters=dict(job.parameters) or None,
                    kernel_name="python3",
                    cwd=str(job.cwd),
                    progress_bar=False,
                    execution_timeout=CELL_SECONDS,
                    start_timeout=60,
                    extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
                )
                return None
            except PapermillExecutionError as e:
                return _message(job, e.source, e.ename, e.evalue)
            except Exception as e:
                # Kernels that start at the same moment can race for a port: once is no failure.
                if last or _cells_run(raw):
                    return _message(job, _running(raw), type(e).__name__, str(e))
    return None


def _message(job: Job, source: str, ename: str, evalue: str) -> str:
    cells = notebooks.read_chapter(job.source).cells
    number = next((i for i, c in enumerate(cells, start=1) if c.source == source), None)
    lines = [line for line in source.splitlines() if line.strip()]
    where = f", cell {number}" if number else ""
    first = f" ({lines[0].strip()})" if lines else ""
    cause = _COLOUR.sub("", evalue).strip()
    # Errors made for the reader speak for themselves; any other is named by its class.
    if ename not in ("InputError", "ChapterError"):
        cause = f"{ename}: {cause}" if cause else ename
    return f"chapter {job.name}{where}{first}: {cause}"


def _cells_run(raw: Path) -> int:
    if not raw.is_file():
        return 0
    cells = notebooks.read(raw).cells
    return sum(1 for c in cells if c.get("execution_count") or c.get("outputs"))


def _running(raw: Path) -> str:
    if not raw.is_file():
        return ""
    for cell in notebooks.read(raw).cells:
        if cell.metadata.get("papermill", {}).get("status") in ("running", "failed"):
            return str(cell.source)
    return ""
