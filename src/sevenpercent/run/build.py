"""Build a book: run what changed, publish, check, and only then put it in the place of the last."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sevenpercent import escape, hashes, paths
from sevenpercent.data import tables
from sevenpercent.errors import ChapterError, RefusedError, SevenPercentError
from sevenpercent.folders import alone_in, vacant, writable
from sevenpercent.model import numbers, places
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import DEFAULT, Scenario
from sevenpercent.model.scenario.chapters import Header, source
from sevenpercent.run import execute, graph, landing, publish, verify
from sevenpercent.run.execute import WARM
from sevenpercent.run.notebooks import Notebook, read_chapter, reworded, words_of
from sevenpercent.run.notebooks import read as read_notebook
from sevenpercent.run.notebooks import write as write_notebook
from sevenpercent.run.progress import Progress
from sevenpercent.study import keys
from sevenpercent.study.kept import UPSTREAM
from sevenpercent.study.text import TOLD, Text
from sevenpercent.workers import SECONDS, Pool, processors, stoppable, warm_up

KEPT = 200
"""Executed chapters that the cache keeps, those used last."""

CODE = "code"
"""File in the cache that holds the key of an outcome without the words between the cells."""

ENDS = {".ipynb": (b"}\n",), ".json": (b"}\n", b"]\n"), ".parquet": (b"PAR1",)}
"""Last bytes of files that chapters leave."""


@dataclass(frozen=True)
class Book:
    """A built book: the folder of its pages, and whether these were made just now.

    They were not where the last good book was made from the same inputs already.
    """

    html: Path
    fresh: bool


@dataclass
class Run:
    """The chapters of one book while they run, and what became of them."""

    scenario: Scenario
    chapters: dict[str, Header]
    work: Path
    cache: Path
    tables: Mapping[str, str]
    force: bool
    seconds: float = SECONDS
    keys: dict[str, str] = field(default_factory=dict)

    def folder(self, name: str) -> Path:
        """Cached outcome of a chapter whose key is known."""
        return self.cache / self.keys[name]

    def numbers(self, name: str) -> Path:
        """File of the numbers of a chapter whose outcome is in the cache."""
        return self.folder(name) / "results" / f"{name}.json"

    def by_weight(self, ready: Iterable[str]) -> list[str]:
        """Chapters that may start now: the long ones, then those that most others wait for."""
        waiting = {n: sum(n in c.needs for c in self.chapters.values()) for n in self.chapters}
        return sorted(ready, key=lambda n: (not self.chapters[n].long, -waiting[n], n))

    def set_key(self, name: str) -> None:
        """Compute a chapter's key from everything that can change its outcome."""
        self.keys[name] = self._key(name, self.tables)

    def _key(self, name: str, read: Mapping[str, str], *, words: bool = True) -> str:
        above = {n: hashes.file_hash(self.numbers(n)) for n in self.chapters[name].needs}
        return keys.of(name, self.scenario, above, read, words=words)

    def still(self, name: str) -> None:
        """Refuse a chapter that ran while something that it reads was changed.

        Raises ChapterError: its outcome may be that of the old files, of the new ones, or of half
        of each.
        """
        held = keys.tables_of(name, self.scenario)
        now = tables.hashes_of(held, self.scenario.tables.folder)
        if self._key(name, now) != self.keys[name]:
            other = [f"table {t}" for t in held if now[t] != self.tables[t]]
            raise ChapterError(
                f"chapter {name}: {', '.join(other) or 'its source or the library'} was changed "
                "while it ran, and nothing of it is kept. Build again."
            )

    def cached(self, name: str) -> bool:
        """Tell whether a chapter with this key has run before, or one with other words around."""
        if self.force:
            return False
        return _complete(self.folder(name), name) or self._reword(name)

    def _reword(self, name: str) -> bool:
        """Take the outcome of a run from which only words differ, if there is one.

        What those in cells name must all have been filled in there when it ran.
        """
        code = self._key(name, self.tables, words=False)
        for told in self.cache.glob(f"*/{CODE}"):
            if told.read_text(encoding="utf-8") != code or not _complete(told.parent, name):
                continue
            now = read_chapter(source(name))
            words = Text.of(self.scenario, name)
            said = words.again(self.scenario, name, words_of(now), told.with_name(TOLD))
            ran = read_notebook(told.with_name(f"{name}.ipynb"))
            if said is not None and (made := reworded(ran, now, name, said)):
                shutil.copytree(told.parent, self.work / name)
                write_notebook(made, self.work / name / f"{name}.ipynb")
                self._store(name)
                return True
        return False

    def job(self, name: str) -> execute.Job:
        """Prepare a chapter's folder: the scenario as resolved, the results it draws on."""
        out = self.work / name
        for folder in ("results", UPSTREAM):
            (out / folder).mkdir(parents=True)
        scenario = out / "scenario.yml"
        scenario.write_text(self.scenario.as_yaml(), encoding="utf-8")
        for need in self.chapters[name].needs:
            shutil.copy2(self.numbers(need), out / UPSTREAM)
        given, target = {"scenario": str(scenario), "out": str(out)}, out / f"{name}.ipynb"
        return execute.Job(name, source(name), target, paths.CHAPTERS, given, self.seconds)

    def keep(self, name: str) -> None:
        """Move a finished chapter into the cache, whole or not at all."""
        out = self.work / name
        (out / "scenario.yml").unlink()
        shutil.rmtree(out / UPSTREAM)
        written = out / "results" / f"{name}.json"
        if not written.is_file():
            raise ChapterError(f"chapter {name}: it ended without writing its results")
        declared = graph.tables([self.chapters[name]], self.scenario)
        for key, value in Results.from_json(written).items():
            if extra := set(value.tables) - declared:
                raise ChapterError(
                    f"chapter {name}: result {key} rests on table {min(extra)}, "
                    "which the chapter's header does not declare"
                )
        code = self._key(name, self.tables, words=False)
        (out / CODE).write_text(code, encoding="utf-8")
        self._store(name)

    def _store(self, name: str) -> None:
        self.cache.mkdir(parents=True, exist_ok=True)
        _remove(self.folder(name))
        staged = self.cache / f".{self.keys[name]}-{os.getpid()}"
        # The book may lie on another file system than the cache.
        shutil.move(self.work / name, staged)
        staged.rename(self.folder(name))


def build(
    scenario: Scenario,
    *,
    out: Path | None = None,
    jobs: int | None = None,
    force: bool = False,
    seconds: float = SECONDS,
) -> Book:
    """Build the book of a scenario.

    Raises InputError: something in chapters, tables or configuration is wrong; nothing ran;
    ChapterError: a chapter or the pages failed; the last good book still stands.

    `scenario`: checked, overrides applied; `out`: folder of the book; ``_build/<id>`` when not given;
    `jobs`: chapters that run at the same time; as many as there are processors when not given;
    `force`: run every chapter, also those whose inputs have not changed; `seconds`: time that each
    cell has; one that takes longer has failed.
    """
    folder = (out or paths.BUILD / scenario.id).resolve()
    if out is not None:
        vacant(folder)
        writable(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chapters = graph.read_all(scenario.chapters)
    publish.ready(scenario)
    os.environ.update(execute.environment(paths.ROOT))
    if force or publish.standing_key(folder) is None:  # chapters will run: keys are made meanwhile
        warm_up(WARM)
    with _workplace(folder) as work, Progress(len(chapters) + 2) as progress:
        run = prepare(scenario, chapters, work, progress, force=force, seconds=seconds)
        execute_all(run, jobs or processors(), progress)
        key = publish.book_key(scenario, run.keys)
        fresh = force or publish.standing_key(folder) != key
        if fresh:
            warm_up(publish.PRESS)
            if force:
                shutil.rmtree(folder / publish.LEFT, ignore_errors=True)
            results = merge(scenario, run)
            write_results(scenario, run, results, work / "numbers")
            notebooks = {n: run.folder(n) / f"{n}.ipynb" for n in chapters}
            made = publish.publish(
                scenario, notebooks, run.keys, folder, work, progress, jobs=jobs or processors()
            )
            if publish.book_key(scenario, run.keys) != key:
                shutil.rmtree(made)
                raise ChapterError("what dresses the pages was changed meanwhile. Build again.")
            verify.record(made / "html", scenario, run.keys, run.tables)
            counties = places.county_frame(
                scenario, tables.loader(scenario.tables.folder), scenario.focus
            )
            from sevenpercent.stats.designs import sizes  # slow to load, and nothing else needs it

            points = sizes.by_way(scenario, counties, scenario.treatment.primary)
            publish.swap(made, folder, key, scenario, landing.card(scenario, results, points))
            progress.done("book", f"{len(results)} results, {len(chapters)} chapters")
        if out is None:
            landing.write(paths.BUILD, "Books")
        if out is None and scenario.id == DEFAULT:
            publish.link(paths.BUILD / "html", folder / "html")
    return Book(folder / "html", fresh)


def execute_chapters(
    scenario: Scenario, *, jobs: int | None = None, force: bool = False
) -> tuple[dict[str, Notebook], Results]:
    """Run what changed and return the executed notebooks and their numbers, without publishing."""
    folder = (paths.BUILD / scenario.id).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    chapters = graph.read_all(scenario.chapters)
    os.environ.update(execute.environment(paths.ROOT))
    with _workplace(folder) as work, Progress(len(chapters)) as progress:
        run = prepare(scenario, chapters, work, progress, force=force)
        execute_all(run, jobs or processors(), progress)
        executed = {n: read_notebook(run.folder(n) / f"{n}.ipynb") for n in chapters}
        return executed, merge(scenario, run)


def prepare(
    scenario: Scenario,
    chapters: dict[str, Header],
    work: Path,
    progress: Progress,
    *,
    force: bool,
    seconds: float = SECONDS,
) -> Run:
    """Take the hashes of what all chapters share."""
    folder = scenario.tables.folder
    current = tables.hashes_of(graph.tables(chapters.values(), scenario), folder)
    for name in tables.changed_tables(current, folder):
        progress.say(
            f"note: data/{name}.parquet is not the file that data/datapackage.json describes; "
            "`sevenpercent check data` looks into it"
        )
    return Run(scenario, chapters, work, paths.BUILD / "cache", current, force, seconds)


def execute_all(run: Run, jobs: int, progress: Progress) -> None:
    """Run every chapter whose inputs changed, those that do not wait for each other in parallel.

    Raises ChapterError: with one line for each chapter that failed; RefusedError where each was given
    what it cannot take. Chapters already running are let finish, so that their work is kept.
    """
    order = graph.sorter(run.chapters)
    ready: list[str] = []
    failures: list[SevenPercentError] = []
    at_work: dict[str, execute.Job] = {}
    with Pool(jobs, fresh=True, warm=WARM) as pool:
        while order.is_active() and not (failures and not pool.running):
            for name in order.get_ready() if not failures else []:
                run.set_key(name)
                if run.cached(name):
                    run.folder(name).touch()
                    order.done(name)
                    progress.done(name, "unchanged")
                else:
                    ready.append(name)
            # Only as many as run at once, so that one whose inputs are there later can go first.
            while ready and not failures and pool.running < jobs:
                name = run.by_weight(ready)[0]
                ready.remove(name)
                at_work[name] = run.job(name)
                pool.submit(name, execute.run, at_work[name])
            if not pool.running:
                continue
            for name, outcome in pool.ended():
                failure: SevenPercentError | None = execute.failure(at_work[name], outcome)
                if failure is None:
                    try:
                        run.still(name)
                        run.keep(name)
                    except SevenPercentError as e:
                        failure = e
                if failure is None:
                    progress.done(name, "ran")
                    order.done(name)
                else:
                    failures.append(failure)
    _prune(run)
    if failures:
        refused = all(isinstance(one, RefusedError) for one in failures)
        kind = RefusedError if refused else ChapterError
        raise kind("\n".join(str(one) for one in failures))


def merge(scenario: Scenario, run: Run) -> Results:
    """Gather the numbers of all chapters; a key that two chapters set differently is an error."""
    return Results().merged(*(Results.from_json(run.numbers(n)) for n in scenario.chapters))


def write_results(scenario: Scenario, run: Run, results: Results, target: Path) -> None:
    """Write ``results.json``, and the same numbers as tidy rows, ``numbers.csv`` and ``.parquet``.

    Those of each chapter also stand by themselves, as ``numbers/CHAPTER.csv``.
    """
    (target / "numbers").mkdir(parents=True)
    text = results.to_json(scenario.id)
    (target / "results.json").write_text(text, encoding="utf-8", newline="\n")
    rows = [_rows(run.folder(name) / "results", name) for name in scenario.chapters]
    tidy = numbers.table(pd.concat(rows, ignore_index=True))
    tidy.to_parquet(target / "numbers.parquet", compression="zstd", index=False)
    shown = tidy.map(escape.spreadsheet)
    shown.to_csv(target / "numbers.csv", index=False, lineterminator="\n")
    start = 0
    for name, held in zip(scenario.chapters, rows, strict=True):
        own = shown.iloc[start : start + len(held)]
        start += len(held)
        if len(own):
            path = target / "numbers" / f"{name}.csv"
            own.to_csv(path, index=False, lineterminator="\n")


def _rows(folder: Path, chapter: str) -> pd.DataFrame:
    path = folder / f"{chapter}.rows.json"
    if path.is_file():
        return numbers.loads(path.read_text(encoding="utf-8"))
    published = Results.from_json(folder / f"{chapter}.json")
    return numbers.rows(
        [{"key": k, "tables": v.tables, **v.as_dict()} for k, v in published.items()],
        analysis=chapter,
    )


def _prune(run: Run) -> None:
    entries = sorted(run.cache.glob("*"), key=lambda p: p.stat().st_mtime)
    for entry in entries[:-KEPT]:
        if entry.name not in run.keys.values():  # by a clock set back they are the oldest
            _remove(entry)


def _whole(path: Path) -> bool:
    """Whether a file ends as its kind does: after a power cut it may be there without its end."""
    ends = ENDS.get(path.suffix, (b"",))
    try:
        with path.open("rb") as stream:
            stream.seek(max(path.stat().st_size - len(ends[0]), 0))
            return stream.read().endswith(ends)
    except OSError:
        return False


def _complete(folder: Path, name: str) -> bool:
    """Whether a folder of the cache holds the whole outcome of a chapter."""
    needed = [folder / f"{name}.ipynb", folder / "results" / f"{name}.json"]
    return all(map(_whole, [*needed, *folder.glob("results/*")]))


def _remove(entry: Path) -> None:
    """Take an entry out of the cache, whole or not at all."""
    gone = entry.with_name(f".{entry.name}-gone")
    if entry.exists():
        entry.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """Temporary folder of one build; a second build of the same book waits, then finds it done."""
    # All books of a project share what chapters left, their first page and their links.
    with stoppable(), alone_in(paths.BUILD), alone_in(folder):
        for left in (*folder.glob(".work-*"), *paths.BUILD.glob("cache/.*")):
            shutil.rmtree(left, ignore_errors=True)
        for part in paths.BUILD.glob("*.part"):
            part.unlink(missing_ok=True)
        for place in (paths.BUILD, folder):
            publish.tidy(place)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".work-") as work:
            yield Path(work)
