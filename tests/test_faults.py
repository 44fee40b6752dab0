"""Faults planted in a build, a sweep and `new`: what stands is old or new, whole, and goes on."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_world import World, made, mounts, small_disk
from sweep_faults import written
from test_yours import good, machines

KILLS = int(os.environ.get("KILLS", "8"))
"""Moments at which a build is killed; ``KILLS=50 pytest tests/test_faults.py`` is the long form."""

NEW = ["new", "mine", "--year", "2020", "--focus", "GA", "--dem", "Ash", "--rep", "Birch",
       "--claimed", "4", "--votes", "votes.csv", "--equipment", "machines.csv", "--columns",
       "machines.csv:fips=fips,state=state,county=county,touch=touchscreen"]  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return made(tmp_path_factory.mktemp("faults") / "project")


@pytest.fixture
def changed(world: World) -> Iterator[tuple[World, int, int]]:
    """The built project with other votes: those of the book and those that it should get."""
    old = world.votes()
    world.project.set_votes(3, old)
    kept = {n: world.project.chapter(n).read_text() for n in ("gap", "index")}
    yield world, old, old + 3
    for name, text in kept.items():
        world.project.chapter(name).write_text(text)


@pytest.fixture(scope="module")
def length(world: World) -> tuple[int, float]:
    """Steps and seconds of a build that nothing disturbs."""
    world.project.set_votes(3, world.votes())
    file = world.project.root.parent / "steps"
    done = world.run("build", moment=f"count:{file}")
    assert done.status == 0, done.said
    return int(file.read_text()), done.seconds


def moment(at: int, steps: int, seconds: float) -> str:
    """One of the moments, always the same: steps and seconds by turns."""
    drawn = random.Random(at)
    return f"step:{drawn.randint(1, steps)}" if at % 2 else f"after:{drawn.uniform(0, seconds):.2f}"


def goes_on(world: World, votes: int) -> int:
    """The same command again ends well; chapters that it ran."""
    again = world.run("build")
    assert again.status == 0, again.said
    assert world.votes() == votes
    assert world.alive() == []
    assert world.left() == []
    return again.ran


@pytest.mark.parametrize("at", range(KILLS))
def test_a_build_is_killed(
    changed: tuple[World, int, int], length: tuple[int, float], at: int
) -> None:
    world, old, new = changed
    if world.votes() == new:
        world.project.set_votes(3, new)
    done = world.run("build", moment=moment(at, *length))
    assert done.status in (-9, 0), done.said
    assert world.alive() == []
    assert world.votes() in (old, new)
    ran = goes_on(world, new)
    assert done.ran + ran <= 3  # of two chapters at most one was just being put away


def test_a_verified_book_is_what_is_left(world: World) -> None:
    assert world.run("build").status == 0
    done = world.run("verify")
    assert done.status == 0, done.said


@pytest.mark.parametrize("at", [0, 1])
def test_new_is_killed(world: World, at: int) -> None:
    root = world.project.root
    good().to_csv(root / "votes.csv", index=False)
    machines().to_csv(root / "machines.csv", index=False)
    count = root.parent / "steps-new"
    if not count.exists():
        whole = world.run(*NEW, "--force", moment=f"count:{count}")
        assert whole.status == 0, whole.said
    steps = int(count.read_text())
    shutil.rmtree(root / "data" / "mine", ignore_errors=True)
    (root / "scenarios" / "mine.yml").unlink()
    step = random.Random(at).randint(steps // 2, steps)
    done = world.run(*NEW, moment=f"step:{step}")
    assert done.status in (-9, 0), done.said
    again = world.run(*NEW, "--force")
    assert again.status == 0, again.said
    assert world.left() == []


def test_a_sweep_is_killed(world: World, tmp_path: Path) -> None:
    """At two moments; the third time it is what an undisturbed one is."""
    env = {**world.env(), "SEVENPERCENT_ROOT": str(Path(__file__).parents[1])}
    other = World(world.project)
    object.__setattr__(other, "env", lambda: env)
    grid, out = str(written(tmp_path)), tmp_path / "out"
    kept = 0
    for seed in (1, 2):
        done = other.run(
            "sweep", grid, "--out", str(out), moment=f"after:{random.Random(seed).uniform(2, 30)}"
        )
        assert done.status in (-9, 0), done.said
        assert other.alive() == []
        assert kept <= len(list(out.glob("cells/*.json")))
        kept = len(list(out.glob("cells/*.json")))
        assert {p.name for p in out.glob("*.*")} in ({".lock"}, set(), FILES | {".lock"})
    assert other.run("sweep", grid, "--out", str(out)).status == 0
    assert other.run("sweep", grid, "--out", str(tmp_path / "whole")).status == 0
    for name in FILES:
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not [*out.rglob("*.new"), *out.glob(".[0-9]*")]


FILES = {"cells.parquet", "results.parquet", "results.csv", "index.html"}


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ("import os\n\nos.kill(os.getpid(), 9)", "its process was ended from outside"),
        ("while True:\n    pass", "the cell took longer than 5 s"),
        ('import os\n\nos.truncate(paths.DATA / "toy.parquet", 100)', "toy.parquet"),
    ],
    ids=["dies", "hangs", "truncated"],
)
def test_a_worker_in_trouble_is_named(
    changed: tuple[World, int, int], planted: str, said: str
) -> None:
    world, old, new = changed
    text = world.project.chapter("gap").read_text()
    at = "votes = pd.read_parquet" if "paths" in planted else "found = Results()"
    world.project.replace("gap", at, f"{planted}\n{at}")
    done = world.run("build", "--cell-seconds", "5")
    assert done.status == 1, done.said
    assert "chapter gap, cell 4" in done.said
    assert said in done.said or "Parquet" in done.said, done.said
    assert world.votes() == old
    assert world.alive() == []
    world.project.chapter("gap").write_text(text)
    world.project.set_votes(3, old)
    goes_on(world, new)


def test_a_table_changed_while_it_is_read_leaves_nothing(changed: tuple[World, int, int]) -> None:
    world, old, new = changed
    text = world.project.chapter("gap").read_text()
    planted = 'votes.iloc[:1].to_parquet(paths.DATA / "toy.parquet")\nfound = Results()'
    world.project.replace("gap", "found = Results()", planted)
    done = world.run("build")
    assert done.status == 1
    assert "chapter gap: table toy was changed while it ran" in done.said
    assert world.votes() == old
    world.project.chapter("gap").write_text(text)
    world.project.set_votes(3, old)
    goes_on(world, new)


@pytest.mark.parametrize("many", [2, 4])
def test_builds_at_once(changed: tuple[World, int, int], many: int) -> None:
    """Of one book; where there are four, two of them are put elsewhere."""
    world, _, new = changed
    others = [world.project.root.parent / f"elsewhere-{n}" for n in range(many - 2)]
    running = [world.start("build") for _ in range(2)]
    running += [world.start("build", "--out", str(other)) for other in others]
    ended = [world.wait(one) for one in running]
    assert [e.status for e in ended] == [0] * many, [e.said for e in ended]
    assert sum(e.ran for e in ended) == 2
    assert any("this one waits for it" in e.said for e in ended)
    assert goes_on(world, new) == 0
    for other in others:
        assert (other / "html" / "index.html").is_file()


def test_a_clock_set_back(changed: tuple[World, int, int]) -> None:
    """Everything that is there was written ten years from now."""
    world, _, new = changed
    for path in (world.project.root / "_build").rglob("*"):
        stamp = path.lstat().st_mtime + 10 * 365 * 86_400
        os.utime(path, (stamp, stamp), follow_symlinks=False)
    assert goes_on(world, new) == 2


@pytest.mark.skipif(not mounts(), reason="a small disk is mounted by root on Linux only")
def test_a_full_disk_and_one_that_cannot_be_written(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, "64m"):
        world = made(disk / "project")
        for left in (20_000, 700_000, 4_000_000):
            old = world.votes()
            world.project.set_votes(3, old)
            with (disk / "filler").open("wb") as filler:
                free = shutil.disk_usage(disk).free
                filler.write(bytes(max(free - left, 0)))
            done = world.run("build")
            assert done.status == 1, (left, done.said)
            assert "the disk is full" in done.said, (left, done.said)
            assert world.votes() == old
            assert world.alive() == []
            (disk / "filler").unlink()
            goes_on(world, old + 3)
        old = world.votes()
        world.project.set_votes(3, old)
        remount = ["mount", "-o", "remount,{}", str(disk)]
        subprocess.run([part.format("ro") for part in remount], check=True)
        done = world.run("build")
        assert done.status == 1
        assert "can only be read" in done.said
        assert world.votes() == old
        subprocess.run([part.format("rw") for part in remount], check=True)
        goes_on(world, old + 3)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(changed: tuple[World, int, int]) -> None:
    world, old, new = changed
    build = world.project.root / "_build"
    build.chmod(0o500)
    world.project.book.chmod(0o500)
    done = world.run("build")
    build.chmod(0o700)
    world.project.book.chmod(0o700)
    assert done.status == 1
    assert "permission is missing" in done.said
    assert world.votes() == old
    goes_on(world, new)
