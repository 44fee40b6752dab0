"""What the import linter cannot see: dynamic imports, the notebooks, and what is installed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from sevenpercent import paths

SRC = paths.ROOT / "src" / "sevenpercent"
CELL = r"^```\{code-cell\}[^\n]*\n(?::[^\n]*\n)*\n?(.*?)^```$"

BY_NAME = {
    "data/recipe.py",
    "run/warm.py",
    "study/cells.py",
    "study/magics.py",
}
"""Modules that may import by a name computed at run time: builders of tables, chapters, their fork."""

PUBLIC = {"claims", "data", "model", "own", "paths", "show", "stats", "study"}
"""Rooms that a chapter's cells import from."""


def imported(tree: ast.AST) -> Iterator[str]:
    """Full names of the modules, and of what is taken from them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{name.name}" for name in node.names)


def dynamic(tree: ast.AST) -> list[str]:
    """Whatever imports a module by a name that is computed, or runs text as code."""
    doors = {"__import__", "import_module", "exec", "eval", "runpy", "pkgutil"}
    found = [n for n in imported(tree) if set(n.split(".")) & doors or n == "importlib"]
    return found + [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in doors]


def code(chapter: Path) -> ast.Module:
    """The code cells of a chapter; a cell magic's body is no code, a line magic none either."""
    cells = re.findall(CELL, chapter.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [x for c in cells if not c.startswith("%%") for x in c.splitlines()]
    return ast.parse("\n".join(x for x in lines if not x.startswith(("%", "!"))))


def test_no_module_is_imported_by_a_computed_name() -> None:
    found = {
        path.relative_to(SRC).as_posix(): dynamic(ast.parse(path.read_text(encoding="utf-8")))
        for path in SRC.rglob("*.py")
    }
    assert {name for name, how in found.items() if how} == BY_NAME


def test_a_chapter_imports_from_the_public_rooms() -> None:
    for path in paths.CHAPTERS.glob("*.md"):
        tree = code(path)
        assert any(n.startswith("sevenpercent.") for n in imported(tree)), path.name
        assert dynamic(tree) == [], path.name
        rooms = {n.split(".")[1] for n in imported(tree) if n.startswith("sevenpercent.")}
        assert rooms - PUBLIC == set(), path.name


def test_the_search_sees_each_kind_of_dynamic_import() -> None:
    for text in (
        "import importlib",
        "from importlib import import_module as load",
        "m = __import__('x')",
        "exec('import x')",
        "import runpy",
    ):
        assert dynamic(ast.parse(text)), text
    assert dynamic(ast.parse("from importlib import metadata")) == []


# --- what is declared ---------------------------------------------------------------------------

STARTED = {"ipykernel", "jupyter-book"}
"""Distributions that the library starts as a process of their own, without importing them."""

TOOLS = {"codespell", "import-linter", "mypy", "nbval", "pytest-xdist", "ruff"}
"""Distributions that `make test` calls; stubs for types are not imported either."""


def declared(*extras: str) -> set[str]:
    """Names of the distributions that the library, or some of its extras, needs."""
    project = tomllib.loads((paths.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["optional-dependencies"][e] for e in extras] or [project["dependencies"]]
    return {normal(re.split(r"[<>=\[; ]", line)[0]) for names in lists for line in names}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(*folders: str) -> set[str]:
    """Distributions that the Python files below some folders import."""
    files = [p for folder in folders for p in (paths.ROOT / folder).rglob("*.py")]
    trees = [ast.parse(p.read_text(encoding="utf-8")) for p in files]
    tops = {name.split(".")[0] for tree in trees for name in imported(tree)}
    own = {"sevenpercent", *(p.stem for p in files), *(p.parent.name for p in files)}
    known = metadata.packages_distributions()
    return {normal(known[top][0]) for top in tops - own - sys.stdlib_module_names}


def test_what_the_library_imports_is_declared_and_no_more() -> None:
    assert needed("src") | STARTED == declared() | declared("cluster")


def test_what_the_tests_import_is_declared_and_no_more() -> None:
    wanted = needed("tests", "benchmarks") - declared() - declared("cluster")
    stubs = {n for n in declared("test") if n.startswith("types-") or n.endswith("-stubs")}
    assert wanted | TOOLS | stubs == declared("test")


def test_every_declared_distribution_is_pinned_with_hashes() -> None:
    blocks = re.split(r"\n(?=\S)", (paths.ROOT / "requirements.txt").read_text(encoding="utf-8"))
    pinned = {normal(b.split("==")[0]): b for b in blocks if re.match(r"[\w.-]+==", b)}
    assert declared() | declared("cluster", "make", "test") <= set(pinned)
    assert all("--hash=sha256:" in block for block in pinned.values())


def test_every_program_that_make_calls_belongs_to_a_declared_distribution() -> None:
    called = set(re.findall(r"\$\(BIN\)/([\w-]+)", (paths.ROOT / "Makefile").read_text()))
    scripts = metadata.entry_points(group="console_scripts")
    owner = {s.name: normal(s.dist.name) for s in scripts if s.dist is not None}
    known = declared() | declared("make", "test") | {"sevenpercent"}
    # A program without a Python entry point has the name of its distribution.
    assert {n for n in called - {"python"} if owner.get(n, n) not in known} == set()


def test_a_build_with_nothing_to_do_loads_neither_figures_nor_statistics() -> None:
    code = "import sys, sevenpercent.cli.main, sevenpercent.run.build; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"matplotlib", "scipy", "statsmodels", "papermill", "sphinx", "duckdb"}
    assert not heavy & set(told.stdout.split())
