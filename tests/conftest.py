"""What all tests share: the environment of a build, and the built book."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from sevenpercent import paths
from sevenpercent.model import scenario
from sevenpercent.run import execute

# Before the first kernel starts: notebooks re-executed here must see what a build sees.
for _name, _value in execute.environment(paths.ROOT).items():
    if _name not in ("MPLBACKEND", "SEVENPERCENT_ROOT"):
        os.environ.setdefault(_name, _value)

# Started in the background by a shell, a process ignores Ctrl-C, and so do its children: those that
# a test interrupts must not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def book() -> Path:
    """Folder of the default scenario's pages, built first when any of its inputs changed."""
    from sevenpercent.run.build import build

    return build(scenario.load()).html
