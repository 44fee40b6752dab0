"""Files with what no file should hold: each is named by file, row, column and value, and nothing runs."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from conftest import Done
from hypothesis import given, settings
from hypothesis import strategies as st
from test_yours import STATE, YEAR, good, machines

from sevenpercent.errors import InputError
from sevenpercent.own import answers, make
from sevenpercent.own.request import Request

LINE = 42
"""Line of the file that is spoiled."""

COMMAND = [
    "new", "mine", "--year", str(YEAR), "--focus", STATE, "--dem", "Ash", "--rep", "Birch",
    "--claimed", "4", "--columns", "machines.csv:fips=fips,state=state,county=county,touch=touchscreen",
]  # fmt: skip

PYTHON = re.compile(r"Traceback|[A-Z][A-Za-z]*(Error|Exception|Warning)\b")


def spoilt(frame: pd.DataFrame, column: str, *values: str) -> str:
    """Text of a table with cells replaced, as they stand, from `LINE` on."""
    rows = frame.to_csv(index=False).splitlines()
    for at, value in enumerate(values, LINE - 1):
        cells = rows[at].split(",")
        cells[list(frame.columns).index(column)] = value
        rows[at] = ",".join(cells)
    return "\n".join(rows) + "\n"


def ask(
    typed: Callable[..., Done], home: Path, votes: str = "", equipment: str = ""
) -> tuple[int, str]:
    """Status and words of ``new`` and, where it succeeds, of ``check``."""
    (home / "votes.csv").write_text(votes or good().to_csv(index=False), encoding="utf-8")
    (home / "machines.csv").write_text(
        equipment or machines().to_csv(index=False), encoding="utf-8"
    )
    done = typed(*COMMAND, "--votes", "votes.csv", "--equipment", "machines.csv")
    if done.returncode == 0:
        done = typed("check", "mine")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e400", "9" * 40, "12\0", "12x", '"12'])
def test_a_count_that_is_none_is_named(home: Path, typed: Callable[..., Done], value: str) -> None:
    code, words = ask(typed, home, spoilt(good(), "dem", value))
    assert code == 2
    assert not PYTHON.search(words), words
    (said,) = [s for s in words.splitlines() if f"row {LINE}" in s and "dem" in s][:1]
    assert "votes.csv" in said
    assert value.strip('"\0')[:12] in said


@pytest.mark.parametrize("value", ["inf", "-1", "7", "maybe", "\0", "9" * 40])
def test_a_reading_that_is_none_is_named(
    home: Path, typed: Callable[..., Done], value: str
) -> None:
    code, words = ask(typed, home, equipment=spoilt(machines(), "touchscreen", value))
    assert code == 2
    assert not PYTHON.search(words), words
    assert f"row {LINE}" in words
    assert "machines.csv" in words
    assert "touchscreen" in words


def test_a_place_with_both_values_is_named(home: Path, typed: Callable[..., Done]) -> None:
    frame = machines()
    again = frame.iloc[[0]].assign(touchscreen=str(1 - int(frame["touchscreen"][0])))
    both = pd.concat([frame, again]).to_csv(index=False)
    code, words = ask(typed, home, equipment=both)
    assert code == 2
    for part in ("machines.csv", f"row {len(frame) + 2}", "touchscreen", "'0'", "row 2"):
        assert part in words, words


def test_machines_of_another_state_are_named(home: Path, typed: Callable[..., Done]) -> None:
    frame = machines()
    code, words = ask(typed, home, equipment=frame.assign(state="TX").to_csv(index=False))
    assert code == 2
    assert "of GA, the line of TX" in words
    other = frame.assign(fips="48" + frame["fips"].str[2:], state="TX").to_csv(index=False)
    code, words = ask(typed, home, equipment=other)
    assert code == 2
    assert "no line of the list of machines is of GA" in words
    assert "'TX'" in words


@pytest.mark.parametrize(
    "text",
    ["", "\n\n", "\0", '"', "a" * 400_000, ",,,\n,,,\n", "fips,dem,rep\n1,2\n", "\x1b[2J,b\n1,2\n"],
)
def test_a_file_of_nothing_is_one_message(
    home: Path, typed: Callable[..., Done], text: str
) -> None:
    code, words = ask(typed, home, votes=text or " ")
    assert code == 2
    assert not PYTHON.search(words), words
    assert "votes.csv" in words


@pytest.mark.slow
@pytest.mark.parametrize(
    "names",
    [
        ("<script>alert(1)</script>", "=1+1", "Ash\x1b[2J"),
        ("{{ 7*7 }}", "@SUM(A1)", "Ash\u202e"),
        ("+1", "x" * 201),
    ],
)
def test_a_name_that_is_none_is_a_finding(
    home: Path, typed: Callable[..., Done], names: tuple[str, ...]
) -> None:
    _, words = ask(typed, home, spoilt(good(), "county", *names))
    assert not PYTHON.search(words), words
    for line in range(LINE, LINE + len(names)):
        (said,) = [s for s in words.splitlines() if "The name " in s and f"row {line}" in s]
        assert "votes.csv" in said
        assert not re.search("[\x00-\x1f\u202e]", said)


CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["inf", "nan", "-0", "1e999", "0x1F", "١٢", "{{ 7*7 }}", "=1+1", "<b>", '"', "''", ";"]
    ),
    st.integers().map(str),
    st.floats().map(str),
)
"""What a cell may hold."""


@pytest.mark.slow
@pytest.mark.parametrize("many", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_whatever_a_file_holds_it_is_read_or_refused_in_words(many: int) -> None:
    @given(st.integers(0, 12), st.integers(0, 4), CELLS, st.text(max_size=20))
    @settings(max_examples=many, deadline=None, derandomize=True)
    def whatever(column: int, row: int, cell: str, name: str) -> None:
        read_or_refused(column, row, cell, name)

    whatever()


def read_or_refused(column: int, row: int, cell: str, name: str) -> None:
    rows = [
        ["fips", "county", "state", "dem", "rep", "total", "dem_2016", "rep_2016", "touch screens", "system", "pop", "pct_white", name],
        *(
            [c, n, STATE, "14", "15", "30", "10", "9", str(i % 2), ["DRE", "Optical Scan"][i % 2], "100", "50", "x"]
            for i, (c, n) in enumerate(zip(good()["fips"][:4], good()["county"][:4], strict=True))
        ),
    ]  # fmt: skip
    rows[row][column] = cell
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "wide.csv")
        with path.open("w", encoding="utf-8", newline="", errors="surrogateescape") as file:
            csv.writer(file).writerows(rows)
        told = Request("mine", YEAR, states=[STATE], focus=STATE, dem="Ash", rep="Birch")
        told.files = [path]
        with suppress(InputError):  # the one exception that is made for readers
            make.read(answers.inputs(told), YEAR)
