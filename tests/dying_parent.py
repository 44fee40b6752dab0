"""A process that hands work to two others, each of which starts a third, and dies."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sevenpercent.workers import Pool


def nest(file: str) -> None:
    """Start a process, write down both, and wait."""
    child = os.fork()
    if child == 0:
        time.sleep(100)
    Path(f"{file}.part").write_text(f"{os.getpid()} {child}")
    Path(f"{file}.part").rename(file)
    time.sleep(100)


def main() -> None:
    folder = Path(sys.argv[1])
    with Pool(2) as pool:
        for n in range(2):
            pool.submit(str(n), nest, str(folder / f"pids.{n}"))
        while len(list(folder.glob("pids.[01]"))) < 2:
            time.sleep(0.05)
        os.kill(os.getpid(), 9)


if __name__ == "__main__":
    main()
