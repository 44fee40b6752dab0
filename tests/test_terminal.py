"""Questions of ``new`` on a real terminal: answers, wrong ones, an end of input, Ctrl-C, and none."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from pathlib import Path

import pytest
from test_yours import STATE, YEAR, good, machines

from sevenpercent import paths

NEW = ["new", "mine", "--year", str(YEAR), "--dem", "A. Ash", "--rep", "B. Birch"]
PATIENCE = 120
"""Seconds that a question may take to come."""

MOMENT = 0.5
"""Seconds without a word after which a question waits for its answer."""

LEAVING = (b"\x04", b"\x03")
"""Ctrl-D, which is an end of input, and Ctrl-C."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the real tables, in which another process can write."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "chapters").symlink_to(paths.CHAPTERS)
    (tmp_path / "data").mkdir()
    for path in paths.DATA.iterdir():
        (tmp_path / "data" / path.name).symlink_to(path)
    votes = good().assign(touch=machines()["touchscreen"].map({"1": "Yes", "0": "No"}))
    votes.rename(columns={"touch": "kind"}).to_csv(tmp_path / "wide.csv", index=False)
    return tmp_path


def talk(project: Path, arguments: list[str], *exchange: tuple[str, str]) -> tuple[int, str]:
    """Type answers when their questions come, in a terminal of one's own: the status, and all that was shown."""
    src = str(Path(paths.__file__).parents[1])
    told = {**os.environ, "SEVENPERCENT_ROOT": str(project), "COLUMNS": "200", "TERM": "dumb",
            "PYTHONPATH": os.pathsep.join([src, os.environ.get("PYTHONPATH", "")])}  # fmt: skip
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(project)
        os.execve(sys.executable, [sys.executable, "-m", "sevenpercent.cli.main", *arguments], told)
    shown, seen, waiting, end = "", 0, list(exchange), time.monotonic() + PATIENCE
    typed = b""
    try:
        while time.monotonic() < end:
            ready, _, _ = select.select([terminal], [], [], MOMENT)
            if ready:
                try:
                    some = os.read(terminal, 4096)
                except OSError:  # the other side has left
                    break
                if not some:
                    break
                shown += some.decode()
            elif waiting and waiting[0][0] in shown[seen:]:
                # Nothing more is being written: the question stands there, as it does for people.
                seen, typed = len(shown), waiting.pop(0)[1].encode()
                os.write(terminal, typed)
            elif typed in LEAVING:  # a key that came before it was waited for is pressed again
                os.write(terminal, typed)
        else:
            os.kill(child, signal.SIGKILL)
            pytest.fail(f"still there after {PATIENCE} seconds: {shown}")
    finally:
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    assert not waiting, f"was not asked {waiting[0][0]!r}: {shown}"
    return os.waitstatus_to_exitcode(status), shown


def whole(project: Path) -> bool:
    """Whether the book is there; half of it never is."""
    there = [(project / "scenarios" / "mine.yml").exists(), (project / "data" / "mine").exists()]
    assert there[0] == there[1]
    return there[0]


def test_what_is_missing_is_asked(project: Path) -> None:
    status, shown = talk(
        project, [*NEW, "wide.csv"],
        ("State that the claim is about", f"{STATE.lower()}\n"), ("Size of the claimed", "2\n"),
        ("say where the machines are", "yes\n"), ("Is that right?", "yes\n"),
    )  # fmt: skip
    assert status == 0, shown
    assert "Next: sevenpercent check mine" in shown
    assert whole(project)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([("Size of the claimed", "two\n")], "this is no number"),
        pytest.param(
            [("Size of the claimed", "2\n"), ("say where", "yes\n"), ("Is that right?", "no\n")],
            "not accepted",
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_one_message(
    project: Path, answers: list[tuple[str, str]], says: str
) -> None:
    status, shown = talk(project, [*NEW, "wide.csv", "--focus", STATE], *answers)
    assert status == 2
    assert says in shown
    assert "Traceback" not in shown
    assert not whole(project)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "name"), [("\x04", "end of input"), ("\x03", "Ctrl-C")])
@pytest.mark.parametrize("question", ["Size of the claimed", "Is that right?"])
def test_who_leaves_at_a_question_leaves_nothing(
    project: Path, key: str, name: str, question: str
) -> None:
    before = [("Size of the claimed", "2\n"), ("say where the machines are", "yes\n")]
    answers = [*before, (question, key)] if question.startswith("Is") else [(question, key)]
    status, shown = talk(project, [*NEW, "wide.csv", "--focus", STATE], *answers)
    assert status != 0, name
    assert "Traceback" not in shown
    assert "Error(" not in shown
    assert not whole(project)
