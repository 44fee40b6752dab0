"""What chapters import, loaded once by the process that the processes of all chapters are forked of.

Importing this module does it. Nothing is computed and no table read: a fork begins as a fresh
process would after its imports.
"""

from __future__ import annotations

import importlib
import pkgutil
import signal
import warnings

LIBRARIES = ("matplotlib.pyplot", "pyarrow.parquet", "scipy.stats", "seaborn")
ROOMS = ("data", "model", "claims", "stats", "show", "study")
"""Packages of this library that chapters may use."""


def _load() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asked for forks ends this one
    names = [*LIBRARIES, "sevenpercent.run.execute", "sevenpercent.run.engine"]
    for room in ROOMS:
        package = importlib.import_module(f"sevenpercent.{room}")
        names += [m.name for m in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            importlib.import_module(name)


_load()
