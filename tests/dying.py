"""A process that is killed at a chosen moment, as `kill -9` does: no cleaning up, no last word.

``python dying.py MOMENT ARGUMENTS...`` runs the command line with these arguments. The moment is
``step:N``, the N-th time that the process changes something on the disk, or ``after:SECONDS``.
``count:FILE`` lets it live, and writes how many steps there were.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.symlink", "os.truncate")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def at_steps(step: Callable[[], None]) -> None:
    """Call `step` before each change of the disk by this process; there is no way back."""

    def hook(event: str, given: tuple[Any, ...]) -> None:
        opened = event == "open" and isinstance(given[2], int) and given[2] & WRITES
        if opened or event in CHANGES:
            step()

    sys.addaudithook(hook)


def die_at(step: int) -> None:
    """Kill this process at its `step`-th change of the disk, before it is made."""
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    at_steps(count)


def survives(step: int, act: Callable[[], object]) -> bool:
    """Do something in a fork that dies at a step; whether it had ended before it came to that."""
    child = os.fork()
    if child == 0:
        die_at(step)
        act()
        os._exit(0)
    return not os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main() -> None:
    kind, _, value = sys.argv[1].partition(":")
    sys.argv = ["sevenpercent", *sys.argv[2:]]
    if kind == "step":
        die_at(int(value))
    elif kind == "after":
        timer = threading.Timer(float(value), os.kill, (os.getpid(), signal.SIGKILL))
        timer.daemon = True
        timer.start()
    else:
        steps = [0]

        def count() -> None:
            steps[0] += 1

        at_steps(count)
        atexit.register(lambda: Path(value).write_text(str(steps[0]), encoding="utf-8"))
    from sevenpercent.cli.main import main as command

    command()


if __name__ == "__main__":
    main()
