"""Numbers of the chapter that makes another book: two files, three commands, what they say."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pandas as pd

from sevenpercent import paths
from sevenpercent.data import tables as store
from sevenpercent.errors import SevenPercentError
from sevenpercent.model import scenario as scenarios
from sevenpercent.model.places import Tables
from sevenpercent.model.results import Findings, Results
from sevenpercent.model.scenario import Scenario

NAME = "elsewhere"
VOTES, MACHINES = "votes.csv", "machines.csv"
SIZE = 2.0
"""Points of the share that the exercise asks about."""

SPACED, BARE = 3, 2
"""Rows that get thousands separators, and lose the zero of their code."""

HEAD = 14
"""Lines of the new scenario that are shown."""


def compute(scenario: Scenario, tables: Tables) -> Findings:
    """Write two files of another election, spoil one, and run the commands on them.

    The election is the latest other one of which the tables know votes and machines; the state is
    the one with the most even contrast of machines among those whose county codes begin with a
    zero, which is easily lost.

    Returns
    -------
    Findings
        ``rerun.<spoiled|good>.<errors|warnings|notes>``, ``rerun.counties``,
        ``rerun.with_machines``, ``rerun.raw``, ``rerun.held`` and ``rerun.p1`` (points,
        **negative** = the Democrat did worse where the machines stand), ``rerun.year``,
        ``rerun.state``, ``rerun.reading``, ``rerun.verdict``. Frames ``files`` (first lines of
        both files), ``said`` (``step``, ``command``, ``line``) and ``defects``.
    """
    votes, machines = chosen(scenario)
    spoiled, defects = spoil(votes)
    results = Results()
    said: list[dict[str, str]] = []
    with project() as folder:
        machines.to_csv(folder / MACHINES, index=False)
        spoiled.to_csv(folder / VOTES, index=False)
        options = _options(votes, machines)
        said += _said("spoiled", _new(options))
        said += _checked(results, "spoiled")
        votes.to_csv(folder / VOTES, index=False)
        said += _said("good", [*_new(options), "--force"])
        said += _checked(results, "good")
        text = (paths.SCENARIOS / f"{NAME}.yml").read_text(encoding="utf-8").splitlines()
        said += [{"step": "scenario", "command": "", "line": line} for line in text[:HEAD]]
        _numbers(results, scenarios.load(NAME))
    known = dict(zip(store.load("states")["state"], store.load("states")["name"], strict=True))
    for key, value, unit, label in (
        ("counties", len(votes), "counties", "counties in the two files"),
        ("with_machines", int(machines["value"].sum()), "counties", "of them with the machines"),
        ("year", int(options["year"]), "year", "election of the two files"),
        ("state", known[options["focus"]], "text", "state of the two files"),
        ("reading", str(machines["reading"].iloc[0]), "text", "which machines"),
    ):
        results.add(f"rerun.{key}", value, unit=unit, label=label)
    first = pd.DataFrame(
        [{"file": n, "line": r} for n, f in ((VOTES, votes), (MACHINES, machines))
         for r in f.head(2).to_csv(index=False).splitlines()]
    )  # fmt: skip
    frames = {"files": first, "said": pd.DataFrame(said), "defects": pd.DataFrame(defects)}
    return Findings(results, frames)


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
    votes = votes[["fips", "state", "county", "year", "dem", "rep", "other", "total"]].astype(str)
    return votes.reset_index(drop=True), machines.reset_index(drop=True)


def spoil(votes: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Votes with four common defects, and what and where they are (lines of the file)."""
    out = votes.copy()
    counts = votes[["dem", "rep", "total"]].astype(int)
    lopsided = int((counts["dem"] / counts["total"] - 0.5).abs().to_numpy().argmax())
    out.loc[BARE, "fips"] = out["fips"].str.lstrip("0")[BARE]
    out.loc[SPACED, "dem"] = f"{counts['dem'].tolist()[SPACED]:,}"
    out.loc[lopsided, ["dem", "rep"]] = out.loc[lopsided, ["rep", "dem"]].to_numpy()
    sums = votes[["dem", "rep", "other", "total"]].astype(int).sum().astype(str)
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

    Parameters
    ----------
    arguments : list of str
        As after ``sevenpercent`` on the command line.
    """
    from typer.testing import CliRunner

    from sevenpercent.cli.main import app

    done = CliRunner().invoke(app, arguments)
    if isinstance(done.exception, SevenPercentError):
        return f"{done.output}sevenpercent: {done.exception}\n"
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def _options(votes: pd.DataFrame, machines: pd.DataFrame) -> dict[str, str]:
    return {"year": str(votes["year"].iloc[0]), "focus": str(votes["state"].iloc[0])}


def _new(options: dict[str, str]) -> list[str]:
    named = ["--dem", "the Democrat", "--rep", "the Republican", "--claimed", f"{SIZE:g}"]
    files = ["--votes", VOTES, "--equipment", MACHINES]
    return ["new", NAME, "--year", options["year"], "--focus", options["focus"], *files, *named]


def _said(step: str, arguments: list[str]) -> list[dict[str, str]]:
    command = "sevenpercent " + " ".join(f'"{a}"' if " " in a else a for a in arguments)
    lines = run(arguments).rstrip().splitlines()
    return [{"step": step, "command": command, "line": line} for line in lines]


def _checked(results: Results, step: str) -> list[dict[str, str]]:
    """Lines of ``check``; its last one counts them."""
    said = _said(step, ["check", NAME])
    for count, severity in re.findall(r"(\d+) (errors|warnings|notes)", said[-1]["line"]):
        results.add(
            f"rerun.{step}.{severity}",
            int(count),
            unit="findings",
            label=f"{severity} found in the {step} files",
        )
    return said


def _numbers(results: Results, made: Scenario) -> None:
    """Copy what the new book answers: its first numbers and its first verdict."""
    load = store.loader(made.tables.folder)
    from sevenpercent.study import compute

    own = Results()
    for name in ("controls", "designs"):
        own = own.merged(compute.compute(name, made, load, lambda n: Results()).results)
    place, lead = made.focus.lower(), made.treatment.primary
    stem = f"controls.{place}.{lead}.{made.outcome.primary}"
    for name, key in {
        "raw": f"{stem}.none.none.{made.focus_errors}",
        "held": f"{stem}.{made.held}.none.{made.focus_errors}",
        "p1": "designs.p1.estimate",
        "verdict": "designs.verdict.claimed",
    }.items():
        v = own[key]
        results.add(
            f"rerun.{name}", v.value, se=v.se, lo=v.lo, hi=v.hi, n=v.n, unit=v.unit, label=v.label
        )
