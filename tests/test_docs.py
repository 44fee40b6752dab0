"""What the two pages for developers name is there."""

from __future__ import annotations

import inspect
import re
import tomllib
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from sevenpercent import paths
from sevenpercent.cli.main import app
from sevenpercent.model.vocabulary import Vocabulary
from sevenpercent.show import style
from sevenpercent.study.study import Study

PAGES = [paths.ROOT / "docs" / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md")]
BELOW = (paths.ROOT, paths.ROOT / "src" / "sevenpercent", paths.ROOT / "tests")
"""Folders below which paths are named."""

CODE = (
    "src/**/*.py", "tests/**/*.py", "chapters/*.md", "scenarios/**/*.yml", "data/**/*.yml",
    "data/datapackage.json", "assets/*", "Makefile", "pyproject.toml", "_toc.yml",
)  # fmt: skip
HAS: dict[str, Any] = {"study": Study, "words": Vocabulary, "style": style}
PLACEHOLDER = re.compile(r"\b(NAME|BOOK|KEY|KIND)\b")
NEW = {"dre_ge40", "p7"}
"""Names that the pages give to what is not there yet."""

FILE = re.compile(
    r"(?<![\w./%])(?:[\w.-]+/)+[\w.-]*|(?<![\w./])[\w-]+\.(?:py|md|yml|ipynb|js|css|bib|csv|json)\b"
)
SPAN = re.compile(r"`([^`]+)`")
OF = re.compile(r"`(\w+)`(?:,? (?:of|in)|,?\n(?:of|in))\s+`([\w./]+\.(?:py|yml))`")
ELSEWHERE = re.compile(r"apt-get|^/|SEVENPERCENT_RAW=")
"""Begins what is not of the project."""


def prose(page: Path) -> str:
    """A page without its pictures."""
    return re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def spans(page: Path) -> list[str]:
    """What stands in backticks, or as a command in lines of its own."""
    text = prose(page)
    lines = re.findall(r"^ {4,}(\S*(?:bin/|=).*)$", text, re.MULTILINE)
    return [s for s in (*SPAN.findall(text), *lines) if not ELSEWHERE.search(s)]


@cache
def code() -> str:
    """Everything that a name can stand in."""
    files = chain.from_iterable(paths.ROOT.glob(pattern) for pattern in CODE)
    here = Path(__file__)
    return "\n".join(p.read_text(encoding="utf-8") for p in files if p.is_file() and p != here)


@cache
def words() -> set[str]:
    return {*re.findall(r"\w+", code()), *re.findall(r"[\w-]+", code())}


def found(path: str) -> list[Path]:
    """Files and folders that a path can mean."""
    pattern = PLACEHOLDER.sub("*", path.rstrip("/"))
    direct = [p for root in BELOW for end in ("", ".py") for p in root.glob(pattern + end)]
    if "/" in path:
        return direct
    return direct or [p for root in BELOW[1:] for p in root.rglob(pattern)]


def made(path: str) -> bool:
    """Whether a file that a program writes, or a reader brings, is named in the code."""
    parts = [p for p in re.split(r"[/.]", path) if p and not PLACEHOLDER.fullmatch(p)]
    return set(parts) <= words()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_path_is_there(page: Path) -> None:
    named = {p for span in spans(page) for p in FILE.findall(span)}
    assert len(named) > 15
    built = {p for p in named if p.startswith((".", "_build"))}
    assert [p for p in sorted(built) if not made(p)] == []
    bare = {p for p in named - built if "/" not in p}
    assert [p for p in sorted(named - built) if not found(p) and not (p in bare and made(p))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_name_is_one(page: Path) -> None:
    unknown = set()
    for span in spans(page):
        rest = FILE.sub(" ", span)
        names = re.findall(r"[\w-]*[A-Za-z_][\w-]*", rest)
        unknown |= {n for n in names if n.strip("-") not in words() | NEW}
        for owner, name in re.findall(r"\b(study|words|style)\.(\w+)", rest):
            source = inspect.getsource(HAS[owner])
            assert re.search(rf"(self\.|def |^){name}\b", source, re.MULTILINE), f"{owner}.{name}"
    assert sorted(unknown) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_name_stands_in_the_file_that_is_said_to_have_it(page: Path) -> None:
    for name, path in OF.findall(prose(page)):
        assert any(re.search(rf"\b{name}\b", p.read_text("utf-8")) for p in found(path)), (
            name,
            path,
        )


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_is_one(page: Path) -> None:
    commands = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    targets = re.findall(r"^([\w-]+):", (paths.ROOT / "Makefile").read_text(), re.MULTILINE)
    for span in spans(page):
        if told := re.search(r"\bsevenpercent (\w+)", span):
            assert told[1] in commands, span
        if told := re.match(r"make (\w+)", span):
            assert told[1] in targets, span


def test_the_table_of_rooms_is_that_of_the_layers() -> None:
    lint = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = {name for row in lint["contracts"][0]["layers"] for name in row.split(" : ")}
    rows = re.findall(r"^\| (`.*?) \|", PAGES[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert {name.rstrip("/") for row in rows for name in SPAN.findall(row)} == layers
