"""Plant small faults in a copy of the project, one at a time, and see whether anything notices.

``python -m tests.mutation`` plants sixty that are chosen by a seed in the estimators, the decisions
and the chapters' cells; ``--all`` every one. The checkout itself is never changed. A fault in the
library is shown to the tests nearest to it, and if none fails, to the committed notebooks whose
chapters read its file, as `make test` does; the two are counted apart. A fault in a chapter is shown
to its notebook first. One that nothing can notice, because nothing changes by it, stands in
``explained.yml`` with the reason, and is not planted.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import yaml

from . import asked, twins
from .faults import Fault, faults
from .reach import Place, Reach

ROOT = Path(__file__).parents[2]
PLACES = {"src/sevenpercent/stats": 32, "src/sevenpercent/claims": 12, "chapters": 16}
"""Where faults are planted, and how many of sixty."""

SURVIVORS = 0.10
"""Share of the faults that may go unnoticed without an explanation."""

MOST = 40
"""Tests that one fault is shown to at most."""

HANGS = 600.0
"""Seconds after which whatever looks at a fault has noticed it by never coming to an end."""

LOADED = (
    "hypothesis",
    "nbval.plugin",
    "pyfixest",
    "pytest",
    "sevenpercent.run.warm",
    "xdist.plugin",
)
"""What processes find loaded, with all that it needs; the project's own modules are then left."""


@dataclass(frozen=True)
class Seen:
    """Who noticed a fault: ``tests``, ``notebooks`` or nobody, and which; tests that were stopped.

    Where not even the library can be imported, or its process ends or hangs, that is ``itself``.
    """

    by: str = ""
    which: str = ""
    endless: tuple[str, ...] = ()
    seconds: float = 0.0


def main() -> int:
    """Plant, look, and say what survived; the exit status is 1 when too much did."""
    given = arguments()
    every = [f for folder in PLACES for f in planted_in(folder)]
    why = explained(every)
    chosen = [f for f in every if any(part in f.file for part in given.only)]
    if not given.all:
        chosen = sample(chosen, given.seed, given.number / sum(PLACES.values()))
    skipped = [f for f in chosen if f.name in why]
    chosen = [f for f in chosen if f.name not in why]
    if given.list:
        print("\n".join(f"{f.file}:{f.line} {f.name}" for f in chosen))
        return 0
    began = time.monotonic()
    seen: dict[Fault, Seen] = {}
    for fault, found in look(chosen, given.jobs):
        seen[fault] = found
        if given.verbose:
            print(f"{found.seconds:6.1f} s  {found.which or 'nobody'}: {fault.name}", flush=True)
    parts = {
        by: [f for f in chosen if seen[f].by == by] for by in ("tests", "itself", "notebooks", "")
    }
    for f in parts[""]:
        print(f"survived: {f.file}:{f.line} in {f.inside}: {f.before} -> {f.after}")
    print(
        f"{len(chosen) + len(skipped)} faults: {len(parts['tests'] + parts['itself'])} noticed by tests, "
        f"{len(parts['notebooks'])} by committed notebooks alone, {len(skipped)} explained, "
        f"{len(parts[''])} not ({time.monotonic() - began:.0f} s)"
    )
    return int(len(parts[""]) > SURVIVORS * len(chosen))


def arguments() -> argparse.Namespace:
    """What was asked for."""
    known = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    known.add_argument("--all", action="store_true", help="every fault, not only sixty")
    known.add_argument("--number", type=int, default=sum(PLACES.values()), help="instead of sixty")
    known.add_argument("--seed", type=int, default=7, help="which of them")
    known.add_argument(
        "--only", nargs="+", default=[""], help="faults whose file holds one of these"
    )
    known.add_argument("--list", action="store_true", help="only name the faults")
    known.add_argument("--verbose", action="store_true", help="say who noticed each")
    known.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    return known.parse_args()


def planted_in(folder: str) -> list[Fault]:
    """Every fault of the files below a folder."""
    files = [p for p in sorted((ROOT / folder).rglob("*")) if p.suffix in (".py", ".md")]
    return [
        fault
        for path in files
        for fault in faults(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]


def sample(every: Sequence[Fault], seed: int, part: float = 1.0) -> list[Fault]:
    """The seed's faults of each place, or a part; a line that is changed moves few of them."""
    out: list[Fault] = []
    for folder, number in PLACES.items():
        own = [f for f in every if f.file.startswith(folder)]
        out += sorted(own, key=lambda f: f.rank(seed))[: round(number * part)]
    return out


def explained(every: Sequence[Fault]) -> dict[str, str]:
    """Faults that change nothing, with the reason; each must still be one of the faults."""
    path = Path(__file__).with_name("explained.yml")
    why: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if stale := sorted(set(why) - {f.name for f in every}):
        sys.exit("explained.yml explains what is no fault any more:\n" + "\n".join(stale))
    return why


def look(chosen: Sequence[Fault], jobs: int) -> Iterator[tuple[Fault, Seen]]:
    """Plant each fault and see who notices; in the order in which that is known."""
    load()
    reach = Reach(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results"
        reads = apart(twins.sound, ROOT, results)
        if reads is None:
            sys.exit("the chapters do not run; _build/said.txt has more")
        trees = [copied(Path(folder) / str(i)) for i in range(jobs)]
        work: list[Work] = [
            (f, tried, (f, reach.looking(f.file, f.inside)[:MOST], reads, results)) for f in chosen
        ]
        failed: set[str] = set()
        unsure: list[tuple[Fault, Seen]] = []
        for fault, found in side_by_side(work, trees):
            if found is None:
                yield fault, Seen("itself", "hangs")
            elif found.endless and not found.by:
                unsure.append((fault, found))
            else:
                failed |= {found.which} if found.by == "tests" else set()
                yield fault, found
        named = sorted(failed.union(*(f.endless for _, f in unsure)))
        clean: dict[str, float] = {}
        parts = [named[i::jobs] for i in range(jobs)]
        for _, took in side_by_side([(None, took_alone, (part,)) for part in parts], trees):
            clean |= took or {}
        for fault, found in unsure:
            quick = [a for a in found.endless if clean.get(a, asked.EACH) < asked.EACH / 3]
            yield fault, replace(found, by="tests" if quick else "", which="".join(quick[:1]))


def load() -> None:
    """Load what every process needs, so that a fork has it; the project's own modules go again."""
    for name in LOADED:
        importlib.import_module(name)
    for name in [n for n in sys.modules if n.split(".")[0] == "sevenpercent"]:
        del sys.modules[name]


def copied(tree: Path) -> Path:
    """A copy of the project, which the checkout may leave behind meanwhile; what is built is left."""
    left = shutil.ignore_patterns(".git", ".venv", ".*_cache")
    shutil.copytree(ROOT, tree, ignore=lambda at, names: {*left(at, names), *unwanted(at, names)})
    (tree / ".venv").symlink_to(ROOT / ".venv")
    return tree


def unwanted(at: str, names: Sequence[str]) -> set[str]:
    """Of what was built the executed chapters are copied."""
    return set(names) - {"cache"} if Path(at) == ROOT / "_build" else set()


Work = tuple[Fault | None, Callable[..., Any], tuple[Any, ...]]


def side_by_side(work: Iterable[Work], trees: Sequence[Path]) -> Iterator[tuple[Any, Any]]:
    """Do pieces of work, one in each tree at a time: fault and outcome, None if it did not end."""
    waiting, free = list(work), list(trees)
    running: dict[Connection, tuple[Any, Path, Any, Any, float]] = {}
    while waiting or running:
        while waiting and free:
            fault, function, given = waiting.pop(0)
            tree = free.pop()
            sound = plant(fault, tree) if fault is not None else None
            child, link = begin(function, tree, *given, leads=True)
            running[link] = (fault, tree, sound, child, time.monotonic())
        ready = wait(list(running), timeout=1.0)
        for link, (fault, tree, sound, child, since) in list(running.items()):
            if link not in ready and time.monotonic() - since < HANGS:
                continue
            del running[link]
            free.append(tree)
            yield fault, outcome(child, link, 0.0 if link not in ready else None)
            if sound is not None:
                shutil.move(sound, tree / fault.file)


def plant(fault: Fault, tree: Path) -> Path:
    """Put the fault into its file in a tree; the sound file, with its time, is set aside."""
    path = tree / fault.file
    sound = tree / "_build" / path.name
    sound.parent.mkdir(exist_ok=True)
    shutil.move(path, sound)
    path.write_text(fault.planted(sound.read_text(encoding="utf-8")), encoding="utf-8")
    return sound


def begin(
    function: Callable[..., Any], tree: Path, *given: object, leads: bool = False
) -> tuple[Any, Connection]:
    """Call a function in a fork that stands in a tree: the process, and where its outcome comes.

    One that leads has a group of processes of its own, which ends with it.
    """
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_answer, args=(theirs, function, tree, given, leads))
    child.start()
    theirs.close()
    return child, ours


def _answer(
    link: Connection,
    function: Callable[..., Any],
    tree: Path,
    given: tuple[Any, ...],
    leads: bool,
) -> None:
    if leads:
        os.setsid()
    os.chdir(tree)
    os.environ["SEVENPERCENT_ROOT"] = str(tree)
    os.environ["PYTHONPATH"] = str(tree / "src")
    sys.path[:] = [str(tree / "src"), *(p for p in sys.path if Path(p) not in (ROOT, ROOT / "src"))]
    sys.dont_write_bytecode = True
    (tree / "_build").mkdir(exist_ok=True)
    said = os.open(tree / "_build" / "said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    try:
        link.send(function(*given))
    except SystemExit as e:
        link.send(e.code)
    except Exception:  # a fault is caught by those who look at it: this is none
        link.send(traceback.format_exc())
    os._exit(0)


def outcome(child: Any, link: Connection, seconds: float | None = None) -> Any:
    """What a fork answers; None when it ends without, or not in time. Its group ends with it.

    A text is why nothing can go on.
    """
    answer = None
    if seconds is None or link.poll(seconds):
        with suppress(EOFError):
            answer = link.recv()
    with suppress(ProcessLookupError):  # it leads no group, or none of it is left
        os.killpg(child.pid, signal.SIGKILL)
    child.kill()
    child.join()
    link.close()
    if isinstance(answer, str):
        sys.exit(answer)
    return answer


def apart(function: Callable[..., Any], tree: Path, *given: object) -> Any:
    """Call a function in a fork, and wait for what it answers."""
    return outcome(*begin(function, tree, *given))


def tried(fault: Fault, near: Sequence[Place], reads: twins.Reads, results: Path) -> Seen:
    """Show the fault of this process's tree to tests and notebooks."""
    tree = Path.cwd()
    try:
        importlib.import_module("sevenpercent.run.warm")
    except Exception as e:
        return Seen("itself", f"it cannot be imported: {e}")
    stopped: tuple[str, ...] = ()
    order: list[Callable[..., Any]] = [shown_to_tests, shown_to_notebooks]
    for by in order if fault.file.endswith(".py") else reversed(order):
        found = apart(by, tree, fault, near, reads, results)
        if found is None:
            return Seen("itself", "its process is ended")
        stopped += found.endless
        if found.by:
            break
    used = time.process_time() + sum(os.times()[2:4])
    return Seen(found.by, found.which, stopped, used)


def shown_to_tests(fault: Fault, near: Sequence[Place], *rest: object) -> Seen:
    """Ask the nearest tests."""
    found = asked.ask(near)
    return Seen("tests" * bool(found.failed), found.failed, tuple(found.endless))


def shown_to_notebooks(fault: Fault, near: object, reads: twins.Reads, results: Path) -> Seen:
    """Ask the notebooks of chapters that read the file."""
    found = twins.noticing(fault.file, reads, results)
    return Seen("notebooks" * bool(found), found)


def took_alone(addresses: Sequence[str]) -> dict[str, float]:
    """Seconds that tests take where there is no fault; none may fail."""
    chosen = [(a.partition("::")[0], a) for a in addresses]
    found = asked.ask(chosen, each=2 * asked.EACH, together=24 * 3600.0)
    if found.failed:
        raise SystemExit(f"{found.failed} fails without any fault")
    return found.took


if __name__ == "__main__":
    sys.exit(main())
