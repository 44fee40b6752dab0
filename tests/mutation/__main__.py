"""Plant small faults in a copy of the project, one at a time, and see whether the tests notice.

``python -m tests.mutation`` plants sixty that are chosen by a fixed seed in the estimators, the
decisions and the chapters' cells; ``--few`` a dozen of them; ``--all`` every one. The checkout
itself is never changed. Each is tried on the tests that look most directly at its file, and then, if
none fails, on the committed notebooks, as `make test` does; the two are counted apart. A fault that
nothing can notice, because nothing changes by it, stands in ``explained.yml`` with the reason.
"""

from __future__ import annotations

import argparse
import compileall
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

import yaml

from .faults import Fault, faults
from .reach import looking, reach

ROOT = Path(__file__).parents[2]
COPIED = ("src", "tests", "chapters")
PLACES = {"src/sevenpercent/stats": 32, "src/sevenpercent/claims": 12, "chapters": 16}
"""Where faults are planted, and how many of sixty."""

FEW = 5
"""One of so many of the sixty is planted by ``--few``."""

PASSED = (0, 5)
"""How pytest ends when nothing failed, or there was nothing to run."""

KILLED = -signal.SIGKILL

SURVIVORS = 0.10
"""Share of the faults that may go unnoticed without an explanation."""

NEAREST = 4
"""Test files that are run for one fault at most, those that look most directly at its file."""

SECONDS = 30.0
"""What they may take together, by their time without the fault; slower ones are not asked."""

TWINS = "tests.mutation.twins"
"""The module that asks the committed notebooks, in the place of a test file."""

HEAVY = (
    "matplotlib.pyplot",
    "pandas",
    "pyarrow.parquet",
    "pytest",
    "scipy.stats",
    "statsmodels.api",
)


@dataclass(frozen=True)
class Ended:
    """How a run of tests ended: pytest's status, negative for a signal, and its wall time."""

    status: int
    seconds: float
    said: str


def main() -> int:
    """Plant, run, and say what survived; the exit status is 1 when too much did."""
    asked = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    asked.add_argument("--all", action="store_true", help="every fault, not only sixty")
    asked.add_argument("--few", action="store_true", help="a dozen of the sixty, in minutes")
    asked.add_argument("--seed", type=int, default=7, help="which sixty")
    asked.add_argument("--only", default="", metavar="TEXT", help="faults whose name holds this")
    asked.add_argument("--list", action="store_true", help="only name the faults")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = asked.parse_args()
    every = [f for folder in PLACES for f in planted_in(folder)]
    why = explained(every)
    chosen = [f for f in every if given.only in f.name]
    if not (given.all or given.only):
        chosen = sample(every, given.seed, FEW if given.few else 1)
    if given.list:
        print("\n".join(f"{f.file}:{f.line} {f.name}" for f in chosen))
        return 0
    by_tests, by_twins, survivors = run(chosen, given.jobs)
    open_ = [f for f in survivors if f.name not in why]
    for said, faults_ in (("only the notebooks notice", by_twins), ("survived", open_)):
        for f in faults_:
            print(f"{said}: {f.file}:{f.line} in {f.inside}: {f.before} -> {f.after}")
    print(
        f"{len(chosen)} faults: {len(by_tests)} noticed by the nearest tests, {len(by_twins)} by the "
        f"committed notebooks alone, {len(open_)} not, {len(survivors) - len(open_)} explained"
    )
    return int(len(open_) > SURVIVORS * len(chosen))


def planted_in(folder: str) -> list[Fault]:
    """Every fault of the files below a folder."""
    files = [p for p in sorted((ROOT / folder).rglob("*")) if p.suffix in (".py", ".md")]
    return [
        fault
        for path in files
        for fault in faults(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
    ]


def sample(every: Sequence[Fault], seed: int, part: int = 1) -> list[Fault]:
    """The seed's faults of each place, one of so many; a line that is changed moves few of them."""
    out: list[Fault] = []
    for folder, number in PLACES.items():
        own = [f for f in every if f.file.startswith(folder)]
        out += sorted(own, key=lambda f: f.rank(seed))[: number // part]
    return out


def explained(every: Sequence[Fault]) -> dict[str, str]:
    """Faults that change nothing, with the reason; each must still be one of the faults."""
    path = Path(__file__).with_name("explained.yml")
    why: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if stale := sorted(set(why) - {f.name for f in every}):
        sys.exit("explained.yml explains what is no fault any more:\n" + "\n".join(stale))
    return why


def run(chosen: Sequence[Fault], jobs: int) -> tuple[list[Fault], list[Fault], list[Fault]]:
    """Plant each fault: those that tests notice, that only the notebooks notice, and the others."""
    for name in HEAVY:  # once, here, and not in every process that is forked from this one
        __import__(name)
    steps = reach(ROOT)
    near = {f: looking(ROOT, f, steps)[:NEAREST] for f in {fault.file for fault in chosen}}
    with tempfile.TemporaryDirectory() as folder:
        trees = [copied(Path(folder) / str(i)) for i in range(jobs)]
        tests = sorted({t for every in near.values() for t in every})
        alone = dict(
            side_by_side([((), (TWINS,), 600.0), *(((), (t,), SECONDS) for t in tests)], trees)
        )
        took: dict[str, float] = {}
        if alone[0].status:
            sys.exit(f"`make refresh` comes first:\n{alone[0].said}")
        for i, test in enumerate(tests, start=1):
            if alone[i].status == KILLED:
                continue
            if alone[i].status not in PASSED:
                sys.exit(f"{test} fails without any fault:\n{alone[i].said}")
            took[test] = alone[i].seconds
        asked = {f: affordable(near[f.file], took) for f in chosen}
        work = [((f,), files, 20 + 4 * sum(took[t] for t in files)) for f, files in asked.items()]
        passed = {chosen[i] for i, how in side_by_side(work, trees) if how.status in PASSED}
        left = [f for f in chosen if f in passed]
        work = [((f,), (TWINS,), 300.0) for f in left]
        same = {left[i] for i, how in side_by_side(work, trees) if how.status == 0}
    return (
        [f for f in chosen if f not in passed],
        [f for f in left if f not in same],
        [f for f in left if f in same],
    )


def affordable(tests: Sequence[str], took: dict[str, float]) -> tuple[str, ...]:
    """The nearest tests that fit into the time there is."""
    out: list[str] = []
    for test in tests:
        if test in took and sum(took[t] for t in (*out, test)) <= SECONDS:
            out.append(test)
    return tuple(out)


def copied(tree: Path) -> Path:
    """A copy of the project: what faults are planted in as files, the rest as links."""
    tree.mkdir()
    for path in ROOT.iterdir():
        if path.name in COPIED:
            unwanted = shutil.ignore_patterns("__pycache__")
            shutil.copytree(path, tree / path.name, ignore=unwanted)
        elif path.name not in ("_build", ".git"):
            (tree / path.name).symlink_to(path)
    if (ROOT / "_build" / "cache").is_dir():
        shutil.copytree(ROOT / "_build" / "cache", tree / "_build" / "cache", copy_function=os.link)
    compileall.compile_dir(tree / "src", quiet=1)
    return tree


Work = tuple[tuple[Fault, ...], Sequence[str], float]


def side_by_side(work: Sequence[Work], trees: Sequence[Path]) -> Iterator[tuple[int, Ended]]:
    """Do pieces of work, one in each tree at a time: position and how the tests ended."""
    waiting = list(enumerate(work))
    free = list(trees)
    running: dict[int, tuple[int, Path, BaseProcess, float, Work]] = {}
    fork = multiprocessing.get_context("fork")
    while waiting or running:
        while waiting and free:
            at, (planted, tests, limit) = waiting.pop(0)
            tree = free.pop()
            for fault in planted:
                write(fault, tree, planted=True)
            child: BaseProcess = fork.Process(target=tested, args=(tree, tests))
            child.start()
            running[child.sentinel] = (at, tree, child, time.monotonic(), work[at])
        wait(list(running), timeout=0.5)
        for sentinel, (at, tree, child, since, (planted, _, limit)) in list(running.items()):
            seconds = time.monotonic() - since
            if child.is_alive():
                if seconds > limit:
                    os.killpg(child.pid or 0, signal.SIGKILL)
                continue
            child.join()
            for fault in planted:
                write(fault, tree, planted=False)
            del running[sentinel]
            free.append(tree)
            said = (tree / "said.txt").read_text(encoding="utf-8", errors="replace")
            yield at, Ended(child.exitcode or 0, seconds, said[-3000:])
            if planted and sys.stderr.isatty():
                print(".", end="", file=sys.stderr, flush=True)


def write(fault: Fault, tree: Path, *, planted: bool) -> None:
    """Plant a fault in a tree, or take it out; what was compiled of the file goes."""
    text = (ROOT / fault.file).read_text(encoding="utf-8")
    path = tree / fault.file
    path.write_text(fault.planted(text) if planted else text, encoding="utf-8")
    for made in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        made.unlink()


def tested(tree: Path, tests: Sequence[str]) -> None:
    """Run tests in this process, a child that ends with their status."""
    os.setsid()
    os.chdir(tree)
    os.environ["SEVENPERCENT_ROOT"] = str(tree)
    os.environ["PYTHONPATH"] = str(tree / "src")
    sys.path[:] = [str(tree / "src"), *(p for p in sys.path if p and Path(p) != ROOT)]
    sys.path = [p for p in sys.path if Path(p).resolve() != ROOT / "src"]
    sys.dont_write_bytecode = True
    said = os.open("said.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(said, 1)
    os.dup2(said, 2)
    if TWINS in tests:
        os.execv(sys.executable, (sys.executable, "-m", TWINS))
    if not tests:
        os._exit(0)
    import pytest

    options = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly"]
    os._exit(int(pytest.main([*options, "-m", "not slow and not browser", *tests])))


if __name__ == "__main__":
    sys.exit(main())
