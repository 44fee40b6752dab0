"""Other processes that work is handed to: the one executor of builds and sweeps."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from types import FrameType
from typing import Any, Protocol

Work = Callable[[Any], Any]

ENDED = "its process was ended from outside (out of memory?)"


@dataclass(frozen=True)
class Lost:
    """Outcome of work whose process ended before it did: nobody knows what it would have said."""

    why: str


class Workers(Protocol):
    """Where work is done: processes of this machine, or those of a cluster; ended when left."""

    def __enter__(self) -> Workers:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """Let go of the workers; after an error, of what they are doing too."""

    @property
    def width(self) -> int:
        """Pieces of work that keep every worker busy."""

    @property
    def running(self) -> int:
        """Pieces handed in and not yet ended."""

    def submit(self, name: str, work: Work, argument: object) -> None:
        """Hand in one piece of work; both it and its argument must survive pickling."""

    def ended(self) -> list[tuple[str, Any]]:
        """Wait for a piece to end; names and outcomes of those that have, :class:`Lost` or own."""


class Pool:
    """Processes of this machine, started when the first work comes.

    When a process is ended from outside, all work then in the pool is lost with it; the next
    piece gets new processes.

    Parameters
    ----------
    jobs : int
        Processes.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None
        self._names: dict[Future[Any], str] = {}
        self._unsent: list[str] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if self._pool is None:
            return
        if kind is not None:
            for worker in list((getattr(self._pool, "_processes", None) or {}).values()):
                worker.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def width(self) -> int:
        """One piece more than there are processes, so that none waits for the next."""
        return self._jobs + 1

    @property
    def running(self) -> int:
        """Pieces handed in and not yet ended."""
        return len(self._names) + len(self._unsent)

    def submit(self, name: str, work: Work, argument: object) -> None:
        """Hand in one piece of work."""
        try:
            self._names[self._ready().submit(work, argument)] = name
        except BrokenProcessPool:  # a process died since the last piece ended
            self._unsent.append(name)

    def ended(self) -> list[tuple[str, Any]]:
        """Wait for a piece to end; when a process died, for all that were lost with it."""
        done = wait(self._names, return_when=FIRST_COMPLETED).done if self._names else set()
        unsent, self._unsent = self._unsent, []
        if unsent or any(isinstance(f.exception(), BrokenProcessPool) for f in done):
            done = wait(self._names).done
            self._pool = None
        out = [(self._names.pop(f), _outcome(f)) for f in done]
        return out + [(name, Lost(ENDED)) for name in unsent]

    def _ready(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._jobs, mp_context=get_context("spawn"), initializer=deaf
            )
        return self._pool


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def deaf() -> None:
    """Make a worker deaf to Ctrl-C: the process that started it decides what stops."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


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


def _outcome(future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool:
        return Lost(ENDED)
