"""Time a cold build beside `jupyter-book` that executes the same chapters itself.

Run with ``python benchmarks/build.py [SCENARIO]``. Both start without any cache and make the same
pages; ours also merges the numbers, repairs the pages and checks them. Jupyter Book executes one
notebook after the other, which is how it is built; ours runs those that do not wait for each
other at the same time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run import execute, notebooks, publish
from sevenpercent.workers import processors

JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"


def ours(name: str, folder: Path) -> float:
    """Seconds of a cold `sevenpercent build` in a new process."""
    start = time.perf_counter()
    subprocess.run(
        [
            sys.executable,
            "-m",
            "sevenpercent.cli.main",
            "build",
            name,
            "--out",
            str(folder),
            "--force",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def theirs(chosen: scenario.Scenario, folder: Path) -> float:
    """Seconds of `jupyter-book build` with ``execute: force`` on the same chapters."""
    source = folder / "src"
    empty = folder / "unexecuted"
    for name in chosen.chapters:
        chapter = notebooks.read_chapter(paths.CHAPTERS / f"{name}.md")
        notebooks.write(chapter, empty / f"{name}.ipynb")
    publish.write_source(chosen, {n: empty / f"{n}.ipynb" for n in chosen.chapters}, source)
    config = yaml.safe_load((source / "_config.yml").read_text())
    config["execute"] = {"execute_notebooks": "force", "timeout": 600}
    (source / "_config.yml").write_text(yaml.safe_dump(config))
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", JUPYTER_BOOK, "build", str(source)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - start


def main() -> None:
    """Print both times and their ratio."""
    name = sys.argv[1] if len(sys.argv) > 1 else scenario.DEFAULT
    chosen = scenario.load(name)
    os.environ.update(execute.environment(paths.ROOT))
    with tempfile.TemporaryDirectory() as folder:
        mine = ours(name, Path(folder) / "ours")
        other = theirs(chosen, Path(folder) / "theirs")
    print(f"{len(chosen.chapters)} chapters on {processors()} processors, cold")
    print(f"sevenpercent build               {mine:7.1f} s")
    print(f"jupyter-book, execute: force     {other:7.1f} s")
    print(f"ratio                            {other / mine:7.2f}")


if __name__ == "__main__":
    main()
