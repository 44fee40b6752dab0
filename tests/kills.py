"""Commands killed at random moments, always the same: ``python tests/kills.py [50 [COMMAND]]`` counts the cost.

A build, a sweep and ``new`` by turns, each in a small project: killed as `kill -9` does at one of its own steps on the
disk or after a time, then looked at, then given again. The figures go to ``benchmarks/kills.json``.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fault_world import Ended, World, made
from sweep_faults import written
from test_yours import good, machines

from sevenpercent import hashes, paths
from sevenpercent.data import tables
from sevenpercent.workers import machine

NEW = ["new", "mine", "--year", "2020", "--focus", "GA", "--dem", "Ash", "--rep", "Birch",
       "--claimed", "4", "--votes", "votes.csv", "--equipment", "machines.csv", "--columns",
       "machines.csv:fips=fips,state=state,county=county,touch=touchscreen", "--force"]  # fmt: skip

SWEPT = ("cells.parquet", "results.parquet", "results.csv", "index.html")

SHARES = {"build": 24, "sweep": 13, "new": 13}
"""Kills of each command, of fifty."""


@dataclass
class Told:
    """What came of the kills of one command.

    Attributes
    ----------
    kills, survived : int
        Processes that were killed; those after which everything that is published was whole, nothing was left
        running or lying about, and the same command ended well.
    lost : int
        Chapters or cells that had been finished, and were computed again.
    """

    kills: int = 0
    survived: int = 0
    lost: int = 0


@dataclass
class Harness:
    """One command in a world: how long it is undisturbed, and what it left when killed."""

    world: World
    seconds: float = 0.0
    steps: int = 0
    told: Told = field(default_factory=Told)

    def measure(self) -> None:
        """Steps and seconds of the command when nothing disturbs it."""
        count = self.world.project.root.parent / f"steps-{type(self).__name__}"
        self.prepare()
        done = self.command(f"count:{count}")
        assert done.status == 0, done.said
        self.steps, self.seconds = int(count.read_text()), done.seconds

    def kill(self, at: int) -> bool:
        """Kill the command at moment `at`, look, and give it again; whether the kill came in time."""
        drawn = random.Random(at)
        first = self.first_step()
        step, after = drawn.randint(first, self.steps), drawn.uniform(0, self.seconds)
        self.prepare()
        done = self.command(f"step:{step}" if at % 2 else f"after:{after:.2f}")
        assert done.status in (-9, 0), done.said
        assert self.world.alive() == []
        self.look(done)
        lost = self.again(done)
        assert self.world.alive() == []
        assert self.world.left() == []
        if done.status == -9:
            self.told.kills += 1
            self.told.survived += 1
            self.told.lost += lost
        return done.status == -9

    def first_step(self) -> int:
        """Step from which on kills are drawn."""
        return 1

    def prepare(self) -> None:
        """Make the world as it is before the command."""

    def command(self, moment: str = "") -> Ended:
        """Give the command."""
        raise NotImplementedError

    def look(self, done: Ended) -> None:
        """See that what stands is the old or the new, whole."""

    def again(self, done: Ended) -> int:
        """Give the same command again and see that all is well; what was lost."""
        raise NotImplementedError


class Build(Harness):
    """A book of two chapters that gets other votes."""

    def prepare(self) -> None:
        self.old = self.world.votes()
        self.world.project.set_votes(3, self.old)

    def command(self, moment: str = "") -> Ended:
        return self.world.run("build", moment=moment)

    def look(self, done: Ended) -> None:
        assert self.world.votes() in (self.old, self.old + 3)

    def again(self, done: Ended) -> int:
        ended = self.command()
        assert ended.status == 0, ended.said
        assert self.world.votes() == self.old + 3
        lost = max(done.ran + ended.ran - 2, 0)
        assert lost <= 1  # at most the one that was just being put away
        return lost


class New(Harness):
    """A book of one's own that replaces one with other votes."""

    def prepare(self) -> None:
        root = self.world.project.root
        kept = root.parent / "old"
        if not kept.exists():
            machines().to_csv(root / "machines.csv", index=False)
            good().to_csv(root / "votes.csv", index=False)
            self.ends_well()
            shutil.copytree(root / "data" / "mine", kept)
            more = {n: good()[n].astype(int) + 1 for n in ("dem", "total")}
            good().assign(**more).to_csv(root / "votes.csv", index=False)
        shutil.rmtree(root / "data" / "mine")
        shutil.copytree(kept, root / "data" / "mine")
        self.before = self.tables()

    def first_step(self) -> int:
        return self.steps // 2  # before, it reads

    def command(self, moment: str = "") -> Ended:
        return self.world.run(*NEW, moment=moment)

    def ends_well(self) -> None:
        done = self.command()
        assert done.status == 0, done.said

    def tables(self) -> Mapping[str, str]:
        """Hash of each table of the book, as whoever reads next finds them."""
        folder = self.world.project.root / "data" / "mine"
        tables.finish(folder)
        return {p.name: hashes.file_hash(p) for p in folder.glob("[!.]*")}

    def look(self, done: Ended) -> None:
        self.found = self.tables()
        checked = self.world.run("check", "mine")
        assert checked.status == 0, checked.said

    def again(self, done: Ended) -> int:
        self.ends_well()
        after = self.tables()
        assert self.found in (self.before, after)
        assert self.before != after
        return 0


class Sweep(Harness):
    """A grid of four cells."""

    @property
    def out(self) -> Path:
        """Where the sweep writes."""
        return self.world.project.root.parent / "swept"

    def prepare(self) -> None:
        shutil.rmtree(self.out, ignore_errors=True)

    def command(self, moment: str = "") -> Ended:
        grid = str(written(self.world.project.root.parent))
        return self.world.run("sweep", grid, "--out", str(self.out), moment=moment, at=paths.ROOT)

    def look(self, done: Ended) -> None:
        # What begins with a dot is not published yet; the next sweep clears it away.
        found = {p.name for p in self.out.glob("[!.]*.*")}
        assert found in (set(), set(SWEPT)), found
        if found:
            assert self.files() == self.whole()
        self.kept = {p: p.stat().st_mtime_ns for p in self.out.glob("cells/*.json")}

    def again(self, done: Ended) -> int:
        ended = self.command()
        assert ended.status == 0, ended.said
        assert self.files() == self.whole()
        assert not [*self.out.rglob("*.part")]
        return sum(not p.is_file() or p.stat().st_mtime_ns != t for p, t in self.kept.items())

    def files(self) -> dict[str, str]:
        """Hash of each file that is published."""
        return {n: hashes.file_hash(self.out / n) for n in SWEPT}

    def whole(self) -> dict[str, str]:
        """The same of an undisturbed sweep."""
        if not hasattr(self, "_whole"):
            kept = self.out.with_name("undisturbed")
            grid = str(written(self.world.project.root.parent))
            done = self.world.run("sweep", grid, "--out", str(kept), at=paths.ROOT)
            assert done.status == 0, done.said
            self._whole = {n: hashes.file_hash(kept / n) for n in SWEPT}
        return self._whole


KINDS = {"build": Build, "sweep": Sweep, "new": New}


def main() -> None:
    """Kill until each command has had its share, and write down what came of it."""
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    target = (paths.BENCHMARKS if asked >= 50 else paths.BUILD) / "kills.json"
    target.parent.mkdir(exist_ok=True)
    commands: dict[str, Any] = {}
    if sys.argv[2:] and target.is_file():  # figures of the others stay
        commands = json.loads(target.read_text(encoding="utf-8"))["kills"]
    with tempfile.TemporaryDirectory() as folder:
        world = made(Path(folder, "project"))
        for name, share in SHARES.items():
            if name not in (sys.argv[2:] or SHARES):
                continue
            harness = KINDS[name](world)
            harness.measure()
            at = 0
            while harness.told.kills < max(share * asked // 50, 1):
                harness.kill(at)
                print(f"{name}, moment {at}: {harness.told}", flush=True)
                at += 1
            commands[name] = vars(harness.told)
    body = {
        "measured": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {"python": sys.version.split()[0]},
        "kills": commands,
    }
    text = json.dumps(body, indent=1) + "\n"
    target.write_text(text, encoding="utf-8")
    print(text, target)


if __name__ == "__main__":
    main()
