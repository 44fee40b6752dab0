"""Every command that the README and the help texts give is typed as it stands there."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Done
from sweep_faults import written
from test_readme import BORROWED

from sevenpercent import paths
from sevenpercent.cli import against
from sevenpercent.cli import main as cli
from sevenpercent.data import tables
from sevenpercent.data.rules import report
from sevenpercent.errors import InputError
from sevenpercent.model.results import Results
from sevenpercent.run import build, differ, execute, refresh, verify
from sevenpercent.run.sweep import run as sweeps

REACHED = "as far as what takes long"
YEAR, STATE = 2024, "GA"


def of_readme() -> list[str]:
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^    \.venv/bin/sevenpercent (.*)$", readme, re.MULTILINE)
    return [line.partition(" #")[0].strip() for line in found if "HOST" not in line]


def of_help(typed: Callable[..., Done]) -> list[str]:
    commands = [c.name or c.callback.__name__ for c in cli.app.registered_commands if c.callback]
    said = "\n".join(" ".join(typed(c, "--help").stdout.split()) for c in commands)
    return re.findall(r"Example: sevenpercent (.*?--claimed \d+)", said)


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as it is after a download, with every file that an example names."""
    for name in (*BORROWED, "README.md"):
        (tmp_path / name).symlink_to(paths.ROOT / name)
    (tmp_path / "data").mkdir()
    for path in paths.DATA.iterdir():
        (tmp_path / "data" / path.name).symlink_to(path)
    shutil.copytree(paths.SCENARIOS, tmp_path / "scenarios")
    votes = tables.load("county_votes")
    known = votes[(votes["state"] == STATE) & votes["best"] & (votes["year"] == YEAR - 4)]
    before = known[["fips", "county", "dem", "rep", "total"]].reset_index(drop=True)
    more = before["dem"] // 50  # votes of the year, not those of the one before once more
    own = before.assign(dem=before["dem"] + more, total=before["total"] + more)
    own.assign(year=YEAR, state=STATE).to_csv(tmp_path / "votes.csv", index=False)
    flag = [int(i % 3 == 0) for i in range(len(own))]
    own[["fips"]].assign(reading="touch_screen", value=flag).to_csv(
        tmp_path / "machines.csv", index=False
    )
    own[["fips"]].assign(system=["iVotronic" if f else "DS200" for f in flag]).to_csv(
        tmp_path / "names.csv", index=False
    )
    people = tables.load("county_demographics")[["fips", "population", "white_nh", "college"]]
    wide = own.merge(people, on="fips").assign(biden20=before["dem"], trump20=before["rep"])
    wide.assign(touchscreens=flag).to_csv(tmp_path / "everything.csv", index=False)
    lines = own.melt(["fips", "county"], ["dem", "rep"], "party", "votes")
    lines["candidate"] = lines["party"].map({"dem": "Ash", "rep": "Birch"})
    lines = lines.assign(precinct="1", office="US SENATE", mode="TOTAL", year=YEAR, state=STATE)
    lines.to_csv(tmp_path / "precincts.csv", index=False)
    written(tmp_path, id="my-grid")

    def stop(*_: object, **__: object) -> None:
        raise InputError(REACHED)

    for module, name in (
        (build, "build"), (execute, "run_alone"), (refresh, "refresh"), (verify, "verify"),
        (sweeps, "cells"), (against, "report"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, stop)
    monkeypatch.setattr(report, "check_data", lambda *_, **__: 0)
    monkeypatch.setattr(differ, "read", lambda name: ONE)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "SCENARIOS", tmp_path / "scenarios")
    return tmp_path


ONE = Results()
ONE.add("gap.x", 1.0, unit="points", label="x")


def test_every_example_is_understood(
    stranger: Path, typed: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = [*of_readme(), *of_help(typed)]
    assert len(examples) > 15
    monkeypatch.chdir(stranger)
    for example in examples:
        done = typed(*shlex.split(example))
        reached = done.returncode == 2 and REACHED in done.stderr
        assert done.returncode == 0 or reached, (example, done.stdout, done.stderr)
    assert {"my-2024", "my-wide", "my-named", "my-senate"} <= {
        p.stem for p in (stranger / "scenarios").glob("*.yml")
    }
