"""Turn executed notebooks into a site: source tree, Jupyter Book, repaired pages, checks, the swap."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sevenpercent import escape, hashes, paths
from sevenpercent.data import tables
from sevenpercent.errors import ChapterError, InputError, nearest, of_system
from sevenpercent.model.scenario import Scenario
from sevenpercent.run import graph, landing, notebooks, page_figures, pages, plain_pages, reuse
from sevenpercent.run.execute import COLOUR
from sevenpercent.run.furniture import NUMBERS, Home, Site
from sevenpercent.run.progress import Progress
from sevenpercent.workers import Lost, Pool

HERE = Path(__file__).parent
"""Folder of the code that makes pages."""

CODE = "src/sevenpercent/run"
"""Name of that folder wherever the project lies."""

PRESS = "sevenpercent.run.press"
"""What processes have loaded that make pages, where no chapter had to run before."""

LEFT = "site"
"""Folder in a book's for what :mod:`reuse` keeps from one build to the next."""

CURRENT = "current"
RESULTS = ("results.json", *NUMBERS)
"""Numbers of a whole book, beside its pages."""

SITE_FILES = ("_config.yml", "_toc.yml", "references.bib", *plain_pages.FILES)

_ROOT = {"file": "root", "title": "title"}
_ENTRY = re.compile(r"^@\w+\{\s*([^,\s]+)", re.MULTILINE)
_CITED = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")


def book_key(scenario: Scenario, keys: Mapping[str, str]) -> str:
    """Key of a whole book: its chapters and everything that dresses them."""
    return hashes.key_of(
        {"scenario": scenario.as_yaml(), "chapters": dict(keys), "site": site(scenario)}
    )


def site(scenario: Scenario) -> dict[str, str]:
    """Hash of each file that dresses a book, by its place in the project; of code as one."""
    named = [*SITE_FILES, f"{scenario.tables.folder or 'data'}/datapackage.json"]
    files = [paths.ROOT / name for name in named if (paths.ROOT / name).is_file()]
    files += [p for n in ("assets", "pages") for p in hashes.files_below(paths.ROOT / n)]
    told = {p.relative_to(paths.ROOT).as_posix(): hashes.file_hash(p) for p in files}
    return {**told, CODE: hashes.tree_hash(HERE, hashes.files_below(HERE))}


def standing_key(folder: Path) -> str | None:
    """Key of the last good book in a folder, None where there is none."""
    body = landing.told_by(folder / CURRENT / "book.json")
    whole = (folder / CURRENT / "html" / "index.html").is_file()
    return str(body.get("key")) if body and whole else None


def publish(
    scenario: Scenario,
    executed: Mapping[str, Path],
    keys: Mapping[str, str],
    folder: Path,
    work: Path,
    progress: Progress,
    *,
    jobs: int,
) -> Path:
    """Build the site of executed notebooks in a new folder beside the last good book.

    Returns folder with ``html``; nothing points at it yet. Raises ChapterError: a warning of
    Jupyter Book or a fault in the finished pages.
    """
    source = folder / "src"
    write_source(scenario, executed, source)
    left = reuse.Left(folder / LEFT)
    left.begin(source)
    built = run_jupyter_book(source, left.folder, jobs)
    left.keep()
    progress.done("pages", "jupyter-book")
    made = Path(tempfile.mkdtemp(prefix="book-", dir=folder))
    made.chmod(0o755)
    try:
        for path in (built, *sorted(built.rglob("*"))):  # shutil.copytree would hide the error
            at = made / "html" / path.relative_to(built)
            at.mkdir() if path.is_dir() else shutil.copyfile(path, at)
        page_figures.copy((p.parent / "figures" for p in executed.values()), made / "html/_images")
        if (work / "numbers").is_dir():
            shutil.copytree(work / "numbers", made, dirs_exist_ok=True)
            shutil.move(made / "numbers", made / "html" / "numbers")
            for name in NUMBERS:
                shutil.copyfile(made / name, made / "html" / name)
        shown = {n: k[:12] for n, k in keys.items()}
        with Pool(jobs, warm=PRESS) as pool:
            found = pages.finish(made / "html", shown, site_of(scenario), pool, left)
        if found:
            raise ChapterError("the pages have faults:\n" + "\n".join(f"  {f}" for f in found))
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    return made


def write_source(scenario: Scenario, executed: Mapping[str, Path], source: Path) -> None:
    """Write what Jupyter Book reads: the book's own contents, configuration and notebooks."""
    shutil.rmtree(source, ignore_errors=True)
    (source / "chapters").mkdir(parents=True)
    warned = graph.resting_on(graph.read_all(list(executed)), scenario.despite)
    toc = contents(_yaml(paths.ROOT / "_toc.yml"), list(executed))
    asked = f"{scenario.title} {scenario.subtitle}"
    for name, path in executed.items():
        question = (
            escape.title(" ".join(asked.split())) if toc["root"] == f"chapters/{name}" else ""
        )
        dressed = notebooks.dress(notebooks.read(path), executed, question)
        if name in warned:
            notebooks.warn(dressed, scenario.id, warned[name])
        if left := notebooks.unfilled(dressed):
            raise ChapterError(f"chapter {name}: a template was not filled: {left[0]}")
        notebooks.write(dressed, source / "chapters" / f"{name}.ipynb")
    config = _yaml(paths.ROOT / "_config.yml")
    config["title"] = escape.title(scenario.title)
    config.setdefault("sphinx", {}).setdefault("extra_extensions", []).append(PRESS)
    _dump(config, source / "_config.yml")
    _dump(toc, source / "_toc.yml")
    plain_pages.write(scenario, source / "pages")
    bibliography = paths.ROOT / "references.bib"
    if bibliography.is_file():
        shutil.copyfile(bibliography, source / bibliography.name)
    if (paths.ROOT / "assets").is_dir():
        shutil.copytree(paths.ROOT / "assets", source / "assets")


def ready(scenario: Scenario) -> None:
    """See before anything runs that each chapter stands in the contents and each citation is known.

    Raises InputError: naming the chapter, or file, line and key of the citation.
    """
    contents(_yaml(paths.ROOT / "_toc.yml"), scenario.chapters)
    bibliography = paths.ROOT / "references.bib"
    known = set()
    if bibliography.is_file():
        known = set(_ENTRY.findall(bibliography.read_text(encoding="utf-8")))
    for chapter in scenario.chapters:
        told = paths.SCENARIOS / scenario.id / "text" / f"{chapter}.md"
        for path in (paths.CHAPTERS / f"{chapter}.md", told):
            lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
            for row, line in enumerate(lines, start=1):
                cited = [key.strip() for keys in _CITED.findall(line) for key in keys.split(",")]
                for key in cited:
                    if key not in known:
                        what = "the citation is not in the bibliography"
                        fix = f"{nearest(key, known)} They stand in references.bib."
                        raise InputError(what, file=path, row=row, value=key, fix=fix)


def contents(toc: Mapping[str, Any], chapters: Sequence[str]) -> dict[str, Any]:
    """Table of contents limited to the chapters of one book, in the order of the whole.

    Pages that are not chapters are in every book whose project has them. A part of which nothing
    is left is left out.

    Raises InputError when a chapter of the book stands nowhere in the contents.
    """
    kept = _parts(toc, chapters)
    first = kept[0][1].pop(0)
    out: dict[str, Any] = {"format": toc["format"], "root": first["file"]}
    if "title" in first:
        out["title"] = first["title"]
    if parts := [{"caption": words, "chapters": held} for words, held in kept if held]:
        out["parts"] = parts
    return out


def home(toc: Mapping[str, Any], chapters: Sequence[str]) -> Home:
    """The first page of a book and its place in the menu."""
    caption, [first, *_] = _parts(toc, chapters)[0]
    return Home(first["file"], caption, first.get("title", ""))


def site_of(scenario: Scenario) -> Site:
    """What all pages of a book have in common; addresses stand in ``_config.yml``."""
    config, day = _yaml(paths.ROOT / "_config.yml"), plain_pages.last_change()
    repository = config.get("repository") or {}
    address = str((config.get("html") or {}).get("baseurl") or "")
    return Site(
        home(_yaml(paths.ROOT / "_toc.yml"), scenario.chapters),
        escape.title(scenario.title),
        day.isoformat() if day else "",
        address.rstrip("/") + "/" if address else "",
        str(repository.get("url") or "").rstrip("/"),
        str(repository.get("branch") or "main"),
        votes=_counted(scenario),
        # A book from somebody's own files is theirs.
        authors="" if scenario.tables.folder else plain_pages.authors(),
    )


def _counted(scenario: Scenario) -> str:
    """Day of the last count of the election in the table of votes; empty where it does not say."""
    told = tables.describe(tables.where("county_votes", scenario.tables.folder))
    days = told.get("county_votes", {}).get("known_from", {})
    held = days.get("parts", {}) if isinstance(days, dict) else {scenario.year: days}
    return max((d for k, d in held.items() if str(k).startswith(str(scenario.year))), default="")


def _parts(
    toc: Mapping[str, Any], chapters: Sequence[str]
) -> list[tuple[str, list[dict[str, str]]]]:
    """Caption and pages of each part; the first page of the book leads the first."""
    whole = [(str(p["caption"]), list(p["chapters"])) for p in toc.get("parts", [])] or [("", [])]
    whole[0][1].insert(0, {k: str(toc[v]) for k, v in _ROOT.items() if v in toc})
    listed = {Path(page["file"]) for _, held in whole for page in held}
    for chapter in chapters:
        if Path("chapters", chapter) not in listed:
            what = "the chapter stands nowhere in the contents"
            raise InputError(what, file="_toc.yml", value=chapter, fix="Add it there.")
    kept = [(words, [p for p in held if _in_book(p["file"], chapters)]) for words, held in whole]
    return [(words, held) for words, held in kept if held]


def _in_book(file: str, chapters: Sequence[str]) -> bool:
    path = Path(file)
    if path.parent.name == "chapters":
        return path.name in chapters
    return (paths.ROOT / f"{file}.md").is_file()


def run_jupyter_book(source: Path, target: Path, jobs: int = 1) -> Path:
    """Run Jupyter Book with every warning an error; returns the folder of its pages.

    Raises ChapterError: with its warnings.

    `jobs`: processes that read and write pages; the pages do not depend on it.
    """
    with Pool(1, fresh=True, warm=PRESS) as pool:
        pool.submit("pages", _jupyter_book, (source, target, jobs))
        [(_, outcome)] = pool.ended()
    status, said = (1, outcome.why) if isinstance(outcome, Lost) else outcome
    built = target / "_build" / "html"
    if os.strerror(errno.ENOSPC) in said:
        raise ChapterError(f"the pages: {of_system(OSError(errno.ENOSPC, ''))}")
    if status or not (built / "index.html").is_file():
        said = COLOUR.sub("", said).replace(f"{source}{os.sep}", "")
        lines = [line for line in said.splitlines() if "WARNING" in line or "ERROR" in line]
        raise ChapterError(
            "the pages could not be built without a warning:\n"
            + "\n".join(f"  {line}" for line in lines or said.splitlines()[-15:])
        )
    return built


def _jupyter_book(asked: tuple[Path, Path, int]) -> tuple[int, str]:
    from sevenpercent.run import press

    return press.run(*asked)


def swap(
    made: Path, folder: Path, key: str, scenario: Scenario, shown: Mapping[str, Any] | None = None
) -> None:
    """Put a finished book in the place of the last one, in a single step.

    Everything a reader opens is reached through one link, so that pages and numbers change
    together and there is no moment without a book.
    """
    told = {"key": key, "title": scenario.title, "subtitle": scenario.subtitle, **(shown or {})}
    (made / "book.json").write_text(json.dumps(told) + "\n", encoding="utf-8")
    link(folder / CURRENT, made)
    tidy(folder)


def tidy(folder: Path) -> None:
    """Finish what a swap that was ended left: links through the one, no book beside it."""
    current = folder / CURRENT
    for half in folder.glob(".*-[0-9]*"):
        if half.is_symlink():
            half.unlink()
    for old in folder.glob("book-*"):
        if not current.is_symlink() or old.name != current.readlink().name:
            shutil.rmtree(old, ignore_errors=True)
    for name in ("html", *RESULTS):
        if (current / name).exists():
            link(folder / name, current / name)


def link(at: Path, to: Path) -> None:
    """Make `at` a relative link to `to`, replacing what is there without a gap."""
    target = os.path.relpath(to, at.parent)
    if at.is_symlink() and at.readlink() == Path(target):
        return
    if at.is_dir() and not at.is_symlink():
        shutil.rmtree(at)
    new = at.with_name(f".{at.name}-{os.getpid()}")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    new.replace(at)


def _yaml(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError("the file is missing", file=path, fix="Restore it from the repository.")
    body: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return body


def _dump(body: Mapping[str, Any], path: Path) -> None:
    path.write_text(yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=True), "utf-8")
