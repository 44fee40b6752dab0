"""The command line: one clear message and the right exit status for whatever is typed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sevenpercent import paths


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sevenpercent.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=paths.ROOT,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "midwest-2017"), "Did you mean 'midwest-2016'?"),
        (("build", "no-such.yml"), "no such scenario file"),
        (("build", "--set", "states=[WX]"), "WX"),
        (("build", "--set", "yaer=2016"), "Did you mean 'year'?"),
        (("build", "--set", "year"), "--set wants KEY=VALUE"),
        (("build", "--set", "year=soon"), "year"),
        (("build", "--jobs", "0"), "--jobs"),
        (("build", "--nonsense"), "--nonsense"),
        (("run", "gpa"), "Did you mean 'gap'?"),
        (("run", "gap", "--set", "redaing=any_dre_vv"), "redaing"),
        (("check", "dta"), "Did you mean 'data'?"),
        (("bild",), "bild"),
    ],
)
def test_a_mistake_gets_one_message_and_status_two(
    arguments: tuple[str, ...], message: str
) -> None:
    done = call(*arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["build", "run", "check", "data", "refresh", "sweep"])
def test_every_command_explains_itself(command: str) -> None:
    done = call(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_check_data_passes_on_the_committed_tables() -> None:
    done = call("check", "data")
    assert done.returncode == 0, done.stdout + done.stderr
