"""Run the benchmarks and print what they measured: ``make bench``.

``python benchmarks/run.py [NAME ...]`` runs all, or those named, each in a process of its own, and
writes ``_build/benchmarks.json``. With ``--keep`` a whole run takes the place of the committed one,
``benchmarks/results.json``, unless a peer is missing or a missed goal does not say what was tried.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # the benchmarks stand beside this file, in no package

from measured import head  # noqa: E402

from sevenpercent import errors, paths  # noqa: E402
from sevenpercent.data import benchmarks  # noqa: E402
from sevenpercent.show.validity import described, speed_table  # noqa: E402

NAMES = ("engine", "precincts", "sweep", "build")
SELF = "--measure"


def measured(name: str) -> list[dict[str, Any]]:
    """Figures of one benchmark, from a new process: memory is that of nothing else."""
    command = [sys.executable, __file__, SELF, name]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    figures: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return [{"benchmark": name, **one} for one in figures]


def main() -> None:
    """Measure, print, write; with ``--keep``, commit to it."""
    if sys.argv[1:2] == [SELF]:
        print(json.dumps(import_module(sys.argv[2]).figures()))
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--keep", action="store_true", help="replace benchmarks/results.json")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(
            f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}"
        )
    if given.keep and given.names:
        parser.error("--keep takes a whole run, of all benchmarks at once")
    body = head()
    body["measures"] = [row for name in given.names or NAMES for row in measured(name)]
    target = paths.BUILD / "benchmarks.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(body, indent=1) + "\n", encoding="utf-8")
    try:
        run = benchmarks.read(target)
    except errors.InputError as e:
        sys.exit(f"{e}\nbenchmarks/results.json is as it was.")
    print(speed_table(run.rows()).to_string(index=False))
    print(described(run))
    if given.keep:
        benchmarks.RESULTS.write_bytes(target.read_bytes())


if __name__ == "__main__":
    main()
