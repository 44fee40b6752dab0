"""``sevenpercent check data --against FILE``: where another source has other votes than ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from sevenpercent.data import against, tables
from sevenpercent.data.rules.base import PARTIES
from sevenpercent.errors import InputError
from sevenpercent.escape import printable
from sevenpercent.model.words import signed, votes

SHOWN = 40
"""Places that are listed at most."""


def report(
    path: Path,
    *,
    year: int | None,
    state: str | None,
    columns: Mapping[str, str],
    json: bool = False,
) -> int:
    """Print every disagreement by size; status 1 when there is any.

    Raises InputError when the file cannot be read, or has no county and year that we have.
    """
    printed = against.printed_in(path, year=year, state=state, columns=columns)
    found = against.disagreements(printed, tables.load("county_votes"))
    if found.empty:
        what = "no county of the file is in our tables for its year"
        value = ", ".join(str(y) for y in sorted(set(printed["year"])))
        fix = "Give --year or --state, or name the columns: --columns 'fips=GEOID,dem=D,rep=R'."
        raise InputError(what, file=path, value=value, fix=fix)
    differ = found[found["off"] > 0]
    if json:
        typer.echo(differ.to_json(orient="records", indent=1, force_ascii=False))
        return int(len(differ) > 0)
    for r in differ.head(SHOWN).to_dict("records"):
        sides = "; ".join(
            f"{p} {votes(r[p])}, here {votes(r[f'{p}_ours'])} ({signed(r[f'{p}_off'], 0)})"
            for p in PARTIES
        )
        looks = f" Looks like {r['suspect']}." if r["suspect"] else ""
        line = f"row {r['row']:.0f}: " if r["row"] == r["row"] else ""
        typer.echo(printable(f"{line}{r['county']}, {r['state']} {r['year']}: {sides}.{looks}"))
    if len(differ) > SHOWN:
        typer.echo(f"... and {len(differ) - SHOWN} more (--json lists them all)")
    for r in against.summary(found).to_dict("records"):
        looks = f" ({r['suspects']})" if r["suspects"] else ""
        typer.echo(f"{r['year']}: {r['equal']} of {r['places']} places equal{looks}")
    return int(len(differ) > 0)
