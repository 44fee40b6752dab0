"""Jupyter Book in the process that is called: loaded by those alone that make pages."""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

from jupyter_book import sphinx
from jupyter_book.cli.main import main
from sphinx.application import Sphinx

from sevenpercent.run import search


def run(source: Path, target: Path, jobs: int) -> tuple[int, str]:
    """Status and words of Jupyter Book."""
    os.environ["NO_COLOR"] = "1"
    # Its command line has no word for the number of processes. Two of its extensions do not say
    # whether pages can be read side by side; neither keeps anything of a page while it is read.
    sphinx.build_sphinx = partial(sphinx.build_sphinx, jobs=jobs)
    Sphinx.is_parallel_allowed = lambda app, typ: True  # type: ignore[method-assign,assignment]
    search.index()
    said, status = io.StringIO(), 0
    options = ["-W", "-n", "--keep-going", "--path-output", str(target), str(source)]
    with redirect_stdout(said), redirect_stderr(said):
        try:
            main(["build", *options], prog_name="jupyter-book")
        except SystemExit as left:
            status = left.code if isinstance(left.code, int) else int(left.code is not None)
        except Exception as e:  # it says so itself when it gives up
            status = 1
            print(f"ERROR: {e.__cause__ or e}")
    return status, said.getvalue()
