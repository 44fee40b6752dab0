"""Run commands in forks of this process, which has imported what they import.

``python warm_command.py`` reads one command a line from its standard input, as JSON: arguments, and
the files for what is said and for errors; it answers each with its exit status. A fork begins as a
process of its own would after its imports; so does the server of forks that it lets chapters run in.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Sequence
from itertools import pairwise
from multiprocessing import forkserver, util
from typing import Any

from sevenpercent import paths
from sevenpercent.cli.main import main
from sevenpercent.run import execute, publish, warm

IMPORTED = (publish, warm)


def serve() -> None:
    """Answer commands until there are no more."""
    os.environ.update(execute.environment(paths.ROOT))
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(run(*json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def started(path: bytes, args: Sequence[Any], passed: Sequence[int]) -> int:
    """What multiprocessing starts beside a command: the same code in a fork, with its files only."""
    child = os.fork()
    if child == 0:
        kept = [2, *sorted(passed), os.sysconf("SC_OPEN_MAX")]
        for one, next_one in pairwise(kept):
            os.closerange(one + 1, next_one)
        try:
            exec(args[-1], {})
        finally:
            os._exit(0)
    return child


def run(arguments: list[str], said: str, wrong: str) -> int:
    """One command in this process; its exit status."""
    for number, path in ((0, os.devnull), (1, said), (2, wrong)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = ["sevenpercent", *arguments]
    setattr(util, "spawnv_passfds", started)  # noqa: B010 - it is called by that name
    try:
        forkserver.ensure_running()
        main()
    except SystemExit as e:
        return int(e.code or 0)
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    serve()
