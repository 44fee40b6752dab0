"""Do the committed notebooks notice a fault? What `make test` asks of them with nbval, chapter by chapter.

A chapter is run by itself on the numbers that the sound chapters published before it, and what its
cells show is compared with ``chapters/NAME.ipynb``. Sources are left out, since a fault may be in one.
Only functions import the library: it is loaded in the process that has the fault.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ADDRESS = re.compile(r"at 0x[0-9a-f]+")

TOGETHER = 45.0
"""Seconds of processor that the notebooks may take for one fault."""

SAME, MOVED, PUBLISHED = 0, 1, 2
"""A chapter shows what is committed, does not, or does and publishes other numbers."""

Reads = Mapping[str, Sequence[str]]
"""Chapter to the files that it is made from, below the root; the quickest chapters first."""


def shown(path: Path) -> list[Any]:
    """What the cells of a notebook show, in their order."""
    from sevenpercent.run.notebooks import read

    return [
        {
            kind: ADDRESS.sub("", str(part))
            for kind, part in {**output.get("data", {}), "text": output.get("text", "")}.items()
        }
        for cell in read(path).cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


def sound(results: Path) -> dict[str, list[str]]:
    """Run what has changed since the last build; leave the numbers of all chapters in a folder.

    Returns
    -------
    dict
        Chapter to its file and the library's that it reads, chapters that read few of them first
        and those that take long last.
    """
    from sevenpercent import paths
    from sevenpercent.model import scenario
    from sevenpercent.model.scenario import chapters
    from sevenpercent.run.build import execute_chapters
    from sevenpercent.study import kept, keys

    s = scenario.load()
    execute_chapters(s)
    reads = {}
    for name in s.chapters:
        key = kept.key_of(s, name)
        assert key is not None
        made = kept.place(key, name).parent
        if shown(made.with_name(f"{name}.ipynb")) != shown(paths.CHAPTERS / f"{name}.ipynb"):
            raise SystemExit(f"`make refresh` comes first: {name} shows something else")
        shutil.copytree(made, results, dirs_exist_ok=True)
        files = [p.relative_to(paths.ROOT).as_posix() for p in keys.reads(name, s.id).modules]
        reads[name] = [f"chapters/{name}.md", *files]
    long = {n for n in reads if chapters.read(n).long}
    return dict(sorted(reads.items(), key=lambda item: (item[0] in long, len(item[1]))))


def noticing(file: str, reads: Reads, results: Path) -> str:
    """The first chapter that shows something else when this file of the tree has a fault.

    Those that name the module are asked first; those that cite a chapter whose numbers moved, in
    which nothing else did, are asked with these.
    """
    from sevenpercent import paths
    from sevenpercent.model import scenario
    from sevenpercent.model.scenario import chapters
    from sevenpercent.run import execute

    began = sum(os.times()[:4])
    os.environ.update(execute.environment(paths.ROOT))
    fork, s = multiprocessing.get_context("fork"), scenario.load()
    path = Path(file)
    module = re.compile(rf"\b{path.parent.name if path.stem == '__init__' else path.stem}\b")
    asked = [n for n, files in reads.items() if file in files]
    texts = {n: (paths.CHAPTERS / f"{n}.md").read_text(encoding="utf-8") for n in asked}
    asked.sort(key=lambda n: not module.search(texts[n]))
    with tempfile.TemporaryDirectory() as folder:
        now = shutil.copytree(results, Path(folder) / "results")
        for name in asked:  # which grows meanwhile
            child = fork.Process(target=_same, args=(s, name, now))
            child.start()
            child.join()
            if child.exitcode not in (SAME, PUBLISHED):
                return name
            if child.exitcode == PUBLISHED:
                asked += [n for n in reads if name in chapters.needs(n, s)]
            if sum(os.times()[:4]) > began + TOGETHER:
                break
    return ""


def _same(s: Any, name: str, results: Path) -> None:
    """Run a chapter; this process, a child, ends with what became of it.

    Numbers that moved take the place of those in `results`.
    """
    from sevenpercent import paths
    from sevenpercent.model.scenario import chapters
    from sevenpercent.run import execute
    from sevenpercent.study import kept

    with tempfile.TemporaryDirectory() as folder:
        out, source = Path(folder), paths.CHAPTERS / f"{name}.md"
        (out / kept.UPSTREAM).mkdir()
        for need in chapters.needs(name, s):
            shutil.copy2(results / f"{need}.json", out / kept.UPSTREAM)
        (out / "scenario.yml").write_text(s.as_yaml(), encoding="utf-8")
        given = {"scenario": str(out / "scenario.yml"), "out": folder}
        job = execute.Job(name, source, out / f"{name}.ipynb", paths.CHAPTERS, given)
        said = execute.run(job)
        print(name, said or "ran")
        if said or shown(job.target) != shown(source.with_suffix(".ipynb")):
            os._exit(MOVED)
        own = out / "results" / f"{name}.json"
        if own.read_bytes() == (results / own.name).read_bytes():
            os._exit(SAME)
        for path in own.parent.glob(f"{name}.*"):
            shutil.copy2(path, results / path.name)
    os._exit(PUBLISHED)
