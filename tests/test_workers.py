"""The pool of processes: outcomes come back, and a process that dies takes only its own along."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from sevenpercent.workers import Lost, Pool


def double(x: int) -> int:
    return 2 * x


def die(x: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def wrong(x: int) -> None:
    raise ValueError(x)


def finish(pool: Pool) -> dict[str, Any]:
    out: dict[str, Any] = {}
    while pool.running:
        out |= dict(pool.ended())
    return out


def test_outcomes_come_back_under_their_names() -> None:
    with Pool(2) as pool:
        for i in range(5):
            pool.submit(str(i), double, i)
        assert finish(pool) == {str(i): 2 * i for i in range(5)}


def test_after_a_death_the_pool_works_again() -> None:
    with Pool(1) as pool:
        pool.submit("deadly", die, 1)
        lost = finish(pool)
        assert isinstance(lost["deadly"], Lost)
        assert "ended from outside" in lost["deadly"].why
        pool.submit("next", double, 4)
        assert finish(pool) == {"next": 8}


def test_a_pool_that_died_while_idle_gives_its_next_work_back_as_lost() -> None:
    with Pool(1) as pool:
        pool.submit("first", double, 1)
        assert finish(pool) == {"first": 2}
        executor = pool._ready()
        for process in executor._processes.values():
            process.kill()
            process.join()
        pool.submit("second", double, 2)
        second = finish(pool)
        if isinstance(second["second"], Lost):  # else it came before the death was noticed
            pool.submit("second", double, 2)
            second = finish(pool)
        assert second == {"second": 4}


def test_an_exception_of_the_work_is_raised_where_it_is_asked_for() -> None:
    with Pool(1) as pool:
        pool.submit("wrong", wrong, 3)
        with pytest.raises(ValueError, match="3"):
            finish(pool)
