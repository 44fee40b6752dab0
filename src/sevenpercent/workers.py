"""Other processes that work is handed to: the one executor of builds and sweeps."""

from __future__ import annotations

import faulthandler
import os
import platform
import signal
import sys
import tempfile
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from pickle import PicklingError
from types import FrameType
from typing import Any

Work = Callable[[Any], Any]

FORKS = sys.platform == "linux"

SOCKET = 70
"""Letters of the temporary folder's name that leave room for a socket's, which may have 107."""

SECONDS = 900.0
"""A cell that takes longer is stopped: something in it hangs."""

GRACE = 30.0
"""Seconds after which a process ends that its own limit of time could not stop."""

ENDED = "its process was ended from outside (out of memory?)"
HUNG = "its process hung, or ended itself"

STUBBORN = 10.0
"""Seconds that a process has to end when it is asked to."""


@dataclass(frozen=True)
class Lost:
    """Outcome of work whose process ended before it did: nobody knows what it would have said."""

    why: str


class Pool:
    """Processes of this machine, started as work comes.

    A process that is ended from outside takes the piece along that it was at, no other.

    `jobs`: processes at work at the same time; `fresh`: give every piece of work a process that has
    done none before; `warm`: module that processes have imported when they start. They are forked
    from one that has imported it once; only on Linux: elsewhere a process imports what its work
    needs.
    """

    def __init__(self, jobs: int, *, fresh: bool = False, warm: str | None = None) -> None:
        self._jobs, self._fresh = jobs, fresh
        self._context = get_context("forkserver") if _forks() else get_context("spawn")
        if warm and _forks():
            self._context.set_forkserver_preload([warm])
        self._workers: list[_Worker] = []
        self._waiting: deque[tuple[str, Work, object]] = deque()
        self._gone: list[BaseProcess] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Let go of the workers; after an error, of what they are doing too."""
        for worker in self._workers:
            if kind is not None:
                _end(worker.process, signal.SIGTERM)
            worker.link.close()
        for process in [*self._gone, *(w.process for w in self._workers)]:
            process.join(STUBBORN if kind is not None else None)
            if process.exitcode is None:
                _end(process, signal.SIGKILL)
                process.join()

    @property
    def width(self) -> int:
        """Pieces that keep every worker busy: one more than there are, so that none waits."""
        return self._jobs + 1

    @property
    def running(self) -> int:
        """Pieces handed in and not yet ended."""
        return len(self._waiting) + sum(w.at is not None for w in self._workers)

    def submit(self, name: str, work: Work, argument: object) -> None:
        """Hand in one piece of work; both it and its argument must survive pickling."""
        self._waiting.append((name, work, argument))
        self._hand_out()

    def ended(self) -> list[tuple[str, Any]]:
        """Wait for a piece to end; names and outcomes of those that have, :class:`Lost` or own."""
        busy = [w for w in self._workers if w.at is not None]
        ready = wait([w.link for w in busy])
        out = [(str(w.at), self._outcome(w)) for w in busy if w.link in ready]
        self._hand_out()
        return out

    def _hand_out(self) -> None:
        while self._waiting and (worker := self._idle()) is not None:
            name, work, argument = self._waiting.popleft()
            try:
                worker.link.send((work, argument))
                worker.at = name
            except OSError:  # the process died while it had nothing to do
                self._drop(worker)
                self._waiting.appendleft((name, work, argument))

    def _idle(self) -> _Worker | None:
        idle = next((w for w in self._workers if w.at is None), None)
        if idle is None and len(self._workers) < self._jobs:
            ours, theirs = self._context.Pipe()
            process = self._context.Process(target=_serve, args=(theirs, self._fresh))
            process.start()
            theirs.close()
            idle = _Worker(process, ours)
            self._workers.append(idle)
        return idle

    def _outcome(self, worker: _Worker) -> Any:
        worker.at = None
        try:
            failed, outcome = worker.link.recv()
        except (EOFError, OSError):
            self._drop(worker)
            worker.process.join(1)
            return Lost(HUNG if (worker.process.exitcode or -1) > 0 else ENDED)
        if self._fresh:
            self._drop(worker)
        if failed:
            raise outcome
        return outcome

    def _drop(self, worker: _Worker) -> None:
        worker.link.close()
        self._workers.remove(worker)
        self._gone.append(worker.process)


@dataclass
class _Worker:
    """A process, the link to it, and the piece of work that it is at."""

    process: BaseProcess
    link: Connection
    at: str | None = None


def _serve(link: Connection, once: bool) -> None:
    """Do work as it comes, until the other end of the link is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # what stops is decided at the other end
    os.setpgid(0, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            work, argument = link.recv()
        except EOFError:
            return
        try:
            answer = False, work(argument)
        except Exception as e:
            e.add_note("".join(traceback.format_exception(e)))
            answer = True, e
        try:
            link.send(answer)
        except (AttributeError, TypeError, PicklingError) as e:
            link.send((True, TypeError(f"the outcome cannot be sent: {e}")))
        except OSError:  # nobody is there who wants to know
            return
        if once:
            return


def _end_with_parent() -> None:
    """End this process, and those that it has started, when the one it works for is gone."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)


def _end(process: BaseProcess, number: signal.Signals) -> None:
    """End a worker and what it has started."""
    if process.pid is None:
        return
    for kill in (os.killpg, os.kill):  # one that is just beginning leads no group yet
        with suppress(ProcessLookupError, PermissionError):
            kill(process.pid, number)
            return


def warm_up(module: str) -> None:
    """Begin, beside what this process does, the imports of the one that workers are forked from.

    Its environment is that of this moment, and so that of all its workers.
    """
    if _forks():
        get_context("forkserver").set_forkserver_preload([module])
        forkserver.ensure_running()


def _forks() -> bool:
    return FORKS and len(tempfile.gettempdir()) <= SOCKET


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine() -> str:
    """Processor, how many of them may be used, and system: what a measurement says it was made on."""
    model, info = platform.processor(), Path("/proc/cpuinfo")
    if info.is_file():
        lines = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        model = lines[0].split(":")[1].strip() if lines else model
    return f"{model or 'unnamed processor'}, {processors()} cores, {platform.system()}"


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM into an interrupt, so that stopped work cleans up like Ctrl-C."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: nothing to install
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Fail what takes longer; only the main thread of a process can be stopped so.

    Raises TimeoutError: in whatever is at work when the time is over.
    """

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the cell took longer than {seconds:g} s")

    main = threading.current_thread() is threading.main_thread()
    if not seconds or not main or not hasattr(signal, "SIGALRM"):
        yield
        return
    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        # What never comes back to Python hears no signal: its process ends.
        faulthandler.dump_traceback_later(seconds + GRACE, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
