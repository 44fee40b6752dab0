"""The command line: build the book, run one chapter, check and rebuild the data."""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from sevenpercent import paths
from sevenpercent.cli import own as commands
from sevenpercent.cli.sweep import CellSeconds, sweep
from sevenpercent.errors import InputError, SevenPercentError, nearest, of_system
from sevenpercent.escape import printable
from sevenpercent.model import scenario as scenarios
from sevenpercent.workers import SECONDS

if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:  # from here on it is answered
    signal.signal(signal.SIGINT, signal.default_int_handler)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C or SIGTERM ended."""

ScenarioName = Annotated[str, typer.Argument(help="Name under scenarios/, or a YAML file.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change one key of the scenario."),
]
BookFolder = Annotated[
    Path | None, typer.Option("--out", help="Folder of the book, instead of _build/SCENARIO.")
]
Force = Annotated[bool, typer.Option("--force", help="Run also what has not changed.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Chapters that run at the same time.")
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"sevenpercent {version('sevenpercent')}")
        raise typer.Exit


@app.callback()
def options(
    _shown: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Did the voting machines change the vote? Build the book that answers it."""


@app.command()
def build(
    scenario: ScenarioName = scenarios.DEFAULT,
    out: BookFolder = None,
    set_: Settings = None,
    jobs: Jobs = None,
    force: Force = False,
    cell_seconds: CellSeconds = SECONDS,
    despite_errors: Annotated[
        bool,
        typer.Option(
            "--despite-errors", help="Build although `check` finds errors; pages then say so."
        ),
    ] = False,
    all_: Annotated[
        bool,
        typer.Option(
            "--all",
            help="Every book of the project, one after the other; one that fails does not stop the rest.",
        ),
    ] = False,
) -> None:
    """Run the chapters and publish the book.

    A book of your own is not built while `check` finds errors in its data (status 2).
    """
    from sevenpercent.run.build import build as build_book

    names = sorted(p.stem for p in paths.SCENARIOS.glob("*.yml")) if all_ else [scenario]
    if all_ and (set_ or out):
        raise InputError("--all goes with neither --set nor --out", fix="Build one book at a time.")
    worst = 0
    for name in names:
        try:
            chosen = _scenario(name, set_)
            if chosen.tables.folder:  # it has files of its own
                from sevenpercent.own.check import ready

                chosen = ready(chosen, despite=despite_errors)
            book = build_book(chosen, out=out, jobs=jobs, force=force, seconds=cell_seconds)
        except SevenPercentError as error:
            if not all_:
                raise
            worst = max(worst, _report(f"{name}: {error}", error.exit_code, error))
            continue
        state = "built" if book.fresh else "up to date"
        typer.echo(f"The book is {state}: {paths.shown(book.html / 'index.html')}")
    if all_:
        typer.echo(f"All books: {paths.shown(paths.BUILD / 'index.html')}")
    if worst:
        raise typer.Exit(worst)


@app.command()
def run(
    chapter: Annotated[str, typer.Argument(help="Name of a chapter.")],
    scenario: ScenarioName = scenarios.DEFAULT,
    set_: Settings = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the executed notebook here.")
    ] = None,
) -> None:
    """Run one chapter alone and show its answer; KEY is one of its parameters or a key of the scenario."""
    from sevenpercent.run import notebooks
    from sevenpercent.run.execute import run_alone

    given = _pairs(set_)
    known = scenarios.chapters.read(chapter).parameters
    own = {k: v for k, v in given.items() if k in known}
    rest = {k: v for k, v in given.items() if k not in known}
    keys = [*known, *scenarios.Scenario.model_fields]
    for name in rest:
        if "." not in name and name not in keys:
            what = f"no parameter of chapter {chapter!r} and no key of a scenario"
            raise InputError(what, value=name, fix=nearest(name, keys))
    chosen = scenarios.load(scenario, {**rest, **scenarios.parameters(chapter, own)})
    scenarios.require_chapter(chosen, chapter)
    target = out or paths.BUILD / chosen.id / "alone" / f"{chapter}.ipynb"
    run_alone(chosen, chapter, target)
    for text in notebooks.told(notebooks.read(target)):
        typer.echo("\n".join(map(printable, text.splitlines())) + "\n")
    typer.echo(f"The chapter ran: {paths.shown(target)}")


@app.command()
def check(
    what: Annotated[
        str, typer.Argument(help="data: the tables of data/. A scenario: its files and designs.")
    ] = "data",
    json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Status 1 also for warnings.")] = False,
    against: Annotated[
        Path | None, typer.Option("--against", help="With data: votes by county of another source.")
    ] = None,
    year: Annotated[
        int | None, typer.Option("--year", help="Its year, if the file has none.")
    ] = None,
    state: Annotated[
        str | None, typer.Option("--state", help="Its state, if the file has none.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option("--columns", help="Its columns: OURS=THEIRS, commas between.")
    ] = None,
) -> None:
    """Check the tables against the rules of the data, or the data and designs of a scenario."""
    from sevenpercent.data.rules.report import check_data
    from sevenpercent.own import check as yours

    if what != "data":
        if not yours.is_scenario(what):
            names = ["data", *(p.stem for p in paths.SCENARIOS.glob("*.yml"))]
            raise InputError("nothing of that name to check", value=what, fix=nearest(what, names))
        raise typer.Exit(yours.check(what, strict=strict, json=json))
    if against is not None:
        from sevenpercent.cli.against import report

        maps = commands.column_maps([columns] if columns else []).get("", {})
        raise typer.Exit(report(against, year=year, state=state, columns=maps, json=json))
    raise typer.Exit(check_data(json=json))


@app.command()
def verify(
    scenario: ScenarioName = scenarios.DEFAULT, out: BookFolder = None, set_: Settings = None
) -> None:
    """Compute every hash again, from published file to page; name the first that differs."""
    from sevenpercent.run.verify import verify as steps

    chosen = _scenario(scenario, set_)
    for line in steps(chosen, out or paths.BUILD / chosen.id):
        typer.echo(line)


@app.command()
def data(
    table: Annotated[
        list[str] | None, typer.Argument(help="Tables to write; all, when none is named.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder, instead of data.")] = None,
) -> None:
    """Write the tables afresh from the published files (developers have those)."""
    from sevenpercent.data import recipe

    recipe.run(table or [], out or paths.DATA)


@app.command()
def refresh(
    jobs: Jobs = None,
    force: Force = False,
    dry: Annotated[bool, typer.Option("--dry", help="Only show what moved.")] = False,
) -> None:
    """Execute the committed notebooks again and show what moved."""
    from sevenpercent.run.refresh import refresh as refresh_notebooks

    for line in refresh_notebooks(scenarios.load(), jobs=jobs, force=force, dry=dry):
        typer.echo(line)


app.command()(commands.new)
app.command()(commands.compare)
app.command()(sweep)


def main() -> None:
    """Run the command line; every error is one message, never a traceback."""
    code = 0
    for name in ("stdout", "stderr"):  # closed by whoever started this: what is said goes nowhere
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115
    try:
        _working_folder()
        if not paths.SCENARIOS.is_dir():
            raise InputError(
                "no project is here", file=paths.ROOT, fix="Name its folder: SEVENPERCENT_ROOT."
            )
        code = int(app(standalone_mode=False) or 0)
    except SevenPercentError as e:
        code = _report(str(e), e.exit_code, e)
    except typer.Exit as e:
        code = e.exit_code
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as e:
        code = _unforeseen(e)
    if code == INTERRUPTED:
        _report("interrupted; the last good book is as it was", code)
    sys.exit(code)


def _working_folder() -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise InputError("the folder you are in was removed", fix="Go to another.") from None


def _unforeseen(error: Exception) -> int:
    show = getattr(error, "show", None)
    if callable(show):  # a mistake in the options: the parser knows how to say it
        show()
        return int(getattr(error, "exit_code", 2))
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    if type(error).__name__ == "Abort":
        return INTERRUPTED
    if isinstance(error, OSError):
        return _report(of_system(error), 2 if error.errno == errno.ENAMETOOLONG else 1, error)
    if isinstance(error, MemoryError):
        return _report("memory ran out; give it more, or less to do (--jobs 1)", 1, error)
    what = " ".join(str(error).split())[:300]
    return _report(f"this was not foreseen: {what} (SEVENPERCENT_DEBUG=1 shows where)", 1, error)


def _report(message: str, code: int, error: BaseException | None = None) -> int:
    if error is not None and os.environ.get("SEVENPERCENT_DEBUG"):
        raise error
    print(f"sevenpercent: {message}", file=sys.stderr)
    return code


def _pairs(settings: list[str] | None) -> dict[str, str]:
    return dict(commands.pairs("--set", "KEY=VALUE", settings))


def _scenario(name: str, settings: list[str] | None) -> scenarios.Scenario:
    return scenarios.load(name, _pairs(settings))


if __name__ == "__main__":
    main()
