"""Jupyter Book in the process that is called: loaded by those alone that make pages."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path

from jupyter_book import sphinx
from jupyter_book.cli.main import main
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from sevenpercent import hashes
from sevenpercent.run import search

SHOWN = "shown.txt"
"""File beside what was read, with the hash of what pages show of each other."""

_PLACE = re.compile(r"\bline=\d+| at 0x[0-9a-f]+")
"""What differs between two readings of the same words: lines before them, and places in memory."""


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


def setup(app: Sphinx) -> dict[str, bool]:
    """Let the Sphinx of a book write again only those pages that may look different now."""
    app.connect("env-before-read-docs", _closed)
    app.connect("env-updated", others)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _closed(app: Sphinx, env: BuildEnvironment, names: list[str]) -> None:
    """No text puts a file of this machine into a page: such a directive is a warning."""
    env.settings["file_insertion_enabled"] = False


def others(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Every page, if what pages show of each other changed: titles, places that links lead to.

    Sphinx asks this only for the pages that hold the contents; here, each page shows them.
    """
    own = [os.path.normpath(folder) + os.sep for folder in (app.srcdir, Path(app.outdir).parent)]
    for file in [*env.images, *env.dlfiles]:
        if not os.path.normpath(Path(app.srcdir) / file).startswith(tuple(own)):
            logging.getLogger(__name__).warning("a file outside of the book is shown: %s", file)
    tocs = {name: toc.pformat() for name, toc in env.tocs.items()}
    titles = {name: title.pformat() for name, title in env.longtitles.items()}
    domains = {n: _PLACE.sub("", repr(held)) for n, held in env.domaindata.items()}
    shown = {"tocs": tocs, "titles": titles, "domains": domains, "order": env.toctree_includes}
    now, place = hashes.key_of(shown), Path(app.doctreedir) / SHOWN
    same = place.is_file() and place.read_text(encoding="utf-8") == now
    place.write_text(now, encoding="utf-8")
    # One page at least: where none is written, Sphinx leaves out what all of them share.
    return [app.config.root_doc] if same else sorted(env.found_docs)
