"""The commands for your own data: ``new``, ``check`` and ``compare``."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from sevenpercent import paths
from sevenpercent.errors import InputError
from sevenpercent.escape import printable

_COLUMNS = (
    "Which column is which, for a file of your own. Names for votes: fips, state, county, year, dem, "
    "rep, other, total; or candidate, party, office, votes, precinct, mode. In a file that holds more: "
    "dem_2016 and so on, population, white_nh, college, own_NAME, machines.NAME, unused.NAME."
)


def new(
    name: Annotated[str, typer.Argument(help="Name of the new book: small letters, hyphens.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files that hold votes, machines, earlier votes, census figures, or several."
        ),
    ] = None,
    year: Annotated[int, typer.Option(help="Year of the election.")] = 0,
    prior_year: Annotated[
        int, typer.Option(help="Election to compare with; four years earlier.")
    ] = 0,
    states: Annotated[str, typer.Option(help="Postal codes, commas between.")] = "",
    focus: Annotated[str, typer.Option(help="State of the claim, or US.")] = "",
    votes: Annotated[
        list[Path] | None,
        typer.Option(
            help="File of votes; several allowed. A number, or a range as 130000-260000, is the claim's."
        ),
    ] = None,
    equipment: Annotated[list[Path] | None, typer.Option(help="File of voting equipment.")] = None,
    demographics: Annotated[list[Path] | None, typer.Option(help="File of census figures.")] = None,
    controls: Annotated[
        str,
        typer.Option(
            metavar="COLUMN[=WORDS],...",
            help="Columns of your files that are adjusted for; WORDS are what a sentence calls one.",
        ),
    ] = "",
    census_year: Annotated[
        int, typer.Option(help="Last year of the census figures that are given.")
    ] = 0,
    certified: Annotated[list[Path] | None, typer.Option(help="File of certified totals.")] = None,
    source: Annotated[
        list[str] | None, typer.Option(metavar="FILE=ADDRESS", help="Where a file was published.")
    ] = None,
    from_: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="FORMAT=FILE", help="Read a file as this format."),
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option(metavar="[FILE:]OURS=THEIRS,...", help=_COLUMNS)
    ] = None,
    machines: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=make:TEXT",
            help="A reading: machines whose make or type contains TEXT; +label:WORDS names them.",
        ),
    ] = None,
    office: Annotated[
        str,
        typer.Option(
            help="Contest, whole as the file names it (| between writings); left out: President."
        ),
    ] = "",
    dem: Annotated[str, typer.Option(help="Democratic candidate.")] = "",
    rep: Annotated[str, typer.Option(help="Republican candidate.")] = "",
    prior_dem: Annotated[
        str, typer.Option(help="Democratic candidate of the election before.")
    ] = "",
    prior_rep: Annotated[
        str, typer.Option(help="Republican candidate of the election before.")
    ] = "",
    harmed: Annotated[str, typer.Option(help="Party said to have lost votes: dem or rep.")] = "dem",
    claimed: Annotated[float | None, typer.Option(help="Size of the claimed difference.")] = None,
    unit: Annotated[
        str,
        typer.Option(
            help="points (of the two-party share), points_all (of all votes), or percent (of the side's votes)."
        ),
    ] = "points",
    claimed_votes: Annotated[
        str,
        typer.Option(
            metavar="N[-M]",
            help="Votes that the claim names, or a range; alone, or beside --claimed.",
        ),
    ] = "",
    how: Annotated[
        str,
        typer.Option(
            help="How they were moved: deleted, added or switched; a range may have two, parted by a comma."
        ),
    ] = "",
    counted: Annotated[
        str,
        typer.Option(help="lead: the votes are those of the lead, so that a switched one is two."),
    ] = "",
    gain: Annotated[
        bool,
        typer.Option(
            "--gain", help="The claim speaks of a gain of the other party, not of a loss."
        ),
    ] = False,
    model: Annotated[
        str,
        typer.Option(
            metavar="FORMULA",
            help="The published estimate's own regression, as 'favoured_change ~ machines + income'; "
            "any column of your files may be named, and A*B is a product.",
        ),
    ] = "",
    nearest: Annotated[
        str, typer.Option(metavar="FORMULA", help="The nearest one that your tables can compute.")
    ] = "",
    margin: Annotated[int, typer.Option(help="Margin in votes that the claim names.")] = 0,
    who: Annotated[str, typer.Option(help="Who makes the claim; left out: an exercise.")] = "",
    reported: Annotated[str, typer.Option(help="Day of the claim, as 2024-11-20.")] = "",
    title: Annotated[str, typer.Option(help="Title of the book.")] = "",
    electronic: Annotated[
        str, typer.Option(help="The machines in question, as a sentence names them.")
    ] = "electronic voting machines",
    paper: Annotated[str, typer.Option(help="What the other places use.")] = "other ways to vote",
    adjective: Annotated[
        str, typer.Option(help='A word before "counties" for those with the machines.')
    ] = "electronic",
    contrast: Annotated[str, typer.Option(help="The same for the others.")] = "other",
    force: Annotated[bool, typer.Option(help="Replace a scenario of this name.")] = False,
) -> None:
    """Make the scenario and the tables of a new book from published files.

    Example: sevenpercent new my-book everything.csv --year 2024 --focus GA --dem Doe --rep Roe --claimed 2
    """
    said = dict(locals())
    from sevenpercent.own import sized
    from sevenpercent.own.new import create, machines_seen
    from sevenpercent.own.request import Request

    plain = {f.name: said[f.name] for f in fields(Request) if said.get(f.name) is not None}
    if claimed is not None:
        sized.positive(claimed)
    given, named = sized.said([str(v) for v in votes or []])
    told = Request(
        **plain
        | {
            "votes": [Path(v) for v in given],
            "claimed_votes": claimed_votes or named,
            "states": [s.strip() for s in states.split(",") if s.strip()],
            "sources": dict(pairs("--source", "FILE=ADDRESS", source)),
            "forced": {file: form for form, file in pairs("--from", "FORMAT=FILE", from_)},
            "columns": column_maps(columns or []),
        }
    )
    ask = typer.prompt if sys.stdin.isatty() else None
    made = create(told, ask, force, typer.echo)
    for line in machines_seen(made):
        typer.echo(line)
    typer.echo(f"Written: {paths.shown(made)} and {paths.shown(paths.ROOT / 'data' / name)}/")
    typer.echo(f"Next: sevenpercent check {name}, then sevenpercent build {name}")


def compare(
    before: Annotated[str, typer.Argument(help="A book that was built, or a results.json.")],
    after: Annotated[str, typer.Argument(help="Another.")],
    tolerance: Annotated[float, typer.Option(help="Difference that is allowed.")] = 0.0,
    relative: Annotated[float, typer.Option(help="The same, as a share of the first.")] = 0.0,
    only: Annotated[str, typer.Option(help="Keys that begin with this.")] = "",
    errors: Annotated[bool, typer.Option("--errors", help="Intervals too.")] = False,
) -> None:
    """List the numbers of two books that differ; status 1 when there are any."""
    from sevenpercent.run import differ

    read = [differ.read(name) for name in (before, after)]
    sides = [{key: v for key, v in one.items() if key.startswith(only)} for one in read]
    parts = differ.PARTS if errors else ("value",)
    found = list(
        differ.moves(sides[0], sides[1], absolute=tolerance, relative=relative, parts=parts)
    )
    for move in found:
        typer.echo(printable(move))
    every = {*sides[0], *sides[1]}
    if not every:
        raise InputError("no number of the two books begins so", column="--only", value=only)
    typer.echo(f"{len({m.key for m in found})} of {len(every)} numbers differ")
    raise typer.Exit(int(bool(found)))


def pairs(option: str, form: str, given: list[str] | None) -> list[tuple[str, str]]:
    """What was given to an option of two parts, such as KEY=VALUE."""
    out = [text.partition("=") for text in given or []]
    if wrong := ["".join(parts) for parts in out if not parts[1] or not parts[0].strip()]:
        raise InputError(f"{option} wants {form}", value=wrong[0], fix=f"Write {option} {form}.")
    return [(key.strip(), value.strip()) for key, _, value in out]


def column_maps(given: list[str]) -> dict[str, dict[str, str]]:
    """``--columns`` as one map for each file; that of all files under the empty name."""
    out: dict[str, dict[str, str]] = {}
    for text in given:
        file, sign, rest = text.rpartition(":")
        columns: dict[str, str] = {}
        for part in (rest if sign else text).split(","):
            ours, equals, theirs = part.partition("=")
            if not equals or not ours.strip() or not theirs.strip():
                fix = "For instance: --columns 'votes.csv:fips=GEOID,dem=D,rep=R'"
                raise InputError("--columns wants OURS=THEIRS, commas between", value=part, fix=fix)
            before = {**out.get(file, {}), **columns}.get(ours.strip(), theirs.strip())
            if before != theirs.strip():
                what = f"--columns names two columns for {ours.strip()}"
                raise InputError(what, value=f"{before}, {theirs.strip()}", fix="Keep one of them.")
            columns[ours.strip()] = theirs.strip()
        out.setdefault(file, {}).update(columns)
    return out
