"""The commands for your own data: ``new``, ``check`` and ``compare``."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Annotated, get_type_hints

import typer

from sevenpercent import paths, strict
from sevenpercent.errors import InputError
from sevenpercent.escape import printable


def worded(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose parameters are options with the words of ``own.yml`` beside this module.

    What has no default, and ``files``, stands without a name.
    """
    words = strict.read_yaml(Path(__file__).with_suffix(".yml"))[command.__name__]
    types, told = get_type_hints(command), inspect.signature(command)
    parameters = []
    for p in told.parameters.values():
        said = {"help": words[p.name]} if isinstance(words[p.name], str) else words[p.name]
        kind = typer.Argument if p.name in ("name", "files") else typer.Option
        shown = kind(*said.pop("names", ()), **said)
        parameters.append(p.replace(annotation=Annotated[types[p.name], shown]))
    command.__signature__ = told.replace(parameters=parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command


@worded
def new(
    name: str,
    files: list[Path] | None = None,
    year: int = 0,
    prior_year: int = 0,
    states: str = "",
    focus: str = "",
    votes: list[Path] | None = None,
    equipment: list[Path] | None = None,
    demographics: list[Path] | None = None,
    controls: str = "",
    census_year: int = 0,
    certified: list[Path] | None = None,
    source: list[str] | None = None,
    from_: list[str] | None = None,
    columns: list[str] | None = None,
    machines: list[str] | None = None,
    office: str = "",
    dem: str = "",
    rep: str = "",
    prior_dem: str = "",
    prior_rep: str = "",
    harmed: str = "dem",
    claimed: float = 0.0,
    unit: str = "points",
    claimed_votes: str = "",
    how: str = "",
    counted: str = "",
    gain: bool = False,
    model: str = "",
    nearest: str = "",
    margin: int = 0,
    who: str = "",
    reported: str = "",
    title: str = "",
    electronic: str = "electronic voting machines",
    paper: str = "other ways to vote",
    adjective: str = "electronic",
    contrast: str = "other",
    force: bool = False,
) -> None:
    """Make the scenario and the tables of a new book from published files.

    Example: sevenpercent new my-book everything.csv --year 2024 --focus GA --dem Doe --rep Roe --claimed 2
    """
    said = dict(locals())
    from sevenpercent.own import sized
    from sevenpercent.own.new import create, machines_seen
    from sevenpercent.own.told import Answers

    forced, sources = {}, {}
    for text in from_ or []:
        form, sign, file = text.partition("=")
        if not sign:
            raise InputError("--from wants FORMAT=FILE", value=text)
        forced[file] = form
    for text in source or []:
        file, sign, address = text.partition("=")
        if not sign:
            raise InputError("--source wants FILE=ADDRESS", value=text)
        sources[file] = address.strip()
    plain = {f.name: said[f.name] for f in fields(Answers) if said.get(f.name) is not None}
    given, named = sized.said([str(v) for v in votes or []])
    told = Answers(
        **plain
        | {
            "votes": [Path(v) for v in given],
            "claimed_votes": claimed_votes or named,
            "states": [s.strip() for s in states.split(",") if s.strip()],
            "sources": sources,
            "forced": forced,
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

    sides = [differ.only(differ.read(name), only) for name in (before, after)]
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


def column_maps(given: list[str]) -> dict[str, dict[str, str]]:
    """``--columns`` as one map for each file; that of all files under the empty name."""
    out: dict[str, dict[str, str]] = {}
    for text in given:
        file, sign, rest = text.rpartition(":")
        pairs: dict[str, str] = {}
        for part in (rest if sign else text).split(","):
            ours, equals, theirs = part.partition("=")
            if not equals or not ours.strip() or not theirs.strip():
                raise InputError(
                    "--columns wants OURS=THEIRS, commas between",
                    value=part,
                    fix="For instance: --columns 'votes.csv:fips=GEOID,dem=D,rep=R'",
                )
            before = {**out.get(file, {}), **pairs}.get(ours.strip(), theirs.strip())
            if before != theirs.strip():
                raise InputError(
                    f"--columns names two columns for {ours.strip()}",
                    value=f"{before}, {theirs.strip()}",
                    fix="Keep one of them.",
                )
            pairs[ours.strip()] = theirs.strip()
        out.setdefault(file, {}).update(pairs)
    return out
