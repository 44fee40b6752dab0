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


def unsendable(x: int) -> Any:
    return lambda: x


def count(x: int) -> int:
    done.append(x)
    return len(done)


done: list[int] = []
"""What a process has counted."""


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


def test_a_death_takes_its_own_along_and_no_other() -> None:
    with Pool(2) as pool:
        for name, work in (("deadly", die), ("beside", double), ("next", double)):
            pool.submit(name, work, 4)
        done = finish(pool)
    assert isinstance(done["deadly"], Lost)
    assert "ended from outside" in done["deadly"].why
    assert done["beside"] == done["next"] == 8


def test_a_process_that_died_while_idle_is_replaced() -> None:
    with Pool(1) as pool:
        pool.submit("first", double, 1)
        assert finish(pool) == {"first": 2}
        [worker] = pool._workers
        worker.process.kill()
        worker.process.join()
        pool.submit("second", double, 2)
        assert finish(pool) == {"second": 4}


@pytest.mark.parametrize("fresh", [True, False])
def test_fresh_processes_have_done_nothing_before(fresh: bool) -> None:
    with Pool(1, fresh=fresh) as pool:
        for i in range(3):
            pool.submit(str(i), count, i)
        assert list(finish(pool).values()) == ([1, 1, 1] if fresh else [1, 2, 3])


def test_an_outcome_that_cannot_be_sent_is_an_error() -> None:
    with Pool(1) as pool:
        pool.submit("it", unsendable, 1)
        with pytest.raises(TypeError, match="cannot be sent"):
            finish(pool)


def test_an_exception_of_the_work_is_raised_where_it_is_asked_for() -> None:
    with Pool(1) as pool:
        pool.submit("wrong", wrong, 3)
        with pytest.raises(ValueError, match="3"):
            finish(pool)
