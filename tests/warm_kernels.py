"""Kernels that begin as forks of a process with the chapters' imports loaded.

A plugin for ``pytest --nbval``: ``python -m pytest -p tests.warm_kernels --nbval chapters``. The
kernel is ipykernel's own, in a process, session and namespace of its own; only its imports are
there already. Where processes cannot be forked, kernels start as ever.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
from jupyter_client.launcher import launch_kernel
from jupyter_client.provisioning import local_provisioner

from sevenpercent import paths
from sevenpercent.run import execute
from sevenpercent.workers import FORKS, warm_up

pytest_plugins = ("tests.moved",)
LAUNCHER = "ipykernel_launcher"


class Forked:
    """A kernel's process, with what jupyter_client asks of a ``subprocess.Popen``."""

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self.poll()

    def send_signal(self, number: int) -> None:
        if self.pid is not None and self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


def launch(cmd: list[str], *, env: Mapping[str, str], cwd: str | None = None, **rest: Any) -> Any:
    """Start the kernel of a command line; any other program as ever."""
    if LAUNCHER not in cmd:
        return launch_kernel(cmd, env=dict(env), cwd=cwd, **rest)
    context = get_context("forkserver")
    ours, theirs = context.Pipe()
    arguments = cmd[cmd.index(LAUNCHER) + 1 :]
    process = context.Process(target=_kernel, args=(theirs, arguments, dict(env), cwd))
    process.start()
    theirs.close()
    ours.recv()  # it has a group of its own from here on, so that signals to it reach it alone
    return Forked(process)


def _kernel(link: Connection, arguments: list[str], env: dict[str, str], cwd: str | None) -> None:
    os.setsid()
    link.send(None)
    env.pop("JPY_PARENT_PID", None)
    os.environ.clear()
    os.environ.update(env)
    if cwd is not None:
        os.chdir(cwd)
    silent = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(silent, stream)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv[:] = [LAUNCHER, *arguments]
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()


def pytest_configure(config: pytest.Config) -> None:
    """Begin the imports, and let kernels be forked; not where others run the notebooks."""
    shares_out = config.getoption("numprocesses", None) and not hasattr(config, "workerinput")
    if FORKS and not shares_out:
        os.environ.update(execute.environment(paths.ROOT))
        warm_up(execute.WARM)
        setattr(local_provisioner, "launch_kernel", launch)  # noqa: B010 - it is imported there
