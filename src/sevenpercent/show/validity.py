"""Designs on trial, as readers see them: kinds of chance and harm in words."""

from __future__ import annotations

from functools import partial

import pandas as pd

from sevenpercent.data.benchmarks import Measured
from sevenpercent.escape import Markdown, markdown
from sevenpercent.model.words import number, percent, signed
from sevenpercent.show.figures.forest import Mark, Row, forest
from sevenpercent.show.picture import Picture, table_of
from sevenpercent.show.table import Cells, Record, by_row, of_rows
from sevenpercent.stats import designs

KIND = {"field": "errors drawn on the map", "flips": "signs drawn by county"}
PATTERN = {"uniform": "everywhere", "places": "some places", "counties": "some counties"}
WHAT = {
    "two_sided": "two-sided test",
    "harm": "test that finds harm",
    "gain": "test that clears",
    "coverage": "interval includes what was done",
    "coverage_size": "interval includes the book's size",
    "cleared": "harm excluded although there",
}


def kilometres(name: str) -> str:
    """``km2_5``, a range in keys of results, as ``2.5 km``."""
    return f"{name.removeprefix('km').replace('_', '.')} km"


def label(design: str, chance: str) -> str:
    """A design and the kind of chance it was tried with."""
    kind = KIND.get(chance) or f"machines reassigned at random, {kilometres(chance)}"
    return f"{designs.ALL[design].name}: {kind}"


def case(cell: Record) -> str:
    """What one cell of :func:`sevenpercent.stats.validity.judged.judged` is of."""
    if cell["chance"]:
        return KIND.get(cell["chance"]) or kilometres(cell["chance"])
    return f"{cell['label']}, {PATTERN[cell['pattern']]}"


def kind(cell: Record) -> str:
    """What was judged, and of which design."""
    return f"{designs.ALL[cell['design']].name}, {WHAT[cell['what']]}"


def of_rejections(rejected: pd.DataFrame, *, promised: float, limit: float) -> Picture:
    """Shares of draws in which tests reject although nothing was done.

    `rejected`: as :func:`sevenpercent.stats.validity.judged.rejections` gives it; `promised, limit`:
    the level of the tests, and the share above which one fails.
    """
    rows, says = [], []
    for r in rejected.to_dict("records"):
        name, note = label(r["design"], r["chance"]), f"harm {percent(r['harm'])}"
        at, lo, hi = (100 * r[f"two_sided{end}"] for end in ("", "_lo", "_hi"))
        rows.append(Row(name, at, lo, hi, note=f"{note}, clears {percent(r['gain'])}"))
        found = f"{percent(r['two_sided'])}, {note}, opposite {percent(r['gain'])}"
        says.append(f"{name}: {found}")
    data = table_of(
        rejected.assign(label=[row.label for row in rows]), label="test", two_sided="rejects",
        two_sided_lo="from", two_sided_hi="to", harm="finds harm", gain="finds the opposite",
    )  # fmt: skip
    marks = [Mark(100 * promised, ""), Mark(100 * limit, "fails")]
    unit = "of draws rejected, although nothing was done"
    drawn = partial(forest, rows, unit=unit, marks=marks, told=lambda x, d: f"{x:.{d}f} %")
    return Picture(drawn, "; ".join(says), data, "share of draws, 0 to 1")


@by_row
def rejections_table(r: Record) -> Cells:
    """Rejections although nothing was done, in percent of draws."""
    return {
        "": label(r["design"], r["chance"]),
        "2-sided": number(100 * r["two_sided"], 1),
        "harm": number(100 * r["harm"], 1),
        "clears": number(100 * r["gain"], 1),
        "mean": signed(r["mean"], 2),
    }


def planted_table(planted: pd.DataFrame, share: float, how: str) -> pd.DataFrame:
    """One share of the electronic ballots, switched or deleted, and what each design made of it."""
    own = planted[(planted["share"] == share) & (planted["how"] == how)]
    return of_rows(
        {
            how: f"{designs.ALL[r['design']].name}, {PATTERN[r['pattern']]}",
            "planted": signed(r["truth"]),
            "off by": signed(r["bias"]),
            "% with it": number(100 * r["coverage"]),
            "% with size": number(100 * r["coverage_size"]),
            "% found": number(100 * r["power"]),
            "% cleared": number(100 * r["cleared"]),
        }
        for r in own.to_dict("records")
    )


@by_row
def fails_table(r: Record) -> Cells:
    """Kinds of cells that fail, as :func:`sevenpercent.stats.validity.judged.by_kind` gives them."""
    return {
        "": kind(r),
        "fail": f"{r['failing']} of {r['of']}",
        "worst": percent(r["value"]),
        "where": case(r),
    }


def fails_lines(cells: pd.DataFrame) -> list[str]:
    """Every cell that fails, in words."""
    failing = cells[cells["fails"]].to_dict("records")
    return [f"{kind(c)}: {case(c)} ({percent(c['value'])})" for c in failing]


@by_row
def speed_table(r: Record) -> Cells:
    """Every figure with its unit and its goal; those that miss theirs are marked."""
    return {
        "what": Markdown("**missed:** " * (r["met"] is False) + markdown(r["label"])),
        "measured": number(r["value"], 0 if abs(r["value"]) >= 100 else 2),
        "unit": r["unit"],
        "goal": r["asked"],
    }


def described(run: Measured) -> str:
    """On what a run was made, with which versions, and when."""
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"{run.machine}, load {run.load:.1f} before; {versions}; {run.measured}"
