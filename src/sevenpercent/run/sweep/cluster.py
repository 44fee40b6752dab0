"""A Dask cluster as the workers of a sweep."""

from __future__ import annotations

import logging
import socket
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from typing import Any

from sevenpercent.errors import InputError, SevenPercentError, unforeseen
from sevenpercent.run.sweep import inputs
from sevenpercent.run.sweep.cell import Job, mismatch
from sevenpercent.workers import Lost, Pool, Work

PATIENCE = 10
"""Seconds within which a scheduler must answer and have a worker."""

GRACE = 60
"""Seconds that a sweep waits for workers when all have gone."""

START = "Start workers with: dask worker {address}"


class Cluster:
    """Workers of a running Dask scheduler.

    `address`: of the scheduler: ``tcp://10.0.0.5:8786``; `jobs`: what will be computed; every worker
    must hold the same library and tables for it. Raises InputError: nobody answers at the address,
    it has no workers, or one of them is not like this machine.
    """

    def __init__(self, address: str, jobs: Sequence[Job]) -> None:
        self._address = address
        self._client = _connect(address)
        self._names: dict[Any, str] = {}
        try:
            self._check(jobs)
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        with suppress(CancelledError, OSError):  # the scheduler has gone, as was said by then
            if self._names and self._client.status == "running":
                self._client.cancel(list(self._names), force=True)
        self._client.close()

    @property
    def width(self) -> int:
        """Two pieces for each thread of each worker that is there now."""
        with self._line():
            threads: dict[str, int] = self._client.nthreads()
        return 2 * max(1, sum(threads.values()))

    @property
    def running(self) -> int:
        """Pieces handed in and not yet ended."""
        return len(self._names)

    def submit(self, name: str, work: Work, argument: object) -> None:
        """Hand in one piece of work."""
        with self._line():
            self._names[self._client.submit(work, argument, pure=False)] = name

    def ended(self) -> list[tuple[str, Any]]:
        """Wait for a piece to end. Raises SevenPercentError: the scheduler or all workers have gone."""
        from distributed import wait

        alone_since: float | None = None
        with self._line():
            while True:
                try:
                    done = wait(list(self._names), timeout=2, return_when="FIRST_COMPLETED").done
                    break
                except TimeoutError:
                    alone_since = self._somebody_there(alone_since)
            return [(self._names.pop(future), _outcome(future)) for future in done]

    @contextmanager
    def _line(self) -> Iterator[None]:
        """Whatever is asked of the scheduler: the line may break at any word."""
        try:
            yield
        except (CancelledError, OSError):  # nobody here cancels: a scheduler lost
            raise self._gone() from None

    def _gone(self) -> SevenPercentError:
        return SevenPercentError(f"the scheduler at {self._address} has gone")

    def _somebody_there(self, since: float | None) -> float | None:
        if self._client.status != "running":
            raise self._gone()
        if self._client.nthreads():
            return None
        if since is not None and time.monotonic() - since > GRACE:
            raise SevenPercentError(
                f"no worker is left at {self._address}. {START.format(address=self._address)}"
            )
        return time.monotonic() if since is None else since

    def _check(self, jobs: Sequence[Job]) -> None:
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            fix = START.format(address=self._address)
            raise InputError("the scheduler has no workers", value=self._address, fix=fix) from None
        for what, expected in {job.inputs: job.expected for job in jobs}.items():
            found = self._client.run(inputs.here, what, on_error="return")
            for worker, answer in sorted(found.items()):
                if isinstance(answer, BaseException):
                    raise InputError(
                        f"worker {worker} cannot compute this: {unforeseen(type(answer).__name__, answer)}",
                        fix="Start it in the project's environment, with the same tables.",
                    )
                if differ := inputs.differences(expected, answer):
                    fix = "Bring both to the same version and start the workers again."
                    raise InputError(mismatch(worker, differ), fix=fix)


Workers = Pool | Cluster
"""Where cells are computed: processes of this machine, or those of a cluster; ended when left."""


def _connect(address: str) -> Any:
    from distributed import Client
    from distributed.comm.addressing import get_address_host_port

    # Workers that come and go are this module's business; the library need not tell it too.
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            # A client that cannot connect is not easily got rid of, so knock first.
            socket.create_connection(get_address_host_port(address), PATIENCE).close()
            return Client(address, timeout=PATIENCE)
        except (OSError, ValueError, TypeError, NotImplementedError):
            what = "no Dask scheduler answers there"
            raise InputError(what, value=address, fix="Start one with: dask scheduler") from None


def _outcome(future: Any) -> Any:
    from distributed import KilledWorker

    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, KilledWorker):
        return Lost("its worker was ended from outside, again and again (out of memory?)")
    return Lost(unforeseen(type(error).__name__, error))
