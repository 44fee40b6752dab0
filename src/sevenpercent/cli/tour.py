"""A demonstration of ``new``, ``check`` and ``build``: two files, what is typed, what is answered.

``python -m sevenpercent.cli.tour`` runs it and records it, for the chapter that shows it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from typer.testing import CliRunner

from sevenpercent import paths
from sevenpercent.cli.main import app
from sevenpercent.data import tables as store
from sevenpercent.data.rules.base import COUNTS
from sevenpercent.errors import SevenPercentError
from sevenpercent.model import scenario as scenarios
from sevenpercent.model.results import Results
from sevenpercent.model.scenario import Scenario
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.study import cells
from sevenpercent.study.tour_record import MACHINES, VOTES, Tour

NAME = "elsewhere"
SIZE = 2.0
"""Points of the share that the exercise asks about."""

SPACED, BARE = 3, 2
"""Rows that get thousands separators, and lose the zero of their code."""

HEAD = 14
"""Lines of the new scenario that are shown."""


def tour(scenario: Scenario) -> Tour:
    """Write two files of another election, spoil one, and run the commands on them.

    The election is the latest other one of which the tables know votes and machines; the state is
    the one with the most even contrast of machines among those whose county codes begin with a
    zero, which is easily lost.
    """
    votes, machines = chosen(scenario)
    spoiled, defects = spoil(votes)
    year, focus = str(votes["year"].iloc[0]), str(votes["state"].iloc[0])
    named = ["--dem", "the Democrat", "--rep", "the Republican", "--claimed", f"{SIZE:g}"]
    files = ["--votes", VOTES, "--equipment", MACHINES]
    new = ["new", NAME, "--year", year, "--focus", focus, *files, *named]
    said: list[dict[str, str]] = []
    with project() as folder:
        machines.to_csv(folder / MACHINES, index=False)
        for step, table in (("spoiled", spoiled), ("good", votes)):
            table.to_csv(folder / VOTES, index=False)
            said += _said(step, new if step == "spoiled" else [*new, "--force"])
            said += _said(step, ["check", NAME])
        text = (paths.SCENARIOS / f"{NAME}.yml").read_text(encoding="utf-8").splitlines()
        said += [{"step": "scenario", "command": "", "line": line} for line in text[:HEAD]]
        made = scenarios.load(NAME)
        answers = list(_answers(made))
    known = dict(zip(store.load("states")["state"], store.load("states")["name"], strict=True))
    facts = (
        ("counties", len(votes), "counties", "counties in the two files"),
        ("with_machines", int(machines["value"].sum()), "counties", "of them with the machines"),
        ("year", int(year), "year", "election of the two files"),
        ("state", known[focus], "text", "state of the two files"),
        ("reading", str(machines["reading"].iloc[0]), "text", "which machines"),
    )
    told = [dict(zip(("part", "value", "unit", "label"), fact, strict=True)) for fact in facts]
    first = [
        {"file": name, "line": line}
        for name, frame in ((VOTES, votes), (MACHINES, machines))
        for line in frame.head(2).to_csv(index=False).splitlines()
    ]
    adjusting = Vocabulary(made).controls(made.held).words
    return Tour(first, defects, said, [*_counted(said), *told, *answers], adjusting)


def chosen(scenario: Scenario) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Votes and machines of another election in the layouts that ``new`` recognises.

    They come from ``data/``, also where the book has tables of its own.
    """
    equipment = store.load("county_equipment")
    equipment = equipment[(equipment["version"] == "corrected") & (equipment["kind"] == "binary")]
    year = max(int(y) for y in equipment["year"].unique() if y != scenario.year)
    own = equipment[(equipment["year"] == year) & equipment["fips"].str.startswith("0")]
    sides = own.groupby(["reading", "state"], sort=True)["value"].agg(
        lambda v: min(int((v > 0).sum()), int((v == 0).sum()))
    )
    best = sides.reset_index().sort_values("value", kind="stable").iloc[-1]
    reading, state = str(best["reading"]), str(best["state"])
    machines = own[(own["reading"] == reading) & (own["state"] == state)]
    machines = machines[["fips", "reading", "value"]].astype({"value": int})
    votes = store.load("county_votes")
    votes = votes[(votes["year"] == year) & (votes["state"] == state) & votes["best"]]
    votes = votes[["fips", "state", "county", "year", *COUNTS]].astype(str)
    return votes.reset_index(drop=True), machines.reset_index(drop=True)


def spoil(votes: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Votes with four common defects, and what and where they are (lines of the file)."""
    out = votes.copy()
    counts = votes[["dem", "rep", "total"]].astype(int)
    lopsided = int((counts["dem"] / counts["total"] - 0.5).abs().to_numpy().argmax())
    out.loc[BARE, "fips"] = out["fips"].str.lstrip("0")[BARE]
    out.loc[SPACED, "dem"] = f"{counts['dem'].tolist()[SPACED]:,}"
    out.loc[lopsided, ["dem", "rep"]] = out.loc[lopsided, ["rep", "dem"]].to_numpy()
    sums = votes[list(COUNTS)].astype(int).sum().astype(str)
    first = votes.iloc[0]
    total = {"fips": "", "county": "Total", "state": first["state"], "year": first["year"], **sums}
    out = pd.concat([out, pd.DataFrame([total])], ignore_index=True)
    lines = {
        "a code without its zero": (BARE, str(out["fips"][BARE])),
        "thousands separators": (SPACED, str(out["dem"][SPACED])),
        "the parties exchanged": (lopsided, str(out["county"][lopsided])),
        "a total among the counties": (len(votes), "Total"),
    }
    return out, [{"what": w, "row": str(at + 2), "value": v} for w, (at, v) in lines.items()]


@contextmanager
def project() -> Iterator[Path]:
    """Work in an empty project that borrows nothing from this one but ``data/``."""
    before = paths.ROOT, paths.SCENARIOS
    with tempfile.TemporaryDirectory(prefix="sevenpercent-") as name, chdir(name):
        folder = Path(name).resolve()
        (folder / "scenarios").mkdir()
        paths.ROOT, paths.SCENARIOS = folder, folder / "scenarios"
        try:
            yield folder
        finally:
            paths.ROOT, paths.SCENARIOS = before


def run(arguments: list[str]) -> str:
    """What a command of this program prints.

    `arguments`: as after ``sevenpercent`` on the command line.
    """
    done = CliRunner().invoke(app, arguments)
    if isinstance(done.exception, SevenPercentError):
        return f"{done.output}sevenpercent: {done.exception}\n"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def _said(step: str, arguments: list[str]) -> list[dict[str, str]]:
    command = "sevenpercent " + " ".join(f'"{a}"' if " " in a else a for a in arguments)
    lines = run(arguments).rstrip().splitlines()
    return [{"step": step, "command": command, "line": line} for line in lines]


def _counted(said: list[dict[str, str]]) -> Iterator[dict[str, Any]]:
    """What each ``check`` found; its last line counts it."""
    last = {row["step"]: row["line"] for row in said if " check " in row["command"]}
    for step, line in last.items():
        for count, severity in re.findall(r"(\d+) (error|warning|note)s?", line):
            label = f"{severity}s found in the {step} files"
            row = {"part": f"{step}.{severity}s", "value": int(count)}
            yield {**row, "unit": "findings", "label": label}


def _answers(made: Scenario) -> Iterator[dict[str, Any]]:
    """What the new book answers: its first numbers and its first verdict."""
    load = store.loader(made.tables.folder)
    own = Results()
    for name in ("controls", "designs"):
        own = own.merged(cells.run(name, made, load, lambda n: Results()).results)
    stem = f"controls.{made.focus.lower()}.{made.treatment.primary}.{made.outcome.primary}"
    for name, key in {
        "raw": f"{stem}.none.none.{made.focus_errors}",
        "held": f"{stem}.{made.held}.none.{made.focus_errors}",
        "p1": "designs.p1.estimate",
        "verdict": "designs.verdict.claimed",
    }.items():
        known = {k: x for k, x in own[key].as_dict().items() if k != "tables" and x is not None}
        yield {"part": name, **known}


if __name__ == "__main__":
    tour(scenarios.load()).write()
