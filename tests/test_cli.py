"""The command line: one clear message and the right exit status for whatever is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from conftest import Done

from sevenpercent import paths

Typed = Callable[..., Done]


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a shell starts it, for those that only a process of its own can tell."""
    return subprocess.run(
        [sys.executable, "-m", "sevenpercent.cli.main", *arguments],
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
        (("run", "gap", "--set", "redaing=any_dre_vv"), "Did you mean 'reading'?"),
        (("run", "rerun", "--set", "treatmnt.primary=svmiller"), "Did you mean 'treatment"),
        (("run", "polls", "dominion-2020"), "there is no table of polls"),
        (("data", "county_equipmnt"), "Did you mean 'county_equipment'?"),
        (("check", "dta"), "Did you mean 'data'?"),
        (("bild",), "bild"),
        (("build", "--cell-seconds", "inf"), "--cell-seconds"),
        (("build", "--out", os.devnull), "it is no folder"),
        (("build", "--out", f"{os.devnull}/x"), "/x: nothing can be written there"),
        (("run", "gap", "--out", f"{os.devnull}/x/gap.ipynb"), "/x: nothing can be written there"),
        (("run", "gap", "--out", os.sep), "a folder cannot be a notebook"),
        (("sweep", os.devnull), "unknown grid"),
    ],
)
def test_a_mistake_gets_one_message_and_status_two(
    typed: Typed, arguments: tuple[str, ...], message: str
) -> None:
    done = typed(*arguments)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("command", ["build", "run", "check", "data", "refresh", "sweep"])
def test_every_command_explains_itself(typed: Typed, command: str) -> None:
    done = typed(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


@pytest.mark.parametrize("arguments", [("build", "midwest-2017"), ("bild",)])
def test_a_process_says_what_the_command_line_called_here_says(
    typed: Typed, arguments: tuple[str, ...]
) -> None:
    done, here = call(*arguments), typed(*arguments)
    assert done.returncode == here.returncode == 2
    assert (done.stdout, here.stdout) == ("", "")
    assert done.stderr.replace("python -m sevenpercent.cli.main", "sevenpercent") == here.stderr


@pytest.mark.usefixtures("examined")
def test_check_data_passes_on_the_committed_tables(typed: Typed) -> None:
    done = typed("check", "data")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("book", "chapter", "change"),
    [
        ("texas-2024", "designs", "reading=hart"),
        pytest.param("midwest-2016", "designs", "reading=any_dre_wec", marks=pytest.mark.slow),
        pytest.param(
            "dominion-2020", "controls", "outcome=level_two_party", marks=pytest.mark.slow
        ),
        pytest.param("texas-2024", "gap", "draws=99", marks=pytest.mark.slow),
    ],
)
def test_a_chapter_of_any_book_runs_alone_with_a_change(
    tmp_path: Path, book: str, chapter: str, change: str
) -> None:
    target = tmp_path / "alone.ipynb"
    done = call("run", chapter, book, "--set", change, "--out", str(target))
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    cells = nbformat.read(target, as_version=4).cells
    assert all(c.execution_count for c in cells if c.cell_type == "code")
    shown = [o for c in cells for o in c.get("outputs", []) if "text/markdown" in o.get("data", {})]
    assert shown[0]["data"]["text/plain"].splitlines()[0] in done.stdout


@pytest.mark.parametrize("book", ["midwest-2016", "dominion-2020", "texas-2024", "florida-2004"])
@pytest.mark.parametrize(
    ("chapter", "change", "message"),
    [
        ("gap", "redaing=x", "redaing"),
        ("gap", "reading=nonsense", "nonsense"),
        ("designs", "designs.counties.erorrs=hc3", "Did you mean 'errors'?"),
        ("gap", "draws=many", "redraw.draws"),
    ],
)
def test_a_bad_change_is_one_message_in_any_book(
    typed: Typed, book: str, chapter: str, change: str, message: str
) -> None:
    done = typed("run", chapter, book, "--set", change)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_change_after_the_fact_shows_on_the_first_page(tmp_path: Path) -> None:
    def page(*change: str) -> str:
        target = tmp_path / "index.ipynb"
        done = call("run", "index", "texas-2024", *change, "--out", str(target))
        assert done.returncode == 0, done.stderr
        outputs = [
            o for c in nbformat.read(target, as_version=4).cells for o in c.get("outputs", [])
        ]
        return "\n".join(str(o.get("data", {}).get("text/markdown", "")) for o in outputs)

    assert "declared before the votes were read" in page()
    changed = page("--set", "redraw.draws=99", "--set", "designs.sizes.claimed.how=deleted")
    assert "were changed after the votes had been read" in changed
