"""Faults planted in a build, a sweep and `new`: what stands is old or new, whole, and goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_world import World, made, mounts, small_disk
from kills import KINDS, SHARES, Harness

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


def goes_on(world: World, votes: int) -> int:
    """The same command again ends well; chapters that it ran."""
    again = world.run("build")
    assert again.status == 0, again.said
    assert world.votes() == votes
    assert world.alive() == []
    assert world.left() == []
    return again.ran


@pytest.fixture(scope="module")
def harnesses(world: World) -> dict[str, Harness]:
    """Each command with its own steps and seconds, measured when it is first killed."""
    return {name: kind(world) for name, kind in KINDS.items()}


@pytest.mark.parametrize(
    ("command", "at"), [(c, at) for c, share in SHARES.items() for at in range(share // 4)]
)
def test_a_command_is_killed(harnesses: dict[str, Harness], command: str, at: int) -> None:
    """The short form of ``python tests/kills.py``."""
    harness = harnesses[command]
    if not harness.steps:
        harness.measure()
    harness.kill(at)


def test_a_verified_book_is_what_is_left(world: World) -> None:
    assert world.run("build").status == 0
    done = world.run("verify")
    assert done.status == 0, done.said


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
    limit = "5" if "while" in planted else "120"  # others take longer on a busy machine
    done = world.run("build", "--cell-seconds", limit)
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
